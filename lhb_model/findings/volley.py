"""What a synchronous volley of the LHb, or of one of its inputs, does: pauses, excitations and latencies.

Pauses and excitations are as in `lhb_model.peri_event`, neuron by neuron. The onset of the pause is that of all pausing neurons'
spikes together: a neuron that fires once a second has its last spike long before the inhibition comes. Latencies of
potentials are of the first seed, whose traces are kept. `left` is the rate from 10 to 110 ms after a volley over that before it.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.peri_event import BASELINE, deflection, excited, pause, peri_event_rate, peri_event_times
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

EXPERIMENT = "volley"
AT_ONCE = 0.01
"""Within which (s) a neuron's spike belongs to the volley."""
LATE = (0.01, 0.11)
INPUT = (0.004, 0.044)
"""When (s) after a volley of an input the LHb's rate is taken."""

Trains = Sequence[np.ndarray]


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows for each condition and seed."""
    run = runs[EXPERIMENT]
    return [found for name in run.conditions for seed in run.finished(name) for found in _rows(run, name, seed)]


def _rows(run: Run, condition: str, seed: int) -> Iterator[Row]:
    recording, pulses = run.recording(condition, seed), run.pulses(condition)
    for source, events in pulses.items():
        found = _after_lhb(recording, events) if source == "lhb" else _after_input(recording, source, events)
        yield from (row(condition, seed, name, value, unit, nucleus) for nucleus, name, value, unit in found)


def _after_lhb(recording: Recording, events: np.ndarray) -> Iterator[tuple[str, str, float, str]]:
    trains = {name: recording.trains(name) for name in recording.spikes}
    fired = [len(trial) for train in trains["lhb"] for trial in peri_event_times(train, events, (0.0, AT_ONCE))]
    yield "lhb", "volley_share", float(np.mean(np.array(fired) > 0)), "1"
    yield "vta_gaba", "excited_share", float(np.mean([excited(train, events) for train in trains["vta_gaba"]])), "1"
    yield from _pauses("vta_da", trains["vta_da"], events)
    yield "drn_5ht", "left", _relative_rate(trains["drn_5ht"], events, LATE), "1"
    yield from _potential(recording, "drn_5ht", "ipsp", events)


def _pauses(nucleus: str, trains: Trains, events: np.ndarray) -> Iterator[tuple[str, str, float, str]]:
    """Share of the neurons that pause, the onset of those together, and their mean duration."""
    pauses = [pause(train, events) for train in trains]
    pausing = [train for train, own in zip(trains, pauses, strict=True) if own.found]
    durations = [own.duration for own in pauses if own.found]
    yield nucleus, "pausing_share", len(pausing) / len(trains), "1"
    yield nucleus, "pause_onset", pause(np.concatenate([np.empty(0), *pausing]), events).onset, "s"
    yield nucleus, "pause_duration", float(np.mean(durations)) if durations else np.nan, "s"


def _after_input(recording: Recording, source: str, events: np.ndarray) -> Iterator[tuple[str, str, float, str]]:
    yield "lhb", f"rate_after_{source}", _relative_rate(recording.trains("lhb"), events, INPUT), "1"
    if source == "epn":
        yield from _potential(recording, "lhb", "epsp", events)


def _relative_rate(trains: Trains, events: np.ndarray, window: tuple[float, float]) -> float:
    """Rate in a window after events over that before them; NaN without spikes before."""
    before = float(peri_event_rate(trains, events, (-BASELINE, 0.0), BASELINE)[1][0])
    after = float(peri_event_rate(trains, events, window, window[1] - window[0])[1][0])
    return after / before if before else np.nan


def _potential(
    recording: Recording, nucleus: str, name: str, events: np.ndarray
) -> Iterator[tuple[str, str, float, str]]:
    """Onset and size of a postsynaptic potential, where traces are kept."""
    for trace in recording.traces:
        if trace.nucleus == nucleus:
            onset, size = deflection(trace.times, trace.values, events)
            yield nucleus, f"{name}_onset", onset, "s"
            yield nucleus, f"{name}_size", size, "V"


FINDING = Finding("volley", "What a synchronous volley does", (EXPERIMENT,), measure)
