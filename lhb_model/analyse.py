"""Recordings and readouts -> tidy tables.

Conventions: rates and shares of a neuron without events are 0; means over events that did not happen are NaN (an empty
cell in CSV), and a population's mean of such a measure is over the neurons that have events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.bursts import ClassCriteria, MaxInterval, Rule, as_rule, class_of, neuron_statistics
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording

if TYPE_CHECKING:
    import pandas as pd

THETA = (4.0, 10.0)
"""Theta band of the LHb (Hz), Yang 2018."""

POPULATION_BIN = 5e-3
SPECTRUM_WINDOW = 2.0
SLACK = 1e-6
"""Share of a bin by which rounding may put a spike before its own."""

NEURON_COLUMNS = (
    "condition", "seed", "nucleus", "neuron", "spikes", "rate", "class", "burst_rate", "spikes_per_burst",
    "burst_duration", "intra_burst_frequency", "inter_burst_interval", "inter_burst_frequency",
    "share_spikes_in_bursts", "bursts", "run_on_bursts", "class_3",
)  # fmt: skip

UNITS = {
    "rate": "Hz",
    "silent_share": "1",
    "bursting_share": "1",
    "tonic_share": "1",
    "bursting_share_3": "1",
    "burst_rate": "Hz",
    "spikes_per_burst": "1",
    "burst_duration": "s",
    "intra_burst_frequency": "Hz",
    "inter_burst_interval": "s",
    "inter_burst_frequency": "Hz",
    "share_spikes_in_bursts": "1",
    "theta_power": "Hz^2",
}
"""Measures of every nucleus and their units, in the order of the table."""

OVER_BURSTS = (
    "spikes_per_burst",
    "burst_duration",
    "intra_burst_frequency",
    "inter_burst_interval",
    "inter_burst_frequency",
)
"""Measures of a burst: NaN for a neuron without bursts, averaged over the neurons that have some."""


@dataclass(frozen=True)
class Label:
    """Which simulation a row is about."""

    condition: str
    seed: int


def neuron_rows(
    recording: Recording, label: Label, rules: Mapping[str, str], epoch: str = "analysis"
) -> list[dict[str, Any]]:
    """One row for each neuron of each nucleus, over an epoch; `rules` names each nucleus's burst rule."""
    start, stop = recording.epochs[epoch]
    part = recording.cut(start, stop)
    return [
        {
            "condition": label.condition,
            "seed": label.seed,
            "nucleus": nucleus,
            "neuron": neuron,
            **_neuron(train, (start, stop), rules[nucleus]),
        }
        for nucleus in part.spikes
        for neuron, train in enumerate(part.trains(nucleus))
    ]


def _neuron(train: np.ndarray, span: tuple[float, float], rule_name: str) -> dict[str, Any]:
    rule = as_rule(rule_name)
    statistics = neuron_statistics(train, span, rule)
    kind = class_of(statistics, ClassCriteria(rule))
    period = statistics["inter_burst_interval"] + statistics["burst_duration"]
    return {
        **{name: statistics[name] for name in NEURON_COLUMNS if name in statistics},
        "spikes": int(statistics["spikes"]),
        "bursts": int(statistics["bursts"]),
        "run_on_bursts": int(statistics["run_on_bursts"]),
        "inter_burst_frequency": 1 / period if period > 0 else np.nan,
        "class": kind,
        "class_3": _class_of_three(train, span, rule) if statistics["bursts"] else kind,
    }


def _class_of_three(train: np.ndarray, span: tuple[float, float], rule: Rule) -> str:
    """The class when bursts must have at least three spikes."""
    if not isinstance(rule, MaxInterval):
        return class_of(neuron_statistics(train, span, rule), ClassCriteria(rule))
    stricter = replace(rule, min_spikes=max(3, rule.min_spikes))
    return class_of(neuron_statistics(train, span, stricter), ClassCriteria(stricter))


def neurons_table(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Rows of neurons as a table with the columns of `neurons.csv`."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(NEURON_COLUMNS))


def measures_table(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Rows of measures as a tidy table with the columns of `table.csv`."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def measure_rows(
    recording: Recording,
    label: Label,
    neurons: Sequence[Mapping[str, Any]],
    readouts: Sequence[str],
    epoch: str = "analysis",
) -> list[dict[str, Any]]:
    """Tidy rows of one simulation: every measure of every nucleus, then the readouts."""
    start, stop = recording.epochs[epoch]
    rows = []
    for nucleus in recording.spikes:
        own = [row for row in neurons if row["nucleus"] == nucleus]
        values = {**population_measures(own), "theta_power": theta_power(recording, nucleus, start, stop)}
        rows += [_row(label, nucleus, name, values[name], unit) for name, unit in UNITS.items()]
    for name in readouts:
        readout = READOUTS[name]
        if readout.nucleus in recording.spikes:
            rows.append(_row(label, readout.nucleus, name, readout.measure(recording, start, stop), readout.unit))
    return rows


def _row(label: Label, nucleus: str, measure: str, value: float, unit: str) -> dict[str, Any]:
    return dict(zip(TABLE_COLUMNS, (label.condition, label.seed, nucleus, measure, value, unit), strict=True))


def population_measures(neurons: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Measures of one nucleus in one simulation, from the rows of its neurons.

    >>> population_measures([])["rate"]
    nan
    """
    classes = [row["class"] for row in neurons]
    values = {f"{kind}_share": _mean([c == kind for c in classes]) for kind in ("silent", "bursting", "tonic")}
    values["bursting_share_3"] = _mean([row["class_3"] == "bursting" for row in neurons])
    for name in ("rate", "burst_rate", "share_spikes_in_bursts"):
        values[name] = _mean([row[name] for row in neurons])
    for name in OVER_BURSTS:
        values[name] = _mean([row[name] for row in neurons if row[name] == row[name]])
    return values


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def population_rate(recording: Recording, nucleus: str, start: float, stop: float, bin_width: float) -> np.ndarray:
    """Spikes per neuron and second in bins from `start` to `stop` (s); shape (whole bins,)."""
    trains = recording.spikes[nucleus]
    bins = int((stop - start) / bin_width + SLACK)
    when = np.floor((trains.steps * recording.dt - start) / bin_width + SLACK).astype(int)
    counts = np.bincount(when[(when >= 0) & (when < bins)], minlength=bins)
    return counts / bin_width / max(trains.n_neurons, 1)


def theta_power(recording: Recording, nucleus: str, start: float, stop: float) -> float:
    """Power of the population rate between 4 and 10 Hz (Hz^2).

    Welch's one-sided density (Hann windows of 2 s, half overlapping, mean removed) of the rate in 5 ms bins, integrated
    over the band by the trapezoidal rule; NaN if the epoch is shorter than one window. N independent Poisson neurons of
    rate r have 12 Hz * r/N, and a rate modulated by `a` Hz at a frequency within the band has a**2/2 more.
    """
    from scipy.integrate import trapezoid

    if stop - start < SPECTRUM_WINDOW:
        return float("nan")
    frequencies, density = spectrum(population_rate(recording, nucleus, start, stop, POPULATION_BIN))
    band = (frequencies >= THETA[0]) & (frequencies <= THETA[1])
    return float(trapezoid(density[band], frequencies[band]))


def spectrum(rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (Hz) and one-sided power density (Hz^2/Hz) of a population rate in 5 ms bins."""
    from scipy.signal import welch

    frequencies, density = welch(rate, fs=1 / POPULATION_BIN, nperseg=round(SPECTRUM_WINDOW / POPULATION_BIN))
    return frequencies, density
