"""What a simulation leaves: spikes, traces, epochs and provenance, as plain data.

Time is counted in whole steps of `dt` from the start of the run; spans are half-open, `[start, stop)`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.recording.checks import check_json, check_neurons, check_number, check_text
from lhb_model.recording.nwb import fingerprint, nwb_bytes, read_file, write_file
from lhb_model.recording.parts import SLACK, Contents, SpikeTrains, Trace, first_step


@dataclass(frozen=True, eq=False)
class Recording(Contents):
    """One run of one condition with one seed.

    - `dt`, `duration`: the step and the length of the run, in s.
    - `spikes`: the spikes of each nucleus.
    - `reference`: the same downstream nuclei, same seed, with the LHb's output cut.
    - `traces`: sampled variables, no two of the same nucleus and variable.
    - `epochs`: named spans `[start, stop)` in s; one called "cut" says that nothing outside it was kept.
    - `provenance`: where it came from; a dict of plain JSON.

    Anything that does not fit together is an `InputError`.

    >>> lhb = SpikeTrains(np.array([1, 5]), np.array([0, 1], np.int32), n_neurons=2)
    >>> recording = Recording(0.1, 1.0, {"lhb": lhb}, {}, [], {"late": (0.5, 1.0)}, {"seed": 1})
    >>> [times.tolist() for times in recording.cut(*recording.epochs["late"]).trains("lhb")]
    [[], [0.5]]
    """

    def __post_init__(self) -> None:
        check_number("dt", self.dt, positive=True)
        check_number("duration", self.duration, positive=True)
        _check_epochs(self.epochs, self.duration + SLACK * self.dt)
        _check_spikes("spikes", self.spikes, *self._steps(*self.observed))
        _check_spikes("reference", self.reference, *self._steps(*self.observed))
        _check_traces(self.traces, self.spikes, *self.observed)
        check_json("provenance", self.provenance)

    @property
    def n_spikes(self) -> int:
        """The number of spikes in all nuclei, without the reference."""
        return sum(trains.steps.size for trains in self.spikes.values())

    def trains(self, nucleus: str) -> list[NDArray[np.float64]]:
        """Spike times in s, one sorted array per neuron; `InputError` for an unknown nucleus."""
        if nucleus not in self.spikes:
            raise InputError(unknown("nucleus", nucleus, self.spikes))
        return self.spikes[nucleus].trains(self.dt)

    def __repr__(self) -> str:
        fired = ", ".join(f"{name} {s.steps.size} spikes from {s.n_neurons} cells" for name, s in self.spikes.items())
        return f"<Recording of {self.duration:g} s: {fired}>"

    def cut(self, start: float, stop: float) -> "Recording":
        """What happened from `start` up to, but not including, `stop` (s); times stay as they are."""
        first, last = self.observed
        if not first <= start < stop <= last + SLACK * self.dt:
            raise InputError(f"cannot cut {start} s to {stop} s out of a recording of {first} s to {last} s")
        steps = self._steps(start, stop)
        return replace(
            self,
            spikes={nucleus: trains.between(*steps) for nucleus, trains in self.spikes.items()},
            reference={nucleus: trains.between(*steps) for nucleus, trains in self.reference.items()},
            traces=[trace.between(start, stop) for trace in self.traces],
            epochs={"cut": (start, stop)},
        )

    def spikes_sha256(self) -> str:
        """A fingerprint of all spikes, without the reference; the same on every machine."""
        return fingerprint(self.spikes)

    def save(self, path: str | Path) -> None:
        """Write one NWB file: whole or not at all, and byte for byte the same for the same recording.

        `InputError` naming the file if its folder is missing, closed to writing, or full.
        """
        write_file(Path(path), self.to_bytes())

    def to_bytes(self) -> bytes:
        """What `save` writes."""
        return nwb_bytes(self)

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Read what `save` wrote; `InputError` naming the file if it is anything else, or damaged."""
        return read_file(path, cls)

    def _steps(self, start: float, stop: float) -> tuple[int, int]:
        return first_step(start, self.dt), first_step(stop, self.dt)


def _check_epochs(epochs: dict[str, tuple[float, float]], end: float) -> None:
    for label, (start, stop) in epochs.items():
        check_text("epoch", label, ".+")
        check_number(f"start of epoch {label!r}", start)
        check_number(f"stop of epoch {label!r}", stop)
        if not start < stop <= end:
            raise InputError(f"epoch {label!r} of {start} s to {stop} s is empty or outlasts the run")


def _check_spikes(field: str, spikes: dict[str, SpikeTrains], first: int, stop: int) -> None:
    for nucleus, trains in spikes.items():
        check_text("nucleus", nucleus)
        if trains.steps.size and not first <= trains.steps[0] <= trains.steps[-1] < stop:
            raise InputError(f"{field} of {nucleus} go beyond the steps {first} ... {stop - 1}")


def _check_traces(traces: list[Trace], spikes: dict[str, SpikeTrains], start: float, stop: float) -> None:
    names = [trace.name for trace in traces]
    for trace in traces:
        if trace.nucleus not in spikes:
            raise InputError(unknown("nucleus", trace.nucleus, spikes))
        if names.count(trace.name) > 1:
            raise InputError(f"two traces are called {trace.name}")
        check_neurons(trace.neurons, spikes[trace.nucleus].n_neurons, f" of trace {trace.name}")
        if len(trace.between(start, stop).values) != len(trace.values):
            raise InputError(f"trace {trace.name} goes beyond {start} s to {stop} s")
