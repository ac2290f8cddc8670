"""NMDA receptors, ambient and synaptic, with voltage-dependent magnesium block."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="nmda",
    title="NMDA-receptor current with magnesium block",
    equations="""
        I_NMDA = g_NMDA*(ambient_NMDA + s_NMDA)*B_Mg*(E_glutamate - v) : amp
        B_Mg = 1/(1 + Mg_out/Mg_half*exp(-v/(16.13*mV))) : 1
        ds_NMDA/dt = -s_NMDA/tau_NMDA : 1
    """,
    source="Jahr & Stevens 1990 J Neurosci 10:3178 (0.062 /mV = 1/16.13 mV)",
    tag="measured",
    parameters={
        "g_NMDA": parameter(
            "5.9966 nS",
            source=FIT,
            tag="fitted",
            note="conductance at full occupancy by ambient glutamate; blocked by ketamine",
        ),
        "ambient_NMDA": parameter("1", source=FIT, tag="fitted", note="occupancy by ambient glutamate, relative"),
        "Mg_half": parameter("3.57 mM", source="Jahr & Stevens 1990 J Neurosci 10:3178", tag="measured"),
        "tau_NMDA": parameter("100 ms", source="decay of NMDA-receptor currents, GluN2A/2B range", tag="assumed"),
        "E_glutamate": parameter("0 mV", source="non-selective cation channel", tag="assumed"),
    },
    per_neuron=frozenset({"g_NMDA"}),
    currents=("I_NMDA",),
    requires=frozenset({"Mg_out"}),
    receives={"nmda": "s_NMDA"},
    weight_units={"nmda": "1"},
)
