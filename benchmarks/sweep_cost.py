"""Fifty points of a sweep, 100 cells, 1 s each: this package against a fresh Brian2 process for each point.

    python benchmarks/sweep_cost.py               a few points of the loop are measured and the rest reckoned
    python benchmarks/sweep_cost.py --all         all fifty

The rival is a user's usual loop: a script started anew for each value of NMDA block, with Brian2's cache of compiled code warm.
Processor seconds of all processes, and the mean rate over the points beside them.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIZE, DURATION, DT = 100, 1.0, 50e-6
BLOCKS = np.linspace(0, 1, 50).round(4).tolist()
SAMPLE = 5
SWEEP = """\
experiment: sweep_cost
title: Fifty blocks of NMDA receptors
nuclei:
  lhb: {size: 100}
wiring:
  - {from: lhb, to: lhb, in_degree: 20, delay: 1 ms, weights: {ampa: 0.15 nS, nmda: 0.004}, why: as in ketamine, tag: fitted}
conditions:
  sweep:
    depressed_state: {}
    ap5: {block: %s}
seeds: 1
protocol: {dt: 0.05 ms, warm_up: 0.5 s, duration: 1 s}
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
    print(json.dumps(statistics(brian2_script.run(case), SIZE, DURATION)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--point", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point is not None:
        point(options.point)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sweep_cost.yaml")
        path.write_text(SWEEP % BLOCKS)
        lhb = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]
        run = [*lhb, "run", str(path), "--force", "--json", "--workers", "1", "--out", str(Path(folder, "runs"))]
        own = {"LHB_CACHE": str(Path(folder, "cache"))}
        cold, _ = spent(run, own)
        warm, said = spent(run, own)
        rates = [nuclei["lhb"]["rate"] for nuclei in json.loads(said)["means"].values()]
    script = [sys.executable, __file__, "--point"]
    spent([*script, "0"], {})
    chosen = BLOCKS if options.all else BLOCKS[:: len(BLOCKS) // SAMPLE]
    loop = [spent([*script, str(block)], {}) for block in chosen]
    each = statistics.mean(cpu for cpu, _ in loop)
    theirs = statistics.mean(json.loads(text.splitlines()[-1])["rate"] for _, text in loop)
    print(
        f"a fresh Brian2 process for each point, warm cache: {each * len(BLOCKS):7.1f} s  ({len(chosen)} points measured)"
    )
    print(
        f"lhb run, build to be made                        : {cold:7.1f} s  {each * len(BLOCKS) / cold:5.1f} times less"
    )
    print(
        f"lhb run, build cached                            : {warm:7.1f} s  {each * len(BLOCKS) / warm:5.1f} times less"
    )
    print(f"mean rate over the points: lhb {statistics.mean(rates):.2f} Hz, script {theirs:.2f} Hz")


if __name__ == "__main__":
    main()
