"""Serotonin concentration where DRN serotonin neurons release it."""

from lhb_model.quantities import parameter
from lhb_model.readouts.readout import Readout, Signal
from lhb_model.readouts.release import concentration, mean_between
from lhb_model.recording import Recording

PARAMETERS = {
    "release": parameter("100 nM", source="Bunin & Wightman 1998 J Neurosci 18:4854", tag="recalled"),
    "V_max": parameter("1.3 uM/s", source="Bunin & Wightman 1998 J Neurosci 18:4854 (DRN)", tag="recalled"),
    "K_m": parameter("0.17 uM", source="Bunin & Wightman 1998 J Neurosci 18:4854", tag="recalled"),
}


def signal(recording: Recording) -> Signal:
    """Serotonin (nM) over the record."""
    return concentration(recording, "drn_5ht", PARAMETERS)


def measure(recording: Recording, start: float, stop: float) -> float:
    """Mean serotonin (nM) of an epoch."""
    return mean_between(signal(recording), start, stop)


READOUT = Readout("serotonin", "Serotonin concentration", "drn_5ht", "nM", PARAMETERS, measure, signal)
