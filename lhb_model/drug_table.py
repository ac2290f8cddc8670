"""The tables of drugs in the documentation, made from their sheets."""

import re
from collections.abc import Iterator

from lhb_model.catalogue import sheet_paths
from lhb_model.schema import Affinity, InterventionSheet, Sourced
from lhb_model.sheets import read_intervention

MARKS = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """A Markdown text with the tables between its marks made anew.

    >>> with_tables("<!-- table: pores -->\\n<!-- end of table -->").splitlines()[1][:32]
    '| blocker | IC50 without Mg | at'
    """
    return MARKS.sub(lambda found: found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3], text)


def _sheets() -> Iterator[InterventionSheet]:
    yield from (read_intervention(path) for path in sheet_paths("intervention").values())


def _affinities() -> list[str]:
    rows = [row for sheet in _sheets() for row in _rows(sheet)]
    return _table(("drug", "acts on", "IC50", "Hill slope", "tag", "source of the IC50"), rows)


def _rows(sheet: InterventionSheet) -> Iterator[tuple[str, ...]]:
    main = [effect for effect in sheet.effects if effect.affinity is None]
    targets = ", ".join(f"`{effect.parameter}`" for effect in main)
    known = _affinity(sheet.affinity) if sheet.affinity else ("", "", "", f"given as a {sheet.given_as()[0]}")
    yield f"`{sheet.intervention}`", targets, *known
    for effect in sheet.effects:
        if effect.affinity is not None:
            yield "", f"`{effect.parameter}` (side effect)", *_affinity(effect.affinity)


def _affinity(found: Affinity) -> tuple[str, str, str, str]:
    ic50 = found.IC50
    return ic50.value.text, found.hill.value.text, ic50.tag, ic50.source.strip()


def _pores() -> list[str]:
    head = ("blocker", "IC50 without Mg", "at", "k_off", "at", "k_on (from these)", "tag and source of k_off")
    rows = []
    for sheet in _sheets():
        if sheet.pore and sheet.affinity:
            pore, k_on = sheet.pore, sheet.blocker().k_on.value * 1e-6
            numbers = (_text(n) for n in (sheet.affinity.IC50, pore.IC50_at, pore.k_off, pore.k_off_at))
            source = f"{pore.k_off.tag}: {pore.k_off.source.strip()}"
            rows.append((f"`{sheet.intervention}`", *numbers, f"{k_on:.2g} /uM/s", source))
    return _table(head, rows)


def _text(sourced: Sourced) -> str:
    return sourced.value.text


TABLES = {"affinities": _affinities, "pores": _pores}


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
