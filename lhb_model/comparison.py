"""Tables of measures -> differences between conditions, each with its interval and its p over seeds.

The unit is the seed (one simulated network; for recordings the animal, slice or day), never the neuron:
neurons of one network are repeated measures, and at an intraclass correlation of 0.2 a test over neurons
calls every second pair of equal conditions different.

Conventions, said once:

- `difference` is `mean_b - mean_a`, in the unit of the measure.
- `p` is the two-sided permutation p of the mean difference: the share of all equally likely rearrangements of
  the seeds whose absolute mean difference is at least the observed one. Paired, the signs of the seed
  differences are flipped; unpaired, the labels are exchanged. It is exact up to `MOST_ARRANGEMENTS`; beyond,
  `RANDOM_ARRANGEMENTS` are drawn with a fixed seed and the observed one is counted among them (Phipson &
  Smyth 2010).
- `low` and `high` bound the t interval of the mean difference: over the seed differences when paired, else
  Welch's.
- A seed whose value is NaN is left out of that measure; `n_a`, `n_b` and `note` say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice, product
from math import comb, exp, lgamma, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.errors import InputError
from lhb_model.names import unknown

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.floating[Any]]

TABLE_COLUMNS = ("condition", "seed", "nucleus", "measure", "value", "unit")
COMPARISON_COLUMNS = (
    "nucleus", "measure", "a", "b", "mean_a", "mean_b", "difference",
    "low", "high", "p", "n_a", "n_b", "paired",
)  # fmt: skip
SUMMARY_COLUMNS = ("condition", "nucleus", "measure", "mean", "sd", "low", "high", "n", "unit")

FEWEST_SHARED_SEEDS = 3
MOST_ARRANGEMENTS = 200_000
RANDOM_ARRANGEMENTS = 19_999
# Sums in another order differ by some 1e-16 of the values: without a margin ties are lost and p is too small.
TIE_MARGIN = 1e-12


def compare(
    table: "pd.DataFrame",
    a: str | None = None,
    b: str | None = None,
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Compare conditions, measure by measure, with the seed as the unit.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    a, b : the two conditions. One given: it against every other. None: every pair, in order of appearance.
    measures : the planned measures. Named, their p are adjusted after Holm; None compares all of them and
        adjusts after Benjamini and Hochberg. The family is all rows of the answer: hand in only the nuclei
        that were planned.
    confidence : of the intervals; `1 - confidence` is the level below which `note` calls a p out of reach.

    Returns
    -------
    One row per nucleus, measure and pair of conditions: nucleus, measure, a, b, mean_a, mean_b, difference,
    low, high, p, n_a, n_b, paired, then unit, hedges_g, cliffs_delta, p_holm or p_bh, and note. `hedges_g`
    stands on the pooled standard deviation between seeds, paired or not, so that both designs read on one
    scale. Seeds are paired when both conditions have a value for the same seeds, or for at least three of the
    same; otherwise the conditions are compared unpaired. Means are over the seeds compared.

    Raises
    ------
    InputError : a column is missing, a row is repeated, a value is infinite, a name is not in the table.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = {"control": (4.0, 5.0, 6.0, 5.0), "drug": (2.0, 4.0, 3.0, 3.0)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> answer = compare(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)))
    >>> print(answer[["a", "b", "difference", "p", "n_a", "n_b", "paired"]].to_string(index=False))
          a    b  difference     p  n_a  n_b  paired
    control drug        -2.0 0.125    4    4    True
    >>> answer.loc[0, "note"]
    '4 pairs of seeds cannot reach p < 0.05: the smallest attainable p is 0.125'
    """
    _check_confidence(confidence)
    samples = _samples(table)
    return _comparison(samples, _pairs(samples.conditions, a, b), measures, confidence)


def compare_runs(
    tables: Mapping[str, "pd.DataFrame"], measures: Sequence[str] | None = None, confidence: float = 0.95
) -> "pd.DataFrame":
    """Compare runs: the same condition of two runs, or all with all where two runs share no condition.

    `tables` holds one table per run, by the run's name; conditions come back as "run:condition". Seeds that
    both runs used are paired. The rest, errors included, is as in `compare`.

    >>> import pandas as pd
    >>> rows = [("drug", seed, "lhb", "rate", 2.0 * seed, "Hz") for seed in range(6)]
    >>> table = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    >>> answer = compare_runs({"old": table, "new": table})
    >>> print(answer[["a", "b", "difference", "p"]].to_string(index=False))
           a        b  difference   p
    old:drug new:drug         0.0 1.0
    """
    import pandas as pd

    _check_confidence(confidence)
    if len(tables) < 2:
        raise InputError(f"comparing runs takes at least two tables, {len(tables)} given")
    samples = _samples(pd.concat([_labelled(run, table) for run, table in tables.items()], ignore_index=True))
    named = {run: list(dict.fromkeys(table["condition"].astype(str))) for run, table in tables.items()}
    pairs = [pair for first, second in combinations(named, 2) for pair in _between(named, first, second)]
    return _comparison(samples, pairs, measures, confidence)


