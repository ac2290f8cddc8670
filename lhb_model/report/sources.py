"""What a run rests on: its numbers with their sources, what its interventions change, and the papers it cites."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lhb_model.catalogue import mechanism, shipped
from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.run_folder import Run

TAGS = {
    "measured": "taken from a measurement that was read again for this model",
    "recalled": "a published value, written down without reading the publication again",
    "fitted": "chosen so that the model shows what was published",
    "assumed": "conventional or plausible; no measurement was used",
}
"""How a number is known, the best first."""

ABOUT = ("source", "tag", "note", "name", "written", "unit", "value")
CITED = "cited"
"""Field of `sources.bib`: how the sheets and mechanisms cite the entry, several separated by bars."""


@dataclass(frozen=True)
class Number:
    """A number of a run, or a few that belong together: where it stands, as written, and how it is known."""

    name: str
    value: str
    source: str
    tag: str
    note: str


def numbers(part: Any, name: str = "") -> Iterator[Number]:
    """Every sourced number in a part of a resolved run, in order.

    >>> part = {"g_L": {"written": "2 nS", "source": "a paper", "tag": "recalled"}}
    >>> [(number.name, number.value) for number in numbers({"lhb": part})]
    [('lhb.g_L', '2 nS')]
    """
    if isinstance(part, list):
        part = {_title(item, place): item for place, item in enumerate(part)}
    if not isinstance(part, dict):
        return
    if "tag" in part:
        yield Number(name, _value(part), str(part.get("source", "")), str(part["tag"]), str(part.get("note", "")))
    for key, item in part.items():
        yield from numbers(item, f"{name}.{key}" if name else str(key))


def _title(item: Any, place: int) -> str:
    """What an item of a list is about, or its place."""
    known = item if isinstance(item, dict) else {}
    return str(known.get("name", known.get("parameter", place)))


def _value(part: dict[str, Any]) -> str:
    """A quantity as written, or the plain fields of something with several numbers."""
    if "written" in part:
        return str(part["written"])
    shown = {key: _plain(item) for key, item in part.items() if key not in ABOUT}
    return ", ".join(f"{key.replace('_', ' ')} {text}" for key, text in shown.items() if text)


def _plain(item: Any) -> str:
    if isinstance(item, dict) and "tag" not in item:
        if "written" in item:
            return str(item["written"])
        return " ".join(f"{key} {text}" for key, value in item.items() if (text := _plain(value)))
    return (
        "" if item is None or isinstance(item, dict | list) else f"{item:g}" if isinstance(item, float) else str(item)
    )


def of_synapses(run: Run) -> list[Mechanism]:
    """Mechanisms that no cell has but a synapse."""
    return [mechanism("short_term_plasticity")] if any(wire["plasticity"] for wire in run.resolved["wiring"]) else []


def tags_of(found: Iterable[Number]) -> dict[str, int]:
    """How many numbers are known in which way."""
    counts = Counter(number.tag for number in found)
    return {tag: counts[tag] for tag in [*TAGS, *sorted(counts.keys() - TAGS.keys())] if counts[tag]}


# papers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paper:
    """An entry of `sources.bib`: its key, how the sheets cite it, and its text for a bibliography."""

    key: str
    cited: tuple[str, ...]
    bibtex: str

    def is_cited_in(self, text: str) -> bool:
        """Whether a text names it."""
        return any(phrase in text for phrase in self.cited)


@cache
def papers() -> tuple[Paper, ...]:
    """Every paper that the shipped sheets, mechanisms and methods cite."""
    import bibtexparser

    text = shipped().joinpath("sources.bib").read_text(encoding="utf-8")
    return tuple(_paper(entry) for entry in bibtexparser.parse_string(text).entries)


def _paper(entry: Any) -> Paper:
    import bibtexparser

    phrases = entry.pop(CITED).value.split("|")
    lone = bibtexparser.Library([entry])
    style = bibtexparser.BibtexFormat()
    style.indent, style.value_column, style.trailing_comma = "  ", "auto", True
    return Paper(
        entry.key, tuple(" ".join(p.split()) for p in phrases), bibtexparser.write_string(lone, bibtex_format=style)
    )


def cited_papers(run: Run, *texts: str) -> list[Paper]:
    """The papers named in the sources and notes of a run's numbers, or in further texts."""
    text = " ; ".join([*_prose(run.resolved), *texts])
    text = re.sub(r"\s+", " ", text)
    return [paper for paper in papers() if paper.is_cited_in(text)]


def _prose(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (str(part[key]) for key in ("source", "note") if part.get(key))
    for item in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _prose(item)
