"""Spike times -> one row per burst, whatever the rule."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.bursts.rules import Rule, as_rule
from lhb_model.bursts.train import BoolArray, Found, Span, Train, checked, checked_span

BURST = np.dtype(
    [
        ("first_spike", np.int64),
        ("last_spike", np.int64),
        ("start", np.float64),
        ("end", np.float64),
        ("spikes", np.int64),
        ("duration", np.float64),
        ("intra_burst_frequency", np.float64),
        ("run_on", np.bool_),
        ("cut", np.bool_),
    ]
)

RUN_ON_SPIKES = 50
RUN_ON_DURATION = 5.0  # s
RUN_ON_SHARE = 0.5  # of the recorded span


def find_bursts(times: ArrayLike, rule: str | Rule = "lhb", span: Span | None = None) -> NDArray[Any]:
    """The bursts of one neuron, one row each, in order.

    Parameters
    ----------
    times : spike times, shape (n,), s, strictly rising
    rule : a preset's name, the text form of `parse_rule`, or a rule
    span : (start, stop) of the record, s; None if unknown

    Returns
    -------
    structured array, shape (bursts,): `first_spike`, `last_spike` (0-based, inclusive), `start`, `end` (s),
    `spikes`, `duration` (s), `intra_burst_frequency` ((spikes - 1) / duration, Hz), `run_on`, `cut`.

    `run_on`: more than 50 spikes, longer than 5 s, or longer than half of the span, as tonic firing that
    never leaves the rule. `cut`: may go on outside the span, since only intervals that a burst may contain
    lie between it and an edge. Without a span the record ends at the first and last spike, and its half is
    not known.

    Raises InputError for times that are not one-dimensional, finite, strictly rising and within the span.

    Examples
    --------
    >>> bursts = find_bursts([1.0, 1.01, 1.02, 1.5, 1.9, 1.91], "lhb", span=(0.0, 10.0))
    >>> bursts["first_spike"], bursts["last_spike"], bursts["spikes"]
    (array([0, 4]), array([2, 5]), array([3, 2]))
    >>> bursts["intra_burst_frequency"].round(6)
    array([100., 100.])
    """
    span = None if span is None else checked_span(span)
    return bursts_of(checked(times, span), as_rule(rule), span)


def bursts_of(train: Train, rule: Rule, span: Span | None) -> NDArray[Any]:
    """As `find_bursts`, for a train that has been checked against the span."""
    found = rule.find(train)
    bursts = np.zeros(found.first.size, BURST)
    bursts["first_spike"], bursts["last_spike"] = found.first, found.last
    bursts["start"], bursts["end"] = train.times[found.first], train.times[found.last]
    bursts["spikes"] = found.last - found.first + 1
    bursts["duration"] = bursts["end"] - bursts["start"]
    # Strictly rising times leave no burst with a duration of 0.
    bursts["intra_burst_frequency"] = (bursts["spikes"] - 1) / bursts["duration"]
    bursts["run_on"] = _run_on(train, bursts, span)
    if bursts.size:
        bursts["cut"] = _cut(train, found, span)
    return bursts


def _run_on(train: Train, bursts: NDArray[Any], span: Span | None) -> BoolArray:
    longest = min(RUN_ON_DURATION, RUN_ON_SHARE * (span[1] - span[0]) if span else np.inf)
    return (bursts["spikes"] > RUN_ON_SPIKES) | ~train.at_most(bursts["duration"], longest)


def _cut(train: Train, found: Found, span: Span | None) -> BoolArray:
    """Bursts that an unseen spike beyond an edge could lengthen, or an unseen burst join."""
    times, breaks = train.times, np.flatnonzero(~train.at_most(train.intervals, found.reach))
    start, stop = span or (times[0], times[-1])
    linked_to_first = found.first <= (breaks[0] if breaks.size else times.size)
    linked_to_last = found.last > (breaks[-1] if breaks.size else -1)
    before = linked_to_first & train.at_most(times[:1] - start, found.reach)
    after = linked_to_last & train.at_most(stop - times[-1:], found.reach)
    joined_before = train.below(times[found.first] - start, found.gap)
    joined_after = train.below(stop - times[found.last], found.gap)
    return before | after | joined_before | joined_after
