"""AMPA receptors: conductance that jumps at a presynaptic spike and decays exponentially."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="ampa",
    title="AMPA-receptor current",
    equations="""
        I_AMPA = open_AMPA*s_AMPA*(E_AMPA - v) : amp
        ds_AMPA/dt = -s_AMPA/tau_AMPA : siemens
    """,
    source="exponential synapse",
    tag="assumed",
    parameters={
        "open_AMPA": parameter("1", source="share of receptors that no drug blocks; 1 without a drug", tag="assumed"),
        "tau_AMPA": parameter("5 ms", source="decay of AMPA-receptor currents at rest, 3-6 ms", tag="assumed"),
        "E_AMPA": parameter("0 mV", source="non-selective cation channel", tag="assumed"),
    },
    currents=("I_AMPA",),
    receives={"ampa": "s_AMPA"},
    weight_units={"ampa": "S"},
)
