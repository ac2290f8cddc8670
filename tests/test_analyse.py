"""Tables against recordings made by hand: planted bursts, known rates, closed forms of noise and of uptake."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import lambertw

from lhb_model.analyse import (
    NEURON_COLUMNS,
    UNITS,
    Label,
    measure_rows,
    measures_table,
    neuron_rows,
    neurons_table,
    population_measures,
    theta_power,
)
from lhb_model.bursts import as_rule, poisson_share_in_bursts
from lhb_model.readouts import READOUTS
from lhb_model.readouts.release import concentration, mean_between, steady
from lhb_model.recording import Recording, SpikeTrains

DT = 1e-4
RULES = {"lhb": "lhb", "vta_da": "dopamine", "drn_5ht": "lhb", "rmtg": "lhb"}
LABEL = Label("control", 3)


def trains_of(times: Sequence[Sequence[float]]) -> SpikeTrains:
    """Spike trains from the times (s) of each neuron."""
    steps = np.concatenate([np.rint(np.asarray(train, float) / DT).astype(np.int64) for train in times] or [[]])
    neurons = np.repeat(np.arange(len(times), dtype=np.int32), [len(train) for train in times])
    order = np.lexsort((neurons, steps))
    return SpikeTrains(steps[order].astype(np.int64), neurons[order], len(times))


def recorded(
    spikes: dict[str, Sequence[Sequence[float]]],
    duration: float = 11.0,
    warm_up: float = 1.0,
    reference: dict[str, Sequence[Sequence[float]]] | None = None,
) -> Recording:
    """A recording of the given spike times, analysed from the end of the warm-up on."""
    return Recording(
        DT,
        duration,
        {name: trains_of(times) for name, times in spikes.items()},
        {name: trains_of(times) for name, times in (reference or {}).items()},
        [],
        {"analysis": (warm_up, duration)},
        {},
    )


def burst(start: float, spikes: int, interval: float) -> list[float]:
    """Spike times of a regular burst."""
    return [start + k * interval for k in range(spikes)]


FOURS = [t for start in (2.0, 4.0, 6.0) for t in burst(start, 4, 0.005)]
PAIRS = [t for start in (2.0, 3.0, 4.0, 5.0) for t in burst(start, 2, 0.010)]
TONIC = list(np.arange(1.25, 11.0, 0.5))
PLANTED = [FOURS, PAIRS, TONIC, []]
"""Bursts of four, bursts of two, regular spikes, silence."""


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return neuron_rows(recorded({"lhb": PLANTED}), LABEL, RULES)


# neurons -------------------------------------------------------------------------------------------------------------


def test_every_neuron_has_a_row_with_the_promised_columns(rows: list[dict]) -> None:
    table = neurons_table(rows)
    assert list(table.columns) == list(NEURON_COLUMNS)
    assert table["neuron"].tolist() == [0, 1, 2, 3] and set(table["seed"]) == {3} and set(table["nucleus"]) == {"lhb"}
    without_events = [name for name in table if "burst" in name or name in ("first_isi", "cv", "cv2", "lv", "lvr")]
    assert not table.drop(columns=without_events).isna().any().any()
    assert table["first_isi"].tolist()[:2] == pytest.approx([0.005, 0.010]) and table["cv"][2] == pytest.approx(0)
    assert table.loc[2:, "first_isi"].isna().all() and table.loc[3, ["cv", "cv2", "lv", "lvr"]].isna().all()


def test_planted_bursts_are_counted_and_measured(rows: list[dict]) -> None:
    four, pair, tonic, silent = rows
    assert [row["spikes"] for row in rows] == [12, 8, 20, 0]
    assert [row["rate"] for row in rows] == pytest.approx([1.2, 0.8, 2.0, 0.0])
    assert [row["bursts"] for row in rows] == [3, 4, 0, 0]
    assert [row["burst_rate"] for row in rows] == pytest.approx([0.3, 0.4, 0.0, 0.0])
    assert [row["share_spikes_in_bursts"] for row in rows] == pytest.approx([1.0, 1.0, 0.0, 0.0])
    chance = [poisson_share_in_bursts(rate) for rate in (1.2, 0.8, 2.0, 0.0)]
    assert [row["chance_share_spikes_in_bursts"] for row in rows] == pytest.approx(chance)
    assert population_measures(rows)["chance_share_spikes_in_bursts"] == pytest.approx(sum(chance) / 4)
    assert (four["spikes_per_burst"], pair["spikes_per_burst"]) == (4, 2)
    assert four["burst_duration"] == pytest.approx(0.015) and pair["burst_duration"] == pytest.approx(0.010)
    assert four["intra_burst_frequency"] == pytest.approx(200) and pair["intra_burst_frequency"] == pytest.approx(100)
    # From the last spike of a burst to the first of the next; and from burst to burst.
    assert four["inter_burst_interval"] == pytest.approx(2 - 0.015)
    assert four["inter_burst_frequency"] == pytest.approx(0.5) and pair["inter_burst_frequency"] == pytest.approx(1.0)


def test_what_did_not_happen_is_not_a_number(rows: list[dict]) -> None:
    for row in rows[2:]:
        for name in ("spikes_per_burst", "burst_duration", "intra_burst_frequency", "inter_burst_interval",
                     "inter_burst_frequency"):  # fmt: skip
            assert np.isnan(row[name])


def test_classes_follow_the_criteria_and_the_stricter_rule(rows: list[dict]) -> None:
    assert [row["class"] for row in rows] == ["bursting", "bursting", "tonic", "silent"]
    assert [row["class_3"] for row in rows] == ["bursting", "tonic", "tonic", "silent"]


@pytest.mark.parametrize("rule", ["lhb", "dopamine", "mea", "lhb, min_ibi=150ms, min_duration=4ms", "poisson_surprise"])
def test_the_stricter_class_is_that_of_a_rule_that_asks_for_three_spikes(rule: str) -> None:
    """Whatever the rule merges and drops; rules of another kind have no stricter one."""
    rng = np.random.default_rng(4)
    rates = rng.uniform(1, 25, 60)
    trains = [np.unique(np.cumsum(rng.gamma(0.3, 1 / (0.3 * rate), 300)).round(3)) for rate in rates]
    record = recorded({"lhb": [train[(train > 1.001) & (train < 10.9)] for train in trains]})
    found = neuron_rows(record, LABEL, {"lhb": rule})
    strict = rule if rule == "poisson_surprise" else f"{rule}, min_spikes={max(3, as_rule(rule).min_spikes)}"
    expected = [row["class"] for row in neuron_rows(record, LABEL, {"lhb": strict})]
    assert [row["class_3"] for row in found] == expected
    assert rule != "lhb" or expected != [row["class"] for row in found]


def test_a_neuron_of_too_few_bursts_is_tonic_and_one_below_a_tenth_of_a_hertz_silent() -> None:
    one_burst, nine, ten = burst(5, 10, 0.005), burst(2, 9, 0.005), burst(2, 10, 0.5)
    rows = neuron_rows(recorded({"lhb": [one_burst, nine, ten]}, duration=101.0), LABEL, RULES)
    assert [row["class"] for row in rows] == ["tonic", "silent", "tonic"]


def test_a_run_on_burst_is_no_burst_of_a_bursting_neuron() -> None:
    run_on = [t for start in (2.0, 6.0, 9.0) for t in burst(start, 60 if start == 2.0 else 5, 0.018)]
    row = neuron_rows(recorded({"lhb": [run_on]}), LABEL, RULES)[0]
    assert (row["bursts"], row["run_on_bursts"], row["class"]) == (3, 1, "tonic")


def test_the_warm_up_does_not_count() -> None:
    row = neuron_rows(recorded({"lhb": [[0.5, 0.505, 0.51, 0.9999, 1.0, 10.9999]]}), LABEL, RULES)[0]
    assert (row["spikes"], row["bursts"], row["rate"]) == (2, 0, 0.2)


def test_each_nucleus_has_its_own_rule() -> None:
    pairs = [t for start in (2.0, 5.0, 8.0) for t in burst(start, 3, 0.070)]
    rows = neuron_rows(recorded({"lhb": [pairs], "vta_da": [pairs]}), LABEL, RULES)
    assert [(row["nucleus"], row["bursts"]) for row in rows] == [("lhb", 0), ("vta_da", 3)]


# populations ---------------------------------------------------------------------------------------------------------


def test_burst_measures_average_over_bursting_neurons_and_the_others_over_all(rows: list[dict]) -> None:
    measures = population_measures(rows)
    assert measures["rate"] == pytest.approx((1.2 + 0.8 + 2.0) / 4)
    assert measures["burst_rate"] == pytest.approx(0.7 / 4)
    assert measures["share_spikes_in_bursts"] == pytest.approx(0.5)
    assert measures["spikes_per_burst"] == pytest.approx(3)
    assert measures["intra_burst_frequency"] == pytest.approx(150)
    assert measures["inter_burst_frequency"] == pytest.approx(0.75)
    assert [measures[f"{kind}_share"] for kind in ("bursting", "silent", "tonic")] == [0.5, 0.25, 0.25]
    assert measures["bursting_share_3"] == 0.25


def test_a_silent_population_has_zero_rates_and_no_burst_measures() -> None:
    recording = recorded({"lhb": [[], []]})
    table = measures_table(measure_rows(recording, LABEL, neuron_rows(recording, LABEL, RULES), []))
    values = dict(zip(table["measure"], table["value"], strict=True))
    assert {name: values[name] for name in ("rate", "burst_rate", "bursting_share", "tonic_share", "theta_power")} == {
        "rate": 0, "burst_rate": 0, "bursting_share": 0, "tonic_share": 0, "theta_power": 0,
    }  # fmt: skip
    assert values["silent_share"] == 1
    assert np.isnan(
        [values[name] for name in ("spikes_per_burst", "intra_burst_frequency", "inter_burst_frequency")]
    ).all()
    text = table.to_csv(index=False)
    assert "control,3,lhb,spikes_per_burst,,1" in text.splitlines()


def test_the_table_has_one_row_a_measure_with_its_unit() -> None:
    recording = recorded({"lhb": PLANTED, "vta_da": [TONIC]}, reference={"vta_da": [TONIC]})
    rows = neuron_rows(recording, LABEL, RULES)
    table = measures_table(measure_rows(recording, LABEL, rows, ["dopamine", "serotonin", "reward_inhibition"]))
    assert list(table.columns) == ["condition", "seed", "nucleus", "measure", "value", "unit"]
    assert not table.duplicated(["nucleus", "measure"]).any()
    units = {(row.nucleus, row.measure): row.unit for row in table.itertuples()}
    assert {nucleus for nucleus, _ in units} == {"lhb", "vta_da"}
    assert all(units["lhb", name] == unit for name, unit in UNITS.items())
    assert units["vta_da", "dopamine"] == "nM" and units["vta_da", "reward_inhibition"] == "1"
    assert (units["lhb", "rate"], units["lhb", "theta_power"], units["lhb", "burst_duration"]) == ("Hz", "Hz^2", "s")
    # Without the nucleus that releases it there is no serotonin.
    assert not any(measure == "serotonin" for _, measure in units)


# theta ---------------------------------------------------------------------------------------------------------------


def poisson(rate: np.ndarray | float, neurons: int, duration: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Independent Poisson trains; `rate` (Hz) is constant, or one value for each step."""
    steps = round(duration / DT)
    return [np.flatnonzero(rng.random(steps) < np.broadcast_to(rate, steps) * DT) * DT for _ in range(neurons)]


