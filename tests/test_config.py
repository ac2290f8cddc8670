"""Reading experiments: what is right is read as written, and what is wrong gets one clear line.

The experiment and the sheets of these tests, and every mistake with its message, are in `wrong_inputs`.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lhb_model import catalogue
from lhb_model.composition import compose_model
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment, Place
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.overrides import overridden
from lhb_model.resolve import experiment_hash, resolve
from lhb_model.sheets import read_intervention, read_nucleus
from lhb_model.simulate.realise import structure_of
from lhb_model.yaml_file import parse_yaml
from wrong_inputs import (
    DRUG,
    EXPERIMENT,
    NUCLEUS,
    REPLAY,
    USES_BOTH,
    WRONG,
    WRONG_DRUGS,
    WRONG_FILES,
    WRONG_NUCLEI,
    WRONG_REPLAYS,
    WRONG_SETTINGS,
)

JARGON = re.compile(
    r"Input should|Field required|extra_forbidden|valid (integer|number|string|list|dictionary)|pydantic|Sheet|Strict"
    r"|after validation|type=|NoneType|Traceback|[A-Z][a-z]+(Use|Error)\b|dict\[|tuple\["
)

Write = Callable[..., Path]


def changed(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with one thing in it replaced, and the line of the mark § in what replaces it (of its start without one)."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    made = text.replace(old, new)
    at = made.index("§") if "§" in made else made.index(new)
    return made.replace("§", ""), made.count("\n", 0, at) + 1


def refused(path: Path | str, *overrides: str, seeds: int | None = None) -> InputError:
    """The one error of loading a file, which comes soon and in plain words."""
    began = time.perf_counter()
    with pytest.raises(InputError) as caught:
        load(path, overrides, seeds)
    assert time.perf_counter() - began < 5
    error, text = caught.value, str(caught.value)
    assert type(error).exit_code == 2
    assert "\n" not in text and len(text) < 700
    assert not JARGON.search(text), text
    return error


def agrees(error: InputError, expected: str) -> None:
    """The message is the expected one, perhaps with the list of known names."""
    assert re.sub(r" \(known: [^)]*\)$", "", error.message) == expected


def prepared(experiment: Experiment) -> str:
    """All that a run needs before it simulates, as text: a door that lets in what fails here is not shut."""
    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    assert len(experiment_hash(resolve(experiment))) == 8
    return "\n".join(structure_of(model).to_json() for model in models)


# what is right -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(catalogue.sheet_paths("experiment")))
def test_every_shipped_experiment_loads(name: str) -> None:
    experiment = load(name)
    assert experiment.name == name and experiment.conditions
    assert load(catalogue.sheet_path("experiment", name)).sheet == experiment.sheet
    prepared(experiment)


def test_every_shipped_sheet_is_right() -> None:
    assert {read_nucleus(path).nucleus for path in catalogue.sheet_paths("nucleus").values()} >= {
        "lhb",
        "rmtg",
        "vta_da",
    }
    for name, path in catalogue.sheet_paths("intervention").items():
        assert read_intervention(path).intervention == name


def test_an_experiment_is_read_as_written(write: Write) -> None:
    path = write(EXPERIMENT)
    experiment = load(path)
    assert (experiment.path, experiment.text, experiment.overrides) == (path, EXPERIMENT, ())
    assert experiment.seeds == (3, 7) and [c.name for c in experiment.conditions] == ["control", "treated"]
    state, ketamine = experiment.condition("treated").uses
    assert (state.given_as, state.amount.value, state.onset, state.end) == ("strength", 1.0, 0.0, None)
    assert (ketamine.given_as, ketamine.amount.value, ketamine.onset, ketamine.end) == ("block", 0.5, 2.0, None)
    assert (experiment.size("lhb"), experiment.simulated) == (20, ("lhb", "rmtg", "vta_da"))
    assert experiment.sheet.protocol.dt.value == 0.05e-3
    assert [wire.plasticity is None for wire in experiment.sheet.wiring] == [True, False]


def test_plasticity_is_on_or_off_or_given(write: Write) -> None:
    written = {"true": {}, "false": None, "{}": {}}
    for text, meant in written.items():
        path = write(EXPERIMENT.replace("plasticity: {U: 0.1}", f"plasticity: {text}"))
        assert load(path).sheet.wiring[1].plasticity == meant


def test_a_list_of_amounts_becomes_a_series_of_conditions(write: Write) -> None:
    text, _ = changed(EXPERIMENT, "{block: 0.5, onset: 2 s}", "{dose: [0 uM, 0.3 uM, 1e1 \N{MICRO SIGN}M, 2 mM/1]}")
    conditions = load(write(text)).conditions
    assert [c.name for c in conditions] == ["control", "treated@0uM", "treated@0.3uM", "treated@10uM", "treated@2mM"]
    assert [c.uses[1].amount.value for c in conditions[1:]] == [0, 0.3e-6, 10e-6, 2e-3]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_+.@-]*", condition.name) for condition in conditions)


def test_two_series_give_every_pair(write: Write) -> None:
    text, _ = changed(EXPERIMENT, "{block: 0.5, onset: 2 s}", "{block: [0, 50 %, 1]}\n    t_block: {block: [0, 1]}")
    experiment = load(write(text))
    pairs = [(c.uses[1].amount.value, c.uses[2].amount.value) for c in experiment.conditions[1:]]
    assert pairs == [(0, 0), (0, 1), (0.5, 0), (0.5, 1), (1, 0), (1, 1)]
    assert [c.name for c in experiment.conditions[1:4]] == ["treated@0@0", "treated@0@1", "treated@0.5@0"]


def test_keys_of_a_file_stand_over_those_of_the_one_it_is_based_on(write: Write) -> None:
    write(EXPERIMENT, "base.yaml")
    experiment = load(write("experiment: own\nbased_on: base\ntitle: Own\nconditions: {only: {}}\nseeds: 1\n"))
    assert (experiment.name, experiment.seeds, [c.name for c in experiment.conditions]) == ("own", (1,), ["only"])
    assert experiment.size("lhb") == 20 and experiment.sheet.protocol.duration.value == 11.0


def test_an_error_in_the_base_is_told_of_the_base(write: Write) -> None:
    text, line = changed(EXPERIMENT, "in_degree: 3", "in_degree: -1")
    base = write(text, "base.yaml")
    error = refused(write("based_on: base\nseeds: 2\n"))
    assert (error.file, error.line) == (base, line)
    own = write(
        "based_on: base\nseeds: 2\nwithout: [lhb -> lhb]\nprotocol: {warm_up: 5 s, duration: 1 s}\nstimuli: []\n"
    )
    error = refused(own)
    assert (error.file, error.line) == (own, 4)


BASED = """\
experiment: own
title: Own
based_on: base
nuclei:
  rmtg: {size: 6}
  epn: {size: 8}
