"""What the neurons of a population do together: rate, spectrum, phase locking, spike-time tiling, synchrony.

Conventions: times in s, frequencies in Hz. Where nothing fired, rates and powers are 0 and all that asks how spikes lie is
NaN. Beside each mean stands the number of neurons or pairs behind it, since silent ones have no part in it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhb_model.bursts.checks import require_number
from lhb_model.bursts.train import TOLERANCE
from lhb_model.ensemble import THETA, Band, Ensemble, Floats, Ints, checked_band
from lhb_model.phase_locking import (
    FREQUENCIES,
    LEAST_SPIKES,
    PhaseLocking,
    pairwise_phase_consistency,
    phase_locking,
    phase_spectrum,
)

__all__ = [
    "FREQUENCIES",
    "LEAST_SPIKES",
    "THETA",
    "Band",
    "Ensemble",
    "Measure",
    "PhaseLocking",
    "Spectrum",
    "mean_tiling",
    "pairwise_phase_consistency",
    "phase_locking",
    "phase_spectrum",
    "population_measures",
    "population_rate",
    "spectrum",
    "synchrony",
    "tiling_coefficients",
]

RATE_BIN = 5e-3  # s
WINDOW = 2.0  # s, of a spectrum: resolves 0.5 Hz
TILING_WINDOW = 10e-3  # s
SYNCHRONY_BIN = 20e-3  # s: the longest interval that starts a burst of the LHb

_PEAK_CONFIDENCE = 0.95
_MOST_COUNTS = 4_000_000  # at once, in memory


class Measure(NamedTuple):
    """A measure of a population, its unit, and how many there are behind it (`of`: neurons or pairs)."""

    value: float
    unit: str
    n: int
    of: str = "neurons"


def population_measures(ensemble: Ensemble) -> dict[str, Measure]:
    """The measures of a population with the usual settings; each says how many neurons or pairs are behind it.

    >>> silent = population_measures(Ensemble.of([[], []], (0.0, 10.0)))
    >>> silent["population_rate"], silent["synchrony"]
    (Measure(value=0.0, unit='Hz', n=2, of='neurons'), Measure(value=nan, unit='1', n=0, of='neurons'))
    """
    power, size, active = spectrum(ensemble), ensemble.size, int(ensemble.active.size)
    consistency, locked = phase_locking(ensemble).mean()
    tiling, pairs = mean_tiling(ensemble)
    rate = ensemble.times.size / ensemble.duration / size if size else np.nan
    return {
        "population_rate": Measure(rate, "Hz", size),
        "theta_power": Measure(power.power(THETA), "Hz^2", size),
        "theta_over_floor": Measure(power.over_floor(THETA), "1", active),
        "theta_peak_frequency": Measure(power.peak(THETA), "Hz", active),
        "theta_phase_consistency": Measure(float(consistency[0]), "1", int(locked[0])),
        "spike_time_tiling": Measure(tiling, "1", pairs, "pairs"),
        "synchrony": Measure(synchrony(ensemble), "1", active),
    }


# rate and spectrum ---------------------------------------------------------------------------------------------------


def population_rate(ensemble: Ensemble, width: float = RATE_BIN) -> Floats:
    """Spikes per neuron and second in bins of `width` s, shape (whole bins,); NaN without neurons.

    >>> population_rate(Ensemble.of([[0.1, 0.15], [0.9]], (0.0, 1.0)), width=0.5).tolist()
    [2.0, 1.0]
    """
    bins, number = ensemble.bins(width), ensemble.whole_bins(width)
    counts = np.bincount(bins[bins < number], minlength=number)
    return counts / (ensemble.size * width) if ensemble.size else np.full(number, np.nan)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power of a population rate: one-sided `density` (Hz^2/Hz) at `frequencies` (Hz), averaged over `windows`.

    `floor` is the density that the same neurons would have if each fired as it did but independently of the others: the
    sum of their own spectra over the square of their number. It holds the power of bursts and of regular firing, so that
    what exceeds it is shared by neurons. `poisson` is the density 2 r/N of N Poisson neurons of the same mean rate r.
    """

    frequencies: Floats
    density: Floats
    floor: Floats
    poisson: float
    windows: int

    def power(self, band: Band = THETA) -> float:
        """Power within a band (Hz^2), by the trapezoidal rule; NaN if the record is shorter than a window.

        A rate modulated by `a` Hz at a frequency within the band has a**2/2 more than one that is not.
        """
        return _integral(self, self.density, band)

    def over_floor(self, band: Band = THETA) -> float:
        """Power within a band relative to the floor's: 1 for independent neurons, N for equal ones; NaN if silent."""
        floor = _integral(self, self.floor, band)
        return self.power(band) / floor if floor > 0 else np.nan

    def peak(self, band: Band = THETA) -> float:
        """Frequency of the band's highest density (Hz), between the samples by a parabola; NaN without a peak.

        A peak is higher than both neighbours, so that a mere slope has none, and higher than independent neurons reach
        anywhere in the band in 95 % of records.
        """
        inside = np.flatnonzero(_within(self, band))
        inside = inside[(inside > 0) & (inside < self.density.size - 1)]
        if not self.windows or not inside.size:
            return np.nan
        best = inside[np.argmax(self.density[inside])]
        before, top, after = self.density[best - 1 : best + 2]
        if top <= max(before, after, self.floor[best] * _chance_factor(self.windows, inside.size)):
            return np.nan
        before, top, after = np.log(np.maximum([before, top, after], np.finfo(float).tiny))
        offset = (before - after) / (before - 2 * top + after) / 2
        return float(self.frequencies[best] + offset * self.frequencies[1])


