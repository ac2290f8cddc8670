"""Does everything an experiment names exist, fit and agree? One error for the first thing that does not."""

import os
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import combinations

from lhb_model.clamp_sheets import MOST_SWEEPS, ClampSheet
from lhb_model.experiment import Condition, Experiment, Key, Place, Use, clamped
from lhb_model.figure_kinds import FIGURE_KINDS, NEED_TRACES
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.quantities import Quantity
from lhb_model.readouts import READOUTS
from lhb_model.replay_sheets import HoldSheet
from lhb_model.schema import Protocol, Stimulus, TraceSheet, Wire
from lhb_model.sheets import check_amount, check_known, check_parameters

MOST_STEPS = 2**31 - 2
"""The simulator counts time steps in 32 bits."""
MOST_SIMULATIONS = 1_000_000
MAGNESIUM = {"Mg_out", "Mg_half"}
BYTES_PER_NEURON = 2_000
BYTES_PER_SYNAPSE = 100
BYTES_PER_SAMPLE = 16
BYTES_PER_SPIKE = 50


def check_experiment(experiment: Experiment, place: Place) -> None:
    """Raise an `InputError` for the first name, unit, size or time of an experiment that cannot be."""
    _check_protocol(experiment, place)
    for name, use in experiment.sheet.nuclei.items():
        key: Key = ("nuclei", name, "parameters")
        if use.replay is None:
            check_parameters(use.parameters, experiment.cell(name), place, key)
        elif use.parameters:
            raise place.error(key, "given parameters, expected none where trains are replayed")
        if use.hold is not None:
            _check_hold(experiment, name, use.hold, place)
    if experiment.sheet.clamp is not None:
        _check_clamp(experiment, experiment.sheet.clamp, place)
    _check_wiring(experiment, place)
    _check_conditions(experiment, place)
    _check_stimuli(experiment, place)
    for name, trace in experiment.sheet.traces.items():
        _check_trace(experiment, name, trace, place)
    _check_readouts(experiment, place)
    _check_figures(experiment, place)
    _check_memory(experiment, place)


def _check_protocol(experiment: Experiment, place: Place) -> None:
    protocol, duration = experiment.sheet.protocol, _duration(experiment)
    if duration / protocol.dt.value > MOST_STEPS:
        expected = f"at most {MOST_STEPS * protocol.dt.value:.4g} s in steps of {protocol.dt.text!r}"
        raise place.error(("protocol", "duration"), f"given {protocol.duration.text!r}, expected {expected}")
    if protocol.warm_up.value + protocol.dt.value > duration:
        expected = f"less than the duration, {protocol.duration.text!r}"
        raise place.error(("protocol", "warm_up"), f"given {protocol.warm_up.text!r}, expected {expected}")
    if len(experiment.seeds) * len(experiment.conditions) > MOST_SIMULATIONS:
        given = f"{len(experiment.seeds)} seeds for {len(experiment.conditions)} conditions"
        raise place.error(("seeds",), f"given {given}, expected at most {MOST_SIMULATIONS} simulations")


def _check_hold(experiment: Experiment, name: str, hold: HoldSheet, place: Place) -> None:
    key: Key = ("nuclei", name, "hold")
    if name not in experiment.simulated or experiment.nuclei[name].rest is None:
        raise place.error(key, "given potentials, expected a nucleus whose sheet balances its neurons by 'rest'")
    if hold.lowest.value > hold.highest.value:
        raise place.error((*key, "from"), f"given {hold.lowest.text!r}, expected at most 'to', {hold.highest.text!r}")


def _check_clamp(experiment: Experiment, clamp: ClampSheet, place: Place) -> None:
    """Does the current exist, do the steps fit before the test, and does nothing else decide potentials and size?"""
    protocol = experiment.sheet.protocol
    for name in clamped(experiment.sheet):
        check_known("simulated nucleus", name, experiment.simulated, place, ("clamp", "nuclei"))
        use = experiment.sheet.nuclei[name]
        if other := next((key for key in ("size", "hold") if getattr(use, key) is not None), None):
            raise place.error(
                ("nuclei", name, other), "given for a clamped nucleus, expected none: each sweep is a neuron"
            )
        check_known(f"current of {name}", clamp.current, experiment.cell(name).currents, place, ("clamp", "current"))
    for family, found in clamp.families.items():
        longest = max(sum(sweep.lasting) for sweep in found.sweeps())
        if longest > protocol.warm_up.value:
            key, expected = ("clamp", "families", family, "before"), f"at most the warm-up, {protocol.warm_up.text!r}"
            raise place.error(key, f"given steps of {longest:g} s before the test, expected {expected}")
    if len(clamp.sweeps()) > MOST_SWEEPS:
        raise place.error(("clamp", "families"), f"given {len(clamp.sweeps())} sweeps, expected at most {MOST_SWEEPS}")
    _check_interval(clamp.interval, protocol, place, ("clamp", "interval"))


