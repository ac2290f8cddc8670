"""Recordings made elsewhere -> Units: NWB, CSV, NumPy, Phy and Kilosort folders, and what Neo opens.

Nothing in a file is ever run: no pickle is loaded, and `params.py` is read as text. Times are in seconds.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.text_tables import TIME, UNIT, read_text, split
from lhb_model.units import FloatArray, LineOf, Span, Units, check, repaired

if TYPE_CHECKING:
    import h5py

# NumPy, zipfile and HDF5 raise any of these on a file that is damaged, or of another kind.
_UNREADABLE = (OSError, EOFError, LookupError, ValueError, TypeError, RuntimeError, AttributeError, SyntaxError)
_DAMAGED = (BadZipFile, zlib.error, TokenError)


@dataclass(frozen=True)
class Wanted:
    """What to take where a format leaves a choice: columns by name, and one of several segments."""

    unit: str | None = None
    time: str | None = None
    group: str | None = None
    segment: int | None = None


@dataclass(frozen=True)
class Found:
    """Units as a file gives them, not checked yet."""

    names: tuple[str, ...]
    trains: list[FloatArray]
    span: Span | None = None
    groups: dict[str, str] = field(default_factory=dict)
    line_of: LineOf | None = None
    uneven: str = ""
    """Why the file's own span cannot be used, where it states several."""


def read_units(
    path: str | Path,
    *,
    unit: str | None = None,
    time: str | None = None,
    group: str | None = None,
    segment: int | None = None,
    span: Span | None = None,
    repair: bool = False,
) -> Units:
    """Read the spike trains of a recording.

    Parameters
    ----------
    path
        - `.nwb`: the Units table. Names are nucleus/neuron, unit_name or id; `obs_intervals` state the span.
        - `.csv`, `.tsv`, `.txt`: one spike a line under the header `unit,time_s`, or one unit a line, `name,t1,t2,...`;
          a unit with an empty time has no spikes.
        - `.npz`: arrays `names`, `counts` and `times_s` (all trains end to end), or one array for each unit.
        - `.npy`: a table of two columns, unit and time, or a structured array with the fields `unit` and `time_s`.
        - a Phy or Kilosort folder: `spike_times.npy`, `spike_clusters.npy`, `params.py`, `cluster_group.tsv`.
        - anything else through Neo, if that is installed.
    unit, time, group
        Columns of these meanings, where the file calls them otherwise. A group is anything that sorts the units, such as
        Phy's label (the default there) or a day.
    segment
        Which segment (from 0) of a file that Neo parts into several.
    span
        Recorded span (start, stop) in s, instead of what the file states.
    repair
        Sort times and drop repeated ones, and say so in `notes`, instead of refusing them.

    Raises
    ------
    InputError
        Naming the file, and the line or unit: unreadable or empty file, unknown columns, times that are not finite,
        strictly rising seconds within the span.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.csv"
    >>> _ = path.write_text("unit,time_s\\nu1,0.5\\nu2,0.6\\nu1,0.7\\n")
    >>> units = read_units(path)
    >>> units.names, [train.tolist() for train in units.trains]
    (('u1', 'u2'), [[0.5, 0.7], [0.6]])
    """
    path = Path(path)
    found = _read(path, Wanted(unit, time, group, segment))
    trains, notes = repaired(found.trains) if repair else (found.trains, ())
    span = span or found.span
    check(found.names, trains, span, str(path), None if notes else found.line_of)
    if span is None and found.uneven:
        raise InputError(f"{found.uneven}; state the recorded span", path)
    return Units(found.names, trains, span, found.groups, str(path), notes)


def _read(path: Path, wanted: Wanted) -> Found:
    kind = _kind(path)
    reader, choices = _READERS[kind]
    for choice in fields(Wanted):
        if getattr(wanted, choice.name) is not None and choice.name not in choices:
            possible = f"; possible: {', '.join(choices)}" if choices else ""
            raise InputError(f"{choice.name} cannot be chosen in {kind}{possible}", path)
    with _reading(path, kind):
        return reader(path, wanted)


def _kind(path: Path) -> str:
    if not path.exists():
        raise InputError("no such file or folder", path)
    if path.is_dir():
        if (path / "manifest.json").is_file():
            raise InputError("is a run; expected one of its recordings, as in recordings/<condition>/seed-1.nwb", path)
        return "a Phy folder" if (path / "spike_times.npy").is_file() else "a file for Neo"
    if path.stat().st_size == 0:
        raise InputError("is empty", path)
    return "a Phy folder" if path.name == "params.py" else _KINDS.get(path.suffix.lower(), "a file for Neo")


