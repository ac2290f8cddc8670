"""The page of error messages is what the program says today."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that makes the page."""
    spec = importlib.util.spec_from_file_location("make_errors", DOCS / "make_errors.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def rows(text: str) -> list[list[str]]:
    """Mistake, what was given and the answer of every row."""
    lines = [
        line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| mistake", "| ---"))
    ]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="the page is made on Linux: /dev/full, ulimit")
def test_the_page_is_what_the_program_says(maker: ModuleType) -> None:
    assert maker.page().splitlines() == maker.PAGE.read_text(encoding="utf-8").splitlines(), (
        "run: python docs/make_errors.py"
    )


def test_the_page_has_many_mistakes_and_each_answer_teaches(maker: ModuleType) -> None:
    text = maker.PAGE.read_text(encoding="utf-8")
    found = rows(text)
    assert len(found) >= 100 and f"Here are {len(found)}" in text
    for name, given, answer in found:
        assert len(given) > 0 and "Traceback" not in answer, name
        assert re.match(r"Error: |failed: |Interrupted: |No C\+\+ compiler", answer), name
    in_files = [row for row in found if re.match(r"Error: (my|nuclei/cell|interventions/drug)\.yaml:", row[2])]
    assert len(in_files) >= 70
    assert [name for name, _, answer in in_files if not re.match(r"Error: \S+\.yaml:\d+: ", answer)] == [
        "empty", "binary", "large", "no such file", "nothing is overwritten"
    ]  # fmt: skip
