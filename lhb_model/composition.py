"""Experiment + condition -> Model: sheets become populations, wiring becomes projections, interventions become changes."""

from collections.abc import Iterator, Mapping

from lhb_model.catalogue import mechanism
from lhb_model.clamp_sheets import ClampSheet
from lhb_model.equations import SteadyState
from lhb_model.experiment import Condition, Experiment, Use
from lhb_model.laws import block_factor, hill_block, pore_ic50, scale_factor, shift_amount
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.model import (
    LHB,
    RAMP_START,
    Change,
    Model,
    Population,
    Projection,
    Replay,
    Rest,
    RestGroup,
    Spread,
    TraceRequest,
    projection_name,
)
from lhb_model.pharmacokinetics import Step, staircase
from lhb_model.quantities import Parameter, Quantity, parameter
from lhb_model.readouts import READOUTS
from lhb_model.replay_sheets import HoldSheet, ReplaySheet
from lhb_model.schema import EffectSheet, NucleusSheet, Stimulus, Wire

EXPERIMENT = "set by the experiment"
NO_SPIKES = parameter("1 V", source="steps of a voltage clamp are no spikes", tag="assumed")


def compose_model(experiment: Experiment, condition: Condition) -> Model:
    """The model of one condition."""
    protocol = experiment.sheet.protocol
    duration = protocol.duration.value
    populations = tuple(_population(experiment, name, condition) for name in experiment.sheet.nuclei)
    return Model(
        condition=condition.name,
        dt=protocol.dt.value,
        duration=duration,
        epochs={"analysis": (protocol.warm_up.value, duration)},
        populations=populations,
        projections=tuple(_projection(experiment, wire) for wire in experiment.sheet.wiring if wire.in_degree > 0),
        changes=(*_interventions(experiment, condition), *_stimuli(experiment, condition)),
        traces=tuple(_traces(experiment)),
        precision=experiment.sheet.precision,
    )


def _population(experiment: Experiment, name: str, condition: Condition) -> Population:
    sheet, use, clamp = experiment.nuclei[name], experiment.sheet.nuclei[name], experiment.clamp(name)
    if use.replay is not None:
        replay = _replay(use.replay, condition)
        return Population(name, experiment.size(name), None, {}, {}, replay=replay)
    return Population(
        name=name,
        size=experiment.size(name),
        cell=experiment.cell(name),
        parameters=_parameters(experiment, name),
        spread={key: Spread(s.kind, s.width.value, s.source, s.tag) for key, s in sheet.spread.items()},
        rest=None if clamp else _rest(sheet, use.hold),
        start={key: (r.low.value, r.high.value) for key, r in sheet.start.items()},
        twin=name != LHB and has_reference(experiment),
        each=_commands(clamp, experiment.sheet.protocol.warm_up.value) if clamp else {},
    )


def _commands(clamp: ClampSheet, test: float) -> dict[str, tuple[float, ...]]:
    """The command of each sweep, whose test step begins at a time (s), and the potential at which it starts."""
    sweeps = [sweep.command(test) for sweep in clamp.sweeps()]
    commands = {name: tuple(sweep[name] for sweep in sweeps) for name in sweeps[0]}
    return {**commands, "v": commands["V_0"]}


def _parameters(experiment: Experiment, nucleus: str) -> dict[str, Parameter]:
    """The mechanisms' numbers, under those of the sheet, under those of the experiment."""
    amounts = {key: sourced.parameter() for key, sourced in experiment.nuclei[nucleus].parameters.items()}
    given = experiment.sheet.nuclei[nucleus].parameters
    chosen = {key: Parameter(quantity, EXPERIMENT, "assumed") for key, quantity in given.items()}
    unseen = {"V_spike": NO_SPIKES} if experiment.clamp(nucleus) else {}
    return {**experiment.cell(nucleus).parameters, **amounts, **unseen, **chosen}


def has_reference(experiment: Experiment) -> bool:
    """Whether any readout asks for the same network without the LHb's output."""
    asked = any(READOUTS[name].needs_reference for name in experiment.sheet.readouts)
    return asked and LHB in experiment.sheet.nuclei


def _replay(sheet: ReplaySheet, condition: Condition) -> Replay:
    assert condition.replay is not None
    return Replay(
        condition.replay,
        sheet.rate.value,
        sheet.active_share,
        sheet.rate_spread,
        sheet.spikes_per_burst,
        sheet.intra_burst_frequency.value,
        sheet.irregularity,
    )


def _rest(sheet: NucleusSheet, hold: HoldSheet | None) -> Rest | None:
    if sheet.rest is None:
        return None
    ends = (hold.lowest.value, hold.highest.value) if hold else None
    groups = tuple(RestGroup(g.name, g.share, g.mean.value, g.sd.value, g.factors) for g in sheet.rest.groups)
    silent = tuple(current for name in sheet.rest.without for current in mechanism(name).currents)
    return Rest(groups, silent, {key: quantity.value for key, quantity in sheet.rest.fixed.items()}, ends)


def _projection(experiment: Experiment, wire: Wire) -> Projection:
    def weight(quantity: Quantity) -> Parameter:
        return Parameter(quantity, wire.why, wire.tag)

    return Projection(
        name=projection_name(wire.source, wire.target),
        source=wire.source,
        target=wire.target,
        in_degree=wire.in_degree,
        delay=wire.delay.value,
        weights={receptor: weight(quantity) for receptor, quantity in wire.weights.items()},
        plasticity=_plasticity(wire),
        share=wire.share,
    )


