"""CMA: the limit on intervals is read off the cumulative moving average of their histogram."""

from dataclasses import dataclass

import numpy as np

from lhb_model.bursts.checks import require_count
from lhb_model.bursts.max_interval import MaxInterval
from lhb_model.bursts.train import NOTHING, FloatArray, Found, Train

BINS = 1000
BIN_TIE = 1e-6
SKEWNESS_STEPS = (1.0, 4.0, 9.0)
SHARES_OF_PEAK = (1.0, 0.7, 0.5, 0.3)


@dataclass(frozen=True)
class CMA:
    """Burst cores: chains of intervals within a limit that the histogram of the intervals gives.

    The mean of the histogram's bins 1..k, as a curve over k, peaks and then falls. The limit is the middle
    of the bin, at or after the peak, where the curve is nearest to a share of its peak: 1, 0.7, 0.5 or 0.3
    for a skewness of the curve below 1, below 4, below 9 or above. A train of one interval throughout has
    no bursts.

    Source: Kapucu et al. (2012), cores only (no burst-related spikes), read as in the R code of Cotterill
    et al. (2016): the skewness is that of the curve, not of the intervals, and a bin is 1/1000 of the range
    of the intervals, so that the unit of time does not matter.

    >>> CMA()
    CMA(min_spikes=3)
    """

    min_spikes: int = 3

    def __post_init__(self) -> None:
        require_count("min_spikes", self.min_spikes, 2)

    def find(self, train: Train) -> Found:
        """The bursts of a checked train."""
        intervals = train.intervals
        # Intervals that differ only by rounding have no histogram to speak of.
        if intervals.size < 2 or train.at_most(intervals, float(intervals.min())).all():
            return NOTHING
        limit = _limit(intervals, train.resolution)
        return MaxInterval(limit, limit, min_spikes=self.min_spikes).find(train)


def _limit(intervals: FloatArray, resolution: float) -> float:
    spread = float(np.ptp(intervals))
    width = spread / BINS
    # Of a nearly regular train the bins are so fine that the rounding of spike times moves intervals across their edges.
    tie = min(max(BIN_TIE, (1 + float(intervals.max()) / spread) * resolution / width), 0.5)
    bins = np.maximum(np.ceil(intervals / width - tie), 1).astype(np.int64)
    empty = int(bins.min()) - 1
    counts = np.bincount(bins - bins.min(), minlength=int(intervals.max() / width + 1 + tie) - empty)
    curve = np.cumsum(counts) / np.arange(empty + 1, empty + 1 + counts.size)
    share = SHARES_OF_PEAK[np.searchsorted(SKEWNESS_STEPS, _skewness(curve, empty), side="right")]
    peak = int(np.argmax(curve))
    nearest = peak + int(np.argmin(np.abs(curve[peak:] - share * curve[peak])))
    return (empty + nearest + 0.5) * width


def _skewness(curve: FloatArray, zeros: int) -> float:
    """Sample skewness (as e1071's type 3) of the curve with `zeros` zeros before it.

    The zeros are counted, not stored: at nearly regular intervals there are millions.
    """
    size = curve.size + zeros
    mean = curve.sum() / size
    second = (((curve - mean) ** 2).sum() + zeros * mean**2) / size
    third = (((curve - mean) ** 3).sum() - zeros * mean**3) / size
    if second == 0:
        return 0.0
    return float(third / second**1.5 * (1 - 1 / size) ** 1.5)
