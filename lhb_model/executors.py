"""Where simulations run: threads of this process that start programs, or the workers of a Dask cluster.

One interface, that of `concurrent.futures`: `submit` answers at once with a `Future`, for `wait`, `as_completed` and
`cancel` of the standard library. What is submitted is a function of a module and values that can be sent to another
machine; it takes two keywords more: `progress`, which it calls with the simulated seconds done, and `stop`, an event that is
set when it is to end early.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

from lhb_model.errors import LhbError
from lhb_model.simulate.job import Progress, default_workers


class ExecutorError(LhbError):
    """The place where simulations run is at fault, not one of them: the run cannot go on there."""

    def __init__(self, message: str, exit_code: int = 3):
        super().__init__(message)
        self.exit_code = exit_code


class Executor(ABC):
    """A place where functions run."""

    here: bool
    """Whether they run on this machine, with its cache of builds."""

    @property
    @abstractmethod
    def at_once(self) -> int:
        """How many functions run at a time, now; 0 while no worker has come yet."""

    @abstractmethod
    def submit(self, function: Callable[..., Any], *values: Any, progress: Progress | None = None) -> Future:
        """Call `function(*values, progress=..., stop=...)` there; what it returns or raises is in the future.

        The future of a function that could not be run, because the place is lost or unfit, has an `ExecutorError`.
        """

    @abstractmethod
    def stop(self) -> None:
        """Drop the functions that wait and tell those that run to end."""

    @abstractmethod
    def close(self) -> None:
        """Leave the place; functions that still run there are waited for, or given up with it."""

    def __enter__(self) -> "Executor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.stop()
        self.close()


def unheard(seconds: float) -> None:
    """Nobody asked how far it is."""


class Threads(Executor):
    """Threads of this process, each with one program at a time.

    >>> def double(number, progress, stop):
    ...     return 2 * number
    >>> with Threads(2) as executor:
    ...     executor.submit(double, 21).result()
    42
    """

    here = True

    def __init__(self, workers: int | None = None):
        self._workers = workers or default_workers()
        self._pool = ThreadPoolExecutor(self._workers)
        self._stop = threading.Event()

    @property
    def at_once(self) -> int:
        """Threads."""
        return self._workers

    def submit(self, function: Callable[..., Any], *values: Any, progress: Progress | None = None) -> Future:
        """Call a function in a thread."""
        return self._pool.submit(function, *values, progress=progress or unheard, stop=self._stop)

    def stop(self) -> None:
        """Drop what waits, end what runs."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Wait for what runs."""
        self._pool.shutdown()