def _duration(experiment: Experiment) -> float:
    return experiment.sheet.protocol.duration.value


# wiring --------------------------------------------------------------------------------------------------------------


def _check_wiring(experiment: Experiment, place: Place) -> None:
    wired: set[tuple[str, str]] = set()
    for number, wire in enumerate(experiment.sheet.wiring):
        key: Key = ("wiring", number)
        check_known("nucleus", wire.source, experiment.nuclei, place, (*key, "from"))
        check_known("simulated nucleus", wire.target, experiment.simulated, place, (*key, "to"))
        if (wire.source, wire.target) in wired:
            given = f"{wire.source} -> {wire.target} a second time"
            raise place.error(key, f"given {given}, expected one entry with all its receptors")
        wired.add((wire.source, wire.target))
        _check_wire(experiment, wire, place, key)


def _check_wire(experiment: Experiment, wire: Wire, place: Place, key: Key) -> None:
    size = experiment.size(wire.source)
    most = size - (wire.source == wire.target)
    if wire.in_degree > most:
        neurons = (
            f"{wire.source} has {size} neurons, and none is its own input"
            if most < size
            else f"the size of {wire.source}"
        )
        raise place.error((*key, "in_degree"), f"given {wire.in_degree}, expected at most {most}: {neurons}")
    if not experiment.sheet.protocol.dt.value <= wire.delay.value <= _duration(experiment):
        expected = f"from one time step to the duration, {experiment.sheet.protocol.duration.text!r}"
        raise place.error((*key, "delay"), f"given {wire.delay.text!r}, expected {expected}")
    cell = experiment.cell(wire.target)
    for receptor, weight in wire.weights.items():
        check_known(f"receptor of {wire.target}", receptor, cell.receives, place, (*key, "weights", receptor))
        check_amount(receptor, weight, cell.weight_units[receptor], place, (*key, "weights", receptor))
    known = short_term_plasticity.MECHANISM.parameters
    for name, quantity in (wire.plasticity or {}).items():
        check_known("parameter of short-term plasticity", name, known, place, (*key, "plasticity", name))
        check_amount(name, quantity, known[name].unit, place, (*key, "plasticity", name))


# conditions ----------------------------------------------------------------------------------------------------------


def _check_conditions(experiment: Experiment, place: Place) -> None:
    folders: dict[str, str] = {}
    replays = len(experiment.simulated) < len(experiment.nuclei)
    for condition in experiment.conditions:
        key: Key = ("conditions", condition.name.split("@")[0])
        if (folded := condition.name.casefold()) in folders:
            raise place.error(key, f"given {condition.name!r} beside {folders[folded]!r}, expected different names")
        folders[folded] = condition.name
        _check_replay(experiment, condition, replays, place, key)
        for use in condition.uses:
            _check_use(experiment, use, place, (*key, use.intervention))
            _check_pore(experiment, condition, use, place, (*key, use.intervention))


def _check_replay(experiment: Experiment, condition: Condition, replays: bool, place: Place, key: Key) -> None:
    if condition.replay and not replays:
        raise place.error(
            (*key, "replay"), f"given {condition.replay.text!r}, expected a nucleus with 'replay': none has trains"
        )
    for nucleus, use in experiment.sheet.nuclei.items():
        if use.replay and condition.replay and (condition.replay.rate or 0.0) > use.replay.rate.value:
            given = f"{condition.replay.rate:g} Hz"
            expected = f"at most the rate of the trains of {nucleus}, {use.replay.rate.text!r}"
            raise place.error((*key, "replay", "rate"), f"given {given}, expected {expected}")
    if replays and not condition.replay:
        raise place.error(
            (*key, "replay"), "missing; expected a pattern of the replayed trains: bursting, tonic or silent"
        )


