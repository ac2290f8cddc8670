"""Passive membrane: capacitance and leak."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="leak",
    title="Membrane capacitance and leak",
    equations="""
        I_L = g_L*(E_L - v) : amp
    """,
    source="Ohm's law",
    tag="assumed",
    parameters={
        "C": parameter("48 pF", source=FIT, tag="fitted", note="with g_L: tau 32-44 ms, input resistance 650-950 Mohm"),
        "g_L": parameter("1.82 nS", source=FIT, tag="fitted"),
        "E_L": parameter("-70.8 mV", source=FIT, tag="fitted"),
    },
    per_neuron=frozenset({"C", "g_L", "E_L"}),
    currents=("I_L",),
)
