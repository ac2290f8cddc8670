"""Run + kind -> figure: what each kind shows is gathered here and drawn by `plot`."""

from lhb_model.figures.kinds import KINDS, OF_SWEEPS, draw, draw_figures
from lhb_model.figures.view import View

__all__ = ["KINDS", "OF_SWEEPS", "View", "draw", "draw_figures"]