def _check_use(experiment: Experiment, use: Use, place: Place, key: Key) -> None:
    for name in use.nuclei or ():
        kind, known = ("projection", experiment.projections) if "->" in name else ("nucleus", experiment.nuclei)
        check_known(kind, name, known, place, (*key, "nuclei"))
    duration = _duration(experiment)
    end, dt = duration if use.end is None else use.end, experiment.sheet.protocol.dt.value
    if use.onset + dt > duration:
        raise place.error((*key, "onset"), f"given {use.onset:g} s, expected less than the duration, {duration:g} s")
    if end > duration:
        raise place.error((*key, "end"), f"given {end:g} s, expected at most the duration, {duration:g} s")
    if use.onset + dt > end:
        raise place.error((*key, "end"), f"given {end:g} s, expected more than the onset, {use.onset:g} s")
    effects = [effect.parameter for effect in experiment.interventions[use.intervention].effects]
    nuclei, projections = experiment.reached(use), experiment.reached_projections(use)
    if not any(effect in experiment.changeable(name) for name in (*nuclei, *projections) for effect in effects):
        where = f"in {', '.join(nuclei or projections)}" if nuclei or projections else "in any simulated nucleus"
        raise place.error(key, f"changes nothing {where}; expected a nucleus with {' or '.join(effects)}")


def _check_pore(experiment: Experiment, condition: Condition, use: Use, place: Place, key: Key) -> None:
    """Block of the pore: the Hill law holds at one magnesium, and trapping adds up small steps."""
    sheet = experiment.interventions[use.intervention]
    if use.law == "trapping" and experiment.sheet.precision == "single":
        raise place.error(("precision",), "given 'single', expected 'double' for the slow steps of trapping")
    if sheet.pore is None or not use.dosed or use.law == "trapping":
        return
    for other in condition.uses:
        changed = {effect.parameter for effect in experiment.interventions[other.intervention].effects}
        if changed & MAGNESIUM:
            expected = f"'law: trapping', which follows the magnesium that {other.intervention} changes"
            raise place.error((*key, use.given_as), f"given for the Hill law, expected {expected}")


# stimuli -------------------------------------------------------------------------------------------------------------


def _check_stimuli(experiment: Experiment, place: Place) -> None:
    stimuli = experiment.sheet.stimuli
    for number, stimulus in enumerate(stimuli):
        _check_stimulus(experiment, stimulus, place, ("stimuli", number))
    for (_, first), (number, second) in combinations(enumerate(stimuli), 2):
        if first.nucleus == second.nucleus and (until := _both_sloping(first, second)):
            expected = f"one ramp or fall at a time in {second.nucleus}; another runs until {until:g} s"
            raise place.error(("stimuli", number, "start"), f"given {second.start.text!r}, expected {expected}")


def _check_stimulus(experiment: Experiment, stimulus: Stimulus, place: Place, key: Key) -> None:
    protocol = experiment.sheet.protocol
    check_known("simulated nucleus", stimulus.nucleus, experiment.simulated, place, (*key, "nucleus"))
    if "I_step" not in experiment.cell(stimulus.nucleus).parameters:
        expected = "a nucleus that takes current by the mechanism 'injected_current'"
        raise place.error((*key, "nucleus"), f"given {stimulus.nucleus!r}, expected {expected}")
    for name in stimulus.conditions or ():
        known = [condition.name for condition in experiment.conditions]
        check_known("condition", name, known, place, (*key, "conditions"))
    if stimulus.width.value < protocol.dt.value:
        raise place.error((*key, "width"), f"given {stimulus.width.text!r}, expected at least one time step")
    if stimulus.stop > protocol.duration.value + protocol.dt.value / 2:
        given = f"a stimulus that ends at {stimulus.stop:g} s"
        raise place.error(key, f"given {given}, expected at most the duration, {protocol.duration.text!r}")


def _both_sloping(one: Stimulus, other: Stimulus) -> float | None:
    """Until when (s) one slopes while the other begins to in the same condition; none: never at one time."""
    if one.conditions is not None and other.conditions is not None and not set(one.conditions) & set(other.conditions):
        return None
    begins = [start for start, _ in other.slopes]
    for start, stop in one.slopes:
        before = bisect_left(begins, stop) - 1
        if before >= 0 and other.slopes[before][1] > start:
            return stop
    return None


# what is recorded and shown ------------------------------------------------------------------------------------------


def _check_trace(experiment: Experiment, name: str, trace: TraceSheet, place: Place) -> None:
    key: Key = ("traces", name)
    protocol = experiment.sheet.protocol
    check_known("simulated nucleus", name, experiment.simulated, place, key)
    if trace.start.value >= min(trace.stop.value, protocol.duration.value):
        expected = f"less than 'stop', {trace.stop.text!r}, and the duration, {protocol.duration.text!r}"
        raise place.error((*key, "start"), f"given {trace.start.text!r}, expected {expected}")
    _check_interval(trace.interval, protocol, place, (*key, "interval"))