@contextmanager
def _reading(path: Path, kind: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        # Names out of a file may hold line breaks.
        raise InputError(" ".join(error.message.split()), error.file, error.line) from None
    except MemoryError:
        raise InputError("is too large for the memory of this machine", path) from None
    except (*_UNREADABLE, *_DAMAGED) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"cannot be read as {kind} ({reason})", path) from None


def _text(path: Path, wanted: Wanted) -> Found:
    table = read_text(path, wanted.unit, wanted.time, wanted.group)
    return Found(table.names, table.trains, groups=table.groups, line_of=table.line_of)


# NWB -----------------------------------------------------------------------------------------------------------------


def _nwb(path: Path, wanted: Wanted) -> Found:
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        if not isinstance(file.get("units"), h5py.Group) or "spike_times_index" not in file["units"]:
            raise InputError("has no Units table with spike times", path)
        table = _NwbTable(path, file, file["units"])
        span, uneven = table.span()
        names, group = table.names(wanted.unit), wanted.group or table.default_group
        groups = dict(zip(names, table.column(group), strict=True)) if group else {}
        return Found(names, table.trains(), span, groups, uneven=uneven)


@dataclass(frozen=True)
class _NwbTable:
    path: Path
    file: "h5py.File"
    table: "h5py.Group"

    @property
    def size(self) -> int:
        return int(self.table["spike_times_index"].shape[0])

    @property
    def default_group(self) -> str | None:
        return "nucleus" if {"nucleus", "neuron"} <= set(self.table) else None

    def trains(self) -> list[FloatArray]:
        return self.ragged("spike_times")

    def ragged(self, name: str) -> list[Any]:
        """The entries of each row of a column in which rows have several."""
        values, ends = self.table[name][()], self.table[f"{name}_index"][()].astype(np.int64)
        if np.any(np.diff(ends, prepend=0) < 0) or ends[-1:].sum() != len(values):
            raise InputError(f"{name} and its index do not fit together", self.path)
        return np.split(values, ends[:-1]) if ends.size else []

    def names(self, column: str | None) -> tuple[str, ...]:
        if column:
            return tuple(self.column(column))
        if self.default_group:
            pairs = zip(self.column("nucleus"), self.column("neuron"), strict=True)
            return tuple(f"{nucleus}/{neuron}" for nucleus, neuron in pairs)
        return tuple(self.column("unit_name" if "unit_name" in self.table else "id"))

    def column(self, name: str) -> list[str]:
        """A column of one value for each unit, as text."""
        import h5py

        if name not in self.table:
            known = [other for other in self.table if self.table[other].shape == (self.size,)]
            raise InputError(unknown("column", name, known), self.path)
        data = self.table[name]
        if data.shape != (self.size,) or f"{name}_index" in self.table:
            raise InputError(f"column {name!r} has not one value for each unit", self.path)
        if h5py.check_ref_dtype(data.dtype):
            return [str(self.file[target].name).rpartition("/")[-1] for target in data[()]]
        values = data.asstr()[()] if h5py.check_string_dtype(data.dtype) else data[()]
        return [str(value) for value in values.tolist()]

    def span(self) -> tuple[Span | None, str]:
        """The span in which all units were observed, or why there is none."""
        if "obs_intervals" not in self.table:
            return None, ""
        intervals = self.ragged("obs_intervals")
        if any(len(own) != 1 for own in intervals):
            return None, "some units were observed in several intervals, or in none"
        spans = np.unique(np.concatenate(intervals), axis=0) if intervals else np.zeros((0, 2))
        if len(spans) > 1:
            return None, "units were observed in different intervals"
        return ((float(spans[0, 0]), float(spans[0, 1])), "") if len(spans) else (None, "")


# NumPy ---------------------------------------------------------------------------------------------------------------


def _array(path: Path) -> NDArray[Any]:
    # Mapped, so that a header that claims more than the file holds is found out before memory is asked for.
    try:
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError as error:
        raise InputError(_array_fault(error), path) from None


def _array_fault(error: ValueError) -> str:
    if "Python objects" in str(error) or "pickle" in str(error):
        return "holds Python objects (a pickle) or is no NumPy file; objects are never loaded"
    return f"cannot be read as a NumPy array ({' '.join(str(error).split())})"


def _npz(path: Path, wanted: Wanted) -> Found:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except ValueError as error:
        raise InputError(_array_fault(error), path) from None
    if not {"names", "counts", "times_s"} <= set(arrays):
        return Found(tuple(arrays), [_as_seconds(times) for times in arrays.values()])
    names, counts, times = arrays["names"], arrays["counts"], arrays["times_s"]
    if counts.dtype.kind not in "iu" or counts.shape != names.shape or names.ndim != 1:
        raise InputError("names and counts must be lists of one length, counts of whole numbers", path)
    if np.any(counts < 0) or counts.sum() != times.size or times.ndim != 1:
        raise InputError(f"counts add up to {counts.sum()}, but times_s has shape {times.shape}", path)
    trains = np.split(_as_seconds(times), np.cumsum(counts.astype(np.int64))[:-1]) if counts.size else []
    return Found(tuple(_texts(names)), trains)


