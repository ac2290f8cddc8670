"""Comparisons against truths by hand or closed form, against scipy and R, and against simulated null data."""

import doctest
import json
from itertools import combinations, permutations, product, takewhile
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lhb_model.comparison import (
    COMPARISON_COLUMNS,
    SUMMARY_COLUMNS,
    adjust_p,
    class_shares,
    compare,
    compare_runs,
    compare_several,
    compare_shares,
    compare_two_factors,
    fisher_p,
    nearest_condition,
    share_interval,
    stratified_p,
    summarise,
    wilson_interval,
)
from lhb_model.errors import InputError

R_STATS = Path(__file__).parents[2] / "shared" / "bursts" / "reference" / "R_stats.json"

DECIMALS = st.integers(-40, 40).map(lambda tenths: tenths / 10)


def tidy(values: dict[str, Any], seeds: dict[str, Any] | None = None, measure: str = "rate") -> pd.DataFrame:
    """One measure of the LHb in each condition; seeds count from 0 unless given."""
    rows = [
        (condition, seed, "lhb", measure, value, "Hz")
        for condition, column in values.items()
        for seed, value in zip((seeds or {}).get(condition, range(len(column))), column, strict=True)
    ]
    return pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "measure", "value", "unit"])


def many(values: np.ndarray, conditions: tuple[str, ...] = ("a", "b"), first_seed: Any = None) -> pd.DataFrame:
    """values[measure, condition, seed] as a table; `first_seed` per condition (else 0: all shared)."""
    measure, condition, seed = np.indices(values.shape)
    offset = np.zeros(len(conditions), dtype=int) if first_seed is None else np.asarray(first_seed)
    return pd.DataFrame(
        {
            "condition": np.array(conditions)[condition.ravel()],
            "seed": seed.ravel() + offset[condition.ravel()],
            "nucleus": "lhb",
            "measure": np.char.add("m", measure.ravel().astype(str)),
            "value": values.ravel(),
            "unit": "1",
        }
    )


def only(comparison: pd.DataFrame) -> pd.Series:
    assert len(comparison) == 1
    return comparison.iloc[0]


def separate(n_a: int, n_b: int) -> dict[str, range]:
    return {"a": range(n_a), "b": range(100, 100 + n_b)}


def r_stats() -> dict[str, Any]:
    if not R_STATS.exists():
        pytest.skip(f"reference values of R are not beside the project ({R_STATS.name})")
    reference: dict[str, Any] = json.loads(R_STATS.read_text())
    return reference


# Shape of the answer


def test_columns_come_in_the_stated_order() -> None:
    table = tidy({"a": [1.0, 2.0], "b": [3.0, 5.0]})
    extra = ["unit", "hedges_g", "cliffs_delta"]
    assert list(compare(table).columns) == [*COMPARISON_COLUMNS, *extra, "p_bh", "note"]
    assert list(compare(table, measures=["rate"]).columns) == [*COMPARISON_COLUMNS, *extra, "p_holm", "note"]
    assert list(summarise(table).columns) == list(SUMMARY_COLUMNS)


def test_every_pair_once_in_order_of_appearance() -> None:
    table = tidy({"healthy": [1.0, 2.0], "depressed": [3.0, 5.0], "ketamine": [1.0, 4.0]})
    comparison = compare(table)
    pairs = list(zip(comparison["a"], comparison["b"], strict=True))
    assert pairs == [("healthy", "depressed"), ("healthy", "ketamine"), ("depressed", "ketamine")]
    assert comparison["difference"].tolist() == [2.5, 1.0, -1.5]


def test_one_condition_given_meets_every_other() -> None:
    table = tidy({"healthy": [1.0, 2.0], "depressed": [3.0, 5.0], "ketamine": [1.0, 4.0]})
    assert compare(table, a="depressed")["b"].tolist() == ["healthy", "ketamine"]
    assert compare(table, b="depressed")["a"].tolist() == ["healthy", "ketamine"]


def test_one_condition_alone_gives_no_rows_but_the_header() -> None:
    comparison = compare(tidy({"healthy": [1.0, 2.0]}))
    assert comparison.empty
    assert list(comparison.columns)[: len(COMPARISON_COLUMNS)] == list(COMPARISON_COLUMNS)


def test_nuclei_and_measures_are_kept_apart() -> None:
    rate = tidy({"a": [1.0, 2.0], "b": [3.0, 5.0]})
    share = tidy({"a": [0.1, 0.2], "b": [0.2, 0.4]}, measure="bursting_share").assign(unit="1")
    table = pd.concat([rate, share, rate.assign(nucleus="rmtg", value=rate["value"] * 10)])
    comparison = compare(table)
    assert comparison["nucleus"].tolist() == ["lhb", "lhb", "rmtg"]
    assert comparison["difference"].tolist() == pytest.approx([2.5, 0.15, 25.0])
    assert comparison["unit"].tolist() == ["Hz", "1", "Hz"]
    assert compare(table, measures=["bursting_share"])["measure"].tolist() == ["bursting_share"]


# p by hand


def test_six_positive_pairs_give_two_in_sixty_four() -> None:
    row = only(compare(tidy({"a": [5, 6, 7, 8, 9, 10], "b": [6, 8, 10, 12, 14, 16.5]})))
    assert row["p"] == 2 / 64
    assert (row["n_a"], row["n_b"], row["paired"], row["note"]) == (6, 6, True, "")


def test_one_small_negative_pair_gives_four_in_sixty_four() -> None:
    # Differences -1, 2, 3, 4, 5, 6 sum to 19: only flipping none, the 1, and their mirror images reach 19.
    row = only(compare(tidy({"a": [0.0] * 6, "b": [-1.0, 2, 3, 4, 5, 6]})))
    assert row["p"] == 4 / 64


@pytest.mark.parametrize(("n_a", "n_b", "p"), [(6, 6, 2 / 924), (4, 4, 2 / 70), (3, 4, 1 / 35), (4, 3, 1 / 35)])
def test_separated_groups_give_the_smallest_share_of_labellings(n_a: int, n_b: int, p: float) -> None:
    # The last value is far out, so that only one labelling is extreme where the groups differ in size.
    values = {"a": np.arange(float(n_a)), "b": 100 + np.arange(float(n_b))}
    values["a" if n_a < n_b else "b"] = values["a" if n_a < n_b else "b"] * 1000.0 + 10_000
    row = only(compare(tidy(values, separate(n_a, n_b))))
    assert row["p"] == pytest.approx(p, rel=1e-12)
    assert not row["paired"]


def test_ties_of_decimal_sums_count() -> None:
    # 0.1 + 0.3 - 0.4 + 0.4 - 0.1 - 0.3 = 0: every arrangement is at least as extreme; plain floats lose some.
    differences = [0.1, 0.3, -0.4, 0.4, -0.1, -0.3]
    assert only(compare(tidy({"a": [0.0] * 6, "b": differences})))["p"] == 1.0


@pytest.mark.parametrize("shared", [True, False])
def test_p_agrees_with_scipy(shared: bool) -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(20, 2, 5)) + np.array([0.0, 0.7])[:, np.newaxis]
    comparison = compare(many(values, first_seed=[0, 0 if shared else 50]))
    assert comparison["paired"].eq(shared).all()
    for (a, b), p in zip(values, comparison["p"], strict=True):
        reference = stats.permutation_test(
            (b - a,) if shared else (a, b),
            (lambda d, axis: np.abs(d.mean(axis=axis)))
            if shared
            else (lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis))),
            permutation_type="samples" if shared else "independent",
            alternative="greater",
        )
        assert p == pytest.approx(reference.pvalue, abs=1e-12)


