"""The ledger of a run that grows: what became of each simulation, and what a sweep's simulations left, in one SQLite file.

A simulation is noted together with its results or not at all, whenever the process ends. One process writes; others may read.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

LEDGER = "ledger.sqlite"
"""Name of the file in the folder of a run."""

STATES = ("queued", "running", "done", "failed", "timed out")
"""What may have become of a simulation."""


@dataclass
class JobRecord:
    """One simulation in the ledger: its state, one of `STATES`, and the reason if it failed. `point` is that of a sweep."""

    condition: str
    seed: int
    state: str = "queued"
    seconds: float | None = None
    spikes: int | None = None
    spikes_sha256: str | None = None
    error: str | None = None
    point: int | None = None

    @property
    def name(self) -> str:
        """The simulation in words.

        >>> JobRecord("control", 2).name, JobRecord("control", 2, point=7).name
        ('control, seed 2', 'point 7, control, seed 2')
        """
        return job_name(asdict(self))

    def plain(self) -> dict[str, Any]:
        """The record as manifests have it."""
        return {name: value for name, value in asdict(self).items() if name != "point" or value is not None}


def job_name(job: Mapping[str, Any]) -> str:
    """A simulation of a manifest in words."""
    point = f"point {job['point']}, " if job.get("point") is not None else ""
    return f"{point}{job['condition']}, seed {job['seed']}"


COLUMNS = tuple(field.name for field in fields(JobRecord))
TABLES = f"""
CREATE TABLE IF NOT EXISTS jobs (number INTEGER PRIMARY KEY, {", ".join(COLUMNS)});
CREATE TABLE IF NOT EXISTS results (number INTEGER PRIMARY KEY, measures BLOB, spikes BLOB);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT);
"""
SECONDS_TO_WAIT = 30.0
"""For another process that is writing."""


class Ledger:
    """The ledger in a folder, numbered from 0 in the order in which simulations begin.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder)) as ledger:
    ...     ledger.begin([JobRecord("control", 1), JobRecord("control", 2)])
    ...     ledger.note({1: JobRecord("control", 2, "done", spikes=5)})
    ...     [job.state for job in ledger.jobs()], ledger.counts()
    (['queued', 'done'], {'queued': 1, 'done': 1})
    """

    def __init__(self, folder: Path):
        self._base = sqlite3.connect(folder / LEDGER, timeout=SECONDS_TO_WAIT, isolation_level="IMMEDIATE")
        self._base.executescript(TABLES)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def begin(self, jobs: Iterable[JobRecord]) -> None:
        """Write all records anew; results stay."""
        with self._base:
            self._base.execute("DELETE FROM jobs")
            self._insert(enumerate(jobs))

    def note(
        self, jobs: Mapping[int, JobRecord], results: Mapping[int, tuple[bytes, bytes | None]] | None = None
    ) -> None:
        """Write what became of some simulations, with the measures (float64) and perhaps the spikes that they left."""
        rows = [(number, *left) for number, left in (results or {}).items()]
        with self._base:
            self._insert(jobs.items())
            self._base.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)

    def _insert(self, jobs: Iterable[tuple[int, JobRecord]]) -> None:
        places = ", ".join("?" * (len(COLUMNS) + 1))
        rows = ((number, *(getattr(job, name) for name in COLUMNS)) for number, job in jobs)
        self._base.executemany(f"INSERT OR REPLACE INTO jobs VALUES ({places})", rows)

    def jobs(self) -> list[JobRecord]:
        """All records, in their order."""
        return [JobRecord(*row) for row in self._base.execute(f"SELECT {', '.join(COLUMNS)} FROM jobs ORDER BY number")]

    def counts(self) -> dict[str, int]:
        """State -> number of simulations in it; states that none is in are left out."""
        found = dict(self._base.execute("SELECT state, count(*) FROM jobs GROUP BY state"))
        return {state: found[state] for state in STATES if state in found}

    def measures(self) -> dict[int, bytes]:
        """Number of a simulation -> its measures."""
        return dict(self._base.execute("SELECT number, measures FROM results"))

    def spikes(self) -> Iterator[tuple[int, bytes]]:
        """Number and spikes of each simulation that has kept them."""
        yield from self._base.execute("SELECT number, spikes FROM results WHERE spikes IS NOT NULL ORDER BY number")

    def remember(self, name: str, text: str) -> None:
        """Keep a text beside the records."""
        with self._base:
            self._base.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, text))

    def remembered(self, name: str) -> str | None:
        """The text of that name, if there is one."""
        found = self._base.execute("SELECT text FROM notes WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else None


def read_jobs(folder: Path) -> list[JobRecord] | None:
    """The records of the ledger in a folder; None if there is none."""
    if not (folder / LEDGER).is_file():
        return None
    with Ledger(folder) as ledger:
        return ledger.jobs()
