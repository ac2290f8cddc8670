"""Shares of silent, bursting and tonic LHb neurons in each condition."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lhb_model.bursts import ClassCriteria
from lhb_model.comparison import class_shares
from lhb_model.plot.labels import CRITERIA, criteria_text, fitted, several
from lhb_model.plot.marks import BURSTING_NUCLEUS
from lhb_model.plot.style import CLASS_COLOURS, FULL_WIDTH, TEXT_SIZE, legend_above, new_figure, say, styled

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 75.0  # mm
LEAST_WIDTH, PER_CONDITION, AROUND = 100.0, 22.0, 16.0
BAR = 0.62  # of the distance between bars
DOTS = (-0.14, 0.24)


@styled
def classes(neurons: "pd.DataFrame", criteria: ClassCriteria = CRITERIA) -> Figure:
    """Stacked bars of the classes of LHb neurons: mean over seeds of each share, one bar per condition.

    On the bursting share, dots are the seeds and whiskers its 95 % Wilson interval over seeds, as `class_shares` has it;
    of a condition with one seed, the interval of its neurons.

    Parameters
    ----------
    neurons : a frame with the columns condition, seed, nucleus, class, one row per neuron.
    criteria : those that made the classes; for the footer.
    """
    lhb = neurons[neurons["nucleus"] == BURSTING_NUCLEUS]
    shares = class_shares(lhb, kinds=["bursting"]).set_index("condition")
    conditions = list(dict.fromkeys(neurons["condition"]))
    width = float(np.clip(AROUND + PER_CONDITION * len(conditions), LEAST_WIDTH, FULL_WIDTH))
    figure = new_figure(width, HEIGHT, f"{criteria_text(criteria)} {_explanation(shares)}")
    axes = figure.subplots()
    for place, condition in enumerate(conditions):
        if condition in shares.index:
            _draw_bar(axes, place, lhb[lhb["condition"] == condition])
            _draw_interval(axes, place, shares.loc[condition])
    if lhb.empty:
        say(axes, "no LHb neurons")
    each = (width - AROUND) / max(len(conditions), 1)
    axes.set_xticks(range(len(conditions)), [fitted(name, each - 2, TEXT_SIZE) for name in conditions])
    axes.tick_params(axis="x", length=0)
    axes.set(xlim=(-0.5, max(len(conditions), 1) - 0.5), ylim=(0, 100), ylabel="LHb neurons (%)")
    _draw_legend(figure, width)
    return figure


def _draw_bar(axes: Axes, place: int, neurons: "pd.DataFrame") -> None:
    seeds = [group["class"] for _, group in neurons.groupby("seed")]
    bottom = 0.0
    for kind, colour in CLASS_COLOURS.items():
        share = 100 * float(np.mean([(seed == kind).mean() for seed in seeds]))
        axes.bar(place, share, BAR, bottom=bottom, color=colour, edgecolor="white", linewidth=0.4)
        bottom += share
    bursting = [100 * float((seed == "bursting").mean()) for seed in seeds]
    offsets = np.linspace(*DOTS, len(seeds)) if len(seeds) > 1 else np.full(1, sum(DOTS) / 2)
    axes.plot(place + offsets, bursting, "o", ms=2.6, mfc="white", mec="black", mew=0.5, zorder=4, clip_on=False)


def _draw_interval(axes: Axes, place: int, share: "pd.Series") -> None:
    low, high = share[["low", "high"] if share["seeds"] > 1 else ["wilson_low", "wilson_high"]]
    reach = [[share["share"] - low], [high - share["share"]]]
    look: dict[str, Any] = {"color": "black", "linewidth": 0.8, "capsize": 1.8, "zorder": 5}
    # Beside the dots, so that neither hides the other.
    axes.errorbar(place - BAR / 2 + 0.07, 100 * share["share"], 100 * np.abs(reach), **look)


def _draw_legend(figure: Figure, width: float) -> None:
    kinds = list(reversed(CLASS_COLOURS.items()))
    handles: list[Patch | Line2D] = [Patch(color=colour, linewidth=0) for _, colour in kinds]
    dot = Line2D([], [], linestyle="none", marker="o", markersize=2.6, markerfacecolor="white", markeredgecolor="black")
    legend_above(figure, [*handles, dot], [*(kind for kind, _ in kinds), "seed (bursting)"], width)


def _explanation(shares: "pd.DataFrame") -> str:
    if shares.empty:
        return "Bars: means over seeds."
    of_seeds, many = "seeds (at the effective number of neurons)", shares["seeds"] > 1
    over = of_seeds if many.all() else f"{of_seeds}, with one seed over neurons" if many.any() else "neurons"
    counts = zip(shares.index, shares["neurons"], shares["seeds"], strict=True)
    shown = "; ".join(f"{name}: {neurons} neurons, {several(seeds, 'seed')}" for name, neurons, seeds in counts)
    return f"Bars: means over seeds. Whiskers: 95 % Wilson interval of the bursting share over {over}. {shown}."
