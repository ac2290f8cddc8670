"""Text <-> quantity: `"30.9 nS"` is 3.09e-8 S. The only reader of units; it looks up and never evaluates.

A unit is a product or quotient of the symbols below, read from left to right: `mV`, `uM/s`, `1/M/s`,
`mV^2`, `1/pA/ms`. Inside the program every number is a float in SI, save concentrations: mol/l (M).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isfinite

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown

TAGS = ("measured", "recalled", "fitted", "assumed")
LONGEST_TEXT = 60
HIGHEST_POWER = 9
SHOWN_DIGITS = 12


class QuantityError(InputError):
    """A text that is no quantity, or a quantity of another dimension than the expected one."""


@dataclass(frozen=True)
class Kind:
    """A kind of quantity: canonical SI unit, name, an example, exponents of `BASES`, prefixes in use."""

    unit: str
    name: str
    example: str
    powers: dict[str, int]
    prefixes: str = ""


KINDS = (
    Kind("1", "bare number", "0.5", {}),
    Kind("s", "time", "5 ms", {"s": 1}, "mu"),
    Kind("V", "voltage", "5 mV", {"V": 1}, "mu"),
    Kind("A", "current", "5 pA", {"A": 1}, "munp"),
    Kind("S", "conductance", "5 nS", {"A": 1, "V": -1}, "munp"),
    Kind("ohm", "resistance", "500 Mohm", {"V": 1, "A": -1}, "kMG"),
    Kind("F", "capacitance", "50 pF", {"A": 1, "s": 1, "V": -1}, "unp"),
    Kind("C", "charge", "5 pC", {"A": 1, "s": 1}, "np"),
    Kind("M", "concentration", "1 uM", {"M": 1}, "mun"),
    Kind("Hz", "rate", "5 Hz", {"s": -1}, "k"),
    Kind("m", "length", "10 um", {"m": 1}, "u"),
    Kind("degC", "temperature", "34 degC", {"degC": 1}),
    Kind("mg/kg", "dose", "10 mg/kg", {"mg/kg": 1}),
    Kind("ng/ml", "plasma level", "185 ng/ml", {"ng/ml": 1}),
)
PREFIXES = {"G": "1e9", "M": "1e6", "k": "1e3", "": "1", "m": "1e-3", "u": "1e-6", "n": "1e-9", "p": "1e-12"}
OTHER_SYMBOLS = {"%": ("1", "1e-2"), "min": ("s", "60"), "h": ("s", "3600")}

# Concentration before time, so that the canonical text of a binding rate is the usual 1/M/s.
BASES = ("V", "A", "M", "degC", "mg/kg", "ng/ml", "m", "s")

# A text copied from a paper holds these in place of the plain letters.
PLAIN_LETTERS = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{OHM SIGN}": "ohm",
        "\N{GREEK CAPITAL LETTER OMEGA}": "ohm",
        "\N{DEGREE SIGN}": "deg",
        "\N{MINUS SIGN}": "-",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
    }
)

# An exponent has three digits at most: Fraction computes all of 10**exponent.
QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?)\s*(.*)")
QUOTIENT = re.compile(r"\s*/(?!kg|ml)\s*")
PRODUCT = re.compile(r"\s*\*\s*|\s+")
POWER = re.compile(r"([^^]+)(?:\^(-?[1-9]))?")


@dataclass(frozen=True)
class Quantity:
    """A number in SI: `value`, its canonical `unit` ("V", "A/s", "1/M/s", ...), and the `text` as written."""

    value: float
    unit: str
    text: str


@dataclass(frozen=True)
class Parameter:
    """A number of the model: its quantity, its source, a tag (one of `TAGS`) and perhaps a note.

    Raises `InputError` for another tag or an empty source.
    """

    quantity: Quantity
    source: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.tag not in TAGS:
            raise InputError(unknown("tag", self.tag, TAGS))
        if not isinstance(self.source, str) or not self.source.strip():
            raise InputError(f"{self.quantity.text!r} has no source; name the paper or say who chose it")

    @property
    def value(self) -> float:
        """The number, in `unit`."""
        return self.quantity.value

    @property
    def unit(self) -> str:
        """The canonical SI unit."""
        return self.quantity.unit


def parameter(text: str, *, source: str, tag: str, note: str = "") -> Parameter:
    """A parameter from the text of its quantity.

    >>> parameter("1.13", source="Huguenard 1993", tag="measured", note="at 35 degC").value
    1.13
    """
    return Parameter(parse_quantity(text), source, tag, note)


def parse_quantity(given: object, unit: str | None = None) -> Quantity:
    """Read a text such as "30.9 nS"; with `unit`, accept quantities of the dimension of that unit alone.

    A number in place of a text is accepted only where `unit` is "1". Everything else is a `QuantityError`.

    >>> parse_quantity("-58.5 mV", "V")
    Quantity(value=-0.0585, unit='V', text='-58.5 mV')
    >>> [parse_quantity(given, "1").value for given in (2, "2", "30 %")]
    [2.0, 2.0, 0.3]
    >>> parse_quantity("5 mV", "S")
    Traceback (most recent call last):
    lhb_model.quantities.QuantityError: given '5 mV' (voltage), expected a conductance such as '5 nS'
    """
    if not isinstance(given, str):
        return _from_number(given, unit)
    number, read = _split(given, unit)
    if unit is not None and read.powers != _read_unit(unit).powers:
        raise _wrong_dimension(given, read, unit)
    return Quantity(_rounded(given, number * read.factor, unit), _canonical(read.powers), given)


def parse_span(text: str, option: str) -> tuple[float, float]:
    """Start and stop in s of a text such as "2s-6s"; `InputError` that names the option it was given to.

    >>> parse_span("500 ms-1.5 s", "--window")
    (0.5, 1.5)
    """
    first, dash, last = text.partition("-")
    if not dash:
        raise InputError(f"{option}: given {shortened(text)}, expected a start and an end, as in 2s-6s")
    try:
        start, stop = parse_quantity(first, "s").value, parse_quantity(last, "s").value
    except QuantityError as error:
        raise InputError(f"{option}: {error.message}; write it as in 2s-6s") from None
    if start >= stop:
        raise InputError(f"{option}: given {shortened(text)}, expected a start before an end, as in 2s-6s")
    return start, stop


def format_quantity(value: float, unit: str) -> str:
    """The text of `value`, a number in SI, with a fitting prefix and at most twelve digits.

    `parse_quantity` reads it back. Infinity and nan can be written, for tables, but not read back. A compound
    that is written in SI stays as written.

    >>> format_quantity(4.2e-8, "S"), format_quantity(6e-7, "M/s"), format_quantity(0.02, "Hz^2")
    ('42 nS', '600 nM/s', '0.02 Hz^2')
    """
    canonical = canonical_unit(unit)
    if canonical == "1":
        return f"{value:.{SHOWN_DIGITS}g}"
    written_in_si = all(symbol in KIND_OF_UNIT for symbol, _ in _terms(unit.strip()))
    shown = unit.strip() if written_in_si else canonical
    prefix = _fitting_prefix(value, shown.partition("/")[0])
    return f"{value / float(PREFIXES[prefix]):.{SHOWN_DIGITS}g} {prefix}{shown}"


def canonical_unit(unit: str) -> str:
    """The canonical SI unit of the same dimension; `QuantityError` if the unit is unknown.

    >>> canonical_unit("nS"), canonical_unit("nA/mV"), canonical_unit("uM^-1 s^-1")
    ('S', 'S', '1/M/s')
    """
    return _canonical(_read_unit(unit).powers)


@dataclass(frozen=True)
class _Unit:
    """A unit as read: its size in canonical units, and its exponents in the order of `BASES`."""

    factor: Fraction
    powers: tuple[int, ...]

    def times(self, other: "_Unit", power: int) -> "_Unit":
        powers = (mine + power * theirs for mine, theirs in zip(self.powers, other.powers, strict=True))
        return _Unit(self.factor * other.factor**power, tuple(powers))


def _exponents(kind: Kind) -> tuple[int, ...]:
    return tuple(kind.powers.get(base, 0) for base in BASES)


def _symbols() -> Iterator[tuple[str, _Unit]]:
    for kind in KINDS:
        for prefix in ("", *kind.prefixes):
            yield prefix + kind.unit, _Unit(Fraction(PREFIXES[prefix]), _exponents(kind))
    for symbol, (unit, factor) in OTHER_SYMBOLS.items():
        yield symbol, _Unit(Fraction(factor), _exponents(KIND_OF_UNIT[unit]))


KIND_OF_UNIT = {kind.unit: kind for kind in KINDS}
KIND_OF_POWERS = {_exponents(kind): kind for kind in KINDS}
SYMBOLS = dict(_symbols())


@lru_cache(maxsize=1024)
def _read_unit(text: str) -> _Unit:
    """Read a unit; an empty text is the unit of a bare number."""
    read = SYMBOLS["1"]
    for symbol, power in _terms(text.translate(PLAIN_LETTERS).strip()):
        if symbol not in SYMBOLS:
            raise QuantityError(unknown("unit", symbol, SYMBOLS))
        read = read.times(SYMBOLS[symbol], power)
    if max(map(abs, read.powers)) > HIGHEST_POWER:
        raise QuantityError(f"the unit {shortened(text)} holds a power above {HIGHEST_POWER}")
    return read


def _terms(text: str) -> Iterator[tuple[str, int]]:
    """The symbols of a unit with their powers, which are turned about behind a "/"."""
    numerator, *divisors = QUOTIENT.split(text)
    pieces = [(piece, 1) for piece in PRODUCT.split(numerator or "1")]
    for piece, sign in pieces + [(piece, -1) for piece in divisors]:
        term = POWER.fullmatch(piece)
        if term is None or (sign < 0 and PRODUCT.search(piece)):
            raise QuantityError(f"cannot read the unit {shortened(text)}; write it like 'mV^2' or '1/uM/s'")
        yield term[1], sign * int(term[2] or 1)


def _canonical(powers: tuple[int, ...]) -> str:
    """The product of base units and at most one other unit with the fewest factors; base units win a tie."""
    if powers in KIND_OF_POWERS:
        return KIND_OF_POWERS[powers].unit
    spellings = [_factors(kind, powers) for kind in KINDS]
    return _product(min(spellings, key=lambda factors: sum(abs(power) for _, power in factors)))


def _factors(kind: Kind, powers: tuple[int, ...]) -> list[tuple[str, int]]:
    """The unit of `kind`, then the base units that are still missing from a unit with these exponents."""
    rest = [power - done for power, done in zip(powers, _exponents(kind), strict=True)]
    leading = [(kind.unit, 1)] if kind.powers else []
    return leading + [(base, power) for base, power in zip(BASES, rest, strict=True) if power]


def _product(factors: list[tuple[str, int]]) -> str:
    raised = [(symbol if abs(power) == 1 else f"{symbol}^{abs(power)}", power) for symbol, power in factors]
    above = " ".join(symbol for symbol, power in raised if power > 0)
    return "/".join([above or "1"] + [symbol for symbol, power in raised if power < 0])


def _from_number(given: object, unit: str | None) -> Quantity:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _unreadable(given, unit)
    if unit is None or any(_read_unit(unit).powers):
        raise _wrong_dimension(given, SYMBOLS["1"], unit)
    try:
        value = float(given)
    except OverflowError:
        raise _unreadable(given, unit) from None
    if not isfinite(value):
        raise _unreadable(given, unit)
    return Quantity(value, "1", str(given))


def _split(given: str, unit: str | None) -> tuple[Fraction, _Unit]:
    """The number and the unit of a text."""
    if len(given) > LONGEST_TEXT:
        raise _unreadable(given, unit, f"the text is longer than {LONGEST_TEXT} characters")
    match = QUANTITY.fullmatch(given.translate(PLAIN_LETTERS).strip())
    if match is None:
        raise _unreadable(given, unit)
    try:
        return Fraction(match[1]), _read_unit(match[2])
    except QuantityError as error:
        raise _unreadable(given, unit, error.message) from None


def _rounded(given: str, exact: Fraction, unit: str | None) -> float:
    """The nearest float. One rounding in all, so that "30.9 nS" is exactly 30.9e-9."""
    try:
        value = float(exact)
    except OverflowError:
        value = 0.0
    if exact and not value:
        raise _unreadable(given, unit, "the number is too large or too small")
    return value


def _fitting_prefix(value: float, leading: str) -> str:
    """The largest prefix in use for the unit `leading` that leaves at least 1 before the point."""
    prefixes: list[str] = sorted({"", *_prefixes(leading)}, key=lambda prefix: -float(PREFIXES[prefix]))
    if value == 0 or not isfinite(value):
        return ""
    # Rounded as it will be shown: 0.9999999999999 uS is 1 uS and not 1000 nS.
    size = abs(float(f"{value:.{SHOWN_DIGITS}g}"))
    return next((prefix for prefix in prefixes if size >= float(PREFIXES[prefix])), prefixes[-1])


def _prefixes(unit: str) -> str:
    return KIND_OF_UNIT[unit].prefixes if unit in KIND_OF_UNIT else ""


def _unreadable(given: object, unit: str | None, reason: str = "") -> QuantityError:
    message = f"given {shortened(given)}, expected {_wanted(unit)}"
    return QuantityError(f"{message}: {reason}" if reason else message)


def _wrong_dimension(given: object, read: _Unit, unit: str | None) -> QuantityError:
    message = f"given {shortened(given)} ({_dimension(read)}), expected"
    if any(read.powers):
        return QuantityError(f"{message} {_wanted(unit)}")
    kind, example = _kind_and_example(unit)
    return QuantityError(f"{message} {kind}; give a unit, e.g. {example!r}")


def _dimension(read: _Unit) -> str:
    kind = KIND_OF_POWERS.get(read.powers)
    return kind.name if kind else f"in {_canonical(read.powers)}"


def _wanted(unit: str | None) -> str:
    kind, example = _kind_and_example(unit)
    return f"{kind} such as {example!r}"


def _kind_and_example(unit: str | None) -> tuple[str, str]:
    """What is expected, in words, and an example of it."""
    if unit is None:
        return "a number with a unit", "5 ms"
    kind = KIND_OF_POWERS.get(_read_unit(unit).powers)
    return (f"a {kind.name}", kind.example) if kind else (f"a quantity in {unit}", f"5 {unit}")
