"""The jobs of a run on their way to an executor and back: in batches, each settled in the ledger as it ends."""

import json
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import accumulate

from lhb_model.analyse import Label, tables
from lhb_model.errors import InputError, JobError, LhbError
from lhb_model.executors import Executor, ExecutorError
from lhb_model.ledger import JobRecord
from lhb_model.recording import Recording
from lhb_model.recording.nwb import write_file
from lhb_model.run_folder import recording_path
from lhb_model.runs.work import Work
from lhb_model.simulate import cache
from lhb_model.simulate.job import remove_orphans
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.structure import Structure
from lhb_model.sweep_files import MEASURES
from lhb_model.tasks import Batch, Simulated, Task, import_libraries, simulated, told

SECONDS_PER_BATCH = 0.5
"""So long a worker is left alone with simulations of a sweep, if they are short."""
MOST_IN_BATCH = 64
BATCHES_AHEAD = 2
"""Batches handed out for each simulation that can run at a time, so that no worker waits for the next."""


def simulate_all(work: Work, executor: Executor) -> None:
    """Settle every job that is not settled yet; `JobError` if the model does not compile, or the run is stopped."""
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


def _kept(work: Work, job: JobRecord) -> bool:
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

    work: Work
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