def test_random_arrangements_agree_with_the_t_test_of_many_seeds() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.normal(size=(2, 60)) + np.array([[0.0], [0.35]])
    unpaired = only(compare(tidy({"a": a, "b": b}, separate(60, 60))))
    paired = only(compare(tidy({"a": a, "b": b})))
    assert unpaired["p"] == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.01)
    assert paired["p"] == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.01)
    assert unpaired["note"] == paired["note"] == "p from 19999 random arrangements"


def test_random_arrangements_never_give_zero() -> None:
    row = only(compare(tidy({"a": np.arange(30.0), "b": np.arange(30.0) + 100}, separate(30, 30))))
    assert row["p"] == 1 / 20_000


# Intervals and effect sizes


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_intervals_agree_with_scipy(confidence: float) -> None:
    a, b = [4.1, 5.0, 6.2, 5.5, 3.9], [7.0, 6.1, 8.3, 9.9, 4.4]
    paired = only(compare(tidy({"a": a, "b": b}), confidence=confidence))
    reference = stats.ttest_rel(b, a).confidence_interval(confidence)
    assert (paired["low"], paired["high"]) == pytest.approx((reference.low, reference.high), rel=1e-12)
    unpaired = only(compare(tidy({"a": a, "b": b[:4]}, separate(5, 4)), confidence=confidence))
    reference = stats.ttest_ind(b[:4], a, equal_var=False).confidence_interval(confidence)
    assert (unpaired["low"], unpaired["high"]) == pytest.approx((reference.low, reference.high), rel=1e-12)


def test_effect_sizes_by_hand() -> None:
    # Both standard deviations are 1, the difference is 2; of 9 combinations 8 rise and 1 ties.
    row = only(compare(tidy({"a": [1.0, 2, 3], "b": [3.0, 4, 5]})))
    factor = np.sqrt(2 / np.pi) * 1.0  # Hedges' exact factor at 4 degrees: gamma(2) / (sqrt(2) gamma(3/2))
    assert row["hedges_g"] == pytest.approx(2 * factor, rel=1e-12)
    assert row["cliffs_delta"] == pytest.approx(8 / 9)


def test_no_scatter_has_no_standardised_effect() -> None:
    row = only(compare(tidy({"a": [0.1] * 6, "b": [0.3] * 6})))
    assert np.isnan(row["hedges_g"])
    assert (row["low"], row["high"]) == pytest.approx((0.2, 0.2))
    assert row["p"] == 2 / 64


# Symmetries


