"""A raster of characters for the terminal: two columns and four rows of braille dots in each."""

from collections.abc import Iterator

import numpy as np

from lhb_model.quantities import format_quantity
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

MOST_CONDITIONS = 6
MOST_SPIKES = 2_000_000
MOST_NEURONS = 40
MARGIN = 15
FEW_NEURONS = 4
LONGEST_DOT = 0.025
"""Time of one dot (s): a burst of the LHb covers a few."""
NARROWEST, WIDEST = 40, 120
CLASSES = ("bursting", "tonic", "silent")
DOT = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
BLANK = 0x2800


def raster_lines(run: Run, width: int) -> list[str]:
    """For each condition, some neurons of the LHb over the analysis window; nothing on a terminal narrower than 40, and
    nothing of a run whose recordings would take seconds to read.

    A dot is a spike, or several; of many neurons it is short enough to tell bursts, and the window is cut to what fits.
    Neurons stand by class with its share, some of each. Without an LHb the first nucleus is shown.
    """
    names = [name for name in run.conditions if run.finished(name)]
    most = max((job.get("spikes") or 0 for job in run.manifest["jobs"]), default=0)
    if width < NARROWEST or most > MOST_SPIKES:
        return []
    lines = [line for name in names[:MOST_CONDITIONS] for line in _condition(run, name, min(width, WIDEST))]
    left = len(names) - MOST_CONDITIONS
    return [*lines, f"and {left} more conditions: lhb plot raster {run.folder}"] if left > 0 else lines


def _condition(run: Run, name: str, width: int) -> Iterator[str]:
    seed = run.finished(name)[0]
    recording = run.recording(name, seed)
    nucleus = "lhb" if "lhb" in recording.spikes else next(iter(recording.spikes))
    size, columns = recording.spikes[nucleus].n_neurons, 2 * (width - MARGIN)
    start, stop = recording.epochs["analysis"]
    if size > FEW_NEURONS:
        stop = min(stop, start + columns * LONGEST_DOT)
    shown = " to ".join(format_quantity(edge, "s") for edge in (start, stop))
    yield ""
    yield _cut(f"{name}, seed {seed}: {nucleus}, {shown}", width)
    for label, neurons in _chosen(run, name, seed, nucleus, size):
        for row, line in enumerate(braille(_dots(recording, nucleus, neurons, (start, stop), columns))):
            yield f"{label if row == 0 else '':{MARGIN}}{line}".rstrip()


def _chosen(run: Run, name: str, seed: int, nucleus: str, size: int) -> Iterator[tuple[str, np.ndarray]]:
    """Each class with its share, and some of its neurons; all in one where classes are not known."""
    table = run.neurons
    own = table[(table["condition"] == name) & (table["seed"] == seed) & (table["nucleus"] == nucleus)]
    classes = own["class"].to_numpy() if len(own) == size else np.full(size, "neurons")
    every = max(1, -(-size // MOST_NEURONS))
    for label in [*CLASSES, "neurons"]:
        neurons = np.flatnonzero(classes == label)
        if neurons.size:
            # Silent neurons have next to nothing to show.
            yield f"{label} {100 * neurons.size / size:.0f} %", neurons[::every][: 1 if label == "silent" else None]


def _dots(
    recording: Recording, nucleus: str, neurons: np.ndarray, window: tuple[float, float], columns: int
) -> np.ndarray:
    """Whether a neuron fired in a column of the window (s); shape (neurons, columns)."""
    first, stop = (round(edge / recording.dt) for edge in window)
    spikes = recording.spikes[nucleus].between(first, stop)
    shown = np.isin(spikes.neurons, neurons)
    dots = np.zeros((neurons.size, columns), dtype=bool)
    column = (spikes.steps[shown] - first) * columns // max(1, stop - first)
    dots[np.searchsorted(neurons, spikes.neurons[shown]), column] = True
    return dots


def braille(dots: np.ndarray) -> list[str]:
    """Dots of shape (rows, columns) as lines of characters, each of four rows and two columns.

    >>> braille(np.eye(4, dtype=bool))
    ['⠑⢄']
    """
    rows, columns = dots.shape
    padded = np.zeros((-(-rows // 4) * 4, -(-columns // 2) * 2), dtype=int)
    padded[:rows, :columns] = dots
    cells = padded.reshape(len(padded) // 4, 4, -1, 2).transpose(0, 2, 1, 3)
    codes = (cells * DOT).sum(axis=(2, 3))
    return ["".join(chr(BLANK + int(code)) if code else " " for code in line) for line in codes]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
