"""Bursts on release from hyperpolarising pulses: how many pulses and cells have one, and of how many spikes.

A pulse is answered if a burst begins within 200 ms of its end. A cell answers if at least half of its pulses are answered.
"""

from collections.abc import Mapping

import numpy as np

from lhb_model.bursts import as_rule, find_bursts
from lhb_model.findings.finding import Finding, Row, row
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

EXPERIMENT = "rebound"
SOON = 0.2
"""How long after its end (s) a pulse can be answered."""
MOST_OF_THEM = 0.5


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each condition and seed."""
    run = runs[EXPERIMENT]
    labels = [(name, seed) for name in run.conditions for seed in run.finished(name)]
    return [found for name, seed in labels for found in _rows(run, name, seed)]


def releases(run: Run, condition: str) -> np.ndarray:
    """Ends (s) of the pulses that the protocol gives the LHb, without those that end with the record."""
    changes = run.changes(condition)
    ends = sorted({c["to_s"] for c in changes if (c["nucleus"], c["parameter"]) == ("lhb", "I_step")})
    return np.array([end for end in ends if end + SOON <= run.resolved["protocol"]["duration_s"]])


def answers(recording: Recording, ends: np.ndarray, rule: str) -> np.ndarray:
    """Spikes of the burst that answers each pulse of each neuron, 0 for none; shape (neurons, pulses)."""
    found = np.zeros((recording.spikes["lhb"].n_neurons, ends.size), int)
    for spikes, train in zip(found, recording.trains("lhb"), strict=True):
        bursts = find_bursts(train, as_rule(rule), recording.observed)
        # The pulse that ended last before each burst began.
        pulse = np.searchsorted(ends, bursts["start"], side="right") - 1
        soon = (pulse >= 0) & (bursts["start"] - ends[pulse] <= SOON)
        np.maximum.at(spikes, pulse[soon], bursts["spikes"][soon])
    return found


def _rows(run: Run, condition: str, seed: int) -> list[Row]:
    rule = run.resolved["nuclei"]["lhb"]["burst_rule"]
    spikes = answers(run.recording(condition, seed), releases(run, condition), rule)
    answered = spikes > 0
    return [
        row(condition, seed, "pulses_answered", answered.mean(), "1"),
        row(condition, seed, "cells_answering", (answered.mean(axis=1) >= MOST_OF_THEM).mean(), "1"),
        row(condition, seed, "spikes_per_answer", spikes[answered].mean() if answered.any() else np.nan, "1"),
        row(condition, seed, "rebound_spikes_per_pulse", spikes.mean(), "1"),
    ]


FINDING = Finding("rebound_bursts", "Bursts on release from hyperpolarising pulses", (EXPERIMENT,), measure)
