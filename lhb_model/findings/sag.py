"""Voltage sag: how far the membrane comes back during a hyperpolarising step.

Of several steps the one counts whose lowest potential lies nearest to -100 mV, in each condition.
"""

from collections.abc import Mapping

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.potentials import traced
from lhb_model.recording import Trace
from lhb_model.run_folder import Run

EXPERIMENT = "sag"
REACHED = -0.100  # V
AT_END = 0.05  # s


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """The sag (V), the lowest potential and the input resistance at that step, for each condition."""
    run = runs[EXPERIMENT]
    return [found for name in run.conditions for found in _rows(run, name)]


def _rows(run: Run, condition: str) -> list[Row]:
    seed = run.seeds[0]
    trace = traced(run.recording(condition, seed))
    steps = [(change["from_s"], change["to_s"]) for change in run.changes(condition) if change["parameter"] == "I_step"]
    lowest, end = min((_step(trace, *step) for step in steps), key=lambda found: abs(found[0] - REACHED))
    return [row(condition, seed, "sag", end - lowest, "V"), row(condition, seed, "lowest_potential", lowest, "V")]


def _step(trace: Trace, start: float, stop: float) -> tuple[float, float]:
    """Lowest potential during a step, and the mean at its end (V)."""
    return float(trace.between(start, stop).values.min()), float(trace.between(stop - AT_END, stop).values.mean())


FINDING = Finding("sag", "Voltage sag under a hyperpolarising step", (EXPERIMENT,), measure)
