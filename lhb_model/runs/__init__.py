"""Experiment -> finished run: every condition simulated with every seed, analysed, compared and drawn."""

from lhb_model.runs.run import folder_of, is_finished, run_experiment
from lhb_model.runs.work import Policy, Watcher

__all__ = ["Policy", "Watcher", "folder_of", "is_finished", "run_experiment"]
