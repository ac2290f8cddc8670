"""What is drawn for a network: exact where it says exact, shared where it says shared, and of the stated distribution."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy import exp
from scipy import stats

from lhb_model import catalogue, config
from lhb_model.composition import compose_model
from lhb_model.equations import SteadyState
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.model import Change, Model, Population, Projection, Rest, RestGroup, Spread, TraceRequest
from lhb_model.simulate import realise as module
from lhb_model.simulate.realise import Job, draw_neurons, realise, synapses_of
from small_models import cell_of, interpret, model, number, population, replayed, settings

CELL = ["ions", "leak", "h_current", "ampa", "noise_current", "injected_current", "action_potential"]
AMOUNTS = {"g_L": "2 nS", "E_L": "-65 mV", "g_h": "1 nS", "E_h": "-40 mV", "V_q": "-85 mV", "k_q": "7 mV"}


def spread(kind: str, width: float) -> Spread:
    return Spread(kind, width, "chosen for a test", "assumed")


def grouped(*shares: float) -> Rest:
    """Groups at -80, -70, -60 mV and so on."""
    groups = [RestGroup(f"group {k}", share, -0.08 + 0.01 * k, 0.0, {}) for k, share in enumerate(shares)]
    return Rest(tuple(groups), (), {})


def neurons(size: int = 10, seed: int = 1, **more: Any) -> dict[str, Any]:
    return draw_neurons(population("lhb", CELL, size, AMOUNTS, **more), seed)


def network(**more: Any) -> Model:
    """A recurrent nucleus, one that it drives, and one further on, whose twins lack the first one's spikes."""
    size = 30
    lhb = population("lhb", CELL, size, AMOUNTS, rest=grouped(0.5, 0.5), spread={"g_h": spread("lognormal", 0.2)})
    rmtg = population("rmtg", CELL, 12, AMOUNTS, twin=True, spread={"I_hold": spread("normal", 5e-12)})
    vta = population("vta", CELL, 8, AMOUNTS, twin=True, start={"v": (-0.08, -0.06)})
    weights = {"ampa": number("0.5 nS")}
    projections = (
        Projection("a", "lhb", "lhb", 5, 1e-3, weights),
        Projection("b", "lhb", "rmtg", 7, 1e-3, weights),
        Projection("c", "rmtg", "vta", 4, 1e-3, weights),
    )
    return model(lhb, rmtg, vta, projections=projections, **more)


def same(a: Any, b: Any) -> bool:
    return np.array_equal(np.asarray(a), np.asarray(b))


# resting potentials --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size, shares, counts",
    [
        (10, (0.2, 0.3, 0.5), [2, 3, 5]),
        (100, (0.33, 0.67), [33, 67]),
        (100, (0.29, 0.71), [29, 71]),
        (100, (0.07, 0.93), [7, 93]),
        # Largest remainders: 1.4, 2.1 and 3.5; then 3.3 and 6.7; then one each, and one for the first of equals.
        (7, (0.2, 0.3, 0.5), [1, 2, 4]),
        (10, (0.33, 0.67), [3, 7]),
        (4, (1 / 3, 1 / 3, 1 / 3), [2, 1, 1]),
        (1, (0.4, 0.6), [0, 1]),
        (5, (1.0, 0.0), [5, 0]),
    ],
)
def test_groups_have_exactly_their_shares(size: int, shares: tuple[float, ...], counts: list[int]) -> None:
    for seed in (1, 2, 3):
        group = np.rint((neurons(size, seed, rest=grouped(*shares))["v"] + 0.08) / 0.01).astype(int)
        assert np.bincount(group, minlength=len(shares)).tolist() == counts


def test_members_of_a_group_are_scattered() -> None:
    low = neurons(1000, rest=grouped(0.5, 0.5))["v"] < -0.075
    assert low[:500].sum() == pytest.approx(250, abs=50)


def test_resting_potentials_of_a_group_are_normal() -> None:
    rest = Rest((RestGroup("all", 1.0, -0.07, 0.004, {}),), (), {})
    v = neurons(4000, rest=rest)["v"]
    assert stats.kstest((v + 0.07) / 0.004, "norm").pvalue > 1e-3


