"""High-voltage-activated (L/N) calcium current: opens in spikes only, and feeds SK."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="hva_calcium",
    title="High-voltage-activated calcium current",
    equations="""
        I_HVA = g_HVA*c**2*(E_Ca - v) : amp
        dc/dt = (c_inf - c)/tau_c : 1
        c_inf = 1/(1 + exp(-(v - V_c)/k_c)) : 1
    """,
    source="first-order activation, no inactivation within a spike",
    tag="assumed",
    parameters={
        "g_HVA": parameter(
            "1.797 nS", source=FIT, tag="fitted", note="nearly without effect on the modes; it feeds SK"
        ),
        "V_c": parameter("-21 mV", source=FIT, tag="fitted"),
        "k_c": parameter("5 mV", source="conventional slope", tag="assumed"),
        "tau_c": parameter("1.2 ms", source="L/N type, order of 1 ms", tag="assumed"),
    },
    per_neuron=frozenset({"g_HVA"}),
    currents=("I_HVA",),
    requires=frozenset({"E_Ca"}),
)
