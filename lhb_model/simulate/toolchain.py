"""The C++ compiler and the flags it takes: detected by trying, never assumed."""

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

BASE = ("-w", "-O3", "-std=c++11")
FAST = (
    "-ffast-math",
    # Keeps NaN and infinity meaningful (divergence must be seen) without hiding glibc's vectorised exp.
    "-fno-finite-math-only",
    "-D__FAST_MATH__",
)
NATIVE = ("-march=native",)
ALIAS = ("--param=vect-max-version-for-alias-checks=1000",)
WIDE = ("-mprefer-vector-width=512",)
LADDER = (
    ("vectorised, 512 bit", BASE + FAST + NATIVE + ALIAS + WIDE),
    ("vectorised", BASE + FAST + NATIVE + ALIAS),
    ("native", BASE + FAST + NATIVE),
    ("plain", BASE),
)
"""Flags from best to safest; the first set that compiles and gives right numbers is used."""

PROBE = r"""
#include <cmath>
#include <cstdio>
#include <cstdlib>
int main(int argc, char **argv) {
    double x[64], y[64];
    for (int i = 0; i < 64; i++) x[i] = 0.1*(i - 32)*argc;
    for (int i = 0; i < 64; i++) y[i] = exp(x[i])/(1.0 + exp(x[i]));
    for (int i = 0; i < 64; i++) if (std::fabs(y[i] - 1.0/(1.0 + 1.0/std::exp(x[i]))) > 1e-12) return 1;
    const double bad = std::sqrt(-1.0*argc);
    return bad == bad ? 2 : 0;
}
"""


@dataclass(frozen=True)
class Toolchain:
    """A compiler that works here. `fingerprint` changes with compiler, flags and processor."""

    compiler: str
    version: str
    level: str
    flags: tuple[str, ...]
    fingerprint: str


def processor() -> str:
    """Name and vector abilities of the processor, as far as the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = [line for line in text.splitlines() if line.startswith(("model name", "flags", "Features"))]
    return "\n".join(sorted(set(lines)))


def find_compiler() -> str | None:
    """Path of the C++ compiler: $CXX, else g++, c++ or clang++; None if `make` or a compiler is missing."""
    if shutil.which("make") is None:
        return None
    for name in (os.environ.get("CXX"), "g++", "c++", "clang++"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


@functools.cache
def detect(cache: Path) -> Toolchain | None:
    """The toolchain of this machine, or None without a compiler; the answer is kept in the folder `cache`."""
    compiler = find_compiler()
    if compiler is None:
        return None
    version = _output([compiler, "--version"]).splitlines()[0]
    identity = hashlib.sha256("\n".join([compiler, version, processor(), repr(LADDER)]).encode()).hexdigest()[:16]
    note = cache / f"toolchain-{identity}"
    level = note.read_text() if note.exists() else _noted(_best_level(compiler), note)
    if level not in dict(LADDER):
        return None
    return Toolchain(compiler, version, level, dict(LADDER)[level], identity)


def _noted(level: str, note: Path) -> str:
    """Keep an answer. Others look for it at any time: it appears whole or not at all."""
    if level in dict(LADDER):
        note.parent.mkdir(parents=True, exist_ok=True)
        beside = note.with_name(f".{note.name}-{os.getpid()}-{threading.get_ident()}")
        beside.write_text(level)
        beside.replace(note)
    return level


def _best_level(compiler: str) -> str:
    for level, flags in LADDER:
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder, "probe.cpp"), Path(folder, "probe")
            source.write_text(PROBE)
            built = subprocess.run([compiler, *flags, str(source), "-o", str(program)], capture_output=True)
            if built.returncode == 0 and subprocess.run([str(program)], capture_output=True).returncode == 0:
                return level
    return "none"


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout or "unknown"
