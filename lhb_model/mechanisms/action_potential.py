"""Spike detection in a conductance-based cell: an upward crossing of V_spike."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="action_potential",
    title="Spike detection",
    equations="""
        v_previous : volt
    """,
    source="definition",
    tag="assumed",
    parameters={"V_spike": parameter("-20 mV", source="convention of spike detection", tag="assumed")},
    each_step="v_previous = v",
    threshold="v > V_spike and v_previous <= V_spike",
)
