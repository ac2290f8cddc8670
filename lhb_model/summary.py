"""The means of a run that a reader wants first, as rows of text: for the terminal and for notebooks."""

from collections.abc import Iterable, Sequence
from math import nan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = (
    ("epn", "rate", "EPN rate (Hz)", ""),
    ("ventral_pallidum", "rate", "ventral pallidum rate (Hz)", ""),
    ("lateral_hypothalamus", "rate", "lateral hypothalamus rate (Hz)", ""),
    ("lhb", "bursting_share", "bursting, share of LHb", "bursting"),
    ("lhb", "bursting_share_3", "  bursts of >= 3 spikes", ""),
    ("lhb", "silent_share", "silent, share of LHb", "silent"),
    ("lhb", "tonic_share", "tonic, share of LHb", "tonic"),
    ("lhb", "rate", "LHb rate (Hz)", "LHb Hz"),
    ("lhb", "burst_rate", "burst rate (Hz)", "bursts/s"),
    ("lhb", "spikes_per_burst", "spikes per burst", ""),
    ("lhb", "intra_burst_frequency", "intra-burst frequency (Hz)", ""),
    ("lhb", "theta_power", "theta power (Hz^2)", "theta Hz^2"),
    ("lhb_gaba", "rate", "LHb GABA rate (Hz)", ""),
    ("rmtg", "rate", "RMTg rate (Hz)", ""),
    ("vta_gaba", "rate", "VTA GABA rate (Hz)", ""),
    ("vta_da", "rate", "VTA dopamine rate (Hz)", "VTA DA Hz"),
    ("drn_gaba", "rate", "DRN GABA rate (Hz)", ""),
    ("drn_5ht", "rate", "DRN serotonin rate (Hz)", "5-HT Hz"),
    ("vta_da", "dopamine", "dopamine (nM)", "dopamine nM"),
    ("drn_5ht", "serotonin", "serotonin (nM)", "serotonin nM"),
    ("vta_da", "reward_inhibition", "reward inhibition", "reward inhibition"),
)
"""Nucleus, measure, title; and a head as short as can be, for what has a column where each condition has a row."""
MOST_COLUMNS = 8
"""Of more conditions than these, each has a line and not a column."""

Key = tuple[str, str, str]
"""Nucleus, measure, condition."""


def number(value: float, digits: int = 3) -> str:
    """A number for a table; an em dash where there is none.

    >>> number(0.123456), number(float("nan"))
    ('0.123', '—')
    """
    return "—" if value != value else f"{value:.{digits}g}"


def summary_rows(table: "pd.DataFrame", conditions: Sequence[str]) -> list[list[str]]:
    """Means over seeds with their 95 % intervals of a run's table: a row a measure, a column a condition, the head first.

    Of a sweep, whose table has a column `point`: the lowest and the highest mean of a point. Of more than `MOST_COLUMNS`
    conditions: the means alone, a row a condition, a column for each measure that a reader wants first.
    """
    many = len(conditions) > MOST_COLUMNS and "point" not in table
    if many and (rows := _row_a_condition(table, conditions)):
        return rows
    cells = _over_points(table) if "point" in table else _over_seeds(table)
    known = [
        *(line[:3] for line in SUMMARY),
        *((nucleus, "rate", f"{nucleus} rate (Hz)") for nucleus in _others(cells)),
    ]
    rows = [
        [title, *(cells.get((nucleus, measure, name), number(nan)) for name in conditions)]
        for nucleus, measure, title in known
        if any(key[:2] == (nucleus, measure) for key in cells)
    ]
    return [[_heading(table, conditions), *conditions], *rows]


def _row_a_condition(table: "pd.DataFrame", conditions: Sequence[str]) -> list[list[str]]:
    """Nothing where the table has none of the measures that have a short head."""
    means = table.groupby(["nucleus", "measure", "condition"])["value"].mean().to_dict()
    known = {key[:2] for key in means}
    shown = [(nucleus, measure, head) for nucleus, measure, _, head in SUMMARY if head and (nucleus, measure) in known]
    rows = [
        [name, *(number(float(means.get((nucleus, measure, name), nan))) for nucleus, measure, _ in shown)]
        for name in conditions
    ]
    return [[_heading(table, conditions).partition(" [")[0], *(head for *_, head in shown)], *rows] if shown else []


def _over_seeds(table: "pd.DataFrame") -> dict[Key, str]:
    from lhb_model.comparison import summarise

    return {
        (row["nucleus"], row["measure"], row["condition"]): _cell(row) for row in summarise(table).to_dict("records")
    }


def _over_points(table: "pd.DataFrame") -> dict[Key, str]:
    key = ["nucleus", "measure", "condition"]
    ends = table.groupby(["point", *key], sort=False)["value"].mean().groupby(key, sort=False).agg(["min", "max"])
    return {tuple(place): _span(float(row["min"]), float(row["max"])) for place, row in ends.iterrows()}


def _span(low: float, high: float) -> str:
    return number(low) if low == high or low != low else f"{number(low)} to {number(high)}"


def _others(means: Iterable[tuple[str, str, str]]) -> list[str]:
    """Nuclei that the summary does not know by name."""
    return [name for name in dict.fromkeys(key[0] for key in means) if all(name != line[0] for line in SUMMARY)]


def _heading(table: "pd.DataFrame", conditions: Sequence[str]) -> str:
    counts = sorted({int(table.loc[table["condition"] == name, "seed"].nunique()) for name in conditions})
    seeds = "1 seed" if counts == [1] else f"{'-'.join(map(str, counts[:1] + counts[1:][-1:]))} seeds"
    if "point" in table:
        return f"lowest to highest of {table['point'].nunique()} points (each a mean over {seeds})"
    return f"mean over {seeds} [95 % interval]" if counts != [1] else "mean over 1 seed (no interval)"


def _cell(row: Any) -> str:
    if row["low"] != row["low"]:
        return number(row["mean"])
    return f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"
