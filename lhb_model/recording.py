"""What a simulation leaves: spikes, traces, epochs and provenance, as plain data kept in one NWB file.

Time is counted in whole steps of `dt` from the start of the run; spans are half-open, `[start, stop)`.
The files open in pynwb, pynapple and neo; all but the arrays also stands, as JSON, in `source_script`.
"""

import hashlib
import json
import math
import os
import re
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError, reason
from lhb_model.names import unknown

if TYPE_CHECKING:
    import h5py
    from hdmf.build import GroupBuilder
    from hdmf.common import VectorData
    from pynwb import NWBFile, TimeSeries
    from pynwb.epoch import TimeIntervals
    from pynwb.file import Subject
    from pynwb.misc import Units

FORMAT = "lhb_model recording 1"
REFERENCE = "units_with_lhb_output_cut"

# A simulation has no date, and equal recordings make equal files.
_SESSION_START = datetime(2000, 1, 1, tzinfo=UTC)
# A time this share of a step after a step still counts as that step's: 0.3 s is step 3000 of 0.1 ms.
_SLACK = 1e-6
# NCBI's taxon of rodents: the cells are modelled on rats and mice, and archives want to be told a species.
_SPECIES = "http://purl.obolibrary.org/obo/NCBITaxon_9989"
_NAMESPACE = UUID("8f1dfb3c-1d7e-5c0e-9b0b-3a5f6f0f3c11")
# h5py has crashed when several threads used it at once (its issues 1764 and 2920).
_HDF5 = threading.Lock()
# HDF5 raises any of these on a damaged file.
PLAIN_WORDS = {
    "truncated file": "the file is cut short",
    "file signature not found": "this is no HDF5 file",
    "component not found": "this HDF5 file was written by another program",
    "doesn't exist": "this HDF5 file was written by another program",
}
"""What HDF5 says (a part of it), and what that means."""
_UNREADABLE = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError)


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
        _check_array("steps", self.steps, np.int64, 1)
        _check_array("neurons", self.neurons, np.int32, 1)
        if self.steps.size != self.neurons.size:
            raise InputError(f"{self.steps.size} spike steps for {self.neurons.size} spiking neurons")
        if not isinstance(self.n_neurons, int) or self.n_neurons < 0:
            raise InputError(f"n_neurons must be a whole number of at least 0, not {self.n_neurons!r}")
        _check_neurons(self.neurons, self.n_neurons)
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
        _check_text("nucleus", self.nucleus)
        _check_text("variable", self.variable)
        _check_text("unit", self.unit, ".+")
        _check_array("neurons", self.neurons, np.integer, 1)
        _check_array("values", self.values, np.float32, 2)
        _check_number("start", self.start)
        _check_number("interval", self.interval, positive=True)
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
        first, end = (max(_first_step(time - self.start, self.interval), 0) for time in (start, stop))
        return replace(self, start=self.start + first * self.interval, values=self.values[first:end])


@dataclass(frozen=True, eq=False)
class Recording:
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

    dt: float
    duration: float
    spikes: dict[str, SpikeTrains]
    reference: dict[str, SpikeTrains]
    traces: list[Trace]
    epochs: dict[str, tuple[float, float]]
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        _check_number("dt", self.dt, positive=True)
        _check_number("duration", self.duration, positive=True)
        _check_epochs(self.epochs, self.duration + _SLACK * self.dt)
        _check_spikes("spikes", self.spikes, *self._steps(*self.observed))
        _check_spikes("reference", self.reference, *self._steps(*self.observed))
        _check_traces(self.traces, self.spikes, *self.observed)
        _check_json("provenance", self.provenance)

    @property
    def observed(self) -> tuple[float, float]:
        """The span in s that the recording covers: the whole run, or what it was cut to."""
        return self.epochs.get("cut", (0.0, self.duration))

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
        if not first <= start < stop <= last + _SLACK * self.dt:
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
        return _sha256(self.spikes)

    def save(self, path: str | Path) -> None:
        """Write one NWB file: whole or not at all, and byte for byte the same for the same recording.

        `InputError` naming the file if its folder is missing, closed to writing, or full.
        """
        write_file(Path(path), self.to_bytes())

    def to_bytes(self) -> bytes:
        """What `save` writes."""
        return _image(self)

    @classmethod
    def load(cls, path: str | Path) -> "Recording":
        """Read what `save` wrote; `InputError` naming the file if it is anything else, or damaged."""
        import h5py

        try:
            # The files are never changed in place, and locks fail on read-only and network disks.
            with _HDF5, h5py.File(path, "r", locking=False) as file:
                return _read(file)
        except InputError as error:
            raise InputError(error.message, file=path) from error
        except _UNREADABLE as error:
            wanted = "expected a recording as `lhb run` leaves it"
            raise InputError(f"cannot be read as a recording ({_reason(error)}); {wanted}", file=path) from error

    def _steps(self, start: float, stop: float) -> tuple[int, int]:
        return _first_step(start, self.dt), _first_step(stop, self.dt)


