"""A finished run in its folder: manifest, tables and recordings, read when asked for."""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError
from lhb_model.html import html_table
from lhb_model.ledger import job_name, read_jobs
from lhb_model.names import nearest, unknown
from lhb_model.quantities import Quantity, parse_quantity
from lhb_model.recording import Recording
from lhb_model.summary import summary_rows
from lhb_model.sweep_files import POINTS, SPIKES, read_spikes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PARTIAL = ".partial-"
"""Beginning of the name of a folder in which a run still grows."""

POINT = re.compile(r"(.+)@([0-9]{1,9})")
"""Name of a run's folder with the number of a point."""

OF_POINTS = "a sweep has {} of single points alone, and if it keeps spikes; name one as RUN@NUMBER, or run.at(NUMBER)"
"""What is said to those who want of a sweep what only a point has."""

PULSES = ("current pulses", "pulses current")
"""What pulses are called as a cause; the second in runs of older versions."""

REPORT = "report.html"
"""The page of a run: the one file in its folder that may be written again once the run is finished."""


@dataclass(frozen=True)
class Run:
    """A finished run in its folder; tables and recordings are read when asked for.

    >>> Run(Path("runs/ketamine-1a2b3c4d")).name
    'ketamine-1a2b3c4d'
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """State, versions, target and jobs; `InputError` if it cannot be read."""
        return read_manifest(self.folder)

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """Every number used, with its source."""
        from ruamel.yaml import YAML, YAMLError

        path = self.folder / "resolved.yaml"
        try:
            return dict(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, YAMLError) as error:
            raise InputError(f"cannot be read ({_one_line(error)})", file=path) from None

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

    def dose_series(self) -> dict[str, dict[str, Quantity]]:
        """Series of doses ("ketamine"): the dose of each of their conditions ("ketamine@10uM") that has a simulation.

        `InputError` if there is none.
        """
        series: dict[str, dict[str, Quantity]] = {}
        for name in self.conditions:
            if "@" in name and self.finished(name):
                of, _, dose = name.rpartition("@")
                series.setdefault(of, {})[name] = parse_quantity(dose)
        if not series:
            expected = "write `dose: [0 uM, 1 uM, 10 uM]` in the experiment"
            raise InputError(f"no condition is a series of doses; {expected}", file=self.folder)
        return series

    @property
    def sweep(self) -> dict[str, Any] | None:
        """Design, axes and number of points of a sweep; None for a run of a single point."""
        return self.manifest.get("sweep")

    @cached_property
    def points(self) -> "pd.DataFrame":
        """One row for each point of a sweep: its number, from 1, and the value of each axis (SI)."""
        if self.sweep is None:
            raise InputError("not a sweep: it has no points", file=self.folder)
        return self._csv(POINTS)

    def at(self, point: int) -> "Run":
        """A sweep at one point, as a run of its own; with recordings and rows of neurons, if the sweep has kept spikes."""
        if not 1 <= point <= len(self.points):
            raise InputError(f"point {point}: expected one from 1 to {len(self.points)}", file=self.folder)
        return PointRun(self.folder, self, point)

    def pulses(self, condition: str) -> "dict[str, np.ndarray]":
        """Nucleus -> the times (s) at which the current pulses begin that a condition gives it.

        `InputError` with near names for a condition that is not in the run.
        """
        import numpy as np

        if condition not in self.conditions:
            raise InputError(unknown("condition", condition, self.conditions))
        starts: dict[str, set[float]] = {}
        for change in self.changes(condition):
            if change["cause"] in PULSES and change["parameter"] == "I_step":
                starts.setdefault(change["nucleus"], set()).add(change["from_s"])
        return {nucleus: np.array(sorted(times)) for nucleus, times in starts.items()}

    def changes(self, condition: str) -> list[dict[str, Any]]:
        """What a condition changes: nucleus, parameter, cause, from and to when, base value and what it becomes."""
        changes: list[dict[str, Any]] = self.resolved["conditions"][condition]["changes"]
        return changes

    @cached_property
    def neurons(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and neuron."""
        if self.sweep:
            raise InputError(OF_POINTS.format("rows of neurons"), file=self.folder)
        return self._csv("neurons.csv")

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and measure; of a sweep, for each point with the values of its axes."""
        table = self._csv("table.csv")
        return table.merge(self.points, on="point", how="left") if self.sweep else table

    @cached_property
    def comparison(self) -> "pd.DataFrame":
        """Differences between the conditions."""
        return self._csv("comparison.csv")

    @cached_property
    def spikes(self) -> "pd.DataFrame":
        """Every spike of every simulation: condition, seed, nucleus, neuron, time (s). Large runs: use `trains`."""
        import pandas as pd

        parts = [
            pd.DataFrame({**label, "nucleus": nucleus, "neuron": s.neurons, "time": s.steps * recording.dt})
            for label in self._finished()
            for recording in [self.recording(**label)]
            for nucleus, s in recording.spikes.items()
        ]
        columns = ["condition", "seed", "nucleus", "neuron", "time"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def recording(self, condition: str, seed: int) -> Recording:
        """What one simulation left.

        `InputError` with near names for a condition or seed that is not in the run, and for a simulation that failed.
        """
        if condition not in self.conditions:
            raise InputError(unknown("condition", condition, self.conditions))
        if seed not in self.seeds:
            raise InputError(unknown("seed", str(seed), map(str, self.seeds)))
        if self.sweep:
            raise InputError(OF_POINTS.format("recordings"), file=self.folder)
        for job in failed_jobs(self.manifest["jobs"]):
            if (job["condition"], job["seed"]) == (condition, seed):
                raise InputError(f"{job_name(job)} has no recording: {job['error']}", file=self.folder)
        return self._recording(condition, seed)

    def _recording(self, condition: str, seed: int) -> Recording:
        return Recording.load(recording_path(self.folder, condition, seed))

    def trains(self, condition: str, seed: int, nucleus: str = "lhb") -> "list[np.ndarray]":
        """Spike times (s) of every neuron of a nucleus in one simulation, one array each."""
        return self.recording(condition, seed).trains(nucleus)

    def _repr_html_(self) -> str:
        """Title, state and means of the run, as a notebook shows it."""
        rows = [["no simulation is done"]] if self.table.empty else summary_rows(self.table, self.conditions)
        failed = failed_jobs(self.manifest["jobs"])
        notes = [f"{len(failed)} of {len(self.manifest['jobs'])} simulations failed"] if failed else []
        return html_table(rows, str(self.manifest.get("title") or self.name), [*notes, str(self.folder)])

    def finished(self, condition: str) -> list[int]:
        """Seeds of a condition whose simulation is done."""
        return [label["seed"] for label in self._finished() if label["condition"] == condition]

    def _finished(self) -> list[dict[str, Any]]:
        return [
            {"condition": job["condition"], "seed": job["seed"]}
            for job in self.manifest["jobs"]
            if job["state"] == "done"
        ]

    def _csv(self, name: str) -> "pd.DataFrame":
        import pandas as pd

        # Texts, whatever they look like.
        texts = dict.fromkeys(("condition", "nucleus", "measure", "unit", "class", "class_3", "a", "b"), str)
        try:
            return pd.read_csv(
                self.folder / name,
                dtype=texts,
                # Only an empty cell is no value: a condition may be named "none".
                keep_default_na=False,
                na_values=[""],
                float_precision="round_trip",
            )
        except ValueError as error:
            raise InputError(f"cannot be read ({_one_line(error)})", file=self.folder / name) from None


@dataclass(frozen=True)
class PointRun(Run):
    """One point of a sweep, as a run."""

    of: Run
    point: int

    @property
    def name(self) -> str:
        """Name of the folder, with the point."""
        return f"{self.folder.name}-point-{self.point}"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest with the jobs of this point alone."""
        jobs = [job for job in self.of.manifest["jobs"] if job["point"] == self.point]
        return {key: value for key, value in self.of.manifest.items() if key != "sweep"} | {"jobs": jobs}

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and measure."""
        own = self.of.table[self.of.table["point"] == self.point]
        return own.drop(columns=list(self.of.points.columns)).reset_index(drop=True)

    @cached_property
    def neurons(self) -> "pd.DataFrame":
        """One row for each condition, seed, nucleus and neuron; from the spikes."""
        from lhb_model.analyse import Label, neuron_rows, neurons_table

        rules = {name: nucleus["burst_rule"] for name, nucleus in self.of.resolved["nuclei"].items()}
        rows = [
            row for label in self._finished() for row in neuron_rows(self.recording(**label), Label(**label), rules)
        ]
        return neurons_table(rows)

    @cached_property
    def comparison(self) -> "pd.DataFrame":
        """Differences between the conditions."""
        from lhb_model.comparison import COMPARISON_COLUMNS, compare

        return compare(self.table)[list(COMPARISON_COLUMNS)]

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The numbers of point 1, and the values that the axes have here, in `point`."""
        here = self.of.points.set_index("point").loc[self.point].to_dict()
        return {**self.of.resolved, "point": here}

    def _recording(self, condition: str, seed: int) -> Recording:
        return read_spikes(self.folder / SPIKES, self.point, condition, seed)


