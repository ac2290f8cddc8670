"""The shape of every YAML file: nucleus sheets, intervention sheets and experiments, as frozen, validated values.

Names that other files give (mechanisms, nuclei, parameters) are checked in `sheets` and `checks`, with those files at hand.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lhb_model.fields import (
    Amperes,
    AnyQuantity,
    Blocks,
    Doses,
    Name,
    NucleusName,
    Rate,
    Reads,
    Share,
    Source,
    Span,
    Spread,
    Strengths,
    Strict,
    Tag,
    Time,
    Volts,
    own,
    shown,
)
from lhb_model.laws import binding_rate
from lhb_model.mechanisms.trapping import Blocker
from lhb_model.quantities import Parameter, Quantity, format_quantity, parse_quantity

MOST_NEURONS = 10_000_000
MOST_NUCLEI = 100
MOST_PULSES = 10_000
MOST_SEEDS = 100_000
PORE = "g_NMDA"
"""The conductance whose channels hold a trapped blocker."""


class Sourced(Strict):
    """A number with its unit, where it comes from, and how it is known."""

    value: AnyQuantity
    source: Source
    tag: Tag
    note: str = ""

    def parameter(self) -> Parameter:
        """The number as a `Parameter`."""
        return Parameter(self.value, self.source, self.tag, self.note)


# nucleus sheets ------------------------------------------------------------------------------------------------------


class SpreadSheet(Strict):
    """How a parameter differs between neurons: "normal", "lognormal" or "uniform" with a width."""

    kind: Literal["normal", "lognormal", "uniform"]
    width: Spread
    source: Source
    tag: Tag


class RestGroupSheet(Strict):
    """A share of the neurons with normally distributed resting potentials, and factors on their conductances."""

    name: str
    share: Share
    mean: Volts
    sd: Annotated[Quantity, BeforeValidator(Reads("V", least=0))]
    factors: dict[str, Annotated[float, Field(ge=0)]] = {}
    source: Source
    tag: Tag


class RestSheet(Strict):
    """Resting potentials are drawn; each neuron's holding current balances its other currents there."""

    without: list[str]
    fixed: dict[str, AnyQuantity] = {}
    groups: Annotated[list[RestGroupSheet], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> "RestSheet":
        total = sum(group.share for group in self.groups)
        if abs(total - 1) > 1e-9:
            raise own(f"given shares that add up to {total:g}, expected 1", "groups")
        return self


class RangeSheet(Strict):
    """Start values, uniform between two numbers."""

    low: AnyQuantity
    high: AnyQuantity
    source: Source
    tag: Tag


class NucleusSheet(Strict):
    """A nucleus: what its cells are made of, in which amounts, and how they differ."""

    nucleus: NucleusName
    title: str
    transmitter: str
    size: Annotated[int, Field(ge=1, le=MOST_NEURONS)]
    burst_rule: str = "lhb"
    mechanisms: Annotated[list[str], Field(min_length=1)]
    parameters: dict[str, Sourced] = {}
    spread: dict[str, SpreadSheet] = {}
    rest: RestSheet | None = None
    start: dict[str, RangeSheet] = {}
    notes: str = ""


# intervention sheets -------------------------------------------------------------------------------------------------


class SourcedConcentration(Sourced):
    """A concentration, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("M", least=1e-12, most=1))]


class SourcedSlope(Sourced):
    """A Hill slope, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1", least=0.1, most=10))]


class SourcedPotential(Sourced):
    """A membrane potential, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("V", least=-0.2, most=0.2))]


class SourcedSteepness(Sourced):
    """A voltage over which a rate grows e-fold, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("V", least=1e-3, most=10))]


class SourcedRate(Sourced):
    """A rate, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("Hz", least=1e-6, most=1e4))]


class Affinity(Strict):
    """Half-maximal concentration and Hill slope of an intervention's action."""

    IC50: SourcedConcentration
    hill: SourcedSlope


class PoreSheet(Strict):
    """An open-channel blocker of NMDA receptors, with which magnesium competes and which depolarisation drives out.

    The affinity's IC50 holds without magnesium at `IC50_at`; the rate of exit is `k_off` at `k_off_at` and grows e-fold
    every `e_fold`; the Hill law is evaluated at `potential`.
    """

    IC50_at: SourcedPotential
    k_off: SourcedRate
    k_off_at: SourcedPotential
    e_fold: SourcedSteepness
    potential: SourcedPotential


class SourcedDose(Sourced):
    """A dose by body weight, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("mg/kg", above=True, least=0))]


class SourcedTime(Sourced):
    """A time, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("s", above=True, least=0))]


