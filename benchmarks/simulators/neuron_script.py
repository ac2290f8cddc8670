"""The same network in NEURON with fixed steps: one point process a cell, from generated NMODL; noise of the product."""

import os
import re
import tempfile
import time
from pathlib import Path

import numpy as np

from languages import neuron_nmodl
from lhb_model.simulate.functions import CPP_NOISE
from neuron_check import nrnivmodl
from neuron_check import run as command
from simulators.c_loop import states
from simulators.case import Case, Spikes

# The name of a gate is a macro in the code that NEURON makes, and `b` is one.
NOISE = re.sub(r"\bb\b", "other", CPP_NOISE)
DRAWS = f"""
VERBATIM
#include <cstdint>
{NOISE}
ENDVERBATIM
FUNCTION uniform_of(key, step) {{
VERBATIM
    return uniform_noise((int32_t)_lkey, (int64_t)_lstep, 1);
ENDVERBATIM
}}
FUNCTION normal_of(key, step) {{
VERBATIM
    return normal_noise((int32_t)_lkey, (int64_t)_lstep, 2);
ENDVERBATIM
}}
"""
EVENTS = """
BEFORE STEP {
    steps_done = steps_done + 1
    if (uniform_of(noise_key, steps_done) < background_rate*1e-3*dt) {
        s_AMPA = s_AMPA + background_AMPA
        s_NMDA = s_NMDA + background_NMDA
    }
    I_noise = I_noise*exp(-1e-3*dt/tau_noise)
    I_noise = I_noise + sigma_noise*sqrt(1 - exp(-2e-3*dt/tau_noise))*normal_of(noise_key, steps_done)
}
"""


def nmodl(case: Case, each: list[str]) -> str:
    """The cell with its background, noise and receptors; the background of `mechanisms/`, typed for NMODL."""
    names = [f"w{k}" for k in range(len(case.weights))]
    arrive = "\n".join(f"    {state} = {state} + {w}" for state, w in zip(case.weights, names, strict=True))
    receive = f"NET_RECEIVE ({', '.join(names)}) {{\n{arrive}\n}}\n"
    values = {n: 0.0 if n in each else v for n, v in case.values.items() if n not in states(case)}
    text = neuron_nmodl(case.cell, values, each, DRAWS + EVENTS + receive)
    return text.replace("i (nanoamp)\n", "i (nanoamp)\n    steps_done\n    dt\n")


def run(case: Case) -> Spikes:
    """CPU time of the fixed steps, in this process."""
    each = [n for n, v in case.values.items() if isinstance(v, np.ndarray) and n not in states(case)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "lhb_cell.mod").write_text(nmodl(case, each))
        command(str(nrnivmodl()), cwd=Path(folder))
        os.chdir(folder)
        from neuron import h

        return simulated(case, each, h)


def simulated(case: Case, each: list[str], h) -> Spikes:  # type: ignore[no-untyped-def]
    """Build the cells and their synapses, then run."""
    times, who = h.Vector(), h.Vector()
    sections, cells, alive = [], [], []
    for k in range(case.size):
        soma = h.Section(name=f"soma{k}")
        soma.L = soma.diam = np.sqrt(case.values["C"] * 1e14 / np.pi)
        soma.cm = 1
        cell = h.lhb_cell(soma(0.5))
        for name in each:
            setattr(cell, name, float(case.values[name][k]))
        detector = h.NetCon(soma(0.5)._ref_v, None, sec=soma)
        detector.threshold = 1e3 * case.values["V_spike"]
        detector.record(times, who, k)
        sections.append(soma)
        cells.append(cell)
        alive.append(detector)
    for source, target in zip(*case.wiring, strict=True):
        synapse = h.NetCon(sections[source](0.5)._ref_v, cells[target], sec=sections[source])
        synapse.threshold, synapse.delay = 1e3 * case.values["V_spike"], 1e3 * case.delay
        for k, weight in enumerate(case.weights.values()):
            synapse.weight[k] = weight
        alive.append(synapse)
    h.dt = 1e3 * case.dt
    h.finitialize(-70)
    for name in states(case):
        values = np.broadcast_to(case.values.get(name, 0.0), case.size)
        for k in range(case.size):
            if name == "v":
                sections[k](0.5).v = 1e3 * float(values[k])
            else:
                setattr(cells[k], name, float(values[k]))
    h.fcurrent()
    began = time.process_time()
    while h.t < 1e3 * case.duration - 0.5 * h.dt:
        h.fadvance()
    cpu = time.process_time() - began
    return Spikes(cpu, 1e-3 * np.array(times), np.array(who, dtype=int), "fixed step, cnexp")
