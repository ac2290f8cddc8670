"""A tidy table -> its values by key, condition and seed, checked at the door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import unknown

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.floating[Any]]

TABLE_COLUMNS = ("condition", "seed", "nucleus", "measure", "value", "unit")

FEWEST_SHARED_SEEDS = 3


@dataclass(frozen=True)
class Samples:
    """One value per key, condition and seed, NaN where there is none.

    keys : nucleus, measure and unit; conditions : names; both in order of appearance.
    seeds : how many seeds each condition was run with, whatever they gave.
    values : [key, condition, seed].
    """

    keys: list[tuple[str, str, str]]
    conditions: list[str]
    seeds: list[int]
    values: Values

    def of(self, key: int, names: Sequence[str]) -> Values:
        """The values of some conditions, [condition, seed]."""
        return self.values[key, [self.conditions.index(name) for name in names]]

    def seeds_of(self, names: Sequence[str]) -> list[int]:
        """How many seeds some conditions were run with."""
        return [self.seeds[self.conditions.index(name)] for name in names]

    def keys_of(self, measures: Sequence[str] | None) -> list[int]:
        """The places of the keys that hold one of the measures (None: all); InputError for an unknown one."""
        for name in measures or ():
            known(name, (measure for _, measure, _ in self.keys), "measure")
        return [key for key, (_, measure, _) in enumerate(self.keys) if measures is None or measure in measures]


def samples(table: "pd.DataFrame") -> Samples:
    """The samples of a tidy table; InputError as in `checked`."""
    import pandas as pd

    table = checked(table)
    condition, conditions = pd.factorize(table["condition"])
    seed, seeds = pd.factorize(table["seed"])
    key = table.groupby(["nucleus", "measure"], sort=False, observed=True).ngroup().to_numpy()
    keys = table[["nucleus", "measure", "unit"]].drop_duplicates(["nucleus", "measure"])
    values = np.full((len(keys), len(conditions), len(seeds)), np.nan)
    values[key, condition, seed] = table["value"]
    run_with = table.groupby("condition", sort=False, observed=True)["seed"].nunique()
    labels = list(keys.itertuples(index=False, name=None))
    return Samples(labels, list(conditions), run_with.tolist(), values)


def checked(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with float values; InputError when it is not one tidy row per seed and measure.

    That of a sweep, which has a column `point`, is averaged over its points: the seed remains the unit.
    """
    require(table, TABLE_COLUMNS)
    labels = ["condition", "seed", "nucleus", "measure"]
    if "point" in table:
        table = table.groupby([*labels, "unit"], sort=False, observed=True, as_index=False)["value"].mean()
    for column in labels:
        if table[column].isna().any():
            raise InputError(f"the table has rows without a {column}")
    _refuse_first(table, table.duplicated(labels), "stands twice in the table")
    try:
        table = table.assign(value=table["value"].astype(float))
    except (TypeError, ValueError) as error:
        raise InputError(f"the table's values must be numbers: {error}") from error
    _refuse_first(table, np.isinf(table["value"]), "is infinite")
    units = table.drop_duplicates(["nucleus", "measure", "unit"])
    _refuse_first(units, units.duplicated(["nucleus", "measure"]), "stands in two units in the table")
    return table


def require(table: "pd.DataFrame", columns: Sequence[str]) -> None:
    """InputError when the table lacks one of the columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"the table has no column '{missing[0]}'; wanted {', '.join(columns)}")


def _refuse_first(table: "pd.DataFrame", bad: "pd.Series[bool]", complaint: str) -> None:
    if bad.any():
        row = table[bad].iloc[0]
        place = f"condition {row['condition']}, seed {row['seed']}"
        raise InputError(f"{row['measure']} of {row['nucleus']} ({place}) {complaint}")


def labelled(run: str, table: "pd.DataFrame") -> "pd.DataFrame":
    """The table of a run with its conditions called "run:condition"."""
    table = checked(table)
    return table.assign(condition=run + ":" + table["condition"].astype(str))


def known(name: str, names: Iterable[str], kind: str) -> None:
    """InputError with near names for a name that is none of `names`."""
    names = list(names)
    if name not in names:
        raise InputError(unknown(kind, name, names))


def check_confidence(confidence: float) -> None:
    """InputError for a confidence that is no share, such as 95."""
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, {confidence:g} given")


def usable(values: Values) -> tuple[bool, list[Values]]:
    """Whether the seeds of values[condition, seed] are paired, and the values of each condition that count.

    They are when every condition has a value for the same seeds, or all of them for at least three of the same.
    """
    has = ~np.isnan(values)
    common = has.all(axis=0)
    all_shared = bool(common.any() and (has == common).all())
    if all_shared or common.sum() >= FEWEST_SHARED_SEEDS:
        return True, [row[common] for row in values]
    return False, [row[present] for row, present in zip(values, has, strict=True)]


def missing_notes(names: Sequence[str], values: Values, seeds: Sequence[int]) -> list[str]:
    """What to say about the seeds of values[condition, seed] that gave no value."""
    absent = [run_with - int((~np.isnan(row)).sum()) for row, run_with in zip(values, seeds, strict=True)]
    return [
        f"no value in {count} of {run_with} seeds of {name}"
        for count, run_with, name in zip(absent, seeds, names, strict=True)
        if count
    ]


def pairing_notes(paired: bool, values: Values) -> list[str]:
    """What to say when only some of the seeds of values[condition, seed] are shared."""
    has = ~np.isnan(values)
    shared, counts = int(has.all(axis=0).sum()), has.sum(axis=1).tolist()
    listed = f"{', '.join(map(str, counts[:-1]))} and {counts[-1]}"
    if paired and shared < max(counts):
        return [f"paired on the {shared} shared seeds of {listed}"]
    if shared and not paired:
        return [f"unpaired: only {shared} shared seed{'s' if shared > 1 else ''} of {listed}"]
    return []
