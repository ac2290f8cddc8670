"""Foreign recordings: the same units from every format, and one clear line for every file that is not right."""

import gzip
import json
import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lhb_model.bursts import PoissonSurprise
from lhb_model.errors import InputError
from lhb_model.readers import read_units
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.unit_report import burst_table
from lhb_model.units import Units

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "bursts"

# Multiples of 1/32000 s are exact floats, so that samples at 32 kHz and seconds are the same numbers.
RATE = 32000
TRUTH = {"7": [0.5, 0.5078125, 3.25], "12": [0.25], "3": [1 / 32000, 1.0, 2.0, 100.0]}
SILENT = {**TRUTH, "5": []}
FILES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_time(units: dict[str, list[float]]) -> list[tuple[str, float]]:
    """All spikes, units mixed, each unit's in order."""
    return sorted(((name, time) for name, train in units.items() for time in train), key=lambda spike: spike[1])


def as_dict(units: Units) -> dict[str, list[float]]:
    return {name: train.tolist() for name, train in zip(units.names, units.trains, strict=True)}


def ended(units: dict[str, list[float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([*map(np.array, units.values())]), np.array([len(train) for train in units.values()])


def long_csv(path: Path) -> Path:
    lines = [f"{name},{time!r}" for name, time in in_time(SILENT)] + ["5,"]
    path.write_text("\n".join(["unit,time_s", *lines]) + "\n")
    return path


def other_columns(path: Path) -> Path:
    lines = [f"{time!r}\tx\t{name}" for name, time in in_time(TRUTH)]
    path.write_bytes(("\ufeff" + "\r\n".join(["t\tnote\tcell", *lines, "", ""])).encode())
    return path


def wide_csv(path: Path) -> Path:
    rows = [",".join([name, *map(repr, train)]) for name, train in TRUTH.items()]
    path.write_text("\n".join([rows[0] + ",,", "", *rows[1:], "5,"]) + "\n")
    return path


def npz_counts(path: Path) -> Path:
    times, counts = ended(SILENT)
    np.savez(path, names=np.array(list(SILENT)), counts=counts, times_s=times, meta=np.array("{}"))
    return path


def npz_arrays(path: Path) -> Path:
    np.savez(path, **{name: np.array(train, np.float64) for name, train in SILENT.items()})
    return path


def npy_columns(path: Path) -> Path:
    np.save(path, np.array([(int(name), time) for name, time in in_time(TRUTH)]))
    return path


def npy_fields(path: Path) -> Path:
    np.save(path, np.array(in_time(TRUTH), [("unit", "S4"), ("time_s", ">f8")]))
    return path


def phy(path: Path, units: dict[str, list[float]] = TRUTH, params: str = f"sample_rate = {RATE}.\n") -> Path:
    path.mkdir()
    spikes = in_time(units)
    np.save(path / "spike_times.npy", np.array([[round(time * RATE)] for _, time in spikes], np.uint64))
    np.save(path / "spike_clusters.npy", np.array([int(name) for name, _ in spikes], np.int32))
    (path / "params.py").write_text(params)
    return path


def nwb(path: Path, units: dict[str, list[float]] = SILENT, **columns: list[Any]) -> Path:
    """An NWB file as a laboratory writes it, unit by unit."""
    from pynwb import NWBHDF5IO, NWBFile

    file = NWBFile("a session", "id", datetime(2024, 1, 1, tzinfo=UTC))
    for name in columns:
        if name not in ("obs_intervals", "id"):
            file.add_unit_column(name, name, index=isinstance(columns[name][0], list))
    for i, (name, train) in enumerate(units.items()):
        file.add_unit(**{"id": int(name), "spike_times": train} | {key: column[i] for key, column in columns.items()})
    with NWBHDF5IO(path, "w") as io:
        io.write(file)
    return path


@pytest.mark.parametrize(
    ("write", "name", "truth", "choices"),
    [
        (long_csv, "a.csv", SILENT, {}),
        (other_columns, "a.tsv", TRUTH, {"unit": "cell", "time": "t"}),
        (wide_csv, "a.txt", SILENT, {}),
        (npz_counts, "a.npz", SILENT, {}),
        (npz_arrays, "a.NPZ.npz", SILENT, {}),
        (npy_columns, "a.npy", TRUTH, {}),
        (npy_fields, "a.npy", TRUTH, {}),
        (phy, "sorted", TRUTH, {}),
        (nwb, "a.nwb", SILENT, {}),
    ],
)
def test_every_format_gives_the_same_units(
    tmp_path: Path, write: Callable[[Path], Path], name: str, truth: dict[str, list[float]], choices: dict[str, str]
) -> None:
    units = read_units(write(tmp_path / name), **choices)
    assert as_dict(units) == truth
    assert units.span is None and units.groups == {} and units.notes == ()
    assert units.record == (1 / 32000, 100.0)
    assert "from first to last spike, as no span is stated" in units.record_text
    assert units.n_spikes == 8


def test_units_come_in_the_order_of_the_source(tmp_path: Path) -> None:
    assert read_units(long_csv(tmp_path / "a.csv")).names == ("3", "12", "7", "5")
    assert read_units(wide_csv(tmp_path / "b.csv")).names == ("7", "12", "3", "5")
    assert read_units(phy(tmp_path / "sorted")).names == ("3", "7", "12")


def test_own_recordings_are_read_with_their_nuclei(tmp_path: Path) -> None:
    lhb = SpikeTrains(np.array([3, 3, 10]), np.array([0, 2, 0], np.int32), 3)
    rmtg = SpikeTrains(np.array([9]), np.array([0], np.int32), 1)
    recording = Recording(1e-4, 2.0, {"lhb": lhb, "rmtg": rmtg}, {"rmtg": rmtg}, [], {}, {})
    recording.save(tmp_path / "seed-1.nwb")
    units = read_units(tmp_path / "seed-1.nwb")
    assert units.names == ("lhb/0", "lhb/1", "lhb/2", "rmtg/0")
    np.testing.assert_array_equal(units.trains[0], recording.trains("lhb")[0])
    assert units.span == (0.0, 2.0) and units.record_text == "record: 0 s to 2 s, as stated"
    assert units.groups["lhb/2"] == "lhb" and units.of_groups("rmtg").names == ("rmtg/0",)
    with pytest.raises(InputError, match="unknown group 'lhd'; did you mean 'lhb'"):
        units.of_groups("lhd")


@pytest.mark.parametrize("name", ["007", "NA", "nan", " a ", 'x,"y"', "ä µ", "1e3", "-"])
def test_names_are_kept_to_the_letter(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '""')
    (tmp_path / "long.csv").write_text(f'unit,time_s\n"{quoted}",0.5\n', encoding="utf-8")
    (tmp_path / "wide.csv").write_text(f'"{quoted}",0.5\n', encoding="utf-8")
    for file in ("long.csv", "wide.csv"):
        assert as_dict(read_units(tmp_path / file)) == {name: [0.5]}


# Times whose shortest text is long: a reader that is off by one in the last place is found out.
SECONDS = st.lists(st.floats(-1e5, 1e5, allow_subnormal=False), unique=True, max_size=20).map(sorted)


@FILES
@given(trains=st.lists(SECONDS, min_size=1, max_size=5), wide=st.booleans())
def test_texts_keep_every_bit(tmp_path: Path, trains: list[list[float]], wide: bool) -> None:
    truth = {f"u{i}": train for i, train in enumerate(trains)}
    texts = {name: [repr(time) for time in train] or [""] for name, train in truth.items()}
    rows = ["unit,time_s", *(f"{name},{text}" for name, train in texts.items() for text in train)]
    if wide:
        rows = [",".join([name, *train]) for name, train in texts.items()]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(rows))
    assert as_dict(read_units(path)) == truth


# --- what is refused


def refusal(path: Path, **choices: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_units(path, **choices)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(str(path.parent))
    return message.removeprefix(str(path.parent) + os.sep)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a.csv: is empty"),
        ("  \n\n", "a.csv: is empty"),
        ("unit,time_s\n", "a.csv: has no units"),
        ("time,unit\n1,a\n", "a.csv:1: begins with 'time,unit'; expected a header with unit,time_s, or one unit per"),
        ("unit;time_s\na;1\n", "a.csv:1: begins with 'unit;time_s'"),
        ("Dear colleagues\n", "a.csv:1: begins with 'Dear colleagues'"),
        ("unit,time_s,time_s\na,1,1\n", "a.csv:1: column 'time_s' stands 2 times in the header"),
        ("unit,time_s\na,1\na,one\n", "a.csv:3: unit 'a': time 'one' is not a number of seconds"),
        ("unit,time_s\na,1_0\n", "a.csv:2: unit 'a': time '1_0' is not a number"),
        ("unit,time_s\na,nan\n", "a.csv:2: unit 'a': spike 0 (counted from 0) is at nan; expected finite"),
        ("unit,time_s\na,1\n\nb,-inf\n", "a.csv:4: unit 'b': spike 0 (counted from 0) is at -inf"),
        ("unit,time_s\na,1e400\n", "a.csv:2: unit 'a': spike 0 (counted from 0) is at inf"),
        ("unit,time_s\na,1e14\n", "a.csv:2: unit 'a': spike 0 (counted from 0) is at 1e+14 s, where floats are over"),
        ("unit,time_s\na,2\nb,0\na,1\n", "a.csv:4: unit 'a': spike 1 (counted from 0) at 1.0 s lies before the one"),
        ("unit,time_s\nb,1\na,1\na,2\na,2\n", "a.csv:5: unit 'a': spike 2 (counted from 0) at 2.0 s repeats"),
        ("unit,time_s\na,1\na\n", "a.csv:3: has 1 values; expected 2"),
        ("unit,time_s\na,1,5\n", "a.csv:2: has 3 values; expected 2"),
        ("unit,time_s\n,1\n", "a.csv:2: names no unit"),
        ("unit,time_s\na,1\na,\n", "a.csv:3: unit 'a': a spike without a time"),
        ('unit,time_s\n"a,1\nb,2\n', "a.csv:3: cannot be read as a table (unexpected end of data)"),
        ("a,1,2\nb,3,2\n", "a.csv:2: unit 'b': spike 1 (counted from 0) at 2.0 s lies before"),
        ("a,1,2\nb,3,x\n", "a.csv:2: unit 'b': time 'x' is not a number of seconds"),
        ("a,1,,2\n", "a.csv:1: unit 'a': time '' is not a number"),
        ("a,1\nb,2\na,3\n", "a.csv:3: unit 'a' stands twice; for one spike a line, begin the file with unit,time_s"),
        ("0.103,0.2\n0.304,0.5\n", "a.csv:1: begins with '0.103'; expected the name of a unit"),
    ],
)  # fmt: skip
def test_texts_that_are_not_right_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert refusal(path).startswith(complaint)


def test_columns_are_asked_for_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("unit,time_s,day,trial\na,1,mon,1\nb,2,tue,1\na,3,mon,2\n")
    assert read_units(path, group="day").groups == {"a": "mon", "b": "tue"}
    assert refusal(path, group="dya").startswith("a.csv:1: unknown column 'dya'; did you mean 'day'?")
    assert refusal(path, group="trial").startswith("a.csv:4: unit 'a' is in two groups, '1' and '2'")
    (tmp_path / "b.csv").write_text('"two\nlines",time_s\na,1\n')
    assert refusal(tmp_path / "b.csv", unit="u") == "b.csv:2: unknown column 'u' (known: two lines, time_s)"
    assert refusal(path, segment=1) == "a.csv: segment cannot be chosen in a text table; possible: unit, time, group"


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".npy", ".nwb", ".txt"])
def test_binary_rubbish_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    for rubbish in (b"\0\1\2", bytes(range(256)) * 40, b"PK\3\4" + bytes(50), b"\x93NUMPY\1\0", b"\x89HDF\r\n\x1a\n"):
        path.write_bytes(rubbish)
        assert refusal(path).startswith(f"a{suffix}: ")
    assert refusal(tmp_path / f"b{suffix}") == f"b{suffix}: no such file or folder"


