"""Intervals, effect sizes and adjusted p-values."""

from collections.abc import Sequence
from math import exp, lgamma, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lhb_model.comparison.permutation import TIE_MARGIN
from lhb_model.comparison.samples import Values
from lhb_model.errors import InputError


def t_quantile(degrees: float | Values, confidence: float) -> Any:
    """How many standard errors the two-sided t interval reaches to each side."""
    from scipy.special import stdtrit

    return stdtrit(degrees, 0.5 + confidence / 2)


def interval(a: Values, b: Values, paired: bool, confidence: float) -> tuple[float, float]:
    """t interval of mean(b) - mean(a): over the differences when paired, else Welch's."""
    return (
        contrast_interval([b - a], [1.0], confidence) if paired else contrast_interval([a, b], [-1.0, 1.0], confidence)
    )


def contrast_interval(groups: Sequence[Values], weights: Sequence[float], confidence: float) -> tuple[float, float]:
    """t interval of the weighted sum of the means of independent groups (Welch-Satterthwaite)."""
    estimate, error, degrees = contrast(groups, weights)
    if error == 0:
        return estimate, estimate
    half_width = float(t_quantile(degrees, confidence) * error)
    return estimate - half_width, estimate + half_width


def contrast(groups: Sequence[Values], weights: Sequence[float]) -> tuple[float, float, float]:
    """The weighted sum of the means of independent groups, its standard error and its degrees of freedom.

    Without any scatter the error is 0 and the degrees of freedom are NaN.
    """
    pairs = list(zip(groups, weights, strict=True))
    estimate = float(sum(weight * group.mean() for group, weight in pairs))
    variances = [weight**2 * float(group.var(ddof=1)) / len(group) for group, weight in pairs]
    return estimate, sqrt(sum(variances)), satterthwaite(variances, [len(group) - 1 for group in groups])


def satterthwaite(variances: Sequence[float], degrees: Sequence[float]) -> float:
    """Degrees of freedom of a sum of independent variances; NaN without any variance."""
    total = sum(variances)
    if total == 0:
        return float("nan")
    return 1 / sum((part / total) ** 2 / own for part, own in zip(variances, degrees, strict=True))


def hedges_g(a: Values, b: Values) -> float:
    """Mean difference over the pooled standard deviation, corrected for small samples (Hedges 1981)."""
    degrees = len(a) + len(b) - 2
    pooled = sqrt((a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / degrees)
    if pooled <= TIE_MARGIN * max(np.abs(a).max(), np.abs(b).max()):
        return float("nan")
    factor = exp(lgamma(degrees / 2) - lgamma((degrees - 1) / 2)) / sqrt(degrees / 2)
    return float(factor * (b.mean() - a.mean()) / pooled)


def cliffs_delta(a: Values, b: Values) -> float:
    """Share of (a, b) combinations with b above a, minus the share with b below a (Cliff 1993)."""
    return float(np.sign(b[np.newaxis, :] - a[:, np.newaxis]).mean())


def adjust_p(p: ArrayLike, method: str) -> Values:
    """Adjust p-values for their number; NaN stay NaN and do not count as tests.

    method : "holm" bounds the chance of any false positive; "bh", after Benjamini and Hochberg, the share of
        false ones among the positives.

    >>> adjust_p([0.01, 0.04, float("nan"), 0.03], "holm").tolist()
    [0.03, 0.06, nan, 0.06]
    """
    if method not in ("holm", "bh"):
        raise InputError(f"unknown adjustment '{method}'; wanted 'holm' or 'bh'")
    adjusted = np.array(p, dtype=float)
    tested = ~np.isnan(adjusted)
    if tested.any():
        adjusted[tested] = (_holm if method == "holm" else _benjamini_hochberg)(adjusted[tested])
    return adjusted


def _holm(p: Values) -> Values:
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _benjamini_hochberg(p: Values) -> Values:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="bh"))
