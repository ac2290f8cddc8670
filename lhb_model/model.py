"""Experiment + condition -> Model: cells, numbers, wiring and what changes when. Frozen; starts no clock.

A parameter's value at time t is

    base * product of the factors + sum of the shifts

over the changes that are active at t. Drugs, genes, ions, holding currents and light are all changes, so the order in which
they are named never matters, and a change of factor 1 and shift 0 is exactly the untouched model.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lhb_model.cell import Cell
from lhb_model.mechanisms.mechanism import weight_name
from lhb_model.quantities import Parameter

LHB = "lhb"
"""The nucleus whose spikes the reference twins lack."""


@dataclass(frozen=True)
class Spread:
    """How a parameter differs from neuron to neuron.

    `kind` is "normal" (`width` is the standard deviation, in the parameter's unit), "lognormal" (`width` is the standard
    deviation of the logarithm; the parameter's value is the median) or "uniform" (`width` is half the range).
    """

    kind: str
    width: float
    source: str
    tag: str


@dataclass(frozen=True)
class RestGroup:
    """A share of the neurons, whose resting potentials are normal with `mean` and `sd` (V), and the factors they carry."""

    name: str
    share: float
    mean: float
    sd: float
    factors: Mapping[str, float]


@dataclass(frozen=True)
class Rest:
    """Each neuron's holding current balances its cell at a resting potential, without the currents `without`.

    The potential is drawn, or evenly spaced between the two of `hold` (V), from the first neuron to the last.
    """

    groups: tuple[RestGroup, ...]
    without: tuple[str, ...]
    fixed: Mapping[str, float]
    hold: tuple[float, float] | None = None


@dataclass(frozen=True)
class Pattern:
    """How the spikes of replayed trains lie in time; the number of spikes of each neuron is the same in all patterns of a rate.

    A `burst_share` of the active neurons burst, the others fire the same spikes one by one; a share `synchrony` of each
    neuron's bursts, or lone spikes, begins at times common to all. `rate` (Hz) is the mean of all neurons; None is that of
    the nucleus.
    """

    text: str
    burst_share: float = 1.0
    synchrony: float = 0.0
    rate: float | None = None


@dataclass(frozen=True)
class Replay:
    """Spike trains played into the circuit in place of a nucleus; see `lhb_model.trains`.

    `rate` (Hz) is the mean of all neurons; `active_share` of them fire, at rates that are lognormal with `rate_spread`.
    """

    pattern: Pattern
    rate: float
    active_share: float
    rate_spread: float
    spikes_per_burst: int
    intra_burst_frequency: float
    irregularity: float


@dataclass(frozen=True)
class Population:
    """One nucleus of the network.

    `twin` says that a copy of the nucleus, with the same neurons, wiring and noise but without the LHb's spikes, runs
    beside it: the reference of `reward_inhibition`. `each` gives parameters, and the potential at the start, neuron by neuron.
    """

    name: str
    size: int
    cell: Cell | None
    parameters: Mapping[str, Parameter]
    spread: Mapping[str, Spread]
    rest: Rest | None = None
    start: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    replay: Replay | None = None
    twin: bool = False
    each: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Projection:
    """Synapses from one nucleus to another, with a fixed in-degree (inputs per target neuron).

    Only a `share` of the target's neurons, drawn at random, has them.

    `weights` maps a receptor of the target to the increment of its state at a spike; `plasticity` maps the parameters of
    `short_term_plasticity` to their values, or is None for a static synapse.
    """

    name: str
    source: str
    target: str
    in_degree: int
    delay: float
    weights: Mapping[str, Parameter]
    plasticity: Mapping[str, Parameter] | None = None
    share: float = 1.0

    @property
    def parameters(self) -> dict[str, Parameter]:
        """What interventions may change: the weights, as `weight_name` names them, and the plasticity."""
        weights = {weight_name(receptor): weight for receptor, weight in self.weights.items()}
        return {**weights, **(self.plasticity or {})}


ARROW = " -> "
"""Between the ends of a projection in its name."""


def projection_name(source: str, target: str) -> str:
    """How files name a projection: "rmtg -> vta_da"."""
    return f"{source}{ARROW}{target}"


@dataclass(frozen=True)
class Change:
    """A parameter of a nucleus, or of the projection named there, is scaled and shifted from `start` to `stop` (s)."""

    nucleus: str
    parameter: str
    factor: float
    shift: float
    start: float
    stop: float
    cause: str


RAMP_START = "ramp_start"
"""The parameter of the mechanism `injected_current` that holds when a ramp begins."""


@dataclass(frozen=True)
class TraceRequest:
    """Record a variable of `cells` evenly spread neurons of a nucleus at an interval (s); keep `window` of it."""

    nucleus: str
    variable: str
    cells: int
    interval: float
    window: tuple[float, float]
    unit: str = "V"


@dataclass(frozen=True)
class Model:
    """All that a simulation needs but the seed."""

    condition: str
    dt: float
    duration: float
    epochs: Mapping[str, tuple[float, float]]
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    changes: tuple[Change, ...] = ()
    traces: tuple[TraceRequest, ...] = ()
    precision: str = "double"

    def population(self, name: str) -> Population:
        """The nucleus of that name."""
        return next(population for population in self.populations if population.name == name)

    def parameters(self, place: str) -> Mapping[str, Parameter]:
        """Parameters of the nucleus or projection of that name, before any change."""
        places: tuple[Population | Projection, ...] = (*self.populations, *self.projections)
        return next(found.parameters for found in places if found.name == place)

    def boundaries(self) -> list[float]:
        """Times (s) at which something changes, from 0 to the end, on the time grid."""
        times = {0.0, self.duration}
        for change in self.changes:
            times |= {change.start, change.stop}
        steps = sorted({round(time / self.dt) for time in times if 0 <= time <= self.duration})
        return [step * self.dt for step in steps]

    def active(self, place: str, parameter: str, time: float) -> tuple[float, float]:
        """Factor and shift of a parameter at a time, the same to the last bit in whatever order the changes are named."""
        touching = [change for change in self.changes if (change.nucleus, change.parameter) == (place, parameter)]
        now = [change for change in touching if _within(change, time, self.dt)]
        return math.prod(sorted(change.factor for change in now), start=1.0), math.fsum(change.shift for change in now)

    def changed_parameters(self, place: str) -> list[str]:
        """Parameters of a nucleus or projection that any change touches, in order of name."""
        return sorted({change.parameter for change in self.changes if change.nucleus == place})


def _within(change: Change, time: float, dt: float) -> bool:
    return round(change.start / dt) <= round(time / dt) < round(change.stop / dt)


def describe(parameters: Mapping[str, Parameter]) -> dict[str, dict[str, Any]]:
    """Parameters as plain data: value in SI, unit, as written, source, tag and note."""
    return {
        name: {
            "value": p.value,
            "unit": p.unit,
            "written": p.quantity.text,
            "source": p.source,
            "tag": p.tag,
            **({"note": p.note} if p.note else {}),
        }
        for name, p in parameters.items()
    }
