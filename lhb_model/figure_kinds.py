"""The kinds of figure an experiment may ask for, by name. What draws them is in `figures`; nothing is imported here."""

FIGURE_KINDS = (
    "raster", "traces", "ramp", "mode_map", "kir41", "classes", "isi", "return_map", "sensitivity", "circuit", "spectrum", "ppc",
    "dose", "comparison", "against_rate",
)  # fmt: skip
NEED_TRACES = ("traces", "ramp", "kir41")
"""Kinds that draw membrane potentials."""
