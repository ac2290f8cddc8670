"""Runs of every kind that a page must show, made when they are asked for and kept for the session."""

from collections.abc import Callable
from pathlib import Path

from lhb_model import config
from lhb_model.run_folder import Run
from lhb_model.runs import run_experiment
from small_runs import ABSURD, ONE_CELL, run_small

RunOf = Callable[[str], Run]

TWO = "conditions={control: {}, depressed: {depressed_state: {}}}"
NO_CURRENT = [
    f"nuclei.{name}.parameters.I_hold=-{size} pA" for name, size in (("lhb", 300), ("rmtg", 900), ("vta_da", 100))
]


def silent(folder: Path) -> Run:
    """No neuron fires."""
    return run_small(folder, TWO, "figures=[raster]", *NO_CURRENT)


def doses(folder: Path) -> Run:
    """Four doses, with three seeds each."""
    series = "conditions={ketamine: {ketamine: {dose: [0 uM, 1 uM, 10 uM, 100 uM]}}}"
    return run_small(folder, series, "figures=[dose]", seeds=3)


def one_cell(folder: Path) -> Run:
    """One neuron, one seed."""
    path = folder / "one_cell.yaml"
    path.write_text(ONE_CELL)
    return run_experiment(config.load(path, ["figures=[ramp]"]), folder / "runs")


def sweep(folder: Path) -> Run:
    """Two points, with one seed each."""
    return run_small(folder, "conditions={control: {}}", "sweep={over: {lhb.g_T: [10 nS, 30 nS]}}", seeds=1)


def broken(folder: Path) -> Run:
    """One of two conditions diverges."""
    _absurd(folder)
    return run_small(folder, "figures=[classes]", "conditions={control: {}, broken: {absurd: {}}}", seeds=1)


def all_broken(folder: Path) -> Run:
    """Nothing is done."""
    _absurd(folder)
    return run_small(folder, "figures=[raster]", "conditions={broken: {absurd: {}}}", seeds=1)


def _absurd(folder: Path) -> None:
    (folder / "interventions").mkdir()
    (folder / "interventions" / "absurd.yaml").write_text(ABSURD)


MAKERS = {maker.__name__: maker for maker in (silent, doses, one_cell, sweep, broken, all_broken)}
