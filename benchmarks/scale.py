"""What a million points and a million neurons would take, worked out from what is measured here: `docs/tables/scale.md` (Linux).

    python benchmarks/scale.py

Measured in CPU seconds, which a busy machine changes little: the update of LHb neurons against their number, the drawing of
their wiring, and a sweep against its number of points. Each figure beyond the largest measured size is an extrapolation.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.simulate import cache
from lhb_model.simulate.job import write_job
from lhb_model.simulate.realise import realise

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "scale.md"
LHB = [sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')"]
EXPERIMENT = """\
experiment: scale
title: LHb neurons for a while
nuclei:
  lhb: {{size: {cells}}}
{wiring}
conditions:
  depressed: {{depressed_state: {{}}}}
seeds: 1
protocol: {{dt: 0.05 ms, warm_up: 0 s, duration: {seconds} s}}
"""
WIRING = """\
wiring:
  - {from: lhb, to: lhb, in_degree: 10, delay: 1 ms, weights: {ampa: 0.15 nS}, why: by hand, tag: assumed}
"""
SIZES = (1_000, 100_000)
WIRED = (1_000, 2_000, 4_000)
POINTS = (20, 80)
MILLION = 1_000_000
STEPS_PER_SECOND = 20_000


def write(folder: str, cells: int, seconds: float, wiring: str = "") -> Path:
    path = Path(folder, "scale.yaml")
    path.write_text(EXPERIMENT.format(cells=cells, seconds=seconds, wiring=wiring))
    return path


def program(cells: int, seconds: float) -> tuple[float, float]:
    """CPU seconds and peak MB of one simulation, by the program alone."""
    with tempfile.TemporaryDirectory() as folder:
        experiment = config.load(write(folder, cells, seconds))
        job = realise(compose_model(experiment, experiment.conditions[0]), 1)
        executable = cache.executable(job.structure)
        write_job(job, executable, Path(folder, "job"))
        process = subprocess.Popen(
            [*executable.command, "--results_dir", "results/"], cwd=Path(folder, "job"), stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def update(cells: int) -> tuple[float, float]:
    """Nanoseconds per cell and step, and peak MB, without what a program needs to begin and end."""
    steps = 20_000_000 // cells + 200
    short, long = (program(cells, factor * steps / STEPS_PER_SECOND) for factor in (1, 3))
    return (long[0] - short[0]) / (2 * steps * cells) * 1e9, long[1]


def wiring(cells: int) -> float:
    """CPU seconds to draw a network that has wiring, beyond one that has none."""
    with tempfile.TemporaryDirectory() as folder:
        taken = []
        for text in ("", WIRING):
            experiment = config.load(write(folder, cells, 1, text))
            model = compose_model(experiment, experiment.conditions[0])
            realise(model, 1)
            began = time.process_time()
            realise(model, 2)
            taken.append(time.process_time() - began)
        return taken[1] - taken[0]


def sweep(points: int) -> tuple[float, float]:
    """CPU seconds and bytes of a finished sweep of 100 neurons for 1 s."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, 100, 1, WIRING)
        axis = f"sweep.over.lhb.g_T={{linspace: [10 nS, 30 nS, {points}]}}"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [*LHB, "run", str(path), "--no-report", "--set", axis, "--out", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = [item for item in Path(done.stdout.splitlines()[-1]).rglob("*") if item.is_file()]
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cpu, float(sum(item.stat().st_size for item in files))


def measured() -> dict[str, float]:
    """Costs per unit."""
    sweep(2)
    (first, first_bytes), (last, last_bytes) = (sweep(points) for points in POINTS)
    between = POINTS[1] - POINTS[0]
    found = {"point_s": (last - first) / between, "point_bytes": (last_bytes - first_bytes) / between}
    for cells in SIZES:
        found[f"ns_{cells}"], found[f"MB_{cells}"] = update(cells)
    for cells in WIRED:
        found[f"wiring_{cells}"] = wiring(cells)
    found["pair_ns"] = found[f"wiring_{WIRED[-1]}"] / WIRED[-1] ** 2 * 1e9
    found["cell_bytes"] = (found[f"MB_{SIZES[-1]}"] - found[f"MB_{SIZES[0]}"]) * 1024**2 / (SIZES[-1] - SIZES[0])
    return found


def table(found: dict[str, float]) -> str:
    """What was measured, and what follows."""
    large = found[f"ns_{SIZES[-1]}"]
    hours = MILLION * STEPS_PER_SECOND * large * 1e-9 / 3600
    rows = [
        "| measured | |",
        "|---|---|",
        *(f"| update, {n:,} LHb neurons | {found[f'ns_{n}']:.0f} ns per cell and step |" for n in SIZES),
        *(f"| wiring of {n:,} neurons | {found[f'wiring_{n}']:.2f} s |" for n in WIRED),
        f"| memory of the program | {found['cell_bytes']:.0f} bytes a neuron |",
        f"| a point of a sweep (100 neurons, 1 s) | {found['point_s']:.3f} s, {found['point_bytes']:.0f} bytes |",
        "",
        "| worked out | |",
        "|---|---|",
        f"| a million points: processor | {MILLION * found['point_s'] / 3600:.0f} core-hours |",
        f"| a million points: disk | {MILLION * found['point_bytes'] / 1e9:.1f} GB |",
        f"| a million neurons, each simulated second: processor | {hours:.2f} core-hours |",
        f"| a million neurons: memory of the state | {MILLION * found['cell_bytes'] / 1e9:.1f} GB |",
        f"| a million neurons: ten synapses each, as indices | {MILLION * 10 * 8 / 1e9:.2f} GB |",
        f"| a million neurons at 10 Hz: spikes of a second | {MILLION * 10 * 16 / 1e9:.2f} GB |",
        f"| a million neurons: drawing the wiring | {MILLION**2 * found['pair_ns'] * 1e-9 / 3600:.1f} core-hours |",
    ]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print and write."""
    text = table(measured())
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
