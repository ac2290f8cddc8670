"""A measure at rising doses, and whether it rises or falls with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lhb_model.comparison.effects import interval
from lhb_model.comparison.permutation import any_difference_p
from lhb_model.comparison.samples import Values, check_confidence, known, samples, usable
from lhb_model.errors import InputError
from lhb_model.quantities import canonical_unit, format_quantity

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One measure at each dose that has any value of it.

    doses : rising, in `dose_unit`; groups : the seeds' values at each dose, in `unit`.
    paired : all doses share seeds, and groups hold the shared ones alone; sides : all values, [dose, seed], NaN where
        there is none.
    """

    nucleus: str
    measure: str
    unit: str
    dose_unit: str
    doses: Numbers
    groups: list[Values]
    paired: bool
    sides: Values

    @property
    def n(self) -> int:
        """Seeds; of all doses together if they share none."""
        return min(self.sizes, default=0) if self.paired else sum(self.sizes)

    @property
    def sizes(self) -> list[int]:
        """Seeds at each dose."""
        return [len(group) for group in self.groups]

    @property
    def means(self) -> Numbers:
        """Mean over seeds at each dose."""
        return np.array([group.mean() for group in self.groups])

    @property
    def lowest(self) -> float:
        """The smallest dose above 0."""
        return float(self.doses[self.doses > 0].min())

    @property
    def highest(self) -> float:
        """The largest dose."""
        return float(self.doses.max())

    def dose_text(self, dose: float) -> str:
        """A dose in words, to two digits."""
        return format_quantity(float(f"{dose:.2g}"), self.dose_unit)


@dataclass(frozen=True)
class Trend:
    """Whether the response rises or falls with dose.

    direction : "rises", "falls", or "flat" where p is not below 1 - confidence.
    p : of Page's test on the seeds (Kendall's if doses do not share seeds), two-sided; NaN with one seed.
    monotone : no step between neighbouring doses goes against the direction beyond its interval.
    text : the same in words, with the step that does.
    """

    direction: str
    p: float
    monotone: bool
    text: str


def dose_series(
    table: "pd.DataFrame", doses: Mapping[str, float], measure: str, nucleus: str = "lhb", dose_unit: str = "M"
) -> Series:
    """The series of one measure.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    doses : the dose of each condition of the series, in `dose_unit` (SI); other conditions are left out.

    Raises
    ------
    InputError : as `compare`; a name is not in the table, a dose is negative or stands twice.
    """
    values = samples(table)
    _check_doses(doses, values.conditions)
    known(nucleus, (key[0] for key in values.keys), "nucleus")
    known(measure, (key[1] for key in values.keys if key[0] == nucleus), f"measure of {nucleus}")
    key = [key[:2] for key in values.keys].index((nucleus, measure))
    names = sorted(doses, key=doses.__getitem__)
    sides = values.of(key, names)
    tested = ~np.isnan(sides).all(axis=1)
    paired, groups = usable(sides[tested]) if tested.any() else (False, [])
    series = np.array([doses[name] for name in names], dtype=float)[tested]
    unit = values.keys[key][2]
    return Series(nucleus, measure, unit, canonical_unit(dose_unit), series, groups, paired, sides[tested])


def _check_doses(doses: Mapping[str, float], conditions: list[str]) -> None:
    if not doses:
        raise InputError("no condition is a dose of the series")
    for name, dose in doses.items():
        known(name, conditions, "condition")
        if not 0 <= dose < inf:
            raise InputError(f"dose of condition '{name}' is {dose:g}; expected a number of at least 0")
    given = list(doses.values())
    twice = [name for name, dose in doses.items() if given.count(dose) > 1]
    if twice:
        raise InputError(f"the conditions {' and '.join(twice[:2])} have one dose")


def dose_trend(series: Series, confidence: float = 0.95) -> Trend:
    """Whether the series rises or falls, and whether it ever turns back.

    The steps between neighbouring doses are held against their t intervals, widened for their number (Bonferroni).
    """
    check_confidence(confidence)
    if len(series.doses) < 2:
        return Trend("flat", nan, True, "fewer than two doses")
    ranks = np.arange(len(series.doses)) - (len(series.doses) - 1) / 2
    rises, p = bool(ranks @ series.means > 0), _trend_p(series)
    direction = ("rises" if rises else "falls") if p < 1 - confidence else "flat"
    seen = f"{'no trend' if direction == 'flat' else direction} with dose (p = {p:.2g})"
    reversal = _reversal(series, rises, confidence)
    return Trend(direction, p, not reversal, f"{seen}, but {reversal}" if reversal else seen)


def _trend_p(series: Series) -> float:
    from scipy.stats import kendalltau, page_trend_test

    pooled = np.concatenate(series.groups)
    if np.ptp(pooled) == 0:
        return 1.0
    if not series.paired:
        return float(kendalltau(np.repeat(series.doses, series.sizes), pooled)[1])
    if series.n < 2:
        return nan
    if len(series.doses) < 3:
        return any_difference_p(series.groups, paired=True)
    values = np.stack(series.groups, axis=1)
    one_sided = min(page_trend_test(order).pvalue for order in (values, values[:, ::-1]))
    return float(min(1.0, 2 * one_sided))


def _reversal(series: Series, rises: bool, confidence: float) -> str:
    """The largest step between neighbouring doses that goes the other way beyond its interval."""
    steps = len(series.doses) - 1
    back = []
    for place in range(steps):
        paired, (near, far) = usable(series.sides[[place, place + 1]])
        # The fall of a series that rises, and the other way round.
        a, b = (far, near) if rises else (near, far)
        low, high = interval(a, b, paired, 1 - (1 - confidence) / steps) if min(len(a), len(b)) > 1 else (nan, nan)
        if low > 0:
            back.append((float(b.mean() - a.mean()), low, high, place))
    if not back:
        return ""
    size, low, high, place = max(back)
    between = " to ".join(series.dose_text(dose) for dose in series.doses[[place, place + 1]])
    return f"{'falls' if rises else 'rises'} by {size:.2g} [{low:.2g}, {high:.2g}] from {between}"
