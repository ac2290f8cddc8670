"""What a raster shows: which neurons in which order, and which of their spikes belong to bursts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lhb_model.bursts import Rule, Span, find_bursts
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.style import BURST, RUN_ON, SPIKE
from lhb_model.plot.window import SLACK
from lhb_model.recording import Recording

BURSTING_NUCLEUS = "lhb"
BURSTING_SHARE = 0.55  # of a panel's height
GAP = 1.0  # mm between nuclei
Kinds = NDArray[np.int8]


class Kind(IntEnum):
    """What a spike belongs to; a run-on burst is tonic firing that one short interval made a burst."""

    OTHER = 0
    RUN_ON = 1
    BURST = 2

    @property
    def colour(self) -> str:
        """Of its mark."""
        return (SPIKE, RUN_ON, BURST)[self]

    @property
    def width(self) -> float:
        """Of its mark in pt."""
        return 0.8 if self is Kind.BURST else 0.5

    @property
    def label(self) -> str:
        """Its name in a legend."""
        return ("other spike", "spike in a run-on burst", "spike in a burst")[self]


def legend_of(kinds: Iterable[int]) -> dict[str, Line2D]:
    """Keys of bursts and other spikes, and of run-on bursts if there are any among the kinds."""
    shown = {Kind.BURST, Kind.OTHER, *(Kind(kind) for kind in kinds)}
    look: dict[str, Any] = {"marker": "|", "linestyle": "none", "markeredgewidth": 1.2}
    return {kind.label: Line2D([], [], color=kind.colour, **look) for kind in sorted(shown, reverse=True)}


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
    """Spikes of a band: times in s, rows counted from its bottom, and the kind of each."""

    times: NDArray[np.float64]
    rows: NDArray[np.intp]
    kinds: Kinds

    def between(self, start: float, stop: float) -> "Marks":
        """The spikes from `start` up to, but not including, `stop` (s)."""
        inside = (self.times >= start) & (self.times < stop)
        return self._only(inside)

    def of_kind(self, kind: Kind) -> "Marks":
        """The spikes of one kind."""
        return self._only(self.kinds == kind)

    def _only(self, chosen: NDArray[np.bool_]) -> "Marks":
        return Marks(self.times[chosen], self.rows[chosen], self.kinds[chosen])


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
        return Marks(np.empty(0), np.empty(0, np.intp), np.empty(0, np.int8))
    spikes = recording.spikes[nucleus]
    row_of = np.full(spikes.n_neurons, -1, np.int32)
    row_of[neurons] = np.arange(neurons.size)
    rows = row_of[spikes.neurons]
    shown = np.flatnonzero(rows >= 0)
    shown = shown[np.argsort(rows[shown], kind="stable")]
    times = spikes.steps[shown].astype(np.float64) * recording.dt
    if nucleus != BURSTING_NUCLEUS:
        return Marks(times, rows[shown].astype(np.intp), np.zeros(times.size, np.int8))
    return Marks(times, rows[shown].astype(np.intp), _kinds_by_row(times, rows[shown], rule, recording.observed))


def _spread(population: int, most: int) -> NDArray[np.int64]:
    """At most `most` neurons, evenly spread over the population."""
    shown = min(population, most)
    return np.arange(shown, dtype=np.int64) * population // max(shown, 1)


def _sorted(recording: Recording, nucleus: str, neurons: NDArray[np.int64], rule: Rule) -> NDArray[np.int64]:
    """By the share of spikes in bursts, run-on ones left out, and among equals by the number of spikes."""
    marks = marks_of(recording, nucleus, neurons, rule)
    spikes = np.bincount(marks.rows, minlength=neurons.size)
    in_bursts = np.bincount(marks.of_kind(Kind.BURST).rows, minlength=neurons.size)
    return neurons[np.lexsort((spikes, in_bursts / np.maximum(spikes, 1)))]


def _heights(nuclei: list[str], height: float) -> dict[str, tuple[float, float]]:
    """Bottom and top of each nucleus in mm, the first on top; the LHb takes more than half."""
    shares = np.ones(len(nuclei))
    if BURSTING_NUCLEUS in nuclei and len(nuclei) > 1:
        shares[nuclei.index(BURSTING_NUCLEUS)] = BURSTING_SHARE / (1 - BURSTING_SHARE) * (len(nuclei) - 1)
    tops = height - height * np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    edges = zip(nuclei, tops[:-1], tops[1:], strict=True)
    return {nucleus: (float(bottom) + GAP / 2, float(top) - GAP / 2) for nucleus, top, bottom in edges}


def _kinds_by_row(times: NDArray[np.float64], rows: NDArray[np.int32], rule: Rule, span: Span) -> Kinds:
    kinds = np.zeros(times.size, np.int8)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    stops = np.flatnonzero(np.diff(rows, append=-1)) + 1
    for start, stop in zip(starts, stops, strict=True):
        kinds[start:stop] = kinds_of(times[start:stop], rule, span)
    return kinds


def kinds_of(times: NDArray[np.float64], rule: Rule, span: Span) -> Kinds:
    """The kind of each spike (s) of one neuron in a record of the given span (s).

    >>> from lhb_model.bursts import MaxInterval
    >>> kinds_of(np.array([1.0, 1.01, 2.0, 3.0]), MaxInterval(0.02, 0.1), (0.0, 4.0)).tolist()
    [2, 2, 0, 0]
    """
    bursts = find_bursts(times, rule, (span[0] - SLACK, span[1] + SLACK))
    kinds = np.zeros(times.size + 1, np.int8)
    # Up at the first spike of each burst, down after its last.
    change = np.where(bursts["run_on"], Kind.RUN_ON, Kind.BURST).astype(np.int8)
    kinds[bursts["first_spike"]] += change
    kinds[bursts["last_spike"] + 1] -= change
    return np.cumsum(kinds[:-1], dtype=np.int8)