def open_run(folder: str | Path) -> Run:
    """A run by its folder; "RUN@7" is point 7 of a sweep.

    Raises
    ------
    InputError
        If the folder is not a finished run, or a sweep has no such point.
    """
    folder = Path(folder)
    if (point := POINT.fullmatch(folder.name)) and not folder.exists():
        return open_run(folder.with_name(point[1])).at(int(point[2]))
    if folder.name.startswith(PARTIAL):
        raise InputError("the run is not finished: repeat the command that began it", file=folder)
    if not folder.exists():
        near = nearest(folder.name, [run.name for run in list_runs(folder.parent)])
        question = f"; did you mean {folder.with_name(near[0])}?" if near else ""
        raise InputError(f"no such run{question} (lhb list runs shows those in runs)", file=folder)
    if not (folder / "manifest.json").is_file():
        raise InputError(f"not a run: it has no manifest.json{_nearby(folder)}", file=folder)
    run = Run(folder)
    if not run.conditions:
        raise InputError("a run without jobs", file=folder)
    return run


def _nearby(folder: Path) -> str:
    """Where the run may be: around a file or in a folder of runs."""
    around = next((parent for parent in folder.parents if (parent / "manifest.json").is_file()), None)
    within = list_runs(folder)
    if around or within:
        return f"; did you mean {around or within[-1].folder}?"
    return ""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run's folder; `InputError` if it cannot be read."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not all({"condition", "seed", "state"} <= job.keys() for job in manifest["jobs"]) or not manifest["state"]:
            raise ValueError("its jobs or its state are missing")
        # While a run grows, its jobs stand in its ledger.
        if not manifest["jobs"] and (jobs := read_jobs(folder)):
            manifest["jobs"] = [job.plain() for job in jobs]
    except json.JSONDecodeError as error:
        raise InputError("cannot be read as a run's manifest: the file is damaged", path, error.lineno) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, sqlite3.Error) as error:
        raise InputError(f"cannot be read as a run's manifest ({_one_line(error)})", file=path) from None
    return dict(manifest)


def list_runs(out: str | Path) -> list[Run]:
    """Finished runs in a folder, the newest last; whether their files are whole shows when they are read."""
    folder = Path(out)
    found = sorted(folder.glob("[!.]*/manifest.json"), key=lambda path: (path.stat().st_mtime, path))
    return [Run(path.parent) for path in found]


def unfinished_runs(out: str | Path) -> list[Path]:
    """Hidden folders of runs that are going on, or were stopped and wait for their command to be repeated."""
    return sorted(Path(out).glob(f"{PARTIAL}*"))


def recording_path(folder: Path, condition: str, seed: int) -> Path:
    """Where the recording of one simulation lies."""
    return folder / "recordings" / condition / f"seed-{seed}.nwb"


def failed_jobs(jobs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Jobs that did not end well."""
    return [job for job in jobs if job["state"] != "done"]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
