"""Named spike trains of a recording, checked once and never repaired unasked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown

Span = tuple[float, float]
FloatArray = NDArray[np.float64]
LineOf = Callable[[int, int], int]
"""Line of a file that holds a spike: (unit, spike), both counted from 0."""

COARSEST = 1e-4
"""Seconds between neighbouring floats, at the latest spike, above which burst rules would compare noise."""


@dataclass(frozen=True, eq=False)
class Units:
    """Spike trains (s) of the units of one recording, in the order of the source.

    - `names`: as the source writes them, none twice.
    - `trains`: one float64 array for each unit, finite and strictly rising.
    - `span`: recorded span (start, stop) in s where the source, or the reader of it, states one.
    - `groups`: group of each unit, empty if the source names none.
    - `notes`: what was done to the times; empty unless repairs were asked for.

    `InputError` naming the source, the unit and the spike (counted from 0) for anything else.

    >>> units = Units(("a", "b"), [np.array([1.0, 1.01]), np.array([4.0])], source="by hand")
    >>> units.record, units.span
    ((1.0, 4.0), None)
    """

    names: tuple[str, ...]
    trains: list[FloatArray]
    span: Span | None = None
    groups: dict[str, str] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self.names, self.trains, self.span, self.source or None)
        if self.groups and set(self.groups) != set(self.names):
            raise InputError("groups must name every unit and nothing else", self.source or None)

    @property
    def n_spikes(self) -> int:
        """Spikes of all units."""
        return sum(train.size for train in self.trains)

    @property
    def record(self) -> Span | None:
        """The stated span, else first to last spike of all units; None if that has no length."""
        if self.span is not None:
            return self.span
        fired = [train for train in self.trains if train.size]
        start = min((float(train[0]) for train in fired), default=0.0)
        stop = max((float(train[-1]) for train in fired), default=0.0)
        return (start, stop) if start < stop else None

    @property
    def record_text(self) -> str:
        """The record in words, with where it comes from.

        >>> Units(("a",), [np.array([1.0, 4.5])]).record_text
        'record: 1 s to 4.5 s, from first to last spike, as no span is stated'
        """
        if self.record is None:
            return "record: unknown, as no span is stated and there are no two spike times to take it from"
        start, stop = self.record
        origin = "as stated" if self.span else "from first to last spike, as no span is stated"
        return f"record: {start:.9g} s to {stop:.9g} s, {origin}"

    def of_groups(self, *wanted: str) -> "Units":
        """The units of the given groups; `InputError` with near names for a group that no unit has.

        >>> units = Units(("a", "b"), [np.array([1.0]), np.array([2.0])], groups={"a": "good", "b": "mua"})
        >>> units.of_groups("good").names
        ('a',)
        """
        for group in wanted:
            if group not in self.groups.values():
                raise InputError(unknown("group", group, self.groups.values()), self.source or None)
        kept = [i for i, name in enumerate(self.names) if self.groups[name] in wanted]
        names = tuple(self.names[i] for i in kept)
        groups = {name: self.groups[name] for name in names}
        return replace(self, names=names, trains=[self.trains[i] for i in kept], groups=groups)


def check(
    names: Sequence[str],
    trains: Sequence[FloatArray],
    span: Span | None,
    file: str | None = None,
    line_of: LineOf | None = None,
) -> None:
    """Refuse names that stand twice, bad spans, and times that are not finite, rising seconds within the span."""
    if len(names) != len(trains):
        raise InputError(f"{len(names)} names for {len(trains)} spike trains", file)
    if not names:
        raise InputError("has no units", file)
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise InputError(f"unit {shortened(twice)} stands twice", file)
    if span is not None:
        _check_span(span, file)
    for name, train in zip(names, trains, strict=True):
        _check_kind(name, train, file)
    for fault in (_not_finite, _not_rising, _not_seconds):
        _refuse(fault(trains), names, file, line_of)
    if span is not None:
        _refuse(_outside(trains, span), names, file, line_of)


def repaired(trains: Sequence[FloatArray]) -> tuple[list[FloatArray], tuple[str, ...]]:
    """Trains sorted and without repeated times, and notes of what that took.

    >>> trains, notes = repaired([np.array([2.0, 1.0, 2.0]), np.array([3.0])])
    >>> trains[0].tolist(), notes
    ([1.0, 2.0], ('repaired: 1 unit sorted, 1 repeated spike dropped',))
    """
    tidy = [np.unique(train) for train in trains]
    unsorted = sum(bool(np.any(train[1:] < train[:-1])) for train in trains)
    dropped = sum(before.size - after.size for before, after in zip(trains, tidy, strict=True))
    if not unsorted and not dropped:
        return list(trains), ()
    return tidy, (f"repaired: {counted(unsorted, 'unit')} sorted, {counted(dropped, 'repeated spike')} dropped",)


def counted(number: int, what: str) -> str:
    """A number of things in words.

    >>> counted(1, "spike"), counted(0, "spike")
    ('1 spike', '0 spikes')
    """
    return f"{number} {what}" + "s" * (number != 1)


def _check_span(span: Span, file: str | None) -> None:
    start, stop = span
    if not (np.isfinite([start, stop]).all() and start < stop):
        raise InputError(f"the recorded span is {start:g} s to {stop:g} s; expected a start before a finite stop", file)


def _check_kind(name: str, train: FloatArray, file: str | None) -> None:
    if not isinstance(train, np.ndarray) or train.ndim != 1:
        shape = getattr(train, "shape", None)
        raise InputError(f"unit {shortened(name)}: times have shape {shape}; expected one dimension", file)
    if train.dtype in (np.float16, np.float32):
        reason = "which holds 1000 s only to 0.06 ms" if train.dtype == np.float32 else "too coarse for burst rules"
        raise InputError(f"unit {shortened(name)}: times are {train.dtype}, {reason}; expected float64", file)
    if train.dtype != np.float64:
        raise InputError(f"unit {shortened(name)}: times are of type {train.dtype}; expected float64 seconds", file)


# A fault is the unit, its spike, and what is wrong with that spike.
Fault = tuple[int, int, str] | None


def _not_finite(trains: Sequence[FloatArray]) -> Fault:
    for unit, train in enumerate(trains):
        bad = np.flatnonzero(~np.isfinite(train))
        if bad.size:
            return unit, int(bad[0]), f"is at {train[bad[0]]}; expected finite seconds"
    return None


def _not_rising(trains: Sequence[FloatArray]) -> Fault:
    for unit, train in enumerate(trains):
        bad = np.flatnonzero(train[1:] <= train[:-1])
        if bad.size:
            before, after = train[bad[0] : bad[0] + 2].tolist()
            word = "repeats" if before == after else "lies before"
            return unit, int(bad[0]) + 1, f"at {after!r} s {word} the one before it, at {before!r} s"
    return None


def _not_seconds(trains: Sequence[FloatArray]) -> Fault:
    for unit, train in enumerate(trains):
        if train.size and np.spacing(np.abs(train[[0, -1]])).max() > COARSEST:
            spike = int(np.argmax(np.abs(train[[0, -1]]))) * (train.size - 1)
            return unit, spike, f"is at {train[spike]:g} s, where floats are over 0.1 ms apart; expected seconds"
    return None


def _outside(trains: Sequence[FloatArray], span: Span) -> Fault:
    start, stop = span
    for unit, train in enumerate(trains):
        if train.size and not start <= train[0] <= train[-1] <= stop:
            spike = 0 if train[0] < start else int(np.searchsorted(train, stop, side="right"))
            return unit, spike, f"at {train[spike]:.9g} s lies outside the recorded span, {start:.9g} s to {stop:.9g} s"
    return None


def _refuse(fault: Fault, names: Sequence[str], file: str | None, line_of: LineOf | None) -> None:
    if fault is None:
        return
    unit, spike, text = fault
    line = line_of(unit, spike) if line_of else None
    raise InputError(f"unit {shortened(names[unit])}: spike {spike} (counted from 0) {text}", file, line)
