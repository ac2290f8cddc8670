"""Figures of synthetic recordings with planted bursts: each must show what was planted."""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from math import inf, nan, sqrt
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from lhb_model import plot
from lhb_model.bursts import MaxInterval, class_of, neuron_statistics, poisson_share_in_bursts, sensitivity
from lhb_model.comparison import TABLE_COLUMNS, compare, summarise
from lhb_model.errors import InputError
from lhb_model.plot.dose import Curve
from lhb_model.plot.infusion import Moment
from lhb_model.plot.kir41 import Expressed
from lhb_model.plot.return_map import COLOURS as RETURN_MAP_COLOURS
from lhb_model.plot.sensitivity import COLOURS as SENSITIVITY_COLOURS
from lhb_model.plot.style import BURST, CONDITION_COLOURS, FOOTER_SIZE, RUN_ON, SPIKE
from lhb_model.population import Ensemble, PhaseLocking, Spectrum, phase_spectrum, spectrum
from lhb_model.recording import Recording, SpikeTrains, Trace

DT = 1e-4
SIZES = {"lhb": 200, "rmtg": 50, "vta_da": 40, "drn_5ht": 40, "drn_gaba": 30}
RATES = {"rmtg": 18.0, "vta_da": 4.5, "drn_5ht": 1.5, "drn_gaba": 12.0}
CONDITIONS = {"control": 0.07, "depressed": 0.26, "ketamine": 0.06}
"""Share of bursting LHb neurons."""
SILENT = 0.45
SLOWER_MACHINE = 3


@dataclass(frozen=True)
class World:
    """Spike times that are known to lie in bursts, or not, and the recording that holds them all."""

    recording: Recording
    in_bursts: np.ndarray
    others: np.ndarray


