"""The same step as one C++ loop over arrays, compiled on the spot: what hand-written code for this cell alone would do.

Numbers that are equal in all cells are written into the code, step and threshold share one pass, and nothing is kept that the
cell does not need. Scheme, `exp` and random numbers are those of the product.
"""

import ctypes
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Equations

from languages import translated
from lhb_model.simulate import cache, functions
from lhb_model.simulate.scheme import StaggeredCrankNicolson
from simulators.case import Case, Spikes

LOOP = """
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>
#define exp lhb_exp
%(functions)s
typedef %(real)s real;
extern "C" long run(int size, long steps, int delay, const int *first, const int *targets, const int32_t *key,
                    real **own, real **state, long room, long *when, int *who) {
    %(pointers)s
    // Of the kind of the other arrays: a smaller one would widen the vectors of all.
    std::vector<real> crossed(size);
    real *__restrict hit = crossed.data();
    std::vector<std::vector<int>> sent(delay);
    long spikes = 0;
    for (long step = 0; step < steps; step++) {
        %(shared)s
        // Nothing else points to these arrays.
        #pragma GCC ivdep
        for (int i = 0; i < size; i++) {
            %(drawn)s
        }
        #pragma GCC ivdep
        for (int i = 0; i < size; i++) {
            %(loads)s
            %(body)s
            hit[i] = v > real(%(threshold)s) && v_before <= real(%(threshold)s) ? real(1) : real(0);
            %(stores)s
        }
        std::vector<int> &slot = sent[step %% delay];
        for (int j : slot)
            for (int k = first[j]; k < first[j + 1]; k++) { const int i = targets[k]; %(arrive)s }
        slot.clear();
        for (int i = 0; i < size; i++)
            if (hit[i]) { if (spikes < room) { when[spikes] = step; who[spikes] = i; spikes++; } slot.push_back(i); }
    }
    return spikes;
}
"""


def run(case: Case) -> Spikes:
    """CPU time of the loop."""
    tools = cache.toolchain()
    assert tools is not None
    kind: Any = {"double": np.float64, "single": np.float32}[case.precision]
    each = {name: v for name, v in case.values.items() if isinstance(v, np.ndarray) and name not in states(case)}
    key = each.pop("noise_key").astype(np.int32)
    literal = ["-fsingle-precision-constant"] if case.precision == "single" else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "loop.cpp").write_text(code(case, list(each)))
        flags = [*tools.flags, *literal, "-shared", "-fPIC", "loop.cpp", "-o", "loop.so"]
        subprocess.run([tools.compiler, *flags], cwd=folder, check=True)
        loop = ctypes.CDLL(str(Path(folder, "loop.so"))).run
    own = [np.ascontiguousarray(v, dtype=kind) for v in each.values()]
    state = [np.full(case.size, case.values.get(name, 0.0), dtype=kind) for name in states(case)]
    order = np.argsort(case.wiring[0], kind="stable")
    targets = case.wiring[1][order].astype(np.int32)
    first = np.concatenate([[0], np.cumsum(np.bincount(case.wiring[0], minlength=case.size))]).astype(np.int32)
    room = int(100 * case.size * case.duration)
    when, who = np.zeros(room, dtype=np.int64), np.zeros(room, dtype=np.int32)
    loop.restype = ctypes.c_long
    began = time.process_time()
    steps, delay = round(case.duration / case.dt), round(case.delay / case.dt)
    spikes = loop(
        case.size, ctypes.c_long(steps), delay, pointer(first), pointer(targets), pointer(key), many(own), many(state),
        ctypes.c_long(room), pointer(when), pointer(who),
    )  # fmt: skip
    cpu = time.process_time() - began
    return Spikes(cpu, when[:spikes] * case.dt, who[:spikes], f"C++ loop, {tools.level}")


def states(case: Case) -> list[str]:
    """Variables that a step changes."""
    bare = [e.name for e in case.cell.equations if not e.expression and e.name != "v_previous"]
    return [*(name for name in case.group.states if name not in case.cell.slow), *bare]


def equations(case: Case) -> Equations:
    """The cell's equations as Brian2 reads them."""
    return Equations("\n".join(e.text() for e in case.cell.equations))


def code(case: Case, each: list[str]) -> str:
    """The loop of a cell; `each` names the parameters that differ between neurons."""
    own, changed = set(each), states(case)
    literals = {
        name: f"({v!r})" for name, v in case.values.items() if not isinstance(v, np.ndarray) and name not in changed
    }
    names = {**literals, "t": "(step*dt)", "t_in_timesteps": "step", "noise_key": "key[i]", "v_previous": "v_before"}
    lines = [line.partition(" = ") for line in StaggeredCrankNicolson()(equations(case)).splitlines()]
    body = ["const real v_before = v;"]
    in_place = {**names, **{name: f"state_{name}[i]" for name in changed}}
    events = [line for line in case.group.each_step.splitlines() if line.strip() and not line.startswith("v_previous")]
    made = set()
    for name, _, expression in lines:
        known = name in changed or name in made
        body.append(f"{'' if known else 'const real '}{name} = {translated(expression, names)};")
        made.add(name)
    arrive = " ".join(f"state_{state}[i] += real({weight!r});" for state, weight in case.weights.items())
    return LOOP % {
        "functions": functions.CPP_NOISE + functions.CPP_EXP,
        "real": {"double": "double", "single": "float"}[case.precision],
        "pointers": "\n    ".join(
            [f"const real *__restrict own_{n} = own[{k}];" for k, n in enumerate(each)]
            + [f"real *__restrict state_{n} = state[{k}];" for k, n in enumerate(changed)]
        ),
        "shared": f"const real dt = {case.dt!r};",
        "loads": " ".join(
            [f"const real {n} = own_{n}[i];" for n in sorted(own)] + [f"real {n} = state_{n}[i];" for n in changed]
        ),
        "drawn": "\n            ".join(statement(line, changed, in_place) for line in events),
        "body": "\n            ".join(body),
        "stores": " ".join(f"state_{n}[i] = {n};" for n in changed),
        "threshold": literals["V_spike"],
        "arrive": arrive,
    }


def statement(line: str, changed: list[str], names: dict[str, str]) -> str:
    """A statement of each step; the only comparison is that of a random number with a probability."""
    name, _, expression = line.partition(" += ") if " += " in line else line.partition(" = ")
    sign = "+=" if " += " in line else "="
    if "<" in expression:
        low, high = expression.removeprefix("int(").removesuffix(")").split(" < ")
        text = f"({translated(low, names)} < {translated(high, names)} ? real(1) : real(0))"
    else:
        text = translated(expression, names)
    return f"{names[name] if name in changed else f'const real {name}'} {sign} {text};"


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    """Where an array's numbers are."""
    return ctypes.c_void_p(array.ctypes.data)


def many(arrays: list[np.ndarray]) -> ctypes.Array:
    """Where several arrays' numbers are."""
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
