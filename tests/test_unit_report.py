"""Tables of bursts and units: against bursts put there by hand, and where there are none."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhb_model.bursts import MaxInterval, chance_shares, poisson_share_in_bursts
from lhb_model.errors import InputError
from lhb_model.readers import read_units
from lhb_model.unit_report import burst_table, report_lines, unit_table, write_tables
from lhb_model.units import Units

COLUMNS = ["unit", "first_spike", "last_spike", "start_s", "end_s", "spikes"]
FURTHER = ["duration_s", "intra_burst_frequency_hz", "run_on", "cut"]
HEADER = ",".join(COLUMNS)

BURSTS = 1.0 + np.arange(20)[:, None] + np.array([0.0, 0.01, 0.03])
LONE = 0.5 + np.arange(20)


def units(*trains: np.ndarray | list[float], span: tuple[float, float] | None = (0.0, 40.0)) -> Units:
    names = tuple("abcdefgh"[: len(trains)])
    return Units(names, [np.array(train, np.float64) for train in trains], span)


def test_each_burst_has_a_row() -> None:
    table = burst_table(units(BURSTS.ravel(), LONE, [], [0.05, 0.06, 5.0]))
    assert list(table.columns) == COLUMNS + FURTHER
    assert table["unit"].tolist() == ["a"] * 20 + ["d"]
    assert table["first_spike"].tolist() == [*range(0, 60, 3), 0]
    assert table["last_spike"].tolist() == [*range(2, 60, 3), 1]
    assert table["spikes"].tolist() == [3] * 20 + [2]
    assert table["start_s"].tolist() == [*BURSTS[:, 0], 0.05]
    assert table["end_s"].tolist() == [*BURSTS[:, 2], 0.06]
    np.testing.assert_allclose(table["duration_s"], [0.03] * 20 + [0.01])
    np.testing.assert_allclose(table["intra_burst_frequency_hz"], [2 / 0.03] * 20 + [100])
    assert table["cut"].tolist() == [False] * 20 + [True] and not table["run_on"].any()
    kinds = [str(kind) for kind in table.dtypes[1:]]
    assert kinds == ["int64", "int64", "float64", "float64", "int64", "float64", "float64", "bool", "bool"]


@pytest.mark.parametrize("trains", [[LONE], [[]], [[3.0]], [[], [1.0, 2.0]], [[1.0], [1.0]]])
@pytest.mark.parametrize("span", [None, (0.0, 40.0)])
def test_the_header_stands_without_bursts(
    tmp_path: Path, trains: list[list[float]], span: tuple[float, float] | None
) -> None:
    given_units = units(*trains, span=span)
    table = burst_table(given_units)
    assert table.empty and list(table.columns) == COLUMNS + FURTHER
    bursts, per_unit = write_tables(given_units, table, unit_table(given_units), tmp_path / "new" / "bursts.csv")
    assert bursts.read_text() == HEADER + "\n"
    assert per_unit.name == "bursts_units.csv" and len(per_unit.read_text().splitlines()) == 1 + len(trains)
    assert report_lines(given_units, "lhb", table, unit_table(given_units))[-1].endswith("none (n = 0)")


def test_each_unit_has_a_row() -> None:
    per_unit = unit_table(units(BURSTS.ravel(), LONE, [], [3.0, 3.01])).set_index("unit")
    assert per_unit["class"].tolist() == ["bursting", "tonic", "silent", "silent"]
    assert per_unit["spikes"].tolist() == [60, 20, 0, 2]
    assert per_unit["rate_hz"].tolist() == [1.5, 0.5, 0.0, 0.05]
    assert per_unit["bursts"].tolist() == [20, 0, 0, 1]
    assert per_unit["burst_rate_hz"].tolist() == [0.5, 0.0, 0.0, 0.025]
    assert per_unit["share_spikes_in_bursts"].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert per_unit["spikes_per_burst"].fillna(-1).tolist() == [3.0, -1, -1, 2.0]
    assert per_unit["inter_burst_interval_s"]["a"] == pytest.approx(0.97) and np.isnan(
        per_unit["inter_burst_interval_s"]["d"]
    )
    expected = [poisson_share_in_bursts(rate, "lhb") for rate in (1.5, 0.5, 0.0, 0.05)]
    np.testing.assert_allclose(per_unit["chance_share_spikes_in_bursts"], expected)
    assert per_unit["cv"]["b"] == pytest.approx(0, abs=1e-12)
    assert "group" not in per_unit


def test_groups_stand_beside_the_units() -> None:
    grouped = Units(("a", "b"), [LONE, BURSTS.ravel()], (0.0, 40.0), {"b": "good", "a": "mua"})
    assert unit_table(grouped)["group"].tolist() == ["mua", "good"]


def test_without_a_span_the_record_is_first_to_last_spike_and_said_to_be() -> None:
    given_units = units([2.0, 2.01, 7.0], [1.0, 5.0], span=None)
    per_unit = unit_table(given_units)
    assert per_unit["rate_hz"].tolist() == [0.5, 2 / 6]
    assert (
        per_unit[["record_start_s", "record_stop_s", "record"]].values.tolist()
        == [[1.0, 7.0, "first to last spike"]] * 2
    )
    lines = report_lines(given_units, "lhb", burst_table(given_units), per_unit)
    assert "record: 1 s to 7 s, from first to last spike, as no span is stated" in lines
    stated = unit_table(units([2.0, 2.01, 7.0], span=(0.0, 10.0)))
    assert stated[["rate_hz", "record_start_s", "record_stop_s", "record"]].values.tolist() == [
        [0.3, 0.0, 10.0, "stated"]
    ]


def test_only_bursts_at_the_edges_of_the_record_are_cut() -> None:
    early, amid, late = [1.0, 1.01, 3.0], [5.0, 5.01], [9.0, 20.0, 20.01]
    assert burst_table(units(early, amid, late, span=None))["cut"].tolist() == [True, False, True]
    assert not burst_table(units(early, amid, late))["cut"].any()


@pytest.mark.parametrize("trains", [[[]], [[], []], [[3.0]], [[1.0], [1.0], []]])
def test_without_a_record_nothing_that_needs_one_is_told(trains: list[list[float]]) -> None:
    given_units = units(*trains, span=None)
    per_unit = unit_table(given_units)
    assert per_unit["spikes"].tolist() == [len(train) for train in trains]
    assert set(per_unit["class"]) == {""} and set(per_unit["record"]) == {"unknown"}
    for column in (
        "rate_hz",
        "burst_rate_hz",
        "share_spikes_in_bursts",
        "chance_share_spikes_in_bursts",
        "record_start_s",
        "cv",
    ):
        assert per_unit[column].isna().all()
    lines = report_lines(given_units, "lhb", burst_table(given_units), per_unit)
    assert lines[1].startswith("record: unknown, as no span is stated") and "rate: none (n = 0)" in lines
    assert not any("nan" in line for line in lines)


def test_a_silent_population_is_reported() -> None:
    silent = units([], [], [])
    per_unit = unit_table(silent)
    assert per_unit["class"].tolist() == ["silent"] * 3
    assert per_unit["rate_hz"].tolist() == per_unit["chance_share_spikes_in_bursts"].tolist() == [0.0] * 3
    assert per_unit["spikes_per_burst"].isna().all()
    lines = report_lines(silent, "lhb", burst_table(silent), per_unit)
    assert "units: 3 (3 silent, 0 tonic, 0 bursting), 0 spikes, 0 bursts (0 run-on, 0 cut by the record)" in lines
    assert "rate: 0 Hz (n = 3)" in lines and "share of spikes in bursts: none (n = 0)" in lines


def test_simulated_chance_agrees_with_the_closed_form() -> None:
    rates = [0.5, 2.0, 5.0, 12.0, 40.0]
    # A minimal duration of 1 ns changes no burst, but has no closed form.
    simulated = chance_shares(rates, MaxInterval(0.02, 0.1, min_duration=1e-9))
    np.testing.assert_allclose(simulated, chance_shares(rates, "lhb"), atol=0.025)
    assert np.ptp(simulated) > 0.8
    np.testing.assert_array_equal(chance_shares(rates, "mea"), chance_shares(rates, "mea"))


@pytest.mark.parametrize("rule", ["mea", "poisson_surprise", "log_isi", "cma", "neuroexplorer"])
def test_chance_stands_beside_the_share_for_every_rule(rule: str) -> None:
    per_unit = unit_table(units(BURSTS.ravel(), LONE, []), rule)
    assert (
        per_unit["chance_share_spikes_in_bursts"].between(0, 1).all()
        and per_unit["chance_share_spikes_in_bursts"][2] == 0
    )
    assert chance_shares([], rule).size == 0 and np.isnan(chance_shares([np.nan], rule)).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 400_000), unique=True, max_size=60).map(sorted), min_size=1, max_size=6))
def test_both_tables_count_the_same(steps: list[list[int]]) -> None:
    given_units = units(*[np.array(train) * 1e-4 for train in steps])
    bursts, per_unit = burst_table(given_units), unit_table(given_units)
    for row in per_unit.itertuples():
        own = bursts[bursts["unit"] == row.unit]
        assert len(own) == row.bursts
        assert own["spikes"].sum() == pytest.approx(row.share_spikes_in_bursts * row.spikes)
        assert own["run_on"].sum() == row.run_on_bursts and own["cut"].sum() == row.cut_bursts


def test_names_come_back_as_read(tmp_path: Path) -> None:
    names = ["007", "NA", 'x,"y"', " a ", "ä"]
    rows = ['"' + name.replace('"', '""') + f'",{time}' for name in names for time in (1.0, 1.01)]
    (tmp_path / "in.csv").write_text("\n".join(["unit,time_s", *rows]), encoding="utf-8")
    read = read_units(tmp_path / "in.csv")
    out, _ = write_tables(read, burst_table(read), unit_table(read), tmp_path / "bursts.csv")
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADER
    assert [line.removesuffix(line[line.index(",0,1,1.0,1.01,2") :]) for line in lines[1:]] == [
        "007", "NA", '"x,""y"""', " a ", "ä"
    ]  # fmt: skip


def test_tables_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"bursts.csv: cannot be written"):
        write_tables(units(LONE), burst_table(units(LONE)), unit_table(units(LONE)), tmp_path / "file" / "bursts.csv")


@pytest.mark.parametrize("name", ["a.csv", "a_units.csv"])
def test_the_recording_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("unit,time_s\na,1\na,2\n")
    read = read_units(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: would replace the recording that was read"):
        write_tables(read, burst_table(read), unit_table(read), tmp_path / "." / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "unit,time_s\na,1\na,2\n"


def test_thousands_of_units_take_seconds() -> None:
    rng = np.random.default_rng(1)
    trains = [np.cumsum(rng.exponential(0.2, 100)) for _ in range(4000)]
    many = Units(tuple(map(str, range(4000))), trains, (0.0, 100.0))
    start = time.process_time()
    assert len(burst_table(many)) > 10_000 and len(unit_table(many)) == 4000
    assert time.process_time() - start < 8