def test_theta_power_of_poisson_neurons_is_twelve_hertz_times_rate_over_number() -> None:
    rng = np.random.default_rng(5)
    found = [
        theta_power(recorded({"lhb": poisson(8.0, 20, 41.0, rng)}, duration=41.0).cut(1.0, 41.0), "lhb")
        for _ in range(12)
    ]
    # 12 records of some 39 windows: the mean is known to about 2 %.
    assert np.mean(found) == pytest.approx(12 * 8.0 / 20, rel=0.06)


def test_theta_power_of_a_modulated_population_has_half_the_squared_amplitude_more() -> None:
    rng = np.random.default_rng(6)
    times = np.arange(round(41.0 / DT)) * DT
    amplitude, mean = 6.0, 10.0
    rate = mean + amplitude * np.sin(2 * np.pi * 7.0 * times)
    recording = recorded({"lhb": poisson(rate, 200, 41.0, rng)}, duration=41.0)
    inside = theta_power(recording.cut(1.0, 41.0), "lhb")
    assert inside == pytest.approx(amplitude**2 / 2 + 12 * mean / 200, rel=0.06)
    slow = mean + amplitude * np.sin(2 * np.pi * 2.0 * times)
    outside = theta_power(recorded({"lhb": poisson(slow, 200, 41.0, rng)}, duration=41.0).cut(1.0, 41.0), "lhb")
    assert outside == pytest.approx(12 * mean / 200, rel=0.3)