wiring:
  - {from: epn, to: lhb, in_degree: 2, delay: 4 ms, weights: {ampa: 0.1 nS}, why: chosen, tag: assumed}
  - {from: lhb, to: rmtg, in_degree: 7, delay: 5 ms, weights: {ampa: 9 nS}, why: chosen, tag: assumed}
"""


def test_nuclei_and_wires_of_a_file_take_the_places_of_those_of_its_base(write: Write) -> None:
    write(EXPERIMENT, "base.yaml")
    experiment = load(write(BASED))
    sizes = {name: experiment.size(name) for name in experiment.nuclei}
    assert sizes == {"lhb": 20, "rmtg": 6, "vta_da": 5, "epn": 8}
    wires = {(w.source, w.target): w.in_degree for w in experiment.sheet.wiring}
    assert wires == {("lhb", "lhb"): 3, ("lhb", "rmtg"): 7, ("epn", "lhb"): 2}
    assert experiment.projections["lhb -> rmtg"].plasticity is None


def test_what_is_left_out_of_a_base_goes_with_its_wires(write: Write) -> None:
    write(EXPERIMENT, "base.yaml")
    left = load(write("experiment: own\ntitle: Own\nbased_on: base\nwithout: [rmtg, lhb -> lhb]\n"))
    assert list(left.nuclei) == ["lhb", "vta_da"] and left.sheet.wiring == []


def test_a_base_may_have_a_base(write: Write) -> None:
    write(EXPERIMENT, "base.yaml")
    write(BASED, "middle.yaml")
    experiment = load(write("experiment: own\ntitle: Own\nbased_on: middle\nwithout: [rmtg]\nseeds: 1\n"))
    assert list(experiment.nuclei) == ["lhb", "vta_da", "epn"] and experiment.seeds == (1,)
    assert {w.source for w in experiment.sheet.wiring} == {"lhb", "epn"}


def test_bases_in_a_circle_are_refused(write: Write) -> None:
    write("experiment: one\nbased_on: two\n", "one.yaml")
    write("experiment: two\nbased_on: one\n", "two.yaml")
    error = refused(write("experiment: own\ntitle: Own\nbased_on: one\n"))
    assert (
        error.message == "based_on: given 'one', which is itself based on this file; expected an experiment that is not"
    )
    assert error.file is not None and Path(error.file).name == "two.yaml" and error.line == 2


@pytest.mark.parametrize(
    ("old", "new", "file", "line"),
    [
        ("in_degree: 2", "in_degree: -1", "own.yaml", 8),
        ("in_degree: 7", "in_degree: -1", "own.yaml", 9),
        ("{size: 8}", "{size: 0}", "own.yaml", 6),
        ("size: 6", "size: 2", "own.yaml", 9),
    ],
)
def test_an_error_in_a_line_is_told_of_the_file_that_gives_the_line(
    write: Write, old: str, new: str, file: str, line: int
) -> None:
    base = write(EXPERIMENT, "base.yaml")
    text, _ = changed(BASED, old, new)
    own = write(text.replace("in_degree: 7", "in_degree: 21") if old == "size: 6" else text, "own.yaml")
    assert (refused(own).file, refused(own).line) == (own, line)
    broken, at = changed(EXPERIMENT, "in_degree: 3", "in_degree: -1")
    write(broken, "base.yaml")
    error = refused(write(BASED, "own.yaml"))
    assert (error.file, error.line) == (base, at)


def test_shipped_experiments_are_found_by_name_even_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smoke").mkdir()
    assert load("smoke").name == "smoke"


def test_figure_kinds_are_those_that_can_be_drawn() -> None:
    from lhb_model.figures import KINDS

    assert set(FIGURE_KINDS) == set(KINDS)


# settings beside the file --------------------------------------------------------------------------------------------


def test_settings_are_typed_and_reach_lists_and_new_keys(write: Write) -> None:
    path = write(EXPERIMENT)
    settings = (
        "conditions.treated.ketamine.block=0.3", "protocol.duration=12 s", "wiring.1.in_degree=2", "seeds=[1, 5]",
        "nuclei.lhb.parameters.g_T=20 nS", "precision=single", "figures=[raster]", "title=a = b",
        "conditions.treated.t_block.block=100 %",
    )  # fmt: skip
    experiment = load(path, settings)
    sheet = experiment.sheet
    assert experiment.condition("treated").uses[1].amount.value == 0.3
    assert (sheet.protocol.duration.value, sheet.wiring[1].in_degree, experiment.seeds) == (12.0, 2, (1, 5))
    assert sheet.nuclei["lhb"].parameters["g_T"].value == 20e-9
    assert (sheet.precision, sheet.figures, sheet.title) == ("single", ["raster"], "a = b")
    assert experiment.condition("treated").uses[2].amount.value == 1.0
    assert (experiment.overrides, path.read_text()) == (settings, EXPERIMENT)
    assert load(path).seeds == (3, 7)


def test_settings_leave_the_data_of_the_file_as_they_are() -> None:
    document = parse_yaml(EXPERIMENT, "my.yaml")
    settings = ["nuclei.lhb.size=5", "wiring.0.delay=2 ms", "seeds.1=4", "nuclei.lhb.parameters.g_T=1 nS"]
    data, place = overridden(document.data, Place(document), settings)
    assert document.data == parse_yaml(EXPERIMENT, "my.yaml").data
    assert (data["nuclei"]["lhb"], data["seeds"]) == ({"size": 5, "parameters": {"g_T": "1 nS"}}, [3, 4])
    assert list(place.overrides) == [tuple(key) for key in (["nuclei", "lhb", "size"], ["wiring", 0, "delay"],
                                     ["seeds", 1], ["nuclei", "lhb", "parameters", "g_T"])]  # fmt: skip


def test_null_takes_a_key_back(write: Write) -> None:
    settings = ("conditions.treated.ketamine.block=null", "conditions.treated.ketamine.dose=1 uM")
    use = load(write(EXPERIMENT), settings).condition("treated").uses[1]
    assert (use.given_as, use.amount.value) == ("dose", 1e-6)


def test_the_last_setting_of_a_key_holds(write: Write) -> None:
    assert load(write(EXPERIMENT), ("seeds=2", "seeds=[9]")).seeds == (9,)


def test_number_of_seeds_beside_the_file(write: Write) -> None:
    experiment = load(write(EXPERIMENT), seeds=3)
    assert (experiment.seeds, experiment.overrides) == ((1, 2, 3), ("seeds=3",))
    error = refused(write(EXPERIMENT), seeds=0)
    assert str(error).startswith("--set seeds=0: seeds: given 0, expected a number of seeds such as 6")


@pytest.mark.parametrize("setting", WRONG_SETTINGS, ids=lambda setting: repr(setting)[:40])
def test_wrong_settings(write: Write, setting: str) -> None:
    error = refused(write(EXPERIMENT), setting)
    assert re.sub(r" \(known: [^)]*\)$", "", str(error)) == WRONG_SETTINGS[setting]


def test_an_error_in_the_file_is_not_blamed_on_a_setting(write: Write) -> None:
    text, line = changed(EXPERIMENT, "in_degree: 4", "in_degree: 400")
    path = write(text)
    error = refused(path, "seeds=1", "nuclei.rmtg.size=6", "wiring.0.in_degree=2")
    assert (error.file, error.line) == (path, line)
    error = refused(write("title: x\n"), "seeds=1")
    assert error.file == path and error.message.startswith("experiment: missing")


# what is wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", WRONG)
def test_wrong_experiments(write: Write, case: str) -> None:
    old, new, expected = WRONG[case]
    text, line = changed(EXPERIMENT, old, new)
    path = write(text)
    error = refused(path)
    agrees(error, expected)
    assert (error.file, error.line) == (path, line)


def test_more_simulations_than_anybody_runs(write: Write) -> None:
    many = f"{{block: {[n / 100 for n in range(20)]}}}"
    text, _ = changed(EXPERIMENT, "{block: 0.5, onset: 2 s}", many)
    error = refused(write(text), "seeds=100000")
    agrees(error, "seeds: given 100000 seeds for 21 conditions, expected at most 1000000 simulations")


def test_what_does_not_fit_into_memory(write: Write) -> None:
    error = refused(write(EXPERIMENT), "nuclei.lhb.size=10000000", "wiring.0.in_degree=5000")
    network = r"given 10000000 neurons, for which the network needs about 1e\+04 GB of memory"
    assert re.fullmatch(rf"nuclei\.lhb\.size: {network}, expected what fits into [0-9.]+ GB", error.message)
    assert str(error.file) == "--set nuclei.lhb.size=10000000"


def test_traces_that_do_not_fit_into_memory(write: Write) -> None:
    text = EXPERIMENT.replace("duration: 11 s", "duration: 100000 s").replace("size: 20", "size: 1000")
    error = refused(write(text), "traces.lhb.cells=1000", "traces.lhb.interval=0.05 ms")
    given = r"given traces of about 3\.2e\+04 GB"
    assert re.fullmatch(rf"traces\.lhb: {given}, expected what fits into [0-9.]+ GB of memory", error.message)


def test_replayed_trains_that_do_not_fit_into_memory(write: Write) -> None:
    error = refused(
        write(REPLAY), "nuclei.lhb.replay.rate=1000 Hz", "nuclei.lhb.size=1000000", "protocol.duration=10000 s"
    )
    assert error.message.startswith("nuclei.lhb.size: given 1000000 neurons, for which the network needs about")


@pytest.mark.parametrize("case", WRONG_REPLAYS)
def test_wrong_replays(write: Write, case: str) -> None:
    load(write(REPLAY))
    old, new, expected = WRONG_REPLAYS[case]
    text, line = changed(REPLAY, old, new)
    error = refused(write(text))
    agrees(error, expected)
    assert error.line == line


# sheets --------------------------------------------------------------------------------------------------------------


def both_sheets(write: Write, nucleus: str = NUCLEUS, drug: str = DRUG) -> tuple[Path, Path, Path]:
    """An experiment with a nucleus and an intervention sheet of its own beside it."""
    experiment = write(USES_BOTH)
    for folder in ("nuclei", "interventions"):
        (experiment.parent / folder).mkdir(exist_ok=True)
    return experiment, write(nucleus, "nuclei/cell.yaml"), write(drug, "interventions/drug.yaml")


def test_sheets_beside_the_experiment_are_read(write: Write) -> None:
    experiment = load(both_sheets(write)[0])
    assert experiment.nuclei["cell"].parameters["g_L"].value.value == 3e-9
    assert experiment.interventions["drug"].given_as() == ("block", "dose")
    prepared(experiment)


@pytest.mark.parametrize("case", WRONG_NUCLEI)
def test_wrong_nucleus_sheets(write: Write, case: str) -> None:
    old, new, expected = WRONG_NUCLEI[case]
    text, line = changed(NUCLEUS, old, new)
    experiment, nucleus, _ = both_sheets(write, nucleus=text)
    error = refused(experiment)
    agrees(error, expected)
    assert (error.file, error.line) == (nucleus, line)


@pytest.mark.parametrize("case", WRONG_DRUGS)
def test_wrong_intervention_sheets(write: Write, case: str) -> None:
    old, new, expected = WRONG_DRUGS[case]
    text, line = changed(DRUG, old, new)
    experiment, _, drug = both_sheets(write, drug=text)
    error = refused(experiment)
    agrees(error, expected)
    assert (error.file, error.line) == (drug, line)


# files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", WRONG_FILES)
@pytest.mark.parametrize("kind", ["experiment", "nucleus"])
def test_unreadable_files(tmp_path: Path, write: Write, kind: str, case: str) -> None:
    content, expected = WRONG_FILES[case]
    experiment, nucleus, _ = both_sheets(write)
    wrong = experiment if kind == "experiment" else nucleus
    wrong.write_bytes(content)
    error = refused(experiment)
    assert error.file == wrong and error.message.startswith(expected)


@pytest.mark.parametrize("name", ["no.yaml", "no/no.yaml", ".", "a\0b.yaml", "x" * 300 + ".yaml", ""])
def test_missing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search("no such file|this is a folder", refused(Path(name)).message)


def test_a_shipped_name_misspelt() -> None:
    assert refused("ketmine").message.startswith(
        "no such file, and unknown experiment 'ketmine'; did you mean 'ketamine'?"
    )


def test_large_files_are_refused_soon(write: Write) -> None:
    lines = "".join(f"  n{number}: {{sheet: lhb}}\n" for number in range(3000))
    refused(write(EXPERIMENT.replace("nuclei:\n", "nuclei:\n" + lines)))
    lines = "".join(f"  c{number}: {{ketamine: {{dose: 1 uM}}}}\n" for number in range(2500))
    refused(write(EXPERIMENT.replace("conditions:\n", "conditions:\n" + lines)))
