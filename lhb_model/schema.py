"""The shape of every YAML file: nucleus sheets, intervention sheets and experiments, as frozen, validated values.

Names that other files give (mechanisms, nuclei, parameters) are checked in `sheets` and `checks`, with those files at hand.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from lhb_model.clamp_sheets import ClampSheet
from lhb_model.drug_sheets import Affinity, CourseSheet, PoreSheet
from lhb_model.fields import (
    Amperes,
    AnyQuantity,
    Blocks,
    Doses,
    Name,
    NucleusName,
    Reads,
    SetName,
    Share,
    Source,
    Sourced,
    Span,
    Spread,
    Strengths,
    Strict,
    Tag,
    Time,
    Times,
    Volts,
    own,
    shown,
)
from lhb_model.laws import binding_rate
from lhb_model.mechanisms.trapping import Blocker
from lhb_model.quantities import Parameter, Quantity, format_quantity, parse_quantity
from lhb_model.replay_sheets import HoldSheet, ReplaySheet
from lhb_model.sweep_sheet import SweepSheet

MOST_NEURONS = 10_000_000
MOST_NUCLEI = 100
MOST_PULSES = 10_000
MOST_SEEDS = 100_000
PORE = "g_NMDA"
"""The conductance whose channels hold a trapped blocker."""


# nucleus sheets ------------------------------------------------------------------------------------------------------


class SpreadSheet(Strict):
    """How a parameter differs between neurons: "normal", "lognormal" or "uniform" with a width."""

    kind: Literal["normal", "lognormal", "uniform"]
    """Distribution over the neurons; normal and uniform spread around the value, lognormal has it as its median."""
    width: Spread
    """Standard deviation (normal), standard deviation of the logarithm (lognormal) or half the range (uniform)."""
    source: Source
    """The paper it is from, or who chose it and why."""
    tag: Tag
    """How it is known."""


class RestGroupSheet(Strict):
    """A share of the neurons with normally distributed resting potentials, and factors on their conductances."""

    name: str
    """Name of the group, for people."""
    share: Share
    """Share of the nucleus's neurons; the shares of all groups add up to 1."""
    mean: Volts
    """Mean resting potential."""
    sd: Annotated[Quantity, BeforeValidator(Reads("V", least=0))]
    """Standard deviation of the resting potential between neurons."""
    factors: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Parameter -> factor on it in this group."""
    source: Source
    """The paper it is from, or who chose it and why."""
    tag: Tag
    """How it is known."""


class RestSheet(Strict):
    """Resting potentials are drawn; each neuron's holding current balances its other currents there."""

    without: list[str]
    """Mechanisms left out of the balance, such as the spike's currents."""
    fixed: dict[str, AnyQuantity] = {}
    """Variable -> value at rest, where its steady state without input is not meant."""
    groups: Annotated[list[RestGroupSheet], Field(min_length=1)]
    """Groups of neurons with different resting potentials."""

    @model_validator(mode="after")
    def _whole(self) -> "RestSheet":
        total = sum(group.share for group in self.groups)
        if abs(total - 1) > 1e-9:
            raise own(f"given shares that add up to {total:g}, expected 1", "groups")
        return self


class RangeSheet(Strict):
    """Start values, uniform between two numbers."""

    low: AnyQuantity
    """Lowest start value."""
    high: AnyQuantity
    """Highest start value."""
    source: Source
    """The paper it is from, or who chose it and why."""
    tag: Tag
    """How it is known."""


class NucleusSheet(Strict):
    """A nucleus: what its cells are made of, in which amounts, and how they differ."""

    nucleus: NucleusName
    """Name of the nucleus; also the name of its file."""
    title: str
    """One line for people."""
    transmitter: str
    """What its neurons release."""
    size: Annotated[int, Field(ge=1, le=MOST_NEURONS)]
    """Number of neurons, unless an experiment gives another."""
    burst_rule: str = "lhb"
    """What counts as a burst here: a preset, or 'start=20ms,end=100ms,min_spikes=2' and the like."""
    mechanisms: Annotated[list[str], Field(min_length=1)]
    """Currents, receptors and channel states of its cells, by name."""
    parameters: dict[str, Sourced] = {}
    """Amounts that differ from the mechanisms' own, each with its source."""
    spread: dict[str, SpreadSheet] = {}
    """Parameters that differ between neurons."""
    rest: RestSheet | None = None
    """Resting potentials, held by each neuron's holding current; none: all neurons share the parameter I_hold."""
    start: dict[str, RangeSheet] = {}
    """Variables that start at random between two values; the others start at their steady state."""
    notes: str = ""
    """What a reader should know about it."""


