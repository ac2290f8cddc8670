"""Measures against dose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from lhb_model.bursts import Rule
from lhb_model.comparison import summarise
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import fitted, fitting_unit, pretty_unit, rule_text
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import FAINT, TEXT_SIZE, new_figure, say, styled

if TYPE_CHECKING:
    import pandas as pd

USUAL = ("bursting_share", "burst_rate", "silent_share", "theta_power", "dopamine", "serotonin")
MOST_COLUMNS = 3
COLUMN, ROW = 60.0, 48.0  # mm
# Of the length of the axis, between two labels.
LABEL_DISTANCE = 0.13
SET_OFF = 4.0  # pt
# Decades from 0 to the smallest dose.
ZERO = 0.55
SEED: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 2.4, "color": FAINT, "markeredgewidth": 0}
MEAN: dict[str, Any] = {"fmt": "o-", "color": "black", "markersize": 3.5, "capsize": 2, "zorder": 3}
CURVE: dict[str, Any] = {"color": "#0072B2", "linewidth": 1.1, "zorder": 2.5}
BAND: dict[str, Any] = {"color": CURVE["color"], "alpha": 0.18, "linewidth": 0, "zorder": 1}
POINTS_OF_CURVE = 200
SLASH = [(-1, -2), (1, 2)]
BREAK: dict[str, Any] = {"marker": SLASH, "markersize": 5, "markeredgewidth": 0.6, "clip_on": False}


EQUATION = "Curve: end + (start − end)/(1 + (dose/IC50)^Hill)"


@dataclass(frozen=True)
class Curve:
    """A fitted curve to draw: end + (start - end)/(1 + (dose/ic50)**hill), doses in the unit of the series.

    `low` and `high` bound the ic50; 0 and infinity where they lie beyond the doses tested, NaN where unknown. A `refusal`
    says why there is no ic50; then only that is written. `band`: doses, and there the lower and upper limit of the curve.

    >>> float(Curve(start=0.3, end=0.1, ic50=2e-6, hill=1.5).at(2e-6))
    0.2
    """

    start: float
    end: float
    ic50: float
    hill: float
    low: float = np.nan
    high: float = np.nan
    refusal: str = ""
    band: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None = None

    def at(self, doses: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The curve at doses of at least 0."""
        # A steep fit overflows far from its IC50, to the right limit.
        with np.errstate(over="ignore"):
            return np.asarray(self.end + (self.start - self.end) / (1 + (doses / self.ic50) ** self.hill))

    @property
    def name(self) -> str:
        """How the half-way dose is called: EC50 where the response rises."""
        return "EC50" if self.end > self.start else "IC50"


def shown_measures(table: "pd.DataFrame", measures: Sequence[str] | None = None) -> list[Measure]:
    """The measures of which the figure has a panel; None for the usual ones."""
    return choose(table, measures, USUAL)


@styled
def dose(
    table: "pd.DataFrame",
    doses: Mapping[str, float],
    unit: str,
    measures: Sequence[str] | None = None,
    rule: str | Rule = "lhb",
    curves: Mapping[tuple[str, str], Curve] | None = None,
    name: str = "",
) -> Figure:
    """Measures against dose, on a logarithmic axis that also shows 0; one panel per measure.

    Faint points are seeds; large points their mean with its 95 % interval. A measure that has a curve shows it with its
    band, its half-way dose and the interval of that dose; the means of others are joined by lines.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    doses : the dose of each condition that is part of the series, in `unit`; other conditions are left out.
    unit : of the doses; SI units get a fitting prefix.
    measures : "bursting_share" for the LHb's (or of every other nucleus that has it), "vta_da.rate" for another
        nucleus's; None for the usual ones among those of the table.
    rule : of the bursts; for the footer.
    curves : fitted, by nucleus and measure.
    name : of the series; for the footer.

    Raises `InputError` for a condition or a measure that is not in the table, and for a negative dose.
    """
    conditions = list(dict.fromkeys(table["condition"]))
    for condition, value in doses.items():
        if condition not in conditions:
            raise InputError(unknown("condition", condition, conditions))
        if not 0 <= value < np.inf:
            raise InputError(f"dose of condition {condition!r} is {value!r}; expected a number of at least 0")
    series = table[table["condition"].isin(list(doses))]
    chosen = shown_measures(series, measures)
    factor, unit = fitting_unit(unit, max(doses.values(), default=0.0))
    scaled = {condition: float(f"{factor * value:.6g}") for condition, value in doses.items()}
    shown = {key: curve for key, curve in (curves or {}).items() if key in {(m.nucleus, m.name) for m in chosen}}
    figure, panels = _panels(max(len(chosen), 1), _footer(name, rule, bool(shown)))
    for axes, measure in zip(panels, chosen, strict=False):
        curve = shown.get((measure.nucleus, measure.name))
        drawn = _draw(axes, measure, measure.rows(series), scaled, joined=curve is None or bool(curve.refusal))
        if drawn and curve is not None:
            _draw_curve(axes, curve, factor, sorted(set(scaled.values())))
            axes.set_title(
                _half_way(curve, factor, unit, sorted(scaled.values())), fontsize=TEXT_SIZE, fontweight="normal"
            )
        _scale(axes, sorted(set(scaled.values())))
        axes.set_xlabel("Dose" if unit == "1" else f"Dose ({pretty_unit(unit)})")
    if not chosen:
        say(panels[0], "no dose or no measure to show")
        panels[0].axis("off")
    return figure


