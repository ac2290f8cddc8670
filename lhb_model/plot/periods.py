"""Periods of drugs and states: shaded, with a labelled bar in a lane of its own above what is drawn."""

from collections.abc import Iterable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lhb_model.plot.labels import fitted, text_width
from lhb_model.plot.style import DRUG, DRUG_TINT, TEXT_SIZE
from lhb_model.plot.window import Window

LANE = 3.6  # mm
BAR = 3.2


class Period(NamedTuple):
    """A drug or state that acts from `start` to `stop` (s; infinite if it does not end)."""

    label: str
    start: float
    stop: float


def visible_periods(periods: Iterable[tuple[str, float, float]], window: Window) -> list[Period]:
    """The parts of the periods within the window, each once, in the order given.

    >>> visible_periods([("ketamine", 5.0, float("inf")), ("ap5", 0.0, 1.0)], (2.0, 8.0))
    [Period(label='ketamine', start=5.0, stop=8.0)]
    """
    parts = (Period(label, max(start, window[0]), min(stop, window[1])) for label, start, stop in periods)
    return list(dict.fromkeys(part for part in parts if part.start < part.stop))


def lanes_of(periods: Iterable[Period]) -> dict[str, int]:
    """A lane for each label, so that bars of different drugs never touch."""
    return {label: lane for lane, label in enumerate(dict.fromkeys(period.label for period in periods))}


def shade(axes: Axes, periods: Iterable[Period], height: float = 1.0) -> None:
    """Tint the periods behind the data, up to `height` of the axes; darker where several act."""
    for start, stop, _ in dict.fromkeys((period.start, period.stop, period.label) for period in periods):
        axes.axvspan(start, stop, ymax=height, color=DRUG, alpha=DRUG_TINT, linewidth=0, zorder=0)


def draw_bars(axes: Axes, periods: list[Period], window: Window, bottom: float, width: float) -> None:
    """Labelled bars from `bottom` up, on axes whose y is in mm and whose x spans the window in `width` mm."""
    lanes = lanes_of(periods)
    for period in periods:
        low = bottom + lanes[period.label] * LANE
        axes.add_patch(Rectangle((period.start, low), period.stop - period.start, BAR, color=DRUG, linewidth=0))
    for label in lanes:
        first = next(period for period in periods if period.label == label)
        _write_label(axes, first, window, bottom + lanes[label] * LANE + BAR / 2, width)


def _write_label(axes: Axes, period: Period, window: Window, middle: float, width: float) -> None:
    """From the bar's left end, or from the right one of a short bar, rightwards; leftwards where that leaves more room."""
    per_mm = (window[1] - window[0]) / width
    rightwards, leftwards = (window[1] - period.start) / per_mm, (period.stop - window[0]) / per_mm
    wanted = text_width(period.label, TEXT_SIZE) + 2
    left = rightwards >= min(wanted, leftwards)
    short = left and (period.stop - period.start) / per_mm < wanted <= (window[1] - period.stop) / per_mm
    text = fitted(period.label, max(rightwards, leftwards) - 2, TEXT_SIZE, lines=1)
    start = period.stop if short else period.start
    place = start + 0.8 * per_mm if left else period.stop - 0.8 * per_mm
    axes.text(place, middle, text, ha="left" if left else "right", va="center_baseline", fontsize=TEXT_SIZE)
