"""Measures of the LHb and of what it leaves downstream, in windows that slide over a recording."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhb_model.analyse import Label, neuron_rows, population_measures, theta_power
from lhb_model.errors import InputError
from lhb_model.model import LHB
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording

WINDOW, STEP = 5.0, 1.0  # s
OF_LHB = {"silent_share": "1", "tonic_share": "1", "bursting_share": "1", "rate": "Hz", "theta_power": "Hz^2"}
"""Measures of the LHb and their units."""


class Course(NamedTuple):
    """A measure over time: `times` (s, middles of the windows) and `values`, both of shape (windows,), in `unit`."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str


@dataclass(frozen=True)
class Windows:
    """Windows of a length (s) that begin every `step` s from `start`, and end by `stop`.

    >>> list(Windows(1.0, 4.0, length=2.0, step=0.5))
    [(1.0, 3.0), (1.5, 3.5), (2.0, 4.0)]
    """

    start: float
    stop: float
    length: float = WINDOW
    step: float = STEP

    def __iter__(self) -> Iterator[tuple[float, float]]:
        number = int((self.stop - self.start - self.length) / self.step + 1e-9) + 1
        return iter([(self.start + i * self.step, self.start + i * self.step + self.length) for i in range(number)])


def courses(
    recording: Recording, rule: str, readouts: Sequence[str], windows: Windows | None = None
) -> dict[str, Course]:
    """Measures in sliding windows: shares, rate and theta power of the LHb, then the transmitters among the readouts.

    Shares of neurons depend on the length of a window: one that bursts more seldom than once in it looks silent.
    Raises `InputError` for a recording shorter than a window.
    """
    windows = windows or Windows(*recording.epochs["analysis"])
    spans = list(windows)
    if not spans:
        given = f"{windows.stop - windows.start:g} s"
        raise InputError(f"a record of {given} has no window of {windows.length:g} s; expected a longer one")
    times = np.array([(start + stop) / 2 for start, stop in spans])
    rows = [_of_lhb(recording, rule, span) for span in spans] if LHB in recording.spikes else []
    found = {name: Course(times, np.array([row[name] for row in rows]), unit) for name, unit in OF_LHB.items() if rows}
    return found | _of_transmitters(recording, readouts, spans, times)


def _of_lhb(recording: Recording, rule: str, span: tuple[float, float]) -> dict[str, float]:
    own = replace(recording, spikes={LHB: recording.spikes[LHB]}, reference={}, traces=[], epochs={"window": span})
    neurons = neuron_rows(own, Label("", 0), {LHB: rule}, "window")
    return {**population_measures(neurons), "theta_power": theta_power(own.cut(*span), LHB)}


def _of_transmitters(
    recording: Recording, readouts: Sequence[str], spans: Sequence[tuple[float, float]], times: NDArray[np.float64]
) -> dict[str, Course]:
    found = {}
    for name in readouts:
        readout = READOUTS[name]
        if readout.signal is not None and readout.nucleus in recording.spikes:
            signal = readout.signal(recording)
            edges = [np.searchsorted(signal.times, span, side="right") for span in spans]
            found[name] = Course(times, np.array([signal.values[a:b].mean() for a, b in edges]), signal.unit)
    return found
