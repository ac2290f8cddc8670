"""Hours of a drug: a few simulated seconds give the rates at which open channels take up and release it, and these rates
carry the block on to the next moment, where the network is simulated again.

The block of a neuron's channels is slow and its firing is fast: with the firing's averages held, the block follows a linear
equation that is solved exactly over each second of the course.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhb_model.analyse import Label, measure_rows, neuron_rows
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.experiment import Condition, Experiment, Use
from lhb_model.model import Model
from lhb_model.quantities import Quantity
from lhb_model.simulate import cache
from lhb_model.simulate.job import Result, run_job
from lhb_model.simulate.realise import Job, Value, realise, structure_of
from lhb_model.simulate.simulate import recording_of

if TYPE_CHECKING:
    import pandas as pd

Numbers = NDArray[np.float64]
Pore = tuple[str, str]
"""Nucleus and blocker."""
Occupied = dict[Pore, Numbers]
"""Share of occupied pores of every neuron (and of its twin)."""

LONGEST_STEP = 1.0
"""Seconds over which a concentration is held while the block is carried on."""
OTHER_NOISE = 0x9E3779B9


@dataclass(frozen=True)
class Followed:
    """What became of a condition over hours.

    table : measures of each moment, with the columns of a run's table and `time` (s).
    blocks : (nucleus, drug) -> share of occupied pores, of shape (moments, neurons).
    """

    table: "pd.DataFrame"
    blocks: Mapping[Pore, Numbers]


def follow(
    experiment: Experiment,
    condition: str,
    times: Sequence[float],
    seconds: float = 4.0,
    warm_up: float = 1.0,
    seed: int = 1,
    watch: Callable[[float], None] = lambda time: None,
) -> Followed:
    """Follow a condition whose drugs have a course, at rising moments (s) that may lie minutes or hours apart.

    `lhb run` simulates the same condition second by second. Here, at each moment the network runs for some `seconds` under
    the concentrations of that moment, with the pores occupied as they are by then; its rates and measures are those after the
    `warm_up`. What has no course (a state, a constant dose) acts throughout; stimuli are left out. `watch` is called with each
    moment as it is done.

    Raises
    ------
    InputError
        If the times do not rise, or the warm-up leaves nothing to average.
    JobError
        If a simulation fails.

    Examples
    --------
    >>> from lhb_model import load
    >>> experiment = load("ketamine", ["conditions.ketamine.ketamine={course: human_infusion, law: trapping}"])
    >>> hours = follow(experiment, "ketamine", times=[0, 600, 1200, 2400, 4800, 7200])  # doctest: +SKIP
    >>> hours.table.query("measure == 'bursting_share'")  # doctest: +SKIP
    """
    import pandas as pd

    _check_times(times, seconds, warm_up)
    experiment = _bare(experiment)
    treated = experiment.condition(condition)
    occupied = _empty(experiment, compose_model(experiment, treated))
    rows: list[dict[str, Any]] = []
    blocks: list[Occupied] = []
    for time, later in zip(times, [*times[1:], None], strict=True):
        composed = compose_model(experiment, _at(treated, time))
        model = replace(composed, duration=seconds, epochs={"analysis": (warm_up, seconds)})
        job = _begun(realise(model, seed), model, occupied, len(blocks))
        result = run_job(job, cache.executable(job.structure), traces=False)
        rows += [{**row, "time": time} for row in _measured(experiment, model, job, result, Label(condition, seed))]
        blocks.append({key: shares[: experiment.size(key[0])] for key, shares in occupied.items()})
        if later is not None:
            occupied = _carried(occupied, _rates(model, result, occupied), _doses(experiment, treated), time, later)
        watch(time)
    return Followed(pd.DataFrame(rows), {key: np.array([at[key] for at in blocks]) for key in occupied})


def _check_times(times: Sequence[float], seconds: float, warm_up: float) -> None:
    if not all(earlier < later for earlier, later in pairwise(times)):
        raise InputError(f"given the times {list(times)}, expected rising ones")
    if not 0 <= warm_up < seconds:
        raise InputError(f"given a warm-up of {warm_up:g} s, expected less than the {seconds:g} s that are simulated")


def _bare(experiment: Experiment) -> Experiment:
    """Without stimuli and traces, which belong to single seconds."""
    return replace(experiment, sheet=experiment.sheet.model_copy(update={"stimuli": [], "traces": {}}))


def _empty(experiment: Experiment, model: Model) -> Occupied:
    """No pore is occupied."""
    sizes = {group.name: group.size for group in structure_of(model).groups}
    return {
        (name, blocker.name): np.zeros(sizes[name])
        for name in experiment.simulated
        for blocker in experiment.blockers(name)
    }


def _at(condition: Condition, time: float) -> Condition:
    """The condition with every course held at its concentration of a moment."""
    return replace(condition, uses=tuple(_held(use, time) for use in condition.uses))


def _held(use: Use, time: float) -> Use:
    if use.course is None:
        return replace(use, onset=0.0, end=None)
    concentration = float(use.course.at(time))
    amount = Quantity(concentration, "M", f"{concentration:.4g} M")
    return replace(use, given_as="dose", amount=amount, onset=0.0, end=None, course=None)


# one moment ----------------------------------------------------------------------------------------------------------


def _begun(job: Job, model: Model, occupied: Occupied, number: int) -> Job:
    """A job that begins with occupied pores and noise of its own, and counts its open channels from the warm-up on."""
    begin = {f"{nucleus}.b_{drug}": shares for (nucleus, drug), shares in occupied.items()}
    count = {f"{nucleus}.open_time" for nucleus, _ in occupied}
    count |= {f"{nucleus}.release_time_{drug}" for nucleus, drug in occupied}
    lines = [(word, name, _other_noise(name, begin.get(name, value), number)) for word, name, value in job.schedule]
    return replace(job, schedule=tuple(_counting(lines, sorted(count), model)))


def _other_noise(name: str, value: Value, number: int) -> Value:
    """The keys of the noise, different at each moment; any other value as it is."""
    if not name.endswith(".noise_key") or number == 0:
        return value
    return ((np.asarray(value, np.int64) + number * OTHER_NOISE) % 2**31).astype(np.int32)


def _counting(
    lines: list[tuple[str, str, Value]], counters: list[str], model: Model
) -> Iterator[tuple[str, str, Value]]:
    """The schedule, with the counters set to 0 at the warm-up's end."""
    past, warm = 0, round(model.epochs["analysis"][0] / model.dt)
    for word, name, value in lines:
        steps = round(float(value) / model.dt) if word == "run" else 0
        if word == "run" and past <= warm < past + steps:
            if warm > past:
                yield "run", "", (warm - past) * model.dt
            yield from (("set", counter, 0.0) for counter in counters)
            yield "run", "", (past + steps - warm) * model.dt
        else:
            yield word, name, value
        past += steps


