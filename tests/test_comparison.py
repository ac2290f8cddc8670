"""Comparisons against truths by hand or closed form, against scipy and R, and against simulated null data."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lhb_model.comparison import COMPARISON_COLUMNS, SUMMARY_COLUMNS, adjust_p, compare, compare_runs, summarise
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


def many(
    values: np.ndarray, conditions: tuple[str, ...] = ("a", "b"), first_seed: Any = None
) -> pd.DataFrame:
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


@pytest.mark.parametrize(
    ("n_a", "n_b", "p"), [(6, 6, 2 / 924), (4, 4, 2 / 70), (3, 4, 1 / 35), (4, 3, 1 / 35)]
)
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
    assert (there["low"], there["high"]) == pytest.approx(
        (-back["high"], -back["low"]), abs=1e-12, nan_ok=True
    )
    assert there["p"] == pytest.approx(back["p"], abs=1e-12, nan_ok=True)
    assert (there["mean_a"], there["n_a"]) == pytest.approx((back["mean_b"], back["n_b"]), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(
    values=arrays(float, (1, 2, 5), elements=DECIMALS),
    scale=st.sampled_from([1e-12, 0.001, 7.0]),
    shift=st.sampled_from([0.0, 1.0, -3.3]),
    paired=st.booleans(),
)
def test_p_does_not_depend_on_unit_or_zero(
    values: np.ndarray, scale: float, shift: float, paired: bool
) -> None:
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
def test_the_note_says_when_no_p_can_be_small_enough(
    n_a: int, n_b: int, shared: bool, smallest: str | None
) -> None:
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
    assert ((pooled <= 0.05).mean() > 0.4) == (icc > 0), (
        "the neuron-level test must fail where the seeds differ"
    )


def test_an_interval_covers_a_true_difference_of_unequal_scatter() -> None:
    generator = np.random.default_rng(21)
    values = np.full((2000, 2, 10), np.nan)
    values[:, 0, :6] = generator.normal(scale=1.0, size=(2000, 6))
    values[:, 1, :] = 3.0 + generator.normal(scale=4.0, size=(2000, 10))
    table = many(values, first_seed=[0, 50])
    comparison = compare(table[table["value"].notna()])
    assert comparison["n_a"].eq(6).all() and comparison["n_b"].eq(10).all()
    assert 0.935 < ((comparison["low"] <= 3.0) & (comparison["high"] >= 3.0)).mean() < 0.965


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


def test_a_usual_comparison_takes_well_under_a_second() -> None:
    values = np.random.default_rng(4).normal(size=(40, 3, 6))
    start = time.perf_counter()
    comparison = compare(many(values, ("healthy", "depressed", "ketamine")))
    assert len(comparison) == 120
    assert time.perf_counter() - start < 1.0
