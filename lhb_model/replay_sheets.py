"""What YAML files may put in place of a nucleus's own firing or potentials: replayed trains, their patterns, and ladders."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from lhb_model.fields import Blocks, Rate, Reads, Source, Strict, Tag, Volts
from lhb_model.quantities import Quantity


class ReplaySheet(Strict):
    """Spike trains by rule in place of the nucleus's own cells."""

    rate: Rate
    """Mean rate of all neurons."""
    active_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the neurons that fire."""
    rate_spread: Annotated[float, Field(ge=0, le=3)] = 0.5
    """Spread of the rates between neurons: standard deviation of the logarithm."""
    spikes_per_burst: Annotated[int, Field(ge=2, le=50)] = 4
    """Spikes in each burst."""
    intra_burst_frequency: Rate
    """Frequency of the spikes within a burst."""
    irregularity: Annotated[float, Field(gt=0, le=3)] = 0.5
    """Coefficient of variation of the intervals between bursts, and between tonic spikes."""
    source: Source
    """The paper it is from, or who chose it and why."""
    tag: Tag
    """How it is known."""


class ReplayUse(Strict):
    """A pattern of the replayed trains in numbers; a list of shares makes a series of conditions."""

    burst_share: Blocks | None = None
    """Share of the active neurons that burst; the others fire the same number of spikes one by one; none: all burst."""
    synchrony: Blocks | None = None
    """Share of each neuron's bursts, or lone spikes, that begin at times common to all neurons; none: 0."""
    rate: Annotated[Quantity, BeforeValidator(Reads("Hz", 0, 1000))] | None = None
    """Mean rate of all neurons, at most that of the nucleus; none: that of the nucleus."""


class HoldSheet(Strict):
    """Potentials, evenly spaced from the first neuron to the last, at which a current of its own holds each neuron."""

    lowest: Annotated[Volts, Field(alias="from")]
    """Potential of the first neuron."""
    highest: Annotated[Volts, Field(alias="to")]
    """Potential of the last neuron."""
