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
        "C": parameter("34.654 pF", source=FIT, tag="fitted", note="time constant 18 ms below the burst window"),
        "g_L": parameter("2.318 nS", source=FIT, tag="fitted", note="with g_Kir: input resistance 500 Mohm"),
        "E_L": parameter("-70.8 mV", source="holding current does the same", tag="assumed"),
    },
    per_neuron=frozenset({"C", "g_L", "E_L"}),
    currents=("I_L",),
)
