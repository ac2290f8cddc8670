"""What an intervention's sheet says of a drug: its affinity, how it blocks a pore, and its course in plasma and tissue."""

from typing import Annotated

from pydantic import BeforeValidator, model_validator

from lhb_model.fields import Reads, Sourced, Strict, own
from lhb_model.quantities import Quantity


class SourcedConcentration(Sourced):
    """A concentration, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("M", least=1e-12, most=1))]
    """The concentration."""


class SourcedSlope(Sourced):
    """A Hill slope, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1", least=0.1, most=10))]
    """The slope."""


class SourcedPotential(Sourced):
    """A membrane potential, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("V", least=-0.2, most=0.2))]
    """The potential."""


class SourcedSteepness(Sourced):
    """A voltage over which a rate grows e-fold, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("V", least=1e-3, most=10))]
    """The voltage."""


class SourcedRate(Sourced):
    """A rate, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("Hz", least=1e-6, most=1e4))]
    """The rate."""


class SourcedEntry(Sourced):
    """A rate of entry per concentration, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1/M/s", least=1, most=1e12))]
    """The rate of entry."""


class Affinity(Strict):
    """Half-maximal concentration and Hill slope of an intervention's action."""

    IC50: SourcedConcentration
    """Concentration of half the effect."""
    hill: SourcedSlope
    """Hill slope."""


class SourcedShare(Sourced):
    """A share between 0 and 1, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1", 0, 1))]
    """The share."""


class PoreSheet(Strict):
    """An open-channel blocker of NMDA receptors, with which magnesium competes and which depolarisation drives out.

    The affinity's IC50 holds without magnesium at `IC50_at`; the rate of exit is `k_off` at `k_off_at` and grows e-fold
    every `e_fold`; the Hill law is evaluated at `potential`. The law of trapping enters at `k_on` where it was measured.
    """

    IC50_at: SourcedPotential
    """Potential at which the IC50 holds."""
    k_off: SourcedRate
    """Rate of leaving the channel."""
    k_off_at: SourcedPotential
    """Potential at which that rate holds."""
    e_fold: SourcedSteepness
    """Voltage over which that rate grows e-fold."""
    k_on: SourcedEntry | None = None
    """Rate of entering the open channel; none: what gives the IC50 with the rate of leaving."""
    potential: SourcedPotential
    """Potential at which the Hill law is evaluated."""
    superficial_share: SourcedShare | None = None
    """Share of the blocked channels whose blocker is in front of the gate and not trapped, in saturating agonist; none: 0."""
    superficial_k_off: SourcedRate | None = None
    """Rate of leaving from there, whether or not the channel is open."""

    @model_validator(mode="after")
    def _whole_site(self) -> "PoreSheet":
        if (self.superficial_share is None) != (self.superficial_k_off is None):
            missing = "superficial_share" if self.superficial_share is None else "superficial_k_off"
            raise own("missing; expected both the share and the rate of the superficial site, or neither", missing)
        if self.k_on is not None and self.superficial_share is not None:
            raise own(
                "given beside a superficial site, expected one of them: the site's share is one of the IC50", "k_on"
            )
        return self


class SourcedDose(Sourced):
    """A dose by body weight, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("mg/kg", above=True, least=0))]
    """The dose."""


class SourcedTime(Sourced):
    """A time, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("s", above=True, least=0))]
    """The time."""


class SourcedRatio(Sourced):
    """A ratio, where it comes from, and how it is known."""

    value: Annotated[Quantity, BeforeValidator(Reads("1", above=True, least=0, most=1000))]
    """The ratio."""


class CourseSheet(Strict):
    """One way of giving a drug, whose course in plasma is known: the dose, its highest concentration, its half-life.

    `over` is the length of an infusion, `absorption` the half-life with which an injection is taken up; without both it is a
    bolus. `tissue` is the concentration in the tissue over that in plasma.
    """

    dose: SourcedDose
    """Dose by body weight."""
    peak: SourcedConcentration
    """Highest concentration in plasma."""
    half_life: SourcedTime
    """Half-life in plasma."""
    over: SourcedTime | None = None
    """Length of an infusion; none: a bolus or an injection."""
    absorption: SourcedTime | None = None
    """Half-life with which an injection is taken up; none: it goes into the blood at once."""
    tissue: SourcedRatio
    """Concentration in the tissue over that in plasma."""

    @model_validator(mode="after")
    def _one_way(self) -> "CourseSheet":
        if self.over and self.absorption:
            raise own("given beside 'over', expected one of them: an infusion is not absorbed", "absorption")
        return self