def _measured(experiment: Experiment, model: Model, job: Job, result: Result, label: Label) -> list[dict[str, Any]]:
    rules = {name: sheet.burst_rule for name, sheet in experiment.nuclei.items()}
    recording = recording_of(model, job, result, {})
    return measure_rows(recording, label, neuron_rows(recording, label, rules), experiment.sheet.readouts)


# from one moment to the next -----------------------------------------------------------------------------------------


class Rates(NamedTuple):
    """Rates of a blocker in every neuron, averaged over its firing: entry (1/M/s) and exit (1/s)."""

    entry: Numbers
    exit: Numbers


def _rates(model: Model, result: Result, pores: Iterable[Pore]) -> dict[Pore, Rates]:
    start, stop = model.epochs["analysis"]
    found = {}
    for nucleus, drug in pores:
        numbers, states = model.population(nucleus).parameters, result.states[nucleus]
        found[nucleus, drug] = Rates(
            numbers[f"k_on_{drug}"].value * states["open_time"] / (stop - start),
            numbers[f"k_off_{drug}"].value * states[f"release_time_{drug}"] / (stop - start),
        )
    return found


def _doses(experiment: Experiment, condition: Condition) -> dict[Pore, Callable[[float], float]]:
    """Concentration (M) in time of every drug that a condition lets a nucleus trap."""
    uses = [use for use in condition.uses if use.law == "trapping"]
    return {
        (nucleus, experiment.interventions[use.intervention].blocker().name): partial(_concentration, use)
        for use in uses
        for nucleus in experiment.reached(use)
    }


def _concentration(use: Use, time: float) -> float:
    return use.amount.value if use.course is None else float(use.course.at(time))


def _carried(
    occupied: Occupied,
    rates: Mapping[Pore, Rates],
    doses: Mapping[Pore, Callable[[float], float]],
    start: float,
    stop: float,
) -> Occupied:
    """The block at `stop`: second by second, exact for one drug at the concentration in the second's middle.

    Drugs that compete take turns for half a second each, forth and back, which is of second order (Strang splitting).
    """
    steps = ceil((stop - start) / LONGEST_STEP)
    span, now, turns = (stop - start) / steps, dict(occupied), [*rates, *reversed(list(rates))]
    for middle in start + span * (np.arange(steps) + 0.5):
        entries = {pore: rate.entry * (doses[pore](middle) if pore in doses else 0.0) for pore, rate in rates.items()}
        for pore in turns:
            others = sum(now[other] for other in now if other[0] == pore[0] and other != pore)
            into, out = entries[pore], rates[pore].exit
            now[pore] = relaxed(now[pore], into * (1 - others), into + out, span / 2)
    return now


def relaxed(start: Numbers, drive: Numbers, rate: Numbers, time: float) -> Numbers:
    """Solution of dx/dt = drive - rate*x (both constant) after a time; `start` where the rate is 0.

    >>> relaxed(np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([2.0, 0.0]), 1e3).tolist()
    [0.5, 1.0]
    """
    steady = np.divide(drive, rate, out=np.array(start, float), where=rate > 0)
    return np.asarray(steady + (start - steady) * np.exp(-rate * time))
