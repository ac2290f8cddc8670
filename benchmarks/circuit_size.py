"""What a circuit of all nuclei costs as it grows: processor time and memory a neuron, at 1,000 and at 10,000 LHb neurons (Linux).

    python benchmarks/circuit_size.py             writes docs/tables/circuit_size.md

The shipped experiment `circuit`, every nucleus enlarged by the same factor, numbers of inputs as they are. Processor seconds and
the peak of the compiled program, and of the process that draws neurons and wiring; each size compiles once.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memory import peak

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "circuit_size.md"
SIZES, SECONDS = (1_000, 10_000), 1.0


def one(cells: int, seconds: float) -> None:
    """Draw and run a circuit with so many LHb neurons; print neurons, and what it took."""
    from lhb_model import config
    from lhb_model.composition import compose_model
    from lhb_model.simulate import cache
    from lhb_model.simulate.job import write_job
    from lhb_model.simulate.realise import realise

    shipped = config.load("circuit")
    factor = cells / shipped.size("lhb")
    larger = [f"nuclei.{name}.size={round(factor * shipped.size(name))}" for name in shipped.sheet.nuclei]
    experiment = config.load(
        "circuit", [*larger, f"protocol.duration={seconds} s", "protocol.warm_up=0 s", "traces={}"]
    )
    model = compose_model(experiment, experiment.conditions[1])
    began = time.process_time()
    job = realise(model, 1)
    drawing = time.process_time() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    executable = cache.executable(job.structure)
    with tempfile.TemporaryDirectory() as folder:
        write_job(job, executable, Path(folder, "job"))
        command = [*executable.command, "--results_dir", "results/"]
        process, high = subprocess.Popen(command, cwd=Path(folder, "job"), stdout=subprocess.DEVNULL), 0.0
        # The peak that `wait4` tells would be this process's own: a child begins as its copy.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            high = max(high, peak(process.pid))
            time.sleep(0.02)
    _, status, used = ended
    assert status == 0
    neurons = sum(group.size for group in job.structure.groups)
    print(neurons, drawing, own, used.ru_utime + used.ru_stime, high)


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return one(options.one, SECONDS)
    lines = [
        "| LHb neurons | all, with twins | program: CPU s a simulated s | us a neuron | peak (MB) | kB a neuron "
        "| drawing: CPU s | peak (MB) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    found = []
    for cells in SIZES:
        # A process of its own for each: a peak does not come down again.
        said = subprocess.run(
            [sys.executable, __file__, "--one", str(cells)], check=True, capture_output=True, text=True
        )
        neurons, drawing, own, cpu, high = map(float, said.stdout.split())
        found.append((neurons, cpu, high))
        lines.append(
            f"| {cells:,} | {neurons:,.0f} | {cpu / SECONDS:.2f} | {1e6 * cpu / SECONDS / neurons:.0f} | {high:.0f} "
            f"| {1024 * high / neurons:.2f} | {drawing:.2f} | {own:.0f} |"
        )
    (few, less, low), (many, more, high) = found
    lines += [
        "",
        f"Between the two each neuron takes {1e6 * (more - less) / SECONDS / (many - few):.0f} us a simulated second and "
        f"{1024 * (high - low) / (many - few):.2f} kB.",
    ]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
