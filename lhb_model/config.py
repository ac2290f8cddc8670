"""YAML -> frozen, validated Experiment; every error names file and line, what was given and what was expected.

A config is data: nothing in it is evaluated, and names that reach generated code are checked against those known.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lhb_model import catalogue
from lhb_model.checks import check_experiment
from lhb_model.errors import InputError
from lhb_model.experiment import Condition, Experiment, Key, Place, Use
from lhb_model.names import shortened, unknown
from lhb_model.quantities import Quantity
from lhb_model.schema import ExperimentSheet, InterventionSheet, InterventionUse, NucleusSheet
from lhb_model.trains import PATTERNS
from lhb_model.yaml_file import YamlDocument, parse_yaml, read_yaml

S = TypeVar("S", bound=BaseModel)


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
        With file and line, what was given, what was expected, and the nearest known names.
    """
    overrides = tuple(overrides) + ((f"seeds={seeds}",) if seeds is not None else ())
    document = read_yaml(_find(path))
    data, place = _merged(document)
    data, place = _overridden(data, place, overrides)
    sheet = validated(ExperimentSheet, data, place)
    folder = Path(document.path).resolve().parent
    nuclei = {name: _nucleus(use.sheet or name, folder, place, ("nuclei", name)) for name, use in sheet.nuclei.items()}
    conditions, interventions = _conditions(sheet, folder, place)
    experiment = Experiment(Path(document.path), document.text, sheet, nuclei, interventions, conditions, overrides)
    check_experiment(experiment, place)
    return experiment


def _find(path: str | Path) -> Path:
    """The file itself, or the shipped experiment of that name."""
    given = Path(path)
    shipped = catalogue.sheet_paths("experiment")
    if not given.exists() and str(path) in shipped:
        return shipped[str(path)]
    if not given.exists() and given.suffix == "" and len(given.parts) == 1:
        raise InputError(f"no such file, and {unknown('experiment', str(path), shipped)}")
    return given


def _merged(document: YamlDocument) -> tuple[dict[str, Any], Place]:
    """The file's keys over those of the experiment it is based on."""
    data, documents = dict(document.data), {}
    if isinstance(data.get("based_on"), str):
        folder = Path(document.path).resolve().parent
        base_path = folder / f"{data['based_on']}.yaml"
        if not base_path.exists():
            shipped = catalogue.sheet_paths("experiment", folder)
            if data["based_on"] not in shipped:
                raise InputError(
                    unknown("experiment", data["based_on"], shipped), document.path, document.line(("based_on",))
                )
            base_path = shipped[data["based_on"]]
        base = read_yaml(base_path)
        if "based_on" in base.data:
            raise InputError(
                f"{base_path.name} is itself based on another experiment", document.path, document.line(("based_on",))
            )
        documents = {key: base for key in base.data if key not in data}
        data = {**base.data, **data}
    return data, Place(documents, document)


def _overridden(data: dict[str, Any], place: Place, overrides: Iterable[str]) -> tuple[dict[str, Any], Place]:
    data, marks = _copied(data), {}
    for text in overrides:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise InputError(
                f"given {text!r}, expected key=value such as conditions.ketamine.ketamine.block=0.3", file="--set"
            )
        keys: Key = tuple(int(part) if part.isdigit() else part for part in path.split("."))
        _set(data, keys, parse_yaml(f"value: {value}\n", f"--set {text}").data["value"], text)
        marks[keys] = text
    return data, replace(place, overrides=marks)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def _set(data: Any, keys: Key, value: Any, text: str) -> None:
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        if isinstance(data, dict):
            key = str(key)
            if last:
                data[key] = value
            elif data.get(key) is None:
                data[key] = {}
        elif not (isinstance(data, list) and isinstance(key, int) and key < len(data)):
            raise InputError(f"there is no {'.'.join(map(str, keys[: depth + 1]))} to set", file=f"--set {text}")
        elif last:
            data[key] = value
        data = data[key]


def validated(model: type[S], data: Any, place: Place, at: Key = ()) -> S:
    """Data as a value of the schema; the first error as an InputError with its place."""
    try:
        return model.model_validate(data)
    except ValidationError as failure:
        error = failure.errors()[0]
    key = at + tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "unknown_key":
        key = (*key, error["ctx"]["key"])
    name = ".".join(map(str, key)) or model.__name__
    raise place.error(key, f"{name}: {_message(error, model)}") from None


OWN = ("shape", "unknown_key", "quantity", "shares", "amount", "every", "seeds")


