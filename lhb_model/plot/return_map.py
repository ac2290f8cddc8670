"""Return maps: each interspike interval against the next."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from lhb_model.bursts import MaxInterval, Rule, as_rule
from lhb_model.plot.intervals import interval_edges, require_nucleus, successive_intervals
from lhb_model.plot.labels import fitted, nucleus_name, rule_text, span_text
from lhb_model.plot.style import BOLDER, FULL_WIDTH, TITLE_SIZE, legend_above, new_figure, say, styled
from lhb_model.recording import Recording

BINS_PER_DECADE = 12
MOST_COLUMNS = 3
PANEL, BESIDE, SCALE = 42.0, 12.0, 16.0  # mm: of the panel, of its labels, of the colour scale
HEIGHT, BELOW, ABOVE = 37.0, 16.0, 6.0
COLOURS = LinearSegmentedColormap.from_list("pairs", ["#D8DEE6", "#5B7FA6", "#0B1F3A"])
START: dict[str, Any] = {"color": "black", "linewidth": 0.7, "linestyle": (0, (4, 2))}
END: dict[str, Any] = {"color": "black", "linewidth": 0.7, "linestyle": (0, (1, 1.5))}


@styled
def return_map(recordings: Mapping[str, Sequence[Recording]], nucleus: str = "lhb", rule: str | Rule = "lhb") -> Figure:
    """Share of the pairs of successive intervals in each bin, both axes logarithmic; one panel per condition.

    All neurons and seeds of a condition are pooled. Lines are the intervals at which the rule starts and ends a burst.
    The colours are those of the same shares in all panels.

    Parameters
    ----------
    recordings : the recordings of each condition, one per seed; cut them to the analysed epoch.
    nucleus : whose neurons.
    rule : of the bursts; only rules with fixed limits have lines.

    Raises `InputError` for a nucleus that no recording has.
    """
    require_nucleus(recordings, nucleus)
    rule = as_rule(rule)
    pairs = {name: successive_intervals(group, nucleus) for name, group in recordings.items()}
    edges = interval_edges(pairs.values(), BINS_PER_DECADE)
    shares = {name: _shares(values, edges) for name, values in pairs.items()}
    spans = span_text(recording.observed for group in recordings.values() for recording in group)
    footer = f"{rule_text(rule)}. Intervals of all {nucleus_name(nucleus)} neurons and seeds; n: pairs.{spans}"
    figure, panels = _panels(len(pairs), footer)
    scale = _scale(list(shares.values()))
    drawn = [
        _draw(axes, name, len(pairs[name]), shares[name], edges, scale)
        for axes, name in zip(panels, pairs, strict=True)
    ]
    if isinstance(rule, MaxInterval):
        _mark_limits(figure, panels, rule)
    if drawn:
        ticks = FuncFormatter(lambda value, _: f"{value:g}")
        figure.colorbar(
            drawn[0], ax=panels, label="Pairs per bin (%)", format=ticks, aspect=30, fraction=0.05, pad=0.02
        )
    return figure


def _shares(pairs: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per cent of the pairs in each bin, [next interval, interval]."""
    counts, _, _ = np.histogram2d(pairs[:, 1], pairs[:, 0], bins=[edges, edges])
    return np.asarray(100 * counts / max(len(pairs), 1))


def _scale(shares: Sequence[NDArray[np.float64]]) -> LogNorm:
    positive = np.concatenate([np.empty(0), *(values[values > 0] for values in shares)])
    if not positive.size:
        return LogNorm(0.1, 1)
    return LogNorm(positive.min(), max(positive.max(), 1.001 * positive.min()))


def _panels(count: int, footer: str) -> tuple[Figure, list[Axes]]:
    columns, rows = min(count, MOST_COLUMNS), ceil(count / MOST_COLUMNS)
    width = min(columns * (PANEL + BESIDE) + SCALE, FULL_WIDTH)
    figure = new_figure(width, rows * (HEIGHT + BELOW) + ABOVE, footer)
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in grid[count:]:
        axes.remove()
    return figure, grid[:count]


def _draw(
    axes: Axes, name: str, n: int, shares: NDArray[np.float64], edges: NDArray[np.float64], scale: LogNorm
) -> QuadMesh:
    seen = np.ma.masked_equal(shares, 0)
    mesh = axes.pcolormesh(edges, edges, seen, norm=scale, cmap=COLOURS, rasterized=True, zorder=2)
    axes.set(xscale="log", yscale="log", xlabel="Interval (ms)", ylabel="Next interval (ms)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(list(edges[::BINS_PER_DECADE])))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    count = f"n = {n:,}".replace(",", "\u202f")
    axes.set_title(fitted(name, PANEL - 6, TITLE_SIZE * BOLDER, lines=1), pad=12)
    axes.text(0, 1.03, count, transform=axes.transAxes, va="bottom")
    if not n:
        say(axes, "no two intervals")
    return mesh


def _mark_limits(figure: Figure, panels: Sequence[Axes], rule: MaxInterval) -> None:
    start, end = 1e3 * rule.start, 1e3 * rule.end
    lines = {f"start and end of a burst, {start:g} ms": (start, START)}
    if start != end:
        lines = {f"start of a burst, {start:g} ms": (start, START), f"end of a burst, {end:g} ms": (end, END)}
    for axes in panels:
        for limit, look in lines.values():
            axes.axvline(limit, zorder=2.5, **look)
            axes.axhline(limit, zorder=2.5, **look)
    keys = [Line2D([], [], **look) for _, look in lines.values()]
    legend_above(figure, keys, list(lines), figure.get_figwidth() * 25.4)
