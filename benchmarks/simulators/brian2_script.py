"""The same equations as a plain Brian2 script with its defaults: Cython, or C++ standalone."""

import resource
import tempfile
import time
from typing import Any

import numpy as np

from simulators.case import Case, Spikes


def script(case: Case) -> tuple[Any, Any, Any]:
    """Network, neurons and spike monitor, as a user would write them; the integrator is Brian2's own choice."""
    from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, defaultclock, second

    defaultclock.dt = case.dt * second
    group = case.group
    kinds = {True: "constant", False: "shared, constant"}
    lines = [f"{name} : {unit} ({kinds[each]})" for name, unit, each in group.parameters if name != "noise_key"]
    equations = group.equations.replace("linoid(", "1/exprel(")
    neurons = NeuronGroup(case.size, "\n".join([equations, *lines]), threshold=group.threshold)
    neurons.run_regularly(case.drawn(group.each_step, "rand()", "randn()"), when="start")
    for name, value in case.values.items():
        if name != "noise_key":
            setattr(neurons, f"{name}_", value)
    [connection] = case.job.structure.connections
    synapses = Synapses(
        neurons,
        neurons,
        "\n".join(f"{weight} : {unit} (shared, constant)" for _, weight, unit in connection.targets),
        on_pre="\n".join(f"{state}_post += {weight}" for state, weight, _ in connection.targets),
        delay=case.delay * second,
    )
    synapses.connect(i=case.wiring[0], j=case.wiring[1])
    for state, weight, _ in connection.targets:
        setattr(synapses, f"{weight}_", case.weights[state])
    spikes = SpikeMonitor(neurons)
    return Network(neurons, synapses, spikes, *neurons.contained_objects), neurons, spikes


def run(case: Case) -> Spikes:
    """At Brian2's default target, in this process: CPU time of the run without that of preparing it."""
    from brian2 import second, seed

    seed(1)
    network, neurons, spikes = script(case)
    network.run(case.dt * second)
    began = time.process_time()
    network.run(case.dt * second)
    prepared = time.process_time()
    network.run((case.duration - 2 * case.dt) * second)
    cpu = time.process_time() - prepared - (prepared - began)
    return Spikes(cpu, np.array(spikes.t_), np.array(spikes.i), CHOICE)


def run_standalone(case: Case) -> Spikes:
    """As a compiled program: CPU time of the program."""
    from brian2 import device, second, seed, set_device

    with tempfile.TemporaryDirectory() as folder:
        set_device("cpp_standalone", build_on_run=False)
        seed(1)
        network, neurons, spikes = script(case)
        network.run(case.duration * second)
        device.build(directory=folder, run=False)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        device.run(directory=folder, with_output=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times, cells = np.array(spikes.t_), np.array(spikes.i)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spikes(cpu, times, cells, CHOICE)


CHOICE = "forward Euler, Brian2's choice for equations that are nonlinear in v"
