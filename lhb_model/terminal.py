"""What the terminal shows: progress while a run goes, tables when it is done."""

import sys
import threading
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lhb_model.runs import JobRecord, Run, Watcher, failed_jobs

if TYPE_CHECKING:
    import pandas as pd


class Progress(Watcher):
    """Bars with time left on a terminal, plain lines elsewhere; always on standard error."""

    def __init__(self, quiet: bool = False):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._console = Console(stderr=True, quiet=quiet)
        self._live = self._console.is_terminal and not quiet
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._live,
        )
        self._quiet = quiet
        self._lock = threading.Lock()
        self._tasks: dict[tuple[str, int], Any] = {}
        self._settled = 0
        self._jobs: list[JobRecord] = []

    def __enter__(self) -> "Progress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """One plain line."""
        if not self._quiet:
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def build(self, text: str) -> None:
        """A build begins; how long it will take is not known beforehand, so its bar pulses."""
        self.say(text)
        self._building = self._bars.add_task("building", total=None)

    def built(self) -> None:
        """The build is there."""
        for task in list(self._bars.tasks):
            self._bars.remove_task(task.id)

    def start(self, jobs: list[JobRecord], duration: float) -> None:
        """The simulations begin."""
        self._jobs, self._duration = jobs, duration
        self._all = self._bars.add_task(f"{len(jobs)} simulations", total=len(jobs) * duration)
        self.say(f"{len(jobs)} simulations of {duration:g} s")

    def progress(self, job: JobRecord, seconds: float) -> None:
        """A simulation has reached a time."""
        if not self._live:
            return
        key = (job.condition, job.seed)
        with self._lock:
            if key not in self._tasks:
                self._tasks[key] = self._bars.add_task(f"  {job.condition}, seed {job.seed}", total=self._duration)
            before = self._bars.tasks[self._bars.task_ids.index(self._tasks[key])].completed
            self._bars.update(self._tasks[key], completed=seconds)
            self._bars.advance(self._all, seconds - before)

    def settled(self, job: JobRecord) -> None:
        """A simulation is done or has failed."""
        key = (job.condition, job.seed)
        with self._lock:
            self._settled += 1
            if key in self._tasks:
                self._bars.remove_task(self._tasks.pop(key))
            if job.state == "failed":
                self.say(f"FAILED {job.condition}, seed {job.seed}: {job.error}")
            elif not self._live:
                taken = f" in {job.seconds:.1f} s" if job.seconds is not None else ""
                self.say(
                    f"[{self._settled}/{len(self._jobs)}] {job.condition}, seed {job.seed}: {job.spikes} spikes{taken}"
                )

    def step(self, text: str) -> None:
        """Something else begins."""
        self.say(text)


def number(value: float, digits: int = 3) -> str:
    """A number for a table; an em dash where there is none.

    >>> number(0.123456), number(float("nan"))
    ('0.123', '—')
    """
    return "—" if value != value else f"{value:.{digits}g}"


SUMMARY = (
    ("lhb", "bursting_share", "bursting, share of LHb"),
    ("lhb", "bursting_share_3", "  bursts of >= 3 spikes"),
    ("lhb", "silent_share", "silent, share of LHb"),
    ("lhb", "tonic_share", "tonic, share of LHb"),
    ("lhb", "rate", "LHb rate (Hz)"),
    ("lhb", "burst_rate", "burst rate (Hz)"),
    ("lhb", "spikes_per_burst", "spikes per burst"),
    ("lhb", "intra_burst_frequency", "intra-burst frequency (Hz)"),
    ("lhb", "theta_power", "theta power (Hz^2)"),
    ("rmtg", "rate", "RMTg rate (Hz)"),
    ("vta_da", "rate", "VTA dopamine rate (Hz)"),
    ("drn_5ht", "rate", "DRN serotonin rate (Hz)"),
    ("vta_da", "dopamine", "dopamine (nM)"),
    ("drn_5ht", "serotonin", "serotonin (nM)"),
    ("vta_da", "reward_inhibition", "reward inhibition"),
)


def summary_lines(run: Run) -> list[str]:
    """Means over seeds with their 95 % intervals, one line a measure, one column a condition."""
    from lhb_model.comparison import summarise

    if run.table.empty:
        return ["no simulation is done: nothing to summarise"]
    means = summarise(run.table).set_index(["nucleus", "measure", "condition"])
    rows = []
    for nucleus, measure, title in SUMMARY:
        if (nucleus, measure) in means.index.droplevel("condition"):
            cells = [
                means.loc[(nucleus, measure, name)] if (nucleus, measure, name) in means.index else None
                for name in run.conditions
            ]
            rows.append([title, *(_cell(cell) for cell in cells)])
    seeds = max(len(run.finished(name)) for name in run.conditions)
    heading = f"mean over {seeds} seed{'s' * (seeds != 1)} [95 % interval]"
    return aligned([[heading, *run.conditions], *rows])


def _cell(row: Any) -> str:
    if row is None:
        return ""
    if row["low"] != row["low"]:
        return number(row["mean"])
    return f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"


def comparison_lines(comparison: "pd.DataFrame", measures: Iterable[tuple[str, str]]) -> list[str]:
    """Differences with intervals for some measures, as a plain table."""
    wanted = list(measures)
    rows = [["nucleus", "measure", "a", "b", "mean a", "mean b", "b - a", "95 % interval", "p", "n"]]
    for row in comparison.to_dict("records"):
        if (row["nucleus"], row["measure"]) in wanted:
            interval = f"[{number(row['low'])}, {number(row['high'])}]"
            counts = f"{row['n_a']}/{row['n_b']}{' paired' if row['paired'] else ''}"
            values = [number(row[name]) for name in ("mean_a", "mean_b", "difference")]
            rows.append(
                [row["nucleus"], row["measure"], row["a"], row["b"], *values, interval, number(row["p"]), counts]
            )
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns; never wrapped.

    >>> aligned([["a", "bb"], ["ccc", "d"]])
    ['a    bb', 'ccc  d']
    """
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def failures(run: Run) -> list[str]:
    """One line for each job that failed."""
    return [
        f"failed: {job['condition']}, seed {job['seed']}: {job['error']}" for job in failed_jobs(run.manifest["jobs"])
    ]


def interactive() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()
