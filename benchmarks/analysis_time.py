"""Time of the analysis: bursts of a long train, statistics of many neurons, a usual comparison, a dose fit.

    python benchmarks/analysis_time.py

Prints the fastest of three tries, and a count of what was found beside it, so that a faster wrong answer is seen.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lhb_model.bursts import find_bursts, neuron_statistics
from lhb_model.comparison import TABLE_COLUMNS, compare
from lhb_model.dose_fit import fit_dose


def table(values: np.ndarray, conditions: list[str]) -> pd.DataFrame:
    """A tidy table of made-up measures; `values` has the shape (measures, conditions, seeds)."""
    rows = [
        (condition, seed, "lhb", f"measure{m}", values[m, c, seed], "1")
        for m in range(values.shape[0])
        for c, condition in enumerate(conditions)
        for seed in range(values.shape[2])
    ]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def show(name: str, call: Callable[[], Any], count: Callable[[Any], str]) -> None:
    """The fastest of three."""
    seconds, found = [], None
    for _ in range(3):
        began = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - began)
    print(f"{name:50s} {min(seconds):8.3f} s   {count(found)}")


def main() -> None:
    """Measure and print."""
    train = np.cumsum(np.random.default_rng(8).exponential(0.2, 10_000_000))
    show("bursts of 10 million spikes, MaxInterval", lambda: find_bursts(train, "lhb", (0, train[-1] + 1)), counted)
    short = np.cumsum(np.random.default_rng(9).exponential(0.1, 600))
    show(
        "statistics of 500 neurons of 600 spikes",
        lambda: [neuron_statistics(short, (0, 100)) for _ in range(500)],
        counted,
    )
    measures = table(np.random.default_rng(4).normal(size=(40, 3, 6)), ["healthy", "depressed", "ketamine"])
    show("comparison of 40 measures, 3 conditions, 6 seeds", lambda: compare(measures), counted)
    doses = {f"drug@{dose:g}uM": dose * 1e-6 for dose in (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)}
    curve = np.array([0.25 - 0.23 * dose / (dose + 3e-6) for dose in doses.values()])
    series = table(curve[None, :, None] + np.random.default_rng(5).normal(0, 0.01, (1, 6, 6)), list(doses))
    show(
        "fit of a dose series, 6 doses, 6 seeds",
        lambda: fit_dose(series, doses, "measure0"),
        lambda fit: f"IC50 {1e6 * fit.ic50.value:.2f} uM",
    )


def counted(found: Any) -> str:
    """How many rows there are."""
    return f"{len(found)} rows"


if __name__ == "__main__":
    main()
