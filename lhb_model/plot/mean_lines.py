"""Lines that are means over seeds, with their standard error as a band."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lhb_model.plot.style import Look

BAND_OPACITY = 0.22


def draw_mean(axes: Axes, places: NDArray[np.floating[Any]], values: NDArray[np.floating[Any]], look: Look) -> None:
    """Mean of values[seed, place] as a line and, where two seeds have a value, its standard error as a band."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = np.where(n > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    # In front of the axis, where silence lies.
    axes.plot(places, mean, zorder=3, **look)
    if (n > 1).any():
        squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
        error = np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1)), np.nan)
        axes.fill_between(places, mean - error, mean + error, color=look["color"], alpha=BAND_OPACITY, linewidth=0)
