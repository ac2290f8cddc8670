"""Jobs, ledger and resume: ties simulation, analysis, comparison and figures into one run.

A run grows in `<out>/.partial-<name>-<hash>/` and is renamed once, when every job is settled; a run that is killed is
taken up where it stopped by the same command. A sweep is a run whose conditions are simulated at many points.
"""

import json
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.analyse import Label, measures_table, neurons_table, tables
from lhb_model.composition import compose_model
from lhb_model.config import at_point
from lhb_model.errors import InputError, JobError, LhbError
from lhb_model.executors import Executor, ExecutorError, Threads
from lhb_model.experiment import Experiment
from lhb_model.growing import alone, partial_folder, publish, write_whole
from lhb_model.ledger import LEDGER, JobRecord, Ledger
from lhb_model.model import Model
from lhb_model.provenance import machine, part_versions
from lhb_model.recording import Recording
from lhb_model.recording.nwb import write_file
from lhb_model.resolve import code_version, describe_axis, equations_text, experiment_hash, resolve
from lhb_model.run_folder import REPORT, Run, read_manifest, recording_path
from lhb_model.simulate import cache
from lhb_model.simulate.job import remove_orphans
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.structure import Structure
from lhb_model.sweep_files import MEASURES, POINTS, SPIKES, points_table, sweep_table, write_spikes
from lhb_model.tasks import Batch, Keep, Simulated, Task, import_libraries, simulated, told

if TYPE_CHECKING:
    import pandas as pd

STOPPED = "stopped"
SECONDS_PER_FIGURE = 1
SECONDS_PER_BATCH = 0.5
"""So long a worker is left alone with simulations of a sweep, if they are short."""
MOST_IN_BATCH = 64
BATCHES_AHEAD = 2
"""Batches handed out for each simulation that can run at a time, so that no worker waits for the next."""


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
        """A simulation is done, has failed or has timed out."""

    def step(self, text: str) -> None:
        """Something else begins, or is worth saying."""


@dataclass(frozen=True)
class Policy:
    """What to do about simulations that do not end well.

    `timeout`: seconds after which one is ended; none: never. `fail_fast`: end the run at the first that fails. `retry`: repeat
    those that failed before.
    """

    timeout: float | None = None
    fail_fast: bool = False
    retry: bool = True


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
    policy: Policy | None = None,
) -> Run:
    """Simulate every condition with every seed, at every point of a sweep; analyse, compare and draw; return the finished run.

    A finished run of the same experiment and code is returned at once unless `force`. An unfinished one is taken up; of
    one with failed jobs, those alone are repeated. If another process is at the same run, this one waits for it.
    Simulations run on `executor`; without one in as many threads as `workers` says.

    Raises
    ------
    JobError
        If the model does not compile, or the run is stopped. Single jobs that fail do not raise: the run is finished
        with the state "failed".
    """
    watcher, policy = watcher or Watcher(), policy or Policy()
    final = folder_of(experiment, Path(out))
    if not force and is_finished(final, policy):
        return Run(final)
    with alone(final, cache.folder() / "locks", watcher.step):
        if force or not is_finished(final, policy):
            partial = partial_folder(final, force)
            with Ledger(partial) as ledger, nullcontext(executor) if executor else Threads(workers) as place:
                _grow(_Work(experiment, partial, watcher, stop or threading.Event(), ledger, policy), place)
            publish(partial, final)
            _drop_ledger(final)
    return Run(final)


def is_finished(folder: Path, policy: Policy | None = None) -> bool:
    """Whether a run lies there whose jobs are all done, or all settled if those that failed are left alone."""
    settled = ("done",) if policy is None or policy.retry else ("done", "failed")
    try:
        return read_manifest(folder)["state"] in settled
    except InputError:
        return False


def _drop_ledger(final: Path) -> None:
    """The manifest has all of it; of a sweep, results of simulations wait in it for those that are to be repeated."""
    if "sweep" not in (manifest := read_manifest(final)) or manifest["state"] == "done":
        (final / LEDGER).unlink(missing_ok=True)


