"""Experiment + condition -> Model: sheets become populations, wiring becomes projections, interventions become changes."""

from collections.abc import Iterator, Mapping

from lhb_model.catalogue import mechanism
from lhb_model.checks import cell_of, size_of
from lhb_model.experiment import Condition, Experiment, Use
from lhb_model.laws import block_factor, hill_block, scale_factor, shift_amount
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.model import (
    Change,
    Model,
    Population,
    Projection,
    Replay,
    Rest,
    RestGroup,
    Spread,
    TraceRequest,
)
from lhb_model.quantities import Parameter, Quantity
from lhb_model.readouts import READOUTS
from lhb_model.schema import EffectSheet, InterventionSheet, NucleusSheet, Stimulus, Wire

EXPERIMENT = "set by the experiment"
SOURCE_OF_BURSTS = "lhb"
"""The nucleus whose output the reference twins lack."""


def compose_model(experiment: Experiment, condition: Condition) -> Model:
    """The model of one condition."""
    protocol = experiment.sheet.protocol
    duration = protocol.duration.value
    populations = tuple(_population(experiment, name, condition) for name in experiment.sheet.nuclei)
    simulated = {population.name: population for population in populations if population.cell}
    return Model(
        condition=condition.name,
        dt=protocol.dt.value,
        duration=duration,
        epochs={"analysis": (protocol.warm_up.value, duration)},
        populations=populations,
        projections=tuple(_projection(experiment, wire) for wire in experiment.sheet.wiring if wire.in_degree > 0),
        changes=(*_interventions(experiment, condition, simulated), *_stimuli(experiment, condition)),
        traces=tuple(_traces(experiment)),
        precision=experiment.sheet.precision,
    )


def _population(experiment: Experiment, name: str, condition: Condition) -> Population:
    sheet, use = experiment.nuclei[name], experiment.sheet.nuclei[name]
    if use.replay is not None:
        return Population(name, size_of(experiment, name), None, {}, {}, replay=_replay(experiment, name, condition))
    cell = cell_of(experiment, name)
    assert cell is not None
    amounts = {key: sourced.parameter() for key, sourced in sheet.parameters.items()}
    chosen = {key: Parameter(quantity, EXPERIMENT, "assumed") for key, quantity in use.parameters.items()}
    return Population(
        name=name,
        size=size_of(experiment, name),
        cell=cell,
        parameters={**cell.parameters, **amounts, **chosen},
        spread={key: Spread(s.kind, s.width.value, s.source, s.tag) for key, s in sheet.spread.items()},
        rest=_rest(sheet),
        start={key: (r.low.value, r.high.value) for key, r in sheet.start.items()},
        twin=name != SOURCE_OF_BURSTS and has_reference(experiment),
    )


def has_reference(experiment: Experiment) -> bool:
    """Whether any readout asks for the same network without the LHb's output."""
    asked = any(READOUTS[name].needs_reference for name in experiment.sheet.readouts)
    return asked and SOURCE_OF_BURSTS in experiment.sheet.nuclei


def _replay(experiment: Experiment, name: str, condition: Condition) -> Replay:
    sheet = experiment.sheet.nuclei[name].replay
    assert sheet is not None
    return Replay(
        condition.replay or "bursting",
        sheet.rate.value,
        sheet.active_share,
        sheet.rate_spread,
        sheet.spikes_per_burst,
        sheet.intra_burst_frequency.value,
        sheet.irregularity,
    )


def _rest(sheet: NucleusSheet) -> Rest | None:
    if sheet.rest is None:
        return None
    groups = tuple(RestGroup(g.name, g.share, g.mean.value, g.sd.value, g.factors) for g in sheet.rest.groups)
    silent = tuple(current for name in sheet.rest.without for current in mechanism(name).currents)
    return Rest(groups, silent, {key: quantity.value for key, quantity in sheet.rest.fixed.items()})


