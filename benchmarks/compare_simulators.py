"""lhb_model against other simulators on the same network: writes `docs/tables/simulators.md`.

    python benchmarks/compare_simulators.py                       about half an hour of processor time
    python benchmarks/compare_simulators.py --sizes 1000 --rounds 1

Each simulator runs in a process of its own with one thread. First each one's answer is compared with the converged one (lhb_model
at a quarter of the step), neuron by neuron, since all have the same neurons and wiring; one that is over 2 % away in its mean
rate, burst rate or spikes per burst, by more than two standard errors, is marked, and tried again at smaller steps until it is
not. Then they are timed in turn (A B C A B C): processor time for each cell and step, of the simulation without its preparation;
a marked one also at the largest step at which it was right. One that is not installed is left out and said so.
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

import numpy as np

from lhb_model.parameter_sets import present
from simulators.case import Case
from simulators.case import statistics as found_in

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "simulators.md"
DT = 50e-6
SECONDS = 2.0
"""Simulated for 1000 cells; larger networks shorter, but at least a second, half of which is left out of the statistics."""
INSIDE = 0.02
"""Distance from what is converged up to which a time counts."""
FINEST = 4
"""How often a step is halved in search of one that is inside."""
ACCURACY = (1000, 10.0)
"""Cells and seconds by which the answers are compared."""
BRIEF = 0.6
"""Seconds by which smaller steps are timed: little more than the warm-up."""


class Contestant(NamedTuple):
    """A simulator: module and function, precision, the packages it needs, and another whose answers stand for its own."""

    call: str
    precision: str
    packages: tuple[str, ...]
    answers_as: str = ""


STANDALONE = "Brian2 C++ standalone, defaults"
"""The plain script has the same scheme and is slower."""
CONTESTANTS = {
    "lhb_model, float64": Contestant("lhb.run", "double", ("brian2",)),
    "lhb_model, float32": Contestant("lhb.run", "single", ("brian2",)),
    "plain Brian2 script (Cython)": Contestant("brian2_script.run", "double", ("brian2",), STANDALONE),
    STANDALONE: Contestant("brian2_script.run_standalone", "double", ("brian2",)),
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
    return {"ns": cost, "note": spikes.note, "neurons": found_in(spikes, size, seconds)}


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
            print(size, name, f"{runs[name][-1]['ns']:.1f} ns", file=sys.stderr, flush=True)
    return runs


class Answer(NamedTuple):
    """What a simulator says at a step: means, and their distances from what is converged with standard errors."""

    dt: float
    means: dict[str, float]
    off: dict[str, tuple[float, float]]

    @property
    def inside(self) -> bool:
        """Whether all of it is near what is converged, as far as the scatter tells."""
        return all(abs(share) - 2 * error <= INSIDE for share, error in self.off.values())


def answer(name: str, dt: float, exact: dict[str, Any]) -> Answer:
    """A simulator's answer beside the converged one, paired by neuron; spikes per burst is a ratio of two means."""
    found = {key: np.array(value) for key, value in apart(name, *ACCURACY, dt)["neurons"].items()}
    true = {key: np.array(value) for key, value in exact.items()}
    off = {key: _off(found[key] / true[key].mean() - true[key] / true[key].mean()) for key in ("rate", "burst_rate")}
    each = true["rate_in_bursts"].mean() / true["burst_rate"].mean()
    size = found["rate_in_bursts"].mean() / found["burst_rate"].mean()
    residue = (found["rate_in_bursts"] - size * found["burst_rate"]) / found["burst_rate"].mean()
    other = (true["rate_in_bursts"] - each * true["burst_rate"]) / true["burst_rate"].mean()
    off["spikes_per_burst"] = (float(size / each - 1), _off((residue - other) / each)[1])
    means = {"rate": found["rate"].mean(), "burst_rate": found["burst_rate"].mean(), "spikes_per_burst": size}
    print(name, dt, off, file=sys.stderr, flush=True)
    return Answer(dt, {key: float(value) for key, value in means.items()}, off)


