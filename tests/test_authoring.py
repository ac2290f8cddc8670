"""Schemas that editors read, and commented experiments to begin with."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from editor import ROOT, Editor, server
from lhb_model import catalogue
from lhb_model.authoring.json_schema import KINDS, json_schema, schema_text
from lhb_model.authoring.patterns import quantity
from lhb_model.cli import main
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.fields import Reads
from lhb_model.quantities import KINDS as QUANTITIES
from lhb_model.quantities import PLAIN_LETTERS, format_quantity, parse_quantity
from lhb_model.run_folder import open_run
from lhb_model.sheets import read_intervention
from lhb_model.targets import read_target
from lhb_model.yaml_file import parse_yaml, read_yaml
from wrong_inputs import DRUG, EXPERIMENT, NUCLEUS, REPLAY, WRONG, WRONG_DRUGS, WRONG_NUCLEI, WRONG_REPLAYS

Write = Callable[..., Path]
SHIPPED = [(kind, name) for kind in KINDS for name in catalogue.sheet_paths(kind)]


@cache
def validator(kind: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json_schema(kind))


def said(*words: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False, prog_name="lhb")


# schemas -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_and_explains_every_key(kind: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    bare = [place for place, entry in keys(schema) if not entry.get("description", "").strip()]
    assert bare == []


def keys(schema: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema explains, with its place; what only narrows a key that is explained elsewhere is none."""
    narrows = isinstance(schema, dict) and any("$ref" in part for part in schema.get("allOf", []))
    for word, within in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if word == "properties" and not narrows and not re.search("/(if|then|else|allOf)(/|$)", at):
            yield from ((f"{at}/{key}", entry) for key, entry in within.items())
        if isinstance(within, dict | list):
            yield from keys(within, f"{at}/{word}")


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_every_shipped_file_is_right_by_its_schema_and_names_it(kind: str, name: str) -> None:
    path = catalogue.sheet_path(kind, name)
    assert [error.message for error in validator(kind).iter_errors(read_yaml(path).data)] == []
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == f"# yaml-language-server: $schema=../schema/{kind}.json", (
        "make the first two lines as in other files"
    )
    assert second == f"# $schema: ../schema/{kind}.json"
    assert (path.parent / first.partition("=")[2]).resolve() == (
        catalogue.shipped() / "schema" / f"{kind}.json"
    ).resolve()


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_in_the_repository_are_those_that_the_program_makes(kind: str) -> None:
    kept = json.loads((catalogue.shipped() / "schema" / f"{kind}.json").read_text(encoding="utf-8"))
    assert kept == json_schema(kind), "run: lhb schema --out configs/schema"


BEYOND = {
    # What YAML can say and JSON cannot.
    "not a number", "share that is no number", "infinite factor", "broken YAML",
    # Names that the file, or files beside it, define themselves.
    "unknown source of a wire", "unknown stimulated nucleus", "unknown condition of a stimulus", "unknown traced nucleus",
    "unknown nucleus of a local use", "conditions that differ in case", "wired twice", "other name than the file's",
    "based on itself", "based on a missing experiment", "left out where the base has none", "left out and given",
    "wires to replayed trains",
    "no pattern", "pattern without trains", "unknown mechanism to leave out", "readout of a nucleus that is not there",
    "dose-response without doses",
    "hours without moments", "figure of traces without traces", "mechanism that lacks another", "no threshold",
    "rest that nothing holds", "use where it changes nothing", "use nowhere", "drug that meets no cell",
    # Sizes and times beside others, and texts as numbers.
    "in-degree larger than the source", "in-degree of a recurrence", "delay below a step", "delay above the duration",
    "step too long", "more steps than can be counted", "warm-up of the whole record", "huge dose",
    "one dose twice in a series", "series without end", "end before onset", "onset after the record",
    "end after the record", "pulses that overlap", "pulses that overlap with their fall", "stimulus out of the record",
    "stimulus shorter than a step",
    "ramps that overlap", "trace after the record", "trace that ends before it starts", "trace between steps", "shares",
    "start upside down", "a ladder whose ends are turned round", "a ladder of neurons that nothing balances",
    "a map of modes without a ladder", "mechanism added that is there", "pattern faster than its nucleus", "mapping as a pattern",
}  # fmt: skip
"""Mistakes that no JSON Schema can see; the program refuses them."""

