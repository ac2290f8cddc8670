"""Claims on a table of measures: `burst_rate(ketamine) < 0.5 * burst_rate(depressed)` holds or does not.

A term, `measure(condition)` or `nucleus.measure(run:condition)`, is the mean of the measure over seeds. A measure without
its nucleus is the LHb's, or that of the only nucleus that has it. Numbers beside a measure with a unit have one:
`rate(control) > 2 Hz`; 0 needs none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.claim_grammar import ANY_UNIT, Claim, Expression, Misfit, Number, Term, parse_claim
from lhb_model.comparison.effects import satterthwaite, t_quantile
from lhb_model.comparison.pairs import mean
from lhb_model.comparison.samples import Samples, Values, check_confidence, labelled, samples, usable
from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.quantities import QUOTIENT, canonical_unit, format_quantity, parse_quantity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Claim", "Verdict", "check", "parse_claim"]

MAIN_NUCLEUS = "lhb"
SAME = 1e-9
"""Numbers that differ by less, relative to their size, are equal."""


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds on the means over seeds.

    left, right : the two sides, in `unit` (SI); NaN if they have no value, and then the claim does not hold.
    low, high : t interval of left - right over seeds; NaN with one seed or without terms.
    n : seeds behind it (of the condition that has fewest, if seeds are not shared); paired : whether all are shared.
    text : all of that in one line.
    """

    claim: Claim
    holds: bool
    left: float
    right: float
    unit: str
    low: float
    high: float
    n: int
    paired: bool
    text: str

    @property
    def beyond_scatter(self) -> bool:
        """Whether the interval of left - right leaves out 0: the seeds agree on which side is larger."""
        return self.low > 0 or self.high < 0


def check(claim: Claim | str, table: "pd.DataFrame | Mapping[str, pd.DataFrame]", confidence: float = 0.95) -> Verdict:
    """Hold a claim against a table of measures.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit; or several by the run's name.

    Returns
    -------
    `Verdict`, on the means over seeds. The interval of left - right is the jackknife's over seeds with the t quantile:
    exactly the t interval of `compare` where the claim adds and subtracts, approximate where it divides. Seeds are
    paired as in `compare`: when all terms have values for the same seeds, or for at least three of the same.

    Raises
    ------
    InputError : the claim cannot be read, a name is not in the table, or the units do not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"a": (1.0, 1.2, 0.8, 1.0), "b": (0.2, 0.4, 0.1, 0.1)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> verdict = check("rate(b) < rate(a)", pd.DataFrame(rows, columns=list(TABLE_COLUMNS)))
    >>> verdict.holds, verdict.beyond_scatter
    (True, True)
    >>> print(verdict.text)
    holds: rate(b) < rate(a): 0.2 Hz against 1 Hz, left - right -0.8 Hz [-0.93 Hz, -0.67 Hz] (95 % over 4 seeds, paired)
    """
    check_confidence(confidence)
    claim = parse_claim(claim) if isinstance(claim, str) else claim
    try:
        return _verdict(claim, _data(claim.terms, samples(_joined(table))), confidence)
    except Misfit as error:
        raise InputError(f"claim {shortened(claim.text)}: {error}") from None


