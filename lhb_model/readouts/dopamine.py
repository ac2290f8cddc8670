"""Dopamine concentration where VTA dopamine neurons release it."""

from lhb_model.quantities import parameter
from lhb_model.readouts.readout import Readout, Signal
from lhb_model.readouts.release import concentration, mean_between
from lhb_model.recording import Recording

PARAMETERS = {
    "release": parameter(
        "110 nM", source="voltammetry models 30-250 nM a pulse; chosen for tonic dopamine near 90 nM", tag="fitted"
    ),
    "V_max": parameter("1.1 uM/s", source="Montague 2004 J Neurosci 24:1754 form; Wightman, 1-4 uM/s", tag="recalled"),
    "K_m": parameter("0.2 uM", source="Wightman; 0.16-0.2 uM", tag="recalled"),
}


def signal(recording: Recording) -> Signal:
    """Dopamine (nM) over the record."""
    return concentration(recording, "vta_da", PARAMETERS)


def measure(recording: Recording, start: float, stop: float) -> float:
    """Mean dopamine (nM) of an epoch."""
    return mean_between(signal(recording), start, stop)


READOUT = Readout("dopamine", "Dopamine concentration", "vta_da", "nM", PARAMETERS, measure, signal)
