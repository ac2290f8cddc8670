"""Model + seed -> Job: every number drawn, every array made. No Brian2; nothing is drawn inside the simulation but noise.

Each quantity has a random stream of its own, keyed by (seed, nucleus, what), so that adding a spread to one parameter
changes no other draw, and conditions that share a seed share neurons, wiring and noise.
"""

import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lhb_model.cell import Cell
from lhb_model.equations import Equation, SteadyState
from lhb_model.mechanisms.mechanism import weight_name
from lhb_model.model import LHB, Model, Population, Projection, RestGroup, Spread
from lhb_model.simulate.structure import (
    Connection,
    Group,
    SpikeSource,
    Structure,
    TraceMonitor,
    connection_name,
)
from lhb_model.simulate.units import BRIAN_UNITS, SCALES
from lhb_model.trains import replay_trains

Value = float | np.ndarray


@dataclass(frozen=True)
class Job:
    """One network, ready to run: a structure and the data it runs on.

    `schedule` holds ("set", "group.variable", value) and ("run", "", seconds) in order.
    """

    structure: Structure
    wiring: Mapping[str, tuple[np.ndarray, np.ndarray]]
    spike_sources: Mapping[str, tuple[np.ndarray, np.ndarray]]
    recorded: Mapping[str, np.ndarray]
    schedule: tuple[tuple[str, str, Value], ...]


def realise(model: Model, seed: int) -> Job:
    """Draw a network: heterogeneity, wiring, start values and noise keys follow from the seed alone."""
    cells = {p.name: _neurons(p, seed) for p in model.populations if p.cell}
    sources = {p.name: _replayed(p, model, seed) for p in model.populations if p.replay}
    structure = structure_of(model)
    return Job(
        structure=structure,
        wiring={connection_name(p): _wire(p, model, seed) for p in model.projections},
        spike_sources=sources,
        recorded={trace.name: _recorded(trace, cells) for trace in structure.traces},
        schedule=tuple(_schedule(model, seed, cells)),
    )


# structure -----------------------------------------------------------------------------------------------------------


def structure_of(model: Model) -> Structure:
    """The part of a model that is compiled in."""
    return Structure(
        dt=model.dt,
        groups=tuple(_group(p) for p in model.populations if p.cell),
        sources=tuple(SpikeSource(p.name, p.size) for p in model.populations if p.replay),
        connections=tuple(_connection(p, model) for p in model.projections),
        traces=tuple(
            TraceMonitor(f"trace_{t.nucleus}_{t.variable}", t.nucleus, t.variable, t.cells, t.interval)
            for t in model.traces
        ),
        precision=model.precision,
    )


def _group(population: Population) -> Group:
    cell = population.cell
    assert cell is not None
    suffix = " (unless refractory)" if cell.refractory else ""
    fast = [e if e.name not in cell.slow else Equation(e.name, "", e.unit) for e in cell.equations]
    lines = [e.text() + (suffix if e.name == "v" else "") for e in fast]
    parameters = [(n, BRIAN_UNITS[p.unit][0], n in cell.per_neuron) for n, p in population.parameters.items()]
    return Group(
        name=population.name,
        size=population.size * (2 if population.twin else 1),
        equations="\n".join(lines),
        states=cell.states,
        parameters=(*parameters, ("noise_key", "integer", True)),
        each_step=cell.each_step,
        slow=_slow_steps(cell),
        threshold=cell.threshold,
        reset=cell.reset,
        refractory=cell.refractory,
        kept=("v", *cell.kept),
    )


def _slow_steps(cell: Cell) -> str:
    """What takes the slow variables forward by one step of their own clock."""
    known = {equation.name: equation for equation in cell.equations}
    chosen = [known[name] for name in cell.slow]
    return "\n".join(f"{e.name} {'+= slow_dt*' if e.differential else '= '}({e.expression})" for e in chosen)


def _connection(projection: Projection, model: Model) -> Connection:
    target = model.population(projection.target)
    assert target.cell is not None
    targets = tuple(
        (target.cell.receives[receptor], weight_name(receptor), BRIAN_UNITS[weight.unit][0])
        for receptor, weight in projection.weights.items()
    )
    return Connection(
        name=connection_name(projection),
        source=projection.source,
        target=projection.target,
        targets=targets,
        plastic=projection.plasticity is not None,
    )


