"""What the cell does along a ladder of holding currents: writes `docs/tables/t_shift.md` and `docs/tables/slow_tonic.md`.

    python benchmarks/holding.py

`t_shift.md`: the modes of the cell of `modes` with less and less shift of its T current, down to none. `slow_tonic.md`: the
slowest tonic rates of that cell, alone and with the background, the noise and the amounts of the population's neurons.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lhb_model import config
from lhb_model.bursts import classify, find_bursts
from lhb_model.composition import compose_model
from lhb_model.findings.potentials import potentials
from lhb_model.recording import Recording
from lhb_model.simulate.simulate import simulate

TABLES = Path(__file__).parent.parent / "docs" / "tables"
SHIFTS = (3.634, 3, 2, 1, 0)  # mV
RATES = (2, 5, 10, 15)  # Hz, of the targets
NEAR = 0.1
"""A rate is reached by a level whose mean rate lies within this share of it."""
SEEDS = (1, 2, 3, 4, 5)
LEVELS = "nuclei.lhb.size=121"
LONG = ("protocol.duration=22 s", "traces={lhb: {cells: 121, start: 2 s, stop: 22 s, interval: 1 ms}}")
FROM_POPULATION = ("ambient_NMDA", "tau_NMDA", "tau_AMPA", "background_rate", "background_AMPA", "background_NMDA",
                   "sigma_noise", "tau_noise")  # fmt: skip


def ladder(*settings: str, seed: int = 1) -> Recording:
    """The cell of `modes` without drugs on its ladder of holding currents."""
    experiment = config.load("modes", [*settings, LEVELS])
    return simulate(compose_model(experiment, experiment.conditions[0]), seed, traces=True)


def trains(recording: Recording) -> tuple[list[np.ndarray], list[str]]:
    """Spike times in the analysis, and the class of each level."""
    span = recording.epochs["analysis"]
    found = recording.cut(*span).trains("lhb")
    return found, [classify(train, span) for train in found]


# the shift -----------------------------------------------------------------------------------------------------------


def shifts() -> Iterator[str]:
    """One row for each shift."""
    columns = "window of bursts (mV) | levels that burst | bursts a second | spikes a burst | tonic from (mV) | slowest rate (Hz)"
    yield f"| shift of the T current (mV) | {columns} |"
    yield "|---|---|---|---|---|---|---|"
    for shift in SHIFTS:
        recording = ladder(
            f"nuclei.lhb.parameters.T_shift={shift} mV",
            "traces={lhb: {cells: 121, start: 2 s, stop: 12 s, interval: 1 ms}}",
        )
        volts = 1e3 * np.array(list(potentials(recording).values()))
        found, classes = trains(recording)
        yield f"| {shift:.3g} | {' | '.join(_window(found, classes, volts, recording.epochs['analysis']))} |"


def _window(found: list[np.ndarray], classes: list[str], volts: np.ndarray, span: tuple[float, float]) -> list[str]:
    mode = np.array(classes)
    bursting, tonic = np.flatnonzero(mode == "bursting"), np.flatnonzero(mode == "tonic")
    rates = [found[level].size / (span[1] - span[0]) for level in tonic]
    slowest = [f"{volts[tonic].min():.1f}", f"{min(rates):.1f}"] if tonic.size else ["none", "none"]
    if not bursting.size:
        return ["none", f"0 of {mode.size}", "none", "none", *slowest]
    bursts = [find_bursts(found[level]) for level in bursting]
    frequency = [own.size / (span[1] - span[0]) for own in bursts]
    spikes = [own["spikes"].mean() for own in bursts]
    return [
        f"{volts[bursting].min():.1f} to {volts[bursting].max():.1f}",
        f"{bursting.size} of {mode.size}",
        f"{min(frequency):.1f} to {max(frequency):.1f}",
        f"{min(spikes):.1f} to {max(spikes):.1f}",
        *slowest,
    ]


# slow tonic firing ---------------------------------------------------------------------------------------------------


def slow_tonic() -> Iterator[str]:
    """The level that comes nearest to each wanted rate: of the cell alone, in the background, and with each group's amounts."""
    yield "| cell | wanted (Hz) | rate (Hz) | CV of intervals | spikes in bursts | potential (mV) | tonic in |"
    yield "|---|---|---|---|---|---|---|"
    gaps = []
    for name, (settings, seeds) in _cells().items():
        recordings = [ladder(*LONG, *settings, seed=seed) for seed in seeds]
        for wanted in RATES:
            yield f"| {name} | {wanted} | {_nearest(recordings, wanted)} |"
        gaps.append(f"{name} {_gap(recordings)}")
    yield ""
    yield f"Silent in some seed, of the levels from the first at which every seed fires: {'; '.join(gaps)}."


