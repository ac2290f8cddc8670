"""Phase diagrams: a measure over one or two axes of a sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from lhb_model.plot.labels import fitted, fitting_unit, pretty_unit
from lhb_model.plot.style import (
    BOLDER,
    TEXT_SIZE,
    TITLE_SIZE,
    legend_above,
    line_styles,
    new_figure,
    say,
    styled,
)

Numbers = NDArray[np.float64]

MOST_COLUMNS = 3
PANEL, BAR, HEIGHT, AROUND = 52.0, 24.0, 40.0, 14.0  # mm
CURVE_WIDTH, CURVE_HEIGHT = 90.0, 55.0  # mm
COLOURS = "viridis"
"""Told apart with any colour vision, and in grey."""
NOTHING = "#DDDDDD"
MOST_TICKS = 7
MOST_SEEDS_SHOWN = 30
LARGEST_MARK, SMALLEST_MARK = 60.0, 6.0  # pt^2
WITHOUT = "Grey: no value there."


@dataclass(frozen=True)
class Side:
    """An axis of a figure: its name, its unit (SI, empty for texts) and whether its scale is logarithmic.

    `names` are the texts of an axis that has no numbers; its values count them from 0.
    """

    name: str
    unit: str
    logarithmic: bool = False
    names: tuple[str, ...] = ()

    def factor(self, values: Numbers) -> tuple[float, str]:
        """What the values are multiplied with, and the axis's label."""
        if not self.unit or self.unit == "1":
            return 1.0, f"{self.name} (fraction)" if self.name.endswith(("block", "share")) else self.name
        factor, unit = fitting_unit(self.unit, float(np.nanmax(np.abs(values), initial=0.0)))
        return factor, f"{self.name} ({pretty_unit(unit)})"


@styled
def phase_map(
    panels: Mapping[str, tuple[Numbers, Numbers, Numbers]], x: Side, y: Side, label: str, footer: str
) -> Figure:
    """One panel for each condition, the measure in colours: cells where the points are a grid, else a mark a point.

    Parameters
    ----------
    panels : condition -> x, y and the measure at each point; NaN where there is none.
    label : of the measure, with its unit.
    footer : what the values are averaged over, and the like.
    """
    columns, rows = min(len(panels), MOST_COLUMNS), ceil(len(panels) / MOST_COLUMNS)
    some_missing = any(np.isnan(values).any() for _, _, values in panels.values())
    text = f"{footer} {WITHOUT}" if some_missing else footer
    figure = new_figure(columns * PANEL + BAR, rows * HEIGHT + AROUND, text)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    scale = _scale([values for _, _, values in panels.values()])
    for axes in list(grid.flat)[len(panels) :]:
        axes.remove()
    shown = list(grid.flat)[: len(panels)]
    for number, (axes, (name, panel)) in enumerate(zip(shown, panels.items(), strict=True)):
        axes.set_title(fitted(name, PANEL - 8, TITLE_SIZE * BOLDER, lines=1))
        _draw(axes, *panel, x, y, scale)
        lowest = number + columns >= len(panels)
        axes.tick_params(axis="x", labelbottom=lowest)
        axes.set_xlabel(x.factor(panel[0])[1] if lowest else "")
        axes.set_ylabel("" if number % columns else y.factor(panel[1])[1])
    bar = figure.colorbar(ScalarMappable(scale, COLOURS), ax=shown, shrink=0.9, pad=0.02)
    bar.set_label(label)
    bar.outline.set_linewidth(0.4)  # type: ignore[operator]
    return figure


