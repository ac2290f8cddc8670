"""Model + seed -> Recording."""

import threading
from typing import Any

import numpy as np

from lhb_model.model import Model, TraceRequest
from lhb_model.recording import Recording, SpikeTrains, Trace
from lhb_model.simulate import cache
from lhb_model.simulate.job import Executable, Progress, Result, run_job
from lhb_model.simulate.realise import Job, realise


def simulate(
    model: Model,
    seed: int,
    executable: Executable | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    traces: bool = True,
) -> Recording:
    """Run a model once.

    Parameters
    ----------
    model, seed
        What to simulate; the same pair gives the same spikes on the same build.
    executable
        The program to use, if it has been made already.
    progress
        Called with the simulated seconds done.
    stop
        Set to end the run early with a `JobError`.
    traces
        Whether to keep the membrane potentials that the model asks for.

    Raises
    ------
    JobError
        If the program does not compile, fails or diverges.
    """
    job = realise(model, seed)
    program = executable or cache.executable(job.structure)
    result = run_job(job, program, progress, stop, traces)
    provenance = {"condition": model.condition, "seed": seed, "target": program.target, "packages": cache.versions()}
    return recording_of(model, job, result, provenance, traces)


def recording_of(model: Model, job: Job, result: Result, provenance: dict[str, Any], traces: bool = False) -> Recording:
    """What a job has left, as a recording of its model."""
    spikes, reference = {}, {}
    for population in model.populations:
        steps, neurons = result.spikes[population.name]
        own = neurons < population.size
        spikes[population.name] = SpikeTrains(steps[own], neurons[own], population.size)
        if population.twin:
            reference[population.name] = SpikeTrains(
                steps[~own], neurons[~own] - np.int32(population.size), population.size
            )
    kept = [_trace(request, job, result) for request in model.traces] if traces else []
    return Recording(model.dt, model.duration, spikes, reference, kept, dict(model.epochs), provenance)


def _trace(request: TraceRequest, job: Job, result: Result) -> Trace:
    name = f"trace_{request.nucleus}_{request.variable}"
    whole = Trace(
        request.nucleus, request.variable, request.unit, job.recorded[name], 0.0, request.interval, result.traces[name]
    )
    return whole.between(*request.window)
