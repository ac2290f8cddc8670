"""Jobs, ledger, resume and the run folder: ties simulation, analysis, comparison and figures into one run.

A run grows in `<out>/.partial-<name>-<hash>/` and is renamed once, when every job is settled; a run that is killed is
taken up where it stopped by the same command.
"""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from lhb_model.analyse import NEURON_COLUMNS, Label, measure_rows, neuron_rows
from lhb_model.composition import compose_model
from lhb_model.errors import InputError, JobError, LhbError
from lhb_model.experiment import Experiment
from lhb_model.names import unknown
from lhb_model.recording import Recording
from lhb_model.resolve import code_version, equations_text, experiment_hash, resolve
from lhb_model.simulate import cache
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.simulate import simulate

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass
class JobRecord:
    """One simulation in the ledger. `state` is queued, running, done or failed."""

    condition: str
    seed: int
    state: str = "queued"
    seconds: float | None = None
    spikes: int | None = None
    spikes_sha256: str | None = None
    error: str | None = None


class Watcher:
    """Hears how a run goes. Every method may be called from any thread; the plain watcher hears nothing."""

    def build(self, text: str) -> None:
        """A build begins."""

    def built(self) -> None:
        """The build is there."""

    def start(self, jobs: list[JobRecord], duration: float) -> None:
        """The simulations begin."""

    def progress(self, job: JobRecord, seconds: float) -> None:
        """A simulation has reached a time."""

    def settled(self, job: JobRecord) -> None:
        """A simulation is done or has failed."""

    def step(self, text: str) -> None:
        """Something else begins: analysing, drawing."""


@dataclass(frozen=True)
class Run:
    """A finished run in its folder; tables and recordings are read when asked for.

    >>> Run(Path("nowhere")).folder.name
    'nowhere'
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """State, versions, target and jobs."""
        return dict(json.loads((self.folder / "manifest.json").read_text()))

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """Every number used, with its source."""
        from ruamel.yaml import YAML

        return dict(YAML(typ="safe", pure=True).load((self.folder / "resolved.yaml").read_text()))

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name

    @property
    def conditions(self) -> list[str]:
        """Conditions in the order of the experiment."""
        return list(dict.fromkeys(job["condition"] for job in self.manifest["jobs"]))

    @property
    def seeds(self) -> list[int]:
        """Seeds, shared by the conditions."""
        return list(dict.fromkeys(job["seed"] for job in self.manifest["jobs"]))

    @cached_property
    def neurons(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and neuron."""
        return self._csv("neurons.csv")

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and measure."""
        return self._csv("table.csv")

    @cached_property
    def comparison(self) -> "pd.DataFrame":
        """Differences between the conditions."""
        return self._csv("comparison.csv")

    def recording(self, condition: str, seed: int) -> Recording:
        """What one simulation left; `InputError` with near names for a condition or seed that is not in the run."""
        if condition not in self.conditions:
            raise InputError(unknown("condition", condition, self.conditions))
        if seed not in self.seeds:
            raise InputError(unknown("seed", str(seed), map(str, self.seeds)))
        return Recording.load(recording_path(self.folder, condition, seed))

    @cached_property
    def spikes(self) -> "pd.DataFrame":
        """Every spike of every simulation: condition, seed, nucleus, neuron, time (s). Large runs: use `trains`."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "condition": condition,
                    "seed": seed,
                    "nucleus": nucleus,
                    "neuron": s.neurons,
                    "time": s.steps * recording.dt,
                }
            )
            for condition in self.conditions
            for seed in self.finished(condition)
            for recording in [self.recording(condition, seed)]
            for nucleus, s in recording.spikes.items()
        ]
        columns = ["condition", "seed", "nucleus", "neuron", "time"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def trains(self, condition: str, seed: int, nucleus: str = "lhb") -> "list[np.ndarray]":
        """Spike times (s) of every neuron of a nucleus in one simulation, one array each."""
        return self.recording(condition, seed).trains(nucleus)

    def finished(self, condition: str) -> list[int]:
        """Seeds of a condition whose simulation is done."""
        return [
            job["seed"] for job in self.manifest["jobs"] if job["condition"] == condition and job["state"] == "done"
        ]

    def _csv(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        return pd.read_csv(
            self.folder / name, dtype={"condition": str, "nucleus": str, "measure": str, "a": str, "b": str}
        )


def open_run(folder: str | Path) -> Run:
    """A run by its folder.

    Raises
    ------
    InputError
        If the folder is not a finished run.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").is_file():
        hint = "; it is not finished: repeat the command that began it" if folder.name.startswith(".partial-") else ""
        raise InputError(f"not a run: it has no manifest.json{hint}", file=folder)
    return Run(folder)


def recording_path(folder: Path, condition: str, seed: int) -> Path:
    """Where the recording of one simulation lies."""
    return folder / "recordings" / condition / f"seed-{seed}.nwb"


def run_folder(experiment: Experiment, out: Path) -> Path:
    """Where the run of an experiment lies, or will lie."""
    return out / f"{experiment.name}-{experiment_hash(resolve(experiment))}"


# running -------------------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """A run that grows."""

    experiment: Experiment
    folder: Path
    jobs: list[JobRecord]
    watcher: Watcher
    stop: threading.Event = field(default_factory=threading.Event)
    ledger: threading.Lock = field(default_factory=threading.Lock)
    neurons: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    measures: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    target: str = ""
    begun: float = field(default_factory=time.time)


def run_experiment(
    experiment: Experiment,
    out: str | Path = "runs",
    workers: int | None = None,
    force: bool = False,
    watcher: Watcher | None = None,
    stop: threading.Event | None = None,
) -> Run:
    """Simulate every condition with every seed, analyse, compare and draw; return the finished run.

    A finished run of the same experiment and code is returned at once unless `force`. An unfinished one is taken up.

    Raises
    ------
    JobError
        If the model does not compile, another process is at the same run, or the run is stopped. Single jobs that fail
        do not raise: the run is finished with the state "failed".
    """
    out = Path(out)
    final = run_folder(experiment, out)
    if not force and _state(final) == "done":
        return Run(final)
    watcher = watcher or Watcher()
    with _alone(final):
        partial = _partial(final, force)
        work = _Work(experiment, partial, _ledger(partial, experiment), watcher, stop or threading.Event())
        _describe(work)
        _simulate_all(work, workers or default_workers())
        _conclude(work)
        _publish(partial, final)
    return Run(final)


def default_workers() -> int:
    """Simulations at a time: one for each processor this process may use."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, available)


def _state(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "manifest.json").read_text())["state"])
    except (OSError, ValueError, KeyError):
        return None


