"""lhb_model against other simulators on the same network: writes `docs/tables/simulators.md`.

    python benchmarks/compare_simulators.py                       about 20 minutes of processor time
    python benchmarks/compare_simulators.py --sizes 1000 --rounds 1

Each simulator runs in a process of its own with one thread, in turn (A B C A B C), and says what it found beside its time:
processor time for each cell and step of 0.05 ms, of the simulation without its preparation. One that is not installed is left out
and said so. One whose mean rate is over 2 % from the converged one (lhb_model at a quarter of the step) is marked, and with
`--finer` also timed, per simulated second, at the largest step where it is inside.
"""

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from simulators.case import Case
from simulators.case import statistics as found_in

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "simulators.md"
DT = 50e-6
SECONDS = 2.0
"""Simulated for 1000 cells; larger networks shorter, but at least a second, half of which is left out of the statistics."""
INSIDE = 0.02
"""Distance from the converged mean rate up to which a time counts."""
FINEST = 4
"""How often a step is halved in search of one that is inside."""


class Contestant(NamedTuple):
    """A simulator: module and function, precision, and the packages it needs."""

    call: str
    precision: str
    packages: tuple[str, ...]


CONTESTANTS = {
    "lhb_model, float64": Contestant("lhb.run", "double", ("brian2",)),
    "lhb_model, float32": Contestant("lhb.run", "single", ("brian2",)),
    "plain Brian2 script (Cython)": Contestant("brian2_script.run", "double", ("brian2",)),
    "Brian2 C++ standalone, defaults": Contestant("brian2_script.run_standalone", "double", ("brian2",)),
    "NEURON, fixed step": Contestant("neuron_script.run", "double", ("neuron",)),
    "Arbor": Contestant("arbor_script.run", "double", ("arbor",)),
    "C++ loop by hand, float64": Contestant("c_loop.run", "double", ()),
    "C++ loop by hand, float32": Contestant("c_loop.run", "single", ()),
}
PRODUCT = "lhb_model, float64"


def one(name: str, size: int, seconds: float, dt: float) -> dict[str, Any]:
    """Run a simulator in this process."""
    contestant = CONTESTANTS[name]
    module, _, function = contestant.call.partition(".")
    case = Case(size, dt, seconds, contestant.precision)
    spikes = getattr(importlib.import_module(f"simulators.{module}"), function)(case)
    cost = spikes.cpu / size / (seconds / dt) * 1e9
    return {"ns": cost, "cpu": spikes.cpu, "seconds": seconds, "note": spikes.note, **found_in(spikes, size, seconds)}


def apart(name: str, size: int, seconds: float, dt: float = DT) -> dict[str, Any]:
    """Run a simulator in a process of its own."""
    threads = {key: "1" for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, __file__, "--one", name, str(size), repr(seconds), repr(dt)]
    done = subprocess.run(command, env={**os.environ, **threads}, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{name} ended with code {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def installed(name: str) -> bool:
    """Whether what a simulator needs is there; says so if not."""
    missing = [package for package in CONTESTANTS[name].packages if not release(package)]
    if missing:
        print(f"{name}: left out, needs {', '.join(missing)} (pip install 'lhb_model[bench]')", file=sys.stderr)
    return not missing


def release(package: str) -> str:
    """The version of a package; empty if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def simulated(size: int) -> float:
    """Seconds to simulate, the same for all simulators."""
    return max(1.0, SECONDS * 1000 / size)


def rounds_of(names: list[str], size: int, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Each simulator's runs, taken in turn."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(apart(name, size, simulated(size)))
            print(size, name, json.dumps(runs[name][-1]), file=sys.stderr, flush=True)
    return runs


def table(size: int, runs: dict[str, list[dict[str, Any]]], finer: bool) -> list[str]:
    """Lines of one size."""
    exact = apart(PRODUCT, size, simulated(size), DT / 4)["rate"]
    product = [run["ns"] for run in runs[PRODUCT]]
    lines = [
        f"**{size} cells** (converged mean rate {exact:.3f} Hz)",
        "",
        "| simulator | ns per cell and step | times lhb_model | mean rate (Hz) | bursts (Hz) | spikes per burst | how |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, own in runs.items():
        ratio = statistics.median(run["ns"] / here for run, here in zip(own, product, strict=True))
        off = own[-1]["rate"] / exact - 1
        mark = f" ({100 * off:+.1f} %)" if abs(off) > INSIDE else ""
        lines.append(
            f"| {name} | {statistics.median(run['ns'] for run in own):.1f} | {ratio:.2f} | {own[-1]['rate']:.2f}{mark} "
            f"| {own[-1]['burst_rate']:.2f} | {own[-1]['spikes_per_burst']:.2f} | {own[-1]['note']} |"
        )
        if mark and finer:
            lines.append(inside(name, size, exact))
    return [*lines, ""]


def inside(name: str, size: int, exact: float) -> str:
    """The line of a simulator at the largest step where its mean rate is right."""
    seconds = simulated(size)
    for halvings in range(1, FINEST + 1):
        dt = DT / 2**halvings
        found = apart(name, size, seconds, dt)
        if abs(found["rate"] / exact - 1) <= INSIDE:
            each = found["cpu"] / found["seconds"]
            return (
                f"| {name}, {1e3 * dt:g} ms | {found['ns']:.1f} | | {found['rate']:.2f} | {found['burst_rate']:.2f} "
                f"| {found['spikes_per_burst']:.2f} | {each:.1f} s of processor for a simulated second |"
            )
    return f"| {name}, {1e3 * dt:g} ms | | | {found['rate']:.2f} | | | still outside |"


def machine() -> str:
    """Where and with what this was measured."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    packages = ", ".join(f"{p} {release(p)}" for p in ("brian2", "numpy", "neuron", "arbor") if release(p))
    where = f"{names[0] if names else platform.processor()}, {os.cpu_count()} processors"
    return f"Measured on {date.today()}: {where}, Python {platform.python_version()}, {packages}."


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finer", action="store_true", help="time marked simulators at smaller steps too")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, help="these simulators, beside lhb_model")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, size, seconds, dt = options.one
        print(json.dumps(one(name, int(size), float(seconds), float(dt))))
        return
    names = [name for name in CONTESTANTS if options.only is None or name in (PRODUCT, *options.only)]
    names = [name for name in names if installed(name)]
    lines = []
    for size in options.sizes:
        lines += table(size, rounds_of(names, size, options.rounds), options.finer)
    lines.append(f"{machine()} Medians of {options.rounds}, one thread, processor time.")
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
