"""lhb_model itself."""

import resource

import numpy as np

from lhb_model.simulate import cache
from lhb_model.simulate.job import run_job
from simulators.case import Case, Spikes


def run(case: Case) -> Spikes:
    """CPU time of the whole program, with reading its arrays and writing its results."""
    program = cache.executable(case.job.structure)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    steps, neurons = run_job(case.job, program).spikes["lhb"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spikes(cpu, steps * case.dt, np.asarray(neurons), program.target)
