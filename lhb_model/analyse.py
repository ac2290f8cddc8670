"""Recordings and readouts -> tidy tables.

Conventions: rates and shares of a neuron without events are 0; means over events that did not happen are NaN (an empty
cell in CSV), and a population's mean of such a measure is over the neurons that have events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.bursts import ClassCriteria, MaxInterval, Rule, as_rule, bursts_and_statistics, chance_shares, class_of
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.population import THETA, Ensemble, spectrum
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording

if TYPE_CHECKING:
    import pandas as pd

NEURON_COLUMNS = (
    "condition", "seed", "nucleus", "neuron", "spikes", "rate", "class", "burst_rate", "spikes_per_burst",
    "burst_duration", "intra_burst_frequency", "inter_burst_interval", "inter_burst_frequency",
    "share_spikes_in_bursts", "chance_share_spikes_in_bursts", "bursts", "run_on_bursts", "class_3",
    "first_isi", "cv", "cv2", "lv", "lvr",
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
    "chance_share_spikes_in_bursts": "1",
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
    seed: int | str
    """Of a recording made elsewhere: the animal, slice or day."""


def neuron_rows(
    recording: Recording, label: Label, rules: Mapping[str, str], epoch: str = "analysis"
) -> list[dict[str, Any]]:
    """One row for each neuron of each nucleus, over an epoch; `rules` names each nucleus's burst rule."""
    span = recording.epochs[epoch]
    part = recording.cut(*span)
    return [
        {"condition": label.condition, "seed": label.seed, "nucleus": nucleus, "neuron": neuron, **row}
        for nucleus in part.spikes
        for neuron, row in enumerate(_nucleus(part.trains(nucleus), span, as_rule(rules[nucleus])))
    ]


def _nucleus(trains: Sequence[np.ndarray], span: tuple[float, float], rule: Rule) -> list[dict[str, Any]]:
    """What stands of each neuron; beside its share of spikes in bursts that of a Poisson train of its rate."""
    silent = _neuron(np.empty(0), span, rule)
    rows = [_neuron(train, span, rule) if train.size else dict(silent) for train in trains]
    chances = chance_shares([row["rate"] for row in rows], rule).tolist()
    return [row | {"chance_share_spikes_in_bursts": chance} for row, chance in zip(rows, chances, strict=True)]


def _neuron(train: np.ndarray, span: tuple[float, float], rule: Rule) -> dict[str, Any]:
    bursts, statistics = bursts_and_statistics(train, span, rule)
    kind = class_of(statistics, ClassCriteria(rule))
    period = statistics["inter_burst_interval"] + statistics["burst_duration"]
    return {
        **{name: statistics[name] for name in NEURON_COLUMNS if name in statistics},
        "spikes": int(statistics["spikes"]),
        "bursts": int(statistics["bursts"]),
        "run_on_bursts": int(statistics["run_on_bursts"]),
        "inter_burst_frequency": 1 / period if period > 0 else np.nan,
        "class": kind,
        "class_3": _class_of_three(bursts, statistics, span) if bursts.size and isinstance(rule, MaxInterval) else kind,
    }


def _class_of_three(bursts: np.ndarray, statistics: Mapping[str, float], span: tuple[float, float]) -> str:
    """The class when bursts must have at least three spikes: `MaxInterval` drops the others last."""
    longer = bursts[bursts["spikes"] >= 3]
    of_these = {
        "rate": statistics["rate"],
        "burst_rate": longer.size / (span[1] - span[0]),
        "share_spikes_in_bursts": float(longer["spikes"].sum()) / statistics["spikes"],
        "run_on_bursts": float(np.count_nonzero(longer["run_on"])),
    }
    return class_of(of_these, ClassCriteria())


def tables(
    recording: Recording, label: Label, rules: Mapping[str, str], readouts: Sequence[str]
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """The rows of one simulation in `neurons.csv` and in `table.csv`."""
    rows = neuron_rows(recording, label, rules)
    return neurons_table(rows), measures_table(measure_rows(recording, label, rows, readouts))


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
    part = recording.cut(start, stop)
    rows = []
    for nucleus in recording.spikes:
        own = [row for row in neurons if row["nucleus"] == nucleus]
        values = {**population_measures(own), "theta_power": theta_power(part, nucleus)}
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
    for name in ("rate", "burst_rate", "share_spikes_in_bursts", "chance_share_spikes_in_bursts"):
        values[name] = _mean([row[name] for row in neurons])
    for name in OVER_BURSTS:
        values[name] = _mean([row[name] for row in neurons if row[name] == row[name]])
    return values


def of_firing(neurons: "pd.DataFrame", table: "pd.DataFrame") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Both tables over the neurons that fired alone, as a recording shows them; theta power and readouts stay.

    >>> import pandas as pd
    >>> rows = [dict.fromkeys(NEURON_COLUMNS, 0) | {"spikes": n, "rate": float(n), "class": "tonic"} for n in (0, 3)]
    >>> table = measures_table([_row(Label(0, 0), 0, "rate", 1.5, "Hz")])
    >>> of_firing(neurons_table(rows), table)[1]["value"].tolist()
    [3.0]
    """
    keys = ["condition", "seed", "nucleus"]
    firing = neurons[neurons["spikes"] > 0].reindex(columns=list(NEURON_COLUMNS))
    means = {key: population_measures(rows.to_dict("records")) for key, rows in firing.groupby(keys)}
    nothing = population_measures([])
    values = [
        means.get(key, nothing).get(measure, value)
        for *key_parts, measure, value in table[[*keys, "measure", "value"]].itertuples(index=False)
        for key in [tuple(key_parts)]
    ]
    return firing, table.assign(value=values)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def theta_power(recording: Recording, nucleus: str) -> float:
    """Power of the population rate between 4 and 10 Hz (Hz^2), in the span that the recording covers.

    The area under `population.spectrum` within the band; NaN if the span is shorter than one of its windows. N independent
    Poisson neurons of rate r have 12 Hz * r/N, and a rate modulated by `a` Hz within the band has a**2/2 more.
    """
    return spectrum(Ensemble.of(recording.trains(nucleus), recording.observed), with_floor=False).power(THETA)
