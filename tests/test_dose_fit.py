"""Dose curves against curves made by hand, against R's drc, and what must be refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.dose_fit import FIT_COLUMNS, DoseFit, fit_dose, fit_doses
from lhb_model.dose_series import dose_series, dose_trend
from lhb_model.errors import InputError

R_STATS = Path(__file__).parents[2] / "shared" / "bursts" / "reference" / "R_stats.json"

MICROMOLAR = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)


def curve(dose: Any, start: float = 0.3, end: float = 0.02, ic50: float = 3.0, hill: float = 1.5) -> Any:
    return end + (start - end) / (1 + (np.asarray(dose) / ic50) ** hill)


def tidy(values: dict[float, Any], first_seed: dict[float, int] | None = None) -> pd.DataFrame:
    """Values of the bursting share at each dose (uM); seeds count from 0 unless given."""
    rows = [
        (name(dose), seed, "lhb", "bursting_share", value, "1")
        for dose, column in values.items()
        for seed, value in enumerate(column, start=(first_seed or {}).get(dose, 0))
    ]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def name(dose: float) -> str:
    return f"ketamine@{dose:g}uM"


def in_molar(doses: Any = MICROMOLAR) -> dict[str, float]:
    return {name(dose): dose * 1e-6 for dose in doses}


def made(
    seeds: int = 6, noise: float = 0.0, doses: Any = MICROMOLAR, random: int = 0, **parameters: float
) -> pd.DataFrame:
    generator = np.random.default_rng(random)
    return tidy({dose: curve(dose, **parameters) + generator.normal(scale=noise, size=seeds) for dose in doses})


def fitted(table: pd.DataFrame, doses: Any = MICROMOLAR, **options: Any) -> DoseFit:
    return fit_dose(table, in_molar(doses), "bursting_share", **options)


# Truths


@pytest.mark.parametrize(
    ("start", "end", "ic50", "hill"),
    [(0.3, 0.02, 3.0, 1.5), (0.1, 5.0, 0.7, 0.8), (-2.0, -9.0, 12.0, 4.0), (0.0, 1.0, 1.0, 1.0)],
)
def test_a_curve_without_noise_is_found(start: float, end: float, ic50: float, hill: float) -> None:
    fit = fitted(made(start=start, end=end, ic50=ic50, hill=hill))
    found = (fit.start.value, fit.end.value, fit.ic50.value * 1e6, fit.hill.value)
    assert found == pytest.approx((start, end, ic50, hill), rel=1e-5, abs=1e-6)
    assert (fit.ic50.low, fit.ic50.high) == pytest.approx((fit.ic50.value,) * 2, rel=1e-5)
    assert fit.predict([0.0, 3e-6]) == pytest.approx(curve([0.0, 3.0], start, end, ic50, hill), rel=1e-5, abs=1e-6)
    assert fit.residual_sd == pytest.approx(0.0, abs=1e-6)
    assert fit.refusal == "" and fit.trend.direction == ("falls" if end < start else "rises")


def test_the_unit_of_dose_and_measure_does_not_matter() -> None:
    table = made(noise=0.01)
    fit = fitted(table)
    scaled = fit_dose(
        table.assign(value=table["value"] * 1e4), {n: d * 1e9 for n, d in in_molar().items()}, "bursting_share"
    )
    for parameter, factor in (("start", 1e4), ("end", 1e4), ("ic50", 1e9), ("hill", 1.0)):
        one, other = getattr(fit, parameter), getattr(scaled, parameter)
        assert tuple(other) == pytest.approx(tuple(factor * limit for limit in one), rel=1e-3)


def test_the_order_of_rows_does_not_matter() -> None:
    table = made(noise=0.01)
    one, other = fitted(table, resamples=20), fitted(table.iloc[::-1], resamples=20)
    assert one.ic50.value == pytest.approx(other.ic50.value, rel=1e-9)


def ryegrass() -> tuple[dict[str, Any], DoseFit]:
    if not R_STATS.exists():
        pytest.skip(f"reference values of R are not beside the project ({R_STATS.name})")
    reference = json.loads(R_STATS.read_text())["dose_response_ryegrass"]
    rows = [
        (str(dose), plant, "root", "length", length, "1")
        for plant, (dose, length) in enumerate(zip(reference["conc"], reference["y"], strict=True))
    ]
    table = pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
    doses = {str(dose): float(dose) for dose in reference["conc"]}
    return reference, fit_dose(table, doses, "length", "root", dose_unit="1")


def test_the_curve_is_that_of_r() -> None:
    reference, fit = ryegrass()
    found = {"b": fit.hill, "c0": fit.end, "d0": fit.start, "e0": fit.ic50}
    for key, estimate in found.items():
        assert estimate.value == pytest.approx(reference["coef"][key], rel=1e-5)
        # Plants scatter more on the slope of the curve than R's one variance for all doses allows.
        assert 0.4 < (estimate.high - estimate.low) / (2 * 2.086 * reference["se"][key]) < 2.5
    assert fit.residual_sd == pytest.approx(reference["resid_se"], rel=1e-6)
    assert fit.series.n == 24 and not fit.series.paired


def test_intervals_tell_seeds_that_differ_from_seeds_that_are_noisy() -> None:
    # Seeds that start higher or lower all along move the plateau, and hardly the IC50.
    generator = np.random.default_rng(2)
    offsets = generator.normal(scale=0.03, size=6)
    shifted = fitted(tidy({dose: curve(dose) + offsets for dose in MICROMOLAR}))
    assert shifted.ic50.high / shifted.ic50.low < 1.001
    assert shifted.start.high - shifted.start.low == pytest.approx(
        2 * 2.571 * offsets.std(ddof=1) / np.sqrt(6), rel=0.15
    )


def test_the_interval_of_the_ic50_is_the_t_interval_of_the_seeds() -> None:
    # With no noise but in the IC50, the log IC50 of the mean is close to the mean of the logs.
    logs = np.log(3.0) + np.array([-0.12, -0.05, -0.02, 0.03, 0.06, 0.1])
    fit = fitted(tidy({dose: curve(dose, ic50=np.exp(logs)) for dose in MICROMOLAR}))
    half_width = 2.571 * logs.std(ddof=1) / np.sqrt(6)
    assert np.log(fit.ic50.high / fit.ic50.low) / 2 == pytest.approx(half_width, rel=0.1)


def test_most_intervals_hold_the_truth() -> None:
    fits = [fitted(made(noise=0.02, random=random), resamples=40) for random in range(40)]
    assert sum(fit.ic50.low <= 3e-6 <= fit.ic50.high for fit in fits) >= 34
    assert sum(fit.start.low <= 0.3 <= fit.start.high for fit in fits) >= 34


def test_the_band_lies_around_the_curve() -> None:
    fit = fitted(made(noise=0.02))
    doses = np.array([0.0, 1e-7, 1e-6, 3e-6, 1e-4])
    low, high = fit.band(doses)
    assert ((low < fit.predict(doses)) & (fit.predict(doses) < high)).all()
    assert (low[0], high[0]) == pytest.approx((fit.start.low, fit.start.high), rel=1e-9)
    assert not np.allclose(low, low[0])


def test_a_fit_is_repeatable() -> None:
    assert fitted(made(noise=0.02)).ic50 == fitted(made(noise=0.02)).ic50


# Refusals


@pytest.mark.parametrize(
    ("ic50", "message"),
    [
        (90.0, "above the largest dose tested, 30 uM: test larger ones"),
        (0.05, "below the smallest dose tested, 300 nM"),
    ],
)
def test_an_ic50_outside_the_doses_tested_is_refused(ic50: float, message: str) -> None:
    fit = fitted(made(ic50=ic50, noise=1e-4))
    assert np.isnan(fit.ic50).all()
    assert message in fit.refusal and message in fit.text and "no IC50" in fit.text
    assert fit.predict([0.0]) == pytest.approx([0.3], abs=0.02)


def test_an_interval_that_leaves_the_doses_tested_is_open() -> None:
    fits = [fitted(made(seeds=4, ic50=24.0, noise=0.03, random=random), resamples=40) for random in range(8)]
    given = [fit for fit in fits if not fit.refusal]
    beyond = [fit for fit in given if fit.ic50.high == np.inf]
    assert beyond and all("the interval leaves the doses tested" in fit.notes for fit in beyond)
    assert all(fit.ic50.high <= 30e-6 or fit.ic50.high == np.inf for fit in given)


def test_an_effect_that_ends_beyond_the_doses_is_said_to() -> None:
    fit = fitted(made(ic50=20.0, hill=1.0, noise=1e-4))
    assert "the largest dose reaches 60 % of the fitted effect" in fit.notes


def test_no_effect_has_no_ic50() -> None:
    fit = fitted(made(start=0.3, end=0.3, noise=0.02, random=5))
    assert fit.refusal.startswith("no dose differs from another (p = ")
    assert np.isnan(fit.ic50).all() and np.isnan(fit.predict([1e-6])).all()
    assert all(np.isnan(limit).all() for limit in fit.band([1e-6]))
    same = fitted(made(start=0.3, end=0.3))
    assert same.refusal == "the measure is the same at all doses"
    assert fitted(made(start=0.0, end=0.0)).refusal == same.refusal


def test_few_doses_are_refused() -> None:
    fit = fitted(made(doses=(0.0, 1.0, 10.0)), (0.0, 1.0, 10.0))
    assert fit.refusal == "the curve takes values at 4 doses or more, 3 given"


def test_doses_without_a_value_do_not_count() -> None:
    table = made()
    silent = table["condition"].isin([name(10.0), name(30.0)])
    fit = fitted(table.assign(value=table["value"].mask(silent)))
    assert fit.series.doses.tolist() == pytest.approx([0.0, 3e-7, 1e-6, 3e-6])
    none = fitted(table.assign(value=np.nan))
    assert none.refusal.endswith("0 given") and none.trend.direction == "flat"


def test_one_seed_has_a_curve_but_no_interval() -> None:
    fit = fitted(made(seeds=1))
    assert fit.ic50.value == pytest.approx(3e-6, rel=1e-5)
    assert np.isnan([fit.ic50.low, fit.ic50.high, fit.hill.low]).all()
    assert fit.notes == ("one seed: no interval",)
    assert all(np.isnan(limit).all() for limit in fit.band([1e-6]))


@pytest.mark.parametrize(
    ("doses", "options", "message"),
    [
        ({}, {}, "no condition is a dose"),
        ({**in_molar(), name(1.0): -1.0}, {}, "dose of condition 'ketamine@1uM' is -1"),
        ({**in_molar(), name(1.0): float("nan")}, {}, "is nan; expected a number of at least 0"),
        ({**in_molar(), name(1.0): 3e-6}, {}, "ketamine@1uM and ketamine@3uM have one dose"),
        ({"ketamin@1uM": 1e-6}, {}, "unknown condition 'ketamin@1uM'; did you mean 'ketamine@1uM'"),
        (in_molar(), {"measure": "bursting_shar"}, "unknown measure of lhb 'bursting_shar'; did you mean"),
        (in_molar(), {"nucleus": "lbh"}, "unknown nucleus 'lbh'; did you mean 'lhb'"),
        (in_molar(), {"confidence": 95}, "between 0 and 1, 95 given"),
    ],
)
def test_bad_calls_are_refused(doses: dict[str, float], options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        fit_dose(made(), doses, **{"measure": "bursting_share", **options})
    assert message in str(error.value)


def test_fits_of_several_measures_are_rows() -> None:
    table = pd.concat([made(), made(start=0.1, end=0.1).assign(measure="silent_share")])
    rows = fit_doses(table, in_molar(), [("lhb", "bursting_share"), ("lhb", "silent_share")])
    assert list(rows.columns) == list(FIT_COLUMNS)
    assert rows["ic50"].tolist() == pytest.approx([3e-6, np.nan], nan_ok=True, rel=1e-5)
    assert rows["refusal"].tolist() == ["", "the measure is the same at all doses"]
    assert rows["dose_unit"].tolist() == ["M", "M"] and rows["n"].tolist() == [6, 6]


# Monotone or not


def series(values: dict[float, Any], first_seed: dict[float, int] | None = None) -> Any:
    return dose_series(tidy(values, first_seed), in_molar(values), "bursting_share")


def test_the_trend_of_shared_seeds_is_pages() -> None:
    values = {0.0: [5.0, 6, 7, 6], 1.0: [4.0, 6.5, 5, 5], 3.0: [3.0, 4, 5.5, 2], 10.0: [3.5, 2, 1, 1]}
    trend = dose_trend(series(values))
    falling = np.array(list(values.values()))[::-1].T
    assert trend.p == pytest.approx(2 * stats.page_trend_test(falling).pvalue)
    assert (trend.direction, trend.monotone) == ("falls", True)
    rising = dose_trend(series({dose: [-value for value in column] for dose, column in values.items()}))
    assert rising.p == pytest.approx(trend.p) and rising.direction == "rises"


def test_the_trend_of_separate_seeds_is_kendalls() -> None:
    values = {0.0: [5.0, 6, 7], 1.0: [4.0, 6.5, 5], 3.0: [3.0, 4, 5.5]}
    trend = dose_trend(series(values, {1.0: 50, 3.0: 100}))
    expected = stats.kendalltau(np.repeat([0, 1, 3], 3), np.concatenate(list(values.values()))).pvalue
    assert trend.p == pytest.approx(expected)


def test_a_response_that_turns_back_is_not_monotone() -> None:
    wiggle = np.array([-0.003, 0.002, 0.001, -0.002, 0.004, -0.001])
    values = {0.0: 0.30 + wiggle, 0.3: 0.25 - wiggle, 1.0: 0.10 + wiggle, 3.0: 0.14 - wiggle, 10.0: 0.03 + wiggle}
    trend = dose_trend(series(values))
    assert trend.direction == "falls" and not trend.monotone
    assert "but rises by 0.04 [0.03" in trend.text and "from 1 uM to 3 uM" in trend.text
    assert f"not monotone: {trend.text}" in fitted(tidy(values), list(values)).notes
    mirrored = dose_trend(series({dose: -column for dose, column in values.items()}))
    assert mirrored.direction == "rises" and "but falls by 0.04 [0.03" in mirrored.text


def test_scatter_is_no_reversal() -> None:
    generator = np.random.default_rng(4)
    trends = [
        dose_trend(series({dose: 0.2 + generator.normal(scale=0.05, size=6) for dose in MICROMOLAR})) for _ in range(60)
    ]
    assert sum(not trend.monotone for trend in trends) <= 8
    assert sum(trend.direction != "flat" for trend in trends) <= 8


def test_two_doses_and_one_seed_have_what_trend_they_can() -> None:
    two = dose_trend(series({0.0: [1.0, 2, 3, 4, 5, 6], 1.0: [0.0, 1, 2, 3, 4, 5]}))
    assert two.p == 2 / 64 and two.direction == "falls"
    one = dose_trend(series({0.0: [1.0], 1.0: [2.0], 3.0: [3.0]}))
    assert np.isnan(one.p) and one.direction == "flat" and one.monotone
    assert dose_trend(series({0.0: [1.0, 1], 1.0: [1.0, 1], 3.0: [1.0, 1]})).p == 1.0
