"""Forced bursts beside as many tonic spikes: what each leaves of dopamine and serotonin, seed by seed.

Tonic spikes come from a ladder of steady currents. `tonic` has what the ladder leaves at the very LHb rate that the light gives,
between its two nearest currents; no value where the ladder does not reach that rate.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.rebound_bursts import answers, releases
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT, FORCED, UNTOUCHED = "forced_bursts", "light", "dark"
LADDER = "tonic_"
MEASURES = {"dopamine": "vta_da", "serotonin": "drn_5ht"}


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each condition and seed."""
    run = runs[EXPERIMENT]
    answered = [_answered(run, name, seed) for name in run.conditions if FORCED in name for seed in run.finished(name)]
    matched = [found for seed in run.finished(FORCED) for found in at_equal_rate(run.table, seed)]
    left = run.table[run.table["measure"].isin(MEASURES)]
    return [*answered, *matched, *left[["condition", "seed", "nucleus", "measure", "value", "unit"]].values.tolist()]


def _answered(run: Run, condition: str, seed: int) -> Row:
    rule = run.resolved["nuclei"]["lhb"]["burst_rule"]
    spikes = answers(run.recording(condition, seed), releases(run, condition), rule)
    return row(condition, seed, "pulses_answered", (spikes > 0).mean(), "1")


def at_equal_rate(table: "pd.DataFrame", seed: int) -> list[Row]:
    """What tonic spikes leave at the LHb rate of the forced bursts."""
    own = table[table["seed"] == seed]
    ladder = [name for name in own["condition"].unique() if name == UNTOUCHED or name.startswith(LADDER)]
    rates = _values(own, "lhb", "rate")
    order = sorted(ladder, key=lambda name: rates[name])
    rows = []
    for name, nucleus in MEASURES.items():
        left = _values(own, nucleus, name)
        steps = [rates[step] for step in order], [left[step] for step in order]
        value = np.interp(rates[FORCED], *steps, left=np.nan, right=np.nan)
        rows.append(row("tonic", seed, name, value, "nM", nucleus))
    return rows


def _values(table: "pd.DataFrame", nucleus: str, measure: str) -> dict[str, float]:
    found = table[(table["nucleus"] == nucleus) & (table["measure"] == measure)]
    return dict(zip(found["condition"], found["value"], strict=True))


FINDING = Finding("forced_bursts", "Forced bursts beside as many tonic spikes", (EXPERIMENT,), measure)
