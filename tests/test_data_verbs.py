"""`lhb bursts`, `lhb export`, and claims and recordings in `lhb compare`: what they print and write, and what they refuse."""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lhb_model.bursts import PRESETS, find_bursts, poisson_share_in_bursts
from lhb_model.export import FORMATS
from lhb_model.readers import read_units
from lhb_model.recorded import STEP
from lhb_model.run_folder import Run, recording_path
from small_runs import complaint, contents, run_small, said

COLUMNS = ["unit", "first_spike", "last_spike", "start_s", "end_s", "spikes"]
BURSTS = np.round(1.0 + np.arange(20)[:, None] + np.array([0.0, 0.01, 0.03]), 3)
"""Three spikes every second."""


def write_spikes(path: Path, trains: Mapping[str, Iterable[float]], **columns: Mapping[str, str]) -> Path:
    """A table of one spike a line; a unit without spikes has a line without a time."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["unit", "time_s", *columns])
        for unit, times in trains.items():
            rows.writerows([unit, time, *(of[unit] for of in columns.values())] for time in list(times) or [""])
    return path


@pytest.fixture
def planted(here: Path) -> Path:
    """Unit 007 bursts, unit b fires every second, unit c is silent."""
    trains = {"007": BURSTS.ravel().tolist(), "b": (0.5 + np.arange(20)).tolist(), "c": []}
    return write_spikes(here / "spikes.csv", trains, label={"007": "good", "b": "mua", "c": "good"})


# bursts --------------------------------------------------------------------------------------------------------------


def test_bursts_are_written_one_a_row_with_units_as_read(planted: Path, here: Path) -> None:
    result = said("bursts", planted, "--out", "out/bursts.csv")
    assert result.exit_code == 0 and result.stderr == ""
    with (here / "out" / "bursts.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == COLUMNS and len(rows) == 20
    assert rows[1] == ["007", "3", "5", "2.0", "2.03", "3"] and {row[0] for row in rows} == {"007"}
    lines = result.stdout.splitlines()
    assert lines[-2:] == ["out/bursts.csv", "out/bursts_units.csv"]
    assert "record: 0.5 s to 20.03 s, from first to last spike, as no span is stated" in lines
    assert any("start=0.02, end=0.1" in line for line in lines)
    assert any(line.startswith("spike time tiling: ") and line.endswith("(n = 1 pairs)") for line in lines)
    units = pd.read_csv(here / "out" / "bursts_units.csv", dtype={"unit": str}).set_index("unit")
    assert units["bursts"].to_dict() == {"007": 20, "b": 0, "c": 0}
    assert units["class"].to_dict() == {"007": "bursting", "b": "tonic", "c": "silent"}
    chance = poisson_share_in_bursts(60 / 19.53)
    assert units.loc["007", "chance_share_spikes_in_bursts"] == pytest.approx(chance)
    assert np.isnan(units.loc["b", "spikes_per_burst"])


def test_without_out_the_units_are_printed_and_nothing_is_written(planted: Path, here: Path) -> None:
    lines = said("bursts", planted).stdout.splitlines()
    assert lines[0].split()[:4] == ["unit", "class", "spikes", "rate_hz"] and "chance" in lines[0]
    assert [line.split()[0] for line in lines[1:4]] == ["007", "b", "c"]
    assert [path.name for path in here.iterdir()] == ["spikes.csv"]


def test_the_header_is_written_even_without_bursts(here: Path) -> None:
    write_spikes(here / "tonic.csv", {"a": [1.0, 2.0, 3.0]})
    assert said("bursts", "tonic.csv", "--out", "none.csv").exit_code == 0
    assert (here / "none.csv").read_text() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("rule", [*PRESETS, "start=12.5ms,end=0.0805s,min_ibi=0ms,min_duration=1.5ms,min_spikes=3"])
def test_every_rule_finds_what_it_finds_in_python(planted: Path, here: Path, rule: str) -> None:
    assert said("bursts", planted, "--rule", rule, "--out", "bursts.csv").exit_code == 0
    rows = pd.read_csv(here / "bursts.csv", dtype={"unit": str})
    expected = find_bursts(BURSTS.ravel(), rule)
    found = rows[rows["unit"] == "007"]
    assert found["first_spike"].tolist() == expected["first_spike"].tolist()
    assert found["last_spike"].tolist() == expected["last_spike"].tolist()


def test_span_group_and_columns_are_chosen(planted: Path, here: Path) -> None:
    renamed = here / "renamed.csv"
    renamed.write_text(planted.read_text().replace("unit,time_s,label", "cell,t,quality"))
    words = ["--unit", "cell", "--time", "t", "--group", "quality", "--only", "good", "--span", "0s-40s"]
    answer = json.loads(said("bursts", renamed, *words, "--json").stdout)
    assert [unit["unit"] for unit in answer["units"]] == ["007", "c"] and answer["units"][0]["group"] == "good"
    assert answer["record"] == [0.0, 40.0] and answer["record_stated"] is True and answer["files"] == []
    assert answer["units"][0]["rate_hz"] == 1.5 and answer["units"][1]["spikes_per_burst"] is None
    assert len(answer["bursts"]) == 20 and answer["bursts"][0]["run_on"] is False
    assert answer["population"]["population_rate"] == {"value": 0.75, "unit": "Hz", "n": 2, "of": "neurons"}
    assert answer["population"]["synchrony"]["value"] is None


def test_repairs_are_made_only_when_asked_for_and_told(here: Path) -> None:
    write_spikes(here / "twice.csv", {"a": [2.0, 1.0, 1.0]})
    assert "twice.csv:3: unit 'a'" in complaint("bursts", "twice.csv")
    told = said("bursts", "twice.csv", "--repair").stdout
    assert "repaired: 1 unit sorted, 1 repeated spike dropped" in told


def test_tables_made_before_are_replaced_and_other_files_never(planted: Path, here: Path) -> None:
    words = ["bursts", planted, "--out", "bursts.csv"]
    first = said(*words), (here / "bursts.csv").read_bytes(), (here / "bursts_units.csv").read_bytes()
    assert said(*words, "--rule", "dopamine").exit_code == 0
    assert (said(*words).exit_code, *first[1:]) == (0, (here / "bursts.csv").read_bytes(),
                                                    (here / "bursts_units.csv").read_bytes())  # fmt: skip
    other = write_spikes(here / "other.csv", {"a": [1.0, 2.0]})
    before = other.read_bytes()
    assert "other.csv: is there and is no such table" in complaint("bursts", planted, "--out", other)
    assert "would replace the recording" in complaint("bursts", planted, "--out", planted)
    other.rename(here / "new_units.csv")
    assert "new_units.csv: is there" in complaint("bursts", planted, "--out", "new.csv")
    assert (here / "new_units.csv").read_bytes() == before and not (here / "new.csv").exists()


@pytest.mark.parametrize(
    "words, told",
    [
        (["nowhere.csv"], "nowhere.csv: no such file"),
        (["spikes.csv", "--rule", "lhbb"], "did you mean 'lhb'"),
        (["spikes.csv", "--rule", "start=20,end=100"], "expected a time in s, ms, us"),
        (["spikes.csv", "--rule", "start=100ms,end=20ms"], "start"),
        (["spikes.csv", "--unit", "nuit"], "spikes.csv:1: unknown column 'nuit'; did you mean 'unit'"),
        (["spikes.csv", "--only", "good"], "unknown group 'good'"),
        (["spikes.csv", "--group", "label", "--only", "god"], "did you mean 'good'"),
        (["spikes.csv", "--span", "5s"], "--span: given '5s'"),
        (["spikes.csv", "--span", "5s-1s"], "--span: given '5s-1s', expected a start before an end"),
        (["spikes.csv", "--span", "1 mV-2 mV"], "--span: given '1 mV' (voltage), expected a time"),
        (["spikes.csv", "--span", "0s-10s"], "outside the recorded span, 0 s to 10 s"),
        (["spikes.csv", "--segment", "1"], "segment cannot be chosen"),
        (["spikes.csv", "--out", "."], "is a folder; expected the name of a file"),
    ],
)
def test_bursts_refuses_in_one_line(planted: Path, words: list[str], told: str) -> None:
    assert told in complaint("bursts", *words)


def test_a_runs_own_recording_is_read_with_every_neuron(small_run: Run, here: Path) -> None:
    path = recording_path(small_run.folder, "depressed", 1)
    answer = json.loads(said("bursts", path, "--json", "--out", "b.csv").stdout)
    assert [unit["unit"] for unit in answer["units"][:2]] == ["lhb/0", "lhb/1"] and len(answer["units"]) == 60
    assert answer["record"] == [0.0, 2.4] and answer["record_stated"] is True
    expected = sum(find_bursts(train).size for train in small_run.trains("depressed", 1))
    assert sum(row["unit"].startswith("lhb/") for row in answer["bursts"]) == expected > 0
    assert "expected one of its recordings" in complaint("bursts", small_run.folder)


# export --------------------------------------------------------------------------------------------------------------


def test_export_writes_beside_the_run_and_names_the_files(small_run: Run, here: Path) -> None:
    before = contents(small_run.folder)
    result = said("export", small_run.folder, "--to", "csv")
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.splitlines()
    assert len(lines) == 8 and lines[0] == f"{small_run.name}-csv/control/seed-1.csv"
    back, trains = read_units(here / lines[0]), small_run.trains("control", 1)
    assert all(map(np.array_equal, back.trains, trains)) and contents(small_run.folder) == before
    assert said("export", small_run.folder, "--to", "nwb", "--out", "there").stdout.startswith(
        "there/control/seed-1.nwb"
    )


def test_export_names_the_simulations_that_failed(small_run: Run, here: Path) -> None:
    shutil.copytree(small_run.folder, here / "half")
    manifest = json.loads((here / "half" / "manifest.json").read_text())
    manifest["jobs"][1] |= {"state": "failed", "error": "diverged"}
    (here / "half" / "manifest.json").write_text(json.dumps(manifest | {"state": "failed"}))
    result = said("export", "half", "--to", "sonata")
    left_out = manifest["jobs"][1]
    assert result.exit_code == 0 and len(result.stdout.splitlines()) == 7
    assert result.stderr == f"left out: {left_out['condition']}, seed {left_out['seed']} (diverged)\n"


def test_export_refuses_in_one_line(small_run: Run, here: Path) -> None:
    run = small_run.folder
    assert "did you mean 'nwb'" in complaint("export", run, "--to", "nbw")
    assert "nowhere: no such run" in complaint("export", "nowhere", "--to", "csv")
    assert "finished runs are never altered" in complaint("export", run, "--to", "csv", "--out", run)
    assert list(here.iterdir()) == []
    assert set(FORMATS) == {"nwb", "sonata", "csv", "neo"}


# claims --------------------------------------------------------------------------------------------------------------


def test_claims_decide_the_exit_code(small_run: Run, here: Path) -> None:
    true, false = "rate(nothing) == rate(control)", "burst_rate(depressed) < 0.1 * burst_rate(depressed)"
    held = said("compare", small_run.folder, "--assert", true)
    assert held.exit_code == 0 and f"holds: {true}" in held.stdout
    assert held.stdout.splitlines()[-1] == str(small_run.folder / "comparison.csv")
    failed = said("compare", small_run.folder, "--assert", true, "--assert", false)
    assert failed.exit_code == 1 and f"fails: {false}" in failed.stdout and f"holds: {true}" in failed.stdout
    assert failed.stderr.splitlines()[-1] == "Error: 1 of 2 claims does not hold"


def test_claims_are_in_the_json(small_run: Run, here: Path) -> None:
    result = said("compare", small_run.folder, "--json", "--assert", "lhb.rate(control) > 1000 Hz")
    (claim,) = json.loads(result.stdout)["claims"]
    assert result.exit_code == 1 and claim["holds"] is False
    rates = small_run.table[(small_run.table["nucleus"] == "lhb") & (small_run.table["measure"] == "rate")]
    assert claim["left"] == pytest.approx(rates[rates["condition"] == "control"]["value"].mean())
    assert (claim["right"], claim["unit"], claim["n"]) == (1000.0, "Hz", 2)
    assert json.loads(said("compare", small_run.folder, "--json").stdout)["claims"] == []


@pytest.mark.parametrize(
    "claim, told",
    [
        ("rate(control)", "expected one of + - * / <"),
        ("__import__('os').system('touch x') == 1", "claim"),
        ("rate(contrl) > 0", "did you mean 'control'"),
        ("rat(control) > 0", "did you mean 'rate'"),
        ("rate(control) > 3", "give the number a unit"),
        ("", "the claim is empty"),
    ],
)
def test_a_claim_that_cannot_be_read_is_bad_input(small_run: Run, here: Path, claim: str, told: str) -> None:
    assert told in complaint("compare", small_run.folder, "--assert", claim)
    assert list(here.iterdir()) == []


def test_claims_are_read_before_anything_else(here: Path) -> None:
    assert "claim 'rate(a)'" in complaint("compare", "nowhere", "--assert", "rate(a)")


def test_claims_may_speak_of_several_runs(small_run: Run, here: Path) -> None:
    shutil.copytree(small_run.folder, here / "copy")
    claim = f"rate(copy:late) == rate({small_run.name}:late)"
    assert said("compare", small_run.folder, "copy", "--assert", claim).exit_code == 0
    assert "is in several runs" in complaint("compare", small_run.folder, "copy", "--assert", "rate(late) > 0")


# a comparison of runs says more ---------------------------------------------------------------------------------------


def test_too_few_seeds_are_told(small_run: Run, here: Path) -> None:
    result = said("compare", small_run.folder, "--measure", "rate")
    assert "2 pairs of seeds cannot reach p < 0.05" in result.stderr
    assert "p holm" in result.stdout and "p bh" in said("compare", small_run.folder).stdout
    row = json.loads(said("compare", small_run.folder, "--measure", "rate", "--json").stdout)["comparison"][0]
    assert {"hedges_g", "cliffs_delta", "p_holm", "note", "unit"} <= set(row)


# a run beside recordings ---------------------------------------------------------------------------------------------

FILES = {"comparison.csv", "recording-table.csv", "recording-neurons.csv",
         *(f"recording-{kind}.{suffix}" for kind in ("isi", "comparison", "classes") for suffix in ("png", "pdf"))}  # fmt: skip


def analysed(run: Run, condition: str, seed: int) -> dict[str, list[float]]:
    """Spike times of every neuron within the analysed epoch."""
    recording = run.recording(condition, seed)
    part = recording.cut(*recording.epochs["analysis"])
    return {f"{nucleus}/{i}": train.tolist() for nucleus in part.spikes for i, train in enumerate(part.trains(nucleus))}


def test_a_runs_own_recording_has_the_values_of_its_table(small_run: Run, here: Path) -> None:
    path, before = recording_path(small_run.folder, "depressed", 2), contents(small_run.folder)
    result = said("compare", small_run.folder, path, "--out", "beside")
    assert result.exit_code == 0 and "nearest to the data: depressed, " in result.stdout
    assert "the epoch 'analysis'" in result.stderr
    assert {file.name for file in (here / "beside").iterdir()} == FILES
    assert [Path(line).name for line in result.stdout.splitlines()[-len(FILES) :]][0] == "comparison.csv"
    table = small_run.table
    own = table[(table["condition"] == "depressed") & (table["seed"] == 2)].set_index(["nucleus", "measure"])["value"]
    found = pd.read_csv(here / "beside" / "recording-table.csv").set_index(["nucleus", "measure"])["value"]
    pd.testing.assert_series_equal(found, own.loc[found.index], check_exact=True)
    assert contents(small_run.folder) == before


def test_a_recording_made_elsewhere_is_measured_as_a_simulation_is(small_run: Run, here: Path) -> None:
    write_spikes(here / "mouse.csv", analysed(small_run, "depressed", 2))
    words = ["compare", small_run.folder, "mouse.csv", "--span", "0.3s-2.4s", "--out", "beside"]
    answer = json.loads(said(*words, "--json").stdout)
    assert answer["nearest"] == {"recording": "depressed"} and answer["recording"] == ["mouse.csv"]
    table = small_run.table
    own = table[(table["condition"] == "depressed") & (table["seed"] == 2)].set_index(["nucleus", "measure"])["value"]
    found = pd.read_csv(here / "beside" / "recording-table.csv").set_index(["nucleus", "measure"])["value"]
    # What needs the twin nuclei, or what came before the epoch, a recording cannot have.
    measured = [key for key in found.index if key[1] not in ("dopamine", "reward_inhibition")]
    assert len(measured) == 3 * 14
    # An interval may be one step off, and none is shorter than 1 ms.
    np.testing.assert_allclose(found[measured], own[measured], rtol=STEP / 1e-3)
    distances = {(row["nucleus"], row["measure"], row["condition"]): row for row in answer["comparison"]}
    rate = distances["lhb", "rate", "control"]
    rates = table[(table["nucleus"] == "lhb") & (table["measure"] == "rate")].groupby("condition")["value"]
    assert rate["simulated"] == pytest.approx(rates.mean()["control"])
    spread = np.sqrt(rates.var().mean())
    assert rate["distance"] == pytest.approx((own["lhb", "rate"] - rates.mean()["control"]) / spread)


def test_groups_are_conditions_and_animals_are_seeds(small_run: Run, here: Path) -> None:
    trains, treatment, mouse = {}, {}, {}
    for condition in ("control", "depressed"):
        for seed in (1, 2):
            for unit, times in analysed(small_run, condition, seed).items():
                if unit.startswith("lhb/"):
                    name = f"{condition[0]}{seed}-{unit.removeprefix('lhb/')}"
                    trains[name], treatment[name], mouse[name] = times, condition, f"{condition[0]}{seed}"
    write_spikes(here / "mice.csv", trains, treatment=treatment, mouse=mouse)
    words = ["compare", small_run.folder, "mice.csv", "--span", "0.3s-2.4s", "--out", "beside", "--groups", "treatment"]
    claims = ["--assert", "rate(recording:depressed) > rate(recording:control)"]
    answer = json.loads(said(*words, "--animals", "mouse", *claims, "--json").stdout)
    assert answer["nearest"]["depressed"] == "depressed" and answer["nearest"]["control"] in ("control", "nothing")
    assert {row["n_data"] for row in answer["comparison"] if row["measure"] == "rate"} == {2}
    table = pd.read_csv(here / "beside" / "recording-table.csv")
    assert set(zip(table["condition"], table["seed"], strict=True)) == {
        ("control", "c1"), ("control", "c2"), ("depressed", "d1"), ("depressed", "d2")
    }  # fmt: skip
    ranking = {row["condition"]: row["distance"] for row in answer["ranking"]["depressed"]}
    assert ranking["depressed"] == pytest.approx(0, abs=1e-6)
    one = json.loads(said(*words, "--only", "control", "--json").stdout)
    assert list(one["nearest"]) == ["control"] and one["comparison"][0]["n_data"] == 1
    text = said(*words, "--measure", "burst_rate", "--measure", "rate").stdout.splitlines()
    assert text[0] == "control:" and "depressed:" in text
    assert [line.split()[1] for line in text[2:4]] == ["rate", "burst_rate"]


def test_where_every_unit_fired_silent_neurons_of_the_model_are_left_out(small_run: Run, here: Path) -> None:
    heard = {unit: times for unit, times in analysed(small_run, "control", 1).items() if times and unit[0] == "l"}
    assert 0 < len(heard) < 40
    write_spikes(here / "heard.csv", heard)
    result = said("compare", small_run.folder, "heard.csv", "--span", "0.3s-2.4s", "--json")
    answer = json.loads(result.stdout)
    assert any("every recorded unit fired" in note for note in answer["notes"])
    row = next(r for r in answer["comparison"] if r["measure"] == "rate" and r["condition"] == "control")
    firing = small_run.neurons[(small_run.neurons["spikes"] > 0) & (small_run.neurons["nucleus"] == "lhb")]
    rates = firing[firing["condition"] == "control"].groupby("seed")["rate"].mean()
    assert row["simulated"] == pytest.approx(rates.mean()) and row["data"] == pytest.approx(rates[1])
    assert any(r["measure"] == "silent_share" and "no scatter" in r["note"] for r in answer["comparison"])


def test_several_files_are_several_animals(small_run: Run, here: Path) -> None:
    files = [recording_path(small_run.folder, "control", seed) for seed in (1, 2)]
    answer = json.loads(said("compare", small_run.folder, *files, "--json").stdout)
    assert {row["n_data"] for row in answer["comparison"] if row["measure"] == "rate"} == {2}
    assert [row["distance"] for row in answer["ranking"]["recording"]][:2] == [0, 0]


def test_recordings_are_refused_in_one_line(small_run: Run, here: Path) -> None:
    run = small_run.folder
    write_spikes(here / "a.csv", {"x": [0.1, 0.2, 1.0]}, day={"x": "1"})
    write_spikes(here / "empty.csv", {"x": []})
    shutil.copytree(run, here / "copy")
    for words, told in (
        (["a.csv"], "compared with one run, 0 given"),
        ([run, "copy", "a.csv"], "compared with one run, 2 given"),
        ([run, "nowhere.csv"], "nowhere.csv: no such file"),
        ([run, "a.csv", "./a.csv"], "named twice"),
        ([run, "a.csv", "--groups", "dya"], "did you mean 'day'"),
        ([run, "a.csv", "--animals", "dya"], "did you mean 'day'"),
        ([run, "a.csv", "--nucleus", "lbh"], "--nucleus: unknown nucleus of the run 'lbh'; did you mean 'lhb'"),
        ([run, "a.csv", "--span", "0s"], "--span: given '0s'"),
        ([run, "a.csv", "--measure", "rat"], "did you mean 'rate'"),
        ([run, "empty.csv"], "state the recorded span"),
        ([run, "--groups", "day"], "but no recording"),
        ([run, "a.csv", "--out", run], "never altered"),
    ):
        assert told in complaint("compare", *words), words
    (here / "comparison.csv").write_text((here / "a.csv").read_text())
    before = (here / "comparison.csv").read_bytes()
    assert "would replace the recording" in complaint("compare", run, "comparison.csv")
    assert (here / "comparison.csv").read_bytes() == before


# designs of one run beyond pairs ---------------------------------------------------------------------------------------


TWO_BY_TWO = ("control=vehicle,healthy", "nothing=drug,healthy", "depressed=vehicle,ill", "late=drug,ill")


def test_designs_of_one_run_are_printed_and_written(small_run: Run, here: Path) -> None:
    levels = [word for text in TWO_BY_TWO for word in ("--levels", text)]
    result = said("compare", small_run.folder, "--overall", *levels, "--measure", "rate", "--out", "told")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == ["told/overall.csv", "told/factors.csv"]
    overall, factors = pd.read_csv(here / "told" / "overall.csv"), pd.read_csv(here / "told" / "factors.csv")
    of_lhb = factors[factors["nucleus"] == "lhb"].set_index("effect")["difference"]
    means = (
        small_run.table[small_run.table["measure"] == "rate"].groupby(["nucleus", "condition"])["value"].mean()["lhb"]
    )
    without, with_drug = means["depressed"] - means["control"], means["late"] - means["nothing"]
    assert of_lhb["drug x state"] == pytest.approx(with_drug - without)
    assert overall.set_index("nucleus").loc["lhb", "mean_highest"] == pytest.approx(means.max())
    told = json.loads(said("compare", small_run.folder, "--overall", "--json", "--out", "told").stdout)
    assert {row["nucleus"] for row in told["overall"]} == {"lhb", "rmtg", "vta_da"}


def test_a_series_of_doses_is_fitted(tmp_path: Path, here: Path) -> None:
    doses = "conditions={ketamine: {depressed_state: {}, ketamine: {dose: [0 uM, 1 uM, 3 uM, 10 uM, 30 uM]}}}"
    run = run_small(tmp_path, "figures=[]", doses, seeds=3)
    result = said("compare", run.folder, "--doses", "--measure", "rate", "--out", "told")
    assert result.exit_code == 0, result.stderr
    fits = pd.read_csv(here / "told" / "doses.csv").set_index("nucleus")
    assert fits["series"].eq("ketamine").all() and set(fits["measure"]) == {"rate"}
    lhb = fits.loc["lhb"]
    assert pd.notna(lhb["refusal"]) or 0 < lhb["ic50_low"] <= lhb["ic50"] <= lhb["ic50_high"]
    assert "ketamine: lhb.rate: " in result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--levels", "control=one"], "expected a condition and two levels"),
        (["--levels", "control=a,b", "--levels", "control=a,c"], "given twice"),
        (["--levels", "contrl=a,b"], "did you mean 'control'"),
        (["--levels", "control=a,b"], "two factors take four conditions"),
        (["--doses"], "no condition is a series of doses"),
    ],
)
def test_designs_that_the_run_does_not_have_are_refused(small_run: Run, words: list[str], told: str) -> None:
    assert told in complaint("compare", small_run.folder, *words)


def test_designs_are_about_one_run(small_run: Run) -> None:
    assert "about one run" in complaint("compare", small_run.folder, "spikes.csv", "--overall")
