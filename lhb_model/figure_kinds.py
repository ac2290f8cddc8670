"""The kinds of figure an experiment may ask for, by name. What draws them is in `figures`; nothing is imported here."""

FIGURE_KINDS = ("raster", "traces", "ramp", "classes", "isi", "circuit", "dose", "comparison")
NEED_TRACES = ("traces", "ramp")
"""Kinds that draw membrane potentials."""