def test_neurons_on_a_ladder_are_held_at_evenly_spaced_potentials_in_order() -> None:
    rest = replace(grouped(0.5, 0.5), hold=(-0.08, -0.04))
    values = neurons(5, rest=rest)
    assert values["v"] == pytest.approx([-0.08, -0.07, -0.06, -0.05, -0.04])
    steady = SteadyState(cell_of(CELL).equations, values)
    assert sum(steady[name] for name in cell_of(CELL).currents) == pytest.approx(np.zeros(5), abs=1e-18)


def test_the_holding_current_balances_the_cell_at_its_resting_potential() -> None:
    """Leak and h current at v, typed again in mV, nS and pA; outward where the cell rests below their mean."""
    values = neurons(6, rest=grouped(0.5, 0.5))
    V = values["v"] * 1e3
    hold = -(2 * (-65 - V) + 1 / (1 + exp((V + 85) / 7)) * (-40 - V))
    np.testing.assert_allclose(values["I_hold"] * 1e12, hold, rtol=1e-9)


def test_the_balance_leaves_out_what_it_is_told_to_and_counts_fixed_inputs() -> None:
    rest = replace(grouped(0.5, 0.5), without=("I_h",), fixed={"s_AMPA": 0.5e-9})
    values = neurons(6, rest=rest)
    V = values["v"] * 1e3
    np.testing.assert_allclose(values["I_hold"] * 1e12, -(2 * (-65 - V) + 0.5 * (0 - V)), rtol=1e-9)
    assert same(values["s_AMPA"], 0.5e-9), "the simulation starts with the mean of the input"


def test_groups_carry_their_factors() -> None:
    groups = (RestGroup("low", 0.5, -0.08, 0.0, {"g_h": 0.25}), RestGroup("high", 0.5, -0.06, 0.0, {"g_L": 3.0}))
    values = neurons(10, rest=Rest(groups, (), {}))
    low = values["v"] < -0.07
    np.testing.assert_allclose(values["g_h"], np.where(low, 0.25e-9, 1e-9))
    np.testing.assert_allclose(values["g_L"], np.where(low, 2e-9, 6e-9))
    V, g_h, g_L = values["v"] * 1e3, values["g_h"] * 1e9, values["g_L"] * 1e9
    hold = -(g_L * (-65 - V) + g_h / (1 + exp((V + 85) / 7)) * (-40 - V))
    np.testing.assert_allclose(values["I_hold"] * 1e12, hold, rtol=1e-9)


def test_a_holding_current_that_is_set_is_added() -> None:
    cells = population("lhb", CELL, 6, {**AMOUNTS, "I_hold": "7 pA"}, rest=grouped(0.5, 0.5))
    extra = draw_neurons(cells, 1)["I_hold"] - neurons(6, rest=grouped(0.5, 0.5))["I_hold"]
    np.testing.assert_allclose(extra, 7e-12)


def test_the_shipped_population_rests() -> None:
    """Whatever its numbers: without its spike currents no net current flows at the drawn potentials."""
    experiment = config.load("ketamine")
    lhb = compose_model(experiment, experiment.conditions[0]).population("lhb")
    assert lhb.rest is not None and lhb.cell is not None
    rest = SteadyState(lhb.cell.equations, {**lhb.rest.fixed, **draw_neurons(lhb, 5)})
    currents = {name: rest[name] for name in lhb.cell.currents if name not in lhb.rest.without}
    assert np.abs(sum(currents.values())).max() < 1e-9 * np.abs(currents["I_L"]).max()


# start values --------------------------------------------------------------------------------------------------------


def test_gates_start_at_their_steady_state() -> None:
    values = neurons(8, rest=grouped(0.5, 0.5))
    np.testing.assert_allclose(values["q"], 1 / (1 + exp((values["v"] * 1e3 + 85) / 7)))
    assert values["s_AMPA"] == 0


def test_a_cell_without_a_resting_potential_starts_at_its_leak() -> None:
    values = neurons(8)
    assert values["v"] == -0.065
    assert values["q"] == pytest.approx(1 / (1 + exp(20 / 7)))


