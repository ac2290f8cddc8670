"""A job in a folder: data written, program run, results read back. Serves both targets; imports no Brian2."""

import os
import platform
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

import lhb_model
from lhb_model.errors import JobError
from lhb_model.simulate.realise import Job

LARGEST_POTENTIAL = 1.0
"""No membrane reaches a volt: a potential beyond it has diverged."""

_FOLDERS = f"lhb-job-{platform.node()}-"

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
    """What a job leaves: integer time steps and neurons of each group's spikes, the samples of each trace, and the last
    values of the variables that each group keeps, as group -> variable -> one for each neuron (twins last)."""

    spikes: dict[str, tuple[np.ndarray, np.ndarray]]
    traces: dict[str, np.ndarray]
    states: dict[str, dict[str, np.ndarray]]


def default_workers() -> int:
    """Jobs at a time: one for each processor this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def child_environment() -> dict[str, str]:
    """Environment of a child that imports this package from wherever this process found it."""
    package = str(Path(lhb_model.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def run_job(
    job: Job,
    executable: Executable,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    traces: bool = True,
) -> Result:
    """Run a job in a folder of its own and read what it recorded; its traces only if they are wanted.

    Raises
    ------
    JobError
        If the program fails, complains, is stopped, or a state variable is no longer finite.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-"))
    try:
        write_job(job, executable, folder, traces)
        _execute(executable, folder, progress or (lambda seconds: None), stop or threading.Event())
        return _read(job, executable, folder / "results", traces)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_orphans() -> None:
    """Remove the job folders of processes of this machine that were killed."""
    if os.name != "posix":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*"):
        owner = folder.name.removeprefix(_FOLDERS).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Somebody else's.
        return True
    return True


def write_job(job: Job, executable: Executable, folder: Path, traces: bool = True) -> None:
    """Write schedule, wiring and values where the program reads them; without `traces`, none is recorded."""
    (folder / "results").mkdir(parents=True)
    _write_static(job, executable, folder / "static_arrays", traces)
    dropped = [] if traces else [f"drop {trace.name}" for trace in job.structure.traces]
    # One file: a system spends more time on twenty small ones than a short simulation takes to begin.
    with open(folder / "values", "wb") as values:
        lines = [*dropped, *_pair_lines(job, values), *_schedule_lines(job, values)]
    (folder / "schedule.txt").write_text("\n".join(lines) + "\n")


def _write_static(job: Job, executable: Executable, static: Path, traces: bool) -> None:
    """The program's arrays: the build's own, but for the cells that are to be recorded."""
    recorded = executable.arrays["recorded"] if traces else {}
    if executable.static and not recorded:
        static.symlink_to(executable.static)
        return
    static.mkdir()
    for file in executable.static.iterdir() if executable.static else ():
        (static / file.name).symlink_to(file)
    for name, file in recorded.items():
        (static / file).unlink(missing_ok=True)
        job.recorded[name].astype(executable.arrays["types"].get(file, "int32")).tofile(static / file)


def _pair_lines(job: Job, values: BinaryIO) -> list[str]:
    """Write sources and targets of synapses, steps and neurons of replayed spikes; the lines that have them read."""
    lines = []
    for word, pairs in (("wire", job.wiring), ("play", job.spike_sources)):
        for name, (first, second) in pairs.items():
            values.write(first.astype(np.int32).tobytes() + second.astype(np.int32).tobytes())
            lines.append(f"{word} {name} {first.size}")
    return lines


def _schedule_lines(job: Job, values: BinaryIO) -> list[str]:
    lines = []
    for word, name, value in job.schedule:
        if word == "run":
            lines.append(f"run {value!r}")
        elif isinstance(value, np.ndarray):
            kind = (
                np.int32
                if value.dtype.kind == "i"
                else {"double": np.float64, "single": np.float32}[job.structure.precision]
            )
            values.write(value.astype(kind).tobytes())
            lines.append(f"load {name}")
        else:
            lines.append(f"set {name} {float(value)!r}")
    return lines


def _execute(executable: Executable, folder: Path, progress: Progress, stop: threading.Event) -> None:
    """Run the program to its end. It prints the time it has reached; anything else it says is a complaint."""
    with open(folder / "stderr.txt", "w") as errors:
        process = subprocess.Popen(
            [*executable.command, "--results_dir", "results/"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=child_environment(),
            # Of its own, so that an interrupt from the keyboard is ours to answer.
            process_group=0,
        )
        try:
            complaints = _follow(process, progress, stop)
        finally:
            process.kill()
            code = process.wait()
    if stop.is_set():
        raise JobError("stopped")
    complaints += (folder / "stderr.txt").read_text(errors="replace").splitlines()
    if code != 0 or complaints:
        raise JobError(f"the simulation {_end(code)}: {complaints[-1].strip() if complaints else 'no message'}")


def _follow(process: subprocess.Popen, progress: Progress, stop: threading.Event) -> list[str]:
    """Hand on the progress until the program closes its output; return what else it said."""
    threading.Thread(target=_kill_when_told, args=(process, stop), daemon=True).start()
    complaints = []
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "t":
                progress(float(rest))
            elif line.strip():
                complaints.append(line)
    process.wait()
    return complaints


def _kill_when_told(process: subprocess.Popen, stop: threading.Event) -> None:
    while process.poll() is None:
        if stop.wait(0.2):
            process.kill()


PERHAPS = {"SIGKILL": "is there enough memory?", "SIGXFSZ": "a file grew beyond a limit such as that of 'ulimit -f'"}
"""What a signal may mean."""


def _end(code: int) -> str:
    """How a process ended, in words.

    >>> _end(1), _end(-9)
    ('ended with code 1', 'was killed (SIGKILL; is there enough memory?)')
    """
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name
    return f"was killed ({'; '.join(filter(None, [name, PERHAPS.get(name)]))})"


def _read(job: Job, executable: Executable, results: Path, traces: bool) -> Result:
    kind = {"double": np.float64, "single": np.float32}[job.structure.precision]
    states = {
        name: {variable: np.fromfile(results / file, dtype=kind) for variable, file in files.items()}
        for name, files in executable.arrays["states"].items()
    }
    for name, values in states.items():
        # Not-a-number compares as false.
        if not (np.abs(values["v"]) < LARGEST_POTENTIAL).all():
            raise JobError(f"the potential of nucleus {name!r} diverged; lower dt or check the conductances")
    spikes = {}
    for name, files in executable.arrays["spikes"].items():
        times = np.fromfile(results / files["t"], dtype=np.float64)
        spikes[name] = (
            np.rint(times / job.structure.dt).astype(np.int64),
            np.fromfile(results / files["i"], dtype=np.int32),
        )
    cells = {trace.name: trace.cells for trace in job.structure.traces}
    samples = {
        name: np.fromfile(results / file, dtype=kind).reshape(-1, cells[name]).astype(np.float32)
        for name, file in (executable.arrays["traces"] if traces else {}).items()
    }
    return Result(spikes, samples, states)