def _cells() -> dict[str, tuple[list[str], tuple[int, ...]]]:
    """The cell alone; in the background and noise of the population's neurons; and so with the amounts of each group of them."""
    sheet = config.load("ketamine").nuclei["lhb"]
    numbers = [f"nuclei.lhb.parameters.{name}={sheet.parameters[name].value.text}" for name in FROM_POPULATION]
    noisy = ["nuclei.lhb.mechanisms=[background, noise_current]", *numbers]
    assert sheet.rest is not None
    amounts = {name: p.value for name, p in config.load("modes").cell("lhb").parameters.items()}
    groups = {
        f"as group `{group.name}`": (
            noisy + [f"nuclei.lhb.parameters.{n}={1e9 * amounts[n] * f:.5g} nS" for n, f in group.factors.items()],
            SEEDS,
        )
        for group in sheet.rest.groups
    }
    return {"alone": ([], SEEDS[:1]), "in background": (noisy, SEEDS), **groups}


def _nearest(recordings: list[Recording], wanted: float) -> str:
    """The level that is tonic in most seeds among those near the wanted rate."""
    found, classes = zip(*map(trains, recordings), strict=True)
    span = np.diff(recordings[0].epochs["analysis"])[0]
    rates = np.array([[train.size / span for train in own] for own in found])
    tonic = np.array([[mode == "tonic" for mode in own] for own in classes])
    mean = rates.mean(axis=0)
    seeds = tonic.sum(axis=0)
    near = np.flatnonzero(np.abs(mean / wanted - 1) <= NEAR)
    # Where no level has the rate, the tonic one that comes nearest is shown.
    chosen = near[seeds[near] == seeds[near].max()] if near.size else np.flatnonzero(tonic.all(axis=0))
    level = chosen[np.abs(mean[chosen] - wanted).argmin()]
    volts = [1e3 * list(potentials(recording).values())[level] for recording in recordings]
    own = [trains_of[level] for trains_of in found]
    in_bursts = [_share_in_bursts(train) for train in own]
    cv = [_cv(train) for train in own]
    return (
        f"{_spread(rates[:, level])} | {np.nanmean(cv):.2f} | {100 * np.mean(in_bursts):.0f} % "
        f"| {np.mean(volts):.1f} | {seeds[level]} of {len(recordings)}"
    )


def _spread(rates: np.ndarray) -> str:
    """Mean and standard deviation over seeds."""
    return f"{rates.mean():.1f}" + (f" ± {rates.std(ddof=1):.1f}" if rates.size > 1 else "")


def _share_in_bursts(train: np.ndarray) -> float:
    return float(np.sum(find_bursts(train)["spikes"])) / max(train.size, 1)


def _cv(train: np.ndarray) -> float:
    gaps = np.diff(train)
    return float(gaps.std() / gaps.mean()) if gaps.size > 1 else float("nan")


def _gap(recordings: list[Recording]) -> str:
    """Levels that are silent in any seed above the first that fires in all."""
    classes = np.array([trains(recording)[1] for recording in recordings])
    first = np.flatnonzero((classes != "silent").all(axis=0))[0]
    return f"{(classes[:, first:] == 'silent').any(axis=0).sum()} of {classes.shape[1] - first}"


def main() -> None:
    """Write both tables."""
    for name, lines in {"t_shift": shifts, "slow_tonic": slow_tonic}.items():
        if name in (sys.argv[1:] or [name]):
            (TABLES / f"{name}.md").write_text("\n".join(lines()) + "\n")


if __name__ == "__main__":
    main()