def test_start_values_fill_their_range_and_gates_follow() -> None:
    values = neurons(2000, start={"v": (-0.09, -0.05), "s_AMPA": (0.0, 2e-9)})
    for name, low, width in (("v", -0.09, 0.04), ("s_AMPA", 0.0, 2e-9)):
        assert stats.kstest((values[name] - low) / width, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(values["v"], values["s_AMPA"])[0, 1]) < 0.1
    np.testing.assert_allclose(values["q"], 1 / (1 + exp((values["v"] * 1e3 + 85) / 7)))


# spread --------------------------------------------------------------------------------------------------------------


def test_spread_has_the_stated_distribution() -> None:
    widths = {"g_L": spread("lognormal", 0.3), "E_L": spread("normal", 0.002), "g_h": spread("uniform", 0.5e-9)}
    values = neurons(5000, spread=widths)
    assert stats.kstest(np.log(values["g_L"] / 2e-9) / 0.3, "norm").pvalue > 1e-3
    assert stats.kstest((values["E_L"] + 0.065) / 0.002, "norm").pvalue > 1e-3
    assert stats.kstest((values["g_h"] - 0.5e-9) / 1e-9, "uniform").pvalue > 1e-3
    drawn = np.array([values[name] for name in widths])
    assert np.abs(np.corrcoef(drawn)[np.triu_indices(3, 1)]).max() < 0.06


def test_a_spread_of_one_parameter_changes_no_other_draw() -> None:
    plain = neurons(50, spread={"g_L": spread("normal", 1e-10)}, start={"s_AMPA": (0, 1e-9)}, rest=grouped(0.4, 0.6))
    widths = {"g_h": spread("lognormal", 0.5), "g_L": spread("normal", 1e-10), "C": spread("uniform", 1e-12)}
    more = neurons(50, spread=widths, start={"s_AMPA": (0, 1e-9)}, rest=grouped(0.4, 0.6))
    assert {name for name in plain if not same(plain[name], more[name])} == {"g_h", "C", "I_hold"}


def test_a_width_of_zero_is_no_spread() -> None:
    for kind in ("normal", "lognormal", "uniform"):
        assert same(neurons(5, spread={"g_L": spread(kind, 0.0)})["g_L"], np.full(5, 2e-9))


def test_another_nucleus_draws_other_numbers() -> None:
    cells = population("lhb", CELL, 50, AMOUNTS, spread={"g_L": spread("normal", 1e-10), "C": spread("normal", 1e-12)})
    one, two = draw_neurons(cells, 1), draw_neurons(replace(cells, name="rmtg"), 1)
    for name in ("g_L", "C", "noise_key"):
        assert abs(np.corrcoef(one[name], two[name])[0, 1]) < 0.5
    assert abs(np.corrcoef(one["g_L"], one["C"])[0, 1]) < 0.5


# seeds and conditions ------------------------------------------------------------------------------------------------


def everything(job: Job) -> dict[str, Any]:
    wiring = {f"{name} {k}": array for name, pair in job.wiring.items() for k, array in enumerate(pair)}
    sources = {f"{name} {k}": array for name, pair in job.spike_sources.items() for k, array in enumerate(pair)}
    return {**settings(job), **wiring, **sources}


def test_the_same_seed_draws_the_same_network() -> None:
    one, two = realise(network(), 4), realise(network(), 4)
    assert one.structure == two.structure
    assert all(same(value, everything(two)[name]) for name, value in everything(one).items())


def test_neurons_drawn_before_are_those_drawn_again() -> None:
    """Conditions that share a seed share what was drawn, which nobody can change; another seed or population is drawn anew."""
    one, again = realise(network(), 11), realise(network(), 11)
    fresh = draw_neurons(network().populations[0], 11)
    assert same(settings(again)["lhb.I_hold"], settings(one)["lhb.I_hold"])
    assert same(settings(again)["lhb.noise_key"], fresh["noise_key"])
    shared = module._neurons(network().populations[0], 11)
    assert shared["v"] is module._neurons(network().populations[0], 11)["v"]
    with pytest.raises(ValueError, match="read-only"):
        shared["v"] += 1.0  # type: ignore[operator]
    wider = replace(network().populations[0], size=31)
    assert module._neurons(wider, 11)["noise_key"].size == 31  # type: ignore[union-attr]
    assert not same(module._neurons(network().populations[0], 12)["noise_key"], fresh["noise_key"])


