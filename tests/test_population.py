"""Measures of populations whose truth is planted: independent, locked, synchronous and silent neurons."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ive

from lhb_model.errors import InputError
from lhb_model.population import (
    Ensemble,
    Measure,
    mean_tiling,
    pairwise_phase_consistency,
    phase_locking,
    phase_spectrum,
    population_measures,
    population_rate,
    spectrum,
    synchrony,
    tiling_coefficients,
)

SPAN = (0.0, 10.0)
SLOWER_MACHINE = 3
Trains = list[np.ndarray]


def poisson(seed: int, size: int, rate: float, span: tuple[float, float] = SPAN) -> Trains:
    """Independent neurons."""
    rng = np.random.default_rng(seed)
    return [np.sort(rng.uniform(*span, rng.poisson(rate * (span[1] - span[0])))) for _ in range(size)]


def modulated(seed: int, size: int, rate: float, frequency: float, depth: float) -> Trains:
    """Neurons of rate * (1 + depth * cos(2 pi frequency t + phase)), all of one phase."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 2 * np.pi)
    proposed = poisson(seed + 10_000, size, rate * (1 + depth))
    course = [1 + depth * np.cos(2 * np.pi * frequency * times + phase) for times in proposed]
    return [times[rng.uniform(0, 1 + depth, times.size) < now] for times, now in zip(proposed, course, strict=True)]


def bursting(seed: int, size: int, rate: float, spikes: int = 3, interval: float = 8e-3) -> Trains:
    """Independent neurons whose bursts start at random."""
    onsets = [train[train < SPAN[1] - 0.1] for train in poisson(seed, size, rate)]
    onsets = [train[np.diff(train, prepend=-1) > 2 * spikes * interval] for train in onsets]
    return [(train[:, np.newaxis] + interval * np.arange(spikes)).ravel() for train in onsets]


def thinned(trains: Trains, share: float, seed: int = 0) -> Trains:
    rng = np.random.default_rng(seed)
    return [train[rng.random(train.size) < share] for train in trains]


def over_seeds(measure: Callable[[int], float], seeds: int) -> tuple[float, float]:
    """Mean over seeds and the standard error of this mean."""
    values = np.array([measure(seed) for seed in range(seeds)])
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(seeds))


# ensemble ------------------------------------------------------------------------------------------------------------


def test_ensemble_keeps_every_spike_of_every_neuron():
    trains = poisson(0, 20, 3.0)
    ensemble = Ensemble.of([*trains, []], SPAN)
    assert ensemble.size == 21 and ensemble.counts.tolist() == [*map(len, trains), 0]
    for neuron, train in enumerate(trains):
        assert np.array_equal(ensemble.times[ensemble.neurons == neuron], train)


@pytest.mark.parametrize(
    ("train", "fault"),
    [
        ([0.3, 0.2], "out of order"),
        ([0.3, 0.3], "repeated"),
        ([np.nan], "finite"),
        ([1.5], "within the recorded span 0 to 1 s"),
        ([-0.1], "within the recorded span 0 to 1 s"),
        ([[0.1]], "one dimension"),
    ],
)
def test_bad_trains_are_refused_with_their_neuron(train: list, fault: str):
    with pytest.raises(InputError, match=f"neuron 1: .*{fault}"):
        Ensemble.of([[0.5], train], (0.0, 1.0))


def test_bad_settings_are_refused():
    ensemble = Ensemble.of([[0.5]], (0.0, 1.0))
    for call in (
        lambda: Ensemble.of([], (1.0, 0.0)),
        lambda: population_rate(ensemble, 0.0),
        lambda: phase_locking(ensemble, [(10.0, 4.0)]),
        lambda: phase_locking(ensemble, [(-1.0, 4.0)]),
        lambda: tiling_coefficients(ensemble, -0.1),
        lambda: synchrony(ensemble, np.nan),
        lambda: spectrum(ensemble, window=0.0),
        lambda: spectrum(ensemble).power((5.0, 5.0)),
    ):
        with pytest.raises(InputError):
            call()


