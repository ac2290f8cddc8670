"""JSON Schemas of the YAML files, made from the models that validate them and from the sheets that they may name.

An editor completes keys and names by them, shows unit, meaning, source and range, and marks mistakes. What a schema cannot
say (times that must fit together, names that a file defines itself) is left to `lhb check`.
"""

import ast
import inspect
import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from lhb_model import catalogue, clamp_sheets, drug_sheets, fields, replay_sheets, schema, targets
from lhb_model.authoring import known
from lhb_model.authoring.known import Known, choice, mapping, suggestion
from lhb_model.authoring.patterns import RANGE, Schema, quantity, sweepable
from lhb_model.fields import NAME, PLACE, Named, Reads
from lhb_model.parameter_sets import parameter_sets
from lhb_model.quantities import Quantity
from lhb_model.replay_sheets import ReplayUse
from lhb_model.schema import CourseUse, ExperimentSheet, InterventionSheet, InterventionUse, NucleusSheet
from lhb_model.sheets import LARGEST_SCALE
from lhb_model.targets import TargetSheet
from lhb_model.trains import PATTERNS

KINDS: dict[str, type[BaseModel]] = {
    "experiment": ExperimentSheet,
    "nucleus": NucleusSheet,
    "intervention": InterventionSheet,
    "target": TargetSheet,
}
FURTHER: dict[str, list[type[BaseModel]]] = {"experiment": [InterventionUse, CourseUse, ReplayUse]}
"""Models of what a file holds in a mapping of free names."""
HOMES = (schema, clamp_sheets, drug_sheets, fields, replay_sheets, targets)
"""Modules in which the models of sheets stand."""
DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that VS Code, PyCharm and Neovim all read."""


def json_schema(kind: str, folder: Path | None = None) -> Schema:
    """The JSON Schema of a kind of file; names of sheets in and next to `folder` are known to it as the shipped ones are.

    >>> json_schema("experiment")["properties"]["seeds"]["description"].split(";")[0]
    'Number of seeds, or the seeds themselves'
    """
    models = [KINDS[kind], *FURTHER.get(kind, [])]
    _, made = models_json_schema(
        [(model, "validation") for model in models],
        schema_generator=_Generator,
        ref_template="#/definitions/{model}",
    )
    # A quantity is a text here; pydantic defines the class all the same.
    made["$defs"].pop(Quantity.__name__, None)
    definitions = {name: _described(name, _bare(one)) for name, one in made["$defs"].items()}
    NAMED[kind](definitions, Known(folder))
    top = definitions.pop(models[0].__name__)
    # An editor would show these in place of what stands at the key.
    within = {name: {word: one[word] for word in one if word != "description"} for name, one in definitions.items()}
    return {"$schema": DRAFT, "title": f"lhb_model: {kind}", **top, "definitions": within}


def schema_text(kind: str, folder: Path | None = None) -> str:
    """The schema as the text of its file."""
    return json.dumps(json_schema(kind, folder), indent=1, ensure_ascii=False) + "\n"


# from the models -----------------------------------------------------------------------------------------------------


class _Generator(GenerateJsonSchema):
    """Knows the readers of `fields` and `schema`, which pydantic calls before or after its own."""

    def function_before_schema(self, schema: Any) -> Schema:
        """Quantities, seeds, plasticity."""
        reader = schema["function"]["function"]
        if isinstance(reader, Reads):
            return quantity(reader)
        name = getattr(reader, "__name__", "")
        return READ_BEFORE.get(name) or self.generate_inner(schema["schema"])

    def function_after_schema(self, schema: Any) -> Schema:
        """Names."""
        reader = schema["function"]["function"]
        if isinstance(reader, Named):
            return {
                "type": "string",
                "pattern": known.whole(reader),
                "errorMessage": f"Expected: {reader.wanted}",
            }
        return dict(self.generate_inner(schema["schema"]))

    def nullable_schema(self, schema: Any) -> Schema:
        """A key that may be left empty."""
        inner = dict(self.generate_inner(schema["schema"]))
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        kept = {"description": inner.pop("description")} if "description" in inner else {}
        return {"anyOf": [*inner.get("anyOf", [inner]), {"type": "null"}], **kept}

    def encode_default(self, dft: Any) -> Any:
        """A quantity as a file has it."""
        return dft.text if isinstance(dft, Quantity) else super().encode_default(dft)


READ_BEFORE: dict[str, Schema] = {
    "_seeds": {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": schema.MOST_SEEDS},
            {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
            },
        ]
    },
    "_plasticity": {"type": ["object", "boolean", "null"]},
    "_course": {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/CourseUse"}, {"type": "null"}]},
}


def _bare(given: Any) -> Any:
    """Without pydantic's titles and empty defaults; a reference with something beside it is wrapped, as draft 7 wants."""
    if isinstance(given, list):
        return [_bare(entry) for entry in given]
    if not isinstance(given, dict):
        return given
    kept = {key: _bare(value) for key, value in given.items() if not _idle(key, value)}
    reference = kept.pop("$ref", None)
    return kept if reference is None else {**kept, "allOf": [{"$ref": reference}]} if kept else {"$ref": reference}


