"""Time from key press to figure: `lhb run` cold (with compile) and with the build cached, and `lhb --help`.

    python benchmarks/run_time.py                      the shipped ketamine experiment, three repeats
    python benchmarks/run_time.py --experiment smoke --repeats 5

Prints wall and CPU seconds (of the whole process tree) as minimum, median and maximum, and beside them the bursting shares, so
that a faster wrong answer is seen.
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

LHB = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]


def timed(arguments: list[str], cache: str) -> tuple[float, float, str]:
    """Wall and CPU seconds of one command, and what it printed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "LHB_CACHE": cache}
    done = subprocess.run([*LHB, *arguments], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.stdout


def show(name: str, runs: list[tuple[float, float, str]]) -> None:
    """One line: minimum, median and maximum of wall and CPU seconds."""
    for label, values in (("wall", [run[0] for run in runs]), ("CPU", [run[1] for run in runs])):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name:24s} {label:5s} min {low:7.2f}  median {middle:7.2f}  max {high:7.2f} s")


def shares(output: str) -> str:
    """Bursting share of each condition."""
    means = json.loads(output)["means"]
    found = {name: nuclei["lhb"]["bursting_share"] for name, nuclei in means.items() if "lhb" in nuclei}
    return "bursting share " + ", ".join(f"{name} {value:.3f}" for name, value in found.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiment", default="ketamine")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = ["run", options.experiment, "--force", "--json", "--out", str(Path(folder, "runs"))]
        cold = [timed(run, str(Path(folder, f"cache{number}"))) for number in range(options.repeats)]
        warm = [timed(run, str(Path(folder, "cache0"))) for _ in range(options.repeats)]
        answered = [
            timed([word for word in run if word != "--force"], str(Path(folder, "cache0")))
            for _ in range(options.repeats)
        ]
        help_text = [timed(["--help"], folder) for _ in range(options.repeats)]
    show("cold (with compile)", cold)
    show("build cached, --force", warm)
    show("finished, answered", answered)
    show("lhb --help", help_text)
    print(shares(warm[-1][2]))


if __name__ == "__main__":
    main()
