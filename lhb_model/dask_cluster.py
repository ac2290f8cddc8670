"""Simulations on the workers of a Dask cluster: one that is there, one that SLURM starts, or one on this machine."""

import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError, JobError
from lhb_model.executors import Executor, ExecutorError, unheard
from lhb_model.names import unknown
from lhb_model.resolve import code_version
from lhb_model.simulate import cache as builds
from lhb_model.simulate.job import Progress, default_workers

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster
    from distributed import Client, LocalCluster

CLUSTERS = ("slurm", "local")
"""Kinds of clusters that can be started."""

SECONDS_TO_CONNECT = 10.0
SECONDS_TO_STOP = 5.0
SECONDS_BETWEEN_WORDS = 2.0
"""A worker tells the scheduler no oftener how far a simulation is: a thousand of them share it."""

SLURM_JOB = {"cores": 4, "processes": 1, "memory": "8 GB"}
"""What a job of SLURM asks for where Dask's own configuration (jobqueue.slurm) says nothing: one process, whose threads
start programs."""


class Dask(Executor):
    """Workers of a Dask scheduler. A function whose worker is lost runs again on another."""

    here = False

    def __init__(self, client: "Client", say: Callable[[str], None], end: Callable[[], Any] = lambda: None):
        """`end` ends what was begun for this client alone, such as its cluster."""
        self._client, self._say, self._end = client, say, end
        self._pool = client.get_executor(pure=False)
        self._address = client.scheduler.address
        self._session = f"lhb-{uuid.uuid4().hex}"
        self._heard: dict[str, Progress] = {}
        self._stopped = False
        self._threads: dict[str, int] = {}
        self._workers = {*self._threads_now()}
        client.subscribe_topic(self._session, self._hear)
        client.subscribe_topic("all", self._hear_of_workers)

    @property
    def at_once(self) -> int:
        """Threads of the workers that are there."""
        if self._workers != self._threads.keys():
            self._threads = self._threads_now()
        return sum(self._threads.values())

    def _threads_now(self) -> dict[str, int]:
        """The scheduler is asked when workers have come or gone; one that does not answer leaves all as it was."""
        try:
            return dict(self._client.nthreads())
        except (OSError, TimeoutError, RuntimeError):
            return self._threads

    def submit(self, function: Callable[..., Any], *values: Any, progress: Progress | None = None) -> Future:
        """Call a function on a worker."""
        from distributed.protocol import serialize_bytes

        number, future = uuid.uuid4().hex, Future[Any]()
        self._heard[number] = progress or unheard
        # As bytes: what Dask itself cannot read would cost it the connection.
        sent = self._pool.submit(_courier(), serialize_bytes((function, values)), parts(), self._session, number)
        future.add_done_callback(lambda done: _drop(done, sent))
        sent.add_done_callback(lambda done: self._settle(number, done, future))
        return future

    def _settle(self, number: str, sent: Future, future: Future) -> None:
        self._heard.pop(number, None)
        # One that has been cancelled is settled already.
        with suppress(InvalidStateError):
            answer = self._answer(sent)
            future.set_exception(answer) if isinstance(answer, Exception) else future.set_result(answer)

    def _answer(self, sent: Future) -> Any:
        from distributed.protocol import deserialize_bytes

        try:
            return deserialize_bytes(sent.result())
        except CancelledError:
            return JobError("stopped") if self._stopped else self._gone()
        except Exception as error:
            return _in_our_words(error)

    def _gone(self) -> ExecutorError:
        kept = "what is done is kept, and the same command goes on from there"
        return ExecutorError(f"the Dask scheduler {self._address} is gone; {kept}")

    def _hear(self, event: tuple[float, Any]) -> None:
        number, seconds = event[1]
        self._heard.get(number, unheard)(seconds)

    def _hear_of_workers(self, event: tuple[float, Any]) -> None:
        action, worker = event[1].get("action"), event[1].get("worker")
        if action == "add-worker":
            self._workers.add(worker)
        elif action == "remove-worker" and not self._stopped:
            self._workers.discard(worker)
            left = "what ran there runs again" if self._workers else "no worker is left: waiting for one"
            self._say(f"the worker {worker} is lost; {left}")

    def stop(self) -> None:
        """Drop what waits, end what runs."""
        self._stopped = True
        # A scheduler that is gone cannot be told.
        with suppress(Exception):
            self._pool.shutdown(wait=False)
            self._client.run(_stop_here, self._session, on_error="ignore")

    def close(self) -> None:
        """Leave the scheduler, and end the cluster if it was made for this client."""
        self._stopped = True
        with suppress(Exception):
            self._client.close(timeout=SECONDS_TO_STOP)
        self._end()


def _drop(future: Future, sent: Future) -> None:
    """Hand on that a future was cancelled: to the scheduler, and to those who wait for it."""
    if future.cancelled():
        sent.cancel()
        future.set_running_or_notify_cancel()


