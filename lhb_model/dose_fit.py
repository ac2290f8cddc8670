"""A dose series -> a four-parameter logistic curve with intervals over seeds.

    y(dose) = end + (start - end) / (1 + (dose / ic50)**hill)

`start` is the response without the drug, `end` the one that very large doses approach, `ic50` the dose half-way between
them, `hill` (above 0) the steepness. `start` may be above or below `end`; where the response rises, read EC50.

Intervals: seeds are drawn with replacement (whole seeds where all doses share them, else within each dose), the curve is
fitted to each draw, and the standard deviation of the draws, corrected for the number of seeds, is multiplied by the t
quantile; on log scales for `ic50` and `hill`. The usual percentile interval of a bootstrap is much too short with few
seeds (docs/statistics.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, nan, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lhb_model.comparison.effects import t_quantile
from lhb_model.comparison.permutation import TIE_MARGIN, any_difference_p
from lhb_model.comparison.samples import check_confidence
from lhb_model.dose_series import Numbers, Series, Trend, dose_series, dose_trend

if TYPE_CHECKING:
    import pandas as pd

FEWEST_DOSES = 4
"""The curve has four parameters."""

RESAMPLES = 499
MOST_FAILED = 0.05
"""Of the resamples, before the answer says so."""

REACHED = 0.75
"""Of the fitted effect, at the largest dose; below, the answer says so."""

STEEPNESSES = (1.0, 3.0)
"""To begin the fit from."""

MOST_EVALUATIONS = 400
MOST_OF_A_DRAW = 80
LARGEST_LOG = 700.0
STEEPEST_LOG = 50.0
"""Either way; beyond, products with the distance from the IC50 are not defined."""

FIT_COLUMNS = (
    "nucleus", "measure", "ic50", "ic50_low", "ic50_high", "hill", "hill_low", "hill_high", "start", "start_low",
    "start_high", "end", "end_low", "end_high", "n", "p_trend", "monotone", "unit", "dose_unit", "refusal", "note",
)  # fmt: skip


class Estimate(NamedTuple):
    """A number and the interval around it; NaN where there is none."""

    value: float
    low: float
    high: float


NOTHING = Estimate(nan, nan, nan)


@dataclass(frozen=True)
class DoseFit:
    """A curve fitted to a series.

    start, end, ic50, hill : with their intervals. `ic50` is NaN where `refusal` says why.
    parameters : start, end, log ic50, log hill, as fitted; NaN without a fit.
    draws : the same for each resample; shape (resamples, 4).
    spread : from the standard deviation of the draws to half of an interval.
    residual_sd : of all values around the curve, in the unit of the measure.
    trend : whether the series is monotone; notes : what to mind.
    """

    series: Series
    trend: Trend
    start: Estimate
    end: Estimate
    ic50: Estimate
    hill: Estimate
    parameters: Numbers
    draws: Numbers
    spread: float
    residual_sd: float
    refusal: str
    notes: tuple[str, ...]

    def predict(self, doses: ArrayLike) -> Numbers:
        """The curve at these doses; NaN without a fit."""
        return _curve(_log(doses), self.parameters)

    def band(self, doses: ArrayLike) -> tuple[Numbers, Numbers]:
        """Lower and upper limit of the curve at these doses, each dose by itself; NaN with one seed."""
        logs, middle = _log(doses), self.predict(doses)
        if len(self.draws) < 2:
            return np.full_like(middle, nan), np.full_like(middle, nan)
        reach = self.spread * np.std([_curve(logs, draw) for draw in self.draws], axis=0, ddof=1)
        return middle - reach, middle + reach

    @property
    def text(self) -> str:
        """The IC50 with its interval, or why there is none, in one line."""
        name, notes = f"{self.series.nucleus}.{self.series.measure}", "".join(f"; {note}" for note in self.notes)
        if self.refusal:
            return f"{name}: no IC50: {self.refusal}{notes}"
        value, low, high = (self.series.dose_text(dose) for dose in self.ic50)
        return f"{name}: IC50 {value} [{low}, {high}], Hill {self.hill.value:.2g}{notes}"


def fit_dose(
    table: "pd.DataFrame",
    doses: Mapping[str, float],
    measure: str,
    nucleus: str = "lhb",
    dose_unit: str = "M",
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> DoseFit:
    """Fit the curve of one measure against dose.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    doses : the dose of each condition of the series, in `dose_unit` (SI); other conditions are left out.
    resamples : drawn for the intervals, with a fixed seed.

    Returns
    -------
    `DoseFit`. No IC50 is given, and `refusal` says so, where fewer than four doses have values, no dose differs from
    another, the fit does not settle, or the fitted IC50 lies outside the doses tested. An interval that leaves the
    doses tested is open on that side (0 or infinite).

    Raises
    ------
    InputError : as `compare`; a name is not in the table, a dose is negative or stands twice.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> doses = {f"ketamine@{dose}uM": dose * 1e-6 for dose in (0, 0.3, 1, 3, 10, 30)}
    >>> rows = [(name, seed, "lhb", "bursting_share", 0.3 / (1 + (dose / (3e-6 + 1e-7 * seed)) ** 2), "1")
    ...         for name, dose in doses.items() for seed in range(5)]
    >>> fit = fit_dose(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)), doses, "bursting_share")
    >>> print(fit.text)
    lhb.bursting_share: IC50 3.2 uM [3 uM, 3.4 uM], Hill 2
    """
    check_confidence(confidence)
    return fit_series(dose_series(table, doses, measure, nucleus, dose_unit), confidence, resamples)


def fit_doses(
    table: "pd.DataFrame",
    doses: Mapping[str, float],
    measures: Sequence[tuple[str, str]],
    dose_unit: str = "M",
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Curves of several measures, given as (nucleus, measure): one row each, of what `fit_dose` gives."""
    import pandas as pd

    fits = [fit_dose(table, doses, measure, nucleus, dose_unit, confidence) for nucleus, measure in measures]
    return pd.DataFrame([_row(fit) for fit in fits], columns=list(FIT_COLUMNS))