def spectrum(ensemble: Ensemble, window: float = WINDOW, width: float = RATE_BIN, with_floor: bool = True) -> Spectrum:
    """Spectrum of the population rate in bins of `width` s by Welch's method, with the floor of independent neurons.

    Hann windows of `window` s, half overlapping, each without its mean. A record shorter than a window has NaN. The floor
    takes a spectrum of every neuron; it is NaN if not wanted.
    """
    require_number("window", window, "seconds above 0", above=0)
    samples, number = round(window / width), ensemble.whole_bins(width)
    frequencies = np.arange(samples // 2 + 1) / (samples * width)
    rate = ensemble.times.size / ensemble.duration / ensemble.size if ensemble.size else np.nan
    poisson = 2 * rate / ensemble.size if ensemble.size else np.nan
    if number < samples or not ensemble.size:
        nothing = np.full(frequencies.size, np.nan)
        return Spectrum(frequencies, nothing, nothing, poisson, 0)
    density = _welch(population_rate(ensemble, width), samples, width)
    windows = 1 + (number - samples) // (samples - samples // 2)
    floor = _floor(ensemble, samples, width) if with_floor else np.full(frequencies.size, np.nan)
    return Spectrum(frequencies, density, floor, poisson, windows)


def _welch(rates: Floats, samples: int, width: float) -> Floats:
    from scipy.signal import welch

    return np.asarray(welch(rates, fs=1 / width, nperseg=samples)[1])


def _floor(ensemble: Ensemble, samples: int, width: float) -> Floats:
    """The neurons' own spectra, summed, over the square of their number."""
    bins, number = ensemble.bins(width), ensemble.whole_bins(width)
    total = np.zeros(samples // 2 + 1)
    at_once = min(max(_MOST_COUNTS // number, 1), ensemble.size)
    for first in range(0, ensemble.size, at_once):
        own = slice(*np.searchsorted(ensemble.neurons, (first, first + at_once)))
        # The last, broken bin is counted and left out.
        places = (ensemble.neurons[own] - first) * (number + 1) + np.minimum(bins[own], number)
        counts = np.bincount(places, minlength=at_once * (number + 1)).reshape(at_once, number + 1)[:, :number]
        total += _welch(counts / width, samples, width).sum(axis=0)
    return total / ensemble.size**2


def _within(power: Spectrum, band: Band) -> NDArray[np.bool_]:
    low, high = checked_band(band)
    return (power.frequencies >= low) & (power.frequencies <= high)


def _integral(power: Spectrum, density: Floats, band: Band) -> float:
    from scipy.integrate import trapezoid

    inside = _within(power, band)
    return float(trapezoid(density[inside], power.frequencies[inside]))


def _chance_factor(windows: int, frequencies: int) -> float:
    """How far above its mean the highest of some densities lies in 95 % of noise records, as chi-squared variables."""
    from scipy.stats import chi2

    # Half-overlapping Hann windows: the squared correlation of neighbours is 1/36 (Welch 1967).
    freedom = 2 * windows / (1 + (windows - 1) / windows / 18)
    return float(chi2.ppf(_PEAK_CONFIDENCE ** (1 / frequencies), freedom) / freedom)


# pairs of neurons ----------------------------------------------------------------------------------------------------


def tiling_coefficients(ensemble: Ensemble, window: float = TILING_WINDOW) -> Floats:
    """Spike-time tiling coefficient of every two neurons, shape (neurons, neurons); Cutts & Eglen (2014).

    With P_A the share of A's spikes within `window` s of a spike of B, and T_B the share of the record within `window` of
    a spike of B: the mean of (P_A - T_B)/(1 - P_A T_B) and the same with A and B exchanged. 0 if unrelated, 1 if every
    spike has a partner, and hardly dependent on rates. A spike exactly `window` away is within; 0/0 (a neuron whose
    windows fill the record) is 1, as in the authors' program. NaN for neurons without spikes.

    >>> ensemble = Ensemble.of([[1.0, 2.0, 3.0, 4.0], [1.01, 2.01, 3.01, 4.01], []], (0.0, 5.0))
    >>> tiling_coefficients(ensemble).round(3).tolist()
    [[1.0, 1.0, nan], [1.0, 1.0, nan], [nan, nan, nan]]
    """
    require_number("tiling window", window, "seconds above 0", above=0)
    tiled, near = _tiled(ensemble, window)
    share = near / np.where(ensemble.counts > 0, ensemble.counts, np.nan)[:, np.newaxis]
    rest = 1 - share * tiled
    filled = rest < 1e-12
    half = np.where(filled, 1.0, (share - tiled) / np.where(filled, 1.0, rest))
    return (half + half.T) / 2


def mean_tiling(ensemble: Ensemble, window: float = TILING_WINDOW) -> tuple[float, int]:
    """Mean tiling coefficient over all pairs of neurons that fired, and the number of pairs; NaN without pairs."""
    coefficients = tiling_coefficients(ensemble, window)[np.ix_(ensemble.active, ensemble.active)]
    pairs = coefficients[np.triu_indices(len(coefficients), 1)]
    return (float(pairs.mean()), pairs.size) if pairs.size else (np.nan, 0)


def _tiled(ensemble: Ensemble, window: float) -> tuple[Floats, Ints]:
    """Share of the record near a spike of each neuron; and [a, b], the number of spikes of a near one of b."""
    times, neurons = ensemble.times, ensemble.neurons
    apart = (np.diff(times) > 2 * (window + TOLERANCE)) | (np.diff(neurons) > 0)
    # Each neuron's windows, joined where they overlap.
    opening, closing = np.append(True, apart)[: times.size], np.append(apart, True)[: times.size]
    begin, end, owner = times[opening] - window, times[closing] + window, neurons[opening]
    lengths = np.minimum(end, ensemble.span[1]) - np.maximum(begin, ensemble.span[0])
    tiled = np.bincount(owner, weights=lengths, minlength=ensemble.size) / ensemble.duration
    order = np.argsort(times, kind="stable")
    firing = neurons[order]
    first = np.searchsorted(times[order], begin - TOLERANCE, "left")
    stop = np.searchsorted(times[order], end + TOLERANCE, "right")
    near = np.zeros((ensemble.size, ensemble.size), np.int64)
    for neuron in ensemble.active:
        own = slice(*np.searchsorted(owner, (neuron, neuron + 1)))
        inside = firing[_ranges(first[own], stop[own])]
        near[:, neuron] = np.bincount(inside, minlength=ensemble.size)
    return tiled, near


def _ranges(first: Ints, stop: Ints) -> Ints:
    """The whole numbers from each first up to, but not including, its stop, one range after the other."""
    lengths = stop - first
    return np.arange(lengths.sum()) + np.repeat(first - np.cumsum(lengths) + lengths, lengths)


def synchrony(ensemble: Ensemble, width: float = SYNCHRONY_BIN) -> float:
    """Mean covariance of two neurons' spike counts, in bins of `width` s, over the mean variance of one neuron's.

    0 for independent neurons and 1 for equal ones, whatever their number n; only neurons that fired count. With the chi of
    Golomb & Rinzel (1994), chi**2 = (1 + (n - 1) * synchrony)/n. NaN below two neurons, or if counts never vary.

    >>> beats = [0.1, 0.5, 0.9]
    >>> round(synchrony(Ensemble.of([beats, beats, []], (0.0, 1.0))), 6)
    1.0
    """
    bins, number = ensemble.bins(width), ensemble.whole_bins(width)
    whole = bins < number
    cells, counts = np.unique(ensemble.neurons[whole] * number + bins[whole], return_counts=True)
    squares = np.bincount(cells // max(number, 1), weights=counts**2, minlength=ensemble.size)
    sums = np.bincount(cells // max(number, 1), weights=counts, minlength=ensemble.size)
    n, own = np.count_nonzero(sums), float((squares / max(number, 1) - (sums / max(number, 1)) ** 2).sum())
    if n < 2 or own <= 0:
        return np.nan
    return float((np.bincount(bins[whole], minlength=number).var() / own - 1) / (n - 1))
