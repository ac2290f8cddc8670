"""Estimation plots: the seeds of each condition, and below the differences with their intervals."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lhb_model.bursts import Rule
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import LETTER, MM_PER_POINT, fitted, rule_text
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import FAINT, FULL_WIDTH, TEXT_SIZE, condition_colours, new_figure, say, styled

if TYPE_CHECKING:
    import pandas as pd

USUAL = (
    "bursting_share", "burst_rate", "silent_share", "theta_power", "vta_da.rate", "drn_5ht.rate",
    "dopamine", "serotonin", "reward_inhibition",
)  # fmt: skip
SEEDS, EFFECTS, LABELS = 30.0, 24.0, 20.0  # mm
BESIDE_AXES = 15.0
# More differences than this are drawn against the first condition alone.
MOST_EFFECTS = 6


@styled
def comparison(
    comparison: "pd.DataFrame",
    table: "pd.DataFrame",
    measures: Sequence[str] | None = None,
    rule: str | Rule = "lhb",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """For each measure the seeds of all conditions and, below, the differences between conditions.

    Points are seeds, joined by a line where the comparison pairs them, bars their means. Below, each difference of
    means with its 95 % interval, as the comparison has it.

    Parameters
    ----------
    comparison : the answer of `compare`: the columns nucleus, measure, a, b, difference, low, high, paired.
    table : the tidy frame that was compared, with the columns condition, seed, nucleus, measure, value, unit.
    measures : "bursting_share" for the LHb's (or of every other nucleus that has it), "vta_da.rate" for another
        nucleus's; None for the usual ones among those of the table.
    rule : of the bursts; for the footer.
    colours : of the conditions, where they must agree with a figure of other conditions.

    Raises `InputError` for a measure that is not in the table, and for a condition compared that is not.
    """
    conditions = list(dict.fromkeys(table["condition"]))
    for name in (*comparison["a"], *comparison["b"]):
        if name not in conditions:
            raise InputError(unknown("condition", name, conditions))
    chosen = choose(table, measures, USUAL)
    looks = condition_colours(conditions) | dict(colours or {})
    shown = {measure: _effects(measure.rows(comparison), conditions) for measure in chosen}
    most = max([len(conditions), *(len(effects) for effects in shown.values())])
    figure, panels, width = _panels(max(len(chosen), 1), most, rule_text(rule))
    for (above, below), (measure, effects) in zip(panels, shown.items(), strict=False):
        _draw_seeds(above, measure, measure.rows(table), conditions, looks, bool(effects["paired"].any()))
        _draw_effects(below, measure, effects, looks)
        _name(above, conditions, width)
        _name(below, [f"{b} − {a}" for a, b in zip(effects["a"], effects["b"], strict=True)], width)
    if not chosen:
        say(panels[0][0], "no measure to show")
    return figure


def _effects(rows: "pd.DataFrame", conditions: list[str]) -> "pd.DataFrame":
    return rows if len(rows) <= MOST_EFFECTS else rows[rows["a"] == conditions[0]]


def _panels(count: int, most: int, rule: str) -> tuple[Figure, list[tuple[Axes, Axes]], float]:
    """A figure, its pairs of axes, one pair for each measure, and the width of an axes in mm."""
    columns = min(count, 3 if most <= 4 else 2 if most <= 8 else 1)
    rows = ceil(count / columns)
    width = FULL_WIDTH / (3 if most <= 4 else 2 if most <= 8 else 1)
    footer = f"Points: seeds; bars: means. Differences: of means, with 95 % intervals over seeds. {rule}."
    figure = new_figure(columns * width, rows * (SEEDS + EFFECTS + LABELS), footer)
    grid = figure.subplots(
        2 * rows, columns, squeeze=False, gridspec_kw={"height_ratios": [SEEDS, EFFECTS] * rows}
    )
    pairs = [
        (grid[2 * row, column], grid[2 * row + 1, column]) for row in range(rows) for column in range(columns)
    ]
    for pair in pairs[count:]:
        for axes in pair:
            axes.remove()
    return figure, pairs[:count], width - BESIDE_AXES


def _draw_seeds(
    axes: Axes,
    measure: Measure,
    rows: "pd.DataFrame",
    conditions: list[str],
    looks: Mapping[str, str],
    paired: bool,
) -> None:
    axes.set_ylabel(fitted(measure.label, SEEDS + 4, TEXT_SIZE))
    values = rows.pivot(index="seed", columns="condition", values="value").reindex(columns=conditions)
    if not values.notna().any(axis=None):
        say(axes, "no value in any seed")
        return
    if paired:
        axes.plot(
            range(len(conditions)), values.to_numpy(float).T, color=FAINT, linewidth=0.5, alpha=0.6, zorder=1
        )
    for place, name in enumerate(conditions):
        column = values[name].dropna().to_numpy(float)
        axes.plot(
            np.full(column.size, place), column, "o", ms=3.2, color=looks[name], alpha=0.75, mew=0, zorder=2
        )
        if column.size:
            axes.hlines(column.mean(), place - 0.22, place + 0.22, color=looks[name], linewidth=1.6, zorder=3)


def _draw_effects(axes: Axes, measure: Measure, effects: "pd.DataFrame", looks: Mapping[str, str]) -> None:
    axes.set_ylabel(f"Difference\n({measure.unit})" if measure.unit else "Difference")
    if not effects["difference"].notna().any():
        say(axes, "no difference to show")
        return
    axes.axhline(0, color="black", linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
    for place, row in enumerate(effects.to_dict("records")):
        reach = np.nan_to_num([[row["difference"] - row["low"]], [row["high"] - row["difference"]]])
        look: dict[str, Any] = {
            "color": looks[row["b"]],
            "markersize": 4.5,
            "capsize": 0,
            "elinewidth": 1.4,
            "zorder": 3,
        }
        axes.errorbar(place, row["difference"], np.maximum(reach, 0), fmt="o", **look)


def _name(axes: Axes, names: list[str], width: float) -> None:
    """Name the places along an axis, level where the names fit and slanted where they do not."""
    each = width / max(len(names), 1)
    longest = max((len(word) for name in names for word in name.split()), default=0)
    level = longest * LETTER * TEXT_SIZE * MM_PER_POINT <= each
    texts = [
        fitted(name, each if level else 1.6 * LABELS, TEXT_SIZE, lines=3 if level else 1) for name in names
    ]
    slant: dict[str, Any] = {} if level else {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(names)), texts, **slant)
    axes.set_xlim(-0.5, max(len(names), 1) - 0.5)