def _joined(table: "pd.DataFrame | Mapping[str, pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    if not table:
        raise InputError("no run to hold the claim against")
    return pd.concat([labelled(run, part) for run, part in table.items()], ignore_index=True)


# finding -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Data:
    """The values that a claim speaks of.

    units : canonical, of each term.
    strata : groups of terms that share seeds; the values of each term, in SI, seed by seed.
    """

    units: dict[Term, str]
    strata: list[dict[Term, Values]]

    @property
    def means(self) -> dict[Term, float]:
        return {term: mean(values) for stratum in self.strata for term, values in stratum.items()}

    @property
    def n(self) -> int:
        return min(len(values) for stratum in self.strata for values in stratum.values())


def _data(terms: Sequence[Term], table: Samples) -> _Data:
    places = {term: (_key(term, table), _condition(term, table.conditions)) for term in terms}
    units, values = {}, {}
    for term, (key, condition) in places.items():
        one = _in_si(table.keys[key][2])
        units[term], values[term] = one.unit, one.value * table.of(key, [condition])[0]
    paired, groups = usable(np.stack(list(values.values())))
    if paired:
        return _Data(units, [dict(zip(values, groups, strict=True))])
    names = dict.fromkeys(condition for _, condition in places.values())
    return _Data(
        units, [_complete({term: values[term] for term in terms if places[term][1] == name}) for name in names]
    )


def _complete(values: Mapping[Term, Values]) -> dict[Term, Values]:
    """The seeds of one condition in which every term has a value."""
    has = ~np.isnan(np.stack(list(values.values()))).any(axis=0)
    return {term: row[has] for term, row in values.items()}


def _in_si(unit: str) -> Number:
    try:
        quantity = parse_quantity(f"1 {unit}")
    except InputError as error:
        raise Misfit(f"the table's unit cannot be read: {error.message}") from None
    return Number(quantity.value, quantity.unit)


def _key(term: Term, table: Samples) -> int:
    keys = [key[:2] for key in table.keys]
    nuclei = list(dict.fromkeys(nucleus for nucleus, _ in keys))
    if term.nucleus and term.nucleus not in nuclei:
        raise Misfit(unknown("nucleus", term.nucleus, nuclei))
    having = [nucleus for nucleus, measure in keys if measure == term.measure and term.nucleus in ("", nucleus)]
    if not having:
        raise Misfit(unknown("measure", term.measure, (m for n, m in keys if term.nucleus in ("", n))))
    if len(having) > 1 and MAIN_NUCLEUS not in having:
        raise Misfit(f"{term.measure} is measured in {', '.join(having)}: write {having[0]}.{term.measure}")
    return keys.index((MAIN_NUCLEUS if MAIN_NUCLEUS in having else having[0], term.measure))


def _condition(term: Term, conditions: Sequence[str]) -> str:
    """The condition as the table calls it: alone, or behind the name of its run."""
    written = f"{term.run}:{term.condition}" if term.run else term.condition
    found = [name for name in conditions if name == written]
    if not found and not term.run:
        found = [name for name in conditions if name.endswith(f":{written}")]
    if len(found) > 1:
        raise Misfit(f"condition {written!r} is in several runs: write {' or '.join(found)}")
    if not found:
        alone = (name.rpartition(":")[2] for name in conditions)
        raise Misfit(unknown("condition", written, conditions if term.run else alone))
    return found[0]


# judging -------------------------------------------------------------------------------------------------------------


def _verdict(claim: Claim, data: _Data, confidence: float) -> Verdict:
    unit = _common(_unit(claim.left, data.units), _unit(claim.right, data.units), "compared with") or "1"
    means = data.means
    left, right = _value(claim.left, means), _value(claim.right, means)
    low, high = _interval(claim, data, confidence) if isfinite(left - right) else (nan, nan)
    holds = isfinite(left - right) and _holds(left, claim.comparison, right)
    paired = len(data.strata) == 1
    said = _said(claim, (left, right, low, high), unit, means)
    seeds = f" ({100 * confidence:g} % over {data.n} seeds{', paired' if paired else ''})" if low == low else ""
    unsettled = "; the interval includes 0" if low <= 0 <= high and claim.comparison != "==" else ""
    text = f"{'holds' if holds else 'fails'}: {claim.text}: {said}{seeds}{unsettled}"
    return Verdict(claim, holds, left, right, unit, low, high, data.n, paired, text)


def _said(claim: Claim, numbers: tuple[float, float, float, float], unit: str, means: Mapping[Term, float]) -> str:
    left, right, low, high = numbers
    if not isfinite(left - right):
        empty = [str(term) for term, value in means.items() if value != value]
        return (
            f"{', '.join(empty)}: no value in any seed" if empty else "a side has no value (division by 0 or overflow)"
        )
    sides = f"{_shown(left, unit)} against {_shown(right, unit)}, left - right {_shown(left - right, unit)}"
    return f"{sides} [{_shown(low, unit)}, {_shown(high, unit)}]" if low == low else f"{sides}, one seed: no interval"


def _shown(value: float, unit: str) -> str:
    return format_quantity(float(f"{value:.3g}"), unit)


def _holds(left: float, comparison: str, right: float) -> bool:
    equal = isclose(left, right, rel_tol=SAME)
    if equal:
        return "=" in comparison
    return comparison[0] == ("<" if left < right else ">")


def _value(expression: Expression, means: Mapping[Term, float]) -> float:
    """The value on these means; NaN for a division by 0."""
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Term):
        return means[expression]
    left, right = _value(expression.left, means), _value(expression.right, means)
    if expression.sign == "/":
        return left / right if right else nan
    return {"+": left + right, "-": left - right, "*": left * right}[expression.sign]


