"""Membrane potential between spikes, as an electrode reads it: what several findings measure."""

import numpy as np
from numpy.typing import NDArray

from lhb_model.recording import Recording, Trace

AROUND_SPIKE = 5e-3
"""What is left out before and after a spike (s)."""


def traced(recording: Recording, nucleus: str = "lhb") -> Trace:
    """The recorded membrane potentials of a nucleus."""
    return next(trace for trace in recording.traces if (trace.nucleus, trace.variable) == (nucleus, "v"))


def potentials(recording: Recording, nucleus: str = "lhb") -> dict[int, float]:
    """Recorded neuron -> median potential (V) within the analysis, without 5 ms on either side of each spike."""
    start, stop = recording.epochs["analysis"]
    trace, trains = traced(recording, nucleus).between(start, stop), recording.trains(nucleus)
    return {
        int(neuron): float(np.median(values[between_spikes(trace.times, trains[neuron])]))
        for neuron, values in zip(trace.neurons, trace.values.T, strict=True)
    }


def between_spikes(times: NDArray[np.float64], spikes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times are farther than 5 ms from every spike; all of them if none is.

    >>> between_spikes(np.array([0.0, 0.1, 0.2]), np.array([0.098])).tolist()
    [True, False, True]
    """
    near = np.searchsorted(spikes, times - AROUND_SPIKE) < np.searchsorted(spikes, times + AROUND_SPIKE, side="right")
    return ~near if not near.all() else np.ones(times.size, bool)
