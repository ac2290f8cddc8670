"""Lists and ranges in an experiment -> the points of a sweep: every combination, or a design that samples the ranges.

A list or a range may stand wherever the experiment takes one value, or under its key in `sweep.over`. A few keys take lists
themselves (`block: [0, 0.5]` is a series of conditions); a range with a number of values is there the list that it means.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from lhb_model.errors import InputError
from lhb_model.experiment import Axis, Key, Place, Sweep, spelled
from lhb_model.fields import shown
from lhb_model.names import unknown
from lhb_model.overrides import POSITION, copied
from lhb_model.quantities import PLAIN_LETTERS, QUANTITY, QuantityError, parse_quantity
from lhb_model.sampling import OF_RANGES, SAMPLERS
from lhb_model.schema import NucleusUse
from lhb_model.sweep_sheet import MOST_POINTS, SweepSheet
from lhb_model.validation import validated

ROOTS = ("nuclei", "wiring", "conditions", "protocol", "stimuli", "clamp", "precision")
"""Parts of an experiment that may be swept."""
TAKE_LISTS = ("conditions", "nuclei", "mechanisms", "block", "dose", "strength", "after", "burst_share", "synchrony",
              "holding", "potential", "lasting", "test", "fast", "slow")  # fmt: skip
"""Keys within them whose value may be a list in its own right."""
MAPPINGS = tuple((root,) for root in ROOTS if root != "precision")
"""Keys that hold others, never a value of their own."""
WHOLE = ("size", "in_degree", "count")
"""Keys whose value is a whole number."""
SCALES = {"linspace": "linear", "logspace": "logarithmic"}
DIGITS = 6
"""Of a value between the ends of a range, so that it reads as it is used."""
MOST_TRIED = 20
TAKEN = ("point", "condition", "seed", "nucleus", "neuron", "measure", "value", "unit")
"""Columns of tables that an axis may not be named by."""

Value = str | int | float | bool


@dataclass(frozen=True)
class Range:
    """Values between two ends: evenly spaced, or by equal factors. Ends as numbers of one `unit` (text as written)."""

    scale: str
    low: float
    high: float
    unit: str
    count: int | None
    whole: bool

    def at(self, share: float) -> Value:
        """The value at a share of the way, as a file has it.

        >>> Range("logarithmic", 0.1, 100.0, "uM", None, False).at(0.5)
        '3.16228 uM'
        """
        low, high = self.low, self.high
        exact = low + share * (high - low) if self.scale == "linear" else low * (high / low) ** share
        number = float(f"{exact:.{DIGITS}g}")
        if self.whole:
            return round(exact)
        if self.unit:
            return f"{number:.{DIGITS}g} {self.unit}"
        return int(number) if number.is_integer() else number

    def values(self) -> list[Value]:
        """All values, the ends among them; their number must be given."""
        assert self.count is not None
        return list(dict.fromkeys(self.at(number / (self.count - 1)) for number in range(self.count)))


@dataclass(frozen=True)
class Found:
    """A list of values, or a range, that stands at `written` and is meant for `key`."""

    key: Key
    written: Key
    choices: list[Value] | Range

    def at(self, share: float) -> Value:
        """The value at a share of the way: of a list, equal shares for each."""
        if isinstance(self.choices, Range):
            return self.choices.at(share)
        return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]


def unfolded(data: dict[str, Any], place: Place) -> tuple[dict[str, Any], Sweep | None]:
    """The data at the first point, and the sweep; data without any list or range are returned as they are.

    Raises
    ------
    InputError
        For a list or range that cannot be read, and a design that does not fit them.
    """
    given = data.get("sweep")
    sheet = SweepSheet() if given is None else validated(SweepSheet, given, place, ("sweep",))
    data = copied(data)
    inline = [found for root in ROOTS if root in data for found in _within(data, (root,), place)]
    found = [*inline, *_over(sheet.over, data, place)]
    if not found:
        if given is not None:
            raise place.error(
                ("sweep",), "given without a list or a range; expected some in the experiment or in 'over'"
            )
        return data, None
    _check_once(found, place)
    place = replace(place, swept={one.key: one.written for one in found})
    points = _points(found, sheet, place)
    names = _names([one.key for one in found])
    axes = tuple(_axis(one, name) for one, name in zip(found, names, strict=True))
    return laid(data, axes, points[0]), Sweep(sheet, axes, points, data, place)


def laid(data: Mapping[str, Any], axes: Sequence[Axis], values: Sequence[Value]) -> dict[str, Any]:
    """The data with a value at the key of each axis."""
    made: dict[str, Any] = copied(data)
    for axis, value in zip(axes, values, strict=True):
        *around, last = axis.key
        inner: Any = made
        for part in around:
            if isinstance(inner, dict) and inner.get(part) is None:
                inner[part] = {}
            inner = inner[part]
        inner[last] = value
    return made


def tried_first(sweep: Sweep) -> list[int]:
    """Points that together have every value of each axis, or its extremes and some between if they are many."""
    tried: dict[int, None] = {}
    for column in range(len(sweep.axes)):
        first: dict[Value, int] = {}
        for number, values in enumerate(sweep.points, start=1):
            first.setdefault(values[column], number)
        chosen = sorted(first, key=_number)
        step = max(1, (len(chosen) - 1) // MOST_TRIED + 1)
        tried |= dict.fromkeys(first[value] for value in [*chosen[::step], chosen[-1]])
    return list(tried)


def si_value(value: Value, unit: str) -> Value:
    """A value of an axis in its unit; a text as it is.

    >>> si_value("5 mV", "V"), si_value("single", "")
    (0.005, 'single')
    """
    return float(parse_quantity(value, unit).value) if unit else value


def _number(value: Value) -> float:
    """A value as a number, to find the extremes; texts have no order."""
    return float(parse_quantity(value).value if isinstance(value, str) else value) if _unit(value) else 0.0


def _unit(value: Value) -> str:
    """The canonical unit of a value; empty for a text, or true and false."""
    if not isinstance(value, str):
        return "" if isinstance(value, bool) else "1"
    try:
        return parse_quantity(value).unit
    except QuantityError:
        return ""


def _axis(found: Found, name: str) -> Axis:
    if not isinstance(found.choices, Range):
        units = {_unit(value) for value in found.choices}
        return Axis(found.key, name, units.pop() if len(units) == 1 else "", "list")
    low, high = found.at(0.0), found.at(1.0)
    unit = _unit(low)
    return Axis(found.key, name, unit, found.choices.scale, (_number(low), _number(high)))


def _names(keys: Sequence[Key]) -> list[str]:
    """The shortest endings of keys that tell them apart, as columns of a table.

    >>> _names([("nuclei", "lhb", "size"), ("nuclei", "rmtg", "size"), ("protocol", "dt")])
    ['lhb.size', 'rmtg.size', 'dt']
    """
    names = []
    for key in keys:
        endings = [spelled(key[place:]) for place in range(len(key) - 1, -1, -1)]
        others = [other for other in keys if other != key]
        apart = (e for e in endings if not any(f".{spelled(other)}".endswith(f".{e}") for other in others))
        names.append(next((e for e in apart if e not in TAKEN), spelled(key)))
    return names


# finding lists and ranges --------------------------------------------------------------------------------------------


def _within(data: Any, key: Key, place: Place) -> Iterator[Found]:
    """Lists and ranges below a key, where one value is expected; a counted range in place of a list becomes that list."""
    inner = data[key[-1]]
    if _is_range(inner):
        read = _range(inner, key, place)
        if key[-1] in TAKE_LISTS and read.count is not None:
            data[key[-1]] = read.values()
        else:
            yield Found(key, key, read)
    elif isinstance(inner, dict):
        for part in inner:
            yield from _within(inner, (*key, part), place)
    elif isinstance(inner, list) and any(isinstance(entry, dict) for entry in inner):
        for number in range(len(inner)):
            yield from _within(inner, (*key, number), place)
    elif isinstance(inner, list) and len(inner) > 1 and key[-1] not in TAKE_LISTS and key not in MAPPINGS:
        yield Found(key, key, _list(inner, key, place))


def _over(
    given: Mapping[str, Any], data: Mapping[str, Any], place: Place, at: Key = ("sweep", "over")
) -> Iterator[Found]:
    """What `sweep.over` names; keys with dots and nested mappings mean the same."""
    for name, inner in given.items():
        written = (*at, name)
        if isinstance(inner, dict) and not _is_range(inner):
            yield from _over(inner, data, place, written)
            continue
        parts = [part for text in written[2:] for part in str(text).split(".")]
        key = _resolved(parts, data, place, written)
        choices = _range(inner, written, place, key) if _is_range(inner) else _list(inner, written, place)
        yield Found(key, written, choices)


def _resolved(parts: list[str], data: Mapping[str, Any], place: Place, written: Key) -> Key:
    """The key that is meant: NUCLEUS.PARAMETER in full, positions in lists as numbers."""
    nuclei = data.get("nuclei")
    if len(parts) == 2 and isinstance(nuclei, dict) and parts[0] in nuclei:
        own = parts[1] in {field.alias or name for name, field in NucleusUse.model_fields.items()}
        parts = ["nuclei", parts[0], parts[1]] if own else ["nuclei", parts[0], "parameters", parts[1]]
    if parts[0] not in ROOTS:
        raise place.error(written, unknown("key to sweep", parts[0], [*ROOTS, *(nuclei or {})]))
    key: list[str | int] = []
    inner: Any = data
    for part in parts:
        step: Any = part
        if isinstance(inner, list):
            if not POSITION.fullmatch(part) or int(part) >= len(inner):
                raise place.error(written, f"given {part!r}, expected a position from 0 to {len(inner) - 1}")
            step = int(part)
        elif inner is not None and not isinstance(inner, dict):
            raise place.error(written, f"given {part!r}, expected no key below {spelled(tuple(key))}")
        key.append(step)
        inner = inner[step] if isinstance(inner, list) else (inner or {}).get(part)
    return tuple(key)


def _check_once(found: Sequence[Found], place: Place) -> None:
    for number, one in enumerate(found):
        for other in found[:number]:
            shorter = min(len(one.key), len(other.key))
            if one.key[:shorter] == other.key[:shorter]:
                raise place.error(
                    one.written, f"given here and in {spelled(other.written)}, expected one list or range"
                )


# reading them --------------------------------------------------------------------------------------------------------


def _is_range(given: Any) -> bool:
    return isinstance(given, dict) and len(given) == 1 and next(iter(given)) in SCALES


def _list(given: Any, key: Key, place: Place) -> list[Value]:
    """Different single values."""
    if not isinstance(given, list) or len(given) < 2:
        expected = "several values such as [15 nS, 20 nS], or a range such as {linspace: [15 nS, 25 nS, 11]}"
        raise place.error(key, f"given {shown(given)}, expected {expected}")
    for number, value in enumerate(given):
        if not isinstance(value, Value):
            raise place.error(key, f"given {shown(value)} in a list to sweep, expected single values")
        if value in given[:number]:
            raise place.error(key, f"given {value!r} twice, expected different values")
    return given


def _range(given: Mapping[str, Any], key: Key, place: Place, target: Key | None = None) -> Range:
    (word, ends), *_ = given.items()
    expected = f"two ends and a number of values such as {{{word}: [15 nS, 25 nS, 11]}}"
    if not isinstance(ends, list) or len(ends) not in (2, 3):
        raise place.error((*key, word), f"given {shown(ends)}, expected {expected}")
    count = ends[2] if len(ends) == 3 else None
    if count is not None and (type(count) is not int or not 2 <= count <= MOST_POINTS):
        raise place.error((*key, word), f"given {shown(count)} values, expected a whole number from 2 to {MOST_POINTS}")
    try:
        low, high, unit = _ends(ends[0], ends[1])
    except InputError as error:
        raise place.error((*key, word), error.message) from None
    if low == high or (word == "logspace" and min(low, high) <= 0):
        wanted = "two different ends" + (" above 0" if word == "logspace" else "")
        raise place.error((*key, word), f"given {shown(ends[:2])}, expected {wanted}")
    return Range(SCALES[word], low, high, unit, count, (target or key)[-1] in WHOLE)


def _ends(low: Any, high: Any) -> tuple[float, float, str]:
    """Both ends as numbers of the first one's unit."""
    first, last = (parse_quantity(end, None if isinstance(end, str) else "1") for end in (low, high))
    if first.unit != last.unit:
        raise InputError(f"given {first.text!r} and {last.text!r}, expected two ends of one kind")
    (number, unit), (same, own) = _parts(first.text), _parts(last.text)
    # Numbers as they are written, so that ends of one unit are exactly themselves.
    return number, same if own == unit else last.value / parse_quantity(f"1 {unit}", first.unit).value, unit


