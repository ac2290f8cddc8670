"""Run + kind -> figure: each module gathers what its kinds show and hands it to `plot`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.errors import InputError
from lhb_model.figures import drugs, events, recordings, sweeps, tables
from lhb_model.figures.view import Kind, View
from lhb_model.names import unknown
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OF_SWEEPS = sweeps.KINDS
"""Kinds that show all points of a sweep at once; the others show one point."""
KINDS: dict[str, Kind] = {**recordings.KINDS, **events.KINDS, **tables.KINDS, **drugs.KINDS, "map": OF_SWEEPS["map"]}


def draw(run: Run, kind: str, view: View | None = None) -> "Figure":
    """One figure of a run.

    Raises
    ------
    InputError
        For an unknown kind, condition or seed, a choice that the kind does not take, a window outside the record, or a
        run without what the kind shows.
    """
    if kind not in KINDS:
        raise InputError(unknown("kind of figure", kind, KINDS))
    view = view or View()
    found = OF_SWEEPS[kind] if run.sweep and kind in OF_SWEEPS else KINDS[kind]
    for choice in sorted(view.given() - set(found.takes)):
        raise InputError(f"a figure of kind {kind!r} takes no {choice}")
    return found.draw(run, view)


def draw_figures(run: Run, kinds: Sequence[str], folder: Path) -> list[str]:
    """Draw figures as PNG files in `folder`; return a line on each that could not be drawn."""
    folder.mkdir(exist_ok=True)
    notes = []
    for kind in kinds:
        try:
            _draw_file(run, kind, folder)
        # The simulations took minutes: no figure may cost them.
        except Exception as error:
            notes.append(f"figure {kind!r} was not drawn: {error if isinstance(error, InputError) else repr(error)}")
    return notes


def _draw_file(run: Run, kind: str, folder: Path) -> None:
    from lhb_model import plot

    plot.save(draw(run, kind), folder / kind)
