"""Many independent LHb neurons at once: compiles neuron.c on the spot and runs it.

Units inside the calibration: mV, ms, pF, nS, pA; calcium in arbitrary units.
"""

import ctypes
import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

Array = np.ndarray
Cell = Mapping[str, float]

SOURCE = Path(__file__).with_name("neuron.c")
NAMES = (
    "C gL EL EK gNa gK VT kn gT fs s phi gH Vc tauc tauCa kH gSK gM Vw kw tauw gN Mg gh Vq "
    "gKir Vkir kkir gA Va ka Vb kb taub deep I pulse"
).split()
MEASURES = "rate burst_rate spikes largest intra share mode v v_min longest burst_rate_tight shortest".split()
SILENT, BURSTING, TONIC = 0, 1, 2
MAX_SPIKES = 4000

FIXED: dict[str, float] = {
    "EL": -70.8,  # holding current and leak reversal do the same
    "EK": -90.0,
    "tauc": 1.2,
    "Vc": -21.0,
    "Mg": 1.0,
    "gh": 0.31,
    "Vq": -85.0,
    "deep": 535.0,  # with 22 and 120 ms: recovery at -90 mV is 507 ms at the recording temperature
    "phi": 2.5,
    "ka": 6.0,
    "kb": 6.0,
    "Vkir": -88.0,
    "kkir": 8.0,
    "I": 0.0,
    "pulse": 0.0,
}


@dataclass(frozen=True)
class Pulses:
    """Current pulses of each column's `pulse` amplitude: first start, width and period (ms)."""

    start: float = 0.0
    width: float = 0.0
    period: float = 0.0


@dataclass(frozen=True)
class Measured:
    """What a run gives: one value a column for every name of MEASURES, spike times (ms) and V each ms if asked for."""

    values: dict[str, Array]
    spikes: list[Array] = field(default_factory=list)
    trace: Array | None = None

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    def part(self, columns: slice) -> "Measured":
        """The measures of some columns."""
        return Measured({name: values[columns] for name, values in self.values.items()})


@cache
def library(double: bool = False) -> ctypes.CDLL:
    """The compiled simulator, in single precision for the search and in double for the final numbers."""
    flags = ["-O3", "-ffast-math", "-march=native", "-mprefer-vector-width=512", "-shared", "-fPIC"]
    flags += ["-DDOUBLE"] if double else []
    digest = hashlib.sha256(SOURCE.read_bytes() + " ".join(flags).encode()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / f"lhb_neuron_{digest}.so"
    if not target.exists():
        subprocess.run(["gcc", *flags, str(SOURCE), "-o", str(target), "-lm"], check=True)
    return ctypes.CDLL(str(target))


def columns(cell: Cell, count: int, **changed: Array | float) -> Array:
    """`count` copies of a cell, one a column, with some parameters changed; shape (parameters, count)."""
    table = np.repeat(np.array([cell[name] for name in NAMES], float)[:, None], count, 1)
    for name, values in changed.items():
        table[NAMES.index(name)] = values
    return table


def run(
    table: Array,
    v_start: Array | float,
    warm: float,
    record: float,
    pulses: Pulses = Pulses(),
    dt: float = 0.05,
    double: bool = False,
    full: bool = False,
) -> Measured:
    """Simulate every column for `warm + record` ms; measure the last `record` ms."""
    table = np.ascontiguousarray(table, float)
    count = table.shape[1]
    start = np.ascontiguousarray(np.broadcast_to(v_start, (count,)), float)
    out = np.zeros((count, len(MEASURES)))
    trace = np.zeros((count, int(record)), np.float32) if full else None
    number = np.zeros(count, np.int32)
    times = np.zeros((count, MAX_SPIKES), np.float32) if full else None
    real = ctypes.c_double
    library(double).run(
        count, _pointer(table), _pointer(start), real(dt), real(warm), real(record),
        real(pulses.start), real(pulses.width), real(pulses.period),
        _pointer(out), _pointer(trace), int(record), _pointer(number), _pointer(times),
    )  # fmt: skip
    spikes = [] if times is None else [row[:n] for row, n in zip(times, number, strict=True)]
    return Measured({name: out[:, i] for i, name in enumerate(MEASURES)}, spikes, trace)


def _pointer(values: Array | None) -> ctypes.c_void_p | None:
    return None if values is None else values.ctypes.data_as(ctypes.c_void_p)


def steady_current(cell: Cell, v: Array) -> Array:
    """Holding current (pA) that keeps the cell at `v`, were there no Na and K."""
    c = cell
    e = v - c["s"]
    i_t = c["gT"] * _sigmoid((e + 62) / 4.2) ** 2 * _sigmoid(-(e + 83.5) / 5) * (v - 120)
    i_hva = c["gH"] * _sigmoid((v - c["Vc"]) / 5) ** 2 * (v - 120)
    calcium = 0.05 - c["tauCa"] * c["kH"] * i_hva
    potassium = (
        c["gSK"] * calcium**2 / (calcium**2 + 0.25)
        + c["gM"] * _sigmoid((v - c["Vw"]) / c["kw"])
        + c["gKir"] * _sigmoid((c["Vkir"] - v) / c["kkir"])
        + c["gA"] * _sigmoid((v - c["Va"]) / c["ka"]) * _sigmoid((c["Vb"] - v) / c["kb"])
    )
    nmda = c["gN"] * v / (1 + c["Mg"] / 3.57 * np.exp(-0.062 * v))
    h = c["gh"] * _sigmoid((c["Vq"] - v) / 7) * (v + 40)
    return np.asarray(c["gL"] * (v - c["EL"]) + i_t + i_hva + potassium * (v - c["EK"]) + nmda + h)


def holding_currents(cell: Cell, count: int, lowest: float, highest: float) -> tuple[Array, Array]:
    """`count` even steps of holding current from one steady potential to another, and those potentials."""
    v = np.linspace(lowest, highest, 301)
    current = np.maximum.accumulate(steady_current(cell, v))
    even = np.linspace(current[0], current[-1], count)
    return even, np.interp(even, current + np.arange(v.size) * 1e-9, v)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))))