def test_another_seed_draws_another_network() -> None:
    """Every array that is drawn differs; the structure, and so the build, is the same."""
    one, two = realise(network(), 4), realise(network(), 5)
    assert one.structure == two.structure
    alike = {name for name, value in everything(one).items() if same(value, everything(two)[name])}
    drawn = {"lhb.v", "lhb.I_hold", "lhb.g_h", "lhb.q", "rmtg.I_hold", "vta.v", "vta.q"}
    drawn |= {f"{name}.noise_key" for name in ("lhb", "rmtg", "vta")}
    drawn |= {f"{name} 0" for name in ("lhb_to_lhb", "lhb_to_rmtg", "rmtg_to_vta")}
    assert alike == set(everything(one)) - drawn


@pytest.mark.parametrize("name", catalogue.sheet_paths("experiment"))
def test_conditions_share_neurons_wiring_and_noise(name: str) -> None:
    """What differs is what an intervention names; replayed trains differ in their pattern, not in their counts."""
    experiment = config.load(name)
    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    jobs = [realise(made, 3) for made in models]
    drawn = [{**settings(job), **dict(job.wiring), **dict(job.recorded)} for job in jobs]
    for made, job, values in zip(models, jobs, drawn, strict=True):
        touched = {f"{change.nucleus}.{change.parameter}" for change in (*made.changes, *models[0].changes)}
        changes = {name.replace(" -> ", "_to_") for name in touched}
        changes |= {f"{p.name}.{slow}" for p in made.populations if p.cell for slow in p.cell.slow}
        assert job.structure == jobs[0].structure and list(values) == list(drawn[0])
        assert all(same(value, drawn[0][key]) for key, value in values.items() if key not in changes)
    for source in jobs[0].spike_sources:
        counts = [np.bincount(job.spike_sources[source][1]).tolist() for job in jobs]
        assert len({tuple(count) for count in counts if count}) == 1


# wiring --------------------------------------------------------------------------------------------------------------


def wired(source: Population, target: Population, in_degree: int, seed: int = 1) -> np.ndarray:
    """Sources of each target, one row for each."""
    projection = Projection("x", source.name, target.name, in_degree, 1e-3, {"ampa": number("1 nS")})
    nuclei = (source,) if source is target else (source, target)
    sources, targets = realise(model(*nuclei, projections=(projection,)), seed).wiring[
        f"{source.name}_to_{target.name}"
    ]
    assert same(targets, np.repeat(np.arange(target.size), in_degree))
    assert sources.dtype == targets.dtype == np.int32
    return sources.reshape(target.size, in_degree)


@pytest.mark.parametrize("in_degree", [1, 5, 19])
def test_every_neuron_has_exactly_its_inputs_and_none_is_itself(in_degree: int) -> None:
    cells = population("lhb", CELL, 20, AMOUNTS)
    sources = wired(cells, cells, in_degree)
    assert all(np.unique(row).size == in_degree for row in sources)
    assert not np.any(sources == np.arange(20)[:, None])
    assert sources.min() >= 0 and sources.max() <= 19


@pytest.mark.parametrize("in_degree", [1, 8, 13])
def test_inputs_from_another_nucleus(in_degree: int) -> None:
    """A neuron of the same number is an input like any other; with as many inputs as sources all are taken."""
    sources = wired(population("lhb", CELL, 13, AMOUNTS), population("rmtg", CELL, 30, AMOUNTS), in_degree)
    assert all(np.unique(row).size == in_degree for row in sources)
    assert in_degree == 1 or np.any(sources == np.arange(30)[:, None])
    assert sources.min() >= 0 and sources.max() <= 12


def test_every_source_is_as_likely_as_any_other() -> None:
    cells = population("lhb", CELL, 300, AMOUNTS)
    outputs = np.bincount(wired(cells, cells, 30).ravel(), minlength=300)
    # Binomial with 299 targets; at most 5 standard deviations of 5.2 from the mean.
    assert outputs.sum() == 9000 and abs(outputs - 30).max() < 26
    assert outputs.var() == pytest.approx(299 * 30 / 299 * (1 - 30 / 299), rel=0.3)


