"""The shape of `sweep` in an experiment."""

from typing import Annotated, Any, Literal

from pydantic import Field

from lhb_model.fields import Strict

MOST_POINTS = 1_000_000


class SweepSheet(Strict):
    """Which points a sweep has: every combination of the lists and ranges in an experiment, or a design that samples them.

    A list, or a range such as {linspace: [15 nS, 25 nS, 11]} or {logspace: [0.1 uM, 100 uM, 7]}, may also stand wherever the
    experiment takes one value; in `block`, `dose` and `strength` a list makes a series of conditions instead.
    """

    over: dict[str, Any] = {}
    """Key, as `--set` takes it, or NUCLEUS.PARAMETER -> a list of values, or a range; beside those in the experiment."""
    design: Literal["grid", "paired", "latin_hypercube", "sobol", "morris", "saltelli"] = "grid"
    """Every combination; the first values of all lists, then the second ones; or samples of the ranges, of which morris and
    saltelli (SALib) tell how much each axis matters."""
    points: Annotated[int, Field(ge=2, le=MOST_POINTS)] | None = None
    """Number of points of a design that samples; morris and saltelli take as many of them as make whole blocks."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    """Seed of a design that samples."""
    keep: Literal["tables", "spikes"] = "tables"
    """What is kept of each simulation: its measures alone, or all spikes too."""
