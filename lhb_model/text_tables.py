"""Spike times in text tables: one spike a line under the header `unit,time_s`, or one unit a line, `name,t1,t2,...`."""

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.units import FloatArray, LineOf

Row = tuple[int, list[str]]
"""Number of the line that a row ends on, and its cells."""

UNIT, TIME = "unit", "time_s"
FORMS = f"a header with {UNIT},{TIME}, or one unit per row: name,t1,t2,..."

# Rows of times without a name in front would else become units called "0.103".
_DECIMAL = re.compile(r"[+-]?\d*[.,]\d+|[+-]?\d+\.")
_BEGINNING = 1 << 16


@dataclass(frozen=True)
class TextUnits:
    """Units as a text table gives them, with the line of each spike."""

    names: tuple[str, ...]
    trains: list[FloatArray]
    groups: dict[str, str]
    line_of: LineOf


def read_text(path: Path, unit: str | None = None, time: str | None = None, group: str | None = None) -> TextUnits:
    """Units of a comma- or tab-separated table; a unit with an empty time has no spikes.

    `unit`, `time` and `group` name columns of the one-spike-a-line form. `InputError` with file and line.
    """
    separator = _separator(path)
    rows = _rows(path, separator)
    line, first = next(rows)
    header = [cell.strip() for cell in first]
    if any((unit, time, group)) or {UNIT, TIME} <= set(header):
        columns = _columns(path, line, header, (unit or UNIT, time or TIME, group))
        return _long(path, rows, len(header), columns)
    if not _is_unit_row(first):
        raise InputError(f"begins with {shortened(separator.join(first))}; expected {FORMS}", path, line)
    return _wide(path, chain([(line, first)], rows))


def _separator(path: Path) -> str:
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if not beginning.strip():
        raise InputError("is empty", path)
    if b"\0" in beginning:
        raise InputError("is not a text file", path)
    line = beginning.lstrip().partition(b"\n")[0]
    return "\t" if b"\t" in line and b"," not in line else ","


def _rows(path: Path, separator: str) -> Iterator[Row]:
    """The rows that hold anything."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=separator, strict=True)
            try:
                yield from ((reader.line_num, row) for row in reader if any(row))
            except csv.Error as error:
                raise InputError(f"cannot be read as a table ({error})", path, reader.line_num) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not a text file in UTF-8 ({error.reason})", path) from None


def _columns(path: Path, line: int, header: list[str], wanted: tuple[str, str, str | None]) -> list[int]:
    columns = []
    for name in filter(None, wanted):
        if header.count(name) != 1:
            twice = f"column {name!r} stands {header.count(name)} times in the header"
            raise InputError(twice if name in header else unknown("column", name, header), path, line)
        columns.append(header.index(name))
    return columns


def _is_unit_row(row: list[str]) -> bool:
    return len(row) > 1 and all(_number(cell) is not None or not cell.strip() for cell in row[1:])


def _number(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


# one spike a line --------------------------------------------------------------------------------------------------


@dataclass
class _Spikes:
    """What has been read of a table of spikes, line by line."""

    units: dict[str, int] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    silent: dict[str, int] = field(default_factory=dict)
    codes: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    lines: "array[int]" = field(default_factory=lambda: array("q"))


def _long(path: Path, rows: Iterator[Row], width: int, columns: list[int]) -> TextUnits:
    spikes = _Spikes()
    for line, row in rows:
        if len(row) != width:
            raise InputError(f"has {len(row)} values; expected {width}, as in the header", path, line)
        _take(spikes, path, line, *(row[column] for column in columns))
    codes = np.frombuffer(spikes.codes, np.int64)
    _refuse_contradiction(spikes, codes, path)
    trains, order, ends = split(np.frombuffer(spikes.times, np.float64), codes, len(spikes.units))
    lines, starts = np.frombuffer(spikes.lines, np.int64)[order], np.append(0, ends)
    groups = {name: spikes.groups[name] for name in spikes.units} if spikes.groups else {}
    return TextUnits(tuple(spikes.units), trains, groups, lambda unit, spike: int(lines[starts[unit] + spike]))


def _take(spikes: _Spikes, path: Path, line: int, unit: str, text: str, group: str | None = None) -> None:
    if not unit:
        raise InputError("names no unit", path, line)
    code = spikes.units.setdefault(unit, len(spikes.units))
    if group is not None and spikes.groups.setdefault(unit, group) != group:
        both = f"{shortened(spikes.groups[unit])} and {shortened(group)}"
        raise InputError(f"unit {shortened(unit)} is in two groups, {both}", path, line)
    if not text.strip():
        spikes.silent.setdefault(unit, line)
        return
    time = _number(text)
    if time is None:
        raise InputError(f"unit {shortened(unit)}: time {shortened(text)} is not a number of seconds", path, line)
    spikes.codes.append(code)
    spikes.times.append(time)
    spikes.lines.append(line)


def _refuse_contradiction(spikes: _Spikes, codes: NDArray[np.int64], path: Path) -> None:
    """A missing time says that a unit has no spikes, so that it cannot have some elsewhere."""
    fired = set(np.unique(codes).tolist())
    for unit, line in spikes.silent.items():
        if spikes.units[unit] in fired:
            raise InputError(f"unit {shortened(unit)}: a spike without a time", path, line)


def split(
    times: FloatArray, codes: NDArray[np.int64], n_units: int
) -> tuple[list[FloatArray], NDArray[np.int64], NDArray[np.int64]]:
    """Times parted by the code of their unit, in their order; that order; and where each unit ends in it.

    >>> split(np.array([1.0, 2.0, 3.0]), np.array([1, 0, 1]), 2)[0]
    [array([2.]), array([1., 3.])]
    """
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=n_units))
    return np.split(times[order], ends[:-1]) if n_units else [], order, ends


# one unit a line ---------------------------------------------------------------------------------------------------


def _wide(path: Path, rows: Iterator[Row]) -> TextUnits:
    trains: dict[str, FloatArray] = {}
    lines: list[int] = []
    for line, row in rows:
        name, train = _unit_row(path, line, row)
        if name in trains:
            hint = f"; for one spike a line, begin the file with {UNIT},{TIME}"
            raise InputError(f"unit {shortened(name)} stands twice{hint}", path, line)
        trains[name] = train
        lines.append(line)
    return TextUnits(tuple(trains), list(trains.values()), {}, lambda unit, spike: lines[unit])


def _unit_row(path: Path, line: int, row: list[str]) -> tuple[str, FloatArray]:
    name, cells = row[0], row[1:]
    if not name or _DECIMAL.fullmatch(name.strip()):
        raise InputError(f"begins with {name!r}; expected the name of a unit, then its times", path, line)
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    times = [_number(cell) for cell in cells]
    if None in times:
        wrong = shortened(cells[times.index(None)])
        raise InputError(f"unit {shortened(name)}: time {wrong} is not a number of seconds", path, line)
    return name, np.array(times, np.float64)
