"""Units of a recording -> a row for each burst, and a row for each unit."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.bursts import (
    BURST,
    ClassCriteria,
    Rule,
    as_rule,
    chance_shares,
    class_of,
    find_bursts,
    neuron_statistics,
)
from lhb_model.errors import InputError
from lhb_model.population import Ensemble, Measure, population_measures
from lhb_model.units import FloatArray, Span, Units, counted

if TYPE_CHECKING:
    import pandas as pd

BURST_COLUMNS = {
    "first_spike": "first_spike",
    "last_spike": "last_spike",
    "start_s": "start",
    "end_s": "end",
    "spikes": "spikes",
    "duration_s": "duration",
    "intra_burst_frequency_hz": "intra_burst_frequency",
    "run_on": "run_on",
    "cut": "cut",
}
"""Columns of the burst table after `unit`, and the fields of a burst that they hold."""

WRITTEN = ("unit", "first_spike", "last_spike", "start_s", "end_s", "spikes")
"""Columns of the burst table in files."""

LONGEST_HEADER = 1000
MOST_UNITS = 2000

STATISTICS = {
    "rate_hz": "rate",
    "bursts": "bursts",
    "run_on_bursts": "run_on_bursts",
    "cut_bursts": "cut_bursts",
    "burst_rate_hz": "burst_rate",
    "share_spikes_in_bursts": "share_spikes_in_bursts",
    "chance_share_spikes_in_bursts": "chance_share_spikes_in_bursts",
    "share_time_in_bursts": "share_time_in_bursts",
    "spikes_per_burst": "spikes_per_burst",
    "burst_duration_s": "burst_duration",
    "intra_burst_frequency_hz": "intra_burst_frequency",
    "inter_burst_interval_s": "inter_burst_interval",
    "first_isi_s": "first_isi",
    "cv": "cv",
    "cv2": "cv2",
    "lv": "lv",
    "lvr": "lvr",
}
"""Columns of the unit table after `unit`, `spikes` and `class`, and the statistics that they hold."""

COUNTS = ("bursts", "run_on_bursts", "cut_bursts")


def burst_table(units: Units, rule: str | Rule = "lhb") -> "pd.DataFrame":
    """One row for each burst of each unit, in order; the columns stand even when there is none.

    `unit`, `first_spike`, `last_spike` (0-based, inclusive), `start_s`, `end_s`, `spikes`, then `duration_s`,
    `intra_burst_frequency_hz`, `run_on` and `cut` as in `find_bursts`.

    >>> units = Units(("a", "b"), [np.array([1.0, 1.5, 1.51]), np.array([2.0, 9.0])])
    >>> burst_table(units).iloc[:, :6].values.tolist()
    [['a', 1, 2, 1.5, 1.51, 2]]
    """
    import pandas as pd

    rule, span = as_rule(rule), units.record
    found = [find_bursts(train, rule, span) for train in units.trains]
    bursts = np.concatenate([np.empty(0, BURST), *found])
    names = pd.Series(list(units.names), dtype="str").repeat([own.size for own in found])
    columns = {column: bursts[name] for column, name in BURST_COLUMNS.items()}
    return pd.DataFrame({"unit": names.to_numpy(), **columns})


def unit_table(units: Units, rule: str | Rule = "lhb") -> "pd.DataFrame":
    """One row for each unit: `unit`, `group` if there are groups, `spikes`, `class`, and its statistics.

    `chance_share_spikes_in_bursts` is that of a Poisson train of the unit's rate (see `chance_shares`). `bursts` is
    the n of the means over bursts, which are NaN without any. Times are taken over `units.record`; `record_start_s`,
    `record_stop_s` and `record` (stated, or first to last spike) say which it was. Where no record is known, all that
    depends on one is NaN.

    >>> units = Units(("a",), [np.array([1.0, 2.0, 2.01, 5.0])], span=(0.0, 8.0))
    >>> unit_table(units)[["spikes", "class", "rate_hz", "bursts", "share_spikes_in_bursts"]].values.tolist()
    [[4, 'tonic', 0.5, 1, 0.5]]
    """
    import pandas as pd

    rule, span = as_rule(rule), units.record
    counts = [train.size for train in units.trains]
    columns: dict[str, Any] = {"unit": list(units.names)}
    if units.groups:
        columns["group"] = [units.groups[name] for name in units.names]
    columns["spikes"] = counts
    rows = [_row(train, span, rule) for train in units.trains] if span else [_unknown(rule)] * len(counts)
    columns |= {column: [row[column] for row in rows] for column in rows[0]}
    columns["chance_share_spikes_in_bursts"] = chance_shares(columns["rate_hz"], rule)
    columns["record_start_s"], columns["record_stop_s"] = span or (np.nan, np.nan)
    columns["record"] = "stated" if units.span else "first to last spike" if span else "unknown"
    return pd.DataFrame(columns)


def _row(train: FloatArray, span: Span, rule: Rule) -> dict[str, Any]:
    statistics = neuron_statistics(train, span, rule) | {"chance_share_spikes_in_bursts": np.nan}
    kind = class_of(statistics, ClassCriteria(rule))
    values = {column: statistics[name] for column, name in STATISTICS.items()}
    return {"class": kind, **values, **{name: int(values[name]) for name in COUNTS}}


def _unknown(rule: Rule) -> dict[str, Any]:
    """A record of no length has no two spikes of one unit, hence no bursts."""
    return {"class": "", **dict.fromkeys(STATISTICS, np.nan), **dict.fromkeys(COUNTS, 0)}


def report_lines(units: Units, rule: str | Rule, bursts: "pd.DataFrame", table: "pd.DataFrame") -> list[str]:
    """What to say of both tables: rule, record, classes, and the means over units with the n behind each.

    >>> units = Units(("a",), [np.array([1.0, 2.0, 2.01, 5.0])], span=(0.0, 8.0))
    >>> print("\\n".join(report_lines(units, "lhb", burst_table(units), unit_table(units))))
    rule: MaxInterval(start=0.02, end=0.1, min_ibi=0.0, min_duration=0.0, min_spikes=2)
    record: 0 s to 8 s, as stated
    units: 1 (0 silent, 1 tonic, 0 bursting), 4 spikes, 1 burst (0 run-on, 0 cut by the record)
    rate: 0.5 Hz (n = 1)
    share of spikes in bursts: 0.5 (n = 1); by chance 0.0202
    spikes per burst: 2 (n = 1)
    intra-burst frequency: 100 Hz (n = 1)
    """
    kinds = ", ".join(f"{int((table['class'] == kind).sum())} {kind}" for kind in ("silent", "tonic", "bursting"))
    flags = f"{int(bursts['run_on'].sum())} run-on, {int(bursts['cut'].sum())} cut by the record"
    numbers = f"{counted(units.n_spikes, 'spike')}, {counted(len(bursts), 'burst')}"
    fired = table[table["spikes"] > 0]
    chance = (
        f"; by chance {fired['chance_share_spikes_in_bursts'].mean():.3g}"
        if fired["chance_share_spikes_in_bursts"].notna().any()
        else ""
    )
    return [
        f"rule: {as_rule(rule)}",
        units.record_text,
        *units.notes,
        f"units: {len(table)} ({kinds}), {numbers} ({flags})",
        _mean_line("rate", table["rate_hz"], " Hz"),
        _mean_line("share of spikes in bursts", fired["share_spikes_in_bursts"]) + chance,
        _mean_line("spikes per burst", table["spikes_per_burst"]),
        _mean_line("intra-burst frequency", table["intra_burst_frequency_hz"], " Hz"),
    ]


def _mean_line(name: str, values: "pd.Series[float]", unit: str = "") -> str:
    known = values.dropna()
    return f"{name}: {known.mean():.3g}{unit} (n = {len(known)})" if len(known) else f"{name}: none (n = 0)"


def population_of(units: Units) -> dict[str, Measure]:
    """What the units do together: the measures of `population.population_measures`, over the record.

    Empty where no record is known, and for more than `MOST_UNITS`, as every pair of units is looked at.

    >>> measures = population_of(Units(("a", "b"), [np.array([1.0, 2.0]), np.array([1.001])], span=(0.0, 4.0)))
    >>> round(measures["spike_time_tiling"].value, 2), measures["spike_time_tiling"].n
    (0.75, 1)
    """
    if units.record is None or len(units.names) > MOST_UNITS:
        return {}
    return population_measures(Ensemble.of(units.trains, units.record))


def population_lines(measures: Mapping[str, Measure]) -> list[str]:
    """A line for each measure that has a value; the rate, which stands in the report, is left out."""
    return [
        f"{name.replace('_', ' ')}: {one.value:.3g}{f' {one.unit}' if one.unit != '1' else ''} (n = {one.n} {one.of})"
        for name, one in measures.items()
        if name != "population_rate" and one.value == one.value
    ]


def write_tables(units: Units, bursts: "pd.DataFrame", table: "pd.DataFrame", out: str | Path) -> list[Path]:
    """Write the bursts to `out` and the units beside it, to `<out>_units.csv`; give both paths.

    Of the bursts the columns `WRITTEN`. Tables written earlier are replaced, other files never: `InputError` naming a file
    that is something else, or that cannot be written.
    """
    out = Path(out)
    if out.is_dir():
        raise InputError("is a folder; expected the name of a file", out)
    beside = out.with_name(f"{out.stem}_units{out.suffix or '.csv'}")
    for path, columns in ((out, WRITTEN), (beside, ("unit", "spikes", "class", *STATISTICS))):
        _refuse_to_replace(path, columns, units.source)
    for path, rows in ((out, bursts[list(WRITTEN)]), (beside, table)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.to_csv(path, index=False)
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror or error})", path) from None
    return [out, beside]


def _refuse_to_replace(path: Path, columns: Collection[str], source: str) -> None:
    """`InputError` for the recording itself, and for a file that does not begin with these columns."""
    if source and path.resolve() == Path(source).resolve():
        raise InputError("would replace the recording that was read; choose another name", path)
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        header = file.readline(LONGEST_HEADER).rstrip("\n").split(",")
    if not set(columns) <= set(header):
        raise InputError("is there and is no such table as would be written; choose another name", path)
