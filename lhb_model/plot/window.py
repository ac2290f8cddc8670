"""The span of time that a figure shows."""

from collections.abc import Sequence
from math import isfinite

from lhb_model.errors import InputError
from lhb_model.recording import Recording

Window = tuple[float, float]

SLACK = 1e-9  # s


def common_window(recordings: Sequence[Recording], window: Window | None) -> Window:
    """The window (s) if all recordings cover it; without one, the span that all of them cover.

    `InputError`, with the record's span, for a window that is empty or not within it.
    """
    if not recordings:
        raise InputError("no recording to draw; expected at least one condition")
    first = max(recording.observed[0] for recording in recordings)
    last = min(recording.observed[1] for recording in recordings)
    if first >= last:
        raise InputError("the recordings have no span of time in common")
    start, stop = window or (first, last)
    record = f"the record runs from {first:g} s to {last:g} s"
    if not (isfinite(start) and isfinite(stop) and start < stop):
        raise InputError(f"window {start:g} s to {stop:g} s is empty; {record}")
    if start < first - SLACK or stop > last + SLACK:
        raise InputError(f"window {start:g} s to {stop:g} s is not within the record; {record}")
    return start, stop