@settings(max_examples=60, deadline=None)
@given(
    a=arrays(float, st.integers(2, 6), elements=DECIMALS),
    b=arrays(float, st.integers(2, 6), elements=DECIMALS),
    offset=st.sampled_from([0, 2, 100]),
)
def test_swapping_flips_the_sign_and_keeps_p(a: np.ndarray, b: np.ndarray, offset: int) -> None:
    table = tidy({"a": a, "b": b}, {"a": range(len(a)), "b": range(offset, offset + len(b))})
    there, back = only(compare(table, "a", "b")), only(compare(table, "b", "a"))
    for column in ("difference", "hedges_g", "cliffs_delta"):
        assert there[column] == pytest.approx(-back[column], abs=1e-12, nan_ok=True)
    assert (there["low"], there["high"]) == pytest.approx((-back["high"], -back["low"]), abs=1e-12, nan_ok=True)
    assert there["p"] == pytest.approx(back["p"], abs=1e-12, nan_ok=True)
    assert (there["mean_a"], there["n_a"]) == pytest.approx((back["mean_b"], back["n_b"]), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(
    values=arrays(float, (1, 2, 5), elements=DECIMALS),
    scale=st.sampled_from([1e-12, 0.001, 7.0]),
    shift=st.sampled_from([0.0, 1.0, -3.3]),
    paired=st.booleans(),
)
def test_p_does_not_depend_on_unit_or_zero(values: np.ndarray, scale: float, shift: float, paired: bool) -> None:
    first_seed = [0, 0 if paired else 50]
    plain = only(compare(many(values, first_seed=first_seed)))
    moved = only(compare(many((values + shift) * scale, first_seed=first_seed)))
    assert moved["p"] == plain["p"]
    assert moved["difference"] == pytest.approx(plain["difference"] * scale, abs=1e-12 * scale)


def test_swapping_keeps_p_from_random_arrangements() -> None:
    generator = np.random.default_rng(11)
    table = tidy({"a": generator.normal(size=25), "b": generator.normal(size=31) + 0.4}, separate(25, 31))
    there, back = only(compare(table, "a", "b")), only(compare(table, "b", "a"))
    assert there["p"] == back["p"]
    assert 0.0 < there["p"] < 1.0


def test_order_of_rows_does_not_matter() -> None:
    table = tidy({"a": [4.1, 5.0, 6.2, 5.5], "b": [7.0, 4.1, 8.3, 9.9]})
    shuffled = table.sample(frac=1.0, random_state=2)
    pd.testing.assert_frame_equal(compare(table, "a", "b"), compare(shuffled, "a", "b"))


def test_identical_runs_give_no_difference() -> None:
    values = np.random.default_rng(2).normal(size=(5, 2, 6))
    comparison = compare_runs({"one": many(values), "two": many(values)})
    assert len(comparison) == 10
    for column in ("difference", "low", "high", "hedges_g", "cliffs_delta"):
        assert comparison[column].eq(0.0).all()
    assert comparison["p"].eq(1.0).all() and comparison["p_bh"].eq(1.0).all()


# Pairing and missing values


def test_partly_shared_seeds_are_paired_from_three_on() -> None:
    seeds = {"a": [1, 2, 3, 4], "b": [2, 3, 4, 9]}
    row = only(compare(tidy({"a": [100.0, 1, 2, 3], "b": [2.0, 4, 6, 100]}, seeds)))
    assert (row["paired"], row["n_a"], row["n_b"]) == (True, 3, 3)
    assert (row["mean_a"], row["mean_b"], row["difference"], row["p"]) == (2.0, 4.0, 2.0, 0.25)
    assert "paired on the 3 shared seeds of 4 and 4" in row["note"]


def test_seeds_run_in_one_condition_only_are_left_out_of_pairs() -> None:
    row = only(compare(tidy({"a": [1.0, 2, 3], "b": [2.0, 4, 6, 100, 100]})))
    assert (row["paired"], row["n_a"], row["n_b"], row["mean_b"]) == (True, 3, 3, 4.0)
    assert "paired on the 3 shared seeds of 3 and 5" in row["note"]


def test_two_shared_seeds_of_more_are_not_paired() -> None:
    seeds = {"a": [1, 2, 3, 4], "b": [3, 4, 5, 6]}
    row = only(compare(tidy({"a": [1.0, 2, 3, 4], "b": [3.0, 4, 5, 6]}, seeds)))
    assert (row["paired"], row["n_a"], row["n_b"], row["difference"]) == (False, 4, 4, 2.0)
    assert row["note"] == "unpaired: only 2 shared seeds of 4 and 4"


def test_seeds_may_be_names() -> None:
    seeds = {"a": ["mouse 1", "mouse 2", "mouse 3"], "b": ["mouse 3", "mouse 1", "mouse 2"]}
    row = only(compare(tidy({"a": [1.0, 2, 3], "b": [4.0, 2, 3]}, seeds)))
    assert row["paired"] and row["low"] == row["high"] == 1.0


@pytest.mark.parametrize("absent", ["nan", "row"])
def test_a_missing_value_drops_its_seed_for_that_measure_only(absent: str) -> None:
    table = many(np.arange(20.0).reshape(2, 2, 5))
    gap = (table["measure"] == "m1") & (table["condition"] == "b") & (table["seed"] == 2)
    table = table.assign(value=table["value"].mask(gap)) if absent == "nan" else table[~gap]
    whole, gapped = compare(table).iloc[0], compare(table).iloc[1]
    assert (whole["n_a"], whole["n_b"]) == (5, 5)
    assert (gapped["n_a"], gapped["n_b"], gapped["paired"]) == (4, 4, True)
    assert (gapped["mean_a"], gapped["mean_b"]) == (12.0, 17.0)
    assert "no value in 1 of 5 seeds of b" in gapped["note"]


@pytest.mark.parametrize("seeds", [{"a": [1], "b": [1]}, {"a": [1], "b": [2]}])
def test_one_seed_has_no_interval(seeds: dict[str, list[int]]) -> None:
    row = only(compare(tidy({"a": [1.0], "b": [3.0]}, seeds)))
    assert row["difference"] == 2.0
    assert row[["low", "high", "p", "hedges_g", "cliffs_delta", "p_bh"]].isna().all()
    assert row["note"] == "one seed: no interval"


def test_a_measure_without_any_value_is_a_row_of_nan() -> None:
    row = only(compare(tidy({"a": [np.nan, np.nan], "b": [3.0, 4.0]})))
    assert np.isnan(row["mean_a"]) and np.isnan(row["difference"]) and np.isnan(row["p"])
    assert (row["n_a"], row["n_b"], row["mean_b"]) == (0, 2, 3.5)
    assert row["note"] == "no value: no interval; no value in 2 of 2 seeds of a"


@pytest.mark.parametrize(
    ("n_a", "n_b", "shared", "smallest"),
    [
        (5, 5, True, "0.0625"),
        (6, 6, True, None),
        (3, 3, False, "0.1"),
        (4, 4, False, None),
        (2, 5, False, None),
    ],
)
def test_the_note_says_when_no_p_can_be_small_enough(n_a: int, n_b: int, shared: bool, smallest: str | None) -> None:
    values = {"a": np.arange(n_a), "b": np.arange(n_b) ** 2}
    note = only(compare(tidy(values, None if shared else separate(n_a, n_b))))["note"]
    expected = f"cannot reach p < 0.05: the smallest attainable p is {smallest}" if smallest else ""
    assert note.endswith(expected) and bool(note) == bool(smallest)


# Many measures


def test_holm_by_hand() -> None:
    assert adjust_p([0.01, 0.04, 0.03, np.nan, 0.005], "holm") == pytest.approx(
        [0.03, 0.06, 0.06, np.nan, 0.02], nan_ok=True
    )


def test_planned_measures_are_adjusted_for_themselves_alone() -> None:
    values = np.random.default_rng(8).normal(size=(10, 2, 6)) + np.array([0.0, 1.5])[:, np.newaxis]
    table = many(values)
    planned, whole = compare(table, measures=["m1", "m4"]), compare(table)
    assert planned["p_holm"].tolist() == adjust_p(planned["p"], "holm").tolist()
    assert planned["p_holm"].max() <= 2 * planned["p"].max()
    assert whole["p_bh"].tolist() == stats.false_discovery_control(whole["p"]).tolist()
    assert (whole["p_bh"] > whole["p"]).any()


# R's answers


@pytest.mark.parametrize(("method", "key"), [("holm", "holm"), ("bh", "BH")])
def test_adjusted_p_are_those_of_r(method: str, key: str) -> None:
    reference = r_stats()
    classic = reference["padjust_BH_classic"]
    assert adjust_p(classic["p"], method) == pytest.approx(classic[key], rel=1e-12)
    p = [measure["t_p"] for measure in reference["purkinje_paired"].values()]
    assert adjust_p(p, method) == pytest.approx(list(reference["padjust"][key].values()), rel=1e-10)


def test_paired_intervals_are_those_of_r() -> None:
    # R gives mean and t of 8 pairs, not the pairs: any 8 of that mean and scatter have the same interval.
    shape = np.array([-3.0, -2, -1, -1, 0, 1, 2, 4])
    shape /= shape.std(ddof=1)
    for measure in r_stats()["purkinje_paired"].values():
        error = measure["mean_diff"] / measure["t"]
        row = only(compare(tidy({"a": np.zeros(8), "b": measure["mean_diff"] + shape * error * np.sqrt(8)})))
        assert (row["low"], row["high"]) == pytest.approx(measure["ci"], rel=1e-9)


def test_hedges_g_of_seeds_is_that_of_r() -> None:
    # R gives difference and Cohen's d of 6 against 6 seeds, hence their pooled scatter.
    shape = np.array([-2.0, -1, 0, 0, 1, 2])
    shape /= shape.std(ddof=1)
    reference = r_stats()
    for name in ("null_icc", "effect_icc", "null_flat"):
        level = reference[name]["seed_level"]
        scatter = shape * level["diff"] / level["effects"]["cohen_d"]
        row = only(compare(tidy({"a": scatter, "b": scatter + level["diff"]}, separate(6, 6))))
        assert row["hedges_g"] == pytest.approx(level["effects"]["hedges_g_exact"], rel=1e-9)


# Error rates on data without an effect


def seed_means(n_measures: int, n_seeds: int, icc: float, generator: np.random.Generator) -> np.ndarray:
    """values[measure, condition, seed, neuron] of 40 neurons a network, without any effect of condition."""
    between = generator.normal(scale=np.sqrt(icc), size=(n_measures, 2, n_seeds, 1))
    return between + generator.normal(scale=np.sqrt(1 - icc), size=(n_measures, 2, n_seeds, 40))


@pytest.mark.parametrize("icc", [0.0, 0.2])
@pytest.mark.parametrize(("shared", "attainable"), [(True, 2 / 64), (False, 46 / 924)])
def test_false_positives_and_coverage(shared: bool, attainable: float, icc: float) -> None:
    n_measures = 2000
    neurons = seed_means(n_measures, 6, icc, np.random.default_rng([6, shared, int(10 * icc)]))
    comparison = compare(many(neurons.mean(axis=-1), first_seed=[0, 0 if shared else 50]))
    scatter = 3 * np.sqrt(attainable * (1 - attainable) / n_measures)
    assert (comparison["p"] <= 0.05).mean() == pytest.approx(attainable, abs=scatter)
    assert 0.92 < ((comparison["low"] <= 0) & (comparison["high"] >= 0)).mean() < 0.98
    pooled = stats.ttest_ind(*neurons.reshape(n_measures, 2, -1).swapaxes(0, 1), axis=1).pvalue
    assert ((pooled <= 0.05).mean() > 0.4) == (icc > 0), "the neuron-level test must fail where the seeds differ"


def test_an_interval_covers_a_true_difference_of_unequal_scatter() -> None:
    generator = np.random.default_rng(21)
    values = np.full((2000, 2, 10), np.nan)
    values[:, 0, :6] = generator.normal(scale=1.0, size=(2000, 6))
    values[:, 1, :] = 3.0 + generator.normal(scale=4.0, size=(2000, 10))
    table = many(values, first_seed=[0, 50])
    comparison = compare(table[table["value"].notna()])
    assert comparison["n_a"].eq(6).all() and comparison["n_b"].eq(10).all()
    assert 0.935 < ((comparison["low"] <= 3.0) & (comparison["high"] >= 3.0)).mean() < 0.965


# Shares of a class


def cells(counts: dict[str, list[tuple[int, int]]], first_seed: dict[str, int] | None = None) -> pd.DataFrame:
    """Neurons of the LHb: (bursting, all) for each seed of each condition."""
    rows = [
        (condition, seed + (first_seed or {}).get(condition, 0), "lhb", "bursting" if neuron < bursting else "tonic")
        for condition, seeds in counts.items()
        for seed, (bursting, every) in enumerate(seeds)
        for neuron in range(every)
    ]
    return pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "class"])


