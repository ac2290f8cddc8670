"""`lhb validate`: what it judges, prints and leaves, and with which code it ends."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from lhb_model import plot
from lhb_model.cli import main
from lhb_model.findings import FINDINGS
from lhb_model.findings.mode_window import window
from lhb_model.findings.potentials import between_spikes, potentials
from lhb_model.findings.rebound_bursts import answers
from lhb_model.recording import Recording, SpikeTrains, Trace
from lhb_model.run_folder import list_runs
from lhb_model.targets import read_target
from lhb_model.validation_run import open_validation, plan, validate
from lhb_model.verdicts import Outcome, judge
from small_runs import SMALL, complaint, contents

DOCS = Path(__file__).parent.parent / "docs"

CLAMPED = """\
target: {name}
title: T current in voltage clamp
condition: voltage clamp
source: Somebody 2020 Journal 1:2
tag: {tag}
read: made up for a test
measured_in: t_current
expect:
  - quantity: half-activation
    measure: activation_half(recorded)
    {expected}
"""
HOLDS, FAILS = 'direction: "< 0 mV"', 'direction: "> 0 mV"'
TOO_HIGH = "low: 1 mV\n    tolerance: made up"


def said(*words: str | Path) -> Result:
    """Run the verb in this process; a fault that is no exit is raised."""
    return CliRunner().invoke(main, ["validate", *map(str, words)], catch_exceptions=False, prog_name="lhb")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clamped(folder: Path, name: str, expected: str, tag: str = "S") -> Path:
    """A target that needs no simulation."""
    path = folder / f"{name}.yaml"
    path.write_text(CLAMPED.format(name=name, expected=expected, tag=tag))
    return path


# verdicts and exit codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "tag", "verdict", "code"),
    [
        (HOLDS, "S", "holds", 0),
        (FAILS, "S", "fails", 1),
        (FAILS, "S direction", "fails", 1),
        (TOO_HIGH, "S", "fails", 1),
        (TOO_HIGH, "S direction", "fails", 0),
        (FAILS, "R", "fails", 0),
        (FAILS, "D", "fails", 0),
    ],
)
def test_a_failing_target_ends_with_1_if_its_tag_gates(
    here: Path, expected: str, tag: str, verdict: str, code: int
) -> None:
    result = said(clamped(here, "X1", expected, tag))
    assert result.exit_code == code
    row = next(line for line in result.stdout.splitlines() if line.startswith("X1"))
    assert verdict in row and row.endswith("Somebody 2020 Journal 1:2") and f"  {tag}  " in row
    assert ("Error: 1 target tagged S fails: X1" in result.stderr) == (code == 1)


def test_what_is_not_measured_is_said_and_never_holds(here: Path) -> None:
    path = clamped(here, "X1", TOO_HIGH)
    path.write_text(path.read_text().replace("measured_in: t_current", "not_measured: nothing does"))
    result = said(path)
    assert result.exit_code == 0
    assert "not measured" in result.stdout and "0 hold, 0 fail, 1 not measured" in result.stdout
    report = (Path(result.stdout.splitlines()[-1]) / "report.md").read_text()
    assert "Not measured: nothing does" in report


def test_a_measure_that_no_table_has_is_bad_input_with_its_line(here: Path) -> None:
    path = clamped(here, "X1", HOLDS)
    path.write_text(path.read_text().replace("activation_half", "activation_haf"))
    result = said(path)
    assert result.exit_code == 2 and result.stdout == ""
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"Error: {path}:10: expect.0.measure: ") and "did you mean 'activation_half'" in last
    assert not list(here.glob("runs/validate-*"))


def test_another_unit_than_the_published_one_is_bad_input(here: Path) -> None:
    result = said(clamped(here, "X1", 'direction: "< 5 ms"'))
    assert result.exit_code == 2 and "units do not fit" in result.stderr


# the folder ----------------------------------------------------------------------------------------------------------


def test_the_folder_holds_targets_tables_figures_and_report(here: Path) -> None:
    result = said(clamped(here, "X1", HOLDS), clamped(here, "X2", FAILS, "R"))
    folder = Path(result.stdout.splitlines()[-1])
    assert folder.parent == Path("runs") and folder.name.startswith("validate-")
    kept = {"figures", "manifest.json", "report.html", "report.md", "tables", "targets"}
    assert {p.name for p in folder.iterdir()} == kept
    assert {p.name for p in (folder / "figures").iterdir()} == {"X1.png", "X2.png", "t_current.png"}
    assert (folder / "targets" / "X1.yaml").read_text() == (here / "X1.yaml").read_text()
    assert "1 hold, 1 fail" in (folder / "report.md").read_text()
    assert {"condition", "seed", "measure", "value", "unit"} <= set(pd.read_csv(folder / "tables" / "t_current.csv"))
    assert not list(Path("runs").glob(".*"))


def test_the_page_shows_every_verdict_its_source_and_each_figure_once(here: Path) -> None:
    result = said(clamped(here, "X1", HOLDS), clamped(here, "X2", FAILS, "R"))
    folder = Path(result.stdout.splitlines()[-1])
    page = (folder / "report.html").read_text()
    assert "1 hold, 1 fail" in page and page.count('class="tag holds"') == page.count('class="tag fails"') == 2
    assert page.count("data:image/png;base64,") == 3 and page.count('alt=""') == 0
    assert "lhb validate X1.yaml X2.yaml" in page and folder.name in page
    again = CliRunner().invoke(main, ["report", str(folder), "--out", "mail.html"], prog_name="lhb")
    assert again.exit_code == 0 and (here / "mail.html").read_text() == page
    assert complaint("report", folder, folder) == "Error: a validation has a page of its own: name it alone"


def test_the_same_again_is_answered_from_the_folder_and_shown(here: Path) -> None:
    path = clamped(here, "X1", FAILS)
    first = said(path)
    before = contents(here / "runs")
    again, shown = said(path), CliRunner().invoke(main, ["show", first.stdout.splitlines()[-1]])
    assert contents(here / "runs") == before
    assert first.stdout == again.stdout == shown.stdout and again.exit_code == shown.exit_code == 1


def test_another_number_in_a_target_is_another_folder(here: Path) -> None:
    path = clamped(here, "X1", HOLDS)
    first = said(path).stdout.splitlines()[-1]
    path.write_text(path.read_text().replace("< 0 mV", "< -1 mV"))
    assert said(path).stdout.splitlines()[-1] != first
    assert [run.manifest["experiment"] for run in list_runs("runs")] == ["validate", "validate"]


def test_json_has_every_outcome_and_no_nan(here: Path) -> None:
    result = said(clamped(here, "X1", FAILS), "--json")
    told = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert result.exit_code == 1 and told["failing"] == ["X1"]
    (outcome,) = told["outcomes"]
    assert outcome["verdict"] == "fails" and outcome["value"] < 0 and outcome["unit"] == "V" and outcome["low"] is None


def test_outcomes_are_read_back_as_they_were(here: Path) -> None:
    done = validate(plan([str(clamped(here, "X1", HOLDS))]))
    assert repr(open_validation(done.folder).outcomes) == repr(done.outcomes)


def test_the_documentation_gets_its_table_of_verdicts_from_a_validation(here: Path) -> None:
    place = importlib.util.spec_from_file_location("make_verdicts", DOCS / "make_verdicts.py")
    assert place is not None and place.loader is not None
    maker = importlib.util.module_from_spec(place)
    place.loader.exec_module(maker)
    text = maker.verdicts(validate(plan([str(clamped(here, "X1", HOLDS))])).folder)
    assert text.startswith("1 hold") and "\n| X1 | " in text and "Tags: S read in the source" in text


# measured in a run ---------------------------------------------------------------------------------------------------

SIMULATED = """\
target: Y1
title: The small circuit
condition: two states
source: Somebody 2020 Journal 1:2
tag: S direction
read: made up for a test
measured_in: small
expect:
  - quantity: burst rate, depressed less control
    measure: burst_rate(depressed) - burst_rate(control)
    direction: "> 0 Hz"
  - quantity: LHb rate, nothing over control
    measure: rate(nothing) / rate(control)
    value: 1
    low: 1
    high: 1
    tolerance: a dose of 0 changes nothing
  - quantity: rate of dopamine neurons
    measure: vta_da.rate(control)
    low: 1000 Hz
    tolerance: out of reach
