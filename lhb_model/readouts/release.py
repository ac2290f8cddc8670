"""Transmitter from spikes: release at each spike, uptake after Michaelis and Menten.

    dc/dt = released(t) - V_max c/(K_m + c)

The mean over neurons is released: all neurons firing once at the same time release `release` in full.
"""

import numpy as np

from lhb_model.quantities import Parameter
from lhb_model.readouts.readout import Signal
from lhb_model.recording import Recording

STEP = 1e-3
"""Integration step (s); uptake time constants are tens of milliseconds and more."""

SLACK = 1e-6
"""Share of a step by which rounding may put a spike before its own: 1 s is step 1000, though 1/0.001 may fall short."""


def concentration(recording: Recording, nucleus: str, parameters: dict[str, Parameter]) -> Signal:
    """Concentration (nM) every millisecond over the whole record, from the steady state of the mean rate on.

    The start is the steady state, so that no slow approach to it is mistaken for an effect.
    """
    trains = recording.spikes[nucleus]
    start, stop = recording.observed
    bins = max(1, round((stop - start) / STEP))
    when = np.floor((trains.steps * recording.dt - start) / STEP + SLACK).astype(int)
    release, v_max, k_m = (1e9 * parameters[name].value for name in ("release", "V_max", "K_m"))
    released = np.bincount(np.minimum(when, bins - 1), minlength=bins) / max(trains.n_neurons, 1) * release
    values = _integrate(released, steady(released.mean() / STEP, v_max, k_m), v_max, k_m)
    return Signal(start + STEP * np.arange(1, bins + 1), values, "nM")


def steady(influx: float, v_max: float, k_m: float) -> float:
    """Concentration at which uptake balances a constant influx (nM, nM/s); at most ten K_m where uptake saturates.

    >>> steady(0.5, 1.0, 200.0)
    200.0
    """
    return min(k_m * influx / (v_max - influx), 10 * k_m) if influx < v_max else 10 * k_m


def _integrate(released: np.ndarray, start: float, v_max: float, k_m: float) -> np.ndarray:
    values = np.empty(released.size)
    c, uptake = float(start), v_max * STEP
    for index, amount in enumerate(released.tolist()):
        c += amount
        c -= uptake * c / (k_m + c)
        values[index] = c
    return values


def mean_between(signal: Signal, start: float, stop: float) -> float:
    """Mean of a signal from `start` to `stop` (s)."""
    inside = (signal.times > start) & (signal.times <= stop)
    return float(signal.values[inside].mean()) if inside.any() else float("nan")
