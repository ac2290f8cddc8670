"""What the terminal shows: progress while a run goes, tables when it is done."""

import threading
import time
from collections.abc import Sequence
from math import isfinite, nan
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lhb_model.clamp_curves import clamped, described
from lhb_model.clamp_fits import FITTED
from lhb_model.injected import Array, RampResponse, ramp_response
from lhb_model.ledger import JobRecord, job_name
from lhb_model.run_folder import Run, failed_jobs
from lhb_model.runs import Watcher
from lhb_model.summary import number, summary_rows

if TYPE_CHECKING:
    import pandas as pd


MOST_LINES = 60
"""Of more simulations than these, not each has a line of its own."""
SECONDS_BETWEEN_LINES = 5.0


class Progress(Watcher):
    """Bars with time left on a terminal, plain lines elsewhere; always on standard error.

    `seconds` is what all simulations are expected to take.
    """

    def __init__(self, quiet: bool = False, seconds: float | None = None):
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._quiet, self._seconds = quiet, seconds
        self._console = Console(stderr=True, quiet=quiet)
        self._live = self._console.is_terminal and not quiet
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._live,
        )
        self._lock = threading.Lock()
        self._all = self._bars.add_task("simulations", total=None, visible=False, left="left")
        self._tasks: dict[str, Any] = {}
        self._reached = 0.0
        self._kept: set[str] = set()
        self._duration = self._told = 0.0
        self._jobs = self._settled = 0

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
        """A build begins; how far it is cannot be known, so its bar pulses."""
        self.say(text)
        self._pulse("compiling")

    def built(self) -> None:
        """The build is there."""
        self._pulse(None)

    def _pulse(self, text: str | None) -> None:
        """One bar for what cannot be measured, or none."""
        if "" in self._tasks:
            self._bars.remove_task(self._tasks.pop(""))
        if text is not None:
            self._tasks[""] = self._bars.add_task(text, total=None, left="")

    def start(self, jobs: list[JobRecord], duration: float) -> None:
        """The simulations begin."""
        self._jobs, self._duration = len(jobs), duration
        self._kept = {job.name for job in jobs if job.state == "done"}
        self._settled = len(self._kept)
        self._reached = self._settled * duration
        kept = f", {len(self._kept)} of them done before" if self._kept else ""
        counted = f"{len(jobs)} simulation{'s' * (len(jobs) != 1)}"
        self.say(f"{counted} of {duration:g} s{kept}{self._expected(len(self._kept) / len(jobs))}")
        self._bars.update(self._all, total=len(jobs) * duration, visible=True)

    def _expected(self, done: float) -> str:
        return "" if self._seconds is None or done == 1 else f": about {duration((1 - done) * self._seconds)}"

    def progress(self, job: JobRecord, seconds: float) -> None:
        """A simulation has reached a time."""
        if self._live:
            with self._lock:
                self._show(job, seconds)

    def _show(self, job: JobRecord, seconds: float) -> None:
        if job.name not in self._tasks:
            self._tasks[job.name] = self._bars.add_task(f"  {job.name}", total=self._duration, left="left")
        self._bars.update(self._tasks[job.name], completed=seconds)
        begun = sum(task.completed for task in self._bars.tasks if task.description.startswith("  "))
        self._bars.update(self._all, completed=self._reached + begun)

    def settled(self, job: JobRecord) -> None:
        """A simulation is done or has failed."""
        with self._lock:
            self._settled += 1
            self._reached += self._duration
            if job.name in self._tasks:
                self._bars.remove_task(self._tasks.pop(job.name))
            self._bars.update(self._all, completed=self._reached, visible=self._settled < self._jobs)
            if job.state != "done":
                self.say(f"{job.state.upper()} {job.name}: {job.error}")
            elif not self._live and self._worth_a_line():
                self.say(f"[{self._settled}/{self._jobs}] {job.name}: {job.spikes} spikes in {job.seconds:.1f} s")

    def _worth_a_line(self) -> bool:
        """Of few simulations each; of many, one now and then."""
        if self._jobs > MOST_LINES and time.monotonic() - self._told < SECONDS_BETWEEN_LINES:
            return self._settled == self._jobs
        self._told = time.monotonic()
        return True

    def step(self, text: str) -> None:
        """Something else begins."""
        self.say(text)
        self._pulse(text)