def bursting(answer: pd.DataFrame) -> pd.Series:
    return only(answer[answer["measure"] == "bursting_share"])


def test_wilson_intervals_are_those_of_r() -> None:
    for case in r_stats()["proportion_ci"]:
        assert wilson_interval(case["k"], case["n"]) == pytest.approx(case["wilson"], abs=1e-9)


@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_intervals_are_those_of_scipy(count: int, n: int, confidence: float) -> None:
    count = min(count, n)
    reference = stats.binomtest(count, n).proportion_ci(confidence, method="wilson")
    assert wilson_interval(count, n, confidence) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_of_nothing_and_of_all_ends_there() -> None:
    assert wilson_interval(0, 37)[0] == 0.0 and wilson_interval(37, 37)[1] == 1.0
    assert all(np.isnan(limit) for limit in wilson_interval(0, 0))
    with pytest.raises(InputError, match="5 of 4 given"):
        wilson_interval(5, 4)


def test_fisher_by_hand() -> None:
    assert fisher_p([[3, 0], [0, 3]]) == pytest.approx(2 / comb(6, 3))
    assert fisher_p(
        [
            [2, 0, 0],
            [0, 2, 0],
        ][:1]
        + [[0, 1, 1]]
    ) == pytest.approx(2 / comb(4, 2))
    assert fisher_p([[5, 5], [5, 5]]) == fisher_p([[4, 0], [7, 0]]) == fisher_p([[0, 0], [3, 4]]) == 1.0


