"""Reads nucleus and intervention sheets: does all that a sheet names exist, and fit? Errors point into the sheet."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from lhb_model import catalogue
from lhb_model.bursts.rules import parse_rule
from lhb_model.cell import Cell
from lhb_model.errors import InputError
from lhb_model.experiment import Key, Place
from lhb_model.mechanisms import trapping
from lhb_model.names import unknown
from lhb_model.quantities import Quantity, QuantityError, parse_quantity
from lhb_model.schema import EffectSheet, InterventionSheet, NucleusSheet, RestSheet
from lhb_model.validation import validated
from lhb_model.yaml_file import read_yaml

S = TypeVar("S", bound=BaseModel)

UNITS_IN_EQUATIONS = {"1": "1", "volt": "V", "siemens": "S", "amp": "A", "second": "s", "Hz": "Hz", "mmolar": "M"}
SIGNED = ("V", "A", "A/s")
"""Units of which a parameter may be negative."""
DIVISORS = re.compile(r"C|tau_.*|k_.*|K_.*|.*_half|phi_T")
SHARES = ("U", "f_slow", "Kir41_share", "leak_K")
LARGEST_SCALE = 1000.0
OF_DRUGS = frozenset(trapping.MECHANISM.parameters) - {"P_ambient"}
"""Numbers that a drug brings along: no intervention changes those of another."""


def read_nucleus(path: Path) -> NucleusSheet:
    """Read a nucleus sheet.

    Raises
    ------
    InputError
        With file and line of the sheet, for the first thing that is wrong in it.
    """
    sheet, place = read_named(NucleusSheet, "nucleus", path)
    _check_nucleus(sheet, place)
    return sheet


def read_intervention(path: Path) -> InterventionSheet:
    """Read an intervention sheet; errors as of `read_nucleus`."""
    sheet, place = read_named(InterventionSheet, "intervention", path)
    for number, effect in enumerate(sheet.effects):
        _check_effect(effect, place, ("effects", number))
    return sheet


def read_named(model: type[S], kind: str, path: Path) -> tuple[S, Place]:
    """A sheet, whose name must be the file's, and where its keys were written."""
    document = read_yaml(path)
    place = Place(document)
    sheet = validated(model, document.data, place)
    name = getattr(sheet, kind)
    if name != path.stem:
        raise place.error((kind,), f"given {name!r}, expected the file's own name {path.stem!r}")
    return sheet, place


def check_known(kind: str, name: object, names: object, place: Place, key: Key) -> None:
    """Answer a wrong name with the nearest right ones; a set of them in alphabetical order."""
    known = sorted(names) if isinstance(names, frozenset | set) else list(names)  # type: ignore[call-overload]
    if name not in known:
        raise place.error(key, unknown(kind, name, known))


def check_amount(parameter: str, given: Quantity, unit: str, place: Place, key: Key) -> None:
    """Has an amount the unit of its parameter, and a size that the equations can bear?"""
    check_unit(given, unit, place, key)
    expected = ""
    if given.value == 0 and DIVISORS.fullmatch(parameter):
        expected = "another amount: the equations divide by it"
    elif given.value < 0 and unit not in SIGNED:
        expected = "0 or more"
    elif given.value > 1 and parameter in SHARES:
        expected = "at most 1"
    if expected:
        raise place.error(key, f"given {given.text!r}, expected {expected}")


def check_unit(given: Quantity, unit: str, place: Place, key: Key) -> None:
    """Has a quantity this unit?"""
    if given.unit != unit:
        try:
            parse_quantity(given.text, unit)
        except QuantityError as error:
            raise place.error(key, error.message) from None


# nuclei --------------------------------------------------------------------------------------------------------------


