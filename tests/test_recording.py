"""Recordings: what is let in, what comes back from a file, and what other programs see in it."""

import doctest
import fcntl
import hashlib
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lhb_model.errors import InputError
from lhb_model.recording import Recording, SpikeTrains, Trace, parts
from lhb_model.recording import recording as whole
from lhb_model.recording.nwb import REFERENCE

DT = 1e-4
ODD_VALUES = np.array([[0.1, np.nan], [-np.inf, -0.0]], np.float32)
ODD_JSON = {"text": 'nul \0, lone \ud800, quote "', "deep": [[[{}]]], "large": 2**70, "tiny": 5e-324}
FILES = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spikes(*pairs: tuple[int, int], n: int = 3) -> SpikeTrains:
    """Trains from (step, neuron) pairs."""
    steps, neurons = zip(*pairs, strict=True) if pairs else ((), ())
    return SpikeTrains(np.array(steps, np.int64), np.array(neurons, np.int32), n)


def trace(nucleus: str = "lhb", neurons: tuple[int, ...] = (2, 0), samples: int = 100, **changes: Any) -> Trace:
    values = np.linspace(-0.08, 0.04, samples * len(neurons), dtype=np.float32).reshape(samples, len(neurons))
    fields: dict[str, Any] = {"variable": "v", "unit": "V", "start": 0.0, "interval": 0.01, "values": values}
    return Trace(nucleus=nucleus, neurons=np.array(neurons, np.int64), **fields | changes)


def recording(**changes: Any) -> Recording:
    """One second of two nuclei; neuron 2 of the LHb and neuron 1 of the RMTg never fire."""
    fields: dict[str, Any] = {
        "dt": DT,
        "duration": 1.0,
        "spikes": {
            "lhb": spikes((0, 1), (5, 0), (4999, 0), (5000, 1), (9999, 0)),
            "rmtg": spikes((7, 0), n=2),
        },
        "reference": {"rmtg": spikes((8, 0), (9000, 1), n=2)},
        "traces": [trace(), trace("rmtg", (1,), variable="g_gaba", unit="S")],
        "epochs": {"ketamine": (0.5, 1.0), "baseline": (0.0, 0.5)},
        "provenance": {"seed": 3, "config": {"name": "naïve 5 µM", "list": [1, 2.5, None, True]}},
    }
    return Recording(**fields | changes)


def assert_same_trains(one: dict[str, SpikeTrains], other: dict[str, SpikeTrains]) -> None:
    assert list(one) == list(other)
    for nucleus in one:
        assert one[nucleus].n_neurons == other[nucleus].n_neurons
        for field, dtype in (("steps", np.int64), ("neurons", np.int32)):
            assert getattr(other[nucleus], field).dtype == dtype
            np.testing.assert_array_equal(getattr(one[nucleus], field), getattr(other[nucleus], field))


def assert_same(one: Recording, other: Recording) -> None:
    for field in ("dt", "duration", "epochs", "provenance"):
        assert getattr(one, field) == getattr(other, field)
    assert_same_trains(one.spikes, other.spikes)
    assert_same_trains(one.reference, other.reference)
    assert len(one.traces) == len(other.traces)
    for a, b in zip(one.traces, other.traces, strict=True):
        for field in ("nucleus", "variable", "unit", "start", "interval"):
            assert getattr(a, field) == getattr(b, field)
        np.testing.assert_array_equal(a.neurons, b.neurons)
        assert b.values.dtype == np.float32
        assert a.values.shape == b.values.shape
        assert a.values.tobytes() == b.values.tobytes()


def reloaded(saved: Recording, path: Path) -> Recording:
    saved.save(path)
    return Recording.load(path)


def test_the_examples_run() -> None:
    for module in (parts, whole):
        results = doctest.testmod(module)
        assert (results.attempted > 0, results.failed) == (True, 0)


# --- what is let in ---


