"""A raster of more spikes than can be told apart, as an image."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from lhb_model.plot.marks import Band, Kind, Marks
from lhb_model.plot.window import Window

PIXELS = 7  # per mm


def full_colour(band: Band, panels: Sequence[Marks], window: Window, width: float) -> float:
    """Spikes per pixel that make it opaque, the same in all panels: 99 % of the pixels with spikes have no more."""
    counts = np.concatenate([_counts(band, marks, window, width).ravel() for marks in panels])
    return float(np.quantile(counts[counts > 0], 0.99)) if counts.any() else 1.0


def draw_density(axes: Axes, band: Band, marks: Marks, window: Window, width: float, full: float) -> None:
    """An image `width` mm wide: opacity is the number of spikes, colour the mixture of their kinds' colours."""
    everything = _counts(band, marks, window, width)
    counts = np.stack([_counts(band, marks.of_kind(kind), window, width) for kind in Kind], axis=-1)
    shares = counts / np.maximum(everything, 1)[..., np.newaxis]
    colour = shares @ np.array([to_rgb(kind.colour) for kind in Kind])
    image = np.dstack([colour, np.clip(everything / full, 0, 1)])
    place = (*window, band.bottom, band.top)
    axes.imshow(image, extent=place, origin="lower", aspect="auto", interpolation="nearest", zorder=2)


def _counts(band: Band, marks: Marks, window: Window, width: float) -> NDArray[np.intp]:
    """Spikes in each pixel, [row, column], the lowest row first."""
    columns = int(width * PIXELS)
    rows = max(1, min(band.neurons.size, int((band.top - band.bottom) * PIXELS)))
    column = ((marks.times - window[0]) / (window[1] - window[0]) * columns).astype(np.intp)
    row = marks.rows * rows // max(band.neurons.size, 1)
    pixels = row * columns + np.minimum(column, columns - 1)
    return np.bincount(pixels, minlength=rows * columns).reshape(rows, columns)
