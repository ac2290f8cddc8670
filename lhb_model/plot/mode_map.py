"""Modes of one cell against its holding current and one or two blocks."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lhb_model.bursts import ClassCriteria
from lhb_model.plot.labels import criteria_text, fitted
from lhb_model.plot.style import CLASS_COLOURS, FULL_WIDTH, TITLE_SIZE, legend_above, new_figure, styled

MODES = ("silent", "bursting", "tonic")
ROW, AROUND, NAMES_WIDTH = 6.0, 20.0, 14.0  # mm
ALONE = 0.5  # mV on either side where all neurons are held at one potential
HELD = (
    "Holding current: given by the potential at which it holds the cell without block and without spikes; the same current in "
    "every row and panel."
)


@styled
def mode_map(
    modes: Mapping[tuple[float, float], list[str]], held: tuple[float, float], names: tuple[str, str], rule: str = "lhb"
) -> Figure:
    """One panel for each amount of the second drug, one row for each of the first, colours for the modes.

    Parameters
    ----------
    modes : (amount of the first drug, amount of the second) -> class of each neuron, from the lowest current up.
    held : potentials (V) of the first and of the last neuron.
    names : of the two drugs; the second is empty if there is one alone.
    rule : finds the bursts; for the footer.
    """
    rows, columns = (sorted({amounts[place] for amounts in modes}) for place in (0, 1))
    footer = f"{HELD} {criteria_text(ClassCriteria(rule))}"
    figure = new_figure(FULL_WIDTH, ROW * len(rows) + AROUND, footer)
    panels = figure.subplots(1, len(columns), sharex=True, sharey=True, squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        _panel(axes, np.array([_numbers(modes[row, column]) for row in rows]), held)
        title = f"{names[1]} {column:g}" if names[1] else ""
        axes.set_title(fitted(title, (FULL_WIDTH - NAMES_WIDTH) / len(columns), TITLE_SIZE, lines=1))
    panels[0].set_yticks(range(len(rows)), [f"{row:g}" for row in rows])
    panels[0].set_ylabel(f"{names[0]}\n(blocked share)")
    panels[len(panels) // 2].set_xlabel("Holding potential (mV)")
    legend_above(figure, [Patch(color=CLASS_COLOURS[mode]) for mode in MODES], list(MODES), FULL_WIDTH)
    return figure


def _numbers(modes: list[str]) -> list[int]:
    return [MODES.index(mode) for mode in modes]


def _panel(axes: Axes, numbers: NDArray[np.int64], held: tuple[float, float]) -> None:
    colours = ListedColormap([CLASS_COLOURS[mode] for mode in MODES])
    half = 500 * (held[1] - held[0]) / max(numbers.shape[1] - 1, 1) or ALONE
    extent = (1e3 * held[0] - half, 1e3 * held[1] + half, -0.5, len(numbers) - 0.5)
    bounds = BoundaryNorm(np.arange(-0.5, len(MODES)), len(MODES))
    axes.imshow(numbers, colours, bounds, aspect="auto", interpolation="nearest", origin="lower", extent=extent)
    for edge in range(len(numbers) - 1):
        axes.axhline(edge + 0.5, color="white", linewidth=0.8)