# the growing folder --------------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """A run that grows. Jobs come seed by seed, so that all conditions and points progress evenly."""

    experiment: Experiment
    folder: Path
    watcher: Watcher
    stop: threading.Event
    ledger: Ledger
    policy: Policy
    jobs: list[JobRecord] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    begun: str = ""
    earlier: float = 0.0
    clock: float = field(default_factory=time.perf_counter)
    neurons: dict[Label, "pd.DataFrame"] = field(default_factory=dict)
    measures: dict[Label, "pd.DataFrame"] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The models of a few points: their jobs come one after the other.
        self._models = lru_cache(maxsize=256)(self._composed)

    def _composed(self, point: int | None) -> dict[str, Model]:
        """The model of each condition, at a point of a sweep."""
        here = self.experiment if point is None else at_point(self.experiment, point)
        return {condition.name: compose_model(here, condition) for condition in here.conditions}

    def model(self, job: JobRecord) -> Model:
        """What a job simulates; `InputError` for a point that cannot be simulated."""
        return self._models(job.point)[job.condition]

    @property
    def keep(self) -> Keep:
        """What is kept of each simulation."""
        return self.experiment.sweep.sheet.keep if self.experiment.sweep else "recording"

    @property
    def rules(self) -> dict[str, str]:
        """Burst rule of each nucleus."""
        return {name: sheet.burst_rule for name, sheet in self.experiment.nuclei.items()}

    @property
    def readouts(self) -> tuple[str, ...]:
        """Names of the readouts."""
        return tuple(self.experiment.sheet.readouts)

    def in_order(self) -> list[JobRecord]:
        """Jobs by point, condition and seed, as the manifest and the tables have them."""
        names = {condition.name: place for place, condition in enumerate(self.experiment.conditions)}
        seeds = {seed: place for place, seed in enumerate(self.experiment.seeds)}
        return sorted(self.jobs, key=lambda job: (job.point or 0, names[job.condition], seeds[job.seed]))


def _grow(work: _Work, executor: Executor) -> None:
    """Everything from the ledger to the figures; what is done stays when this is interrupted."""
    if work.keep == "recording":
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
    """One record a job; those that are done stay so, those that failed are tried again if the policy says so."""
    try:
        earlier = read_manifest(work.folder)
        known = {(job.get("point"), job["condition"], job["seed"]): JobRecord(**job) for job in earlier["jobs"]}
    except (InputError, TypeError):
        earlier, known = {}, {}
    work.targets, work.earlier = set(filter(None, earlier.get("target", "").split("; "))), earlier.get("seconds", 0.0)
    work.begun = str(earlier.get("begun", datetime.now(UTC).isoformat(timespec="seconds")))
    settled = ("done",) if work.policy.retry else ("done", "failed", "timed out")
    sweep = work.experiment.sweep
    for seed in work.experiment.seeds:
        for point in range(1, len(sweep.points) + 1) if sweep else (None,):
            for condition in work.experiment.conditions:
                job = known.get((point, condition.name, seed))
                fresh = JobRecord(condition.name, seed, point=point)
                work.jobs.append(job if job and job.state in settled else fresh)
    work.ledger.begin(work.jobs)


