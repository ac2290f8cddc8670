"""Measures over time in sliding windows, with what acts when."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lhb_model.plot.labels import fitted, measure_label, several
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.periods import LANE, draw_bars, lanes_of, shade, visible_periods
from lhb_model.plot.style import CLASS_COLOURS, FULL_WIDTH, TEXT_SIZE, Look, legend_above, new_figure, say, styled

Values = tuple[NDArray[np.float64], NDArray[np.float64], str]

SHARES = ("silent_share", "tonic_share", "bursting_share")
ROW, AROUND = 24.0, 16.0  # mm
AXES_WIDTH = FULL_WIDTH - 18.0
LINE: dict[str, Any] = {"color": "#404040", "linewidth": 1.2}
SILENT = "#B0B0B0"


@styled
def courses(
    courses: Mapping[str, Values],
    periods: Sequence[tuple[str, float, float]] = (),
    window: float = 5.0,
    nucleus: str = "LHb",
) -> Figure:
    """One row for the shares of silent, tonic and bursting neurons, one for every other measure; interventions above.

    Lines are means over seeds, bands their standard error; with one seed there are no bands.

    Parameters
    ----------
    courses : by measure, times (s), values of shape (seeds, times), and unit.
    periods : (label, start, stop) in s of what acts.
    window : length of the sliding windows (s); for the footer.
    nucleus : whose shares these are; for the label.
    """
    others = [name for name in courses if name not in SHARES]
    shares = [name for name in SHARES if name in courses]
    rows = bool(shares) + len(others)
    if not rows:
        figure = new_figure(FULL_WIDTH, ROW, "")
        say(figure.subplots(), "no measure to show")
        return figure
    times, values, _ = next(iter(courses.values()))
    # Beyond the first and last middles, so that what acts is seen from where the first window begins.
    span = (float(times[0]) - window / 2, float(times[-1]) + window / 2)
    acting = visible_periods(periods, span)
    figure, bars, panels = _panels(rows, len(lanes_of(acting)), _footer(window, len(values)))
    if shares:
        _draw_shares(panels[0], {name: courses[name] for name in shares}, nucleus)
    for axes, name in zip(panels[bool(shares) :], others, strict=True):
        _draw(axes, name, courses[name])
    for axes in panels:
        axes.set_xlim(span)
        shade(axes, list({period[1:]: period for period in acting}.values()))
    bars.set(xlim=span, ylim=(0, max(len(lanes_of(acting)), 1) * LANE))
    draw_bars(bars, acting, span, 0.0, AXES_WIDTH)
    figure.align_ylabels(panels)
    keys = [Line2D([], [], **_look(name)) for name in shares]
    legend_above(figure, keys, [name.removesuffix("_share") for name in shares], FULL_WIDTH)
    return figure


def _footer(window: float, seeds: int) -> str:
    return (
        f"Sliding windows of {window:g} s, drawn at their middles. Lines: means over {several(seeds, 'seed')}; bands: standard "
        "error of the mean. A neuron that bursts more seldom than once in a window counts as silent there. Bars end where half "
        "has worn off."
    )


def _panels(rows: int, lanes: int, footer: str) -> tuple[Figure, Axes, list[Axes]]:
    heights = [max(lanes, 1) * LANE, *[ROW] * rows]
    figure = new_figure(FULL_WIDTH, sum(heights) + AROUND, footer)
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    bars, *panels = grid[:, 0]
    bars.axis("off")
    panels[-1].set_xlabel("Time (s)")
    return figure, bars, panels


def _look(share: str) -> Look:
    kind = share.removesuffix("_share")
    dashes = {"silent": ":", "tonic": "--", "bursting": "-"}[kind]
    return {"color": SILENT if kind == "silent" else CLASS_COLOURS[kind], "linestyle": dashes, "linewidth": 1.4}


def _draw_shares(axes: Axes, shares: Mapping[str, Values], nucleus: str) -> None:
    for name, (times, values, _) in shares.items():
        draw_mean(axes, times, values, _look(name))
    axes.set(ylim=(0, 1))
    axes.set_ylabel(f"Share of\n{nucleus} neurons")


def _draw(axes: Axes, name: str, course: Values) -> None:
    times, values, unit = course
    draw_mean(axes, times, values, LINE)
    nucleus = "lhb" if name == "rate" else ""
    axes.set_ylabel(fitted(measure_label(name, unit, nucleus), ROW - 6, TEXT_SIZE))
    axes.set_ylim(bottom=0)
