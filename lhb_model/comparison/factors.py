"""Two factors with two levels each, such as drug x state: what each does, and whether one depends on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.comparison.effects import adjust_p, contrast, contrast_interval
from lhb_model.comparison.pairs import mean
from lhb_model.comparison.permutation import exchange_p, reach_notes, sign_flip_p
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

FACTOR_COLUMNS = (
    "nucleus", "measure", "effect", "difference", "low", "high", "p", "n", "test", "unit",
)  # fmt: skip

Levels = tuple[str, str]


@dataclass(frozen=True)
class _Design:
    """The four conditions, [level of the first factor][level of the second], and what the effects are called."""

    cells: list[list[str]]
    effects: list[str]

    @property
    def names(self) -> list[str]:
        return [name for row in self.cells for name in row]


def compare_two_factors(
    table: "pd.DataFrame",
    conditions: Mapping[str, Levels],
    factors: Levels = ("drug", "state"),
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """The effect of each of two factors, and their interaction as a difference of differences.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    conditions : the level of both factors in each of four conditions; the level named first is the one from which
        differences are taken.
    factors : their names, for the answer.
    measures : as in `compare`.

    Returns
    -------
    Three rows per nucleus and measure: each factor's effect averaged over the levels of the other, and the
    interaction, the effect of the first factor at the second level of the second minus that at its first. Columns:
    nucleus, measure, effect, difference, low, high, p, n, test, unit, p_holm or p_bh, note. `test` says what the seeds
    allowed:

    - "sign flips": all four conditions share seeds; every effect is one number per seed, as in a paired `compare`.
    - "label exchange" (interaction and the factor between seeds) and "sign flips" (the factor within seeds): one
      factor was varied within each seed, the other between them, as with animals of two strains. The unit is the
      seed's difference.
    - "t": no seeds are shared; the t interval of the contrast (Welch-Satterthwaite) and its p.

    Raises
    ------
    InputError : as `compare`, and if the conditions are not two levels by two.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"control": (4, 5, 6, 5), "ketamine": (3, 5, 5, 4), "depressed": (9, 8, 9, 10), "both": (4, 5, 5, 6)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> levels = {"control": ("vehicle", "healthy"), "ketamine": ("ketamine", "healthy"),
    ...           "depressed": ("vehicle", "depressed"), "both": ("ketamine", "depressed")}
    >>> answer = compare_two_factors(pd.DataFrame(rows, columns=list(TABLE_COLUMNS)), levels)
    >>> print(answer[["effect", "difference", "p"]].to_string(index=False))
                        effect  difference     p
      drug: ketamine - vehicle      -2.375 0.125
    state: depressed - healthy       2.375 0.125
                  drug x state      -3.250 0.125
    """
    import pandas as pd

    check_confidence(confidence)
    values = samples(table)
    design = _design(conditions, factors, values.conditions)
    rows = [row for key in values.keys_of(measures) for row in _rows(values, key, design, confidence)]
    method = "bh" if measures is None else "holm"
    comparison = pd.DataFrame(rows, columns=[*FACTOR_COLUMNS, f"p_{method}", "note"])
    comparison[f"p_{method}"] = adjust_p(comparison["p"].to_numpy(dtype=float), method)
    return comparison


def _design(conditions: Mapping[str, Levels], factors: Levels, names: list[str]) -> _Design:
    for name in conditions:
        known(name, names, "condition")
    levels = [list(dict.fromkeys(pair[factor] for pair in conditions.values())) for factor in (0, 1)]
    places = {pair: name for name, pair in conditions.items()}
    if len(conditions) != 4 or len(places) != 4 or [len(level) for level in levels] != [2, 2]:
        raise InputError(f"two factors take four conditions, two levels of {factors[0]} by two of {factors[1]}")
    first, second = levels
    effects = [
        f"{factors[0]}: {first[1]} - {first[0]}",
        f"{factors[1]}: {second[1]} - {second[0]}",
        f"{factors[0]} x {factors[1]}",
    ]
    return _Design([[places[row, column] for column in second] for row in first], effects)


def _rows(values: Samples, key: int, design: _Design, confidence: float) -> list[dict[str, Any]]:
    nucleus, measure, unit = values.keys[key]
    cells = values.of(key, design.names).reshape(2, 2, -1)
    answers = _answers(cells, confidence)
    sides = cells.reshape(4, -1)
    missing = missing_notes(design.names, sides, values.seeds_of(design.names))
    shared = pairing_notes(usable(sides)[0], sides)
    return [
        {
            **{"nucleus": nucleus, "measure": measure, "unit": unit, "effect": effect},
            **answer,
            "note": "; ".join([*answer["note"], *missing, *shared]),
        }
        for effect, answer in zip(design.effects, answers, strict=True)
    ]


def _answers(cells: Values, confidence: float) -> list[dict[str, Any]]:
    """The answers on the first factor, the second and the interaction, of values[first, second, seed]."""
    paired, groups = usable(cells.reshape(4, -1))
    if paired:
        return _within(np.stack(groups).reshape(2, 2, -1), confidence)
    columns = [usable(cells[:, level]) for level in (0, 1)]
    if all(shared for shared, _ in columns):
        return _mixed([np.stack(column) for _, column in columns], confidence)
    rows = [usable(cells[level]) for level in (0, 1)]
    if all(shared for shared, _ in rows):
        second, first, both = _mixed([np.stack(row) for _, row in rows], confidence)
        return [first, second, both]
    return [_by_t(groups, weights, confidence) for weights in CONTRASTS]


# Of the four conditions (0, 0), (0, 1), (1, 0), (1, 1): the first factor, the second, the interaction.
CONTRASTS = ((-0.5, -0.5, 0.5, 0.5), (-0.5, 0.5, -0.5, 0.5), (1.0, -1.0, -1.0, 1.0))


def _within(cells: Values, confidence: float) -> list[dict[str, Any]]:
    """All four conditions in each seed."""
    every = cells.reshape(4, -1)
    scale = float(np.abs(every).sum())
    return [_flipped([np.array(weights) @ every], [1.0], scale, confidence) for weights in CONTRASTS]


def _mixed(columns: list[Values], confidence: float) -> list[dict[str, Any]]:
    """The first factor within seeds, the second between: values[first, seed] at each level of the second."""
    scale = float(sum(np.abs(column).sum() for column in columns))
    effects = [column[1] - column[0] for column in columns]
    levels = [column.mean(axis=0) for column in columns]
    first = _flipped(effects, [0.5, 0.5], scale, confidence)
    return [first, _exchanged(levels, confidence), _exchanged(effects, confidence)]


def _flipped(groups: list[Values], weights: list[float], scale: float, confidence: float) -> dict[str, Any]:
    """Signs flipped of one difference per seed."""
    terms = np.concatenate([weight * group / len(group) for group, weight in zip(groups, weights, strict=True)])
    test = {"n": len(terms), "test": "sign flips"}
    if min(map(len, groups)) < 2:
        return {**_estimate(groups, weights, None), "p": float("nan"), **test, "note": ["one seed: no interval"]}
    note = reach_notes([len(terms)] * 2, True, 1 - confidence)
    return {**_estimate(groups, weights, confidence), "p": sign_flip_p(terms, scale), **test, "note": note}


def _exchanged(groups: list[Values], confidence: float) -> dict[str, Any]:
    """Labels of two groups of seeds exchanged."""
    sizes = [len(group) for group in groups]
    test = {"n": sum(sizes), "test": "label exchange", "note": reach_notes(sizes, False, 1 - confidence)}
    if min(sizes) < 2:
        return {**_estimate(groups, [-1.0, 1.0], None), "p": float("nan"), **test}
    return {**_estimate(groups, [-1.0, 1.0], confidence), "p": exchange_p(*groups), **test}


def _by_t(groups: list[Values], weights: Sequence[float], confidence: float) -> dict[str, Any]:
    """Every condition with seeds of its own."""
    test = {"n": sum(map(len, groups)), "test": "t"}
    if min(map(len, groups)) < 2:
        return {**_estimate(groups, weights, None), "p": float("nan"), **test, "note": ["one seed: no interval"]}
    return {**_estimate(groups, weights, confidence), "p": _t_p(groups, weights), **test, "note": []}


def _t_p(groups: list[Values], weights: Sequence[float]) -> float:
    """Two-sided p of a contrast; NaN without scatter."""
    from scipy.special import stdtr

    estimate, error, degrees = contrast(groups, weights)
    return float(2 * stdtr(degrees, -abs(estimate) / error)) if error else float("nan")


def _estimate(groups: list[Values], weights: Sequence[float], confidence: float | None) -> dict[str, float]:
    """The contrast with its interval; without one if `confidence` is None."""
    low, high = (float("nan"),) * 2
    if confidence is not None:
        low, high = contrast_interval(groups, weights, confidence)
    estimate = sum(weight * mean(group) for group, weight in zip(groups, weights, strict=True))
    return {"difference": estimate, "low": low, "high": high}
