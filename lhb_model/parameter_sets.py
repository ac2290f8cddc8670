"""Sets of sheets by name: the present one is the folder of the package, older ones are kept as they were in `parameters/`.

A set is all biology that is chosen: nuclei with every number of their cells, interventions, and experiments with their wiring.
Readouts, burst rules and equations belong to the code, whose version stands beside the set in every run.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.shipped import shipped
from lhb_model.yaml_file import read_yaml

NOTE = "set.yaml"


@dataclass(frozen=True)
class ParameterSet:
    """A set of sheets: its name, a title, and the folder in which they lie."""

    name: str
    title: str
    folder: Path


@cache
def parameter_sets() -> dict[str, ParameterSet]:
    """Every set by its name, the present one first, then the newest of the others.

    >>> list(parameter_sets())[-1]
    '2026.1'
    """
    older = sorted((note.parent for note in shipped().glob(f"parameters/*/{NOTE}")), reverse=True)
    return {found.name: found for found in map(_read, [shipped(), *older])}


def _read(folder: Path) -> ParameterSet:
    note = read_yaml(folder / NOTE).data
    return ParameterSet(note["set"], note["title"], folder)


def present() -> str:
    """The name of the set that holds unless another is asked for."""
    return next(iter(parameter_sets()))


def folder_of_set(name: str) -> Path:
    """Where the sheets of a set lie; `InputError` with the known names if there is none."""
    if name not in parameter_sets():
        raise InputError(unknown("set of parameters", name, parameter_sets()))
    return parameter_sets()[name].folder
