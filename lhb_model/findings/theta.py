"""Theta in the LHb population: power between 4 and 10 Hz, where its peak lies, and how spikes keep to it.

Phase consistency is that of each neuron's spikes with the rate of all other neurons, so that a neuron does not find itself.
"""

from collections.abc import Mapping

from lhb_model.ensemble import Ensemble
from lhb_model.findings.finding import Finding, Row, row
from lhb_model.population import population_measures
from lhb_model.run_folder import Run

EXPERIMENT = "states"
MEASURES = ("theta_power", "theta_over_floor", "theta_peak_frequency", "theta_phase_consistency")


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each condition and seed."""
    run = runs[EXPERIMENT]
    return [found for name in run.conditions for seed in run.finished(name) for found in _rows(run, name, seed)]


def _rows(run: Run, condition: str, seed: int) -> list[Row]:
    recording = run.recording(condition, seed)
    span = recording.epochs["analysis"]
    found = population_measures(Ensemble.of(recording.cut(*span).trains("lhb"), span))
    return [row(condition, seed, name, found[name].value, found[name].unit) for name in MEASURES]


FINDING = Finding("theta", "Theta power, peak and phase consistency of the LHb", (EXPERIMENT,), measure)