def test_fisher_is_that_of_r() -> None:
    for case in r_stats()["tables"].values():
        table = np.array(case["table"])
        assert fisher_p(table) == pytest.approx(case["fisher_freeman_halton_p"], rel=1e-9)
        assert fisher_p(table[:, [0, 2]]) == pytest.approx(case["silent_vs_burst_2x2"]["fisher_p"], rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(arrays(np.int64, st.tuples(st.just(2), st.integers(2, 4)), elements=st.integers(0, 2)))
def test_fisher_counts_all_labellings(table: np.ndarray) -> None:
    kinds = np.repeat(np.arange(table.shape[1]), table.sum(axis=0))
    found: dict[tuple[int, ...], int] = {}
    for members in combinations(range(len(kinds)), int(table[0].sum())):
        row = tuple(np.bincount(kinds[list(members)], minlength=table.shape[1]))
        found[row] = found.get(row, 0) + 1
    extreme = sum(ways for ways in found.values() if ways <= found[tuple(table[0])])
    assert fisher_p(table) == pytest.approx(extreme / sum(found.values()), rel=1e-9)


@pytest.mark.timeout(20)
def test_a_large_table_is_answered_by_chi_squared() -> None:
    table = [[2000, 3000, 5000], [2100, 3050, 4850]]
    assert fisher_p(table) == pytest.approx(stats.chi2_contingency(table, correction=False)[1])


@pytest.mark.parametrize("table", [[[1, 2]], [[1.0, 2.0], [2.0, 1.0]], [[1, -2], [2, 1]], [1, 2]])
def test_counts_must_be_counts(table: Any) -> None:
    with pytest.raises(InputError, match="two rows of counts"):
        fisher_p(table)


def test_one_stratum_is_fishers_test() -> None:
    for table in ([[3, 7], [1, 9]], [[0, 5], [4, 1]], [[2, 2], [2, 2]]):
        assert stratified_p([table]) == pytest.approx(fisher_p(table), rel=1e-9)
    assert np.isnan(stratified_p([]))


def test_strata_add_their_counts_by_hand() -> None:
    # Both strata have first cells 0, 1, 2 in 1, 4, 1 of 6 ways. Sums 0 to 4: 1, 8, 18, 8, 1 of 36 ways.
    full, even, none = [[2, 0], [0, 2]], [[1, 1], [1, 1]], [[0, 2], [2, 0]]
    assert stratified_p([full, full]) == pytest.approx(2 / 36)
    assert stratified_p([full, even]) == pytest.approx(18 / 36)
    assert stratified_p([full, none]) == pytest.approx(1.0)


def test_a_seed_without_the_class_says_nothing() -> None:
    assert stratified_p([[[3, 7], [1, 9]], [[0, 10], [0, 10]]]) == pytest.approx(stratified_p([[[3, 7], [1, 9]]]))


def test_share_intervals_by_hand() -> None:
    # 8 of 20; between seeds 2 * (2**2 + 2**2) / 20**2 = 0.04, between neurons 0.4 * 0.6 / 20 = 0.012.
    row = class_shares(cells({"a": [(2, 10), (6, 10)]})).iloc[0]
    assert (row["share"], row["count"], row["neurons"], row["seeds"]) == (0.4, 8, 20, 2)
    assert row["design_effect"] == pytest.approx(0.04 / 0.012)
    assert (row["wilson_low"], row["wilson_high"]) == wilson_interval(8, 20)
    assert (row["low"], row["high"]) == pytest.approx(wilson_interval(2.4, 6, degrees=1))


def test_equal_seeds_are_as_good_as_independent_neurons() -> None:
    row = class_shares(cells({"a": [(3, 10)] * 6})).iloc[0]
    assert row["design_effect"] == 1.0
    assert (row["low"], row["high"]) == pytest.approx(wilson_interval(18, 60, degrees=5))


def test_one_seed_has_a_share_but_no_interval_over_seeds() -> None:
    row = class_shares(cells({"a": [(3, 10)]})).iloc[0]
    assert row["share"] == 0.3 and row["wilson_low"] > 0
    assert row[["low", "high", "design_effect"]].isna().all()


def test_classes_are_those_that_occur() -> None:
    shares = class_shares(cells({"a": [(2, 10), (3, 10)] * 3, "b": [(0, 10)] * 6}))
    assert shares["class"].tolist() == ["bursting", "tonic"] * 2
    assert shares["share"].tolist() == [0.25, 0.75, 0.0, 1.0]
    assert shares["low"].tolist()[2] == 0.0 and 0 < shares["high"].tolist()[2] < 0.15


def test_shares_are_compared_over_seeds_first() -> None:
    neurons = cells({"a": [(1, 10), (2, 10), (1, 10), (2, 10)], "b": [(4, 10), (5, 10), (3, 10), (7, 10)]})
    row = bursting(compare_shares(neurons, "a", "b"))
    table = tidy({"a": [0.1, 0.2, 0.1, 0.2], "b": [0.4, 0.5, 0.3, 0.7]}, measure="bursting_share").assign(unit="1")
    for column in COMPARISON_COLUMNS:
        assert row[column] == pytest.approx(only(compare(table))[column]) if column != "paired" else row[column]
    assert (row["count_a"], row["neurons_a"], row["count_b"], row["neurons_b"]) == (6, 40, 19, 40)
    assert row["p_fisher"] == pytest.approx(stats.fisher_exact([[19, 21], [6, 34]])[1])


def test_shares_keep_the_columns_of_a_comparison_in_front() -> None:
    columns = list(compare_shares(cells({"a": [(1, 9), (2, 9)], "b": [(3, 9), (4, 9)]}), "a", "b").columns)
    assert columns[: len(COMPARISON_COLUMNS)] == list(COMPARISON_COLUMNS)
    assert {"p_fisher", "p_stratified", "odds_ratio", "p_holm", "note"} <= set(columns)


def test_odds_are_those_of_r() -> None:
    for case in r_stats()["tables"].values():
        (silent_b, _, burst_b), (silent_a, _, burst_a) = case["table"]
        neurons = cells({"a": [(silent_a, silent_a + burst_a)], "b": [(silent_b, silent_b + burst_b)]})
        row, reference = bursting(compare_shares(neurons, "a", "b")), case["silent_vs_burst_2x2"]
        assert row["odds_ratio"] == pytest.approx(float(reference["fisher_cond_mle_or"]), rel=1e-4)
        limits = [float(limit) for limit in reference["fisher_ci"]]
        assert (row["odds_low"], row["odds_high"]) == pytest.approx(limits, rel=1e-3)  # R's root finder
        assert row["p_fisher"] == pytest.approx(reference["fisher_p"], rel=1e-9)


def test_duplicating_neurons_lowers_no_p_over_seeds() -> None:
    neurons = cells({"a": [(1, 10), (2, 10), (4, 10), (2, 10)], "b": [(4, 10), (5, 10), (3, 10), (7, 10)]})
    tenfold = pd.concat([neurons] * 10)
    once, more = (bursting(compare_shares(part, "a", "b")) for part in (neurons, tenfold))
    for column in ("difference", "low", "high", "p"):
        assert more[column] == pytest.approx(once[column], rel=1e-12)
    assert more["p_fisher"] < 1e-6 < once["p_fisher"]
    shares = [class_shares(part).iloc[0] for part in (neurons, tenfold)]
    assert shares[1]["low"] == pytest.approx(shares[0]["low"], rel=1e-12)
    assert shares[1]["wilson_low"] > shares[0]["wilson_low"]


def test_strata_are_the_shared_seeds() -> None:
    counts = {"a": [(1, 10), (2, 10)], "b": [(4, 10), (5, 10)]}
    row = bursting(compare_shares(cells(counts), "a", "b"))
    assert row["p_stratified"] == pytest.approx(stratified_p([[[4, 6], [1, 9]], [[5, 5], [2, 8]]]))
    assert np.isnan(bursting(compare_shares(cells(counts, {"b": 50}), "a", "b"))["p_stratified"])


def test_shares_of_unknown_things_are_refused() -> None:
    neurons = cells({"control": [(1, 10)], "drug": [(2, 10)]})
    for options, message in (
        ({"a": "contrl", "b": "drug"}, "unknown condition 'contrl'; did you mean 'control'"),
        ({"a": "control", "b": "drug", "nucleus": "lbh"}, "unknown nucleus 'lbh'; did you mean 'lhb'"),
        ({"a": "control", "b": "drug", "column": "class_3"}, "no column 'class_3'"),
    ):
        with pytest.raises(InputError, match=message):
            compare_shares(neurons, **options)


def test_intervals_of_shares_cover_where_networks_differ() -> None:
    generator = np.random.default_rng(12)
    truth, correlation = 0.3, 0.1
    a, b = (share * (1 - correlation) / correlation for share in (truth, 1 - truth))
    counts = generator.binomial(40, generator.beta(a, b, size=(200, 6)))
    shares = class_shares(cells({str(i): [(count, 40) for count in row] for i, row in enumerate(counts)}))
    shares = shares[shares["class"] == "bursting"]
    assert 0.9 < ((shares["low"] <= truth) & (truth <= shares["high"])).mean() < 0.99
    assert ((shares["wilson_low"] <= truth) & (truth <= shares["wilson_high"])).mean() < 0.75


# Several conditions


THREE = {"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 4.5], "c": [5.0, 6.5, 9.0]}


def test_one_order_in_all_seeds_is_one_in_thirty_six() -> None:
    # Two further seeds can be ordered in 6 ways each, the first relative to them in one.
    row = only(compare_several(tidy(THREE)).overall)
    assert row["p"] == pytest.approx(1 / 36)
    assert (row["lowest"], row["highest"], row["n"], row["paired"], row["conditions"]) == ("a", "c", 3, True, 3)
    assert (row["mean_lowest"], row["mean_highest"]) == pytest.approx((2.0, 20.5 / 3))


def between(groups: list[np.ndarray]) -> float:
    pooled = np.concatenate(groups).mean()
    return float(sum(len(group) * (group.mean() - pooled) ** 2 for group in groups))


@pytest.mark.parametrize("case", range(4))
def test_p_of_several_counts_all_orders_within_seeds(case: int) -> None:
    values = np.random.default_rng(case).integers(0, 5, size=(3, 3)).astype(float)  # ties included
    observed = between(list(values))
    orders = product(permutations(range(3)), repeat=3)
    sums = [between([values[list(order), range(3)][:] for order in zip(*seeds, strict=True)]) for seeds in orders]
    expected = np.mean(np.array(sums) >= observed - 1e-9)
    table = tidy(dict(zip("abc", values, strict=True)))
    assert only(compare_several(table).overall)["p"] == pytest.approx(expected)


@pytest.mark.parametrize("case", range(4))
def test_p_of_several_counts_all_labellings(case: int) -> None:
    pool = np.random.default_rng(case).integers(0, 6, size=7).astype(float)
    groups = [pool[:2], pool[2:4], pool[4:]]
    sums = [
        between([pool[list(order[:2])], pool[list(order[2:4])], pool[list(order[4:])]])
        for order in permutations(range(7))
    ]
    expected = np.mean(np.array(sums) >= between(groups) - 1e-9)
    table = tidy(dict(zip("abc", groups, strict=True)), {"a": [0, 1], "b": [10, 11], "c": [20, 21, 22]})
    row = only(compare_several(table).overall)
    assert row["p"] == pytest.approx(expected)
    assert (row["n"], row["paired"]) == (7, False)


def test_ranks_are_those_of_scipy() -> None:
    groups = list(np.random.default_rng(1).normal(size=(3, 6)))
    shared = only(compare_several(tidy(dict(zip("abc", groups, strict=True)))).overall)
    assert shared["p_ranks"] == pytest.approx(stats.friedmanchisquare(*groups).pvalue)
    seeds = {"a": range(6), "b": range(10, 16), "c": range(20, 26)}
    own = only(compare_several(tidy(dict(zip("abc", groups, strict=True)), seeds)).overall)
    assert own["p_ranks"] == pytest.approx(stats.kruskal(*groups).pvalue)


def test_many_seeds_agree_with_the_f_test() -> None:
    groups = np.random.default_rng(6).normal(size=(4, 30)) + np.array([0, 0.2, 0.3, 0.5])[:, np.newaxis]
    seeds = {name: range(100 * i, 100 * i + 30) for i, name in enumerate("abcd")}
    row = only(compare_several(tidy(dict(zip("abcd", groups, strict=True)), seeds)).overall)
    assert row["p"] == pytest.approx(stats.f_oneway(*groups).pvalue, abs=0.01)
    assert row["note"] == "p from 19999 random arrangements"


def test_equal_conditions_give_one() -> None:
    answer = compare_several(tidy(dict.fromkeys("abc", [1.0, 2.0, 0.3])))
    assert only(answer.overall)["p"] == only(answer.overall)["p_ranks"] == 1.0
    assert answer.pairs["p"].eq(1.0).all() and answer.pairs["difference"].eq(0.0).all()


def test_pairs_are_adjusted_within_each_measure() -> None:
    values = np.random.default_rng(8).normal(size=(4, 3, 8)) + np.array([0.0, 0.6, 1.5])[:, np.newaxis]
    answer = compare_several(many(values, ("a", "b", "c")))
    for _, part in answer.pairs.groupby("measure"):
        assert part["p_holm"].tolist() == adjust_p(part["p"], "holm").tolist()
    assert answer.overall["p_bh"].tolist() == stats.false_discovery_control(answer.overall["p"]).tolist()
    planned = compare_several(many(values, ("a", "b", "c")), measures=["m0", "m2"]).overall
    assert planned["p_holm"].tolist() == adjust_p(planned["p"], "holm").tolist()


def test_chosen_conditions_alone_are_compared() -> None:
    table = tidy({**THREE, "d": [50.0, 60.0, 70.0]})
    assert only(compare_several(table, ["a", "b", "c"]).overall)["highest"] == "c"
    assert len(compare_several(table, ["a", "b", "c"]).pairs) == 3
    with pytest.raises(InputError, match="at least three, 2 given"):
        compare_several(table, ["a", "b"])
    with pytest.raises(InputError, match="unknown condition 'e'"):
        compare_several(table, ["a", "b", "e"])


def test_several_say_what_is_out_of_reach() -> None:
    two = only(compare_several(tidy({name: column[:2] for name, column in THREE.items()})).overall)
    assert two["note"] == "2 seeds of 3 conditions cannot reach p < 0.05: the smallest attainable p is 0.167"
    one = only(compare_several(tidy({name: column[:1] for name, column in THREE.items()})).overall)
    assert np.isnan(one["p"]) and "one seed" in one["note"]
    six = tidy({name: np.arange(6.0) ** power for power, name in enumerate("abc")})
    assert set(compare_several(six).pairs["note"]) == {"6 pairs of seeds cannot reach p_holm < 0.05 over 3 tests"}
    gap = tidy({"a": [1.0, 2, 3, 4], "b": [2.0, np.nan, 4, 5], "c": [1.0, 5, 3, 2]})
    row = only(compare_several(gap).overall)
    assert (row["n"], row["paired"]) == (3, True)
    assert (
        "no value in 1 of 4 seeds of b" in row["note"] and "paired on the 3 shared seeds of 4, 3 and 4" in row["note"]
    )


def test_planned_tests_that_are_too_many_are_said_to_be() -> None:
    table = many(np.random.default_rng(3).normal(size=(2, 2, 6)))
    assert set(compare(table, measures=["m0", "m1"])["note"]) == {
        "6 pairs of seeds cannot reach p_holm < 0.05 over 2 tests"
    }
    assert set(compare(table, measures=["m0"])["note"]) == set(compare(table)["note"]) == {""}


def test_false_positives_of_several() -> None:
    values = np.random.default_rng(14).normal(size=(200, 3, 5))
    positives = (compare_several(many(values, ("a", "b", "c"))).overall["p"] <= 0.05).mean()
    assert 0.005 < positives < 0.1


# Two factors


LEVELS = {
    "control": ("vehicle", "healthy"), "ketamine": ("ketamine", "healthy"),
    "depressed": ("vehicle", "depressed"), "both": ("ketamine", "depressed"),
}  # fmt: skip


def factorial(cells: np.ndarray, first_seed: Any = (0, 0, 0, 0)) -> pd.DataFrame:
    """cells[condition, seed], conditions in the order of LEVELS."""
    seeds = {name: range(first, first + cells.shape[1]) for name, first in zip(LEVELS, first_seed, strict=True)}
    return tidy(dict(zip(LEVELS, cells, strict=True)), seeds)


def effects(table: pd.DataFrame, **options: Any) -> dict[str, pd.Series]:
    answer = compare_two_factors(table, options.pop("levels", LEVELS), **options)
    return {row["effect"].partition(":")[0]: row for _, row in answer.iterrows()}


def test_two_factors_by_hand() -> None:
    # Ketamine takes 1 from the healthy and 4 from the depressed, who have 5 more without it.
    seeds = np.arange(6.0)
    found = effects(factorial(np.array([10 + seeds, 9 + seeds, 15 + seeds, 11 + seeds])))
    assert found["drug x state"]["difference"] == pytest.approx(-3.0)
    assert found["drug"]["difference"] == pytest.approx(-2.5) and found["drug"]["effect"] == "drug: ketamine - vehicle"
    assert found["state"]["difference"] == pytest.approx(3.5)
    assert all(row["p"] == 2 / 64 and row["n"] == 6 and row["test"] == "sign flips" for row in found.values())


def test_interaction_within_seeds_is_a_paired_test_of_the_differences() -> None:
    values = np.random.default_rng(4).normal(size=(4, 7))
    found = effects(factorial(values))
    control, ketamine, depressed, both = values
    for effect, (a, b) in {
        "drug x state": (ketamine - control, both - depressed),
        "drug": ((control + depressed) / 2, (ketamine + both) / 2),
        "state": ((control + ketamine) / 2, (depressed + both) / 2),
    }.items():
        row = only(compare(tidy({"a": a, "b": b})))
        for column in ("difference", "low", "high", "p"):
            assert found[effect][column] == pytest.approx(row[column], abs=1e-12)


def test_drug_within_and_state_between_seeds() -> None:
    values = np.random.default_rng(5).normal(size=(4, 5))
    found = effects(factorial(values, (0, 0, 50, 50)))
    control, ketamine, depressed, both = values
    interaction = only(compare(tidy({"a": ketamine - control, "b": both - depressed}, separate(5, 5))))
    state = only(compare(tidy({"a": (ketamine + control) / 2, "b": (both + depressed) / 2}, separate(5, 5))))
    for effect, row in (("drug x state", interaction), ("state", state)):
        for column in ("difference", "low", "high", "p"):
            assert found[effect][column] == pytest.approx(row[column], abs=1e-12)
        assert (found[effect]["test"], found[effect]["n"]) == ("label exchange", 10)
    drug = np.concatenate([ketamine - control, both - depressed])
    assert found["drug"]["difference"] == pytest.approx(drug.mean())
    assert found["drug"]["p"] == pytest.approx(only(compare(tidy({"a": np.zeros(10), "b": drug})))["p"])
    assert found["drug"]["test"] == "sign flips"


def test_state_within_and_drug_between_seeds() -> None:
    values = np.random.default_rng(6).normal(size=(4, 5))
    turned = effects(factorial(values, (0, 50, 0, 50)))
    swapped = {name: levels[::-1] for name, levels in LEVELS.items()}
    straight = effects(factorial(values, (0, 50, 0, 50)), levels=swapped, factors=("state", "drug"))
    assert (turned["drug"]["test"], turned["state"]["test"]) == ("label exchange", "sign flips")
    for one, other in (("drug x state", "state x drug"), ("drug", "drug"), ("state", "state")):
        for column in ("difference", "low", "high", "p"):
            assert turned[one][column] == pytest.approx(straight[other][column], abs=1e-12)


def test_factors_without_shared_seeds_are_answered_by_welch() -> None:
    values = np.random.default_rng(7).normal(size=(4, 6)) * np.array([[1], [2], [1], [3]])
    row = effects(factorial(values, (0, 50, 100, 150)))["drug x state"]
    parts = values.var(axis=1, ddof=1) / 6
    error, degrees = np.sqrt(parts.sum()), parts.sum() ** 2 / (parts**2 / 5).sum()
    difference = values.mean(axis=1) @ [1, -1, -1, 1]
    assert row["difference"] == pytest.approx(difference)
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(difference) / error, degrees))
    assert row["high"] == pytest.approx(difference + stats.t.ppf(0.975, degrees) * error)
    assert (row["test"], row["n"]) == ("t", 24)


