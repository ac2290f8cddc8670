"""Submembrane calcium, in arbitrary units: filled by the high-voltage-activated current, emptied exponentially."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="calcium_pool",
    title="Submembrane calcium pool",
    equations="""
        dCa/dt = influx_HVA*I_HVA - (Ca - Ca_rest)/tau_Ca : 1
    """,
    source="single well-mixed pool; Ca in arbitrary units, so that K_SK = 0.5 sets the scale",
    tag="assumed",
    parameters={
        "influx_HVA": parameter("1.8217e-3 1/pA/ms", source=FIT, tag="fitted"),
        "Ca_rest": parameter("0.05", source="a tenth of K_SK", tag="assumed"),
        "tau_Ca": parameter("8.2003 ms", source=FIT, tag="fitted"),
    },
    requires=frozenset({"I_HVA"}),
)
