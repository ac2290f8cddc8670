"""An ideal voltage clamp: the potential is the command, which steps when the protocol says; no current moves it."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

PROTOCOL = "set by the protocol of the clamp, sweep by sweep"

MECHANISM = Mechanism(
    name="voltage_clamp",
    title="Ideal voltage clamp",
    equations="",
    source="definition; no series resistance, no capacitive transient",
    tag="assumed",
    parameters={
        "V_0": parameter("-70 mV", source=PROTOCOL, tag="assumed", note="command until t_1"),
        "V_1": parameter("-70 mV", source=PROTOCOL, tag="assumed", note="command until t_2"),
        "V_2": parameter("-70 mV", source=PROTOCOL, tag="assumed", note="command until t_3"),
        "V_3": parameter("-70 mV", source=PROTOCOL, tag="assumed", note="command from then on"),
        "t_1": parameter("0 s", source=PROTOCOL, tag="assumed"),
        "t_2": parameter("0 s", source=PROTOCOL, tag="assumed"),
        "t_3": parameter("0 s", source=PROTOCOL, tag="assumed"),
    },
    per_neuron=frozenset({"V_0", "V_1", "V_2", "V_3", "t_1", "t_2", "t_3"}),
    membrane="0*mV/ms",
    each_step="""
        v = V_0 + (V_1 - V_0)*int(t > t_1 - 0.5*dt) + (V_2 - V_1)*int(t > t_2 - 0.5*dt) + (V_3 - V_2)*int(t > t_3 - 0.5*dt)
    """,
)