def test_effects_that_add_up_have_no_interaction() -> None:
    seeds = np.array([3.1, 4.7, 0.2, 8.8])
    row = effects(factorial(np.array([seeds, seeds - 1.5, seeds + 0.7, seeds + 0.7 - 1.5])))["drug x state"]
    assert row["difference"] == pytest.approx(0.0, abs=1e-12)
    assert row["p"] == 1.0


def test_factors_leave_out_seeds_that_some_condition_lacks() -> None:
    values = np.array([10.0, 9, 15, 11])[:, np.newaxis] + np.arange(5.0)
    table = factorial(values)
    gap = (table["condition"] == "both") & (table["seed"] == 4)
    row = effects(table[~gap])["drug x state"]
    assert (row["n"], row["difference"]) == (4, pytest.approx(-3.0))
    assert row["note"].endswith("paired on the 4 shared seeds of 5, 5, 5 and 4")
    assert row["note"].startswith("4 pairs of seeds cannot reach p < 0.05")


def test_factors_are_two_by_two() -> None:
    table = factorial(np.ones((4, 3)))
    three = {name: LEVELS[name] for name in list(LEVELS)[:3]}
    same = {**LEVELS, "both": ("ketamine", "healthy")}
    for levels in (three, same):
        with pytest.raises(InputError, match="four conditions, two levels of drug by two of state"):
            compare_two_factors(table, levels)
    with pytest.raises(InputError, match="unknown condition 'bth'; did you mean 'both'"):
        compare_two_factors(table, {**three, "bth": ("ketamine", "depressed")})