@pytest.mark.parametrize(
    ("steps", "neurons", "n_neurons", "complaint"),
    [
        ([2, 1], [0, 0], 1, "sorted by step"),
        ([1, 1], [1, 0], 2, "sorted by step"),
        ([1, 1], [0, 0], 1, "none twice"),
        ([1], [2], 2, "neurons from 2 to 2, of only 2"),
        ([1], [-1], 2, "neurons from -1"),
        ([1], [0], 0, "of only 0"),
        ([1, 2], [0], 1, "2 spike steps for 1"),
        ([], [], -1, "n_neurons must be a whole number"),
        ([], [], 2.0, "n_neurons must be a whole number"),
    ],
)
def test_spike_trains_that_cannot_be_are_refused(
    steps: list[int], neurons: list[int], n_neurons: Any, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        SpikeTrains(np.array(steps, np.int64), np.array(neurons, np.int32), n_neurons)


@pytest.mark.parametrize(
    ("steps", "neurons"),
    [
        (np.zeros(1, np.int32), np.zeros(1, np.int32)),
        (np.zeros(1), np.zeros(1, np.int32)),
        (np.zeros(1, ">i8"), np.zeros(1, np.int32)),
        (np.zeros((1, 1), np.int64), np.zeros(1, np.int32)),
        ([0], np.zeros(1, np.int32)),
        (np.zeros(1, np.int64), np.zeros(1, np.int64)),
    ],
)
def test_spikes_of_another_type_are_refused(steps: Any, neurons: Any) -> None:
    with pytest.raises(InputError, match="must be an array of"):
        SpikeTrains(steps, neurons, 1)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"nucleus": "a/b"}, "nucleus must be"),
        ({"nucleus": ".."}, "nucleus must be"),
        ({"nucleus": ""}, "nucleus must be"),
        ({"variable": "v:1"}, "variable must be"),
        ({"variable": "v\n"}, "variable must be"),
        ({"unit": ""}, "unit must be"),
        ({"unit": "V\0"}, "unit must be"),
        ({"neurons": (1, 1)}, "a neuron stands twice"),
        ({"values": np.zeros((5, 3), np.float32)}, "3 columns of lhb_v for 2 neurons"),
        ({"values": np.zeros((5, 2))}, "values must be an array of float32"),
        ({"values": np.zeros(2, np.float32)}, "2 dimension"),
        ({"start": -0.1}, "start must be"),
        ({"interval": 0.0}, "interval must be a number above 0"),
        ({"interval": float("nan")}, "interval must be"),
        ({"interval": "1 ms"}, "interval must be"),
    ],
)
def test_traces_that_cannot_be_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        trace(**changes)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"dt": 0.0}, "dt must be"),
        ({"dt": float("inf")}, "dt must be"),
        ({"duration": 0.0}, "duration must be"),
        ({"spikes": {"lhb": spikes((10000, 0))}}, "spikes of lhb go beyond the steps 0 ... 9999"),
        ({"spikes": {"lhb": spikes((-1, 0))}}, "spikes of lhb go beyond"),
        ({"spikes": {"l h b": spikes()}}, "nucleus must be"),
        ({"reference": {"rmtg": spikes((10000, 0))}}, "reference of rmtg go beyond"),
        ({"traces": [trace("lbh")]}, "did you mean 'lhb'"),
        ({"traces": [trace(), trace()]}, "two traces are called lhb_v"),
        ({"traces": [trace(neurons=(3,))]}, "neurons of trace lhb_v from 3 to 3, of only 3"),
        ({"traces": [trace(samples=101)]}, "trace lhb_v goes beyond"),
        ({"traces": [trace(start=0.01)]}, "trace lhb_v goes beyond"),
        ({"epochs": {"late": (0.5, 0.5)}}, "is empty"),
        ({"epochs": {"late": (0.5, 1.1)}}, "outlasts"),
        ({"epochs": {"late": (-0.1, 0.5)}}, "start of epoch 'late'"),
        ({"epochs": {"": (0.0, 0.5)}}, "epoch must be"),
        ({"epochs": {"cut": (0.5, 1.0)}}, "spikes of lhb go beyond the steps 5000"),
        ({"provenance": {"when": (1, 2)}}, "lists instead of tuples"),
        ({"provenance": {1: 2}}, "texts as keys"),
        ({"provenance": {"x": float("nan")}}, "plain JSON"),
        ({"provenance": {"x": np.zeros(1)}}, "plain JSON"),
        ({"provenance": [1]}, "plain JSON"),
    ],
)
def test_recordings_that_do_not_fit_together_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        recording(**changes)


def test_an_epoch_may_end_where_rounding_puts_the_end_of_the_run() -> None:
    assert recording(duration=0.3, spikes={}, traces=[], reference={}, epochs={"all": (0.0, 0.1 + 0.2)})


# --- what it tells ---


def test_trains_are_one_array_of_seconds_for_each_neuron() -> None:
    trains = recording().trains("lhb")
    assert [train.tolist() for train in trains] == [
        [5 * DT, 4999 * DT, 9999 * DT],
        [0.0, 5000 * DT],
        [],
    ]
    assert all(train.dtype == np.float64 for train in trains)


