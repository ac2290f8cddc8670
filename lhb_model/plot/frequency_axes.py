"""A panel over frequency, with one line for each condition and the theta band shaded."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from lhb_model.plot.labels import fitted, text_height
from lhb_model.plot.style import REMARK, TEXT_SIZE, new_figure

WIDTH, HEIGHT = 140.0, 70.0  # mm
LEGEND_WIDTH = 34.0
ENTRY_GAP = 1.5
LABELLED = (0.5, 1, 2, 4, 8, 16, 32, 64, 100)  # Hz
TINT = "#EBEBEB"


def frequency_axes(labels: Sequence[str], footer: str, band: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure with room for a legend of these labels, and its axes with the band (Hz) shaded and named."""
    height = max(HEIGHT, sum(text_height(label, TEXT_SIZE) + ENTRY_GAP for label in labels) + 4)
    figure = new_figure(WIDTH, height, footer)
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(LABELLED))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Frequency (Hz)")
    axes.axvspan(*band, color=TINT, linewidth=0, zorder=0)
    middle = (band[0] * band[1]) ** 0.5
    place: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
    axes.text(middle, 1.0, f"θ {band[0]:g}–{band[1]:g} Hz", color=REMARK, **place)
    return figure, axes


def entry(name: str, count: str) -> str:
    """A condition's entry in the legend, with what is behind its line."""
    return f"{fitted(name, LEGEND_WIDTH, TEXT_SIZE)}\n{count}"