def test_factors_with_one_seed_have_no_interval() -> None:
    for first in ((0, 0, 0, 0), (0, 0, 50, 50), (0, 50, 100, 150)):
        for row in effects(factorial(np.array([[1.0], [2.0], [3.0], [5.0]]), first)).values():
            assert np.isnan(row["p"]) and np.isnan(row["low"]) and row["difference"] > 0
            assert "one seed" in row["note"]


# The nearest condition


CONTROL, DEPRESSED = [4.0, 5.0, 6.0], [9.0, 10.0, 11.0]


def test_distances_by_hand() -> None:
    run = tidy({"control": CONTROL, "depressed": DEPRESSED})
    answer = nearest_condition(tidy({"slice": [7.0, 9.0]}, {"slice": ["mouse 1", "mouse 2"]}), run)
    assert answer.nearest == "depressed"
    assert answer.distances["distance"].tolist() == pytest.approx([3.0, -2.0])
    assert answer.distances["sd"].tolist() == [1.0, 1.0]
    assert answer.distances["n_data"].tolist() == [2, 2]
    assert answer.ranking["condition"].tolist() == ["depressed", "control"]
    assert answer.ranking["distance"].tolist() == pytest.approx([2.0, 3.0])
    assert answer.text.startswith("nearest to the data: depressed, 2 SD between seeds over 1 measure,")


def test_distances_are_root_mean_squares_over_measures() -> None:
    run = pd.concat([tidy({"a": CONTROL, "b": DEPRESSED}, measure=name) for name in ("x", "y")])
    data = pd.concat([tidy({"d": [5.0]}, measure="x"), tidy({"d": [9.0]}, measure="y")])
    ranking = nearest_condition(data, run).ranking.set_index("condition")
    assert ranking.loc["a", "distance"] == pytest.approx(np.sqrt(16 / 2))
    assert ranking.loc["b", "distance"] == pytest.approx(np.sqrt((25 + 1) / 2))
    assert ranking["nearest_in"].tolist() == [1, 1] and ranking["measures"].tolist() == [2, 2]
    assert (ranking.loc["a", "measure"], ranking.loc["a", "largest"]) == ("lhb.y", 4.0)


def test_scatter_brings_no_condition_nearer() -> None:
    run = tidy({"wild": [-20.0, 0.0, 20.0], "steady": [5.9, 6.0, 6.1]})
    assert nearest_condition(tidy({"d": [4.0]}), run).nearest == "steady"


def test_a_measure_that_some_condition_lacks_does_not_count() -> None:
    nan = float("nan")
    run = pd.concat([tidy({"a": CONTROL, "b": DEPRESSED}), tidy({"a": [nan] * 3, "b": [1.0, 2, 3]}, measure="span")])
    data = pd.concat([tidy({"d": [6.0]}), tidy({"d": [2.0]}, measure="span")])
    answer = nearest_condition(data, run)
    assert answer.nearest == "a"
    spans = answer.distances[answer.distances["measure"] == "span"]
    assert set(spans["note"]) == {"no value in some simulated condition"}
    assert spans["distance"].tolist() == pytest.approx([nan, 0.0], nan_ok=True)


def test_measures_without_scatter_or_value_do_not_count() -> None:
    run = tidy({"a": [1.0, 1.0], "b": [2.0, 2.0]})
    with pytest.raises(InputError, match="no scatter between seeds"):
        nearest_condition(tidy({"d": [1.0]}), run)
    with pytest.raises(InputError, match="one seed a condition"):
        nearest_condition(tidy({"d": [1.0]}), tidy({"a": [1.0], "b": [2.0]}))
    with pytest.raises(InputError, match="no value in the data"):
        nearest_condition(tidy({"d": [np.nan]}), tidy({"a": CONTROL, "b": DEPRESSED}))


def test_what_depends_on_the_number_of_neurons_is_compared_only_when_named() -> None:
    run = pd.concat([tidy({"a": CONTROL, "b": DEPRESSED}, measure=name) for name in ("rate", "theta_power")])
    data = pd.concat([tidy({"d": [5.0]}, measure=name) for name in ("rate", "theta_power")])
    assert set(nearest_condition(data, run).distances["measure"]) == {"rate"}
    named = nearest_condition(data, run, measures=["theta_power"])
    assert set(named.distances["measure"]) == {"theta_power"}


def test_a_recording_beside_a_run_must_fit() -> None:
    run = tidy({"a": CONTROL, "b": DEPRESSED})
    with pytest.raises(InputError, match="several conditions"):
        nearest_condition(run, run)
    assert nearest_condition(run, run, condition="b").nearest == "b"
    with pytest.raises(InputError, match="unknown condition of the recording 'c'"):
        nearest_condition(run, run, condition="c")
    with pytest.raises(InputError, match="rate of lhb is in kHz in the recording and in Hz in the run"):
        nearest_condition(tidy({"d": [1.0]}).assign(unit="kHz"), run)
    with pytest.raises(InputError, match="no measure of one nucleus in common"):
        nearest_condition(tidy({"d": [1.0]}).assign(nucleus="rmtg"), run)
    with pytest.raises(InputError, match="unknown measure 'rat'"):
        nearest_condition(run, run, measures=["rat"], condition="b")


# Runs


def test_runs_meet_condition_by_condition() -> None:
    old = tidy({"depressed": [5.0, 6, 7], "ketamine": [1.0, 2, 3]})
    new = tidy({"ketamine": [2.0, 3, 4], "depressed": [5.0, 6, 8], "healthy": [1.0, 1, 2]})
    comparison = compare_runs({"old": old, "new": new})
    assert comparison["a"].tolist() == ["old:depressed", "old:ketamine"]
    assert comparison["b"].tolist() == ["new:depressed", "new:ketamine"]
    assert comparison["difference"].tolist() == pytest.approx([1 / 3, 1.0])
    assert comparison["paired"].all()


