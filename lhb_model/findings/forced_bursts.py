"""Forced bursts beside as many tonic spikes: what each leaves of dopamine and serotonin, seed by seed.

Tonic spikes come from a ladder of steady currents. `tonic` has what the ladder leaves at the very LHb rate that the light gives,
between its two nearest currents; no value where the ladder does not reach that rate.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.rate_and_pattern import MEASURES, at_rate_of
from lhb_model.findings.rebound_bursts import answers, releases
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT, FORCED, UNTOUCHED = "forced_bursts", "light", "dark"


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
    return [
        row("tonic", seed, name, at_rate_of(table, seed, FORCED, UNTOUCHED, nucleus, name), "nM", nucleus)
        for name, nucleus in MEASURES.items()
    ]


FINDING = Finding("forced_bursts", "Forced bursts beside as many tonic spikes", (EXPERIMENT,), measure)
