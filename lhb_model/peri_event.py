"""Spikes around events: histograms, pauses and excitations of single neurons.

Spikes of all trials are laid over one another, each at its time from the trial's event. The *pause* is the interval after the
event of highest Poisson surprise (Legendy & Salcman 1985 J Neurophysiol 53:926, for too few spikes): -ln of the chance that a
Poisson neuron of the baseline rate has so few spikes in so long a time. Times are in s, rates in Hz.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.errors import InputError

Floats = NDArray[np.float64]
Window = tuple[float, float]

SURPRISE = 10.0
"""Least surprise of a pause, as Legendy & Salcman chose it; Poisson neurons reach it in about 1 of 20 searches."""
SOON = 0.05
"""Latest onset of a pause (s)."""
LONGEST = 0.25
"""How far after the event a pause may last (s)."""
BASELINE = 0.2
"""How long before the event the baseline is taken (s)."""
EXCITED = (0.002, 0.03)
"""When after an event an excitation is looked for (s)."""
LEVEL = 0.01
WITHIN = 0.03
"""How long after an event a potential may take to its largest deflection (s)."""
BEFORE = 2e-3
TENTH = 0.1
ROUNDING = 1e-9
"""A spike in the very step at which a window or bin begins belongs to it (s)."""


@dataclass(frozen=True)
class Pause:
    """A pause: `onset` after the event and `duration` (s), and its surprise; NaN, NaN and 0 where none can be seen."""

    onset: float
    duration: float
    surprise: float

    @property
    def found(self) -> bool:
        """Whether it is beyond chance."""
        return self.surprise >= SURPRISE


NONE = Pause(np.nan, np.nan, 0.0)


def peri_event_times(train: ArrayLike, events: ArrayLike, window: Window) -> list[Floats]:
    """Times of a neuron's spikes from each event, from the window's start to before its end; one array for each event.

    >>> [trial.tolist() for trial in peri_event_times([0.5, 1.25, 2.5], [1.0, 2.0], (-0.5, 0.5))]
    [[-0.5, 0.25], []]
    """
    spikes = np.sort(np.asarray(train, float))
    if not window[0] < window[1]:
        raise InputError(f"given the window {window[0]:g} s to {window[1]:g} s, expected a start before its end")
    trials = []
    for event in np.asarray(events, float).ravel():
        first, last = np.searchsorted(spikes, event + np.asarray(window) - ROUNDING)
        trials.append(spikes[first:last] - event)
    return trials


def peri_event_rate(
    trains: Iterable[ArrayLike], events: ArrayLike, window: Window, width: float
) -> tuple[Floats, Floats]:
    """Middles of bins of `width` s and the mean rate of all neurons there, over all events (Hz).

    >>> middles, rate = peri_event_rate([[1.01, 1.02], []], [1.0], (0.0, 0.04), width=0.02)
    >>> middles.round(3).tolist(), rate.round(1).tolist()
    ([0.01, 0.03], [25.0, 25.0])
    """
    edges = window[0] + width * np.arange(round((window[1] - window[0]) / width) + 1)
    trains, events = list(trains), np.asarray(events, float).ravel()
    pooled = [trial + ROUNDING for train in trains for trial in peri_event_times(train, events, window)]
    counts = np.histogram(np.concatenate([np.empty(0), *pooled]), edges)[0]
    trials = len(trains) * events.size
    return (edges[:-1] + edges[1:]) / 2, counts / (width * trials) if trials else np.full(counts.size, np.nan)


def pause(train: ArrayLike, events: ArrayLike, soon: float = SOON) -> Pause:
    """The pause of one neuron after events.

    Its onset lies within `soon` s of the event, its end within `LONGEST`; it begins and ends at a spike, or at the event. The
    baseline is the rate in the `BASELINE` s before the events; without spikes there no pause can be seen.
    """
    events = np.asarray(events, float).ravel()
    rate = _pooled(train, events, (-BASELINE, 0.0)).size / BASELINE
    if not rate:
        return NONE
    edges = np.concatenate([[0.0], np.sort(_pooled(train, events, (0.0, LONGEST))), [LONGEST]])
    best = NONE
    for first in range(np.searchsorted(edges[:-1], soon, side="right")):
        lengths = edges[first + 1 :] - edges[first]
        surprises = _surprise(np.arange(lengths.size), rate * lengths)
        last = int(np.argmax(surprises))
        if surprises[last] > best.surprise:
            best = Pause(float(edges[first]), float(lengths[last]), float(surprises[last]))
    return best


def _surprise(counts: NDArray[np.int64], expected: Floats) -> Floats:
    """-ln of the chance that a Poisson process has at most `counts` spikes where so many are expected.

    Where the chance is too small for a number, as of many neurons together, it is that of exactly so many, and of
    fewer as a geometric series.
    """
    from scipy.special import gammaincc, gammaln

    chance = gammaincc(counts + 1, expected)
    tiny = chance < np.finfo(float).tiny
    surprise = -np.log(np.where(tiny, 1.0, chance))
    k, mean = counts[tiny], expected[tiny]
    surprise[tiny] = mean - k * np.log(mean) + gammaln(k + 1) + np.log1p(-k / mean)
    return np.asarray(surprise)


def _pooled(train: ArrayLike, events: Floats, window: Window) -> Floats:
    return np.concatenate([np.empty(0), *peri_event_times(train, events, window)])


def deflection(times: ArrayLike, values: ArrayLike, events: ArrayLike, within: float = WITHIN) -> tuple[float, float]:
    """Onset (s) and size (unit of the values) of what a potential does after events: NaN without events.

    `values` has a row for each of the evenly spaced `times` and a column for each neuron. The median over events and neurons,
    which few spikes cannot move, less that of the 2 ms before the event; its size is the largest deviation within `within` s,
    its onset when it first has a tenth of that for good.

    >>> times = np.arange(0, 2, 1e-3)
    >>> onset, size = deflection(times, np.where((times > 1.0085) & (times < 1.05), -3.0, 0.0)[:, np.newaxis], [1.0])
    >>> round(onset, 6), size
    (0.009, -3.0)
    """
    times, values, events = np.asarray(times, float), np.asarray(values, float), np.asarray(events, float).ravel()
    step = float(times[1] - times[0])
    before, after = round(BEFORE / step), round(within / step)
    places = np.rint((events - times[0]) / step).astype(int)
    places = places[(places >= before) & (places + after < times.size)]
    if not places.size:
        return np.nan, np.nan
    trials = np.stack([values[at - before : at + after + 1] for at in places])
    course = np.median(trials - trials[:, :before].mean(axis=1, keepdims=True), axis=(0, 2))[before:]
    peak = int(np.argmax(np.abs(course)))
    small = np.flatnonzero(course[: peak + 1] / course[peak] < TENTH) if course[peak] else np.array([peak])
    return float(step * (small[-1] + 1 if small.size else 0)), float(course[peak])


def excited(train: ArrayLike, events: ArrayLike, after: Window = EXCITED) -> bool:
    """Whether a neuron fires more in a window after events than in one as long before them.

    A Wilcoxon signed-rank test over trials at `LEVEL`, one-sided: bursts within a trial count once.
    """
    from scipy.stats import wilcoxon

    length = after[1] - after[0]
    more = _counts(train, events, after) - _counts(train, events, (-length, 0.0))
    return bool(more.any() and wilcoxon(more, alternative="greater").pvalue < LEVEL)


def _counts(train: ArrayLike, events: ArrayLike, window: Window) -> NDArray[np.int64]:
    return np.array([trial.size for trial in peri_event_times(train, events, window)], np.int64)
