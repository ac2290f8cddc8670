"""What several test files use: experiments written on the spot, run by the real simulator."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.experiment import Experiment
from lhb_model.recording import Recording
from lhb_model.run_folder import Run
from lhb_model.simulate.simulate import simulate
from small_runs import run_small

ONE_CELL = """
experiment: one_cell
title: one cell under a current step
nuclei:
  lhb: {sheet: lhb_cell, size: 1}
conditions:
  control: {}
  t_block: {t_block: {block: 1}}
  nmda_block: {ap5: {block: 1}}
seeds: 1
protocol: {warm_up: 0 s, duration: 0.6 s}
stimuli:
  - {nucleus: lhb, kind: step, current: 20 pA, start: 0.1 s, width: 0.5 s}
traces:
  lhb: {cells: 1, start: 0 s, stop: 0.6 s, interval: 0.1 ms}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a config file and give its path."""

    def writing(text: str, name: str = "experiment.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return writing


def recorded(experiment: Experiment, condition: str, seed: int = 1) -> Recording:
    """One simulation of an experiment."""
    return simulate(compose_model(experiment, experiment.condition(condition)), seed)


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