class SourcedRatio(Sourced):
    """A ratio, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1", above=True, least=0, most=1000))]


class CourseSheet(Strict):
    """One way of giving a drug, whose course in plasma is known: the dose, its highest concentration, its half-life.

    `over` is the length of an infusion, `absorption` the half-life with which an injection is taken up; without both it is a
    bolus. `tissue` is the concentration in the tissue over that in plasma.
    """

    dose: SourcedDose
    peak: SourcedConcentration
    half_life: SourcedTime
    over: SourcedTime | None = None
    absorption: SourcedTime | None = None
    tissue: SourcedRatio

    @model_validator(mode="after")
    def _one_way(self) -> "CourseSheet":
        if self.over and self.absorption:
            raise own("given beside 'over', expected one of them: an infusion is not absorbed", "absorption")
        return self


class EffectSheet(Strict):
    """What an intervention of strength s, from none at 0 to full at 1, does to one parameter.

    "block" multiplies it by 1 - s; "scale" by amount ** s; "shift" adds amount * s. A side effect has an affinity of its
    own, and acts only where a dose is given.
    """

    parameter: str
    law: Literal["block", "scale", "shift"]
    amount: Sourced | None = None
    affinity: Affinity | None = None

    @model_validator(mode="after")
    def _amount(self) -> "EffectSheet":
        if self.law == "block" and self.amount is not None:
            raise own("given an amount, expected none: a block is as large as the experiment says", "amount")
        if self.law != "block" and self.amount is None:
            raise own(f"missing; expected the amount of the {self.law} at full strength", "amount")
        return self

    @property
    def blocks_pore(self) -> bool:
        """Whether this is a block of NMDA receptors, which the law of trapping replaces."""
        return self.parameter == PORE and self.law == "block" and self.affinity is None


class InterventionSheet(Strict):
    """A drug, a gene, an ion or a state: one shape for all."""

    intervention: Name
    title: str
    kind: Literal["drug", "gene", "ion", "state", "light"]
    effects: Annotated[list[EffectSheet], Field(min_length=1)]
    affinity: Affinity | None = None
    pore: PoreSheet | None = None
    courses: dict[Name, CourseSheet] = {}
    nuclei: list[str] | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "InterventionSheet":
        if all(effect.affinity for effect in self.effects):
            raise own("given side effects alone, expected an effect without an affinity of its own", "effects")
        if self.affinity is None and any(effect.affinity for effect in self.effects):
            raise own("missing; expected the affinity of the main effects: a side effect acts by a dose", "affinity")
        if self.courses and self.affinity is None:
            raise own("given without an affinity, expected both: a concentration acts by it", "courses")
        if self.pore and not (self.affinity and any(effect.blocks_pore for effect in self.effects)):
            raise own(f"given without an affinity and a block of {PORE}, expected both", "pore")
        return self

    def given_as(self) -> tuple[str, ...]:
        """The ways in which an experiment may say how strongly it acts."""
        blocks = any(effect.law == "block" and effect.affinity is None for effect in self.effects)
        strength = "block" if blocks else "strength"
        return (strength, *(("dose",) if self.affinity else ()), *(("course",) if self.courses else ()))

    def blocker(self) -> Blocker:
        """The drug as a blocker that is trapped in the pore; its rate of entry follows from its affinity."""
        assert self.affinity is not None and self.pore is not None
        pore, ic50 = self.pore, self.affinity.IC50
        numbers = (sourced.value.value for sourced in (ic50, pore.IC50_at, pore.k_off, pore.k_off_at, pore.e_fold))
        k_on = format_quantity(binding_rate(*numbers), "1/M/s")
        derived = f"gives the IC50 ({ic50.source}) with k_off ({pore.k_off.source})"
        return Blocker(
            name=re.sub(r"[+-]", "_", self.intervention),
            k_on=Parameter(parse_quantity(k_on), derived, ic50.tag),
            k_off=pore.k_off.parameter(),
            V_off=pore.k_off_at.parameter(),
            k_V=pore.e_fold.parameter(),
        )


# experiments ---------------------------------------------------------------------------------------------------------


class ReplaySheet(Strict):
    """Spike trains by rule in place of the nucleus's own cells."""

    rate: Rate
    active_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    rate_spread: Annotated[float, Field(ge=0, le=3)] = 0.5
    spikes_per_burst: Annotated[int, Field(ge=2, le=50)] = 4
    intra_burst_frequency: Rate
    irregularity: Annotated[float, Field(gt=0, le=3)] = 0.5
    source: Source
    tag: Tag


class HoldSheet(Strict):
    """Potentials, evenly spaced from the first neuron to the last, at which a current of its own holds each neuron."""

    lowest: Annotated[Volts, Field(alias="from")]
    highest: Annotated[Volts, Field(alias="to")]


class NucleusUse(Strict):
    """A nucleus in an experiment: its size, numbers that differ from its sheet, or trains replayed in its place.

    `hold` replaces the resting potentials of its sheet.
    """

    sheet: str | None = None
    size: Annotated[int, Field(ge=1, le=MOST_NEURONS)] | None = None
    parameters: dict[str, AnyQuantity] = {}
    replay: ReplaySheet | None = None
    hold: HoldSheet | None = None


