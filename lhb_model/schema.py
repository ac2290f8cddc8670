"""The shape of every YAML file: nucleus sheets, intervention sheets and experiments, as frozen, validated values.

Names that other files give (mechanisms, nuclei, parameters) are checked in `sheets` and `checks`, with those files at hand.
"""

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
from lhb_model.quantities import Parameter, Quantity, parse_quantity

MOST_NEURONS = 10_000_000
MOST_NUCLEI = 100
MOST_PULSES = 10_000
MOST_SEEDS = 100_000


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


class Affinity(Strict):
    """Half-maximal concentration and Hill slope of an intervention's action."""

    IC50: SourcedConcentration
    hill: SourcedSlope


class EffectSheet(Strict):
    """What an intervention of strength s, from none at 0 to full at 1, does to one parameter.

    "block" multiplies it by 1 - s; "scale" by amount ** s; "shift" adds amount * s.
    """

    parameter: str
    law: Literal["block", "scale", "shift"]
    amount: Sourced | None = None

    @model_validator(mode="after")
    def _amount(self) -> "EffectSheet":
        if self.law == "block" and self.amount is not None:
            raise own("given an amount, expected none: a block is as large as the experiment says", "amount")
        if self.law != "block" and self.amount is None:
            raise own(f"missing; expected the amount of the {self.law} at full strength", "amount")
        return self


class InterventionSheet(Strict):
    """A drug, a gene, an ion or a state: one shape for all."""

    intervention: Name
    title: str
    kind: Literal["drug", "gene", "ion", "state", "light"]
    effects: Annotated[list[EffectSheet], Field(min_length=1)]
    affinity: Affinity | None = None
    nuclei: list[str] | None = None
    notes: str = ""

    def given_as(self) -> tuple[str, ...]:
        """The ways in which an experiment may say how strongly it acts."""
        strength = "block" if any(effect.law == "block" for effect in self.effects) else "strength"
        return (strength, "dose") if self.affinity else (strength,)


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


class NucleusUse(Strict):
    """A nucleus in an experiment: its size, numbers that differ from its sheet, or trains replayed in its place."""

    sheet: str | None = None
    size: Annotated[int, Field(ge=1, le=MOST_NEURONS)] | None = None
    parameters: dict[str, AnyQuantity] = {}
    replay: ReplaySheet | None = None


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


class InterventionUse(Strict):
    """How strongly, when and where an intervention acts; a list of doses makes a series of conditions."""

    block: Blocks | None = None
    dose: Doses | None = None
    strength: Strengths | None = None
    onset: Time | None = None
    end: Span | None = None
    nuclei: list[str] | None = None


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
