"""Shares of neurons in a class: intervals and tests, each with what it assumes.

Neurons of one network are repeated measures, so three answers stand side by side:

- over seeds (`low`, `high`, `p`): each network is one observation. They hold for new networks. This is the answer.
- `wilson_*`, `p_fisher`, `odds_*`: every neuron counts as independent of every other. They are what most papers print,
  and they are right only if networks do not differ more than chance makes them (`design_effect` near 1); else intervals
  are too short and p too small. Seeds that two conditions share hold the same neurons, which these tests ignore.
- `p_stratified`: neurons are independent within their network, and networks may differ as they like, but the condition
  acts on all alike. It holds for these networks and says nothing about new ones.
"""

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.comparison.effects import t_quantile
from lhb_model.comparison.pairs import COMPARISON_COLUMNS, compare
from lhb_model.comparison.samples import Values, check_confidence, known, require
from lhb_model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SHARE_COLUMNS = (
    "condition", "nucleus", "class", "share", "low", "high", "wilson_low", "wilson_high", "count", "neurons", "seeds",
    "design_effect",
)  # fmt: skip
COUNT_COLUMNS = (
    "count_a", "neurons_a", "count_b", "neurons_b", "odds_ratio", "odds_low", "odds_high", "p_fisher", "p_stratified",
)  # fmt: skip

# Beyond, all expected counts are large and the chi-squared test is as good.
MOST_TABLES = 2_000_000
# R's: tables whose probability differs by rounding alone are equally likely.
EQUALLY_LIKELY = 1 + 1e-7

Counts = NDArray[np.integer[Any]]


def wilson_interval(count: float, n: float, confidence: float = 0.95, degrees: float = np.inf) -> tuple[float, float]:
    """Wilson's score interval of a share, `count` of `n`; NaN for n = 0.

    degrees : of Student's t in place of the normal quantile, for an effective `n` that was estimated.

    >>> [round(limit, 3) for limit in wilson_interval(7, 30)]
    [0.118, 0.409]
    """
    check_confidence(confidence)
    if not 0 <= count <= n:
        raise InputError(f"a share counts 0 to all of them, {count:g} of {n:g} given")
    if n == 0:
        return float("nan"), float("nan")
    share, squared = count / n, float(t_quantile(degrees, confidence)) ** 2
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    half_width = sqrt(squared * (share * (1 - share) / n + squared / (4 * n**2))) / (1 + squared / n)
    # The limit of nothing is 0 and of all is 1: rounding must not move it.
    return 0.0 if count == 0 else middle - half_width, 1.0 if count == n else middle + half_width


