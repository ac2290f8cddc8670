"""JSON Schemas of quantities: what text an editor should accept for "5 mV", and how it explains the rest."""

import re
from typing import Any

from lhb_model.fields import Reads
from lhb_model.quantities import SYMBOLS, format_quantity

Schema = dict[str, Any]

MINUS = "-\N{MINUS SIGN}"
MANTISSA = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
EXPONENT = rf"(?:[eE][+{MINUS}]?[0-9]{{1,3}})?"
NUMBER_ENDS = r"(?![0-9.]|[eE][+-]?[0-9])"
NOT_ZERO = r"(?=[0.]*[1-9])"
PRODUCT = r"(?:[^\s/*^]*\s*[/*^].+|[^\s/*^]+\s+\S.*)"
"""Units that are put together, as "nA/mV": which quantity they are is left to the program."""
SPELLINGS = {"u": "[u\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}]", "ohm": "(?:ohm|\N{OHM SIGN}|\N{GREEK CAPITAL LETTER OMEGA})",
             "deg": "(?:deg|\N{DEGREE SIGN})"}  # fmt: skip


def quantity(reads: Reads, nonzero: bool = False) -> Schema:
    """The schema of a text that `reads` accepts, as nearly as a pattern can tell; `nonzero` excludes 0.

    >>> schema = quantity(Reads("s", least=0, above=True))
    >>> [bool(re.search(schema["pattern"], text)) for text in ("5 ms", "5ms", "-5 ms", "0 s", "5 mV", "5", "1 pF/nS")]
    [True, True, False, False, False, False, True]
    """
    words = in_words(reads, nonzero)
    pattern = f"^\\s*{_number(reads, nonzero)}{NUMBER_ENDS}\\s*{_unit(reads.unit)}\\s*$"
    one: Schema = {"type": "string", "pattern": pattern, "errorMessage": f"Expected: {words}"}
    if reads.unit in (None, "1"):
        one["type"] = ["string", "number"]
    if reads.unit == "1":
        one |= _limits(reads)
    if reads.series:
        words += "; a list makes a series of conditions"
        several = {"type": "array", "minItems": 1, "uniqueItems": True, "items": one}
        return {"anyOf": [one, several], "description": words[0].upper() + words[1:] + "."}
    return {**one, "description": words[0].upper() + words[1:] + "."}


def in_words(reads: Reads, nonzero: bool = False) -> str:
    """What is expected, with its range.

    >>> in_words(Reads("Hz", least=0, most=1000, above=True))
    "a rate such as '5 Hz', more than 0 Hz and at most 1 kHz"
    """
    unit = reads.unit or "1"
    least, most = (format_quantity(limit, unit) if reads.unit else f"{limit:g}" for limit in (reads.least, reads.most))
    limits = [f"{'more than' if reads.above else 'at least'} {least}"] if reads.least > float("-inf") else []
    limits += [f"at most {most}"] if reads.most < float("inf") else []
    limits += ["not 0"] if nonzero and not reads.above else []
    return ", ".join(filter(None, [reads.wanted, " and ".join(limits)]))


def _number(reads: Reads, nonzero: bool) -> str:
    sign = f"[+{MINUS}]?" if reads.least < 0 else r"\+?"
    positive = nonzero or reads.least > 0 or (reads.above and reads.least == 0)
    return f"{sign}{NOT_ZERO if positive else ''}{MANTISSA}{EXPONENT}"


def _unit(unit: str | None) -> str:
    if unit is None:
        return ".*"
    powers = SYMBOLS[unit].powers if unit in SYMBOLS else None
    symbols = sorted(symbol for symbol, read in SYMBOLS.items() if read.powers == powers)
    plain = [_spelled(symbol) for symbol in symbols]
    empty = "|" if unit == "1" else ""
    return f"(?:{'|'.join([*plain, PRODUCT])}{empty})"


def _spelled(symbol: str) -> str:
    """A symbol with the letters that a text copied from a paper may hold."""
    return re.sub("ohm|deg|u", lambda found: SPELLINGS[found[0]], re.escape(symbol))


def _limits(reads: Reads) -> Schema:
    """Limits of a bare number, which JSON Schema can compare."""
    lower = {"exclusiveMinimum" if reads.above else "minimum": reads.least} if reads.least > float("-inf") else {}
    return lower | ({"maximum": reads.most} if reads.most < float("inf") else {})


RANGE: Schema = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        word: {
            "type": "array",
            "minItems": 2,
            "maxItems": 3,
            "description": f"Two ends, and a number of values {between}.",
            "errorMessage": "Expected: two ends, and a number of values such as [15 nS, 25 nS, 11]",
        }
        for word, between in {
            "linspace": "evenly spaced between them",
            "logspace": "by equal factors between them",
        }.items()
    },
}
"""A range in place of a value; a definition called Range."""


def sweepable(entry: Any) -> Any:
    """A schema in which every number, with its unit or without, may also be a list or a range of them.

    >>> sweepable({"properties": {"size": {"type": "integer"}}})["properties"]["size"]["type"]
    ['integer', 'array', 'object']
    """
    if isinstance(entry, list):
        return [sweepable(one) for one in entry]
    if not isinstance(entry, dict):
        return entry
    if not _is_number(entry):
        return {key: sweepable(one) if key in WITHIN else _each(one) if key == "properties" else one
                for key, one in entry.items()}  # fmt: skip
    kinds = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    one = {key: word for key, word in entry.items() if key not in ("description", "default")}
    several = {"items": one, "minItems": 2, "uniqueItems": True}
    to_range = {"if": {"type": "object"}, "then": {"$ref": "#/definitions/Range"}}
    return {**entry, "type": [*kinds, "array", "object"], **several, **to_range}


WITHIN = ("additionalProperties", "anyOf", "allOf", "oneOf")


def _each(properties: Schema) -> Schema:
    return {key: sweepable(one) for key, one in properties.items()}


def _is_number(entry: Schema) -> bool:
    kinds = entry.get("type")
    numbers = bool({"integer", "number"} & set(kinds if isinstance(kinds, list) else [kinds]))
    return "enum" not in entry and (numbers or ("pattern" in entry and "such as" in entry.get("errorMessage", "")))
