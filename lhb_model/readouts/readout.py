"""What a readout is: recording -> signal over time and measures, for one downstream quantity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from lhb_model.quantities import Parameter
from lhb_model.recording import Recording


@dataclass(frozen=True)
class Signal:
    """A quantity over time: `times` (s) and `values`, both of shape (n,), in `unit`."""

    times: np.ndarray
    values: np.ndarray
    unit: str


@dataclass(frozen=True)
class Readout:
    """One downstream quantity.

    Attributes
    ----------
    name
        Name used in experiments and as the measure's name.
    nucleus
        The nucleus whose spikes it is made from; the readout is left out where that nucleus is missing.
    unit
        Unit of its measure.
    parameters
        Name -> `Parameter`, with sources.
    measure
        (recording, start, stop) -> the mean over the epoch.
    signal
        recording -> `Signal`, or None if the readout is a single number.
    needs_reference
        Whether it compares with the same network without the LHb's output.
    """

    name: str
    title: str
    nucleus: str
    unit: str
    parameters: Mapping[str, Parameter]
    measure: Callable[[Recording, float, float], float]
    signal: Callable[[Recording], Signal] | None = None
    needs_reference: bool = field(default=False)
