"""Spike trains made by rule: the same spikes in bursts or one by one, to ask what the pattern itself does downstream."""

import numpy as np

from lhb_model.model import Replay

PATTERNS = ("bursting", "tonic", "silent")


def replay_trains(replay: Replay, size: int, duration: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Trains of `size` neurons over `duration` seconds.

    "bursting" draws bursts by a gamma renewal process; "tonic" spreads exactly the same number of spikes of each neuron
    over the whole record, again by a gamma process; "silent" has none. The same generator state gives the same counts for
    both patterns.

    >>> replay = Replay("tonic", 5.0, 1.0, 0.5, 4, 170.0, 0.5)
    >>> burst = Replay("bursting", 5.0, 1.0, 0.5, 4, 170.0, 0.5)
    >>> one, two = (replay_trains(r, 3, 10.0, np.random.default_rng(1)) for r in (replay, burst))
    >>> [t.size for t in one] == [t.size for t in two]
    True
    """
    rates = replay.rate / replay.active_share * _lognormal(replay.rate_spread, size, rng)
    rates[rng.permutation(size)[round(replay.active_share * size) :]] = 0.0
    streams = rng.spawn(2 * size)
    trains = []
    for neuron, rate in enumerate(rates):
        train = _bursting(replay, rate, duration, streams[2 * neuron])
        if replay.pattern == "tonic":
            train = _tonic(train.size, replay.irregularity, duration, streams[2 * neuron + 1])
        trains.append(train if replay.pattern != "silent" else train[:0])
    return trains


def _lognormal(spread: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Positive factors of mean 1."""
    return np.exp(spread * rng.standard_normal(size) - spread**2 / 2)


def _bursting(replay: Replay, rate: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    if rate == 0:
        return np.empty(0)
    onsets = _renewal(rate / replay.spikes_per_burst, replay.irregularity, duration, rng)
    within = np.arange(replay.spikes_per_burst) / replay.intra_burst_frequency
    onsets = onsets[np.diff(onsets, prepend=-np.inf) > within[-1] + 1 / replay.intra_burst_frequency]
    spikes = (onsets[:, None] + within).ravel()
    return spikes[spikes < duration]


def _tonic(count: int, irregularity: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    """`count` spikes whose intervals are gamma with the given coefficient of variation, filling the record."""
    intervals = rng.gamma(1 / irregularity**2, size=count + 1)
    intervals[0] *= rng.uniform()
    return np.cumsum(intervals)[:count] / intervals.sum() * duration


def _renewal(rate: float, irregularity: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Event times of a gamma renewal process from a random phase."""
    shape = 1 / irregularity**2
    number = int(rate * duration * 2 + 20 / irregularity)
    intervals = rng.gamma(shape, 1 / (rate * shape), number)
    intervals[0] *= rng.uniform()
    times = np.cumsum(intervals)
    return times[times < duration]
