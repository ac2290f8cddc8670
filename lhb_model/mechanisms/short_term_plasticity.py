"""Short-term facilitation and depression of a synapse (Tsodyks & Markram)."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

HYPOTHESIS = "hypothesis: facilitation lets bursts reach the RMTg better than single spikes; size fitted, not measured"

MECHANISM = Mechanism(
    name="short_term_plasticity",
    title="Short-term facilitation and depression",
    equations="""
        du/dt = -u/tau_facilitation : 1 (event-driven)
        dx/dt = (1 - x)/tau_depression : 1 (event-driven)
    """,
    source="Tsodyks, Pawelzik & Markram 1998 Neural Comput 10:821",
    tag="measured",
    parameters={
        "U": parameter("0.12", source=HYPOTHESIS, tag="fitted", note="release at a first spike"),
        "tau_facilitation": parameter("80 ms", source=HYPOTHESIS, tag="fitted"),
        "tau_depression": parameter("0.001 us", source="no depression unless an experiment sets it", tag="assumed"),
    },
    reset="""
        u = u + U*(1 - u)
        efficacy = u*x
        x = x - u*x
    """,
    start={"x": 1.0},
)
