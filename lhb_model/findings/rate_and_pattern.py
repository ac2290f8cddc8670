"""How much of what depression takes is the mean rate of its LHb, and how much the pattern of its spikes.

Steady currents move the rate of the control network. What they leave at the very rate of the depressed network, between the two
nearest currents, is what its rate alone would leave; the rest of the loss is pattern, synchrony with it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT, UNTOUCHED, CHANGED, LADDER = "mean_rate_matched", "control", "depressed", "tonic_"
MEASURES = {"dopamine": "vta_da", "serotonin": "drn_5ht"}


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each seed: lost in all, and lost to the rate."""
    run = runs[EXPERIMENT]
    return [found for seed in run.finished(CHANGED) for found in losses(run.table, seed)]


def losses(table: "pd.DataFrame", seed: int) -> list[Row]:
    """Transmitter (nM) lost to depression in all, and to the rate of its LHb alone."""
    rows = []
    for name, nucleus in MEASURES.items():
        left = values_of(table, seed, nucleus, name)
        same_rate = at_rate_of(table, seed, CHANGED, UNTOUCHED, nucleus, name)
        rows.append(row(CHANGED, seed, f"{name}_lost", left[UNTOUCHED] - left[CHANGED], "nM", nucleus))
        rows.append(row(CHANGED, seed, f"{name}_lost_to_rate", left[UNTOUCHED] - same_rate, "nM", nucleus))
    return rows


def at_rate_of(table: "pd.DataFrame", seed: int, condition: str, untouched: str, nucleus: str, name: str) -> float:
    """What a ladder of steady currents leaves at the LHb rate of a condition; NaN where it does not reach that rate."""
    rates, left = values_of(table, seed, "lhb", "rate"), values_of(table, seed, nucleus, name)
    steps = [step for step in rates if step.startswith(LADDER) or step == untouched]
    order = sorted(steps, key=lambda step: rates[step])
    places, values = [rates[step] for step in order], [left[step] for step in order]
    return float(np.interp(rates[condition], places, values, left=np.nan, right=np.nan))


def values_of(table: "pd.DataFrame", seed: int, nucleus: str, name: str) -> dict[str, float]:
    """Condition -> value of one measure in one seed."""
    found = table[(table["seed"] == seed) & (table["nucleus"] == nucleus) & (table["measure"] == name)]
    return dict(zip(found["condition"], found["value"], strict=True))


FINDING = Finding("rate_and_pattern", "What depression takes by its rate, and by its pattern", (EXPERIMENT,), measure)