def _message(error: Any, model: type[BaseModel]) -> str:
    """What was given and what was expected, in words."""
    if error["type"] in OWN:
        return str(error["msg"])
    if error["type"] == "missing":
        return f"missing; expected {_meaning(model, error['loc'])}"
    expected = {
        "string_pattern_mismatch": "a name: a letter, then at most 63 letters, digits or _ . + @ -",
        "string_type": "text",
        "int_type": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "dict_type": "a mapping",
        "list_type": "a list",
    }.get(error["type"], str(error["msg"]).removeprefix("Input should be "))
    return f"given {shortened(error['input'])}, expected {expected}"


def _meaning(model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    return f"a value for {loc[-1]!r}" if loc else f"the keys of {model.__name__}"


def _nucleus(name: str, folder: Path, place: Place, key: Key) -> NucleusSheet:
    return _sheet("nucleus", NucleusSheet, name, folder, place, key)


def _sheet(kind: str, model: type[S], name: str, folder: Path, place: Place, key: Key) -> S:
    try:
        path = catalogue.sheet_path(kind, name, folder)
    except InputError as error:
        raise place.error(key, error.message) from None
    return read_sheet(kind, model, path)


def read_sheet(kind: str, model: type[S], path: Path) -> S:
    """Read one sheet; its name must be the file's."""
    document = read_yaml(path)
    place = Place({}, document)
    sheet = validated(model, document.data, place)
    if getattr(sheet, kind) != path.stem:
        raise place.error((kind,), f"given {getattr(sheet, kind)!r}, expected the file's own name {path.stem!r}")
    return sheet


# conditions ----------------------------------------------------------------------------------------------------------


def _conditions(
    sheet: ExperimentSheet, folder: Path, place: Place
) -> tuple[tuple[Condition, ...], dict[str, InterventionSheet]]:
    conditions: list[Condition] = []
    interventions: dict[str, InterventionSheet] = {}
    for name, entries in sheet.conditions.items():
        series, replay = [], None
        for intervention, options in entries.items():
            key: Key = ("conditions", name, intervention)
            if intervention == "replay":
                replay = _pattern(options, place, key)
                continue
            found = interventions.get(intervention) or _sheet(
                "intervention", InterventionSheet, intervention, folder, place, key
            )
            interventions[intervention] = found
            series.append(
                _uses(found, validated(InterventionUse, options if options is not None else {}, place, key), place, key)
            )
        conditions += [Condition(_series_name(name, uses, series), uses, replay) for uses in product(*series)]
    return tuple(conditions), interventions


def _pattern(given: Any, place: Place, key: Key) -> str:
    if given not in PATTERNS:
        raise place.error(key, unknown("pattern", given, PATTERNS))
    return str(given)


def _uses(sheet: InterventionSheet, use: InterventionUse, place: Place, key: Key) -> list[Use]:
    """One use for each amount given."""
    given = {kind: amounts for kind in ("block", "dose", "strength") if (amounts := getattr(use, kind)) is not None}
    allowed = sheet.given_as()
    if not given and "strength" in allowed:
        given = {"strength": (Quantity(1.0, "1", "1"),)}
    if len(given) != 1 or next(iter(given)) not in allowed:
        said = " and ".join(given) or "nothing"
        raise place.error(key, f"{sheet.intervention}: given {said}, expected one of {', '.join(allowed)}")
    (kind, amounts), *_ = given.items()
    for amount in amounts:
        _in_range(kind, amount, place, (*key, kind))
    onset, end = use.onset.value if use.onset else 0.0, use.end.value if use.end else None
    nuclei = tuple(use.nuclei) if use.nuclei is not None else tuple(sheet.nuclei) if sheet.nuclei is not None else None
    return [Use(sheet.intervention, kind, amount, onset, end, nuclei) for amount in amounts]


def _in_range(kind: str, amount: Quantity, place: Place, key: Key) -> None:
    if kind == "block" and not 0 <= amount.value <= 1:
        raise place.error(key, f"given {amount.text!r}, expected a blocked fraction from 0 to 1")
    if kind == "dose" and amount.value < 0:
        raise place.error(key, f"given {amount.text!r}, expected a concentration of 0 or more, such as '10 uM'")


def _series_name(name: str, uses: tuple[Use, ...], series: list[list[Use]]) -> str:
    """The condition's name, with the amounts of those interventions of which several are given."""
    amounts = [
        use.amount.text.replace(" ", "") for use, all_uses in zip(uses, series, strict=True) if len(all_uses) > 1
    ]
    return "@".join([name, *amounts])
