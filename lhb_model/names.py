"""Answers to a wrong name: the known names nearest to it."""

from collections.abc import Iterable
from difflib import SequenceMatcher

SIMILAR_ENOUGH = 0.6
SHORTEST_BEGINNING = 2
LONGEST_NAME = 60
LONGEST_LIST = 50


def nearest(name: str, names: Iterable[str], n: int = 3) -> list[str]:
    """At most `n` of `names` that `name` may have meant, the likeliest first.

    Names that differ in case alone are the whole answer if there are any; otherwise names that begin with
    `name` come before names spelled like it. The list is empty when nothing is similar.

    >>> nearest("vta", ["lhb", "vta_da", "rmtg"])
    ['vta_da']
    >>> nearest("ketmine", ["ketamine", "memantine", "nbqx"])
    ['ketamine', 'memantine']
    >>> nearest("MS", ["s", "ms", "mS", "mV"])
    ['ms', 'mS']
    """
    known = list(dict.fromkeys(names))
    same_letters = [other for other in known if other.casefold() == name.casefold()]
    if same_letters:
        return same_letters[:n]
    likeness = {other: _likeness(name[:LONGEST_NAME], other[:LONGEST_NAME]) for other in known}
    similar = [other for other in known if likeness[other] >= SIMILAR_ENOUGH]
    return sorted(similar, key=lambda other: -likeness[other])[:n]


def unknown(kind: str, name: object, names: Iterable[str]) -> str:
    """The message, one line, for a `name` that is none of `names`.

    >>> unknown("nucleus", "vta", ["lhb", "vta_da"])
    "unknown nucleus 'vta'; did you mean 'vta_da'? (known: lhb, vta_da)"
    >>> unknown("drug", "sugar", [])
    "unknown drug 'sugar' (none is known)"
    """
    known = list(dict.fromkeys(names))
    near = nearest(name, known) if isinstance(name, str) else []
    question = f"; did you mean {_either(near)}?" if near else ""
    return f"unknown {kind} {shortened(name)}{question} ({_listed(known)})"


def shortened(given: object, longest: int = LONGEST_NAME) -> str:
    """A given value as a message quotes it: on one line, and cut when it is long.

    >>> shortened("5 mV"), shortened("x" * 100, longest=4), shortened(["5 mV"]), shortened(5)
    ("'5 mV'", "'xxxx...'", 'a list', '5')
    """
    if isinstance(given, str):
        return repr(given if len(given) <= longest else given[:longest] + "...")
    if isinstance(given, int) and abs(given) >= 10**longest:
        return "a huge number"
    if given is None or isinstance(given, int | float):
        return str(given)
    words = {"list": "a list", "dict": "a mapping"}
    return words.get(type(given).__name__, f"a value of type {type(given).__name__}")


def _likeness(name: str, other: str) -> float:
    """How alike two names are whatever their case: 0 to 1, and above 1 when `other` begins with `name`."""
    name, other = name.casefold(), other.casefold()
    ratio = SequenceMatcher(None, name, other, autojunk=False).ratio()
    return ratio + (len(name) >= SHORTEST_BEGINNING and other.startswith(name))


def _either(names: list[str]) -> str:
    quoted = [repr(name) for name in names]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def _listed(names: list[str]) -> str:
    if not names:
        return "none is known"
    rest = f" and {len(names) - LONGEST_LIST} more" if len(names) > LONGEST_LIST else ""
    return f"known: {', '.join(names[:LONGEST_LIST])}{rest}"