def burst_train(rng: np.random.Generator, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Steps of planted bursts (3-6 spikes 6-14 ms apart), one or two a second, and of lone spikes between."""
    bursts, lone = [], []
    time = rng.uniform(0.05, 1.0)
    while time < duration - 0.5:
        intervals = rng.integers(60, 140, rng.integers(2, 6))
        bursts.append(int(time / DT) + np.concatenate([[0], np.cumsum(intervals)]))
        if rng.random() < 0.3:
            lone.append(bursts[-1][-1] + int(0.2 / DT))
        time += rng.uniform(0.5, 1.2)
    return np.concatenate([np.empty(0, int), *bursts]).astype(int), np.array(lone, int)


def tonic_train(rng: np.random.Generator, rate: float, duration: float) -> np.ndarray:
    """Steps of irregular spikes, never within 30 ms of each other."""
    intervals = 0.03 + rng.gamma(2.0, max(1 / rate - 0.03, 0.005) / 2, int(3 * rate * duration) + 5)
    times = np.cumsum(intervals) - rng.uniform(0, 1 / rate)
    return (times[(times > 0) & (times < duration)] / DT).astype(int)


def trains_of(trains: list[np.ndarray]) -> SpikeTrains:
    steps = np.concatenate([np.empty(0, int), *trains]).astype(np.int64)
    neurons = np.repeat(np.arange(len(trains)), [train.size for train in trains]).astype(np.int32)
    order = np.lexsort((neurons, steps))
    return SpikeTrains(steps[order], neurons[order], len(trains))


def world(
    bursting: float = 0.25, seed: int = 1, duration: float = 6.0, traced: tuple[float, float] | None = None
) -> World:
    """One recording of all nuclei; the same seed has the same neurons, the likeliest bursters first."""
    rng = np.random.default_rng(seed)
    roles = rng.random(SIZES["lhb"])
    trains, in_bursts, others = [], [], []
    for role in roles:
        own = np.random.default_rng(rng.integers(2**32))
        bursts, lone = np.empty(0, int), np.empty(0, int)
        if role < bursting:
            bursts, lone = burst_train(own, duration)
        elif role < 1 - SILENT:
            lone = tonic_train(own, own.uniform(2, 15), duration)
        trains.append(np.sort(np.concatenate([bursts, lone])))
        in_bursts.append(bursts)
        others.append(lone)
    spikes = {"lhb": trains_of(trains)}
    for nucleus, rate in RATES.items():
        factor = 1 - bursting if nucleus in ("vta_da", "drn_5ht") else 1 + bursting
        spikes[nucleus] = trains_of([tonic_train(rng, factor * rate, duration) for _ in range(SIZES[nucleus])])
    kept = [] if traced is None else [voltage(spikes["lhb"], roles, rng, traced)]
    recording = Recording(DT, duration, spikes, {}, kept, {}, {"seed": seed})
    return World(recording, np.concatenate(in_bursts) * DT, np.concatenate(others) * DT)


def voltage(spikes: SpikeTrains, roles: np.ndarray, rng: np.random.Generator, span: tuple[float, float]) -> Trace:
    """Potentials of 40 neurons: noise around a rest, with a spike of 1 ms wherever one was planted."""
    neurons = np.arange(40)
    times = np.arange(*span, DT)
    values = np.empty((times.size, neurons.size), np.float32)
    for column, neuron in enumerate(neurons):
        slow = np.convolve(rng.normal(0, 1, times.size), np.ones(300) / 300, "same")
        potential = -0.062 + 0.02 * slow - 0.008 * (roles[neuron] > 1 - SILENT)
        for step in spikes.steps[spikes.neurons == neuron]:
            near = np.abs(times - step * DT) < 3e-3
            phase = (times[near] - step * DT) / 4e-4
            potential[near] += 0.095 * np.exp(-(phase**2)) - 0.012 * np.exp(-((phase - 3) ** 2) / 4)
        values[:, column] = potential
    return Trace("lhb", "v", "V", neurons, span[0], DT, values)


def neuron_rows(condition: str, recording: Recording) -> Iterator[dict]:
    span = recording.observed
    for nucleus in recording.spikes:
        for neuron, times in enumerate(recording.trains(nucleus)):
            kind = class_of(neuron_statistics(times, span))
            place = {"condition": condition, "seed": recording.provenance["seed"], "nucleus": nucleus}
            yield {**place, "neuron": neuron, "class": kind}


def table_of(means: dict[str, dict[tuple[str, str, str], float]], seeds: int = 6) -> pd.DataFrame:
    """Tidy rows around the given means: condition -> (nucleus, measure, unit) -> mean."""
    rng = np.random.default_rng(0)
    network = rng.normal(1, 0.08, seeds)
    rows = [
        (condition, seed, nucleus, measure, mean * network[seed] * rng.normal(1, 0.06), unit)
        for condition, given in means.items()
        for (nucleus, measure, unit), mean in given.items()
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "measure", "value", "unit"])


def means_at(bursting: float) -> dict[tuple[str, str, str], float]:
    return {
        ("lhb", "bursting_share", "1"): bursting,
        ("lhb", "burst_rate", "Hz"): 1.3 * bursting,
        ("lhb", "silent_share", "1"): 0.5 - 0.3 * bursting,
        ("lhb", "theta_power", "Hz^2"): 0.2 + bursting**2,
        ("lhb", "rate", "Hz"): 3 + 4 * bursting,
        ("vta_da", "rate", "Hz"): 5 - 6 * bursting,
        ("drn_5ht", "rate", "Hz"): 1.5 - 2 * bursting,
        ("vta_da", "dopamine", "nM"): 80 - 120 * bursting,
        ("drn_5ht", "serotonin", "nM"): 12 - 20 * bursting,
        ("vta_da", "reward_inhibition", "1"): 0.1 + bursting,
    }


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {name: world(share, traced=(2.0, 4.0)) for name, share in CONDITIONS.items()}


@pytest.fixture(scope="module")
def recordings(worlds: dict[str, World]) -> dict[str, Recording]:
    return {name: made.recording for name, made in worlds.items()}


@pytest.fixture(scope="module")
def groups(recordings: dict[str, Recording]) -> dict[str, list[Recording]]:
    """Two seeds of each condition."""
    return {name: [recordings[name], world(share, seed=2).recording] for name, share in CONDITIONS.items()}


@pytest.fixture(scope="module")
def neurons(groups: dict[str, list[Recording]]) -> pd.DataFrame:
    return pd.DataFrame(
        [row for name, group in groups.items() for recording in group for row in neuron_rows(name, recording)]
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return table_of({name: means_at(share) for name, share in CONDITIONS.items()})


def silent_recording() -> Recording:
    none = {nucleus: trains_of([np.empty(0, int)] * size) for nucleus, size in SIZES.items()}
    return Recording(DT, 6.0, none, {}, [], {}, {"seed": 1})


def recording_of(*trains: list[float], duration: float = 1.0, nucleus: str = "lhb") -> Recording:
    """One nucleus, a list of spike times (s) for each neuron."""
    steps = [np.rint(np.array(train) / DT).astype(int) for train in trains]
    return Recording(DT, duration, {nucleus: trains_of(steps)}, {}, [], {}, {})


def marks(axes: Axes, colour: str) -> np.ndarray:
    """x and y of all marks of a colour, shape (n, 2)."""
    lines = [
        line for line in axes.lines if line.get_linestyle() == "None" and to_hex(line.get_color()) == colour.lower()
    ]
    return np.concatenate([np.empty((0, 2)), *(np.asarray(line.get_xydata()) for line in lines)])


def words(figure: Figure) -> str:
    """Everything written in a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def drawn(figure: Figure) -> Figure:
    """A figure with its layout made and its ticks in place."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return figure


# raster --------------------------------------------------------------------------------------------------------------


def test_raster_draws_every_planted_spike_in_its_colour(worlds: dict[str, World], recordings: dict[str, Recording]):
    figure = plot.raster(recordings, window=(1.0, 5.0), nuclei=["lhb"])
    for axes, planted in zip(figure.axes, worlds.values(), strict=True):
        for colour, times in ((BURST, planted.in_bursts), (SPIKE, planted.others)):
            expected = np.sort(times[(times >= 1.0) & (times < 5.0)])
            assert np.sort(marks(axes, colour)[:, 0]) == pytest.approx(expected)


def test_raster_panels_are_named_and_share_time_and_nuclei(recordings: dict[str, Recording]):
    figure = drawn(plot.raster(recordings, window=(1.0, 5.0), seed=7))
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(CONDITIONS)
    assert {axes.get_xlim() for axes in figure.axes} == {(1.0, 5.0)}
    assert figure.axes[-1].get_xlabel() == "Time (s)"
    for axes in figure.axes:
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names == ["LHb\nn = 200", "RMTg", "VTA DA", "DRN 5-HT", "DRN GABA"]
    written = words(figure).replace("\n", " ")
    assert "ISI ≤ 20 ms" in written and "ISI > 100 ms" in written and "Seed 7." in written


def test_raster_puts_each_neuron_in_the_same_row_of_all_panels():
    tonic, burst, silent = [0.1, 0.5, 0.9], [0.3, 0.31, 0.32], []
    figure = plot.raster({"a": recording_of(tonic, burst, silent), "b": recording_of(burst, tonic, silent)})
    first, second = figure.axes
    rows = {name: set(marks(first, colour)[:, 1]) for name, colour in (("burst", BURST), ("tonic", SPIKE))}
    assert max(rows["burst"]) > max(rows["tonic"]) > first.get_ylim()[1] / 3
    assert set(marks(second, BURST)[:, 1]) == rows["tonic"] and set(marks(second, SPIKE)[:, 1]) == rows["burst"]


def test_raster_finds_bursts_beyond_the_window():
    figure = plot.raster({"a": recording_of([0.39, 0.4, 0.41])}, window=(0.4, 0.41))
    assert len(marks(figure.axes[0], BURST)) == 1


def test_raster_rule_decides_what_is_coloured():
    trains = recording_of([0.1, 0.15, 0.6, 0.61])
    assert len(marks(plot.raster({"a": trains}).axes[0], BURST)) == 2
    assert len(marks(plot.raster({"a": trains}, rule="dopamine").axes[0], BURST)) == 4
    assert len(marks(plot.raster({"a": trains}, rule="start=5ms,end=9ms").axes[0], BURST)) == 0


def run_on_train(rate: float = 12.0, duration: float = 10.0) -> list[float]:
    """Tonic firing with one interval of 15 ms."""
    times = np.arange(0.5, duration - 0.5, 1 / rate).round(4)
    return sorted([*times, times[3] + 0.015])


def test_raster_marks_tonic_firing_with_one_short_interval_as_run_on():
    burst = [1.0, 1.01, 1.02, 3.0, 3.01]
    record = recording_of(run_on_train(), burst, [2.0, 4.0], duration=10.0)
    figure = plot.raster({"a": record})
    axes = figure.axes[0]
    coloured = {name: marks(axes, colour) for name, colour in (("burst", BURST), ("run-on", RUN_ON), ("spike", SPIKE))}
    assert np.sort(coloured["burst"][:, 0]) == pytest.approx(burst)
    # From the short interval on; the spikes before it are no part of it.
    assert np.sort(coloured["run-on"][:, 0]) == pytest.approx(run_on_train()[3:])
    assert len(coloured["spike"]) == 3 + 2
    assert coloured["burst"][0, 1] > coloured["run-on"][0, 1]
    assert "run-on burst" in words(figure) and "over 50 spikes, over 5 s" in words(figure).replace("\n", " ")
    assert "run-on" not in words(plot.raster({"a": recording_of(burst, duration=10.0)}))


def test_raster_density_has_the_colour_of_run_on_bursts():
    steps = [np.rint(np.array(run_on_train()) / DT).astype(int) for _ in range(2000)]
    crowded = Recording(DT, 10.0, {"lhb": trains_of(steps)}, {}, [], {}, {})
    image = np.asarray(plot.raster({"a": crowded}, (0.8, 9.9), most_neurons=2000).axes[0].images[0].get_array())
    coloured = image[image[..., 3] > 0]
    assert {to_hex(pixel) for pixel in coloured[:, :3]} == {RUN_ON}


def test_raster_shows_a_sample_of_many_neurons_and_says_so(recordings: dict[str, Recording]):
    figure = plot.raster({"control": recordings["control"]}, nuclei=["lhb"], most_neurons=40)
    assert len(set(marks(figure.axes[0], SPIKE)[:, 1])) <= 40
    assert "40 of 200 LHb" in words(figure)


def test_raster_keeps_other_nuclei_in_their_bands(recordings: dict[str, Recording]):
    axes = plot.raster({"control": recordings["control"]}).axes[0]
    spikes = marks(axes, SPIKE)
    assert len(spikes) + len(marks(axes, BURST)) == recordings["control"].n_spikes
    lhb, rmtg = axes.get_yticks()[:2]
    top, bottom = 2 * lhb - axes.get_ylim()[1], 2 * rmtg - lhb
    assert bottom < rmtg < top
    inside = (spikes[:, 1] < top) & (spikes[:, 1] > rmtg - (top - rmtg))
    assert inside.sum() == recordings["control"].spikes["rmtg"].steps.size


def test_raster_shades_and_names_the_drug_within_the_window(recordings: dict[str, Recording]):
    shading = {"ketamine": [("ketamine 10 µM", 3.0, inf), ("ap5", 0.0, 0.5)]}
    figure = plot.raster(recordings, window=(1.0, 5.0), shading=shading)
    written = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert written == [[], [], ["ketamine 10 µM"]]
    spans = [patch.get_x() for patch in figure.axes[2].patches if patch.get_width() == pytest.approx(2.0)]
    assert spans == [3.0, 3.0]
    assert "drug or state acting" in words(figure)


def test_raster_of_more_spikes_than_can_be_told_apart_is_an_image():
    rng = np.random.default_rng(0)
    trains = [np.unique(rng.integers(0, 50_000, 1500)) for _ in range(200)]
    crowded = Recording(DT, 5.0, {"lhb": trains_of(trains)}, {}, [], {}, {})
    axes = plot.raster({"a": crowded}, nuclei=["lhb"]).axes[0]
    assert len(axes.images) == 1 and len(marks(axes, SPIKE)) == 0
    opacity = np.asarray(axes.images[0].get_array())[..., 3]
    assert opacity.min() >= 0 and 0.9 < opacity.max() <= 1


def test_raster_density_shows_where_spikes_are_and_which_are_in_bursts():
    rng = np.random.default_rng(0)
    bursting = [np.arange(100, 5000, 100) for _ in range(2000)]
    tonic = [np.sort(rng.choice(np.arange(5000, 50_000, 400), 60, replace=False)) for _ in range(2000)]
    crowded = Recording(DT, 5.0, {"lhb": trains_of(bursting + tonic)}, {}, [], {}, {})
    image = np.asarray(plot.raster({"a": crowded}, most_neurons=4000).axes[0].images[0].get_array())
    half, tenth = image.shape[0] // 2, image.shape[1] // 10
    upper, lower = image[half + 1 :], image[:half]
    assert upper[:, :tenth, 3].sum() > 0 and upper[:, tenth + 1 :, 3].sum() == 0
    assert lower[:, :tenth, 3].sum() == 0 and lower[:, tenth + 1 :, 3].sum() > 0
    coloured = upper[upper[..., 3] > 0]
    assert [to_hex(pixel) for pixel in np.unique(coloured[:, :3], axis=0)] == [BURST.lower()]


def test_raster_of_a_nucleus_that_one_condition_lacks():
    both = recording_of([0.1])
    both = replace(both, spikes=both.spikes | {"rmtg": both.spikes["lhb"]})
    assert "not in this recording" in words(plot.raster({"a": both, "b": recording_of([0.1])}))


# traces --------------------------------------------------------------------------------------------------------------


def test_traces_have_a_row_per_class_and_a_column_per_condition(recordings, neurons):
    figure = plot.traces(recordings, neurons)
    grid = np.array(figure.axes).reshape(3, 3)
    assert [axes.get_title(loc="left") for axes in grid[0]] == list(CONDITIONS)
    labels = [axes.get_ylabel() for axes in grid[:, 0]]
    assert labels == [f"{kind} cell\npotential (mV)" for kind in ("Silent", "Bursting", "Tonic")]
    assert {axes.get_xlabel() for axes in grid[-1]} == {"Time (s)"}
    assert {axes.get_xlim() for axes in grid.flat} == {(2.0, 4.0)}


def test_traces_show_recorded_cells_of_the_class_in_mv(recordings, neurons):
    figure = plot.traces(recordings, neurons)
    grid = np.array(figure.axes).reshape(3, 3)
    for column, (condition, recording) in enumerate(recordings.items()):
        recorded = neurons[(neurons["condition"] == condition) & (neurons["seed"] == 1) & (neurons["nucleus"] == "lhb")]
        for row, kind in enumerate(("silent", "bursting", "tonic")):
            axes = grid[row, column]
            neuron = int(axes.texts[0].get_text().removeprefix("neuron "))
            assert recorded.loc[recorded["neuron"] == neuron, "class"].tolist() == [kind]
            assert axes.lines[0].get_ydata() == pytest.approx(1e3 * recording.traces[0].values[:, neuron])
            spikes = recording.trains("lhb")[neuron]
            ticks = np.concatenate([marks(axes, BURST)[:, 0], marks(axes, SPIKE)[:, 0]])
            assert np.sort(ticks) == pytest.approx(spikes[(spikes >= 2) & (spikes < 4)])
            assert axes.get_ylim()[1] > axes.lines[0].get_ydata().max()
    assert len(marks(grid[1, 1], BURST)) >= 3 and len(marks(grid[2, 1], BURST)) == 0


def test_traces_take_the_class_from_the_same_seed(recordings, neurons):
    swapped = neurons.assign(seed=3 - neurons["seed"])
    swapped.loc[swapped["seed"] == 1, "class"] = "silent"
    assert words(plot.traces(recordings, swapped)).count("among those recorded") == 6


def test_traces_say_where_no_cell_is(recordings, neurons):
    figure = plot.traces(recordings, neurons[neurons["class"] != "bursting"])
    assert words(figure).count("no bursting cell\namong those recorded") == 3
    bare = {name: replace(recording, traces=[]) for name, recording in recordings.items()}
    assert words(plot.traces(bare, neurons)).count("no potential recorded") == 9


def test_traces_and_ramp_mark_run_on_bursts():
    record = recording_of(run_on_train(), duration=10.0)
    times = np.arange(2.0, 4.0, 1e-3)
    potential = Trace("lhb", "v", "V", np.array([0]), 2.0, 1e-3, np.full((times.size, 1), -0.06, np.float32))
    record = replace(record, traces=[potential], provenance={"seed": 1})
    row = {"condition": "a", "seed": 1, "nucleus": "lhb", "neuron": 0, "class": "tonic"}
    expected = [spike for spike in run_on_train() if 2 <= spike < 4]
    traces = plot.traces({"a": record}, pd.DataFrame([row]))
    ramp = plot.ramp({"a": record}, {"a": (np.array([0.0, 10.0]), np.array([0.0, 5.0]))}, window=(2.0, 4.0))
    for figure, panel in ((traces, traces.axes[2]), (ramp, ramp.axes[0])):
        assert marks(panel, RUN_ON)[:, 0] == pytest.approx(expected)
        assert len(marks(panel, BURST)) == 0 and "spike in a run-on burst" in words(figure)
        assert "over 50 spikes" in words(figure)


# mode map ------------------------------------------------------------------------------------------------------------


def test_mode_map_has_a_panel_for_each_second_amount_and_a_row_for_each_first():
    modes = {(a, b): ["silent", "bursting", "tonic"] for a in (1.0, 0.0) for b in (0.0, 0.5)}
    modes[1.0, 0.5] = ["silent", "silent", "tonic"]
    figure = plot.mode_map(modes, (-0.07, -0.05), ("ap5", "t_block"))
    assert [axes.get_title("left") for axes in figure.axes] == ["t_block 0", "t_block 0.5"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["0", "1"]
    image = figure.axes[1].images[0]
    assert np.asarray(image.get_array()).tolist() == [[0, 1, 2], [0, 0, 2]]
    # Neurons stand at their potentials: the middle one at -60 mV.
    assert image.get_extent()[:2] == pytest.approx([-75, -45])


def test_mode_map_of_one_drug_is_one_panel_without_a_title():
    figure = plot.mode_map({(0.0, 0.0): ["tonic"]}, (-0.05, -0.05), ("ap5", ""))
    assert [axes.get_title("left") for axes in figure.axes] == [""]


# kir41 and infusion --------------------------------------------------------------------------------------------------


def test_kir41_tells_expression_from_block():
    shares = {"bursting": [0.1, 0.2], "tonic": [0.3, 0.3], "silent": [0.6, 0.5]}
    volts = np.array([-0.07, -0.06, -0.05])
    conditions = [Expressed(x, blocked, volts, shares) for x, blocked in ((2.0, False), (1.0, False), (0.1, True))]
    potential, modes = plot.kir41(conditions).axes
    middles = {line.get_xdata()[0]: line for line in potential.lines if line.get_marker() == "o"}
    assert [line.get_ydata()[0] for line in middles.values()] == pytest.approx([-60] * 3)
    assert {x for x, line in middles.items() if line.get_markerfacecolor() == "white"} == {0.1}
    (bursting,) = (
        line
        for line in modes.lines
        if line.get_color() == BURST and line.get_linestyle() == "-" and len(line.get_xdata()) == 2
    )
    assert list(bursting.get_xdata()) == [1.0, 2.0] and list(bursting.get_ydata()) == pytest.approx([15.0, 15.0])


def test_infusion_has_a_column_for_each_course_and_a_row_for_each_measure():
    key = ("lhb", "bursting_share")
    moments = [Moment(60.0 * t, c * 1e-6, c / (c + 5), {key: [0.2 - 0.01 * c, 0.2]}) for t, c in ((40, 5), (0, 0))]
    figure = plot.infusion({"human": moments, "mouse": moments[:1]}, {key: "1"}, {key: 0.07}, "control")
    assert len(figure.axes) == 6
    concentration, block, share = figure.axes[::2]
    assert list(concentration.lines[0].get_xdata()) == [0, 40] and list(concentration.lines[0].get_ydata()) == [0, 5]
    assert list(block.lines[0].get_ydata()) == [0, 50]
    assert list(share.lines[0].get_ydata()) == [0.07, 0.07]
    assert list(share.lines[1].get_ydata()) == pytest.approx([0.2, 0.175])
    assert "Dashed: control." in "".join(text.get_text() for text in figure.texts).replace("\n", " ")


# screen --------------------------------------------------------------------------------------------------------------


def screened(**shares: float) -> pd.DataFrame:
    """The bursting share of each condition, in two seeds."""
    rows = [(name, seed, "lhb", "bursting_share", share, "1") for name, share in shares.items() for seed in (1, 2)]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def test_screen_tells_each_mean_by_its_distance_from_control():
    table = screened(control=0.1, depressed=0.3, low=0.3, high=0.05)
    axes = plot.screen(table, {"ketamine": {"low": "1 µM", "high": "9 µM"}}, "control", "depressed").axes[0]
    assert np.asarray(axes.images[0].get_array()).ravel() == pytest.approx([0, 1, 1, -0.25])
    assert [text.get_text() for text in axes.texts] == ["0.1", "0.3", "0.3", "0.05", "ketamine"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["control", "depressed", "1 µM", "9 µM"]


def test_screen_has_no_colour_where_control_and_state_are_the_same():
    table = screened(control=0.1, depressed=0.1, low=0.3)
    axes = plot.screen(table, {"ketamine": {"low": "1 µM"}}, "control", "depressed", {"ketamine"}).axes[0]
    assert np.ma.getmaskarray(axes.images[0].get_array()).all()
    assert "Alone: given in control, not in depressed." in " ".join(
        figure_text.get_text().replace("\n", " ") for figure_text in axes.figure.texts
    )


def test_screen_names_a_condition_that_is_not_there():
    with pytest.raises(InputError, match="did you mean 'depressed'"):
        plot.screen(screened(control=0.1, depressed=0.1), {}, "control", "depresed")


# ramp ----------------------------------------------------------------------------------------------------------------


def ramp_recording(*trains: list[float]) -> Recording:
    """Neurons of which the second was traced first."""
    record = recording_of(*trains, duration=4.0)
    values = np.stack([np.full(400, -0.05), np.full(400, -0.07)], axis=1).astype(np.float32)
    return replace(record, traces=[Trace("lhb", "v", "V", np.array([1, 0]), 0.0, 1e-2, values)])


def test_ramp_shows_the_first_neuron_and_its_spikes_in_the_window():
    record = ramp_recording([0.5, 1.5, 1.51, 3.5], [2.0])
    current = np.array([0.0, 4.0]), np.array([0.0, 40.0])
    figure = plot.ramp({"a": record, "b": record}, {"a": current, "b": current, "c": current}, window=(1.0, 3.0))
    upper, lower, below = figure.axes
    assert upper.lines[0].get_ydata() == pytest.approx(np.full(400, -70.0))
    assert marks(upper, BURST)[:, 0] == pytest.approx([1.5, 1.51]) and len(marks(upper, SPIKE)) == 0
    assert [axes.get_title(loc="left") for axes in (upper, lower)] == ["a", "b"] and below.get_xlim() == (1.0, 3.0)
    assert len(below.lines) == 1 and below.get_ylabel() == "Current\n(pA)"


def test_ramp_draws_currents_that_differ_in_the_conditions_colours():
    record = ramp_recording([0.5], [])
    currents = {name: (np.array([0.0, 4.0]), np.array([0.0, most])) for name, most in (("a", 40.0), ("b", 20.0))}
    colours = {"a": "#009E73", "b": "#E69F00"}
    figure = plot.ramp({"a": record, "b": record}, currents, colours=colours)
    assert [line.get_color() for line in figure.axes[-1].lines] == list(colours.values())


def test_ramp_of_a_cell_that_was_not_traced_says_so():
    record = ramp_recording([0.5], [])
    other = replace(record.traces[0], neurons=np.array([1]), values=record.traces[0].values[:, :1])
    for traces in ([other], []):
        assert "no potential recorded" in words(plot.ramp({"a": replace(record, traces=traces)}, {}))
    with pytest.raises(InputError, match="unknown nucleus 'lbh'"):
        plot.ramp({"a": record}, {}, nucleus="lbh")


# classes -------------------------------------------------------------------------------------------------------------


def rows_of_classes(counts: dict[tuple[str, int], tuple[int, int, int]]) -> pd.DataFrame:
    """(condition, seed) -> bursting, tonic, silent neurons."""
    return pd.DataFrame(
        [
            {"condition": condition, "seed": seed, "nucleus": "lhb", "class": kind}
            for (condition, seed), numbers in counts.items()
            for kind, number in zip(("bursting", "tonic", "silent"), numbers, strict=True)
            for _ in range(number)
        ]
    )


def test_classes_stack_the_means_and_dot_the_seeds():
    neurons = rows_of_classes({("control", 1): (1, 4, 5), ("control", 2): (3, 2, 5), ("depressed", 1): (5, 5, 0)})
    axes = plot.classes(neurons).axes[0]
    bars = [(round(bar.get_center()[0]), bar.get_y(), bar.get_height()) for bar in axes.patches]
    expected = [(0, 0, 20), (0, 20, 30), (0, 50, 50), (1, 0, 50), (1, 50, 50), (1, 100, 0)]
    assert np.array(bars) == pytest.approx(np.array(expected, float))
    dots = [line.get_ydata().tolist() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [pytest.approx([10, 30]), pytest.approx([50])]
    assert axes.get_ylabel() == "LHb neurons (%)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["control", "depressed"]


def whiskers(axes: Axes) -> np.ndarray:
    """Lower and upper end of each whisker, as shares."""
    return np.array([np.asarray(bar.get_segments()[0])[:, 1] / 100 for bar in axes.collections])


def test_classes_whiskers_are_the_wilson_interval_over_seeds():
    neurons = rows_of_classes({("a", 1): (1, 9, 0), ("a", 2): (3, 7, 0), ("a", 3): (8, 2, 0), ("b", 1): (0, 9, 1)})
    figure = plot.classes(neurons)
    # The shares 0.1, 0.3 and 0.8 have a variance of 0.13, where ten independent neurons have 0.024; t of 2 degrees.
    share, n, t = 0.4, 30 * 0.024 / 0.13, 4.302653
    middle, reach = share + t**2 / (2 * n), t * sqrt(share * (1 - share) / n + t**2 / (4 * n**2))
    over_seeds = np.array([middle - reach, middle + reach]) / (1 + t**2 / n)
    over_neurons = np.array([0, 1.959964**2 / 10 / (1 + 1.959964**2 / 10)])
    assert whiskers(figure.axes[0]) == pytest.approx(np.array([over_seeds, over_neurons]))
    written = words(figure).replace("\n", " ")
    assert "over seeds (at the effective number of neurons), with one seed over neurons" in written
    assert "a: 30 neurons, 3 seeds; b: 10 neurons, 1 seed." in written


def test_classes_have_a_whisker_where_nothing_bursts():
    axes = plot.classes(rows_of_classes({("a", seed): (0, 0, 10) for seed in range(3)})).axes[0]
    ((low, high),) = whiskers(axes)
    assert low == 0 and 0.3 < high < 0.5


def test_classes_write_their_criteria(neurons: pd.DataFrame):
    written = words(plot.classes(neurons)).replace("\n", " ")
    assert "below 0.1 Hz" in written and "at least 50 % of spikes in bursts" in written and "ISI ≤ 20 ms" in written


# isi -----------------------------------------------------------------------------------------------------------------


def test_isi_histogram_holds_all_intervals(groups: dict[str, list[Recording]]):
    axes = plot.isi(groups).axes[0]
    assert axes.get_xlabel() == "Interspike interval (ms)" and axes.get_ylabel() == "Intervals per bin (%)"
    for steps, group in zip(axes.patches, groups.values(), strict=True):
        intervals = np.concatenate([np.diff(train) for made in group for train in made.trains("lhb")])
        shares, edges, _ = steps.get_data()
        assert shares.sum() == pytest.approx(100)
        assert shares[edges[:-1] < 19].sum() == pytest.approx(100 * (intervals < 0.0199).mean())


@pytest.mark.parametrize(("rule", "lines"), [("lhb", [20, 100]), ("start=15ms,end=15ms", [15]), ("cma", [])])
def test_isi_lines_stand_at_the_limits_of_the_rule(groups: dict[str, list[Recording]], rule: str, lines: list[float]):
    axes = plot.isi(groups, rule=rule).axes[0]
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx(lines)


def test_isi_legend_counts_the_intervals():
    figure = plot.isi({"a": [recording_of([0.1, 0.2, 0.4], [0.3])], "b": [recording_of([], [0.5])]})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a\nn = 2", "b\nn = 0"]


# return map ----------------------------------------------------------------------------------------------------------


def test_return_map_holds_every_pair_of_a_neurons_successive_intervals():
    trains = [0.1, 0.111, 0.311], [0.2, 0.22, 0.24, 0.44], [0.5, 0.6], []
    first, second, _ = plot.return_map({"a": [recording_of(*trains)], "b": [recording_of([0.1])]}).axes
    shares = np.ma.filled(first.collections[0].get_array(), 0)
    edges = first.collections[0].get_coordinates()[0, :, 0]
    expected = np.zeros(shares.shape)
    for interval, after in ((11, 200), (20, 20), (20, 200)):
        expected[np.searchsorted(edges, after) - 1, np.searchsorted(edges, interval) - 1] += 100 / 3
    assert shares == pytest.approx(expected)
    assert first.get_xscale() == first.get_yscale() == "log"
    assert "n = 3" in [text.get_text() for text in first.texts]
    assert "no two intervals" in [text.get_text() for text in second.texts]


@pytest.mark.parametrize(("rule", "limits"), [("lhb", [20, 100]), ("start=15ms,end=15ms", [15]), ("cma", [])])
def test_return_map_lines_stand_at_the_limits_of_the_rule(groups, rule: str, limits: list[float]):
    figure = plot.return_map(groups, rule=rule)
    for axes in figure.axes[: len(groups)]:
        assert [line.get_xdata()[0] for line in axes.lines[::2]] == pytest.approx(limits)
        assert [line.get_ydata()[0] for line in axes.lines[1::2]] == pytest.approx(limits)
    with pytest.raises(InputError, match="unknown nucleus"):
        plot.return_map(groups, nucleus="vta")


def test_return_map_colours_mean_the_same_in_all_panels(groups):
    figure = plot.return_map(groups)
    scales = {id(axes.collections[0].norm) for axes in figure.axes[: len(groups)]}
    assert len(scales) == 1 and figure.axes[-1].get_ylabel() == "Pairs per bin (%)"


# spectrum and phase consistency --------------------------------------------------------------------------------------


def made_spectrum(height: float, windows: int = 9) -> Spectrum:
    """Flat but for a peak at 7 Hz."""
    frequencies = np.arange(201) / 2
    density = height * (1 + 9 * (frequencies == 7))
    return Spectrum(frequencies, density, np.full(201, height / 2), 1.0, windows)


def made_locking(*ppc: list[float], spikes: int = 50) -> PhaseLocking:
    """A row for each neuron, a column for each of the bands around 4, 8 and 16 Hz."""
    bands = ((3.2, 4.8), (6.4, 9.6), (12.8, 19.2))
    return PhaseLocking(bands, np.array(ppc), np.full((len(ppc), 3), spikes))


def test_spectrum_draws_means_over_seeds_their_errors_and_the_floor():
    axes = plot.spectrum({"a": [made_spectrum(1.0), made_spectrum(3.0)], "b": [made_spectrum(0.5)]}).axes[0]
    mean, floor, alone, _ = axes.lines
    shown = mean.get_xdata()
    assert shown[0] == 0.5 and shown[-1] == 64
    assert mean.get_ydata() == pytest.approx(np.where(shown == 7, 20, 2)) and floor.get_ydata() == pytest.approx(1)
    assert alone.get_ydata() == pytest.approx(np.where(shown == 7, 5, 0.5))
    (band,) = axes.collections
    assert band.get_datalim(axes.transData).y0 == pytest.approx(1) and band.get_datalim(
        axes.transData
    ).y1 == pytest.approx(30)
    assert axes.get_yscale() == axes.get_xscale() == "log" and axes.get_ylabel() == "Power density (Hz²/Hz)"


def test_spectrum_and_consistency_shade_and_name_the_theta_band():
    for figure in (
        plot.spectrum({"a": [made_spectrum(1.0)]}, band=(5.0, 9.0)),
        plot.ppc({"a": [made_locking([0.1, 0.2, 0.0])]}, band=(5.0, 9.0)),
    ):
        (tint,) = figure.axes[0].patches
        assert (tint.get_x(), tint.get_x() + tint.get_width()) == pytest.approx((5.0, 9.0))
        assert "θ 5–9 Hz" in words(figure)


def test_spectrum_prints_bins_and_windows():
    written = words(plot.spectrum({"a": [made_spectrum(1.0)]})).replace("\n", " ")
    assert "bins of 5 ms" in written and "windows of 2 s" in written and "1 seed" in written


def test_consistency_is_the_mean_over_neurons_then_seeds():
    seeds = [made_locking([0.1, 0.3, np.nan], [0.3, 0.5, 0.0]), made_locking([0.4, 0.2, 0.2])]
    figure = plot.ppc({"a": seeds, "b": [made_locking([0.9, 0.9, 0.9], spikes=5)]})
    axes = figure.axes[0]
    zero, line = axes.lines[:2]
    assert zero.get_ydata() == [0, 0]
    assert line.get_xdata() == pytest.approx([4, 8, 16]) and line.get_ydata() == pytest.approx([0.3, 0.3, 0.1])
    entries = [text.get_text() for text in figure.legends[0].get_texts()]
    assert entries == ["a\nn = 2–3,\n2 seeds", "b\nn = 0,\n1 seed"]
    counted = plot.ppc({"b": [made_locking([0.9, 0.9, 0.9], spikes=5)]}, least_spikes=2)
    assert counted.axes[0].lines[1].get_ydata() == pytest.approx(0.9) and "at least 2 spikes" in words(counted).replace(
        "\n", " "
    )


def test_spectra_over_different_frequencies_are_refused():
    other = replace(made_spectrum(1.0), frequencies=np.arange(201) / 4)
    with pytest.raises(InputError, match="differ in their frequencies"):
        plot.spectrum({"a": [made_spectrum(1.0)], "b": [other]})
    with pytest.raises(InputError, match="differ in their frequencies"):
        plot.ppc({"a": [made_locking([0.0, 0.0, 0.0]), replace(made_locking([0.0, 0.0, 0.0]), bands=((1, 2),) * 3)]})


# sensitivity ---------------------------------------------------------------------------------------------------------


def test_sensitivity_writes_every_share_and_frames_the_rule():
    strip = sensitivity([[1.0, 1.025], [1.0, 1.012, 1.09, 3.0]], starts=(0.01, 0.02, 0.03), ends=(0.05, 0.1))
    assert strip.share == pytest.approx(np.array([[0, 0], [2, 3], [4, 5]]) / 6)
    figure = plot.sensitivity({"a": strip}, chance={"a": 0.118})
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == [
        "0",
        "0",
        "33",
        "50",
        "67",
        "83",
        "50 % in bursts, 12 % by chance",
    ]
    assert np.asarray(axes.images[0].get_array()) == pytest.approx(100 * strip.share)
    (frame,) = axes.patches
    assert (frame.get_x(), frame.get_y()) == (0.5, 0.5)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["10", "20", "30"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "100"]


@pytest.mark.parametrize(
    "rule", ["cma", "start=12ms,end=100ms", MaxInterval(0.02, 0.09), MaxInterval(0.02, 0.1, min_duration=0.01)]
)
def test_sensitivity_says_when_the_rule_has_no_place(rule):
    figure = plot.sensitivity({"a": sensitivity([[1.0, 1.01]])}, rule=rule)
    assert not figure.axes[0].patches and "no place among these limits" in words(figure).replace("\n", " ")


def test_sensitivity_colours_mean_the_same_in_all_panels():
    strips = {"a": sensitivity([[1.0, 1.01]]), "b": sensitivity([[1.0, 1.01, 2.0, 3.0]])}
    figure = plot.sensitivity(strips)
    assert {axes.images[0].norm.vmax for axes in figure.axes} == {100.0}


# circuit -------------------------------------------------------------------------------------------------------------


def test_circuit_rates_are_spikes_per_second_and_neuron():
    figure = plot.circuit({"a": [recording_of([0.0, 0.05, 0.3], [0.01])]}, {})
    (line,) = figure.axes[0].lines
    assert line.get_xdata() == pytest.approx(np.arange(0.05, 1, 0.1))
    assert line.get_ydata() == pytest.approx([15, 0, 0, 5, 0, 0, 0, 0, 0, 0])
    assert not figure.axes[0].collections and figure.axes[0].get_ylabel() == "LHb\nrate (Hz)"


def test_circuit_bands_are_the_standard_error_over_seeds():
    figure = plot.circuit({"a": [recording_of([0.05]), recording_of([0.05, 0.06, 0.07])]}, {})
    (band,) = figure.axes[0].collections
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(20)
    assert (band.get_datalim(figure.axes[0].transData).y1) == pytest.approx(30)


def test_circuit_has_a_row_per_nucleus_and_signal_and_one_legend(groups: dict[str, list[Recording]]):
    times = np.linspace(0, 6, 100)
    signals = {
        name: {"dopamine": (times, np.full(100, 8e-8), "M"), "serotonin": (times, times, "nM")} for name in groups
    }
    figure = plot.circuit(groups, signals)
    labels = [axes.get_ylabel().replace("\n", " ") for axes in figure.axes]
    rates = [f"{name} rate (Hz)" for name in ("LHb", "RMTg", "VTA DA", "DRN 5-HT", "DRN GABA")]
    assert labels == [*rates, "Dopamine (nM)", "Serotonin (nM)"]
    assert figure.axes[5].lines[0].get_ydata() == pytest.approx(np.full(100, 80))
    assert {len(axes.lines) for axes in figure.axes} == {3}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(groups) and len(figure.legends) == 1


def test_circuit_names_the_condition_of_a_drug(groups: dict[str, list[Recording]]):
    shading = {name: [("state", 0.0, inf)] for name in groups} | {"ketamine": [("ketamine", 3.0, 5.0)]}
    written = words(plot.circuit(groups, {}, nuclei=["lhb"], shading=shading)).split("\n")
    assert "ketamine (in ketamine)" in written and not any("state" in line for line in written)


def test_conditions_keep_their_colours(groups: dict[str, list[Recording]]):
    assert list(plot.condition_colours(CONDITIONS).values()) == list(CONDITION_COLOURS[:3])
    two = {name: groups[name] for name in ("depressed", "ketamine")}
    figure = plot.circuit(two, {}, nuclei=["lhb"], colours=plot.condition_colours(CONDITIONS))
    assert [line.get_color() for line in figure.axes[0].lines] == list(CONDITION_COLOURS[1:3])


def test_more_conditions_than_colours_differ_in_dashes():
    many = {f"c{number}": [recording_of([0.1])] for number in range(20)}
    lines = plot.circuit(many, {}).axes[0].lines
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 20


# dose ----------------------------------------------------------------------------------------------------------------

DOSES = {"ketamine@0M": 0.0, "ketamine@0.3uM": 3e-7, "ketamine@3uM": 3e-6, "ketamine@100uM": 1e-4}


@pytest.fixture(scope="module")
def dose_table() -> pd.DataFrame:
    shares = {name: 0.05 + 0.25 / (1 + value / 2e-6) for name, value in DOSES.items()}
    return table_of({"control": means_at(0.05)} | {name: means_at(share) for name, share in shares.items()})


def test_dose_draws_seeds_and_their_means(dose_table: pd.DataFrame):
    axes = plot.dose(dose_table, DOSES, "M", measures=["burst_rate"]).axes[0]
    rows = dose_table.query("measure == 'burst_rate' and condition != 'control'")
    (seeds,) = [line for line in axes.lines if len(line.get_xdata()) == len(rows)]
    assert np.sort(seeds.get_ydata()) == pytest.approx(np.sort(rows["value"]))
    mean, low, high = [line for line in axes.lines if len(line.get_xdata()) == len(DOSES)]
    summary = summarise(rows)
    assert mean.get_xdata() == pytest.approx([0, 0.3, 3, 100])
    assert mean.get_ydata() == pytest.approx(summary["mean"])
    assert (low.get_ydata(), high.get_ydata()) == (pytest.approx(summary["low"]), pytest.approx(summary["high"]))


def test_dose_axis_is_logarithmic_and_shows_zero(dose_table: pd.DataFrame):
    axes = drawn(plot.dose(dose_table, DOSES, "M", measures=["burst_rate"])).axes[0]
    assert axes.get_xscale() == "symlog" and axes.get_xlim()[0] < 0
    zero, least, more, most = axes.transData.transform([(dose, 1) for dose in (0, 0.3, 3, 100)])[:, 0]
    decade = more - least
    assert most - more == pytest.approx(decade * np.log10(100 / 3)) and 0.3 * decade < least - zero < decade
    assert [label.get_text() for label in axes.get_xticklabels()][::-1] == ["0", "0.3", "3", "100"]
    assert axes.get_xlabel() == "Dose (µM)" and axes.get_ylabel() == "Burst rate (Hz)"


def test_a_steep_fit_reaches_its_ends_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Curve(0.0, 1.0, 1e-6, 400.0).at(np.array([0.0, 1e-9, 1e-3])).tolist() == [0.0, 0.0, 1.0]


CURVES = {
    ("lhb", "burst_rate"): Curve(0.4, 0.06, 2e-6, 1.2, 1e-6, inf),
    ("lhb", "silent_share"): Curve(
        nan, nan, nan, nan, refusal="the fitted one, 230 µM, lies outside of the doses tested"
    ),
    ("vta_da", "dopamine"): Curve(44.0, 74.0, 2e-6, 1.0),
    ("drn_5ht", "serotonin"): Curve(6.0, 12.0, 3.21e-6, 1.0, 0.0, inf),
}


def test_dose_draws_a_fitted_curve_and_its_half_way_dose(dose_table: pd.DataFrame):
    doses = np.array([3e-7, 1e-6, 1e-4])
    banded = replace(CURVES["lhb", "burst_rate"], band=(doses, np.array([0.2, 0.1, 0.0]), np.array([0.5, 0.4, 0.1])))
    axes = plot.dose(dose_table, DOSES, "M", ["burst_rate"], curves={("lhb", "burst_rate"): banded}).axes[0]
    (curve,) = [line for line in axes.lines if len(line.get_xdata()) == 200]
    at = np.asarray(curve.get_xdata())
    assert (at[0], at[-1]) == pytest.approx((0.3, 100))
    assert curve.get_ydata() == pytest.approx(0.06 + 0.34 / (1 + (at / 2) ** 1.2))
    (half,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert (half.get_xdata()[0], half.get_ydata()[0]) == pytest.approx((2, 0.23))
    (interval,) = [line for line in axes.lines if list(line.get_ydata()) == pytest.approx([0.23, 0.23])]
    assert interval.get_xdata() == pytest.approx([1, 100])
    assert axes.get_title(loc="left") == "IC50 2 µM [1, > 100]"
    (band,) = [drawn for drawn in axes.collections if drawn.get_alpha()]
    assert band.get_datalim(axes.transData).y1 == pytest.approx(0.5)


def test_dose_curves_replace_the_lines_between_means(dose_table: pd.DataFrame):
    figure = plot.dose(dose_table, DOSES, "M", ["burst_rate", "silent_share", "dopamine"], curves=CURVES)
    joined = [
        any(line.get_marker() == "o" and line.get_linestyle() == "-" for line in axes.lines) for axes in figure.axes
    ]
    assert joined == [False, True, False]
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert titles[1] == "no IC50: the fitted one, 230 µM, lies outside of the doses tested" and titles[2] == "EC50 2 µM"
    serotonin = plot.dose(dose_table, DOSES, "M", ["serotonin"], curves=CURVES).axes[0]
    assert serotonin.get_title(loc="left") == "EC50 3.21 µM [< 0.3, > 100]"
    assert "(dose/IC50)^Hill" in words(figure) and "Hill" not in words(plot.dose(dose_table, DOSES, "M"))


def test_dose_measures_name_their_nucleus_where_needed(dose_table: pd.DataFrame):
    figure = plot.dose(dose_table, DOSES, "M", measures=["rate", "vta_da.rate", "dopamine"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["LHb rate (Hz)", "VTA DA rate (Hz)", "Dopamine (nM)"]


def test_dose_names_its_series(dose_table: pd.DataFrame):
    assert "Doses of ketamine." in words(plot.dose(dose_table, DOSES, "M", ["burst_rate"], name="ketamine"))
    assert "Doses of" not in words(plot.dose(dose_table, DOSES, "M", ["burst_rate"]))


def test_dose_refuses_what_is_not_in_the_table(dose_table: pd.DataFrame):
    with pytest.raises(InputError, match="did you mean 'burst_rate'"):
        plot.dose(dose_table, DOSES, "M", measures=["burst_rat"])
    with pytest.raises(InputError, match="unknown condition 'ketamine@7uM'"):
        plot.dose(dose_table, {"ketamine@7uM": 7e-6}, "M")
    with pytest.raises(InputError, match="at least 0"):
        plot.dose(dose_table, {"control": -1.0}, "M")


# comparison ----------------------------------------------------------------------------------------------------------


def test_comparison_draws_seeds_means_and_differences(table: pd.DataFrame):
    answer = compare(table)
    upper, lower = plot.comparison(answer, table, ["burst_rate"]).axes
    rows = table[table["measure"] == "burst_rate"]
    points = [line for line in upper.lines if line.get_marker() == "o"]
    for line, name in zip(points, CONDITIONS, strict=True):
        values = rows.loc[rows["condition"] == name, "value"]
        assert np.sort(line.get_ydata()) == pytest.approx(np.sort(values))
    joining = [line for line in upper.lines if line.get_marker() == "None"]
    assert len(joining) == 6 and joining[0].get_ydata() == pytest.approx(rows[rows["seed"] == 0]["value"])
    effects = answer[answer["measure"] == "burst_rate"]
    assert [line.get_ydata()[0] for line in lower.lines[1:]] == pytest.approx(effects["difference"])
    intervals = [np.asarray(bar.get_segments()[0])[:, 1] for bar in lower.collections]
    assert np.array(intervals) == pytest.approx(effects[["low", "high"]].to_numpy())
    assert (upper.get_ylabel(), lower.get_ylabel()) == ("Burst rate (Hz)", "Difference\n(Hz)")
    names = [label.get_text().replace("\n", " ") for label in lower.get_xticklabels()]
    assert names == ["depressed − control", "ketamine − control", "ketamine − depressed"]


def neuron_values(seeds: int = 2) -> pd.DataFrame:
    """Neurons 0 to 299 of each seed burst at their number in mHz; in control half of them have no bursts' duration."""
    rows = [
        {"condition": condition, "seed": seed, "nucleus": "lhb", "neuron": n, "burst_rate": n / 1000, "rate": 0.0}
        for condition in CONDITIONS
        for seed in range(seeds)
        for n in range(300)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(burst_duration=np.where((frame["condition"] == "control") & (frame["neuron"] < 150), nan, 0.1))


def neuron_marks(axes: Axes) -> list[np.ndarray]:
    """x and y of the faint points of each condition."""
    return [np.asarray(line.get_xydata()) for line in axes.lines if line.get_alpha() == 0.3]


def test_comparison_shows_neurons_faintly_behind_the_seeds(table: pd.DataFrame):
    figure = plot.comparison(compare(table), table, ["burst_rate", "silent_share"], neurons=neuron_values())
    upper, other = figure.axes[0], figure.axes[1]
    assert neuron_marks(other) == []
    for place, points in enumerate(neuron_marks(upper)):
        assert len(points) == 200 and np.abs(points[:, 0] - place).max() <= 0.3
        assert set((1000 * points[:, 1]).round(6)) <= set(range(300)) and points[:, 1].mean() == pytest.approx(
            0.15, rel=0.1
        )
    seeds = [line for line in upper.lines if line.get_marker() == "o" and line.get_alpha() != 0.3]
    assert (
        min(line.get_zorder() for line in seeds)
        > 1
        > max(line.get_zorder() for line in upper.lines if line.get_alpha() == 0.3)
    )
    assert "Faint: neurons" in words(figure) and "Faint" not in words(plot.comparison(compare(table), table))


def test_comparison_axis_reaches_most_neurons_and_all_seeds(table: pd.DataFrame):
    neurons = neuron_values()
    wild = neurons.assign(burst_rate=np.where(neurons["neuron"] == 7, 1e3, neurons["burst_rate"]))
    for given in (neurons, wild):
        bottom, top = plot.comparison(compare(table), table, ["burst_rate"], neurons=given).axes[0].get_ylim()
        largest = table.query("measure == 'burst_rate'")["value"].max()
        assert bottom < 0 and max(largest, 0.295) < top < 1


def test_comparison_leaves_neurons_without_a_value_out(table: pd.DataFrame):
    rows = table[table["measure"] == "burst_rate"].assign(measure="burst_duration", unit="s")
    upper = plot.comparison(compare(rows), rows, ["burst_duration"], neurons=neuron_values()).axes[0]
    assert [len(points) for points in neuron_marks(upper)] == [200, 200, 200]
    none = neuron_values().assign(burst_duration=nan)
    assert neuron_marks(plot.comparison(compare(rows), rows, ["burst_duration"], neurons=none).axes[0]) == []


def test_comparison_joins_only_paired_seeds(table: pd.DataFrame):
    own_seeds = table.assign(seed=table["seed"] + 10 * (table["condition"] == "depressed"))
    unpaired = own_seeds[own_seeds["condition"] != "ketamine"]
    upper, _ = plot.comparison(compare(unpaired), unpaired, ["burst_rate"]).axes
    assert [line.get_marker() for line in upper.lines] == ["o", "o"]


def test_comparison_of_many_conditions_shows_differences_from_the_first(dose_table: pd.DataFrame):
    _, lower = plot.comparison(compare(dose_table), dose_table, ["burst_rate"]).axes
    assert [label.get_text().split("\n")[1] for label in lower.get_xticklabels()] == ["− control"] * 4


def test_comparison_shows_the_main_measures_unless_told(table: pd.DataFrame):
    figure = plot.comparison(compare(table), table)
    labels = [axes.get_ylabel().replace("\n", " ") for axes in figure.axes]
    assert {"Bursting share (fraction)", "VTA DA rate (Hz)", "Dopamine (nM)", "Theta power (Hz²)"} <= set(labels)
    with pytest.raises(InputError, match="unknown measure"):
        plot.comparison(compare(table), table, ["sugar"])


# all figures ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gallery(recordings, groups, neurons, table, dose_table) -> dict[str, Figure]:
    """Every kind of figure, of usual and of awkward material."""
    silent, long = silent_recording(), "depressed+a_second_hit_in_late_life+ketamine_10uM_for_a_week"
    shading = {
        name: [("depressed state", 0.0, inf), ("ketamine 10 µM, late and long", 5.7, inf)] for name in recordings
    }
    empty = table.assign(value=np.nan)
    named = table.replace({"depressed": long, "ketamine": "ketamine_10uM"})
    many = {f"{long}_{number}": recordings["control"] for number in range(6)}
    one = table[table["seed"] == 0]
    trains = {name: [recording.trains("lhb") for recording in group] for name, group in groups.items()}
    spectra = {name: [spectrum(Ensemble.of(own, (0.0, 6.0))) for own in seeds] for name, seeds in trains.items()}
    lockings = {name: [phase_spectrum(Ensemble.of(own, (0.0, 6.0))) for own in seeds] for name, seeds in trains.items()}
    strips = {name: sensitivity([train for own in seeds for train in own]) for name, seeds in trains.items()}
    nobody = Ensemble.of(silent.trains("lhb"), silent.observed)
    return {
        "raster": plot.raster(recordings, shading=shading, seed=1),
        "raster, silent": plot.raster({long: silent}),
        "raster, many": plot.raster(many, (2.0, 3.0), shading={name: shading["control"] for name in many}),
        "traces": plot.traces(recordings, neurons, (2.5, 3.0)),
        "traces, silent": plot.traces({"silent": silent}, neurons),
        "traces, many": plot.traces(many, pd.concat([neurons.assign(condition=name) for name in many])),
        "classes": plot.classes(neurons),
        "classes, none": plot.classes(neurons.iloc[:0]),
        "classes, many": plot.classes(pd.concat([neurons.assign(condition=f"{long}_{n}") for n in range(7)])),
        "isi": plot.isi(groups),
        "isi, silent": plot.isi({"silent": [silent]}),
        "isi, many": plot.isi({name: [recording] for name, recording in many.items()}),
        "return map": plot.return_map(groups),
        "return map, silent": plot.return_map({long: [silent]}),
        "return map, many": plot.return_map({name: [recording] for name, recording in many.items()}),
        "spectrum": plot.spectrum(spectra),
        "spectrum, silent": plot.spectrum({long: [spectrum(nobody)]}),
        "spectrum, short": plot.spectrum({"a": [spectrum(Ensemble.of([[0.5]], (0.0, 1.0)))]}),
        "spectrum, many": plot.spectrum({name: spectra["control"] for name in many}),
        "ppc": plot.ppc(lockings),
        "ppc, silent": plot.ppc({long: [phase_spectrum(nobody)]}),
        "ppc, many": plot.ppc({name: lockings["control"] for name in many}),
        "sensitivity": plot.sensitivity(strips, chance={name: poisson_share_in_bursts(5.0) for name in strips}),
        "sensitivity, silent": plot.sensitivity({long: sensitivity(silent.trains("lhb"))}, chance={long: np.nan}),
        "sensitivity, many": plot.sensitivity({name: strips["control"] for name in many}, "dopamine"),
        "ramp": plot.ramp(recordings, {name: ([0, 6], [0, 50]) for name in recordings}, (2.0, 4.0)),
        "ramp, long": plot.ramp({long: silent, f"{long}_2": recordings["control"]}, {}),
        "dose, curves": plot.dose(dose_table, DOSES, "M", curves=CURVES),
        "circuit": plot.circuit(groups, {}, shading=shading),
        "circuit, silent": plot.circuit({long: [silent]}, {long: {"dopamine": ([0, 6], [0, 0], "nM")}}),
        "circuit, many": plot.circuit({name: [recording] for name, recording in many.items()}, {}, nuclei=["lhb"]),
        "dose": plot.dose(dose_table, DOSES, "M"),
        "dose, one": plot.dose(dose_table, {"control": 0.0}, "M", ["burst_rate"]),
        "dose, empty": plot.dose(dose_table.assign(value=np.nan), DOSES, "M"),
        "dose, none": plot.dose(dose_table, {}, "M"),
        "comparison": plot.comparison(compare(table), table),
        "comparison, neurons": plot.comparison(compare(table), table, neurons=neuron_values()),
        "comparison, empty": plot.comparison(compare(empty), empty, ["burst_rate"]),
        "comparison, one seed": plot.comparison(compare(one), one, ["burst_rate"]),
        "comparison, long": plot.comparison(compare(named), named, ["burst_rate", "dopamine"]),
        "comparison, none": plot.comparison(compare(table), table, []),
        "comparison, many": plot.comparison(compare(dose_table), dose_table, ["burst_rate", "dopamine"]),
    }


KINDS = (
    "raster", "raster, silent", "raster, many", "traces", "traces, silent", "traces, many", "classes", "classes, none",
    "classes, many", "isi", "isi, silent", "isi, many", "return map", "return map, silent", "return map, many",
    "spectrum", "spectrum, silent", "spectrum, short", "spectrum, many", "ppc", "ppc, silent", "ppc, many",
    "sensitivity", "sensitivity, silent", "sensitivity, many", "ramp", "ramp, long", "dose, curves", "circuit",
    "circuit, silent", "circuit, many", "dose", "dose, one", "dose, empty", "dose, none", "comparison",
    "comparison, neurons", "comparison, empty", "comparison, one seed", "comparison, long", "comparison, many",
    "comparison, none",
)  # fmt: skip


@pytest.fixture(scope="module")
def laid_out(gallery: dict[str, Figure]) -> Callable[[str], Figure]:
    """A figure of the gallery with its layout made, which takes longest, once."""
    return cache(lambda kind: drawn(gallery[kind]))


def texts_shown(figure: Figure) -> list[Text]:
    """All texts that are drawn; of tick labels those within the limits."""
    hidden: set[Text] = set()
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low <= tick.get_loc() <= high or not axes.axison:
                    hidden |= {tick.label1, tick.label2}
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in shown if text not in hidden]


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_touches_another_or_leaves_the_figure(laid_out: Callable[[str], Figure], kind: str):
    figure = laid_out(kind)
    texts = [
        (text.get_text(), text.get_window_extent()) for text in texts_shown(figure) if text.get_rotation() in (0, 90)
    ]
    width, height = figure.bbox.size
    for written, box in texts:
        assert -1 <= box.x0 <= box.x1 <= width + 1 and -1 <= box.y0 <= box.y1 <= height + 1, written
    for (one, box), (other, beside) in combinations(texts, 2):
        assert not box.padded(-1).overlaps(beside.padded(-1)), (one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_figures_fit_a_page_and_are_readable_in_print(gallery: dict[str, Figure], kind: str):
    figure = gallery[kind]
    assert figure.get_figwidth() * 25.4 <= 180.001
    assert min(text.get_fontsize() for text in texts_shown(figure)) >= FOOTER_SIZE


@pytest.mark.parametrize("kind", KINDS)
def test_every_axis_of_numbers_has_a_label_with_its_unit(laid_out: Callable[[str], Figure], kind: str):
    shown = set(texts_shown(laid_out(kind)))
    for axes in laid_out(kind).axes:
        for axis in (axes.xaxis, axes.yaxis):
            numbers = [text for text in axis.get_ticklabels() if text in shown and is_number(text.get_text())]
            label = axis.get_label_text()
            assert not numbers or "(" in label or label in ("Dose", "Difference")


def is_number(text: str) -> bool:
    return text.lstrip("−").replace(".", "").isdigit()


@pytest.mark.parametrize("window", [(7.0, 8.0), (5.0, 7.0), (-1.0, 2.0), (3.0, 3.0), (4.0, 3.0), (0.0, inf)])
def test_a_window_outside_the_record_is_refused(recordings, groups, neurons, window: tuple[float, float]):
    for draw in (
        lambda: plot.raster(recordings, window),
        lambda: plot.traces(recordings, neurons, window),
        lambda: plot.circuit(groups, {}, window=window),
    ):
        with pytest.raises(InputError, match="the record runs from 0 s to 6 s"):
            draw()


def test_unknown_nuclei_are_refused(recordings, groups):
    with pytest.raises(InputError, match="unknown nucleus 'vta'; did you mean 'vta_da'"):
        plot.raster(recordings, nuclei=["vta"])
    with pytest.raises(InputError, match="unknown nucleus 'vta'"):
        plot.circuit(groups, {}, nuclei=["vta"])
    with pytest.raises(InputError, match="unknown nucleus 'vta'"):
        plot.isi(groups, nucleus="vta")


def test_nothing_to_draw_is_refused(neurons: pd.DataFrame):
    for draw in (lambda: plot.raster({}), lambda: plot.traces({}, neurons), lambda: plot.circuit({}, {})):
        with pytest.raises(InputError, match="no recording to draw"):
            draw()


def test_recordings_that_were_cut_keep_their_span(recordings: dict[str, Recording]):
    cut = {name: recording.cut(1.1, 5.3) for name, recording in recordings.items()}
    assert plot.raster(cut).axes[0].get_xlim() == (1.1, 5.3)
    with pytest.raises(InputError, match=r"from 1.1 s to 5.3 s"):
        plot.raster(cut, window=(0.5, 2.0))


# Machado et al. (2009), severity 1, for linear RGB.
VISIONS = {
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def seen(colour: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as somebody sees it."""
    red_green_blue = np.array(to_rgb(colour))
    linear = np.where(red_green_blue < 0.04045, red_green_blue / 12.92, ((red_green_blue + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(VISIONS[vision]) @ linear, 0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
def test_marks_of_spikes_can_be_told_apart_with_any_colour_vision(vision: str):
    for one, other in combinations((BURST, RUN_ON, SPIKE), 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 25, (one, other)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("colours", [SENSITIVITY_COLOURS, RETURN_MAP_COLOURS])
def test_more_is_darker_with_any_colour_vision(colours: LinearSegmentedColormap, vision: str):
    lightness = [seen(to_hex(colours(share)), vision)[0] for share in np.linspace(0, 1, 21)]
    assert np.diff(lightness).max() < 0 and lightness[0] - lightness[-1] > 60


# files ---------------------------------------------------------------------------------------------------------------


def test_saved_files_are_the_same_for_the_same_figure(recordings: dict[str, Recording], tmp_path: Path):
    formats = ("png", "pdf", "svg")
    first, again = (plot.save(plot.raster(recordings, (2.0, 3.0)), tmp_path / name, formats) for name in ("a.1", "b"))
    assert [path.name for path in first] == ["a.1.png", "a.1.pdf", "a.1.svg"]
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert b"Time (s)" in first[2].read_bytes()
    assert b"/Type3" not in first[1].read_bytes()


@pytest.mark.parametrize(
    "kind",
    ["return map", "spectrum", "ppc", "sensitivity", "dose, curves", "comparison, neurons", "return map, silent"],
)
def test_vector_files_keep_their_text(gallery: dict[str, Figure], tmp_path: Path, kind: str):
    pdf, svg = plot.save(gallery[kind], tmp_path / "figure", ("pdf", "svg"))
    assert b"/Type3" not in pdf.read_bytes() and pdf.stat().st_size < 500_000
    assert svg.read_text(encoding="utf-8").count("<text") > 10 and svg.stat().st_size < 2_000_000


def test_saved_png_has_200_dots_per_inch(tmp_path: Path):
    (path,) = plot.save(plot.raster({"a": recording_of([0.1])}), tmp_path / "figure")
    assert int.from_bytes(path.read_bytes()[16:20], "big") == pytest.approx(180 / 25.4 * 200, abs=1)


def test_files_that_cannot_be_written_are_one_error(tmp_path: Path):
    figure = plot.raster({"a": recording_of([0.1])})
    with pytest.raises(InputError, match="unknown figure format 'gif'"):
        plot.save(figure, tmp_path / "figure", formats=("gif",))
    with pytest.raises(InputError, match=r"missing/figure.png: cannot be written"):
        plot.save(figure, tmp_path / "missing" / "figure")


def test_settings_of_the_user_are_neither_used_nor_changed(tmp_path: Path):
    files = []
    for size in (10.0, 30.0):
        with matplotlib.rc_context({"font.size": size, "axes.facecolor": "black"}):
            before = dict(matplotlib.rcParams)
            files += plot.save(plot.raster({"a": recording_of([0.1])}), tmp_path / str(size))
            assert dict(matplotlib.rcParams) == before
    assert files[0].read_bytes() == files[1].read_bytes()


def test_plotting_needs_no_display_and_no_pyplot():
    script = "import sys, lhb_model.plot; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_raster_of_a_million_spikes_takes_seconds(tmp_path: Path):
    rng = np.random.default_rng(0)
    key = np.unique(rng.integers(0, 100_000 * 1000, 1_020_000))
    spikes = SpikeTrains(key // 1000, (key % 1000).astype(np.int32), 1000)
    recording = Recording(DT, 10.0, {"lhb": spikes}, {}, [], {}, {})
    assert spikes.steps.size > 1_000_000
    start = time.process_time()
    plot.save(plot.raster({"a": recording}, most_neurons=1000), tmp_path / "million")
    assert time.process_time() - start < 3 * SLOWER_MACHINE