def fit_series(series: Series, confidence: float = 0.95, resamples: int = RESAMPLES) -> DoseFit:
    """Fit the curve of a series; see `fit_dose`."""
    refusal = _too_little(series, confidence)
    parameters = None if refusal else _best(series)
    if parameters is None:
        return _without_fit(series, refusal or "the fit does not settle", confidence)
    draws, settled = _drawn(series, parameters, resamples) if min(series.sizes) > 1 else (np.empty((0, 4)), 0)
    spread = _spread(series, confidence)
    start, end, ic50, hill = _estimates(parameters, draws, spread)
    trend, refusal = dose_trend(series, confidence), _outside(series, ic50.value)
    notes = [
        *([] if trend.monotone else [f"not monotone: {trend.text}"]),
        *([] if refusal else _notes_on_ic50(series, ic50, parameters)),
        *_notes_on_draws(series, settled, resamples),
    ]
    return DoseFit(
        series=series,
        trend=trend,
        start=start,
        end=end,
        ic50=NOTHING if refusal else _within_range(series, ic50),
        hill=hill,
        parameters=parameters,
        draws=draws,
        spread=spread,
        residual_sd=_residual_sd(series, parameters),
        refusal=refusal,
        notes=tuple(notes),
    )


def _without_fit(series: Series, refusal: str, confidence: float) -> DoseFit:
    return DoseFit(
        series=series,
        trend=dose_trend(series, confidence),
        start=NOTHING,
        end=NOTHING,
        ic50=NOTHING,
        hill=NOTHING,
        parameters=np.full(4, nan),
        draws=np.empty((0, 4)),
        spread=nan,
        residual_sd=nan,
        refusal=refusal,
        notes=(),
    )


