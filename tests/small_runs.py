"""A small experiment of three nuclei, the `lhb` command as a child process, and what both leave."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner, Result

from lhb_model import config
from lhb_model.cli import main
from lhb_model.composition import compose_model
from lhb_model.experiment import Experiment
from lhb_model.recording import Recording
from lhb_model.run_folder import Run, read_manifest
from lhb_model.runs import run_experiment
from lhb_model.simulate.simulate import simulate

ONSET = 1.3
SMALL = f"""\
experiment: small
title: A small circuit
nuclei:
  lhb: {{size: 40}}
  rmtg: {{size: 10}}
  vta_da: {{size: 10}}
wiring:
  - {{from: lhb, to: lhb, in_degree: 5, delay: 1 ms, weights: {{ampa: 0.15 nS, nmda: 0.004}}, why: by hand, tag: assumed}}
  - {{from: lhb, to: rmtg, in_degree: 20, delay: 3 ms, weights: {{ampa: 8 nS}}, plasticity: true, why: by hand, tag: assumed}}
  - {{from: rmtg, to: vta_da, in_degree: 10, delay: 3 ms, weights: {{gaba_a: 2.7 nS}}, why: by hand, tag: assumed}}
conditions:
  control: {{}}
  nothing: {{ketamine: {{dose: 0 uM}}, t_block: {{block: 0}}, depressed_state: {{strength: 0}}}}
  late: {{ap5: {{block: 1, onset: {ONSET} s}}}}
  depressed: {{depressed_state: {{}}}}
seeds: 2
protocol: {{dt: 0.05 ms, warm_up: 0.3 s, duration: 2.4 s}}
traces:
  lhb: {{cells: 20, start: 0.3 s, stop: 2.3 s, interval: 0.1 ms}}
readouts: [dopamine, reward_inhibition]
figures: [raster, classes, traces, isi, circuit, comparison]
"""
"""Variants that change numbers alone share its build."""

ONE_CELL = """
experiment: one_cell
title: one cell under a current step
nuclei:
  lhb: {sheet: lhb_cell, size: 1}
conditions:
  control: {}
  t_block: {t_block: {block: 1}}
  nmda_block: {ap5: {block: 1}}
seeds: 1
protocol: {warm_up: 0 s, duration: 0.6 s}
stimuli:
  - {nucleus: lhb, kind: step, current: 20 pA, start: 0.1 s, width: 0.5 s}
traces:
  lhb: {cells: 1, start: 0 s, stop: 0.6 s, interval: 0.1 ms}
"""

ABSURD = """\
intervention: absurd
title: A leak that pulls to fifty volts
kind: state
nuclei: [lhb]
effects:
  - {parameter: E_L, law: shift, amount: {value: -50 V, source: absurd, tag: assumed}}
"""
"""No membrane bears it: the simulation diverges."""

OF_OTHER_RUNS = (
    "dose", "screen", "map", "mode_map", "peth", "transfer", "courses", "outcomes", "infusion", "voltage_clamp",
)  # fmt: skip
"""Kinds of figure that show what the small experiment has not, such as sweeps, pulses or replayed trains."""

BARE = ("figures=[]", "conditions={control: {}, depressed: {depressed_state: {}}}")
"""Two conditions and no figures."""

SLOW = (*BARE, "protocol.duration=20 s")
"""Long enough to be met while it runs."""

LHB = (sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')")


def small(folder: Path, *settings: str, seeds: int | None = None) -> Experiment:
    """The small experiment, with settings as of `--set`."""
    path = folder / "small.yaml"
    path.write_text(SMALL)
    return config.load(path, settings, seeds)


def run_small(folder: Path, *settings: str, seeds: int | None = None, **options: Any) -> Run:
    """Run the small experiment into `folder/runs`."""
    return run_experiment(small(folder, *settings, seeds=seeds), folder / "runs", **options)


def command(folder: Path, *settings: str, seeds: int = 1, workers: int = 1) -> list[str]:
    """Words of `lhb run` for the small experiment, with `--out runs`."""
    path = folder / "small.yaml"
    path.write_text(SMALL)
    chosen = [word for setting in settings for word in ("--set", setting)]
    return ["run", str(path), "--out", "runs", "--seeds", str(seeds), "--workers", str(workers), *chosen]


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, without what would widen or colour a terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
    return {**kept, **(changes or {})}


def lhb(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `lhb` to its end."""
    return subprocess.run(
        [*LHB, *map(str, words)], cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=250
    )


def said(*words: str | Path) -> Result:
    """Run a verb in this process; a fault that is no exit is raised."""
    result = CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False, prog_name="lhb")
    assert "Traceback" not in result.output
    return result


def complaint(*words: str | Path) -> str:
    """The single line that a verb complains with; its exit code must be 2."""
    result = said(*words)
    assert result.exit_code == 2 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("Error: ")
    return result.stderr.strip()


def started(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, out: Path | None = None
) -> subprocess.Popen[str]:
    """Begin `lhb` and let it run."""
    place = [] if out is None else ["--out", str(out)]
    return subprocess.Popen(
        [*LHB, *map(str, words), *place],
        cwd=cwd,
        env=environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(holds: Callable[[], Any], process: subprocess.Popen[str] | None = None, seconds: float = 120) -> Any:
    """What `holds` answers as soon as that is true; the process must not end before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = holds()
        if answer:
            return answer
        if process is not None and process.poll() is not None:
            raise AssertionError(f"ended too early: {process.communicate()}")
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def hashes(folder: Path) -> dict[tuple[str, int], str]:
    """(condition, seed) -> hash of the spikes, from the manifest."""
    jobs = read_manifest(folder)["jobs"]
    return {(job["condition"], job["seed"]): job["spikes_sha256"] for job in jobs}


def states(folder: Path) -> dict[tuple[str, int], str]:
    """(condition, seed) -> state, from the manifest."""
    jobs = read_manifest(folder)["jobs"]
    return {(job["condition"], job["seed"]): job["state"] for job in jobs}


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, with when it was changed and its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def children(pid: int) -> list[int]:
    """Processes that a process has started (Linux)."""
    lists = [task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for found in lists for child in found]


def simulations(pid: int) -> list[int]:
    """Those of them that simulate; the compiler is asked for its version too."""
    found = []
    for child in children(pid):
        # A process may end while it is looked at.
        with suppress(OSError):
            if b"--results_dir" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def same_trains(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    """Whether two populations fired the same spikes."""
    return len(a) == len(b) and all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


def recorded(experiment: Experiment, condition: str, seed: int = 1) -> Recording:
    """One simulation of an experiment."""
    return simulate(compose_model(experiment, experiment.condition(condition)), seed)
