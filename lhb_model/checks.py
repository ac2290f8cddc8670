"""Does everything an experiment names exist, fit and agree? One error for the first thing that does not."""

from collections.abc import Iterable

from lhb_model import catalogue
from lhb_model.cell import Cell, compose
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment, Key, Place
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.names import unknown
from lhb_model.quantities import Quantity, QuantityError, parse_quantity
from lhb_model.readouts import READOUTS

LONGEST_STEP = 0.1e-3


def check_experiment(experiment: Experiment, place: Place) -> None:
    """Raise an InputError for the first name, unit, size or time of an experiment that cannot be."""
    _check_protocol(experiment, place)
    cells = {name: _check_nucleus(experiment, name, place) for name in experiment.nuclei}
    _check_wiring(experiment, cells, place)
    _check_conditions(experiment, place)
    _check_stimuli(experiment, cells, place)
    for number, name in enumerate(experiment.sheet.readouts):
        _known("readout", name, READOUTS, place, ("readouts", number))
    for name, trace in experiment.sheet.traces.items():
        _known("nucleus", name, _simulated(experiment), place, ("traces", name))
        if not 0 <= trace.start.value < trace.stop.value:
            raise place.error(("traces", name), "traces: 'start' must lie before 'stop'")


def cell_of(experiment: Experiment, nucleus: str) -> Cell | None:
    """The cell type of a nucleus, or None where trains are replayed in its place."""
    if experiment.sheet.nuclei[nucleus].replay is not None:
        return None
    return compose(nucleus, [catalogue.mechanism(name) for name in experiment.nuclei[nucleus].mechanisms])


def size_of(experiment: Experiment, nucleus: str) -> int:
    """Number of neurons of a nucleus."""
    return experiment.sheet.nuclei[nucleus].size or experiment.nuclei[nucleus].size


def _simulated(experiment: Experiment) -> list[str]:
    return [name for name, use in experiment.sheet.nuclei.items() if use.replay is None]


def _known(kind: str, name: object, names: Iterable[str], place: Place, key: Key) -> None:
    if name not in list(names):
        raise place.error(key, unknown(kind, name, names))


def _same_unit(given: Quantity, unit: str, place: Place, key: Key, name: str) -> None:
    try:
        parse_quantity(given.text if given.unit != "1" else given.value, unit)
    except QuantityError as error:
        raise place.error(key, f"{name}: {error.message}") from None


def _check_protocol(experiment: Experiment, place: Place) -> None:
    protocol = experiment.sheet.protocol
    if not 0 < protocol.dt.value <= LONGEST_STEP:
        raise place.error(("protocol", "dt"), f"given {protocol.dt.text!r}, expected a step above 0 and at most 0.1 ms")
    if not 0 <= protocol.warm_up.value < protocol.duration.value:
        raise place.error(
            ("protocol", "warm_up"),
            f"given {protocol.warm_up.text!r}, expected a time from 0 s to below the duration {protocol.duration.text!r}",
        )


def _check_nucleus(experiment: Experiment, name: str, place: Place) -> Cell | None:
    key: Key = ("nuclei", name)
    sheet, use = experiment.nuclei[name], experiment.sheet.nuclei[name]
    for mechanism in sheet.mechanisms:
        _known("mechanism", mechanism, catalogue.mechanism_names(), place, key)
    try:
        cell = cell_of(experiment, name)
    except InputError as error:
        raise place.error(key, error.message) from None
    if cell is None:
        return None
    for parameter, sourced in sheet.parameters.items():
        _known(f"parameter of nucleus {name!r}", parameter, cell.parameters, place, key)
        _same_unit(sourced.value, cell.parameters[parameter].unit, place, key, f"{name}.{parameter}")
    for parameter, spread in sheet.spread.items():
        _known(f"parameter of nucleus {name!r} that may differ between neurons", parameter, cell.per_neuron, place, key)
        unit = "1" if spread.kind == "lognormal" else cell.parameters[parameter].unit
        _same_unit(spread.width, unit, place, key, f"spread of {name}.{parameter}")
    for parameter, quantity in use.parameters.items():
        _known(f"parameter of nucleus {name!r}", parameter, cell.parameters, place, (*key, "parameters", parameter))
        _same_unit(
            quantity, cell.parameters[parameter].unit, place, (*key, "parameters", parameter), f"{name}.{parameter}"
        )
    return cell


