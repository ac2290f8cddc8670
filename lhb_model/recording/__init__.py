"""Recordings: what a simulation leaves, as plain data, and the NWB file that keeps it."""

from lhb_model.recording.parts import SpikeTrains, Trace
from lhb_model.recording.recording import Recording

__all__ = ["Recording", "SpikeTrains", "Trace"]