def test_wiring_does_not_depend_on_how_much_of_it_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = population("lhb", CELL, 50, AMOUNTS)
    whole = wired(cells, cells, 7)
    for numbers_at_once in (1, 120, 50 * 49):
        monkeypatch.setattr(module, "CHOICES_AT_ONCE", numbers_at_once)
        assert same(wired(cells, cells, 7), whole)


def test_inputs_of_a_share_of_the_neurons() -> None:
    """So many neurons have all of the inputs and the others none; the inputs of a share of 1 are those of no share."""
    source, target = population("lhb", CELL, 13, AMOUNTS), population("rmtg", CELL, 50, AMOUNTS, twin=True)

    def pairs(share: float) -> tuple[np.ndarray, np.ndarray]:
        wire = Projection("x", "lhb", "rmtg", 4, 1e-3, {"ampa": number("1 nS")}, share=share)
        job = realise(model(source, target, projections=(wire,)), 1)
        assert synapses_of(model(source, target, projections=(wire,))) == job.wiring["lhb_to_rmtg"][1].size
        return job.wiring["lhb_to_rmtg"]

    counts = np.bincount(pairs(0.52)[1], minlength=50)
    assert counts.size == 50 and sorted(set(counts.tolist())) == [0, 4] and np.count_nonzero(counts) == 26
    assert not np.array_equal(np.flatnonzero(counts), np.arange(26))
    assert np.array_equal(pairs(1.0)[1], np.repeat(np.arange(50), 4)) and np.unique(pairs(0.001)[1]).size == 1


# twins ---------------------------------------------------------------------------------------------------------------


def test_twins_are_copies() -> None:
    job = realise(network(), 2)
    values = settings(job)
    for name, size in (("rmtg", 12), ("vta", 8)):
        arrays = {key: value for key, value in values.items() if key.startswith(f"{name}.") and np.ndim(value)}
        assert {f"{name}.noise_key"} < set(arrays)
        for value in arrays.values():
            assert value.size == 2 * size and same(value[:size], value[size:])
    assert values["lhb.v"].size == 30
    assert {group.name: group.size for group in job.structure.groups} == {"lhb": 30, "rmtg": 24, "vta": 16}


def test_twins_are_wired_as_their_originals_but_to_the_lhb() -> None:
    job = realise(network(), 2)
    sources, targets = job.wiring["rmtg_to_vta"]
    half = 8 * 4
    assert sources.size == 2 * half and sources[:half].max() < 12 and targets[:half].max() < 8
    assert same(sources[half:], sources[:half] + 12) and same(targets[half:], targets[:half] + 8)
    for name, size in (("lhb_to_rmtg", 12), ("lhb_to_lhb", 30)):
        assert job.wiring[name][1].max() < size
    assert synapses_of(network()) == sum(sources.size for sources, _ in job.wiring.values())


def test_twins_hear_replayed_trains_of_other_nuclei() -> None:
    vta = population("vta", CELL, 8, AMOUNTS, twin=True)
    wires = (Projection("a", "ppn", "vta", 3, 1e-3, {"ampa": number("0.5 nS")}),)
    sources, targets = realise(model(replayed("ppn", 6), vta, projections=wires), 2).wiring["ppn_to_vta"]
    assert same(sources[24:], sources[:24]) and same(targets[24:], targets[:24] + 8)


def test_a_nucleus_draws_the_same_with_and_without_twins() -> None:
    with_twins, alone = (
        realise(model(population("vta", CELL, 8, AMOUNTS, twin=twin, start={"v": (-0.08, -0.06)})), 2)
        for twin in (True, False)
    )
    for name, value in settings(alone).items():
        assert same(value, settings(with_twins)[name][:8] if np.ndim(value) else settings(with_twins)[name])


