"""Poisson surprise: a burst has more spikes than a Poisson train of the same mean rate lets expect."""

import math
from dataclasses import dataclass

import numpy as np

from lhb_model.bursts.checks import require_count, require_number
from lhb_model.bursts.train import NOTHING, Found, Train


@dataclass(frozen=True)
class PoissonSurprise:
    """Bursts with a surprise S = -ln P(as many spikes or more | Poisson, train's mean rate) above `surprise`.

    Two intervals below `seed` mean intervals, with a spike to spare after them, seed a burst. It goes on to
    the nearest of the next `look_ahead` spikes that raises S, again and again, but not past one that ends
    an interval above `stop` mean intervals without raising S. Then its front is cut while that raises S,
    down to 3 spikes.

    Source: Legendy & Salcman (1985); the search is that of Eglen's sjemea, but its stop rule looks at the
    spike tried, not at the start of the record, and S is summed as a series that cannot underflow.

    >>> PoissonSurprise(surprise=10)
    PoissonSurprise(surprise=10, look_ahead=10, seed=0.5, stop=2.0)
    """

    surprise: float = 5.0
    look_ahead: int = 10
    seed: float = 0.5
    stop: float = 2.0

    def __post_init__(self) -> None:
        require_number("surprise", self.surprise, "a number, not negative")
        require_count("look_ahead", self.look_ahead, 1)
        require_number("seed", self.seed, "mean intervals, more than 0", above=0)
        require_number("stop", self.stop, "mean intervals, more than 0", above=0)

    def find(self, train: Train) -> Found:
        """The bursts of a checked train."""
        if train.times.size < 4:
            return NOTHING
        search = _Search(self, train)
        bursts = np.array(search.bursts(), np.int64).reshape(-1, 2)
        return Found(bursts[:, 0], bursts[:, 1], self.stop * search.mean)


class _Search:
    """One walk along one train; spikes by index, both ends inclusive."""

    def __init__(self, rule: PoissonSurprise, train: Train) -> None:
        times = train.times
        self.rule = rule
        self.times = times.tolist()
        self.mean = float(times[-1] - times[0]) / (times.size - 1)
        short = train.below(train.intervals, rule.seed * self.mean)
        # The last three spikes are no seed, as in the published search: a burst there could not be extended.
        self.seeds = np.flatnonzero(short[:-2] & short[1:-1])
        self.too_long = (~train.at_most(train.intervals, rule.stop * self.mean)).tolist()

    def bursts(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        after = 0
        for seed in self.seeds.tolist():
            if seed < after:
                continue
            first, last, surprise = self.trimmed(seed, *self.extended(seed))
            if surprise > self.rule.surprise:
                found.append((first, last))
                after = last + 1
        return found

    def extended(self, first: int) -> tuple[int, float]:
        """The last spike of the burst seeded at `first`, and the surprise up to there."""
        last, surprise = first + 2, self.surprise(first, first + 2)
        ahead = last + 1
        while ahead <= min(last + self.rule.look_ahead, len(self.times) - 1):
            candidate = self.surprise(first, ahead)
            if candidate > surprise:
                last, surprise = ahead, candidate
            elif self.too_long[ahead - 1]:
                break
            ahead += 1
        return last, surprise

    def trimmed(self, first: int, last: int, surprise: float) -> tuple[int, int, float]:
        """The burst without the front spikes that lower its surprise, and its surprise."""
        while last - first > 2:
            candidate = self.surprise(first + 1, last)
            if candidate <= surprise:
                break
            first, surprise = first + 1, candidate
        return first, last, surprise

    def surprise(self, first: int, last: int) -> float:
        return poisson_surprise(last - first, (self.times[last] - self.times[first]) / self.mean)


def poisson_surprise(count: int, expected: float) -> float:
    """-ln P(N >= count) for N from a Poisson distribution with mean `expected`; exact however small P is.

    >>> round(poisson_surprise(1, 0.5), 6)  # -ln(1 - exp(-0.5))
    0.932752
    >>> round(poisson_surprise(400, 4.0), 2)
    1449.97
    """
    if expected < count:
        return -_log_weight(count, expected) - math.log(_tail(expected, count))
    return -math.log1p(-math.exp(_log_weight(count - 1, expected)) * _head(expected, count - 1))


def _log_weight(count: int, expected: float) -> float:
    return count * math.log(expected) - expected - math.lgamma(count + 1)


def _tail(expected: float, count: int) -> float:
    """Sum of the Poisson weights from `count` up, as a multiple of the weight of `count`."""
    total = term = 1.0
    while term > 1e-17 * total:
        count += 1
        term *= expected / count
        total += term
    return total


def _head(expected: float, count: int) -> float:
    """Sum of the Poisson weights from `count` down to 0, as a multiple of the weight of `count`."""
    total = term = 1.0
    while count > 0 and term > 1e-17 * total:
        term *= count / expected
        total += term
        count -= 1
    return total
