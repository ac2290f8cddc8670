"""Which measures of a table to draw, and how their axes are called."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import measure_label, measure_unit

if TYPE_CHECKING:
    import pandas as pd

MAIN_NUCLEUS = "lhb"


class Measure(NamedTuple):
    """A measure of a nucleus, the label of its axis, and its unit as printed (empty for a count)."""

    nucleus: str
    name: str
    label: str
    unit: str

    def rows(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The rows of a table that hold this measure."""
        return table[(table["nucleus"] == self.nucleus) & (table["measure"] == self.name)]


def choose(table: "pd.DataFrame", wanted: Sequence[str] | None, usual: Iterable[str]) -> list[Measure]:
    """The wanted measures; None for those of the usual ones that the table has.

    A measure is written by its name, for the LHb or, where the LHb has none of that name, for every nucleus that
    has; or with its nucleus, "vta_da.rate". Raises `InputError` with near names for one that is not in the table.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"nucleus": ["lhb", "vta_da"], "measure": "rate", "unit": "Hz"})
    >>> [measure.label for measure in choose(table, ["rate", "vta_da.rate"], ())]
    ['LHb rate (Hz)', 'VTA DA rate (Hz)']
    """
    units = {(row.nucleus, row.measure): row.unit for row in table.drop_duplicates(["nucleus", "measure"]).itertuples()}
    chosen: dict[tuple[str, str], Measure] = {}
    for text in usual if wanted is None else wanted:
        keys = _meant(text, list(units))
        if not keys and wanted is not None:
            names = [name for _, name in units] + [f"{nucleus}.{name}" for nucleus, name in units]
            raise InputError(unknown("measure", text, names))
        for nucleus, name in keys:
            ambiguous = sum(other == name for _, other in units) > 1
            label = measure_label(name, units[nucleus, name], nucleus if ambiguous else "")
            chosen[nucleus, name] = Measure(nucleus, name, label, measure_unit(name, units[nucleus, name]))
    return list(chosen.values())


def _meant(text: str, keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    nucleus, _, name = text.rpartition(".")
    having = [key for key in keys if key[1] == name and nucleus in ("", key[0])]
    main = [key for key in having if key[0] == MAIN_NUCLEUS]
    return main or having