def _npy(path: Path, wanted: Wanted) -> Found:
    table = _array(path)
    groups: dict[str, str] = {}
    if table.dtype.names:
        for name in filter(None, (wanted.unit or UNIT, wanted.time or TIME, wanted.group)):
            if name not in table.dtype.names:
                raise InputError(unknown("field", name, table.dtype.names), path)
        keys, times = table[wanted.unit or UNIT], table[wanted.time or TIME]
        if wanted.group:
            groups = _groups(path, keys, table[wanted.group])
    elif wanted != Wanted():
        raise InputError("the array has no named fields to choose from", path)
    elif table.ndim == 2 and table.shape[1] == 2 and table.dtype.kind in "iuf":
        keys, times = _whole(path, table[:, 0]), table[:, 1]
    else:
        expected = f"two columns of numbers, unit and time, or a structured array with {UNIT} and {TIME}"
        raise InputError(f"the array has shape {table.shape} of {table.dtype}; expected {expected}", path)
    names, trains = _by_unit(keys, _as_seconds(times))
    return Found(names, trains, groups=groups)


def _whole(path: Path, keys: NDArray[Any]) -> NDArray[np.int64]:
    bad = np.flatnonzero(keys != np.rint(keys))
    if bad.size:
        raise InputError(f"row {bad[0]} (counted from 0): unit {keys[bad[0]]} is not a whole number", path)
    return keys.astype(np.int64)


def _as_seconds(times: NDArray[Any]) -> FloatArray:
    """Whole numbers become floats; anything else is left for the check to name with its unit."""
    return times.astype(np.float64) if times.dtype.kind in "iu" or times.dtype == ">f8" else times


def _by_unit(keys: NDArray[Any], times: FloatArray, in_order: bool = False) -> tuple[tuple[str, ...], list[FloatArray]]:
    """Names and trains of the units, as they first appear or in the order of their keys."""
    import pandas as pd

    codes, found = pd.factorize(keys, sort=in_order)
    return tuple(_texts(found)), split(times, codes.astype(np.int64), len(found))[0]


def _texts(values: NDArray[Any]) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values.tolist()]


def _groups(path: Path, keys: NDArray[Any], groups: NDArray[Any]) -> dict[str, str]:
    pairs = set(zip(_texts(keys), _texts(groups), strict=True))
    found = dict(pairs)
    if len(found) < len(pairs):
        unit = next(unit for unit, group in pairs if found[unit] != group)
        raise InputError(f"unit {shortened(unit)} is in several groups", path)
    return found


# Phy and Kilosort ----------------------------------------------------------------------------------------------------

_SAMPLE_RATE = re.compile(r"^sample_rate\s*=\s*(?P<rate>[^#\n]*)", re.MULTILINE)


def _phy(path: Path, wanted: Wanted) -> Found:
    folder = path if path.is_dir() else path.parent
    samples, clusters = (_column(folder / f"spike_{what}.npy") for what in ("times", "clusters"))
    if samples.size != clusters.size:
        raise InputError(f"{samples.size} spike times for {clusters.size} spike clusters", folder)
    names, trains = _by_unit(clusters, samples / _sample_rate(folder / "params.py"), in_order=True)
    labels = _labels(folder, wanted.group)
    return Found(names, trains, groups={name: labels.get(name, "unsorted") for name in names} if labels else {})


def _column(path: Path) -> NDArray[np.integer]:
    """Whole numbers, one for each spike; Kilosort writes them as one column."""
    if not path.is_file():
        raise InputError("no such file; a Phy folder has one", path)
    values = _array(path)
    if values.dtype.kind not in "iu" or values.size != max(values.shape, default=0):
        raise InputError(f"is of {values.dtype} with shape {values.shape}; expected one column of whole numbers", path)
    return values.ravel()


def _sample_rate(path: Path) -> float:
    if not path.is_file():
        raise InputError("no such file; it tells the sample rate", path)
    text = path.read_text(encoding="utf-8", errors="replace")
    # As in the program that the file is for, the last word counts.
    match = next(reversed(list(_SAMPLE_RATE.finditer(text))), None)
    if match is None:
        raise InputError("states no sample_rate", path)
    line = text[: match.start()].count("\n") + 1
    try:
        rate = float(match["rate"])
    except ValueError:
        rate = np.nan
    if not 0 < rate < np.inf:
        raise InputError(f"sample_rate is {shortened(match['rate'].strip())}; expected a number above 0", path, line)
    return rate


