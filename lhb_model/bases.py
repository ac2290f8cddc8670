"""What an experiment takes from the one it is based on: nuclei and wires line by line, any other key whole.

A nucleus, or a pair of nuclei in the wiring, that a file gives takes the place of the base's, others are added, and what it
names in `without` is left out. The base may itself be based on another.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lhb_model.experiment import Key, Place, Written
from lhb_model.model import ARROW, projection_name
from lhb_model.names import unknown
from lhb_model.yaml_file import YamlDocument

BASED_ON, WITHOUT, NUCLEI, WIRING = "based_on", "without", "nuclei", "wiring"
"""Keys of an experiment."""

BaseOf = Callable[[YamlDocument], YamlDocument]


class Line(NamedTuple):
    """A nucleus by its name or a wire by its ends ("rmtg -> vta_da"; empty if it lacks one), and where it was written."""

    name: str
    value: Any
    where: Written


class Parts(NamedTuple):
    """What an experiment says, and where it was written: keys, nuclei and wires alone."""

    data: dict[str, Any]
    written: Mapping[Key, Written]


def merged(document: YamlDocument, base_of: BaseOf) -> tuple[dict[str, Any], Place]:
    """The keys of a file over those of its bases; `base_of` finds the file that one is based on.

    Raises
    ------
    InputError
        For bases that go round in a circle, and for a name in `without` that the base lacks or the file itself gives.
    """
    parts = _merged(document, base_of, (document,))
    return parts.data, Place(document, {key: where for key, where in parts.written.items() if where != (document, key)})


def _merged(document: YamlDocument, base_of: BaseOf, chain: tuple[YamlDocument, ...]) -> Parts:
    place, own = Place(document), _own(document)
    if BASED_ON not in document.data:
        if WITHOUT in document.data:
            raise place.error((WITHOUT,), "given without 'based_on', expected both: it leaves out what a base has")
        return own
    base = base_of(document)
    if str(base.path) in {str(other.path) for other in chain}:
        given = f"given {document.data[BASED_ON]!r}, which is itself based on this file"
        raise place.error((BASED_ON,), f"{given}; expected an experiment that is not")
    below = _merged(base, base_of, (*chain, base))
    return _over(below, own, _left_out(below, own, place))


def _own(document: YamlDocument) -> Parts:
    """What one file says."""
    keys = [key for key in document.lines if len(key) == 1 or (len(key) == 2 and key[0] in (NUCLEI, WIRING))]
    return Parts(dict(document.data), {key: (document, key) for key in keys})


def _over(base: Parts, own: Parts, left_out: set[str]) -> Parts:
    """What a file says over what its base says."""
    data = {key: value for key, value in {**base.data, **own.data}.items() if key != WITHOUT or key in own.data}
    written: dict[Key, Written] = {key: at for key, at in {**base.written, **own.written}.items() if len(key) == 1}
    if isinstance(data.get(NUCLEI), dict):
        nuclei = _laid(_nuclei(base), _nuclei(own), left_out)
        data[NUCLEI] = {line.name: line.value for line in nuclei}
        written |= {(NUCLEI, line.name): line.where for line in nuclei}
    if isinstance(data.get(WIRING), list):
        wires = _laid(_wires(base), _wires(own), left_out)
        data[WIRING] = [line.value for line in wires]
        written |= {(WIRING, number): line.where for number, line in enumerate(wires)}
    return Parts(data, written)


def _laid(base: list[Line], own: list[Line], left_out: set[str]) -> list[Line]:
    """The base's lines, each that the file gives too in its place, and then the file's others."""
    first = {line.name: line for line in reversed(own) if line.name}
    kept = [first.get(line.name, line) for line in base if left_out.isdisjoint({line.name, *line.name.split(ARROW)})]
    return kept + [line for line in own if not any(line is other for other in kept)]


def _nuclei(parts: Parts) -> list[Line]:
    found = parts.data.get(NUCLEI)
    entries = found.items() if isinstance(found, dict) else ()
    return [Line(name, use, parts.written[NUCLEI, name]) for name, use in entries]


def _wires(parts: Parts) -> list[Line]:
    found = parts.data.get(WIRING)
    entries = enumerate(found) if isinstance(found, list) else ()
    return [Line(_ends(wire), wire, parts.written[WIRING, number]) for number, wire in entries]


def _ends(wire: Any) -> str:
    """The name of a wire; empty if it lacks an end."""
    source, target = (wire.get("from"), wire.get("to")) if isinstance(wire, dict) else (None, None)
    return projection_name(source, target) if isinstance(source, str) and isinstance(target, str) else ""


def _left_out(base: Parts, own: Parts, place: Place) -> set[str]:
    """Names that the base has and the file does not give; what cannot be a name is left to the schema."""
    found = own.data.get(WITHOUT)
    listed: list[Any] = found if isinstance(found, list) else []
    known, given = ([line.name for line in (*_nuclei(parts), *_wires(parts)) if line.name] for parts in (base, own))
    for number, name in enumerate(listed):
        key = (WITHOUT, number)
        if isinstance(name, str) and name not in known:
            raise place.error(key, unknown("nucleus or projection of the base", name, known))
        if isinstance(name, str) and name in given:
            raise place.error(key, f"given {name!r}, which this file also gives; expected one of the two")
    return {name for name in listed if isinstance(name, str)}