TABLES = [("experiment", EXPERIMENT, WRONG), ("experiment", REPLAY, WRONG_REPLAYS), ("nucleus", NUCLEUS, WRONG_NUCLEI),
          ("intervention", DRUG, WRONG_DRUGS)]  # fmt: skip
CASES = [(kind, text, *table[case][:2], case) for kind, text, table in TABLES for case in table]


@pytest.mark.parametrize(
    ("kind", "text", "old", "new", "case"), CASES, ids=[f"{case[0]}: {case[-1]}" for case in CASES]
)
def test_a_mistake_is_marked_by_the_schema_wherever_a_schema_can(
    kind: str, text: str, old: str, new: str, case: str
) -> None:
    assert validator(kind).is_valid(parse_yaml(text, "right.yaml").data)
    if case != "broken YAML":
        wrong = parse_yaml(text.replace(old, new.replace("§", "")), "wrong.yaml").data
        assert validator(kind).is_valid(wrong) == (case in BEYOND)


def test_most_mistakes_are_marked() -> None:
    assert {case for *_, case in CASES} >= BEYOND and len(BEYOND) < len(CASES) / 3


NUMBER = {"quantity": "rate", "measure": "rate(control)", "low": "1 Hz", "tolerance": "by eye"}
TARGET = {
    "target": "X1", "title": "A target", "condition": "any", "source": "Somebody 2020", "tag": "S", "read": "made up",
    "measured_in": "smoke", "expect": [NUMBER],
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "number"),
    [
        ({}, {"direction": "> 0 Hz"}),
        ({}, {"tolerance": None}),
        ({}, {"low": None, "tolerance": None}),
        ({}, {"n": 0}),
        ({}, {"tag": "A"}),
        ({}, {"mesure": "rate(control)"}),
        ({"tag": "A"}, {}),
        ({"not_measured": "no such thing"}, {}),
        ({"measured_in": None}, {}),
        ({"expect": []}, {}),
    ],
)
def test_mistakes_in_a_target_are_marked_and_refused(
    wrong: dict[str, Any], number: dict[str, Any], write: Write
) -> None:
    def kept(part: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in part.items() if value is not None}

    assert validator("target").is_valid(TARGET)
    target = kept({**TARGET, "expect": [kept({**NUMBER, **number})], **wrong})
    assert not validator("target").is_valid(target)
    with pytest.raises(InputError):
        read_target(write(json.dumps(target), "X1.yaml"))


def test_a_base_may_hold_what_a_file_lacks() -> None:
    assert validator("experiment").is_valid({"experiment": "a", "title": "A", "based_on": "ketamine"})
    assert not validator("experiment").is_valid({"experiment": "a", "title": "A"})


USES = {
    "ketamine: {dose: 1 uM, law: trapping}": True,
    "ketamine: {dose: [1 uM, 2 uM], at: -60 mV, wash: 1 s}": True,
    "ketamine: {course: COURSE, onset: 2 s}": True,
    "ketamine: {course: {name: COURSE, dose: 5 mg/kg}, law: trapping}": True,
    "depressed_state:": True,
    "depressed_state: {strength: [0, 0.5]}": True,
    "ketamine:": False,
    "ketamine: {course: nasal}": False,
    "ketamine: {course: {name: nasal}}": False,
    "ketamine: {course: COURSE, end: 3 s}": False,
    "ketamine: {course: COURSE, dose: 1 uM}": False,
    "ketamine: {block: 0.5, law: trapping}": False,
    "ketamine: {block: 0.5, wash: 1 s}": True,
    "depressed_state: {wash: 1 s}": True,
    "ketamine: {course: COURSE, wash: 1 s}": False,
    "ketamine: {dose: 1 uM, law: traping}": False,
    "tta_p2: {dose: 1 uM, law: trapping}": False,
    "tta_p2: {dose: 1 uM, at: -60 mV}": False,
    "t_block: {block: 1, law: hill}": False,
    "t_block: {course: COURSE}": False,
    "depressed_state: {block: 1}": False,
}
"""How an intervention may be given, and how not."""


