"""The share of its spikes that a train without any bursting has in bursts by chance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from lhb_model.bursts.checks import require_number
from lhb_model.bursts.find import find_bursts
from lhb_model.bursts.max_interval import MaxInterval
from lhb_model.bursts.rules import Rule, as_rule
from lhb_model.bursts.train import FloatArray
from lhb_model.errors import InputError

# Rules without a closed form: rates to simulate at, and spikes in each simulated train.
RATES, SPIKES, SEED = 16, 10_000, 20180214


def poisson_share_in_bursts(rate: float, rule: str | Rule = "lhb") -> float:
    """Share of its spikes that an endless Poisson train of the given rate (Hz) has in bursts by chance.

    With p = P(interval <= start), q = P(interval > end) and m = min_spikes, a burst and the wait for it last
    1/p + 1/q intervals, and the burst brings (1 - q)^(m - 2) (m - 1 + 1/q) spikes that count on average.

    Raises InputError for a rule other than MaxInterval, or one that merges bursts or sets a minimal duration.

    >>> round(poisson_share_in_bursts(5.0, "lhb"), 3)
    0.218
    """
    rule = as_rule(rule)
    require_number("rate", rate, "Hz, not negative")
    # Bursts lie more than `end` apart, so that a min_ibi up to there merges none.
    if not isinstance(rule, MaxInterval) or rule.min_duration > 0 or rule.min_ibi > rule.end:
        raise InputError(f"no closed form for {rule}; expected MaxInterval without merging and minimal duration")
    p = -np.expm1(-rate * rule.start)
    q = np.exp(-rate * rule.end)
    m = rule.min_spikes
    return float((1 - q) ** (m - 2) * ((m - 1) * q + 1) * p / (p + q))


def poisson_share_of(counts: ArrayLike, duration: float, rule: str | Rule = "lhb") -> float:
    """Share of all spikes in bursts by chance: neurons that fire `counts` spikes in `duration` (s), each a Poisson train.

    NaN without spikes. Raises as `poisson_share_in_bursts`.

    >>> round(poisson_share_of([50, 0], 10.0), 3) == round(poisson_share_in_bursts(5.0), 3)
    True
    """
    require_number("duration", duration, "seconds above 0", above=0)
    spikes, neurons = np.unique(np.asarray(counts, np.int64), return_counts=True)
    shares = np.array([poisson_share_in_bursts(n / duration, rule) for n in spikes])
    weights = spikes * neurons
    return float(shares @ weights / weights.sum()) if weights.sum() else np.nan


def chance_shares(rates: Sequence[float], rule: str | Rule = "lhb") -> FloatArray:
    """Share of spikes in bursts that endless Poisson trains of the given rates (Hz) show by chance.

    In closed form where there is one; else simulated (10,000 spikes at each of 16 rates, always the same ones) and
    interpolated, good to some 0.02; NaN for NaN.

    >>> chance_shares([5.0, float("nan"), 0.0]).round(3).tolist()
    [0.218, nan, 0.0]
    """
    rule, given = as_rule(rule), np.asarray(rates, np.float64)
    shares = np.where(given == 0, 0.0, np.nan)
    fires = given > 0
    if fires.any():
        try:
            shares[fires] = [poisson_share_in_bursts(rate, rule) for rate in given[fires].tolist()]
        except InputError:
            shares[fires] = _simulated_shares(given[fires], rule)
    return shares


def _simulated_shares(rates: FloatArray, rule: Rule) -> FloatArray:
    lowest, highest = float(rates.min()), float(rates.max())
    grid = np.geomspace(lowest, highest, RATES if highest > lowest else 1)
    return np.interp(np.log(rates), np.log(grid), [_simulated_share(rate, rule) for rate in grid.tolist()])


def _simulated_share(rate: float, rule: Rule) -> float:
    intervals = np.random.default_rng(SEED).exponential(1 / rate, SPIKES)
    bursts = find_bursts(np.cumsum(intervals), rule)
    return float(bursts["spikes"].sum()) / SPIKES
