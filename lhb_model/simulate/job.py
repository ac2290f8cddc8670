"""A job in a folder: data written, program run, results read back. Serves both targets; imports no Brian2."""

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lhb_model.errors import JobError
from lhb_model.simulate.realise import Job
from lhb_model.simulate.structure import NEVER

Progress = Callable[[float], None]
"""Called with the simulated seconds done."""


@dataclass(frozen=True)
class Executable:
    """What runs a job: a command, the arrays it names, and the folder of its static arrays (None if interpreted)."""

    command: tuple[str, ...]
    arrays: dict[str, dict]
    static: Path | None
    target: str


@dataclass(frozen=True)
class Result:
    """What a job leaves: integer time steps and neurons of each group's spikes, and the samples of each trace."""

    spikes: dict[str, tuple[np.ndarray, np.ndarray]]
    traces: dict[str, np.ndarray]


def run_job(
    job: Job, executable: Executable, progress: Progress | None = None, stop: threading.Event | None = None
) -> Result:
    """Run a job in a folder of its own and read what it recorded.

    Raises
    ------
    JobError
        If the program fails, complains, is stopped, or a state variable is no longer finite.
    """
    folder = Path(tempfile.mkdtemp(prefix="lhb-job-"))
    try:
        write_job(job, executable, folder)
        _execute(executable, folder, progress or (lambda seconds: None), stop or threading.Event())
        return _read(job, executable, folder / "results")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_job(job: Job, executable: Executable, folder: Path) -> None:
    """Write schedule, wiring and values where the program reads them."""
    (folder / "values").mkdir(parents=True)
    (folder / "results").mkdir()
    static = folder / "static_arrays"
    static.mkdir()
    if executable.static:
        for file in executable.static.iterdir():
            (static / file.name).symlink_to(file)
    for name, values in _static_arrays(job, executable.arrays).items():
        (static / name).unlink(missing_ok=True)
        values.astype(executable.arrays["types"].get(name, "int32")).tofile(static / name)
    (folder / "schedule.txt").write_text("\n".join(_schedule_lines(job, folder)) + "\n")


def _static_arrays(job: Job, arrays: dict[str, dict]) -> dict[str, np.ndarray]:
    """File name -> data of everything that is compiled in by size only."""
    files: dict[str, np.ndarray] = {}
    for name, (sources, targets) in job.wiring.items():
        files[arrays["wiring"][name]["sources"]] = sources
        files[arrays["wiring"][name]["targets"]] = targets
    for name, file in arrays["recorded"].items():
        files[file] = job.recorded[name]
    for source in job.structure.sources:
        steps, neurons = job.spike_sources[source.name]
        files[arrays["sources"][source.name]["steps"]] = _padded(steps, source.capacity, NEVER)
        files[arrays["sources"][source.name]["neurons"]] = _padded(neurons, source.capacity, 0)
    return files


def _padded(values: np.ndarray, capacity: int, filler: int) -> np.ndarray:
    if values.size > capacity:
        raise JobError(f"{values.size} spikes to replay, room for {capacity}; lower the rate or the duration")
    padded = np.full(capacity, filler, dtype=np.int32)
    padded[: values.size] = values
    return padded


def _schedule_lines(job: Job, folder: Path) -> list[str]:
    lines = []
    for number, (word, name, value) in enumerate(job.schedule):
        if word == "run":
            lines.append(f"run {value!r}")
        elif isinstance(value, np.ndarray):
            kind = (
                np.int32
                if value.dtype.kind == "i"
                else {"double": np.float64, "single": np.float32}[job.structure.precision]
            )
            value.astype(kind).tofile(folder / "values" / f"v{number}")
            lines.append(f"set {name} values/v{number}")
        else:
            lines.append(f"set {name} {float(value)!r}")
    return lines


def _execute(executable: Executable, folder: Path, progress: Progress, stop: threading.Event) -> None:
    command = [*executable.command, "--results_dir", "results/"]
    with open(folder / "stderr.txt", "w") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        watcher = threading.Thread(target=_stop_when_told, args=(process, stop), daemon=True)
        watcher.start()
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("t "):
                progress(float(line.split()[1]))
        code = process.wait()
    complaint = (folder / "stderr.txt").read_text().strip()
    if stop.is_set():
        raise JobError("stopped")
    if code != 0 or complaint:
        raise JobError(
            f"the simulation ended with code {code}: {complaint.splitlines()[-1] if complaint else 'no message'}"
        )


def _stop_when_told(process: subprocess.Popen, stop: threading.Event) -> None:
    while process.poll() is None:
        if stop.wait(0.2):
            process.terminate()
            return


def _read(job: Job, executable: Executable, results: Path) -> Result:
    kind = {"double": np.float64, "single": np.float32}[job.structure.precision]
    for name, file in executable.arrays["states"].items():
        if not np.isfinite(np.fromfile(results / file, dtype=kind)).all():
            raise JobError(f"the potential of nucleus {name!r} diverged; lower dt or check the conductances")
    spikes = {}
    for name, files in executable.arrays["spikes"].items():
        times = np.fromfile(results / files["t"], dtype=np.float64)
        spikes[name] = (
            np.rint(times / job.structure.dt).astype(np.int64),
            np.fromfile(results / files["i"], dtype=np.int32),
        )
    cells = {trace.name: trace.cells for trace in job.structure.traces}
    traces = {
        name: np.fromfile(results / file, dtype=kind).reshape(-1, cells[name]).astype(np.float32)
        for name, file in executable.arrays["traces"].items()
    }
    return Result(spikes, traces)
