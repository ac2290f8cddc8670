"""Differences between two conditions, measure by measure."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.comparison.effects import adjust_p, cliffs_delta, hedges_g, interval
from lhb_model.comparison.permutation import holm_note, permutation_p, reach_notes
from lhb_model.comparison.samples import (
    Samples,
    Values,
    check_confidence,
    known,
    labelled,
    missing_notes,
    pairing_notes,
    samples,
    usable,
)
from lhb_model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

COMPARISON_COLUMNS = (
    "nucleus", "measure", "a", "b", "mean_a", "mean_b", "difference",
    "low", "high", "p", "n_a", "n_b", "paired",
)  # fmt: skip

Pair = tuple[str, str]


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
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"control": (4.0, 5.0, 6.0, 5.0), "drug": (2.0, 4.0, 3.0, 3.0)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> answer = compare(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)))
    >>> print(answer[["a", "b", "difference", "p", "n_a", "n_b", "paired"]].to_string(index=False))
          a    b  difference     p  n_a  n_b  paired
    control drug        -2.0 0.125    4    4    True
    >>> answer.loc[0, "note"]
    '4 pairs of seeds cannot reach p < 0.05: the smallest attainable p is 0.125'
    """
    check_confidence(confidence)
    values = samples(table)
    return _compared(values, _pairs(values.conditions, a, b), measures, confidence)


def compare_runs(
    tables: Mapping[str, "pd.DataFrame"], measures: Sequence[str] | None = None, confidence: float = 0.95
) -> "pd.DataFrame":
    """Compare runs: the same condition of two runs, or all with all where two runs share no condition.

    `tables` holds one table per run, by the run's name; conditions come back as "run:condition". Seeds that
    both runs used are paired. The rest, errors included, is as in `compare`.

    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rows = [("drug", seed, "lhb", "rate", 2.0 * seed, "Hz") for seed in range(6)]
    >>> table = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    >>> answer = compare_runs({"old": table, "new": table})
    >>> print(answer[["a", "b", "difference", "p"]].to_string(index=False))
           a        b  difference   p
    old:drug new:drug         0.0 1.0
    """
    import pandas as pd

    check_confidence(confidence)
    if len(tables) < 2:
        raise InputError(f"comparing runs takes at least two tables, {len(tables)} given")
    values = samples(pd.concat([labelled(run, table) for run, table in tables.items()], ignore_index=True))
    named = {run: list(dict.fromkeys(table["condition"].astype(str))) for run, table in tables.items()}
    pairs = [pair for first, second in combinations(named, 2) for pair in _between(named, first, second)]
    return _compared(values, pairs, measures, confidence)


def _compared(
    values: Samples, pairs: Sequence[Pair], measures: Sequence[str] | None, confidence: float
) -> "pd.DataFrame":
    comparison = compare_pairs(values, pairs, values.keys_of(measures), confidence)
    return adjusted(comparison, "bh" if measures is None else "holm", confidence)


def compare_pairs(values: Samples, pairs: Sequence[Pair], keys: Sequence[int], confidence: float) -> "pd.DataFrame":
    """The rows of `compare` for these pairs of conditions and these keys, p not adjusted."""
    import pandas as pd

    rows = [_row(values, key, pair, confidence) for key in keys for pair in pairs]
    return pd.DataFrame(rows, columns=[*COMPARISON_COLUMNS, "unit", "hedges_g", "cliffs_delta", "note"])


def adjusted(comparison: "pd.DataFrame", method: str, confidence: float) -> "pd.DataFrame":
    """The rows of one family of tests with their p adjusted, and a note on those that are too many for their seeds."""
    p = comparison["p"].to_numpy(dtype=float)
    tests = int((~np.isnan(p)).sum()) if method == "holm" else 1
    notes = [
        "; ".join(filter(None, [note, holm_note((n_a, n_b), paired, tests, 1 - confidence)]))
        for note, n_a, n_b, paired in comparison[["note", "n_a", "n_b", "paired"]].itertuples(index=False)
    ]
    kept = [name for name in comparison.columns if name != "note"]
    return comparison.assign(**{f"p_{method}": adjust_p(p, method), "note": notes})[[*kept, f"p_{method}", "note"]]


def _pairs(conditions: list[str], a: str | None, b: str | None) -> list[Pair]:
    for name in (a, b):
        if name is not None:
            known(name, conditions, "condition")
    if a is not None and a == b:
        raise InputError(f"condition '{a}' compared with itself")
    if a is not None and b is not None:
        return [(a, b)]
    if a is not None:
        return [(a, other) for other in conditions if other != a]
    if b is not None:
        return [(other, b) for other in conditions if other != b]
    return list(combinations(conditions, 2))


def _between(named: Mapping[str, list[str]], first: str, second: str) -> list[Pair]:
    shared = [(condition, condition) for condition in named[first] if condition in named[second]]
    met = shared or product(named[first], named[second])
    return [(f"{first}:{left}", f"{second}:{right}") for left, right in met]


def _row(values: Samples, key: int, pair: Pair, confidence: float) -> dict[str, Any]:
    nucleus, measure, unit = values.keys[key]
    sides = values.of(key, pair)
    paired, (a, b) = usable(sides)
    mean_a, mean_b = mean(a), mean(b)
    notes = [
        *reach_notes([len(a), len(b)], paired, 1 - confidence),
        *missing_notes(pair, sides, values.seeds_of(pair)),
        *pairing_notes(paired, sides),
    ]
    return {
        **{"nucleus": nucleus, "measure": measure, "a": pair[0], "b": pair[1], "unit": unit},
        **{"mean_a": mean_a, "mean_b": mean_b, "difference": mean_b - mean_a},
        **{"n_a": len(a), "n_b": len(b), "paired": paired},
        **_statistics(a, b, paired, confidence),
        "note": "; ".join(notes),
    }


def mean(values: Values) -> float:
    """The mean, NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def _statistics(a: Values, b: Values, paired: bool, confidence: float) -> dict[str, float]:
    if min(len(a), len(b)) < 2:
        return dict.fromkeys(("low", "high", "p", "hedges_g", "cliffs_delta"), float("nan"))
    low, high = interval(a, b, paired, confidence)
    effects = {"hedges_g": hedges_g(a, b), "cliffs_delta": cliffs_delta(a, b)}
    return {"low": low, "high": high, "p": permutation_p(a, b, paired), **effects}
