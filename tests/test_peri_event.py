"""Spikes around events: trials, rates, pauses, excitations and potentials against trains of which all is known."""

import numpy as np
import pytest

from lhb_model.errors import InputError
from lhb_model.peri_event import deflection, excited, pause, peri_event_rate, peri_event_times

EVENTS = 1.0 + 0.5 * np.arange(80)
END = EVENTS[-1] + 1.0


def poisson(rate: float, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.uniform(0, END, rng.poisson(rate * END)))


def silenced(train: np.ndarray, start: float, stop: float) -> np.ndarray:
    """The train without its spikes from `start` to `stop` s after each event."""
    since = (train[:, np.newaxis] - EVENTS) if train.size else np.empty((0, 1))
    return train[~((since >= start) & (since < stop)).any(axis=1)]


def test_trials_are_half_open_and_keep_their_order() -> None:
    trials = peri_event_times([3.0, 0.9, 1.0, 1.1, 2.1], [1.0, 2.0, 9.0], (-0.1, 0.1))
    assert [np.round(trial, 9).tolist() for trial in trials] == [[-0.1, 0.0], [], []]
    with pytest.raises(InputError, match="expected a start before its end"):
        peri_event_times([1.0], [1.0], (0.1, 0.1))


def test_spikes_on_the_time_grid_fall_into_the_bin_that_begins_with_them() -> None:
    """Multiples of 0.1 ms are not exact in binary; each belongs to one bin, and to the right one."""
    train = np.arange(10_000) * 1e-4
    _, rate = peri_event_rate([train], [0.3, 0.7], (-0.2, 0.2), 5e-3)
    assert rate.tolist() == pytest.approx([1e4] * 80)


def test_the_rate_counts_all_neurons_and_all_events() -> None:
    middles, rate = peri_event_rate([[1.004], [], [2.004]], [1.0, 2.0], (0.0, 0.01), 0.005)
    assert middles.tolist() == pytest.approx([0.0025, 0.0075]) and rate.tolist() == pytest.approx([2 / 6 / 0.005, 0])
    assert np.isnan(peri_event_rate([], [1.0], (0.0, 0.01), 0.005)[1]).all()
    assert np.isnan(peri_event_rate([[1.0]], [], (0.0, 0.01), 0.005)[1]).all()


@pytest.mark.parametrize("start, length", [(0.012, 0.085), (0.03, 0.12), (0.0, 0.06)])
def test_a_silence_that_was_made_is_found_where_it_is(start: float, length: float) -> None:
    rng = np.random.default_rng(5)
    found = [pause(silenced(poisson(5.0, rng), start, start + length), EVENTS) for _ in range(20)]
    assert all(one.found for one in found)
    # The pooled trials have 400 spikes/s, so that the spikes around the silence lie 2.5 ms outside it.
    assert np.mean([one.onset for one in found]) == pytest.approx(max(start - 0.0025, 0), abs=0.0025)
    assert np.mean([one.onset + one.duration for one in found]) == pytest.approx(start + length + 0.0025, abs=0.0025)


def test_a_pause_bridges_a_stray_spike() -> None:
    train = silenced(poisson(5.0, np.random.default_rng(2)), 0.01, 0.1)
    stray = np.sort(np.append(train, EVENTS[7] + 0.06))
    assert pause(stray, EVENTS).duration == pytest.approx(pause(train, EVENTS).duration)


@pytest.mark.parametrize("rate", [1.0, 5.0, 20.0])
def test_neurons_that_know_nothing_of_the_events_seldom_pause_or_are_excited(rate: float) -> None:
    rng = np.random.default_rng(1)
    trains = [poisson(rate, rng) for _ in range(200)]
    assert np.mean([pause(train, EVENTS).found for train in trains]) <= 0.06
    assert np.mean([excited(train, EVENTS) for train in trains]) <= 0.03


def test_an_excitation_is_found_and_one_great_burst_is_none() -> None:
    rng = np.random.default_rng(3)
    train = poisson(10.0, rng)
    answers = EVENTS[rng.random(EVENTS.size) < 0.5] + 0.012
    assert excited(np.sort(np.append(train, answers)), EVENTS)
    burst = EVENTS[4] + 0.005 + 1e-3 * np.arange(20)
    assert not excited(np.sort(np.append(train, burst)), EVENTS)


def test_nothing_to_look_at_is_no_response() -> None:
    for train, events in (([], EVENTS), ([0.5], EVENTS), ([0.5, 1.5], [])):
        assert not pause(train, events).found and np.isnan(pause(train, events).onset) and not excited(train, events)


def test_a_potential_begins_where_it_leaves_its_noise_and_few_spikes_do_not_move_it() -> None:
    times, rng = np.arange(0, 20, 1e-4), np.random.default_rng(4)
    values = -60 + 0.01 * rng.standard_normal((times.size, 6))
    for event in EVENTS[EVENTS < 19]:
        since = times - event - 0.007
        rise = np.maximum(since, 0) / 0.005
        values -= (4.0 * rise * np.exp(1 - rise))[:, np.newaxis]
    values[rng.integers(0, times.size, 300), 0] += 80
    onset, size = deflection(times, values, EVENTS[EVENTS < 19])
    assert size == pytest.approx(-4.0, abs=0.1) and onset == pytest.approx(0.0072, abs=3e-4)
    assert np.isnan(deflection(times, values, [])).all()


def test_the_onset_of_many_neurons_together_is_told_where_their_chance_is_too_small_for_a_number() -> None:
    events = np.arange(1, 201, dtype=float)
    times = np.arange(0, 202, 1e-3)
    phase = times % 1
    onset = pause(times[(phase < 0.018) | (phase > 0.1)], events)
    assert onset.surprise > 1000
    assert onset.onset == pytest.approx(0.018, abs=2e-3) and onset.duration == pytest.approx(0.083, abs=3e-3)