def _check_nucleus(sheet: NucleusSheet, place: Place) -> None:
    try:
        parse_rule(sheet.burst_rule)
    except InputError as error:
        raise place.error(("burst_rule",), error.message) from None
    for number, name in enumerate(sheet.mechanisms):
        check_known("mechanism", name, catalogue.cell_mechanism_names(), place, ("mechanisms", number))
    try:
        cell = catalogue.cell(sheet.nucleus, tuple(sheet.mechanisms))
    except InputError as error:
        raise place.error(("mechanisms",), error.message) from None
    check_parameters({name: sourced.value for name, sourced in sheet.parameters.items()}, cell, place, ("parameters",))
    _check_spread(sheet, cell, place)
    _check_start(sheet, cell, place)
    if sheet.rest is not None:
        _check_rest(sheet.rest, sheet, cell, place)


def with_mechanisms(sheet: NucleusSheet, more: Sequence[str], place: Place, key: Key) -> NucleusSheet:
    """The sheet with mechanisms that an experiment adds to its cells."""
    for number, name in enumerate(more):
        check_known("mechanism", name, catalogue.cell_mechanism_names(), place, (*key, number))
    together = [*sheet.mechanisms, *more]
    try:
        catalogue.cell(sheet.nucleus, tuple(together))
    except InputError as error:
        raise place.error(key, error.message) from None
    return sheet.model_copy(update={"mechanisms": together})


def check_parameters(given: Mapping[str, Quantity], cell: Cell, place: Place, key: Key) -> None:
    """Are these parameters of the cell, with amounts that fit?"""
    for name, quantity in given.items():
        check_known("parameter", name, cell.parameters, place, (*key, name))
        check_amount(name, quantity, cell.parameters[name].unit, place, (*key, name))


def _check_spread(sheet: NucleusSheet, cell: Cell, place: Place) -> None:
    for name, spread in sheet.spread.items():
        check_known("parameter that may differ between neurons", name, cell.per_neuron, place, ("spread", name))
        unit = "1" if spread.kind == "lognormal" else cell.parameters[name].unit
        check_unit(spread.width, unit, place, ("spread", name, "width"))


def _check_start(sheet: NucleusSheet, cell: Cell, place: Place) -> None:
    units = _state_units(cell)
    for name, span in sheet.start.items():
        key: Key = ("start", name)
        check_known("variable", name, units, place, key)
        check_unit(span.low, units[name], place, (*key, "low"))
        check_unit(span.high, units[name], place, (*key, "high"))
        if span.low.value > span.high.value:
            raise place.error((*key, "low"), f"given {span.low.text!r}, expected at most 'high', {span.high.text!r}")


def _check_rest(rest: RestSheet, sheet: NucleusSheet, cell: Cell, place: Place) -> None:
    if "I_hold" not in cell.per_neuron:
        raise place.error(("rest",), "given resting potentials, expected the mechanism 'injected_current' to hold them")
    for number, name in enumerate(rest.without):
        check_known("mechanism of this nucleus", name, sheet.mechanisms, place, ("rest", "without", number))
    units = {name: unit for name, unit in _state_units(cell).items() if name != "v"}
    for name, quantity in rest.fixed.items():
        check_known("variable", name, units, place, ("rest", "fixed", name))
        check_unit(quantity, units[name], place, ("rest", "fixed", name))
    for number, group in enumerate(rest.groups):
        for name in group.factors:
            key: Key = ("rest", "groups", number, "factors", name)
            check_known("parameter that may differ between neurons", name, cell.per_neuron, place, key)


def _state_units(cell: Cell) -> dict[str, str]:
    """Variable -> canonical unit."""
    return {e.name: UNITS_IN_EQUATIONS[e.unit] for e in cell.equations if e.differential}


# interventions -------------------------------------------------------------------------------------------------------


def _check_effect(effect: EffectSheet, place: Place, key: Key) -> None:
    units = {name: unit for name, unit in catalogue.parameter_units().items() if name not in OF_DRUGS}
    check_known("parameter", effect.parameter, units, place, (*key, "parameter"))
    if effect.amount is None:
        return
    at: Key = (*key, "amount", "value")
    amount = effect.amount.value
    if effect.law == "shift":
        check_unit(amount, units[effect.parameter], place, at)
        return
    check_unit(amount, "1", place, at)
    if not 0 < amount.value <= LARGEST_SCALE:
        raise place.error(at, f"given {amount.text!r}, expected more than 0 and at most {LARGEST_SCALE:g}")