def summarise(table: "pd.DataFrame", confidence: float = 0.95) -> "pd.DataFrame":
    """Mean and scatter over seeds, one row per condition, nucleus and measure.

    `sd` is the standard deviation between seeds (n - 1), `low` and `high` bound the t interval of the mean
    (which may pass the 0 or 1 of a share), `n` counts the seeds with a value. With one seed `sd`, `low` and
    `high` are NaN; without any, `mean` too. Raises as `compare`.

    >>> import pandas as pd
    >>> rows = [("drug", seed, "lhb", "rate", rate, "Hz") for seed, rate in enumerate((1.0, 2.0, 3.0))]
    >>> print(summarise(pd.DataFrame(rows, columns=list(TABLE_COLUMNS))).round(3).to_string(index=False))
    condition nucleus measure  mean  sd    low  high  n unit
         drug     lhb    rate   2.0 1.0 -0.484 4.484  3   Hz
    """
    _check_confidence(confidence)
    groups = _checked(table).groupby(["condition", "nucleus", "measure"], sort=False, observed=True)
    summary = groups.agg(
        mean=("value", "mean"), sd=("value", "std"), n=("value", "count"), unit=("unit", "first")
    ).reset_index()
    n = summary["n"].to_numpy(dtype=float)
    half_width = _t_quantile(np.where(n > 1, n - 1, np.nan), confidence) * summary["sd"] / np.sqrt(n)
    summary = summary.assign(low=summary["mean"] - half_width, high=summary["mean"] + half_width)
    return summary[list(SUMMARY_COLUMNS)]


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


@dataclass(frozen=True)
class _Samples:
    """One value per key, condition and seed, NaN where there is none.

    keys : nucleus, measure and unit; conditions : names; both in order of appearance.
    seeds : how many seeds each condition was run with, whatever they gave.
    values : [key, condition, seed].
    """

    keys: list[tuple[str, str, str]]
    conditions: list[str]
    seeds: list[int]
    values: Values


def _samples(table: "pd.DataFrame") -> _Samples:
    import pandas as pd

    table = _checked(table)
    condition, conditions = pd.factorize(table["condition"])
    seed, seeds = pd.factorize(table["seed"])
    key = table.groupby(["nucleus", "measure"], sort=False, observed=True).ngroup().to_numpy()
    keys = table[["nucleus", "measure", "unit"]].drop_duplicates(["nucleus", "measure"])
    values = np.full((len(keys), len(conditions), len(seeds)), np.nan)
    values[key, condition, seed] = table["value"]
    run_with = table.groupby("condition", sort=False, observed=True)["seed"].nunique()
    labels = list(keys.itertuples(index=False, name=None))
    return _Samples(labels, list(conditions), run_with.tolist(), values)


