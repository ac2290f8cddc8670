"""Release and uptake of dopamine and serotonin, measured as fast-scan voltammetry does it.

All neurons fire together in silence, once, and then `PULSES` times at `FREQUENCY`; release is the rise at a single pulse, and
V_max and K_m are fitted to the fall after the train.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.run_folder import Run

PULSES, FREQUENCY = 24, 60.0  # Hz
FIRST, TRAIN, END = 1.0, 3.0, 6.0  # s
DT = 1e-4
EMPTY = 0.01
"""Share of the peak below which the fall is no longer fitted."""


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Release, V_max and K_m of each transmitter."""
    return [found for name in ("dopamine", "serotonin") for found in _rows(name)]


def _rows(name: str) -> Iterator[Row]:
    readout = READOUTS[name]
    assert readout.signal is not None
    signal = readout.signal(stimulated(readout.nucleus))
    single = signal.values[(signal.times > FIRST) & (signal.times < TRAIN)]
    baseline = float(signal.values[np.searchsorted(signal.times, FIRST) - 1])
    falling = signal.times > TRAIN + PULSES / FREQUENCY
    v_max, k_m = fitted_uptake(signal.times[falling], signal.values[falling])
    yield row(name, 1, "release", 1e-9 * (single.max() - baseline), "M", readout.nucleus)
    yield row(name, 1, "V_max", 1e-9 * v_max, "M/s", readout.nucleus)
    yield row(name, 1, "K_m", 1e-9 * k_m, "M", readout.nucleus)


def stimulated(nucleus: str) -> Recording:
    """One neuron of a nucleus that fires at the pulses."""
    times = np.concatenate([[FIRST], TRAIN + np.arange(PULSES) / FREQUENCY])
    steps = np.rint(times / DT).astype(np.int64)
    trains = SpikeTrains(steps, np.zeros(steps.size, np.int32), 1)
    return Recording(DT, END, {nucleus: trains}, {}, [], {}, {})


def fitted_uptake(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """V_max and K_m of dc/dt = -V_max c/(K_m + c), by a straight line through 1/uptake over 1/c, weighted by uptake squared.

    >>> t = np.linspace(0, 0.2, 2001)
    >>> v_max, k_m = fitted_uptake(t, 20 * np.exp(-10 * t))  # far below K_m only the ratio is known
    >>> round(v_max / k_m, 2)
    10.0
    """
    kept = values > EMPTY * values[0]
    times, values = times[kept], values[kept]
    uptake, middle = -np.diff(values) / np.diff(times), (values[1:] + values[:-1]) / 2
    slope, offset = np.polyfit(1 / middle, 1 / uptake, 1, w=uptake)
    return float(1 / offset), float(slope / offset)


FINDING = Finding("voltammetry", "Release and uptake of dopamine and serotonin", (), measure, of="pulses")
