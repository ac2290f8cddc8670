"""Designs that sample the unit cube: Latin hypercubes and Sobol sequences by SciPy, Morris and Saltelli by SALib."""

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from lhb_model.errors import InputError

Shares = Sequence[Sequence[float]]
"""Of each point, how far along each axis it lies, from 0 to 1."""

MORRIS_LEVELS = 4


def salib(module: str) -> ModuleType:
    """A module of SALib; `InputError` that says how to install it."""
    try:
        return importlib.import_module(f"SALib.{module}")
    except ImportError:
        raise InputError("designs morris and saltelli need SALib: pip install 'lhb_model[sensitivity]'") from None


def problem(names: Sequence[str]) -> dict[str, Any]:
    """The unit cube as SALib has it."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def latin_hypercube(axes: int, points: int, seed: int) -> Shares:
    """One point in each of `points` equal parts of every axis."""
    import numpy as np
    from scipy.stats import qmc

    return list(qmc.LatinHypercube(axes, seed=np.random.default_rng(seed)).random(points).tolist())


def sobol(axes: int, points: int, seed: int) -> Shares:
    """A scrambled Sobol sequence, which is balanced for powers of two alone."""
    import numpy as np
    from scipy.stats import qmc

    if points & (points - 1):
        near = _power_below(points)
        raise InputError(f"given {points}, expected a power of two such as {near} or {2 * near} for a Sobol sequence")
    return list(qmc.Sobol(axes, seed=np.random.default_rng(seed)).random(points).tolist())


def morris(axes: int, points: int, seed: int) -> Shares:
    """Trajectories of one step along each axis, on a grid of four levels (Morris 1991)."""
    trajectories = _blocks(points, axes + 1, "trajectories")
    sample = salib("sample.morris").sample
    return list(sample(problem(_letters(axes)), trajectories, num_levels=MORRIS_LEVELS, seed=seed).tolist())


def saltelli(axes: int, points: int, seed: int) -> Shares:
    """Blocks of points that differ in one axis each, for first-order and total Sobol indices (Saltelli 2010)."""
    blocks = _power_below(_blocks(points, axes + 2, "blocks"))
    sample = salib("sample.sobol").sample
    return list(sample(problem(_letters(axes)), blocks, calc_second_order=False, seed=seed).tolist())


def _blocks(points: int, size: int, name: str) -> int:
    """How many whole blocks of a size there are in a number of points: at least two."""
    if points < 2 * size:
        raise InputError(f"given {points}, expected at least {2 * size}: two {name} of {size} points")
    return points // size


def _power_below(number: int) -> int:
    """The largest power of two that is not above a number.

    >>> [_power_below(number) for number in (1, 5, 64)]
    [1, 4, 64]
    """
    return 1 << (number.bit_length() - 1)


def _letters(axes: int) -> list[str]:
    return [f"x{number}" for number in range(axes)]


SAMPLERS: dict[str, Callable[[int, int, int], Shares]] = {
    "latin_hypercube": latin_hypercube,
    "sobol": sobol,
    "morris": morris,
    "saltelli": saltelli,
}
OF_RANGES = ("morris", "saltelli")
"""Designs whose axes must be ranges."""
