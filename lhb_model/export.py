"""A run's recordings -> files that other programs read: NWB, SONATA, CSV and Neo."""

import csv
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.run_folder import Run, recording_path

SONATA_MAGIC, SONATA_VERSION = 0x0A7A, (0, 1)
SONATA_SORTING = {"none": 0, "by_id": 1, "by_time": 2}


def export(run: Run, to: str, out: str | Path) -> list[Path]:
    """Write each finished simulation of a run to `out/<condition>/seed-<n>` in another format; give the files.

    - `nwb`: all of the recording, as it lies in the run.
    - `csv`: `unit,time_s`, units named nucleus/neuron; a neuron without spikes has one line without a time.
    - `sonata`: spikes as in a SONATA spikes file (ms), one population for each nucleus.
    - `neo`: a Neo block (.mat, for `neo.io.NeoMatlabIO`) with a spike train for each neuron and the epochs.

    All but NWB leave out traces and the twin nuclei without LHb input. A file that is there is replaced.

    Raises
    ------
    InputError
        For an unknown format, a run without a finished simulation, a recording that is damaged, a file that cannot be
        written, and for `neo` if Neo is not installed.
    """
    if to not in FORMATS:
        raise InputError(unknown("format", to, FORMATS))
    if to == "neo" and not all(find_spec(name) for name in ("neo", "quantities")):
        raise InputError("exporting to Neo needs Neo: pip install neo")
    suffix, write = FORMATS[to]
    jobs = [(condition, seed) for condition in run.conditions for seed in run.finished(condition)]
    if not jobs:
        raise InputError("no simulation of this run is finished", run.folder)
    written = []
    for condition, seed in jobs:
        recording = run.recording(condition, seed)
        path, source = Path(out) / condition / f"seed-{seed}{suffix}", recording_path(run.folder, condition, seed)
        if path.resolve() == source.resolve():
            raise InputError("would replace the run's own recording; choose another folder", path)
        with _whole(path) as partial:
            write(recording, source, partial)
        written.append(path)
    return written


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; what is there at the end takes the name, whole or not at all."""
    partial = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", path) from None
    finally:
        with suppress(OSError):
            partial.unlink()


def _units(recording: Recording) -> Iterator[tuple[str, int, np.ndarray]]:
    """Nucleus, neuron and spike times (s) of every neuron."""
    for nucleus in recording.spikes:
        for neuron, times in enumerate(recording.trains(nucleus)):
            yield nucleus, neuron, times


def _nwb(recording: Recording, source: Path, path: Path) -> None:
    """The recording as it was saved; loading has shown that it is whole."""
    path.write_bytes(source.read_bytes())


def _csv(recording: Recording, source: Path, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("unit", "time_s"))
        for nucleus, neuron, times in _units(recording):
            name = f"{nucleus}/{neuron}"
            rows.writerows([(name, repr(time)) for time in times.tolist()] or [(name, "")])


def _sonata(recording: Recording, source: Path, path: Path) -> None:
    import h5py

    image = BytesIO()
    # In memory: on a full disk HDF5 fails again and again, up to the exit.
    with h5py.File(image, "w") as file:
        file.attrs["magic"] = np.uint32(SONATA_MAGIC)
        file.attrs["version"] = np.array(SONATA_VERSION, np.uint32)
        spikes = file.create_group("spikes")
        for nucleus, trains in recording.spikes.items():
            _population(spikes.create_group(nucleus), trains, recording.dt)
    path.write_bytes(image.getvalue())


def _population(group: Any, trains: SpikeTrains, dt: float) -> None:
    import h5py

    sorting = h5py.enum_dtype(SONATA_SORTING, basetype=np.uint8)
    group.attrs.create("sorting", SONATA_SORTING["by_time"], dtype=sorting)
    times = group.create_dataset("timestamps", data=trains.steps * (dt * 1e3))
    times.attrs["units"] = "ms"
    group.create_dataset("node_ids", data=trains.neurons.astype(np.uint64))


def _neo(recording: Recording, source: Path, path: Path) -> None:
    import neo
    import quantities

    seconds, (start, stop) = quantities.s, recording.observed
    segment = neo.Segment(name=source.stem)
    for nucleus, neuron, times in _units(recording):
        label = {"name": f"{nucleus}/{neuron}", "nucleus": nucleus, "neuron": neuron}
        segment.spiketrains.append(neo.SpikeTrain(times * seconds, t_start=start, t_stop=stop, **label))
    if recording.epochs:
        starts, stops = np.array(list(recording.epochs.values())).T
        labels = np.array(list(recording.epochs))
        segment.epochs.append(neo.Epoch(starts * seconds, (stops - starts) * seconds, labels, name="epochs"))
    block = neo.Block(name=f"{source.parent.name}/{source.stem}")
    block.segments.append(segment)
    neo.io.NeoMatlabIO(str(path)).write_block(block)


FORMATS: dict[str, tuple[str, Callable[[Recording, Path, Path], None]]] = {
    "nwb": (".nwb", _nwb),
    "sonata": (".h5", _sonata),
    "csv": (".csv", _csv),
    "neo": (".mat", _neo),
}
"""Suffix and writer of each format; a writer is given the recording, the file it lies in, and where to write."""