"""


def test_a_simulated_target_is_judged_over_its_seeds(here: Path) -> None:
    (here / "small.yaml").write_text(SMALL)
    (here / "Y1.yaml").write_text(SIMULATED)
    result = said("Y1.yaml", "--workers", "2")
    done = open_validation(Path(result.stdout.splitlines()[-1]))
    more, same, fast = done.outcomes
    assert (more.n, more.of, len(more.each)) == (2, "seeds", 2)
    assert more.value == pytest.approx(np.mean(more.each))
    assert (same.verdict, same.value, same.each) == ("holds", 1.0, (1.0, 1.0))
    assert (fast.verdict, fast.gates) == ("fails", False)
    assert result.exit_code == (1 if more.verdict == "fails" else 0)
    # The experiment's own run lies beside it and serves `lhb run` as well.
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert (Path("runs") / manifest["runs"]["small"] / "table.csv").is_file()
    assert "small: A small circuit" in result.stderr


def judged(table: pd.DataFrame, measure: str, direction: str, tmp_path: Path) -> Outcome:
    path = clamped(tmp_path, "X1", f'direction: "{direction}"')
    path.write_text(path.read_text().replace("activation_half(recorded)", measure))
    (outcome,) = judge(read_target(path), {"t_current": table}, {"t_current": "seeds"})
    return outcome


def tidy(values: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(name, seed, "lhb", "rate", value, "Hz") for name, own in values.items() for seed, value in enumerate(own)]
    return pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "measure", "value", "unit"])


def test_a_direction_that_the_seeds_leave_open_is_said_to_be_within_scatter(tmp_path: Path) -> None:
    clear = judged(tidy({"a": [3, 4, 5], "b": [1, 2, 3]}), "rate(a) - rate(b)", "> 0 Hz", tmp_path)
    open_ = judged(tidy({"a": [3, 2, 5], "b": [1, 4, 3]}), "rate(a) - rate(b)", "> 0 Hz", tmp_path)
    assert (clear.said, open_.said) == ("holds", "holds, within scatter")
    assert open_.value == pytest.approx(2 / 3) and open_.each == (2, -2, 2)


def test_samples_that_are_not_paired_have_an_interval_alone(tmp_path: Path) -> None:
    table = tidy({"a": [3, 4, 5]})
    other = tidy({"b": [1, 2, 2, 1]}).assign(seed=[10, 11, 12, 13])
    outcome = judged(pd.concat([table, other]), "rate(a) - rate(b)", "> 0 Hz", tmp_path)
    assert outcome.value == pytest.approx(2.5) and outcome.each == ()
    assert "[" in outcome.model and "at least 3 seeds each" in outcome.model


def test_a_number_that_does_not_exist_fails(tmp_path: Path) -> None:
    outcome = judged(tidy({"a": [np.nan, np.nan]}), "rate(a)", "> 0 Hz", tmp_path)
    assert (outcome.verdict, outcome.model, outcome.failing) == ("no value", "no value", True)


def test_a_figure_shows_every_kind_of_outcome(tmp_path: Path) -> None:
    shown = [
        judged(tidy({"a": [3, 4, 5]}), "rate(a)", "> 0 Hz", tmp_path),
        judged(tidy({"a": [np.nan]}), "rate(a)", "< 1 Hz", tmp_path),
    ]
    figure = plot.target("X1", shown)
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["holds", "no value"]


# findings ------------------------------------------------------------------------------------------------------------


def recording(trains: list[list[float]], volts: np.ndarray, duration: float = 2.0) -> Recording:
    """Spike times (s) of some neurons and their potentials (V) every millisecond."""
    spikes = sorted((round(time / 1e-4), neuron) for neuron, train in enumerate(trains) for time in train)
    steps, neurons = np.array(spikes, np.int64).reshape(-1, 2).T
    own = SpikeTrains(steps, neurons.astype(np.int32), len(trains))
    trace = Trace("lhb", "v", "V", np.arange(volts.shape[1]), 0.0, 1e-3, volts.astype(np.float32))
    return Recording(1e-4, duration, {"lhb": own}, {}, [trace], {"analysis": (0.5, duration)}, {})


def test_the_potential_is_the_median_between_spikes_of_the_analysis() -> None:
    volts = np.full((2000, 2), -0.06)
    volts[:500] = -0.09  # before the analysis
    volts[995:1006, 1] = 0.03  # a spike
    volts[1200:1400, 1] = -0.05
    found = potentials(recording([[], [1.0]], volts))
    assert found == pytest.approx({0: -0.06, 1: -0.06})


def test_all_samples_count_where_spikes_leave_none() -> None:
    assert between_spikes(np.array([0.1, 0.2]), np.array([0.1, 0.2])).all()


def test_a_pulse_is_answered_by_a_burst_that_begins_soon_after_it() -> None:
    burst = [0.01, 0.02, 0.03]
    trains = [[0.6 + t for t in burst], [0.9 + t for t in burst], [0.4 + t for t in burst], [0.61], []]
    spikes = answers(recording(trains, np.zeros((2000, 1))), np.array([0.6, 1.6]), "lhb")
    assert spikes.tolist() == [[3, 0], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_the_burst_window_of_a_cell_that_never_bursts_is_empty() -> None:
    assert window(["silent", "tonic"]) == slice(0, 0)


@pytest.mark.parametrize("name", FINDINGS)
def test_every_finding_says_what_it_measures(name: str) -> None:
    assert FINDINGS[name].name == name and FINDINGS[name].title
