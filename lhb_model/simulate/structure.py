"""What has to be compiled: equations, sizes and step. Everything else about a run is data.

Two models with the same structure share one binary. No Brian2 here: a cached run needs only the key.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from lhb_model.model import Projection

FORMAT = 4
"""Raised when the code generated from a structure changes."""

SLOW_STEP = 0.5e-3
"""Step (s) of variables that change over seconds, rounded to steps of the simulation."""


@dataclass(frozen=True)
class Group:
    """Neurons of one kind. `parameters` is a tuple of (name, Brian2 unit, per neuron?); of the variables in `kept` a job gives
    back the last values; the statements `slow` run every `SLOW_STEP`."""

    name: str
    size: int
    equations: str
    states: tuple[str, ...]
    parameters: tuple[tuple[str, str, bool], ...]
    each_step: str
    threshold: str
    reset: str
    refractory: str
    kept: tuple[str, ...] = ("v",)
    slow: str = ""


@dataclass(frozen=True)
class SpikeSource:
    """Neurons whose spikes are data."""

    name: str
    size: int


@dataclass(frozen=True)
class Connection:
    """Synapses from one group to another; `targets` is a tuple of (state of the target, weight name, Brian2 unit).

    How many there are, between which neurons, and how long a spike is on its way is data.
    """

    name: str
    source: str
    target: str
    targets: tuple[tuple[str, str, str], ...]
    plastic: bool


@dataclass(frozen=True)
class TraceMonitor:
    """Record one variable of a number of cells at an interval (s)."""

    name: str
    group: str
    variable: str
    cells: int
    interval: float


@dataclass(frozen=True)
class Structure:
    """All that is compiled in."""

    dt: float
    groups: tuple[Group, ...]
    sources: tuple[SpikeSource, ...]
    connections: tuple[Connection, ...]
    traces: tuple[TraceMonitor, ...]
    precision: str = "double"

    def to_json(self) -> str:
        """Text from which `from_json` makes the same structure."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True)

    def key(self) -> str:
        """Hash that two structures share exactly when one binary serves both."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:24]


def from_json(text: str) -> Structure:
    """Read a structure back."""
    data: dict[str, Any] = json.loads(text)
    return Structure(
        dt=data["dt"],
        groups=tuple(Group(**_tuples(item)) for item in data["groups"]),
        sources=tuple(SpikeSource(**item) for item in data["sources"]),
        connections=tuple(Connection(**_tuples(item)) for item in data["connections"]),
        traces=tuple(TraceMonitor(**item) for item in data["traces"]),
        precision=data["precision"],
    )


def _tuples(item: dict[str, Any]) -> dict[str, Any]:
    """JSON lists back to tuples."""

    def convert(value: Any) -> Any:
        return tuple(convert(entry) for entry in value) if isinstance(value, list) else value

    return {name: convert(value) for name, value in item.items()}


def connection_name(projection: Projection) -> str:
    """Name of the Brian2 object of a projection."""
    return f"{projection.source}_to_{projection.target}"