def _projection(experiment: Experiment, wire: Wire) -> Projection:
    def weight(quantity: Quantity) -> Parameter:
        return Parameter(quantity, wire.why, wire.tag)

    return Projection(
        name=f"{wire.source} -> {wire.target}",
        source=wire.source,
        target=wire.target,
        in_degree=wire.in_degree,
        delay=wire.delay.value,
        weights={receptor: weight(quantity) for receptor, quantity in wire.weights.items()},
        plasticity=_plasticity(wire),
    )


def _plasticity(wire: Wire) -> Mapping[str, Parameter] | None:
    """Parameters of the synapse's plasticity; `false` in the file leaves a static synapse of the full weight."""
    if wire.plasticity is False:
        return None
    given = wire.plasticity if isinstance(wire.plasticity, dict) else {}
    chosen = {name: Parameter(quantity, wire.why, wire.tag) for name, quantity in given.items()}
    return {**short_term_plasticity.MECHANISM.parameters, **chosen}


def _traces(experiment: Experiment) -> Iterator[TraceRequest]:
    for name, trace in experiment.sheet.traces.items():
        cells = min(trace.cells, size_of(experiment, name))
        stop = min(trace.stop.value, experiment.sheet.protocol.duration.value)
        yield TraceRequest(name, "v", cells, trace.interval.value, (trace.start.value, stop))


# changes -------------------------------------------------------------------------------------------------------------


def _interventions(
    experiment: Experiment, condition: Condition, populations: Mapping[str, Population]
) -> Iterator[Change]:
    for use in condition.uses:
        sheet = experiment.interventions[use.intervention]
        stop = use.end if use.end is not None else experiment.sheet.protocol.duration.value
        for nucleus, population in populations.items():
            if use.nuclei is not None and nucleus not in use.nuclei:
                continue
            for effect in sheet.effects:
                if effect.parameter in population.parameters:
                    factor, shift = strength_of(effect, use, sheet)
                    yield Change(nucleus, effect.parameter, factor, shift, use.onset, stop, cause=cause_of(use))


def strength_of(effect: EffectSheet, use: Use, sheet: InterventionSheet) -> tuple[float, float]:
    """Factor and shift of one effect of an intervention as it is used."""
    if effect.law == "block":
        return block_factor(blocked_fraction(use, sheet)), 0.0
    assert effect.amount is not None
    amount = effect.amount.value.value
    if effect.law == "scale":
        return scale_factor(amount, use.amount.value), 0.0
    return 1.0, shift_amount(amount, use.amount.value)


def blocked_fraction(use: Use, sheet: InterventionSheet) -> float:
    """The share of channels an intervention blocks, from a fraction as given or a dose by the Hill law."""
    if use.given_as == "block":
        return use.amount.value
    assert sheet.affinity is not None
    return hill_block(use.amount.value, sheet.affinity.IC50.value.value, sheet.affinity.hill.value.value)


def cause_of(use: Use) -> str:
    """An intervention as it is used, in words: "ketamine block=0.6"."""
    return f"{use.intervention} {use.given_as}={use.amount.text}"


def _stimuli(experiment: Experiment, condition: Condition) -> Iterator[Change]:
    for stimulus in experiment.sheet.stimuli:
        if stimulus.conditions is None or condition.name in stimulus.conditions:
            yield from _ramp(stimulus) if stimulus.kind == "ramp" else _pulses(stimulus)


def _pulses(stimulus: Stimulus) -> Iterator[Change]:
    for number in range(stimulus.count):
        start = stimulus.start.value + number * (stimulus.every.value if stimulus.every else 0.0)
        stop = start + stimulus.width.value
        yield Change(stimulus.nucleus, "I_step", 1.0, stimulus.current.value, start, stop, f"{stimulus.kind} current")


def _ramp(stimulus: Stimulus) -> Iterator[Change]:
    """From no current to `current` over `width`."""
    start, stop = stimulus.start.value, stimulus.start.value + stimulus.width.value
    slope = stimulus.current.value / stimulus.width.value
    yield Change(stimulus.nucleus, "I_ramp", 1.0, slope, start, stop, "current ramp")
    yield Change(stimulus.nucleus, "ramp_start", 1.0, start, start, stop, "current ramp")