def _describe(work: _Work) -> None:
    """Write what the run is before it begins."""
    from ruamel.yaml import YAML

    work.folder.joinpath("config.yaml").write_bytes(work.experiment.text.encode())
    with open(work.folder / "resolved.yaml", "w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"set": list(work.experiment.overrides), **resolve(work.experiment)}, file)
    write_whole(work.folder / "equations.txt", equations_text(work.experiment))
    if work.experiment.sweep:
        points_table(work.experiment.sweep).to_csv(work.folder / POINTS, index=False)
    _write_manifest(work, "running")


def _write_manifest(work: _Work, state: str) -> None:
    """What the run is and how far it is; while it grows, its jobs stand in the ledger."""
    sweep = work.experiment.sweep
    manifest = {
        "experiment": work.experiment.name,
        "title": work.experiment.sheet.title,
        "state": state,
        "code": code_version(),
        "parameters": work.experiment.parameters,
        "versions": part_versions(),
        "target": "; ".join(sorted(work.targets)),
        "machine": machine(),
        "begun": work.begun,
        "seconds": round(work.earlier + time.perf_counter() - work.clock, 2),
        "notes": work.notes,
        **({"sweep": _in_short(work.experiment)} if sweep else {}),
    }
    jobs = [] if state == "running" else [job.plain() for job in work.in_order()]
    # A line for each job: thousands are still read at a glance.
    lines = ",\n  ".join(json.dumps(job) for job in jobs)
    text = json.dumps(manifest, indent=1).removesuffix("\n}")
    write_whole(work.folder / "manifest.json", f'{text},\n "jobs": [\n  {lines}\n ]\n}}\n')


def _in_short(experiment: Experiment) -> dict[str, object]:
    """Design, axes and number of points of a sweep."""
    assert experiment.sweep is not None
    sheet, axes = experiment.sweep.sheet, experiment.sweep.axes
    of_axes = [describe_axis(axis) for axis in axes]
    return {
        "design": sheet.design,
        "seed": sheet.seed,
        "keep": sheet.keep,
        "axes": of_axes,
        "points": len(experiment.sweep.points),
    }


# jobs ----------------------------------------------------------------------------------------------------------------


def _simulate_all(work: _Work, executor: Executor) -> None:
    remove_orphans()
    waiting = deque(number for number, job in enumerate(work.jobs) if not _kept(work, job))
    flow = _Flow(work, executor, waiting)
    if executor.here:
        flow.build(waiting if work.experiment.sweep is None else [*waiting][:1])
    work.watcher.start(work.jobs, work.experiment.sheet.protocol.duration.value)
    if work.experiment.sweep is None:
        threading.Thread(target=_import_what_follows, daemon=True).start()
    flow.run()
    if work.stop.is_set():
        raise JobError("stopped; the same command goes on from here")


def _import_what_follows() -> None:
    """Import what saving, analysing and drawing need while the first simulations run; a sweep may not need them."""
    import_libraries(whole=True)
    import matplotlib.figure  # noqa: F401


def _kept(work: _Work, job: JobRecord) -> bool:
    """Whether a job is settled: failed and left alone, or done, with its results in the ledger or in a file that is whole."""
    if job.state != "done" or work.experiment.sweep:
        return job.state != "queued"
    try:
        recording = Recording.load(recording_path(work.folder, job.condition, job.seed))
    except InputError:
        return False
    if recording.spikes_sha256() != job.spikes_sha256:
        return False
    label = Label(job.condition, job.seed)
    work.neurons[label], work.measures[label] = tables(recording, label, work.rules, work.readouts)
    return True


@dataclass
class _Flow:
    """Jobs on their way to the executor and back, in batches; not more at a time than keep it busy."""

    work: _Work
    executor: Executor
    waiting: deque[int]
    flights: dict[Future, list[int]] = field(default_factory=dict)
    begun: deque[int] = field(default_factory=deque)
    built: set[Structure] = field(default_factory=set)
    seconds: float = SECONDS_PER_BATCH
    over: bool = False

    def build(self, numbers: Iterable[int]) -> None:
        """Compile what is not in the cache; workers elsewhere do it when they need it."""
        wanted = {structure_of(self.work.model(self.work.jobs[number])): None for number in numbers}
        for structure in wanted.keys() - self.built:
            cache.executable(structure, self.work.watcher.build)
            self.built.add(structure)
            self.work.watcher.built()

    def run(self) -> None:
        """Settle each job as it ends; on an interrupt, stop the running ones and drop the rest."""
        try:
            while (self.waiting or self.flights) and not self.work.stop.is_set():
                while self.waiting and len(self.flights) < BATCHES_AHEAD * max(1, self.executor.at_once):
                    self._send()
                done, _ = wait(self.flights, timeout=0.2, return_when=FIRST_COMPLETED)
                self._note_begun()
                for future in done:
                    self._land(self.flights.pop(future), future)
        finally:
            self.over = True
            if self.flights:
                self.executor.stop()
            for numbers in self.flights.values():
                self._wait_again(numbers)

    def _send(self) -> None:
        """Hand out the next batch; jobs that no model can be made for fail here."""
        jobs, tasks, numbers = self.work.jobs, [], []
        for number in [self.waiting.popleft() for _ in range(self._batch())]:
            job = jobs[number]
            try:
                model = self.work.model(job)
                if self.executor.here and self.work.experiment.sweep:
                    self.build([number])
            except (InputError, JobError) as error:
                self._settle({number: Simulated("failed", 0.0, told(error))})
                continue
            numbers.append(number)
            tasks.append(
                Task(model, job.seed, self.work.keep == "recording" and job.seed == self.work.experiment.seeds[0])
            )
        if tasks:
            work = self.work
            batch = Batch(tuple(tasks), work.rules, work.readouts, work.keep, work.policy.timeout)
            self.flights[self.executor.submit(simulated, batch, progress=self._progress(numbers, tasks))] = numbers

    def _batch(self) -> int:
        """How many jobs to hand out together: of a sweep, as many as fill the time, if enough are left for all workers."""
        if self.work.experiment.sweep is None:
            return 1
        fair = len(self.waiting) // (BATCHES_AHEAD * max(1, self.executor.at_once))
        return max(1, min(int(SECONDS_PER_BATCH / self.seconds), fair, MOST_IN_BATCH))

    def _progress(self, numbers: list[int], tasks: list[Task]) -> Callable[[float], None]:
        """What hears the simulated seconds of a batch: it tells the watcher those of the job that is running."""
        starts = [0.0, *accumulate(task.model.duration for task in tasks)][:-1]

        def progress(seconds: float) -> None:
            place = min(bisect_right(starts, seconds + 1e-9), len(starts)) - 1
            job = self.work.jobs[numbers[place]]
            if job.state == "queued" and not self.over:
                job.state = "running"
                self.begun.append(numbers[place])
            self.work.watcher.progress(job, seconds - starts[place])

        return progress

    def _note_begun(self) -> None:
        begun = [self.begun.popleft() for _ in range(len(self.begun))]
        if begun:
            self.work.ledger.note({number: self.work.jobs[number] for number in begun})

    def _land(self, numbers: list[int], future: Future) -> None:
        """Settle the jobs of a batch; those that it does not answer for wait again."""
        try:
            left = future.result()
        except ExecutorError:
            self._wait_again(numbers)
            raise
        except Exception as error:
            left = [Simulated("failed", 0.0, told(error))] * len(numbers)
        self._settle(dict(zip(numbers, left, strict=False)))
        self._wait_again(numbers[len(left) :])
        if left:
            self.seconds = max(1e-3, sum(one.seconds for one in left) / len(left))

    def _wait_again(self, numbers: list[int]) -> None:
        for number in numbers:
            self.work.jobs[number].state = "queued"
        self.work.ledger.note({number: self.work.jobs[number] for number in numbers})
        self.waiting.extendleft(reversed(numbers))

    def _settle(self, left: Mapping[int, Simulated]) -> None:
        """Keep what jobs have left, and note it in the ledger; a failure is noted, and the others go on."""
        work = self.work
        results: dict[int, tuple[bytes, bytes | None]] = {}
        for number, one in left.items():
            job = work.jobs[number]
            job.state, job.seconds, job.error = one.state, one.seconds, one.error
            if one.state == "done":
                self._take(number, one, results)
        work.ledger.note({number: work.jobs[number] for number in left}, results)
        for number in left:
            work.watcher.settled(work.jobs[number])
            if work.policy.fail_fast and work.jobs[number].state != "done":
                job = work.jobs[number]
                raise JobError(
                    f"stopped at the first failure, {job.name}: {job.error}; without --fail-fast the others go on"
                )

    def _take(self, number: int, one: Simulated, results: dict[int, tuple[bytes, bytes | None]]) -> None:
        """The results of a job that is done: into files, or among those for the ledger."""
        work, job = self.work, self.work.jobs[number]
        job.spikes, job.spikes_sha256 = one.spikes, one.spikes_sha256
        work.targets.add(one.target)
        if work.experiment.sweep:
            results[number] = (one.measures, one.file)
            if work.ledger.remembered(MEASURES) is None:
                work.ledger.remember(MEASURES, json.dumps(one.columns))
            return
        assert one.file is not None and one.tables is not None
        path = recording_path(work.folder, job.condition, job.seed)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, one.file)
        except (OSError, LhbError) as error:
            job.state, job.error = "failed", told(error)
            return
        label = Label(job.condition, job.seed)
        work.neurons[label], work.measures[label] = one.tables


