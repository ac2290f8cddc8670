"""What `lhb validate` does and prints."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from lhb_model import terminal
from lhb_model.errors import CheckError, InputError
from lhb_model.estimate import seconds_if
from lhb_model.run_folder import REPORT
from lhb_model.simulate import cache
from lhb_model.validation_report import verdict_counts
from lhb_model.validation_run import Plan, Validation, open_validation, plan, report_validation, validate
from lhb_model.verbs import stopping
from lhb_model.verdicts import Outcome


def show_validation(names: Sequence[str], out: Path, seeds: int | None, workers: int | None, as_json: bool) -> None:
    """Judge targets and print what came of it; `CheckError` if one that gates fails."""
    todo = plan(names, seeds)
    _warn_if_interpreted(todo, workers)
    with stopping() as stop:
        _print(validate(todo, out, workers, partial(terminal.Progress, quiet=as_json), stop), as_json)


def show_finished(folder: Path) -> None:
    """Print a finished validation; `CheckError` as above."""
    _print(open_validation(folder), as_json=False)


def make_page(folders: Sequence[Path], out: Path | None, in_browser: bool) -> None:
    """Make the page of a validation, print its file, and show it."""
    if len(folders) > 1:
        raise InputError("a validation has a page of its own: name it alone")
    path = report_validation(folders[0], out)
    click.echo(str(path))
    if in_browser:
        click.launch(path.resolve().as_uri())


def _print(done: Validation, as_json: bool) -> None:
    if as_json:
        told = {"run": str(done.folder), "failing": done.failing}
        click.echo(json.dumps({**told, "outcomes": [outcome.as_plain() for outcome in done.outcomes]}, indent=1))
    else:
        lines = [*outcome_lines(done.outcomes), "", verdict_counts(done.outcomes), str(done.folder / REPORT)]
        click.echo("\n".join([*lines, str(done.folder)]))
    if done.failing:
        number = len(done.failing)
        raise CheckError(
            f"{number} target{'s' * (number > 1)} tagged S fail{'s' * (number == 1)}: {', '.join(done.failing)}"
        )


def outcome_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for each published number, under the heading of the table."""
    heading = ["", "quantity", "published", "model", "expected", "verdict", "tag", "source"]
    return terminal.aligned([heading, *map(_cells, outcomes)])


def _cells(outcome: Outcome) -> list[str]:
    return [
        outcome.target,
        outcome.quantity,
        outcome.published,
        outcome.model,
        outcome.expected,
        outcome.said,
        outcome.tag,
        outcome.source,
    ]


def _warn_if_interpreted(todo: Plan, workers: int | None) -> None:
    if todo.experiments and cache.toolchain() is None:
        seconds = sum(seconds_if(experiment, False, workers) for experiment in todo.experiments.values())
        click.echo(
            f"No C++ compiler is in use: the model is interpreted, about {terminal.duration(seconds)}.", err=True
        )
