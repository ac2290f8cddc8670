"""The pages are run: `console` blocks in a shell, `python` blocks, and `yaml` blocks that name a file in their first line.

Each page has an empty folder of its own. Runs are shortened, unless LHB_LONG=1: what is tested is that a page still works.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sybil import Example, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

# Python files of the documentation hold no examples; two modules called conftest cannot both be searched for some.
collect_ignore_glob = ["*.py"]

FILE = re.compile(r"# (\S+\.yaml)\n")
FULL = ("smoke", "single_cell", "--dry-run")
"""Runs that are short as they are."""


def shell(example: Example) -> None:
    """Run the lines that begin with a prompt, which may hold patterns for the shell; each must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for line in example.parsed.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                shortened(line[2:]), shell=True, env={**os.environ, "PATH": path}, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def shortened(command: str) -> str:
    """The same run with two seeds and four seconds."""
    if not command.startswith("lhb run") or any(word in command for word in FULL) or os.environ.get("LHB_LONG") == "1":
        return command
    return f"{command} --seeds 2 --set protocol.duration=4s"


def write(example: Example) -> None:
    """Write the file that a block names."""
    named = FILE.match(example.parsed)
    if named:
        path = Path(named[1])
        path.parent.mkdir(exist_ok=True)
        path.write_text(example.parsed)


def enter(namespace: dict[str, Any]) -> None:
    """Begin a page in an empty folder."""
    namespace["_folder"], namespace["_before"] = tempfile.TemporaryDirectory(), Path.cwd()
    os.chdir(namespace["_folder"].name)


def leave(namespace: dict[str, Any]) -> None:
    """Go back, and remove the folder."""
    os.chdir(namespace["_before"])
    namespace["_folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("console", shell),
        CodeBlockParser("yaml", write),
        PythonCodeBlockParser(),
    ],
    patterns=["*.md"],
    excludes=["decisions/*", "reference/generated/*", "tables/*", "_build/*"],
    setup=enter,
    teardown=leave,
).pytest()


@pytest.fixture(autouse=True)
def _no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
