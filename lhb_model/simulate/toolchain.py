"""The C++ compiler and the flags it takes: detected by trying, never assumed."""

import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
    ("wide", BASE + FAST + NATIVE + ALIAS + WIDE),
    ("fast", BASE + FAST + NATIVE + ALIAS),
    ("native", BASE + FAST + NATIVE),
    ("plain", BASE),
)
"""Flags from best to safest; the first set that compiles and gives right numbers is used. What they achieve is another matter:
see `evidence`."""

SAFEST = LADDER[-1][0]

REPORTS = (("-fopt-info-vec-optimized",), ("-Rpass=loop-vectorize",), ())
"""How gcc and clang are asked which loops they have vectorised; none if the compiler knows neither."""

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
    """A compiler that works here. `level` names its flags in the ladder, `report` are those that make it say what it has
    vectorised; `fingerprint` changes with compiler, flags and processor."""

    compiler: str
    version: str
    level: str
    flags: tuple[str, ...]
    report: tuple[str, ...]
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
    known = note.read_text() if note.exists() else _noted(_tried(compiler), note)
    level, *report = known.split()
    if level not in dict(LADDER):
        return None
    return Toolchain(compiler, version, level, dict(LADDER)[level], tuple(report), identity)


def safest(tools: Toolchain) -> Toolchain:
    """The same compiler with the safest flags."""
    return replace(tools, level=SAFEST, flags=dict(LADDER)[SAFEST])


def _noted(known: str, note: Path) -> str:
    """Keep an answer. Others look for it at any time: it appears whole or not at all."""
    note.parent.mkdir(parents=True, exist_ok=True)
    beside = note.with_name(f".{note.name}-{os.getpid()}-{threading.get_ident()}")
    beside.write_text(known)
    beside.replace(note)
    return known


def _tried(compiler: str) -> str:
    """The best level that works and the flags that make the compiler report, in one line; "none" if no level works."""
    for level, flags in LADDER:
        if _works(compiler, flags):
            return " ".join([level, *next(report for report in REPORTS if _works(compiler, flags + report))])
    return "none"


def _works(compiler: str, flags: tuple[str, ...]) -> bool:
    """Whether a small program compiles with these flags and gets its numbers right."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "probe.cpp"), Path(folder, "probe")
        source.write_text(PROBE)
        built = subprocess.run([compiler, *flags, str(source), "-o", str(program)], capture_output=True)
        return built.returncode == 0 and subprocess.run([str(program)], capture_output=True).returncode == 0


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout or "unknown"


# what a build has come to --------------------------------------------------------------------------------------------

VECTORISED = re.compile(
    r"code_objects/(\w+?)_stateupdater_\w+\.cpp:.*?"
    r"(?:loop vectorized using (\d+) byte vectors|vectorized loop \(vectorization width: (\d+))"
)


def evidence(log: str, program: bytes, precision: str) -> dict[str, Any]:
    """What the compiler has made of the neurons' equations.

    `bits` maps each group whose update it has vectorised to the width of its vectors, as the compiler says in `log`; `exp`
    says whether exponentials are "inlined", called "in vectors" (of glibc's libmvec) or "one by one", as the symbols of
    `program` show.

    >>> said = "code_objects/lhb_stateupdater_codeobject.cpp:7:3: optimized: loop vectorized using 64 byte vectors"
    >>> evidence(said, b"\\0_ZGVeN8v_exp\\0", "double")
    {'bits': {'lhb': 512}, 'exp': 'in vectors'}
    """
    bits: dict[str, int] = {}
    for group, in_bytes, in_numbers in VECTORISED.findall(log):
        width = int(in_bytes) * 8 if in_bytes else int(in_numbers) * {"double": 64, "single": 32}[precision]
        bits[group] = max(width, bits.get(group, 0))
    calls = "one by one" if re.search(rb"\0expf?\0", program) else "inlined"
    return {"bits": bits, "exp": "in vectors" if re.search(rb"\0_ZGV\w+_expf?\0", program) else calls}


def in_words(found: dict[str, Any]) -> str:
    """The width of the vectors in which most is updated, and the exponentials.

    >>> in_words({"bits": {"lhb": 512, "rmtg": 128}, "exp": "inlined"}), in_words({"bits": {}, "exp": "one by one"})
    ('512 bit vectors, exp inlined', 'no vectors, exp one by one')
    """
    widest = max(found["bits"].values(), default=0)
    return f"{f'{widest} bit' if widest else 'no'} vectors, exp {found['exp']}"