def _first_step(time: float, dt: float) -> int:
    """The first step at or after `time`."""
    return math.ceil(time / dt - _SLACK)


def _sha256(spikes: dict[str, SpikeTrains]) -> str:
    digest = hashlib.sha256()
    for nucleus in sorted(spikes):
        digest.update(nucleus.encode())
        digest.update(spikes[nucleus].steps.astype("<i8").tobytes())
        digest.update(spikes[nucleus].neurons.astype("<i4").tobytes())
    return digest.hexdigest()


def _check_array(name: str, array: object, dtype: type, dimensions: int) -> None:
    if not isinstance(array, np.ndarray) or array.ndim != dimensions:
        raise InputError(f"{name} must be an array of {dimensions} dimension(s)")
    if not np.issubdtype(array.dtype, dtype) or not array.dtype.isnative:
        raise InputError(f"{name} must be an array of {dtype.__name__}, not of {array.dtype}")


def _check_number(name: str, value: object, positive: bool = False) -> None:
    lowest = math.ulp(0) if positive else 0
    if not isinstance(value, int | float) or not lowest <= value < math.inf:
        raise InputError(f"{name} must be a number {'above' if positive else 'of at least'} 0, not {value!r}")


def _check_text(kind: str, text: object, pattern: str = r"[^\W_][\w.+-]*") -> None:
    if not isinstance(text, str) or not text.isprintable() or not re.fullmatch(pattern, text):
        raise InputError(f"{kind} must be a printable text that matches {pattern}, not {text!r}")


def _check_json(name: str, value: object) -> None:
    try:
        same = isinstance(value, dict) and json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{name} must be plain JSON ({error})") from error
    if not same:
        raise InputError(f"{name} must be a dict of plain JSON: texts as keys, lists instead of tuples")


def _check_neurons(neurons: NDArray[np.integer], n_neurons: int, whose: str = "") -> None:
    if neurons.size and not 0 <= neurons.min() <= neurons.max() < n_neurons:
        raise InputError(f"neurons{whose} from {neurons.min()} to {neurons.max()}, of only {n_neurons}")


def _check_epochs(epochs: dict[str, tuple[float, float]], end: float) -> None:
    for label, (start, stop) in epochs.items():
        _check_text("epoch", label, ".+")
        _check_number(f"start of epoch {label!r}", start)
        _check_number(f"stop of epoch {label!r}", stop)
        if not start < stop <= end:
            raise InputError(f"epoch {label!r} of {start} s to {stop} s is empty or outlasts the run")


def _check_spikes(field: str, spikes: dict[str, SpikeTrains], first: int, stop: int) -> None:
    for nucleus, trains in spikes.items():
        _check_text("nucleus", nucleus)
        if trains.steps.size and not first <= trains.steps[0] <= trains.steps[-1] < stop:
            raise InputError(f"{field} of {nucleus} go beyond the steps {first} ... {stop - 1}")