def _in_our_words(error: Exception) -> Exception:
    """What went wrong on the way to a function and back."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return JobError("every worker that tried it was lost (is there enough memory?)")
    if isinstance(error, ImportError | AttributeError):
        return ExecutorError(f"a worker cannot read what it is sent ({error}): install the same lhb_model there", 2)
    return error


# on a worker ---------------------------------------------------------------------------------------------------------


def _courier() -> Callable[[bytes, dict[str, str], str, str], bytes]:
    """What Dask calls on a worker. It is sent as code, and imports this package in the thread in which it runs."""

    def courier(sent: bytes, wanted: dict[str, str], session: str, number: str) -> bytes:
        from lhb_model import dask_cluster

        return dask_cluster.answer(sent, wanted, session, number)

    return courier


_STOPS: dict[str, threading.Event] = {}
"""Session -> the event that ends its functions."""


def _stop_here(session: str) -> None:
    _STOPS.setdefault(session, threading.Event()).set()


def answer(sent: bytes, wanted: dict[str, str], session: str, number: str) -> bytes:
    """What a function returns or raises, called in a thread of a worker if the worker has the versions of the client."""
    from distributed import get_worker
    from distributed.protocol import deserialize_bytes, serialize_bytes

    worker, last = get_worker(), 0.0

    def progress(seconds: float) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_WORDS:
            last = time.monotonic()
            worker.log_event(session, [number, seconds])

    if unfit := _unfit(wanted):
        return serialize_bytes(ExecutorError(f"the worker {worker.address} has {unfit}", 2))
    try:
        function, values = deserialize_bytes(sent)
        return serialize_bytes(function(*values, progress=progress, stop=_STOPS.setdefault(session, threading.Event())))
    except Exception as error:
        return serialize_bytes(error)


def _unfit(wanted: dict[str, str]) -> str:
    """What keeps this machine from giving the client's results in the client's time; empty if nothing does."""
    found = parts()
    if other := [f"{name} {found[name]} (here: {wanted[name]})" for name in wanted if found[name] != wanted[name]]:
        return f"{', '.join(other)}: install the same versions there"
    if builds.toolchain() is None and not builds.interpreted_by_choice():
        return (
            "no C++ compiler: install g++ and make there, or set LHB_TARGET=numpy there for hundreds of times as long"
        )
    return ""


@cache
def parts() -> dict[str, str]:
    """Versions that a worker must share with its client, so that a simulation is the same wherever it runs."""
    return {"lhb_model": code_version(), "brian2": version("brian2"), "numpy": version("numpy")}


# places --------------------------------------------------------------------------------------------------------------


def on_scheduler(address: str, say: Callable[[str], None]) -> Dask:
    """The workers of a scheduler that is there already, such as "tcp://10.0.0.5:8786".

    Raises
    ------
    InputError
        If none answers at the address.
    """
    _needed("distributed")
    from distributed.comm import parse_address, parse_host_port

    try:
        parse_host_port(parse_address(address)[1])
        executor = Dask(_client(address), say)
    except (OSError, ValueError, TimeoutError) as error:
        expected = "expected the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786"
        raise InputError(f"no Dask scheduler answers at {address!r} ({_short(error)}); {expected}") from None
    _tell(executor, address, f"start some with `dask worker {address}`", say)
    return executor


def on_cluster(kind: str, workers: int | None, say: Callable[[str], None]) -> Dask:
    """A cluster of its own for this run, with room for `workers` simulations at a time; it ends with the run.

    Raises
    ------
    InputError
        If the kind is unknown, or this machine cannot start it.
    """
    if kind not in CLUSTERS:
        raise InputError(unknown("cluster", kind, CLUSTERS))
    _needed("distributed")
    if kind == "slurm" and shutil.which("sbatch") is None:
        raise InputError("--cluster slurm needs `sbatch`, which is not here: start it on a login node of the cluster")
    cluster = local_cluster(workers or default_workers()) if kind == "local" else _started(slurm_cluster(), workers)
    executor = Dask(_client(cluster), say, cluster.close)
    _tell(executor, f"the {kind} cluster", "waiting for the first", say)
    return executor


def _started(cluster: "SLURMCluster", workers: int | None) -> "SLURMCluster":
    """A cluster that has asked for its jobs."""
    cluster.scale(**({"cores": workers} if workers else {"jobs": 1}))
    return cluster


def local_cluster(workers: int) -> "LocalCluster":
    """Worker processes on this machine, with one thread each."""
    from distributed import LocalCluster

    _silence()
    return LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL)


def slurm_cluster() -> "SLURMCluster":
    """A scheduler here whose workers are jobs of SLURM; Dask's own configuration (`jobqueue.slurm`) says of what size.

    No job is submitted before it is scaled; `job_script()` shows what each will be.
    """
    _needed("dask_jobqueue")
    import dask
    from dask_jobqueue import SLURMCluster

    _silence()
    asked: dict[str, Any] = {
        name: dask.config.get(f"jobqueue.slurm.{name}", None) or value for name, value in SLURM_JOB.items()
    }
    return SLURMCluster(**asked, scheduler_options={"dashboard_address": None}, silence_logs="critical")


def slurm_script() -> str:
    """What each job of SLURM would be."""
    cluster = slurm_cluster()
    try:
        return str(cluster.job_script())
    finally:
        cluster.close()


def _client(place: Any) -> "Client":
    from distributed import Client

    _silence()
    return Client(place, timeout=SECONDS_TO_CONNECT, set_as_default=False)


def _silence() -> None:
    """Dask logs much that is not for a user; what matters is said by this module."""
    import distributed

    logging.getLogger(distributed.__name__).setLevel(logging.CRITICAL + 1)


def _tell(executor: Dask, place: str, otherwise: str, say: Callable[[str], None]) -> None:
    there = executor.at_once
    say(f"{place}: {there} simulations at a time" if there else f"{place}: no worker is there yet; {otherwise}")


def _needed(module: str) -> None:
    """`InputError` that says how to install what is missing."""
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise InputError(f"{module} is not installed: pip install 'lhb_model[cluster]'")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
