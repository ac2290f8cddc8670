"""Random mistakes in experiments and sheets, and code in place of their texts: one InputError, or no harm."""

import copy
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lhb_model import catalogue
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.yaml_file import parse_yaml
from test_config import JARGON, Write, both_sheets, prepared, refused
from wrong_inputs import DRUG, EXPERIMENT, NUCLEUS, USES_BOTH

SHIPPED = catalogue.sheet_path("experiment", "ketamine").read_text()
UNITS = st.sampled_from(["s", "ms", "us", "mV", "nS", "pA", "uM", "M", "Hz", "%", "mV/nS", "", "parsec"])
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 1, 10**30, 10**400, 1e-300, 1e300])
QUANTITIES = st.builds(lambda number, unit: f"{number} {unit}", NUMBERS, UNITS)
WORDS = st.sampled_from(
    ["lhb", "rmtg", "ampa", "nmda", "ketamine", "t_block", "replay", "tonic", "g_T", "I_hold", "..", "a/b"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | QUANTITIES | WORDS | st.text(max_size=20)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), SCALARS, max_size=3)


def fuzzing(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and position in nested data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*at, key)
        yield from places(value, (*at, key))


def inner(data: Any, at: tuple[Any, ...]) -> Any:
    """What stands at a place."""
    for key in at:
        data = data[key]
    return data


def mutated(data: Any, at: tuple[Any, ...], how: str, value: Any) -> Any:
    """The data with one thing in them replaced, left out, renamed, wrapped or doubled."""
    data = copy.deepcopy(data)
    around, key = inner(data, at[:-1]), at[-1]
    if how == "replace":
        around[key] = value
    elif how == "remove":
        del around[key]
    elif how == "wrap":
        around[key] = [around[key]]
    elif isinstance(around, dict):
        around[str(value)] = around.pop(key) if how == "rename" else copy.deepcopy(around[key])
    else:
        around.append(copy.deepcopy(around[key]))
    return data


def dumped(data: Any) -> str:
    text = StringIO()
    YAML(typ="safe", pure=True).dump(data, text)
    return text.getvalue()


def survives(path: Path) -> None:
    """A file is refused with one InputError, or good enough for all that comes before the simulation."""
    try:
        experiment = load(path)
    except InputError as error:
        assert not JARGON.search(error.message) and "\n" not in str(error), str(error)
        return
    prepared(experiment)


DATA = parse_yaml(SHIPPED, "ketamine.yaml").data
HOW = st.sampled_from(["replace", "replace", "replace", "remove", "rename", "wrap", "double"])


@fuzzing(150)
@given(st.lists(st.tuples(st.sampled_from(sorted(places(DATA), key=str)), HOW, VALUES), min_size=1, max_size=2))
def test_no_change_of_a_value_or_key_ends_in_another_error(write: Write, changes: list[tuple[Any, str, Any]]) -> None:
    data = DATA
    for at, how, value in changes:
        try:
            data = mutated(data, at, how, value)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    survives(write(dumped(data)))


@fuzzing(80)
@given(
    st.integers(0, len(SHIPPED)),
    st.integers(0, 30),
    st.text(max_size=8) | st.sampled_from(list("{}[]:,#&*!|>'\"%\t\n- ")),
)
def test_no_change_of_the_text_ends_in_another_error(write: Write, start: int, length: int, put: str) -> None:
    path = write("")
    path.write_bytes((SHIPPED[:start] + put + SHIPPED[start + length :]).encode("utf-8", "surrogatepass"))
    survives(path)


@fuzzing(80)
@given(st.sampled_from(["nuclei/cell.yaml", "interventions/drug.yaml"]), st.data())
def test_no_change_of_a_sheet_ends_in_another_error(write: Write, sheet: str, data: st.DataObject) -> None:
    experiment, *_ = both_sheets(write)
    content = parse_yaml((experiment.parent / sheet).read_text(), sheet).data
    at = data.draw(st.sampled_from(sorted(places(content), key=str)))
    write(dumped(mutated(content, at, data.draw(HOW), data.draw(VALUES))), sheet)
    survives(experiment)


# security ------------------------------------------------------------------------------------------------------------

EVIL = [
    "__import__('os').system('touch x')",
    "x\n__import__('os').system('touch x')",
    "lhb; system(touch x)",
    "$(touch x)",
]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_evaluated_or_reaches_generated_code(
    write: Write, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    experiment, *_ = both_sheets(write)
    monkeypatch.chdir(experiment.parent)
    before = sorted(experiment.parent.rglob("*"))
    texts = {"experiment.yaml": EXPERIMENT if text == EVIL[0] else USES_BOTH, "nuclei/cell.yaml": NUCLEUS,
             "interventions/drug.yaml": DRUG}  # fmt: skip
    for name, content in texts.items():
        data = parse_yaml(content, name).data
        for at in places(data):
            for how in ("replace", "rename") if isinstance(inner(data, at[:-1]), dict) else ("replace",):
                write(dumped(mutated(data, at, how, text)), name)
                _inert(experiment, text)
        write(USES_BOTH if name == "experiment.yaml" else content, name)
    assert sorted(experiment.parent.rglob("*")) == before


def _inert(path: Path, text: str) -> None:
    try:
        structures = prepared(load(path))
    except InputError:
        return
    assert "import" not in structures and "touch" not in structures


def test_code_in_settings_is_not_evaluated(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(EXPERIMENT)
    monkeypatch.chdir(path.parent)
    for key in (
        "seeds",
        "nuclei.lhb.size",
        "protocol.duration",
        "conditions.treated.ketamine.block",
        "wiring.0.weights.ampa",
    ):
        refused(path, f"{key}=__import__('os').system('touch x')")
    assert os.listdir(path.parent) == [path.name]
