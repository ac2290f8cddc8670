"""Statistics and class of a neuron, and how much of its bursting the choice of limits explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.bursts.checks import require_count, require_number
from lhb_model.bursts.find import bursts_of
from lhb_model.bursts.max_interval import MaxInterval, chains
from lhb_model.bursts.rules import Rule, as_rule
from lhb_model.bursts.train import FloatArray, Span, Train, checked, checked_span

NeuronClass = Literal["silent", "bursting", "tonic"]

REFRACTORINESS = 0.005  # s, of LvR; Shinomoto et al. (2009)


@dataclass(frozen=True)
class ClassCriteria:
    """When a neuron is silent (rate below `silent_below`, Hz) or bursting: at least `share_in_bursts` of its
    spikes in bursts of the rule, at least `burst_rate` (Hz) bursts, and no run-on burst.

    >>> ClassCriteria().silent_below, ClassCriteria().share_in_bursts, ClassCriteria().burst_rate
    (0.1, 0.5, 0.2)
    """

    rule: str | Rule = "lhb"
    silent_below: float = 0.1
    share_in_bursts: float = 0.5
    burst_rate: float = 0.2

    def __post_init__(self) -> None:
        as_rule(self.rule)
        require_number("silent_below", self.silent_below, "Hz, not negative")
        require_number("burst_rate", self.burst_rate, "Hz, not negative")
        require_number("share_in_bursts", self.share_in_bursts, "a share from 0 to 1", most=1)


def classify(times: ArrayLike, span: Span, criteria: ClassCriteria = ClassCriteria()) -> NeuronClass:
    """Class of one neuron from its spike times (s) in a record of the given span (s).

    Where the statistics are wanted too, `class_of` spares the second search for bursts.

    >>> pairs = [second + late for second in range(60) for late in (0.1, 0.11)]
    >>> classify(pairs, (0, 60)), classify(range(60), (0, 60)), classify([], (0, 60))
    ('bursting', 'tonic', 'silent')
    """
    return class_of(neuron_statistics(times, span, criteria.rule), criteria)


def class_of(statistics: dict[str, float], criteria: ClassCriteria = ClassCriteria()) -> NeuronClass:
    """Class of one neuron from its `neuron_statistics`, which must be those of the criteria's rule."""
    if not _reaches(statistics["rate"], criteria.silent_below):
        return "silent"
    bursting = (
        _reaches(statistics["share_spikes_in_bursts"], criteria.share_in_bursts)
        and _reaches(statistics["burst_rate"], criteria.burst_rate)
        and statistics["run_on_bursts"] == 0
    )
    return "bursting" if bursting else "tonic"


def _reaches(value: float, least: float) -> bool:
    # Six spikes in a span whose length is 60 s but for rounding are still 0.1 Hz.
    return value >= least * (1 - 1e-9)


def neuron_statistics(times: ArrayLike, span: Span, rule: str | Rule = "lhb") -> dict[str, float]:
    """Firing and bursting of one neuron, in SI units.

    Counts, rates and shares of the span, 0 where there is nothing: `spikes`, `rate`, `bursts`,
    `run_on_bursts`, `cut_bursts`, `burst_rate`, `share_spikes_in_bursts`, `share_time_in_bursts`. Means
    over all bursts, run-on and cut ones too, NaN without any: `spikes_per_burst`, `burst_duration`,
    `intra_burst_frequency` (mean of the bursts' own; the pooled value differs), `inter_burst_interval`
    (from last spike to next first spike), `first_isi` (the interval that a burst begins with).
    Irregularity, NaN below two intervals: `cv`, `cv2` (Holt et al. 1996), `lv` (Shinomoto et al. 2003),
    `lvr` (Shinomoto et al. 2009; refractoriness 5 ms).

    Raises InputError for bad times, span or rule, as `find_bursts`.

    >>> statistics = neuron_statistics([1.0, 1.01, 2.0, 3.0, 3.01], span=(0, 10))
    >>> statistics["rate"], statistics["bursts"], statistics["share_spikes_in_bursts"]
    (0.5, 2.0, 0.8)
    """
    return bursts_and_statistics(times, span, rule)[1]


