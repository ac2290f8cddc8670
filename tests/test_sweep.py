"""Sweeps: lists and ranges become points, every simulation is accounted for, and no spike depends on how they were batched."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhb_model import config, plot
from lhb_model.errors import InputError, JobError
from lhb_model.figures import View, draw
from lhb_model.indices import indices
from lhb_model.ledger import LEDGER, JobRecord, Ledger
from lhb_model.report import report_page
from lhb_model.report.sweeps import point_means
from lhb_model.report.words import plain
from lhb_model.resolve import describe_axis, resolve
from lhb_model.run_folder import Run, open_run
from lhb_model.runs import Policy, Watcher, flow, run_experiment
from lhb_model.sweep import tried_first, unfolded
from lhb_model.sweep_files import points_table
from small_runs import ABSURD, BARE, command, hashes, lhb, run_small, said, small, started, wait_until

SHORT = (*BARE, "protocol.duration=0.5 s", "protocol.warm_up=0.1 s")
BLOCK = "sweep.over.lhb.g_T={linspace: [10 nS, 30 nS, 3]}"
DIVERGES = ("figures=[]", "conditions={control: {}, broken: {absurd: {strength: 0}}}", *SHORT[2:],
            "sweep.over.conditions.broken.absurd.strength=[0, 1]")  # fmt: skip


def axes(*settings: str) -> dict[str, list[Any]]:
    """Name of each axis -> its values at all points, of the small shipped experiment."""
    sweep = config.load("smoke", settings).sweep
    assert sweep is not None
    return {axis.name: [point[n] for point in sweep.points] for n, axis in enumerate(sweep.axes)}


# which points --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["nuclei.lhb.size=[20, 40]"], {"size": [20, 40]}),
        (["protocol.dt=[0.05, 0.1] ms"], {"dt": ["0.05 ms", "0.1 ms"]}),
        (["precision=[double, single]"], {"precision": ["double", "single"]}),
        (["nuclei.lhb.parameters.E_L={linspace: [-90 mV, -95 mV, 3]}"], {"E_L": ["-90 mV", "-92.5 mV", "-95 mV"]}),
        (["sweep.over.lhb.g_T={logspace: [1 nS, 100 nS, 3]}"], {"g_T": ["1 nS", "10 nS", "100 nS"]}),
        (["sweep.over.lhb.g_T={linspace: [10 nS, 0.02 uS, 3]}"], {"g_T": ["10 nS", "15 nS", "20 nS"]}),
        (["sweep.over={lhb.size: [20, 30], rmtg.size: [10, 12]}"],
         {"lhb.size": [20, 20, 30, 30], "rmtg.size": [10, 12, 10, 12]}),
        (["sweep.over={lhb.size: [20, 30], rmtg.size: [10, 12]}", "sweep.design=paired"],
         {"lhb.size": [20, 30], "rmtg.size": [10, 12]}),
        (["sweep.over.conditions.ketamine.ketamine.block=[0, 0.5]"], {"block": [0, 0.5]}),
        (["sweep.over.wiring.0.weights.ampa=[0.1, 0.2] nS"], {"ampa": ["0.1 nS", "0.2 nS"]}),
        (["wiring.0.in_degree={linspace: [3, 5, 3]}"], {"in_degree": [3, 4, 5]}),
    ],
)  # fmt: skip
def test_lists_and_ranges_become_points(settings: list[str], expected: dict[str, list[Any]]) -> None:
    assert axes(*settings) == expected


def test_a_list_of_amounts_stays_a_series_of_conditions() -> None:
    for given_as in ("[0, 0.5, 1]", "{linspace: [0, 1, 3]}"):
        experiment = config.load("smoke", [f"conditions.ketamine.ketamine.block={given_as}"])
        assert experiment.sweep is None
        assert [c.name for c in experiment.conditions] == ["depressed", "ketamine@0", "ketamine@0.5", "ketamine@1"]


def test_without_a_list_nothing_changes() -> None:
    experiment = config.load("smoke")
    assert experiment.sweep is None and "sweep" not in resolve(experiment)


def test_the_experiment_itself_stands_at_its_first_point() -> None:
    experiment = config.load("smoke", ["sweep.over.lhb.g_T=[17 nS, 20 nS]"])
    assert experiment.sheet.nuclei["lhb"].parameters["g_T"].text == "17 nS"
    assert config.at_point(experiment, 2).sheet.nuclei["lhb"].parameters["g_T"].text == "20 nS"
    resolved = resolve(experiment)["sweep"]
    assert resolved["axes"][0] == {
        "name": "g_T", "key": "nuclei.lhb.parameters.g_T", "unit": "S", "scale": "list", "ends": None
    }  # fmt: skip
    assert resolve(config.load("smoke", ["sweep.over.lhb.g_T=[17 nS, 21 nS]"]))["sweep"] != resolved


RANGES = "sweep.over={lhb.g_T: {logspace: [10 nS, 40 nS]}, lhb.E_L: {linspace: [-100 mV, -80 mV]}}"


@pytest.mark.parametrize(("design", "asked", "made"), [("latin_hypercube", 10, 10), ("sobol", 16, 16), ("morris", 20, 18),
                                                       ("saltelli", 20, 16)])  # fmt: skip
def test_designs_sample_the_ranges(design: str, asked: int, made: int) -> None:
    if design in ("morris", "saltelli"):
        pytest.importorskip("SALib")
    found = axes(RANGES, f"sweep.design={design}", f"sweep.points={asked}")
    assert [len(values) for values in found.values()] == [made, made]
    conductances = [float(text.removesuffix(" nS")) for text in found["g_T"]]
    assert 10 <= min(conductances) < 20 < max(conductances) <= 40
    assert found == axes(RANGES, f"sweep.design={design}", f"sweep.points={asked}")
    assert found != axes(RANGES, f"sweep.design={design}", f"sweep.points={asked}", "sweep.seed=2")


def test_a_latin_hypercube_has_one_point_in_each_part_of_an_axis() -> None:
    found = axes("sweep.over.lhb.g_T={linspace: [10 nS, 20 nS]}", "sweep.design=latin_hypercube", "sweep.points=10")
    assert sorted(int(float(text.removesuffix(" nS"))) for text in found["g_T"]) == list(range(10, 20))


def test_a_list_has_equal_shares_in_a_design_that_samples() -> None:
    found = axes("sweep.over.lhb.size=[20, 30]", "sweep.design=sobol", "sweep.points=8")
    assert sorted(found["size"]) == [20] * 4 + [30] * 4


@given(st.lists(st.integers(2, 60), min_size=1, max_size=3))
def test_every_value_is_tried_at_the_door_unless_they_are_many(sizes: list[int]) -> None:
    from lhb_model.experiment import Place
    from lhb_model.yaml_file import parse_yaml

    document = parse_yaml("nuclei: {lhb: {}}\n", "x.yaml")
    over = {f"lhb.p{n}": list(range(size)) for n, size in enumerate(sizes)}
    _, sweep = unfolded({**document.data, "sweep": {"over": over}}, Place(document))
    assert sweep is not None
    tried = [sweep.points[number - 1] for number in tried_first(sweep)]
    for column, size in enumerate(sizes):
        values = {point[column] for point in tried}
        assert {0, size - 1} <= values and (len(values) == size or size > 20)


WRONG = {
    ("sweep.points=4",): "sweep: given without a list or a range; expected some in the experiment or in 'over'",
    (BLOCK, "sweep.points=4"): "sweep.points: given 4, expected none: a grid has as many as its lists and ranges make",
    (RANGES,): "sweep.over.'lhb.g_T': given a range without a number of values for design 'grid', expected a number of "
    "values after the two ends",
    (RANGES, "sweep.design=sobol"): "sweep: given design 'sobol' without a number of points, expected 'points', "
    "their number, such as 64",
    (RANGES, "sweep.design=sobol", "sweep.points=20"): "sweep.points: given 20, expected a power of two such as 16 or 32 "
    "for a Sobol sequence",
    (RANGES, "sweep.design=morris", "sweep.points=5"): "sweep.points: given 5, expected at least 6: two trajectories of 3 "
    "points",
    ("sweep.over.lhb.g_T=[1 nS, 2 nS]", "sweep.design=morris", "sweep.points=9"): "sweep.over.lhb.g_T: given a list for "
    "design 'morris', expected a range such as {linspace: [15 nS, 25 nS]}",
    ("sweep.over.lhb.g_T=[1 nS, 1 nS]",): "sweep.over.lhb.g_T: given '1 nS' twice, expected different values",
    ("sweep.over.lhb.g_T=1 nS",): "sweep.over.lhb.g_T: given '1 nS', expected several values such as [15 nS, 20 nS], or a "
    "range such as {linspace: [15 nS, 25 nS, 11]}",
    ("sweep.over.lhb.g_T={linspace: [1 nS, 2 mV, 3]}",): "sweep.over.lhb.g_T.linspace: given '1 nS' and '2 mV', expected "
    "two ends of one kind",
    ("sweep.over.lhb.g_T={logspace: [0 nS, 2 nS, 3]}",): "sweep.over.lhb.g_T.logspace: given ['0 nS', '2 nS'], expected two "
    "different ends above 0",
    ("sweep.over.lhb.g_T={linspace: [1 nS, 2 nS, 2.5]}",): "sweep.over.lhb.g_T.linspace: given 2.5 values, expected a whole "
    "number from 2 to 1000000",
    ("sweep.over.lhb.g_TT=[1 nS, 2 nS]",): "nuclei.lhb.parameters.g_TT: unknown parameter 'g_TT'; did you mean 'g_T'",
    ("sweep.over.lhb.g_T=[1 nS, 2 mV]",): "nuclei.lhb.parameters.g_T: given '2 mV' (voltage), expected a conductance",
    ("sweep.over.seeds=[1, 2]",): "sweep.over.seeds: unknown key to sweep 'seeds'",
    ("nuclei.lhb.size=[20, 30]", "sweep.over.lhb.size=[40, 50]"): "sweep.over.lhb.size: given here and in nuclei.lhb.size, "
    "expected one list or range",
    ("sweep.over={lhb.size: [20, 30], rmtg.size: [5, 6, 7]}", "sweep.design=paired"): "sweep.over.'rmtg.size': given 3 values "
    "for a paired design, expected as many as sweep.over.'lhb.size' has, 2",
    ("sweep.keep=everything", BLOCK): "sweep.keep: unknown keep 'everything' (known: tables, spikes)",
    ("wiring.0.in_degree=[3, 500]",): "wiring.0.in_degree: given 500, expected at most 39",
}  # fmt: skip


@pytest.mark.parametrize("settings", WRONG, ids=lambda settings: " ".join(settings))
def test_wrong_sweeps_are_one_line_that_names_the_setting(settings: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as failure:
        config.load("smoke", settings)
    assert failure.value.message.startswith(WRONG[settings])
    assert str(failure.value).startswith("--set ") and "\n" not in str(failure.value)


def test_an_error_at_a_point_names_the_line_of_its_values(write: Callable[..., Path]) -> None:
    path = write(
        "experiment: mine\ntitle: Mine\nbased_on: smoke\nsweep:\n  over:\n    lhb.size: [20, 30]\n    lhb.g_T: [1 nS, 2 mV]\n"
    )
    with pytest.raises(InputError, match=r"experiment\.yaml:7: nuclei\.lhb\.parameters\.g_T: given '2 mV'"):
        config.load(path)


# what a sweep leaves -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> Run:
    """Three points, two conditions, two seeds; spikes are kept."""
    return run_small(tmp_path_factory.mktemp("sweep"), *SHORT, BLOCK, "sweep.keep=spikes", workers=2)


def test_the_folder_of_a_sweep_holds_tables_and_no_file_for_each_simulation(sweep: Run) -> None:
    names = {path.name for path in sweep.folder.iterdir()}
    assert names == {
        "config.yaml", "resolved.yaml", "equations.txt", "manifest.json", "points.csv", "table.csv", "comparison.csv",
        "spikes.h5", "figures",
    }  # fmt: skip


def test_the_page_of_a_sweep_shows_what_was_varied_and_every_point(sweep: Run) -> None:
    page = report_page([sweep])
    assert "3 points, grid" in page and "nuclei.lhb.parameters.g_T" in page and "10 nS, 20 nS, 30 nS" in page
    head, rows, more = point_means(sweep)
    assert head[:3] == ["point", "g_T", "condition"] and len(rows) == 3 * len(sweep.conditions) and more == 0
    rate = sweep.table.query(
        "point == 2 and condition == @sweep.conditions[0] and nucleus == 'lhb' and measure == 'rate'"
    )
    assert rows[len(sweep.conditions)][head.index("firing rate of LHb neurons (Hz)")] == plain(rate["value"].mean())


def test_no_simulation_is_missing_in_table_and_manifest(sweep: Run) -> None:
    jobs = {(job["point"], job["condition"], job["seed"]) for job in sweep.manifest["jobs"]}
    assert jobs == {(p, c, s) for p in (1, 2, 3) for c in ("control", "depressed") for s in (1, 2)}
    assert {job["state"] for job in sweep.manifest["jobs"]} == {"done"} and sweep.manifest["state"] == "done"
    table = sweep.table
    assert list(table.columns) == ["point", "condition", "seed", "nucleus", "measure", "value", "unit", "g_T"]
    assert {tuple(row) for row in table[["point", "condition", "seed"]].itertuples(index=False)} == jobs
    assert not table.duplicated(["point", "condition", "seed", "nucleus", "measure"]).any()
    assert sweep.points.to_dict("list") == {"point": [1, 2, 3], "g_T": [1e-8, 2e-8, 3e-8]}


def test_a_point_is_the_run_that_it_would_be_alone(sweep: Run, tmp_path: Path) -> None:
    """The same spikes, rows of neurons and measures, to the last bit."""
    alone = run_small(tmp_path, *SHORT, "nuclei.lhb.parameters.g_T=20 nS")
    point = sweep.at(2)
    assert hashes(alone.folder) == {
        (job["condition"], job["seed"]): job["spikes_sha256"] for job in point.manifest["jobs"]
    }
    pd.testing.assert_frame_equal(point.neurons, alone.neurons, check_dtype=False)
    keys = ["condition", "seed", "nucleus", "measure"]
    ours, theirs = (run.table.set_index(keys).sort_index() for run in (point, alone))
    pd.testing.assert_frame_equal(ours, theirs)
    assert point.recording("control", 2).spikes_sha256() == hashes(alone.folder)["control", 2]


def test_conditions_are_compared_over_the_points_with_the_seed_as_unit(sweep: Run) -> None:
    row = sweep.comparison.query("nucleus == 'lhb' and measure == 'rate'").iloc[0]
    means = sweep.table.query("nucleus == 'lhb' and measure == 'rate'").groupby("condition")["value"].mean()
    assert (row["n_a"], row["n_b"], row["paired"]) == (2, 2, True)
    assert row["difference"] == pytest.approx(means["depressed"] - means["control"])


def test_a_sweep_says_how_to_get_at_single_points(sweep: Run) -> None:
    with pytest.raises(InputError, match="RUN@NUMBER"):
        _ = sweep.neurons
    with pytest.raises(InputError, match="RUN@NUMBER"):
        sweep.recording("control", 1)
    with pytest.raises(InputError, match="expected one from 1 to 3"):
        sweep.at(4)
    with pytest.raises(InputError, match="not a sweep"):
        _ = sweep.at(1).points


@pytest.mark.parametrize(("at_once", "workers"), [(1, 1), (3, 1), (64, 2)])
def test_spikes_do_not_depend_on_batches_or_workers(
    sweep: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, workers: int
) -> None:
    monkeypatch.setattr(flow, "MOST_IN_BATCH", at_once)
    monkeypatch.setattr(flow, "SECONDS_PER_BATCH", 1e6)
    monkeypatch.setattr(flow, "BATCHES_AHEAD", 1)
    again = run_small(tmp_path, *SHORT, BLOCK, workers=workers)
    assert [job["spikes_sha256"] for job in again.manifest["jobs"]] == [
        job["spikes_sha256"] for job in sweep.manifest["jobs"]
    ]
    pd.testing.assert_frame_equal(again.table, sweep.table)
    assert not (again.folder / "spikes.h5").exists()


# failed, timed out, killed -------------------------------------------------------------------------------------------


@pytest.fixture
def absurd(tmp_path: Path) -> None:
    """An intervention that no membrane survives, beside the experiment."""
    (tmp_path / "interventions").mkdir()
    (tmp_path / "interventions" / "absurd.yaml").write_text(ABSURD)


class Listener(Watcher):
    """Remembers which simulations were settled, and how."""

    def __init__(self) -> None:
        self.settlements: list[tuple[int | None, str]] = []

    def settled(self, job: JobRecord) -> None:
        self.settlements.append((job.point, job.state))


@pytest.mark.usefixtures("absurd")
def test_a_point_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    words = command(tmp_path, *DIVERGES)
    done = lhb(*words, cwd=tmp_path)
    folder = tmp_path / done.stdout.splitlines()[-1]
    assert done.returncode == 3 and "FAILED point 2, broken, seed 1" in done.stderr and "diverged" in done.stderr
    run = open_run(folder)
    assert run.manifest["state"] == "failed" and len(run.table[["point", "condition"]].drop_duplicates()) == 3
    report = json.loads(said("status", folder, "--json").stdout)
    assert report["simulations"] == {"queued": 0, "running": 0, "done": 3, "failed": 1, "timed out": 0}
    assert [failure["first"] for failure in report["failures"]] == ["point 2, broken, seed 1"]
    # Those that are done are not repeated; what they left has waited for the others.
    watcher = Listener()
    again = run_experiment(small(tmp_path, *DIVERGES, seeds=1), tmp_path / "runs", watcher=watcher)
    assert watcher.settlements == [(2, "failed")]
    pd.testing.assert_frame_equal(again.table, run.table)
    left_alone = lhb(*words, "--no-retry-failed", cwd=tmp_path)
    assert left_alone.returncode == 3 and "FAILED" not in left_alone.stderr


@pytest.mark.usefixtures("absurd")
def test_a_run_may_end_at_the_first_failure(tmp_path: Path) -> None:
    experiment = small(tmp_path, *DIVERGES, "sweep.over.rmtg.E_L=[-60, -61, -62, -63, -64] mV", seeds=1)
    assert experiment.sweep is not None and len(experiment.sweep.points) == 10
    with pytest.raises(JobError, match="stopped at the first failure, point 6, broken, seed 1: .*diverged"):
        run_experiment(experiment, tmp_path / "runs", workers=1, policy=Policy(fail_fast=True))
    (partial,) = (tmp_path / "runs").glob(".partial-*")
    with Ledger(partial) as ledger:
        counts = ledger.counts()
    assert counts["done"] >= 11 and counts["failed"] >= 1 and counts["queued"] >= 1 and sum(counts.values()) == 20
    assert JobError("").exit_code == 3


def test_a_simulation_that_takes_too_long_is_ended_and_tried_again_when_asked(tmp_path: Path) -> None:
    settings = (*SHORT, "protocol.duration=5 s", "sweep.over.lhb.g_T=[20 nS, 21 nS]")
    words = command(tmp_path, *settings)
    late = lhb(*words, "--timeout", "5 ms", cwd=tmp_path)
    assert late.returncode == 3 and "TIMED OUT point 1, control, seed 1: it took longer than 0.005 s" in late.stderr
    folder = tmp_path / late.stdout.splitlines()[-1]
    assert {job["state"] for job in open_run(folder).manifest["jobs"]} == {"timed out"} and open_run(folder).table.empty
    lines = said("status", folder).stdout.splitlines()
    assert "timed out  4" in lines and any("and 3 more: it took longer than 0.005 s" in line for line in lines)
    left_alone = lhb(*words, "--no-retry-failed", cwd=tmp_path)
    assert left_alone.returncode == 3
    assert lhb(*words, "--timeout", "10 min", cwd=tmp_path).returncode == 0
    assert {job["state"] for job in open_run(folder).manifest["jobs"]} == {"done"}


def test_a_killed_sweep_is_taken_up_with_what_it_had(tmp_path: Path, sweep: Run) -> None:
    words, out = command(tmp_path, *SHORT, BLOCK, seeds=2), tmp_path / "runs"
    assert lhb(*words, "--resume", cwd=tmp_path).returncode == 2
    process = started(*words, cwd=tmp_path)

    def some_done() -> dict[str, int]:
        found = {}
        for partial in out.glob(f".partial-*/{LEDGER}"):
            with Ledger(partial.parent) as ledger:
                found = ledger.counts()
        return found if found.get("done", 0) >= 2 else {}

    wait_until(some_done, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (partial,) = out.glob(".partial-*")
    report = json.loads(said("status", partial, "--json").stdout)
    assert report["state"] == "stopped" and report["simulations"]["running"] == 0
    kept = report["simulations"]["done"]
    assert kept >= 2 and sum(report["simulations"].values()) == 12
    done = lhb(*words, "--resume", cwd=tmp_path)
    assert done.returncode == 0 and f"{kept} of them done before" in done.stderr
    run = open_run(tmp_path / done.stdout.splitlines()[-1])
    assert [job["spikes_sha256"] for job in run.manifest["jobs"]] == [
        job["spikes_sha256"] for job in sweep.manifest["jobs"]
    ]
    pd.testing.assert_frame_equal(run.table, sweep.table)
    assert not (run.folder / LEDGER).exists()


def test_status_of_nothing_is_one_line(tmp_path: Path) -> None:
    result = said("status", tmp_path / "nothing")
    assert result.exit_code == 2 and "no such run" in result.stderr
    result = said("status", tmp_path)
    assert result.exit_code == 2 and "not a run" in result.stderr


# figures and other verbs ---------------------------------------------------------------------------------------------


def test_other_verbs_work_on_a_sweep_and_on_its_points(sweep: Run, here: Path) -> None:
    for words in (["show", sweep.folder], ["show", f"{sweep.folder}@2"], ["compare", sweep.folder, "--measure", "rate"],
                  ["compare", f"{sweep.folder}@1", f"{sweep.folder}@3"], ["list", "runs", "--out", sweep.folder.parent],
                  ["report", sweep.folder, "--out", "page.html"], ["report", f"{sweep.folder}@2"],
                  ["plot", "raster", f"{sweep.folder}@2"], ["plot", "classes", f"{sweep.folder}@3"]):  # fmt: skip
        result = said(*words)
        assert result.exit_code == 0, (words, result.stderr)
    words = said("show", sweep.folder).stdout
    assert f"lowest to highest of {len(sweep.points)} points" in words and f"lhb plot map {sweep.folder} " in words
    assert "mean over" in said("show", f"{sweep.folder}@2").stdout.splitlines()[1]
    assert (here / "page.html").stat().st_size > 10_000
    assert (here / f"{sweep.name}-point-2.html").exists() and (here / f"{sweep.name}-point-2-raster.png").exists()
    assert not (sweep.folder / "report.html").exists()


def test_a_map_shows_the_means_of_the_points(sweep: Run, here: Path) -> None:
    figure = draw(sweep, "map", View(words=("g_T", "rate"), conditions=("depressed",)))
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("g_T (nS)", "LHb rate (Hz)")
    own = sweep.table.query("condition == 'depressed' and nucleus == 'lhb' and measure == 'rate'")
    x, y = axes.lines[0].get_data()
    assert x == pytest.approx([10, 20, 30]) and y == pytest.approx(own.groupby("point")["value"].mean())
    assert said("plot", "map", sweep.folder).exit_code == 0
    complaint = said("plot", "map", sweep.folder, "g_TT")
    assert complaint.exit_code == 2 and "unknown axis or measure 'g_TT'; did you mean 'g_T'" in complaint.stderr
    assert "takes no axis or measure" in said("plot", "raster", f"{sweep.folder}@1", "g_T").stderr


def cells(points: int, x: list[float], y: list[float]) -> Any:
    """A phase map of made-up values."""
    values = np.arange(points, dtype=float)
    values[1] = np.nan
    side = plot.map.Side
    return plot.phase_map(
        {"a": (np.array(x), np.array(y), values)}, side("x", "S"), side("y", "M", True), "z (Hz)", "Made up."
    )


def test_a_grid_is_drawn_as_cells_and_samples_as_marks() -> None:
    grid = cells(4, [1e-9, 1e-9, 2e-9, 2e-9], [1e-6, 1e-5, 1e-6, 1e-5])
    mesh = grid.axes[0].collections[0]
    assert np.ma.getmaskarray(mesh.get_array()).ravel().tolist() == [False, False, True, False]
    assert grid.axes[0].get_xlabel() == "x (nS)" and grid.axes[0].get_yscale() == "log"
    assert grid.axes[1].get_ylabel() == "z (Hz)"
    scattered = cells(3, [1e-9, 1.5e-9, 2e-9], [1e-6, 1e-5, 2e-6])
    assert [len(marks.get_offsets()) for marks in scattered.axes[0].collections] == [1, 2]


def made_up(design: str, points: int, tmp_path: Path) -> Run:
    """A sweep of three axes whose measure is 2 x1 + x2^2 of their shares, and 0 x3."""
    sweep = config.load(
        "smoke",
        ["sweep.over={lhb.g_T: {logspace: [10 nS, 40 nS]}, lhb.E_L: {linspace: [-100 mV, -80 mV]}, "
         "lhb.C: {linspace: [20 pF, 30 pF]}}", f"sweep.design={design}", f"sweep.points={points}"],
    ).sweep  # fmt: skip
    assert sweep is not None
    table = points_table(sweep)
    x1, x2 = np.log(table["g_T"] / 1e-8) / np.log(4), (table["E_L"] + 0.1) / 0.02
    rows = table.assign(condition="c", seed=1, nucleus="lhb", measure="m", value=2 * x1 + x2**2, unit="1")
    run = Run(tmp_path)
    manifest = {"sweep": {"design": design, "points": len(table), "axes": [describe_axis(axis) for axis in sweep.axes]},
                "jobs": [{"condition": "c", "seed": 1, "state": "done"}], "state": "done"}  # fmt: skip
    run.__dict__.update(manifest=manifest, points=table, table=rows)
    return run


def test_sobol_indices_are_those_of_a_known_function(tmp_path: Path) -> None:
    """Variances: 2 x has 4/12, x^2 has 4/45."""
    pytest.importorskip("SALib")
    found = indices(made_up("saltelli", 2560, tmp_path), "lhb", "m", "c").set_index("axis")
    share = (4 / 12) / (4 / 12 + 4 / 45)
    assert found.loc["g_T", "S1"] == pytest.approx(share, abs=0.02)
    assert found.loc["E_L", "ST"] == pytest.approx(1 - share, abs=0.02)
    assert abs(found.loc["C", "ST"]) < 1e-6


def test_morris_effects_are_those_of_a_known_function(tmp_path: Path) -> None:
    """The slope of 2 x is 2 everywhere; that of x^2 over steps of 2/3 from 0 or 1/3 is 2/3 or 4/3."""
    pytest.importorskip("SALib")
    run = made_up("morris", 400, tmp_path)
    found = indices(run, "lhb", "m", "c").set_index("axis")
    assert found.loc["g_T", "mu_star"] == pytest.approx(2, rel=1e-4) and found.loc["g_T", "sigma"] < 1e-3
    assert found.loc["E_L", "mu_star"] == pytest.approx(1, abs=0.1) and found.loc["E_L", "sigma"] > 0.2
    assert found.loc["C", "mu_star"] == pytest.approx(0, abs=1e-9)
    figure = draw(run, "sensitivity", View(words=("m",)))
    assert "Elementary effect" in figure.axes[0].get_xlabel().replace("\n", " ")


def test_indices_are_refused_where_they_would_be_wrong(sweep: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="given one by design 'grid', expected a sweep by 'design: morris'"):
        draw(sweep, "sensitivity")
    run = made_up("morris", 40, tmp_path)
    run.__dict__["table"] = run.table[run.table["point"] != 3]
    with pytest.raises(InputError, match="1 of 40 points have no m of lhb in c"):
        indices(run, "lhb", "m", "c")