def test_shifted_times_change_nothing():
    trains = modulated(1, 30, 5.0, 7.0, 0.5)
    trains = [np.unique(np.rint(1e4 * train)) / 1e4 for train in trains]
    here = population_measures(Ensemble.of(trains, SPAN))
    there = population_measures(Ensemble.of([train + 1000 for train in trains], (1000.0, 1010.0)))
    for name, measure in here.items():
        assert there[name].value == pytest.approx(measure.value, abs=1e-6) and there[name].n == measure.n, name


# rate and spectrum ---------------------------------------------------------------------------------------------------


def test_rate_counts_spikes_per_neuron_and_second():
    rate = population_rate(Ensemble.of([[0.0, 0.1, 0.12], [0.31], [], []], (0.0, 0.4)), 0.1)
    assert rate.tolist() == pytest.approx([2.5, 5.0, 0.0, 2.5])


def test_spikes_on_the_edge_of_a_bin_belong_to_it():
    steps = np.arange(0, 20_000, 50)
    assert population_rate(Ensemble.of([steps * 1e-4], (0.0, 2.0)), 5e-3).tolist() == pytest.approx([200.0] * 400)


def test_poisson_neurons_have_a_density_of_twice_the_rate_over_their_number():
    found = [spectrum(Ensemble.of(poisson(seed, 50, 4.0), SPAN)) for seed in range(20)]
    assert found[0].poisson == pytest.approx(2 * 4.0 / 50, rel=0.1)
    for density in ([s.density for s in found], [s.floor for s in found]):
        # Without the lowest frequencies, which the removed means take away.
        ratio = np.array([own[2:-1] / s.poisson for own, s in zip(density, found, strict=True)])
        assert ratio.mean() == pytest.approx(1, abs=0.02)


def test_uneven_rates_keep_the_poisson_density():
    trains = [train for rate in (1.0, 4.0, 40.0) for train in poisson(int(rate), 20, rate, (0.0, 60.0))]
    found = spectrum(Ensemble.of(trains, (0.0, 60.0)))
    assert found.density[2:-1].mean() == pytest.approx(found.poisson, rel=0.05)
    assert found.poisson == pytest.approx(2 * 15 / 60, rel=0.05)


def test_modulation_adds_half_its_squared_amplitude_to_the_power():
    rate, depth = 8.0, 0.5
    plain, _ = over_seeds(lambda seed: spectrum(Ensemble.of(poisson(seed, 100, rate), SPAN)).power(), 10)
    with_theta, error = over_seeds(
        lambda seed: spectrum(Ensemble.of(modulated(seed, 100, rate, 7.0, depth), SPAN)).power(), 10
    )
    assert plain == pytest.approx(6 * 2 * rate / 100, rel=0.1)
    assert with_theta - plain == pytest.approx((depth * rate) ** 2 / 2, abs=4 * error)


def test_a_spectrum_without_its_floor_is_the_same_density():
    ensemble = Ensemble.of(poisson(0, 20, 4.0), SPAN)
    whole, bare = spectrum(ensemble), spectrum(ensemble, with_floor=False)
    assert bare.density.tolist() == whole.density.tolist() and bare.power() == whole.power() > 0
    assert np.isnan(bare.floor).all() and np.isnan(bare.over_floor())


def test_bursts_of_independent_neurons_raise_the_floor_and_not_the_ratio():
    found = [spectrum(Ensemble.of(bursting(seed, 60, 1.5), SPAN)) for seed in range(20)]
    assert np.mean([s.floor[8:20].mean() / s.poisson for s in found]) > 2
    ratios = [s.over_floor() for s in found]
    assert np.mean(ratios) == pytest.approx(1, abs=0.1)


def test_equal_neurons_exceed_the_floor_by_their_number():
    train = poisson(0, 1, 5.0)[0]
    found = spectrum(Ensemble.of([train] * 7, SPAN))
    assert found.over_floor() == pytest.approx(7) and found.density == pytest.approx(7 * found.floor)


@pytest.mark.parametrize("frequency", [5.0, 6.8, 9.3])
def test_theta_peak_is_found_between_the_samples(frequency: float):
    mean, _ = over_seeds(
        lambda seed: spectrum(Ensemble.of(modulated(seed, 50, 6.0, frequency, 0.8), SPAN)).peak((4.0, 10.0)), 8
    )
    assert mean == pytest.approx(frequency, abs=0.05)


