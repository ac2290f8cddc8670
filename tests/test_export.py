"""Exports: the spikes that went in come out, in this project's readers and in everybody else's."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lhb_model.errors import InputError
from lhb_model.export import FORMATS, export
from lhb_model.readers import read_units
from lhb_model.recording import Recording, SpikeTrains, Trace
from lhb_model.run_folder import Run, open_run, recording_path

DT, DURATION, SIZES = 1e-4, 20.0, {"lhb": 12, "rmtg": 3, "vta_da": 1}


def trains(rng: np.random.Generator, size: int, spikes: int) -> SpikeTrains:
    """`spikes` spikes of all neurons but the last, which is silent."""
    cells = rng.choice(int(DURATION / DT) * max(size - 1, 1), spikes, replace=False)
    steps, neurons = np.divmod(np.sort(cells), max(size - 1, 1))
    return SpikeTrains(steps.astype(np.int64), neurons.astype(np.int32), size)


def recording(seed: int, spikes: int) -> Recording:
    rng = np.random.default_rng(seed)
    nuclei = {name: trains(rng, size, spikes) for name, size in SIZES.items()}
    values = np.linspace(-0.08, 0.04, 400, dtype=np.float32).reshape(200, 2)
    traces = [Trace("lhb", "v", "V", np.array([0, 4]), 0.0, 0.01, values)]
    epochs = {"analysis": (1.0, DURATION), "ketamine": (10.0, DURATION)}
    return Recording(DT, DURATION, nuclei, {"rmtg": trains(rng, 3, spikes)}, traces, epochs, {"seed": seed})


JOBS = {("control", 1): 500, ("control", 2): 3, ("silenced", 1): 0}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run of known spikes; one of its simulations is wholly silent, and one has failed."""
    folder = tmp_path_factory.mktemp("runs") / "made-1a2b3c4d"
    done = [{"condition": name, "seed": seed, "state": "done"} for name, seed in JOBS]
    jobs = [*done, {"condition": "silenced", "seed": 2, "state": "failed", "error": "diverged"}]
    for (condition, seed), spikes in JOBS.items():
        path = recording_path(folder, condition, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        recording(seed, spikes).save(path)
    (folder / "manifest.json").write_text(json.dumps({"state": "failed", "jobs": jobs}))
    return open_run(folder)


@pytest.fixture(scope="module")
def files(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Every export that can be made here."""
    out = tmp_path_factory.mktemp("out")
    made = [to for to in FORMATS if to != "neo" or neo_is_here()]
    return {to: export(run, to, out / to) for to in made}


def neo_is_here() -> bool:
    try:
        import neo  # noqa: F401
    except ImportError:
        return False
    return True


def truth() -> list[list[np.ndarray]]:
    """Spike times of every neuron in each export, in order."""
    made = [recording(seed, spikes) for (_, seed), spikes in JOBS.items()]
    return [[train for nucleus in one.spikes for train in one.trains(nucleus)] for one in made]


def counts() -> list[list[int]]:
    return [[train.size for train in one] for one in truth()]


NAMES = tuple(f"{nucleus}/{neuron}" for nucleus, size in SIZES.items() for neuron in range(size))


@pytest.mark.parametrize("to", list(FORMATS))
def test_finished_simulations_are_exported_and_nothing_else(files: dict[str, list[Path]], to: str) -> None:
    if to not in files:
        pytest.skip("Neo is not installed")
    suffix = FORMATS[to][0]
    out = files[to][0].parents[1]
    written = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert written == [f"control/seed-1{suffix}", f"control/seed-2{suffix}", f"silenced/seed-1{suffix}"]


@pytest.mark.parametrize("to", ["nwb", "csv", "neo"])
def test_exports_are_read_back_to_the_bit(files: dict[str, list[Path]], to: str) -> None:
    if to not in files:
        pytest.skip("Neo is not installed")
    for path, expected in zip(files[to], truth(), strict=True):
        units = read_units(path)
        assert units.names == NAMES
        assert units.span == (None if to == "csv" else (0.0, DURATION))
        assert all(map(np.array_equal, units.trains, expected))


def test_csv_is_plain(files: dict[str, list[Path]]) -> None:
    with files["csv"][1].open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["unit", "time_s"]
    fired = [(name, repr(time)) for name, train in zip(NAMES, truth()[1], strict=True) for time in train.tolist()]
    assert [tuple(row) for row in rows[1:] if row[1]] == fired and len(fired) == 9
    assert [row[0] for row in rows[1:] if not row[1]] == [
        name for name, train in zip(NAMES, truth()[1], strict=True) if not train.size
    ]


def test_nwb_keeps_all_of_the_recording(run: Run, files: dict[str, list[Path]]) -> None:
    for (condition, seed), path in zip(JOBS, files["nwb"], strict=True):
        one, other = run.recording(condition, seed), Recording.load(path)
        assert one.spikes_sha256() == other.spikes_sha256() and one.epochs == other.epochs
        assert one.provenance == other.provenance and one.reference.keys() == other.reference.keys()
        np.testing.assert_array_equal(one.traces[0].values, other.traces[0].values)


def test_sonata_spike_files_follow_the_specification(run: Run, files: dict[str, list[Path]]) -> None:
    for (condition, seed), path in zip(JOBS, files["sonata"], strict=True):
        with h5py.File(path) as file:
            assert file.attrs["magic"] == 0x0A7A and file.attrs["magic"].dtype == np.uint32
            assert file.attrs["version"].tolist() == [0, 1] and file.attrs["version"].dtype == np.uint32
            assert list(file) == ["spikes"] and set(file["spikes"]) == set(SIZES)
            for nucleus, spikes in run.recording(condition, seed).spikes.items():
                population = file["spikes"][nucleus]
                names = h5py.check_enum_dtype(population.attrs.get_id("sorting").dtype)
                assert names == {"none": 0, "by_id": 1, "by_time": 2} and population.attrs["sorting"] == 2
                assert population["timestamps"].attrs["units"] == "ms"
                assert population["timestamps"].dtype == np.float64 and population["node_ids"].dtype == np.uint64
                np.testing.assert_allclose(population["timestamps"][()], spikes.steps * 0.1, rtol=1e-12)
                np.testing.assert_array_equal(population["node_ids"][()], spikes.neurons)


def test_exporting_again_replaces_and_leaves_no_rest(run: Run, tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in export(run, "nwb", tmp_path)}
    (tmp_path / "control" / "seed-1.nwb").write_text("old")
    assert {path: path.read_bytes() for path in export(run, "nwb", str(tmp_path))} == first
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == len(JOBS)


# --- what is refused


def refusal(run: Run, to: str, out: Path) -> str:
    with pytest.raises(InputError) as caught:
        export(run, to, out)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_unknown_formats_are_answered_with_the_known_ones(run: Run, tmp_path: Path) -> None:
    message = "unknown format 'nbw'; did you mean 'nwb'? (known: nwb, sonata, csv, neo)"
    assert refusal(run, "nbw", tmp_path) == message


def test_the_runs_own_recordings_are_not_replaced(run: Run) -> None:
    before = recording_path(run.folder, "control", 1).read_bytes()
    assert "would replace the run's own recording" in refusal(run, "nwb", run.folder / "recordings")
    assert recording_path(run.folder, "control", 1).read_bytes() == before


def test_folders_that_cannot_be_written_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for to in ("nwb", "csv", "sonata"):
        assert "cannot be written" in refusal(run, to, tmp_path / "file")
    (tmp_path / "out" / "control" / "seed-1.csv").mkdir(parents=True)
    assert "seed-1.csv: cannot be written" in refusal(run, "csv", tmp_path / "out")
    assert os.listdir(tmp_path / "out" / "control") == ["seed-1.csv"]


def made_run(folder: Path, state: str) -> Run:
    folder.mkdir(parents=True)
    job = {"condition": "control", "seed": 1, "state": state, "error": "diverged"}
    (folder / "manifest.json").write_text(json.dumps({"state": state, "jobs": [job]}))
    return open_run(folder)


def test_a_run_without_a_finished_simulation_is_refused(tmp_path: Path) -> None:
    message = refusal(made_run(tmp_path / "failed", "failed"), "csv", tmp_path / "out")
    assert message.endswith("failed: no simulation of this run is finished") and not (tmp_path / "out").exists()


def test_a_damaged_recording_is_refused_and_named(tmp_path: Path) -> None:
    run = made_run(tmp_path / "run", "done")
    path = recording_path(run.folder, "control", 1)
    path.parent.mkdir(parents=True)
    recording(1, 50).save(path)
    path.write_bytes(path.read_bytes()[:-5000])
    for to in ("nwb", "csv", "sonata"):
        assert refusal(run, to, tmp_path / "out").startswith(str(path))


def test_without_neo_the_remedy_is_told(run: Run, tmp_path: Path) -> None:
    if neo_is_here():
        pytest.skip("Neo is installed here")
    assert refusal(run, "neo", tmp_path) == "exporting to Neo needs Neo: pip install neo"
    assert list(tmp_path.iterdir()) == []


# --- other programs


def test_nwbinspector_finds_no_violation(files: dict[str, list[Path]]) -> None:
    inspector = pytest.importorskip("nwbinspector", reason="nwbinspector is not installed")
    grave = inspector.Importance.BEST_PRACTICE_VIOLATION.value
    for path, expected in zip(files["nwb"], counts(), strict=True):
        found = list(inspector.inspect_nwbfile(nwbfile_path=str(path)))
        # Where no unit has a spike, some of its checks fail themselves: they look at the first spike of the table.
        failed = [one.message for one in found if one.importance is inspector.Importance.ERROR]
        assert not failed or not sum(expected)
        violations = [one.message for one in found if one.importance.value >= grave and one.message not in failed]
        assert violations == []
        assert found, "an inspector that says nothing has not looked"


def test_pynapple_reads_the_same_counts(files: dict[str, list[Path]]) -> None:
    nap = pytest.importorskip("pynapple", reason="pynapple is not installed")
    for path, expected in zip(files["nwb"], counts(), strict=True):
        # Where no unit has a spike, pynapple gives no trains but pynwb's table.
        if sum(expected):
            units = nap.load_file(str(path))["units"]
            assert [len(units[i]) for i in units] == expected


def test_neo_reads_the_same_counts(files: dict[str, list[Path]]) -> None:
    neo = pytest.importorskip("neo", reason="Neo is not installed")
    for nwb, mat, expected in zip(files["nwb"], files["neo"], counts(), strict=True):
        for path, reader in ((nwb, neo.io.NWBIO), (mat, neo.io.NeoMatlabIO)):
            (segment,) = reader(str(path)).read_block().segments
            assert [len(train) for train in segment.spiketrains] == expected


def test_neo_blocks_carry_names_span_and_epochs(files: dict[str, list[Path]]) -> None:
    neo = pytest.importorskip("neo", reason="Neo is not installed")
    block = neo.io.NeoMatlabIO(str(files["neo"][0])).read_block()
    assert block.name == "control/seed-1"
    (segment,) = block.segments
    train, (epochs,) = segment.spiketrains[3], segment.epochs
    assert (train.name, train.annotations) == ("lhb/3", {"nucleus": "lhb", "neuron": 3})
    assert (float(train.t_start), float(train.t_stop), str(train.units.dimensionality)) == (0.0, DURATION, "s")
    told: list[Any] = list(zip(epochs.labels.tolist(), epochs.times.tolist(), epochs.durations.tolist(), strict=True))
    assert told == [("analysis", 1.0, 19.0), ("ketamine", 10.0, 10.0)]


def test_spikeinterface_reads_the_same_counts(files: dict[str, list[Path]]) -> None:
    extractors = pytest.importorskip("spikeinterface.extractors", reason="spikeinterface is not installed")
    for path, expected in zip(files["nwb"], counts(), strict=True):
        sorting = extractors.read_nwb_sorting(str(path), sampling_frequency=1 / DT, t_start=0.0)
        assert list(sorting.count_num_spikes_per_unit().values()) == expected


def test_libsonata_reads_the_same_spikes(run: Run, files: dict[str, list[Path]]) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed")
    for (condition, seed), path in zip(JOBS, files["sonata"], strict=True):
        reader = libsonata.SpikeReader(str(path))
        for nucleus, spikes in run.recording(condition, seed).spikes.items():
            population = reader[nucleus]
            assert (population.sorting, population.time_units) == ("by_time", "ms")
            node_ids, times = zip(*population.get(), strict=True) if spikes.steps.size else ((), ())
            assert list(node_ids) == spikes.neurons.tolist()
            np.testing.assert_allclose(times, spikes.steps * 0.1, rtol=1e-12)
