"""Potential and firing modes of LHb neurons against the expression of astrocytic Kir4.1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from lhb_model.bursts import ClassCriteria
from lhb_model.plot.labels import criteria_text
from lhb_model.plot.style import BURST, FULL_WIDTH, SPIKE, legend_above, new_figure, styled

HEIGHT = 62.0  # mm
LOOKS = {"bursting": (BURST, "-", "o"), "tonic": ("#404040", "-", "s"), "silent": ("#909090", ":", "D")}
"""Colour, line and marker of each mode."""
FOOTER = (
    "Kir4.1 that is expressed and not blocked, relative to control; open symbols: by a blocker. Potential: median between spikes "
    "of the recorded neurons of one seed, with quartiles. Modes: mean over {seeds}; dots are the seeds. {rule}"
)


@dataclass(frozen=True, eq=False)
class Expressed:
    """One condition: its Kir4.1 relative to control, whether a blocker made it so, potentials (V) of the recorded neurons,
    and mode -> share of the neurons in each seed."""

    expression: float
    blocked: bool
    potentials: NDArray[np.float64]
    shares: dict[str, list[float]]


@styled
def kir41(conditions: Sequence[Expressed], rule: str = "lhb") -> Figure:
    """Two panels over the expression of Kir4.1: potential between spikes, shares of the modes."""
    found = sorted(conditions, key=lambda one: one.expression)
    seeds = max(len(shares) for one in found for shares in one.shares.values())
    counted = f"{seeds} seeds" if seeds > 1 else "one seed"
    figure = new_figure(FULL_WIDTH, HEIGHT, FOOTER.format(seeds=counted, rule=criteria_text(ClassCriteria(rule))))
    potential, modes = figure.subplots(1, 2)
    _potentials(potential, found)
    for mode in LOOKS:
        _mode(modes, found, mode)
    potential.set(ylabel="Potential between spikes (mV)")
    modes.set(ylabel="LHb neurons (%)", ylim=(0, None))
    for axes in (potential, modes):
        _expression_axis(axes, [one.expression for one in found])
    handles = [
        modes.plot([], [], color=look[0], linestyle=look[1], marker=look[2], markersize=4)[0] for look in LOOKS.values()
    ]
    legend_above(figure, handles, list(LOOKS), FULL_WIDTH)
    return figure


def _potentials(axes: Axes, found: Sequence[Expressed]) -> None:
    for one in found:
        low, middle, high = np.percentile(1e3 * one.potentials, (25, 50, 75))
        axes.plot([one.expression] * 2, [low, high], color=SPIKE, linewidth=0.7)
        axes.plot(one.expression, middle, "o", color=SPIKE, markersize=4, markerfacecolor=_face(one, SPIKE))
    line = [one for one in found if not one.blocked]
    axes.plot(*_line(line, [1e3 * float(np.median(one.potentials)) for one in line]), color=SPIKE, zorder=0)


def _mode(axes: Axes, found: Sequence[Expressed], mode: str) -> None:
    colour, style, marker = LOOKS[mode]
    for one in found:
        own = 100 * np.array(one.shares[mode])
        axes.plot(np.full(own.size, one.expression), own, ".", color=colour, markersize=2, alpha=0.6)
        axes.plot(one.expression, own.mean(), marker, color=colour, markersize=4, markerfacecolor=_face(one, colour))
    line = [one for one in found if not one.blocked]
    axes.plot(*_line(line, [100 * float(np.mean(one.shares[mode])) for one in line]), color=colour, linestyle=style)


def _line(found: Sequence[Expressed], values: list[float]) -> tuple[list[float], list[float]]:
    return [one.expression for one in found], values


def _face(one: Expressed, colour: str) -> str:
    return "white" if one.blocked else colour


def _expression_axis(axes: Axes, shown: Sequence[float]) -> None:
    axes.set(xscale="log", xlabel="Kir4.1 (control = 1)", xlim=(min(shown) / 1.2, max(shown) * 1.2))
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10) if min(shown) / 1.2 <= tick <= max(shown) * 1.2]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
