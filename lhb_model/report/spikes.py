"""The spikes of runs, packed for the page's raster.

Of each nucleus in each simulation: the number of spikes of each neuron, then for each spike, neuron by neuron, four times
the steps since the one before, plus its kind (0 other, 1 in a run-on burst, 2 in a burst). These whole numbers of 32 bits
are stored byte by byte (all first bytes, all second bytes, ...), which deflates best, and written in base64.
"""

import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lhb_model.bursts import Rule, as_rule
from lhb_model.plot.labels import nucleus_name
from lhb_model.plot.marks import marks_of
from lhb_model.recording import Recording
from lhb_model.report import methods
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

MOST_SPIKES = 1_500_000
"""About 3 MB in the page. Beyond that, whole seeds are left out, the last ones first."""

CLASSES = ("silent", "tonic", "bursting")
MEASURES = (
    ("rate", "rate", "Hz", 1.0),
    ("burst_rate", "bursts", "a second", 1.0),
    ("spikes_per_burst", "spikes per burst", "", 1.0),
    ("intra_burst_frequency", "within bursts", "Hz", 1.0),
    ("share_spikes_in_bursts", "spikes in bursts", "%", 100.0),
)
"""Of each neuron, in the order in which they are packed: column, title, unit and factor into that unit."""


def spike_data(runs: Sequence[Run]) -> dict[str, Any] | None:
    """What the page's script reads, as plain JSON; None if no simulation is done."""
    records: list[dict[str, Any]] = []
    left_out: list[str] = []
    room = MOST_SPIKES
    for label, run, condition, seed in _simulations([run for run in runs if not run.sweep]):
        recording = run.recording(condition, seed)
        room -= recording.n_spikes
        if room < 0 and records:
            left_out.append(f"{label}, seed {seed}")
        else:
            records.append(_record(label, run, condition, seed, recording))
    if not records:
        return None
    return {
        "records": records,
        "left_out": left_out,
        "classes": CLASSES,
        "measures": [{"title": title, "unit": unit} for _, title, unit, _ in MEASURES],
    }


def _simulations(runs: Sequence[Run]) -> Iterator[tuple[str, Run, str, int]]:
    """Seed by seed, so that of a large run all conditions are shown with the same seeds."""
    seeds = sorted(
        {seed for run in runs for seed in run.seeds}, key=lambda seed: min(_place(run, seed) for run in runs)
    )
    for seed in seeds:
        for run in runs:
            for condition in run.conditions:
                if seed in run.finished(condition):
                    yield condition if len(runs) == 1 else f"{run.name}: {condition}", run, condition, seed


def _place(run: Run, seed: int) -> float:
    return run.seeds.index(seed) if seed in run.seeds else np.inf


def _record(label: str, run: Run, condition: str, seed: int, recording: Recording) -> dict[str, Any]:
    nuclei: Mapping[str, Any] = run.resolved["nuclei"]
    own = run.neurons[(run.neurons["condition"] == condition) & (run.neurons["seed"] == seed)]
    rows = own.sort_values("neuron").groupby("nucleus")
    return {
        "condition": label,
        "seed": seed,
        "dt": recording.dt,
        "span": list(recording.observed),
        "analysis": list(recording.epochs.get("analysis", recording.observed)),
        "acting": sorted({(c["cause"], c["from_s"], c["to_s"]) for c in run.changes(condition)}),
        "nuclei": {
            name: _nucleus(recording, name, as_rule(nuclei[name]["burst_rule"]), rows.get_group(name))
            for name in methods.in_order(recording.spikes)
        },
    }


def _nucleus(recording: Recording, name: str, rule: Rule, rows: "pd.DataFrame") -> dict[str, Any]:
    spikes, span = recording.spikes[name], recording.epochs.get("analysis", recording.observed)
    counts, packed = packed_spikes(recording, name, rule)
    classes = [CLASSES.index(found) if found in CLASSES else 0 for found in rows["class"]]
    measures = np.stack([rows[column].to_numpy(np.float32) * np.float32(by) for column, _, _, by in MEASURES])
    return {
        "title": nucleus_name(name),
        "neurons": spikes.n_neurons,
        "spikes": text_of(np.concatenate([counts, packed])),
        "classes": text_of(np.array(classes, np.uint32)),
        "measures": text_of(measures.view(np.uint32).ravel()),
        "analysed": float(span[1] - span[0]),
    }


def packed_spikes(recording: Recording, nucleus: str, rule: Rule) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Spikes of each neuron, shape (neurons,), and the packed spikes, shape (spikes,)."""
    neurons = np.arange(recording.spikes[nucleus].n_neurons)
    marks = marks_of(recording, nucleus, neurons, rule)
    steps = np.rint(marks.times / recording.dt).astype(np.int64)
    since = np.diff(steps, prepend=0)
    first = np.diff(marks.rows, prepend=-1) > 0
    since[first] = steps[first]
    counts = np.bincount(marks.rows, minlength=neurons.size)
    return counts.astype(np.uint32), (4 * since + marks.kinds).astype(np.uint32)


def text_of(numbers: NDArray[np.uint32]) -> str:
    """Numbers as deflated bytes in base64, all first bytes before all second ones.

    >>> import base64
    >>> zlib.decompress(base64.b64decode(text_of(np.array([1, 0x203], np.uint32)))).hex()
    '0103000200000000'
    """
    planes = np.ascontiguousarray(numbers.astype("<u4")).view(np.uint8).reshape(-1, 4).T
    return b64encode(zlib.compress(planes.tobytes(), 6)).decode("ascii")
