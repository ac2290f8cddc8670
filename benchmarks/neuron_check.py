"""The shipped cell in NEURON: the first burst spike for spike, and the potential below threshold.

    python benchmarks/neuron_check.py

NEURON gets the equations as NMODL made from the composed cell, and integrates them with variable steps (CVODE) far below
what is compared; nothing of the product's own scheme takes part. Needs `neuron` (extra `bench`) and a C++ compiler.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from languages import neuron_nmodl
from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.model import Model
from lhb_model.simulate.realise import realise
from lhb_model.simulate.simulate import simulate

EXPERIMENT = """\
experiment: neuron_check
title: One cell under a current step
nuclei:
  lhb: {sheet: lhb_cell, size: 1}
conditions:
  control: {}
seeds: 1
protocol: {warm_up: 0 s, duration: 0.6 s}
stimuli:
  - {nucleus: lhb, kind: step, current: 20 pA, start: 0.1 s, width: 0.5 s}
traces:
  lhb: {cells: 1, start: 0 s, stop: 0.6 s, interval: 0.1 ms}
"""
SPIKE = -0.02
"""Potential (V) whose upward crossing is a spike."""
BELOW = -0.05
"""Potential (V) up to which traces are compared: in a spike, 0.01 ms of difference are millivolts."""
BURST_ENDS = 0.1
"""Time (s) without a spike that ends the first burst, and the comparison: later bursts carry the shift of those before."""


class Agreement(NamedTuple):
    """Spikes of the first burst (s) here and in NEURON, and the mean difference of the potential below threshold (V)."""

    here: np.ndarray
    neuron: np.ndarray
    below: float

    @property
    def latest(self) -> float:
        """Largest difference between two spikes (s)."""
        return float(np.abs(self.here - self.neuron).max())


def check(model: Model, seed: int = 1) -> Agreement:
    """Simulate a model of one cell here and in NEURON."""
    [trace] = simulate(model, seed).traces
    here = trace.values[:, 0].astype(float)
    there = in_neuron(model, seed, trace.interval)[: here.size]
    spikes = first_burst(crossings(here, trace.interval)), first_burst(crossings(there, trace.interval))
    until = np.arange(here.size) * trace.interval < spikes[1][-1] + BURST_ENDS
    compared = (here < BELOW) & (there < BELOW) & until
    return Agreement(*spikes, float(np.mean(np.abs(here - there)[compared])))


def crossings(v: np.ndarray, interval: float) -> np.ndarray:
    """Times (s) at which the potential crosses that of a spike, by straight lines through its samples."""
    before = np.flatnonzero((v[:-1] <= SPIKE) & (v[1:] > SPIKE))
    return interval * (before + (SPIKE - v[before]) / (v[before + 1] - v[before]))


def first_burst(times: np.ndarray) -> np.ndarray:
    """Spikes up to the first long interval."""
    long = np.flatnonzero(np.diff(times) > BURST_ENDS)
    return times[: long[0] + 1] if long.size else times


def in_neuron(model: Model, seed: int, interval: float) -> np.ndarray:
    """The potential (V) of a model's only cell in NEURON at each interval (s)."""
    [population] = model.populations
    assert population.cell is not None
    start, pieces = pieces_of(model, seed)
    states = {name: start.pop(name) for name in population.cell.states}
    for equation in population.cell.equations:
        start.pop(equation.name, None)
    job = {"C": start["C"], "start": states, "pieces": pieces, "interval": interval}
    changing = sorted({name for settings, _ in pieces for name in settings})
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "lhb_cell.mod").write_text(neuron_nmodl(population.cell, start, changing))
        (place / "job.json").write_text(json.dumps(job))
        run(str(nrnivmodl()), cwd=place)
        run(sys.executable, str(Path(__file__).with_name("neuron_one_cell.py")), "job.json", "v.npy", cwd=place)
        return np.asarray(np.load(place / "v.npy"))


def pieces_of(model: Model, seed: int) -> tuple[dict[str, float], list[tuple[dict[str, float], float]]]:
    """What is set at the start, and the pieces of time: (what is set before it, its length in s)."""
    start: dict[str, float] = {}
    pieces: list[tuple[dict[str, float], float]] = []
    settings = start
    for word, name, value in realise(model, seed).schedule:
        if word == "run":
            pieces.append(({} if settings is start else settings, float(value)))
            settings = {}
        elif not name.endswith(".noise_key"):
            settings[name.partition(".")[2]] = float(np.asarray(value).ravel()[0])
    return start, pieces


def nrnivmodl() -> Path:
    """NEURON's compiler of mechanisms, beside this Python or on the path."""
    beside = Path(sysconfig.get_path("scripts"), "nrnivmodl")
    return beside if beside.exists() else Path(shutil.which("nrnivmodl") or "nrnivmodl")


def run(*command: str, cwd: Path) -> None:
    """Run a command quietly; its words are the error if it fails."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stdout}")


def model_at(dt: float) -> Model:
    """The model of one cell under a step, at a time step (s)."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "neuron_check.yaml")
        path.write_text(EXPERIMENT)
        experiment = config.load(path, [f"protocol.dt={1e3 * dt:g} ms"])
    return compose_model(experiment, experiment.conditions[0])


def main() -> None:
    """Print, at the default step and at fractions of it, how far the two differ."""
    for dt in (50e-6, 25e-6, 12.5e-6):
        found = check(model_at(dt))
        print(f"dt {1e3 * dt:g} ms")
        print("  spikes here (ms)     ", np.array2string(1e3 * found.here, precision=3))
        print("  spikes in NEURON (ms)", np.array2string(1e3 * found.neuron, precision=3))
        print(f"  mean |dV| below {1e3 * BELOW:g} mV: {1e3 * found.below:.5f} mV")


if __name__ == "__main__":
    main()
