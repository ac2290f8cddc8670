"""The transfer function of anti-reward: what replayed LHb trains leave, against the share of neurons that burst and synchrony."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lhb_model.comparison import summarise
from lhb_model.plot.labels import fitted, several
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import (
    BURST,
    FAINT,
    FULL_WIDTH,
    TEXT_SIZE,
    legend_above,
    new_figure,
    say,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd

USUAL = ("dopamine", "serotonin")
HEIGHT = 62.0  # mm
ASIDE = 0.008  # of the axis, between the points of two lines
SHADES = LinearSegmentedColormap.from_list("synchrony", ["#E3B6CC", BURST, "#3D0A28"])
MARKERS = "osD^v<>"
LEVEL: dict[str, Any] = {"color": FAINT, "linewidth": 0.9, "linestyle": "--", "zorder": 1}
MEAN: dict[str, Any] = {"markersize": 3.8, "capsize": 1.8, "elinewidth": 0.8, "linewidth": 1.0, "zorder": 3}


@styled
def transfer(
    table: "pd.DataFrame",
    patterns: Mapping[str, tuple[float, float]],
    silent: str | None = None,
    measures: Sequence[str] | None = None,
    titles: Mapping[tuple[str, str], str] | None = None,
) -> Figure:
    """Measures against the share of active neurons that burst, a line for each synchrony: means and 95 % intervals over seeds.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    patterns : by condition, the share of its active neurons that burst, and its synchrony.
    silent : the condition without any LHb spike, drawn as a level.
    measures : "dopamine", or "vta_da.rate" for a nucleus's; None for the usual ones among those of the table.
    titles : by nucleus and measure, a line above its panel.

    Raises `InputError` for a measure that is not in the table.
    """
    chosen = choose(table, measures, USUAL)
    figure = new_figure(FULL_WIDTH, HEIGHT, _footer(table))
    panels = figure.subplots(1, max(len(chosen), 1), squeeze=False)[0]
    looks = _looks(sorted({synchrony for _, synchrony in patterns.values()}))
    for axes, measure in zip(panels, chosen, strict=False):
        _draw(axes, measure, summarise(measure.rows(table)).set_index("condition"), patterns, silent, looks)
        axes.set_title((titles or {}).get((measure.nucleus, measure.name), ""), fontsize=TEXT_SIZE, fontweight="normal")
    if not chosen or not patterns:
        say(panels[0], "no pattern or no measure to show")
    handles = [Line2D([], [], **look, markersize=3.8) for look in looks.values()]
    labels = [f"synchrony {synchrony:g}" for synchrony in looks]
    if silent:
        handles, labels = [*handles, Line2D([], [], **LEVEL)], [*labels, "no LHb spike"]
    legend_above(figure, handles, labels, FULL_WIDTH)
    return figure


def _footer(table: "pd.DataFrame") -> str:
    seeds = several(table["seed"].nunique(), "seed")
    return (
        "Replayed LHb trains of one mean rate, with the same spike counts neuron by neuron. Synchrony: share of a neuron's "
        f"bursts, or lone spikes, at times common to all. Means with 95 % intervals over {seeds}."
    )


def _looks(synchronies: Sequence[float]) -> dict[float, dict[str, Any]]:
    """Darker for more of it; markers tell the lines apart in print."""
    shades = np.linspace(0.1, 1, max(len(synchronies), 1))
    return {
        synchrony: {"color": SHADES(shade), "marker": MARKERS[place % len(MARKERS)]}
        for place, (synchrony, shade) in enumerate(zip(synchronies, shades, strict=False))
    }


def _draw(
    axes: Axes,
    measure: Measure,
    means: "pd.DataFrame",
    patterns: Mapping[str, tuple[float, float]],
    silent: str | None,
    looks: Mapping[float, Mapping[str, Any]],
) -> None:
    for place, (synchrony, look) in enumerate(looks.items()):
        names = sorted(
            (n for n in patterns if patterns[n][1] == synchrony and n in means.index), key=patterns.__getitem__
        )
        own = means.loc[names]
        shares = np.array([patterns[name][0] for name in names]) + ASIDE * (place - (len(looks) - 1) / 2)
        below, above = (
            np.nan_to_num(part.to_numpy(float)) for part in (own["mean"] - own["low"], own["high"] - own["mean"])
        )
        low = np.minimum(below, own["mean"].clip(lower=0))
        axes.errorbar(shares, own["mean"], np.array([low, above]), **MEAN, **look)
    if silent in means.index:
        axes.axhline(float(means["mean"][silent]), **LEVEL)
    axes.set_ylabel(fitted(measure.label, HEIGHT - 15, TEXT_SIZE))
    axes.set_xlabel("Share of active LHb neurons that burst")
    axes.set_ylim(bottom=0)
