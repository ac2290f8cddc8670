"""A run that grows: its jobs, their models and what they left, who hears of it, and what is done about failures."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.analyse import Label
from lhb_model.composition import compose_model
from lhb_model.config import at_point
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.ledger import JobRecord, Ledger
from lhb_model.model import Model
from lhb_model.run_folder import read_manifest
from lhb_model.tasks import Keep

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass
class Work:
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


def open_ledger(work: Work) -> None:
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
