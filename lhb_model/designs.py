"""Comparisons of one run beyond pairs of conditions: does any differ, two factors, series of doses."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.run_folder import Run
from lhb_model.terminal import HEADLINE, aligned, number

if TYPE_CHECKING:
    import pandas as pd

Levels = dict[str, tuple[str, str]]
"""Condition -> its level of each of two factors."""

Answer = tuple["pd.DataFrame", list[str]]
"""A table, and its lines for a reader."""


def parse_levels(texts: Sequence[str]) -> Levels:
    """The levels of four conditions, as written on the command line.

    >>> parse_levels(["control=vehicle,healthy"])
    {'control': ('vehicle', 'healthy')}
    """
    levels: Levels = {}
    for text in texts:
        condition, equals, given = text.partition("=")
        parts = [part.strip() for part in given.split(",")]
        if not equals or len(parts) != 2 or not all(parts):
            raise InputError(f"--levels: given {text!r}, expected a condition and two levels: control=vehicle,healthy")
        if condition in levels:
            raise InputError(f"--levels: the condition {condition!r} is given twice")
        levels[condition] = (parts[0], parts[1])
    return levels


def overall(run: Run, measures: Sequence[str]) -> Answer:
    """Whether any condition differs from another, for each measure."""
    from lhb_model.comparison import compare_several

    table = compare_several(run.table, measures=list(measures) or None).overall
    p = "p_holm" if measures else "p_bh"
    heading = ["nucleus", "measure", "lowest", "highest", "p (any differs)", p.replace("_", " "), "n"]
    return table, _lines(table, measures, heading, lambda row: [
        f"{row['lowest']} {number(row['mean_lowest'])}", f"{row['highest']} {number(row['mean_highest'])}",
        number(row["p"]), number(row[p]), str(row["n"]),
    ])  # fmt: skip


def two_factors(run: Run, levels: Levels, measures: Sequence[str]) -> Answer:
    """The effects of two factors and their interaction, for each measure."""
    from lhb_model.comparison import compare_two_factors

    for condition in levels:
        if condition not in run.conditions:
            raise InputError(f"--levels: {unknown('condition', condition, run.conditions)}")
    table = compare_two_factors(run.table, levels, measures=list(measures) or None)
    p = "p_holm" if measures else "p_bh"
    heading = ["nucleus", "measure", "effect", "difference", "95 % interval", "p", p.replace("_", " "), "n"]
    return table, _lines(table, measures, heading, lambda row: [
        row["effect"], number(row["difference"]), f"[{number(row['low'])}, {number(row['high'])}]",
        number(row["p"]), number(row[p]), str(row["n"]),
    ])  # fmt: skip


def dose_fits(run: Run, measures: Sequence[str]) -> Answer:
    """A curve for each measure of each series of doses; where there is no IC50, why not."""
    import pandas as pd

    from lhb_model.dose_fit import fit_dose, fit_doses

    tables, lines = [], []
    for name, series in run.dose_series().items():
        doses = {condition: dose.value for condition, dose in series.items()}
        unit = next(iter(series.values())).unit
        own = run.table[run.table["condition"].isin(list(doses))]
        wanted = [
            key
            for key in dict.fromkeys(zip(own["nucleus"], own["measure"], strict=True))
            if (key[1] in measures if measures else key in HEADLINE)
        ]
        tables.append(fit_doses(own, doses, wanted, unit).assign(series=name))
        lines += [f"{name}: {fit_dose(own, doses, measure, nucleus, unit).text}" for nucleus, measure in wanted]
    return pd.concat(tables, ignore_index=True), lines


def _lines(
    table: "pd.DataFrame", measures: Sequence[str], heading: list[str], cells: Callable[[dict], list[str]]
) -> list[str]:
    """The rows that were asked for, or those a reader wants first."""
    rows = [
        [row["nucleus"], row["measure"], *cells(row)]
        for row in table.to_dict("records")
        if measures or (row["nucleus"], row["measure"]) in HEADLINE
    ]
    return aligned([heading, *rows])
