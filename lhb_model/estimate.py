"""What a run will cost, before it is run: cells, synapses, memory, disk and seconds."""

from typing import Any

from lhb_model.composition import compose_model
from lhb_model.experiment import Experiment
from lhb_model.model import Model
from lhb_model.simulate import cache
from lhb_model.simulate.realise import structure_of

# Measured on one core of an x86-64 server with AVX-512 (benchmarks/run_cost.py); another machine differs by a factor of two.
NS_PER_STEP = 2500
NS_PER_CONDUCTANCE_CELL = 14
NS_PER_OTHER_CELL = 4
SECONDS_PER_JOB = 0.5
SECONDS_PER_RUN = 6.0
SECONDS_PER_BUILD = 30.0
NUMPY_US_PER_STEP = 2500

BYTES_PER_SPIKE = 16
HIGHEST_MEAN_RATE = 10.0


def estimate(experiment: Experiment, workers: int | None = None) -> dict[str, Any]:
    """Plain numbers on what a run of an experiment would do and cost."""
    from lhb_model.runs import default_workers

    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    model, structure = models[0], structure_of(models[0])
    jobs, tools = len(models) * len(experiment.seeds), cache.toolchain()
    built, at_once = cache.is_built(structure), min(workers or default_workers(), jobs)
    seconds = SECONDS_PER_RUN + _seconds(model, tools is not None) * jobs / at_once
    cells = sum(group.size for group in structure.groups) + sum(source.size for source in structure.sources)
    traces = sum(t.cells * model.duration / t.interval * 8 for t in structure.traces) / 1e6
    spikes = cells * model.duration * HIGHEST_MEAN_RATE * BYTES_PER_SPIKE / 1e6
    kept = sum(t.cells * (t.window[1] - t.window[0]) / t.interval * 4 for t in model.traces) / 1e6
    return {
        "conditions": [m.condition for m in models],
        "seeds": list(experiment.seeds),
        "jobs": jobs,
        "cells": cells,
        "synapses": sum(connection.synapses for connection in structure.connections),
        "workers": at_once,
        "memory_MB": 20 + traces + 2 * spikes,
        "disk_MB": 1 + jobs * spikes / 4 + len(models) * kept,
        "seconds": seconds + (SECONDS_PER_BUILD if tools and not built else 0),
        "built": built,
        "compiler": tools is not None,
    }


def _seconds(model: Model, compiled: bool) -> float:
    """Seconds one simulation takes on one core."""
    steps = model.duration / model.dt
    if not compiled:
        return steps * NUMPY_US_PER_STEP * 1e-6
    cost = float(NS_PER_STEP)
    for population in model.populations:
        conductance = population.cell is not None and "m" in population.cell.states
        cost += (
            population.size
            * (2 if population.twin else 1)
            * (NS_PER_CONDUCTANCE_CELL if conductance else NS_PER_OTHER_CELL)
        )
    return SECONDS_PER_JOB + steps * cost * 1e-9
