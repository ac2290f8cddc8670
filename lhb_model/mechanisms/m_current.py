"""M current (Kv7): slow potassium current that ends bursts and holds tonic firing down."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="m_current",
    title="M (Kv7) potassium current",
    equations="""
        I_M = g_M*w*(E_K - v) : amp
        dw/dt = (w_inf - w)/tau_w : 1
        w_inf = 1/(1 + exp(-(v - V_w)/k_w)) : 1
    """,
    source="first-order activation with one time constant",
    tag="assumed",
    parameters={
        "g_M": parameter(
            "13.143 nS",
            source=FIT,
            tag="fitted",
            note="ends the burst; without it bursts have ten spikes, and come at one level near -50 mV only",
        ),
        "V_w": parameter("-29.441 mV", source=FIT, tag="fitted"),
        "k_w": parameter("5.2477 mV", source=FIT, tag="fitted"),
        "tau_w": parameter("66.109 ms", source=FIT, tag="fitted"),
    },
    per_neuron=frozenset({"g_M"}),
    currents=("I_M",),
    potassium=("I_M",),
    requires=frozenset({"E_K"}),
)