# the curve -----------------------------------------------------------------------------------------------------------


def _log(doses: ArrayLike) -> Numbers:
    """Natural logarithms; minus infinity of 0."""
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(doses, dtype=float))


def _curve(logs: Numbers, parameters: Numbers) -> Numbers:
    start, end = parameters[:2]
    curve: Numbers = end + (start - end) * _left(logs, parameters)
    return curve


def _left(logs: Numbers, parameters: Numbers) -> Numbers:
    """Share of the response that a dose leaves over: 1 at dose 0."""
    from scipy.special import expit

    left: Numbers = expit(-_steepness(parameters[3]) * (logs - parameters[2]))
    return left


def _steepness(log_hill: float) -> float:
    return exp(min(max(log_hill, -STEEPEST_LOG), STEEPEST_LOG))


def _slopes(logs: Numbers, parameters: Numbers) -> Numbers:
    """Derivatives of the curve after its parameters, [dose, parameter]."""
    left, (start, end, log_ic50, log_hill) = _left(logs, parameters), parameters
    steep = (start - end) * left * (1 - left) * _steepness(log_hill)
    distance = np.where(np.isfinite(logs), logs - log_ic50, 0.0)
    return np.stack([left, 1 - left, steep, -steep * distance], axis=1)


def _exp(value: float) -> float:
    return inf if value > LARGEST_LOG else exp(value)


def _fit(series: Series, means: Numbers, begin: Numbers, evaluations: int) -> tuple[float, Numbers, bool]:
    """Sum of squares, parameters, and whether they settled."""
    from scipy.optimize import least_squares

    logs, roots = _log(series.doses), np.sqrt(series.sizes)
    fit = least_squares(
        lambda parameters: roots * (_curve(logs, parameters) - means),
        begin,
        lambda parameters: roots[:, np.newaxis] * _slopes(logs, parameters),
        method="lm",
        max_nfev=evaluations,
    )
    return float(fit.cost), fit.x, bool(fit.success and np.isfinite(fit.x).all())


def _best(series: Series) -> Numbers | None:
    """The parameters with the least squares from several beginnings; None if none settles."""
    fits = [_fit(series, series.means, begin, MOST_EVALUATIONS) for begin in _beginnings(series)]
    settled = [(cost, place) for place, (cost, _, success) in enumerate(fits) if success]
    return fits[min(settled)[1]][1] if settled else None


def _beginnings(series: Series) -> list[Numbers]:
    """Half-way doses throughout the series, two steepnesses each."""
    positive = series.doses[series.doses > 0]
    middles = np.concatenate([positive, np.sqrt(positive[1:] * positive[:-1])])
    ends = series.means[[0, -1]]
    return [np.array([*ends, np.log(dose), np.log(hill)]) for dose in middles for hill in STEEPNESSES]


# intervals -----------------------------------------------------------------------------------------------------------


def _drawn(series: Series, parameters: Numbers, resamples: int) -> tuple[Numbers, int]:
    """The parameters fitted to seeds drawn with replacement, [resample, 4], and how many of the fits settled.

    One that did not has run away to where the curve fits as well: it counts, or the interval would be too short.
    """
    generator = np.random.default_rng(0)
    fits = [_fit(series, _resampled(series, generator), parameters, MOST_OF_A_DRAW) for _ in range(resamples)]
    return np.array([fit for _, fit, _ in fits]), sum(settled for *_, settled in fits)


def _resampled(series: Series, generator: np.random.Generator) -> Numbers:
    if series.paired:
        seeds = generator.integers(series.n, size=series.n)
        return np.array([group[seeds].mean() for group in series.groups])
    return np.array([generator.choice(group, len(group)).mean() for group in series.groups])


def _spread(series: Series, confidence: float) -> float:
    """From the standard deviation of draws, too small for few seeds, to half of a t interval."""
    degrees = series.n - (1 if series.paired else len(series.groups))
    return float(t_quantile(degrees, confidence)) * sqrt(series.n / degrees) if degrees else nan


