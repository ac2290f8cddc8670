"""YAML -> frozen, validated Experiment; every error names file and line, the key, what was given and what was expected.

A config is data: nothing in it is evaluated, and names that reach generated code are checked against those known.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lhb_model import catalogue
from lhb_model.checks import check_experiment
from lhb_model.conditions import expanded
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment, Key, Place
from lhb_model.fields import NAME
from lhb_model.names import unknown
from lhb_model.overrides import overridden
from lhb_model.schema import ExperimentSheet, InterventionSheet, NucleusSheet
from lhb_model.sheets import read_intervention, read_nucleus, with_mechanisms
from lhb_model.validation import validated
from lhb_model.yaml_file import YamlDocument, read_yaml


def load(path: str | Path, overrides: Iterable[str] = (), seeds: int | None = None) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    path
        A YAML file, or the name of a shipped experiment.
    overrides
        Settings such as "conditions.ketamine.ketamine.block=0.3", applied before the file is validated.
    seeds
        Number of seeds, instead of the file's.

    Raises
    ------
    InputError
        With file and line, the key, what was given, what was expected, and the nearest known names.

    Examples
    --------
    >>> load("ketamine", ["conditions.ketamine.ketamine.block=0.3"], seeds=2).seeds
    (1, 2)
    """
    settings = (*overrides, *([] if seeds is None else [f"seeds={seeds}"]))
    document = read_yaml(_found(path))
    folder = Path(document.path).resolve().parent
    data, place = overridden(*_merged(document, folder), settings)
    if ("based_on",) in place.overrides:
        raise place.error(("based_on",), "given beside the file, expected in it")
    sheet = validated(ExperimentSheet, data, place)
    nuclei = _nuclei(sheet, folder, place)
    interventions = _interventions(sheet, folder, place)
    conditions = expanded(sheet.conditions, interventions, place)
    experiment = Experiment(Path(document.path), document.text, sheet, nuclei, interventions, conditions, settings)
    check_experiment(experiment, place)
    return experiment


def _found(path: str | Path) -> Path:
    """The file itself, or the shipped experiment of that name."""
    given, shipped = Path(path), catalogue.sheet_paths("experiment")
    try:
        if given.is_file():
            return given
        if str(path) in shipped:
            return shipped[str(path)]
        if not given.exists() and len(given.parts) == 1 and given.suffix == "":
            raise InputError(f"no such file, and {unknown('experiment', str(path), shipped)}")
    except (OSError, ValueError):
        raise InputError(f"no such file, and {unknown('experiment', str(path), shipped)}") from None
    return given


def _merged(document: YamlDocument, folder: Path) -> tuple[dict[str, Any], Place]:
    """The file's keys over those of the experiment it is based on."""
    own = document.data
    if "based_on" not in own:
        return own, Place({}, document)
    base = _base(own["based_on"], document, folder)
    return {**base.data, **own}, Place({key: base for key in base.data if key not in own}, document)


def _base(name: Any, document: YamlDocument, folder: Path) -> YamlDocument:
    """The experiment that another is based on: a file beside it, or a shipped one."""
    place, key = Place({}, document), ("based_on",)
    known = {**catalogue.sheet_paths("experiment", folder), **{p.stem: p for p in sorted(folder.glob("*.yaml"))}}
    if not isinstance(name, str) or not NAME.pattern.fullmatch(name) or name not in known:
        raise place.error(key, unknown("experiment", name, known))
    if known[name].resolve() == Path(document.path).resolve():
        raise place.error(key, f"given {name!r}, this file itself; expected another experiment")
    base = read_yaml(known[name])
    if "based_on" in base.data:
        raise place.error(key, f"given {name!r}, which is itself based on another; expected one that stands alone")
    return base


def _nuclei(sheet: ExperimentSheet, folder: Path, place: Place) -> dict[str, NucleusSheet]:
    """The sheet of each nucleus; a sheet that serves several is read once."""
    read: dict[str, NucleusSheet] = {}
    for name, use in sheet.nuclei.items():
        wanted = use.sheet or name
        key: Key = ("nuclei", name, "sheet") if use.sheet else ("nuclei", name)
        if wanted not in read:
            read[wanted] = read_nucleus(_sheet_path("nucleus", wanted, folder, place, key))
    return {
        name: with_mechanisms(read[use.sheet or name], use.mechanisms, place, ("nuclei", name, "mechanisms"))
        for name, use in sheet.nuclei.items()
    }


def _interventions(sheet: ExperimentSheet, folder: Path, place: Place) -> Mapping[str, InterventionSheet]:
    """The sheet of every intervention that a condition names."""
    read: dict[str, InterventionSheet] = {}
    for condition, entries in sheet.conditions.items():
        for name in entries:
            if name != "replay" and name not in read:
                path = _sheet_path("intervention", name, folder, place, ("conditions", condition, name))
                read[name] = read_intervention(path)
    return read


def _sheet_path(kind: str, name: str, folder: Path, place: Place, key: Key) -> Path:
    try:
        return catalogue.sheet_path(kind, name, folder)
    except InputError as error:
        raise place.error(key, error.message) from None
