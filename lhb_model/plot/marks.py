"""What a raster shows: which neurons in which order, and which of their spikes belong to bursts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhb_model.bursts import Rule, find_bursts
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.recording import Recording

BURSTING_NUCLEUS = "lhb"
BURSTING_SHARE = 0.55  # of a panel's height
GAP = 1.0  # mm between nuclei


@dataclass(frozen=True, eq=False)
class Band:
    """Neurons of one nucleus, out of a population of `of`, from the lowest row up; between two heights (mm)."""

    nucleus: str
    neurons: NDArray[np.int64]
    of: int
    bottom: float
    top: float

    @property
    def row_height(self) -> float:
        """Height of one neuron's row in mm."""
        return (self.top - self.bottom) / max(self.neurons.size, 1)


@dataclass(frozen=True, eq=False)
class Marks:
    """Spikes of a band: times in s, rows counted from its bottom, and whether they belong to a burst."""

    times: NDArray[np.float64]
    rows: NDArray[np.intp]
    in_burst: NDArray[np.bool_]

    def between(self, start: float, stop: float) -> "Marks":
        """The spikes from `start` up to, but not including, `stop` (s)."""
        inside = (self.times >= start) & (self.times < stop)
        return self._only(inside)

    def inside_bursts(self) -> "Marks":
        """The spikes in bursts."""
        return self._only(self.in_burst)

    def outside_bursts(self) -> "Marks":
        """The spikes outside of bursts."""
        return self._only(~self.in_burst)

    def _only(self, chosen: NDArray[np.bool_]) -> "Marks":
        return Marks(self.times[chosen], self.rows[chosen], self.in_burst[chosen])


def bands_of(
    recordings: Sequence[Recording], nuclei: Sequence[str] | None, rule: Rule, most: int, height: float
) -> list[Band]:
    """A band for each nucleus (None: all of the first recording, the LHb first), stacked in `height` mm."""
    first = recordings[0]
    known = sorted(first.spikes, key=lambda nucleus: nucleus != BURSTING_NUCLEUS)
    chosen = list(dict.fromkeys(nuclei or known))
    for nucleus in chosen:
        if nucleus not in known:
            raise InputError(unknown("nucleus", nucleus, known))
    if most < 1:
        raise InputError(f"most_neurons is {most}; expected at least 1")
    bands = []
    for nucleus, (bottom, top) in _heights(chosen, height).items():
        size = min(recording.spikes[nucleus].n_neurons for recording in recordings if nucleus in recording.spikes)
        neurons = _sorted(first, nucleus, _spread(size, most), rule)
        bands.append(Band(nucleus, neurons, size, bottom, top))
    return bands


def marks_of(recording: Recording, nucleus: str, neurons: NDArray[np.int64], rule: Rule) -> Marks:
    """All spikes of the given neurons, row by row; none if the recording has no such nucleus."""
    if nucleus not in recording.spikes:
        return Marks(np.empty(0), np.empty(0, np.intp), np.empty(0, np.bool_))
    spikes = recording.spikes[nucleus]
    row_of = np.full(spikes.n_neurons, -1, np.int32)
    row_of[neurons] = np.arange(neurons.size)
    rows = row_of[spikes.neurons]
    shown = np.flatnonzero(rows >= 0)
    shown = shown[np.argsort(rows[shown], kind="stable")]
    times = spikes.steps[shown].astype(np.float64) * recording.dt
    return Marks(times, rows[shown].astype(np.intp), _in_bursts(nucleus, times, rows[shown], rule))


def _spread(population: int, most: int) -> NDArray[np.int64]:
    """At most `most` neurons, evenly spread over the population."""
    shown = min(population, most)
    return np.arange(shown, dtype=np.int64) * population // max(shown, 1)


def _sorted(recording: Recording, nucleus: str, neurons: NDArray[np.int64], rule: Rule) -> NDArray[np.int64]:
    """By the share of spikes in bursts, and among equals by the number of spikes."""
    marks = marks_of(recording, nucleus, neurons, rule)
    spikes = np.bincount(marks.rows, minlength=neurons.size)
    in_bursts = np.bincount(marks.rows[marks.in_burst], minlength=neurons.size)
    return neurons[np.lexsort((spikes, in_bursts / np.maximum(spikes, 1)))]


def _heights(nuclei: list[str], height: float) -> dict[str, tuple[float, float]]:
    """Bottom and top of each nucleus in mm, the first on top; the LHb takes more than half."""
    shares = np.ones(len(nuclei))
    if BURSTING_NUCLEUS in nuclei and len(nuclei) > 1:
        shares[nuclei.index(BURSTING_NUCLEUS)] = BURSTING_SHARE / (1 - BURSTING_SHARE) * (len(nuclei) - 1)
    tops = height - height * np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    edges = zip(nuclei, tops[:-1], tops[1:], strict=True)
    return {nucleus: (float(bottom) + GAP / 2, float(top) - GAP / 2) for nucleus, top, bottom in edges}


def _in_bursts(nucleus: str, times: NDArray[np.float64], rows: NDArray[np.int32], rule: Rule) -> NDArray[np.bool_]:
    """Which spikes belong to a burst; bursts are those of the LHb alone."""
    inside = np.zeros(times.size, np.bool_)
    if nucleus != BURSTING_NUCLEUS:
        return inside
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    stops = np.flatnonzero(np.diff(rows, append=-1)) + 1
    for start, stop in zip(starts, stops, strict=True):
        inside[start:stop] = in_bursts(times[start:stop], rule)
    return inside


def in_bursts(times: NDArray[np.float64], rule: Rule) -> NDArray[np.bool_]:
    """Which spikes of one neuron belong to a burst.

    >>> from lhb_model.bursts import MaxInterval
    >>> in_bursts(np.array([1.0, 1.01, 2.0, 3.0]), MaxInterval(0.02, 0.1)).tolist()
    [True, True, False, False]
    """
    bursts = find_bursts(times, rule)
    edges = np.zeros(times.size + 1, np.int64)
    edges[bursts["first_spike"]] += 1
    edges[bursts["last_spike"] + 1] -= 1
    return np.cumsum(edges[:-1]) > 0
