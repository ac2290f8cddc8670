"""Leaky integrate-and-fire spiking: threshold, reset, refractory time."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="integrate_and_fire",
    title="Integrate-and-fire threshold and reset",
    equations="",
    source="Lapicque 1907; conventional reduced neuron",
    tag="assumed",
    parameters={
        "V_threshold": parameter("-45 mV", source="conventional value", tag="assumed"),
        "V_reset": parameter("-60 mV", source="conventional value", tag="assumed"),
        "t_refractory": parameter("2 ms", source="conventional value", tag="assumed"),
    },
    threshold="v > V_threshold",
    reset="v = V_reset",
    refractory="t_refractory",
)
