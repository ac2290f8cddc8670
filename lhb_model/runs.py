"""Jobs, ledger and resume: ties simulation, analysis, comparison and figures into one run.

A run grows in `<out>/.partial-<name>-<hash>/` and is renamed once, when every job is settled; a run that is killed is
taken up where it stopped by the same command.
"""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.analyse import Label, measures_table, neurons_table, tables
from lhb_model.composition import compose_model
from lhb_model.errors import InputError, JobError, LhbError, reason
from lhb_model.executors import Executor, ExecutorError, Threads
from lhb_model.experiment import Experiment
from lhb_model.growing import alone, partial_folder, publish, write_whole
from lhb_model.model import Model
from lhb_model.provenance import machine, part_versions
from lhb_model.recording import Recording, write_file
from lhb_model.resolve import code_version, equations_text, experiment_hash, resolve
from lhb_model.run_folder import REPORT, Run, read_manifest, recording_path
from lhb_model.simulate import cache
from lhb_model.simulate.job import Progress, remove_orphans
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.simulate import simulate
from lhb_model.simulate.structure import Structure

if TYPE_CHECKING:
    import pandas as pd

STOPPED = "stopped"
SECONDS_PER_FIGURE = 1


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
        """The simulations begin; those that are done already come as settled."""

    def progress(self, job: JobRecord, seconds: float) -> None:
        """A simulation has reached a time."""

    def settled(self, job: JobRecord) -> None:
        """A simulation is done or has failed."""

    def step(self, text: str) -> None:
        """Something else begins, or is worth saying."""


def folder_of(experiment: Experiment, out: Path) -> Path:
    """Where the run of an experiment lies, or will lie."""
    return out / f"{experiment.name}-{experiment_hash(resolve(experiment))}"


def run_experiment(
    experiment: Experiment,
    out: str | Path = "runs",
    workers: int | None = None,
    force: bool = False,
    watcher: Watcher | None = None,
    stop: threading.Event | None = None,
    executor: Executor | None = None,
) -> Run:
    """Simulate every condition with every seed, analyse, compare and draw; return the finished run.

    A finished run of the same experiment and code is returned at once unless `force`. An unfinished one is taken up; of
    one with failed jobs, those alone are repeated. If another process is at the same run, this one waits for it.
    Simulations run on `executor`; without one in as many threads as `workers` says.

    Raises
    ------
    JobError
        If the model does not compile, or the run is stopped. Single jobs that fail do not raise: the run is finished
        with the state "failed".
    """
    watcher = watcher or Watcher()
    final = folder_of(experiment, Path(out))
    if not force and is_finished(final):
        return Run(final)
    with alone(final, cache.folder() / "locks", watcher.step):
        if force or not is_finished(final):
            partial = partial_folder(final, force)
            with nullcontext(executor) if executor else Threads(workers) as place:
                _grow(_Work(experiment, partial, watcher, stop or threading.Event()), place)
            publish(partial, final)
    return Run(final)


def is_finished(folder: Path) -> bool:
    """Whether a run lies there whose jobs are all done."""
    try:
        return bool(read_manifest(folder)["state"] == "done")
    except InputError:
        return False


# the growing folder --------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """A run that grows. Jobs come seed by seed, so that all conditions progress evenly."""

    experiment: Experiment
    folder: Path
    watcher: Watcher
    stop: threading.Event
    jobs: list[JobRecord] = field(default_factory=list)
    target: str = ""
    begun: str = ""
    earlier: float = 0.0
    clock: float = field(default_factory=time.perf_counter)
    neurons: dict[Label, "pd.DataFrame"] = field(default_factory=dict)
    measures: dict[Label, "pd.DataFrame"] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.models = {c.name: compose_model(self.experiment, c) for c in self.experiment.conditions}
        self.duration = next(iter(self.models.values())).duration

    def in_order(self) -> list[JobRecord]:
        """Jobs by condition, then seed, as the manifest and the tables have them."""
        names = list(self.models)
        return sorted(self.jobs, key=lambda job: (names.index(job.condition), self.experiment.seeds.index(job.seed)))


