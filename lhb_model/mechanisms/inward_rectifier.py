"""Kir2-like inward rectifier: holds hyperpolarised cells, and widens the burst window."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

KIR = "form and half-activation of inward rectifiers, as Kir2; Hibino 2010 Physiol Rev 90:291"

MECHANISM = Mechanism(
    name="inward_rectifier",
    title="Inward-rectifier (Kir2) potassium current",
    equations="""
        I_Kir = g_Kir*r_inf*(E_K - v) : amp
        r_inf = 1/(1 + exp((v - V_Kir)/k_Kir)) : 1
    """,
    source="instantaneous rectification; " + KIR,
    tag="assumed",
    parameters={
        "g_Kir": parameter(
            "6.3609 nS",
            source=FIT,
            tag="fitted",
            note="without it the burst window is 2.4 mV wide instead of 6.8, and input resistance is 370 Mohm instead of 500",
        ),
        "V_Kir": parameter("-88 mV", source=KIR, tag="assumed"),
        "k_Kir": parameter("8 mV", source=KIR, tag="assumed"),
    },
    per_neuron=frozenset({"g_Kir"}),
    currents=("I_Kir",),
    potassium=("I_Kir",),
    requires=frozenset({"E_K"}),
)
