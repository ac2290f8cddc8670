"""Published findings as experiments: runs what the targets ask for, judges them, and leaves a folder with report and figures.

The runs of the experiments lie beside that folder, like those of `lhb run`, and are shared with them and among targets.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model import catalogue, config
from lhb_model.errors import InputError, JobError
from lhb_model.experiment import Experiment
from lhb_model.findings import FINDINGS
from lhb_model.growing import alone, partial_folder, publish, write_whole
from lhb_model.html import html_table
from lhb_model.names import unknown
from lhb_model.provenance import machine, part_versions
from lhb_model.resolve import code_version
from lhb_model.run_folder import Run, failed_jobs, read_manifest
from lhb_model.runs import Watcher, folder_of, is_finished, run_experiment
from lhb_model.simulate import cache
from lhb_model.targets import Target, read_target, target_order, target_paths
from lhb_model.validation_page import write_validation_page
from lhb_model.verdicts import Outcome, claims_of, judge

if TYPE_CHECKING:
    import pandas as pd

NAME = "validate"
TITLE = "Published findings against the model"
SEEDS = "seeds"

Watch = Callable[[], AbstractContextManager[Watcher]]


@dataclass(frozen=True)
class Validation:
    """A finished validation in its folder."""

    folder: Path
    outcomes: tuple[Outcome, ...]

    @property
    def failing(self) -> list[str]:
        """Targets of which a number that gates fails."""
        return list(dict.fromkeys(outcome.target for outcome in self.outcomes if outcome.failing))

    def _repr_html_(self) -> str:
        """Every number with its verdict, as a notebook shows it."""
        rows = [[o.target, o.quantity, o.published, o.model, o.expected, o.said, o.tag] for o in self.outcomes]
        head = ["target", "quantity", "published", "model", "expected", "verdict", "tag"]
        return html_table([head, *rows], TITLE, [str(self.folder)])


@dataclass(frozen=True)
class Plan:
    """Targets, and the experiments whose runs measure them."""

    targets: tuple[Target, ...]
    experiments: Mapping[str, Experiment]

    @property
    def places(self) -> list[str]:
        """Experiments and findings that the targets are measured in."""
        found = (target.sheet.place(entry) for target in self.targets for _, entry in target.numbered())
        return [place for place in dict.fromkeys(found) if place]

    def folder(self, out: Path) -> Path:
        """Where the validation lies, or will lie: its name changes with targets, experiments and code."""
        runs = [folder_of(experiment, out).name for experiment in self.experiments.values()]
        text = json.dumps([[target.text for target in self.targets], runs, code_version()])
        return out / f"{NAME}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


# planning ------------------------------------------------------------------------------------------------------------


def plan(names: Iterable[str] = (), seeds: int | None = None) -> Plan:
    """What it takes to judge the named targets (shipped, or files), or all shipped ones.

    `seeds` replaces the number of seeds of every experiment that has several.

    Raises
    ------
    InputError
        For a target that is unknown or wrong, and one that is measured in nothing known.
    """
    targets = tuple(read_target(path) for path in target_paths(names).values())
    experiments: dict[str, Experiment] = {}
    for target in targets:
        for name in _needed(target):
            if name not in experiments:
                experiments[name] = _experiment(name, target, seeds)
        _check_conditions(target, experiments)
    return Plan(targets, experiments)


def _needed(target: Target) -> list[str]:
    """Experiments that measure a target, on their own or for a finding."""
    needed: list[str] = []
    for key, entry in target.numbered():
        place = target.sheet.place(entry)
        if place is None:
            continue
        known = {**FINDINGS, **_experiment_paths(target.folder)}
        if place not in known:
            at = (*key, "measured_in") if entry.measured_in else ("measured_in",)
            raise target.at.error(at, unknown("experiment or finding", place, known))
        needed += FINDINGS[place].experiments if place in FINDINGS else [place]
    return needed


def _experiment_paths(folder: Path) -> dict[str, Path]:
    """Experiments beside a target, before those that are shipped."""
    beside = {} if folder == catalogue.shipped() / "targets" else {path.stem: path for path in folder.glob("*.yaml")}
    return {**catalogue.sheet_paths("experiment", folder), **beside}


def _experiment(name: str, target: Target, seeds: int | None) -> Experiment:
    path = _experiment_paths(target.folder)[name]
    experiment = config.load(path)
    return experiment if seeds is None or len(experiment.seeds) == 1 else config.load(path, seeds=seeds)


def _check_conditions(target: Target, experiments: Mapping[str, Experiment]) -> None:
    """Conditions are checked before anything runs; measures can be checked in the tables alone."""
    for key, entry in target.numbered():
        place = target.sheet.place(entry)
        if place and place in experiments and place not in FINDINGS:
            known = [condition.name for condition in experiments[place].conditions]
            for term in claims_of(entry)[0].terms:
                if term.condition not in known:
                    raise target.at.error((*key, "measure"), unknown("condition", term.condition, known))


# running -------------------------------------------------------------------------------------------------------------


def validate(
    todo: Plan,
    out: str | Path = "runs",
    workers: int | None = None,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
) -> Validation:
    """Run, judge and report; the same again is answered from the folder.

    Raises
    ------
    JobError
        If a simulation fails, a model does not compile, or the validation is stopped.
    InputError
        If a measure of a target is in none of the tables.
    """
    watch = watch or _unwatched
    final = todo.folder(Path(out))
    if not is_finished(final):
        with watch() as watcher, alone(final, cache.folder() / "locks", watcher.step):
            if not is_finished(final):
                partial = partial_folder(final, force=True)
                _grow(todo, partial, Path(out), workers, watch, stop)
                publish(partial, final)
    return open_validation(final)


def _unwatched() -> AbstractContextManager[Watcher]:
    return nullcontext(Watcher())


def open_validation(folder: Path) -> Validation:
    """A finished validation by its folder; `InputError` if it is none."""
    manifest = read_manifest(folder)
    if manifest.get("experiment") != NAME:
        raise InputError("not a validation", file=folder)
    return Validation(folder, tuple(Outcome.from_plain(entry) for entry in manifest["outcomes"]))


def report_validation(folder: Path, path: Path | None = None) -> Path:
    """Write the page of a finished validation, into its folder unless told; raises as `open_validation`."""
    done = open_validation(folder)
    names = [sheet.stem for sheet in (folder / "targets").glob("*.yaml")]
    targets = [read_target(folder / "targets" / f"{name}.yaml") for name in sorted(names, key=target_order)]
    return write_validation_page(folder, targets, done.outcomes, read_manifest(folder), path)


def is_validation(folder: Path) -> bool:
    """Whether a validation lies there."""
    try:
        return read_manifest(folder).get("experiment") == NAME
    except InputError:
        return False


def _grow(todo: Plan, folder: Path, out: Path, workers: int | None, watch: Watch, stop: threading.Event | None) -> None:
    began, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    runs = {name: _run(experiment, out, workers, watch, stop) for name, experiment in todo.experiments.items()}
    with watch() as watcher:
        watcher.step("measuring")
        tables = {place: _table(place, runs) for place in todo.places}
        of = {place: FINDINGS[place].of if place in FINDINGS else SEEDS for place in todo.places}
        outcomes = [outcome for target in todo.targets for outcome in judge(target, tables, of)]
        watcher.step("drawing figures and writing the report")
        _write(folder, todo, tables, outcomes)
        _draw_findings(folder, todo, runs)
    manifest = {
        "experiment": NAME,
        "title": TITLE,
        "state": "done",
        "code": code_version(),
        "versions": part_versions(),
        "machine": machine(),
        "begun": began,
        "seconds": round(time.perf_counter() - clock, 2),
        "runs": {name: run.name for name, run in runs.items()},
        "jobs": [],
        "outcomes": [outcome.as_plain() for outcome in outcomes],
    }
    write_validation_page(folder, todo.targets, outcomes, {**manifest, "name": todo.folder(out).name})
    write_whole(folder / "manifest.json", json.dumps(manifest, indent=1))


def _run(experiment: Experiment, out: Path, workers: int | None, watch: Watch, stop: threading.Event | None) -> Run:
    with watch() as watcher:
        watcher.step(f"{experiment.name}: {experiment.sheet.title}")
        run = run_experiment(experiment, out, workers, False, watcher, stop)
    failed = failed_jobs(run.manifest["jobs"])
    if failed:
        first = f"{failed[0]['condition']}, seed {failed[0]['seed']}: {failed[0]['error']}"
        raise JobError(f"{run.folder}: {len(failed)} simulations failed, first {first}")
    return run


def _table(place: str, runs: Mapping[str, Run]) -> "pd.DataFrame":
    return FINDINGS[place].table(runs) if place in FINDINGS else runs[place].table


def _write(folder: Path, todo: Plan, tables: Mapping[str, "pd.DataFrame"], outcomes: list[Outcome]) -> None:
    """Targets as given, tables as measured, figures, report."""
    from lhb_model import plot
    from lhb_model.validation_report import report

    for name in ("targets", "tables", "figures"):
        (folder / name).mkdir()
    for place, table in tables.items():
        table.to_csv(folder / "tables" / f"{place}.csv", index=False)
    for target in todo.targets:
        (folder / "targets" / f"{target.name}.yaml").write_text(target.text, encoding="utf-8")
        own = [outcome for outcome in outcomes if outcome.target == target.name]
        plot.save(plot.target(f"{target.name}: {target.sheet.title}", own), folder / "figures" / target.name)
    write_whole(folder / "report.md", report(todo.targets, outcomes))


def _draw_findings(folder: Path, todo: Plan, runs: Mapping[str, Run]) -> None:
    from lhb_model import plot

    for place in todo.places:
        draw = FINDINGS[place].draw if place in FINDINGS else None
        if draw:
            plot.save(draw(runs), folder / "figures" / place)