# intervention sheets -------------------------------------------------------------------------------------------------


class EffectSheet(Strict):
    """What an intervention of strength s, from none at 0 to full at 1, does to one parameter.

    "block" multiplies it by 1 - s; "scale" by amount ** s; "shift" adds amount * s. A side effect has an affinity of its
    own, and acts only where a dose is given.
    """

    parameter: str
    """The parameter that it changes."""
    law: Literal["block", "scale", "shift"]
    """How: block multiplies by 1 - strength, scale by amount ** strength, shift adds amount * strength."""
    amount: Sourced | None = None
    """Factor (scale) or summand (shift) at full strength; none for a block."""
    affinity: Affinity | None = None
    """Affinity of a side effect of its own, which acts only where a dose is given."""

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
    """Name of the intervention; also the name of its file."""
    title: str
    """One line for people."""
    kind: Literal["drug", "gene", "ion", "state", "light"]
    """What sort of thing it is."""
    effects: Annotated[list[EffectSheet], Field(min_length=1)]
    """What it does, parameter by parameter."""
    affinity: Affinity | None = None
    """Lets an experiment give it as a dose."""
    pore: PoreSheet | None = None
    """Makes it a blocker of the open NMDA channel, which magnesium competes with and which may be trapped."""
    courses: dict[Name, CourseSheet] = {}
    """Ways of giving it, by name, each with its course in plasma."""
    nuclei: list[str] | None = None
    """Nuclei, or projections such as 'rmtg -> vta_da', in which it acts, unless an experiment names others; none: all."""
    notes: str = ""
    """What a reader should know about it."""

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
        """The drug as a blocker that is trapped in the pore; rates of entry that the sheet lacks follow from its affinity."""
        assert self.affinity is not None and self.pore is not None
        pore, ic50 = self.pore, self.affinity.IC50
        numbers = (sourced.value.value for sourced in (ic50, pore.IC50_at, pore.k_off, pore.k_off_at, pore.e_fold))
        deep, leaving = binding_rate(*numbers), pore.superficial_k_off
        share = pore.superficial_share.value.value if pore.superficial_share else 0.0
        derived = f"gives the IC50 ({ic50.source}) with k_off ({pore.k_off.source})"

        def entry(rate: float) -> Parameter:
            return Parameter(parse_quantity(format_quantity(rate, "1/M/s")), derived, ic50.tag)

        return Blocker(
            name=re.sub(r"[+-]", "_", self.intervention),
            k_on=pore.k_on.parameter() if pore.k_on else entry((1 - share) * deep),
            k_off=pore.k_off.parameter(),
            V_off=pore.k_off_at.parameter(),
            k_V=pore.e_fold.parameter(),
            k_in=entry(share * leaving.value.value / ic50.value.value) if leaving else None,
            k_out=leaving.parameter() if leaving else None,
        )


# experiments ---------------------------------------------------------------------------------------------------------


class NucleusUse(Strict):
    """A nucleus in an experiment: its size, numbers that differ from its sheet, or trains replayed in its place."""

    sheet: str | None = None
    """Name of its sheet; none: the nucleus's own name."""
    size: Annotated[int, Field(ge=1, le=MOST_NEURONS)] | None = None
    """Number of neurons; none: as in its sheet."""
    mechanisms: list[str] = []
    """Currents and receptors that its cells have here beside those of its sheet."""
    parameters: dict[str, AnyQuantity] = {}
    """Amounts that differ from those of its sheet."""
    replay: ReplaySheet | None = None
    """Play spike trains made by rule in place of its own cells."""
    hold: HoldSheet | None = None
    """Potentials at which its neurons are held, in place of the resting potentials of its sheet."""


def _plasticity(given: Any) -> Any:
    """True stands for plasticity with its usual parameters, false for none."""
    return ({} if given else None) if isinstance(given, bool) else given


