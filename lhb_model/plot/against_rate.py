"""What the LHb's output leaves downstream: measures against the LHb's mean rate, one point for each condition."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lhb_model.comparison import summarise
from lhb_model.plot.labels import fitted, pretty_unit, several
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import FAINT, FULL_WIDTH, TEXT_SIZE, condition_colours, legend_above, new_figure, say, styled

if TYPE_CHECKING:
    import pandas as pd

USUAL = ("dopamine", "serotonin")
HEIGHT = 62.0  # mm
MARKERS = "osD^v<>"
AMOUNT = re.compile(r"[_@]-?[0-9].*$")
SIZE = re.compile(r"(-?[0-9.]*)(.*)")
SERIES: dict[str, Any] = {"color": FAINT, "linewidth": 0.8, "zorder": 1}
MEAN: dict[str, Any] = {"markersize": 4.5, "capsize": 0, "elinewidth": 0.9, "zorder": 3}


@styled
def against_rate(
    table: "pd.DataFrame", measures: Sequence[str] | None = None, colours: Mapping[str, str] | None = None
) -> Figure:
    """Measures against the LHb's mean rate. Points on one vertical line have the same number of LHb spikes.

    Small points are seeds, large ones their mean with its 95 % intervals along both axes. Conditions whose names differ
    only in an amount at their end ("tonic_10pA", "tonic_20pA") are a series, joined by a line.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    measures : "dopamine", or "vta_da.rate" for a nucleus's; None for the usual ones among those of the table.
    colours : of the conditions, where they must agree with a figure of other conditions.

    Raises `InputError` for a measure that is not in the table.
    """
    chosen = choose(table, measures, USUAL)
    conditions = list(dict.fromkeys(table["condition"]))
    looks = _looks(conditions, condition_colours(conditions) | dict(colours or {}))
    keys = _keys(conditions)
    (rates,) = choose(table, ["lhb.rate"], ())
    width = FULL_WIDTH if len(chosen) > 1 else FULL_WIDTH / 2
    figure = new_figure(width, HEIGHT, _footer(table))
    panels = figure.subplots(1, max(len(chosen), 1), squeeze=False)[0]
    for axes, measure in zip(panels, chosen, strict=False):
        _draw(axes, rates.rows(table), measure, measure.rows(table), looks)
    if not chosen:
        say(panels[0], "no measure to show")
        panels[0].axis("off")
        return figure
    handles = [Line2D([], [], linestyle="none", markersize=4.5, **looks[names[0]]) for names in keys.values()]
    legend_above(figure, handles, list(keys), width)
    return figure


def _keys(conditions: Sequence[str]) -> dict[str, list[str]]:
    """Text of a legend's key -> its conditions: one for each series, one for each condition beside them."""
    series = {name: names for names in series_of(conditions) for name in names}
    keys = {}
    for name in conditions:
        names = series.get(name, [name])
        keys[f"{_stem(name)} ({_amounts(names)})" if name in series else name] = names
    return keys


def _amounts(names: Sequence[str]) -> str:
    """The amounts at the ends of names, with their unit once if all have the same.

    >>> _amounts(["tonic_-5pA", "tonic_10pA"]), _amounts(["low_1uM", "low_2mM"])
    ('−5, 10 pA', '1 µM, 2 mM')
    """
    parts = [SIZE.fullmatch(name.removeprefix(_stem(name))[1:]) for name in names]
    known = [(part[1].replace("-", "−"), pretty_unit(part[2])) for part in parts if part]
    if len({unit for _, unit in known}) == 1:
        return f"{', '.join(number for number, _ in known)} {known[0][1]}".strip()
    return ", ".join(f"{number} {unit}".strip() for number, unit in known)


def _looks(conditions: Sequence[str], colours: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Colour and marker, the same for all of a series; markers tell conditions of one colour apart."""
    return {
        name: {"color": colours[names[0]], "marker": MARKERS[place % len(MARKERS)]}
        for place, names in enumerate(_keys(conditions).values())
        for name in names
    }


def _footer(table: "pd.DataFrame") -> str:
    seeds = several(table["seed"].nunique(), "seed")
    return (
        f"Small points: seeds; large points: means over {seeds} with 95 % intervals along both axes. Lines join "
        "conditions that differ in an amount alone. Points above each other have the same number of LHb spikes."
    )


def series_of(conditions: Sequence[str]) -> list[list[str]]:
    """Conditions that differ only in the amount at the end of their names, where there is more than one.

    >>> series_of(["dark", "tonic_10pA", "tonic_20pA"])
    [['tonic_10pA', 'tonic_20pA']]
    """
    amounts = sorted((name for name in conditions if AMOUNT.search(name)), key=_stem)
    return [found for _, names in groupby(amounts, _stem) if len(found := list(names)) > 1]


def _reach(found: "pd.Series[Any]") -> Any:
    """How far an interval reaches below and above its mean, as error bars take it."""
    return np.nan_to_num([[found["mean"] - found["low"]], [found["high"] - found["mean"]]])


def _stem(name: str) -> str:
    return AMOUNT.sub("", name)


def _draw(
    axes: Axes, rates: "pd.DataFrame", measure: Measure, rows: "pd.DataFrame", looks: Mapping[str, Mapping[str, Any]]
) -> None:
    x, y = (summarise(part).set_index("condition") for part in (rates, rows))
    for names in series_of([name for name in looks if name in y.index]):
        places = np.array([(x["mean"][name], y["mean"][name]) for name in names])
        axes.plot(*places[np.argsort(places[:, 0])].T, **SERIES)
    for name, look in looks.items():
        if name in y.index:
            own = rates[rates["condition"] == name].merge(rows[rows["condition"] == name], on="seed")
            axes.plot(own["value_x"], own["value_y"], linestyle="none", markersize=2, alpha=0.45, **look)
            across, along = (_reach(part.loc[name]) for part in (x, y))
            axes.errorbar(x["mean"][name], y["mean"][name], along, across, **MEAN, **look)
    axes.set_ylabel(fitted(measure.label, HEIGHT - 15, TEXT_SIZE))
    axes.set_xlabel("LHb mean rate (Hz)")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=min(0.0, float(rows["value"].min())))