def share_interval(mean: float, sd: float, seeds: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a mean share over seeds, which keeps between 0 and 1; NaN below two seeds.

    Wilson's at the effective number of neurons, as many independent ones as would scatter so: mean (1 - mean) over the
    variance of the mean, with the t quantile of seeds - 1 degrees (Dean & Pagano 2015 J Surv Stat
    Methodol 3:484, recalled). Without scatter it is the mean alone.

    >>> [round(limit, 3) for limit in share_interval(0.02, 0.02, 3)]
    [0.002, 0.145]
    """
    if seeds < 2 or sd == 0 or np.isnan(sd):
        return (float("nan"),) * 2 if seeds < 2 or np.isnan(sd) else (mean, mean)
    effective = mean * (1 - mean) * seeds / sd**2
    return wilson_interval(mean * effective, effective, confidence, seeds - 1)


def class_shares(
    neurons: "pd.DataFrame", confidence: float = 0.95, column: str = "class", kinds: Sequence[str] | None = None
) -> "pd.DataFrame":
    """Share of neurons in each class, with two intervals, one row per condition, nucleus and class.

    Parameters
    ----------
    neurons : one row per neuron: the columns condition, seed, nucleus and `column`.
    column : that names the class ("class", or "class_3" for bursts of at least three spikes).
    kinds : the classes; None for those that some neuron is of.

    Returns
    -------
    Rows of condition, nucleus, class, share (of all neurons of all seeds), low, high, wilson_low, wilson_high, count,
    neurons, seeds, design_effect.

    `low` and `high` are Wilson's interval at the effective number of neurons, `neurons / design_effect`, with the t
    quantile of seeds - 1 degrees; NaN with one seed. `design_effect` is the variance of the share between seeds over
    that of independent neurons; it is 1 where the share is the same in all seeds. `wilson_low` and `wilson_high` take
    all neurons as independent.

    Examples
    --------
    >>> import pandas as pd
    >>> classes = ["bursting"] * 3 + ["silent"] * 7 + ["bursting"] * 1 + ["silent"] * 9
    >>> neurons = pd.DataFrame({"condition": "control", "seed": [1] * 10 + [2] * 10, "nucleus": "lhb", "class": classes})
    >>> print(class_shares(neurons)[["class", "share", "wilson_low", "wilson_high", "neurons"]].round(3).to_string())
          class  share  wilson_low  wilson_high  neurons
    0  bursting    0.2       0.081        0.416       20
    1    silent    0.8       0.584        0.919       20
    """
    import pandas as pd

    check_confidence(confidence)
    require(neurons, ("condition", "seed", "nucleus", column))
    kinds = list(dict.fromkeys(neurons[column] if kinds is None else kinds))
    rows = [
        {"condition": condition, "nucleus": nucleus, "class": kind, **_share(_counts(part, kind, column), confidence)}
        for (condition, nucleus), part in neurons.groupby(["condition", "nucleus"], sort=False, observed=True)
        for kind in kinds
    ]
    return pd.DataFrame(rows, columns=list(SHARE_COLUMNS))


def _share(by_seed: "pd.DataFrame", confidence: float) -> dict[str, float]:
    counts = by_seed.to_numpy(dtype=np.int64)
    count, n = (int(total) for total in counts.sum(axis=0))
    effect = _design_effect(counts)
    low, high = (float("nan"),) * 2
    if len(counts) > 1:
        low, high = wilson_interval(count / effect, n / effect, confidence, len(counts) - 1)
    wilson_low, wilson_high = wilson_interval(count, n, confidence)
    return {
        **{"share": count / n, "low": low, "high": high, "wilson_low": wilson_low, "wilson_high": wilson_high},
        **{"count": count, "neurons": n, "seeds": len(counts), "design_effect": effect},
    }


def _design_effect(counts: Counts) -> float:
    """Variance of the share between seeds over that of as many independent neurons; 1 where there is no scatter."""
    n_seeds, n = len(counts), counts[:, 1].sum()
    share = counts[:, 0].sum() / n
    if n_seeds < 2:
        return float("nan")
    between = n_seeds / (n_seeds - 1) * float(((counts[:, 0] - share * counts[:, 1]) ** 2).sum()) / n**2
    return float(between / (share * (1 - share) / n)) if between > 1e-12 else 1.0


def compare_shares(
    neurons: "pd.DataFrame",
    a: str,
    b: str,
    nucleus: str = "lhb",
    confidence: float = 0.95,
    column: str = "class",
) -> "pd.DataFrame":
    """Compare the class shares of two conditions, one row per class.

    Parameters
    ----------
    neurons : one row per neuron: the columns condition, seed, nucleus and `column`.

    Returns
    -------
    The columns of `compare` over seeds, p adjusted after Holm over the classes, with `measure` the class's share; then
    count_a, neurons_a, count_b, neurons_b, and the answers over neurons: odds_ratio with odds_low and odds_high
    (conditional maximum likelihood, b against a), p_fisher, and p_stratified (Fisher's test within each seed that both
    have, their counts added; NaN if they share none). What each assumes stands at the head of this module.

    Raises
    ------
    InputError : a column is missing, a name is not in the table.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(condition, seed, "lhb", "bursting" if neuron < bursting else "silent")
    ...         for condition, bursting in (("control", 2), ("depressed", 6)) for seed in range(4) for neuron in range(10)]
    >>> answer = compare_shares(pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "class"]), "control", "depressed")
    >>> print(answer[["measure", "difference", "p", "p_fisher"]].round(4).to_string(index=False))
           measure  difference     p  p_fisher
    bursting_share         0.4 0.125    0.0005
      silent_share        -0.4 0.125    0.0005
    """
    require(neurons, ("condition", "seed", "nucleus", column))
    known(nucleus, neurons["nucleus"].unique(), "nucleus")
    part = neurons[neurons["nucleus"] == nucleus]
    for name in (a, b):
        known(name, part["condition"].unique(), "condition")
    part = part[part["condition"].isin([a, b])]
    kinds = list(dict.fromkeys(part[column]))
    over_seeds = compare(_shares_table(part, kinds, column), a, b, [f"{kind}_share" for kind in kinds], confidence)
    side_a, side_b = (part[part["condition"] == name] for name in (a, b))
    counts = [_over_neurons(_counts(side_a, kind, column), _counts(side_b, kind, column), confidence) for kind in kinds]
    extra = [name for name in over_seeds.columns if name not in COMPARISON_COLUMNS]
    return over_seeds.assign(**{name: [row[name] for row in counts] for name in COUNT_COLUMNS})[
        [*COMPARISON_COLUMNS, *COUNT_COLUMNS, *extra]
    ]


def _shares_table(neurons: "pd.DataFrame", kinds: Sequence[str], column: str) -> "pd.DataFrame":
    import pandas as pd

    labels = ["condition", "seed", "nucleus"]
    parts = [(neurons[column] == kind).groupby([neurons[name] for name in labels], sort=False).mean() for kind in kinds]
    tables = [
        part.rename("value").reset_index().assign(measure=f"{kind}_share", unit="1")
        for part, kind in zip(parts, kinds, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _counts(neurons: "pd.DataFrame", kind: str, column: str) -> "pd.DataFrame":
    """How many neurons of each seed are of a class (sum), and how many there are (count)."""
    return (neurons[column] == kind).groupby(neurons["seed"], observed=True).agg(["sum", "count"])


def _over_neurons(a: "pd.DataFrame", b: "pd.DataFrame", confidence: float) -> dict[str, float]:
    (count_a, n_a), (count_b, n_b) = _total(a), _total(b)
    table = _table(count_a, n_a, count_b, n_b)
    ratio, low, high = _odds(table, confidence)
    strata = [_table(*_total(a.loc[[seed]]), *_total(b.loc[[seed]])) for seed in a.index.intersection(b.index)]
    return {
        **{"count_a": count_a, "neurons_a": n_a, "count_b": count_b, "neurons_b": n_b},
        **{"odds_ratio": ratio, "odds_low": low, "odds_high": high},
        **{"p_fisher": fisher_p(table), "p_stratified": stratified_p(strata)},
    }


def _total(by_seed: "pd.DataFrame") -> tuple[int, int]:
    return int(by_seed["sum"].sum()), int(by_seed["count"].sum())


def _table(count_a: int, n_a: int, count_b: int, n_b: int) -> list[list[int]]:
    """b in the first row, so that an odds ratio above 1 says that b has more of them."""
    return [[count_b, n_b - count_b], [count_a, n_a - count_a]]


def _odds(table: list[list[int]], confidence: float) -> tuple[float, float, float]:
    from scipy.stats.contingency import odds_ratio

    if not all(sum(column) for column in zip(*table, strict=True)):
        return (float("nan"),) * 3
    result = odds_ratio(table, kind="conditional")
    limits = result.confidence_interval(confidence)
    return float(result.statistic), float(limits.low), float(limits.high)


def fisher_p(counts: ArrayLike) -> float:
    """Two-sided p of Fisher's exact test on counts of two conditions in two or more classes, [2, class].

    The share of all tables with these margins that are at most as likely as this one (Freeman & Halton 1951 beyond two
    classes); the chi-squared test where there are more than two million such tables.

    >>> round(fisher_p([[8, 19, 3], [12, 11, 7]]), 5)
    0.12905
    """
    table = _whole_counts(counts)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 1.0
    if table.shape[1] == 2:
        from scipy.stats import fisher_exact

        return float(fisher_exact(table)[1])
    table = table[:, np.argsort(table.sum(axis=0))]
    if np.prod(table.sum(axis=0)[:-1] + 1.0) > MOST_TABLES:
        from scipy.stats import chi2_contingency

        return float(chi2_contingency(table, correction=False)[1])
    return _freeman_halton(table)


def _whole_counts(counts: ArrayLike) -> Counts:
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[0] != 2 or not np.issubdtype(table.dtype, np.integer) or (table < 0).any():
        raise InputError("Fisher's test takes two rows of counts, one per condition")
    return table.astype(np.int64)


def _freeman_halton(table: Counts) -> float:
    columns, row = table.sum(axis=0), table[0].sum()
    free = np.indices((columns[:-1] + 1).tolist()).reshape(len(columns) - 1, -1)
    every = np.vstack([free, row - free.sum(axis=0)])
    every = every[:, (every[-1] >= 0) & (every[-1] <= columns[-1])]
    likely = np.exp(_log_weight(every, columns) - _log_weight(table[:1].T, columns))
    return float(likely[likely <= EQUALLY_LIKELY].sum() / likely.sum())


def _log_weight(firsts: Counts, columns: Counts) -> Values:
    """Log of how many ways lead to each first row, [class, table]."""
    from scipy.special import gammaln

    totals = columns[:, np.newaxis]
    weights: Values = (gammaln(totals + 1) - gammaln(firsts + 1) - gammaln(totals - firsts + 1)).sum(axis=0)
    return weights


def stratified_p(tables: Sequence[Sequence[Sequence[int]]]) -> float:
    """Two-sided p of the exact test over strata (Cochran, Mantel, Haenszel): one 2 x 2 table per stratum.

    Given the margins of every table, the sum of their first cells has a known distribution; p is the share of it at
    most as likely as what was found. NaN without any stratum.

    >>> round(stratified_p([[[3, 7], [1, 9]], [[4, 6], [2, 8]]]), 4)
    0.2767
    """
    from scipy.stats import hypergeom

    if not tables:
        return float("nan")
    likely, found, first = np.ones(1), 0, 0
    for (a, b), (c, d) in tables:
        fewest, most = max(0, (a + b) + (a + c) - (a + b + c + d)), min(a + b, a + c)
        own = hypergeom.pmf(np.arange(fewest, most + 1), a + b + c + d, a + b, a + c)
        likely, found, first = np.convolve(likely, own), found + int(a), first + int(fewest)
    return float(min(1.0, likely[likely <= likely[found - first] * EQUALLY_LIKELY].sum()))
