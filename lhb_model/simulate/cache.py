"""Structure -> Executable, compiled once and kept.

A build is keyed by structure, compiler, flags, processor and the versions of the packages that generate code. Two
processes that want the same build take turns: one compiles, the other waits and finds it done.
"""

import functools
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from lhb_model.errors import InputError, JobError
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.names import unknown
from lhb_model.simulate.job import Executable, child_environment
from lhb_model.simulate.structure import Structure
from lhb_model.simulate.toolchain import SAFEST, Toolchain, detect, evidence, in_words, safest

KEPT = ("main", "static_arrays", "build.json")
SECONDS_PER_BUILD = 10.0
"""Measured for the largest shipped network: 7.5 s on two idle cores, 10.5 s of processor time (benchmarks/start_time.py)."""

GENERATORS = ("build", "program", "network", "scheme", "functions", "structure", "units")
"""Modules of this package that decide what code a structure becomes."""


def folder() -> Path:
    """Where builds are kept: $LHB_CACHE, else lhb_model under the user's cache folder."""
    if os.environ.get("LHB_CACHE"):
        return Path(os.environ["LHB_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lhb_model"


def interpreted_by_choice() -> bool:
    """Whether LHB_TARGET=numpy asks for no compiler; `InputError` for another target."""
    target = os.environ.get("LHB_TARGET", "")
    if target not in ("", "numpy"):
        raise InputError(unknown("target", target, ["numpy"]), file="LHB_TARGET")
    return target == "numpy"


def toolchain() -> Toolchain | None:
    """The compiler in use; None means that models are interpreted."""
    return None if interpreted_by_choice() else detect(folder())


@functools.cache
def versions() -> dict[str, str]:
    """Versions of what generates and runs code."""
    return {name: version(name) for name in ("brian2", "numpy", "sympy")}


@functools.cache
def generator() -> str:
    """Hash of the source that turns a structure into code, so that no build outlives it."""
    here = Path(__file__).parent
    sources = [here / f"{name}.py" for name in GENERATORS] + [Path(short_term_plasticity.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def build_folder(structure: Structure, tools: Toolchain) -> Path:
    """The folder of a structure's build, whether it exists or not."""
    return folder() / "builds" / f"{structure.key()}-{_maker(tools)}"


def _maker(tools: Toolchain) -> str:
    """What makes builds here: compiler, flags and processor, this package's generator, and what it stands on."""
    return "-".join([tools.fingerprint, generator(), *(f"{name}{number}" for name, number in versions().items())])


@dataclass(frozen=True)
class Build:
    """A finished build in the cache: its size, when it was last used (s since 1970), whether this version can use it."""

    folder: Path
    bytes: int
    used: float
    current: bool


def builds() -> list[Build]:
    """What the cache holds, last used first."""
    tools = toolchain()
    maker = _maker(tools) if tools else ""
    found = [
        Build(place, _bytes(place), place.stat().st_mtime, place.name.partition("-")[2] == maker)
        for place in (note.parent for note in (folder() / "builds").glob("[!.]*/build.json"))
    ]
    return sorted(found, key=lambda build: -build.used)


def clear(chosen: Iterable[Build]) -> int:
    """Remove builds, and what failed or killed ones left; return how many bytes that freed.

    Builds that another process is making are left alone.
    """
    freed = 0
    for build in chosen:
        freed += build.bytes
        shutil.rmtree(build.folder, ignore_errors=True)
    for left in [*(folder() / "builds").glob(".building-*"), *(folder() / "builds").glob("*.failed.txt")]:
        freed += _remove_left(left)
    return freed


def _remove_left(left: Path) -> int:
    lock = FileLock(f"{left.with_name(left.name.removeprefix('.building-').removesuffix('.failed.txt'))}.lock")
    with suppress(Timeout), lock.acquire(timeout=0):
        size = _bytes(left)
        shutil.rmtree(left) if left.is_dir() else left.unlink()
        return size
    return 0


def _bytes(place: Path) -> int:
    files = [place] if place.is_file() else place.rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file())


def is_built(structure: Structure) -> bool:
    """Whether a run of this structure can start without compiling."""
    tools = toolchain()
    return tools is not None and (build_folder(structure, tools) / "build.json").exists()


def executable(structure: Structure, announce: Callable[[str], None] = lambda text: None) -> Executable:
    """The program of a structure, compiled if it is not in the cache; interpreted where there is no compiler.

    Raises
    ------
    JobError
        If the compiler fails; the message names the log.
    """
    tools = toolchain()
    if tools is None:
        return _interpreted(structure)
    place = build_folder(structure, tools)
    if not (place / "build.json").exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with _turn(place, announce):
            if not (place / "build.json").exists():
                announce(f"compiling the model (once for each structure, about {SECONDS_PER_BUILD:g} s)")
                _compile_somehow(structure, tools, place, announce)
    arrays = json.loads((place / "build.json").read_text())
    vectors = in_words(arrays["vectors"])
    with suppress(OSError):
        # When it was last used. A cache that others share may be read-only.
        os.utime(place)
    return Executable((str(place / "main"),), arrays, place / "static_arrays", f"C++ standalone, {vectors}")


@contextmanager
def _turn(place: Path, announce: Callable[[str], None]) -> Iterator[None]:
    """One process at a build."""
    lock = FileLock(f"{place}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        announce("another process is compiling this model; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _compile_somehow(structure: Structure, tools: Toolchain, place: Path, announce: Callable[[str], None]) -> None:
    """Compile with the best flags, or with the safest: those that suit a small program may not suit the model."""
    try:
        _compile(structure, tools, place)
    except JobError:
        if tools.level == SAFEST:
            raise
        announce(f"the model did not compile with the flags {tools.level!r}; trying {SAFEST!r}")
        _compile(structure, safest(tools), place)
    found = json.loads((place / "build.json").read_text())["vectors"]
    if tools.report and (not found["bits"] or found["exp"] == "one by one"):
        announce(f"{tools.version} has not vectorised the model ({in_words(found)}): it runs, perhaps 4 times slower")


def _compile(structure: Structure, tools: Toolchain, place: Path) -> None:
    """Build beside and rename: a build appears whole or not at all."""
    work = place.with_name(f".building-{place.name}")
    # What a killed process left; the lock says that none is at work here.
    shutil.rmtree(work, ignore_errors=True)
    # Brian2 executes a file `brian_preferences` found in the current folder: give it an empty one.
    empty, ready = work / "empty", work / "ready"
    empty.mkdir(parents=True)
    ready.mkdir()
    try:
        (work / "structure.json").write_text(structure.to_json())
        if _compiler_ends_with(tools, work, empty) != 0:
            kept = place.with_name(f"{place.name}.failed.txt")
            shutil.copy(work / "log.txt", kept)
            raise JobError(f"the model did not compile; the compiler's words are in {kept}")
        _note_vectors(work, structure)
        for name in KEPT:
            (work / "code" / name).rename(ready / name)
        shutil.rmtree(place, ignore_errors=True)
        ready.rename(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _note_vectors(work: Path, structure: Structure) -> None:
    """Add to a build's note what the compiler has made of the equations."""
    note = work / "code" / "build.json"
    found = evidence((work / "log.txt").read_text(), (work / "code" / "main").read_bytes(), structure.precision)
    note.write_text(json.dumps({**json.loads(note.read_text()), "vectors": found}, indent=1))


def _compiler_ends_with(tools: Toolchain, work: Path, empty: Path) -> int:
    """Generate and compile in a child; its exit code. An interrupt ends it with all the compilers it has started."""
    command = [
        sys.executable,
        "-m",
        "lhb_model.simulate.build",
        str(work / "structure.json"),
        json.dumps(tools.flags + tools.report),
    ]
    with open(work / "log.txt", "w") as log:
        child = subprocess.Popen(
            [*command, str(work / "code")],
            cwd=empty,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**child_environment(), "CXX": tools.compiler},
            process_group=0,
        )
        try:
            return child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise


def _interpreted(structure: Structure) -> Executable:
    """Run the structure with Brian2's NumPy target: slow, but needs no compiler."""
    home = folder() / "structures"
    home.mkdir(parents=True, exist_ok=True)
    text = home / f"{structure.key()}.json"
    if not text.exists():
        beside = text.with_suffix(f".{os.getpid()}")
        beside.write_text(structure.to_json())
        beside.rename(text)
    # Warnings of NumPy are no complaints: a potential that overflows is found in the results.
    command = (sys.executable, "-W", "ignore", "-m", "lhb_model.simulate.interpreted", str(text))
    return Executable(command, interpreted_arrays(structure), None, "numpy")


def interpreted_arrays(structure: Structure) -> dict[str, dict]:
    """Names of the files through which an interpreted job reads whom to record and gives results."""
    names = [group.name for group in structure.groups] + [source.name for source in structure.sources]
    return {
        "recorded": {trace.name: f"{trace.name}.cells" for trace in structure.traces},
        "spikes": {name: {"i": f"{name}.i", "t": f"{name}.t"} for name in names},
        "traces": {trace.name: f"{trace.name}.values" for trace in structure.traces},
        "states": {group.name: {x: f"{group.name}.{x}" for x in group.kept} for group in structure.groups},
        "types": {},
    }
