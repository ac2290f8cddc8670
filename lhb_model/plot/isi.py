"""Histogram of the logarithms of interspike intervals."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from lhb_model.bursts import MaxInterval, Rule, as_rule
from lhb_model.plot.intervals import interval_edges, intervals_of, require_nucleus
from lhb_model.plot.labels import fitted, nucleus_name, rule_text, span_text, text_height
from lhb_model.plot.style import TEXT_SIZE, Look, line_styles, new_figure, say, styled
from lhb_model.recording import Recording

WIDTH, HEIGHT = 140.0, 70.0  # mm
LEGEND_WIDTH = 32.0
ENTRY_GAP = 1.5
BINS_PER_DECADE = 20


@styled
def isi(
    recordings: Mapping[str, Sequence[Recording]],
    nucleus: str = "lhb",
    rule: str | Rule = "lhb",
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Share of the interspike intervals in each of 20 bins per decade, all neurons and seeds of a condition pooled.

    Vertical lines are the intervals at which the rule starts and ends a burst.

    Parameters
    ----------
    recordings : the recordings of each condition, one per seed; cut them to the analysed epoch.
    nucleus : whose neurons.
    rule : of the bursts; only rules with fixed limits have lines.
    colours : of the conditions, where they must agree with a figure of other conditions.

    Raises `InputError` for a nucleus that no recording has.
    """
    require_nucleus(recordings, nucleus)
    rule = as_rule(rule)
    intervals = {name: intervals_of(group, nucleus) for name, group in recordings.items()}
    labels = {name: _label(name, values) for name, values in intervals.items()}
    height = max(HEIGHT, sum(text_height(label, TEXT_SIZE) + ENTRY_GAP for label in labels.values()) + 4)
    spans = span_text(recording.observed for group in recordings.values() for recording in group)
    footer = f"{rule_text(rule)}. Intervals of all {nucleus_name(nucleus)} neurons and seeds.{spans}"
    figure = new_figure(WIDTH, height, footer)
    axes = figure.subplots()
    _draw(axes, intervals, labels, line_styles(list(recordings), colours))
    if isinstance(rule, MaxInterval):
        _mark_limits(axes, rule)
    axes.set(xlabel="Interspike interval (ms)", ylabel="Intervals per bin (%)")
    figure.legend(loc="outside right upper")
    return figure


def _label(name: str, intervals: NDArray[np.float64]) -> str:
    return f"{fitted(name, LEGEND_WIDTH, TEXT_SIZE)}\nn = {intervals.size:,}".replace(",", "\u202f")


def _draw(
    axes: Axes,
    intervals: Mapping[str, NDArray[np.float64]],
    labels: Mapping[str, str],
    looks: Mapping[str, Look],
) -> None:
    edges = interval_edges(intervals.values(), BINS_PER_DECADE)
    for name, values in intervals.items():
        counts, _ = np.histogram(values, edges)
        shares = 100 * counts / max(values.size, 1)
        axes.stairs(shares, edges, label=labels[name], linewidth=1.0, **looks[name])
    axes.set_xscale("log")
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    axes.xaxis.set_major_locator(LogLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if not any(values.size for values in intervals.values()):
        axes.set(ylim=(0, 1), yticks=[])
        say(axes, "no intervals")


def _mark_limits(axes: Axes, rule: MaxInterval) -> None:
    """A line for each limit, its name outwards of it."""
    same = rule.start == rule.end
    _mark_limit(axes, 1e3 * rule.start, "start and end" if same else "start", "right")
    if not same:
        _mark_limit(axes, 1e3 * rule.end, "end", "left")


def _mark_limit(axes: Axes, limit: float, name: str, side: Literal["left", "right"]) -> None:
    axes.axvline(limit, color="black", linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    place = limit * 1.06 if side == "left" else limit / 1.06
    axes.text(place, 1.0, f"{name}\n{limit:g} ms", ha=side, va="bottom", transform=axes.get_xaxis_transform())
