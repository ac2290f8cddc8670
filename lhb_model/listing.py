"""What `lhb list` and `lhb show` print."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from lhb_model import catalogue
from lhb_model.errors import InputError
from lhb_model.findings import FINDINGS
from lhb_model.names import unknown
from lhb_model.parameter_sets import parameter_sets
from lhb_model.quantities import Parameter
from lhb_model.readouts import READOUTS
from lhb_model.run_folder import Run, list_runs, unfinished_runs
from lhb_model.sheets import read_nucleus
from lhb_model.targets import target_paths
from lhb_model.terminal import aligned
from lhb_model.yaml_file import read_yaml

SHEETS = {"experiments": "experiment", "nuclei": "nucleus", "interventions": "intervention", "targets": "target"}

ALSO = {"drugs": "interventions", "currents": "mechanisms", "sets": "parameters"}
"""What else a list may be called."""


def list_lines(what: str, out: Path) -> list[str]:
    """The names of a kind with their titles."""
    lists: dict[str, Callable[[], list[list[str]]]] = {
        **{plural: partial(_sheet_rows, kind) for plural, kind in SHEETS.items()},
        "mechanisms": lambda: [[name, catalogue.mechanism(name).title] for name in catalogue.mechanism_names()],
        "readouts": lambda: [[name, readout.title] for name, readout in READOUTS.items()],
        "findings": lambda: [[name, finding.title] for name, finding in FINDINGS.items()],
        "parameters": lambda: [[name, found.title] for name, found in parameter_sets().items()],
        "runs": lambda: _run_rows(out),
    }
    what = ALSO.get(what, what)
    if what not in lists:
        raise InputError(unknown("list", what, lists))
    return aligned(lists[what]()) or [f"no {what}{f' in {out}' if what == 'runs' else ''}"]


def _sheet_rows(kind: str) -> list[list[str]]:
    paths = target_paths() if kind == "target" else catalogue.sheet_paths(kind)
    return [[name, str(read_yaml(path).data.get("title", ""))] for name, path in paths.items()]


def _run_rows(out: Path) -> list[list[str]]:
    finished = [_run_row(run) for run in list_runs(out)]
    waiting = [[str(path), "unfinished", "repeat the command that began it"] for path in unfinished_runs(out)]
    return finished + waiting


def _run_row(run: Run) -> list[str]:
    try:
        return [str(run.folder), str(run.manifest["state"]), str(run.manifest.get("title", ""))]
    except InputError as error:
        return [str(run.folder), "damaged", error.message]


def show_lines(name: str) -> list[str]:
    """Everything of that name: a mechanism with its equations, a readout, sheets."""
    parts = [
        *(_mechanism_lines(name) if name in catalogue.mechanism_names() else ()),
        *(_readout_lines(name) if name in READOUTS else ()),
        *(line for kind in SHEETS.values() if name in catalogue.sheet_paths(kind) for line in _sheet_lines(kind, name)),
        *(_set_lines(name) if name in parameter_sets() else ()),
        *_value_lines(name),
    ]
    if not parts:
        sheets = (sheet for kind in SHEETS.values() for sheet in catalogue.sheet_paths(kind))
        raise InputError(unknown("name", name, [*catalogue.mechanism_names(), *READOUTS, *sheets, *parameter_sets()]))
    return parts


def _value_lines(name: str) -> list[str]:
    """Where a parameter has which value: in the mechanism, and in the nuclei that give it another."""
    mechanisms = {f"mechanism {own}": catalogue.mechanism(own).parameters for own in catalogue.mechanism_names()}
    found = {where: parameters[name] for where, parameters in mechanisms.items() if name in parameters}
    for nucleus, path in catalogue.sheet_paths("nucleus").items() if found else ():
        if sourced := read_nucleus(path).parameters.get(name):
            found[f"nucleus {nucleus}"] = sourced.parameter()
    rows = [[where, p.quantity.text, p.tag, p.source] for where, p in found.items()]
    return [f"# parameter: {name}", *aligned([["in", "value", "tag", "source"], *rows])] if rows else []


def _set_lines(name: str) -> list[str]:
    found = parameter_sets()[name]
    held = [[plural, ", ".join(catalogue.sheet_paths(kind, of=name))] for plural, kind in SHEETS.items()]
    return [f"# set of parameters: {found.folder}", found.title, *aligned([row for row in held if row[1]])]


def _sheet_lines(kind: str, name: str) -> list[str]:
    path = catalogue.sheet_path(kind, name)
    return [f"# {kind}: {path}", path.read_text(encoding="utf-8").rstrip()]


def _mechanism_lines(name: str) -> list[str]:
    mechanism = catalogue.mechanism(name)
    equations = [line.strip() for line in mechanism.equations.splitlines() if line.strip()]
    each_step = [f"each step: {line.strip()}" for line in mechanism.each_step.splitlines() if line.strip()]
    source = f"source: {mechanism.source}"
    return [
        f"# mechanism: {name}",
        mechanism.title,
        *equations,
        *each_step,
        source,
        *_parameter_lines(mechanism.parameters),
    ]


def _readout_lines(name: str) -> list[str]:
    readout = READOUTS[name]
    about = (sys.modules[readout.measure.__module__].__doc__ or "").strip().splitlines()
    made = f"made from the spikes of {readout.nucleus}, in {readout.unit}"
    return [f"# readout: {name}", readout.title, *about, made, *_parameter_lines(readout.parameters)]


def _parameter_lines(parameters: Mapping[str, Parameter]) -> list[str]:
    rows = [[name, p.quantity.text, p.tag, p.source] for name, p in parameters.items()]
    return aligned([["parameter", "value", "tag", "source"], *rows]) if rows else []
