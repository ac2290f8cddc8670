"""Permutation tests over seeds: all rearrangements that are equally likely without an effect, or many drawn.

They are exact up to `MOST_ARRANGEMENTS`; beyond, `RANDOM_ARRANGEMENTS` are drawn with a fixed seed and the observed
one is counted among them (Phipson & Smyth 2010). scipy.stats.permutation_test gives the same p but loses ties between
sums of decimal numbers (0.1 + 0.2 and 0.3), and takes half a second for a hundred rows.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, islice, permutations, product
from math import comb, factorial, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhb_model.comparison.samples import Values

MOST_ARRANGEMENTS = 200_000
RANDOM_ARRANGEMENTS = 19_999
# Sums in another order differ by some 1e-16 of the values: without a margin ties are lost and p is too small.
TIE_MARGIN = 1e-12

Indices = NDArray[np.integer[Any]]


def permutation_p(a: Values, b: Values, paired: bool) -> float:
    """Two-sided p of the mean difference: signs of the seed differences flipped, or labels exchanged."""
    scale = float(np.abs(a).sum() + np.abs(b).sum())
    return sign_flip_p(b - a, scale) if paired else exchange_p(a, b)


def sign_flip_p(values: Values, scale: float) -> float:
    """Two-sided p of a sum whose terms are as likely negative as positive.

    scale : the sum of the sizes of the numbers that the values were made from; for the tie margin.

    >>> sign_flip_p(np.array([1.0, 2.0, 3.0, 4.0]), scale=10.0)
    0.125
    """
    signs, exact = _sign_flips(len(values))
    return _share(np.abs(signs @ values), abs(float(values.sum())), scale, exact)


def exchange_p(a: Values, b: Values) -> float:
    """Two-sided p of the difference between the means of two groups whose labels may be exchanged.

    >>> exchange_p(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    0.1
    """
    smaller, pool = (a if len(a) <= len(b) else b), np.sort(np.concatenate([a, b]))
    members, exact = _groupings(len(pool), len(smaller))
    centred = pool - pool.mean()
    return _share(np.abs(members @ centred), abs((smaller - pool.mean()).sum()), float(np.abs(pool).sum()), exact)


def any_difference_p(groups: Sequence[Values], paired: bool) -> float:
    """p of the scatter between the means of several conditions.

    Paired, the conditions are exchanged within each seed; unpaired, the labels of all seeds. The statistic is the
    sum of squares between conditions.

    >>> any_difference_p([np.array([1.0, 2, 3]), np.array([2.0, 3, 4]), np.array([5.0, 6, 8])], paired=True)
    0.027777777777777776
    """
    scale = float(sum(np.abs(group).sum() for group in groups))
    if paired:
        values = np.stack(groups, axis=1)
        values = values - values.mean(axis=1, keepdims=True)
        orders, exact = _orders(*values.shape)
        sums = values[np.arange(len(values))[:, np.newaxis], orders].sum(axis=1)
        return _share(np.linalg.norm(sums, axis=1), float(np.linalg.norm(values.sum(axis=0))), scale, exact)
    sizes = tuple(len(group) for group in groups)
    pool = np.concatenate(groups)
    labels, exact = _labellings(sizes)
    norms = _between(labels, np.sort(pool - pool.mean()), sizes)
    observed = _between(np.repeat(np.arange(len(sizes)), sizes)[np.newaxis], pool - pool.mean(), sizes)
    return _share(norms, float(observed[0]), scale, exact)


def _between(labels: Indices, values: Values, sizes: tuple[int, ...]) -> Values:
    """Root of the sum of squares between groups, for each labelling."""
    sums = np.stack([(labels == group) @ values / np.sqrt(size) for group, size in enumerate(sizes)], axis=1)
    return np.linalg.norm(sums, axis=1)


def _share(statistics: Values, observed: float, scale: float, exact: bool) -> float:
    extreme = statistics >= observed - TIE_MARGIN * scale
    return float(extreme.mean()) if exact else float((extreme.sum() + 1) / (len(extreme) + 1))


def arrangements(sizes: Sequence[int], paired: bool) -> int:
    """How many arrangements of conditions with these numbers of seeds differ: the smallest attainable p is one over it.

    >>> arrangements([6, 6], paired=True), arrangements([3, 3], paired=False), arrangements([3, 3, 3], paired=True)
    (32, 10, 36)
    """
    if paired:
        return factorial(len(sizes)) ** (sizes[0] - 1)
    if len(sizes) == 2:
        return _count_groupings(sum(sizes), sizes[0])
    alike = prod(factorial(list(sizes).count(size)) for size in set(sizes))
    return _count_labellings(tuple(sizes)) // alike


def reach_notes(sizes: Sequence[int], paired: bool, level: float) -> list[str]:
    """What to say when p is out of reach, drawn at random, or not to be had."""
    if min(sizes) < 2:
        return ["one seed: no interval" if min(sizes) == 1 else "no value: no interval"]
    count = arrangements(sizes, paired)
    if 1 / count >= level:
        return [f"{_sizes(sizes, paired)} cannot reach p < {level:.2g}: the smallest attainable p is {1 / count:.3g}"]
    drawn = _count_labellings(tuple(sizes)) if len(sizes) > 2 and not paired else count
    if drawn > MOST_ARRANGEMENTS:
        return [f"p from {RANDOM_ARRANGEMENTS} random arrangements"]
    return []


def holm_note(sizes: Sequence[int], paired: bool, tests: int, level: float) -> str:
    """What to say when p can be small enough for one test but not for one of several (Holm)."""
    if min(sizes) < 2:
        return ""
    smallest = 1 / min(arrangements(sizes, paired), RANDOM_ARRANGEMENTS + 1)
    if smallest >= level or tests * smallest < level:
        return ""
    return f"{_sizes(sizes, paired)} cannot reach p_holm < {level:.2g} over {tests} tests"


def _sizes(sizes: Sequence[int], paired: bool) -> str:
    if not paired:
        return f"{' against '.join(map(str, sizes))} seeds"
    return f"{sizes[0]} pairs of seeds" if len(sizes) == 2 else f"{sizes[0]} seeds of {len(sizes)} conditions"


def _count_sign_flips(n: int) -> int:
    """Flipping every sign changes no absolute difference: half of the 2**n suffice."""
    return 1 << (n - 1)


def _count_groupings(n: int, size: int) -> int:
    """With two groups of one size, exchanging them changes no absolute difference: half of them suffice."""
    return comb(n, size) // 2 if 2 * size == n else comb(n, size)


def _count_labellings(sizes: tuple[int, ...]) -> int:
    return factorial(sum(sizes)) // prod(map(factorial, sizes))


@lru_cache(maxsize=4)
def _sign_flips(n: int) -> tuple[Values, bool]:
    """Signs [arrangement, seed], and whether they are all there are."""
    if _count_sign_flips(n) > MOST_ARRANGEMENTS:
        return np.random.default_rng(n).choice(np.array([-1.0, 1.0]), size=(RANDOM_ARRANGEMENTS, n)), False
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


@lru_cache(maxsize=4)
def _orders(n_seeds: int, n_conditions: int) -> tuple[Indices, bool]:
    """Orders of the conditions [arrangement, seed, condition]; the first seed's stays, as only relative ones matter."""
    if factorial(n_conditions) ** (n_seeds - 1) > MOST_ARRANGEMENTS:
        first = np.tile(np.arange(n_conditions), (RANDOM_ARRANGEMENTS, n_seeds, 1))
        return np.random.default_rng(n_seeds).permuted(first, axis=2), False
    every = np.array(list(permutations(range(n_conditions))))
    picked = np.array(list(product(*[[0]] + [range(len(every))] * (n_seeds - 1))))
    return every[picked], True


@lru_cache(maxsize=4)
def _labellings(sizes: tuple[int, ...]) -> tuple[Indices, bool]:
    """Which condition each seed belongs to [arrangement, seed], and whether they are all there are."""
    if _count_labellings(sizes) > MOST_ARRANGEMENTS:
        first = np.repeat(np.arange(len(sizes)), sizes)
        tiled = np.tile(first, (RANDOM_ARRANGEMENTS, 1))
        return np.random.default_rng(len(first)).permuted(tiled, axis=1), False
    return _every_labelling(sizes), True


def _every_labelling(sizes: tuple[int, ...]) -> Indices:
    n = sum(sizes)
    if len(sizes) == 1:
        return np.zeros((1, n), dtype=np.int8)
    others = _every_labelling(sizes[1:]) + 1
    chosen = list(combinations(range(n), sizes[0]))
    labels = np.zeros((len(chosen), len(others), n), dtype=np.int8)
    for block, members in zip(labels, chosen, strict=True):
        block[:, np.setdiff1d(np.arange(n), members)] = others
    return labels.reshape(-1, n)