def _footer(name: str, rule: str | Rule, curves: bool) -> str:
    text = f"Doses of {name}. " if name else ""
    text += "Small points, set off to the left: seeds; large points: means with 95 % intervals. "
    if curves:
        text += f"{EQUATION}, fitted; tint and bar: 95 % intervals of the curve and of the half-way dose. "
    return f"{text}{rule_text(rule)}."


def _panels(count: int, footer: str) -> tuple[Figure, list[Axes]]:
    columns = min(count, MOST_COLUMNS)
    rows = ceil(count / columns)
    figure = new_figure(columns * COLUMN if columns > 1 else 88.0, rows * ROW + 4, footer)
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in grid[count:]:
        axes.remove()
    return figure, grid[:count]


def _draw(axes: Axes, measure: Measure, rows: "pd.DataFrame", doses: Mapping[str, float], joined: bool) -> bool:
    """Seeds and means; whether there are any."""
    axes.set_ylabel(fitted(measure.label, ROW - 12, TEXT_SIZE))
    known = rows[rows["value"].notna()]
    if known.empty:
        say(axes, "no value at any dose")
        axes.set_yticks([])
        return False
    # Set off, since the mean and its interval would hide them.
    aside = ScaledTranslation(-SET_OFF / 72, 0, axes.figure.dpi_scale_trans)
    points = np.column_stack([known["condition"].map(doses), known["value"]]).astype(float)
    axes.add_artist(Line2D(*points.T, **SEED, transform=axes.transData + aside))
    axes.update_datalim(points)
    means = summarise(rows).assign(dose=lambda summary: summary["condition"].map(doses)).sort_values("dose")
    means = means[means["mean"].notna()]
    reach = np.nan_to_num(np.array([means["mean"] - means["low"], means["high"] - means["mean"]]))
    axes.errorbar(means["dose"], means["mean"], np.maximum(reach, 0), **{**MEAN, "fmt": "o-" if joined else "o"})
    if known["value"].min() >= 0:
        axes.set_ylim(bottom=0)
    return True


def _draw_curve(axes: Axes, curve: Curve, factor: float, doses: Sequence[float]) -> None:
    """The curve over the doses tested, its value at 0 as a dash, and the half-way dose with its interval."""
    if curve.refusal or not np.isfinite(curve.ic50):
        return
    positive = [value for value in doses if value > 0]
    grid = np.geomspace(min(positive), max(positive), POINTS_OF_CURVE)
    axes.plot(grid, curve.at(grid / factor), **CURVE)
    if 0 in doses:
        axes.plot([0], [curve.start], "_", markersize=9, color=CURVE["color"], markeredgewidth=1.1, zorder=2.5)
    if curve.band is not None:
        places, low, high = curve.band
        tested = (places * factor >= min(positive) * 0.999) & (places * factor <= max(positive) * 1.001)
        axes.fill_between(places[tested] * factor, low[tested], high[tested], **BAND)
    middle = (curve.start + curve.end) / 2
    axes.plot(
        [factor * curve.ic50], [middle], "D", markersize=4, zorder=4, color=CURVE["color"], markeredgecolor="white"
    )
    if not isnan(curve.low + curve.high):
        reach = np.clip([factor * curve.low, factor * curve.high], min(positive), max(positive))
        axes.plot(reach, [middle, middle], solid_capstyle="butt", **{**CURVE, "linewidth": 2.2, "alpha": 0.6})


def _half_way(curve: Curve, factor: float, unit: str, doses: Sequence[float]) -> str:
    """The half-way dose with its interval, open beyond the doses tested, or why there is none; two lines at most."""
    text = f"{curve.name} {factor * curve.ic50:.3g} {pretty_unit(unit)}"
    if curve.refusal or not np.isfinite(curve.ic50):
        text = f"no {curve.name}: {curve.refusal or 'no fit'}"
    elif not isnan(curve.low + curve.high):
        positive = [value for value in doses if value > 0]
        low = f"{factor * curve.low:.3g}" if curve.low > 0 else f"< {min(positive):g}"
        high = f"{factor * curve.high:.3g}" if np.isfinite(curve.high) else f"> {max(positive):g}"
        text += f" [{low}, {high}]"
    return fitted(text, COLUMN - 12, TEXT_SIZE, lines=2)


def _scale(axes: Axes, doses: list[float]) -> None:
    """Logarithmic; 0 stands half a decade left of the smallest dose, beyond a break."""
    positive = [value for value in doses if value > 0]
    if positive and 0 in doses:
        axes.set_xscale("symlog", linthresh=positive[0], linscale=0.5)
        axes.plot(positive[0] / 2, 0, transform=axes.get_xaxis_transform(), color="black", **BREAK)
    elif len(positive) > 1:
        axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(_labelled(doses)))
    axes.xaxis.set_minor_locator(FixedLocator(doses))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _labelled(doses: list[float]) -> list[float]:
    """The doses whose labels do not touch, picked from the largest down."""
    positive = [value for value in doses if value > 0]
    place = {value: np.log10(value) if value else np.log10(min(positive, default=1.0)) - ZERO for value in doses}
    apart = LABEL_DISTANCE * (max(place.values()) - min(place.values())) if place else 0.0
    labelled: list[float] = []
    for value in reversed(doses):
        if not labelled or place[labelled[-1]] - place[value] >= apart:
            labelled.append(value)
    return labelled
