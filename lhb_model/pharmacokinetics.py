"""Concentration in time: wash-in and wash-out of a bath; bolus, infusion and injection in one compartment.

Linear kinetics: a course is known by its peak and its shape, and twice the dose gives twice the concentration.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FINE = 20_000
"""Points of time at which a course is looked at to cut it into steps."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Bath:
    """A bath exchanged with a time constant `wash` (s): `dose` (M) washes in from `onset` and out from `end` (s).

    >>> [round(float(c), 3) for c in Bath(1.0, wash=10, onset=5, end=15).at([5, 15, 25])]
    [0.0, 0.632, 0.233]
    """

    dose: float
    wash: float
    onset: float = 0.0
    end: float = float("inf")

    def at(self, times: ArrayLike) -> Numbers:
        """Concentration (M) at times (s)."""
        since = np.asarray(times, float) - self.onset
        inside = -np.expm1(-np.clip(since, 0, self.end - self.onset) / self.wash)
        return self.dose * inside * np.exp(-np.clip(since - (self.end - self.onset), 0, None) / self.wash)


@dataclass(frozen=True)
class Dose:
    """A dose in one compartment with first-order elimination, given at `onset` (s).

    `peak` (M) is the highest concentration. The dose is an infusion if `over` (s) is above 0; an injection that is absorbed
    with the half-life `absorption` (s) if that is; else a bolus.

    >>> [round(float(c), 3) for c in Dose(1.0, half_life=100, over=40).at([0, 20, 40, 140])]
    [0.0, 0.535, 1.0, 0.5]
    """

    peak: float
    half_life: float
    over: float = 0.0
    absorption: float = 0.0
    onset: float = 0.0

    def at(self, times: ArrayLike) -> Numbers:
        """Concentration (M) at times (s)."""
        since = np.asarray(times, float) - self.onset
        k = np.log(2) / self.half_life
        if self.over > 0:
            return self.peak * _infused(since, k, self.over) / _infused(np.array(self.over), k, self.over)
        if self.absorption > 0:
            enter = np.log(2) / self.absorption
            return self.peak * _absorbed(since, k, enter) / _absorbed(np.array(_latest(k, enter)), k, enter)
        return self.peak * np.where(since >= 0, np.exp(-k * np.clip(since, 0, None)), 0.0)


Course = Bath | Dose


def _infused(since: Numbers, k: float, over: float) -> Numbers:
    """Amount in the body during and after an infusion of rate k."""
    filling = -np.expm1(-k * np.clip(since, 0, over))
    return np.asarray(filling * np.exp(-k * np.clip(since - over, 0, None)))


def _absorbed(since: Numbers, k: float, enter: float) -> Numbers:
    """Amount in the body of a unit dose that enters at one rate and leaves at another (Bateman)."""
    t = np.clip(since, 0, None)
    if abs(enter - k) < 1e-6 * k:
        return np.asarray(k * t * np.exp(-k * t))
    return np.asarray(enter / (enter - k) * (np.exp(-k * t) - np.exp(-enter * t)))


def _latest(k: float, enter: float) -> float:
    """When the amount in the body is largest."""
    return 1 / k if abs(enter - k) < 1e-6 * k else float(np.log(enter / k) / (enter - k))


class Step(NamedTuple):
    """A stretch of time (s) at one concentration (M)."""

    start: float
    stop: float
    concentration: float


def staircase(course: Course, start: float, stop: float, share: float = 0.01) -> list[Step]:
    """A course as steps from `start` to `stop`, none of which spans more than about `share` of its highest concentration.

    Each step has the mean concentration of its time, so that exposure is kept.

    >>> steps = staircase(Dose(1e-6, half_life=60), 0, 60, share=0.25)
    >>> len(steps), round(sum(c * (stop - start) for start, stop, c in steps) * 1e6, 1)
    (2, 43.3)
    """
    edges = np.linspace(start, stop, FINE + 1)
    middles = course.at((edges[1:] + edges[:-1]) / 2)
    walked = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(middles)))])
    level = np.floor(walked / (share * max(middles.max(), np.finfo(float).tiny)) * (1 - 1e-9)).astype(int)
    cuts = [0, *(np.flatnonzero(np.diff(level)) + 1), FINE]
    return [
        Step(float(edges[first]), float(edges[last]), float(middles[first:last].mean()))
        for first, last in zip(cuts, cuts[1:], strict=False)
    ]
