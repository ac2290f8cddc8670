"""The unit of work of a run: a batch of simulations, as values that can be sent to another process or machine."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from lhb_model.analyse import Label, measure_rows, neuron_rows, tables
from lhb_model.errors import LhbError, reason
from lhb_model.model import Model
from lhb_model.recording import Recording
from lhb_model.simulate import cache
from lhb_model.simulate.job import Executable, Progress
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.simulate import simulate
from lhb_model.simulate.structure import Structure

if TYPE_CHECKING:
    import pandas as pd

Keep = Literal["recording", "tables", "spikes"]
"""What is kept of a simulation: everything (NWB) with rows of neurons; its measures alone; its measures and spikes."""


_IMPORTING = threading.Lock()


def import_libraries(whole: bool) -> None:
    """Import what the measures need, and what whole recordings do: by one thread, as SciPy fails when several begin at once."""
    with _IMPORTING:
        import scipy.signal
        import scipy.stats  # noqa: F401

        if whole:
            import pandas  # noqa: F401
            import pynwb  # noqa: F401


@dataclass(frozen=True)
class Task:
    """One simulation: a model, a seed, and whether traces are recorded."""

    model: Model
    seed: int
    traces: bool = False


@dataclass(frozen=True)
class Batch:
    """Simulations that one worker does one after the other, and what is made of each.

    `rules` has the burst rule of each nucleus; a simulation that takes longer than `timeout` seconds is ended.
    """

    tasks: tuple[Task, ...]
    rules: Mapping[str, str]
    readouts: tuple[str, ...]
    keep: Keep
    timeout: float | None = None


@dataclass(frozen=True)
class Simulated:
    """What a simulation left: how it ended, what the ledger notes of it, and what is kept.

    `file` is a recording (NWB), or the spikes of a sweep's simulation (NumPy). `tables` are the rows of neurons and of measures;
    of a sweep's simulation there are the `measures` alone, whose nucleus, name and unit are in `columns`.
    """

    state: str
    seconds: float
    error: str | None = None
    target: str = ""
    spikes: int | None = None
    spikes_sha256: str | None = None
    file: bytes | None = None
    tables: "tuple[pd.DataFrame, pd.DataFrame] | None" = None
    measures: bytes = b""
    columns: tuple[tuple[str, str, str], ...] = ()


def simulated(batch: Batch, progress: Progress, stop: threading.Event) -> list[Simulated]:
    """Simulate and analyse a batch, here or on another machine; fewer are answered if it is told to stop.

    `progress` hears the simulated seconds of all of them together.
    """
    programs: dict[Structure, Executable] = {}
    answers: list[Simulated] = []
    before = 0.0
    for task in batch.tasks:
        limit = _Limit(stop, batch.timeout)
        answer = _one(batch, task, programs, lambda seconds, before=before: progress(before + seconds), limit)  # type: ignore[misc]
        if stop.is_set():
            break
        answers.append(answer)
        before += task.model.duration
    return answers


class _Limit:
    """An event that is set when another is, or when the time is over."""

    def __init__(self, stop: threading.Event, timeout: float | None):
        self.stop, self.timeout = stop, timeout
        self.end = np.inf if timeout is None else time.monotonic() + timeout

    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.end

    def is_set(self) -> bool:
        """As of `threading.Event`."""
        return self.stop.is_set() or self.over()

    def wait(self, seconds: float) -> bool:
        """As of `threading.Event`."""
        self.stop.wait(max(0.0, min(seconds, self.end - time.monotonic())))
        return self.is_set()


def _one(
    batch: Batch, task: Task, programs: dict[Structure, Executable], progress: Progress, limit: _Limit
) -> Simulated:
    """One simulation to its end; whatever fails is told, and the next can go on."""
    began = time.perf_counter()
    progress(0.0)
    try:
        structure = structure_of(task.model)
        if structure not in programs:
            programs[structure] = cache.executable(structure)
            limit = _Limit(limit.stop, limit.timeout)
        recording = simulate(task.model, task.seed, programs[structure], progress, limit, task.traces)  # type: ignore[arg-type]
        return _kept(batch, task, recording, began)
    except Exception as error:
        seconds = round(time.perf_counter() - began, 3)
        if limit.over():
            return Simulated("timed out", seconds, f"it took longer than {limit.timeout:g} s")
        return Simulated("failed", seconds, told(error))


def _kept(batch: Batch, task: Task, recording: Recording, began: float) -> Simulated:
    label, whole = Label(task.model.condition, task.seed), batch.keep == "recording"
    import_libraries(whole)
    made = tables(recording, label, batch.rules, batch.readouts) if whole else None
    columns, measures = ((), b"") if whole else _measured(batch, recording, label)
    file = recording.to_bytes() if whole else spikes_to_bytes(recording) if batch.keep == "spikes" else None
    return Simulated(
        "done",
        round(time.perf_counter() - began, 3),
        target=str(recording.provenance["target"]),
        spikes=recording.n_spikes,
        spikes_sha256=recording.spikes_sha256(),
        file=file,
        tables=made,
        measures=measures,
        columns=columns,
    )


def _measured(batch: Batch, recording: Recording, label: Label) -> tuple[tuple[tuple[str, str, str], ...], bytes]:
    """Nucleus, name and unit of each measure, and their values."""
    rows = measure_rows(recording, label, neuron_rows(recording, label, batch.rules), batch.readouts)
    columns = tuple((row["nucleus"], row["measure"], row["unit"]) for row in rows)
    return columns, np.array([row["value"] for row in rows], dtype=np.float64).tobytes()


def spikes_to_bytes(recording: Recording) -> bytes:
    """The spikes of each nucleus, and what is needed to make a recording of them again, as a NumPy file (npz)."""
    arrays = {"time": np.array([recording.dt, recording.duration, *recording.epochs["analysis"]])}
    for nucleus, spikes in recording.spikes.items():
        arrays[f"{nucleus}/steps"] = spikes.steps.astype(np.int32)
        arrays[f"{nucleus}/neurons"] = spikes.neurons
        arrays[f"{nucleus}/size"] = np.array(spikes.n_neurons)
    with BytesIO() as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        return file.getvalue()


def told(error: Exception) -> str:
    """An error in one line; one that is neither ours nor the system's with its type."""
    if isinstance(error, OSError):
        place = error.filename2 or error.filename
        return f"{place}: {reason(error)}" if place else reason(error)
    text = " ".join(str(error).split())
    return text if isinstance(error, LhbError) else f"{type(error).__name__}: {text}"
