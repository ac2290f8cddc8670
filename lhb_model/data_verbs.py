"""What the verbs on finished data do and print: compare, bursts, export."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lhb_model import designs, terminal
from lhb_model.claims import Verdict, check, parse_claim
from lhb_model.errors import CheckError, InputError
from lhb_model.names import unknown
from lhb_model.quantities import parse_span
from lhb_model.recorded import RECORDING, Choices, Recorded, nearest_conditions, read_recorded
from lhb_model.run_folder import Run, failed_jobs, open_run

if TYPE_CHECKING:
    import pandas as pd

FIGURE_FORMATS = ("png", "pdf")


@dataclass(frozen=True)
class Wanted:
    """What is asked of a comparison: measures (all if empty), claims, and designs of one run beyond pairs."""

    measures: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    overall: bool = False
    levels: tuple[str, ...] = ()
    doses: bool = False


# compare -------------------------------------------------------------------------------------------------------------


def show_comparison(paths: Sequence[Path], wanted: Wanted, out: Path, as_json: bool, choices: Choices) -> None:
    """Compare conditions, runs, or a run with recordings; print the table, the claims and the files.

    `CheckError` if a claim does not hold.
    """
    measures, parsed = wanted.measures, [parse_claim(claim) for claim in wanted.claims]
    levels = designs.parse_levels(wanted.levels)
    runs, recordings = _opened(paths, choices)
    if (wanted.overall or levels or wanted.doses) and len(paths) > 1:
        raise InputError("--overall, --levels and --doses are about one run; name one")
    _require_measures(measures, runs)
    recorded = read_recorded(runs[0], recordings, choices) if recordings else None
    tables = {run.name: run.table for run in runs}
    if recorded:
        tables = {runs[0].name: recorded.simulated_table, RECORDING: recorded.table}
    verdicts = [check(claim, tables) for claim in parsed]
    if recorded:
        lines, answer = _beside(runs[0], recordings, recorded, measures, out)
    else:
        lines, answer = _between(runs, measures, out)
        for name, (table, told_lines) in _designs(runs[0], wanted, levels).items():
            path = _place(out, ()) / f"{name}.csv"
            table.to_csv(path, index=False)
            lines, answer = [*lines, "", *told_lines], {**answer, name: terminal.records(table)}
            answer["files"] = [*answer.get("files", [answer["file"]]), str(path)]
    if as_json:
        told = {"run": [str(run.folder) for run in runs], **answer, "claims": list(map(_outcome, verdicts))}
        click.echo(json.dumps(told, indent=1))
    else:
        for note in answer["notes"]:
            click.echo(note, err=True)
        click.echo("\n".join([*lines, *(verdict.text for verdict in verdicts), *answer.get("files", [answer["file"]])]))
    failed = sum(not verdict.holds for verdict in verdicts)
    if failed:
        raise CheckError(f"{failed} of {len(verdicts)} claims {'does' if failed == 1 else 'do'} not hold")


def _opened(paths: Sequence[Path], choices: Choices) -> tuple[list[Run], list[Path]]:
    """The runs, and the paths of recordings, among what was named."""
    recordings = [path for path in paths if _is_recording(path)]
    runs = [open_run(path) for path in paths if path not in recordings]
    names = [run.name for run in runs]
    if len(set(names)) != len(names):
        raise InputError(f"the run {next(n for n in names if names.count(n) > 1)!r} is named twice")
    if recordings and len(runs) != 1:
        raise InputError(f"a recording is compared with one run, {len(runs)} given")
    if not recordings and choices != Choices():
        raise InputError("options on how recordings are read are given, but no recording")
    return runs, recordings


def _is_recording(path: Path) -> bool:
    if path.is_dir():
        return (path / "spike_times.npy").is_file() and not (path / "manifest.json").is_file()
    return path.is_file() or bool(path.suffix)


def _require_measures(measures: Sequence[str], runs: Sequence[Run]) -> None:
    known = list(dict.fromkeys(name for run in runs for name in run.table["measure"]))
    for name in measures:
        if name not in known:
            raise InputError(unknown("measure", name, known))


def _between(runs: Sequence[Run], measures: Sequence[str], out: Path) -> tuple[list[str], dict[str, Any]]:
    """Conditions of one run, whose comparison lies in its folder; or runs, whose comparison is written to `out`."""
    from lhb_model.comparison import COMPARISON_COLUMNS, compare, compare_runs

    planned = list(measures) or None
    if len(runs) == 1:
        path, (run,) = runs[0].folder / "comparison.csv", runs
        comparison = run.comparison if run.table.empty else compare(run.table, measures=planned)
    else:
        path, tables = _place(out, ()) / "comparison.csv", {run.name: run.table for run in runs}
        compare_runs(tables)[list(COMPARISON_COLUMNS)].to_csv(path, index=False)
        comparison = compare_runs(tables, planned)
    shown = comparison if measures else _headline(comparison)
    lines = terminal.comparison_lines(shown) if len(shown) else ["nothing to compare: it takes two conditions"]
    told = {"file": str(path), "comparison": terminal.records(comparison), "notes": terminal.note_lines(shown)}
    return lines, told


def _designs(run: Run, wanted: Wanted, levels: designs.Levels) -> dict[str, designs.Answer]:
    """What was asked of a run beyond pairs, by the name of its table."""
    found = {}
    if wanted.overall:
        found["overall"] = designs.overall(run, wanted.measures)
    if levels:
        found["factors"] = designs.two_factors(run, levels, wanted.measures)
    if wanted.doses:
        found["doses"] = designs.dose_fits(run, wanted.measures)
    return found


def _headline(comparison: "pd.DataFrame") -> "pd.DataFrame":
    """The rows a reader wants first; all of a circuit that has none of them."""
    wanted = [key in terminal.HEADLINE for key in zip(comparison["nucleus"], comparison["measure"], strict=True)]
    return comparison[wanted] if any(wanted) else comparison


def _place(out: Path, inputs: Iterable[Path], names: Iterable[str] = ()) -> Path:
    """The folder to write to, made; `InputError` if it is a run, or if one of the files would replace an input."""
    if (out / "manifest.json").exists():
        raise InputError("this is a run, and finished runs are never altered; choose another --out", file=out)
    read = {path.resolve() for path in inputs}
    for name in names:
        if (out / name).resolve() in read:
            raise InputError("would replace the recording that was read; choose another --out", out / name)
    out.mkdir(parents=True, exist_ok=True)
    return out


def _outcome(verdict: Verdict) -> dict[str, Any]:
    numbers = {name: terminal.plain(value) for name, value in asdict(verdict).items() if name != "claim"}
    return {"claim": verdict.claim.text, **numbers}


# a run beside recordings ---------------------------------------------------------------------------------------------


def _beside(
    run: Run, paths: Sequence[Path], recorded: Recorded, measures: Sequence[str], out: Path
) -> tuple[list[str], dict[str, Any]]:
    """Distances of the recordings to each condition; tables and figures are written to `out`."""
    from lhb_model import plot
    from lhb_model.recorded_figures import draw_recorded

    distances, found = nearest_conditions(recorded, list(measures) or None)
    tables = {
        "comparison.csv": distances,
        "recording-table.csv": recorded.table,
        "recording-neurons.csv": recorded.neurons,
    }
    figures = draw_recorded(run, recorded, measures)
    _place(out, paths, tables)
    for name, table in tables.items():
        table.to_csv(out / name, index=False)
    drawn = [
        file
        for kind, figure in figures.items()
        for file in plot.save(figure, out / f"recording-{kind}", FIGURE_FORMATS)
    ]
    lines = [line for group in found for line in _near(group, distances, found[group].text, len(found) > 1)]
    answer = {
        "recording": list(map(str, paths)),
        "file": str(out / "comparison.csv"),
        "files": [str(path) for path in [*(out / name for name in tables), *drawn]],
        "nearest": {group: nearness.nearest for group, nearness in found.items()},
        "ranking": {group: terminal.records(nearness.ranking) for group, nearness in found.items()},
        "comparison": terminal.records(distances),
        "notes": recorded.notes,
    }
    return lines, answer


def _near(group: str, distances: "pd.DataFrame", text: str, named: bool) -> list[str]:
    own = distances[distances["recording"] == group]
    return [*([f"{group}:"] if named else []), *terminal.distance_lines(own), text, *([""] if named else [])]


# bursts --------------------------------------------------------------------------------------------------------------


def reading(span: str | None, **choices: Any) -> dict[str, Any]:
    """The words for `read_units` that were chosen on the command line."""
    chosen = {"span": None if span is None else parse_span(span, "--span"), **choices}
    return {word: choice for word, choice in chosen.items() if choice is not None and choice is not False}


def show_bursts(
    file: Path, rule: str, only: Sequence[str], out: Path | None, as_json: bool, choices: Mapping[str, Any]
) -> None:
    """Find the bursts of a recording; print a summary, and the units or the files they are in."""
    from lhb_model.bursts import as_rule
    from lhb_model.readers import read_units
    from lhb_model.unit_report import (
        burst_table,
        population_lines,
        population_of,
        report_lines,
        unit_table,
        write_tables,
    )

    parsed = as_rule(rule)
    units = read_units(file, **choices)
    units = units.of_groups(*only) if only else units
    bursts, table = burst_table(units, parsed), unit_table(units, parsed)
    files = [str(path) for path in write_tables(units, bursts, table, out)] if out else []
    together = population_of(units)
    lines = [*report_lines(units, parsed, bursts, table), *population_lines(together)]
    if as_json:
        told = {"recording": str(file), "rule": str(parsed), "record": units.record, "record_stated": bool(units.span)}
        rows = {"units": terminal.records(table), "bursts": terminal.records(bursts)}
        population = {
            name: {key: terminal.plain(value) for key, value in one._asdict().items()} for name, one in together.items()
        }
        click.echo(
            json.dumps({**told, "notes": units.notes, "population": population, **rows, "files": files}, indent=1)
        )
    else:
        click.echo("\n".join([*([] if out else [*terminal.unit_lines(table), ""]), *lines, *files]))


# export --------------------------------------------------------------------------------------------------------------


def show_export(folder: Path, to: str, out: Path | None) -> None:
    """Write the recordings of a run in another format; print the files, and what was left out."""
    from lhb_model.export import export

    run = open_run(folder)
    out = out or Path(f"{run.name}-{to}")
    if (out / "manifest.json").exists():
        raise InputError("this is a run, and finished runs are never altered; choose another --out", file=out)
    for path in export(run, to, out):
        click.echo(str(path))
    for job in failed_jobs(run.manifest["jobs"]):
        click.echo(f"left out: {job['condition']}, seed {job['seed']} ({job['error']})", err=True)
