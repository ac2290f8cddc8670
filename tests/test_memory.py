"""What recording costs: bytes a spike and a sample, where they are simulated, in memory and in the run folder."""

import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lhb_model.composition import compose_model
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.simulate import cache
from lhb_model.simulate.job import write_job
from lhb_model.simulate.realise import realise
from small_runs import recorded, small

MOST_BYTES_PER_SPIKE = 16
MOST_BYTES_PER_SAMPLE = 8


def random_recording(spikes: int) -> Recording:
    """A hundred neurons that fire at random, which compresses worst."""
    rng = np.random.default_rng(1)
    cells, dt = 100, 5e-5
    slots = np.sort(rng.choice(spikes * cells, spikes, replace=False))
    trains = SpikeTrains(slots // cells, (slots % cells).astype(np.int32), cells)
    return Recording(dt, (spikes + 1) * dt, {"lhb": trains}, {}, [], {"analysis": (0.0, spikes * dt)}, {"seed": 1})


@pytest.mark.skipif(cache.toolchain() is None, reason="no C++ compiler here")
def test_the_program_leaves_twelve_bytes_a_spike_and_the_samples(tmp_path: Path) -> None:
    experiment = small(tmp_path)
    job = realise(compose_model(experiment, experiment.condition("control")), 1)
    program = cache.executable(job.structure)
    write_job(job, program, tmp_path / "job")
    subprocess.run(
        [*program.command, "--results_dir", "results/"], cwd=tmp_path / "job", check=True, capture_output=True
    )
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "job" / "results").iterdir()}
    files = program.arrays["spikes"].values()
    spikes = sum(sizes[of["i"]] for of in files) // 4
    assert spikes > 100 and sum(sizes.pop(of[what]) for of in files for what in ("i", "t")) == 12 * spikes
    samples = {t.name: t.cells * round(2.4 / t.interval) for t in job.structure.traces}
    for name, count in samples.items():
        assert sizes.pop(program.arrays["traces"][name]) <= MOST_BYTES_PER_SAMPLE * (count + 20)
    # What is left are the last values of a few variables.
    assert sum(sizes.values()) < 10_000


def test_a_recording_holds_at_most_sixteen_bytes_a_spike(tmp_path: Path) -> None:
    recording = recorded(small(tmp_path), "control")
    trains = [*recording.spikes.values(), *recording.reference.values()]
    spikes = sum(part.steps.size for part in trains)
    assert spikes > 100
    # Their own memory: an array may be a view of a larger one.
    owners = {id(of): of for part in trains for of in map(_owner, (part.steps, part.neurons))}
    assert sum(of.nbytes for of in owners.values()) <= MOST_BYTES_PER_SPIKE * spikes
    (trace,) = recording.traces
    assert _owner(trace.values).nbytes == 4 * 20 * round(2.4 / trace.interval)


def _owner(values: np.ndarray) -> np.ndarray:
    return values if values.base is None or not isinstance(values.base, np.ndarray) else _owner(values.base)


def test_a_spike_in_the_run_folder_costs_at_most_sixteen_bytes() -> None:
    few, many = (len(random_recording(count).to_bytes()) for count in (20_000, 220_000))
    assert 1 < (many - few) / 200_000 <= MOST_BYTES_PER_SPIKE


def test_a_recording_is_written_in_memory_for_few_more_bytes_a_spike() -> None:
    """Times, their order and the file itself: while a recording is saved it needs its own size a few times."""
    recording = random_recording(300_000)
    recording.to_bytes()
    tracemalloc.start()
    file = recording.to_bytes()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MOST_BYTES_PER_SPIKE * 300_000, (
        f"{peak / 300_000:.0f} bytes a spike, of which {len(file) / 300_000:.0f} are the file"
    )
