"""What several test files use: experiments written on the spot, run by the real simulator."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lhb_model import config
from lhb_model.experiment import Experiment
from lhb_model.run_folder import Run
from small_runs import ONE_CELL, run_small

# It holds no examples, and pytest cannot search two modules of one name for some.
collect_ignore = ["conftest.py"]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a config file and give its path."""

    def writing(text: str, name: str = "experiment.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return writing


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def one_cell(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """One LHb neuron that a current step takes from rest at -72 mV into its burst window."""
    path = tmp_path_factory.mktemp("one_cell") / "one_cell.yaml"
    path.write_text(ONE_CELL)
    return config.load(path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long science checks run only when they are asked for."""
    if os.environ.get("LHB_LONG"):
        return
    skip = pytest.mark.skip(reason="long science check: set LHB_LONG=1 (or LHB_LONG=reduced)")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small experiment, run once by two workers."""
    return run_small(tmp_path_factory.mktemp("small"), workers=2)


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory, small_run: Run) -> Callable[[str], Run]:
    """A run of a kind: small, silent, doses, one_cell, broken or all_broken."""
    import report_runs

    made = {"small": small_run}

    def of(kind: str) -> Run:
        if kind not in made:
            made[kind] = report_runs.MAKERS[kind](tmp_path_factory.mktemp(kind))
        return made[kind]

    return of
