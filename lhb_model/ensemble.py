"""Spikes of all neurons of a population in one record, checked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.bursts.checks import require_number
from lhb_model.bursts.train import TOLERANCE, Span, checked, checked_span
from lhb_model.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Band = tuple[float, float]

THETA: Band = (4.0, 10.0)
"""Theta band of the LHb (Hz), Yang 2018."""

# A time this share of a bin before its edge is at the edge, but for rounding.
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Spikes of a population: `times[k]` (s) is one of neuron `neurons[k]`, neuron after neuron, `size` neurons in all.

    >>> ensemble = Ensemble.of([[0.1, 0.5], [], [0.3]], span=(0.0, 1.0))
    >>> ensemble.neurons.tolist(), ensemble.counts.tolist(), ensemble.active.tolist()
    ([0, 0, 2], [2, 0, 1], [0, 2])
    """

    times: Floats
    neurons: Ints
    size: int
    span: Span

    @classmethod
    def of(cls, trains: Sequence[ArrayLike], span: Span) -> Self:
        """Trains of spike times (s), one for each neuron, from a record of the given span (s).

        `InputError` naming the neuron for times that are not finite, strictly rising and within the span.
        """
        start, stop = checked_span(span)
        times = [_checked(neuron, train, (start, stop)) for neuron, train in enumerate(trains)]
        neurons = np.repeat(np.arange(len(times)), [train.size for train in times])
        return cls(np.concatenate([np.empty(0), *times]), neurons, len(times), (start, stop))

    @property
    def duration(self) -> float:
        """Length of the record in s."""
        return self.span[1] - self.span[0]

    @property
    def counts(self) -> Ints:
        """Spikes of each neuron, shape (size,)."""
        return np.bincount(self.neurons, minlength=self.size)

    @property
    def active(self) -> Ints:
        """Neurons that fired."""
        return np.flatnonzero(self.counts)

    def bins(self, width: float) -> Ints:
        """The bin of `width` s in which each spike lies, counted from the start."""
        require_number("bin width", width, "seconds above 0", above=0)
        return np.floor((self.times - self.span[0]) / width + _SLACK).astype(np.int64)

    def whole_bins(self, width: float) -> int:
        """How many bins of `width` s the record holds."""
        return int(self.duration / width + _SLACK)


def _checked(neuron: int, train: ArrayLike, span: Span) -> Floats:
    try:
        times = checked(train).times
    except InputError as error:
        raise InputError(f"neuron {neuron}: {error}") from None
    # Times that are whole steps can miss the start of an epoch by a rounding.
    if times.size and not span[0] - TOLERANCE <= times[0] <= times[-1] <= span[1] + TOLERANCE:
        raise InputError(
            f"neuron {neuron}: spikes from {times[0]:.9g} to {times[-1]:.9g} s; expected all within the recorded "
            f"span {span[0]:.9g} to {span[1]:.9g} s"
        )
    return times


def checked_band(band: Band) -> Band:
    """The edges of a frequency band (Hz); refused unless 0 <= low < high."""
    low, high = band
    require_number("band", low, "Hz, not negative")
    require_number("band", high, f"Hz above {low:g}", above=low)
    return low, high
