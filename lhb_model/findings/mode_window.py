"""One cell on a ladder of holding currents: at which potentials it is silent, bursts and fires tonically.

The potential is the median between spikes. The burst window is the longest unbroken run of bursting levels; the ladder's levels
stand for cells in the table of potentials.
"""

from collections.abc import Mapping
from itertools import groupby

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.potentials import potentials
from lhb_model.run_folder import Run

MODES = ("silent", "bursting", "tonic")
EXPERIMENT, CONDITION = "modes", "control"


def window(modes: list[str]) -> slice:
    """The longest unbroken run of bursting levels; empty without any.

    >>> window(["silent", "bursting", "silent", "bursting", "bursting", "tonic"])
    slice(3, 5, None)
    """
    runs, first = [slice(0, 0)], 0
    for mode, levels in groupby(modes):
        length = len(list(levels))
        if mode == "bursting":
            runs.append(slice(first, first + length))
        first += length
    return max(runs, key=lambda run: run.stop - run.start)


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Potentials by mode, level by level; the ends of the burst window, where tonic firing begins, changes of mode."""
    run = runs[EXPERIMENT]
    seed = run.seeds[0]
    neurons = run.neurons[(run.neurons["condition"] == CONDITION) & (run.neurons["seed"] == seed)]
    modes = list(neurons.sort_values("neuron")["class"])
    volts = np.array(list(potentials(run.recording(CONDITION, seed)).values()))
    return [*_levels(modes, volts), *_window(modes, volts)]


def _levels(modes: list[str], volts: np.ndarray) -> list[Row]:
    rows = [
        row(mode, level, "potential", volt, "V") for level, (mode, volt) in enumerate(zip(modes, volts, strict=True))
    ]
    return rows + [row(mode, 0, "potential", np.nan, "V") for mode in MODES if mode not in modes]


def _window(modes: list[str], volts: np.ndarray) -> list[Row]:
    bursts = window(modes)
    inside = volts[bursts]
    tonic = volts[bursts.stop :][[mode == "tonic" for mode in modes[bursts.stop :]]]
    ends = (inside.min(), inside.max()) if inside.size else (np.nan, np.nan)
    changes = sum(1 for _ in groupby(modes)) - 1
    return [
        row(CONDITION, 0, "burst_window_from", ends[0], "V"),
        row(CONDITION, 0, "burst_window_to", ends[1], "V"),
        row(CONDITION, 0, "burst_window_width", ends[1] - ends[0], "V"),
        row(CONDITION, 0, "tonic_from", tonic.min() if tonic.size else np.nan, "V"),
        row(CONDITION, 0, "mode_changes", changes, "1"),
    ]


FINDING = Finding(
    "mode_window", "Modes of one cell on a ladder of holding currents", (EXPERIMENT,), measure, of="cells"
)
