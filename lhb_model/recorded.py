"""Recordings made elsewhere -> what a run has: recordings, neurons and measures, by the very functions that make a run's.

The independent unit, a seed of a simulation, is an animal, a slice or a day of a recording.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.analyse import Label, of_firing, tables
from lhb_model.comparison import Nearness, nearest_condition
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.readers import read_units
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.run_folder import Run
from lhb_model.units import FloatArray, Units

if TYPE_CHECKING:
    import pandas as pd

RECORDING = "recording"
"""The condition of recorded units that are in no group."""

STEP = 2.0**-32
"""Step (s) of a recording made elsewhere: a power of two, so that none of its multiples is rounded, and 0.23 ns, well within
the 1 ns by which burst rules let intervals exceed their limits."""


@dataclass(frozen=True)
class Choices:
    """How recordings are read and sorted.

    - `groups`: column with the group of each unit (say, saline or ketamine); each group is a condition of its own.
    - `animals`: column with the animal, slice or day of each unit; without it every file is one.
    - `only`: the groups to keep; of the file's own groups (such as Phy's labels) where `groups` is not given.
    - `nucleus`: where all units are from; where it is not given, names such as lhb/3 tell, else it is the LHb.
    - `reading`: further words for `read_units`, such as the span.
    """

    groups: str | None = None
    animals: str | None = None
    only: tuple[str, ...] = ()
    nucleus: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """Recordings beside a run: one `Recording` for each group and animal, and their rows of neurons and measures.

    `neurons` and `table` have the columns of a run's tables; `condition` is the group ("recording" without groups) and `seed`
    the animal (the file without animals). `simulated_neurons` and `simulated_table` are the run's, over the same kind of
    neurons: where every recorded unit fired, those of the model that did not are left out. `notes` say so, and what stretch
    of each file was analysed.
    """

    recordings: dict[Label, Recording]
    neurons: "pd.DataFrame"
    table: "pd.DataFrame"
    simulated_neurons: "pd.DataFrame"
    simulated_table: "pd.DataFrame"
    notes: list[str]

    @property
    def groups(self) -> list[str]:
        """The recorded conditions."""
        return list(dict.fromkeys(label.condition for label in self.recordings))


def read_recorded(run: Run, paths: Sequence[str | Path], choices: Choices | None = None) -> Recorded:
    """Read recordings, and analyse them as the simulations of a run were: same rules, same measures.

    A recording that this project saved is analysed in its epoch "analysis", as in its run; others as a whole.

    Raises
    ------
    InputError
        As `read_units`; also for a file given twice, a nucleus that the run has not, or a record of unknown length.
    """
    import pandas as pd

    choices, files = choices or Choices(), [Path(path) for path in paths]
    rules = {name: sheet["burst_rule"] for name, sheet in run.resolved["nuclei"].items()}
    recordings: dict[Label, Recording] = {}
    notes = []
    for path, name in zip(files, _names(files), strict=True):
        found, told = _read(path, name, len(files) > 1, choices, rules)
        recordings |= found
        notes += [f"{path}: {note}" for note in told]
    parts = [tables(recording, label, rules, run.resolved["readouts"]) for label, recording in recordings.items()]
    neurons, table = (pd.concat(kind, ignore_index=True) for kind in zip(*parts, strict=True))
    simulated = run.neurons, run.table
    if _hides_silence(recordings, neurons) and (run.neurons["spikes"] == 0).any():
        simulated = of_firing(*simulated)
        notes.append("every recorded unit fired: neurons of the model that did not are left out")
    return Recorded(recordings, neurons, table, *simulated, notes)


def _hides_silence(recordings: Mapping[Label, Recording], neurons: "pd.DataFrame") -> bool:
    """Whether recordings made elsewhere show firing neurons alone."""
    return any(one.dt == STEP for one in recordings.values()) and bool((neurons["spikes"] > 0).all())


def _names(paths: Sequence[Path]) -> list[str]:
    """Short names of files, none twice."""
    for path in paths:
        if [other.resolve() for other in paths].count(path.resolve()) > 1:
            raise InputError("the recording is named twice", path)
    stems = [path.stem for path in paths]
    return stems if len(set(stems)) == len(stems) else [str(path.with_suffix("")) for path in paths]


def _read(
    path: Path, name: str, several: bool, choices: Choices, rules: Mapping[str, str]
) -> tuple[dict[Label, Recording], list[str]]:
    own = _own(path, rules) if choices == Choices() else None
    if own is not None:
        start, stop = own.epochs["analysis"]
        return {Label(RECORDING, name): own}, [f"record: {start:.9g} s to {stop:.9g} s, the epoch 'analysis'"]
    units = read_units(path, group=choices.groups, **choices.reading)
    units = units.of_groups(*choices.only) if choices.only else units
    groups = units.groups if choices.groups else {}
    animals = read_units(path, group=choices.animals, **choices.reading).groups if choices.animals else {}
    nuclei = nuclei_of(units, list(rules), choices.nucleus)
    labels = {unit: Label(groups.get(unit, RECORDING), _seed(name, animals.get(unit), several)) for unit in units.names}
    parts = {
        label: recording_of(units, {unit: nuclei[unit] for unit in units.names if labels[unit] == label})
        for label in dict.fromkeys(labels.values())
    }
    return parts, [units.record_text, *units.notes]


def _seed(file: str, animal: str | None, several: bool) -> str:
    """What stands for the seed: the animal, with its file where there are several."""
    if animal is None:
        return file
    return f"{file} {animal}" if several else animal


def _own(path: Path, rules: Mapping[str, str]) -> Recording | None:
    """A recording that this project saved, its nuclei those of the run; None for any other file."""
    if path.suffix.lower() != ".nwb":
        return None
    try:
        recording = Recording.load(path)
    except InputError:
        return None
    spikes = {nucleus: trains for nucleus, trains in recording.spikes.items() if nucleus in rules}
    return replace(recording, spikes=spikes, traces=[]) if spikes and "analysis" in recording.epochs else None


def nuclei_of(units: Units, known: Sequence[str], nucleus: str | None = None) -> dict[str, str]:
    """The nucleus of each unit: the one given; or that in every name, as in lhb/3; or the LHb; or the first known.

    >>> nuclei_of(Units(("lhb/0", "rmtg/0"), [np.array([1.0]), np.array([2.0])]), ["lhb", "rmtg"])
    {'lhb/0': 'lhb', 'rmtg/0': 'rmtg'}
    """
    if nucleus is not None and nucleus not in known:
        raise InputError(f"--nucleus: {unknown('nucleus of the run', nucleus, known)}")
    named = {unit: unit.partition("/")[0] for unit in units.names}
    if nucleus is None and all(unit != named[unit] in known for unit in units.names):
        return named
    return dict.fromkeys(units.names, nucleus or ("lhb" if "lhb" in known else known[0]))


def recording_of(units: Units, nuclei: Mapping[str, str]) -> Recording:
    """Some units, each with its nucleus, as a `Recording` that is analysed as a whole; its time begins with the record.

    >>> units = Units(("a", "b"), [np.array([5.5, 6.0]), np.array([5.25])], span=(5.0, 9.0))
    >>> [train.tolist() for train in recording_of(units, {"a": "lhb", "b": "lhb"}).trains("lhb")]
    [[0.5, 1.0], [0.25]]
    """
    if units.record is None:
        raise InputError("the length of its record is unknown; state the recorded span", units.source or None)
    start, stop = units.record
    trains = dict(zip(units.names, units.trains, strict=True))
    spikes = {
        nucleus: _spikes([trains[unit] - start for unit in nuclei if nuclei[unit] == nucleus])
        for nucleus in dict.fromkeys(nuclei.values())
    }
    # A record may end with a spike; the span of a `Recording` leaves out its end.
    whole = (0.0, stop - start + STEP)
    return Recording(STEP, whole[1], spikes, {}, [], {"analysis": whole}, {"source": units.source})


def _spikes(trains: Sequence[FloatArray]) -> SpikeTrains:
    steps = np.rint(np.concatenate(trains) / STEP).astype(np.int64)
    neurons = np.repeat(np.arange(len(trains), dtype=np.int32), [train.size for train in trains])
    order = np.lexsort((neurons, steps))
    return SpikeTrains(steps[order], neurons[order], len(trains))


# nearest -------------------------------------------------------------------------------------------------------------


def nearest_conditions(
    recorded: Recorded, measures: Sequence[str] | None = None
) -> "tuple[pd.DataFrame, dict[str, Nearness]]":
    """Distances of every recorded group to every simulated condition, and the `Nearness` of each group.

    The distances are those of `nearest_condition`, with the group in front as the column `recording`.
    """
    import pandas as pd

    simulated = recorded.simulated_table
    found = {group: nearest_condition(recorded.table, simulated, measures, group) for group in recorded.groups}
    parts = [nearness.distances.assign(recording=group) for group, nearness in found.items()]
    distances = pd.concat(parts, ignore_index=True)
    return distances[["recording", *parts[0].columns.drop("recording")]], found
