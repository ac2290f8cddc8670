"""Is everything there that a run stands on: Python, packages that fit, compiler, cache, disk?"""

import json
import platform
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from lhb_model.provenance import part_versions
from lhb_model.simulate import cache
from lhb_model.terminal import aligned

LEAST_FREE_GB = 1.0


def diagnose() -> dict[str, Any]:
    """State of everything the program stands on; `ok` is False if a run would fail."""
    versions, folder = part_versions(), cache.folder()
    problems = [f"{name} is missing: reinstall lhb_model" for name, number in versions.items() if number == "missing"]
    problems += [] if problems else _clashes(versions)
    free: dict[str, float] = {}
    for name, place in {"cache": folder, "working folder": Path.cwd()}.items():
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place):
                free[name] = round(shutil.disk_usage(place).free / 1e9, 1)
        except OSError as error:
            problems.append(f"nothing can be written to the {name} {place} ({error.strerror})")
        if free.get(name, LEAST_FREE_GB) < LEAST_FREE_GB:
            problems.append(f"less than {LEAST_FREE_GB:g} GB is free in the {name} {place}")
    tools = cache.toolchain() if "cache" in free else None
    return {
        "ok": not problems,
        "problems": problems,
        "versions": {"python": platform.python_version(), **versions},
        "compiler": None if tools is None else {"path": tools.compiler, "version": tools.version, "flags": tools.level},
        "vectors": _vectors() if tools else None,
        "target": "numpy" if tools is None else "C++ standalone",
        "cache": str(folder),
        "builds": len(list((folder / "builds").glob("[!.]*/build.json"))),
        "free_GB": free,
    }


def _vectors() -> dict[str, Any] | None:
    """What the compiler has made of the model that was last used; None before the first."""
    last = next((build for build in cache.builds() if build.current), None)
    return dict(json.loads((last.folder / "build.json").read_text())["vectors"]) if last else None


def _vector_text(report: dict[str, Any]) -> str:
    found = report["vectors"]
    if not found:
        return "known after the first build"
    groups = ", ".join(f"{group} {bits} bit" for group, bits in found["bits"].items()) or "no nucleus"
    return f"{groups}; exp {found['exp']} (as the compiler of the last build said)"


def _clashes(versions: dict[str, str]) -> list[str]:
    """Brian2 before 2.10 calls what numpy 2.4 no longer has."""
    brian2, numpy = (tuple(map(int, re.findall(r"\d+", versions[name])[:2])) for name in ("brian2", "numpy"))
    if brian2 >= (2, 10) or numpy < (2, 4):
        return []
    return [f"Brian2 {versions['brian2']} does not work with numpy {versions['numpy']}: pip install 'numpy<2.4'"]


def doctor_lines(report: dict[str, Any]) -> list[str]:
    """The report as plain lines."""
    compiler = report["compiler"]
    missing = "LHB_TARGET=numpy" if cache.interpreted_by_choice() else "none found: install g++ and make"
    rows = [
        *([name, number] for name, number in report["versions"].items()),
        ["compiler", f"{compiler['version']} (flags: {compiler['flags']})" if compiler else missing],
        *([["vectors", _vector_text(report)]] if compiler else []),
        ["target", report["target"] if compiler else "numpy: the model is interpreted, hundreds of times slower"],
        ["cache", f"{report['cache']} (builds: {report['builds']})"],
        *([f"free in {name}", f"{free:g} GB"] for name, free in report["free_GB"].items()),
    ]
    problems = [f"PROBLEM: {text}" for text in report["problems"]]
    return [*aligned(rows), *problems, "ok" if report["ok"] else "not ok"]
