"""One cell moved by current: its potential and spikes in each condition, and the current below."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lhb_model.bursts import Rule, as_rule
from lhb_model.plot.labels import fitted, rule_text, run_on_text, seed_text
from lhb_model.plot.marks import Kind, Kinds, kinds_of, legend_of
from lhb_model.plot.style import (
    BOLDER,
    FULL_WIDTH,
    TITLE_SIZE,
    condition_colours,
    legend_above,
    new_figure,
    say,
    styled,
)
from lhb_model.plot.window import Window, common_window
from lhb_model.recording import Recording

POTENTIAL, CURRENT, AROUND = 26.0, 20.0, 14.0  # mm
NAMES_WIDTH = 15.0  # mm left of the axes
TICKS_AT = 1.04
CELL = 0
Course = tuple[NDArray[np.float64], NDArray[np.float64]]


@styled
def ramp(
    recordings: Mapping[str, Recording],
    currents: Mapping[str, Course],
    window: Window | None = None,
    rule: str | Rule = "lhb",
    nucleus: str = "lhb",
    colours: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Figure:
    """Potential of the first neuron of a nucleus under a current that changes, one panel for each condition.

    Its spikes are marked above, those in bursts and in run-on bursts in colours.

    Parameters
    ----------
    recordings : one recording per condition, with the potential among its traces.
    currents : condition -> (times in s, injected current in pA).
    window : (start, stop) in s; None for the whole record.
    rule : finds the bursts that are marked.
    nucleus : whose first neuron is shown.
    colours : of the conditions, where they must agree with a figure of other conditions.
    seed : printed below the figure.

    Raises `InputError` for a window that is empty or not within the record, and for a nucleus that is not recorded.
    """
    window = common_window(list(recordings.values()), window)
    rule = as_rule(rule)
    spikes = {name: _spikes(recording, nucleus, rule, window) for name, recording in recordings.items()}
    kinds = {int(kind) for _, own in spikes.values() for kind in own}
    footer = f"{rule_text(rule)}." + (f" {run_on_text()}." if Kind.RUN_ON in kinds else "") + seed_text(seed)
    figure = new_figure(FULL_WIDTH, POTENTIAL * len(recordings) + CURRENT + AROUND, footer)
    heights = [POTENTIAL] * len(recordings) + [CURRENT]
    panels = list(figure.subplots(len(recordings) + 1, 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0])
    looks = condition_colours(recordings) | dict(colours or {})
    for axes, (name, recording) in zip(panels, recordings.items(), strict=False):
        axes.set_title(fitted(name, FULL_WIDTH - NAMES_WIDTH, TITLE_SIZE * BOLDER, lines=1), pad=9)
        axes.set_ylabel("Potential\n(mV)")
        _potential(axes, recording, nucleus, looks[name])
        _ticks(axes, *spikes[name])
    _current(panels[-1], {name: currents[name] for name in recordings if name in currents}, looks)
    panels[-1].set_xlim(*window)
    keys = legend_of(kinds)
    legend_above(figure, list(keys.values()), list(keys), FULL_WIDTH)
    return figure


def _spikes(recording: Recording, nucleus: str, rule: Rule, window: Window) -> tuple[NDArray[np.float64], Kinds]:
    """Times (s) of the cell's spikes in the window, and their kinds in the whole record."""
    times = recording.trains(nucleus)[CELL]
    inside = (times >= window[0]) & (times < window[1])
    return times[inside], kinds_of(times, rule, recording.observed)[inside]


def _potential(axes: Axes, recording: Recording, nucleus: str, colour: str) -> None:
    kept = [trace for trace in recording.traces if trace.nucleus == nucleus and trace.variable == "v"]
    if not kept or CELL not in kept[0].neurons or not len(kept[0].values):
        say(axes, "no potential recorded")
        return
    potential = kept[0].values[:, kept[0].neurons == CELL]
    # Hundreds of thousands of samples: as pixels, also in vector files.
    axes.plot(kept[0].times, 1e3 * potential, color=colour, linewidth=0.4, rasterized=True)


def _ticks(axes: Axes, times: NDArray[np.float64], kinds: Kinds) -> None:
    for kind in Kind:
        height = np.full(int((kinds == kind).sum()), TICKS_AT)
        look: dict[str, Any] = {"ms": 4, "mew": 0.5, "color": kind.colour, "clip_on": False}
        (marks,) = axes.plot(times[kinds == kind], height, "|", transform=axes.get_xaxis_transform(), **look)
        # They stand above the axes, in room that the title leaves.
        marks.set_in_layout(False)


def _current(axes: Axes, currents: Mapping[str, Course], colours: Mapping[str, str]) -> None:
    """One line where all conditions get the same current, else one each."""
    courses = list(currents.items())
    same = all(np.array_equal(course[1], courses[0][1][1]) for _, course in courses)
    for name, (times, values) in courses[:1] if same else courses:
        axes.plot(times, values, color="#404040" if same else colours[name], linewidth=0.9)
    axes.set_ylabel("Current\n(pA)")
    axes.set_xlabel("Time (s)")