# finishing -----------------------------------------------------------------------------------------------------------


def _conclude(work: _Work) -> None:
    """Tables, comparison, figures and the last word of the manifest."""
    from lhb_model.figures import draw_figures

    work.watcher.step("writing tables and comparing conditions")
    made = _tables_of_sweep(work) if work.experiment.sweep else _tables(work)
    made["comparison"] = _compared(made["table"])
    for name, table in made.items():
        table.to_csv(work.folder / f"{name}.csv", index=False)
    state = "failed" if any(job.state != "done" for job in work.jobs) else "done"
    kinds = _kinds(work)
    work.watcher.step(
        f"drawing {len(kinds)} figure{'s' * (len(kinds) != 1)}, about {len(kinds) * SECONDS_PER_FIGURE} s"
    )
    run = Run(work.folder)
    run.__dict__.update(resolved=resolve(work.experiment), **({} if work.experiment.sweep else made))
    for note in draw_figures(run, kinds, work.folder / "figures"):
        work.notes.append(note)
        work.watcher.step(note)
    _write_manifest(work, state)


def _kinds(work: _Work) -> list[str]:
    """The figures asked for; of a sweep those that show all points, and a map in any case."""
    from lhb_model.figures import OF_SWEEPS

    asked = work.experiment.sheet.figures
    return asked if work.experiment.sweep is None else list(dict.fromkeys([*(set(asked) & set(OF_SWEEPS)), "map"]))


def _tables(work: _Work) -> "dict[str, pd.DataFrame]":
    done = [Label(job.condition, job.seed) for job in work.in_order() if job.state == "done"]
    return {
        "neurons": _joined([work.neurons[label] for label in done], neurons_table([])),
        "table": _joined([work.measures[label] for label in done], measures_table([])),
    }


def _tables_of_sweep(work: _Work) -> "dict[str, pd.DataFrame]":
    if work.keep == "spikes":
        write_spikes(work.ledger, work.jobs, work.folder / SPIKES)
    return {"table": sweep_table(work.ledger, work.jobs)}


def _joined(parts: "list[pd.DataFrame]", empty: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if parts else empty


def _compared(table: "pd.DataFrame") -> "pd.DataFrame":
    from lhb_model.comparison import COMPARISON_COLUMNS, compare

    if table.empty:
        return table.reindex(columns=list(COMPARISON_COLUMNS))
    return compare(table)[list(COMPARISON_COLUMNS)]
