"""The parts of a recording: the spikes of one nucleus, a variable sampled in some of its neurons, and all together."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.recording.checks import check_array, check_neurons, check_number, check_text

SLACK = 1e-6
"""A time this share of a step after a step still counts as that step's: 0.3 s is step 3000 of 0.1 ms."""


def first_step(time: float, dt: float) -> int:
    """The first step at or after `time`."""
    return math.ceil(time / dt - SLACK)


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """The spikes of one nucleus: `neurons[i]` (int32) fired in step `steps[i]` (int64).

    Sorted by (step, neuron), each neuron at most once in a step; `InputError` otherwise.

    >>> spikes = SpikeTrains(np.array([3, 3, 10]), np.array([0, 2, 0], np.int32), n_neurons=3)
    >>> [times.tolist() for times in spikes.trains(dt=0.5)]
    [[1.5, 5.0], [], [1.5]]
    """

    steps: NDArray[np.int64]
    neurons: NDArray[np.int32]
    n_neurons: int

    def __post_init__(self) -> None:
        check_array("steps", self.steps, np.int64, 1)
        check_array("neurons", self.neurons, np.int32, 1)
        if self.steps.size != self.neurons.size:
            raise InputError(f"{self.steps.size} spike steps for {self.neurons.size} spiking neurons")
        if not isinstance(self.n_neurons, int) or self.n_neurons < 0:
            raise InputError(f"n_neurons must be a whole number of at least 0, not {self.n_neurons!r}")
        check_neurons(self.neurons, self.n_neurons)
        later = self.steps[1:] > self.steps[:-1]
        beside = (self.steps[1:] == self.steps[:-1]) & (self.neurons[1:] > self.neurons[:-1])
        if not np.all(later | beside):
            raise InputError("spikes must be sorted by step, then neuron, with none twice")

    def trains(self, dt: float) -> list[NDArray[np.float64]]:
        """Spike times in s, one sorted array for each of the `n_neurons` neurons, at steps of `dt` s."""
        order = np.argsort(self.neurons, kind="stable")
        ends = np.cumsum(np.bincount(self.neurons, minlength=self.n_neurons))
        return np.split(self.steps[order] * dt, ends[:-1]) if self.n_neurons else []

    def between(self, first: int, stop: int) -> "SpikeTrains":
        """The spikes of the steps from `first` up to, but not including, `stop`."""
        inside = slice(*np.searchsorted(self.steps, (first, stop)))
        return replace(self, steps=self.steps[inside], neurons=self.neurons[inside])


@dataclass(frozen=True, eq=False)
class Trace:
    """A variable sampled in some neurons of one nucleus: sample i was taken at `start + i * interval` s.

    `values` is float32[n_samples, k] in `unit`, one column for each entry of `neurons` (integers, none
    twice). Not-a-number is kept: whether a run has diverged is for the simulation to judge.

    >>> trace = Trace("lhb", "v", "V", np.array([4]), 0.5, 0.25, np.zeros((3, 1), np.float32))
    >>> trace.times.tolist()
    [0.5, 0.75, 1.0]
    """

    nucleus: str
    variable: str
    unit: str
    neurons: NDArray[np.integer]
    start: float
    interval: float
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        check_text("nucleus", self.nucleus)
        check_text("variable", self.variable)
        check_text("unit", self.unit, ".+")
        check_array("neurons", self.neurons, np.integer, 1)
        check_array("values", self.values, np.float32, 2)
        check_number("start", self.start)
        check_number("interval", self.interval, positive=True)
        if self.values.shape[1] != self.neurons.size:
            raise InputError(f"{self.values.shape[1]} columns of {self.name} for {self.neurons.size} neurons")
        if np.unique(self.neurons).size != self.neurons.size:
            raise InputError(f"a neuron stands twice in trace {self.name}")

    @property
    def name(self) -> str:
        """The trace's name in the file."""
        return f"{self.nucleus}_{self.variable}"

    @property
    def times(self) -> NDArray[np.float64]:
        """The time of each sample in s."""
        return self.start + np.arange(len(self.values), dtype=np.float64) * self.interval

    def between(self, start: float, stop: float) -> "Trace":
        """The samples taken from `start` up to, but not including, `stop` (s)."""
        first, end = (max(first_step(time - self.start, self.interval), 0) for time in (start, stop))
        return replace(self, start=self.start + first * self.interval, values=self.values[first:end])


@dataclass(frozen=True, eq=False)
class Contents:
    """All parts together, as a file holds them; `Recording` says what each is, and sees that they fit together."""

    dt: float
    duration: float
    spikes: dict[str, SpikeTrains]
    reference: dict[str, SpikeTrains]
    traces: list[Trace]
    epochs: dict[str, tuple[float, float]]
    provenance: dict[str, Any]

    @property
    def observed(self) -> tuple[float, float]:
        """The span in s that the recording covers: the whole run, or what it was cut to."""
        return self.epochs.get("cut", (0.0, self.duration))
