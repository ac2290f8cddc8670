"""Membrane potential of a silent, a bursting and a tonic LHb neuron in each condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lhb_model.bursts import ClassCriteria, Rule, as_rule
from lhb_model.plot.labels import CRITERIA, criteria_text, fitted, run_on_text, seed_text
from lhb_model.plot.marks import BURSTING_NUCLEUS, Kind, Kinds, kinds_of, legend_of
from lhb_model.plot.style import (
    BOLDER,
    FOOTER_SIZE,
    FULL_WIDTH,
    TITLE_SIZE,
    condition_colours,
    legend_above,
    new_figure,
    say,
    styled,
)
from lhb_model.plot.window import Window, common_window
from lhb_model.recording import Recording, Trace

if TYPE_CHECKING:
    import pandas as pd

CLASSES = ("silent", "bursting", "tonic")
MOST_COLUMNS = 4
ROW, AROUND = 30.0, 16.0  # mm
AROUND_COLUMN = 8.0
EMPTY_RANGE = (-90.0, 40.0)  # mV
# Of the range of potentials, free above for the ticks that mark spikes.
HEADROOM = 0.16
TICKS_AT = 0.95


@dataclass(frozen=True, eq=False)
class Cell:
    """A recorded neuron in a window: its potential in mV over time in s, and its spikes in s."""

    neuron: int
    times: NDArray[np.float64]
    potential: NDArray[np.float64]
    spikes: NDArray[np.float64]
    kinds: Kinds


@styled
def traces(
    recordings: Mapping[str, Recording],
    neurons: "pd.DataFrame",
    window: Window | None = None,
    criteria: ClassCriteria = CRITERIA,
    colours: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Figure:
    """Potential of one recorded LHb neuron of each class: rows are classes, columns conditions.

    Of the recorded neurons of a class, the one shown has the median number of spikes in the window among those
    that fire there. Its spikes are marked above the trace too, those in bursts and in run-on bursts in colours.
    Where no neuron of a class was recorded, its place says so.

    Parameters
    ----------
    recordings : one recording per condition, with the potential among its traces.
    neurons : a frame with the columns condition, seed, nucleus, neuron, class; a recording's rows are those of
        its condition and of the seed in its provenance.
    window : (start, stop) in s; None for all that was traced.
    criteria : those that made the classes; their rule finds the bursts that are marked.
    colours : of the conditions, where they must agree with a figure of other conditions.
    seed : printed below the figure.

    Raises `InputError` for a window that is empty or not within the record.
    """
    voltages = {name: _voltage(recording) for name, recording in recordings.items()}
    window = common_window(list(recordings.values()), window or _traced_span(voltages.values()))
    rule = as_rule(criteria.rule)
    cells = [
        [_cell(recording, voltages[name], _members(neurons, recording, name, kind), window, rule) for kind in CLASSES]
        for name, recording in recordings.items()
    ]
    shown = {int(kind) for column in cells for cell in column if cell for kind in cell.kinds}
    footer = criteria_text(criteria) + (f" {run_on_text()}." if Kind.RUN_ON in shown else "") + seed_text(seed)
    figure, columns = _panels(len(recordings), window, footer)
    looks = condition_colours(recordings) | dict(colours or {})
    width = FULL_WIDTH / min(len(columns), MOST_COLUMNS) - AROUND_COLUMN
    for name, panels, column in zip(recordings, columns, cells, strict=True):
        panels[0].set_title(fitted(name, width, TITLE_SIZE * BOLDER, lines=2), pad=10)
        for axes, kind, cell in zip(panels, CLASSES, column, strict=True):
            _draw(axes, cell, looks[name], _absence(voltages[name], kind))
    columns[0][0].set_ylim(*_limits(cell for column in cells for cell in column))
    keys = legend_of(shown)
    legend_above(figure, list(keys.values()), list(keys), FULL_WIDTH)
    return figure


def _voltage(recording: Recording) -> Trace | None:
    """The potential of LHb neurons, if it was recorded."""
    kept = [trace for trace in recording.traces if trace.nucleus == BURSTING_NUCLEUS and trace.unit == "V"]
    return next((trace for trace in kept if trace.variable == "v"), kept[0] if kept else None)


def _traced_span(voltages: Iterable[Trace | None]) -> Window | None:
    """What all traces cover; None without any."""
    kept = [trace for trace in voltages if trace and len(trace.values)]
    if not kept:
        return None
    start = max(trace.start for trace in kept)
    # A rounding past the end of the record would be refused.
    return start, round(min(trace.start + len(trace.values) * trace.interval for trace in kept), 9)


def _panels(conditions: int, window: Window, footer: str) -> tuple[Figure, list[list[Axes]]]:
    """A figure and, for each condition, its panels from top to bottom; more than four conditions go below."""
    blocks, width = ceil(conditions / MOST_COLUMNS), min(conditions, MOST_COLUMNS)
    figure = new_figure(FULL_WIDTH, blocks * (len(CLASSES) * ROW + 6) + AROUND, footer, between=0.06)
    grid = figure.subplots(blocks * len(CLASSES), width, sharex=True, sharey=True, squeeze=False)
    blocked = grid.reshape(blocks, len(CLASSES), width)
    columns = [list(blocked[divmod(i, MOST_COLUMNS)[0], :, i % MOST_COLUMNS]) for i in range(blocks * width)]
    for spare in columns[conditions:]:
        for axes in spare:
            axes.remove()
    for number, column in enumerate(columns[:conditions]):
        column[-1].set_xlabel("Time (s)")
        column[-1].tick_params(labelbottom=True)
        for axes, kind in zip(column, CLASSES, strict=True):
            if number % MOST_COLUMNS == 0:
                axes.set_ylabel(f"{kind.capitalize()} cell\npotential (mV)")
    columns[0][0].set_xlim(*window)
    return figure, columns[:conditions]


def _members(neurons: "pd.DataFrame", recording: Recording, condition: str, kind: str) -> set[int]:
    """The LHb neurons of a class in this recording."""
    chosen = (neurons["condition"] == condition) & (neurons["nucleus"] == BURSTING_NUCLEUS)
    chosen &= neurons["class"] == kind
    if "seed" in recording.provenance:
        chosen &= neurons["seed"] == recording.provenance["seed"]
    return set(neurons.loc[chosen, "neuron"].astype(int))


def _cell(recording: Recording, voltage: Trace | None, members: set[int], window: Window, rule: Rule) -> Cell | None:
    """The member with the median number of spikes in the window among those that fire there."""
    shown = voltage.between(*window) if voltage else None
    if shown is None or not len(shown.values):
        return None
    cells = [_in_window(recording, shown, i, window, rule) for i, n in enumerate(shown.neurons) if int(n) in members]
    firing = sorted((cell for cell in cells if cell.spikes.size), key=lambda cell: cell.spikes.size)
    return firing[len(firing) // 2] if firing else next(iter(cells), None)


def _in_window(recording: Recording, voltage: Trace, column: int, window: Window, rule: Rule) -> Cell:
    neuron = int(voltage.neurons[column])
    spikes = recording.spikes[voltage.nucleus]
    times = spikes.steps[spikes.neurons == neuron] * recording.dt
    inside = (times >= window[0]) & (times < window[1])
    potential = 1e3 * voltage.values[:, column].astype(np.float64)
    return Cell(neuron, voltage.times, potential, times[inside], kinds_of(times, rule, recording.observed)[inside])


def _draw(axes: Axes, cell: Cell | None, colour: str, absence: str) -> None:
    if cell is None:
        say(axes, absence)
        return
    axes.text(1, 1.02, f"neuron {cell.neuron}", transform=axes.transAxes, ha="right", fontsize=FOOTER_SIZE)
    axes.plot(cell.times, cell.potential, color=colour, linewidth=0.5)
    for kind in Kind:
        spikes = cell.spikes[cell.kinds == kind]
        height = np.full(spikes.size, TICKS_AT)
        axes.plot(spikes, height, "|", ms=4, mew=0.6, color=kind.colour, transform=axes.get_xaxis_transform())


def _absence(voltage: Trace | None, kind: str) -> str:
    return f"no {kind} cell\namong those recorded" if voltage else "no potential recorded"


def _limits(cells: Iterable[Cell | None]) -> tuple[float, float]:
    """The range of all potentials (mV), with room above for the ticks of the spikes."""
    potentials = [cell.potential[np.isfinite(cell.potential)] for cell in cells if cell is not None]
    values = np.concatenate([np.array(EMPTY_RANGE) if not potentials else np.empty(0), *potentials])
    low, high = (float(values.min()), float(values.max())) if values.size else EMPTY_RANGE
    span = max(high - low, 10.0)
    return low - 0.05 * span, high + HEADROOM * span