def test_theta_power_of_a_record_shorter_than_a_window_is_unknown() -> None:
    assert np.isnan(theta_power(recorded({"lhb": [TONIC]}).cut(1.0, 2.5), "lhb"))


# readouts ------------------------------------------------------------------------------------------------------------

DOPAMINE = READOUTS["dopamine"]
RELEASE, V_MAX, K_M = (1e9 * DOPAMINE.parameters[name].value for name in ("release", "V_max", "K_m"))


def test_regular_spikes_hold_the_transmitter_at_its_michaelis_menten_steady_state() -> None:
    """100 neurons at 4 Hz one after another: an influx that is as good as constant."""
    trains = [list(np.arange(0.0025 * k, 11.0, 0.25)) for k in range(100)]
    recording = recorded({"vta_da": trains})
    influx = 4.0 * RELEASE
    expected = K_M * influx / (V_MAX - influx)
    assert DOPAMINE.measure(recording, 1.0, 11.0) == pytest.approx(expected, rel=0.01)
    assert steady(influx, V_MAX, K_M) == pytest.approx(expected)
    assert DOPAMINE.unit == "nM"


def test_uptake_that_saturates_is_bounded_by_ten_times_its_constant() -> None:
    assert steady(2 * V_MAX, V_MAX, K_M) == 10 * K_M == steady(0.999 * V_MAX, V_MAX, K_M)