def _idle(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, "", [], {}))


def _described(name: str, given: Schema) -> Schema:
    """A model's schema whose keys say what they are, what they take and what they are if they are left out."""
    for key, entry in given.get("properties", {}).items():
        entry["description"] = " ".join(filter(None, [_meaning(name).get(key, ""), *_facts(entry)]))
    return given


@cache
def _meaning(model: str) -> dict[str, str]:
    """Key -> the text that stands below it in the model's source."""
    made = next(getattr(home, model) for home in HOMES if hasattr(home, model))
    meanings: dict[str, str] = {}
    for origin in reversed(made.__mro__[: made.__mro__.index(BaseModel)]):
        body = ast.parse(inspect.getsource(origin)).body[0].body  # type: ignore[attr-defined]
        for line, below in zip(body, body[1:], strict=False):
            if (
                isinstance(line, ast.AnnAssign)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
            ):
                assert isinstance(line.target, ast.Name)
                field = made.model_fields[line.target.id]
                meanings[field.alias or line.target.id] = str(below.value.value)
    return meanings


def _facts(entry: Schema) -> list[str]:
    """What a key takes, and its default, in words."""
    taken = entry.get("description") or _numbers(entry) or _one_of(entry)
    return [taken, f"Default: {json.dumps(entry['default']).strip(chr(34))}." if "default" in entry else ""]


def _numbers(entry: Schema) -> str:
    kind = {"integer": "A whole number", "number": "A number"}.get(str(_plain_type(entry)))
    if kind is None:
        return ""
    least = entry.get("minimum", entry.get("exclusiveMinimum"))
    limits = [] if least is None else [f"{'at least' if 'minimum' in entry else 'more than'} {least:g}"]
    # Some versions of pydantic make a limit of 1 a float.
    limits += [f"at most {entry['maximum']:.12g}"] if "maximum" in entry else []
    return f"{', '.join(filter(None, [kind, ' and '.join(limits)]))}."


def _plain_type(entry: Schema) -> Any:
    kind = entry.get("type")
    return next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind


def _one_of(entry: Schema) -> str:
    return f"One of {', '.join(map(str, entry['enum']))}." if "enum" in entry else ""


# from what is known --------------------------------------------------------------------------------------------------

Definitions = dict[str, Schema]
SWEPT = (
    "NucleusUse",
    "HoldSheet",
    "ReplaySheet",
    "Wire",
    "InterventionUse",
    "CourseUse",
    "Protocol",
    "Stimulus",
    "ClampSheet",
    "FamilySheet",
    "StepSheet",
)
"""Definitions in which a list or a range may stand for a number."""


def _put(definitions: Definitions, model: str, key: str, given: Schema, at: str = "") -> None:
    """Say what a key takes, and leave what it is; `at` is "items" for the entries of a list."""
    entry = definitions[model]["properties"][key]
    if at:
        entry[at] = given
        return
    rest = {word: entry[word] for word in ("description", "default") if word in entry}
    definitions[model]["properties"][key] = {**given, **rest}


