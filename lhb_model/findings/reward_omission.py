"""Answers of LHb and dopamine neurons to outcomes after a cue: changes of rate, and z-scores over trials.

An answer is the rate in the 200 ms after an outcome less that in the 200 ms before its cue, trial by trial. Its z-score is the
mean of a seed's trials over the standard deviation of the rates before the cues, both in windows of the same length. What these
answers teach is the value of the cue after a few rewards, after many, and after as many omissions.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.prediction import EARLY, TRIALS, learn, schedule
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

EXPERIMENT = "reward_omission"
ERRORS = {"omission": -0.5, "smaller": -0.25, "reward": 0.5}
"""Outcome -> error of prediction, as the experiment's currents encode it."""
NUCLEI = ("lhb", "rmtg", "vta_da", "drn_5ht")
CUE = 0.6
"""Time (s) from a cue to its outcome."""
AFTER, BEFORE = (0.0, 0.2), (-0.2, 0.0)
READ_AT = {"value_early": EARLY, "value_learnt": TRIALS, "value_kept": 2 * TRIALS}
"""Measure -> trials after which the value of the cue is read; the first `TRIALS` have a reward, the others none."""

Floats = NDArray[np.float64]


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each condition, seed, nucleus and outcome, and for the values that the answers teach."""
    run = runs[EXPERIMENT]
    seeds = {name: run.finished(name) for name in run.conditions}
    recordings = {name: [run.recording(name, seed) for seed in own] for name, own in seeds.items()}
    answered = [
        found
        for name, own in seeds.items()
        for seed, recording in zip(own, recordings[name], strict=True)
        for found in _rows(run, name, seed, recording)
    ]
    return [*answered, *taught(learnt(run, recordings), seeds)]


def taught(values: Mapping[str, Floats], seeds: Mapping[str, Sequence[int]]) -> list[Row]:
    """Rows of the value of the cue, read after some trials of the learner's schedule.

    >>> values = np.linspace(0, 0.8, 81)[None]
    >>> [(measure, value) for _, _, _, measure, value, _ in taught({"control": values}, {"control": [1]})]
    [('value_early', 0.05), ('value_learnt', 0.4), ('value_kept', 0.8)]
    """
    return [
        row(name, seed, measure, own[trial], "1", "vta_da")
        for name, group in values.items()
        for seed, own in zip(seeds[name], group, strict=True)
        for measure, trial in READ_AT.items()
    ]


def labelled_events(run: Run, condition: str) -> dict[str, Floats]:
    """Label of a stimulus -> times (s) at which its pulses begin."""
    found: dict[str, set[float]] = {}
    for change in run.changes(condition):
        if change["parameter"] == "I_step":
            found.setdefault(change["cause"], set()).add(change["from_s"])
    return {label: np.array(sorted(times)) for label, times in found.items()}


def rates(recording: Recording, nucleus: str, times: Floats, window: tuple[float, float]) -> Floats:
    """Rate (Hz) of a nucleus's neurons in a window around each time, shape (times,)."""
    spikes = recording.spikes[nucleus]
    steps = spikes.steps * recording.dt
    first, last = (np.searchsorted(steps, times + edge - recording.dt / 2) for edge in window)
    return np.asarray((last - first) / (window[1] - window[0]) / spikes.n_neurons)


def answers(recording: Recording, nucleus: str, outcomes: Floats) -> Floats:
    """Change of rate (Hz) at each outcome from before its cue."""
    return rates(recording, nucleus, outcomes, AFTER) - rates(recording, nucleus, outcomes - CUE, BEFORE)


def around(recording: Recording, nucleus: str, times: Floats, edges: Floats, width: float) -> Floats:
    """Mean rate (Hz) in each bin of a width (s) around the times."""
    return np.array([rates(recording, nucleus, times, (edge, edge + width)).mean() for edge in edges])


def learnt(run: Run, recordings: Mapping[str, Sequence[Recording]]) -> dict[str, Floats]:
    """Values that the dopamine of each condition and seed teaches; the run's first condition says what a unit of error is."""
    first = run.conditions[0]
    healthy = [_told(run, first, run.recording(first, seed)) for seed in run.finished(first)]
    ends = [float(np.mean([told[ERRORS[label]] for told in healthy])) for label in ("omission", "reward")]
    unit = (ends[1] - ends[0]) / (ERRORS["reward"] - ERRORS["omission"])
    return {
        name: np.array([learn(_told(run, name, own), unit, schedule()) for own in group])
        for name, group in recordings.items()
    }


def _told(run: Run, condition: str, recording: Recording) -> dict[float, float]:
    """Error of prediction -> answer of the dopamine neurons."""
    found = labelled_events(run, condition)
    return {error: float(answers(recording, "vta_da", found[label]).mean()) for label, error in ERRORS.items()}


def _rows(run: Run, condition: str, seed: int, recording: Recording) -> list[Row]:
    found = labelled_events(run, condition)
    rows = []
    for nucleus in (name for name in NUCLEI if name in recording.spikes):
        before = rates(recording, nucleus, np.concatenate([found[label] for label in ERRORS]) - CUE, BEFORE)
        spread = float(before.std(ddof=1))
        for label in ERRORS:
            changes = answers(recording, nucleus, found[label])
            rows.append(row(condition, seed, f"{label}_answer", changes.mean(), "Hz", nucleus))
            rows.append(row(condition, seed, f"{label}_z", changes.mean() / spread if spread else np.nan, "1", nucleus))
    return rows


FINDING = Finding(EXPERIMENT, "Answers to reward and its omission, and what they teach", (EXPERIMENT,), measure)
