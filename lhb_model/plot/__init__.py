"""Recordings and tables -> figures. Draws; computes nothing but bins and histograms of what it draws.

One file per kind of figure. Times are in s; nuclei and conditions keep their colours in all figures.
"""

from lhb_model.plot.against_rate import against_rate
from lhb_model.plot.circuit import circuit
from lhb_model.plot.clamp import clamp
from lhb_model.plot.classes import classes
from lhb_model.plot.comparison import comparison
from lhb_model.plot.courses import courses
from lhb_model.plot.dose import dose
from lhb_model.plot.files import save
from lhb_model.plot.indices import morris_effects, sobol_indices
from lhb_model.plot.infusion import infusion
from lhb_model.plot.isi import isi
from lhb_model.plot.kir41 import kir41
from lhb_model.plot.labels import measure_label
from lhb_model.plot.map import phase_map, point_curves
from lhb_model.plot.mode_map import mode_map
from lhb_model.plot.outcomes import outcomes
from lhb_model.plot.peth import Around, peth
from lhb_model.plot.ppc import ppc
from lhb_model.plot.ramp import ramp
from lhb_model.plot.raster import raster
from lhb_model.plot.return_map import return_map
from lhb_model.plot.screen import screen
from lhb_model.plot.sensitivity import sensitivity
from lhb_model.plot.spectrum import spectrum
from lhb_model.plot.style import condition_colours
from lhb_model.plot.target import target
from lhb_model.plot.traces import traces
from lhb_model.plot.transfer import transfer
from lhb_model.plot.voltage_clamp import voltage_clamp

__all__ = [
    "Around",
    "against_rate",
    "circuit",
    "clamp",
    "classes",
    "comparison",
    "condition_colours",
    "courses",
    "dose",
    "infusion",
    "isi",
    "kir41",
    "measure_label",
    "mode_map",
    "peth",
    "morris_effects",
    "phase_map",
    "point_curves",
    "outcomes",
    "ppc",
    "ramp",
    "raster",
    "return_map",
    "save",
    "screen",
    "sensitivity",
    "sobol_indices",
    "spectrum",
    "target",
    "traces",
    "transfer",
    "voltage_clamp",
]
