"""A published finding beside the model: one panel for each number, with its interval or direction."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lhb_model.plot.labels import fitted, fitting_unit, pretty_unit, text_height
from lhb_model.plot.style import (
    BOLDER,
    CONDITION_COLOURS,
    FULL_WIDTH,
    REMARK,
    TEXT_SIZE,
    TITLE_SIZE,
    new_figure,
    say,
    styled,
)
from lhb_model.quantities import parse_quantity
from lhb_model.verdicts import Outcome

PUBLISHED, MODEL = 0.0, 1.0  # places on the axis
ALLOWED, LIMIT = "#BFE3D6", "#404040"
COLOURS = {"holds": CONDITION_COLOURS[2], "fails": CONDITION_COLOURS[1]}
COLUMNS, PANEL = 4, 38.0  # mm high
LINES, VERDICT_LINES = 4, 2
BESIDE_AXES = 12.0  # mm of ticks and labels
FOOTER = (
    "Left: what was published, a number (diamond) or a direction (triangle). Green: where the model's number is expected, by the "
    "interval or the direction. Right: the model; small points are its samples, the large one their mean with its 95 % interval."
)


@styled
def target(title: str, shown: Sequence[Outcome]) -> Figure:
    """One panel for each number of a target: published on the left, the model on the right, the verdict above."""
    columns = min(COLUMNS, max(len(shown), 2))
    rows = ceil(len(shown) / columns)
    width = FULL_WIDTH / COLUMNS * columns
    heading = fitted(title, width - 4, TITLE_SIZE * BOLDER, lines=2)
    above = text_height("\n" * (LINES + VERDICT_LINES), TEXT_SIZE)
    figure = new_figure(width, rows * (PANEL + above) + text_height(heading, TITLE_SIZE) + 3, FOOTER)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=TITLE_SIZE, fontweight="bold")
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, one in zip(grid, shown, strict=False):
        _panel(axes, one, FULL_WIDTH / COLUMNS - BESIDE_AXES)
    for axes in grid[len(shown) :]:
        axes.remove()
    return figure


def _panel(axes: Axes, one: Outcome, width: float) -> None:
    quantity = fitted(one.quantity, width, TEXT_SIZE, lines=LINES)
    verdict = fitted(f"{one.said}{'' if one.gates else ' (does not gate)'}", width, TEXT_SIZE, lines=VERDICT_LINES)
    axes.set_title(quantity + "\n" * (verdict.count("\n") + 1), fontsize=TEXT_SIZE, fontweight="normal")
    colour = COLOURS.get(one.verdict, REMARK)
    axes.text(0, 1.02, verdict, transform=axes.transAxes, fontweight="bold", color=colour, va="bottom")
    axes.set_xticks([PUBLISHED, MODEL], ["published", "model"])
    axes.set_xlim(-0.6, 1.6)
    numbers = np.array([one.value, one.low, one.high, *one.each, one.centre, *one.ends, one.limit])
    if not np.isfinite(numbers).any():
        say(axes, one.verdict)
        axes.set_yticks([])
        return
    factor, unit = _unit(one, float(np.nanmax(np.abs(numbers))))
    axes.set_ylabel(pretty_unit(unit) if unit != "1" else "dimensionless")
    _limits(axes, factor * numbers)
    _published(axes, one, factor)
    _model(axes, one, factor, colour)


def _unit(one: Outcome, largest: float) -> tuple[float, str]:
    """The unit in which the number was published, or one that fits; and the factor to it."""
    if one.written_unit:
        return 1 / parse_quantity(f"1 {one.written_unit}").value, one.written_unit
    return fitting_unit(one.unit, largest)


def _limits(axes: Axes, numbers: Any) -> None:
    """Room for all numbers, and for a tint beyond the outermost; hardly any below 0 for what is never negative."""
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    room = 0.25 * (high - low) or 0.25 * abs(high) or 1.0
    bottom = low - room if low < 0 else max(low - room, -0.04 * (high + room))
    axes.set_ylim(bottom, high + room)


def _published(axes: Axes, one: Outcome, factor: float) -> None:
    bottom, top = axes.get_ylim()
    if np.isfinite(one.limit):
        ends = (bottom, factor * one.limit) if one.expected.startswith("<") else (factor * one.limit, top)
        axes.axhline(factor * one.limit, color=LIMIT, linewidth=0.6, linestyle=(0, (4, 2)))
        axes.plot(PUBLISHED, np.mean(ends), "v" if one.expected.startswith("<") else "^", color=LIMIT, markersize=5)
    else:
        low, high = (factor * end for end in one.ends)
        ends = (bottom if np.isnan(low) else low, top if np.isnan(high) else high)
    axes.axhspan(*ends, color=ALLOWED, alpha=0.7, linewidth=0, zorder=0)
    if np.isfinite(one.centre):
        axes.plot(PUBLISHED, factor * one.centre, "D", color=LIMIT, markersize=4)


def _model(axes: Axes, one: Outcome, factor: float, colour: str) -> None:
    if not np.isfinite(one.value):
        axes.text(
            MODEL, 0.5, one.verdict, transform=axes.get_xaxis_transform(), ha="center", color=REMARK, style="italic"
        )
        return
    if len(one.each) > 1:
        aside = MODEL + 0.22 + 0.12 * (np.arange(len(one.each)) % 3 - 1) / 2
        axes.plot(aside, factor * np.array(one.each), "o", markersize=2, color=colour, alpha=0.55, markeredgewidth=0)
    reach = factor * np.nan_to_num(np.array([[one.value - one.low], [one.high - one.value]]))
    axes.errorbar(MODEL, factor * one.value, reach, fmt="o", markersize=4.5, color=colour, elinewidth=1.2)
