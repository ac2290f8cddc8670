"""Which simulated condition lies nearest to a recording, measure by measure and over all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.comparison.pairs import mean
from lhb_model.comparison.samples import Samples, Values, known, samples
from lhb_model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

DISTANCE_COLUMNS = (
    "nucleus", "measure", "condition", "data", "simulated", "sd", "distance", "n_data", "n_simulated", "unit", "note",
)  # fmt: skip
RANKING_COLUMNS = ("condition", "distance", "largest", "measure", "nearest_in", "measures")

ONLY_IF_NAMED = ("theta_power", "chance_share_spikes_in_bursts")
"""Measures that change with the number of neurons alone, or follow from the rates: compared only when named."""


@dataclass(frozen=True)
class Nearness:
    """How far a recording lies from each simulated condition.

    distances : one row per nucleus, measure and simulated condition: data and simulated (means), sd (between seeds),
        distance (signed, data - simulated, in units of sd), n_data, n_simulated, unit, note. A note says why a measure
        does not count towards the ranking.
    ranking : one row per condition, nearest first: distance (root mean square over the measures that count), largest
        (the largest absolute distance), measure (where it is), nearest_in (how many measures it is the nearest in),
        measures (how many count).
    """

    distances: "pd.DataFrame"
    ranking: "pd.DataFrame"

    @property
    def nearest(self) -> str:
        """The simulated condition with the smallest root mean square distance."""
        return str(self.ranking["condition"].iloc[0])

    @property
    def text(self) -> str:
        """The answer in one line."""
        first = self.ranking.iloc[0]
        near = f"nearest to the data: {first['condition']}, {first['distance']:.2g} SD between seeds over"
        rest = [f"{row.condition} {row.distance:.2g}" for row in self.ranking.iloc[1:].itertuples()]
        others = f" (then {', '.join(rest)})" if rest else ""
        counted = f"{first['measures']} measure{'' if first['measures'] == 1 else 's'}"
        return f"{near} {counted}, farthest in {first['measure']} ({first['largest']:.2g}){others}"


def nearest_condition(
    recording_table: "pd.DataFrame",
    run_table: "pd.DataFrame",
    measures: Sequence[str] | None = None,
    condition: str | None = None,
) -> Nearness:
    """Put a recording beside a run: its distance to each simulated condition, per measure and over all.

    Parameters
    ----------
    recording_table, run_table : tidy frames with the columns condition, seed, nucleus, measure, value, unit; a
        "seed" of the recording is an animal, slice or day.
    measures : which; None takes all that both tables have, without those of `ONLY_IF_NAMED`.
    condition : of the recording; may be left out if it has one alone.

    Returns
    -------
    `Nearness`. The unit of distance is the standard deviation between seeds, pooled over the simulated conditions, so
    that a condition with much scatter is no nearer for it. A distance near 1 is what a single further seed of the same
    condition would have. A measure counts if the data and every condition have a value, and if seeds differ in it.
    Measures that say the same twice (burst rate and spikes in bursts) count twice.

    Raises
    ------
    InputError : as `compare`; also if no measure is shared or none counts, or the units differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"control": (4.0, 5.0, 6.0), "depressed": (9.0, 10.0, 11.0)}
    >>> rows = [(c, seed, "lhb", "rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> data = [("slice", "mouse 1", "lhb", "rate", 8.5, "Hz")]
    >>> answer = nearest_condition(*(pd.DataFrame(part, columns=list(TABLE_COLUMNS)) for part in (data, rows)))
    >>> print(answer.ranking[["condition", "distance"]].to_string(index=False))
    condition  distance
    depressed       1.5
      control       3.5
    """
    import pandas as pd

    data, simulated = samples(recording_table), samples(run_table)
    name = _only(data.conditions, condition)
    keys = _shared(data, simulated, measures)
    rows = [row for pair in keys for row in _rows(data, name, simulated, pair)]
    distances = pd.DataFrame(rows, columns=list(DISTANCE_COLUMNS))
    counted = distances[distances["note"] == ""]
    if counted.empty:
        raise InputError(f"no measure counts: {distances['note'].iloc[0]} ({distances['measure'].iloc[0]})")
    return Nearness(distances, _ranking(counted))


def _only(conditions: list[str], wanted: str | None) -> str:
    if wanted is not None:
        known(wanted, conditions, "condition of the recording")
        return wanted
    if len(conditions) != 1:
        raise InputError(f"the recording has several conditions ({', '.join(map(str, conditions))}): name one")
    return conditions[0]


def _shared(data: Samples, simulated: Samples, measures: Sequence[str] | None) -> list[tuple[int, int]]:
    """The places of each shared key in the data and in the simulation."""
    places = {key[:2]: place for place, key in enumerate(data.keys)}
    wanted = simulated.keys_of(measures)
    shared = [(places[simulated.keys[key][:2]], key) for key in wanted if simulated.keys[key][:2] in places]
    if measures is None:
        shared = [pair for pair in shared if simulated.keys[pair[1]][1] not in ONLY_IF_NAMED]
    if not shared:
        raise InputError("the recording and the run have no measure of one nucleus in common")
    for mine, theirs in shared:
        (nucleus, measure, unit), other = data.keys[mine], simulated.keys[theirs][2]
        if unit != other:
            raise InputError(f"{measure} of {nucleus} is in {unit} in the recording and in {other} in the run")
    return shared


def _rows(data: Samples, name: str, simulated: Samples, pair: tuple[int, int]) -> list[dict[str, Any]]:
    nucleus, measure, unit = simulated.keys[pair[1]]
    recorded = _present(data.of(pair[0], [name])[0])
    groups = [_present(row) for row in simulated.values[pair[1]]]
    scatter = _pooled_sd(groups)
    note = _why_not(recorded, groups, scatter)
    return [
        {
            **{"nucleus": nucleus, "measure": measure, "unit": unit, "condition": condition, "sd": scatter},
            **{"data": mean(recorded), "simulated": mean(group), "n_data": len(recorded), "n_simulated": len(group)},
            **{"distance": (mean(recorded) - mean(group)) / scatter if scatter else float("nan"), "note": note},
        }
        for condition, group in zip(simulated.conditions, groups, strict=True)
    ]


def _present(values: Values) -> Values:
    return values[~np.isnan(values)]


def _pooled_sd(groups: Sequence[Values]) -> float:
    """Standard deviation between seeds of one condition, over all conditions; NaN if none has two seeds."""
    degrees = sum(len(group) - 1 for group in groups if len(group) > 1)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups if len(group) > 1)
    return float(np.sqrt(squares / degrees)) if degrees else float("nan")


def _why_not(recorded: Values, groups: Sequence[Values], scatter: float) -> str:
    if not len(recorded):
        return "no value in the data"
    if not all(len(group) for group in groups):
        return "no value in some simulated condition"
    if np.isnan(scatter):
        return "one seed a condition: no scatter to measure by"
    return "" if scatter else "no scatter between seeds to measure by"


def _ranking(counted: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    sizes = counted.assign(size=counted["distance"].abs(), key=counted["nucleus"] + "." + counted["measure"])
    best = sizes.loc[sizes.groupby("key", sort=False)["size"].idxmin(), "condition"].value_counts()
    rows = []
    for condition, part in sizes.groupby("condition", sort=False):
        farthest = part.loc[part["size"].idxmax()]
        distance = float(np.sqrt((part["size"] ** 2).mean()))
        rows.append((condition, distance, farthest["size"], farthest["key"], int(best.get(condition, 0)), len(part)))
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS)).sort_values("distance", ignore_index=True)