def _plasticity(given: Any) -> Any:
    """True stands for plasticity with its usual parameters, false for none."""
    return ({} if given else None) if isinstance(given, bool) else given


class Wire(Strict):
    """Synapses between two nuclei: `in_degree` inputs for each target neuron, weights by receptor.

    `plasticity` holds parameters that differ from those of `short_term_plasticity`; it is None for static synapses.
    """

    source: Annotated[str, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    in_degree: Annotated[int, Field(ge=0)]
    delay: Span
    weights: Annotated[dict[str, AnyQuantity], Field(min_length=1)]
    plasticity: Annotated[dict[str, AnyQuantity] | None, BeforeValidator(_plasticity)] = None
    why: Source
    tag: Tag


class CourseUse(Strict):
    """One of the drug's courses by name, with another dose or ratio of tissue to plasma than its sheet's."""

    name: str
    dose: Annotated[Quantity, BeforeValidator(Reads("mg/kg", least=0))] | None = None
    tissue: Annotated[Quantity, BeforeValidator(Reads("1", least=0, most=1000))] | None = None


def _course(given: Any) -> Any:
    """A name alone stands for the course as its sheet has it."""
    return {"name": given} if isinstance(given, str) else given


class InterventionUse(Strict):
    """How strongly, when and where an intervention acts; a list of doses makes a series of conditions.

    `course` gives a concentration in time that begins at the onset. `law` says how a dose acts, and `at` the potential at which
    the Hill law of a pore blocker holds; `wash` is the time constant with which the bath is exchanged at onset and end.
    """

    block: Blocks | None = None
    dose: Doses | None = None
    strength: Strengths | None = None
    onset: Time | None = None
    end: Span | None = None
    nuclei: list[str] | None = None
    course: Annotated[CourseUse | None, BeforeValidator(_course)] = None
    law: Literal["hill", "trapping"] | None = None
    at: Volts | None = None
    wash: Span | None = None


class Protocol(Strict):
    """Time: step, warm-up left out of the analysis, and the end. The analysis covers warm_up to duration."""

    dt: Annotated[Quantity, BeforeValidator(Reads("s", 0, 0.1e-3, above=True))] = parse_quantity("0.05 ms", "s")
    warm_up: Time
    duration: Span


class Stimulus(Strict):
    """Current injected into every neuron of a nucleus: a step, a train of pulses, or a ramp."""

    nucleus: str
    kind: Literal["step", "pulses", "ramp"]
    current: Amperes
    start: Time
    width: Span
    every: Span | None = None
    count: Annotated[int, Field(ge=1, le=MOST_PULSES)] = 1
    conditions: Annotated[list[str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _spacing(self) -> "Stimulus":
        if self.count > 1 and self.kind != "pulses":
            raise own(f"given {self.count}, expected 1: a {self.kind} comes once; write 'kind: pulses'", "count")
        if self.count > 1 and self.every is None:
            raise own("missing; expected the time from one pulse to the next such as '1 s'", "every")
        if self.every is not None and self.every.value < self.width.value:
            raise own(
                f"given {self.every.text!r}, expected at least the width {self.width.text!r}, or pulses overlap",
                "every",
            )
        return self

    @property
    def stop(self) -> float:
        """End of the last pulse (s)."""
        return self.start.value + (self.count - 1) * (self.every.value if self.every else 0.0) + self.width.value


class TraceSheet(Strict):
    """Membrane potentials to keep: of how many cells, how often, and from when to when; for the first seed only."""

    cells: Annotated[int, Field(ge=1, le=1000)] = 40
    interval: Span = parse_quantity("0.1 ms", "s")
    start: Time
    stop: Span


def _seeds(given: Any) -> tuple[int, ...]:
    """A number of seeds, or the seeds themselves."""
    if type(given) is int and 1 <= given <= MOST_SEEDS:
        return tuple(range(1, given + 1))
    chosen = given if isinstance(given, list) else []
    if chosen and all(type(seed) is int and 0 <= seed < 2**31 for seed in chosen) and len(set(chosen)) == len(chosen):
        return tuple(chosen)
    raise own(f"given {shown(given)}, expected a number of seeds such as 6, or different ones such as [1, 2, 3]")


class ExperimentSheet(Strict):
    """An experiment as its file says it: conditions x seeds, wiring, protocol, what is recorded and read out."""

    experiment: Name
    title: str
    question: str = ""
    based_on: Name | None = None
    nuclei: Annotated[dict[NucleusName, NucleusUse], Field(min_length=1, max_length=MOST_NUCLEI)]
    wiring: list[Wire] = []
    conditions: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    seeds: Annotated[tuple[int, ...], BeforeValidator(_seeds)]
    protocol: Protocol
    stimuli: list[Stimulus] = []
    traces: dict[str, TraceSheet] = {}
    readouts: list[str] = []
    figures: list[str] = []
    precision: Literal["double", "single"] = "double"
