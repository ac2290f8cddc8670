"""Fast sodium current, Traub & Miles kinetics."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="sodium",
    title="Fast sodium current",
    equations="""
        I_Na = g_Na*m**3*h*(E_Na - v) : amp
        dm/dt = alpha_m*(1 - m) - beta_m*m : 1
        dh/dt = alpha_h*(1 - h) - beta_h*h : 1
        alpha_m = 0.32*4*linoid((13*mV - v + V_T)/(4*mV))/ms : Hz
        beta_m = 0.28*5*linoid((v - V_T - 40*mV)/(5*mV))/ms : Hz
        alpha_h = 0.128*exp((17*mV - v + V_T)/(18*mV))/ms : Hz
        beta_h = 4/(1 + exp((40*mV - v + V_T)/(5*mV)))/ms : Hz
    """,
    source="Traub & Miles 1991, Neuronal Networks of the Hippocampus, rates relative to V_T; linoid(x) = x/(exp(x) - 1)",
    tag="recalled",
    parameters={
        "g_Na": parameter("129.68 nS", source=FIT, tag="fitted"),
        "V_T": parameter(
            "-53.731 mV", source=FIT, tag="fitted", note="shifts the spike threshold of Na and K together"
        ),
    },
    per_neuron=frozenset({"g_Na"}),
    currents=("I_Na",),
    requires=frozenset({"E_Na"}),
)