def test_neither_noise_nor_a_slope_nor_another_band_has_a_theta_peak():
    noise = [spectrum(Ensemble.of(poisson(seed, 20, 5.0), SPAN)).peak() for seed in range(60)]
    assert np.isfinite(noise).mean() < 0.12
    slow = [spectrum(Ensemble.of(modulated(seed, 50, 6.0, 1.5, 0.9), SPAN)) for seed in range(10)]
    assert np.isfinite([found.peak() for found in slow]).mean() < 0.3
    assert np.mean([found.peak((1.0, 3.0)) for found in slow]) == pytest.approx(1.5, abs=0.05)


def test_a_record_shorter_than_a_window_has_no_spectrum():
    found = spectrum(Ensemble.of(poisson(0, 5, 5.0, (0.0, 1.0)), (0.0, 1.0)))
    assert found.windows == 0 and np.isnan([found.power(), found.over_floor(), found.peak()]).all()
    assert spectrum(Ensemble.of(poisson(0, 5, 5.0), SPAN)).windows == 9


def test_many_neurons_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch):
    ensemble = Ensemble.of([*poisson(0, 7, 5.0), np.empty(0), *poisson(1, 3, 5.0)], (0.0, 10.003))
    at_once = spectrum(ensemble).floor
    monkeypatch.setattr("lhb_model.population._MOST_COUNTS", 4000)
    assert spectrum(ensemble).floor == pytest.approx(at_once)


# phase locking -------------------------------------------------------------------------------------------------------


def test_phase_consistency_is_the_mean_cosine_over_pairs():
    phases = np.random.default_rng(0).vonmises(1.0, 0.8, 30)
    cosines = [np.cos(one - other) for i, one in enumerate(phases) for other in phases[:i]]
    assert pairwise_phase_consistency(phases) == pytest.approx(np.mean(cosines))
    assert np.isnan(pairwise_phase_consistency([])) and np.isnan(pairwise_phase_consistency([1.0]))


@pytest.mark.parametrize("spikes", [2, 5, 40])
def test_phase_consistency_expects_the_squared_mean_vector_whatever_the_number(spikes: int):
    mean, error = over_seeds(
        lambda seed: pairwise_phase_consistency(np.random.default_rng(seed).vonmises(0.5, 1.0, spikes)), 3000
    )
    assert mean == pytest.approx((ive(1, 1.0) / ive(0, 1.0)) ** 2, abs=4 * error)


def slowly(trains: Trains, neuron: int, band: tuple[float, float], near_pairs: bool) -> tuple[float, int]:
    """Phase consistency of one neuron, spike by spike and pair by pair."""
    half, grid = round(1e3 / (band[1] - band[0])), 1e-3
    lags = np.arange(-half, half + 1)
    hann = (1 + np.cos(np.pi * lags / half)) / 2
    wave = hann * np.exp(-2j * np.pi * (sum(band) / 2) * grid * lags)
    wave -= hann * wave.sum() / hann.sum()
    milliseconds = [np.floor(train / grid + 1e-6).astype(int) for train in trains]
    others = np.concatenate([train for other, train in enumerate(milliseconds) if other != neuron])
    vectors = []
    for spike in milliseconds[neuron]:
        near = others[np.abs(others - spike) <= half] - spike
        vector = wave[near + half].sum()
        if abs(vector) > 1e-6 and half <= spike < SPAN[1] / grid - half:
            vectors.append((spike, vector / abs(vector)))
    cosines = [
        (one * other.conjugate()).real
        for i, (late, one) in enumerate(vectors)
        for early, other in vectors[:i]
        if near_pairs or late - early > 2 * half
    ]
    return float(np.mean(cosines)) if cosines else np.nan, len(vectors)


