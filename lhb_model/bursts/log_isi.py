"""LogISI: the limit on intervals is read off the valley in the histogram of their logarithms."""

from dataclasses import dataclass

import numpy as np

from lhb_model.bursts.checks import require_count, require_number
from lhb_model.bursts.max_interval import MaxInterval, chains
from lhb_model.bursts.train import NOTHING, FloatArray, Found, IntArray, Train
from lhb_model.errors import InputError

LOWEST_INTERVAL = 0.01  # of the core limit: the histogram starts at 1 ms for a core limit of 100 ms
HIGHEST_LIMIT = 10.0  # of the core limit
PEAK_DISTANCE = 2  # bins
EDGE_TIE = 1e-8


@dataclass(frozen=True)
class LogISI:
    """Bursts within the limit that parts short from long intervals of this very train.

    The histogram of log10(interval) is searched for its highest peak below `core` (s), then for the first
    later peak parted from it by a valley with void parameter 1 - valley/sqrt(peak1 peak2) >= `void`: the
    valley is the limit. At a limit <= core, bursts are chains of intervals <= limit; at one above, chains
    <= limit that hold a chain <= core; with no valley, or one from 10 core on, chains <= core; with no peak
    below core, none.

    Source: Pasquale, Martinoia & Chiappalone (2010), read as in the R code of Cotterill et al. (2016): the
    m decades from core/100 up are parted into 10 m - 1 bins, a valley is its bin's lower edge, bursts have
    `min_spikes` 3, and `smoothing` is 1 bin, i.e. none: that code's lowess spans too few bins to do
    anything. The paper smooths by a local line; MATLAB's, its tool, spans 5 bins. Unlike in R, the last
    interval is tested.

    >>> LogISI()
    LogISI(core=0.1, void=0.7, smoothing=1, min_spikes=3)
    """

    core: float = 0.1
    void: float = 0.7
    smoothing: int = 1
    min_spikes: int = 3

    def __post_init__(self) -> None:
        require_number("core", self.core, "seconds above 0", above=0)
        require_number("void", self.void, "a number between 0 and 1", most=np.nextafter(1, 0), above=0)
        require_count("min_spikes", self.min_spikes, 2)
        require_count("smoothing", self.smoothing, 1)
        if self.smoothing % 2 == 0:
            raise InputError(f"smoothing is {self.smoothing}; expected an odd number of bins")

    def find(self, train: Train) -> Found:
        """The bursts of a checked train."""
        if train.times.size < 4:
            return NOTHING
        edges, counts = self._histogram(train.intervals)
        peaks = _peaks(counts)
        early = peaks[edges[peaks] < self.core]
        if not early.size:
            return NOTHING
        limit = self._valley(edges, counts, early[np.argmax(counts[early])], peaks)
        if limit is None or limit >= HIGHEST_LIMIT * self.core:
            limit = self.core
        return self._around_cores(train, limit) if limit > self.core else self._chains(train, limit)

    def _histogram(self, intervals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower edges (s) and heights of the bins."""
        lowest = LOWEST_INTERVAL * self.core
        relative = intervals[intervals >= lowest * (1 - EDGE_TIE)] / lowest
        decades = max(int(np.ceil(np.log10(relative.max(initial=1.0)) - EDGE_TIE)), 1)
        edges = np.logspace(0, decades, 10 * decades)
        bins = np.searchsorted(edges * (1 + EDGE_TIE), relative) - 1
        counts = np.bincount(np.clip(bins, 0, edges.size - 2), minlength=edges.size - 1)
        return edges[:-1] * lowest, _smoothed(counts, self.smoothing)

    def _valley(self, edges: FloatArray, counts: FloatArray, early: int, peaks: IntArray) -> float | None:
        for late in peaks[peaks > early]:
            valley = early + int(np.argmin(counts[early : late + 1]))
            if 1 - counts[valley] / np.sqrt(counts[early] * counts[late]) >= self.void:
                return float(edges[valley])
        return None

    def _chains(self, train: Train, limit: float) -> Found:
        return MaxInterval(limit, limit, min_spikes=self.min_spikes).find(train)

    def _around_cores(self, train: Train, limit: float) -> Found:
        cores = MaxInterval(self.core, self.core, min_ibi=limit, min_spikes=self.min_spikes).find(train)
        first, last = chains(train, limit, limit)
        holding = np.unique(np.searchsorted(first, cores.first, side="right") - 1)
        return Found(first[holding], last[holding], limit)


def _peaks(counts: FloatArray) -> IntArray:
    """Bins higher than all others within the peak distance; the outermost two bins are none."""
    padded = np.pad(counts, PEAK_DISTANCE, constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * PEAK_DISTANCE + 1)
    highest = counts > np.delete(around, PEAK_DISTANCE, axis=1).max(axis=1)
    highest[[0, -1]] = False
    return np.flatnonzero(highest)


def _smoothed(counts: IntArray, width: int) -> FloatArray:
    """Each bin from a line fitted to its `width` nearest bins, with tricube weights (lowess, not robust)."""
    if width == 1:
        return counts.astype(np.float64)
    width = min(width, counts.size)
    starts = np.clip(np.arange(counts.size) - width // 2, 0, counts.size - width)
    lines = [_local_line(counts[start : start + width], int(bin - start)) for bin, start in enumerate(starts)]
    # At the ends a line can dip below zero; no histogram does, and no void parameter could be told from it.
    return np.array(lines).clip(min=0.0)


def _local_line(counts: IntArray, at: int) -> float:
    distance = np.arange(counts.size) - at
    weight = (1 - np.abs(distance / max(np.abs(distance).max(), 1)) ** 3) ** 3
    centre = np.average(distance, weights=weight)
    spread = np.average((distance - centre) ** 2, weights=weight)
    mean = np.average(counts, weights=weight)
    if spread == 0:
        return float(mean)
    slope = np.average((distance - centre) * counts, weights=weight) / spread
    return float(mean - slope * centre)
