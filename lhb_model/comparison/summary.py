"""Mean and scatter over seeds."""

from typing import TYPE_CHECKING

import numpy as np

from lhb_model.comparison.effects import t_quantile
from lhb_model.comparison.samples import check_confidence, checked
from lhb_model.comparison.shares import share_interval

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_COLUMNS = ("condition", "nucleus", "measure", "mean", "sd", "low", "high", "n", "unit")


def summarise(table: "pd.DataFrame", confidence: float = 0.95) -> "pd.DataFrame":
    """Mean and scatter over seeds, one row per condition, nucleus and measure.

    `sd` is the standard deviation between seeds (n - 1), `low` and `high` bound the t interval of the mean, for
    shares (`is_share`) the `share_interval`; `n` counts the seeds with a value. With one seed `sd`, `low` and
    `high` are NaN; without any, `mean` too. Raises as `compare`.

    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rows = [("drug", seed, "lhb", "rate", rate, "Hz") for seed, rate in enumerate((1.0, 2.0, 3.0))]
    >>> print(summarise(pd.DataFrame(rows, columns=list(TABLE_COLUMNS))).round(3).to_string(index=False))
    condition nucleus measure  mean  sd    low  high  n unit
         drug     lhb    rate   2.0 1.0 -0.484 4.484  3   Hz
    """
    check_confidence(confidence)
    groups = checked(table).groupby(["condition", "nucleus", "measure"], sort=False, observed=True)
    summary = groups.agg(
        mean=("value", "mean"), sd=("value", "std"), n=("value", "count"), unit=("unit", "first"),
        least=("value", "min"), most=("value", "max"),
    ).reset_index()  # fmt: skip
    n = summary["n"].to_numpy(dtype=float)
    half_width = t_quantile(np.where(n > 1, n - 1, np.nan), confidence) * summary["sd"] / np.sqrt(n)
    summary = summary.assign(low=summary["mean"] - half_width, high=summary["mean"] + half_width)
    shares = summary[[is_share(row.measure, row.unit, row.least, row.most) for row in summary.itertuples()]]
    for row in shares.itertuples():
        summary.loc[row.Index, ["low", "high"]] = share_interval(row.mean, row.sd, row.n, confidence)
    return summary[list(SUMMARY_COLUMNS)]


def is_share(measure: str, unit: str, least: float, most: float) -> bool:
    """Whether a measure is a share of neurons or spikes, by its name, and its values lie between 0 and 1.

    >>> is_share("bursting_share", "1", 0.1, 0.2), is_share("spikes_per_burst", "1", 0.0, 1.0)
    (True, False)
    """
    return unit == "1" and "share" in measure and 0 <= least <= most <= 1
