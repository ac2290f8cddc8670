"""What figures of a run show is what its tables say: gathered from the small run, and from runs of planted tables."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from lhb_model.bursts import as_rule, find_bursts, poisson_share_in_bursts, poisson_share_of
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.errors import InputError
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.figures import View, draw
from lhb_model.run_folder import Run
from small_runs import ONSET, run_small

SMALL_WINDOW = (0.5, 2.3)


def legend(axes: Axes) -> list[str]:
    figure = axes.get_figure()
    assert figure is not None
    return [text.get_text() for text in figure.legends[0].get_texts()]


def theta_area(axes: Axes, condition: str, run: Run) -> float:
    """Under the line of a condition, between 4 and 10 Hz; each is followed by its floor."""
    line = axes.lines[2 * run.conditions.index(condition)]
    x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    band = (x >= 4) & (x <= 10)
    return float(np.trapezoid(y[band], x[band]))


def test_the_area_of_the_spectrum_in_the_theta_band_is_the_tables_theta_power(small_run: Run) -> None:
    axes = draw(small_run, "spectrum").axes[0]
    rows = small_run.table.query("nucleus == 'lhb' and measure == 'theta_power'")
    for condition in small_run.conditions:
        expected = rows.loc[rows["condition"] == condition, "value"].mean()
        assert theta_area(axes, condition, small_run) == pytest.approx(expected)
    assert legend(axes)[:2] == ["control\n2 seeds", "nothing\n2 seeds"]
    one = draw(small_run, "spectrum", View(("depressed",), seed=2)).axes[0]
    assert legend(one) == ["depressed\n1 seed", "floor"]


def test_sensitivity_frames_the_share_of_all_spikes_that_the_table_of_neurons_has(small_run: Run) -> None:
    figure = draw(small_run, "sensitivity")
    neurons = small_run.neurons[small_run.neurons["nucleus"] == "lhb"]
    for axes, (condition, own) in zip(figure.axes, neurons.groupby("condition", sort=False), strict=True):
        assert axes.get_title(loc="left") == condition
        share = (own["share_spikes_in_bursts"] * own["spikes"]).sum() / own["spikes"].sum()
        chance = poisson_share_of(own["spikes"].to_numpy(), 2.1)
        assert axes.texts[-1].get_text() == f"{100 * share:.0f} % in bursts, {100 * chance:.0f} % by chance"
        assert np.asarray(axes.images[0].get_array())[2, 2] == pytest.approx(100 * share)


def test_return_map_counts_the_pairs_of_the_chosen_window(small_run: Run) -> None:
    figure = draw(small_run, "return_map", View(("control", "depressed"), window=SMALL_WINDOW))
    for axes, condition in zip(figure.axes, ("control", "depressed"), strict=False):
        trains = [train for seed in (1, 2) for train in small_run.trains(condition, seed)]
        within = [np.count_nonzero((train >= SMALL_WINDOW[0]) & (train < SMALL_WINDOW[1])) for train in trains]
        pairs = sum(max(number - 2, 0) for number in within)
        assert f"n = {pairs}" in [text.get_text().replace("\u202f", "") for text in axes.texts]


def test_phase_consistency_has_a_line_for_each_condition_in_its_colour(small_run: Run) -> None:
    everything = draw(small_run, "ppc").axes[0]
    assert len(legend(everything)) == 4
    alone = draw(small_run, "ppc", View(("depressed",))).axes[0]
    colours = {line.get_color() for line in everything.lines}
    assert alone.lines[1].get_color() in colours - {everything.lines[1].get_color()}


def test_a_window_outside_the_record_and_unknown_conditions_are_refused(small_run: Run) -> None:
    for kind in ("isi", "return_map", "spectrum", "ppc", "sensitivity"):
        with pytest.raises(InputError, match="not within the record; the record runs from 0 s to 2.4 s"):
            draw(small_run, kind, View(window=(2.0, 9.0)))
        with pytest.raises(InputError, match="did you mean 'depressed'"):
            draw(small_run, kind, View(("depresed",)))


def test_a_window_before_the_block_begins_looks_like_control(small_run: Run) -> None:
    """The late condition is the control up to its onset."""
    figure = draw(small_run, "sensitivity", View(("control", "late"), window=(0.3, ONSET)))
    first, second = (np.asarray(axes.images[0].get_array()) for axes in figure.axes)
    assert first.tolist() == second.tolist()


def test_comparison_shows_neurons_of_the_run_behind_its_seeds(small_run: Run) -> None:
    figure = draw(small_run, "comparison")
    titled = {axes.get_ylabel().replace("\n", " "): axes for axes in figure.axes}
    faint = [line for line in titled["LHb burst rate (Hz)"].lines if line.get_alpha() == 0.3]
    rates = small_run.neurons.query("nucleus == 'lhb' and condition == 'control'")["burst_rate"]
    assert sorted(np.asarray(faint[0].get_ydata(), float)) == pytest.approx(sorted(rates))
    assert len(faint) == 4


# chance --------------------------------------------------------------------------------------------------------------


def test_chance_of_a_population_is_that_of_its_spikes() -> None:
    expected = (20 * poisson_share_in_bursts(2.0) + 80 * poisson_share_in_bursts(8.0)) / 100
    assert poisson_share_of([20, 0, 80], 10.0) == pytest.approx(expected)
    assert np.isnan(poisson_share_of([0, 0], 10.0)) and np.isnan(poisson_share_of([], 10.0))
    with pytest.raises(InputError, match="duration"):
        poisson_share_of([3], 0.0)
    with pytest.raises(InputError, match="no closed form"):
        poisson_share_of([3], 1.0, "cma")


def test_chance_is_what_poisson_neurons_of_unequal_rates_have() -> None:
    rng = np.random.default_rng(3)
    trains = [np.cumsum(rng.exponential(1 / rate, int(rate * 400))) for rate in (1.0, 5.0, 20.0)]
    found = [find_bursts(train, as_rule("lhb"))["spikes"].sum() for train in trains]
    expected = poisson_share_of([train.size for train in trains], 400.0)
    assert sum(found) / sum(train.size for train in trains) == pytest.approx(expected, rel=0.05)


# doses ---------------------------------------------------------------------------------------------------------------

LOGISTIC = {0.0: 0.3, 0.3: 0.29, 1.0: 0.24, 3.0: 0.15, 10.0: 0.06, 30.0: 0.02}
"""Dose in uM -> share: half at 3 uM."""


def run_of(folder: Path, series: Mapping[str, Mapping[str, float]], seeds: int = 5, noise: float = 0.03) -> Run:
    """A folder like that of a finished run whose table holds a bursting share for each condition "name@dose"."""
    rng = np.random.default_rng(1)
    network = dict(enumerate(rng.normal(1, 0.05, seeds)))
    shares = {f"{name}@{dose}": share for name, doses in series.items() for dose, share in doses.items()}
    jobs = [{"condition": name, "seed": seed, "state": "done"} for name in shares for seed in network]
    rows = [
        (name, seed, "lhb", "bursting_share", share * factor * rng.normal(1, noise), "1")
        for name, share in shares.items()
        for seed, factor in network.items()
    ]
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"state": "done", "jobs": jobs}))
    (folder / "resolved.yaml").write_text("nuclei: {lhb: {burst_rule: lhb}}\n")
    pd.DataFrame(rows, columns=list(TABLE_COLUMNS)).to_csv(folder / "table.csv", index=False)
    return Run(folder)


def micromolar(shares: Mapping[float, float]) -> dict[str, float]:
    return {f"{dose:g}uM": share for dose, share in shares.items()}


def test_doses_have_the_fitted_curve_with_its_band(tmp_path: Path) -> None:
    axes = draw(run_of(tmp_path / "run", {"ketamine": micromolar(LOGISTIC)}), "dose").axes[0]
    name, value, unit, *interval = axes.get_title(loc="left").split()
    assert (name, unit) == ("IC50", "µM") and float(value) == pytest.approx(3.0, rel=0.15)
    low, high = (float(text.strip("[],")) for text in interval)
    assert low < float(value) < high
    (band,) = [drawn for drawn in axes.collections if drawn.get_alpha() is not None]
    assert band.get_datalim(axes.transData).x0 == pytest.approx(0.3) and band.get_datalim(
        axes.transData
    ).x1 == pytest.approx(30)
    assert any("Doses of ketamine." in text.get_text() for text in axes.get_figure().findobj(Text))


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ({0.0: 0.3, 1.0: 0.25, 10.0: 0.1}, "no IC50: the curve takes values at 4 doses"),
        (dict.fromkeys(LOGISTIC, 0.0), "no IC50: the measure is the same at all doses"),
        ({dose: 0.3 / (1 + dose / 80) for dose in LOGISTIC}, "no IC50: the fitted one lies above the largest"),
    ],
)
def test_where_there_is_no_half_way_dose_the_panel_says_why(
    tmp_path: Path, shares: dict[float, float], told: str
) -> None:
    axes = draw(run_of(tmp_path / "run", {"ketamine": micromolar(shares)}, noise=1e-4), "dose").axes[0]
    assert told in axes.get_title(loc="left").replace("\n", " ")
    assert not [drawn for drawn in axes.collections if drawn.get_alpha() is not None]


def test_a_measure_without_any_value_is_said_to_have_none(tmp_path: Path) -> None:
    figure = draw(run_of(tmp_path / "run", {"ketamine": micromolar(dict.fromkeys(LOGISTIC, np.nan))}), "dose")
    assert "no value at any dose" in [text.get_text() for text in figure.axes[0].texts]


def test_one_seed_has_a_curve_without_a_band(tmp_path: Path) -> None:
    axes = draw(run_of(tmp_path / "run", {"ketamine": micromolar(LOGISTIC)}, seeds=1), "dose").axes[0]
    assert axes.get_title(loc="left").startswith("IC50 ") and "[" not in axes.get_title(loc="left")


def test_of_several_series_one_is_chosen(tmp_path: Path) -> None:
    blocks = {"0": 0.3, "0.2": 0.25, "0.5": 0.15, "0.9": 0.05}
    run = run_of(tmp_path / "run", {"ketamine": micromolar(LOGISTIC), "t_block": blocks})
    with pytest.raises(InputError, match=r"given 2 series of doses \(ketamine, t_block\), expected one"):
        draw(run, "dose")
    with pytest.raises(InputError, match="did you mean 't_block'"):
        draw(run, "dose", View(("t_blok",)))
    assert draw(run, "dose", View(("t_block",))).axes[0].get_xlabel() == "Dose"
    assert draw(run, "dose", View(("ketamine",))).axes[0].get_xlabel() == "Dose (µM)"


# modes on a ladder ---------------------------------------------------------------------------------------------------

LADDER = (
    "nuclei.lhb.hold={from: -75 mV, to: -50 mV}",
    "conditions={map: {ap5: {block: [0, 1]}, t_block: {block: [0, 0.5, 1]}}}",
    "figures=[mode_map]",
)


def test_a_map_of_modes_shows_each_neuron_where_it_is_held(tmp_path: Path) -> None:
    run = run_small(tmp_path, *LADDER, seeds=1)
    assert run.manifest["notes"] == []
    panels = draw(run, "mode_map").axes
    assert [axes.get_title("left") for axes in panels] == ["t_block 0", "t_block 0.5", "t_block 1"]
    own = run.neurons[(run.neurons["condition"] == "map@1@0.5") & (run.neurons["nucleus"] == "lhb")]
    shown = np.asarray(panels[1].images[0].get_array())
    assert shown.shape == (2, 40)
    assert [("silent", "bursting", "tonic")[mode] for mode in shown[1]] == list(own["class"])


def test_a_map_of_modes_needs_a_ladder(small_run: Run) -> None:
    with pytest.raises(InputError, match="a mode map needs neurons on a ladder"):
        draw(small_run, "mode_map")


# what stands below ---------------------------------------------------------------------------------------------------


def below(run: Run, kind: str, view: View | None = None) -> str:
    figure = draw(run, kind, view)
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)


def test_figures_say_which_part_of_which_seeds_they_show(small_run: Run) -> None:
    for kind in ("isi", "return_map", "spectrum", "ppc", "sensitivity"):
        assert "From 0.3 s to 2.4 s." in below(small_run, kind)
        assert "From 0.5 s to 2.3 s." in below(small_run, kind, View(window=SMALL_WINDOW))
    for kind in ("raster", "traces", "ramp"):
        assert "Seed 1." in below(small_run, kind)
    assert "standard error of the mean. 2 seeds." in below(small_run, "circuit")


@pytest.mark.parametrize(
    "kind", ["raster", "traces", "ramp", "classes", "isi", "return_map", "sensitivity", "comparison"]
)
def test_figures_of_bursts_print_the_rule(small_run: Run, kind: str) -> None:
    text = below(small_run, kind)
    assert "(rule lhb): start at an ISI ≤ 20 ms, end at an ISI > 100 ms, at least 2 spikes" in text


# the page ------------------------------------------------------------------------------------------------------------


def test_the_page_of_figures_shows_every_kind() -> None:
    docs = Path(__file__).parent.parent / "docs"
    parts = (docs / "figures.md").read_text(encoding="utf-8").split("\n## ")[1:]
    shown = {part.partition("\n")[0]: re.findall(r"\]\((figures/\S+\.png)\)", part) for part in parts}
    assert set(FIGURE_KINDS) <= set(shown)
    pictures = {name for kind in FIGURE_KINDS for name in shown[kind]}
    assert all(shown[kind] for kind in FIGURE_KINDS)
    kept = set(docs.glob("figures/*.png"))
    assert {docs / name for name in pictures} <= kept
    pages = "".join(page.read_text(encoding="utf-8") for page in docs.rglob("*.md"))
    assert [path.name for path in kept if f"figures/{path.name}" not in pages] == []
    assert all((docs / name).stat().st_size < 200_000 for name in pictures)


# screen --------------------------------------------------------------------------------------------------------------


def test_a_screen_shows_every_series_and_tells_which_is_not_given_in_the_state(tmp_path: Path) -> None:
    states = "control: {}, depressed: {depressed_state: {}}"
    drugs = "ketamine: {depressed_state: {}, ketamine: {dose: [1 uM, 0.1 mM]}}, t_block: {t_block: {block: [0.5, 1]}}"
    run = run_small(tmp_path, f"conditions={{{states}, {drugs}}}", "figures=[screen]", seeds=1)
    assert run.manifest["notes"] == []
    axes = draw(run, "screen").axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["control", "depressed", "1 µM", "0.1 mM", "0.5", "1"]
    assert [text.get_text() for text in axes.texts][-2:] == ["ketamine", "t block alone"]


def test_a_screen_needs_something_to_tell_doses_against(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", {"ketamine": micromolar(LOGISTIC)})
    with pytest.raises(InputError, match="a screen needs an untreated condition and another"):
        draw(run, "screen")