def _parts(text: str) -> tuple[float, str]:
    """Number and unit of a quantity, as written."""
    parts = QUANTITY.fullmatch(text.translate(PLAIN_LETTERS).strip())
    assert parts is not None
    return float(parts[1]), parts[2].strip()


# designs -------------------------------------------------------------------------------------------------------------


def _points(found: Sequence[Found], sheet: SweepSheet, place: Place) -> tuple[tuple[Value, ...], ...]:
    if sheet.design in SAMPLERS:
        return _sampled(found, sheet, place)
    if sheet.points is not None:
        expected = f"none: a {sheet.design} has as many as its lists and ranges make"
        raise place.error(("sweep", "points"), f"given {sheet.points}, expected {expected}")
    lists = [_counted(one, sheet.design, place) for one in found]
    if sheet.design == "grid":
        number = prod(map(len, lists))
        if number > MOST_POINTS:
            raise place.error(found[0].written, f"given a grid of {number} points, expected at most {MOST_POINTS}")
        return tuple(product(*lists))
    for one, values in zip(found, lists, strict=True):
        if len(values) != len(lists[0]):
            expected = f"as many as {spelled(found[0].written)} has, {len(lists[0])}"
            raise place.error(one.written, f"given {len(values)} values for a paired design, expected {expected}")
    return tuple(zip(*lists, strict=True))


def _counted(one: Found, design: str, place: Place) -> list[Value]:
    if not isinstance(one.choices, Range):
        return one.choices
    if one.choices.count is None:
        expected = "a number of values after the two ends"
        raise place.error(
            one.written, f"given a range without a number of values for design {design!r}, expected {expected}"
        )
    return one.choices.values()


def _sampled(found: Sequence[Found], sheet: SweepSheet, place: Place) -> tuple[tuple[Value, ...], ...]:
    if sheet.points is None:
        expected = "'points', their number, such as 64"
        raise place.error(("sweep",), f"given design {sheet.design!r} without a number of points, expected {expected}")
    if sheet.design in OF_RANGES:
        for one in found:
            if not isinstance(one.choices, Range):
                expected = "a range such as {linspace: [15 nS, 25 nS]}"
                raise place.error(one.written, f"given a list for design {sheet.design!r}, expected {expected}")
    try:
        shares = SAMPLERS[sheet.design](len(found), sheet.points, sheet.seed)
    except InputError as error:
        raise place.error(("sweep", "points"), error.message) from None
    return tuple(tuple(one.at(float(share)) for one, share in zip(found, row, strict=True)) for row in shares)