def _name_in_experiment(definitions: Definitions, names: Known) -> None:
    nuclei = suggestion(known.titles(names.nuclei))
    _put(definitions, "ExperimentSheet", "based_on", suggestion(names.experiments, NAME))
    _put(definitions, "ExperimentSheet", "without", suggestion(known.titles(names.nuclei), PLACE), "items")
    # Unquoted, 2026.1 is a number.
    sets = [spelled for name in parameter_sets() for spelled in (name, float(name))]
    _put(definitions, "ExperimentSheet", "parameters", {"enum": [*sets, None]})
    _put(definitions, "NucleusUse", "sheet", choice(known.titles(names.nuclei)))
    _put(definitions, "NucleusUse", "mechanisms", choice(known.mechanisms()), "items")
    _put(definitions, "NucleusUse", "parameters", mapping(known.all_amounts()))
    _put(definitions, "Wire", "from", nuclei)
    _put(definitions, "Wire", "to", nuclei)
    _put(definitions, "Wire", "weights", mapping(known.weights(), minProperties=1))
    plasticity = mapping(known.plasticity())
    _put(definitions, "Wire", "plasticity", {"anyOf": [plasticity, {"type": ["boolean", "null"]}]})
    _put(definitions, "Stimulus", "nucleus", nuclei)
    _put(definitions, "InterventionUse", "nuclei", suggestion(known.titles(names.nuclei), PLACE), "items")
    _put(definitions, "ExperimentSheet", "nuclei", _nuclei(definitions, names))
    _put(definitions, "ExperimentSheet", "conditions", _conditions(definitions, names))
    for key, given in {"readouts": known.readouts(), "figures": known.figures()}.items():
        _put(definitions, "ExperimentSheet", key, {"type": "array", "uniqueItems": True, "items": choice(given)})
    definitions["Stimulus"] |= {
        "if": {"properties": {"count": {"minimum": 2}}, "required": ["count"]},
        "then": {"required": ["every"], "properties": {"kind": {"enum": ["pulses"]}}},
        "allOf": [{"if": {"properties": {"kind": {"const": "ramp"}}}, "then": {"properties": {"fall": False}}}],
    }
    experiment = definitions["ExperimentSheet"]
    # What is missing may stand in the experiment that it is based on.
    experiment["if"] = {"required": ["based_on"]}
    experiment["else"] = {"required": experiment.pop("required"), "properties": {"without": False}}
    for name in definitions:
        if name.partition(".")[0] in SWEPT:
            definitions[name] = sweepable(definitions[name])
    definitions["Range"] = RANGE


def _nuclei(definitions: Definitions, names: Known) -> Schema:
    """Nuclei by name: of one with a sheet of its name, the parameters of its cells; any other names its sheet."""
    use = definitions["NucleusUse"]
    use |= {"if": {"required": ["replay"]}, "then": {"properties": {"parameters": {"maxProperties": 0}}}}
    for name, sheet in names.nuclei.items():
        amounts = {**mapping(known.amounts_of(sheet)), "description": use["properties"]["parameters"]["description"]}
        properties = {**use["properties"], "parameters": amounts}
        definitions[f"NucleusUse.{name}"] = {**use, "properties": properties}
    nameless = "No sheet has the name of this nucleus; name one by 'sheet'"
    other = {"allOf": [{"$ref": "#/definitions/NucleusUse"}], "required": ["sheet"], "errorMessage": nameless}
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": schema.MOST_NUCLEI,
        "propertyNames": {"pattern": known.nucleus_names()},
        "properties": {name: _nucleus(name, sheet) for name, sheet in names.nuclei.items()},
        "additionalProperties": other,
    }


def _nucleus(name: str, sheet: NucleusSheet) -> Schema:
    about = f"{sheet.title}; releases {sheet.transmitter}. Size {sheet.size} unless another is given. {sheet.notes}"
    return {
        "description": about.strip(),
        "if": {"anyOf": [{"required": ["sheet"]}, {"required": ["mechanisms"]}]},
        "then": {"$ref": "#/definitions/NucleusUse"},
        "else": {"$ref": f"#/definitions/NucleusUse.{name}"},
    }