class Wire(Strict):
    """Synapses between two nuclei: `in_degree` inputs for each target neuron, weights by receptor."""

    source: Annotated[str, Field(alias="from")]
    """Nucleus whose spikes arrive."""
    target: Annotated[str, Field(alias="to")]
    """Nucleus that receives them."""
    in_degree: Annotated[int, Field(ge=0)]
    """Number of inputs to each target neuron, drawn at random."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the target's neurons that have these inputs."""
    delay: Span
    """Time from spike to synapse: at least one time step."""
    weights: Annotated[dict[str, AnyQuantity], Field(min_length=1)]
    """Receptor -> what one spike opens there."""
    plasticity: Annotated[dict[str, AnyQuantity] | None, BeforeValidator(_plasticity)] = None
    """Short-term plasticity: its parameters, true for the usual ones; none: a static synapse."""
    why: Source
    """Why it is wired so: the paper, or who chose the numbers."""
    tag: Tag
    """How it is known."""


class CourseUse(Strict):
    """One of the drug's courses by name, with another dose or ratio of tissue to plasma than its sheet's."""

    name: str
    """Name of the course in the drug's sheet."""
    dose: Annotated[Quantity, BeforeValidator(Reads("mg/kg", least=0))] | None = None
    """Dose by body weight; none: that of its sheet."""
    tissue: Annotated[Quantity, BeforeValidator(Reads("1", least=0, most=1000))] | None = None
    """Concentration in the tissue over that in plasma; none: as in its sheet."""
    after: Times | None = None
    """Moments since it was given, in each of which the concentration is held; none: the course runs with the simulation."""


def _course(given: Any) -> Any:
    """A name alone stands for the course as its sheet has it."""
    return {"name": given} if isinstance(given, str) else given


class InterventionUse(Strict):
    """How strongly, when and where an intervention acts; a list of doses makes a series of conditions.

    `course` gives a concentration in time that begins at the onset. `law` says how a dose acts, and `at` the potential at which
    the Hill law of a pore blocker holds; `wash` is the time constant with which it sets in
    at its onset and wears off at its end, as of a bath that is exchanged.
    """

    block: Blocks | None = None
    """Blocked share."""
    dose: Doses | None = None
    """Free concentration in the tissue."""
    strength: Strengths | None = None
    """1 is the effect of the sheet, 0 none."""
    onset: Time | None = None
    """When it begins; none: from the start."""
    end: Span | None = None
    """When it ends; none: never."""
    nuclei: list[str] | None = None
    """Nuclei, or projections such as 'rmtg -> vta_da', in which it acts; none: those of its sheet."""
    course: Annotated[CourseUse | None, BeforeValidator(_course)] = None
    """Course of its concentration from the onset on: a name in its sheet, or one with another dose."""
    law: Literal["hill", "trapping"] | None = None
    """How a dose acts: at once by the Hill law, or by the slow binding and trapping of a pore blocker; none: hill."""
    at: Volts | None = None
    """Potential at which the Hill law of a pore blocker holds; none: that of its sheet."""
    wash: Span | None = None
    """Time constant with which it sets in at its onset and wears off at its end; none: at once."""


class Protocol(Strict):
    """Time: step, warm-up left out of the analysis, and the end. The analysis covers warm_up to duration."""

    dt: Annotated[Quantity, BeforeValidator(Reads("s", 0, 0.1e-3, above=True))] = parse_quantity("0.05 ms", "s")
    """Time step of the simulation."""
    warm_up: Time
    """Time at the start that is left out of the analysis."""
    duration: Span
    """End of the simulation; the analysis covers warm_up to here."""