def _labels(folder: Path, column: str | None) -> dict[str, str]:
    """Label of each cluster from `cluster_<column>.tsv`: what was decided by hand, unless another is asked for."""
    path = folder / f"cluster_{column or 'group'}.tsv"
    if not path.is_file():
        known = [found.stem.removeprefix("cluster_") for found in sorted(folder.glob("cluster_*.tsv"))]
        if column:
            raise InputError(unknown("cluster column", column, known), folder)
        return {}
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows, start=1):
        if len(row) != 2:
            raise InputError(f"has {len(row)} columns; expected cluster_id and {column or 'group'}", path, number)
    return {cluster.strip(): label.strip() for cluster, label in rows[1:]}


# Neo -----------------------------------------------------------------------------------------------------------------

# These two run what a file tells them to: one loads pickles, the other evaluates text.
_RUNS_CODE = ("PickleIO", "ElphyIO")


def _neo(path: Path, wanted: Wanted) -> Found:
    try:
        import neo
    except ImportError:
        own = "NWB (.nwb), CSV (.csv, .tsv, .txt), NumPy (.npz, .npy) nor a Phy folder"
        raise InputError(f"is none of {own}; what Neo reads can be read after: pip install neo", path) from None
    trains = _segment(path, _neo_segments(path, neo), wanted.segment)
    names = _neo_names(trains)
    spans = {(_in_seconds(train.t_start), _in_seconds(train.t_stop)) for train in trains}
    groups = {}
    if wanted.group:
        groups = {name: _annotation(path, train, wanted.group) for name, train in zip(names, trains, strict=True)}
    # Readers of formats without a span make one up for each train: no span is stated then.
    span = spans.pop() if len(spans) == 1 else None
    return Found(names, [np.asarray(_in_seconds(train)) for train in trains], span, groups)


def _neo_segments(path: Path, neo: Any) -> list[list[Any]]:
    """Spike trains of each segment, by the first of Neo's readers that finds any."""
    reasons = []
    for reader in neo.io.list_candidate_ios(path):
        if reader.__name__ in _RUNS_CODE:
            reasons.append(f"{reader.__name__} would run code from the file")
            continue
        try:
            segments = _neo_read(reader, path)
        except Exception as error:  # Neo's readers raise anything on a file that is not theirs.
            reasons.append(f"{reader.__name__}: {' '.join(str(error).split())[:200]}")
            continue
        if any(segments):
            return segments
        reasons.append(f"{reader.__name__}: no spike trains")
    raise InputError(f"Neo reads no spike trains from it ({'; '.join(reasons)})", path)


def _neo_read(reader: Any, path: Path) -> list[list[Any]]:
    """Neo's own default for NIX files would open them for writing."""
    io = reader(str(path), mode="ro") if reader.__name__ == "NixIO" else reader(str(path))
    lazy = bool(reader.support_lazy)
    segments = [segment for block in io.read(lazy=lazy) for segment in block.segments]
    return [[train.load() if lazy else train for train in segment.spiketrains] for segment in segments]


def _segment(path: Path, segments: list[list[Any]], wanted: int | None) -> list[Any]:
    if wanted is None and len(segments) > 1:
        raise InputError(f"has {len(segments)} segments; expected the number of one, from 0", path)
    if wanted is not None and not 0 <= wanted < len(segments):
        raise InputError(f"has no segment {wanted}; expected 0 to {len(segments) - 1}", path)
    return segments[wanted or 0]


def _neo_names(trains: list[Any]) -> tuple[str, ...]:
    """Names if all have different ones, else their place in the file."""
    names = tuple(str(train.name or "") for train in trains)
    distinct = len(set(names)) == len(names) and all(names)
    return names if distinct else tuple(str(place) for place in range(len(trains)))


def _annotation(path: Path, train: Any, name: str) -> str:
    if name not in train.annotations:
        raise InputError(unknown("annotation", name, train.annotations), path)
    return str(train.annotations[name])


def _in_seconds(quantity: Any) -> Any:
    value = quantity.rescale("s").magnitude
    return float(value) if value.ndim == 0 else value


_Reader = Callable[[Path, Wanted], Found]
_READERS: dict[str, tuple[_Reader, tuple[str, ...]]] = {
    "NWB": (_nwb, ("unit", "group")),
    "a text table": (_text, ("unit", "time", "group")),
    "a NumPy archive": (_npz, ()),
    "a NumPy array": (_npy, ("unit", "time", "group")),
    "a Phy folder": (_phy, ("group",)),
    "a file for Neo": (_neo, ("group", "segment")),
}
_KINDS = {
    ".nwb": "NWB",
    ".csv": "a text table",
    ".tsv": "a text table",
    ".txt": "a text table",
    ".npz": "a NumPy archive",
    ".npy": "a NumPy array",
}