def _grow(work: _Work, executor: Executor) -> None:
    """Everything from the ledger to the figures; what is done stays when this is interrupted."""
    work.folder.joinpath("recordings").mkdir(exist_ok=True)
    # It told of the run as it was before.
    (work.folder / REPORT).unlink(missing_ok=True)
    _open_ledger(work)
    _describe(work)
    try:
        _simulate_all(work, executor)
        _conclude(work)
    except BaseException:
        # A full disk may be what stopped it.
        with suppress(OSError):
            _write_manifest(work, STOPPED)
        raise


def _open_ledger(work: _Work) -> None:
    """One record a job; those that are done stay so, failed ones are tried again."""
    try:
        earlier = read_manifest(work.folder)
        known = {(entry["condition"], entry["seed"]): JobRecord(**entry) for entry in earlier["jobs"]}
    except (InputError, TypeError):
        earlier, known = {}, {}
    work.target, work.earlier = str(earlier.get("target", "")), float(earlier.get("seconds", 0.0))
    work.begun = str(earlier.get("begun", datetime.now(UTC).isoformat(timespec="seconds")))
    for seed in work.experiment.seeds:
        for condition in work.models:
            job = known.get((condition, seed))
            work.jobs.append(job if job and job.state == "done" else JobRecord(condition, seed))


