"""Structure -> Brian2 objects. The same objects serve both targets: compiled C++ and interpreted NumPy.

Every object is named, the namespace is always given, and no number that may vary is written here.
"""

import logging
from dataclasses import dataclass, field

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses, defaultclock, second
from brian2.core.base import BrianObject

from lhb_model.mechanisms import short_term_plasticity
from lhb_model.simulate import scheme
from lhb_model.simulate.functions import NAMESPACE
from lhb_model.simulate.structure import SLOW_STEP, Connection, Group, SpikeSource, Structure, TraceMonitor


@dataclass
class BrianNetwork:
    """The Brian2 objects of a structure, by name."""

    network: Network
    groups: dict[str, BrianObject] = field(default_factory=dict)
    synapses: dict[str, Synapses] = field(default_factory=dict)
    spikes: dict[str, SpikeMonitor] = field(default_factory=dict)
    traces: dict[str, StateMonitor] = field(default_factory=dict)


Pairs = dict[str, tuple[np.ndarray, np.ndarray]]


def build_network(structure: Structure, wiring: Pairs, trains: Pairs, cells: dict[str, np.ndarray]) -> BrianNetwork:
    """Make the Brian2 objects.

    `wiring` gives the (sources, targets) indices of each connection, `trains` the (steps, neurons) of each spike source, and
    `cells` the neurons that each trace records. Delays are one step until they are set.
    """
    logging.getLogger("brian2").setLevel(logging.ERROR)
    defaultclock.dt = structure.dt * second
    made = BrianNetwork(Network(name="lhb_network"))
    for group in structure.groups:
        made.groups[group.name] = _neurons(made, group, structure.dt)
    for source in structure.sources:
        made.groups[source.name] = _spike_source(made, source, *trains[source.name], structure.dt)
    for connection in structure.connections:
        _synapses(made, connection, *wiring[connection.name])
    for name, group in made.groups.items():
        made.spikes[name] = SpikeMonitor(group, name=f"spikes_{name}")
        made.network.add(made.spikes[name])
    for trace in structure.traces:
        _trace(made, trace, cells[trace.name])
    return made


def _neurons(made: BrianNetwork, group: Group, dt: float) -> NeuronGroup:
    flags = {True: "constant", False: "shared, constant"}
    slow_dt = max(1, round(SLOW_STEP / dt)) * dt * second
    lines = [f"{name} : {unit} ({flags[per_neuron]})" for name, unit, per_neuron in group.parameters]
    neurons = NeuronGroup(
        group.size,
        "\n".join([group.equations, *lines]),
        method=scheme.register(),
        threshold=group.threshold,
        reset=group.reset or None,
        refractory=group.refractory or False,
        namespace={**NAMESPACE, "slow_dt": slow_dt},
        name=group.name,
    )
    made.network.add(neurons)
    if group.each_step:
        neurons.run_regularly(group.each_step, when="start", name=f"{group.name}_each_step")
    if group.slow:
        neurons.run_regularly(group.slow, dt=slow_dt, when="start", name=f"{group.name}_slow")
    return neurons


def _spike_source(
    made: BrianNetwork, source: SpikeSource, steps: np.ndarray, neurons: np.ndarray, dt: float
) -> SpikeGeneratorGroup:
    group = SpikeGeneratorGroup(source.size, neurons, steps * dt * second, name=source.name)
    made.network.add(group)
    return group


def _synapses(made: BrianNetwork, connection: Connection, sources: np.ndarray, targets: np.ndarray) -> None:
    plasticity = short_term_plasticity.MECHANISM
    model = [f"{weight} : {unit} (shared, constant)" for _, weight, unit in connection.targets]
    effect = "*efficacy" if connection.plastic else ""
    on_spike = [f"{state}_post += {weight}{effect}" for state, weight, _ in connection.targets]
    if connection.plastic:
        model += [plasticity.equations]
        model += [
            f"{name} : {'1' if p.unit == '1' else 'second'} (shared, constant)"
            for name, p in plasticity.parameters.items()
        ]
        on_spike = [*plasticity.reset.splitlines(), *on_spike]
    synapses = Synapses(
        made.groups[connection.source],
        made.groups[connection.target],
        model="\n".join(model),
        on_pre="\n".join(line.strip() for line in on_spike),
        delay=defaultclock.dt,
        namespace=NAMESPACE,
        name=connection.name,
    )
    synapses.connect(i=sources, j=targets)
    made.synapses[connection.name] = synapses
    made.network.add(synapses)


def _trace(made: BrianNetwork, trace: TraceMonitor, cells: np.ndarray) -> None:
    monitor = StateMonitor(
        made.groups[trace.group],
        trace.variable,
        record=cells,
        dt=trace.interval * second,
        name=trace.name,
    )
    made.traces[trace.name] = monitor
    made.network.add(monitor)
