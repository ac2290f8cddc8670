"""Finds sheets and mechanisms by name; a wrong name is answered with the nearest ones."""

import functools
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import lhb_model.mechanisms as mechanisms_package
from lhb_model.cell import Cell, compose
from lhb_model.errors import InputError
from lhb_model.mechanisms.mechanism import Mechanism, weight_name
from lhb_model.mechanisms.trapping import Blocker, trapping
from lhb_model.names import unknown
from lhb_model.parameter_sets import folder_of_set
from lhb_model.shipped import FOLDERS, shipped


def mechanism_names() -> list[str]:
    """Names of all mechanisms, one a file in `lhb_model/mechanisms/`."""
    names = [module.name for module in pkgutil.iter_modules(mechanisms_package.__path__)]
    return sorted(name for name in names if name != "mechanism")


@functools.cache
def cell_mechanism_names() -> list[str]:
    """Names of the mechanisms that a nucleus can have; the others belong to synapses, or to drugs that bring them along."""
    found = {name: mechanism(name) for name in mechanism_names()}
    return [name for name, m in found.items() if "(event-driven)" not in m.equations and not m.gates]


@functools.cache
def mechanism(name: str) -> Mechanism:
    """The mechanism of that name.

    >>> mechanism("t_type").currents
    ('I_T',)
    """
    if name not in mechanism_names():
        raise InputError(unknown("mechanism", name, mechanism_names()))
    found = import_module(f"lhb_model.mechanisms.{name}").MECHANISM
    assert isinstance(found, Mechanism)
    return found


@functools.cache
def cell(nucleus: str, mechanisms: tuple[str, ...], blockers: tuple[Blocker, ...] = ()) -> Cell:
    """The cell type of a nucleus that is made of these mechanisms, with blockers that its NMDA receptors may trap.

    Raises
    ------
    InputError
        For an unknown mechanism, or if they do not fit together.
    """
    return compose(nucleus, [*map(mechanism, mechanisms), *([trapping(blockers)] if blockers else [])])


@functools.cache
def parameter_units() -> dict[str, str]:
    """Name -> canonical unit of every parameter of cells and synapses.

    >>> parameter_units()["g_T"], parameter_units()["w_ampa"]
    ('S', 'S')
    """
    found = [mechanism(name) for name in mechanism_names()]
    weights = {weight_name(receptor): unit for m in found for receptor, unit in m.weight_units.items()}
    return {key: p.unit for m in found for key, p in m.parameters.items()} | weights


def sheet_paths(kind: str, beside: Path | None = None, of: str | None = None) -> dict[str, Path]:
    """Name -> file of every sheet of a kind; those in or next to the folder `beside` come before those of the set `of`.

    The set is the present one unless named; see `parameter_sets`.
    """
    paths: dict[str, Path] = {}
    for folder in _folders(kind, beside, shipped() if of is None else folder_of_set(of)):
        for path in sorted(folder.glob("*.yaml")):
            paths.setdefault(path.stem, path)
    return dict(sorted(paths.items()))


def sheet_path(kind: str, name: str, beside: Path | None = None, of: str | None = None) -> Path:
    """The file of the sheet of that name.

    Raises
    ------
    InputError
        If there is none; the message gives the nearest names.
    """
    paths = sheet_paths(kind, beside, of)
    if name not in paths:
        raise InputError(unknown(kind, name, paths))
    return paths[name]


def _folders(kind: str, beside: Path | None, of: Path) -> Iterator[Path]:
    if beside is not None:
        # The sheets beside a shipped experiment are those of the present set.
        yield from (folder / FOLDERS[kind] for folder in (beside, beside.parent) if folder != shipped().resolve())
    yield of / FOLDERS[kind]
