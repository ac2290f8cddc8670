"""A recording <-> the bytes of one NWB file, which says when another program has changed it.

The files open in pynwb, pynapple and neo; all but the arrays also stands, as JSON, in `source_script`.
"""

import hashlib
import json
import os
import secrets
import threading
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError, reason
from lhb_model.recording.parts import Contents, SpikeTrains, Trace

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
# NCBI's taxon of rodents: the cells are modelled on rats and mice, and archives want to be told a species.
_SPECIES = "http://purl.obolibrary.org/obo/NCBITaxon_9989"
_NAMESPACE = UUID("8f1dfb3c-1d7e-5c0e-9b0b-3a5f6f0f3c11")
# h5py has crashed when several threads used it at once (its issues 1764 and 2920).
_HDF5 = threading.Lock()
PLAIN_WORDS = {
    "truncated file": "the file is cut short",
    "file signature not found": "this is no HDF5 file",
    "component not found": "this HDF5 file was written by another program",
    "doesn't exist": "this HDF5 file was written by another program",
}
"""What HDF5 says (a part of it), and what that means."""
# HDF5 raises any of these on a damaged file.
_UNREADABLE = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, MemoryError)


Held = TypeVar("Held", bound=Contents)


def fingerprint(spikes: dict[str, SpikeTrains]) -> str:
    """The SHA-256 of all spikes; the same on every machine."""
    digest = hashlib.sha256()
    for nucleus in sorted(spikes):
        digest.update(nucleus.encode())
        digest.update(spikes[nucleus].steps.astype("<i8").tobytes())
        digest.update(spikes[nucleus].neurons.astype("<i4").tobytes())
    return digest.hexdigest()


def read_file(path: str | Path, kind: type[Held]) -> Held:
    """Read what `nwb_bytes` made; `InputError` naming the file if it is anything else, or damaged."""
    import h5py

    try:
        # The files are never changed in place, and locks fail on read-only and network disks.
        with _HDF5, h5py.File(path, "r", locking=False) as file:
            return _read(file, kind)
    except InputError as error:
        raise InputError(error.message, file=path) from error
    except _UNREADABLE as error:
        wanted = "expected a recording as `lhb run` leaves it"
        raise InputError(f"cannot be read as a recording ({_reason(error)}); {wanted}", file=path) from error


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


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return reason(error)
    text = " ".join(str(error).split())
    return next((words for said, words in PLAIN_WORDS.items() if said in text), text)


# writing --------------------------------------------------------------------------------------------------------------


def nwb_bytes(recording: Contents) -> bytes:
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


def _header(recording: Contents) -> dict[str, Any]:
    """All but the arrays."""
    header: dict[str, Any] = {"format": FORMAT}
    for field in ("dt", "duration", "epochs", "provenance"):
        header[field] = getattr(recording, field)
    for field in ("spikes", "reference"):
        spikes = getattr(recording, field)
        header[field] = {nucleus: trains.n_neurons for nucleus, trains in spikes.items()}
        header[f"{field}_sha256"] = fingerprint(spikes)
    header["traces"] = [vars(trace) | {"neurons": trace.neurons.tolist()} for trace in recording.traces]
    for trace in header["traces"]:
        del trace["values"]
    return header


def _name_objects(group: "GroupBuilder", identifier: UUID) -> None:
    """Give each object an identity that follows from the content, where pynwb drew one at random."""
    for builder in (group, *group.groups.values(), *group.datasets.values()):
        if "object_id" in builder.attributes:
            builder.set_attribute("object_id", str(uuid5(identifier, builder.path)))
    for inner in group.groups.values():
        _name_objects(inner, identifier)


def _nwb_file(recording: Contents) -> "NWBFile":
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


def _units(name: str, about: str, spikes: dict[str, SpikeTrains], recording: Contents) -> "Units":
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


def _time_intervals(recording: Contents) -> "TimeIntervals":
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


# reading --------------------------------------------------------------------------------------------------------------


def _read(file: "h5py.File", kind: type[Held]) -> Held:
    text = file["general/source_script"].asstr()[()]
    header = json.loads(text)
    if header["format"] != FORMAT:
        raise InputError(f"is of format {header['format']!r}, not {FORMAT!r}")
    recording = kind(
        dt=header["dt"],
        duration=header["duration"],
        spikes=_read_spikes(file, "units", header["spikes"], header["dt"]),
        reference=_read_spikes(file, f"processing/reference/{REFERENCE}", header["reference"], header["dt"]),
        traces=[_read_trace(file, **trace) for trace in header["traces"]],
        epochs={label: tuple(span) for label, span in header["epochs"].items()},
        provenance=header["provenance"],
    )
    saved = str(uuid5(_NAMESPACE, text)).encode(), header["spikes_sha256"], header["reference_sha256"]
    if saved != (file["identifier"][()], fingerprint(recording.spikes), fingerprint(recording.reference)):
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
