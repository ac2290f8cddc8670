"""Time from key press to the first simulation, with the build cached: wall and CPU seconds (Linux).

    python benchmarks/start_time.py                      the shipped ketamine experiment, five repeats
    python benchmarks/start_time.py --experiment smoke --repeats 3

A run is begun, and ended as soon as it has started a simulation. CPU seconds are those of the `lhb` process alone, which a busy
machine changes little.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

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
    for name, values in (("wall", [wall for wall, _ in runs]), ("CPU", [cpu for _, cpu in runs])):
        print(f"{name:5s} min {min(values):5.2f}  median {statistics.median(values):5.2f}  max {max(values):5.2f} s")


if __name__ == "__main__":
    main()
