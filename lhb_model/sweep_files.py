"""The files of a sweep: `points.csv` (the values of each point), `table.csv` (a row a measure) and perhaps `spikes.h5`."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.errors import InputError
from lhb_model.experiment import Sweep
from lhb_model.ledger import JobRecord, Ledger
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.sweep import si_value

if TYPE_CHECKING:
    import pandas as pd

POINTS, SPIKES = "points.csv", "spikes.h5"
MEASURES = "measures"
"""Name under which a ledger keeps nucleus, name and unit of the measures."""


def points_table(sweep: Sweep) -> "pd.DataFrame":
    """One row a point, from 1 on: the value of each axis, in its unit (SI) or as a text."""
    import pandas as pd

    columns = {
        axis.name: [si_value(values[number], axis.unit) for values in sweep.points]
        for number, axis in enumerate(sweep.axes)
    }
    return pd.DataFrame({"point": range(1, len(sweep.points) + 1), **columns})


def sweep_table(ledger: Ledger, jobs: Sequence[JobRecord]) -> "pd.DataFrame":
    """One row for each point, condition, seed, nucleus and measure of the simulations that are done."""
    import pandas as pd

    columns = json.loads(ledger.remembered(MEASURES) or "[]")
    left = ledger.measures()
    done = sorted((number for number, job in enumerate(jobs) if job.state == "done"), key=lambda n: _order(jobs, n))
    if not done or not columns:
        return pd.DataFrame(columns=["point", *TABLE_COLUMNS])
    values = np.frombuffer(b"".join(left[number] for number in done)).reshape(len(done), len(columns))
    of_job = {name: [getattr(jobs[number], name) for number in done] for name in ("point", "condition", "seed")}
    of_measure = dict(zip(("nucleus", "measure", "unit"), zip(*columns, strict=True), strict=True))
    table = {name: np.repeat(np.array(column), len(columns)) for name, column in of_job.items()}
    table |= {name: np.tile(np.array(column), len(done)) for name, column in of_measure.items()}
    return pd.DataFrame({**table, "value": values.ravel()})[["point", *TABLE_COLUMNS]]


def _order(jobs: Sequence[JobRecord], number: int) -> tuple[int, int]:
    """By point; within one, seeds and conditions stay in the order in which they begin."""
    return jobs[number].point or 0, number


def write_spikes(ledger: Ledger, jobs: Sequence[JobRecord], path: Path) -> None:
    """Write all spikes into one HDF5 file: of each nucleus `steps` and `neurons` of all simulations, one after the other.

    Row i of `point`, `condition`, `seed`, `time` (step, duration and the analysed span, s) and `size` of a nucleus is about one
    simulation, whose spikes end before `ends[i]` of the nucleus.
    """
    import h5py

    kept = [(number, np.load(BytesIO(spikes))) for number, spikes in ledger.spikes() if jobs[number].state == "done"]
    with h5py.File(path, "w") as file:
        for name, kind in (("point", "i8"), ("seed", "i8"), ("condition", h5py.string_dtype())):
            file[name] = np.array([getattr(jobs[number], name) for number, _ in kept], dtype=kind)
        file["time"] = np.array([arrays["time"] for _, arrays in kept]).reshape(-1, 4)
        for nucleus in dict.fromkeys(name.partition("/")[0] for _, arrays in kept for name in arrays if "/" in name):
            parts = [arrays[f"{nucleus}/steps"] for _, arrays in kept]
            neurons = [arrays[f"{nucleus}/neurons"] for _, arrays in kept]
            group = file.create_group(nucleus)
            group["ends"] = np.cumsum([part.size for part in parts])
            group["size"] = np.array([int(arrays[f"{nucleus}/size"]) for _, arrays in kept])
            group.create_dataset("steps", data=np.concatenate(parts), compression="gzip")
            group.create_dataset("neurons", data=np.concatenate(neurons), compression="gzip")


def read_spikes(path: Path, point: int, condition: str, seed: int) -> Recording:
    """The spikes of one simulation, as a recording; `InputError` if they are not there."""
    import h5py

    try:
        with h5py.File(path) as file:
            wanted = (file["point"][()] == point) & (file["seed"][()] == seed)
            rows = np.flatnonzero(wanted & (file["condition"].asstr()[()] == condition))
            if not rows.size:
                raise InputError(f"point {point}, {condition}, seed {seed} has no spikes", file=path)
            row = int(rows[0])
            dt, duration, *span = (float(number) for number in file["time"][row])
            spikes = {name: _trains(group, row) for name, group in file.items() if isinstance(group, h5py.Group)}
    except (OSError, KeyError) as error:
        raise InputError(f"cannot be read ({' '.join(str(error).split())})", file=path) from None
    about = {"point": point, "condition": condition, "seed": seed}
    return Recording(dt, duration, spikes, {}, [], {"analysis": (span[0], span[1])}, about)


def _trains(group: "h5py.Group", row: int) -> SpikeTrains:  # type: ignore[name-defined]  # noqa: F821
    ends = group["ends"]
    own = slice(int(ends[row - 1]) if row else 0, int(ends[row]))
    return SpikeTrains(group["steps"][own].astype(np.int64), group["neurons"][own], int(group["size"][row]))