@pytest.mark.parametrize("use", USES)
def test_program_and_schema_agree_on_how_an_intervention_may_be_given(write: Write, use: str) -> None:
    given = use.replace(
        "COURSE", next(iter(read_intervention(catalogue.sheet_path("intervention", "ketamine")).courses))
    )
    others = "    depressed_state: {}\n    ketamine: {block: 0.5, onset: 2 s}"
    path = write(EXPERIMENT.replace(others, f"    {given}"))
    assert validator("experiment").is_valid(read_yaml(path).data) is USES[use]
    if USES[use]:
        load(path)
    else:
        with pytest.raises(InputError, match="conditions.treated"):
            load(path)


UNITS = [kind.unit for kind in QUANTITIES]


@given(st.floats(-1e6, 1e6), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_quantity_fits_the_pattern_of_its_unit_alone(value: float, unit: str, other: str) -> None:
    text = format_quantity(value, unit)
    assert bool(re.search(quantity(Reads(unit))["pattern"], text))
    if unit != other:
        # Which quantity a compound is, as "mg/kg", is left to the program.
        assert "/" in text or not re.search(quantity(Reads(other))["pattern"], text)


@pytest.mark.parametrize("text", ["5 \N{MICRO SIGN}M", "5\N{NO-BREAK SPACE}\N{GREEK SMALL LETTER MU}M", "5uM", "1e-3 mM",
                                  "+.5 nM", "5. M", "3 mmol"])  # fmt: skip
def test_the_pattern_takes_the_spellings_that_the_program_takes(text: str) -> None:
    try:
        known = parse_quantity(text, "M").value > 0
    except Exception:
        known = False
    assert bool(re.search(quantity(Reads("M", least=0))["pattern"], text)) is known


def test_every_letter_that_the_program_makes_plain_is_in_the_patterns() -> None:
    patterns = "".join(quantity(Reads(unit))["pattern"] for unit in ("V", "ohm", "degC"))
    assert all(chr(code) in patterns for code in PLAIN_LETTERS if chr(code).strip())


def test_own_sheets_beside_the_folder_are_known(tmp_path: Path, write: Write) -> None:
    (tmp_path / "interventions").mkdir()
    write(DRUG, "interventions/drug.yaml")
    result = said("schema", "--out", tmp_path / "schema")
    assert result.exit_code == 0 and [Path(line).name for line in result.stdout.splitlines()] == [
        f"{k}.json" for k in KINDS
    ]
    made = jsonschema.Draft7Validator(json.loads((tmp_path / "schema" / "experiment.json").read_text()))
    use = parse_yaml(EXPERIMENT.replace("ketamine: {block", "drug: {block"), "my.yaml").data
    assert made.is_valid(use) and not validator("experiment").is_valid(use)


def test_one_schema_is_printed_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said("schema", "nucleus").stdout == schema_text("nucleus")
    assert said("schema").stdout == schema_text("experiment")
    assert said("schema", "nucleus", "--out", "here").stdout == "here/nucleus.json\n"
    wrong = said("schema", "nuclei")
    assert wrong.exit_code == 2 and "unknown kind of file 'nuclei'; did you mean 'nucleus'?" in wrong.stderr


def test_a_file_that_is_no_schema_of_ours_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "nucleus.json"
    other.write_text("[1]")
    result = said("schema", "--out", tmp_path)
    assert result.exit_code == 2 and f"{other}: is there already and is no schema of lhb_model" in result.stderr
    assert list(tmp_path.iterdir()) == [other] and other.read_text() == "[1]"


# lhb init ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", catalogue.sheet_paths("experiment"))
def test_a_begun_experiment_does_what_its_model_does_and_explains_every_key(tmp_path: Path, base: str) -> None:
    result = said("init", tmp_path / "mine", "--from", base)
    path = tmp_path / "mine.yaml"
    assert result.exit_code == 0 and result.stdout.splitlines()[0] == str(path)
    assert f"lhb run {path}" in result.stdout and re.search(r"about \d+", result.stdout)
    mine, model = load(path), load(base)
    changed = {"experiment": "mine", "based_on": None, "without": []}
    assert mine.sheet.model_copy(update=changed) == model.sheet.model_copy(update=changed)
    text = path.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines() if line.startswith("#")) <= 120
    assert [key for key in json_schema("experiment")["properties"] if not re.search(rf"^(# )?{key}:", text, re.M)] == [
        "based_on"
    ]
    for key in ("in_degree", "plasticity", "tau_facilitation", "onset", "dt", "every", "interval"):
        assert re.search(rf"^# +{key} ", text, re.M), key
    assert text.startswith("# yaml-language-server: $schema=schema/experiment.json\n")
    schema = json.loads((tmp_path / "schema" / "experiment.json").read_text(encoding="utf-8"))
    assert jsonschema.Draft7Validator(schema).is_valid(read_yaml(path).data)


