"""The network that all simulators run: the shipped LHb neuron with recurrent synapses, background and noise, in depression."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from lhb_model import config
from lhb_model.bursts import neuron_statistics
from lhb_model.cell import Cell
from lhb_model.composition import compose_model
from lhb_model.simulate.realise import Job, realise
from lhb_model.simulate.structure import Group

EXPERIMENT = """\
experiment: contest
title: One nucleus with synapses, background and noise
nuclei:
  lhb: {size: 1000}
wiring:
  - {from: lhb, to: lhb, in_degree: 20, delay: 1 ms, weights: {ampa: 0.15 nS, nmda: 0.004}, why: as in ketamine, tag: fitted}
conditions:
  depressed: {depressed_state: {}}
seeds: 1
protocol: {dt: 0.05 ms, warm_up: 0 s, duration: 1 s}
"""
HELD = "386000 nC/mM"
"""`K_charge` that holds extracellular K+ still, as in all others: a million times the shipped one."""
WARM_UP = 0.5
"""Time (s) left out of the statistics."""


class Spikes(NamedTuple):
    """CPU time of the simulation alone (s), and its spikes: times (s) and neurons."""

    cpu: float
    times: np.ndarray
    neurons: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class Case:
    """One network: its size, cell type, and the job that gives every number."""

    size: int
    dt: float
    duration: float
    precision: str = "double"

    @cached_property
    def _model(self) -> Any:
        settings = [
            f"nuclei.lhb.size={self.size}",
            f"nuclei.lhb.parameters.K_charge={HELD}",
            f"protocol.dt={1e3 * self.dt:g} ms",
            f"protocol.duration={self.duration:g} s",
            f"precision={self.precision}",
        ]
        with TemporaryDirectory() as folder:
            path = Path(folder, "contest.yaml")
            path.write_text(EXPERIMENT)
            experiment = config.load(path, settings)
        return compose_model(experiment, experiment.conditions[0])

    @cached_property
    def job(self) -> Job:
        """Everything as the product draws it."""
        return realise(self._model, 1)

    @property
    def cell(self) -> Cell:
        """The composed cell; what is taken forward on a slow clock of its own stays where it starts."""
        cell: Cell = self._model.population("lhb").cell
        return replace(cell, equations=tuple(e for e in cell.equations if e.name not in cell.slow))

    @property
    def group(self) -> Group:
        """The cells as they are compiled."""
        return self.job.structure.groups[0]

    @cached_property
    def values(self) -> dict[str, Any]:
        """Parameters and start values as they are when time begins to pass: numbers, or arrays over the neurons."""
        lines = list(self.job.schedule)
        before = lines[: next(place for place, line in enumerate(lines) if line[0] == "run")]
        found = {name.partition(".")[2]: value for _, name, value in before if name.startswith("lhb.")}
        computed = {e.name for e in self.cell.equations if e.expression and not e.differential}
        return {name: single(value) for name, value in found.items() if name not in computed}

    @property
    def weights(self) -> dict[str, float]:
        """State that a spike increments -> by how much."""
        [connection] = self.job.structure.connections
        given = {
            name.partition(".")[2]: value for _, name, value in self.job.schedule if name.startswith("lhb_to_lhb.")
        }
        return {state: float(given[weight]) for state, weight, _ in connection.targets}

    @property
    def wiring(self) -> tuple[np.ndarray, np.ndarray]:
        """Sources and targets of the synapses."""
        return self.job.wiring["lhb_to_lhb"]

    @property
    def delay(self) -> float:
        """Delay of the synapses (s)."""
        return next(value for _, name, value in self.job.schedule if name == "lhb_to_lhb.delay")

    def drawn(self, text: str, uniform: str, normal: str) -> str:
        """Code of each step with other random numbers than the product's."""
        text = re.sub(r"uniform_noise\([^()]*\)", uniform, text)
        return re.sub(r"normal_noise\([^()]*\)", normal, text)


def single(value: Any) -> Any:
    """A number in place of an array of equal ones."""
    array = np.asarray(value)
    return value if array.ndim and np.ptp(array) > 0 else array.ravel()[0].item()


def statistics(spikes: Spikes, size: int, duration: float) -> dict[str, list[float]]:
    """Of every neuron after the warm-up: rate (Hz), burst rate (Hz), and spikes in bursts a second (Hz)."""
    order = np.lexsort((spikes.times, spikes.neurons))
    trains = np.split(spikes.times[order], np.cumsum(np.bincount(spikes.neurons, minlength=size))[:-1])
    span = (WARM_UP, duration)
    rows = [neuron_statistics(np.unique(t[(t >= span[0]) & (t < span[1])]), span) for t in trains]
    inside = [row["spikes_per_burst"] * row["burst_rate"] if row["bursts"] else 0.0 for row in rows]
    return {
        "rate": [float(row["rate"]) for row in rows],
        "burst_rate": [float(row["burst_rate"]) for row in rows],
        "rate_in_bursts": [float(value) for value in inside],
    }