def _twinned(projection: Projection, model: Model) -> bool:
    """Whether the target's twins receive the projection too: they do unless it carries the LHb's spikes."""
    return model.population(projection.target).twin and projection.source != LHB


def synapses_of(model: Model) -> int:
    """How many synapses a model's network has."""
    return sum(p.in_degree * _receiving(p, model) * (2 if _twinned(p, model) else 1) for p in model.projections)


# draws ---------------------------------------------------------------------------------------------------------------


def stream(seed: int, nucleus: str, what: str) -> np.random.Generator:
    """The random stream of one quantity of one nucleus."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(f"{nucleus}/{what}".encode())]))
    )


_LATELY: deque[tuple[Population, int, dict[str, Value]]] = deque(maxlen=32)
"""Neurons drawn last."""
LARGEST_KEPT = 10_000
"""Neurons of a population that is kept: larger ones need much room, and far longer to simulate than to draw."""


def _neurons(population: Population, seed: int) -> dict[str, Value]:
    """As `draw_neurons`, but once for the conditions, doses and points that share a population and a seed."""
    for known, its_seed, values in tuple(_LATELY):
        if its_seed == seed and known == population:
            return dict(values)
    values = draw_neurons(population, seed)
    for value in values.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    if population.size <= LARGEST_KEPT:
        _LATELY.append((population, seed, values))
    return dict(values)


def draw_neurons(population: Population, seed: int) -> dict[str, Value]:
    """Parameters and start values of every neuron (SI): arrays of shape (size,), or numbers where all are equal."""
    values: dict[str, Value] = {name: p.value for name, p in population.parameters.items()}
    for name, spread in population.spread.items():
        values[name] = _drawn(values[name], spread, population.size, stream(seed, population.name, name))
    values |= {name: np.array(own) for name, own in population.each.items()}
    if population.rest:
        _balance(population, values, seed)
    values |= _start(population, values, seed)
    keys = stream(seed, population.name, "noise").integers(0, 2**31, population.size, dtype=np.int64)
    return values | {"noise_key": keys.astype(np.int32)}


def _drawn(value: Value, spread: Spread, size: int, rng: np.random.Generator) -> np.ndarray:
    if spread.kind == "lognormal":
        return value * np.exp(spread.width * rng.standard_normal(size))
    if spread.kind == "normal":
        return value + spread.width * rng.standard_normal(size)
    return value + spread.width * rng.uniform(-1, 1, size)


def _balance(population: Population, values: dict[str, Value], seed: int) -> None:
    """Draw resting potentials and set `I_hold` so that each neuron, without its spike currents, rests there."""
    assert population.rest is not None and population.cell is not None
    rng = stream(seed, population.name, "rest")
    member = _members(population.rest.groups, population.size, rng)
    normal = rng.standard_normal(population.size)
    groups = population.rest.groups
    v_rest = np.array([g.mean for g in groups])[member] + np.array([g.sd for g in groups])[member] * normal
    if population.rest.hold:
        v_rest = np.linspace(*population.rest.hold, population.size)
    for name in sorted({name for group in groups for name in group.factors}):
        values[name] = values[name] * np.array([g.factors.get(name, 1.0) for g in groups])[member]
    given = {**values, **_fixed(population.cell), **population.rest.fixed, "I_hold": 0.0, "v": v_rest, "noise_key": 0}
    rest = SteadyState(population.cell.equations, given)
    silent = set(population.rest.without)
    gates = population.cell.gates
    needed = sum(
        rest[gates[name]] * rest[name] if name in gates else rest[name]
        for name in population.cell.currents
        if name not in silent
    )
    values["I_hold"] = values["I_hold"] - needed
    values["v"] = v_rest


def _members(groups: tuple[RestGroup, ...], size: int, rng: np.random.Generator) -> np.ndarray:
    """Which group each neuron belongs to: exact shares (largest remainders), in random order."""
    exact = np.array([group.share for group in groups]) * size
    counts = np.floor(exact).astype(int)
    for index in np.argsort(counts - exact, kind="stable")[: size - counts.sum()]:
        counts[index] += 1
    return rng.permutation(np.repeat(np.arange(len(groups)), counts))


def _start(population: Population, values: dict[str, Value], seed: int) -> dict[str, Value]:
    """Start values: as the sheet says, else the steady state at the potential the neuron starts from."""
    cell = population.cell
    assert cell is not None
    mean_input = population.rest.fixed if population.rest else {}
    begin: dict[str, Value] = _fixed(cell) | {name: value for name, value in mean_input.items() if name in cell.states}
    for name, (low, high) in population.start.items():
        begin[name] = stream(seed, population.name, f"start {name}").uniform(low, high, population.size)
    begin.setdefault("v", values.pop("v", values["E_L"]))
    rest = SteadyState(cell.equations, {**values, **begin, "noise_key": 0})
    return {name: begin[name] if name in begin else rest[name] for name in (*cell.slow, *cell.states)}


def _fixed(cell: Cell) -> dict[str, Value]:
    """Variables that start from a number, whatever the potential."""
    return {name: value for mechanism in cell.mechanisms for name, value in mechanism.start.items()}


CHOICES_AT_ONCE = 2**22
"""Random numbers held in memory while the inputs of neurons are chosen."""


def _wire(projection: Projection, model: Model, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Index arrays of a projection: `in_degree` different sources for each target, none of them itself."""
    source, target = model.population(projection.source), model.population(projection.target)
    receiving = _receivers(projection, model, seed)
    rng = stream(seed, projection.target, f"from {projection.source}")
    rows = max(1, CHOICES_AT_ONCE // source.size)
    chosen = [
        _inputs(rng, receiving[first : first + rows], projection, source.size)
        for first in range(0, receiving.size, rows)
    ]
    sources = np.concatenate(chosen).ravel()
    targets = np.repeat(receiving, projection.in_degree)
    if _twinned(projection, model):
        # From the source's twins, or from the source itself where it has none (trains that are replayed).
        sources = np.concatenate([sources, sources + source.size * source.twin])
        targets = np.concatenate([targets, targets + target.size])
    return sources.astype(np.int32), targets.astype(np.int32)


def _receiving(projection: Projection, model: Model) -> int:
    """How many of the target's neurons have a projection's synapses: at least one."""
    return max(1, round(projection.share * model.population(projection.target).size))


def _receivers(projection: Projection, model: Model, seed: int) -> np.ndarray:
    """Which of the target's neurons have them, in order of index."""
    rng = stream(seed, projection.target, f"receiving from {projection.source}")
    order = rng.permutation(model.population(projection.target).size)
    return np.sort(order[: _receiving(projection, model)])


def _inputs(rng: np.random.Generator, targets: np.ndarray, projection: Projection, sources: int) -> np.ndarray:
    """The inputs of some targets, one row for each: those of the smallest random numbers, in order of index."""
    choices = rng.random((targets.size, sources))
    if projection.source == projection.target:
        choices[np.arange(targets.size), targets] = 2.0
    degree = projection.in_degree
    return np.sort(np.argpartition(choices, degree - 1, axis=1)[:, :degree], axis=1)


def _replayed(population: Population, model: Model, seed: int) -> tuple[np.ndarray, np.ndarray]:
    assert population.replay is not None
    trains = replay_trains(population.replay, population.size, model.duration, stream(seed, population.name, "replay"))
    steps = np.concatenate([np.unique(np.rint(train / model.dt).astype(np.int64)) for train in trains])
    neurons = np.repeat(np.arange(population.size), [np.unique(np.rint(t / model.dt)).size for t in trains])
    by_time = np.lexsort((neurons, steps))
    return steps[by_time], neurons[by_time]


def _recorded(trace: TraceMonitor, cells: dict[str, dict[str, Value]]) -> np.ndarray:
    """Neurons to record: evenly spread over the order of their resting potentials, so that all modes are met."""
    v = np.asarray(cells[trace.group]["v"])
    ranks = np.argsort(v, kind="stable") if v.ndim else np.arange(trace.cells)
    picked = ranks[np.linspace(0, ranks.size - 1, trace.cells).round().astype(int)]
    return np.sort(picked).astype(np.int32)


# schedule ------------------------------------------------------------------------------------------------------------

REPORT_EVERY = 0.5
"""Simulated seconds between two words on progress."""


def _schedule(model: Model, seed: int, cells: dict[str, dict[str, Value]]) -> list[tuple[str, str, Value]]:
    lines = [line for p in model.populations if p.cell for line in _settings(p, cells[p.name])]
    lines += [line for projection in model.projections for line in _synapses(projection)]
    state: dict[tuple[str, str], Any] = {}
    times = model.boundaries()
    for start, stop in zip(times, times[1:], strict=False):
        lines += _changes(model, cells, start, state)
        lines += _settled(model, cells) if start == 0 else []
        lines += _passing(start, stop, model.dt)
    return lines


def _settled(model: Model, cells: dict[str, dict[str, Value]]) -> list[tuple[str, str, Value]]:
    """Slow variables in their steady state under what acts from the beginning."""
    lines: list[tuple[str, str, Value]] = []
    for population in model.populations:
        cell, changed = population.cell, model.changed_parameters(population.name)
        if cell and cell.slow and changed:
            values = cells[population.name]
            effects = {name: model.active(population.name, name, 0.0) for name in changed}
            now = {name: np.asarray(values[name]) * factor + shift for name, (factor, shift) in effects.items()}
            given = {name: value for name, value in values.items() if name not in cell.slow}
            rest = SteadyState(cell.equations, {**given, **now})
            lines += _settings(population, {name: rest[name] for name in cell.slow})
    return lines


def _settings(population: Population, values: dict[str, Value]) -> list[tuple[str, str, Value]]:
    assert population.cell is not None
    twice = 2 if population.twin else 1
    lines: list[tuple[str, str, Value]] = []
    scales = {name: BRIAN_UNITS[p.unit][1] for name, p in population.parameters.items()}
    scales |= {e.name: SCALES[e.unit] for e in population.cell.equations if e.unit in SCALES}
    for name, value in values.items():
        scale = scales.get(name, 1)
        value = value * scale if scale != 1 else value
        value = np.tile(value, twice) if isinstance(value, np.ndarray) and value.ndim else float(value)
        lines.append(("set", f"{population.name}.{name}", value))
    return lines


def _synapses(projection: Projection) -> list[tuple[str, str, Value]]:
    name = connection_name(projection)
    values = {"delay": projection.delay, **{key: p.value for key, p in projection.parameters.items()}}
    values |= {"x": 1.0} if projection.plasticity else {}
    return [("set", f"{name}.{key}", value) for key, value in values.items()]


def _changes(
    model: Model, cells: dict[str, dict[str, Value]], time: float, state: dict[tuple[str, str], Any]
) -> list[tuple[str, str, Value]]:
    """Settings that differ from those in force."""
    lines: list[tuple[str, str, Value]] = []
    for population in model.populations:
        for name, (factor, shift) in _news(model, population.name, time, state):
            value: dict[str, Value] = {name: np.asarray(cells[population.name][name]) * factor + shift}
            lines += _settings(population, value)
    for projection in model.projections:
        for name, (factor, shift) in _news(model, projection.name, time, state):
            changed = projection.parameters[name].value * factor + shift
            lines.append(("set", f"{connection_name(projection)}.{name}", changed))
    return lines


def _news(
    model: Model, place: str, time: float, state: dict[tuple[str, str], Any]
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Parameters of a nucleus or projection whose factor and shift differ from those in force, which become so."""
    for name in model.changed_parameters(place):
        effect = model.active(place, name, time)
        if state.get((place, name), (1.0, 0.0)) != effect:
            state[place, name] = effect
            yield name, effect


def _passing(start: float, stop: float, dt: float) -> list[tuple[str, str, Value]]:
    """Let time pass in pieces, each a whole number of steps."""
    first, last, piece = round(start / dt), round(stop / dt), max(1, round(REPORT_EVERY / dt))
    ends = [*range(first + piece, last, piece), last]
    return [("run", "", (end - begin) * dt) for begin, end in zip([first, *ends], ends, strict=False)]
