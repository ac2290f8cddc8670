"""Sensitivity indices of a sweep by design `morris` or `saltelli` (SALib): how much each axis matters for a measure."""

from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.errors import InputError
from lhb_model.run_folder import Run
from lhb_model.sampling import MORRIS_LEVELS, OF_RANGES, problem, salib

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {"morris": ("mu_star", "mu_star_conf", "sigma"), "saltelli": ("S1", "S1_conf", "ST", "ST_conf")}
"""Design -> what its table has of each axis."""
RESAMPLES = 200


def indices(run: Run, nucleus: str, measure: str, condition: str) -> "pd.DataFrame":
    """One row for each axis: Morris's mu_star (with the half-width of its 95 % interval) and sigma, or Sobol's S1 and ST.

    Values of a point are averaged over its seeds.

    Raises
    ------
    InputError
        If the sweep is of another design, a point lacks the measure, or SALib is not installed.
    """
    import pandas as pd

    design = (run.sweep or {}).get("design")
    if design not in OF_RANGES:
        expected = "a sweep by 'design: morris' or 'design: saltelli'"
        raise InputError(
            f"given {f'one by design {design!r}' if design else 'no sweep'}, expected {expected}", file=run.folder
        )
    values = _at_points(run, nucleus, measure, condition)
    axes = run.sweep["axes"] if run.sweep else []
    cube, names = problem([axis["name"] for axis in axes]), [axis["name"] for axis in axes]
    if np.ptp(values) == 0:
        return pd.DataFrame({"axis": names, **dict.fromkeys(COLUMNS[design], 0.0)})
    how: dict[str, Any] = {"num_resamples": RESAMPLES, "seed": 1}
    if design == "morris":
        places = np.column_stack([_shares(run, axis) for axis in axes])
        found = salib("analyze.morris").analyze(cube, places, values, num_levels=MORRIS_LEVELS, **how)
    else:
        found = salib("analyze.sobol").analyze(cube, values, calc_second_order=False, **how)
    return pd.DataFrame({"axis": names, **{name: np.asarray(found[name], float) for name in COLUMNS[design]}})


def _at_points(run: Run, nucleus: str, measure: str, condition: str) -> np.ndarray:
    """The measure at every point, in their order."""
    table = run.table
    own = table[(table["nucleus"] == nucleus) & (table["measure"] == measure) & (table["condition"] == condition)]
    values = own.groupby("point")["value"].mean().reindex(run.points["point"]).to_numpy()
    missing = int(np.isnan(values).sum())
    if missing:
        raise InputError(
            f"{missing} of {len(values)} points have no {measure} of {nucleus} in {condition}; indices need it at all",
            file=run.folder,
        )
    return values


def _shares(run: Run, axis: dict[str, Any]) -> np.ndarray:
    """How far along its axis each point lies, from 0 to 1, as the design had it."""
    values, (low, high) = run.points[axis["name"]].to_numpy(float), axis["ends"]
    if axis["scale"] == "logarithmic":
        return np.log(values / low) / log(high / low)
    return (values - low) / (high - low)
