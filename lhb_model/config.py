"""YAML -> frozen, validated Experiment; every error names file and line, the key, what was given and what was expected.

A config is data: nothing in it is evaluated, and names that reach generated code are checked against those known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lhb_model import catalogue
from lhb_model.bases import BASED_ON, WITHOUT, merged
from lhb_model.checks import check_experiment
from lhb_model.conditions import expanded
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment, Key, Place, clamped
from lhb_model.fields import NAME
from lhb_model.names import unknown
from lhb_model.overrides import overridden
from lhb_model.parameter_sets import folder_of_set, parameter_sets, present
from lhb_model.schema import ExperimentSheet, InterventionSheet, NucleusSheet
from lhb_model.sheets import read_intervention, read_nucleus, with_mechanisms
from lhb_model.shipped import FOLDERS
from lhb_model.sweep import laid, tried_first, unfolded
from lhb_model.validation import validated
from lhb_model.yaml_file import YamlDocument, read_yaml

SET = "parameters"
"""Key of an experiment that names its set of parameters."""


def load(
    path: str | Path, overrides: Iterable[str] = (), seeds: int | None = None, parameters: str | None = None
) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    path
        A YAML file, or the name of a shipped experiment.
    overrides
        Settings such as "conditions.ketamine.ketamine.block=0.3", applied before the file is validated.
    seeds
        Number of seeds, instead of the file's.
    parameters
        Name of the set of parameters, instead of the file's; a shipped experiment is that of the set.

    Raises
    ------
    InputError
        With file and line, the key, what was given, what was expected, and the nearest known names.

    Examples
    --------
    >>> load("ketamine", ["conditions.ketamine.ketamine.block=0.3"], seeds=2).seeds
    (1, 2)
    """
    settings = (
        *overrides,
        *([] if seeds is None else [f"seeds={seeds}"]),
        *([] if parameters is None else [f"{SET}='{parameters}'"]),
    )
    asked = asked_set(settings)
    document = read_yaml(_found(path, asked))
    folder = Path(document.path).resolve().parent
    of = _set_of(asked or document.data.get(SET), document)
    data, place = overridden(*merged(document, lambda one: _base(one, folder, of)), settings)
    for key in (BASED_ON, WITHOUT):
        if any(path[0] == key for path in place.overrides):
            raise place.error((key,), "given beside the file, expected in it")
    data, sweep = unfolded(data, place)
    place = sweep.place if sweep else place
    sheet = validated(ExperimentSheet, data, place)
    look = _Look(folder, of, place)
    nuclei = _nuclei(sheet, look)
    interventions = _interventions(sheet, look)
    conditions = expanded(sheet.conditions, interventions, place)
    experiment = Experiment(
        Path(document.path),
        document.text,
        sheet,
        nuclei,
        interventions,
        conditions,
        settings,
        of,
        tuple(look.own),
        sweep,
    )
    check_experiment(experiment, place)
    for point in tried_first(sweep) if sweep else ():
        at_point(experiment, point)
    return experiment


def at_point(experiment: Experiment, point: int) -> Experiment:
    """The experiment at one point of its sweep, from 1 on.

    `InputError` for a point that cannot be simulated.

    >>> sweep = load("smoke", ["nuclei.lhb.parameters.E_L=[-60, -65] mV"])
    >>> at_point(sweep, 2).sheet.nuclei["lhb"].parameters["E_L"].text
    '-65 mV'
    """
    sweep = experiment.sweep
    assert sweep is not None
    place = sweep.place
    sheet = validated(ExperimentSheet, laid(sweep.data, sweep.axes, sweep.points[point - 1]), place)
    look = _Look(experiment.path.resolve().parent, experiment.parameters, place)
    nuclei = experiment.nuclei if _sheets(sheet) == _sheets(experiment.sheet) else _nuclei(sheet, look)
    conditions = expanded(sheet.conditions, experiment.interventions, place)
    made = replace(experiment, sheet=sheet, nuclei=nuclei, conditions=conditions, sweep=None)
    if [condition.name for condition in conditions] != [condition.name for condition in experiment.conditions]:
        raise place.error(
            ("sweep",), "given other conditions at each point, expected the same; give one amount at a time"
        )
    check_experiment(made, place)
    return made


def _sheets(sheet: ExperimentSheet) -> dict[str, tuple[str | None, list[str]]]:
    """What decides the sheet of each nucleus: its name, and mechanisms that are added."""
    added = _added(sheet)
    return {name: (use.sheet, added[name]) for name, use in sheet.nuclei.items()}


