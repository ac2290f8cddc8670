"""How often the comparisons call equal conditions different, and how often their intervals hold the truth.

Made-up networks of 40 neurons, in which no condition has any effect. A neuron's value is the sum of its network's and its
own; `ICC`, the intraclass correlation, is the network's share of the variance. Paired, half of the network's part is
shared by the conditions of a seed. All percentages are shares of made-up experiments, with the standard error of a share
near 5 % given below each table.

    python benchmarks/null_comparison.py                           print the tables
    python benchmarks/null_comparison.py --write docs/statistics.md      put them into the document

The exit code is 1 if the default test is further than chance allows from the nearest level that it can attain and outside
of 3-7 %, or an interval covers outside of 92-98 %.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import product
from math import comb, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lhb_model.comparison import class_shares, compare, compare_several, compare_shares, compare_two_factors
from lhb_model.dose_fit import fit_dose

LEVEL = 0.05
NEURONS = 40
ICCS = (0.0, 0.05, 0.2)
SEEDS = (6, 10)
BURSTING = 0.2
"""Share of neurons in the class whose shares are compared."""

DOSES = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)
DOSE_SEEDS = (3, *SEEDS)
RESAMPLES = 199
"""Fewer than by default, to save time."""

IC50, HILL, START, END = 3.0, 1.5, 0.25, 0.02
BEGIN, FINISH = "<!-- null_comparison: begin -->", "<!-- null_comparison: end -->"

Values = NDArray[np.float64]


class Two(NamedTuple):
    """One row of the table on the default test."""

    paired: bool
    seeds: int
    icc: float
    attainable: float
    positives: float
    covered: float
    over_neurons: float

    def good(self, repeats: int) -> bool:
        near = abs(self.positives - self.attainable) <= 3 * sqrt(self.attainable * (1 - self.attainable) / repeats)
        return (near or 0.03 <= self.positives <= 0.07) and 0.92 <= self.covered <= 0.98

    def line(self) -> str:
        name = "paired" if self.paired else "unpaired"
        shares = (self.attainable, self.positives, self.covered, self.over_neurons)
        return (
            f"| {name} | {self.seeds} | {self.icc:g} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |"
        )


class Other(NamedTuple):
    """One line of the table on the other tests and intervals: percentages by `ICCS`, or by seeds for the IC50."""

    name: str
    percents: list[float]
    repeats: int

    def line(self) -> str:
        cells = " | ".join(f"{100 * share:.1f}" for share in self.percents)
        return f"| {self.name} | {cells} | {self.repeats} |"


def networks(shape: tuple[int, ...], shared: bool, icc: float, generator: np.random.Generator) -> Values:
    """Values [*shape, neuron] without any effect; shape ends in condition, seed."""
    common = shape[:-2] + (1,) + shape[-1:]
    if shared:
        between = (generator.normal(size=(*common, 1)) + generator.normal(size=(*shape, 1))) / sqrt(2)
    else:
        between = generator.normal(size=(*shape, 1))
    return sqrt(icc) * between + sqrt(1 - icc) * generator.normal(size=(*shape, NEURONS))


def tidy(means: Values, shared: bool) -> pd.DataFrame:
    """means[measure, condition, seed] as a table."""
    measure, condition, seed = (index.ravel() for index in np.indices(means.shape))
    return pd.DataFrame(
        {
            "condition": np.array([f"c{i}" for i in range(means.shape[1])])[condition],
            "seed": seed if shared else seed + 1000 * condition,
            "nucleus": "lhb",
            "measure": np.char.add("m", measure.astype(str)),
            "value": means.ravel(),
            "unit": "1",
        }
    )


def attainable(n: int, paired: bool) -> float:
    """The largest attainable p that is not above the level: p come in steps of two arrangements."""
    count = 2**n if paired else comb(2 * n, n)
    return 2 * int(LEVEL * count / 2) / count


def two_conditions(repeats: int) -> Iterator[Two]:
    for paired, n, icc in product((True, False), SEEDS, ICCS):
        values = networks((repeats, 2, n), paired, icc, np.random.default_rng([n, paired, int(100 * icc)]))
        answer = compare(tidy(values.mean(axis=-1), paired))
        over_neurons = stats.ttest_ind(*values.reshape(repeats, 2, -1).swapaxes(0, 1), axis=1).pvalue
        yield Two(paired, n, icc, attainable(n, paired), *judged(answer), float((over_neurons <= LEVEL).mean()))


def judged(answer: pd.DataFrame) -> tuple[float, float]:
    """Shares of false positives, and of intervals that hold 0."""
    covered = (answer["low"] <= 0) & (answer["high"] >= 0)
    return float((answer["p"] <= LEVEL).mean()), float(covered.mean())


def other_tests(repeats: int) -> list[Other]:
    """Six seeds; networks that the conditions share for several conditions and factors, new ones for shares."""
    few = max(repeats // 4, 1)
    columns = [{**designs(icc, repeats), **shares(icc, few)} for icc in ICCS]
    return [Other(name, [column[name][0] for column in columns], columns[0][name][1]) for name in columns[0]]


Shares = dict[str, tuple[float, int]]


def designs(icc: float, repeats: int) -> Shares:
    means = networks((repeats, 4, 6), True, icc, np.random.default_rng([7, int(100 * icc)])).mean(axis=-1)
    several = compare_several(tidy(means[:, :3], True))
    any_pair = several.pairs.groupby("measure")["p_holm"].min()
    levels = {"c0": ("no", "healthy"), "c1": ("drug", "healthy"), "c2": ("no", "ill"), "c3": ("drug", "ill")}
    factors = compare_two_factors(tidy(means, True), levels)
    positives, covered = judged(factors[factors["effect"] == "drug x state"])
    return {
        "three conditions, any difference: false positives": (float((several.overall["p"] <= LEVEL).mean()), repeats),
        "three conditions, any pair after Holm: false positives": (float((any_pair <= LEVEL).mean()), repeats),
        "drug x state: false positives": (positives, repeats),
        "drug x state: 95 % interval covers": (covered, repeats),
    }


def shares(icc: float, repeats: int) -> Shares:
    """Shares of neurons beyond a threshold."""
    bursting = networks((repeats, 2, 6), False, icc, np.random.default_rng([9, int(100 * icc)])) < stats.norm.ppf(
        BURSTING
    )
    tests = pd.concat([share_test(one) for one in bursting])
    intervals = pd.concat([class_shares(neurons(one)) for one in bursting])
    intervals = intervals[intervals["class"] == "bursting"]
    positives, covered = judged(tests)
    return {
        "class share over seeds: false positives": (positives, repeats),
        "class share, Fisher over neurons: false positives": (float((tests["p_fisher"] <= LEVEL).mean()), repeats),
        "difference of shares over seeds: 95 % interval covers": (covered, repeats),
        "share over seeds: 95 % interval covers": (holding(intervals, "low", "high"), 2 * repeats),
        "share, Wilson over neurons: 95 % interval covers": (
            holding(intervals, "wilson_low", "wilson_high"),
            2 * repeats,
        ),
    }


def holding(intervals: pd.DataFrame, low: str, high: str) -> float:
    """How many intervals hold the true share."""
    return float(((intervals[low] <= BURSTING) & (intervals[high] >= BURSTING)).mean())


def neurons(bursting: NDArray[np.bool_]) -> pd.DataFrame:
    """bursting[condition, seed, neuron] as a table of neurons."""
    condition, seed, _ = (index.ravel() for index in np.indices(bursting.shape))
    kinds = np.where(bursting.ravel(), "bursting", "tonic")
    return pd.DataFrame(
        {
            "condition": np.array(["a", "b"])[condition],
            "seed": seed + 1000 * condition,
            "nucleus": "lhb",
            "class": kinds,
        }
    )


def share_test(bursting: NDArray[np.bool_]) -> pd.DataFrame:
    answer = compare_shares(neurons(bursting), "a", "b")
    return answer[answer["measure"] == "bursting_share"]


def dose_intervals(repeats: int) -> list[Other]:
    """Intervals of an IC50 that scatters by 0.2 (natural log) between seeds, beside the bootstrap's percentiles."""
    columns = [ic50_coverage(n, repeats) for n in DOSE_SEEDS]
    names = ("IC50: 95 % interval covers", "IC50, bootstrap percentiles: cover")
    return [Other(name, [column[place] for column in columns], repeats) for place, name in enumerate(names)]