def _plasticity(wire: Wire) -> Mapping[str, Parameter] | None:
    """Parameters of the synapse's plasticity; None leaves a static synapse of the full weight."""
    if wire.plasticity is None:
        return None
    chosen = {name: Parameter(quantity, wire.why, wire.tag) for name, quantity in wire.plasticity.items()}
    return {**short_term_plasticity.MECHANISM.parameters, **chosen}


def _traces(experiment: Experiment) -> Iterator[TraceRequest]:
    for name, trace in experiment.sheet.traces.items():
        cells = min(trace.cells, experiment.size(name))
        stop = min(trace.stop.value, experiment.sheet.protocol.duration.value)
        yield TraceRequest(name, "v", cells, trace.interval.value, (trace.start.value, stop))
    protocol = experiment.sheet.protocol
    for name in experiment.sheet.nuclei:
        if clamp := experiment.clamp(name):
            test = (protocol.warm_up.value, protocol.duration.value)
            yield TraceRequest(name, clamp.current, experiment.size(name), clamp.interval.value, test, "A")


# changes -------------------------------------------------------------------------------------------------------------


def _interventions(experiment: Experiment, condition: Condition) -> Iterator[Change]:
    """Changes in order of the interventions' names, so that the order in a file cannot even change a rounding."""
    for use in sorted(condition.uses, key=lambda use: use.intervention):
        for place in (*experiment.reached(use), *experiment.reached_projections(use)):
            for start, stop, amount in _steps(experiment, use):
                for name, factor, shift in _effects(experiment, use, place, amount):
                    yield Change(place, name, factor, shift, start, stop, cause=str(use))


def _steps(experiment: Experiment, use: Use) -> list[Step]:
    """When an intervention acts and in which amount: one step, or the stairs of a course to the end of the record."""
    duration = experiment.sheet.protocol.duration.value
    if use.course is not None:
        return staircase(use.course, use.onset, duration)
    return [Step(use.onset, use.end if use.end is not None else duration, use.amount.value)]


def _effects(experiment: Experiment, use: Use, place: str, amount: float) -> Iterator[tuple[str, float, float]]:
    """Parameter, factor and shift of everything that an amount of an intervention does in a nucleus or projection."""
    sheet, known = experiment.interventions[use.intervention], experiment.changeable(place)
    for effect in (effect for effect in sheet.effects if effect.parameter in known):
        if use.law == "trapping" and effect.blocks_pore:
            yield f"c_{sheet.blocker().name}", 1.0, amount
        elif use.dosed or effect.affinity is None:
            yield effect.parameter, *factor_and_shift(effect, _strength(experiment, use, place, effect, amount))


def _strength(experiment: Experiment, use: Use, nucleus: str, effect: EffectSheet, amount: float) -> float:
    """How strongly an amount acts: 0 not at all, 1 in full. A dose acts by the Hill law, in a pore against magnesium."""
    sheet = experiment.interventions[use.intervention]
    affinity = effect.affinity or sheet.affinity
    if not use.dosed:
        return amount
    assert affinity is not None
    ic50 = affinity.IC50.value.value
    if sheet.pore and effect.blocks_pore:
        pore, potential = sheet.pore, sheet.pore.potential.value.value if use.at is None else use.at
        unblocked = _free_of_magnesium(experiment, nucleus, potential)
        ic50 = pore_ic50(ic50, pore.IC50_at.value.value, potential, pore.e_fold.value.value, unblocked)
    return hill_block(amount, ic50, affinity.hill.value.value)


def _free_of_magnesium(experiment: Experiment, nucleus: str, potential: float) -> float:
    """Share of open NMDA receptors that magnesium leaves free, by the nucleus's own equation and numbers."""
    numbers = {name: parameter.value for name, parameter in _parameters(experiment, nucleus).items()}
    return float(SteadyState(experiment.cell(nucleus).equations, {**numbers, "v": potential})["B_Mg"])


def factor_and_shift(effect: EffectSheet, strength: float) -> tuple[float, float]:
    """What one effect does to its parameter at a strength; exactly (1, 0) at 0."""
    if effect.amount is None:
        return block_factor(strength), 0.0
    amount = effect.amount.value.value
    if effect.law == "scale":
        return scale_factor(amount, strength), 0.0
    # A negative amount times 0 is -0.0, which prints as such.
    return 1.0, shift_amount(amount, strength) + 0.0


def _stimuli(experiment: Experiment, condition: Condition) -> Iterator[Change]:
    for stimulus in experiment.sheet.stimuli:
        if stimulus.conditions is None or condition.name in stimulus.conditions:
            yield from _ramp(stimulus) if stimulus.kind == "ramp" else _pulses(stimulus)


def _ramp(stimulus: Stimulus) -> Iterator[Change]:
    """From no current to `current` over `width`."""
    return _slope(stimulus.nucleus, stimulus.current.value, stimulus.slopes[0], "current ramp")


def _pulses(stimulus: Stimulus) -> Iterator[Change]:
    cause = stimulus.label or f"current {stimulus.kind}"
    for start in stimulus.starts:
        stop = start + stimulus.lasting
        yield Change(stimulus.nucleus, "I_step", 1.0, stimulus.current.value, start, stop, cause)
    for span in stimulus.slopes:
        yield from _slope(stimulus.nucleus, -stimulus.current.value, span, cause)


def _slope(nucleus: str, change: float, span: tuple[float, float], cause: str) -> Iterator[Change]:
    """A current that changes in a straight line."""
    start, stop = span
    yield Change(nucleus, "I_ramp", 1.0, change / (stop - start), start, stop, cause)
    yield Change(nucleus, RAMP_START, 1.0, start, start, stop, cause)
