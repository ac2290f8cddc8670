"""Checked spike times, and the comparisons of intervals that every burst rule shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Span = tuple[float, float]

TOLERANCE = 1e-9  # s
RELATIVE_TOLERANCE = 1e-6


class Found(NamedTuple):
    """Bursts of one train: first and last spike of each (0-based, inclusive), and how far a burst can reach.

    A burst goes on across an interval of at most `reach` (s), and joins another across a gap below `gap` (s).
    """

    first: IntArray
    last: IntArray
    reach: float
    gap: float = 0.0


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.int64), 0.0)


@dataclass(frozen=True)
class Train:
    """Spike times (s), finite and strictly rising; their intervals (s); how finely floats resolve them."""

    times: FloatArray
    intervals: FloatArray
    resolution: float

    @classmethod
    def joined(cls, trains: Sequence["Train"]) -> Self:
        """Trains laid end to end with an endless interval after each: only the intervals compare."""
        times = np.concatenate([train.times for train in trains] or [np.empty(0)])
        intervals = [np.append(train.intervals, np.inf) for train in trains if train.times.size]
        resolution = max((train.resolution for train in trains), default=0.0)
        return cls(times, np.concatenate(intervals or [np.empty(0)]), resolution)

    def tolerance(self, limit: float) -> float:
        """Seconds by which a value may miss `limit` and still tie with it.

        1 ns; less for limits far below 1 ms, so that scaling time and limits together changes nothing; more
        where neighbouring floats lie further apart than that (from some 10^6 s on).
        """
        return max(min(TOLERANCE, RELATIVE_TOLERANCE * limit), self.resolution)

    def at_most(self, values: FloatArray, limit: float) -> BoolArray:
        """Which values are <= limit; a tie counts."""
        return values <= limit + self.tolerance(limit)

    def below(self, values: FloatArray, limit: float) -> BoolArray:
        """Which values are < limit; a tie does not count."""
        return values < limit - self.tolerance(limit)


def checked(times: ArrayLike, span: Span | None = None) -> Train:
    """Spike times as a Train; anything but finite, strictly rising seconds within the span is refused."""
    array = _seconds(times)
    _refuse_not_finite(array)
    intervals = np.diff(array)
    _refuse_not_rising(array, intervals)
    if span is not None:
        _refuse_outside(array, checked_span(span))
    # Two times, each off by half a spacing when made and again when shifted, differ by up to three spacings.
    resolution = 4 * float(np.spacing(np.abs(array[[0, -1]]).max())) if array.size else 0.0
    return Train(array, intervals, resolution)


def checked_span(span: Span) -> Span:
    """The recorded span as (start, stop) in seconds; refused unless finite and start < stop."""
    try:
        start, stop = (float(edge) for edge in span)
    except (TypeError, ValueError):
        raise InputError(f"span is {span!r}; expected (start, stop) in seconds") from None
    if not (np.isfinite([start, stop]).all() and start < stop):
        raise InputError(f"span is ({start:g}, {stop:g}); expected finite seconds with start < stop")
    return start, stop


def _seconds(times: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(times)
    except ValueError:
        raise InputError("spike times are nested unevenly; expected one list of seconds") from None
    if array.ndim != 1:
        raise InputError(f"spike times have shape {array.shape}; expected one dimension, in seconds")
    # float32 holds 1000 s only to 0.06 ms: the burst thresholds would be compared with noise.
    if array.dtype.kind not in "iuf" or array.dtype in (np.float16, np.float32):
        raise InputError(f"spike times are of type {array.dtype}; expected float64, in seconds")
    return array.astype(np.float64, copy=False)


def _refuse_not_finite(times: FloatArray) -> None:
    bad = np.flatnonzero(~np.isfinite(times))
    if bad.size:
        raise InputError(f"spike time {bad[0]} is {times[bad[0]]}; expected finite seconds")


def _refuse_not_rising(times: FloatArray, intervals: FloatArray) -> None:
    bad = np.flatnonzero(intervals <= 0)
    if bad.size:
        before, after = times[bad[0] : bad[0] + 2]
        fault = "repeated" if before == after else "out of order"
        raise InputError(
            f"spike times are {fault}: spike {bad[0]} is at {before:.9g} s, "
            f"spike {bad[0] + 1} at {after:.9g} s; expected strictly rising times"
        )


def _refuse_outside(times: FloatArray, span: Span) -> None:
    if times.size and not span[0] <= times[0] <= times[-1] <= span[1]:
        raise InputError(
            f"spikes from {times[0]:.9g} to {times[-1]:.9g} s; expected all within the recorded span "
            f"{span[0]:.9g} to {span[1]:.9g} s"
        )