def test_runs_without_a_common_condition_meet_all_with_all() -> None:
    model = tidy({"depressed": [5.0, 6, 7], "ketamine": [1.0, 2, 3]})
    recording = tidy({"slice": [4.0, 6.0, 8.0]}, {"slice": ["mouse 1", "mouse 2", "mouse 3"]})
    comparison = compare_runs({"model": model, "data": recording})
    assert comparison["a"].tolist() == ["model:depressed", "model:ketamine"]
    assert comparison["b"].tolist() == ["data:slice"] * 2
    assert not comparison["paired"].any()


def test_three_runs_meet_two_by_two() -> None:
    table = tidy({"drug": [5.0, 6, 7]})
    comparison = compare_runs({"x": table, "y": table, "z": table})
    pairs = list(zip(comparison["a"], comparison["b"], strict=True))
    assert pairs == [("x:drug", "y:drug"), ("x:drug", "z:drug"), ("y:drug", "z:drug")]


# Summary


def test_summary_by_hand() -> None:
    nan = float("nan")
    summary = summarise(tidy({"b": [1.0, 2.0, 3.0, nan], "a": [4.0, nan, nan, nan], "c": [nan]}))
    half_width = 4.302652729911275 / np.sqrt(3)  # Student's t at 2 degrees, 97.5 %
    assert summary["condition"].tolist() == ["b", "a", "c"]
    assert summary["n"].tolist() == [3, 1, 0]
    assert summary["mean"].tolist() == pytest.approx([2.0, 4.0, nan], nan_ok=True)
    assert summary["sd"].tolist() == pytest.approx([1.0, nan, nan], nan_ok=True)
    assert summary["low"].tolist() == pytest.approx([2 - half_width, nan, nan], nan_ok=True)
    assert summary["high"].tolist() == pytest.approx([2 + half_width, nan, nan], nan_ok=True)
    assert summary["unit"].eq("Hz").all()


def test_the_interval_of_a_share_keeps_between_0_and_1() -> None:
    rows = tidy({"few": [0.01, 0.0, 0.05], "most": [1.0, 0.99], "same": [0.2, 0.2], "one": [0.3]})
    found = summarise(rows.assign(measure="bursting_share", unit="1"))
    counts = pd.DataFrame(
        [
            {"condition": "few", "seed": seed, "nucleus": "lhb", "class": "bursting" if neuron < count else "silent"}
            for seed, count in enumerate((1, 0, 5))
            for neuron in range(100)
        ]
    )
    by_counts = class_shares(counts, kinds=["bursting"]).iloc[0]
    assert (found["low"][0], found["high"][0]) == pytest.approx((by_counts["low"], by_counts["high"]))
    assert found["low"][2] == found["high"][2] == 0.2 and np.isnan(found["low"][3])
    # Each limit is a share from which the mean lies the t quantile (1 degree) in its own standard errors away.
    mean, variance = 0.995, 0.005**2
    for limit in (found["low"][1], found["high"][1]):
        assert 0 < limit < 1
        errors = np.sqrt(limit * (1 - limit) * variance / (mean * (1 - mean)))
        assert abs(mean - limit) == pytest.approx(12.706204736432095 * errors)
    student = summarise(rows.assign(measure="rate", unit="Hz"))
    assert student["low"][0] < 0 and student["high"][1] > 1


def test_the_interval_of_a_share_covers_it_in_95_of_100_experiments() -> None:
    """Networks that differ (ICC 0.05), 3 seeds of 200 neurons, 22 % of which burst; standard error 0.5 %."""
    rng = np.random.default_rng(7)
    shares = rng.binomial(200, rng.beta(0.22 * 19, 0.78 * 19, (2000, 3))) / 200
    limits = np.array([share_interval(own.mean(), own.std(ddof=1), 3) for own in shares])
    assert 0.93 < ((limits[:, 0] <= 0.22) & (limits[:, 1] >= 0.22)).mean() < 0.97
    assert limits.min() >= 0 and limits.max() <= 1


# The document


DOCUMENT = Path(__file__).parents[1] / "docs" / "statistics.md"


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the document's table whose first column has this heading."""
    lines = DOCUMENT.read_text(encoding="utf-8").split(f"| {heading} |")[1].splitlines()[2:]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in takewhile(lambda line: line[:1] == "|", lines)
    ]


def test_the_documents_examples_run() -> None:
    failed, run = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert run > 0 and failed == 0


def test_the_documents_table_keeps_the_promise() -> None:
    rows = rows_of("design")
    assert len(rows) == 12
    for _, _, _, attainable, positives, covers, _ in rows:
        error = 3 * np.sqrt(float(attainable) * (100 - float(attainable)) / 4000)
        assert 3 <= float(positives) <= 7 or abs(float(positives) - float(attainable)) <= error
        assert 92 <= float(covers) <= 98


@pytest.mark.parametrize("row", range(6))
def test_the_documents_attainable_levels(row: int) -> None:
    n, paired, unpaired, most = rows_of("seeds")[row]
    for shared, smallest in ((True, paired), (False, unpaired)):
        values = {"a": np.arange(float(n)), "b": 100 + np.arange(float(n)) ** 1.5}
        p = only(compare(tidy(values, None if shared else separate(int(n), int(n)))))["p"]
        assert float(smallest) == pytest.approx(p, rel=0.04)
        planned = np.ceil(0.05 / p) - 1
        assert planned == 0 or str(int(planned)) in most


# Bad input


BASE = tidy({"control": [1.0, 2.0], "drug": [3.0, 5.0]})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (BASE.drop(columns="seed"), "no column 'seed'"),
        (pd.concat([BASE, BASE.iloc[[0]]]), "condition control, seed 0\\) stands twice"),
        (BASE.assign(value=[1.0, np.inf, 2.0, 3.0]), "condition control, seed 1\\) is infinite"),
        (BASE.assign(value=["1", "2", "x", "4"]), "must be numbers"),
        (BASE.assign(unit=["Hz", "Hz", "kHz", "Hz"]), "stands in two units"),
        (BASE.assign(seed=[0, np.nan, 0, 1]), "rows without a seed"),
    ],
)
@pytest.mark.parametrize("verb", [compare, summarise, lambda table: compare_runs({"x": table, "y": BASE})])
def test_bad_tables_are_refused(table: pd.DataFrame, message: str, verb: Any) -> None:
    with pytest.raises(InputError, match=message):
        verb(table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"a": "contrl"}, "unknown condition 'contrl'; did you mean 'control'"),
        ({"a": "drug", "b": "drug"}, "compared with itself"),
        ({"measures": ["rat"]}, "unknown measure 'rat'; did you mean 'rate'"),
        ({"confidence": 95}, "between 0 and 1, 95 given"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(BASE, **options)


def test_other_bad_calls_are_refused() -> None:
    with pytest.raises(InputError, match="at least two tables, 1 given"):
        compare_runs({"x": BASE})
    with pytest.raises(InputError, match="unknown adjustment 'sidak'"):
        adjust_p([0.1], "sidak")


def test_forty_measures_of_three_conditions_give_a_row_for_each_pair() -> None:
    values = np.random.default_rng(4).normal(size=(40, 3, 6))
    assert len(compare(many(values, ("healthy", "depressed", "ketamine")))) == 120