def _estimates(parameters: Numbers, draws: Numbers, spread: float) -> list[Estimate]:
    """start, end, ic50 and hill with their intervals."""
    reach = spread * draws.std(axis=0, ddof=1) if len(draws) > 1 else np.full(4, nan)
    limits = np.stack([parameters, parameters - reach, parameters + reach], axis=1)
    start, end, log_ic50, log_hill = (Estimate(*map(float, row)) for row in limits)
    return [start, end, Estimate(*map(_exp, log_ic50)), Estimate(*map(_exp, log_hill))]


def _within_range(series: Series, ic50: Estimate) -> Estimate:
    """The interval, open where it leaves the doses tested."""
    low = 0.0 if ic50.low < series.lowest else ic50.low
    return Estimate(ic50.value, low, inf if ic50.high > series.highest else ic50.high)


def _residual_sd(series: Series, parameters: Numbers) -> float:
    curve = _curve(_log(series.doses), parameters)
    squares = sum(float(((group - at) ** 2).sum()) for group, at in zip(series.groups, curve, strict=True))
    degrees = sum(series.sizes) - len(parameters)
    return sqrt(squares / degrees) if degrees else nan


# what to refuse and what to mind --------------------------------------------------------------------------------------


def _too_little(series: Series, confidence: float) -> str:
    """Why no curve can be fitted; empty if one can."""
    count = len(series.doses)
    if count < FEWEST_DOSES:
        return f"the curve takes values at {FEWEST_DOSES} doses or more, {count} given"
    if np.ptp(series.means) <= TIE_MARGIN * np.abs(series.means).max():
        return "the measure is the same at all doses"
    p = any_difference_p(series.groups, series.paired) if min(series.sizes) > 1 else nan
    return f"no dose differs from another (p = {p:.2g} over seeds)" if p >= 1 - confidence else ""


def _outside(series: Series, ic50: float) -> str:
    """Why the fitted IC50 is not given; empty if it lies within the doses tested."""
    if ic50 > series.highest:
        return (
            f"the fitted one lies above the largest dose tested, {series.dose_text(series.highest)}: test larger ones"
        )
    if ic50 < series.lowest:
        return (
            f"the fitted one lies below the smallest dose tested, {series.dose_text(series.lowest)}: test smaller ones"
        )
    return ""


def _notes_on_ic50(series: Series, ic50: Estimate, parameters: Numbers) -> list[str]:
    reached = 1 - float(_left(_log([series.highest]), parameters)[0])
    leaves = ic50.low < series.lowest or ic50.high > series.highest
    return [
        *([f"the largest dose reaches {100 * reached:.0f} % of the fitted effect"] if reached < REACHED else []),
        *(["the interval leaves the doses tested"] if leaves else []),
    ]


def _notes_on_draws(series: Series, settled: int, resamples: int) -> list[str]:
    if min(series.sizes) < 2:
        return ["one seed: no interval"]
    failed = 1 - settled / resamples
    return [f"{100 * failed:.0f} % of the resamples did not settle"] if failed > MOST_FAILED else []


def _row(fit: DoseFit) -> dict[str, Any]:
    series, estimates = fit.series, {"ic50": fit.ic50, "hill": fit.hill, "start": fit.start, "end": fit.end}
    return {
        **{"nucleus": series.nucleus, "measure": series.measure, "unit": series.unit, "dose_unit": series.dose_unit},
        **{name: estimate.value for name, estimate in estimates.items()},
        **{f"{name}_low": estimate.low for name, estimate in estimates.items()},
        **{f"{name}_high": estimate.high for name, estimate in estimates.items()},
        **{"n": series.n, "p_trend": fit.trend.p, "monotone": fit.trend.monotone},
        **{"refusal": fit.refusal, "note": "; ".join(fit.notes)},
    }
