"""Current through an electrode or light: a holding level, steps and ramps, set piecewise by the protocol."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

NONE = "no current unless the nucleus or the protocol injects one"

MECHANISM = Mechanism(
    name="injected_current",
    title="Holding, step and ramp current",
    equations="""
        I_injected = I_hold + I_step + I_ramp*(t - ramp_start) : amp
    """,
    source="definition",
    tag="assumed",
    parameters={
        "I_hold": parameter("0 pA", source=NONE, tag="assumed"),
        "I_step": parameter("0 pA", source=NONE, tag="assumed"),
        "I_ramp": parameter("0 pA/s", source=NONE, tag="assumed"),
        "ramp_start": parameter("0 s", source=NONE, tag="assumed"),
    },
    per_neuron=frozenset({"I_hold", "I_step", "I_ramp"}),
    currents=("I_injected",),
)