@styled
def point_curves(
    curves: Mapping[str, tuple[Numbers, Numbers]],
    x: Side,
    label: str,
    footer: str,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """A measure against one axis: a line for the mean of the seeds of each condition, a dot for each seed.

    Parameters
    ----------
    curves : condition -> x of each point, and the measure of shape (points, seeds); NaN where there is none.
    """
    figure = new_figure(CURVE_WIDTH, CURVE_HEIGHT, footer)
    axes = figure.subplots()
    factor, name = x.factor(np.concatenate([at for at, _ in curves.values()]))
    looks = line_styles(list(curves), colours)
    for condition, (at, values) in curves.items():
        shown = ~np.isnan(values)
        means = np.where(shown, values, 0).sum(axis=1) / np.where(shown.any(axis=1), shown.sum(axis=1), np.nan)
        axes.plot(factor * at, means, marker="o", markersize=2.6, **looks[condition])
        if MOST_SEEDS_SHOWN >= values.shape[1] > 1:
            places = np.repeat(factor * at, values.shape[1])
            dots: dict[str, Any] = {"linestyle": "none", "marker": ".", "markersize": 2.2, "alpha": 0.5}
            axes.plot(places, values.ravel(), color=looks[condition]["color"], **dots)
    axes.set(xlabel=name, ylabel=label)
    _scaled(axes, "x", x, np.unique(factor * np.concatenate([at for at, _ in curves.values()])))
    if not any(np.isfinite(values).any() for _, values in curves.values()):
        say(axes, "no value at any point")
    if len(curves) > 1:
        handles = [Line2D([], [], marker="o", markersize=2.6, **looks[condition]) for condition in curves]
        legend_above(figure, handles, list(curves), CURVE_WIDTH)
    return figure


def _scale(values: Sequence[Numbers]) -> Normalize:
    finite = np.concatenate(values)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Normalize(0, 1)
    low, high = float(finite.min()), float(finite.max())
    return Normalize(low, high if high > low else low + (abs(low) or 1.0))


def _draw(axes: Axes, at_x: Numbers, at_y: Numbers, values: Numbers, x: Side, y: Side, scale: Normalize) -> None:
    across, up = x.factor(at_x)[0] * at_x, y.factor(at_y)[0] * at_y
    columns, rows = np.unique(across), np.unique(up)
    axes.set_facecolor(NOTHING)
    if len(across) == len(columns) * len(rows):
        cells = np.full((len(rows), len(columns)), np.nan)
        cells[np.searchsorted(rows, up), np.searchsorted(columns, across)] = values
        edges = _edges(columns, x.logarithmic), _edges(rows, y.logarithmic)
        axes.pcolormesh(*edges, np.ma.masked_invalid(cells), cmap=COLOURS, norm=scale, linewidth=0, rasterized=True)
    else:
        axes.set_facecolor("white")
        there = np.isfinite(values)
        size = float(np.clip(3000 / max(len(values), 1), SMALLEST_MARK, LARGEST_MARK))
        look: dict[str, Any] = {"s": size, "linewidths": 0.2, "edgecolors": "black"}
        axes.scatter(across[~there], up[~there], color=NOTHING, **look)
        axes.scatter(across[there], up[there], c=values[there], cmap=COLOURS, norm=scale, **look)
    _scaled(axes, "x", x, columns)
    _scaled(axes, "y", y, rows)


def _edges(centres: Numbers, logarithmic: bool) -> Numbers:
    """Edges of the cells around values, half-way between them; of a single value, around it."""
    at = np.log(centres) if logarithmic else centres
    if len(at) == 1:
        width = abs(at[0]) / 10 or 0.5
        edges = np.array([at[0] - width, at[0] + width])
    else:
        inner = (at[1:] + at[:-1]) / 2
        edges = np.concatenate([[2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]])
    return np.exp(edges) if logarithmic else edges


def _scaled(axes: Axes, side: str, about: Side, values: Numbers | None = None) -> None:
    """Logarithmic scale, names in place of numbers, and ticks at the values if they are few."""
    if about.logarithmic:
        (axes.set_xscale if side == "x" else axes.set_yscale)("log")
    ticks = axes.set_xticks if side == "x" else axes.set_yticks
    if about.names:
        rotation = 30 if side == "x" and sum(map(len, about.names)) > 24 else 0
        ticks(range(len(about.names)), list(about.names), rotation=rotation, fontsize=TEXT_SIZE)
    elif values is not None and len(values) <= MOST_TICKS:
        ticks(values, [f"{value:.3g}" for value in values])
    elif about.logarithmic:
        (axes.xaxis if side == "x" else axes.yaxis).set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        (axes.xaxis if side == "x" else axes.yaxis).set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if about.logarithmic:
        (axes.xaxis if side == "x" else axes.yaxis).set_minor_locator(NullLocator())
