"""Runs from ledger to folder: real simulations of a small circuit, killed, stopped, failed, repeated and resumed."""

import csv
import json
import os
import platform
import shlex
import signal
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
from ruamel.yaml import YAML

import lhb_model
from lhb_model.errors import InputError
from lhb_model.figures import draw_figures
from lhb_model.ledger import JobRecord
from lhb_model.recording import SpikeTrains
from lhb_model.run_folder import Run, list_runs, open_run, recording_path
from lhb_model.runs import Watcher, folder_of, run_experiment
from small_runs import (
    BARE,
    LHB,
    ONSET,
    SLOW,
    SMALL,
    children,
    command,
    contents,
    hashes,
    lhb,
    run_small,
    same_trains,
    simulations,
    small,
    started,
    states,
    wait_until,
)

CONDITIONS = ["control", "nothing", "late", "depressed"]
NUCLEI = {"lhb": 40, "rmtg": 10, "vta_da": 10}
LINUX = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds child processes through /proc")


class Listener(Watcher):
    """Remembers what a run said."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.builds: list[str] = []
        self.settlements: list[tuple[str, int, str]] = []
        self.reached: dict[tuple[str, int], list[float]] = {}

    def build(self, text: str) -> None:
        self.builds.append(text)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def settled(self, job: JobRecord) -> None:
        self.settlements.append((job.condition, job.seed, job.state))

    def progress(self, job: JobRecord, seconds: float) -> None:
        self.reached.setdefault((job.condition, job.seed), []).append(seconds)


@pytest.fixture(scope="module")
def slow_hashes(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> dict[tuple[str, int], str]:
    """Hashes of the slow variant, undisturbed."""
    return hashes(run_small(tmp_path_factory.mktemp("slow"), *SLOW, seeds=1, workers=2).folder)


# the folder ----------------------------------------------------------------------------------------------------------


def test_the_folder_holds_what_is_promised_and_nothing_else(small_run: Run) -> None:
    names = {path.name for path in small_run.folder.iterdir()}
    assert names == {
        "config.yaml", "resolved.yaml", "equations.txt", "manifest.json", "recordings", "neurons.csv", "table.csv",
        "comparison.csv", "figures",
    }  # fmt: skip
    recordings = {str(p.relative_to(small_run.folder)) for p in small_run.folder.glob("recordings/**/*") if p.is_file()}
    assert recordings == {f"recordings/{name}/seed-{seed}.nwb" for name in CONDITIONS for seed in (1, 2)}
    figures = {path.name for path in small_run.folder.glob("figures/*")}
    assert figures == {f"{kind}.png" for kind in ("raster", "classes", "traces", "isi", "circuit", "comparison")}
    assert small_run.manifest["notes"] == []


def test_beside_the_run_there_is_nothing(small_run: Run) -> None:
    assert [path.name for path in small_run.folder.parent.iterdir()] == [small_run.name]
    name, _, digits = small_run.name.rpartition("-")
    assert name == "small" and len(digits) == 8 and int(digits, 16) >= 0


def test_the_config_is_the_file_as_given(small_run: Run) -> None:
    assert (small_run.folder / "config.yaml").read_bytes() == SMALL.encode()


def test_the_columns_of_the_tables_are_those_promised(small_run: Run) -> None:
    def header(name: str) -> list[str]:
        with open(small_run.folder / name, newline="") as file:
            return next(csv.reader(file))

    assert header("table.csv") == ["condition", "seed", "nucleus", "measure", "value", "unit"]
    assert header("comparison.csv") == [
        "nucleus", "measure", "a", "b", "mean_a", "mean_b", "difference", "low", "high", "p", "n_a", "n_b", "paired",
    ]  # fmt: skip
    assert header("neurons.csv")[:7] == ["condition", "seed", "nucleus", "neuron", "spikes", "rate", "class"]


def test_there_is_one_row_a_neuron_and_one_a_measure(small_run: Run) -> None:
    neurons, table = small_run.neurons, small_run.table
    assert len(neurons) == 4 * 2 * sum(NUCLEI.values())
    assert not neurons.duplicated(["condition", "seed", "nucleus", "neuron"]).any()
    assert not table.duplicated(["condition", "seed", "nucleus", "measure"]).any()
    assert set(neurons["class"]) <= {"silent", "bursting", "tonic"}
    assert set(table["measure"]) >= {
        "rate", "bursting_share", "silent_share", "tonic_share", "burst_rate", "spikes_per_burst",
        "intra_burst_frequency", "inter_burst_frequency", "share_spikes_in_bursts", "theta_power", "dopamine",
        "reward_inhibition",
    }  # fmt: skip


def test_measures_are_means_of_the_rows_of_neurons(small_run: Run) -> None:
    def value(measure: str) -> float:
        t = small_run.table
        row = (t["condition"] == "depressed") & (t["seed"] == 1) & (t["nucleus"] == "lhb") & (t["measure"] == measure)
        return float(t.loc[row, "value"].iloc[0])

    n = small_run.neurons
    own = n[(n["condition"] == "depressed") & (n["seed"] == 1) & (n["nucleus"] == "lhb")]
    assert value("rate") == pytest.approx(own["spikes"].mean() / 2.1)
    assert value("bursting_share") == pytest.approx((own["class"] == "bursting").mean())
    assert value("spikes_per_burst") == pytest.approx(own.loc[own["bursts"] > 0, "spikes_per_burst"].mean())


def test_the_manifest_says_what_was_run_where_and_how_it_ended(small_run: Run) -> None:
    manifest = json.loads((small_run.folder / "manifest.json").read_text())
    assert manifest["state"] == "done"
    assert manifest["versions"].keys() >= {"brian2", "numpy"}
    assert manifest["target"]
    assert manifest["code"].startswith(lhb_model.__version__)
    assert manifest["seconds"] > 0
    assert [(job["condition"], job["seed"]) for job in manifest["jobs"]] == [(c, s) for c in CONDITIONS for s in (1, 2)]
    for job in manifest["jobs"]:
        assert job.keys() >= {"condition", "seed", "state", "seconds", "spikes", "spikes_sha256"}
        assert job["state"] == "done" and job["seconds"] > 0 and len(job["spikes_sha256"]) == 64
    recording = small_run.recording("depressed", 2)
    assert recording.n_spikes == manifest["jobs"][-1]["spikes"] > 0


def test_hashes_follow_from_the_spikes_in_the_files(small_run: Run) -> None:
    """Read with h5py alone: sorted names, then integer steps and neuron indices, sorted by step and neuron."""
    from hashlib import sha256

    for job in small_run.manifest["jobs"]:
        digest = sha256()
        with h5py.File(recording_path(small_run.folder, job["condition"], job["seed"])) as file:
            units = file["units"]
            times, ends = units["spike_times"][()], units["spike_times_index"][()].astype(int)
            nuclei, neurons = units["nucleus"].asstr()[()], units["neuron"][()]
        row = np.searchsorted(ends, np.arange(times.size), side="right")
        steps = np.rint(times / 0.05e-3).astype("<i8")
        for nucleus in sorted(set(nuclei)):
            own = np.flatnonzero(nuclei[row] == nucleus)
            order = own[np.lexsort((neurons[row[own]], steps[own]))]
            digest.update(nucleus.encode() + steps[order].tobytes() + neurons[row[order]].astype("<i4").tobytes())
        assert digest.hexdigest() == job["spikes_sha256"]
        assert times.size == job["spikes"]


def test_resolved_holds_every_change_and_every_number_with_a_source(small_run: Run) -> None:
    resolved = YAML(typ="safe", pure=True).load((small_run.folder / "resolved.yaml").read_text())
    changes = resolved["conditions"]["late"]["changes"]
    assert [(c["nucleus"], c["parameter"], c["factor"], c["from_s"], c["to_s"]) for c in changes] == [
        ("lhb", "g_NMDA", 0.0, ONSET, 2.4)
    ]
    for nucleus in resolved["nuclei"].values():
        for parameter in nucleus["parameters"].values():
            assert parameter["source"] and parameter["unit"] and parameter["tag"]
    text = (small_run.folder / "equations.txt").read_text()
    assert "dv/dt" in text and all(f"{name} (" in text for name in NUCLEI)


def test_a_run_reads_its_spikes_back(small_run: Run) -> None:
    trains = small_run.trains("depressed", 1, "vta_da")
    spikes = small_run.spikes
    own = spikes[(spikes["condition"] == "depressed") & (spikes["seed"] == 1) & (spikes["nucleus"] == "vta_da")]
    assert [np.sort(own.loc[own["neuron"] == k, "time"]).tolist() for k in range(10)] == [t.tolist() for t in trains]
    assert len(spikes) == sum(job["spikes"] for job in small_run.manifest["jobs"])
    with pytest.raises(InputError, match="unknown condition 'depresed'; did you mean 'depressed'"):
        small_run.recording("depresed", 1)
    with pytest.raises(InputError, match="unknown seed '7'"):
        small_run.recording("control", 7)


def test_traces_are_kept_for_the_first_seed_alone(small_run: Run) -> None:
    assert [trace.values.shape for trace in small_run.recording("control", 1).traces] == [(20000, 20)]
    assert small_run.recording("control", 2).traces == []


# what conditions share -----------------------------------------------------------------------------------------------


def test_a_dose_a_block_and_a_strength_of_zero_are_the_untouched_model(small_run: Run) -> None:
    found = hashes(small_run.folder)
    for seed in (1, 2):
        assert found["nothing", seed] == found["control", seed]
    assert found["control", 1] != found["control", 2] != found["depressed", 2]


def test_before_its_onset_a_drug_touches_no_spike_and_afterwards_it_does(small_run: Run) -> None:
    def part(trains: SpikeTrains, first: int, stop: int) -> tuple[list[int], list[int]]:
        inside = trains.between(first, stop)
        return inside.steps.tolist(), inside.neurons.tolist()

    onset, end = round(ONSET / 0.05e-3), round(2.4 / 0.05e-3)
    for seed in (1, 2):
        control, late = small_run.recording("control", seed), small_run.recording("late", seed)
        for nucleus in NUCLEI:
            assert part(late.spikes[nucleus], 0, onset) == part(control.spikes[nucleus], 0, onset)
        assert control.spikes["lhb"].between(0, onset).steps.size > 50
        assert part(late.spikes["lhb"], onset, end) != part(control.spikes["lhb"], onset, end)


def test_without_its_output_the_lhb_leaves_the_reference_the_same_in_every_condition(small_run: Run) -> None:
    trains = {name: small_run.recording(name, 1).reference["vta_da"].trains(0.05e-3) for name in CONDITIONS}
    assert sum(map(len, trains["control"])) > 10
    assert same_trains(trains["control"], trains["depressed"])


def test_one_worker_and_two_and_a_repeated_run_give_the_same_spikes(small_run: Run, tmp_path: Path) -> None:
    settings = (*BARE, "figures=[classes]")
    one = run_small(tmp_path, *settings, seeds=1, workers=1)
    before = contents(one.folder)
    again = run_small(tmp_path, *settings, seeds=1, workers=2, force=True)
    assert again.folder == one.folder
    assert contents(again.folder).keys() == before.keys()
    assert contents(again.folder)["manifest.json"] != before["manifest.json"]
    for run in (one, again):
        for job, digest in hashes(run.folder).items():
            assert digest == hashes(small_run.folder)[job]


# the same again ------------------------------------------------------------------------------------------------------


def test_a_finished_run_is_answered_from_its_folder_unchanged(small_run: Run) -> None:
    before, watcher = contents(small_run.folder), Listener()
    experiment = small(small_run.folder.parent.parent)
    answered = run_experiment(experiment, small_run.folder.parent, workers=1, watcher=watcher)
    assert answered.folder == small_run.folder
    assert contents(small_run.folder) == before
    assert (watcher.settlements, watcher.steps, watcher.builds) == ([], [], [])


def test_the_name_follows_from_the_experiment_and_from_nothing_else(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    name = folder_of(small(tmp_path), Path("a")).name
    assert name == folder_of(small(elsewhere), Path("b")).name
    others = ["protocol.duration=2.5 s", "seeds=3", "wiring.0.weights.ampa=0.16 nS", "nuclei.lhb.parameters.K_bath=3 mM",
              "conditions.late.ap5.onset=1.4 s", "readouts=[dopamine]"]  # fmt: skip
    names = [folder_of(small(tmp_path, setting), Path("a")).name for setting in others]
    assert len({name, *names}) == 1 + len(others)


def test_jobs_come_seed_by_seed_so_that_all_conditions_progress(tmp_path: Path) -> None:
    watcher = Listener()
    run = run_small(tmp_path, *BARE, "protocol.warm_up=0.1 s", "protocol.duration=1.2 s", workers=1, watcher=watcher)
    assert [job[:2] for job in watcher.settlements] == [
        ("control", 1),
        ("depressed", 1),
        ("control", 2),
        ("depressed", 2),
    ]
    assert [(job["condition"], job["seed"]) for job in run.manifest["jobs"]] == [
        ("control", 1), ("control", 2), ("depressed", 1), ("depressed", 2)
    ]  # fmt: skip
    assert watcher.reached["control", 1] == pytest.approx([0.0, 0.5, 1.0, 1.2])


# killed, stopped, failed ---------------------------------------------------------------------------------------------


def known_states(folder: Path) -> dict[tuple[str, int], str]:
    """As `states`; empty as long as there is no manifest."""
    return states(folder) if (folder / "manifest.json").exists() else {}


def visible(out: Path) -> list[str]:
    """Names in a folder of runs that do not begin with a dot."""
    return [path.name for path in out.iterdir() if not path.name.startswith(".")]


def test_a_killed_run_is_taken_up_and_ends_with_the_same_hashes(tmp_path: Path, slow_hashes: dict) -> None:
    words, out = command(tmp_path, *SLOW), tmp_path / "runs"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = started(*words, cwd=tmp_path, env={"TMPDIR": str(scratch)})
    wait_until(lambda: [f for f in out.glob(".partial-*") if "done" in known_states(f).values()], process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (scratch / f"lhb-job-{platform.node()}-{process.pid}-left").mkdir()
    assert visible(out) == []
    first = next(out.glob(".partial-small-*/recordings/control/seed-1.nwb"))
    half_written = first.parent / ".0123456789abcdef.tmp"
    half_written.write_bytes(b"what a killed process may leave")
    written = first.stat().st_mtime_ns
    done = lhb(*words, cwd=tmp_path, env={"TMPDIR": str(scratch)})
    folder = tmp_path / done.stdout.splitlines()[-1]
    assert done.returncode == 0 and hashes(folder) == slow_hashes and not list(scratch.glob("lhb-job-*"))
    assert visible(out) == [folder.name] == os.listdir(out)
    kept = recording_path(folder, "control", 1)
    assert kept.stat().st_mtime_ns == written and not list(folder.rglob(".*"))
    assert "1 of them done before" in done.stderr


@LINUX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_stopped_run_ends_with_130_and_is_taken_up(tmp_path: Path, slow_hashes: dict, name: str) -> None:
    words, out = command(tmp_path, *SLOW, workers=2), tmp_path / "runs"
    process = started(*words, cwd=tmp_path)
    wait_until(lambda: list(out.glob(".partial-small-*/manifest.json")) and children(process.pid), process)
    process.send_signal(getattr(signal, name))
    stdout, stderr = process.communicate(timeout=100)
    assert process.returncode == 130 and stdout == "" and "Interrupted" in stderr and "Traceback" not in stderr
    partial = next(out.glob(".partial-small-*"))
    assert json.loads((partial / "manifest.json").read_text())["state"] == "stopped"
    assert set(states(partial).values()) <= {"queued", "done"}
    assert visible(out) == [] and not children(process.pid)
    kept = sum(state == "done" for state in states(partial).values())
    assert f"Interrupted: {kept} of 2 simulations done, kept in runs/{partial.name}." in stderr
    again = shlex.split(stderr.splitlines()[-1].partition("To go on from there: ")[2])
    assert again == ["lhb", *words]
    if name == "SIGINT":
        done = lhb(*again[1:], cwd=tmp_path)
        assert done.returncode == 0 and hashes(tmp_path / done.stdout.splitlines()[-1]) == slow_hashes


@LINUX
def test_only_the_job_that_failed_is_repeated(tmp_path: Path, slow_hashes: dict) -> None:
    """The process of one simulation is killed from outside, as a system short of memory does it."""
    words = command(tmp_path, *SLOW, workers=1)
    process = started(*words, cwd=tmp_path)
    os.kill(wait_until(lambda: simulations(process.pid), process)[0], signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=100)
    folder = tmp_path / stdout.splitlines()[-1]
    assert process.returncode == 3 and "was killed (SIGKILL" in stderr and "Traceback" not in stderr
    assert states(folder) == {("control", 1): "failed", ("depressed", 1): "done"}
    assert json.loads((folder / "manifest.json").read_text())["state"] == "failed"
    assert hashes(folder) == {("control", 1): None, ("depressed", 1): slow_hashes["depressed", 1]}
    assert set(Run(folder).table["condition"]) == {"depressed"}
    written = recording_path(folder, "depressed", 1).stat().st_mtime_ns
    again = lhb(*words, cwd=tmp_path)
    assert again.returncode == 0 and hashes(folder) == slow_hashes
    assert recording_path(folder, "depressed", 1).stat().st_mtime_ns == written
    assert "control, seed 1" in again.stderr and "depressed, seed 1" not in again.stderr


@pytest.fixture
def absurd(tmp_path: Path) -> None:
    """An intervention that no membrane survives, beside the experiment."""
    (tmp_path / "interventions").mkdir()
    (tmp_path / "interventions" / "absurd.yaml").write_text(
        "intervention: absurd\ntitle: A leak that pulls to fifty volts\nkind: state\nnuclei: [lhb]\neffects:\n"
        "  - {parameter: E_L, law: shift, amount: {value: -50 V, source: absurd, tag: assumed}}\n"
    )


@pytest.mark.usefixtures("absurd")
def test_a_condition_that_diverges_fails_alone(tmp_path: Path) -> None:
    settings = ("figures=[classes]", "conditions={control: {}, broken: {absurd: {}}}")
    run = run_small(tmp_path, *settings, seeds=1)
    assert states(run.folder) == {("control", 1): "done", ("broken", 1): "failed"}
    assert run.manifest["state"] == "failed" and "diverged" in run.manifest["jobs"][1]["error"]
    assert set(run.table["condition"]) == {"control"} and (run.folder / "figures" / "classes.png").exists()
    with pytest.raises(InputError, match="broken, seed 1 has no recording: .*diverged"):
        run.recording("broken", 1)
    written, watcher = recording_path(run.folder, "control", 1).stat().st_mtime_ns, Listener()
    again = run_small(tmp_path, *settings, seeds=1, watcher=watcher)
    assert again.manifest["state"] == "failed" and set(watcher.reached) == {("broken", 1)}
    assert recording_path(again.folder, "control", 1).stat().st_mtime_ns == written


@pytest.mark.usefixtures("absurd")
def test_a_run_in_which_everything_failed_still_ends_with_a_folder(tmp_path: Path) -> None:
    run = run_small(tmp_path, "figures=[raster, circuit]", "conditions={broken: {absurd: {}}}", seeds=1)
    assert run.manifest["state"] == "failed" and set(states(run.folder).values()) == {"failed"}
    assert run.table.empty and run.neurons.empty and run.comparison.empty and run.spikes.empty
    assert ["no simulation to show is done" in note for note in run.manifest["notes"]] == [True, True]
    assert open_run(run.folder).table.empty


def test_a_recording_that_was_damaged_meanwhile_is_made_again(tmp_path: Path, small_run: Run) -> None:
    run = run_small(tmp_path, *BARE, seeds=1)
    (run.folder / "manifest.json").write_text(
        (run.folder / "manifest.json").read_text().replace('"state": "done"', '"state": "failed"', 1)
    )
    damaged = recording_path(run.folder, "control", 1)
    damaged.write_bytes(damaged.read_bytes()[:5000])
    again = run_small(tmp_path, *BARE, seeds=1)
    assert again.manifest["state"] == "done"
    assert again.recording("control", 1).spikes_sha256() == hashes(small_run.folder)["control", 1]


def test_a_figure_that_cannot_be_drawn_costs_nothing_but_a_note(tmp_path: Path, small_run: Run) -> None:
    notes = draw_figures(small_run, ["dose", "classes"], tmp_path / "figures")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["classes.png"]
    assert (
        len(notes) == 1
        and "figure 'dose' was not drawn" in notes[0]
        and "no condition is a series of doses" in notes[0]
    )


def test_two_processes_at_the_same_run_end_with_one_run(tmp_path: Path, slow_hashes: dict) -> None:
    words = command(tmp_path, *SLOW)
    processes = [started(*words, cwd=tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=100) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    folders = {stdout.splitlines()[-1] for stdout, _ in said}
    assert len(folders) == 1 and hashes(tmp_path / folders.pop()) == slow_hashes
    assert len(os.listdir(tmp_path / "runs")) == 1
    # None, if the second came when the first had finished.
    assert sum("another process is at this run" in stderr for _, stderr in said) <= 1
    assert sum("control, seed 1: " in stderr for _, stderr in said) == 1


# places --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["a_file", "a_file/below", "/proc/nowhere"])
def test_a_place_that_cannot_hold_runs_is_one_line_and_exit_code_2(tmp_path: Path, out: str) -> None:
    (tmp_path / "a_file").write_text("not a folder")
    words = command(tmp_path, *BARE)
    done = lhb(*words, "--out", out, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("Error: ") and out.split("/")[0] in done.stderr


def test_runs_are_listed_and_opened_by_folder_alone(small_run: Run, tmp_path: Path) -> None:
    out = small_run.folder.parent
    assert [run.folder for run in list_runs(out)] == [small_run.folder]
    assert list_runs(tmp_path / "nothing") == []
    with pytest.raises(InputError, match="no such run"):
        open_run(tmp_path / "nothing")
    with pytest.raises(InputError, match="not a run: it has no manifest"):
        open_run(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="manifest.json:1: cannot be read as a run's manifest"):
        open_run(tmp_path)
    with pytest.raises(InputError, match="not finished: repeat the command"):
        open_run(out / ".partial-small-00000000")


def test_a_full_disk_ends_in_one_line(tmp_path: Path) -> None:
    """No file may grow beyond 100 kB: neither a recording nor what the program writes."""
    words = command(tmp_path, *BARE)
    limited = ["bash", "-c", 'ulimit -f 100; exec "$@"', "lhb", *LHB, *words]
    done = subprocess.run(limited, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 3 and "Traceback" not in done.stderr
    folder = tmp_path / done.stdout.splitlines()[-1]
    assert set(states(folder).values()) == {"failed"}
