"""Structure -> Executable, compiled once and kept.

A build is keyed by structure, compiler, flags, processor and the versions of the packages that generate code. Two
processes that want the same build take turns: one compiles, the other waits and finds it done.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

import lhb_model
from lhb_model.errors import JobError
from lhb_model.simulate.job import Executable
from lhb_model.simulate.structure import Structure
from lhb_model.simulate.toolchain import Toolchain, detect

KEPT = ("main", "static_arrays", "build.json")


def folder() -> Path:
    """Where builds are kept: $LHB_CACHE, else lhb_model under the user's cache folder."""
    if os.environ.get("LHB_CACHE"):
        return Path(os.environ["LHB_CACHE"])
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lhb_model"


def toolchain() -> Toolchain | None:
    """The compiler in use; None means that models are interpreted (also with LHB_TARGET=numpy)."""
    return None if os.environ.get("LHB_TARGET") == "numpy" else detect(folder())


@functools.cache
def versions() -> dict[str, str]:
    """Versions of what generates and runs code."""
    return {name: version(name) for name in ("brian2", "numpy", "sympy")}


def build_folder(structure: Structure, tools: Toolchain) -> Path:
    """The folder of a structure's build, whether it exists or not."""
    parts = [structure.key(), tools.fingerprint, *(f"{name}{number}" for name, number in versions().items())]
    return folder() / "builds" / "-".join([parts[0], parts[1], *parts[2:]])


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
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if not (place / "build.json").exists():
            announce("compiling the model (once for each structure, about 30 s)")
            _compile(structure, tools, place)
    arrays = json.loads((place / "build.json").read_text())
    return Executable((str(place / "main"),), arrays, place / "static_arrays", f"C++ standalone, {tools.level}")


def child_environment() -> dict[str, str]:
    """Environment of a child that imports this package from wherever this process found it."""
    package = str(Path(lhb_model.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def _compile(structure: Structure, tools: Toolchain, place: Path) -> None:
    """Build beside and rename: a build appears whole or not at all."""
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
    # Brian2 executes a file `brian_preferences` found in the current folder: give it an empty one.
    empty = work / "empty"
    empty.mkdir()
    (work / "structure.json").write_text(structure.to_json())
    command = [sys.executable, "-m", "lhb_model.simulate.build", str(work / "structure.json")]
    with open(work / "log.txt", "w") as log:
        done = subprocess.run(
            [*command, json.dumps(tools.flags), str(work / "code")],
            cwd=empty,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**child_environment(), "CXX": tools.compiler},
        )
    if done.returncode != 0:
        kept = place.with_name(f"{place.name}.failed.txt")
        shutil.copy(work / "log.txt", kept)
        shutil.rmtree(work, ignore_errors=True)
        raise JobError(f"the model did not compile; the compiler's words are in {kept}")
    ready = work / "ready"
    ready.mkdir()
    for name in KEPT:
        (work / "code" / name).rename(ready / name)
    shutil.rmtree(place, ignore_errors=True)
    ready.rename(place)
    shutil.rmtree(work, ignore_errors=True)


def _interpreted(structure: Structure) -> Executable:
    """Run the structure with Brian2's NumPy target: slow, but needs no compiler."""
    home = folder() / "structures"
    home.mkdir(parents=True, exist_ok=True)
    text = home / f"{structure.key()}.json"
    if not text.exists():
        beside = text.with_suffix(f".{os.getpid()}")
        beside.write_text(structure.to_json())
        beside.rename(text)
    command = (sys.executable, "-m", "lhb_model.simulate.interpreted", str(text))
    return Executable(command, interpreted_arrays(structure), None, "numpy")


def interpreted_arrays(structure: Structure) -> dict[str, dict]:
    """Names of the files through which an interpreted job reads wiring and gives results."""
    names = [group.name for group in structure.groups] + [source.name for source in structure.sources]
    return {
        "wiring": {
            c.name: {"sources": f"{c.name}.sources", "targets": f"{c.name}.targets"} for c in structure.connections
        },
        "recorded": {trace.name: f"{trace.name}.cells" for trace in structure.traces},
        "sources": {s.name: {"steps": f"{s.name}.steps", "neurons": f"{s.name}.neurons"} for s in structure.sources},
        "spikes": {name: {"i": f"{name}.i", "t": f"{name}.t"} for name in names},
        "traces": {trace.name: f"{trace.name}.values" for trace in structure.traces},
        "states": {group.name: f"{group.name}.v" for group in structure.groups},
        "types": {},
    }
