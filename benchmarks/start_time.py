"""Time from key press to the first simulation with the build cached, and what a cold build costs: wall and CPU seconds (Linux).

    python benchmarks/start_time.py                      the shipped ketamine experiment, five repeats
    python benchmarks/start_time.py --experiment smoke --repeats 3

A run is begun, and ended as soon as it has started a simulation; CPU seconds are those of the `lhb` process alone, which a busy
machine changes little. A cold build is made in an empty cache, the trial of the compiler's flags with it; CPU seconds of all
processes. Writes docs/tables/start.md.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "start.md"
LHB = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]


def simulates(process: int) -> bool:
    """Whether a process has started a simulation."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            # A process may end while it is looked at.
            with suppress(OSError):
                if b"--results_dir" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return True
    return False


def started(experiment: str, out: str) -> tuple[float, float]:
    """Wall and CPU seconds until a run simulates."""
    began = time.perf_counter()
    command = [*LHB, "run", experiment, "--force", "--no-report", "--out", out]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not simulates(process.pid):
        if process.poll() is not None:
            raise SystemExit("the run ended before it was seen to simulate: is it built?")
        time.sleep(0.005)
    wall = time.perf_counter() - began
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    process.terminate()
    process.wait()
    return wall, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


BUILD = """
import sys
from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.simulate import cache
from lhb_model.simulate.realise import structure_of
experiment = config.load(sys.argv[1])
cache.executable(structure_of(compose_model(experiment, experiment.conditions[0])))
"""


def built(experiment: str) -> tuple[float, float]:
    """Wall and CPU seconds of a build in an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-c", BUILD, experiment], env={**os.environ, "LHB_CACHE": folder}, check=True)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(what: str, times: list[tuple[float, float]]) -> str:
    """Median and range of wall and CPU seconds."""
    cells = [
        f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        for values in zip(*times, strict=True)
    ]
    return f"| {what} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiment", default="ketamine")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        # Builds what is not in the cache, and warms the disk.
        subprocess.run([*LHB, "run", options.experiment, "--seeds", "1", "--no-report", "--out", out], check=True)
        runs = [started(options.experiment, out) for _ in range(options.repeats)]
    lines = [
        f"| `{options.experiment}` | wall (s) | processor (s) |",
        "|---|---|---|",
        row(f"key press to the first simulation, build cached ({options.repeats} times)", runs),
        row("a cold build", [built(options.experiment)]),
        "",
        f"Load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; a load above 1 lengthens wall times.",
    ]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
