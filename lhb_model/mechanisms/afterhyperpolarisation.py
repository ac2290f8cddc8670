"""Spike-triggered potassium conductance: gives pacemakers their slow, regular firing."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="afterhyperpolarisation",
    title="Spike-triggered afterhyperpolarisation",
    equations="""
        I_AHP = g_AHP*(E_K - v) : amp
        dg_AHP/dt = -g_AHP/tau_AHP : siemens
    """,
    source="exponential conductance after each spike",
    tag="assumed",
    parameters={
        "delta_AHP": parameter("2 nS", source="fitted with the nucleus", tag="fitted"),
        "tau_AHP": parameter("100 ms", source="medium afterhyperpolarisation", tag="assumed"),
    },
    currents=("I_AHP",),
    potassium=("I_AHP",),
    requires=frozenset({"E_K"}),
    reset="g_AHP += delta_AHP",
)
