"""One cell moved by current: its potential in each condition, the instantaneous rate, and the current below."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lhb_model.bursts import Rule, as_rule
from lhb_model.plot.labels import rule_text
from lhb_model.plot.marks import in_bursts
from lhb_model.plot.style import BURST, FULL_WIDTH, SPIKE, condition_colours, legend_above, new_figure, say, styled
from lhb_model.plot.window import Window, common_window
from lhb_model.recording import Recording

POTENTIAL, CURRENT, AROUND = 26.0, 20.0, 14.0  # mm
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
) -> Figure:
    """Potential of the first neuron of a nucleus under a current that changes, one panel for each condition.

    Parameters
    ----------
    recordings : one recording per condition, with the potential among its traces.
    currents : condition -> (times in s, injected current in pA).
    window : (start, stop) in s; None for the whole record.
    rule : finds the bursts that are marked.
    nucleus : whose first neuron is shown.

    Raises `InputError` for a window that is empty or not within the record.
    """
    window = common_window(list(recordings.values()), window)
    rule = as_rule(rule)
    figure = new_figure(FULL_WIDTH, POTENTIAL * len(recordings) + CURRENT + AROUND, f"{rule_text(rule)}.")
    heights = [POTENTIAL] * len(recordings) + [CURRENT]
    panels = list(figure.subplots(len(recordings) + 1, 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0])
    colours = condition_colours(recordings)
    for axes, (name, recording) in zip(panels, recordings.items(), strict=False):
        axes.set_title(name, pad=9)
        axes.set_ylabel("Potential\n(mV)")
        _potential(axes, recording, nucleus, colours[name])
        _ticks(axes, recording, nucleus, rule)
    _current(panels[-1], currents, colours)
    panels[-1].set_xlim(*window)
    handles = [Line2D([], [], color=c, marker="|", linestyle="none", markeredgewidth=1.2) for c in (BURST, SPIKE)]
    legend_above(figure, handles, ["spike in a burst", "other spike"], FULL_WIDTH)
    return figure


def _potential(axes: Axes, recording: Recording, nucleus: str, colour: str) -> None:
    kept = [trace for trace in recording.traces if trace.nucleus == nucleus and trace.variable == "v"]
    if not kept or not len(kept[0].values):
        say(axes, "no potential recorded")
        return
    column = int(np.argmax(kept[0].neurons == CELL)) if CELL in kept[0].neurons else 0
    # Hundreds of thousands of samples: as pixels, also in vector files.
    axes.plot(kept[0].times, 1e3 * kept[0].values[:, column], color=colour, linewidth=0.4, rasterized=True)


def _ticks(axes: Axes, recording: Recording, nucleus: str, rule: Rule) -> None:
    spikes = recording.spikes[nucleus]
    times = spikes.steps[spikes.neurons == CELL] * recording.dt
    bursting = in_bursts(times, rule)
    for chosen, colour in ((~bursting, SPIKE), (bursting, BURST)):
        height = np.full(int(chosen.sum()), TICKS_AT)
        look: dict[str, Any] = {"ms": 4, "mew": 0.5, "color": colour, "clip_on": False}
        (marks,) = axes.plot(times[chosen], height, "|", transform=axes.get_xaxis_transform(), **look)
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
