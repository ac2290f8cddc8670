"""What YAML files may name: sheets, mechanisms, parameters and the rest, each with the words an editor shows for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from keyword import kwlist
from math import inf
from pathlib import Path

from lhb_model import catalogue
from lhb_model.authoring.patterns import Schema, in_words, quantity
from lhb_model.bursts.rules import PRESETS
from lhb_model.equations import parse_equations
from lhb_model.fields import IDENTIFIER, TAKEN, TAKEN_FIRST, TAKEN_LAST, Named, Reads
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.findings import FINDINGS
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.mechanisms.mechanism import Mechanism, weight_name
from lhb_model.quantities import Parameter
from lhb_model.readouts import READOUTS
from lhb_model.schema import InterventionSheet, NucleusSheet
from lhb_model.sheets import DIVISORS, OF_DRUGS, SHARES, SIGNED, UNITS_IN_EQUATIONS, read_intervention, read_nucleus
from lhb_model.yaml_file import read_yaml


@dataclass(frozen=True)
class Known:
    """Everything that files in a folder may name: what lies in and next to it, and what comes with the package."""

    folder: Path | None = None

    @cached_property
    def experiments(self) -> dict[str, str]:
        """Name -> title."""
        paths = catalogue.sheet_paths("experiment", self.folder)
        return {name: str(read_yaml(path).data.get("title", "")) for name, path in paths.items()}

    @cached_property
    def nuclei(self) -> dict[str, NucleusSheet]:
        """Name -> sheet."""
        return {name: read_nucleus(path) for name, path in catalogue.sheet_paths("nucleus", self.folder).items()}

    @cached_property
    def interventions(self) -> dict[str, InterventionSheet]:
        """Name -> sheet."""
        paths = catalogue.sheet_paths("intervention", self.folder)
        return {name: read_intervention(path) for name, path in paths.items()}


def choice(names: Mapping[str, str]) -> Schema:
    """One of these names; an editor shows what each stands for."""
    words = {"enumDescriptions": list(names.values())} if any(names.values()) else {}
    return {"type": "string", "enum": list(names), **words}


def suggestion(names: Mapping[str, str], name: Named = IDENTIFIER) -> Schema:
    """Any name of a kind, these before others."""
    return {"anyOf": [choice(names), {"type": "string", "pattern": whole(name)}]}


def whole(name: Named) -> str:
    """The pattern of a name as a schema has it."""
    return f"^(?:{name.pattern.pattern})$"


def nucleus_names() -> str:
    """The pattern of names that a nucleus may have: see `fields`."""
    alone, first, last = ("|".join(names) for names in ((*kwlist, *TAKEN), TAKEN_FIRST, TAKEN_LAST))
    taken = (f"(?:{alone})$", f"(?:{first})(?:_|$)", f"(?:.*_)?(?:{last})$", "(?:.*_)?to(?:_|$)")
    return f"^{''.join(f'(?!{pattern})' for pattern in taken)}{IDENTIFIER.pattern.pattern}$"


def mapping(properties: Mapping[str, Schema], **further: object) -> Schema:
    """A mapping that takes these keys alone."""
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **further}


def titles(sheets: Mapping[str, NucleusSheet] | Mapping[str, InterventionSheet]) -> dict[str, str]:
    """Name -> title of each sheet."""
    return {name: sheet.title for name, sheet in sheets.items()}


def mechanisms() -> dict[str, str]:
    """Mechanisms of cells with their titles."""
    return {name: catalogue.mechanism(name).title for name in catalogue.cell_mechanism_names()}


def figures() -> dict[str, str]:
    """Kinds of figure, and what they show."""
    return dict(FIGURE_KINDS)


def places(names: Known) -> dict[str, str]:
    """What may measure a target: findings and experiments."""
    return {name: finding.title for name, finding in FINDINGS.items()} | names.experiments


def readouts() -> dict[str, str]:
    """Readouts with their titles and units."""
    return {name: f"{r.title}; from the spikes of {r.nucleus}, in {r.unit}." for name, r in READOUTS.items()}


def burst_rules() -> dict[str, str]:
    """Presets of the burst rule with their limits."""
    return {name: str(rule) for name, rule in PRESETS.items()}


# parameters ----------------------------------------------------------------------------------------------------------


def amount(name: str, parameter: Parameter, title: str) -> Schema:
    """The schema of one parameter's amount, with unit, meaning, range, usual value and source."""
    nonzero, least = DIVISORS.fullmatch(name) is not None, -inf if parameter.unit in SIGNED else 0.0
    reads = Reads(parameter.unit, least, 1.0 if name in SHARES else inf, above=nonzero and least == 0)
    return {**quantity(reads, nonzero), "description": explained(parameter, title, in_words(reads, nonzero))}


