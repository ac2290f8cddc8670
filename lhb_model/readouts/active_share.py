"""Dopamine neurons that are spontaneously active, as an electrode meets them on its tracks.

Counted by hand are neurons that fire slowly but surely; those below `least_rate` would be passed by.
"""

import numpy as np

from lhb_model.quantities import parameter
from lhb_model.readouts.readout import Readout
from lhb_model.recording import Recording

PARAMETERS = {
    "least_rate": parameter(
        "0.5 Hz",
        source="lower end of the rates of neurons counted as active, 0.5-10 Hz (Grace & Bunney 1984)",
        tag="recalled",
    )
}


def measure(recording: Recording, start: float, stop: float) -> float:
    """Share of the dopamine neurons that fire at `least_rate` or more from `start` to `stop` (s)."""
    trains = recording.spikes["vta_da"]
    inside = (trains.steps >= round(start / recording.dt)) & (trains.steps < round(stop / recording.dt))
    counts = np.bincount(trains.neurons[inside], minlength=trains.n_neurons)
    return float(np.mean(counts >= PARAMETERS["least_rate"].value * (stop - start)))


READOUT = Readout("active_share", "Spontaneously active dopamine neurons", "vta_da", "1", PARAMETERS, measure)
