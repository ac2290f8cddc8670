"""The conditions of an experiment: each with its interventions, a list of amounts as a series of conditions."""

import re
from collections.abc import Mapping
from itertools import product
from math import inf, prod
from typing import Any

from lhb_model.experiment import Condition, Key, Place, Use
from lhb_model.model import Pattern
from lhb_model.names import unknown
from lhb_model.pharmacokinetics import Bath, Course, Dose
from lhb_model.quantities import Quantity, format_quantity
from lhb_model.replay_sheets import ReplayUse
from lhb_model.schema import CourseUse, InterventionSheet, InterventionUse
from lhb_model.trains import PATTERNS
from lhb_model.validation import validated

MOST_CONDITIONS = 1000
FULL = Quantity(1.0, "1", "1")
SHORT_AMOUNT = re.compile(r"[0-9.e+-]+ ?[A-Za-z]*", re.ASCII)


def expanded(
    given: Mapping[str, Mapping[str, Any]], interventions: Mapping[str, InterventionSheet], place: Place
) -> tuple[Condition, ...]:
    """All conditions, in the file's order."""
    conditions: list[Condition] = []
    for name, entries in given.items():
        key: Key = ("conditions", name)
        series = [
            _uses(interventions[entry], options, place, (*key, entry))
            for entry, options in entries.items()
            if entry != "replay"
        ]
        if len(conditions) + prod(map(len, series)) > MOST_CONDITIONS:
            raise place.error(key, f"given more conditions than {MOST_CONDITIONS}, expected fewer or shorter series")
        patterns = _patterns(entries["replay"], place, (*key, "replay")) if "replay" in entries else {"": None}
        conditions += [
            Condition(_name(name, uses, series) + amounts, uses, pattern)
            for uses in product(*series)
            for amounts, pattern in patterns.items()
        ]
    return tuple(conditions)


def _patterns(given: Any, place: Place, key: Key) -> Mapping[str, Pattern]:
    """Patterns of trains, by what their conditions' names say of them: one, or all combinations of the numbers given."""
    if not isinstance(given, Mapping):
        if given not in PATTERNS:
            raise place.error(key, unknown("pattern", given, PATTERNS))
        return {"": PATTERNS[given]}
    use = validated(ReplayUse, given, place, key)
    given_ones = {
        word: amounts if isinstance(amounts, tuple) else (amounts,) for word, amounts in use if amounts is not None
    }
    if not given_ones:
        raise place.error(key, f"given no numbers, expected a pattern, or some of {', '.join(ReplayUse.model_fields)}")
    found = {}
    for amounts in product(*given_ones.values()):
        numbers = dict(zip(given_ones, amounts, strict=True))
        ending = "".join(f"@{_short(amount)}" for word, amount in numbers.items() if len(given_ones[word]) > 1)
        text = ", ".join(f"{word.replace('_', ' ')} {amount.text}" for word, amount in numbers.items())
        found[ending] = Pattern(text, **{word: amount.value for word, amount in numbers.items()})
    return found


def _uses(sheet: InterventionSheet, options: Any, place: Place, key: Key) -> list[Use]:
    """One use of an intervention for each amount given."""
    use = validated(InterventionUse, {} if options is None else options, place, key)
    kind, amounts = _amounts(sheet, use, place, key)
    _check_law(sheet, use, place, key)
    onset, end = use.onset.value if use.onset else 0.0, use.end.value if use.end else None
    nuclei = None if use.nuclei is None else tuple(use.nuclei)
    at = use.at.value if use.at else None
    if use.course is not None and use.course.after is not None:
        course, moments = _in_time(sheet, use, amounts[0]), use.course.after
        assert course is not None
        return [
            Use(sheet.intervention, "dose", _held(course, moment), onset, end, nuclei, at=at, moment=moment)
            for moment in moments
        ]
    return [
        Use(sheet.intervention, kind, amount, onset, end, nuclei, use.law or "hill", at, _in_time(sheet, use, amount))
        for amount in amounts
    ]


def _held(course: Course, moment: Quantity) -> Quantity:
    """The concentration in a moment of a course."""
    found = float(course.at(moment.value))
    return Quantity(found, "M", format_quantity(float(f"{found:.4g}"), "M"))