@pytest.mark.parametrize("near_pairs", [False, True])
@pytest.mark.parametrize("band", [(4.0, 10.0), (1.0, 1.8), (30.0, 50.0)])
def test_phase_locking_agrees_with_pair_by_pair(band: tuple[float, float], near_pairs: bool):
    trains = [*modulated(3, 3, 4.0, 7.0, 0.8), *bursting(4, 2, 0.8), np.empty(0), np.array([2.0])]
    found = phase_locking(Ensemble.of(trains, SPAN), [band], near_pairs)
    for neuron in range(len(trains)):
        ppc, spikes = slowly(trains, neuron, band, near_pairs)
        assert found.ppc[neuron, 0] == pytest.approx(ppc, nan_ok=True) and found.spikes[neuron, 0] == spikes


def test_planted_locking_is_found_whatever_the_neurons_own_phase():
    rng = np.random.default_rng(5)
    theta = modulated(5, 200, 6.0, 7.0, 0.6)
    late = [np.sort((train + shift) % 10) for train, shift in zip(theta[:20], rng.uniform(0, 1 / 7, 20), strict=True)]
    found = phase_locking(Ensemble.of([*late, *theta[20:], *poisson(6, 20, 6.0)], SPAN)).ppc[:, 0]
    assert found[20:200].mean() == pytest.approx(0.3**2, abs=0.015)
    assert found[:20].mean() == pytest.approx(0.3**2, abs=0.03)
    assert found[200:].mean() == pytest.approx(0, abs=0.015)


def test_independent_neurons_are_not_locked_even_if_they_burst():
    def mean(seed: int, near_pairs: bool = False) -> float:
        return float(phase_locking(Ensemble.of(bursting(seed, 60, 1.5), SPAN), near_pairs=near_pairs).mean()[0][0])

    value, error = over_seeds(mean, 20)
    assert abs(value) < 4 * error and error < 0.003
    with_near, _ = over_seeds(lambda seed: mean(seed, near_pairs=True), 20)
    assert with_near > 0.03


def test_locking_of_a_neuron_does_not_depend_on_its_number_of_spikes():
    def means(seed: int) -> tuple[float, float]:
        trains = modulated(seed, 100, 8.0, 7.0, 0.7)
        thin = thinned(trains[:20], 0.25) + trains[20:]
        whole, fewer = (phase_locking(Ensemble.of(given, SPAN)).ppc[:20, 0] for given in (trains, thin))
        return float(np.nanmean(whole)), float(np.nanmean(fewer))

    pairs = np.array([means(seed) for seed in range(15)])
    assert abs(np.diff(pairs.mean(axis=0))[0]) < pairs.std(axis=0, ddof=1).max()
    assert abs(np.diff(pairs.mean(axis=0))[0]) < 0.02 < 0.1 < pairs.mean()


def test_thinning_all_to_a_quarter_changes_consistency_by_less_than_the_scatter():
    def means(seed: int) -> tuple[float, float]:
        trains = modulated(seed, 200, 6.0, 7.0, 0.6)
        return tuple(
            float(phase_locking(Ensemble.of(given, SPAN)).mean()[0][0]) for given in (trains, thinned(trains, 0.25))
        )

    whole, quarter = np.array([means(seed) for seed in range(12)]).T
    assert abs(whole.mean() - quarter.mean()) < quarter.std(ddof=1)
    assert quarter.mean() > 0.8 * whole.mean()


def test_spectrum_of_consistency_peaks_where_it_was_planted():
    found = phase_spectrum(Ensemble.of(modulated(2, 80, 6.0, 16.0, 0.7), SPAN))
    values, n = found.mean()
    assert found.frequencies[np.nanargmax(values)] == pytest.approx(16.0) and set(n) == {80}
    assert values[np.abs(np.log2(found.frequencies / 16)) > 0.7] == pytest.approx(0, abs=0.02)


def test_mean_consistency_counts_the_neurons_with_enough_spikes():
    theta = modulated(2, 40, 6.0, 7.0, 0.7)
    theta[0], theta[1] = theta[0][3::12][:5], theta[1][:0]
    found = phase_locking(Ensemble.of(theta, SPAN))
    assert found.mean()[1].tolist() == [38] and found.mean(least_spikes=2)[1].tolist() == [39]
    assert found.mean()[0][0] == pytest.approx(found.ppc[2:, 0].mean())
    values, n = found.mean(least_spikes=10_000)
    assert np.isnan(values[0]) and n[0] == 0