def ic50_coverage(n: int, repeats: int) -> tuple[float, float]:
    generator, doses = np.random.default_rng([11, n]), {str(dose): dose for dose in DOSES}
    fits = [fit_dose(series(n, generator), doses, "share", dose_unit="1", resamples=RESAMPLES) for _ in range(repeats)]
    given = [fit for fit in fits if not fit.refusal]
    limits = [np.exp(np.quantile(fit.draws[:, 2], [LEVEL / 2, 1 - LEVEL / 2])) for fit in given]
    covered = np.mean([fit.ic50.low <= IC50 <= fit.ic50.high for fit in given])
    return float(covered), float(np.mean([low <= IC50 <= high for low, high in limits]))


def series(n: int, generator: np.random.Generator) -> pd.DataFrame:
    """A dose series of n seeds."""
    half = IC50 * np.exp(generator.normal(scale=0.2, size=n))
    start = START + generator.normal(scale=0.02, size=n)
    rows = [
        (str(dose), seed, "lhb", "share", END + (start[seed] - END) / (1 + (dose / half[seed]) ** HILL), "1")
        for dose in DOSES
        for seed in range(n)
    ]
    table = pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "measure", "value", "unit"])
    return table.assign(value=table["value"] + generator.normal(scale=0.01, size=len(table)))


def two_table(rows: list[Two], repeats: int) -> list[str]:
    return [
        "| design | seeds of each | ICC | nearest attainable (%) | false positives (%) | 95 % interval covers (%) "
        "| t-test over neurons (%) |",
        "|---|---|---|---|---|---|---|",
        *(row.line() for row in rows),
        "",
        f"{repeats} experiments a row, p <= {LEVEL:g}; standard error {standard_error(repeats)}.",
    ]


def other_table(rows: list[Other], columns: list[str]) -> list[str]:
    heads = ["percentage of experiments", *columns, "experiments"]
    return [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(row.line() for row in rows)]


def standard_error(repeats: int) -> str:
    return f"{100 * sqrt(LEVEL * (1 - LEVEL) / repeats):.1f} %"


def write(path: Path, lines: list[str]) -> None:
    """Put the lines between the markers of a document."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, marker, after = rest.partition(FINISH)
    if not marker:
        sys.exit(f"{path} has no {BEGIN} and {FINISH}")
    path.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{FINISH}{after}"]), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=4000, help="Experiments for each row.  [default: 4000]")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="Put the tables between the markers of this document."
    )
    given = parser.parse_args()
    two = list(two_conditions(given.repeats))
    lines = [
        *two_table(two, given.repeats),
        "",
        *other_table(other_tests(given.repeats // 2), [f"ICC {icc:g}" for icc in ICCS]),
        "",
        *other_table(dose_intervals(max(given.repeats // 10, 1)), [f"{n} seeds" for n in DOSE_SEEDS]),
    ]
    print("\n".join(lines))
    if given.write:
        write(given.write, lines)
    return int(not all(row.good(given.repeats) for row in two))


if __name__ == "__main__":
    sys.exit(main())
