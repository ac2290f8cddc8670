"""Memory and disk of a large run: the peak of the simulation, the peak of `lhb`, and bytes a spike (Linux).

    python benchmarks/memory.py                           writes docs/tables/memory.md: 1,000 and 10,000 LHb neurons for 60 s
    python benchmarks/memory.py --cells 2000 --seconds 6  only prints what fits in between
    python benchmarks/memory.py --recording 6000000       only what `lhb` needs for so many spikes of 10,000 neurons in 60 s

Depressed, with the circuit of `ketamine` and its traces. Peaks are those of the system's own account (VmHWM). What a spike
costs is the size of a recording, traces and readouts included, over its spikes.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from lhb_model.analyse import Label, tables
from lhb_model.recording import Recording, SpikeTrains

LHB = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]
TABLE = Path(__file__).parent.parent / "docs" / "tables" / "memory.md"
HEAD = "| LHb neurons | s | spikes | program, peak (MB) | lhb, peak (MB) | recording (MB) | bytes a spike, all told |"
SETTINGS = ("conditions={depressed: {depressed_state: {}}}", "figures=[]", "seeds=[1]", "protocol.warm_up=1 s")


def peak(process: int) -> float:
    """Largest resident memory of a process so far, in MB; 0 once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def descendants(process: int) -> list[int]:
    """Children of a process, their children and so on."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def is_simulation(process: int) -> bool:
    """Whether a process simulates."""
    with suppress(OSError):
        return b"--results_dir" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def measure(cells: int, seconds: float, out: str) -> str:
    """Run once; a line of the table."""
    settings = [*SETTINGS, f"nuclei.lhb.size={cells}", f"protocol.duration={seconds} s"]
    words = [word for setting in settings for word in ("--set", setting)]
    command = [*LHB, "run", "ketamine", "--no-report", "--json", "--workers", "1", "--out", out, *words]
    process, program, own = subprocess.Popen(command, stdout=subprocess.PIPE, text=True), 0.0, 0.0
    while process.poll() is None:
        own = max(own, peak(process.pid))
        program = max([program, *(peak(child) for child in descendants(process.pid) if is_simulation(child))])
        time.sleep(0.1)
    assert process.stdout is not None
    run = json.loads(process.stdout.read())
    spikes = sum(job["spikes"] for job in run["jobs"])
    size = sum(path.stat().st_size for path in Path(run["run"], "recordings").rglob("*.nwb"))
    return (
        f"| {cells:,} | {seconds:g} | {spikes:,} | {program:.0f} | {own:.0f} | {size / 1e6:.1f} | {size / spikes:.1f} |"
    )


def own_need(spikes: int) -> str:
    """Peak of this process once it has held, measured and written a recording of random spikes."""
    cells, steps, dt = 10_000, 1_200_000, 5e-5
    slots = np.unique(np.random.default_rng(1).integers(0, steps * cells, spikes))
    trains = SpikeTrains(slots // cells, (slots % cells).astype(np.int32), cells)
    recording = Recording(dt, steps * dt, {"lhb": trains}, {}, [], {"analysis": (1.0, steps * dt)}, {"seed": 1})
    size = len(recording.to_bytes())
    tables(recording, Label("depressed", 1), {"lhb": "lhb"}, ())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{slots.size} spikes: lhb {peak_mb:.0f} MB, file {size / 1e6:.1f} MB, {size / slots.size:.1f} B/spike"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--recording", type=int)
    options = parser.parse_args()
    if options.recording:
        return print(own_need(options.recording))
    lines = [HEAD, "|---|---|---|---|---|---|---|"]
    for cells in options.cells:
        with tempfile.TemporaryDirectory() as out:
            lines.append(measure(cells, options.seconds, out))
    print("\n".join(lines))
    if (options.cells, options.seconds) == (parser.get_default("cells"), parser.get_default("seconds")):
        TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
