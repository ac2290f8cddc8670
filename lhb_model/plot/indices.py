"""How much each axis of a sweep matters: Morris's elementary effects, or Sobol's shares of the variance."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lhb_model.plot.labels import fitted
from lhb_model.plot.style import (
    BOLDER,
    CONDITION_COLOURS,
    FULL_WIDTH,
    TITLE_SIZE,
    legend_above,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd

PANEL, ROW, AROUND = 62.0, 8.0, 22.0  # mm
MOST_COLUMNS = 2
OF_SOBOL = {"S1": "alone (first order)", "ST": "with all interactions (total)"}
COLOURS = {"S1": CONDITION_COLOURS[2], "ST": CONDITION_COLOURS[1]}
BAR: dict[str, Any] = {"capsize": 1.5, "elinewidth": 0.7, "capthick": 0.7, "ecolor": "black"}


@styled
def sobol_indices(tables: "Mapping[str, pd.DataFrame]", label: str, footer: str) -> Figure:
    """Shares of the variance for each condition: bars for the axes, the one that matters most at the top.

    `tables` : condition -> columns axis, S1, S1_conf, ST, ST_conf; `label` names the measure.
    """
    figure, panels = _panels(tables, footer, f"Share of the variance of {label}")
    for axes, table in zip(panels, tables.values(), strict=True):
        ordered = table.sort_values("ST")
        places = np.arange(len(ordered))
        for shift, name in ((0.2, "S1"), (-0.2, "ST")):
            errors = ordered[f"{name}_conf"].to_numpy()
            axes.barh(places + shift, ordered[name], 0.36, xerr=errors, color=COLOURS[name], error_kw=BAR)
        axes.set_yticks(places, [fitted(name, 30.0, 7.0, lines=2) for name in ordered["axis"]])
        axes.axvline(0, color="black", linewidth=0.6)
    legend_above(figure, [Patch(color=COLOURS[name]) for name in OF_SOBOL], list(OF_SOBOL.values()), FULL_WIDTH)
    return figure


@styled
def morris_effects(tables: "Mapping[str, pd.DataFrame]", label: str, footer: str) -> Figure:
    """Mean size of the elementary effects with its interval, and their scatter, for each condition and axis.

    `tables` : condition -> columns axis, mu_star, mu_star_conf, sigma; `label` names the measure, with its unit.
    """
    figure, panels = _panels(tables, footer, f"Elementary effect on {label}")
    for axes, table in zip(panels, tables.values(), strict=True):
        ordered = table.sort_values("mu_star")
        places = np.arange(len(ordered))
        axes.barh(places, ordered["mu_star"], 0.5, xerr=ordered["mu_star_conf"], color=COLOURS["S1"], error_kw=BAR)
        axes.plot(ordered["sigma"], places, marker="D", markersize=4, linestyle="none", color=COLOURS["ST"])
        axes.set_yticks(places, [fitted(name, 30.0, 7.0, lines=2) for name in ordered["axis"]])
        axes.set_xlim(left=0)
    told = ["mean size μ*", "scatter σ (interactions, curvature)"]
    legend_above(figure, [Patch(color=COLOURS[name]) for name in OF_SOBOL], told, FULL_WIDTH)
    return figure


def _panels(tables: "Mapping[str, pd.DataFrame]", footer: str, label: str) -> tuple[Figure, list[Axes]]:
    columns = min(len(tables), MOST_COLUMNS)
    rows = -(-len(tables) // MOST_COLUMNS)
    most = max((len(table) for table in tables.values()), default=1)
    figure = new_figure(min(FULL_WIDTH, columns * PANEL + 28), rows * (ROW * most + AROUND), footer)
    grid = list(figure.subplots(rows, columns, sharex=True, squeeze=False).flat)
    for axes in grid[len(tables) :]:
        axes.remove()
    for axes, name in zip(grid, tables, strict=False):
        axes.set_title(fitted(name, PANEL - 5, TITLE_SIZE * BOLDER, lines=1))
        axes.set_xlabel(fitted(label, PANEL - 22, 7.0, lines=3))
        axes.tick_params(axis="x", labelbottom=True)
    return figure, grid[: len(tables)]
