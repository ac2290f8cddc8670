"""How far the block carried on by averaged rates is from one long simulation: `python benchmarks/slow_time_error.py`.

A bath of ketamine washes in and out of a depressed population within four minutes. `direct` simulates every second of it;
the others simulate four seconds at each moment and carry the block on in between.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lhb_model.composition import compose_model
from lhb_model.config import load
from lhb_model.experiment import Experiment
from lhb_model.model import TraceRequest
from lhb_model.simulate import cache
from lhb_model.simulate.job import run_job
from lhb_model.simulate.realise import realise
from lhb_model.slow_time import follow

BATH = """\
experiment: bath
title: Ketamine washed in and out
nuclei:
  lhb: {size: 100}
conditions:
  ketamine:
    depressed_state: {}
    ketamine: {dose: 10 uM, law: trapping, wash: 20 s, end: 120 s}
seeds: 1
protocol: {warm_up: 1 s, duration: 241 s}
"""
MOMENTS = np.arange(0.0, 241.0, 60.0)
EVERY = (60.0, 30.0, 10.0, 5.0)


def direct(experiment: Experiment) -> np.ndarray:
    """Occupied pores at the moments, of shape (moments, neurons), from every simulated second."""
    model = compose_model(experiment, experiment.conditions[0])
    every_neuron = TraceRequest("lhb", "b_ketamine", experiment.size("lhb"), 1.0, (0.0, model.duration))
    job = realise(replace(model, traces=(every_neuron,)), 1)
    seconds = run_job(job, cache.executable(job.structure)).traces["trace_lhb_b_ketamine"]
    return seconds[MOMENTS.astype(int)]


def main() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "bath.yaml")
        path.write_text(BATH)
        experiment = load(path)
    truth = direct(experiment)
    print(f"{'':>8} " + " ".join(f"{time:6.0f} s" for time in MOMENTS) + "   of a neuron, mean and largest error")
    print(f"{'direct':>8} " + " ".join(f"{block:8.3f}" for block in truth.mean(axis=1)))
    for every in EVERY:
        times = np.arange(0.0, 241.0, every)
        found = follow(experiment, "ketamine", list(times)).blocks["lhb", "ketamine"][np.isin(times, MOMENTS)]
        errors = np.abs(found - truth)
        told = " ".join(f"{block:8.3f}" for block in found.mean(axis=1))
        print(f"{every:6.0f} s {told}   {errors.mean():.3f} {errors.max():.3f}")


if __name__ == "__main__":
    main()
