"""Curves fitted to a voltage clamp: to a sweep of the current, its steady states, its recovery. In s and V."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FITTED = {"V": ("half", "slope"), "s": ("constant",)}
"""The names of the numbers of a fit, as sheets write the published ones, by the unit of what varies in the family."""


@dataclass(frozen=True)
class Fit:
    """A fitted curve: half and slope (V) of a Boltzmann function, or the time constant (s) of one exponential, in `numbers`."""

    numbers: tuple[float, ...]
    curve: Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Family:
    """One family of sweeps of one nucleus in one condition.

    `varied` (V or s, as `unit` says) tells the sweeps apart, by the step in which it varies (0 is holding, -1 the test);
    `potentials` (V) are those of the steps, of shape (sweeps, steps). `times` (s) begin with the test, `currents` (A) have shape
    (samples, sweeps). `reached` is what each sweep reached, in parts of `whole` (S), or in A where no reversal potential is
    given, and then `fit` is None. `constants` has the potential of the test, the fast and the slow time constant (s)
    of each sweep to which m2h was fitted, of shape (3, those sweeps).
    """

    varied: Floats
    unit: str
    step: int
    potentials: Floats
    times: Floats
    currents: Floats
    reached: Floats
    whole: float
    fit: Fit | None
    constants: Floats
    published: dict[str, Any] | None


def boltzmann(potential: Floats, half: float, slope: float) -> Floats:
    """Share that is active; a negative slope inactivates."""
    return np.asarray(1 / (1 + np.exp(-(potential - half) / slope)))


def m2h(time: Floats, size: float, rise: float, fast: float, slow: float, share: float, rest: float) -> Floats:
    """Activation as a square and inactivation in two exponentials (s) to a rest; `share` of what inactivates is slow."""
    left = (1 - share) * np.exp(-time / fast) + share * np.exp(-time / slow)
    return np.asarray(size * (1 - np.exp(-time / rise)) ** 2 * (rest + (1 - rest) * left))


def fitted_sweep(times: Floats, shares: Floats) -> tuple[float, ...]:
    """Size, rise, fast and slow time constant, slow share and rest of a sweep."""
    peak = shares.max()
    bounds = ([0.0, 1e-5, 1e-3, 1e-3, 0.0, 0.0], [100.0, 1.0, 1.0, 5.0, 1.0, 1.0])
    size, *others = fit(m2h, times, shares / peak, (1.5, 3e-3, 0.025, 0.12, 0.3, 0.01), bounds)
    return size * peak, *others


def one_phase(time: Floats, constant: float, whole: float) -> Floats:
    """Recovery with one exponential (s)."""
    return np.asarray(whole * (1 - np.exp(-time / constant)))


def fit(
    curve: Callable[..., Floats],
    x: Floats,
    y: Floats,
    start: tuple[float, ...],
    bounds: tuple[list[float], list[float]] | tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, ...]:
    """Least-squares parameters of a curve; NaN where none is found."""
    from scipy.optimize import curve_fit

    how = {"bounds": bounds, "method": "trf", "x_scale": np.abs(start), "max_nfev": 5_000}
    try:
        return tuple(map(float, curve_fit(curve, x, y, start, **how)[0]))
    except (RuntimeError, ValueError):
        return (np.nan,) * len(start)