def _off(differences: np.ndarray) -> tuple[float, float]:
    """Mean and standard error."""
    return float(differences.mean()), float(differences.std(ddof=1) / len(differences) ** 0.5)


def answers(names: list[str]) -> dict[str, list[Answer]]:
    """Each simulator's answers: at the usual step, and at smaller ones until it is inside."""
    exact = apart(PRODUCT, *ACCURACY, DT / 4)["neurons"]
    found: dict[str, list[Answer]] = {}
    for name in names:
        speaks = CONTESTANTS[name].answers_as
        if speaks not in names:
            found[name] = []
            for halvings in range(FINEST + 1):
                found[name].append(answer(name, DT / 2**halvings, exact))
                if found[name][-1].inside or name.startswith("lhb_model"):
                    break
    return {name: found[CONTESTANTS[name].answers_as if name not in found else name] for name in names}


def accuracy_table(said: dict[str, list[Answer]]) -> list[str]:
    """How far every simulator is from what is converged, at the usual step and at smaller ones."""
    cells, seconds = ACCURACY
    lines = [
        f"**How near to what is converged** ({cells} cells, {seconds:g} s; against lhb_model at a quarter of the step; +- s.e.)",
        "",
        "| simulator | step (ms) | mean rate | burst rate | spikes per burst | within 2 % |",
        "|---|---|---|---|---|---|",
    ]
    for name, tried in said.items():
        for one in tried:
            each = " | ".join(
                f"{one.means[key]:.3g} ({100 * share:+.1f} +- {100 * error:.1f} %)"
                for key, (share, error) in one.off.items()
            )
            lines.append(f"| {name} | {1e3 * one.dt:g} | {each} | {'yes' if one.inside else 'no'} |")
    return [*lines, ""]


def table(size: int, runs: dict[str, list[dict[str, Any]]], said: dict[str, list[Answer]]) -> list[str]:
    """Times of one size."""
    product = [run["ns"] for run in runs[PRODUCT]]
    lines = [
        f"**{size} cells**",
        "",
        "| simulator | step (ms) | ns per cell and step | times lhb_model | s of processor for a simulated second | how |",
        "|---|---|---|---|---|---|",
    ]
    for name, own in runs.items():
        ns = statistics.median(run["ns"] for run in own)
        ratio = statistics.median(run["ns"] / here for run, here in zip(own, product, strict=True))
        mark = "" if said[name][0].inside else ", marked: over 2 % off"
        lines.append(
            f"| {name} | {1e3 * DT:g} | {ns:.1f} | {ratio:.2f} | {1e-9 * ns * size / DT:.2f} | {own[-1]['note']}{mark} |"
        )
        if mark:
            lines.append(finer(name, size, said[name][-1], statistics.median(product) / DT))
    return [*lines, ""]


def finer(name: str, size: int, last: Answer, product: float) -> str:
    """The line of a marked simulator at the largest step at which it is right; `product` is lhb_model's cost of a second."""
    if not last.inside:
        return f"| {name} | {1e3 * last.dt:g} | | | | still outside |"
    ns = apart(name, size, BRIEF, last.dt)["ns"]
    each = ns / last.dt
    how = "the largest step, halving, at which it is inside"
    return f"| {name} | {1e3 * last.dt:g} | {ns:.1f} | {each / product:.2f} | {1e-9 * each * size:.2f} | {how} |"


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
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, help="these simulators, beside lhb_model")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, size, seconds, dt = options.one
        print(json.dumps(one(name, int(size), float(seconds), float(dt))))
        return
    names = [name for name in CONTESTANTS if options.only is None or name in (PRODUCT, *options.only)]
    names = [name for name in names if installed(name)]
    load = f"{os.getloadavg()[0]:.1f} other processes were running when it began"
    said = answers(names)
    lines = accuracy_table(said)
    for size in options.sizes:
        lines += table(size, rounds_of(names, size, options.rounds), said)
    rounds = "one round" if options.rounds == 1 else f"medians of {options.rounds} rounds"
    lines.append(f"{machine()} Parameter set {present()}, {rounds}, one thread, processor time; {load}.")
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