def asked_set(settings: Iterable[str]) -> str | None:
    """The set of parameters that the last setting of it names, before any file is read."""
    named = [text.partition("=")[2].strip(" '\"") for text in settings if text.partition("=")[0] == SET]
    if named and named[-1] not in parameter_sets():
        raise InputError(f"{SET}: {unknown('set', named[-1], parameter_sets())}")
    return named[-1] if named else None


def _set_of(name: Any, document: YamlDocument) -> str:
    """The name of a known set; the present one if none is named."""
    if name is None:
        return present()
    name = str(name) if isinstance(name, float) else name
    if name not in parameter_sets():
        raise Place(document).error((SET,), unknown("set", name, parameter_sets()))
    return str(name)


def _found(path: str | Path, of: str | None) -> Path:
    """The file itself, or the experiment of that name in a set; a shipped file stands for its name."""
    given, shipped = Path(path), catalogue.sheet_paths("experiment", of=of)
    try:
        if given.is_file():
            own = given.resolve().parent == folder_of_set(present()).resolve() / FOLDERS["experiment"]
            return shipped.get(given.stem, given) if own else given
        if str(path) in shipped:
            return shipped[str(path)]
        if not given.exists() and len(given.parts) == 1 and given.suffix == "":
            raise InputError(f"no such file, and {unknown('experiment', str(path), shipped)}")
    except (OSError, ValueError):
        raise InputError(f"no such file, and {unknown('experiment', str(path), shipped)}") from None
    if not given.exists() and given.suffix == ".yaml" and given.stem in shipped:
        raise InputError(f"no such file; 'lhb run {given.stem}', without .yaml, is the shipped experiment", file=path)
    return given


def _base(document: YamlDocument, folder: Path, of: str) -> YamlDocument:
    """The experiment that another is based on: a file beside the first one, or a shipped one."""
    name, place, key = document.data[BASED_ON], Place(document), (BASED_ON,)
    known = {**catalogue.sheet_paths("experiment", folder, of), **{p.stem: p for p in sorted(folder.glob("*.yaml"))}}
    if not isinstance(name, str) or not NAME.pattern.fullmatch(name) or name not in known:
        raise place.error(key, unknown("experiment", name, known))
    if known[name].resolve() == Path(document.path).resolve():
        raise place.error(key, f"given {name!r}, this file itself; expected another experiment")
    return read_yaml(known[name])


@dataclass
class _Look:
    """Where the sheets of an experiment are looked for, and which of them lay beside its file."""

    folder: Path
    of: str
    place: Place
    own: list[str] = field(default_factory=list)

    def path(self, kind: str, name: str, key: Key) -> Path:
        """The file of a sheet."""
        try:
            path = catalogue.sheet_path(kind, name, self.folder, self.of)
        except InputError as error:
            raise self.place.error(key, error.message) from None
        if not path.resolve().is_relative_to(folder_of_set(self.of).resolve()):
            self.own.append(f"{FOLDERS[kind]}/{path.name}")
        return path


def _nuclei(sheet: ExperimentSheet, look: _Look) -> dict[str, NucleusSheet]:
    """The sheet of each nucleus; a sheet that serves several is read once."""
    read: dict[str, NucleusSheet] = {}
    added = _added(sheet)
    for name, use in sheet.nuclei.items():
        wanted = use.sheet or name
        key: Key = ("nuclei", name, "sheet") if use.sheet else ("nuclei", name)
        if wanted not in read:
            read[wanted] = read_nucleus(look.path("nucleus", wanted, key))
    return {
        name: with_mechanisms(read[use.sheet or name], added[name], look.place, ("nuclei", name, "mechanisms"))
        for name, use in sheet.nuclei.items()
    }


def _added(sheet: ExperimentSheet) -> dict[str, list[str]]:
    """Mechanisms that an experiment adds to the cells of each nucleus: those that it names, and the clamp's."""
    amplifier = dict.fromkeys(clamped(sheet), ["voltage_clamp"])
    return {name: [*use.mechanisms, *amplifier.get(name, [])] for name, use in sheet.nuclei.items()}


def _interventions(sheet: ExperimentSheet, look: _Look) -> Mapping[str, InterventionSheet]:
    """The sheet of every intervention that a condition names."""
    read: dict[str, InterventionSheet] = {}
    for condition, entries in sheet.conditions.items():
        for name in entries:
            if name != "replay" and name not in read:
                read[name] = read_intervention(look.path("intervention", name, ("conditions", condition, name)))
    return read