def test_a_single_pulse_decays_as_michaelis_and_menten_say() -> None:
    """Closed form by Lambert's W (Schnell & Mendoza 1997): c = K W(c0/K exp((c0 - V t)/K))."""
    recording = recorded({"vta_da": [[1.0]] * 5}, duration=4.0)
    signal = concentration(recording, "vta_da", dict(DOPAMINE.parameters))
    assert signal.unit == "nM" and signal.times[0] == pytest.approx(1e-3) and signal.times.size == 4000
    before = signal.values[np.searchsorted(signal.times, 0.9995)]
    start = before + RELEASE
    for later in (0.05, 0.2, 0.6):
        argument = start / K_M * np.exp((start - V_MAX * later) / K_M)
        found = signal.values[np.argmin(np.abs(signal.times - 1.0 - later))]
        assert found == pytest.approx(K_M * lambertw(argument).real, rel=0.01)


def test_a_spike_is_released_in_the_millisecond_it_falls_in() -> None:
    for milliseconds in range(1, 60):
        recording = recorded({"vta_da": [[milliseconds * 1e-3]]}, duration=0.5, warm_up=0.1)
        values = concentration(recording, "vta_da", dict(DOPAMINE.parameters)).values
        assert int(np.argmax(np.diff(values))) + 1 == milliseconds


def test_without_spikes_there_is_no_transmitter_and_no_error() -> None:
    recording = recorded({"vta_da": [[], []], "drn_5ht": [[]]})
    assert DOPAMINE.measure(recording, 1.0, 11.0) == 0
    assert READOUTS["serotonin"].measure(recording, 1.0, 11.0) == 0
    assert np.isnan(mean_between(concentration(recording, "vta_da", dict(DOPAMINE.parameters)), 12.0, 13.0))


def test_serotonin_is_released_by_serotonin_neurons_with_numbers_of_its_own() -> None:
    serotonin = READOUTS["serotonin"]
    recording = recorded({"drn_5ht": [list(np.arange(0.002 * k, 11.0, 0.5)) for k in range(250)], "vta_da": [[]]})
    release, v_max, k_m = (1e9 * serotonin.parameters[name].value for name in ("release", "V_max", "K_m"))
    assert serotonin.measure(recording, 1.0, 11.0) == pytest.approx(k_m * 2 * release / (v_max - 2 * release), rel=0.01)


def test_reward_inhibition_is_the_share_of_missing_spikes_in_the_epoch() -> None:
    inhibition = READOUTS["reward_inhibition"]
    full = [[0.5, *np.arange(2.0, 10.0)], [0.6, *np.arange(2.5, 10.0)]]
    left = [[0.5, 0.7, 3.0, 4.0], [0.6, 5.5, 6.5]]
    recording = recorded({"vta_da": left}, reference={"vta_da": full})
    assert inhibition.measure(recording, 1.0, 11.0) == pytest.approx(1 - 4 / 16)
    # More spikes with the LHb than without it count as negative.
    assert inhibition.measure(recorded({"vta_da": full}, reference={"vta_da": left}), 1.0, 11.0) == pytest.approx(
        1 - 16 / 4
    )


def test_reward_inhibition_is_unknown_without_a_reference_or_without_its_spikes() -> None:
    inhibition = READOUTS["reward_inhibition"]
    assert np.isnan(inhibition.measure(recorded({"vta_da": [TONIC]}), 1.0, 11.0))
    assert np.isnan(inhibition.measure(recorded({"vta_da": [TONIC]}, reference={"vta_da": [[]]}), 1.0, 11.0))
    silenced = recorded({"vta_da": [[]]}, reference={"vta_da": [TONIC]})
    assert inhibition.measure(silenced, 1.0, 11.0) == 1


def test_every_number_of_a_readout_has_a_source_and_a_tag() -> None:
    for name, readout in READOUTS.items():
        assert readout.name == name and readout.title and readout.unit
        for parameter in readout.parameters.values():
            assert len(parameter.source) > 3 and parameter.tag in ("measured", "recalled", "fitted", "assumed")
