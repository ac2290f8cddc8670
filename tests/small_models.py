"""Models written by hand, and their simulation without a compiler: what the tests of mechanisms, scheme and draws share."""

from collections.abc import Iterable, Mapping
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from brian2 import prefs

from lhb_model.catalogue import mechanism
from lhb_model.cell import Cell, compose
from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.model import Model, Population, Replay
from lhb_model.quantities import Parameter, parameter
from lhb_model.simulate import interpreted
from lhb_model.simulate.cache import interpreted_arrays
from lhb_model.simulate.job import Executable, Result, write_job
from lhb_model.simulate.realise import Job
from lhb_model.trains import PATTERNS


def number(text: str) -> Parameter:
    """A parameter of no particular source."""
    return parameter(text, source="chosen for a test", tag="assumed")


def cell_of(mechanisms: Iterable[str | Mechanism], name: str = "cell") -> Cell:
    """A cell of shipped mechanisms, by name, and of others."""
    return compose(name, [mechanism(m) if isinstance(m, str) else m for m in mechanisms])


def population(
    name: str, mechanisms: Iterable[str | Mechanism], size: int, amounts: Mapping[str, str], **more: Any
) -> Population:
    """A nucleus of equal neurons, but for what `more` says."""
    cell = cell_of(mechanisms, name)
    chosen = {key: number(text) for key, text in amounts.items()}
    assert chosen.keys() <= cell.parameters.keys()
    return Population(name, size, cell, {**cell.parameters, **chosen}, more.pop("spread", {}), **more)


def replayed(name: str, size: int, pattern: str = "silent", rate: float = 5.0) -> Population:
    """Trains by rule in place of a nucleus."""
    rule = Replay(
        pattern=PATTERNS[pattern],
        rate=rate,
        active_share=1.0,
        rate_spread=0.5,
        spikes_per_burst=4,
        intra_burst_frequency=170.0,
        irregularity=0.5,
    )
    return Population(name, size, None, {}, {}, replay=rule)


def model(*populations: Population, duration: float = 0.1, dt: float = 1e-4, **more: Any) -> Model:
    """A network of these nuclei."""
    return Model(
        "control", dt, duration, {"analysis": (0.0, duration)}, populations, more.pop("projections", ()), **more
    )


def settings(job: Job) -> dict[str, Any]:
    """What is set before time first passes: variable -> value."""
    lines = list(job.schedule)
    before = lines[: next(place for place, line in enumerate(lines) if line[0] == "run")]
    return {name: value for _, name, value in before}


def interpret(job: Job) -> Result:
    """Run a job with the NumPy target, which compiles nothing, in this process, which has imported Brian2 already."""
    arrays, target, precision = interpreted_arrays(job.structure), prefs.codegen.target, prefs.core.default_float_dtype
    try:
        with TemporaryDirectory() as folder, chdir(folder):
            write_job(job, Executable((), arrays, None, "numpy"), Path(folder))
            interpreted.run(job.structure.to_json(), Path("results"))
            return results(job, arrays, Path("results"))
    finally:
        prefs.codegen.target, prefs.core.default_float_dtype = target, precision


def results(job: Job, arrays: Mapping[str, Mapping[str, Any]], folder: Path) -> Result:
    """Spikes and traces as the simulation wrote them."""
    spikes = {}
    for name, files in arrays["spikes"].items():
        steps = np.rint(np.fromfile(folder / files["t"]) / job.structure.dt).astype(np.int64)
        spikes[name] = (steps, np.fromfile(folder / files["i"], dtype=np.int32))
    cells = {trace.name: trace.cells for trace in job.structure.traces}
    traces = {name: np.fromfile(folder / file).reshape(-1, cells[name]) for name, file in arrays["traces"].items()}
    states = {
        name: {variable: np.fromfile(folder / file) for variable, file in files.items()}
        for name, files in arrays["states"].items()
    }
    return Result(spikes, traces, states)
