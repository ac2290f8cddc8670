"""Delayed-rectifier potassium current, Traub & Miles kinetics."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="potassium",
    title="Delayed-rectifier potassium current",
    equations="""
        I_K = g_K*n**4*(E_K - v) : amp
        dn/dt = alpha_n*(1 - n) - beta_n*n : 1
        alpha_n = phi_n*0.032*5*linoid((15*mV - v + V_T)/(5*mV))/ms : Hz
        beta_n = phi_n*0.5*exp((10*mV - v + V_T)/(40*mV))/ms : Hz
    """,
    source="Traub & Miles 1991, Neuronal Networks of the Hippocampus, rates relative to V_T; linoid(x) = x/(exp(x) - 1)",
    tag="recalled",
    parameters={
        "g_K": parameter("73.887 nS", source=FIT, tag="fitted"),
        "phi_n": parameter("1.3895", source=FIT, tag="fitted", note="speed of the gate; 1 in Traub & Miles 1991"),
    },
    per_neuron=frozenset({"g_K"}),
    currents=("I_K",),
    potassium=("I_K",),
    requires=frozenset({"E_K", "V_T"}),
)
