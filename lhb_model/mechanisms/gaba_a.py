"""GABA-A receptors: chloride conductance that jumps at a presynaptic spike and decays exponentially."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="gaba_a",
    title="GABA-A-receptor current",
    equations="""
        I_GABA = open_GABA*receptors_GABA*s_GABA*(E_GABA - v) : amp
        ds_GABA/dt = -s_GABA/tau_GABA : siemens
    """,
    source="exponential synapse",
    tag="assumed",
    parameters={
        "open_GABA": parameter("1", source="share of receptors that no drug blocks; 1 without a drug", tag="assumed"),
        "receptors_GABA": parameter(
            "1",
            source="a neuron's receptors over what its synapses' weights say; lets neurons of a nucleus differ",
            tag="assumed",
        ),
        "tau_GABA": parameter("8 ms", source="decay of GABA-A-receptor currents, 6-12 ms", tag="assumed"),
        "E_GABA": parameter("-70 mV", source="chloride reversal of mature neurons", tag="assumed"),
    },
    per_neuron=frozenset({"receptors_GABA"}),
    currents=("I_GABA",),
    receives={"gaba_a": "s_GABA"},
    weight_units={"gaba_a": "S"},
)