class _alone:
    """One process at a run: the lock lies in the cache, so that `out` holds nothing but run folders."""

    def __init__(self, final: Path):
        place = cache.folder() / "locks"
        place.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(place / f"{final.name}.lock", timeout=0)

    def __enter__(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise JobError("another process is working at this very run; wait for it, or stop it") from None

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


def _partial(final: Path, force: bool) -> Path:
    """The folder a run grows in: the one left by a stopped run, or a new one."""
    partial = final.parent / f".partial-{final.name}"
    if force:
        shutil.rmtree(partial, ignore_errors=True)
    elif not partial.exists() and final.exists():
        final.rename(partial)
    (partial / "recordings").mkdir(parents=True, exist_ok=True)
    return partial


def _ledger(partial: Path, experiment: Experiment) -> list[JobRecord]:
    """One record a job; those whose recording is whole stay done."""
    known = {}
    try:
        for entry in json.loads((partial / "manifest.json").read_text())["jobs"]:
            known[entry["condition"], entry["seed"]] = JobRecord(**entry)
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    jobs = []
    for condition in experiment.conditions:
        for seed in experiment.seeds:
            job = known.get((condition.name, seed), JobRecord(condition.name, seed))
            whole = job.state == "done" and recording_path(partial, condition.name, seed).exists()
            jobs.append(job if whole else JobRecord(condition.name, seed))
    return jobs


def _describe(work: _Work) -> None:
    """Write what the run is before it begins."""
    from ruamel.yaml import YAML

    resolved = resolve(work.experiment)
    (work.folder / "config.yaml").write_text(work.experiment.text)
    with open(work.folder / "resolved.yaml", "w") as file:
        YAML(typ="safe", pure=True).dump({"set": list(work.experiment.overrides), **resolved}, file)
    (work.folder / "equations.txt").write_text(equations_text(work.experiment))
    _write_manifest(work, "running")


def _write_manifest(work: _Work, state: str) -> None:
    from lhb_model.provenance import machine

    manifest = {
        "experiment": work.experiment.name,
        "title": work.experiment.sheet.title,
        "state": state,
        "code": code_version(),
        "versions": cache.versions(),
        "target": work.target,
        "machine": machine(),
        "begun": datetime.fromtimestamp(work.begun, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - work.begun, 2),
        "jobs": [asdict(job) for job in work.jobs],
    }
    write_whole(work.folder / "manifest.json", json.dumps(manifest, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(beside, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _simulate_all(work: _Work, workers: int) -> None:
    models = {condition.name: compose_model(work.experiment, condition) for condition in work.experiment.conditions}
    structures = {structure_of(model) for model in models.values()}
    todo = [job for job in work.jobs if job.state != "done"]
    programs = {}
    for structure in structures if todo else ():
        programs[structure] = cache.executable(structure, work.watcher.build)
        work.target = programs[structure].target
    work.watcher.built()
    work.watcher.start(work.jobs, next(iter(models.values())).duration)
    _warm_imports()

    def one(job: JobRecord) -> None:
        model = models[job.condition]
        _one_job(work, job, model, None if job.state == "done" else programs[structure_of(model)])

    with ThreadPoolExecutor(max_workers=workers) as pool:
        _watch(work, [pool.submit(one, job) for job in work.jobs])
    if work.stop.is_set():
        _write_manifest(work, "stopped")
        raise JobError("stopped")


def _warm_imports() -> None:
    """Import what saving and analysing need while the first simulations run."""

    def load() -> None:
        import pandas  # noqa: F401
        import pynwb  # noqa: F401
        import scipy.signal  # noqa: F401

    threading.Thread(target=load, daemon=True).start()


def _watch(work: _Work, futures: list[Future]) -> None:
    """Wait for all jobs; on an interrupt, stop the running ones and drop the rest."""
    waiting = set(futures)
    try:
        while waiting:
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            if work.stop.is_set():
                break
    except BaseException:
        work.stop.set()
        raise
    finally:
        for future in waiting:
            future.cancel()


def _one_job(work: _Work, job: JobRecord, model: Any, program: Any) -> None:
    """Simulate (unless it is done), save, analyse; a failure is noted, not raised."""
    path, label = recording_path(work.folder, job.condition, job.seed), Label(job.condition, job.seed)
    if work.stop.is_set():
        return
    began = time.perf_counter()
    try:
        if program is None:
            recording = Recording.load(path)
        else:
            job.state = "running"
            first = job.seed == work.experiment.seeds[0]
            recording = simulate(
                model, job.seed, program, lambda s: work.watcher.progress(job, s), work.stop, traces=first
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            recording.save(path)
            job.seconds, job.spikes = round(time.perf_counter() - began, 3), recording.n_spikes
            job.spikes_sha256, job.state, job.error = recording.spikes_sha256(), "done", None
        rules = {name: sheet.burst_rule for name, sheet in work.experiment.nuclei.items()}
        rows = neuron_rows(recording, label, rules)
        work.neurons[job.condition, job.seed] = rows
        work.measures[job.condition, job.seed] = measure_rows(recording, label, rows, work.experiment.sheet.readouts)
    except (LhbError, OSError, MemoryError) as error:
        if work.stop.is_set():
            job.state = "queued"
            return
        job.state, job.error = "failed", str(error)
    with work.ledger:
        _write_manifest(work, "running")
    work.watcher.settled(job)


# finishing -----------------------------------------------------------------------------------------------------------


def _conclude(work: _Work) -> None:
    """Tables, comparison, figures and the last word of the manifest."""
    import pandas as pd

    from lhb_model.comparison import COMPARISON_COLUMNS, compare
    from lhb_model.figures import draw_figures

    work.watcher.step("writing tables")
    order = [(job.condition, job.seed) for job in work.jobs if job.state == "done"]
    neurons = pd.DataFrame([row for key in order for row in work.neurons[key]], columns=list(NEURON_COLUMNS))
    columns = ["condition", "seed", "nucleus", "measure", "value", "unit"]
    table = pd.DataFrame([row for key in order for row in work.measures[key]], columns=columns)
    neurons.to_csv(work.folder / "neurons.csv", index=False)
    table.to_csv(work.folder / "table.csv", index=False)
    comparison = (compare(table) if len(table) else pd.DataFrame(columns=list(COMPARISON_COLUMNS)))[
        list(COMPARISON_COLUMNS)
    ]
    comparison.to_csv(work.folder / "comparison.csv", index=False)
    failed = any(job.state != "done" for job in work.jobs)
    _write_manifest(work, "failed" if failed else "done")
    work.watcher.step("drawing figures")
    run = Run(work.folder)
    run.__dict__.update(neurons=neurons, table=table, comparison=comparison, resolved=resolve(work.experiment))
    draw_figures(run, work.experiment.sheet.figures, work.folder / "figures")
    _write_manifest(work, "failed" if failed else "done")


def _publish(partial: Path, final: Path) -> None:
    """Rename the finished run to its place; an earlier one gives way."""
    old = final.parent / f".partial-old-{final.name}"
    if final.exists():
        shutil.rmtree(old, ignore_errors=True)
        final.rename(old)
    partial.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def list_runs(out: str | Path) -> list[Run]:
    """Finished runs in a folder, the newest last."""
    folder = Path(out)
    found = [Run(path) for path in folder.iterdir() if (path / "manifest.json").is_file()] if folder.is_dir() else []
    visible = [run for run in found if not run.name.startswith(".")]
    return sorted(visible, key=lambda run: run.manifest.get("begun", ""))


def failed_jobs(jobs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Jobs that did not end well."""
    return [job for job in jobs if job["state"] != "done"]