def _check_traces(traces: list[Trace], spikes: dict[str, SpikeTrains], start: float, stop: float) -> None:
    names = [trace.name for trace in traces]
    for trace in traces:
        if trace.nucleus not in spikes:
            raise InputError(unknown("nucleus", trace.nucleus, spikes))
        if names.count(trace.name) > 1:
            raise InputError(f"two traces are called {trace.name}")
        _check_neurons(trace.neurons, spikes[trace.nucleus].n_neurons, f" of trace {trace.name}")
        if len(trace.between(start, stop).values) != len(trace.values):
            raise InputError(f"trace {trace.name} goes beyond {start} s to {stop} s")


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return reason(error)
    text = " ".join(str(error).split())
    return next((words for said, words in PLAIN_WORDS.items() if said in text), text)


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; `InputError` naming it if its folder is missing, closed to writing, or full."""
    beside = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with beside.open("xb") as file:
            file.write(content)
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise InputError(f"cannot be written ({_reason(error)})", file=path) from error
    finally:
        with suppress(OSError):
            beside.unlink()


def _header(recording: Recording) -> dict[str, Any]:
    """All but the arrays."""
    header: dict[str, Any] = {"format": FORMAT}
    for field in ("dt", "duration", "epochs", "provenance"):
        header[field] = getattr(recording, field)
    for field in ("spikes", "reference"):
        spikes = getattr(recording, field)
        header[field] = {nucleus: trains.n_neurons for nucleus, trains in spikes.items()}
        header[f"{field}_sha256"] = _sha256(spikes)
    header["traces"] = [vars(trace) | {"neurons": trace.neurons.tolist()} for trace in recording.traces]
    for trace in header["traces"]:
        del trace["values"]
    return header


def _image(recording: Recording) -> bytes:
    """The bytes of the file, made in memory: on a full disk HDF5 fails again and again, up to the exit."""
    import h5py
    from pynwb import NWBHDF5IO

    nwb, image = _nwb_file(recording), BytesIO()
    with _HDF5, h5py.File(image, "w") as file, NWBHDF5IO(file=file, mode="w") as io:
        root = io.manager.build(nwb, source=io.source, root=True)
        _name_objects(root, UUID(nwb.identifier))
        # Else `write` builds the tree anew, and its objects get back the identities drawn at random.
        nwb.set_modified(False)
        io.write(nwb)
    return image.getvalue()


def _name_objects(group: "GroupBuilder", identifier: UUID) -> None:
    """Give each object an identity that follows from the content, where pynwb drew one at random."""
    for builder in (group, *group.groups.values(), *group.datasets.values()):
        if "object_id" in builder.attributes:
            builder.set_attribute("object_id", str(uuid5(identifier, builder.path)))
    for inner in group.groups.values():
        _name_objects(inner, identifier)


def _nwb_file(recording: Recording) -> "NWBFile":
    from pynwb import NWBFile

    header = json.dumps(_header(recording))
    nwb = NWBFile(
        session_description="Simulated spikes and traces of the lateral habenula and its downstream nuclei",
        identifier=str(uuid5(_NAMESPACE, header)),
        session_start_time=_SESSION_START,
        file_create_date=_SESSION_START,
        source_script=header,
        source_script_file_name="recording.json",
        subject=_subject(),
        acquisition=[_time_series(trace) for trace in recording.traces],
        epochs=_time_intervals(recording) if recording.epochs else None,
    )
    if any(trains.n_neurons for trains in recording.spikes.values()):
        nwb.units = _units("units", "Every simulated neuron, also when silent", recording.spikes, recording)
    if any(trains.n_neurons for trains in recording.reference.values()):
        # Apart from the units, or readers would take these twins for further neurons of the circuit.
        about = "The downstream nuclei once more, same seed, with the LHb's output cut"
        module = nwb.create_processing_module(name="reference", description=about)
        module.add(_units(REFERENCE, about, recording.reference, recording))
    return nwb


def _subject() -> "Subject":
    from pynwb.file import Subject

    return Subject(subject_id="SIMULATED", description="No animal: simulated", species=_SPECIES, sex="U", age="P0D/")


def _units(name: str, about: str, spikes: dict[str, SpikeTrains], recording: Recording) -> "Units":
    from pynwb.misc import Units

    times = [train for trains in spikes.values() for train in trains.trains(recording.dt)]
    counts, once = [len(train) for train in times], [1] * len(times)
    nuclei = [nucleus for nucleus, trains in spikes.items() for _ in range(trains.n_neurons)]
    neurons = np.concatenate([np.arange(trains.n_neurons) for trains in spikes.values()])
    observed = np.tile(recording.observed, (len(times), 1))
    columns = [
        *_column("nucleus", "nucleus of the neuron", nuclei),
        *_column("neuron", "index of the neuron in its nucleus", neurons),
        *_column("spike_times", "times of the spikes in s", np.concatenate(times), counts),
        *_column("obs_intervals", "simulated span in s", observed, once),
    ]
    ids, dt = np.arange(len(times)), float(recording.dt)
    return Units(name=name, description=about, id=ids, columns=columns, resolution=dt)


def _time_intervals(recording: Recording) -> "TimeIntervals":
    from pynwb.epoch import TimeIntervals

    labels = sorted(recording.epochs, key=recording.epochs.__getitem__)
    starts, stops = np.array([recording.epochs[label] for label in labels], np.float64).T
    # Other readers take spans as closed: each ends in its last step, before the next span starts.
    last_steps = np.maximum(starts, stops - recording.dt)
    columns = [
        *_column("start_time", "time of the first step in s", starts),
        *_column("stop_time", "time of the last step in s", last_steps),
        *_column("tags", "name of the epoch", labels, [1] * len(labels)),
    ]
    about, ids = "Named spans of the run, from first to last step", np.arange(len(labels))
    return TimeIntervals(name="epochs", description=about, id=ids, columns=columns)


def _time_series(trace: Trace) -> "TimeSeries":
    from pynwb import TimeSeries

    return TimeSeries(
        name=trace.name,
        description=f"{trace.variable} in {trace.nucleus}; columns are neurons {trace.neurons.tolist()}",
        data=_packed(trace.values),
        unit=trace.unit,
        starting_time=float(trace.start),
        rate=1 / trace.interval,
    )


def _column(name: str, about: str, data: Any, counts: list[int] | None = None) -> "list[VectorData]":
    """A column; given the number of entries in each row, before it the index that says where rows end."""
    from hdmf.common import VectorData, VectorIndex

    column = VectorData(name=name, description=about, data=_packed(data))
    if counts is None:
        return [column]
    ends = np.cumsum(counts, dtype=np.uint64)
    return [VectorIndex(name=f"{name}_index", target=column, data=ends), column]


def _packed(data: Any) -> Any:
    """Arrays compressed, with zlib's checksum: level 1 after a shuffle packs smaller and faster than 4."""
    from pynwb import H5DataIO

    if not isinstance(data, np.ndarray) or not data.size:
        return data
    return H5DataIO(data, compression="gzip", compression_opts=1, shuffle=True)


