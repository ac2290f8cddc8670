"""Spike trains made by rule: the same spikes in bursts or one by one, together or not, to ask what the pattern itself does."""

import numpy as np

from lhb_model.model import Pattern, Replay

PATTERNS = {
    "bursting": Pattern("bursting", 1.0),
    "tonic": Pattern("tonic", 0.0),
    "silent": Pattern("silent", rate=0.0),
}

CROWDED = 3.0
"""Common times come this many times as often as a neuron's mean own ones, so that also fast neurons find enough of them."""
JITTER = 5e-3
"""How far (s) at most a neuron keeps from a common time, before or after: assumed."""


def replay_trains(replay: Replay, size: int, duration: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Trains of `size` neurons over `duration` seconds.

    A neuron that bursts draws its bursts by a gamma renewal process. One that does not spreads exactly as many spikes over the
    whole record, again by a gamma process; which neurons burst follows from the pattern's share, and those of a smaller
    share are among those of a larger one. Then a share of a neuron's bursts, or lone spikes, moves to times common to all.
    The same generator state gives the same counts for all patterns of a rate.

    >>> numbers = (5.0, 1.0, 0.5, 4, 170.0, 0.5)
    >>> one, two, three = (
    ...     replay_trains(Replay(pattern, *numbers), 3, 10.0, np.random.default_rng(1))
    ...     for pattern in (PATTERNS["tonic"], PATTERNS["bursting"], Pattern("together", 0.5, 1.0))
    ... )
    >>> [t.size for t in one] == [t.size for t in two] == [t.size for t in three]
    True
    """
    pattern, within = replay.pattern, np.arange(replay.spikes_per_burst) / replay.intra_burst_frequency
    mean = (replay.rate if pattern.rate is None else pattern.rate) / replay.active_share
    rates = mean * _lognormal(replay.rate_spread, size, rng)
    order, active = rng.permutation(size), round(replay.active_share * size)
    rates[order[active:]] = 0.0
    bursting = set(order[: round(pattern.burst_share * active)].tolist())
    streams, others = rng.spawn(2 * size), rng.spawn(size + 2)
    burst_times = _common(mean / within.size, replay.irregularity, within[-1] + _gap(replay), duration, others[-1])
    spike_times = _common(mean, replay.irregularity, 0.0, duration, others[-2])
    trains = []
    for neuron, rate in enumerate(rates):
        train = _bursting(replay, rate, duration, streams[2 * neuron])
        if neuron in bursting:
            onsets = _moved(
                train[:: within.size], pattern.synchrony, burst_times, within[-1] + _gap(replay), others[neuron]
            )
            train = (np.repeat(onsets, within.size) + np.tile(within, onsets.size))[: train.size]
        else:
            train = _tonic(train.size, replay.irregularity, duration, streams[2 * neuron + 1])
            train = _moved(train, pattern.synchrony, spike_times, 0.0, others[neuron])
        trains.append(np.sort(train))
    return trains


def _gap(replay: Replay) -> float:
    """Time (s) that keeps one burst from the next."""
    return 1 / replay.intra_burst_frequency


def _lognormal(spread: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Positive factors of mean 1."""
    return np.exp(spread * rng.standard_normal(size) - spread**2 / 2)


def _common(rate: float, irregularity: float, length: float, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Times common to all neurons, with room between them for events of a length (s)."""
    times = _renewal(CROWDED * rate, irregularity, duration, rng) if rate else np.empty(0)
    apart = length + 2 * JITTER
    times = times[(times > JITTER) & (times < duration - apart)]
    return times[np.diff(times, prepend=-np.inf) > apart]


def _moved(onsets: np.ndarray, share: float, common: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the onsets moved to common times, each to another one that keeps clear of those that stay.

    Where fewer common times are left than are asked for, the others stay. The last onset always stays: its burst may be cut
    off by the end of the record.
    """
    order = rng.permutation(max(onsets.size - 1, 0))[: round(share * onsets.size)]
    staying = np.delete(onsets, order)
    clear = np.abs(common[:, None] - staying).min(axis=1, initial=np.inf) > length + JITTER
    free = rng.permutation(common[clear])[: order.size]
    moved = onsets.copy()
    moved[order[: free.size]] = free + rng.uniform(-JITTER, JITTER, free.size)
    return moved


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
