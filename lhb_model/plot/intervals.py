"""Interspike intervals (ms) of all neurons of a nucleus, and logarithmic bins for them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.recording import Recording

SHORTEST, LONGEST = 1.0, 1e4  # ms, shown at least


def require_nucleus(recordings: Mapping[str, Sequence[Recording]], nucleus: str) -> None:
    """`InputError` for a nucleus that no recording has."""
    known = dict.fromkeys(name for group in recordings.values() for recording in group for name in recording.spikes)
    if nucleus not in known:
        raise InputError(unknown("nucleus", nucleus, known))


def intervals_of(recordings: Sequence[Recording], nucleus: str) -> NDArray[np.float64]:
    """All intervals, pooled; shape (intervals,)."""
    found = [_intervals(recording, nucleus) for recording in recordings if nucleus in recording.spikes]
    return np.concatenate([np.empty(0), *(intervals[own] for intervals, own in found)])


def successive_intervals(recordings: Sequence[Recording], nucleus: str) -> NDArray[np.float64]:
    """Each interval of a neuron and the one after it, pooled; shape (pairs, 2)."""
    found = [_intervals(recording, nucleus) for recording in recordings if nucleus in recording.spikes]
    pairs = [np.column_stack([values[:-1], values[1:]])[own[:-1] & own[1:]] for values, own in found]
    return np.concatenate([np.empty((0, 2)), *pairs])


def interval_edges(values: Iterable[NDArray[np.float64]], per_decade: int) -> NDArray[np.float64]:
    """Edges of logarithmic bins over whole decades, wide enough for all the values."""
    everything = np.concatenate([np.array([SHORTEST, LONGEST]), *map(np.ravel, values)])
    first, last = np.floor(np.log10(everything.min())), np.ceil(np.log10(everything.max()))
    return np.logspace(first, last, int(last - first) * per_decade + 1)


def _intervals(recording: Recording, nucleus: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Differences of all successive spikes, neuron after neuron, and which of them lie within one neuron."""
    spikes = recording.spikes[nucleus]
    order = np.argsort(spikes.neurons, kind="stable")
    steps, neurons = spikes.steps[order], spikes.neurons[order]
    return 1e3 * recording.dt * np.diff(steps), neurons[1:] == neurons[:-1]
