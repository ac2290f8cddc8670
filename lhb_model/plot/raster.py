"""Spikes of all nuclei, one panel per condition, with the LHb's bursts marked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from lhb_model.bursts import Rule, as_rule
from lhb_model.plot.density import draw_density, full_colour
from lhb_model.plot.labels import MM_PER_POINT, fitted, nucleus_name, rule_text, run_on_text, seed_text
from lhb_model.plot.marks import BURSTING_NUCLEUS, GAP, Band, Kind, Marks, bands_of, legend_of, marks_of
from lhb_model.plot.periods import LANE, Period, draw_bars, lanes_of, shade, visible_periods
from lhb_model.plot.style import (
    BOLDER,
    DRUG,
    FULL_WIDTH,
    REMARK,
    TEXT_SIZE,
    TITLE_SIZE,
    legend_above,
    new_figure,
    nucleus_colour,
    styled,
)
from lhb_model.plot.window import Window, common_window
from lhb_model.recording import Recording

LEAST_PANEL, MOST_PANEL, ALL_PANELS = 34.0, 54.0, 180.0  # mm
PANEL_TITLE, AROUND_PANELS = 6.0, 16.0  # mm
NAMES_WIDTH = 26.0  # mm
AXES_WIDTH = FULL_WIDTH - NAMES_WIDTH
TWO_LINES = 6.5  # mm
MOST_MARKS = 2_000_000


@styled
def raster(
    recordings: Mapping[str, Recording],
    window: Window | None = None,
    rule: str | Rule = "lhb",
    nuclei: Sequence[str] | None = None,
    shading: Mapping[str, Sequence[tuple[str, float, float]]] | None = None,
    seed: int | None = None,
    most_neurons: int = 200,
) -> Figure:
    """Spikes of the same neurons in the same window, one panel per condition.

    Spikes in bursts of the LHb are coloured, those in run-on bursts in a colour of their own. In the first condition
    the LHb neurons rise from silent, over tonic, to those with the largest share of spikes in bursts; the other panels
    keep that order. Of each nucleus at most `most_neurons` are shown, evenly spread over the population. Where marks
    would lie on each other, and beyond 2 million spikes, the raster becomes a density image.

    Parameters
    ----------
    recordings : one recording per condition.
    window : (start, stop) in s; None for all that every recording covers.
    rule : of the bursts, which are found in the whole recording and not in the window alone.
    nuclei : those shown, from top to bottom; None for those of the first recording, the LHb on top.
    shading : by condition, the periods (label, start, stop) in s of its drugs.
    seed : printed below the figure.
    most_neurons : at least 1.

    Raises `InputError` for a window that is empty or not within the record, and for an unknown nucleus.

    Examples
    --------
    >>> from lhb_model.recording import SpikeTrains
    >>> lhb = SpikeTrains(np.array([10, 11, 500]), np.array([0, 0, 1], np.int32), n_neurons=2)
    >>> figure = raster({"control": Recording(0.001, 1.0, {"lhb": lhb}, {}, [], {}, {})}, window=(0.0, 0.6))
    >>> figure.axes[0].get_xlabel()
    'Time (s)'
    """
    window = common_window(list(recordings.values()), window)
    rule = as_rule(rule)
    height = float(np.clip(ALL_PANELS / len(recordings), LEAST_PANEL, MOST_PANEL))
    bands = bands_of(list(recordings.values()), nuclei, rule, most_neurons, height)
    marks = {name: _marks(recording, bands, rule, window) for name, recording in recordings.items()}
    periods = {name: visible_periods((shading or {}).get(name, ()), window) for name in recordings}
    full = _opaque(bands, list(marks.values()), window)
    kinds = {
        int(kind) for kind in Kind if any((mark.kinds == kind).any() for panel in marks.values() for mark in panel)
    }
    footer = _footer(bands, rule, next(iter(recordings)), seed, any(full), Kind.RUN_ON in kinds)
    figure, panels = _panels(height, periods, footer)
    for axes, (name, panel) in zip(panels, marks.items(), strict=True):
        _frame(axes, name, bands, periods[name], window)
        for band, mark, opaque in zip(bands, panel, full, strict=True):
            if band.nucleus not in recordings[name].spikes:
                _say_in(axes, band, window, "not in this recording")
            elif not mark.times.size:
                _say_in(axes, band, window, "no spikes")
            elif opaque:
                draw_density(axes, band, mark, window, AXES_WIDTH, opaque)
            else:
                _draw_marks(axes, band, mark)
    _draw_legend(figure, bands, kinds, any(periods.values()))
    return figure


def _marks(recording: Recording, bands: list[Band], rule: Rule, window: Window) -> list[Marks]:
    return [marks_of(recording, band.nucleus, band.neurons, rule).between(*window) for band in bands]


def _opaque(bands: list[Band], panels: list[list[Marks]], window: Window) -> list[float | None]:
    """Spikes per opaque pixel of the bands that are drawn as density images; None for those drawn as marks."""
    columns = [list(column) for column in zip(*panels, strict=True)]
    many = sum(marks.times.size for panel in panels for marks in panel) > MOST_MARKS
    return [
        full_colour(band, column, window, AXES_WIDTH) if many or _crowded(band, column) else None
        for band, column in zip(bands, columns, strict=True)
    ]


def _panels(height: float, periods: Mapping[str, list[Period]], footer: str) -> tuple[Figure, list[Axes]]:
    """A figure with panels as high as what they hold, in mm: all bands, and a lane for each drug."""
    heights = [height + len(lanes_of(shown)) * LANE for shown in periods.values()]
    total = sum(heights) + len(heights) * PANEL_TITLE + AROUND_PANELS
    figure = new_figure(FULL_WIDTH, total, footer)
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, top in zip(grid[:, 0], heights, strict=True):
        axes.set_ylim(0, top)
    grid[-1, 0].set_xlabel("Time (s)")
    return figure, list(grid[:, 0])


def _frame(axes: Axes, name: str, bands: list[Band], periods: list[Period], window: Window) -> None:
    """All of a panel but its spikes."""
    axes.set_xlim(*window)
    axes.set_title(fitted(name, AXES_WIDTH, TITLE_SIZE * BOLDER, lines=1))
    axes.spines["left"].set_visible(False)
    axes.set_yticks([(band.bottom + band.top) / 2 for band in bands], [_band_label(band) for band in bands])
    axes.tick_params(axis="y", left=False, pad=7)
    for band in bands:
        strip = Rectangle((-0.011, band.bottom), 0.006, band.top - band.bottom, color=nucleus_colour(band.nucleus))
        strip.set(transform=axes.get_yaxis_transform(), clip_on=False, linewidth=0)
        axes.add_patch(strip)
    top = max(band.top for band in bands) + GAP / 2
    shade(axes, periods, height=top / axes.get_ylim()[1])
    draw_bars(axes, periods, window, top, AXES_WIDTH)


def _band_label(band: Band) -> str:
    height = band.top - band.bottom
    name = fitted(nucleus_name(band.nucleus), NAMES_WIDTH - 6, TEXT_SIZE, lines=2 if height >= TWO_LINES else 1)
    return f"{name}\nn = {band.neurons.size}" if height >= TWO_LINES and "\n" not in name else name


def _draw_marks(axes: Axes, band: Band, marks: Marks) -> None:
    look: dict[str, Any] = {"linestyle": "none", "marker": "|", "rasterized": True}
    for kind in Kind:
        shown = marks.of_kind(kind)
        middles = band.bottom + (shown.rows + 0.5) * band.row_height
        axes.plot(shown.times, middles, color=kind.colour, ms=_mark_height(band, kind), mew=kind.width, **look)


def _mark_height(band: Band, kind: Kind) -> float:
    return float(np.clip(0.9 * band.row_height / MM_PER_POINT, 1.5 * kind.width, 6.0))


def _crowded(band: Band, panels: Sequence[Marks]) -> bool:
    """Whether the marks of some panel, laid side by side, would cover more than the band."""
    return max(_ink(band, marks) for marks in panels) > AXES_WIDTH * (band.top - band.bottom)


def _ink(band: Band, marks: Marks) -> float:
    """The area of all marks in mm2."""
    counts = np.bincount(marks.kinds, minlength=len(Kind))
    areas = [kind.width * _mark_height(band, kind) for kind in Kind]
    return MM_PER_POINT**2 * float(counts @ areas)


def _say_in(axes: Axes, band: Band, window: Window, text: str) -> None:
    place = (sum(window) / 2, (band.bottom + band.top) / 2)
    axes.text(*place, text, ha="center", va="center", color=REMARK, style="italic")


def _draw_legend(figure: Figure, bands: list[Band], kinds: set[int], drugs: bool) -> None:
    handles: dict[str, Line2D | Patch] = {}
    for label, key in legend_of(kinds).items():
        handles[label if label == Kind.OTHER.label else f"LHb {label}"] = key
    if all(band.nucleus != BURSTING_NUCLEUS for band in bands):
        handles = {"spike": handles[Kind.OTHER.label]}
    if drugs:
        handles["drug or state acting"] = Patch(color=DRUG, linewidth=0)
    legend_above(figure, list(handles.values()), list(handles), FULL_WIDTH)


def _footer(bands: list[Band], rule: Rule, first: str, seed: int | None, dense: bool, run_on: bool) -> str:
    order = f"sorted by share of spikes in bursts, then rate, in condition {first}; the same in all panels"
    parts = [f"{rule_text(rule)}.", f"{run_on_text()}." if run_on else ""]
    parts.append(f"Neurons: {', '.join(map(_count, bands))}; {order}.")
    if dense:
        parts.append(
            "Where spikes are too dense for marks: opacity is their number in a pixel, colour their share in bursts."
        )
    return " ".join(filter(None, parts)) + seed_text(seed)


def _count(band: Band) -> str:
    of = f" of {band.of}" if band.of > band.neurons.size else ""
    return f"{band.neurons.size}{of} {nucleus_name(band.nucleus)}"
