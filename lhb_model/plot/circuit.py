"""Rates of all nuclei and the transmitters they release, over time."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import fitted, fitting_unit, measure_label, nucleus_name, several
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.periods import LANE, Period, draw_bars, lanes_of, shade, visible_periods
from lhb_model.plot.style import FULL_WIDTH, TEXT_SIZE, Look, legend_above, line_styles, new_figure, styled
from lhb_model.plot.window import Window, common_window
from lhb_model.recording import Recording

Signal = tuple[ArrayLike, ArrayLike, str]

BIN = 0.1  # s
ROW, AROUND = 21.0, 18.0  # mm
AXES_WIDTH = FULL_WIDTH - 18.0


@styled
def circuit(
    recordings: Mapping[str, Sequence[Recording]],
    signals: Mapping[str, Mapping[str, Signal]],
    nuclei: Sequence[str] | None = None,
    window: Window | None = None,
    shading: Mapping[str, Sequence[tuple[str, float, float]]] | None = None,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Population rate of each nucleus in bins of 0.1 s, and below the signals; conditions overlaid.

    Lines are means over seeds, bands their standard error; with one seed there are no bands.

    Parameters
    ----------
    recordings : the recordings of each condition, one per seed.
    signals : by condition and name, (times in s, values, unit); values of shape (samples,), or (seeds, samples)
        for a band.
    nuclei : those shown, from top to bottom; None for all.
    window : (start, stop) in s; None for all that every recording covers.
    shading : by condition, the periods (label, start, stop) in s of its drugs; those that last all through the
        window are left out.
    colours : of the conditions, where they must agree with a figure of other conditions.

    Raises `InputError` for a window that is empty or not within the record, and for an unknown nucleus.
    """
    everything = [recording for group in recordings.values() for recording in group]
    window = common_window(everything, window)
    chosen = _chosen(everything, nuclei)
    names = list(dict.fromkeys(name for given in signals.values() for name in given))
    periods = _periods(recordings, shading or {}, window)
    footer = _footer({name: len(group) for name, group in recordings.items()})
    figure, bars, rows = _rows(len(chosen) + len(names), len(lanes_of(periods)), footer)
    looks = line_styles(list(dict.fromkeys([*recordings, *signals])), colours)
    for axes, nucleus in zip(rows, chosen, strict=False):
        _draw_rates(axes, recordings, nucleus, looks, window)
    for axes, name in zip(rows[len(chosen) :], names, strict=True):
        having = {condition: given[name] for condition, given in signals.items() if name in given}
        _draw_signal(axes, having, name, looks)
    for axes in rows:
        axes.set(xlim=window, ylim=_limits(axes))
        shade(axes, list({period[1:]: period for period in periods}.values()))
    if bars is not None:
        bars.set(xlim=window, ylim=(0, len(lanes_of(periods)) * LANE))
        draw_bars(bars, periods, window, 0.0, AXES_WIDTH)
    figure.align_ylabels(rows)
    legend_above(figure, [Line2D([], [], linewidth=1.4, **look) for look in looks.values()], list(looks), FULL_WIDTH)
    return figure


def _chosen(recordings: Sequence[Recording], nuclei: Sequence[str] | None) -> list[str]:
    known = list(dict.fromkeys(name for recording in recordings for name in recording.spikes))
    for nucleus in nuclei or ():
        if nucleus not in known:
            raise InputError(unknown("nucleus", nucleus, known))
    return list(dict.fromkeys(known if nuclei is None else nuclei))


def _periods(
    conditions: Iterable[str], shading: Mapping[str, Sequence[tuple[str, float, float]]], window: Window
) -> list[Period]:
    """What begins or ends within the window; named with its conditions, since all share the axes."""
    conditions = list(conditions)
    having: dict[Period, list[str]] = {}
    for condition in conditions:
        for period in visible_periods(shading.get(condition, ()), window):
            having.setdefault(period, []).append(condition)
    return [
        period if names == conditions else period._replace(label=f"{period.label} (in {', '.join(names)})")
        for period, names in having.items()
        if period[1:] != window
    ]


def _footer(seeds: Mapping[str, int]) -> str:
    """How many seeds, of each condition if they differ."""
    text = f"Rates in bins of {1e3 * BIN:g} ms. Lines: means over seeds; bands: standard error of the mean."
    numbers = list(dict.fromkeys(seeds.values()))
    if len(numbers) == 1:
        return f"{text} {several(numbers[0], 'seed')}."
    return f"{text} Seeds: {', '.join(f'{name} {number}' for name, number in seeds.items())}."


def _rows(rows: int, lanes: int, footer: str) -> tuple[Figure, Axes | None, list[Axes]]:
    """A figure with a row for each nucleus and signal, below one as high as the drugs' lanes if there are any."""
    heights = [lanes * LANE, *[ROW] * rows] if lanes else [ROW] * rows
    figure = new_figure(FULL_WIDTH, sum(heights) + AROUND, footer)
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights})
    panels = list(grid[:, 0])
    panels[-1].set_xlabel("Time (s)")
    if not lanes:
        return figure, None, panels
    panels[0].axis("off")
    return figure, panels[0], panels[1:]


def _draw_rates(
    axes: Axes,
    recordings: Mapping[str, Sequence[Recording]],
    nucleus: str,
    looks: Mapping[str, Look],
    window: Window,
) -> None:
    width = min(BIN, window[1] - window[0])
    middles = window[0] + width * (np.arange(int((window[1] - window[0]) / width + 1e-6)) + 0.5)
    for condition, group in recordings.items():
        rates = [
            _rates(recording, nucleus, window[0], width, middles.size)
            for recording in group
            if nucleus in recording.spikes
        ]
        if rates:
            draw_mean(axes, middles, np.stack(rates), looks[condition])
    axes.set_ylabel(f"{fitted(nucleus_name(nucleus), ROW, TEXT_SIZE, lines=2)}\nrate (Hz)")


def _rates(recording: Recording, nucleus: str, start: float, width: float, bins: int) -> NDArray[np.float64]:
    """Spikes per second and neuron in each bin of `width` s from `start` on."""
    spikes = recording.spikes[nucleus]
    # A spike in the very step at which a bin starts belongs to that bin.
    place = np.floor((spikes.steps * recording.dt - start) / width + 1e-6).astype(np.int64)
    counts = np.bincount(place[(place >= 0) & (place < bins)], minlength=bins)
    return counts.astype(np.float64) / (width * max(spikes.n_neurons, 1))


def _draw_signal(axes: Axes, given: Mapping[str, Signal], name: str, looks: Mapping[str, Look]) -> None:
    sampled: dict[str, tuple[NDArray[np.float64], NDArray[np.float64], str]] = {
        condition: (np.asarray(times, float), np.atleast_2d(np.asarray(values, float)), unit)
        for condition, (times, values, unit) in given.items()
    }
    largest = max(float(np.abs(values[np.isfinite(values)]).max(initial=0)) for _, values, _ in sampled.values())
    unit = "1"
    for condition, (times, values, given_unit) in sampled.items():
        factor, unit = fitting_unit(given_unit, largest)
        draw_mean(axes, times, factor * values, looks[condition])
    axes.set_ylabel(fitted(measure_label(name, unit), ROW - 7, TEXT_SIZE))


def _limits(axes: Axes) -> tuple[float, float]:
    """From 0, or lower if there is anything, up to the largest value; up to 1 if that is 0."""
    low, high = axes.dataLim.y0, axes.dataLim.y1
    if not np.isfinite([low, high]).all():
        return 0.0, 1.0
    return min(1.05 * low, 0.0), 1.05 * high if high > 0 else 1.0
