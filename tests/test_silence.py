"""Silence, single spikes and single neurons are results like any other: tables, comparison, summary and figures work."""

import json
from pathlib import Path

import numpy as np
import pytest

from lhb_model import config
from lhb_model.api import compare
from lhb_model.data_verbs import Wanted, show_comparison
from lhb_model.figures import KINDS, draw
from lhb_model.recorded import Choices
from lhb_model.run_folder import Run, open_run
from lhb_model.runs import run_experiment
from lhb_model.terminal import comparison_lines, summary_lines
from small_runs import OF_OTHER_RUNS, ONE_CELL, run_small

OF_ONE_RUN = [kind for kind in KINDS if kind not in OF_OTHER_RUNS]
EVERY_FIGURE = f"figures=[{', '.join(OF_ONE_RUN)}]"
TWO = "conditions={control: {}, depressed: {depressed_state: {}}}"
NO_CURRENT = [
    f"nuclei.{name}.parameters.I_hold=-{size} pA" for name, size in (("lhb", 300), ("rmtg", 900), ("vta_da", 100))
]


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """No neuron of any nucleus fires."""
    return run_small(tmp_path_factory.mktemp("silent"), TWO, EVERY_FIGURE, *NO_CURRENT)


@pytest.fixture(scope="module")
def silent_vta(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Dopamine neurons never fire, not even with the LHb's output cut; one seed."""
    return run_small(tmp_path_factory.mktemp("vta"), TWO, EVERY_FIGURE, NO_CURRENT[2], seeds=1)


def one_cell(folder: Path, *settings: str) -> Run:
    """One neuron, one seed, no synapses."""
    path = folder / "one_cell.yaml"
    path.write_text(ONE_CELL)
    return run_experiment(config.load(path, (EVERY_FIGURE, *settings)), folder / "runs")


@pytest.fixture(scope="module")
def one_spike(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A single neuron that a brief strong current makes fire once, in one condition alone."""
    settings = (
        "conditions={control: {}, pulsed: {t_block: {block: 1}, ap5: {block: 1}}}",
        "stimuli=[{nucleus: lhb, kind: step, current: 1.2 nA, start: 0.3 s, width: 2 ms, conditions: [pulsed]}]",
        "wiring=[{from: lhb, to: lhb, in_degree: 0, delay: 1 ms, weights: {ampa: 1 nS}, why: none, tag: assumed}]",
    )
    return one_cell(tmp_path_factory.mktemp("one"), *settings)


def values(run: Run, nucleus: str, measure: str) -> list[float]:
    table = run.table[(run.table["nucleus"] == nucleus) & (run.table["measure"] == measure)]
    return [float(value) for value in table["value"]]


def complete(run: Run) -> None:
    """Done, every figure drawn, tables read back, and every way of showing them works."""
    assert run.manifest["state"] == "done" and run.manifest["notes"] == []
    assert {path.stem for path in (run.folder / "figures").iterdir()} == set(OF_ONE_RUN)
    again = open_run(run.folder)
    assert again.table.equals(run.table) and len(again.neurons) == len(run.neurons)
    lines = summary_lines(again)
    assert len(lines) > 5 and "nan" not in " ".join(lines).lower()
    assert "nan" not in " ".join(comparison_lines(again.comparison)).lower()
    assert len(compare(again)) == len(again.comparison)


def test_a_silent_circuit_gives_tables_and_every_figure(silent: Run) -> None:
    complete(silent)
    assert all(job["spikes"] == 0 for job in silent.manifest["jobs"])
    assert set(silent.neurons["class"]) == {"silent"} and silent.spikes.empty
    assert values(silent, "lhb", "silent_share") == [1] * 4 and values(silent, "lhb", "theta_power") == [0] * 4
    assert np.isnan(values(silent, "lhb", "spikes_per_burst")).all()
    assert values(silent, "vta_da", "dopamine") == [0] * 4
    assert np.isnan(values(silent, "vta_da", "reward_inhibition")).all()


def test_no_difference_between_silent_conditions_is_claimed(silent: Run) -> None:
    rows = silent.comparison.set_index(["nucleus", "measure"])
    assert rows.loc[("lhb", "rate"), "difference"] == 0 and rows.loc[("lhb", "rate"), "p"] == 1
    assert rows.loc[("lhb", "spikes_per_burst"), ["n_a", "n_b"]].tolist() == [0, 0]
    assert np.isnan(rows.loc[("lhb", "spikes_per_burst"), "difference"])


def test_no_cell_of_a_table_reads_nan(silent: Run) -> None:
    for name in ("neurons.csv", "table.csv", "comparison.csv"):
        text = (silent.folder / name).read_text()
        assert "nan" not in text.lower() and "inf," not in text.lower()


def test_a_silent_vta_has_no_reward_to_inhibit(silent_vta: Run) -> None:
    complete(silent_vta)
    assert values(silent_vta, "vta_da", "rate") == [0, 0] and values(silent_vta, "lhb", "rate")[0] > 0.5
    assert np.isnan(values(silent_vta, "vta_da", "reward_inhibition")).all()
    assert values(silent_vta, "vta_da", "dopamine") == [0, 0]


def test_with_one_seed_there_are_means_and_no_intervals(silent_vta: Run) -> None:
    rows = silent_vta.comparison[silent_vta.comparison["measure"] == "rate"]
    assert (rows["n_a"] == 1).all() and rows["difference"].notna().all() and rows[["low", "high"]].isna().all(axis=None)
    assert summary_lines(silent_vta)[0].startswith("mean over 1 seed ")


def test_one_neuron_one_spike_and_no_synapse(one_spike: Run) -> None:
    complete(one_spike)
    assert [job["spikes"] for job in one_spike.manifest["jobs"]] == [0, 1]
    assert len(one_spike.spikes) == 1 and 0.3 <= one_spike.spikes["time"].iloc[0] < 0.31
    assert one_spike.neurons["class"].tolist() == ["silent", "tonic"]
    assert values(one_spike, "lhb", "rate") == pytest.approx([0, 1 / 0.6])
    assert np.isnan(values(one_spike, "lhb", "theta_power")).all()


def test_one_condition_has_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = one_cell(tmp_path, "conditions={control: {}}", "figures=[classes, raster]")
    assert run.comparison.empty and run.manifest["notes"] == []
    show_comparison([run.folder], Wanted(), tmp_path, False, Choices())
    said = capsys.readouterr().out.splitlines()
    assert said == ["nothing to compare: it takes two conditions", str(run.folder / "comparison.csv")]
    show_comparison([run.folder], Wanted(), tmp_path, True, Choices())
    assert json.loads(capsys.readouterr().out)["comparison"] == []


def test_a_burst_that_never_ends_is_drawn_too(tmp_path: Path) -> None:
    """The cell under a strong current fires without pause: one run-on burst."""
    run = one_cell(
        tmp_path, "conditions={control: {}}", "stimuli.0.current=150 pA", "figures=[raster, isi, traces, ramp]"
    )
    assert run.manifest["notes"] == [] and run.neurons["spikes"].iloc[0] > 10
    assert draw(run, "raster").axes


def test_the_current_below_a_ramp_is_what_the_protocol_injects(tmp_path: Path) -> None:
    stimuli = (
        "stimuli=[{nucleus: lhb, kind: ramp, current: 40 pA, start: 0.1 s, width: 0.4 s},"
        " {nucleus: lhb, kind: pulses, current: -10 pA, start: 0.2 s, width: 0.1 s, every: 0.2 s, count: 2}]"
    )
    run = one_cell(tmp_path, "conditions={control: {}}", stimuli, "figures=[]")
    lines = [line for line in draw(run, "ramp").axes[-1].get_lines() if len(line.get_xdata()) > 4]
    assert len(lines) == 1
    times, current = np.asarray(lines[0].get_xdata(), float), np.asarray(lines[0].get_ydata(), float)
    assert np.all(np.diff(times) >= 0) and (times[0], times[-1]) == pytest.approx((0.0, 0.6))
    # Between its steps the course is straight.
    for time, expected in ((0.05, 0), (0.15, 5), (0.25, 15 - 10), (0.35, 25), (0.45, 35 - 10), (0.55, 0)):
        assert np.interp(time, times, current) == pytest.approx(expected, abs=1e-6)