class Stimulus(Strict):
    """Current injected into every neuron of a nucleus: a step, a train of pulses, or a ramp."""

    nucleus: str
    """Nucleus into whose neurons the current is injected."""
    kind: Literal["step", "pulses", "ramp"]
    """A step, a train of pulses, or a ramp from 0."""
    current: Amperes
    """Current at its height; a positive one depolarises."""
    start: Time
    """When it begins."""
    width: Span
    """How long the step, each pulse or the ramp lasts."""
    fall: Span | None = None
    """How long a step or each pulse then takes to fall to 0, in a straight line; none: it ends at once."""
    every: Span | None = None
    """Time from the start of one pulse to the next."""
    count: Annotated[int, Field(ge=1, le=MOST_PULSES)] = 1
    """Number of pulses."""
    conditions: Annotated[list[str], Field(min_length=1)] | None = None
    """Conditions that have it; none: all."""
    label: Name | None = None
    """What it stands for, such as 'omission': the start of each pulse is an event of this name; none: its kind."""

    @model_validator(mode="after")
    def _spacing(self) -> "Stimulus":
        if self.count > 1 and self.kind != "pulses":
            raise own(f"given {self.count}, expected 1: a {self.kind} comes once; write 'kind: pulses'", "count")
        if self.count > 1 and self.every is None:
            raise own("missing; expected the time from one pulse to the next such as '1 s'", "every")
        if self.fall is not None and self.kind == "ramp":
            raise own(f"given {self.fall.text!r}, expected nothing: a ramp does not fall", "fall")
        if self.every is not None and self.every.value < self.lasting:
            fall = f" and the fall {self.fall.text!r}" if self.fall else ""
            raise own(
                f"given {self.every.text!r}, expected at least the width {self.width.text!r}{fall}, or pulses overlap",
                "every",
            )
        return self

    @property
    def lasting(self) -> float:
        """How long the step, one pulse or the ramp lasts with its fall (s)."""
        return self.width.value + (self.fall.value if self.fall else 0.0)

    @property
    def starts(self) -> tuple[float, ...]:
        """When each pulse begins (s)."""
        return tuple(
            self.start.value + number * (self.every.value if self.every else 0.0) for number in range(self.count)
        )

    @property
    def stop(self) -> float:
        """End of the last pulse (s)."""
        return self.starts[-1] + self.lasting

    @property
    def slopes(self) -> tuple[tuple[float, float], ...]:
        """From when to when (s) the current changes in a straight line."""
        if self.kind == "ramp":
            return ((self.start.value, self.stop),)
        return tuple((s + self.width.value, s + self.lasting) for s in self.starts) if self.fall else ()


class TraceSheet(Strict):
    """Membrane potentials to keep: of how many cells, how often, and from when to when; for the first seed only."""

    cells: Annotated[int, Field(ge=1, le=1000)] = 40
    """Number of cells whose membrane potential is kept."""
    interval: Span = parse_quantity("0.1 ms", "s")
    """Time between samples: a whole number of time steps."""
    start: Time
    """When the trace begins."""
    stop: Span
    """When it ends."""


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
    """Name of the experiment; its run folders begin with it."""
    title: str
    """One line that stands over tables and figures."""
    question: str = ""
    """What the experiment asks, for people."""
    based_on: Name | None = None
    """Another experiment, whose keys hold where this file gives none; nuclei, and wires by their ends, do so one by one."""
    without: list[str] = []
    """Nuclei, with their wires, and projections such as 'lhb -> lhb' that are not taken from the experiment it is based on."""
    parameters: SetName | None = None
    """Set of nuclei, interventions and experiments by name, from `lhb list parameters`; none: the present one."""
    nuclei: Annotated[dict[NucleusName, NucleusUse], Field(min_length=1, max_length=MOST_NUCLEI)]
    """Nuclei by name, each with what differs from its sheet; {} for nothing."""
    wiring: list[Wire] = []
    """Synapses between nuclei, one entry for each pair."""
    conditions: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """Conditions by name, each with its interventions; {} is the untouched model."""
    seeds: Annotated[tuple[int, ...], BeforeValidator(_seeds)]
    """Number of seeds, or the seeds themselves; all conditions share them and are compared in pairs."""
    protocol: Protocol
    """Time step, warm-up and duration."""
    stimuli: list[Stimulus] = []
    """Currents injected into a nucleus."""
    clamp: ClampSheet | None = None
    """Voltage clamp: of the clamped nuclei, each neuron is a sweep at command potentials."""
    traces: dict[str, TraceSheet] = {}
    """Nucleus -> membrane potentials to keep, of the first seed."""
    readouts: list[str] = []
    """Downstream signals to compute."""
    figures: list[str] = []
    """Figures to draw at the end."""
    precision: Literal["double", "single"] = "double"
    """Floating-point precision of the simulation; single is faster and less exact."""
    sweep: SweepSheet | None = None
    """How lists and ranges become the points of a sweep; none: every combination of those in the experiment."""
