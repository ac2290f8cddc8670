"""Fifty points of a sweep, 100 cells, 1 s each: this package against a fresh Brian2 process for each point; one worker and two.

    python benchmarks/sweep_cost.py               a few points of the loop are measured and the rest reckoned
    python benchmarks/sweep_cost.py --all         all fifty
    python benchmarks/sweep_cost.py --workers     one worker and two alone

Writes docs/tables/sweep.md and, of one worker and two, docs/tables/workers.md. The rival is a user's usual loop: a script started
anew for each value of NMDA block, with the cache of compiled code warm. Processor seconds of all processes, and the mean rate
over the points beside them. One worker and two take turns; their times are those of the clock, which other work spoils.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TABLES = Path(__file__).parent.parent / "docs" / "tables"
LHB = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]
SIZE, DURATION, DT, POINTS = 100, 1.0, 50e-6, 50
BLOCKS = np.linspace(0, 1, POINTS).round(4).tolist()
SAMPLE, ROUNDS, POINTS_OF_A_ROUND = 5, 5, 200
SWEEP = """\
experiment: sweep_cost
title: Blocks of NMDA receptors
nuclei:
  lhb: {{size: 100}}
wiring:
  - {{from: lhb, to: lhb, in_degree: 20, delay: 1 ms, weights: {{ampa: 0.15 nS, nmda: 0.004}}, why: as in ketamine, tag: fitted}}
conditions:
  sweep:
    depressed_state: {{}}
    ap5: {{block: 0}}
sweep:
  over:
    conditions.sweep.ap5.block: {{linspace: [0, 1, {points}]}}
seeds: 1
protocol: {{dt: 0.05 ms, warm_up: 0.5 s, duration: 1 s}}
"""


def spent(command: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Processor seconds of a command with all its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def point(block: float) -> None:
    """One point as a script of its own: the plain Brian2 script, at Brian2's default target."""
    from simulators import brian2_script
    from simulators.case import Case, statistics

    case = Case(SIZE, DT, DURATION)
    case.values["g_NMDA"] = case.values["g_NMDA"] * (1 - block)
    print(json.dumps(float(np.mean(statistics(brian2_script.run(case), SIZE, DURATION)["rate"]))))


def sweep(folder: str, points: int) -> Path:
    """The file of a sweep over so many points."""
    path = Path(folder, "sweep_cost.yaml")
    path.write_text(SWEEP.format(points=points))
    return path


def fifty(everything: bool) -> list[str]:
    """Rows of the table: a user's loop, and `lhb run` with and without a build to be made."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["run", str(sweep(folder, POINTS)), "--force", "--json", "--workers", "1", "--out", f"{folder}/runs"]
        own = {"LHB_CACHE": str(Path(folder, "cache"))}
        cold, _ = spent([*LHB, *words], own)
        warm, said = zip(*(spent([*LHB, *words], own) for _ in range(3)), strict=True)
        ours = statistics.median(warm)
        rate = json.loads(said[0])["means"]["sweep"]["lhb"]["rate"]
    script = [sys.executable, __file__, "--point"]
    spent([*script, "0"], {})
    loop = [spent([*script, str(block)], {}) for block in (BLOCKS if everything else BLOCKS[:: POINTS // SAMPLE])]
    theirs = statistics.mean(cpu for cpu, _ in loop) * POINTS
    their_rate = statistics.mean(json.loads(text.splitlines()[-1]) for _, text in loop)
    return [
        "| 50 points of 100 neurons for 1 s | processor time (s) | times less | mean rate (Hz) |",
        "|---|---|---|---|",
        f"| a fresh Brian2 process for each point, warm cache ({len(loop)} measured) | {theirs:.0f} | 1 | {their_rate:.2f} |",
        f"| `lhb run`, build to be made | {cold:.1f} | {theirs / cold:.1f} | {rate:.2f} |",
        f"| `lhb run`, build cached | {ours:.1f} | {theirs / ours:.1f} | {rate:.2f} |",
    ]


def phase(workers: int) -> None:
    """Seconds of the clock from the first simulation's start to the last one's end, and processor milliseconds a point."""
    from lhb_model import config
    from lhb_model.runs import Watcher, run_experiment
    from lhb_model.tasks import import_libraries

    class Clock(Watcher):
        def start(self, jobs, duration):  # type: ignore[no-untyped-def]
            self.began = time.perf_counter(), time.process_time()

        def settled(self, job):  # type: ignore[no-untyped-def]
            self.ended = time.perf_counter(), time.process_time()

    import_libraries(whole=False)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = sweep(folder, POINTS_OF_A_ROUND)
        run_experiment(config.load(path), Path(folder, "runs"), workers=workers, watcher=clock)
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, own = (end - start for start, end in zip(clock.began, clock.ended, strict=True))
    cpu = [1e3 * spent / POINTS_OF_A_ROUND for spent in (own, programs.ru_utime + programs.ru_stime)]
    print(json.dumps({"wall": wall, "own": cpu[0], "programs": cpu[1]}))


def workers() -> list[str]:
    """Rows of the table: points a second with one worker and with two, which take turns."""
    taken: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for number, runs in taken.items():
            runs.append(json.loads(spent([sys.executable, __file__, "--phase", str(number)], {})[1].splitlines()[-1]))
    ratios = [one["wall"] / two["wall"] for one, two in zip(taken[1], taken[2], strict=True)]
    rows = [
        "| workers | points a second | processor time a point: `lhb`, programs (ms) |",
        "|---|---|---|",
    ]
    for number, runs in taken.items():
        rate, own, programs = (
            statistics.median(values)
            for values in zip(*((POINTS_OF_A_ROUND / r["wall"], r["own"], r["programs"]) for r in runs), strict=True)
        )
        rows.append(f"| {number} | {rate:.1f} | {own:.1f}, {programs:.1f} |")
    return [
        *rows,
        "",
        f"Two workers did {statistics.median(ratios):.2f} times the points of one (median of {ROUNDS} pairs, "
        f"{min(ratios):.2f} to {max(ratios):.2f}; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores).",
    ]


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--workers", action="store_true")
    parser.add_argument("--point", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--phase", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point is not None:
        return point(options.point)
    if options.phase is not None:
        return phase(options.phase)
    if not options.workers:
        write("sweep.md", fifty(options.all))
    write("workers.md", workers())


def write(name: str, lines: list[str]) -> None:
    """A table of the documentation, and on the terminal."""
    (TABLES / name).write_text("\n".join(lines) + "\n")
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