def _conditions(definitions: Definitions, names: Known) -> Schema:
    """Conditions by name, each with interventions by name."""
    uses = {name: _use(sheet, definitions) for name, sheet in names.interventions.items()}
    patterns = {"type": "string", "enum": list(PATTERNS)}
    numbers, about = {"$ref": "#/definitions/ReplayUse"}, "Pattern of the replayed trains, by name or in numbers."
    definitions["Condition"] = mapping({**uses, "replay": {"description": about, "anyOf": [patterns, numbers]}})
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": known.whole(NAME)},
        "additionalProperties": {"$ref": "#/definitions/Condition"},
    }


def _use(sheet: InterventionSheet, definitions: Definitions) -> Schema:
    """How an intervention may be given: an amount of a kind that its sheet allows, and the options that go with it."""
    ways = sheet.given_as()
    name = f"InterventionUse.{sheet.intervention}"
    use = definitions["InterventionUse"]
    dropped = set(AMOUNTS) - set(ways)
    dropped |= set() if "dose" in ways else set(OF_DOSES)
    dropped |= set() if sheet.pore else {"at"}
    kept = {key: entry for key, entry in use["properties"].items() if key not in dropped}
    if "course" in ways:
        kept["course"] = _course(sheet, kept["course"], definitions)
    if "law" in kept and not sheet.pore:
        kept["law"] = {**kept["law"], "anyOf": [{"enum": ["hill"], "type": "string"}, {"type": "null"}]}
    given_with = {key: needed for key, needed in (OF_DOSES | WITHOUT_COURSE).items() if key in kept}
    definitions[name] = {**use, "properties": kept, **_one_amount(ways), "dependencies": given_with}
    reference = {"$ref": f"#/definitions/{name}"}
    given = {"anyOf": [reference, {"type": "null"}]} if "strength" in ways else {"allOf": [reference]}
    return {"description": _about(sheet), **given}


AMOUNTS = ("block", "dose", "strength", "course")
BY_CONCENTRATION: Schema = {"anyOf": [{"required": ["dose"]}, {"required": ["course"]}]}
OF_DOSES: dict[str, Schema] = {"law": BY_CONCENTRATION, "at": BY_CONCENTRATION}
"""Options that go with a concentration alone."""
WITHOUT_COURSE: dict[str, Schema] = {"wash": {"not": {"required": ["course"]}}}
"""Options that a course rules out."""


def _course(sheet: InterventionSheet, entry: Schema, definitions: Definitions) -> Schema:
    """One of a drug's courses, by its name alone or with another dose."""
    names = choice({name: f"{course.dose.value.text}, {course.dose.source}" for name, course in sheet.courses.items()})
    use = definitions["CourseUse"]
    named = {**use["properties"]["name"], **names}
    whole = {**use, "properties": {**use["properties"], "name": named}}
    return {"description": entry["description"], "anyOf": [names, whole]}


def _one_amount(ways: tuple[str, ...]) -> Schema:
    """At most one amount; a strength may be left out and is then full."""
    if "strength" not in ways:
        return {"oneOf": [{"required": [way]} for way in ways], "not": {"required": ["course", "end"]}}
    return {"not": {"required": list(ways)}} if len(ways) > 1 else {}


def _about(sheet: InterventionSheet) -> str:
    effects = ", ".join(f"{effect.law} of {effect.parameter}" for effect in sheet.effects)
    affinity = ""
    if sheet.affinity is not None:
        ic50 = sheet.affinity.IC50
        affinity = f" IC50 {ic50.value.text}, {ic50.tag}: {ic50.source}."
    given = f" Given as {' or '.join(sheet.given_as())}."
    return f"{sheet.title}: {effects}.{affinity}{given} {sheet.notes}".strip()


def _name_in_nucleus(definitions: Definitions, names: Known) -> None:
    rules = {"anyOf": [choice(known.burst_rules()), {"type": "string", "pattern": "="}]}
    _put(definitions, "NucleusSheet", "burst_rule", rules)
    definitions["NucleusSheet"]["properties"]["nucleus"]["pattern"] = known.nucleus_names()
    _put(definitions, "NucleusSheet", "mechanisms", choice(known.mechanisms()), "items")
    definitions["NucleusSheet"]["properties"]["mechanisms"]["uniqueItems"] = True
    _put(definitions, "NucleusSheet", "parameters", mapping({n: _sourced(a) for n, a in known.all_amounts().items()}))
    per_neuron = known.per_neuron()
    _put(definitions, "NucleusSheet", "spread", mapping({name: _spread(*about) for name, about in per_neuron.items()}))
    starts = {name: _start(value) for name, value in known.variables().items()}
    _put(definitions, "NucleusSheet", "start", mapping(starts))
    _put(definitions, "RestSheet", "without", choice(known.mechanisms()), "items")
    fixed = {name: value for name, value in known.variables().items() if name != "v"}
    _put(definitions, "RestSheet", "fixed", mapping(fixed))
    factor = definitions["RestGroupSheet"]["properties"]["factors"]["additionalProperties"]
    factors = {name: {"description": title, **factor} for name, (title, _) in per_neuron.items()}
    _put(definitions, "RestGroupSheet", "factors", mapping(factors))


