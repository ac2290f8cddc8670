"""MaxInterval: a burst is a chain of intervals below fixed limits."""

from dataclasses import dataclass

import numpy as np

from lhb_model.bursts.checks import require_count, require_number
from lhb_model.bursts.train import Found, IntArray, Train


@dataclass(frozen=True)
class MaxInterval:
    """A burst starts at an interval <= `start`, goes on while intervals are <= `end`; then three clean-ups.

    Bursts with a gap below `min_ibi` are merged (three and more, too); then those shorter than `min_duration`
    or with fewer than `min_spikes` spikes are dropped. All times in seconds; ties count as equal (1 ns).

    Source: NeuroExplorer's interval specification; the 80/160 ms rule of Grace & Bunney (1984) is one case.

    Raises InputError for a time that is negative or not finite, for start > end, and for min_spikes < 2.

    >>> MaxInterval(start=0.02, end=0.1)
    MaxInterval(start=0.02, end=0.1, min_ibi=0.0, min_duration=0.0, min_spikes=2)
    """

    start: float
    end: float
    min_ibi: float = 0.0
    min_duration: float = 0.0
    min_spikes: int = 2

    def __post_init__(self) -> None:
        require_number("start", self.start, "seconds above 0", above=0)
        require_number("end", self.end, f"seconds, not below start ({self.start:g})", least=self.start)
        require_number("min_ibi", self.min_ibi, "seconds, not negative")
        require_number("min_duration", self.min_duration, "seconds, not negative")
        require_count("min_spikes", self.min_spikes, 2)

    def find(self, train: Train) -> Found:
        """The bursts of a checked train."""
        first, last = chains(train, self.start, self.end)
        first, last = _merged(train, first, last, self.min_ibi)
        too_short = train.below(train.times[last] - train.times[first], self.min_duration)
        kept = ~too_short & (last - first + 1 >= self.min_spikes)
        return Found(first[kept], last[kept], self.end, self.min_ibi)


def chains(train: Train, start: float, end: float) -> tuple[IntArray, IntArray]:
    """First and last spike of every chain of intervals <= end, from its first interval <= start on."""
    within = train.at_most(train.intervals, end)
    edges = np.flatnonzero(np.diff(within, prepend=False, append=False))
    begin, stop = edges[::2], edges[1::2]
    if start == end:
        return begin, stop
    starting = np.flatnonzero(train.at_most(train.intervals, start))
    first = np.append(starting, within.size)[np.searchsorted(starting, begin)]
    started = first < stop
    return first[started], stop[started]


def _merged(train: Train, first: IntArray, last: IntArray, min_ibi: float) -> tuple[IntArray, IntArray]:
    if first.size < 2:
        return first, last
    apart = ~train.below(train.times[first[1:]] - train.times[last[:-1]], min_ibi)
    return first[np.append(True, apart)], last[np.append(apart, True)]
