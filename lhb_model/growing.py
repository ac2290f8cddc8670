"""Folders that appear whole or not at all: they grow under a hidden name and are renamed once, when they are complete."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lhb_model.run_folder import PARTIAL


@contextmanager
def alone(final: Path, locks: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One process at a folder. Its lock lies in `locks`, so that beside the folder there is nothing but such folders."""
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock_path(final, locks))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another process is at this run; waiting for it to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _lock_path(final: Path, locks: Path) -> Path:
    name = hashlib.sha256(os.fsencode(final.resolve())).hexdigest()[:16]
    return locks / f"{final.name}-{name}.lock"


def is_alive(final: Path, locks: Path) -> bool:
    """Whether a process of this machine is at a folder."""
    path = _lock_path(final, locks)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def partial_folder(final: Path, force: bool) -> Path:
    """The folder in which another grows: what a stopped or failed attempt left, or a new one."""
    partial = final.parent / f"{PARTIAL}{final.name}"
    if force:
        shutil.rmtree(partial, ignore_errors=True)
    elif final.exists() and not partial.exists():
        final.rename(partial)
    partial.mkdir(parents=True, exist_ok=True)
    for half_written in partial.rglob(".*"):
        if half_written.is_file():
            half_written.unlink()
    return partial


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    beside = path.with_name(f".{path.name}")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def publish(partial: Path, final: Path) -> None:
    """Rename a complete folder to its place; an earlier one gives way."""
    old = final.parent / f"{PARTIAL}old-{final.name}"
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    partial.rename(final)
    shutil.rmtree(old, ignore_errors=True)
