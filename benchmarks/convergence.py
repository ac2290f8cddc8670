"""How far the time step moves the results: writes `docs/tables/convergence.md` and `docs/tables/neuron.md`.

    python benchmarks/convergence.py

The cell on the ladder of holding currents of `modes`, at the default step and at a quarter of it: burst frequency, spikes
per burst and intra-burst frequency of bursting cells, rate of tonic ones. Then the first burst against NEURON (extra `bench`).
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import neuron_check
from lhb_model import config
from lhb_model.bursts import classify, find_bursts, neuron_statistics
from lhb_model.composition import compose_model
from lhb_model.simulate.simulate import simulate

TABLES = Path(__file__).parent.parent / "docs" / "tables"
STEPS = (50e-6, 12.5e-6)
DURATION = 32.0
"""Simulated time (s), longer than that of `modes`: a mean over more bursts."""
QUANTITIES = {
    "burst frequency": "Hz",
    "spikes per burst": "1",
    "intra-burst frequency": "Hz",
    "tonic rate": "Hz",
}


def ladder(dt: float) -> list[dict[str, float]]:
    """For each holding current, the quantities of the mode that it leads to; none where the cell is silent."""
    experiment = config.load(
        "modes", [f"protocol.dt={1e3 * dt:g} ms", f"protocol.duration={DURATION:g} s", "traces={}"]
    )
    recording = simulate(compose_model(experiment, experiment.condition("control")), 1)
    span = recording.epochs["analysis"]
    return [quantities(train, span) for train in recording.cut(*span).trains("lhb")]


def quantities(train: np.ndarray, span: tuple[float, float]) -> dict[str, float]:
    """Frequencies by the mean time from event to event, which no end of the record cuts off."""
    mode = classify(train, span)
    if mode == "silent":
        return {}
    if mode == "tonic":
        return {"tonic rate": 1 / np.diff(train).mean()}
    bursts, found = find_bursts(train), neuron_statistics(train, span)
    return {
        "burst frequency": 1 / np.diff(bursts["start"]).mean(),
        "spikes per burst": found["spikes_per_burst"],
        "intra-burst frequency": found["intra_burst_frequency"],
    }


def modes(cells: list[dict[str, float]]) -> list[str]:
    """What each cell does."""
    return ["silent" if not found else "tonic" if "tonic rate" in found else "bursting" for found in cells]


def convergence() -> Iterator[str]:
    """The table of one cell's modes."""
    default, quarter = (ladder(dt) for dt in STEPS)
    same = [here == there for here, there in zip(modes(default), modes(quarter), strict=True)]
    yield f"| mean over cells | cells | {' | '.join(f'{1e3 * dt:g} ms' for dt in STEPS)} | change | largest in one cell |"
    yield "|---|---|---|---|---|---|"
    for name, unit in QUANTITIES.items():
        pairs = np.array(
            [(a[name], b[name]) for a, b, kept in zip(default, quarter, same, strict=True) if kept and name in a]
        )
        coarse, fine = pairs.mean(axis=0)
        changes = 100 * (pairs[:, 0] / pairs[:, 1] - 1)
        shown = name if unit == "1" else f"{name} ({unit})"
        yield (
            f"| {shown} | {len(pairs)} | {coarse:.4g} | {fine:.4g} | {100 * (coarse / fine - 1):+.2f} % "
            f"| {changes[np.abs(changes).argmax()]:+.2f} % |"
        )
    silent = [not a for a, kept in zip(default, same, strict=True) if kept]
    yield f"| spikes of silent cells | {sum(silent)} | 0 | 0 | none | none |"
    yield ""
    yield f"Cells whose mode changes with the step: {len(same) - sum(same)} of {len(same)}."


def against_neuron() -> Iterator[str]:
    """The table of the first burst."""
    yield "| step (ms) | first burst here (ms) | in NEURON (ms) | largest difference (ms) | mean abs. dV below -50 mV (mV) |"
    yield "|---|---|---|---|---|"
    for dt in (50e-6, 25e-6, 12.5e-6):
        found = neuron_check.check(neuron_check.model_at(dt))
        here, there = (", ".join(f"{1e3 * t:.3f}" for t in times) for times in (found.here, found.neuron))
        yield f"| {1e3 * dt:g} | {here} | {there} | {1e3 * found.latest:.4f} | {1e3 * found.below:.4f} |"


def main() -> None:
    """Write and print the tables."""
    tables = {"convergence": convergence}
    if find_spec("neuron"):
        tables["neuron"] = against_neuron
    TABLES.mkdir(exist_ok=True)
    for name, make in tables.items():
        text = "\n".join(make()) + "\n"
        (TABLES / f"{name}.md").write_text(text)
        print(text)


if __name__ == "__main__":
    main()
