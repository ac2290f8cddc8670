"""Figures of synthetic recordings with planted bursts: each must show what was planted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lhb_model.bursts import class_of, neuron_statistics
from lhb_model.recording import Recording, SpikeTrains, Trace

DT = 1e-4
SIZES = {"lhb": 200, "rmtg": 50, "vta_da": 40, "drn_5ht": 40, "drn_gaba": 30}
RATES = {"rmtg": 18.0, "vta_da": 4.5, "drn_5ht": 1.5, "drn_gaba": 12.0}
CONDITIONS = {"control": 0.07, "depressed": 0.26, "ketamine": 0.06}
"""Share of bursting LHb neurons."""
SILENT = 0.45


@dataclass(frozen=True)
class World:
    """Spike times that are known to lie in bursts, or not, and the recording that holds them all."""

    recording: Recording
    in_bursts: np.ndarray
    others: np.ndarray


def burst_train(rng: np.random.Generator, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Steps of planted bursts (3-6 spikes 6-14 ms apart), one or two a second, and of lone spikes between."""
    bursts, lone = [], []
    time = rng.uniform(0.05, 1.0)
    while time < duration - 0.5:
        intervals = rng.integers(60, 140, rng.integers(2, 6))
        bursts.append(int(time / DT) + np.concatenate([[0], np.cumsum(intervals)]))
        if rng.random() < 0.3:
            lone.append(bursts[-1][-1] + int(0.2 / DT))
        time += rng.uniform(0.5, 1.2)
    return np.concatenate([np.empty(0, int), *bursts]).astype(int), np.array(lone, int)


def tonic_train(rng: np.random.Generator, rate: float, duration: float) -> np.ndarray:
    """Steps of irregular spikes, never within 30 ms of each other."""
    intervals = 0.03 + rng.gamma(2.0, max(1 / rate - 0.03, 0.005) / 2, int(3 * rate * duration) + 5)
    times = np.cumsum(intervals) - rng.uniform(0, 1 / rate)
    return (times[(times > 0) & (times < duration)] / DT).astype(int)


def trains_of(trains: list[np.ndarray]) -> SpikeTrains:
    steps = np.concatenate([np.empty(0, int), *trains]).astype(np.int64)
    neurons = np.repeat(np.arange(len(trains)), [train.size for train in trains]).astype(np.int32)
    order = np.lexsort((neurons, steps))
    return SpikeTrains(steps[order], neurons[order], len(trains))


def world(
    bursting: float = 0.25, seed: int = 1, duration: float = 6.0, traced: tuple[float, float] | None = None
) -> World:
    """One recording of all nuclei; the same seed has the same neurons, the likeliest bursters first."""
    rng = np.random.default_rng(seed)
    roles = rng.random(SIZES["lhb"])
    trains, in_bursts, others = [], [], []
    for role in roles:
        own = np.random.default_rng(rng.integers(2**32))
        bursts, lone = np.empty(0, int), np.empty(0, int)
        if role < bursting:
            bursts, lone = burst_train(own, duration)
        elif role < 1 - SILENT:
            lone = tonic_train(own, own.uniform(2, 15), duration)
        trains.append(np.sort(np.concatenate([bursts, lone])))
        in_bursts.append(bursts)
        others.append(lone)
    spikes = {"lhb": trains_of(trains)}
    for nucleus, rate in RATES.items():
        factor = 1 - bursting if nucleus in ("vta_da", "drn_5ht") else 1 + bursting
        spikes[nucleus] = trains_of([tonic_train(rng, factor * rate, duration) for _ in range(SIZES[nucleus])])
    kept = [] if traced is None else [voltage(spikes["lhb"], roles, rng, traced)]
    recording = Recording(DT, duration, spikes, {}, kept, {}, {"seed": seed})
    return World(recording, np.concatenate(in_bursts) * DT, np.concatenate(others) * DT)


def voltage(spikes: SpikeTrains, roles: np.ndarray, rng: np.random.Generator, span: tuple[float, float]) -> Trace:
    """Potentials of 40 neurons: noise around a rest, with a spike of 1 ms wherever one was planted."""
    neurons = np.arange(40)
    times = np.arange(*span, DT)
    values = np.empty((times.size, neurons.size), np.float32)
    for column, neuron in enumerate(neurons):
        slow = np.convolve(rng.normal(0, 1, times.size), np.ones(300) / 300, "same")
        potential = -0.062 + 0.02 * slow - 0.008 * (roles[neuron] > 1 - SILENT)
        for step in spikes.steps[spikes.neurons == neuron]:
            near = np.abs(times - step * DT) < 3e-3
            phase = (times[near] - step * DT) / 4e-4
            potential[near] += 0.095 * np.exp(-(phase**2)) - 0.012 * np.exp(-((phase - 3) ** 2) / 4)
        values[:, column] = potential
    return Trace("lhb", "v", "V", neurons, span[0], DT, values)


def neuron_rows(condition: str, recording: Recording) -> Iterator[dict]:
    span = recording.observed
    for nucleus in recording.spikes:
        for neuron, times in enumerate(recording.trains(nucleus)):
            kind = class_of(neuron_statistics(times, span))
            place = {"condition": condition, "seed": recording.provenance["seed"], "nucleus": nucleus}
            yield {**place, "neuron": neuron, "class": kind}


def table_of(means: dict[str, dict[tuple[str, str, str], float]], seeds: int = 6) -> pd.DataFrame:
    """Tidy rows around the given means: condition -> (nucleus, measure, unit) -> mean."""
    rng = np.random.default_rng(0)
    network = rng.normal(1, 0.08, seeds)
    rows = [
        (condition, seed, nucleus, measure, mean * network[seed] * rng.normal(1, 0.06), unit)
        for condition, given in means.items()
        for (nucleus, measure, unit), mean in given.items()
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["condition", "seed", "nucleus", "measure", "value", "unit"])


def means_at(bursting: float) -> dict[tuple[str, str, str], float]:
    return {
        ("lhb", "bursting_share", "1"): bursting,
        ("lhb", "burst_rate", "Hz"): 1.3 * bursting,
        ("lhb", "silent_share", "1"): 0.5 - 0.3 * bursting,
        ("lhb", "theta_power", "Hz^2"): 0.2 + bursting**2,
        ("lhb", "rate", "Hz"): 3 + 4 * bursting,
        ("vta_da", "rate", "Hz"): 5 - 6 * bursting,
        ("drn_5ht", "rate", "Hz"): 1.5 - 2 * bursting,
        ("vta_da", "dopamine", "nM"): 80 - 120 * bursting,
        ("drn_5ht", "serotonin", "nM"): 12 - 20 * bursting,
        ("vta_da", "reward_inhibition", "1"): 0.1 + bursting,
    }
