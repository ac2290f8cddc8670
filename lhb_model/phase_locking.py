"""Phases of the population at each neuron's spikes, and how consistent they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhb_model.ensemble import THETA, Band, Ensemble, Floats, Ints, checked_band

BIN = 1e-3  # s: 1/15 of the cycle of the fastest frequency by default
FREQUENCIES = tuple(2.0 * 2 ** (step / 5) for step in range(26))
"""Of a spectrum of phase consistency (Hz): 2 to 64, five in an octave."""

RELATIVE_WIDTH = 0.4  # of those frequencies' bands: five cycles
LEAST_SPIKES = 10  # of a neuron that counts in a mean

# A sum of wavelets smaller than that is rounding: no other neuron fired nearby.
_NOTHING = 1e-6


def pairwise_phase_consistency(phases: ArrayLike) -> float:
    """Mean cosine of the difference between two phases (rad), over all pairs; Vinck et al. (2010).

    Its expectation is the squared length of the mean vector of the phases' distribution, whatever their number: 0 where
    phases are uniform. Below two phases, NaN.

    >>> pairwise_phase_consistency([0.3, 0.3, 0.3]), round(pairwise_phase_consistency([0.0, np.pi]), 6)
    (1.0, -1.0)
    """
    units = np.exp(1j * np.asarray(phases, np.float64))
    n = units.size
    return float((np.abs(units.sum()) ** 2 - n) / (n * (n - 1))) if n > 1 else np.nan


@dataclass(frozen=True, eq=False)
class PhaseLocking:
    """Phase consistency of each neuron with the others in each band: `ppc` and `spikes`, shape (neurons, bands).

    `spikes` counts those that have a phase: not those near the edges of the record, nor those with no other neuron's spike
    nearby. `ppc` is NaN where no two of them can be compared.
    """

    bands: tuple[Band, ...]
    ppc: Floats
    spikes: Ints

    @property
    def frequencies(self) -> Floats:
        """Middle of each band (Hz)."""
        return np.array([(low + high) / 2 for low, high in self.bands])

    def mean(self, least_spikes: int = LEAST_SPIKES) -> tuple[Floats, Ints]:
        """Mean over the neurons with at least `least_spikes` spikes, and their number, for each band."""
        counted = (self.spikes >= least_spikes) & np.isfinite(self.ppc)
        n = counted.sum(axis=0)
        total = np.where(counted, self.ppc, 0.0).sum(axis=0)
        return np.where(n > 0, total / np.maximum(n, 1), np.nan), n


def phase_locking(ensemble: Ensemble, bands: Sequence[Band] = (THETA,), near_pairs: bool = False) -> PhaseLocking:
    """How consistent the phases are at which each neuron fires in the rate of all other neurons.

    The phase at a spike is that of the other neurons' spikes (in bins of 1 ms, the cell itself left out) under a complex
    wavelet around it: a Hann window of length 2/(high - low), whose response is 1 in the middle of the band, 1/2 at its
    edges and 0 at 0 Hz. Spikes less than half a window from the edges of the record have none.

    Two spikes closer than a window share what their phases were read from, so that a burst agrees with itself and a
    bursting neuron seems locked to neurons that it knows nothing of. As Vinck et al. (2012) leave out pairs within a trial,
    such pairs are left out; with `near_pairs` all count, as in Vinck et al. (2010).

    The consistency does not depend on the neuron's own number of spikes. It does depend on the others': few spikes make a
    noisy rate, whose phase agrees less. Compare conditions over as many neurons, and look at their rates.

    >>> beats = [beat / 7 + late for beat in range(70) for late in (0.0, 0.004)]
    >>> together = phase_locking(Ensemble.of([beats, beats, []], (0.0, 10.0)))
    >>> together.ppc.round(1).tolist()
    [[1.0], [1.0], [nan]]
    """
    checked_bands = tuple(checked_band(band) for band in bands)
    found = [_locking(ensemble, _wavelet(band), near_pairs) for band in checked_bands]
    shape = (ensemble.size, len(checked_bands))
    ppc = np.array([values for values, _ in found], np.float64).reshape(shape[::-1]).T
    return PhaseLocking(checked_bands, ppc, np.array([n for _, n in found], np.int64).reshape(shape[::-1]).T)


def phase_spectrum(ensemble: Ensemble, frequencies: Sequence[float] = FREQUENCIES) -> PhaseLocking:
    """Phase consistency around each of the frequencies (Hz), in wavelets of five cycles."""
    half = RELATIVE_WIDTH / 2
    return phase_locking(ensemble, [((1 - half) * middle, (1 + half) * middle) for middle in frequencies])


def _wavelet(band: Band) -> NDArray[np.complex128]:
    """An odd number of samples, one in each bin of 1 ms, the middle one at lag 0."""
    low, high = band
    half = max(round(1 / (high - low) / BIN), 1)
    lags = np.arange(-half, half + 1)
    hann = 0.5 + 0.5 * np.cos(np.pi * lags / half)
    wave = hann * np.exp(-1j * np.pi * (low + high) * BIN * lags)
    # Else a steady rate, or silence, would have a phase.
    return np.asarray(wave - hann * wave.sum() / hann.sum())


def _locking(ensemble: Ensemble, wavelet: NDArray[np.complex128], near_pairs: bool) -> tuple[Floats, Ints]:
    """Phase consistency of each neuron, and the number of its spikes that have a phase."""
    half, bins = wavelet.size // 2, ensemble.bins(BIN)
    # Bins in one sequence, with room between neurons that no wavelet spans.
    places = ensemble.neurons * (ensemble.whole_bins(BIN) + 2 * wavelet.size) + bins
    vectors = _unit_vectors(_others(ensemble, bins, places, wavelet))
    vectors[(bins < half) | (bins >= ensemble.whole_bins(BIN) - half)] = 0
    n = _sums(ensemble, np.abs(vectors)).round().astype(np.int64)
    agreement = _sums(ensemble, vectors.real) ** 2 + _sums(ensemble, vectors.imag) ** 2 - n
    pairs = (n * (n - 1)).astype(np.float64)
    if not near_pairs:
        near_agreement, near = _near_pairs(vectors, places, 2 * half)
        agreement -= 2 * _sums(ensemble, near_agreement)
        pairs -= 2 * _sums(ensemble, near)
    return np.where(pairs > 0, agreement / np.maximum(pairs, 1), np.nan), n


def _others(ensemble: Ensemble, bins: Ints, places: Ints, wavelet: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The other neurons' spikes around each spike, weighted with the wavelet."""
    from scipy.signal import oaconvolve

    if not bins.size:
        return np.empty(0, np.complex128)
    half = wavelet.size // 2
    counts = np.pad(np.bincount(bins).astype(np.float64), half)
    # Correlating is convolving with the reversed wavelet; the spike itself is no other's.
    around = oaconvolve(counts, wavelet[::-1], mode="valid")[bins] - wavelet[half]
    for first, second, lag in _neighbours(places, half):
        around[first] -= wavelet[half + lag]
        around[second] -= wavelet[half - lag]
    return np.asarray(around)


