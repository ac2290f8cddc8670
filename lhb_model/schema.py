"""The shape of every YAML file: nucleus sheets, intervention sheets and experiments, as frozen, validated values.

Names that other files give (mechanisms, nuclei, parameters) are checked in `config`, where those files are at hand.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.quantities import Parameter, Quantity, parameter, parse_quantity

NAME = r"^[A-Za-z][A-Za-z0-9_.+@-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Tag = Literal["measured", "recalled", "fitted", "assumed"]


class Strict(BaseModel):
    """A value that takes no unknown key, and answers one with the nearest known keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise PydanticCustomError(
                "shape",
                "{message}",
                {"message": f"given {shortened(data)}, expected keys such as {', '.join(_keys(cls)[:4])}"},
            )
        for key in data:
            if key not in _keys(cls):
                raise PydanticCustomError(
                    "unknown_key", "{message}", {"message": unknown("key", key, _keys(cls)), "key": key}
                )
        return data


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _reading(read: Callable[[Any], Any], value: Any) -> Any:
    """Turn the reader's own error into one that carries its place."""
    try:
        return read(value)
    except InputError as error:
        raise PydanticCustomError("quantity", "{message}", {"message": error.message}) from None


def reads(unit: str | None) -> BeforeValidator:
    """Reads a quantity with the given canonical unit (any unit if None), written as text such as "5 ms"."""
    return BeforeValidator(partial(_reading, lambda value: _quantity(value, unit)))


def reads_series(unit: str) -> BeforeValidator:
    """Reads one quantity or a list of them."""
    return BeforeValidator(partial(_reading, lambda value: _listed(lambda item: _quantity(item, unit), value)))


def _quantity(value: Any, unit: str | None) -> Quantity:
    if isinstance(value, Quantity):
        return value
    bare = unit is None and isinstance(value, int | float)
    return parse_quantity(value, "1" if bare else unit)