def test_a_neuron_alone_or_a_short_record_has_no_phase():
    assert phase_locking(Ensemble.of([poisson(0, 1, 20.0)[0], []], SPAN)).spikes.tolist() == [[0], [0]]
    short = phase_locking(Ensemble.of(poisson(0, 3, 20.0, (0.0, 0.2)), (0.0, 0.2)))
    assert np.isnan(short.ppc).all() and not short.spikes.any()


# pairs of neurons ----------------------------------------------------------------------------------------------------


def test_tiling_coefficient_of_a_case_worked_by_hand():
    # Near B lie two of A's four spikes, near A one of B's two; the windows cover 0.05 + 0.1 + 0.3 of 2 s, and 0.2 + 0.2.
    a, b = [0.0, 0.95, 1.0, 1.1], [1.05, 1.5]
    expected = ((3 / 4 - 0.4 / 2) / (1 - 3 / 4 * 0.4 / 2) + (1 / 2 - 0.45 / 2) / (1 - 1 / 2 * 0.45 / 2)) / 2
    found = tiling_coefficients(Ensemble.of([a, b], (0.0, 2.0)), window=0.1)
    assert found[0, 1] == found[1, 0] == pytest.approx(expected)


def test_tiling_takes_spikes_exactly_a_window_apart_as_near():
    for start in (0.0, 1000.0):
        a = start + np.arange(100, 9_000, 700) * 1e-4
        found = tiling_coefficients(Ensemble.of([a, a + 0.01, a + 0.0101], (start, start + 1.0)), window=0.01)
        assert found[0, 1] == pytest.approx(1) and found[0, 2] < 0


def test_tiling_is_one_for_equal_trains_and_where_windows_fill_the_record():
    train = poisson(0, 1, 5.0)[0]
    assert tiling_coefficients(Ensemble.of([train, train], SPAN)) == pytest.approx(np.ones((2, 2)))
    dense = np.arange(0.05, 1, 0.1)
    assert tiling_coefficients(Ensemble.of([dense, [0.31, 0.62]], (0.0, 1.0)), 0.1)[0, 1] == pytest.approx(
        # Every spike of the second lies near the first, whose windows fill the record: one half is 1.
        (1 + (0.4 - 0.4) / (1 - 0.4 * 0.4)) / 2
    )


def test_tiling_is_zero_for_independent_neurons_of_any_rate():
    for rate in (1.0, 10.0):
        mean, error = over_seeds(lambda seed, r=rate: mean_tiling(Ensemble.of(poisson(seed, 20, r), SPAN))[0], 20)
        assert mean == pytest.approx(0, abs=max(4 * error, 0.002))


def test_tiling_leaves_silent_neurons_out_and_counts_the_pairs():
    trains = [*poisson(0, 4, 5.0), np.empty(0), np.empty(0)]
    coefficients = tiling_coefficients(Ensemble.of(trains, SPAN))
    assert np.isnan(coefficients[4:]).all() and np.isfinite(coefficients[:4, :4]).all()
    mean, pairs = mean_tiling(Ensemble.of(trains, SPAN))
    assert pairs == 6 and mean == pytest.approx(coefficients[:4, :4][np.triu_indices(4, 1)].mean())


def test_tiling_agrees_with_elephant():
    pytest.importorskip("elephant")
    import neo
    import quantities
    from elephant.spike_train_correlation import spike_time_tiling_coefficient

    rng = np.random.default_rng(0)
    # Elephant 1.2 widens its window by 1e-5 of the time (its pull request 706): to no further whole millisecond here.
    trains = [np.unique(rng.integers(1, 9_999, size)) / 1e3 for size in (3, 40, 200, 200, 600)]
    trains.append(np.unique(np.clip(trains[2] + rng.integers(-4, 5, trains[2].size) / 1e3, 0.001, 9.999).round(3)))
    ours = tiling_coefficients(Ensemble.of(trains, SPAN), window=5.5e-3)
    theirs = [neo.SpikeTrain(train, units="s", t_stop=10.0) for train in trains]
    for i, one in enumerate(theirs):
        for j, other in enumerate(theirs):
            expected = spike_time_tiling_coefficient(one, other, dt=5.5 * quantities.ms)
            assert ours[i, j] == pytest.approx(expected, abs=1e-12)


