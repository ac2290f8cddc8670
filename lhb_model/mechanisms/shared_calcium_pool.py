"""Submembrane calcium, in arbitrary units: filled by both calcium currents alike, as in the set of parameters 2026.1."""

from lhb_model.mechanisms.calcium_pool import MECHANISM as OF_HVA
from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="shared_calcium_pool",
    title="Calcium pool of both calcium currents",
    equations="""
        dCa/dt = influx_T*I_T + influx_HVA*I_HVA - (Ca - Ca_rest)/tau_Ca : 1
    """,
    source=OF_HVA.source,
    tag=OF_HVA.tag,
    parameters={"influx_T": parameter("1.01e-4 1/pA/ms", source=FIT, tag="fitted"), **OF_HVA.parameters},
    requires=frozenset({"I_T", "I_HVA"}),
)