WRITERS = {".csv": long_csv, ".npz": npz_counts, ".npy": npy_fields, ".nwb": nwb}


@pytest.mark.parametrize("suffix", list(WRITERS))
def test_damaged_files_are_read_or_refused(tmp_path: Path, suffix: str) -> None:
    whole = WRITERS[suffix](tmp_path / f"whole{suffix}").read_bytes()
    path = tmp_path / f"a{suffix}"
    rng = np.random.default_rng(1)
    for trial in range(60):
        damaged = bytearray(whole[: int(rng.integers(len(whole)))] if trial % 2 else whole)
        for place in rng.integers(max(len(damaged), 1), size=8 if damaged else 0).tolist():
            damaged[place] = int(rng.integers(256))
        path.write_bytes(damaged)
        try:
            assert read_units(path).names
        except InputError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)


class Trap:
    """A pickle that leaves a trace when it is loaded."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self.trace,))


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    traps = np.array([Trap(trace)], object)
    np.save(tmp_path / "a.npy", traps, allow_pickle=True)
    np.savez(tmp_path / "a.npz", a=traps)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Trap(trace)))
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Trap(trace)))
    (tmp_path / "b.pkl").write_bytes(pickle.dumps(Trap(trace)))
    for name in ("a.npy", "a.npz", "b.npy", "b.npz"):
        assert "never loaded" in refusal(tmp_path / name)
    assert refusal(tmp_path / "b.pkl")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"a": np.array([1, 2], np.float32)}, "unit 'a': times are float32, which holds 1000 s only to 0.06 ms"),
        ({"a": np.array(["1", "2"])}, "unit 'a': times are of type <U1; expected float64 seconds"),
        ({"a": np.array([[1.0, 2.0]])}, "unit 'a': times have shape (1, 2); expected one dimension"),
        ({"names": np.array(["a"]), "counts": np.array([3]), "times_s": np.ones(2)}, "counts add up to 3, but times_s"),
        ({"names": np.array(["a", "b"]), "counts": np.array([-1, 3]), "times_s": np.ones(2)}, "counts add up to 2"),
        ({"names": np.array(["a", "b"]), "counts": np.array([2]), "times_s": np.ones(2)}, "names and counts must be"),
        ({"names": np.array(["a", "a"]), "counts": np.array([1, 1]), "times_s": np.ones(2)}, "unit 'a' stands twice"),
        ({}, "has no units"),
    ],
)
def test_archives_that_are_not_right_are_refused(tmp_path: Path, arrays: dict[str, Any], complaint: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    assert refusal(tmp_path / "a.npz").startswith(f"a.npz: {complaint}")


def test_arrays_that_are_not_right_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((4, 3)))
    assert "shape (4, 3) of float64; expected two columns of numbers" in refusal(path)
    np.save(path, np.array([[1.5, 1.0]]))
    assert refusal(path) == "a.npy: row 0 (counted from 0): unit 1.5 is not a whole number"
    np.save(path, np.array([("a", 1.0, 1), ("a", 2.0, 2)], [("unit", "U3"), ("t", "f8"), ("day", int)]))
    assert "unknown field 'time_s' (known: unit, t, day)" in refusal(path)
    assert "unit 'a' is in several groups" in refusal(path, time="t", group="day")
    assert as_dict(read_units(path, time="t")) == {"a": [1.0, 2.0]}


def test_a_header_that_claims_more_than_there_is_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 2), }"
    path.write_bytes(b"\x93NUMPY\1\0" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n" + bytes(64))
    assert refusal(path).startswith("a.npy: cannot be read as a NumPy array")


def test_a_run_folder_is_not_taken_for_a_recording(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{}")
    assert refusal(tmp_path / "run").startswith("run: is a run; expected one of its recordings")


# --- span and repair


def test_a_stated_span_bounds_the_spikes(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "a.csv")
    assert read_units(path, span=(0.0, 100.0)).record == (0.0, 100.0)
    complaint = "a.csv:9: unit '3': spike 3 (counted from 0) at 100 s lies outside the recorded span, 0 s to 99 s"
    assert refusal(path, span=(0.0, 99.0)) == complaint
    for span in ((2.0, 1.0), (1.0, 1.0), (0.0, np.inf), (np.nan, 1.0)):
        assert "expected a start before a finite stop" in refusal(path, span=span)


def test_repairs_are_made_only_when_asked_for_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("unit,time_s\na,2\na,1\na,2\nb,5\nb,5\n")
    assert "spike 1 (counted from 0) at 1.0 s lies before" in refusal(path)
    units = read_units(path, repair=True)
    assert as_dict(units) == {"a": [1.0, 2.0], "b": [5.0]}
    assert units.notes == ("repaired: 1 unit sorted, 2 repeated spikes dropped",)
    path.write_text("unit,time_s\na,2\na,nan\n")
    assert "spike 1 (counted from 0) is at nan" in refusal(path, repair=True)


# --- NWB


def test_nwb_names_groups_and_span(tmp_path: Path) -> None:
    one = [[[0.0, 200.0]]] * 4
    path = nwb(tmp_path / "a.nwb", unit_name=list("abcd"), area=["lhb", "vta", "lhb", "lhb"], obs_intervals=one)
    units = read_units(path, group="area")
    assert units.names == tuple("abcd") and units.span == (0.0, 200.0)
    assert units.of_groups("lhb").names == ("a", "c", "d")
    assert read_units(path, span=(-5.0, 300.0)).span == (-5.0, 300.0)
    assert read_units(path, unit="id").names == tuple(SILENT)
    assert "unknown column 'aera'; did you mean 'area'?" in refusal(path, group="aera")
    assert "column 'spike_times' has not one value for each unit" in refusal(path, group="spike_times")
    assert "unit 'lhb' stands twice" in refusal(path, unit="area")
    assert refusal(path, time="t").endswith("time cannot be chosen in NWB; possible: unit, group")


@pytest.mark.parametrize(
    ("intervals", "complaint"),
    [
        ([[[0.0, 200.0]], [[0.0, 150.0]], [[0.0, 200.0]], [[0.0, 200.0]]], "observed in different intervals"),
        ([[[0.0, 50.0], [60.0, 200.0]]] * 4, "observed in several intervals"),
    ],
)
def test_nwb_without_one_span_asks_for_it(tmp_path: Path, intervals: list[Any], complaint: str) -> None:
    path = nwb(tmp_path / "a.nwb", obs_intervals=intervals)
    assert complaint in refusal(path) and refusal(path).endswith("state the recorded span")
    assert read_units(path, span=(0.0, 200.0)).span == (0.0, 200.0)


def test_nwb_faults(tmp_path: Path) -> None:
    import h5py

    path = nwb(tmp_path / "a.nwb", {"1": [1.0, 3.0, 2.0]})
    assert refusal(path).startswith("a.nwb: unit '1': spike 2 (counted from 0) at 2.0 s lies before")
    for ends in ([2, 2], [3, 2], [4, 3]):
        path = nwb(tmp_path / "b.nwb", {"1": [1.0], "2": [2.0, 3.0]})
        with h5py.File(path, "r+") as file:
            file["units/spike_times_index"][()] = ends
        assert refusal(path) == "b.nwb: spike_times and its index do not fit together"
    with h5py.File(path, "r+") as file:
        del file["units"]
    assert refusal(path) == "b.nwb: has no Units table with spike times"


# --- Phy


def test_phy_labels(tmp_path: Path) -> None:
    folder = phy(tmp_path / "sorted")
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n3\tgood\n99\tnoise\n12\tmua\n")
    (folder / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n3\tmua\n7\tmua\n12\tgood\n")
    assert read_units(folder).groups == {"3": "good", "7": "unsorted", "12": "mua"}
    assert read_units(folder / "params.py", group="KSLabel").of_groups("good").names == ("12",)
    message = "sorted: unknown cluster column 'KSlabel'; did you mean 'KSLabel'? (known: KSLabel, group)"
    assert refusal(folder, group="KSlabel") == message
    assert refusal(folder, unit="x") == "sorted: unit cannot be chosen in a Phy folder; possible: group"
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n3\n")
    with pytest.raises(InputError, match=r"cluster_group.tsv:2: has 1 columns; expected cluster_id and group"):
        read_units(folder)


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ("n_channels = 3\n", "params.py: states no sample_rate"),
        ("a = 1\nsample_rate = fs\n", "params.py:2: sample_rate is 'fs'; expected a number above 0"),
        ("sample_rate = 0\n", "params.py:1: sample_rate is '0'"),
        ("sample_rate = 1e400\n", "params.py:1: sample_rate is '1e400'"),
    ],
)
def test_phy_sample_rates_that_are_not_right(tmp_path: Path, params: str, complaint: str) -> None:
    folder = phy(tmp_path / "sorted", params=params)
    with pytest.raises(InputError) as caught:
        read_units(folder)
    assert complaint in str(caught.value)


def test_params_are_read_as_text_and_never_run(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit\n# sample_rate = 1\n"
    assert as_dict(read_units(phy(tmp_path / "a", params=trap + f"sample_rate={RATE} # Hz"))) == TRUTH
    assert as_dict(read_units(phy(tmp_path / "b", params=f"sample_rate = 5\nsample_rate = {RATE:e}\n"))) == TRUTH
    assert not (tmp_path / "ran").exists()


def test_phy_faults(tmp_path: Path) -> None:
    folder = phy(tmp_path / "sorted", {"1": [1.0, 1.0, 2.0], "2": [5.0]})
    assert refusal(folder).startswith("sorted: unit '1': spike 1 (counted from 0) at 1.0 s repeats the one before it")
    assert as_dict(read_units(folder, repair=True)) == {"1": [1.0, 2.0], "2": [5.0]}
    np.save(folder / "spike_clusters.npy", np.array([1, 1]))
    assert refusal(folder) == "sorted: 4 spike times for 2 spike clusters"
    np.save(folder / "spike_clusters.npy", np.ones(4))
    assert "spike_clusters.npy: is of float64 with shape (4,)" in refusal(folder)
    (folder / "spike_clusters.npy").unlink()
    assert "spike_clusters.npy: no such file" in refusal(folder)


# --- Neo


def test_without_neo_other_formats_are_refused_with_the_remedy(tmp_path: Path) -> None:
    try:
        import neo  # noqa: F401
    except ImportError:
        (tmp_path / "a.plx").write_bytes(b"x")
        assert refusal(tmp_path / "a.plx").endswith("what Neo reads can be read after: pip install neo")
    else:
        pytest.skip("Neo is installed here")


def test_neo_files(tmp_path: Path) -> None:
    neo = pytest.importorskip("neo", reason="Neo is not installed")
    block = neo.Block()
    for names in (("a", "b"), ("", "")):
        segment = neo.Segment()
        for name, (day, train) in zip(names, (("mon", [500.0, 510.0]), ("tue", [])), strict=True):
            segment.spiketrains.append(neo.SpikeTrain(train, 4000, units="ms", name=name, day=day))
        block.segments.append(segment)
    path = tmp_path / "a.mat"
    neo.io.NeoMatlabIO(str(path)).write_block(block)
    units = read_units(path, segment=0, group="day")
    assert as_dict(units) == {"a": [0.5, 0.51], "b": []}
    assert units.span == (0.0, 4.0) and units.groups == {"a": "mon", "b": "tue"}
    assert read_units(path, segment=1).names == ("0", "1")
    assert refusal(path) == "a.mat: has 2 segments; expected the number of one, from 0"
    assert refusal(path, segment=2) == "a.mat: has no segment 2; expected 0 to 1"
    assert "unknown annotation 'dya'; did you mean 'day'?" in refusal(path, segment=0, group="dya")


# --- real recordings with published answers


RULES = {
    "clean_MI_lhb_20_100_n2": "lhb",
    "clean_MI_da_80_160_n2": "dopamine",
    "clean_MI_lhb_20_100_n3": "start=20ms,end=100ms,min_spikes=3",
    "clean_MI_cotterill2016": "neuroexplorer",
    "clean_PS_5": PoissonSurprise(5),
}


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference spike trains (shared/bursts) are not on this machine")
@pytest.mark.parametrize("name", ["hipsc_tc151_d28", "rgc_P11_CTRL_HY1_1A", "rgc_P9_CTRL_MY1_1A", "meartools_S"])
def test_real_recordings_give_the_reference_bursts(tmp_path: Path, name: str) -> None:
    with gzip.open(REFERENCE / "reference" / f"{name}.json.gz") as file:
        answers = json.load(file)["units"]
    units = read_units(REFERENCE / "data" / f"{name}.npz")
    assert set(units.names) == set(answers)
    rows = [f"{unit},{time!r}" for unit, train in as_dict(units).items() for time in train]
    (tmp_path / "a.csv").write_text("\n".join(["unit,time_s", *rows]))
    through_text = read_units(tmp_path / "a.csv")
    for answer, rule in RULES.items():
        found: dict[str, list[list[int]]] = {unit: [] for unit in units.names}
        table = burst_table(units, rule)
        for unit, first, last in table[["unit", "first_spike", "last_spike"]].itertuples(index=False):
            found[unit].append([first, last])
        assert found == {unit: answers[unit]["indep"][answer] for unit in units.names}
        assert burst_table(through_text, rule).equals(table)
