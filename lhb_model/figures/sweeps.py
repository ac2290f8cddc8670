"""Figures of a sweep: a measure at all its points, and what each axis matters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.errors import InputError
from lhb_model.figures.view import Kind, View, colours, conditions
from lhb_model.indices import indices
from lhb_model.names import unknown
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from lhb_model.plot.map import Side

USUAL = ("lhb", "bursting_share")


def _map(run: Run, view: View) -> "Figure":
    """A measure over two axes, or one: those among the words, else the first of the sweep.

    Raises
    ------
    InputError
        If the run is no sweep, or a word is neither an axis nor a measure.
    """
    from lhb_model import plot

    axes, nucleus, measure = _chosen(run, view.words)
    own = run.table[(run.table["nucleus"] == nucleus) & (run.table["measure"] == measure)]
    label = plot.measure_label(measure, _unit(own), nucleus)
    sides = [_side(run, axis) for axis in axes]
    footer = _footer(run, axes, own)
    if len(axes) == 1:
        curves = {name: _curve(run, own[own["condition"] == name], axes[0]) for name in conditions(run, view)}
        return plot.point_curves(curves, sides[0], label, footer, colours(run))
    panels = {name: _panel(run, own[own["condition"] == name], axes) for name in conditions(run, view)}
    return plot.phase_map(panels, sides[0], sides[1], label, footer)


def _indices(run: Run, view: View) -> "Figure":
    """Sobol or Morris indices of a measure, for each condition."""
    from lhb_model import plot

    _, nucleus, measure = _chosen(run, view.words)
    tables = {name: indices(run, nucleus, measure, name) for name in conditions(run, view)}
    sweep = run.sweep or {}
    seeds = _seeds(run)
    unit = _unit(run.table[(run.table["nucleus"] == nucleus) & (run.table["measure"] == measure)])
    if sweep["design"] == "morris":
        footer = (
            f"Morris: steps of 2/3 of each axis's range at {sweep['points']} points. Bars: 95 % interval of μ*.{seeds}"
        )
        return plot.morris_effects(tables, plot.measure_label(measure, unit, nucleus), footer)
    footer = f"Sobol indices by Saltelli's design of {sweep['points']} points. Bars: 95 % interval.{seeds}"
    return plot.sobol_indices(tables, plot.measure_label(measure, "", nucleus), footer)


def _chosen(run: Run, words: Sequence[str]) -> tuple[list[dict[str, Any]], str, str]:
    """Axes, nucleus and measure that words name; what they leave out is the first of the sweep, and the usual measure."""
    if run.sweep is None:
        raise InputError("not a sweep: it has no points", file=run.folder)
    known = {name: axis for axis in run.sweep["axes"] for name in (axis["name"], axis["key"])}
    measured = list(run.table[["nucleus", "measure"]].drop_duplicates().itertuples(index=False, name=None))
    measures = {f"{nucleus}.{name}": (nucleus, name) for nucleus, name in measured}
    for nucleus, name in [*reversed(measured), *(pair for pair in measured if pair[0] == USUAL[0])]:
        measures[name] = (nucleus, name)
    for word in words:
        if word not in known and word not in measures:
            raise InputError(
                unknown("axis or measure", word, [axis["name"] for axis in run.sweep["axes"]] + list(measures))
            )
    axes = [known[word] for word in words if word in known][:2] or run.sweep["axes"][:2]
    chosen = [measures[word] for word in words if word in measures and word not in known]
    if len(chosen) > 1:
        raise InputError(f"given {len(chosen)} measures, expected one")
    nucleus, measure = chosen[0] if chosen else USUAL if USUAL in measured else measured[0]
    return list(axes), nucleus, measure


def _unit(rows: "pd.DataFrame") -> str:
    return str(rows["unit"].iloc[0]) if len(rows) else ""


def _side(run: Run, axis: dict[str, Any]) -> "Side":
    from lhb_model.plot.map import Side

    names = () if axis["unit"] else tuple(dict.fromkeys(map(str, run.points[axis["name"]])))
    return Side(_title(axis), axis["unit"], axis["scale"] == "logarithmic", names)


def _title(axis: dict[str, Any]) -> str:
    """The axis's name; of an intervention's key, with the intervention before it."""
    name, path = str(axis["name"]), str(axis["key"]).split(".")
    return f"{path[-2]} {name}" if path[0] == "conditions" and path[-1] == name else name


def _places(run: Run, axis: dict[str, Any]) -> "pd.Series":
    """The value of an axis at each point, as a number: texts are counted in order of appearance."""
    import pandas as pd

    values = run.points.set_index("point")[axis["name"]]
    return values.astype(float) if axis["unit"] else pd.Series(pd.factorize(values.astype(str))[0], values.index, float)


def _panel(run: Run, rows: "pd.DataFrame", axes: Sequence[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and the mean over seeds and other axes; every point of the design has a place."""
    import pandas as pd

    x, y = (_places(run, axis) for axis in axes)
    means = rows.groupby("point")["value"].mean().reindex(x.index)
    cells = pd.DataFrame({"x": x, "y": y, "value": means}).groupby(["x", "y"], as_index=False)["value"].mean()
    return cells["x"].to_numpy(float), cells["y"].to_numpy(float), cells["value"].to_numpy(float)


def _curve(run: Run, rows: "pd.DataFrame", axis: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """x, and the mean over other axes for each seed."""
    x = _places(run, axis)
    values = rows.assign(x=rows["point"].map(x)).pivot_table("value", "x", "seed", dropna=False)
    values = values.reindex(sorted(set(x)))
    return values.index.to_numpy(float), values.to_numpy(float)


def _footer(run: Run, axes: Sequence[dict[str, Any]], rows: "pd.DataFrame") -> str:
    """Design, points and seeds, and what is averaged over."""
    sweep = run.sweep or {}
    design = sweep["design"].replace("_", " ")
    shown = [axis["name"] for axis in axes]
    others = [axis["name"] for axis in sweep["axes"] if axis["name"] not in shown]
    over = f" Averaged over {', '.join(others)}." if others and design == "grid" else ""
    varied = f" Other axes vary too: {', '.join(others)}." if others and design != "grid" else ""
    return f"Design: {design} of {sweep['points']} points.{over}{varied}{_seeds(run)}"


def _seeds(run: Run) -> str:
    number = len(run.seeds)
    return f" Means over {number} seeds." if number > 1 else f" Seed {run.seeds[0]}."


KINDS = {
    "map": Kind(_map, ("condition", "axis or measure")),
    "sensitivity": Kind(_indices, ("condition", "axis or measure")),
}
"""Kinds that show all points of a sweep at once; the others show one point."""
