"""Hyperpolarisation-activated current (HCN): the sag that ZD7288 removes; bursts do not need it."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="h_current",
    title="Hyperpolarisation-activated (HCN) current",
    equations="""
        I_h = g_h*q*(E_h - v) : amp
        dq/dt = (q_inf - q)/tau_q : 1
        q_inf = 1/(1 + exp((v - V_q)/k_q)) : 1
        tau_q = 20*ms + 1000*ms/(exp((v + 71.5*mV)/(14.2*mV)) + exp(-(v + 89*mV)/(11.6*mV))) : second
    """,
    source="time constant as for thalamic Ih (Huguenard & McCormick 1992)",
    tag="recalled",
    parameters={
        "g_h": parameter("0.31 nS", source="sag seen in LHb neurons (Weiss & Veh 2011); size fitted", tag="fitted"),
        "E_h": parameter("-40 mV", source="conventional value of the mixed cation current", tag="assumed"),
        "V_q": parameter("-85 mV", source="recalled from HCN currents at rest", tag="recalled"),
        "k_q": parameter("7 mV", source="recalled from HCN currents at rest", tag="recalled"),
    },
    per_neuron=frozenset({"g_h"}),
    currents=("I_h",),
)
