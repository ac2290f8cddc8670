"""How far the burst rules agree, burst for burst, with published code on public recordings.

The folder given holds data/*.npz (trains of spike times) and reference/*.json.gz (bursts of every unit); it
is no part of this project. A unit agrees if all its bursts have the same first and last spike. Rows:

- MaxInterval and Poisson surprise: the published R code without its defects. All must agree.
- mea: the meaRtools rule against the R code as published. All must agree.
- LogISI, CMA: papers that leave room; rule and answers take the reading of Cotterill et al. (2016). All must.
- LogISI, 5 bins: the same answers against the histogram smoothed as in Pasquale et al. (2010). They differ.

Below them: the burst table and the statistics that the authors of meaRtools printed of meartools_S, to their three
decimals; where a unit has no burst they print 0 for a mean that is NaN here. All must agree.

The column +1000 s counts the units whose bursts stay the same with 1000 s added to all times. The exit code
is 1 if a row that must agree does not.
"""

import argparse
import csv
import gzip
import json
import math
import operator
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhb_model.bursts import (
    CMA,
    LogISI,
    MaxInterval,
    PoissonSurprise,
    Rule,
    find_bursts,
    neuron_statistics,
    parse_rule,
)

SHIFT = 1000.0  # s

NOTES = """\
Why "LogISI, 5 bins" differs: the lowess(f = 0.05) of the answers spans 2 of fewer than 60 bins and returns
each bin as it is. Over 5 bins narrow peaks shrink and narrow valleys fill, and the limit on intervals moves:
                 limit moves up / down   valley filled: 100 ms   no peak left: no bursts   new peak or valley
    hipsc_tc151                  0 / 1                       1                         0                    0
    hipsc_tc262                  1 / 1                       0                         3                    0
    meartools_S                 74 / 13                     23                         1                   10
    rgc_P11                      1 / 1                       0                         0                    0
    rgc_P9                       9 / 1                       0                         0                    1
    sim_reg                      5 / 0                       1                         2                    3
    sim_non: no interval below 124 ms, hence no peak below 100 ms and no bursts either way.
Limits can move far: in rgc_P9 the median of the units that differ goes from 0.42 s to 1.12 s, and one from
1 s on counts as none (100 ms)."""


class Row(NamedTuple):
    """A rule, the reference answers it is held against, and whether all must agree."""

    title: str
    rule: Rule
    source: str
    reference: str
    must_agree: bool = True


ROWS = (
    Row("lhb", parse_rule("lhb"), "indep", "clean_MI_lhb_20_100_n2"),
    Row("lhb, 3 spikes", MaxInterval(0.02, 0.1, min_spikes=3), "indep", "clean_MI_lhb_20_100_n3"),
    Row("dopamine", parse_rule("dopamine"), "indep", "clean_MI_da_80_160_n2"),
    Row("dopamine, 3 spikes", MaxInterval(0.08, 0.16, min_spikes=3), "indep", "clean_MI_da_80_160_n3"),
    Row("neuroexplorer", parse_rule("neuroexplorer"), "indep", "clean_MI_cotterill2016"),
    Row(
        "20/50/100/5 ms, 3",
        MaxInterval(0.02, 0.05, 0.1, 0.005, 3),
        "indep",
        "clean_MI_merge_20_50_ibi100_d5_n3",
    ),
    Row("mea", parse_rule("mea"), "R", "MI_meartools"),
    Row("Poisson, S > 4.6", PoissonSurprise(-math.log(0.01)), "indep", "clean_PS_ln0.01"),
    Row("Poisson, S > 5", PoissonSurprise(5), "indep", "clean_PS_5"),
    Row("Poisson, S > 10", PoissonSurprise(10), "indep", "clean_PS_10"),
    Row("LogISI", LogISI(), "indep", "clean_logISI_100"),
    Row("CMA", CMA(), "indep", "clean_CMA_core_nomerge"),
    Row("LogISI, 5 bins", LogISI(smoothing=5), "indep", "clean_logISI_100", must_agree=False),
)


AUTHORS, PRINTED = "meartools_S", 0.5e-3 + 1e-9
STATISTICS = {
    "spikes": ("spikes", 1),
    "mean_freq": ("rate", 1),
    "nbursts": ("bursts", 1),
    "bursts_per_sec": ("burst_rate", 1),
    "mean_dur": ("burst_duration", 1),
    "mean_spikes": ("spikes_per_burst", 1),
    "per_spikes_in_burst": ("share_spikes_in_bursts", 100),
    "mean_ibis": ("inter_burst_interval", 1),
}
"""Columns of the authors' statistics, and what they are here, times a factor."""


