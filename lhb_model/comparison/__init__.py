"""Tables of measures -> differences between conditions, each with its interval and its p over seeds.

The unit is the seed (one simulated network; for recordings the animal, slice or day), never the neuron:
neurons of one network are repeated measures, and at an intraclass correlation of 0.2 a test over neurons
calls every second pair of equal conditions different.

Conventions, said once:

- `difference` is `mean_b - mean_a`, in the unit of the measure.
- `p` is the two-sided permutation p of the mean difference: the share of all equally likely rearrangements of
  the seeds whose absolute mean difference is at least the observed one. Paired, the signs of the seed
  differences are flipped; unpaired, the labels are exchanged. It is exact up to 200 000 arrangements; beyond,
  19 999 are drawn with a fixed seed and the observed one is counted among them.
- `low` and `high` bound the t interval of the mean difference: over the seed differences when paired, else
  Welch's.
- A seed whose value is NaN is left out of that measure; `n_a`, `n_b` and `note` say so.
"""

from lhb_model.comparison.effects import adjust_p
from lhb_model.comparison.factors import compare_two_factors
from lhb_model.comparison.nearest import Nearness, nearest_condition
from lhb_model.comparison.pairs import COMPARISON_COLUMNS, compare, compare_runs
from lhb_model.comparison.samples import TABLE_COLUMNS
from lhb_model.comparison.several import Several, compare_several
from lhb_model.comparison.shares import (
    class_shares,
    compare_shares,
    fisher_p,
    share_interval,
    stratified_p,
    wilson_interval,
)
from lhb_model.comparison.summary import SUMMARY_COLUMNS, summarise

__all__ = [
    "COMPARISON_COLUMNS",
    "Nearness",
    "SUMMARY_COLUMNS",
    "Several",
    "TABLE_COLUMNS",
    "adjust_p",
    "class_shares",
    "compare",
    "compare_runs",
    "compare_several",
    "compare_shares",
    "compare_two_factors",
    "fisher_p",
    "nearest_condition",
    "share_interval",
    "stratified_p",
    "summarise",
    "wilson_interval",
]