@pytest.fixture(scope="module")
def silent_and_bursting() -> Iterator[list[dict[str, tuple[np.ndarray, np.ndarray]]]]:
    """Spikes of two nuclei that replayed trains drive, and of their twins; once without and once with spikes."""
    mechanisms = ["leak", "ampa", "gaba_a", "noise_current", "injected_current", "integrate_and_fire"]
    amounts = {"C": "30 pF", "g_L": "3 nS", "E_L": "-60 mV", "I_hold": "60 pA", "sigma_noise": "15 pA"}
    rmtg, vta = (population(name, mechanisms, 5, amounts, twin=True) for name in ("rmtg", "vta"))
    wires = (
        Projection("a", "lhb", "rmtg", 6, 1e-3, {"ampa": number("10 nS")}),
        Projection("b", "rmtg", "vta", 3, 1e-3, {"gaba_a": number("0.4 nS")}),
    )
    yield [
        interpret(
            realise(model(replayed("lhb", 6, pattern, 40.0), rmtg, vta, projections=wires, duration=0.2), 1)
        ).spikes
        for pattern in ("silent", "bursting")
    ]


def halves(spikes: tuple[np.ndarray, np.ndarray], size: int = 5) -> tuple[set, set]:
    pairs = set(zip(*map(np.ndarray.tolist, spikes), strict=True))
    return {(s, n) for s, n in pairs if n < size}, {(s, n - size) for s, n in pairs if n >= size}


@pytest.mark.parametrize("nucleus", ["rmtg", "vta"])
def test_twins_fire_as_the_nucleus_does_without_the_lhb(silent_and_bursting: list, nucleus: str) -> None:
    silent, bursting = (halves(spikes[nucleus]) for spikes in silent_and_bursting)
    assert len(silent[0]) > 10
    assert silent[0] == silent[1] == bursting[1]
    assert bursting[0] != bursting[1]


# schedule ------------------------------------------------------------------------------------------------------------


def passing(job: Job) -> list[int]:
    """Steps of each stretch of time."""
    stretches = [value / job.structure.dt for word, _, value in job.schedule if word == "run"]
    assert np.allclose(stretches, np.rint(stretches), atol=1e-6)
    return [round(stretch) for stretch in stretches]


def drug(factor: float, start: float, stop: float, parameter: str = "g_h", shift: float = 0.0) -> Change:
    return Change("lhb", parameter, factor, shift, start, stop, "a drug")


@pytest.mark.parametrize("duration, dt", [(0.1, 1e-4), (1.2, 1e-4), (2.3, 5e-5), (11.0, 5e-5)])
def test_time_passes_in_whole_steps_to_the_end(duration: float, dt: float) -> None:
    cells = population("lhb", CELL, 1, AMOUNTS)
    made = model(cells, duration=duration, dt=dt, changes=(drug(0.5, 0.0333, 0.0777),))
    stretches = passing(realise(made, 1))
    assert sum(stretches) == round(duration / dt) and min(stretches) > 0
    assert {round(0.0333 / dt), round(0.0777 / dt)} <= set(np.cumsum(stretches).tolist())


def test_a_drug_scales_each_neuron_from_its_onset_to_its_end() -> None:
    job = realise(network(changes=(drug(0.25, 0.03, 0.06),)), 1)
    base = settings(job)["lhb.g_h"]
    words, steps, seen = list(job.schedule), 0, []
    for word, name, value in words[len(settings(job)) :]:
        if word == "run":
            steps += round(value / 1e-4)
        else:
            seen.append((steps, name, value))
    assert [(step, name) for step, name, _ in seen] == [(300, "lhb.g_h"), (600, "lhb.g_h")]
    np.testing.assert_allclose(seen[0][2], base * 0.25, rtol=1e-15)
    assert same(seen[1][2], base)


def test_before_its_onset_a_drug_changes_nothing() -> None:
    control, treated = realise(network(), 1), realise(network(changes=(drug(0.25, 0.03, 0.1),)), 1)
    assert list(settings(control)) == list(settings(treated))
    assert all(same(value, settings(treated)[name]) for name, value in settings(control).items())
    assert passing(treated)[0] == 300


def test_no_effect_is_exactly_the_untouched_model() -> None:
    """Factor 1 and shift 0, as of a dose of 0, set nothing."""
    untouched, dosed = (
        realise(network(), 1),
        realise(network(changes=(drug(1.0, 0.0, 0.1), drug(1.0, 0.0, 0.1, "E_L"))), 1),
    )
    for one, two in zip(untouched.schedule, dosed.schedule, strict=True):
        assert one[:2] == two[:2] and same(one[2], two[2])