def _unit(expression: Expression, units: Mapping[Term, str]) -> str:
    if isinstance(expression, Number):
        return expression.unit
    if isinstance(expression, Term):
        return units[expression]
    left, right = _unit(expression.left, units), _unit(expression.right, units)
    if expression.sign in "+-":
        return _common(left, right, "added to" if expression.sign == "+" else "from which is taken")
    if ANY_UNIT in (left, right):
        return ANY_UNIT
    return _combined(left, right, expression.sign)


def _combined(left: str, right: str, sign: str) -> str:
    """The canonical unit of a product or a quotient.

    >>> _combined("Hz", "1/M/s", "*"), _combined("Hz^2", "Hz", "/"), _combined("V", "mg/kg", "/")
    ('1/M/s^2', 'Hz', 'V/mg/kg')
    """
    (above, below), (more_above, more_below) = _factors(left), _factors(right)
    if sign == "/":
        more_above, more_below = more_below, more_above
    try:
        return canonical_unit("/".join([" ".join(above + more_above) or "1", *below, *more_below]))
    except InputError as error:
        raise Misfit(error.message) from None


def _factors(unit: str) -> tuple[list[str], list[str]]:
    """What stands above and below the line."""
    above, *below = QUOTIENT.split(unit)
    return [factor for factor in above.split() if factor != "1"], below


def _common(left: str, right: str, verb: str) -> str:
    if left == right or right == ANY_UNIT:
        return left
    if left == ANY_UNIT:
        return right
    hint = "; give the number a unit" if "1" in (left, right) else ""
    raise Misfit(f"units do not fit: {_in_words(left)} {verb} {_in_words(right)}{hint}")


def _in_words(unit: str) -> str:
    return "a bare number" if unit == "1" else f"a quantity in {unit}"


def _interval(claim: Claim, data: _Data, confidence: float) -> tuple[float, float]:
    """Jackknife interval of left - right over seeds."""
    if data.n < 2:
        return nan, nan
    whole = _difference(claim, data.means)
    variances = [_jackknife_variance(claim, data.means, stratum) for stratum in data.strata]
    degrees = satterthwaite(variances, [len(next(iter(stratum.values()))) - 1 for stratum in data.strata])
    reach = float(t_quantile(degrees, confidence)) * sqrt(sum(variances)) if sum(variances) else 0.0
    return whole - reach, whole + reach


def _difference(claim: Claim, means: Mapping[Term, float]) -> float:
    return _value(claim.left, means) - _value(claim.right, means)


def _jackknife_variance(claim: Claim, means: Mapping[Term, float], stratum: Mapping[Term, Values]) -> float:
    """Of left - right, from leaving out one seed after the other."""
    n = len(next(iter(stratum.values())))
    without = [{term: float(np.delete(values, seed).mean()) for term, values in stratum.items()} for seed in range(n)]
    differences = np.array([_difference(claim, {**means, **part}) for part in without])
    return float((n - 1) / n * ((differences - differences.mean()) ** 2).sum())