def test_a_begun_experiment_runs_unchanged(tmp_path: Path) -> None:
    said("init", tmp_path / "mine", "--from", "smoke")
    result = said("run", tmp_path / "mine.yaml", "--out", tmp_path / "runs")
    assert result.exit_code == 0
    run = open_run(result.stdout.splitlines()[-1])
    assert run.manifest["state"] == "done" and run.name.startswith("mine-") and len(run.table) > 20


def test_keys_that_are_left_out_hold_as_the_comment_says(tmp_path: Path) -> None:
    """Taking the mark off every '# key:' line changes nothing."""
    said("init", tmp_path / "mine")
    path = tmp_path / "mine.yaml"
    before, text = load(path).sheet, path.read_text(encoding="utf-8")
    uncommented, count = re.subn(r"^# (stimuli|precision):", r"\1:", text, flags=re.M)
    path.write_text(uncommented, encoding="utf-8")
    assert count == 2 and load(path).sheet == before


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("my work")
    for name in ("mine", "mine.yaml"):
        result = said("init", name)
        assert result.exit_code == 2 and result.stdout == ""
        assert result.stderr == "Error: mine.yaml: is there already, and nothing is overwritten; choose another name\n"
    assert Path("mine.yaml").read_text() == "my work" and [p.name for p in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    ("words", "message"),
    [(["a b"], "given 'a b', expected a name"), (["x", "--from", "ketmine"], "--from: unknown experiment 'ketmine'; did "
     "you mean 'ketamine'?"), (["2nd"], "given '2nd', expected a name")],
)  # fmt: skip
def test_wrong_words_to_begin_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = said("init", *words)
    assert result.exit_code == 2 and message in result.stderr and len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


# in a real editor's server -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    command = server()
    if command is None:
        pytest.skip("yaml-language-server is not installed: npm install yaml-language-server, here or globally")
    with Editor(command) as running:
        yield running


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """An experiment as `lhb init` leaves it, with its schemas beside it."""
    said("init", tmp_path / "mine")
    return tmp_path / "mine.yaml"