class Unit(NamedTuple):
    """One recorded unit: spike times (s) and its reference answers."""

    times: NDArray[np.float64]
    answers: dict[str, Any]

    def bursts(self, row: Row) -> list[list[int]]:
        answer = self.answers[row.source][row.reference]
        found: list[list[int]] = answer["bursts"] if row.source == "R" else answer
        return found


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 0 if all agree that must."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=NOTES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="reference data: a folder with data/ and reference/")
    folder = parser.parse_args(arguments).folder
    datasets = dict(read(folder))
    if not datasets:
        parser.error(f"no data/*.npz in {folder}")
    print_line("units that agree", [short(name) for name in datasets], "all", "+1000 s", "time")
    agree = [*(print_row(row, datasets) for row in ROWS), *print_authors(folder)]
    print(f"\n{NOTES}")
    return int(not all(agree))


def read(folder: Path) -> Iterator[tuple[str, list[Unit]]]:
    """Each data set's name and units."""
    for path in sorted(folder.glob("data/*.npz")):
        with gzip.open(folder / "reference" / f"{path.stem}.json.gz", "rt") as file:
            answers = json.load(file)["units"]
        with np.load(path) as data:
            trains = np.split(data["times_s"], np.cumsum(data["counts"])[:-1])
            names = [str(name) for name in data["names"]]
        yield path.stem, [Unit(train, answers[name]) for name, train in zip(names, trains, strict=True)]


def print_row(row: Row, datasets: dict[str, list[Unit]]) -> bool:
    """One rule's line of the table; False if it must agree and does not."""
    started = time.perf_counter()
    found = {name: [spans(unit.times, row) for unit in units] for name, units in datasets.items()}
    seconds = time.perf_counter() - started
    agree, unchanged, every = {}, 0, 0
    for name, units in datasets.items():
        agree[name] = sum(map(operator.eq, found[name], (unit.bursts(row) for unit in units)))
        unchanged += sum(map(operator.eq, found[name], (spans(unit.times + SHIFT, row) for unit in units)))
        every += len(units)
    cells = [f"{agree[name]}/{len(units)}" for name, units in datasets.items()]
    total = sum(agree.values())
    print_line(row.title, cells, f"{total}/{every}", f"{unchanged}/{every}", f"{seconds:.2f} s")
    return total == every or not row.must_agree


def print_authors(folder: Path) -> Iterator[bool]:
    """Agreement with the tables that the authors of meaRtools printed, if they are in the folder."""
    if not (folder / "data" / f"{AUTHORS}.npz").is_file():
        return
    with np.load(folder / "data" / f"{AUTHORS}.npz") as data:
        trains = dict(
            zip(data["names"].tolist(), np.split(data["times_s"], np.cumsum(data["counts"])[:-1]), strict=True)
        )
        span = json.loads(str(data["meta"]))["rec_time"]
    printed: dict[str, list[list[int]]] = {name: [] for name in trains}
    for burst in table(folder, "allb"):
        printed[burst["unit"]].append([int(burst["beg"]) - 1, int(burst["end"]) - 1])
    mea = next(row for row in ROWS if row.title == "mea")
    equal = sum(spans(times, mea) == printed[name] for name, times in trains.items())
    print(f"\n{AUTHORS}: burst tables of {equal}/{len(trains)} units are those that its authors printed")
    yield equal == len(trains)
    own = {name: neuron_statistics(times, span, mea.rule) for name, times in trains.items()}
    for theirs, (ours, factor) in STATISTICS.items():
        wanted = np.array([float(row[theirs].replace("NA", "nan")) for row in table(folder, "bs")])
        found = factor * np.array([own[row["channels"]][ours] for row in table(folder, "bs")])
        same = np.abs(np.nan_to_num(found) - np.nan_to_num(wanted)) <= PRINTED
        print(f"{AUTHORS}: {theirs} of {same.sum()}/{same.size} units is {ours}")
        yield bool(same.all())


def table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of a table of the authors."""
    with (folder / "reference" / f"{AUTHORS}_{name}.csv").open(newline="") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def spans(times: NDArray[np.float64], row: Row) -> list[list[int]]:
    """First and last spike of each burst that the row's rule finds."""
    bursts = find_bursts(times, row.rule)
    return list(map(list, zip(bursts["first_spike"].tolist(), bursts["last_spike"].tolist(), strict=True)))


def short(name: str) -> str:
    """The first two words of a data set's name."""
    return "_".join(name.split("_")[:2])


def print_line(title: str, cells: list[str], *totals: str) -> None:
    """One line of the table."""
    print(f"{title:20}" + "".join(f"{cell:>12}" for cell in cells) + "".join(f"{cell:>10}" for cell in totals))


if __name__ == "__main__":
    sys.exit(main())
