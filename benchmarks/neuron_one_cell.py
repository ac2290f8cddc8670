"""One cell in NEURON, integrated with variable steps: `python benchmarks/neuron_one_cell.py JOB.json POTENTIAL.npy`.

Started in a folder with the mechanism that `nrnivmodl` has compiled. The job has the start values, the capacitance (F), the
pieces of time with what is set before each, and the interval at which the potential (V) is wanted.
"""

import json
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-9
"""Absolute error of a step that CVODE accepts, in mV and in shares of a gate."""


def potential(job: dict) -> np.ndarray:
    """The potential (V) at each interval."""
    from neuron import h

    soma = h.Section(name="soma")
    # A membrane of 1 uF/cm2 whose area gives the capacitance.
    soma.L = soma.diam = np.sqrt(job["C"] * 1e6 * 1e8 / np.pi)
    soma.cm = 1
    cell = h.lhb_cell(soma(0.5))
    trace = h.Vector().record(soma(0.5)._ref_v, 1e3 * job["interval"])
    h.CVode().active(True)
    h.CVode().atol(TOLERANCE)
    h.finitialize(1e3 * job["start"].pop("v"))
    until = 0.0
    for settings, seconds in job["pieces"]:
        for name, value in {**job["start"], **settings}.items():
            setattr(cell, name, value)
        job["start"] = {}
        h.CVode().re_init()
        until += 1e3 * seconds
        h.CVode().solve(until)
    return 1e-3 * np.array(trace)


if __name__ == "__main__":
    np.save(sys.argv[2], potential(json.loads(Path(sys.argv[1]).read_text())))
