"""More than two conditions: does any differ, and which pairs do."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.comparison.effects import adjust_p
from lhb_model.comparison.pairs import adjusted, compare_pairs, mean
from lhb_model.comparison.permutation import any_difference_p, reach_notes
from lhb_model.comparison.samples import (
    Samples,
    Values,
    check_confidence,
    known,
    missing_notes,
    pairing_notes,
    samples,
    usable,
)
from lhb_model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

OVERALL_COLUMNS = (
    "nucleus", "measure", "conditions", "lowest", "highest", "mean_lowest", "mean_highest", "p", "p_ranks", "n",
    "paired", "unit",
)  # fmt: skip


@dataclass(frozen=True)
class Several:
    """A comparison of several conditions.

    overall : one row per nucleus and measure: does any condition differ.
    pairs : one row per nucleus, measure and pair: the columns of `compare`, `p_holm` over the pairs of that measure.
    """

    overall: "pd.DataFrame"
    pairs: "pd.DataFrame"


def compare_several(
    table: "pd.DataFrame",
    conditions: Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Several:
    """Compare three or more conditions at once, and their pairs, with the seed as the unit.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    conditions : at least three; None takes all of the table.
    measures : as in `compare`: named, the overall p are adjusted after Holm, else after Benjamini and Hochberg.

    Returns
    -------
    `overall`: nucleus, measure, conditions (how many), lowest and highest (the conditions with these means),
    mean_lowest, mean_highest, p, p_ranks, n (seeds, of all conditions together if unpaired), paired, unit, p_holm or
    p_bh, note. `p` is the permutation p of the sum of squares between the means: paired, conditions are exchanged
    within each seed, else all labels; it is exact or drawn as in `compare`. `p_ranks` is Friedman's (paired) or Kruskal
    and Wallis's (unpaired) chi-squared p, for readers who expect it: rough for few seeds.
    `pairs`: as `compare`. Holm over the pairs holds by itself, whatever the overall p.

    Raises
    ------
    InputError : as `compare`, and for fewer than three conditions.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"control": (4.0, 5.0, 6.0, 5.0), "low": (3.0, 5.0, 4.0, 3.5), "high": (1.0, 2.0, 3.0, 1.5)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> answer = compare_several(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)))
    >>> print(answer.overall[["lowest", "highest", "p", "n", "paired"]].round(4).to_string(index=False))
    lowest highest      p  n  paired
      high control 0.0093  4    True
    """
    check_confidence(confidence)
    values = samples(table)
    chosen = _chosen(values, conditions)
    return Several(_overall(values, chosen, measures, confidence), _by_measure(values, chosen, measures, confidence))


def _chosen(values: Samples, conditions: Sequence[str] | None) -> list[str]:
    chosen = values.conditions if conditions is None else list(dict.fromkeys(conditions))
    for name in chosen:
        known(name, values.conditions, "condition")
    if len(chosen) < 3:
        raise InputError(f"comparing several conditions takes at least three, {len(chosen)} given")
    return chosen


def _by_measure(
    values: Samples, chosen: list[str], measures: Sequence[str] | None, confidence: float
) -> "pd.DataFrame":
    """The rows of `compare` for all pairs, each nucleus and measure a family of its own."""
    import pandas as pd

    pairs, keys = list(combinations(chosen, 2)), values.keys_of(measures)
    families = [compare_pairs(values, pairs, [key], confidence) for key in keys] or [
        compare_pairs(values, [], [], confidence)
    ]
    return pd.concat([adjusted(family, "holm", confidence) for family in families], ignore_index=True)


def _overall(values: Samples, chosen: list[str], measures: Sequence[str] | None, confidence: float) -> "pd.DataFrame":
    import pandas as pd

    method = "bh" if measures is None else "holm"
    rows = [_row(values, key, chosen, confidence) for key in values.keys_of(measures)]
    overall = pd.DataFrame(rows, columns=[*OVERALL_COLUMNS, f"p_{method}", "note"])
    overall[f"p_{method}"] = adjust_p(overall["p"].to_numpy(dtype=float), method)
    return overall


def _row(values: Samples, key: int, chosen: list[str], confidence: float) -> dict[str, Any]:
    nucleus, measure, unit = values.keys[key]
    sides = values.of(key, chosen)
    paired, groups = usable(sides)
    sizes = [len(group) for group in groups]
    notes = [
        *reach_notes(sizes, paired, 1 - confidence),
        *missing_notes(chosen, sides, values.seeds_of(chosen)),
        *pairing_notes(paired, sides),
    ]
    tested = min(sizes) > 1
    return {
        **{"nucleus": nucleus, "measure": measure, "unit": unit, "conditions": len(chosen), "paired": paired},
        **_extremes(chosen, groups),
        "p": any_difference_p(groups, paired) if tested else float("nan"),
        "p_ranks": _rank_p(groups, paired) if tested else float("nan"),
        "n": sizes[0] if paired else sum(sizes),
        "note": "; ".join(notes),
    }


def _extremes(chosen: list[str], groups: list[Values]) -> dict[str, Any]:
    means = {name: mean(group) for name, group in zip(chosen, groups, strict=True) if len(group)}
    lowest, highest = (pick(means, key=means.__getitem__) if means else "" for pick in (min, max))
    nothing = float("nan")
    return {
        **{"lowest": lowest, "highest": highest},
        **{"mean_lowest": means.get(lowest, nothing), "mean_highest": means.get(highest, nothing)},
    }


def _rank_p(groups: list[Values], paired: bool) -> float:
    """Friedman's or Kruskal and Wallis's p; 1 where all ranks tie."""
    from scipy.stats import friedmanchisquare, kruskal

    stacked = np.stack(groups) if paired else np.concatenate(groups)[:, np.newaxis]
    if (np.ptp(stacked, axis=0) == 0).all() if paired else np.ptp(stacked) == 0:
        return 1.0
    return float((friedmanchisquare if paired else kruskal)(*groups)[1])