def explained(parameter: Parameter, title: str, wanted: str) -> str:
    """What a parameter is: meaning, unit and range, usual value, how that is known."""
    note = f" ({parameter.note})" if parameter.note else ""
    return f"{title}: {wanted}. Usual value {parameter.quantity.text}, {parameter.tag}: {parameter.source}{note}."


def amounts(of: Iterable[Mechanism], own: Mapping[str, Parameter] | None = None) -> dict[str, Schema]:
    """Parameter -> schema, for every parameter of these mechanisms; `own` are the amounts of a nucleus's sheet."""
    own = own or {}
    return {
        name: amount(name, own.get(name, parameter), mechanism.title)
        for mechanism in of
        for name, parameter in mechanism.parameters.items()
        if name not in OF_DRUGS
    }


def cell_mechanisms() -> list[Mechanism]:
    """Every mechanism that a cell can have."""
    return [catalogue.mechanism(name) for name in catalogue.cell_mechanism_names()]


def changeable() -> dict[str, str]:
    """Parameters that an intervention may change, and what each is."""
    every = amounts(catalogue.mechanism(name) for name in catalogue.mechanism_names())
    synapses = {weight_name(receptor): weight["description"] for receptor, weight in weights().items()}
    return {name: amount["description"] for name, amount in every.items()} | synapses


def brought() -> list[Mechanism]:
    """Mechanisms that drugs bring into a cell."""
    return [found for name in catalogue.mechanism_names() if (found := catalogue.mechanism(name)).gates]


def all_amounts() -> dict[str, Schema]:
    """Every parameter that a cell can have."""
    return amounts([*cell_mechanisms(), *brought()])


def amounts_of(sheet: NucleusSheet) -> dict[str, Schema]:
    """The parameters of one nucleus's cells, with the amounts of its sheet."""
    own = {name: sourced.parameter() for name, sourced in sheet.parameters.items()}
    of = [catalogue.mechanism(name) for name in sheet.mechanisms]
    currents = {current for mechanism in of for current in mechanism.currents}
    return amounts([*of, *(mechanism for mechanism in brought() if currents & set(mechanism.gates))], own)


def per_neuron() -> dict[str, tuple[str, str]]:
    """Parameters that may differ between neurons: what each is, and its unit."""
    return {name: (m.title, m.parameters[name].unit) for m in cell_mechanisms() for name in sorted(m.per_neuron)}


def plasticity() -> dict[str, Schema]:
    """Parameters of short-term plasticity."""
    return amounts([short_term_plasticity.MECHANISM])


def weights() -> dict[str, Schema]:
    """Receptor -> schema of a synapse's weight there."""
    found = {}
    for mechanism in cell_mechanisms():
        for receptor, unit in mechanism.weight_units.items():
            reads = Reads(unit, least=0)
            about = f"{mechanism.title}: what one spike adds to {mechanism.receives[receptor]}, {in_words(reads)}."
            found[receptor] = {**quantity(reads), "description": about}
    return found


def variables() -> dict[str, Schema]:
    """Variable of a cell -> schema of a value of it."""
    units = {"v": ("Membrane potential", "V")}
    for mechanism in cell_mechanisms():
        for equation in parse_equations(mechanism.equations):
            if equation.differential:
                units[equation.name] = mechanism.title, UNITS_IN_EQUATIONS[equation.unit]
    return {name: {**quantity(Reads(unit)), "description": title} for name, (title, unit) in units.items()}