def _describe(work: _Work) -> None:
    """Write what the run is before it begins."""
    from ruamel.yaml import YAML

    work.folder.joinpath("config.yaml").write_bytes(work.experiment.text.encode())
    with open(work.folder / "resolved.yaml", "w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"set": list(work.experiment.overrides), **resolve(work.experiment)}, file)
    write_whole(work.folder / "equations.txt", equations_text(work.experiment))
    _write_manifest(work, "running")


def _write_manifest(work: _Work, state: str) -> None:
    manifest = {
        "experiment": work.experiment.name,
        "title": work.experiment.sheet.title,
        "state": state,
        "code": code_version(),
        "parameters": work.experiment.parameters,
        "versions": part_versions(),
        "target": work.target,
        "machine": machine(),
        "begun": work.begun,
        "seconds": round(work.earlier + time.perf_counter() - work.clock, 2),
        "notes": work.notes,
        "jobs": [asdict(job) for job in work.in_order()],
    }
    write_whole(work.folder / "manifest.json", json.dumps(manifest, indent=1))


# jobs ----------------------------------------------------------------------------------------------------------------


def _simulate_all(work: _Work, executor: Executor) -> None:
    remove_orphans()
    waiting = [job for job in work.jobs if not _kept(work, job)]
    if executor.here:
        _build(work, dict.fromkeys(structure_of(work.models[job.condition]) for job in waiting))
    work.watcher.start(work.jobs, work.duration)
    threading.Thread(target=_import_what_follows, daemon=True).start()
    _watch(work, {_begun(work, job, executor): job for job in waiting}, executor)
    if work.stop.is_set():
        raise JobError("stopped; the same command goes on from here")


def _build(work: _Work, structures: Iterable[Structure]) -> None:
    """Compile what is not in the cache, before simulations begin; workers elsewhere do it when they need it."""
    for structure in structures:
        cache.executable(structure, work.watcher.build)
    work.watcher.built()


def _import_what_follows() -> None:
    """Import what saving, analysing and drawing need while the first simulations run."""
    import matplotlib.figure  # noqa: F401
    import pynwb  # noqa: F401
    import scipy.signal  # noqa: F401


def _begun(work: _Work, job: JobRecord, executor: Executor) -> Future:
    """A job on its way to where it is simulated."""

    def progress(seconds: float) -> None:
        job.state = "running"
        work.watcher.progress(job, seconds)

    traces = job.seed == work.experiment.seeds[0]
    return executor.submit(simulated, work.models[job.condition], job.seed, traces, *_analysis(work), progress=progress)


def _watch(work: _Work, jobs: dict[Future, JobRecord], executor: Executor) -> None:
    """Settle each job as it ends; on an interrupt, stop the running ones and drop the rest."""
    waiting = set(jobs)
    try:
        while waiting and not work.stop.is_set():
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                _settle(work, jobs[future], future)
    finally:
        if waiting:
            executor.stop()
        for job in jobs.values():
            job.state = "queued" if job.state == "running" else job.state


def _kept(work: _Work, job: JobRecord) -> bool:
    """Take up a job that is done; False if it is not, or if its file is no longer what was saved."""
    if job.state != "done":
        return False
    try:
        recording = Recording.load(recording_path(work.folder, job.condition, job.seed))
    except InputError:
        return False
    if recording.spikes_sha256() != job.spikes_sha256:
        return False
    label = Label(job.condition, job.seed)
    work.neurons[label], work.measures[label] = tables(recording, label, *_analysis(work))
    return True


def _analysis(work: _Work) -> tuple[dict[str, str], list[str]]:
    """Burst rule of each nucleus, and readouts."""
    rules = {name: sheet.burst_rule for name, sheet in work.experiment.nuclei.items()}
    return rules, list(work.experiment.sheet.readouts)


def _settle(work: _Work, job: JobRecord, future: Future) -> None:
    """Keep what a job has left; whatever fails is noted in the ledger, and the others go on."""
    try:
        _keep(work, job, future.result())
    except ExecutorError:
        job.state = "queued"
        raise
    except Exception as error:
        job.state, job.error = "failed", _told(error)
    _write_manifest(work, "running")
    work.watcher.settled(job)


def _keep(work: _Work, job: JobRecord, left: "Simulated") -> None:
    path = recording_path(work.folder, job.condition, job.seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, left.file)
    work.target = "; ".join(sorted({*filter(None, work.target.split("; ")), left.target}))
    label = Label(job.condition, job.seed)
    work.neurons[label], work.measures[label] = left.tables
    job.seconds, job.spikes, job.spikes_sha256 = left.seconds, left.spikes, left.spikes_sha256
    job.state = "done"


@dataclass(frozen=True)
class Simulated:
    """One simulation as it comes back from where it ran: its file (NWB), what the ledger notes of it, and its tables."""

    file: bytes
    seconds: float
    spikes: int
    spikes_sha256: str
    target: str
    tables: "tuple[pd.DataFrame, pd.DataFrame]"


def simulated(
    model: Model,
    seed: int,
    traces: bool,
    rules: Mapping[str, str],
    readouts: Sequence[str],
    progress: Progress,
    stop: threading.Event,
) -> Simulated:
    """Simulate and analyse, here or on another machine."""
    began = time.perf_counter()
    progress(0.0)
    recording = simulate(model, seed, None, progress, stop, traces)
    measured = tables(recording, Label(model.condition, seed), rules, readouts)
    file = recording.to_bytes()
    seconds = round(time.perf_counter() - began, 3)
    target = str(recording.provenance["target"])
    return Simulated(file, seconds, recording.n_spikes, recording.spikes_sha256(), target, measured)


def _told(error: Exception) -> str:
    """An error in one line; one that is neither ours nor the system's with its type."""
    if isinstance(error, OSError):
        place = error.filename2 or error.filename
        return f"{place}: {reason(error)}" if place else reason(error)
    text = " ".join(str(error).split())
    return text if isinstance(error, LhbError) else f"{type(error).__name__}: {text}"


# finishing -----------------------------------------------------------------------------------------------------------


def _conclude(work: _Work) -> None:
    """Tables, comparison, figures and the last word of the manifest."""
    from lhb_model.figures import draw_figures

    work.watcher.step("writing tables and comparing conditions")
    done = [Label(job.condition, job.seed) for job in work.in_order() if job.state == "done"]
    tables = {
        "neurons": _joined([work.neurons[label] for label in done], neurons_table([])),
        "table": _joined([work.measures[label] for label in done], measures_table([])),
    }
    tables["comparison"] = _compared(tables["table"])
    for name, table in tables.items():
        table.to_csv(work.folder / f"{name}.csv", index=False)
    figures = len(work.experiment.sheet.figures)
    work.watcher.step(f"drawing {figures} figure{'s' * (figures != 1)}, about {figures * SECONDS_PER_FIGURE} s")
    _write_manifest(work, "running")
    run = Run(work.folder)
    run.__dict__.update(**tables, resolved=resolve(work.experiment))
    for note in draw_figures(run, work.experiment.sheet.figures, work.folder / "figures"):
        work.notes.append(note)
        work.watcher.step(note)
    _write_manifest(work, "failed" if any(job.state != "done" for job in work.jobs) else "done")


def _joined(parts: "list[pd.DataFrame]", empty: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if parts else empty


def _compared(table: "pd.DataFrame") -> "pd.DataFrame":
    from lhb_model.comparison import COMPARISON_COLUMNS, compare

    if table.empty:
        return table.reindex(columns=list(COMPARISON_COLUMNS))
    return compare(table)[list(COMPARISON_COLUMNS)]