def _check_interval(interval: Quantity, protocol: Protocol, place: Place, key: Key) -> None:
    steps = interval.value / protocol.dt.value
    if not 1 <= steps <= MOST_STEPS or abs(steps - round(steps)) > 1e-6 * steps:
        expected = f"a whole number of time steps of {protocol.dt.text!r}"
        raise place.error(key, f"given {interval.text!r}, expected {expected}")


def _check_readouts(experiment: Experiment, place: Place) -> None:
    for number, name in enumerate(experiment.sheet.readouts):
        key: Key = ("readouts", number)
        check_known("readout", name, READOUTS, place, key)
        _check_once(number, experiment.sheet.readouts, place, key)
        if READOUTS[name].nucleus not in experiment.nuclei:
            raise place.error(
                key, f"given {name!r}, expected the nucleus it reads, {READOUTS[name].nucleus!r}, in 'nuclei'"
            )


def _check_figures(experiment: Experiment, place: Place) -> None:
    for number, kind in enumerate(experiment.sheet.figures):
        key: Key = ("figures", number)
        check_known("kind of figure", kind, FIGURE_KINDS, place, key)
        _check_once(number, experiment.sheet.figures, place, key)
        if kind == "dose" and not any("@" in condition.name for condition in experiment.conditions):
            raise place.error(key, "given 'dose', expected a series of doses such as 'dose: [0 uM, 1 uM, 10 uM]'")
        if kind == "peth" and not any(stimulus.kind == "pulses" for stimulus in experiment.sheet.stimuli):
            raise place.error(key, "given 'peth', expected pulses of current under 'stimuli' to look around")
        moments = any(use.moment for condition in experiment.conditions for use in condition.uses)
        if kind == "infusion" and not moments:
            raise place.error(key, "given 'infusion', expected moments of a course such as 'after: [0 min, 40 min]'")
        if kind == "mode_map" and not any(use.hold for use in experiment.sheet.nuclei.values()):
            raise place.error(key, "given 'mode_map', expected a nucleus with 'hold', a ladder of potentials")
        if kind == "voltage_clamp" and experiment.sheet.clamp is None:
            raise place.error(key, "given 'voltage_clamp', expected 'clamp', families of sweeps")
        if kind in NEED_TRACES and not experiment.sheet.traces:
            raise place.error(key, f"given {kind!r}, expected 'traces' to draw")


def _check_once(number: int, names: Sequence[str], place: Place, key: Key) -> None:
    if names[number] in names[:number]:
        raise place.error(key, f"given {names[number]!r} twice, expected it once")


def _check_memory(experiment: Experiment, place: Place) -> None:
    """Refuse what would not fit into this machine's memory."""
    memory = _memory()
    sizes = {name: experiment.size(name) for name in experiment.nuclei}
    needed, largest = _bytes(experiment, sizes), max(sizes, key=lambda name: sizes[name])
    if needed > memory:
        given = f"{sizes[largest]} neurons, for which the network needs about {needed / 1e9:.3g} GB of memory"
        raise place.error(("nuclei", largest, "size"), f"given {given}, expected what fits into {memory / 1e9:.3g} GB")
    for name, trace in experiment.sheet.traces.items():
        traced = min(trace.cells, sizes[name]) * _duration(experiment) / trace.interval.value * BYTES_PER_SAMPLE
        if traced > memory:
            given = f"traces of about {traced / 1e9:.3g} GB"
            raise place.error(
                ("traces", name), f"given {given}, expected what fits into {memory / 1e9:.3g} GB of memory"
            )


def _bytes(experiment: Experiment, sizes: Mapping[str, int]) -> float:
    """About what one simulation holds in memory, with the twins of its nuclei."""
    needed = 2.0 * BYTES_PER_NEURON * sum(sizes.values())
    for wire in experiment.sheet.wiring:
        needed += 2.0 * BYTES_PER_SYNAPSE * wire.in_degree * sizes[wire.target]
    for name, use in experiment.sheet.nuclei.items():
        if use.replay is not None:
            needed += BYTES_PER_SPIKE * use.replay.rate.value * _duration(experiment) * sizes[name]
    return needed


def _memory() -> float:
    """Bytes of this machine's memory."""
    return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
