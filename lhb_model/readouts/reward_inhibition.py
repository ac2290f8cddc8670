"""Anti-reward in one number: the share of the VTA dopamine neurons' output that the LHb takes away.

    reward_inhibition = 1 - output / output of the same seed with the LHb's output cut

Both networks have the same neurons, wiring and noise; the second runs beside the first as twin nuclei without LHb input.
"""

from lhb_model.readouts.readout import Readout
from lhb_model.recording import Recording


def measure(recording: Recording, start: float, stop: float) -> float:
    """Share of the dopamine neurons' spikes between `start` and `stop` (s) that are missing; NaN without a reference."""
    cut = recording.reference.get("vta_da")
    if cut is None:
        return float("nan")
    first, last = round(start / recording.dt), round(stop / recording.dt)

    def count(trains) -> int:  # type: ignore[no-untyped-def]
        return int(((trains.steps >= first) & (trains.steps < last)).sum())

    without_lhb = count(cut)
    return 1 - count(recording.spikes["vta_da"]) / without_lhb if without_lhb else float("nan")


READOUT = Readout(
    "reward_inhibition", "Inhibition of reward by the LHb", "vta_da", "1", {}, measure, needs_reference=True
)