def _unit_vectors(vectors: NDArray[np.complex128]) -> NDArray[np.complex128]:
    lengths = np.abs(vectors)
    return np.where(lengths > _NOTHING, vectors / np.maximum(lengths, _NOTHING), 0)


def _near_pairs(vectors: NDArray[np.complex128], places: Ints, most: int) -> tuple[Floats, Floats]:
    """For each spike the cosines to later ones of the neuron at most `most` bins away, summed; and their number."""
    cosines, number = np.zeros(places.size), np.zeros(places.size)
    for first, second, _ in _neighbours(places, most):
        cosines[first] += (vectors[first] * vectors[second].conj()).real
        number[first] += (vectors[first] != 0) & (vectors[second] != 0)
    return cosines, number


def _neighbours(places: Ints, most: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Pairs of spikes at most `most` bins apart and their distance: with the next spike, the one after that, ...

    No spike stands twice among the first, or the second, of what one step yields.
    """
    first, step = np.arange(places.size), 1
    while first.size:
        first = first[first + step < places.size]
        lags = places[first + step] - places[first]
        first, lags = first[lags <= most], lags[lags <= most]
        yield first, first + step, lags
        step += 1


def _sums(ensemble: Ensemble, values: Floats) -> Floats:
    """Over the spikes of each neuron."""
    return np.bincount(ensemble.neurons, weights=values, minlength=ensemble.size).astype(np.float64)
