"""What a run will cost, before it is run: cells, synapses, memory, disk and seconds."""

from typing import Any, NamedTuple

from lhb_model.composition import compose_model
from lhb_model.experiment import Experiment
from lhb_model.model import Model, Population
from lhb_model.simulate import cache
from lhb_model.simulate.job import default_workers
from lhb_model.simulate.realise import structure_of, synapses_of


class Cost(NamedTuple):
    """Seconds of one core: for a job to begin and end, and for a step of the clock, a nucleus, a cell of each kind."""

    job: float
    step: float
    nucleus: float
    conductance_cell: float
    other_cell: float


# Measured on one core of an x86-64 server with AVX-512 (benchmarks/run_time.py); another machine differs by a factor of two.
COMPILED = Cost(job=0.5, step=2500e-9, nucleus=0.0, conductance_cell=14e-9, other_cell=4e-9)
INTERPRETED = Cost(job=3.0, step=0.0, nucleus=250e-6, conductance_cell=4e-6, other_cell=2e-6)
SECONDS_PER_RUN = 6.0

BYTES_PER_SPIKE = 16
MB_PER_JOB = 0.001
"""Rows of tables and of the manifest."""
HIGHEST_MEAN_RATE = 10.0


def estimate(experiment: Experiment, workers: int | None = None) -> dict[str, Any]:
    """Plain numbers on what a run of an experiment would do and cost, from nothing on."""
    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    structures = dict.fromkeys(structure_of(model) for model in models)
    structure, compiled = next(iter(structures)), cache.toolchain() is not None
    points = len(experiment.sweep.points) if experiment.sweep else 1
    jobs = len(models) * len(experiment.seeds) * points
    at_once = min(workers or default_workers(), jobs)
    missing = sum(not cache.is_built(wanted) for wanted in structures) if compiled else 0
    cells = sum(group.size for group in structure.groups) + sum(source.size for source in structure.sources)
    traces = sum(t.cells * models[0].duration / t.interval * 8 for t in structure.traces) / 1e6
    spikes = cells * models[0].duration * HIGHEST_MEAN_RATE * BYTES_PER_SPIKE / 1e6
    spikes_kept = jobs * spikes / 4 if experiment.sweep is None or experiment.sweep.sheet.keep == "spikes" else 0.0
    kept = (
        0.0
        if experiment.sweep
        else sum(t.cells * (t.window[1] - t.window[0]) / t.interval * 4 for t in models[0].traces) / 1e6
    )
    return {
        "conditions": [model.condition for model in models],
        "seeds": list(experiment.seeds),
        "points": points,
        "jobs": jobs,
        "cells": cells,
        "synapses": synapses_of(models[0]),
        "workers": at_once,
        "memory_MB": round(20 + traces + 2 * spikes, 1),
        "disk_MB": round(1 + spikes_kept + len(models) * kept + jobs * MB_PER_JOB, 1),
        "seconds": round(_run_seconds(models, jobs, at_once, compiled) + missing * cache.SECONDS_PER_BUILD, 1),
        "built": compiled and not missing,
        "compiler": compiled,
    }


def seconds_if(experiment: Experiment, compiled: bool, workers: int | None = None) -> float:
    """Seconds a run would take with a compiler (and the model built), or without one."""
    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    jobs = len(models) * len(experiment.seeds) * (len(experiment.sweep.points) if experiment.sweep else 1)
    return _run_seconds(models, jobs, min(workers or default_workers(), jobs), compiled)


def _run_seconds(models: list[Model], jobs: int, at_once: int, compiled: bool) -> float:
    return SECONDS_PER_RUN + job_seconds(models[0], COMPILED if compiled else INTERPRETED) * jobs / at_once


def job_seconds(model: Model, cost: Cost) -> float:
    """Seconds one simulation takes on one core."""
    step = cost.step + sum(_nucleus(population, cost) for population in model.populations)
    return cost.job + model.duration / model.dt * step


def _nucleus(population: Population, cost: Cost) -> float:
    conductances = population.cell is not None and "m" in population.cell.states
    cells = population.size * (2 if population.twin else 1)
    return cost.nucleus + cells * (cost.conductance_cell if conductances else cost.other_cell)