def test_trains_of_silent_and_of_no_neurons() -> None:
    assert [train.size for train in spikes(n=2).trains(DT)] == [0, 0]
    assert spikes(n=0).trains(DT) == []


def test_long_trains_are_sorted_and_hold_every_spike() -> None:
    steps = np.arange(30_000)
    trains = SpikeTrains(steps, (steps % 7).astype(np.int32), 7).trains(1.0)
    assert all(train.tolist() == list(range(neuron, 30_000, 7)) for neuron, train in enumerate(trains))


def test_trains_of_an_unknown_nucleus_name_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown nucleus 'rmgt'.*'rmtg'"):
        recording().trains("rmgt")


def test_number_of_spikes_leaves_out_the_reference() -> None:
    assert recording().n_spikes == 6


def test_spikes_sha256_is_of_names_steps_and_neurons_in_little_endian() -> None:
    by_hand = b"lhb" + struct.pack("<2q", 3, 4) + struct.pack("<2i", 1, 0) + b"rmtg" + struct.pack("<q", 7)
    by_hand += struct.pack("<i", 0)
    made = recording(spikes={"rmtg": spikes((7, 0)), "lhb": spikes((3, 1), (4, 0))}, reference={})
    assert made.spikes_sha256() == hashlib.sha256(by_hand).hexdigest()


def test_spikes_sha256_sees_a_moved_spike() -> None:
    moved = recording(spikes={"lhb": spikes((0, 1), (6, 0), (4999, 0), (5000, 1), (9999, 0)), "rmtg": spikes()})
    assert moved.spikes_sha256() != recording().spikes_sha256()


# --- cutting ---


def test_cut_keeps_what_happened_in_the_span_at_its_own_time() -> None:
    cut = recording().cut(0.5, 0.9999)
    assert cut.spikes["lhb"].steps.tolist() == [5000]
    assert cut.spikes["lhb"].neurons.tolist() == [1]
    assert cut.reference["rmtg"].steps.tolist() == [9000]
    assert cut.epochs == {"cut": (0.5, 0.9999)}
    assert cut.observed == (0.5, 0.9999)
    assert cut.traces[0].times[[0, -1]] == pytest.approx([0.5, 0.99])
    np.testing.assert_array_equal(cut.traces[0].values, recording().traces[0].values[50:])
    assert (cut.duration, cut.provenance) == (1.0, recording().provenance)


@pytest.mark.parametrize("step", [3, 7, 2999, 3000, 5791, 9998])
def test_cut_at_a_step_begins_with_that_step(step: int) -> None:
    every = SpikeTrains(np.arange(10000), np.zeros(10000, np.int32), 1)
    for start in (step * DT, step / 10000, np.nextafter(step * DT, 1), np.nextafter(step * DT, 0)):
        cut = recording(spikes={"lhb": every}, reference={}, traces=[]).cut(float(start), 1.0)
        assert cut.spikes["lhb"].steps[0] == step


@given(st.integers(0, 99), st.integers(1, 100), st.lists(st.integers(0, 99), unique=True))
def test_neighbouring_cuts_share_out_all_spikes_and_samples(start: int, length: int, steps: list[int]) -> None:
    stop = min(start + length, 100)
    whole = recording(
        dt=0.1,
        duration=10.0,
        spikes={"lhb": spikes(*((step, step % 3) for step in sorted(steps)))},
        reference={},
        traces=[trace(neurons=(0,), interval=0.3, samples=34)],
        epochs={},
    )
    bounds = sorted({0, start, stop, 100})
    parts = [whole.cut(a / 10, b / 10) for a, b in pairwise(bounds)]
    assert [s for part in parts for s in part.spikes["lhb"].steps] == sorted(steps)
    np.testing.assert_array_equal(np.concatenate([p.traces[0].values for p in parts]), whole.traces[0].values)
    for part in parts:
        first, last = part.observed
        assert all(first - 1e-9 <= time < last for train in part.trains("lhb") for time in train)


@pytest.mark.parametrize("span", [(0.5, 0.5), (0.6, 0.5), (-0.1, 0.5), (0.5, 1.01), (float("nan"), 1.0)])
def test_cuts_outside_the_recording_are_refused(span: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="cannot cut"):
        recording().cut(*span)


def test_a_cut_is_cut_further_but_not_widened() -> None:
    cut = recording().cut(0.2, 0.6)
    assert cut.cut(0.3, 0.5).epochs == {"cut": (0.3, 0.5)}
    with pytest.raises(InputError, match=r"out of a recording of 0.2 s to 0.6 s"):
        cut.cut(0.3, 0.7)