def _check_law(sheet: InterventionSheet, use: InterventionUse, place: Place, key: Key) -> None:
    """Do law, potential, wash and end fit the drug and the way its amount is given?"""
    for option in ("law", "at"):
        if getattr(use, option) is not None and use.dose is None and use.course is None:
            raise place.error((*key, option), "given without a dose, expected with one")
    if use.wash is not None and use.course is not None:
        raise place.error((*key, "wash"), f"given {use.wash.text!r}, expected none: the course says how it sets in")
    if use.course is not None and use.end is not None:
        raise place.error((*key, "end"), f"given {use.end.text!r}, expected none: the body ends a course")
    if use.course is not None and use.course.after is not None:
        if use.law == "trapping":
            expected = "'hill': a block that is held is steady; a trapped one is followed by lhb_model.follow"
            raise place.error((*key, "law"), f"given 'trapping', expected {expected}")
        if use.onset is not None:
            raise place.error((*key, "onset"), f"given {use.onset.text!r}, expected none beside 'after'")
    if use.law == "trapping" and sheet.pore is None:
        raise place.error((*key, "law"), "given 'trapping', expected 'hill' (its sheet has no pore to be trapped in)")
    if use.at is not None and (sheet.pore is None or use.law == "trapping"):
        expected = "none: only the Hill law of a pore blocker holds at one potential"
        raise place.error((*key, "at"), f"given {use.at.text!r}, expected {expected}")


def _in_time(sheet: InterventionSheet, use: InterventionUse, amount: Quantity) -> Course | None:
    """The course of an amount that is not constant."""
    onset = use.onset.value if use.onset else 0.0
    if use.course is not None:
        found = sheet.courses[use.course.name]
        over, absorption = (time.value.value if time else 0.0 for time in (found.over, found.absorption))
        return Dose(amount.value, found.half_life.value.value, over, absorption, onset)
    if use.wash is not None:
        return Bath(amount.value, use.wash.value, onset, use.end.value if use.end else inf)
    return None


def _peak(sheet: InterventionSheet, use: CourseUse, place: Place, key: Key) -> Quantity:
    """The highest concentration of a course in the tissue: in proportion to the dose, and to the ratio of tissue to plasma."""
    if use.name not in sheet.courses:
        raise place.error((*key, "course"), unknown("course", use.name, sheet.courses))
    found = sheet.courses[use.name]
    doses = 1.0 if use.dose is None else use.dose.value / found.dose.value.value
    tissue = found.tissue.value.value if use.tissue is None else use.tissue.value
    return Quantity(found.peak.value.value * doses * tissue, "M", f"{use.name} {(use.dose or found.dose.value).text}")


def _amounts(
    sheet: InterventionSheet, use: InterventionUse, place: Place, key: Key
) -> tuple[str, tuple[Quantity, ...]]:
    """How the amounts are given, and the amounts; an intervention of a strength is at full strength if none is given."""
    kinds = ("block", "dose", "strength", "course")
    given = {kind: found for kind in kinds if (found := getattr(use, kind)) is not None}
    allowed = sheet.given_as()
    if not given and "strength" in allowed:
        return "strength", (FULL,)
    if len(given) != 1:
        raise place.error(key, f"given {' and '.join(given) or 'no amount'}, expected one of {', '.join(allowed)}")
    (kind, amounts), *_ = given.items()
    if kind not in allowed:
        reason = " (its sheet has no affinity)" if kind == "dose" else ""
        raise place.error((*key, kind), f"given a {kind}, expected a {' or a '.join(allowed)}{reason}")
    if use.course is not None:
        return "course", (_peak(sheet, use.course, place, key),)
    return kind, amounts


def _name(name: str, uses: tuple[Use, ...], series: list[list[Use]]) -> str:
    """The condition's name, with the amounts of those interventions of which several are given."""
    several = [use for use, alternatives in zip(uses, series, strict=True) if len(alternatives) > 1]
    return "@".join([name, *(_short(use.moment or use.amount) for use in several)])


def _short(amount: Quantity) -> str:
    """An amount as part of a folder's name: as written, unless that holds unusual characters."""
    text = amount.text if SHORT_AMOUNT.fullmatch(amount.text) else format_quantity(amount.value, amount.unit)
    return text.replace(" ", "")