def _sourced(amount: Schema) -> Schema:
    """A parameter's amount with its source."""
    value = {key: word for key, word in amount.items() if key != "description"}
    return {
        "description": amount["description"],
        "allOf": [{"$ref": "#/definitions/Sourced"}],
        "properties": {"value": value},
    }


def _spread(title: str, unit: str) -> Schema:
    """A spread in the parameter's unit; of the logarithm, as a bare number."""
    bare, own = ({"properties": {"width": quantity(Reads(of, least=0))}} for of in ("1", unit))
    lognormal = {"properties": {"kind": {"const": "lognormal"}}}
    return {
        "description": title,
        "allOf": [{"$ref": "#/definitions/SpreadSheet"}],
        "if": lognormal,
        "then": bare,
        "else": own,
    }


def _start(value: Schema) -> Schema:
    bare = {key: word for key, word in value.items() if key != "description"}
    return {
        "description": value["description"],
        "allOf": [{"$ref": "#/definitions/RangeSheet"}],
        "properties": {"low": bare, "high": bare},
    }


def _name_in_intervention(definitions: Definitions, names: Known) -> None:
    parameters = known.changeable()
    _put(definitions, "EffectSheet", "parameter", choice(parameters))
    _put(definitions, "InterventionSheet", "nuclei", suggestion(known.titles(names.nuclei), PLACE), "items")
    amounts = [_amount("scale", list(parameters), quantity(Reads("1", 0, LARGEST_SCALE, above=True)))]
    units = catalogue.parameter_units()
    for unit in dict.fromkeys(units[name] for name in parameters):
        same = [name for name in parameters if units[name] == unit]
        amounts.append(_amount("shift", same, quantity(Reads(unit))))
    definitions["EffectSheet"] |= {
        "if": {"properties": {"law": {"const": "block"}}, "required": ["law"]},
        "then": {"properties": {"amount": {"type": "null"}}},
        "else": {"required": ["amount"]},
        "allOf": amounts,
    }
    definitions["InterventionSheet"]["dependencies"] = {"courses": ["affinity"], "pore": ["affinity"]}
    definitions["CourseSheet"]["not"] = {"required": ["over", "absorption"]}


def _amount(law: str, parameters: list[str], value: Schema) -> Schema:
    """The amount that a law takes for some parameters."""
    named = {"properties": {"law": {"const": law}, "parameter": {"enum": parameters}}, "required": ["law", "parameter"]}
    return {"if": named, "then": {"properties": {"amount": {"properties": {"value": value}}}}}


def _name_in_target(definitions: Definitions, names: Known) -> None:
    places = suggestion(known.places(names), NAME)
    for model in ("TargetSheet", "Expectation"):
        _put(definitions, model, "measured_in", {"anyOf": [*places["anyOf"], {"type": "null"}]})
    interval: Schema = {"anyOf": [{"required": ["low"]}, {"required": ["high"]}]}
    definitions["Expectation"] |= {
        "oneOf": [{"required": ["direction"]}, interval],
        "dependencies": {"low": ["tolerance"], "high": ["tolerance"]},
    }
    definitions["TargetSheet"]["oneOf"] = [{"required": ["measured_in"]}, {"required": ["not_measured"]}]
    definitions["TargetSheet"]["properties"]["expect"]["minItems"] = 1


NAMED = {
    "experiment": _name_in_experiment,
    "nucleus": _name_in_nucleus,
    "intervention": _name_in_intervention,
    "target": _name_in_target,
}