def _read(file: "h5py.File") -> Recording:
    text = file["general/source_script"].asstr()[()]
    header = json.loads(text)
    if header["format"] != FORMAT:
        raise InputError(f"is of format {header['format']!r}, not {FORMAT!r}")
    recording = Recording(
        dt=header["dt"],
        duration=header["duration"],
        spikes=_read_spikes(file, "units", header["spikes"], header["dt"]),
        reference=_read_spikes(file, f"processing/reference/{REFERENCE}", header["reference"], header["dt"]),
        traces=[_read_trace(file, **trace) for trace in header["traces"]],
        epochs={label: tuple(span) for label, span in header["epochs"].items()},
        provenance=header["provenance"],
    )
    saved = str(uuid5(_NAMESPACE, text)).encode(), header["spikes_sha256"], header["reference_sha256"]
    if saved != (file["identifier"][()], _sha256(recording.spikes), _sha256(recording.reference)):
        raise InputError("not what was saved: changed by another program, or damaged")
    return recording


def _read_spikes(file: "h5py.File", table: str, sizes: dict[str, int], dt: float) -> dict[str, SpikeTrains]:
    """The spikes of each nucleus: the table has a row for each neuron, nucleus after nucleus."""
    ends, steps = np.zeros(1, np.int64), np.zeros(0, np.int64)
    if any(sizes.values()):
        ends = np.append(ends, file[f"{table}/spike_times_index"][()].astype(np.int64))
        steps = np.rint(file[f"{table}/spike_times"][()] / dt).astype(np.int64)
    rows = np.cumsum([0, *sizes.values()])
    trains = [_spike_trains(steps, ends[first : last + 1]) for first, last in pairwise(rows)]
    return dict(zip(sizes, trains, strict=True))


def _spike_trains(steps: NDArray[np.int64], ends: NDArray[np.int64]) -> SpikeTrains:
    """One nucleus, whose neuron i fired in `steps[ends[i]:ends[i + 1]]`."""
    own = steps[ends[0] : ends[-1]]
    neurons = np.repeat(np.arange(len(ends) - 1, dtype=np.int32), np.diff(ends))
    order = np.lexsort((neurons, own))
    return SpikeTrains(own[order], neurons[order], len(ends) - 1)


def _read_trace(file: "h5py.File", nucleus: str, variable: str, neurons: list[int], **rest: Any) -> Trace:
    values = file[f"acquisition/{nucleus}_{variable}/data"][()]
    return Trace(nucleus, variable, neurons=np.array(neurons, np.int64), values=values, **rest)