# --- into the file and back ---


def test_a_recording_comes_back_as_it_was(tmp_path: Path) -> None:
    assert_same(recording(), reloaded(recording(), tmp_path / "a.nwb"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"spikes": {"lhb": spikes(), "rmtg": spikes(n=2)}}, id="silent"),
        pytest.param({"reference": {}}, id="no reference"),
        pytest.param({"reference": {"rmtg": spikes(n=4)}}, id="silent reference"),
        pytest.param({"traces": []}, id="no traces"),
        pytest.param({"traces": [trace(neurons=())]}, id="trace of no neurons"),
        pytest.param({"traces": [trace(samples=0)]}, id="trace of no samples"),
        pytest.param({"traces": [trace(values=ODD_VALUES)]}, id="diverged trace"),
        pytest.param({"spikes": {"lhb": spikes(), "a": spikes(n=0), "b": spikes((1, 0))}, "traces": []}, id="empty"),
        pytest.param({"spikes": {"rmtg": spikes(n=0)}, "traces": []}, id="no neurons"),
        pytest.param({"spikes": {}, "reference": {}, "traces": [], "epochs": {}, "provenance": {}}, id="nothing"),
        pytest.param({"epochs": {"one step": (0.3, 0.3001), "all, ÅÄ": (0.0, 1.0), "b": (0.1, 0.7)}}, id="epochs"),
        pytest.param({"duration": 1}, id="whole duration"),
        pytest.param({"provenance": ODD_JSON}, id="odd texts"),
    ],
)
def test_uncommon_recordings_come_back_as_they_were(changes: dict[str, Any], tmp_path: Path) -> None:
    assert_same(recording(**changes), reloaded(recording(**changes), tmp_path / "a.nwb"))


def test_a_cut_comes_back_as_it_was(tmp_path: Path) -> None:
    cut = recording().cut(0.25, 0.75)
    assert_same(cut, reloaded(cut, tmp_path / "a.nwb"))
    assert reloaded(cut, tmp_path / "a.nwb").observed == (0.25, 0.75)


@FILES
@given(
    dt=st.sampled_from([1e-4, 2.5e-5, 0.1 / 3, 1e-3, 7.3e-6]),
    raster=st.sets(st.tuples(st.integers(0, 10**9), st.integers(0, 4)), max_size=40),
    interval=st.floats(1e-5, 1e-1),
)
def test_steps_and_numbers_come_back_exactly(
    dt: float, raster: set[tuple[int, int]], interval: float, tmp_path: Path
) -> None:
    made = recording(
        dt=dt,
        duration=1.5e9 * dt,
        spikes={"lhb": spikes(*sorted(raster), n=5)},
        reference={},
        traces=[trace(neurons=(4,), samples=3, start=interval / 3, interval=interval)],
        epochs={"odd": (dt * 17, dt * 1e9 / 7)},
    )
    assert_same(made, reloaded(made, tmp_path / "a.nwb"))


def test_millions_of_steps_come_back_exactly(tmp_path: Path) -> None:
    steps = np.sort(np.random.default_rng(1).choice(50_000_000, 200_000, replace=False))
    many = SpikeTrains(steps, (steps % 50).astype(np.int32), 50)
    made = recording(duration=5000.0, spikes={"lhb": many}, reference={}, traces=[])
    assert_same(made, reloaded(made, tmp_path / "a.nwb"))


def test_the_same_recording_makes_the_same_bytes(tmp_path: Path) -> None:
    recording().save(tmp_path / "a.nwb")
    Recording.load(tmp_path / "a.nwb").save(tmp_path / "b.nwb")
    replace(recording(), provenance={"seed": 4}).save(tmp_path / "c.nwb")
    first, again, other = ((tmp_path / name).read_bytes() for name in ("a.nwb", "b.nwb", "c.nwb"))
    assert first == again != other


def test_threads_save_and_load_side_by_side(tmp_path: Path) -> None:
    def round_trip(seed: int) -> Recording:
        return reloaded(recording(provenance={"seed": seed}), tmp_path / f"{seed}.nwb")

    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(round_trip, range(12)))
    assert [back.provenance["seed"] for back in loaded] == list(range(12))