def marked(path: Path, old: str, new: str) -> str:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_an_editor_finds_nothing_wrong_in_a_begun_experiment(editor: Editor, mine: Path) -> None:
    assert editor.problems(mine, mine.read_text()) == []


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_an_editor_finds_nothing_wrong_in_a_shipped_file(editor: Editor, kind: str, name: str) -> None:
    path = ROOT / "configs" / {"nucleus": "nuclei"}.get(kind, f"{kind}s") / f"{name}.yaml"
    assert editor.problems(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("seeds: 6", "sedes: 6", "Property sedes is not allowed."),
        ("duration: 11 s", "duration: 11 mV", "Expected: a time such as '5 ms', more than 0 s"),
        ("duration: 11 s", "duration: 11", "Expected: a time such as '5 ms', more than 0 s"),
        ("ketamine: {block", "ketmine: {block", "Property ketmine is not allowed."),
        ("{block: 0.63}", "{block: 1.5}", "Value is above the maximum of 1."),
        ("ketamine: {block: 0.63}", "ketamine: {}", 'Missing property "block".'),
        ("  lhb: {size: 200}", "  lbh: {size: 200}", "No sheet has the name of this nucleus; name one by 'sheet'"),
        ("figures: [raster", "figures: [rastre", "Value is not accepted. Valid values:"),
        ("  lhb: {size: 200}", "  lhb: {parameters: {g_T: 3 mV}}", "Expected: a conductance such as '5 nS', at least 0 S"),
    ],
)  # fmt: skip
def test_an_editor_marks_a_mistake_on_its_line(editor: Editor, mine: Path, old: str, new: str, problem: str) -> None:
    text = marked(mine, old, new)
    line = text[: text.index(new)].count("\n") + 1
    assert any(found.startswith(f"{line}: {problem}") for found in editor.problems(mine, text))


@pytest.mark.parametrize(
    ("old", "new", "offered", "explained"),
    [
        ("seeds: 6", "§", {"seeds", "stimuli", "precision"}, "Number of seeds, or the seeds themselves"),
        ("  control: {}", "  control:\n    §", {"ketamine", "t_block", "depressed_state"}, "Ketamine"),
        ("    ketamine: {block: 0.63}", "    ketamine:\n      §", {"block", "dose", "onset"}, "Blocked share."),
        ("  lhb: {size: 200}", "  §", {"lhb", "lhb_cell"}, "Lateral habenula, projection neurons"),
        ("  lhb: {size: 200}", "  lhb:\n    parameters:\n      §", {"g_T", "E_Na"}, "T-type calcium current: a conductance"),
        ("readouts: [dopamine,", "readouts: [§,", {"dopamine", "serotonin"}, "Dopamine concentration"),
        ("figures: [raster,", "figures: [§,", {"raster", "isi"}, ""),
    ],
)  # fmt: skip
def test_an_editor_completes_keys_and_names(
    editor: Editor, mine: Path, old: str, new: str, offered: set[str], explained: str
) -> None:
    answer = editor.complete(mine, marked(mine, old, new))
    assert set(answer) >= offered and any(about.startswith(explained) for about in answer.values())
    if "block" in offered:
        assert "strength" not in answer


G_T = catalogue.mechanism("t_type").parameters["g_T"].quantity.text


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("warm_up: 1 s", "war§m_up: 1 s", ["left out of the analysis", "A time such as '5 ms', at least 0 s."]),
        ("dt: 0.05 ms", "d§t: 0.05 ms", ["at most 100 us", "Default: 0.05 ms"]),
        ("    ketamine: {block: 0.63}", "    keta§mine: {block: 0.63}", ["Ketamine, racemic", "IC50", "Kotermanski"]),
        ("  lhb: {size: 200}", "  l§hb: {size: 200}", ["Lateral habenula, projection neurons", "glutamate"]),
        ("  lhb: {size: 200}", "  lhb: {parameters: {g§_T: 30 nS}}", ["T-type calcium current", "conductance", G_T,
                                                                    "fitted"]),
    ],
)  # fmt: skip
def test_an_editor_shows_meaning_unit_range_and_source(
    editor: Editor, mine: Path, old: str, new: str, shown: list[str]
) -> None:
    text = editor.hover(mine, marked(mine, old, new)).replace("\\", "")
    assert [words for words in shown if words not in text] == []
