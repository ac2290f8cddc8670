"""SK: calcium-activated potassium current, instantaneous in calcium."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="sk",
    title="SK calcium-activated potassium current",
    equations="""
        I_SK = g_SK*Ca**2/(Ca**2 + K_SK**2)*(E_K - v) : amp
    """,
    source="Hill equation of order 2",
    tag="assumed",
    parameters={
        "g_SK": parameter("1.0046 nS", source=FIT, tag="fitted", note="nearly without effect on the modes"),
        "K_SK": parameter("0.5", source="sets the scale of the calcium pool", tag="assumed"),
    },
    per_neuron=frozenset({"g_SK"}),
    currents=("I_SK",),
    potassium=("I_SK",),
    requires=frozenset({"Ca", "E_K"}),
)