def test_synchrony_is_mean_covariance_over_mean_variance():
    trains = modulated(0, 12, 6.0, 7.0, 0.9)
    counts = np.array([np.histogram(train, np.arange(501) * 0.02)[0] for train in trains])
    covariance = np.cov(counts, bias=True)
    expected = covariance[~np.eye(12, dtype=bool)].mean() / np.diag(covariance).mean()
    found = synchrony(Ensemble.of([*trains, []], SPAN))
    assert found == pytest.approx(expected)
    chi_squared = counts.mean(axis=0).var() / counts.var(axis=1).mean()
    assert chi_squared == pytest.approx((1 + 11 * found) / 12)


def test_synchrony_does_not_depend_on_the_number_of_neurons():
    few, many = (
        over_seeds(lambda s, n=n: synchrony(Ensemble.of(modulated(s, n, 6.0, 7.0, 0.9), SPAN)), 8) for n in (20, 80)
    )
    assert few[0] == pytest.approx(many[0], abs=3 * np.hypot(few[1], many[1])) and many[0] > 0.02
    none, error = over_seeds(lambda seed: synchrony(Ensemble.of(poisson(seed, 40, 6.0), SPAN)), 20)
    assert abs(none) < 4 * error


def test_synchrony_needs_two_neurons_and_counts_that_vary():
    steady = np.arange(0.01, 1, 0.02)
    for trains in ([], [[]], [[0.1, 0.2], []], [steady, steady]):
        assert np.isnan(synchrony(Ensemble.of(trains, (0.0, 1.0))))
    assert np.isnan(synchrony(Ensemble.of([[0.001], [0.002]], (0.0, 0.01))))


# all measures --------------------------------------------------------------------------------------------------------

NAMES = (
    "population_rate", "theta_power", "theta_over_floor", "theta_peak_frequency", "theta_phase_consistency",
    "spike_time_tiling", "synchrony",
)  # fmt: skip


def test_measures_of_a_silent_population_are_zero_or_nan():
    measures = population_measures(Ensemble.of([[]] * 20, SPAN))
    assert tuple(measures) == NAMES
    assert measures["population_rate"] == Measure(0.0, "Hz", 20) and measures["theta_power"].value == 0
    for name in NAMES[2:]:
        assert np.isnan(measures[name].value) and measures[name].n == 0, name


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("trains", [[], [[]], [[1.0]], [[1.0], [1.0]], [[1.0], []], [np.arange(0.001, 10, 0.02)] * 2])
def test_measures_of_hardly_anything_are_defined(trains: list):
    for span in (SPAN, (0.0, 12.3456)):
        ensemble = Ensemble.of(trains, span)
        measures = population_measures(ensemble)
        assert all(isinstance(measure.value, float) and isinstance(measure.n, int) for measure in measures.values())
        assert phase_spectrum(ensemble).ppc.shape == (len(trains), 26)


def test_measures_say_how_many_are_behind_them():
    trains = [*modulated(0, 30, 6.0, 7.0, 0.8), np.empty(0), np.array([5.0])]
    measures = population_measures(Ensemble.of(trains, SPAN))
    assert [measures[name].n for name in NAMES] == [32, 32, 31, 31, 30, 31 * 30 // 2, 31]
    assert [measures[name].of for name in NAMES] == ["neurons"] * 5 + ["pairs", "neurons"]
    assert measures["theta_peak_frequency"].value == pytest.approx(7.0, abs=0.1)
    assert measures["theta_over_floor"].value > 3 and measures["theta_phase_consistency"].value > 0.1


def test_measures_of_a_thousand_neurons_take_less_than_a_second():
    ensemble = Ensemble.of(poisson(0, 1000, 6.0), SPAN)
    start = time.process_time()
    population_measures(ensemble)
    assert time.process_time() - start < 1 * SLOWER_MACHINE