def plain(value: Any) -> Any:
    """A value as JSON has it: no NaN, no infinity, no NumPy.

    >>> plain(float("nan")), plain(2.5)
    (None, 2.5)
    """
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not isfinite(value) else value


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a table as JSON has them."""
    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]


HEADLINE = (("lhb", "bursting_share"), ("lhb", "silent_share"), ("lhb", "rate"), ("lhb", "burst_rate"),
            ("lhb", "theta_power"), ("vta_da", "rate"), ("drn_5ht", "rate"), ("vta_da", "dopamine"),
            ("drn_5ht", "serotonin"), ("vta_da", "reward_inhibition"))  # fmt: skip
"""Measures of a comparison that a reader wants first."""

UNIT_COLUMNS = (
    "unit", "group", "class", "spikes", "rate_hz", "bursts", "burst_rate_hz", "share_spikes_in_bursts",
    "chance_share_spikes_in_bursts", "spikes_per_burst", "intra_burst_frequency_hz", "cv2",
)  # fmt: skip
"""Statistics of a unit that a reader wants first."""


def summary_lines(run: Run) -> list[str]:
    """Means over seeds with their 95 % intervals, one line a measure, one column a condition; the other way round for many.

    Where means say little: of a lone neuron under a current that rises, what it does at which current; of a voltage clamp,
    the numbers of the fitted curves.
    """
    if run.table.empty:
        return ["no simulation is done: nothing to summarise"]
    return aligned(_clamp_rows(run) or _ramp_rows(run) or summary_rows(run.table, run.conditions))


def _clamp_rows(run: Run) -> list[list[str]]:
    """The numbers fitted to a voltage clamp, a column a nucleus and condition; nothing for another run or without fits."""
    done = [name for name in run.conditions if run.finished(name)]
    if "clamp" not in run.resolved or not done:
        return []
    found = list(clamped(run, done))
    rows = []
    for name, family in found[0][2].items():
        fits = [families[name].fit for *_, families in found]
        for place, quantity in enumerate(FITTED[family.unit] if any(fits) else ()):
            known = (family.published or {}).get(quantity)
            values = [1e3 * fit.numbers[place] if fit else nan for fit in fits]
            title = f"{name}: {quantity} (m{family.unit})"
            rows.append([title, *map(number, values), number(nan if known is None else 1e3 * known)])
    columns = [f"{nucleus}, {condition}" for nucleus, condition, _ in found]
    return [[f"{described(run)['current']} in voltage clamp, fitted", *columns, "published"], *rows] if rows else []


def _ramp_rows(run: Run) -> list[list[str]]:
    """What the lone neuron of a run does while the current rises; nothing for a run of another kind."""
    nucleus, *others = run.resolved["nuclei"]
    found = {} if others else {name: ramp_response(run, name, nucleus) for name in run.conditions}
    responses = {name: response for name, response in found.items() if response}
    columns = [_on_ramp(response) for response in responses.values()]
    head = ["one neuron under a rising current", *responses]
    return [head, *([what, *(own[what] for own in columns)] for what in columns[0])] if columns else []


def _on_ramp(response: RampResponse) -> dict[str, str]:
    at, bursts, single = response.at, response.bursts, response.single
    spikes, within = (bursts[name].mean() if bursts.size else nan for name in ("spikes", "intra_burst_frequency"))
    return {
        "current (pA)": _from_to(response.current),
        "fires from (pA)": number(at[0] if at.size else nan),
        "bursts": str(bursts.size),
        "  from, to (pA)": _from_to([*at[bursts["first_spike"][:1]], *at[bursts["last_spike"][-1:]]]),
        "  spikes per burst": number(spikes),
        "  intra-burst frequency (Hz)": number(within),
        "single spikes from, to (pA)": _from_to(single),
        "  rate at the end (Hz)": number(response.last_rate if single.size > 1 else nan),
    }


def _from_to(currents: Sequence[float] | Array) -> str:
    return f"{number(currents[0])} to {number(currents[-1])}" if len(currents) else number(nan)


def comparison_lines(comparison: "pd.DataFrame") -> list[str]:
    """Differences with their intervals, as a plain table; p adjusted for many tests where the comparison has it."""
    method = next((name for name in ("p_holm", "p_bh") if name in comparison), None)
    adjusted = [method.replace("_", " ")] if method else []
    heading = ["nucleus", "measure", "a", "b", "mean a", "mean b", "b - a", "95 % interval", "p", *adjusted, "n"]
    return aligned([heading, *(_difference(row, method) for row in comparison.to_dict("records"))])


def _difference(row: dict[Any, Any], method: str | None) -> list[str]:
    interval = f"[{number(row['low'])}, {number(row['high'])}]"
    counts = f"{row['n_a']}/{row['n_b']}{' paired' if row['paired'] else ''}"
    values = [number(row[name]) for name in ("mean_a", "mean_b", "difference")]
    chances = [number(row[name]) for name in filter(None, ("p", method))]
    return [row["nucleus"], row["measure"], row["a"], row["b"], *values, interval, *chances, counts]


def note_lines(comparison: "pd.DataFrame") -> list[str]:
    """What is to be minded of a comparison, each remark once, with the measures it is about unless it is all."""
    about: dict[str, dict[str, None]] = {}
    for row in comparison.to_dict("records") if "note" in comparison else ():
        for note in filter(None, row["note"].split("; ")):
            about.setdefault(note, {})[f"{row['nucleus']}.{row['measure']}"] = None
    every = len(comparison.drop_duplicates(["nucleus", "measure"]))
    return [
        f"note: {note}" + ("" if len(named) == every else f" ({', '.join(named)})") for note, named in about.items()
    ]


def distance_lines(distances: "pd.DataFrame") -> list[str]:
    """A recording beside the conditions of a run: a line for each measure that counts, distances in SD between seeds."""
    conditions = list(dict.fromkeys(distances["condition"]))
    heading = ["nucleus", "measure", "unit", "recording", *(f"{name} (distance)" for name in conditions), "n"]
    counted = distances[distances["note"] == ""].groupby(["nucleus", "measure"], sort=False)
    return [*aligned([heading, *(_measured(rows.to_dict("records")) for _, rows in counted)]), *_uncounted(distances)]


def _measured(rows: list[dict[Any, Any]]) -> list[str]:
    first = rows[0]
    simulated = [f"{number(row['simulated'])} ({row['distance']:+.1f})" for row in rows]
    counts = f"{first['n_data']}/{'-'.join(str(n) for n in sorted({row['n_simulated'] for row in rows}))}"
    return [first["nucleus"], first["measure"], first["unit"], number(first["data"]), *simulated, counts]


def _uncounted(distances: "pd.DataFrame") -> list[str]:
    """How many measures do not count, for each reason."""
    measures = distances.drop_duplicates(["nucleus", "measure"])
    return [f"not counted: {len(own)} for {note}" for note, own in measures.groupby("note", sort=False) if note]


def unit_lines(units: "pd.DataFrame") -> list[str]:
    """One line for each unit: what a reader wants first of its statistics."""
    shown = [name for name in UNIT_COLUMNS if name in units]
    rows = units[shown].to_dict("records")
    return aligned([[name for name in shown], *([_shown(row[name]) for name in shown] for row in rows)])


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


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
    failed = failed_jobs(run.manifest["jobs"])
    lines = [f"{job['state']}: {job_name(job)}: {job.get('error')}" for job in failed[:MOST_LINES]]
    return lines + [f"and {len(failed) - MOST_LINES} more: lhb status {run.folder}"] * (len(failed) > MOST_LINES)


def duration(seconds: float) -> str:
    """A time in the unit that fits it.

    >>> duration(0.2), duration(80), duration(600), duration(9000)
    ('1 s', '80 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
