"""What the verbs that help to write YAML do and print: `lhb schema` and `lhb init`."""

import json
from collections.abc import Iterable
from pathlib import Path

import click

from lhb_model import terminal
from lhb_model.authoring.json_schema import KINDS, schema_text
from lhb_model.authoring.template import template
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.estimate import estimate
from lhb_model.fields import NAME
from lhb_model.names import shortened, unknown

SCHEMAS = "schema"
"""Folder of the schemas, beside the experiment."""


def show_schema(kind: str | None, out: Path | None) -> None:
    """Print a schema, or write those of all kinds (of one, if it is named) into a folder and print their files."""
    if kind is not None and kind not in KINDS:
        raise InputError(unknown("kind of file", kind, KINDS))
    if out is None:
        click.echo(schema_text(kind or "experiment", Path.cwd()), nl=False)
        return
    for path in _write_schemas(out, KINDS if kind is None else [kind]):
        click.echo(str(path))


def _write_schemas(folder: Path, kinds: Iterable[str]) -> list[Path]:
    """Write schemas into a folder; they know the sheets that lie beside it."""
    paths = {kind: folder / f"{kind}.json" for kind in kinds}
    for path in paths.values():
        if path.exists() and not _is_schema(path):
            raise InputError("is there already and is no schema of lhb_model; choose another folder", file=path)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, path in paths.items():
        path.write_text(schema_text(kind, folder.parent), encoding="utf-8")
    return list(paths.values())


def _is_schema(path: Path) -> bool:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["title"]).startswith("lhb_model: ")
    except (ValueError, KeyError, TypeError):
        return False


def begin(name: str, base: str) -> None:
    """Write a commented experiment with the schemas of its folder, and say what comes next."""
    path = Path(name) if name.endswith(".yaml") else Path(f"{name}.yaml")
    if not NAME.pattern.fullmatch(path.stem):
        raise InputError(f"given {shortened(path.stem)}, expected {NAME.wanted}")
    if path.exists():
        raise InputError("is there already, and nothing is overwritten; choose another name", file=path)
    text = template(path.stem, base, SCHEMAS, path.parent)
    schemas = _write_schemas(path.parent / SCHEMAS, KINDS)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    plan = estimate(load(path))
    size = f"{plan['jobs']} simulation{'s' * (plan['jobs'] != 1)}"
    rows = [
        [f"lhb check {path}", "says what would run"],
        [f"lhb run {path}", f"runs {size}: about {terminal.duration(plan['seconds'])}"],
    ]
    click.echo("\n".join([str(path), *map(str, schemas), "", "Next:", *(f"  {x}" for x in terminal.aligned(rows))]))