def bursts_and_statistics(
    times: ArrayLike, span: Span, rule: str | Rule = "lhb"
) -> tuple[NDArray[Any], dict[str, float]]:
    """The rows of `find_bursts` and the numbers of `neuron_statistics`, by one search.

    >>> bursts, statistics = bursts_and_statistics([1.0, 1.01, 2.0, 3.0, 3.01], span=(0, 10))
    >>> bursts.size, statistics["bursts"]
    (2, 2.0)
    """
    start, stop = checked_span(span)
    train = checked(times, (start, stop))
    bursts = bursts_of(train, as_rule(rule), (start, stop))
    return bursts, _statistics(train, bursts, stop - start)


def _statistics(train: Train, bursts: NDArray[Any], duration: float) -> dict[str, float]:
    spikes = train.times.size
    return {
        "spikes": float(spikes),
        "rate": spikes / duration,
        "bursts": float(bursts.size),
        "run_on_bursts": float(np.count_nonzero(bursts["run_on"])),
        "cut_bursts": float(np.count_nonzero(bursts["cut"])),
        "burst_rate": bursts.size / duration,
        "spikes_per_burst": _mean(bursts["spikes"]),
        "burst_duration": _mean(bursts["duration"]),
        "intra_burst_frequency": _mean(bursts["intra_burst_frequency"]),
        "inter_burst_interval": _mean(bursts["start"][1:] - bursts["end"][:-1]),
        "first_isi": _mean(train.intervals[bursts["first_spike"]]),
        "share_spikes_in_bursts": float(bursts["spikes"].sum()) / max(spikes, 1),
        "share_time_in_bursts": float(bursts["duration"].sum()) / duration,
        **_irregularity(train.intervals),
    }


def _mean(values: NDArray[Any]) -> float:
    return float(values.sum()) / values.size if values.size else np.nan


def _irregularity(intervals: FloatArray) -> dict[str, float]:
    if intervals.size < 2:
        return dict.fromkeys(("cv", "cv2", "lv", "lvr"), np.nan)
    sums = intervals[1:] + intervals[:-1]
    contrasts = np.abs(np.diff(intervals)) / sums
    squares = contrasts**2
    return {
        "cv": float(intervals.std() / intervals.mean()),
        "cv2": 2 * _mean(contrasts),
        "lv": 3 * _mean(squares),
        "lvr": 3 * _mean(squares * (1 + 4 * REFRACTORINESS / sums)),
    }


@dataclass(frozen=True)
class Sensitivity:
    """Share of all spikes in bursts, shape (starts, ends), for each pair of limits (s)."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]
    share: FloatArray


def sensitivity(
    trains: Sequence[ArrayLike],
    starts: Sequence[float] = (0.010, 0.015, 0.020, 0.025, 0.030),
    ends: Sequence[float] = (0.050, 0.075, 0.100, 0.125, 0.150, 0.175, 0.200),
    min_spikes: int = 2,
) -> Sensitivity:
    """How the pooled share of spikes in bursts (MaxInterval without merging) depends on the limits (s).

    >>> table = sensitivity([[1.0, 1.025], [1.0, 1.01, 2.0, 3.0]], starts=(0.01, 0.03), ends=(0.1,))
    >>> table.share.round(3).tolist()
    [[0.333], [0.667]]
    """
    require_count("min_spikes", min_spikes, 2)
    joined = Train.joined([checked(times) for times in trains])
    share = [
        [_share_in_bursts(joined, MaxInterval(start, end, min_spikes=min_spikes)) for end in ends] for start in starts
    ]
    return Sensitivity(tuple(starts), tuple(ends), np.array(share, float).reshape(len(starts), len(ends)))


def _share_in_bursts(joined: Train, rule: MaxInterval) -> float:
    first, last = chains(joined, rule.start, rule.end)
    spikes = last - first + 1
    return float(spikes[spikes >= rule.min_spikes].sum()) / max(joined.times.size, 1)
