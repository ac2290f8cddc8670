"""The same things from Python: load, run, record, open, compare, validate."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.run_folder import Run, open_run
from lhb_model.runs import run_experiment

if TYPE_CHECKING:
    import pandas as pd

    from lhb_model.recording import Recording
    from lhb_model.validation_run import Validation


def run(
    experiment: Experiment | str | Path, out: str | Path = "runs", workers: int | None = None, force: bool = False
) -> Run:
    """Simulate an experiment (or the file or shipped name of one) and give its run.

    A finished run is given at once unless `force`. Jobs that failed are in `run.manifest["jobs"]`.

    Raises
    ------
    InputError
        If the experiment cannot be read.
    JobError
        If the model does not compile.
    """
    return run_experiment(experiment if isinstance(experiment, Experiment) else load(experiment), out, workers, force)


def record(experiment: Experiment | str | Path, condition: str | None = None, seed: int | None = None) -> "Recording":
    """Simulate one condition with one seed and give its recording, of which nothing is written.

    The quick way to look at a cell: what is compiled once is kept, and a new dose, current or duration needs no compiling.
    Without a condition or seed it is the experiment's first. Raises as `run`.

    >>> recording = record("single_cell", "control")
    >>> recording.trains("lhb")[0].size > 0, recording.traces[0].unit
    (True, 'V')
    """
    from lhb_model.composition import compose_model
    from lhb_model.simulate.simulate import simulate

    experiment = experiment if isinstance(experiment, Experiment) else load(experiment)
    chosen = experiment.conditions[0] if condition is None else experiment.condition(condition)
    return simulate(compose_model(experiment, chosen), experiment.seeds[0] if seed is None else seed)


def validate(
    *targets: str, out: str | Path = "runs", seeds: int | None = None, workers: int | None = None
) -> "Validation":
    """Hold the model against published findings: targets by name or file, all shipped ones if none is given.

    `outcomes` of the answer has every number with the model's, its interval and the verdict; `failing` the names of the
    targets tagged S that fail; `folder` the report. Raises as `run`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [outcome.quantity for outcome in validate("P7", out=folder).outcomes]
    ['time constant of recovery', 'misfit of one exponential, of full recovery']
    """
    from lhb_model import validation_run

    return validation_run.validate(validation_run.plan(targets, seeds), out, workers)


def compare(*runs: Run | str | Path, measures: Sequence[str] | None = None) -> "pd.DataFrame":
    """Compare the conditions of one run, or the conditions of several runs, with intervals over seeds.

    Returns one row for each nucleus, measure and pair of conditions; see `lhb_model.comparison.compare`.
    """
    from lhb_model.comparison import compare as compare_table
    from lhb_model.comparison import compare_runs

    opened = [run if isinstance(run, Run) else open_run(run) for run in runs]
    if not opened:
        raise InputError("nothing to compare: give at least one run")
    if len(opened) == 1:
        return compare_table(opened[0].table, measures=measures)
    return compare_runs({run.name: run.table for run in opened}, measures=measures)