def _listed(read: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    return tuple(read(item) for item in (value if isinstance(value, list) else [value]))


Seconds = Annotated[Quantity, reads("s")]
Amperes = Annotated[Quantity, reads("A")]
Volts = Annotated[Quantity, reads("V")]
Hertz = Annotated[Quantity, reads("Hz")]
AnyQuantity = Annotated[Quantity, reads(None)]
Fractions = Annotated[tuple[Quantity, ...], reads_series("1")]
Concentrations = Annotated[tuple[Quantity, ...], reads_series("M")]
Source = Annotated[str, Field(min_length=3)]


class Sourced(Strict):
    """A number with its unit, where it comes from, and how it is known."""

    value: AnyQuantity
    source: Source
    tag: Tag
    note: str = ""

    def parameter(self) -> Parameter:
        """The number as a `Parameter`."""
        return parameter(self.value.text, source=self.source, tag=self.tag, note=self.note)


# nucleus sheets ------------------------------------------------------------------------------------------------------


class SpreadSheet(Strict):
    """How a parameter differs between neurons: "normal", "lognormal" or "uniform" with a width."""

    kind: Literal["normal", "lognormal", "uniform"]
    width: AnyQuantity
    source: Source
    tag: Tag


class RestGroupSheet(Strict):
    """A share of the neurons with normally distributed resting potentials, and factors on their conductances."""

    name: str
    share: Annotated[float, Field(ge=0, le=1)]
    mean: Volts
    sd: Volts
    factors: dict[str, float] = {}
    source: Source
    tag: Tag


class RestSheet(Strict):
    """Resting potentials are drawn; each neuron's holding current balances its other currents there."""

    without: list[str]
    fixed: dict[str, AnyQuantity] = {}
    groups: Annotated[list[RestGroupSheet], Field(min_length=1)]

    @field_validator("groups")
    @classmethod
    def _whole(cls, groups: list[RestGroupSheet]) -> list[RestGroupSheet]:
        if abs(sum(group.share for group in groups) - 1) > 1e-9:
            raise PydanticCustomError("shares", "the shares of the groups must add up to 1")
        return groups


class RangeSheet(Strict):
    """Start values, uniform between two numbers."""

    low: AnyQuantity
    high: AnyQuantity
    source: Source
    tag: Tag


class NucleusSheet(Strict):
    """A nucleus: what its cells are made of, in which amounts, and how they differ."""

    nucleus: Name
    title: str
    transmitter: str
    size: Annotated[int, Field(ge=1, le=10_000_000)]
    burst_rule: str = "lhb"
    mechanisms: Annotated[list[str], Field(min_length=1)]
    parameters: dict[str, Sourced] = {}
    spread: dict[str, SpreadSheet] = {}
    rest: RestSheet | None = None
    start: dict[str, RangeSheet] = {}
    notes: str = ""


# intervention sheets -------------------------------------------------------------------------------------------------


class Affinity(Strict):
    """Half-maximal concentration and Hill slope of a block."""

    IC50: Sourced
    hill: Sourced


class EffectSheet(Strict):
    """What an intervention does to one parameter.

    "block" multiplies it by 1 - block; "scale" by amount ** strength; "shift" adds amount * strength.
    """

    parameter: str
    law: Literal["block", "scale", "shift"]
    amount: Sourced | None = None

    @model_validator(mode="after")
    def _amount(self) -> "EffectSheet":
        if (self.law == "block") != (self.amount is None):
            raise PydanticCustomError("amount", "a block takes no amount; a scale or shift needs one")
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
        if any(effect.law == "block" for effect in self.effects):
            return ("block", "dose") if self.affinity else ("block",)
        return ("strength",)


# experiments ---------------------------------------------------------------------------------------------------------


class ReplaySheet(Strict):
    """Spike trains by rule in place of the nucleus's own cells."""

    rate: Hertz
    active_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    rate_spread: Annotated[float, Field(ge=0, le=3)] = 0.5
    spikes_per_burst: Annotated[int, Field(ge=2, le=50)] = 4
    intra_burst_frequency: Hertz
    irregularity: Annotated[float, Field(gt=0, le=3)] = 0.5
    source: Source
    tag: Tag


class NucleusUse(Strict):
    """A nucleus in an experiment: its size, numbers that differ from its sheet, or trains replayed in its place."""

    sheet: str | None = None
    size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    parameters: dict[str, AnyQuantity] = {}
    replay: ReplaySheet | None = None


class Wire(Strict):
    """Synapses between two nuclei: `in_degree` inputs for each target neuron, weights by receptor."""

    source: Annotated[str, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    in_degree: Annotated[int, Field(ge=0)]
    delay: Seconds
    weights: Annotated[dict[str, AnyQuantity], Field(min_length=1)]
    plasticity: dict[str, AnyQuantity] | bool = False
    why: Source
    tag: Tag


class InterventionUse(Strict):
    """How strongly, when and where an intervention acts; a list of doses makes a series of conditions."""

    block: Fractions | None = None
    dose: Concentrations | None = None
    strength: Fractions | None = None
    onset: Seconds | None = None
    end: Seconds | None = None
    nuclei: list[str] | None = None


class Protocol(Strict):
    """Time: step, warm-up left out of the analysis, and the end. The analysis covers warm_up to duration."""

    dt: Seconds = parse_quantity("0.05 ms", "s")
    warm_up: Seconds
    duration: Seconds


class Stimulus(Strict):
    """Current injected into every neuron of a nucleus: a step, a train of pulses, or a ramp."""

    nucleus: str
    kind: Literal["step", "pulses", "ramp"]
    current: Amperes
    start: Seconds
    width: Seconds
    every: Seconds | None = None
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    conditions: list[str] | None = None

    @model_validator(mode="after")
    def _spacing(self) -> "Stimulus":
        if self.count > 1 and self.every is None:
            raise PydanticCustomError("every", "several pulses need 'every', the time from one to the next")
        if self.every is not None and self.every.value < self.width.value:
            raise PydanticCustomError("every", "pulses overlap: 'every' is shorter than 'width'")
        return self


class TraceSheet(Strict):
    """Membrane potentials to keep: of how many cells, how often, and from when to when; for the first seed only."""

    cells: Annotated[int, Field(ge=1, le=1000)] = 40
    interval: Seconds = parse_quantity("0.1 ms", "s")
    start: Seconds
    stop: Seconds


class ExperimentSheet(Strict):
    """An experiment as its file says it: conditions x seeds, wiring, protocol, what is recorded and read out."""

    experiment: Name
    title: str
    question: str = ""
    based_on: str | None = None
    nuclei: Annotated[dict[Name, NucleusUse], Field(min_length=1)]
    wiring: list[Wire] = []
    conditions: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    protocol: Protocol
    stimuli: list[Stimulus] = []
    traces: dict[str, TraceSheet] = {}
    readouts: list[str] = []
    figures: list[str] = []
    precision: Literal["double", "single"] = "double"

    @field_validator("seeds", mode="before")
    @classmethod
    def _count(cls, seeds: Any) -> Any:
        if isinstance(seeds, int) and not isinstance(seeds, bool) and 1 <= seeds <= 100_000:
            return tuple(range(1, seeds + 1))
        if (
            isinstance(seeds, list)
            and all(type(s) is int and 0 <= s < 2**31 for s in seeds)
            and len(set(seeds)) == len(seeds)
        ):
            return tuple(seeds)
        raise PydanticCustomError(
            "seeds",
            "{message}",
            {
                "message": f"given {shortened(seeds)}, expected a number of seeds "
                "(6) or a list of different ones ([1, 2, 3])"
            },
        )
