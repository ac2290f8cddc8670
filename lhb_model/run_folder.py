"""A finished run in its folder: manifest, tables and recordings, read when asked for."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError
from lhb_model.html import html_table
from lhb_model.names import nearest, unknown
from lhb_model.quantities import Quantity, parse_quantity
from lhb_model.recording import Recording
from lhb_model.summary import summary_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PARTIAL = ".partial-"
"""Beginning of the name of a folder in which a run still grows."""

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
        for job in failed_jobs(self.manifest["jobs"]):
            if (job["condition"], job["seed"]) == (condition, seed):
                raise InputError(f"{condition}, seed {seed} has no recording: {job['error']}", file=self.folder)
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


def open_run(folder: str | Path) -> Run:
    """A run by its folder.

    Raises
    ------
    InputError
        If the folder is not a finished run.
    """
    folder = Path(folder)
    if folder.name.startswith(PARTIAL):
        raise InputError("the run is not finished: repeat the command that began it", file=folder)
    if not folder.exists():
        near = nearest(folder.name, [run.name for run in list_runs(folder.parent)])
        question = f"; did you mean {folder.with_name(near[0])}?" if near else ""
        raise InputError(f"no such run{question} (lhb list runs shows those in runs)", file=folder)
    if not (folder / "manifest.json").is_file():
        raise InputError("not a run: it has no manifest.json", file=folder)
    run = Run(folder)
    if not run.conditions:
        raise InputError("a run without jobs", file=folder)
    return run


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run's folder; `InputError` if it cannot be read."""
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not all({"condition", "seed", "state"} <= job.keys() for job in manifest["jobs"]) or not manifest["state"]:
            raise ValueError("its jobs or its state are missing")
    except json.JSONDecodeError as error:
        raise InputError("cannot be read as a run's manifest: the file is damaged", path, error.lineno) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
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
