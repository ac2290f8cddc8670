"""A-type (Kv4) potassium current: keeps the cell silent below the burst window and leaves no gap above it."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

THALAMIC = "Huguenard, Coulter & Prince 1991 J Neurophysiol 66:1304 (thalamus)"

MECHANISM = Mechanism(
    name="a_current",
    title="A-type (Kv4) potassium current",
    equations="""
        I_A = g_A*a_inf*b*(E_K - v) : amp
        db/dt = (b_inf - b)/tau_b : 1
        a_inf = 1/(1 + exp(-(v - V_a)/k_a)) : 1
        b_inf = 1/(1 + exp((v - V_b)/k_b)) : 1
    """,
    source="instantaneous activation, one inactivation gate; form after " + THALAMIC,
    tag="assumed",
    parameters={
        "g_A": parameter(
            "3.1062 nS",
            source=FIT,
            tag="fitted",
            note="its window current near -60 mV; without it the cell bursts at -72 mV alone and a silent gap follows",
        ),
        "V_a": parameter(
            "-61.645 mV", source=FIT, tag="fitted", note="-60 mV in thalamic cells (Huguenard & McCormick 1992)"
        ),
        "k_a": parameter("6 mV", source=THALAMIC, tag="assumed"),
        "V_b": parameter("-59.074 mV", source=FIT, tag="fitted", note="-78 mV in thalamic cells"),
        "k_b": parameter("6 mV", source=THALAMIC, tag="recalled"),
        "tau_b": parameter("3.0254 ms", source=FIT, tag="fitted"),
    },
    per_neuron=frozenset({"g_A"}),
    currents=("I_A",),
    potassium=("I_A",),
    requires=frozenset({"E_K"}),
)
