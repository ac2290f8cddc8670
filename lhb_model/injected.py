"""The current that a protocol injects, and what a lone neuron does while it rises."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhb_model.bursts import Span, as_rule, find_bursts
from lhb_model.quantities import parse_quantity
from lhb_model.run_folder import Run

Array = NDArray[np.float64]

STIMULI = ("I_step", "I_ramp")
"""The parameters that stimuli move."""


def injected_current(run: Run, condition: str, nucleus: str, span: Span) -> tuple[Array, Array]:
    """Times (s) from end to end of the span, and the current there (pA) beside the holding current; straight in between."""
    parts = [
        (change["from_s"], change["to_s"], parse_quantity(change["shift"]))
        for change in run.changes(condition)
        if change["nucleus"] == nucleus and change["parameter"] in STIMULI
    ]
    edges = np.unique([*span, *(edge for part in parts for edge in part[:2])])
    # Each edge twice, just before and just after what happens there.
    times = np.repeat(edges, 2)[1:-1]
    middles = np.repeat((edges[:-1] + edges[1:]) / 2, 2)
    current = np.zeros(times.size)
    for begin, end, shift in parts:
        course = shift.value * (times - begin if shift.unit == "A/s" else 1.0)
        current += np.where((middles > begin) & (middles < end), course, 0.0)
    return times, 1e12 * current


@dataclass(frozen=True)
class RampResponse:
    """What one neuron does under a current that rises: its spikes (s), the current (pA) at each, and its bursts.

    `bursts` are as of `find_bursts` without run-on ones; `current` is that at the beginning and the end, pA.
    """

    spikes: Array
    at: Array
    bursts: NDArray[np.void]
    current: tuple[float, float]

    @property
    def single(self) -> Array:
        """Currents (pA) at the spikes after the last burst; at all of them if there is none."""
        return self.at[int(self.bursts["last_spike"][-1]) + 1 :] if self.bursts.size else self.at

    @property
    def last_rate(self) -> float:
        """One over the last interval between spikes, Hz; not a number below two spikes."""
        return float(1 / (self.spikes[-1] - self.spikes[-2])) if self.spikes.size > 1 else float("nan")


def ramp_response(run: Run, condition: str, nucleus: str) -> RampResponse | None:
    """Of a lone neuron's first simulation; None for more neurons than one, and for a current that is no rising slope."""
    seeds = run.finished(condition)
    if run.sweep or not seeds or run.resolved["nuclei"][nucleus]["size"] != 1:
        return None
    recording = run.recording(condition, seeds[0])
    times, current = injected_current(run, condition, nucleus, recording.observed)
    if not rises(current):
        return None
    spikes = recording.trains(nucleus)[0]
    bursts = find_bursts(spikes, as_rule(run.resolved["nuclei"][nucleus]["burst_rule"]), recording.observed)
    ends = (float(current[0]), float(current[-1]))
    return RampResponse(spikes, np.interp(spikes, times, current), bursts[~bursts["run_on"]], ends)


def rises(current: Array) -> bool:
    """Whether a current, given at both ends of straight lines, has slopes and never falls.

    >>> [rises(np.array(course)) for course in ([0.0, 0.0, 0.0, 120.0], [0.0, 0.0, 20.0, 20.0], [0.0, 60.0, 0.0, 0.0])]
    [True, False, False]
    """
    return bool((np.diff(current) >= 0).all() and (np.diff(current)[::2] > 0).any())
