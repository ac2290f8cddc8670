"""The current that a protocol injects, and what a lone neuron does while it rises."""

import re

import numpy as np
import pytest

from lhb_model import config
from lhb_model.bursts import find_bursts
from lhb_model.injected import RampResponse, injected_current, ramp_response
from lhb_model.report import report_page
from lhb_model.report.words import levels_in_words, on_a_ramp
from lhb_model.run_folder import Run
from lhb_model.runs import run_experiment
from lhb_model.terminal import _on_ramp, summary_lines
from report_runs import RunOf
from small_runs import ONE_CELL

RAMP = "stimuli=[{nucleus: lhb, kind: ramp, current: 150 pA, start: 0.1 s, width: 0.5 s}]"


@pytest.fixture(scope="module")
def ramped(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("ramped")
    path = folder / "one_cell.yaml"
    path.write_text(ONE_CELL)
    return run_experiment(config.load(path, [RAMP, "conditions={control: {}}"]), folder / "runs")


def test_the_injected_current_is_that_of_the_protocol(ramped: Run, run_of: RunOf) -> None:
    times, current = injected_current(ramped, "control", "lhb", (0.0, 0.6))
    assert np.interp([0.05, 0.1, 0.35, 0.6], times, current) == pytest.approx([0.0, 0.0, 75.0, 150.0])
    times, current = injected_current(run_of("one_cell"), "control", "lhb", (0.0, 0.6))
    assert np.interp([0.05, 0.0999, 0.1001, 0.6], times, current) == pytest.approx([0.0, 0.0, 20.0, 20.0])


def test_a_neuron_on_a_ramp_is_told_by_its_currents(ramped: Run) -> None:
    spikes = ramped.trains("control", 1)[0]
    told = dict(levels_in_words(ramped))["control"]
    assert spikes.size > 2
    assert told.startswith("While the current rises from 0 to 150 pA, the one LHb neuron fires from ")
    assert f"fires from {300 * (spikes[0] - 0.1):#.3g} pA on: " in told
    assert "means over 0 s to 0.6 s, in which the current rises" in " ".join(report_page([ramped]).split())


def test_the_terminal_shows_currents_instead_of_means_over_a_ramp(ramped: Run) -> None:
    spikes = ramped.trains("control", 1)[0]
    first, last = 300 * (spikes[[0, -1]] - 0.1)
    head, *lines = summary_lines(ramped)
    assert head.split() == [*"one neuron under a rising current".split(), "control"]
    rows = {what.strip(): shown for what, shown in (re.split(r"  +(?=\S)", line.strip()) for line in lines)}
    assert (rows["current (pA)"], rows["fires from (pA)"]) == ("0 to 150", f"{first:.3g}")
    assert rows["bursts"] != "0" or rows["single spikes from, to (pA)"] == f"{first:.3g} to {last:.3g}"
    assert "Hz" in " ".join(rows) and "mean over" not in " ".join(lines)


def test_the_currents_of_bursts_and_of_single_spikes_and_of_nothing() -> None:
    times = np.array([1.0, 1.01, 1.5, 1.51, 2.0, 2.2, 2.3])
    shown = _on_ramp(RampResponse(times, 10 * times, find_bursts(times, span=(0.0, 3.0)), (0.0, 30.0)))
    assert list(shown.values()) == ["0 to 30", "10", "2", "10 to 15.1", "2", "100", "20 to 23", "10"]
    none = np.array([])
    silent = _on_ramp(RampResponse(none, none, find_bursts(none, span=(0.0, 3.0)), (0.0, 30.0)))
    assert list(silent.values()) == ["0 to 30", "—", "0", "—", "—", "—", "—", "—"]


def test_bursts_and_single_spikes_are_parted_by_the_last_burst() -> None:
    times = np.array([1.0, 1.01, 1.5, 1.51, 2.0, 2.2, 2.3])
    found = RampResponse(times, 10 * times, find_bursts(times, span=(0.0, 3.0)), (0.0, 30.0))
    assert found.bursts.size == 2 and found.single.tolist() == [20.0, 22.0, 23.0]
    assert found.last_rate == pytest.approx(10.0)


def test_a_step_and_a_population_are_no_ramp(run_of: RunOf, small_run: Run) -> None:
    assert ramp_response(run_of("one_cell"), "control", "lhb") is None
    assert not on_a_ramp(small_run) and not on_a_ramp(run_of("broken")) and not on_a_ramp(run_of("all_broken"))
