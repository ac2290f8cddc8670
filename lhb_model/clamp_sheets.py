"""A voltage clamp as an experiment says it: families of sweeps, each of which varies one potential or one time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from lhb_model.fields import Name, Reads, Source, Span, Strict, Tag, Volts, own
from lhb_model.quantities import Quantity, parse_quantity

MOST_SWEEPS = 1000
MOST_BEFORE = 2
"""Steps between holding and test for which the mechanism `voltage_clamp` has room."""

Potentials = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("V", -0.3, 0.3, series=True))]
Spans = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("s", least=0, above=True, series=True))]


@dataclass(frozen=True)
class Sweep:
    """Command potentials (V) from holding to test, and how long each step between them lasts (s); `varied` of the family."""

    varied: float
    potentials: tuple[float, ...]
    lasting: tuple[float, ...]

    def command(self, test: float) -> dict[str, float]:
        """Parameters of `voltage_clamp` for a test step that begins at a time (s)."""
        missing = MOST_BEFORE - len(self.lasting)
        volts = (*(self.potentials[:1] * missing), *self.potentials)
        ends = (*((0.0,) * missing), *self.lasting)
        starts = [test - sum(ends[number:]) for number in range(MOST_BEFORE + 1)]
        return {f"V_{i}": v for i, v in enumerate(volts)} | {f"t_{i}": t for i, t in enumerate(starts, start=1)}


class StepSheet(Strict):
    """A step of the command between holding and test."""

    potential: Potentials
    """Command potential; a list, or a range such as {linspace: [-120 mV, -50 mV, 15]}, makes a sweep of each."""
    lasting: Spans
    """How long it lasts; a list, or a range such as {logspace: [10 ms, 3 s, 15]}, makes a sweep of each."""


class PublishedSheet(Strict):
    """What others measured with such a family, drawn beside the model's; changes nothing in the model."""

    half: Volts | None = None
    """Potential at which the curve is half of its largest."""
    slope: Volts | None = None
    """Slope of the Boltzmann function there."""
    constant: Span | None = None
    """Time constant of the exponential."""
    fast: Spans | None = None
    """Fast time constant of inactivation during the test step, or its shortest and longest."""
    slow: Spans | None = None
    """Slow time constant, or its shortest and longest."""
    source: Source
    """The paper it is from."""
    tag: Tag
    """How it is known."""


class FamilySheet(Strict):
    """Sweeps from holding, through up to two steps, to the test step; exactly one of their potentials and times varies."""

    holding: Potentials
    """Command potential at the start, at which every gate rests."""
    before: Annotated[list[StepSheet], Field(max_length=MOST_BEFORE)] = []
    """Steps that prepare the test: at most two."""
    test: Potentials
    """Command potential of the test step, which lasts from the end of the warm-up to the end."""
    read: Literal["peak", "end", "m2h"] = "peak"
    """What of a sweep counts: its largest current, its last, or what a fit of m2h would reach without inactivation."""
    published: PublishedSheet | None = None
    """Published numbers to draw beside it."""

    @model_validator(mode="after")
    def _one_varies(self) -> "FamilySheet":
        if sum(len(values) > 1 for values in self._series()) != 1:
            raise own("given other than one series, expected one of its potentials and times to be a list or a range")
        return self

    def _series(self) -> tuple[tuple[Quantity, ...], ...]:
        return (self.holding, *(one for step in self.before for one in (step.potential, step.lasting)), self.test)

    @property
    def varied(self) -> tuple[Quantity, ...]:
        """The potentials, or times, that tell its sweeps apart."""
        return max(self._series(), key=len)

    def sweeps(self) -> Iterator[Sweep]:
        """Its sweeps, in the order of the series."""
        for number, varied in enumerate(self.varied):
            holding, *between, test = (one[number if len(one) > 1 else 0].value for one in self._series())
            yield Sweep(varied.value, (holding, *between[::2], test), tuple(between[1::2]))


class ClampSheet(Strict):
    """Holds one neuron for each sweep at a command potential, and records one current of it."""

    nuclei: Annotated[list[str], Field(min_length=1)] | None = None
    """Nuclei that are clamped, all by the same families; none: all that are simulated."""
    current: str
    """Name of the current that is recorded, such as I_T."""
    reversal: Volts | None = None
    """Its reversal potential, by which currents become conductances; none: the curves show currents."""
    interval: Span = parse_quantity("0.1 ms", "s")
    """Time between samples of the current: a whole number of time steps."""
    families: Annotated[dict[Name, FamilySheet], Field(min_length=1)]
    """Families of sweeps by name, such as activation."""

    def sweeps(self) -> tuple[Sweep, ...]:
        """All sweeps, family by family: one for each neuron."""
        return tuple(sweep for family in self.families.values() for sweep in family.sweeps())