def test_a_file_is_whole_at_every_moment_while_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    recording(provenance={"seed": 0}).save(path)
    with ThreadPoolExecutor(1) as pool:
        writing = [pool.submit(recording(provenance={"seed": seed}).save, path) for seed in range(1, 9)]
        seen = [Recording.load(path).provenance["seed"]]
        while not writing[-1].done():
            seen.append(Recording.load(path).provenance["seed"])
    assert seen == sorted(seen)
    assert Recording.load(path).provenance["seed"] == 8
    assert os.listdir(tmp_path) == ["a.nwb"]


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 100, 50_000])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.nwb"
    recording().save(path)
    with full_disk(size), pytest.raises(InputError, match=r"a\.nwb: cannot be written"):
        recording(provenance={"seed": 2}).save(path)
    assert_same(recording(), Recording.load(path))
    assert os.listdir(tmp_path) == ["a.nwb"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone/a\.nwb: cannot be written \(No such file"):
        recording().save(tmp_path / "gone" / "a.nwb")


def test_a_long_file_name_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 250 + ".nwb")
    assert_same(recording(), reloaded(recording(), path))


# --- files that are not recordings ---


def assert_unreadable(path: Path, complaint: str | None = None) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        Recording.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert_unreadable(tmp_path / "a.nwb", "No such file")


def test_a_folder_is_not_a_recording(tmp_path: Path) -> None:
    assert_unreadable(tmp_path, "Is a directory")


@pytest.mark.parametrize(
    "content", [b"", b"time,neuron\n0.1,3\n", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(99)]
)
def test_other_files_are_not_recordings(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.nwb").write_bytes(content)
    assert_unreadable(tmp_path / "a.nwb", "cannot be read as a recording")


def test_other_hdf5_files_are_not_recordings(tmp_path: Path) -> None:
    for name, script in (
        ("none", None),
        ("text", "import brian2"),
        ("list", "[]"),
        ("other", '{"format": "x"}'),
    ):
        with h5py.File(tmp_path / name, "w") as file:
            if script is not None:
                file["general/source_script"] = script
        assert_unreadable(tmp_path / name)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "a.nwb"
    recording().save(path)
    return path


@FILES
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_not_a_recording(share: float, saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    (tmp_path / "a.nwb").write_bytes(whole[: int(share * len(whole))])
    assert_unreadable(tmp_path / "a.nwb", "cannot be read as a recording")


@pytest.mark.parametrize(
    ("dataset", "place"),
    [
        ("units/spike_times", 3),
        ("units/spike_times_index", 1),
        ("processing/reference/" + REFERENCE + "/spike_times", 1),
    ],
)
def test_spikes_changed_by_another_program_are_noticed(dataset: str, place: int, saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved, tmp_path / "a.nwb")
    with h5py.File(tmp_path / "a.nwb", "r+") as file:
        file[dataset][place] += 1 if dataset.endswith("index") else DT
    assert_unreadable(tmp_path / "a.nwb")


def test_metadata_changed_by_another_program_are_noticed(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved, tmp_path / "a.nwb")
    with h5py.File(tmp_path / "a.nwb", "r+") as file:
        script = file["general/source_script"].asstr()[()]
        file["general/source_script"][()] = script.replace('"seed": 3', '"seed": 4')
    assert_unreadable(tmp_path / "a.nwb", "not what was saved")


def test_a_file_that_asks_for_more_than_the_memory_is_not_a_recording(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved, tmp_path / "a.nwb")
    with h5py.File(tmp_path / "a.nwb", "r+") as file:
        del file["units/spike_times"]
        file.create_dataset("units/spike_times", shape=(2**53,), dtype="f8", chunks=(1000,))
    assert_unreadable(tmp_path / "a.nwb", "cannot be read as a recording")


def test_a_damaged_trace_is_noticed(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved, tmp_path / "a.nwb")
    with h5py.File(saved, "r") as file:
        chunk = file["acquisition/lhb_v/data"].id.get_chunk_info(0)
    content = bytearray(saved.read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 1
    (tmp_path / "a.nwb").write_bytes(content)
    assert_unreadable(tmp_path / "a.nwb")


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as nobody if this is root, whom no file mode keeps out."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_loading_needs_no_right_to_write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nwb"
        recording().save(path)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        with without_rights():
            with pytest.raises(InputError, match="Permission denied"):
                recording().save(path)
            loaded = Recording.load(path)
        Path(folder).chmod(0o755)
    assert_same(recording(), loaded)


def test_a_file_that_another_program_has_locked_can_be_loaded(saved: Path) -> None:
    with saved.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert_same(recording(), Recording.load(saved))


def test_neither_importing_nor_loading_waits_for_pynwb(saved: Path) -> None:
    script = (
        "import sys; from lhb_model.recording import Recording; assert 'h5py' not in sys.modules;"
        f"Recording.load({str(saved)!r}); assert 'h5py' in sys.modules; assert 'pynwb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- in the eyes of others ---


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A usual recording, a cut one, and a silent one."""
    silent = recording(spikes={"lhb": spikes()}, reference={}, traces=[trace(neurons=())], epochs={})
    made = {"usual": recording(), "cut": recording().cut(0.0, 0.5), "silent": silent}
    for name, each in made.items():
        each.save(tmp_path / f"{name}.nwb")
    return [tmp_path / f"{name}.nwb" for name in made]


def test_files_are_valid_nwb(files: list[Path]) -> None:
    from pynwb import validate

    for path in files:
        assert validate(path=path) == []


def test_saving_warns_of_nothing(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recording().save(tmp_path / "a.nwb")


def test_pynwb_reads_what_was_written(files: list[Path]) -> None:
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(files[0], "r") as io:
        nwb = io.read()
        units = nwb.units.to_dataframe()
        assert units["nucleus"].tolist() == ["lhb"] * 3 + ["rmtg"] * 2
        assert units["neuron"].tolist() == [0, 1, 2, 0, 1]
        assert [times.tolist() for times in units["spike_times"]] == [
            train.tolist() for nucleus in ("lhb", "rmtg") for train in recording().trains(nucleus)
        ]
        assert [span.tolist() for span in units["obs_intervals"]] == [[[0.0, 1.0]]] * 5
        assert nwb.units.resolution == DT
        twins = nwb.processing["reference"][REFERENCE].to_dataframe()
        assert [times.tolist() for times in twins["spike_times"]] == [[8 * DT], [9000 * DT]]
        assert (nwb.subject.subject_id, nwb.session_start_time.utcoffset() is None) == ("SIMULATED", False)
        voltage = nwb.acquisition["lhb_v"]
        assert (voltage.unit, voltage.rate, voltage.starting_time) == ("V", 100.0, 0.0)
        assert "neurons [2, 0]" in voltage.description


def test_epochs_end_one_step_before_the_next_starts(files: list[Path]) -> None:
    with h5py.File(files[0], "r") as file:
        starts, stops = (file[f"intervals/epochs/{column}_time"][()] for column in ("start", "stop"))
    assert starts.tolist() == [0.0, 0.5]
    assert stops == pytest.approx([0.4999, 0.9999], abs=1e-12)


def test_a_cut_says_what_was_observed(files: list[Path]) -> None:
    with h5py.File(files[1], "r") as file:
        assert file["units/obs_intervals"][()].tolist() == [[0.0, 0.5]] * 5


def test_pynapple_sees_neurons_epochs_and_traces(files: list[Path]) -> None:
    pynapple = pytest.importorskip("pynapple")
    data = pynapple.load_file(str(files[0]))
    assert sorted(data.keys()) == sorted(["units", REFERENCE, "epochs", "lhb_v", "rmtg_g_gaba"])
    units = data["units"]
    assert [len(units[neuron]) for neuron in range(5)] == [3, 2, 0, 1, 0]
    assert list(units["nucleus"]) == ["lhb"] * 3 + ["rmtg"] * 2
    assert list(data["epochs"]["tags"]) == ["baseline", "ketamine"]
    np.testing.assert_array_equal(data["lhb_v"].values, recording().traces[0].values)


@pytest.mark.filterwarnings("ignore")
def test_neo_sees_neurons_epochs_and_traces(files: list[Path]) -> None:
    neo = pytest.importorskip("neo")
    for path, sizes in zip(files, ([3, 2, 0, 1, 0], [2, 1, 0, 1, 0], [0, 0, 0]), strict=True):
        (block,) = neo.io.NWBIO(str(path), "r").read_all_blocks()
        (segment,) = block.segments
        assert [train.size for train in segment.spiketrains] == sizes
    assert not segment.epochs
    assert segment.spiketrains[0].t_stop == 1.0


@pytest.mark.filterwarnings("ignore")
def test_nwbinspector_finds_nothing_critical(files: list[Path]) -> None:
    inspector = pytest.importorskip("nwbinspector")
    for path in files:
        messages = list(inspector.inspect_nwbfile(nwbfile_path=str(path)))
        assert messages
        assert not [each for each in messages if each.importance.name in ("CRITICAL", "PYNWB_VALIDATION")]