def _check_wiring(experiment: Experiment, cells: dict[str, Cell | None], place: Place) -> None:
    seen = set()
    for number, wire in enumerate(experiment.sheet.wiring):
        key: Key = ("wiring", number)
        _known("nucleus", wire.source, experiment.nuclei, place, (*key, "from"))
        _known("nucleus", wire.target, _simulated(experiment), place, (*key, "to"))
        if (wire.source, wire.target) in seen:
            raise place.error(
                key, f"{wire.source} -> {wire.target} is wired twice; put all its receptors into one entry"
            )
        seen.add((wire.source, wire.target))
        most = size_of(experiment, wire.source) - (wire.source == wire.target)
        if wire.in_degree > most:
            raise place.error(
                (*key, "in_degree"),
                f"given {wire.in_degree} inputs for each {wire.target} neuron, expected at most {most}: "
                f"{wire.source} has {size_of(experiment, wire.source)} neurons",
            )
        if wire.delay.value < experiment.sheet.protocol.dt.value:
            raise place.error((*key, "delay"), f"given {wire.delay.text!r}, expected at least one time step")
        cell = cells[wire.target]
        assert cell is not None
        for receptor, weight in wire.weights.items():
            _known(f"receptor of nucleus {wire.target!r}", receptor, cell.receives, place, (*key, "weights", receptor))
            _same_unit(weight, cell.weight_units[receptor], place, (*key, "weights", receptor), receptor)
        if isinstance(wire.plasticity, dict):
            known = short_term_plasticity.MECHANISM.parameters
            for parameter, value in wire.plasticity.items():
                _known("parameter of short-term plasticity", parameter, known, place, (*key, "plasticity", parameter))
                _same_unit(value, known[parameter].unit, place, (*key, "plasticity", parameter), parameter)


def _check_conditions(experiment: Experiment, place: Place) -> None:
    names = [condition.name for condition in experiment.conditions]
    duration = experiment.sheet.protocol.duration.value
    for condition in experiment.conditions:
        key: Key = ("conditions", condition.name.split("@")[0])
        if names.count(condition.name) > 1:
            raise place.error(key, f"two conditions are named {condition.name!r}; give different amounts")
        if condition.replay and not any(use.replay for use in experiment.sheet.nuclei.values()):
            raise place.error((*key, "replay"), "no nucleus has a 'replay': there are no trains to play")
        for use in condition.uses:
            for nucleus in use.nuclei or ():
                _known("nucleus", nucleus, experiment.nuclei, place, (*key, use.intervention))
            if not 0 <= use.onset < (duration if use.end is None else use.end) <= duration:
                raise place.error(
                    (*key, use.intervention),
                    f"{use.intervention}: expected 0 s <= onset < end <= duration ({duration:g} s)",
                )


def _check_stimuli(experiment: Experiment, cells: dict[str, Cell | None], place: Place) -> None:
    for number, stimulus in enumerate(experiment.sheet.stimuli):
        key: Key = ("stimuli", number)
        _known("nucleus", stimulus.nucleus, _simulated(experiment), place, (*key, "nucleus"))
        cell = cells[stimulus.nucleus]
        if cell is not None and "I_step" not in cell.parameters:
            raise place.error(
                key, f"nucleus {stimulus.nucleus!r} takes no current; add the mechanism 'injected_current'"
            )
        for name in stimulus.conditions or ():
            _known("condition", name, [c.name for c in experiment.conditions], place, (*key, "conditions"))
        last = stimulus.start.value + (stimulus.count - 1) * (stimulus.every.value if stimulus.every else 0)
        if stimulus.start.value < 0 or last + stimulus.width.value > experiment.sheet.protocol.duration.value + 1e-9:
            raise place.error(key, "the stimulus does not fit between 0 s and the duration")