def test_a_shift_moves_a_shared_number_and_units_of_concentration_follow_brian() -> None:
    cells = population("lhb", ["leak", "ions", "nmda", "action_potential"], 3, {"Mg_out": "1 mM", "E_K": "-90 mV"})
    changes = (drug(1.0, 0.0, 0.1, "E_K", -0.01), drug(2.0, 0.0, 0.1, "Mg_out"))
    job = realise(model(cells, changes=changes), 1)
    # Brian2 counts concentrations in mol/m3.
    assert settings(job)["lhb.E_K"] == pytest.approx(-0.1)
    assert settings(job)["lhb.Mg_out"] == pytest.approx(2.0)
    assert [value for _, name, value in job.schedule if name == "lhb.Mg_out"] == pytest.approx([1.0, 2.0])


def test_weights_and_plasticity_of_a_projection_change_like_any_parameter() -> None:
    """From their onset to their end, and no other projection's."""
    cells, weights = population("lhb", CELL, 5, AMOUNTS), {"ampa": number("2 nS")}
    wires = tuple(
        Projection(
            f"lhb -> {target.name}", "lhb", target.name, 2, 1e-3, weights, short_term_plasticity.MECHANISM.parameters
        )
        for target in (cells, population("rmtg", CELL, 4, AMOUNTS))
    )
    changes = (
        Change("lhb -> rmtg", "w_ampa", 0.0, 0.0, 0.02, 0.05, "lesion"),
        Change("lhb -> rmtg", "tau_facilitation", 0.5, 0.0, 0.0, 0.1, "drug"),
    )
    made = model(cells, population("rmtg", CELL, 4, AMOUNTS), projections=wires, changes=changes)
    job = realise(made, 1)
    assert made.parameters("lhb -> rmtg")["w_ampa"].value == 2e-9
    set_to = [value for word, name, value in job.schedule if word == "set" and name == "lhb_to_rmtg.w_ampa"]
    assert set_to == [2e-9, 0.0, 2e-9] and settings(job)["lhb_to_rmtg.w_ampa"] == 2e-9
    assert settings(job)["lhb_to_rmtg.tau_facilitation"] == pytest.approx(0.04)
    assert settings(job)["lhb_to_lhb.tau_facilitation"] == pytest.approx(0.08)


def test_holding_currents_are_drawn_before_interventions() -> None:
    """A drug acts on the cell as it was balanced: it is not compensated."""
    control, treated = realise(network(), 1), realise(network(changes=(drug(0.0, 0.0, 0.1),)), 1)
    assert same(settings(control)["lhb.I_hold"], settings(treated)["lhb.I_hold"])
    assert not np.any(settings(treated)["lhb.g_h"])


# replayed trains and traces ------------------------------------------------------------------------------------------


def test_replayed_trains_are_in_order_and_one_spike_a_step() -> None:
    job = realise(model(replayed("lhb", 20, "bursting", 30.0), duration=2.0), 1)
    steps, who = job.spike_sources["lhb"]
    assert steps.size > 500
    order = steps * 20 + who
    assert np.all(np.diff(order) > 0), "sorted by step and neuron, and none twice"
    assert 0 <= steps.min() and steps.max() <= 20_000


def test_traced_neurons_cover_the_resting_potentials() -> None:
    request = (TraceRequest("lhb", "v", 5, 1e-3, (0.0, 0.1)),)
    job = realise(network(traces=request), 1)
    picked, v = job.recorded["trace_lhb_v"], settings(job)["lhb.v"]
    assert np.unique(picked).size == 5 and same(picked, np.sort(picked))
    assert {np.argsort(v, kind="stable")[0], np.argsort(v, kind="stable")[-1]} <= set(picked.tolist())
    assert np.unique(v[picked]).size == 2, "both groups are met"


def test_all_neurons_can_be_traced() -> None:
    for nucleus, size in (("lhb", 30), ("rmtg", 12)):
        job = realise(network(traces=(TraceRequest(nucleus, "v", size, 1e-3, (0.0, 0.1)),)), 1)
        assert job.recorded[f"trace_{nucleus}_v"].tolist() == list(range(size))


def test_the_cells_of_these_tests_are_made_of_shipped_mechanisms() -> None:
    assert {"I_L", "I_h", "I_AMPA"} <= set(cell_of(CELL).currents)
