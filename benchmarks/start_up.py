"""From key press to simulating: how long until a cached run starts its program, and what a cold build costs.

    python benchmarks/start_up.py [EXPERIMENT]

Wall seconds from the start of `lhb run` to the first sign of its program, a folder of a job, minimum and median; then the
processor seconds of the same with nothing cached.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 5


def until_job(command: list[str], environment: dict[str, str], jobs: Path) -> float:
    """Wall seconds until a job has been written; the run is then let go to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not any(jobs.glob("lhb-job-*/schedule.txt")):
        time.sleep(0.005)
    waited = time.perf_counter() - began
    process.wait()
    return waited


def main() -> None:
    """Measure and print."""
    name = sys.argv[1] if len(sys.argv) > 1 else "smoke"
    with tempfile.TemporaryDirectory() as folder:
        jobs = Path(folder, "jobs")
        jobs.mkdir()
        environment = {**os.environ, "LHB_CACHE": str(Path(folder, "cache")), "TMPDIR": str(jobs)}
        lhb = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]
        command = [*lhb, "run", name, "--force", "--out", str(Path(folder, "runs"))]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        until_job(command, environment, jobs)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        waits = [until_job(command, environment, jobs) for _ in range(REPEATS)]
    cold = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name}: build cached, wall time to the first job: min {min(waits):.2f} s, median {statistics.median(waits):.2f} s"
    )
    print(f"{name}: nothing cached, processor time of the whole run: {cold:.1f} s")


if __name__ == "__main__":
    main()