def _checked(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with float values; InputError when it is not one tidy row per seed and measure."""
    missing = [column for column in TABLE_COLUMNS if column not in table.columns]
    if missing:
        raise InputError(f"the table has no column '{missing[0]}'; wanted {', '.join(TABLE_COLUMNS)}")
    labels = ["condition", "seed", "nucleus", "measure"]
    for column in labels:
        if table[column].isna().any():
            raise InputError(f"the table has rows without a {column}")
    _refuse_first(table, table.duplicated(labels), "stands twice in the table")
    try:
        table = table.assign(value=table["value"].astype(float))
    except (TypeError, ValueError) as error:
        raise InputError(f"the table's values must be numbers: {error}") from error
    _refuse_first(table, np.isinf(table["value"]), "is infinite")
    units = table.drop_duplicates(["nucleus", "measure", "unit"])
    _refuse_first(units, units.duplicated(["nucleus", "measure"]), "stands in two units in the table")
    return table


def _refuse_first(table: "pd.DataFrame", bad: "pd.Series[bool]", complaint: str) -> None:
    if bad.any():
        row = table[bad].iloc[0]
        place = f"condition {row['condition']}, seed {row['seed']}"
        raise InputError(f"{row['measure']} of {row['nucleus']} ({place}) {complaint}")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, {confidence:g} given")


def _labelled(run: str, table: "pd.DataFrame") -> "pd.DataFrame":
    table = _checked(table)
    return table.assign(condition=run + ":" + table["condition"].astype(str))


def _pairs(conditions: list[str], a: str | None, b: str | None) -> list[tuple[str, str]]:
    for name in (a, b):
        if name is not None:
            _known(name, conditions, "condition")
    if a is not None and a == b:
        raise InputError(f"condition '{a}' compared with itself")
    if a is not None and b is not None:
        return [(a, b)]
    if a is not None:
        return [(a, other) for other in conditions if other != a]
    if b is not None:
        return [(other, b) for other in conditions if other != b]
    return list(combinations(conditions, 2))


def _between(named: Mapping[str, list[str]], first: str, second: str) -> list[tuple[str, str]]:
    shared = [(condition, condition) for condition in named[first] if condition in named[second]]
    met = shared or product(named[first], named[second])
    return [(f"{first}:{left}", f"{second}:{right}") for left, right in met]


def _known(name: str, names: Iterable[str], kind: str) -> None:
    names = list(names)
    if name not in names:
        raise InputError(unknown(kind, name, names))


def _comparison(
    samples: _Samples, pairs: list[tuple[str, str]], measures: Sequence[str] | None, confidence: float
) -> "pd.DataFrame":
    import pandas as pd

    for name in measures or ():
        _known(name, (measure for _, measure, _ in samples.keys), "measure")
    wanted = [key for key, (_, measure, _) in enumerate(samples.keys) if measures is None or measure in measures]
    rows = [_row(samples, key, pair, confidence) for key in wanted for pair in pairs]
    method = "bh" if measures is None else "holm"
    columns = [*COMPARISON_COLUMNS, "unit", "hedges_g", "cliffs_delta", f"p_{method}", "note"]
    comparison = pd.DataFrame(rows, columns=columns)
    comparison[f"p_{method}"] = adjust_p(comparison["p"].to_numpy(dtype=float), method)
    return comparison


def _row(samples: _Samples, key: int, pair: tuple[str, str], confidence: float) -> dict[str, Any]:
    nucleus, measure, unit = samples.keys[key]
    conditions = [samples.conditions.index(name) for name in pair]
    sides = [samples.values[key, condition] for condition in conditions]
    paired, a, b = _usable(*sides)
    mean_a, mean_b = _mean(a), _mean(b)
    notes = [
        *_reach(len(a), len(b), paired, 1 - confidence),
        *_missing(pair, sides, [samples.seeds[condition] for condition in conditions]),
        *_pairing(paired, *sides),
    ]
    return {
        **{"nucleus": nucleus, "measure": measure, "a": pair[0], "b": pair[1], "unit": unit},
        **{"mean_a": mean_a, "mean_b": mean_b, "difference": mean_b - mean_a},
        **{"n_a": len(a), "n_b": len(b), "paired": paired},
        **_statistics(a, b, paired, confidence),
        "note": "; ".join(notes),
    }


def _usable(a: Values, b: Values) -> tuple[bool, Values, Values]:
    """Whether the seeds are paired, and the values of each side that count."""
    has_a, has_b = ~np.isnan(a), ~np.isnan(b)
    both = has_a & has_b
    all_shared = bool(both.any() and np.array_equal(has_a, has_b))
    if all_shared or both.sum() >= FEWEST_SHARED_SEEDS:
        return True, a[both], b[both]
    return False, a[has_a], b[has_b]


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _missing(pair: tuple[str, str], sides: list[Values], seeds: list[int]) -> list[str]:
    absent = [run_with - int((~np.isnan(side)).sum()) for side, run_with in zip(sides, seeds, strict=True)]
    return [
        f"no value in {count} of {run_with} seeds of {name}"
        for count, run_with, name in zip(absent, seeds, pair, strict=True)
        if count
    ]


def _pairing(paired: bool, a: Values, b: Values) -> list[str]:
    has_a, has_b = ~np.isnan(a), ~np.isnan(b)
    shared, n_a, n_b = int((has_a & has_b).sum()), int(has_a.sum()), int(has_b.sum())
    if paired and shared < max(n_a, n_b):
        return [f"paired on the {shared} shared seeds of {n_a} and {n_b}"]
    if shared and not paired:
        return [f"unpaired: only {shared} shared seed{'s' if shared > 1 else ''} of {n_a} and {n_b}"]
    return []


def _reach(n_a: int, n_b: int, paired: bool, level: float) -> list[str]:
    if min(n_a, n_b) < 2:
        return ["one seed: no interval" if min(n_a, n_b) == 1 else "no value: no interval"]
    arrangements = _count_sign_flips(n_a) if paired else _count_groupings(n_a + n_b, n_a)
    sizes = f"{n_a} pairs of seeds" if paired else f"{n_a} against {n_b} seeds"
    if 1 / arrangements >= level:
        return [f"{sizes} cannot reach p < {level:.2g}: the smallest attainable p is {1 / arrangements:.3g}"]
    if arrangements > MOST_ARRANGEMENTS:
        return [f"p from {RANDOM_ARRANGEMENTS} random arrangements"]
    return []


def _statistics(a: Values, b: Values, paired: bool, confidence: float) -> dict[str, float]:
    if min(len(a), len(b)) < 2:
        return dict.fromkeys(("low", "high", "p", "hedges_g", "cliffs_delta"), float("nan"))
    low, high = _interval(a, b, paired, confidence)
    effects = {"hedges_g": _hedges_g(a, b), "cliffs_delta": _cliffs_delta(a, b)}
    return {"low": low, "high": high, "p": _permutation_p(a, b, paired), **effects}


def _t_quantile(degrees: float | Values, confidence: float) -> Any:
    """How many standard errors the two-sided t interval reaches to each side."""
    from scipy.special import stdtrit

    return stdtrit(degrees, 0.5 + confidence / 2)


def _interval(a: Values, b: Values, paired: bool, confidence: float) -> tuple[float, float]:
    """t interval of mean(b) - mean(a): over the differences when paired, else Welch's."""
    difference = float(b.mean() - a.mean())
    samples = [b - a] if paired else [a, b]
    errors = [float(sample.var(ddof=1)) / len(sample) for sample in samples]
    if sum(errors) == 0:
        return difference, difference
    shares = [error / sum(errors) for error in errors]
    degrees = 1 / sum(share**2 / (len(sample) - 1) for share, sample in zip(shares, samples, strict=True))
    half_width = float(_t_quantile(degrees, confidence) * sqrt(sum(errors)))
    return difference - half_width, difference + half_width


def _permutation_p(a: Values, b: Values, paired: bool) -> float:
    """Two-sided p of the mean difference over all (or many random) rearrangements of the seeds.

    scipy.stats.permutation_test gives the same p but loses ties between sums of decimal numbers (0.1 + 0.2
    and 0.3), and takes half a second for a hundred rows.
    """
    if paired:
        weights, exact = _sign_flips(len(a))
        values = b - a
        observed = abs(values.sum())
    else:
        smaller, pool = (a if len(a) <= len(b) else b), np.sort(np.concatenate([a, b]))
        weights, exact = _groupings(len(pool), len(smaller))
        values = pool - pool.mean()
        observed = abs((smaller - pool.mean()).sum())
    margin = TIE_MARGIN * (np.abs(a).sum() + np.abs(b).sum())
    extreme = np.abs(weights @ values) >= observed - margin
    return float(extreme.mean()) if exact else float((extreme.sum() + 1) / (len(extreme) + 1))


def _count_sign_flips(n: int) -> int:
    """Flipping every sign changes no absolute difference: half of the 2**n suffice."""
    return 1 << (n - 1)


def _count_groupings(n: int, size: int) -> int:
    """With two groups of one size, exchanging them changes no absolute difference: half of them suffice."""
    return comb(n, size) // 2 if 2 * size == n else comb(n, size)


@lru_cache(maxsize=4)
def _sign_flips(n: int) -> tuple[Values, bool]:
    """Signs [arrangement, seed], and whether they are all there are."""
    if _count_sign_flips(n) > MOST_ARRANGEMENTS:
        return np.random.default_rng(n).choice([-1.0, 1.0], size=(RANDOM_ARRANGEMENTS, n)), False
    bits = np.arange(_count_sign_flips(n))[:, np.newaxis] >> np.arange(n) & 1
    return 1.0 - 2.0 * bits, True


@lru_cache(maxsize=4)
def _groupings(n: int, size: int) -> tuple[Values, bool]:
    """Who is in the smaller group: 0 or 1 [arrangement, seed], and whether they are all there are."""
    count = _count_groupings(n, size)
    if count > MOST_ARRANGEMENTS:
        first = np.repeat([1.0, 0.0], [size, n - size])
        return np.random.default_rng(n).permuted(np.tile(first, (RANDOM_ARRANGEMENTS, 1)), axis=1), False
    # Combinations with the first seed come first: the half to take when both groups have one size.
    chosen = np.array(list(islice(combinations(range(n), size), count)))
    members = np.zeros((count, n))
    np.put_along_axis(members, chosen, 1.0, axis=1)
    return members, True


def _hedges_g(a: Values, b: Values) -> float:
    """Mean difference over the pooled standard deviation, corrected for small samples (Hedges 1981)."""
    degrees = len(a) + len(b) - 2
    pooled = sqrt((a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / degrees)
    if pooled <= TIE_MARGIN * max(np.abs(a).max(), np.abs(b).max()):
        return float("nan")
    factor = exp(lgamma(degrees / 2) - lgamma((degrees - 1) / 2)) / sqrt(degrees / 2)
    return float(factor * (b.mean() - a.mean()) / pooled)


def _cliffs_delta(a: Values, b: Values) -> float:
    """Share of (a, b) combinations with b above a, minus the share with b below a (Cliff 1993)."""
    return float(np.sign(b[np.newaxis, :] - a[:, np.newaxis]).mean())


def _holm(p: Values) -> Values:
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _benjamini_hochberg(p: Values) -> Values:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="bh"))
