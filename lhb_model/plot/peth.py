"""Peri-event rasters and histograms: what each nucleus does around an event."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lhb_model.errors import InputError
from lhb_model.peri_event import SURPRISE, Floats, Pause, peri_event_rate, peri_event_times
from lhb_model.plot.labels import fitted, nucleus_name, several
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.style import FULL_WIDTH, SPIKE, TEXT_SIZE, Look, legend_above, line_styles, new_figure, say, styled
from lhb_model.plot.window import Window

WINDOW = (-0.1, 0.25)
BIN = 5e-3
ROW, AROUND = 20.0, 20.0  # mm
MOST_DOTS = 20_000
LANE = 0.09  # of a panel's height, for the bar of each pause


class Around(NamedTuple):
    """The neurons of one seed and the events (s) that they are looked at around: nucleus -> trains (s)."""

    trains: Mapping[str, Sequence[Floats]]
    events: Floats


@styled
def peth(
    series: Mapping[str, Sequence[Around]],
    pauses: Mapping[str, Mapping[str, Sequence[Pause]]] | None = None,
    window: Window | None = None,
    order: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Left, spikes around the events of the first series that reaches a nucleus; right, mean rates of all series.

    Parameters
    ----------
    series : name -> one entry for each seed; all seeds of a series have the same nuclei.
    pauses : nucleus and name of a series -> the pause of each of its neurons, drawn as a bar over the mean pause.
    window : from when to when (s) around the event; None from -100 to 250 ms.
    order : nuclei from top to bottom; others follow.
    colours : of the series, where they must agree with other figures.

    Raises `InputError` without any series, and for a window that does not hold the event.
    """
    window = window or WINDOW
    if not any(series.values()):
        raise InputError("there is no event to look around; expected pulses of current, such as 'kind: pulses'")
    if not window[0] < 0 < window[1]:
        raise InputError(
            f"given the window {window[0]:g} s to {window[1]:g} s, expected one from before the event (0 s)"
        )
    shown = dict.fromkeys(name for seeds in series.values() for one in seeds for name in one.trains)
    nuclei = list(dict.fromkeys([*(name for name in order if name in shown), *shown]))
    figure = new_figure(FULL_WIDTH, ROW * len(nuclei) + AROUND, _footer(series, pauses or {}), between=0.04)
    panels = figure.subplots(len(nuclei), 2, sharex=True, squeeze=False, gridspec_kw={"width_ratios": (1, 1.4)})
    looks = line_styles(list(series), colours)
    for (left, right), nucleus in zip(panels, nuclei, strict=True):
        _draw_raster(left, series, nucleus, window)
        _draw_rates(right, series, nucleus, looks, window)
        _draw_pauses(right, (pauses or {}).get(nucleus, {}), looks)
        for axes in (left, right):
            axes.axvline(0, color="black", linewidth=0.6, linestyle=":")
    for axes in panels[-1]:
        axes.set(xlim=[1e3 * end for end in window], xlabel="Time from event (ms)")
    figure.align_ylabels(panels[:, 0])
    figure.align_ylabels(panels[:, 1])
    legend_above(figure, [Line2D([], [], linewidth=1.4, **look) for look in looks.values()], list(looks), FULL_WIDTH)
    return figure


def _footer(series: Mapping[str, Sequence[Around]], pauses: Mapping[str, object]) -> str:
    events = "; ".join(
        f"{name}: {several(sum(one.events.size for one in seeds), 'event')} in {several(len(seeds), 'seed')}"
        for name, seeds in series.items()
    )
    bars = f" Bars: mean pause, where at least half of the neurons pause (surprise of {SURPRISE:g} or more)."
    return (
        "Left: a row a neuron, spikes of all trials of the first series and seed. Right: mean rates in bins of "
        f"{1e3 * BIN:g} ms; bands: standard error over seeds.{bars if pauses else ''} {events}."
    )


def _draw_raster(axes: Axes, series: Mapping[str, Sequence[Around]], nucleus: str, window: Window) -> None:
    first = next(one for seeds in series.values() for one in seeds if nucleus in one.trains)
    pooled = [np.concatenate([np.empty(0), *peri_event_times(t, first.events, window)]) for t in first.trains[nucleus]]
    times, rows = np.concatenate([np.empty(0), *pooled]), np.repeat(np.arange(len(pooled)), [p.size for p in pooled])
    # As many dots as the eye can tell apart, evenly from all trials.
    step = max(1, -(-times.size // MOST_DOTS))
    axes.plot(1e3 * times[::step], rows[::step], ",", color=SPIKE, rasterized=True)
    axes.set(
        ylim=(-0.5, max(len(pooled), 1) - 0.5),
        ylabel=f"{fitted(nucleus_name(nucleus), ROW - 4, TEXT_SIZE, lines=2)}\n(neuron)",
    )


def _draw_rates(
    axes: Axes, series: Mapping[str, Sequence[Around]], nucleus: str, looks: Mapping[str, Look], window: Window
) -> None:
    for name, seeds in series.items():
        found = [
            peri_event_rate(one.trains[nucleus], one.events, window, BIN) for one in seeds if nucleus in one.trains
        ]
        if found:
            draw_mean(axes, 1e3 * found[0][0], np.array([rate for _, rate in found]), looks[name])
    top = axes.dataLim.y1
    axes.set(ylim=(0, 1.05 * top if np.isfinite(top) and top > 0 else 1), ylabel="Rate (Hz)")
    if not top > 0:
        say(axes, "no spikes")


def _draw_pauses(axes: Axes, pauses: Mapping[str, Sequence[Pause]], looks: Mapping[str, Look]) -> None:
    """A bar for each series over its mean pause, above the curves."""
    found = {name: [pause for pause in own if pause.found] for name, own in pauses.items()}
    having = {name: some for name, some in found.items() if some and 2 * len(some) >= len(pauses[name])}
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (1 + LANE * len(having)))
    for lane, (name, some) in enumerate(having.items()):
        start, length = (1e3 * float(np.mean([getattr(p, key) for p in some])) for key in ("onset", "duration"))
        level = high * (1 + LANE * (lane + 0.3))
        axes.plot([start, start + length], [level, level], linewidth=2.0, color=looks[name]["color"])
