"""Simulations on a Dask cluster of real processes: lost workers, a lost scheduler, workers of another version, SLURM's script."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import lhb_model
from lhb_model.dask_cluster import on_scheduler, parts, slurm_cluster
from lhb_model.executors import ExecutorError
from lhb_model.ledger import JobRecord
from lhb_model.run_folder import PARTIAL
from lhb_model.runs import Watcher
from small_runs import (
    BARE,
    command,
    complaint,
    environment,
    hashes,
    lhb,
    run_small,
    simulations,
    started,
    states,
    wait_until,
)  # fmt: skip

dask = pytest.importorskip("dask")
pytest.importorskip("dask_jobqueue")

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="sees simulations through /proc")


@dataclass
class Cluster:
    """A scheduler and workers as a user starts them, each a process with one thread."""

    folder: Path
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def note(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return str(json.loads(self.note.read_text())["address"])

    @property
    def scheduler(self) -> subprocess.Popen:
        return self.processes[0]

    @property
    def workers(self) -> list[subprocess.Popen]:
        return self.processes[1:]

    def start(self, what: str, *words: str, **changes: str) -> None:
        command = [sys.executable, "-m", "distributed.cli.dask_" + what, "--scheduler-file", str(self.note), *words]
        with (self.folder / "log.txt").open("a") as log:
            self.processes.append(
                subprocess.Popen(command, cwd=self.folder, env=environment(changes), stdout=log, stderr=log)
            )

    def begin(self) -> None:
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        wait_until(lambda: self.note.exists() and self.note.stat().st_size, self.scheduler)

    def work(self, count: int = 1, **changes: str) -> None:
        for _ in range(count):
            self.start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", **changes)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    made = Cluster(tmp_path)
    try:
        made.begin()
        yield made
    finally:
        made.end()


class Killer(Watcher):
    """Kills the first worker that it finds simulating, and notes which jobs begin."""

    def __init__(self, cluster: Cluster):
        self._cluster, self.begun, self.killed = cluster, list[tuple[str, int]](), threading.Event()

    def start(self, jobs: list[JobRecord], duration: float) -> None:
        threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self) -> None:
        victim = wait_until(lambda: next((w for w in self._cluster.workers if simulations(w.pid)), None))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.killed.set()

    def progress(self, job: JobRecord, seconds: float) -> None:
        if seconds == 0:
            self.begun.append((job.condition, job.seed))


@needs_proc
def test_the_jobs_of_a_lost_worker_run_again_and_all_spikes_are_those_of_a_local_run(
    cluster: Cluster, tmp_path: Path
) -> None:
    settings = (*BARE, "protocol.duration=4 s")
    local = run_small(_made(tmp_path / "here"), *settings, seeds=3)
    cluster.work(3)
    killer = Killer(cluster)
    with on_scheduler(cluster.address, killer.step) as executor:
        wait_until(lambda: executor.at_once == 3)
        run = run_small(_made(tmp_path / "there"), *settings, seeds=3, watcher=killer, executor=executor)
    assert killer.killed.is_set() and sum(worker.poll() is None for worker in cluster.workers) == 2
    assert set(states(run.folder).values()) == {"done"} and len(killer.begun) > len(set(killer.begun)) == 6
    assert hashes(run.folder) == hashes(local.folder)
    assert run.manifest["target"] == local.manifest["target"]
    assert run.table.equals(local.table)
    ours, theirs = (r.recording("depressed", 1).traces[0].values for r in (run, local))
    assert ours.size and np.array_equal(ours, theirs)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@needs_proc
def test_a_scheduler_that_goes_away_leaves_a_run_that_can_be_taken_up(cluster: Cluster, tmp_path: Path) -> None:
    settings = (*BARE, "protocol.duration=6 s")
    words = [*command(tmp_path, *settings, seeds=2), "--no-report"]
    cluster.work()
    # Dask seeks a lost scheduler for half a minute; the test need not.
    impatient = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    process = started(*words, "--scheduler", cluster.address, cwd=tmp_path, env=impatient)
    partial = wait_until(lambda: next((tmp_path / "runs").glob(f"{PARTIAL}*/manifest.json"), None), process).parent
    wait_until(lambda: "done" in states(partial).values(), process)
    cluster.scheduler.kill()
    _, stderr = process.communicate(timeout=100)
    assert process.returncode == 3, stderr
    last = stderr.splitlines()[-1]
    assert last.startswith("Error: ") and cluster.address in last and "goes on from there" in last
    assert "Traceback" not in stderr
    kept = {name for name, state in states(partial).items() if state == "done"}
    assert kept and set(states(partial).values()) == {"done", "queued"}
    before = hashes(partial)
    run = run_small(tmp_path, *settings, seeds=2)
    assert set(states(run.folder).values()) == {"done"}
    assert {name: hashes(run.folder)[name] for name in kept} == {name: before[name] for name in kept}


@needs_proc
def test_an_interrupt_ends_what_runs_on_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    cluster.work()
    words = [*command(tmp_path, *BARE, "protocol.duration=600 s"), "--no-report"]
    process = started(*words, "--scheduler", cluster.address, cwd=tmp_path)
    wait_until(lambda: simulations(cluster.workers[0].pid), process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and "Interrupted" in stderr and "Traceback" not in stderr
    wait_until(lambda: not simulations(cluster.workers[0].pid), cluster.workers[0], seconds=20)


def test_workers_of_another_version_are_refused(cluster: Cluster, tmp_path: Path) -> None:
    other = tmp_path / "other"
    package = Path(lhb_model.__file__).parent
    shutil.copytree(package, other / "lhb_model", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "lhb_model" / "names.py").open("a") as file:
        file.write("\n# Another version.\n")
    cluster.work(PYTHONPATH=str(other))
    with on_scheduler(cluster.address, lambda text: None) as executor:
        with pytest.raises(ExecutorError, match=r"has lhb_model .* \(here: .*\): install the same versions") as raised:
            run_small(tmp_path, *BARE, executor=executor)
    assert raised.value.exit_code == 2 and parts()["lhb_model"] in str(raised.value)
    assert set(states(next((tmp_path / "runs").glob(f"{PARTIAL}*"))).values()) == {"queued"}


def test_a_worker_without_a_compiler_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """It would take hundreds of times as long, and nobody would know why."""
    cluster.work(PATH=str(_made(tmp_path / "nothing")), CXX="")
    with on_scheduler(cluster.address, lambda text: None) as executor:
        with pytest.raises(ExecutorError, match="has no C.. compiler: install g.. and make there"):
            run_small(tmp_path, *BARE, executor=executor)


def test_a_worker_that_cannot_read_what_it_is_sent_is_named_as_the_reason(cluster: Cluster, tmp_path: Path) -> None:
    """As if lhb_model were not installed there."""
    (_made(tmp_path / "none") / "lhb_model.py").write_text("raise ModuleNotFoundError('No module named lhb_model')")
    cluster.work(PYTHONPATH=str(tmp_path / "none"))
    with on_scheduler(cluster.address, lambda text: None) as executor:
        with pytest.raises(ExecutorError, match=r"cannot read what it is sent \(.*lhb_model\): install"):
            run_small(tmp_path, *BARE, executor=executor)


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "tcp://127.0.0.1:1"])
def test_a_scheduler_that_does_not_answer(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lhb_model.dask_cluster.SECONDS_TO_CONNECT", 0.5)
    said = complaint(*command(tmp_path), "--scheduler", address)
    assert f"no Dask scheduler answers at '{address}'" in said and "tcp://10.0.0.5:8786" in said


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    words = command(tmp_path)
    assert "did you mean 'slurm'" in complaint(*words, "--cluster", "slrum")
    assert "choose one" in complaint(*words, "--cluster", "slurm", "--scheduler", "tcp://127.0.0.1:1")
    if shutil.which("sbatch") is None:
        assert "needs `sbatch`" in complaint(*words, "--cluster", "slurm")


# SLURM ---------------------------------------------------------------------------------------------------------------


def test_the_script_of_a_slurm_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Dask's configuration says is asked for, and a job of four cores where it says nothing."""
    from distributed.deploy.cluster import Cluster as Ours

    def script(**settings: object) -> list[str]:
        with dask.config.set({f"jobqueue.slurm.{name}": value for name, value in settings.items()}):
            cluster: Ours = slurm_cluster()
            try:
                return [line for line in cluster.job_script().splitlines() if line]
            finally:
                cluster.close()

    plain = script(interface="lo")
    assert plain[0] == "#!/usr/bin/env bash"
    assert {"#SBATCH -n 1", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G", "#SBATCH -t 00:30:00"} <= set(plain)
    assert plain[-1].startswith(f"{sys.executable} -m distributed.cli.dask_worker tcp://127.0.0.1:")
    assert "--nthreads 4" in plain[-1]
    settings = {"cores": 16, "memory": "32 GB", "queue": "short", "account": "lab", "walltime": "02:00:00"}
    chosen = script(interface="lo", **settings, **{"job-script-prologue": ["module load gcc"]})
    asked = {"--cpus-per-task=16", "--mem=30G", "-p short", "-A lab", "-t 02:00:00"}
    assert {f"#SBATCH {words}" for words in asked} <= set(chosen) and "module load gcc" in chosen
    assert "--nthreads 16" in chosen[-1]


SBATCH = """\
#!/bin/sh
cp "$1" "$SPOOL/script.sh"
setsid sh "$SPOOL/script.sh" > "$SPOOL/job.txt" 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """\
#!/bin/sh
echo "$@" > "$SPOOL/cancelled"
kill -- "-$1"
"""


@needs_proc
def test_a_run_starts_its_slurm_jobs_and_ends_them(tmp_path: Path) -> None:
    """Against two commands that stand for SLURM: one starts the script that it is given, the other ends it."""
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    surroundings = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SPOOL": str(tmp_path),
        "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
    }
    words = [*command(tmp_path, *BARE, workers=2), "--no-report", "--cluster", "slurm"]
    assert "#SBATCH --cpus-per-task=4" in lhb(*words, "--dry-run", cwd=tmp_path, env=surroundings).stdout
    done = lhb(*words, cwd=tmp_path, env=surroundings)
    assert done.returncode == 0, done.stderr
    assert "no worker is there yet; waiting for the first" in done.stderr and "Traceback" not in done.stderr
    assert hashes(tmp_path / done.stdout.splitlines()[-1]) == hashes(run_small(tmp_path, *BARE, seeds=1).folder)
    job = (tmp_path / "cancelled").read_text().strip()
    wait_until(lambda: not Path(f"/proc/{job}").exists(), seconds=20)
