"""Many drugs at several doses: what each does to a depressed network, told against a healthy one."""

from collections.abc import Collection, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lhb_model.bursts import Rule
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import fitted, rule_text
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import FOOTER_SIZE, FULL_WIDTH, TEXT_SIZE, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd

USUAL = (
    "bursting_share", "burst_rate", "lhb.rate", "silent_share", "theta_power", "dopamine", "serotonin", "reward_inhibition",
)  # fmt: skip
ROW, HEAD, BAR = 3.3, 13.0, 12.0  # mm
NAMES, DOSES = 27.0, 16.0  # mm
FURTHEST = 1.5
"""Distances from control, in that of the state, at which the colours end."""
COLOURS = LinearSegmentedColormap.from_list("screen", ["#0072B2", "#FFFFFF", "#D55E00"])
"""Okabe & Ito's blue and vermillion, told apart with any colour vision."""
NOTHING = "#DDDDDD"
DARK = 1.25
"""Beyond this distance the letters in a cell are white."""
FOOTER = (
    "Numbers: means over {seeds}. Colours: how far the mean lies from {control}, in the distance of {state} from {control}: "
    "0 as {control}, 1 as {state}, below 0 beyond {control}; they end at {furthest:g}. Grey: no value. {alone}{rule}."
)


@styled
def screen(
    table: "pd.DataFrame",
    series: Mapping[str, Mapping[str, str]],
    control: str,
    state: str,
    alone: Collection[str] = (),
    measures: Sequence[str] | None = None,
    rule: str | Rule = "lhb",
) -> Figure:
    """A table of means in colours: a row for each dose of each drug, a column for each measure.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit.
    series : drug -> condition -> its dose as printed, in the order of the rows.
    control, state : the conditions that colours are told by: white is as `control`, vermillion as `state`.
    alone : drugs that are not given in the state.
    measures : "bursting_share" for the LHb's, "vta_da.rate" for another nucleus's; None for the usual ones.
    rule : of the bursts; for the footer.

    Raises `InputError` for a condition or a measure that is not in the table.
    """
    known = list(dict.fromkeys(table["condition"]))
    rows = [("", name, name) for name in (control, state)]
    for drug, doses in series.items():
        title = f"{drug} alone" if drug in alone else drug
        rows += [(title, dose, name) for name, dose in doses.items()]
    for _, _, name in rows:
        if name not in known:
            raise InputError(unknown("condition", name, known))
    chosen = choose(table, measures, USUAL)
    seeds = table[table["condition"].isin([name for *_, name in rows])]["seed"].nunique()
    counted = f"{seeds} seeds" if seeds > 1 else "one seed"
    explained = f"Alone: given in {control}, not in {state}. " if alone else ""
    about = {"control": control, "state": state, "furthest": FURTHEST, "rule": rule_text(rule)}
    footer = FOOTER.format(seeds=counted, alone=explained, **about)
    figure = new_figure(FULL_WIDTH, HEAD + ROW * len(rows) + BAR, footer)
    axes = figure.subplots()
    means = np.array([_means(measure, table, [name for *_, name in rows]) for measure in chosen]).T
    scale = Normalize(-FURTHEST, FURTHEST)
    _cells(axes, means, _distances(means), scale)
    _heads(axes, chosen)
    _names(axes, rows)
    bar = figure.colorbar(
        ScalarMappable(scale, COLOURS), ax=axes, location="bottom", shrink=0.5, aspect=40, pad=0.008, extend="both"
    )
    bar.set_ticks([-1, 0, 1], labels=[f"as far beyond {control}", control, state])
    bar.outline.set_linewidth(0.4)  # type: ignore[operator]
    return figure


def _means(measure: Measure, table: "pd.DataFrame", conditions: Sequence[str]) -> NDArray[np.float64]:
    means = measure.rows(table).groupby("condition")["value"].mean()
    return np.array([float(means.get(name, np.nan)) for name in conditions])


def _distances(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each mean from control (the first row), in that of the state (the second); NaN where the two are equal."""
    across = means[1] - means[0]
    return np.asarray((means - means[0]) / np.where(across == 0, np.nan, across))


def _cells(axes: Axes, means: NDArray[np.float64], at: NDArray[np.float64], scale: Normalize) -> None:
    axes.set_facecolor(NOTHING)
    axes.imshow(np.ma.masked_invalid(at), COLOURS, scale, aspect="auto", interpolation="nearest")
    for (row, column), value in np.ndenumerate(means):
        colour = "white" if abs(at[row, column]) > DARK else "black"
        text = "—" if isnan(value) else f"{value:.3g}"
        axes.text(column, row, text, ha="center", va="center", fontsize=FOOTER_SIZE, color=colour)
    for edge in range(1, means.shape[1]):
        axes.axvline(edge - 0.5, color="white", linewidth=1.2)


def _heads(axes: Axes, measures: Sequence[Measure]) -> None:
    width = (FULL_WIDTH - NAMES - DOSES) / max(len(measures), 1) - 1.5
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(measures)), [fitted(_head(measure), width, TEXT_SIZE) for measure in measures])
    axes.spines[:].set_visible(False)


def _head(measure: Measure) -> str:
    return measure.label.removesuffix(" (fraction)")


def _names(axes: Axes, rows: Sequence[tuple[str, str, str]]) -> None:
    """Doses beside their rows, each drug's name once, and a line between drugs."""
    axes.set_yticks(range(len(rows)), [dose for _, dose, _ in rows], fontsize=FOOTER_SIZE)
    for line in (*axes.xaxis.get_ticklines(), *axes.yaxis.get_ticklines()):
        line.set_visible(False)
    drugs = [drug for drug, _, _ in rows]
    place = axes.get_yaxis_transform()
    for row, drug in enumerate(drugs):
        if row and drug != drugs[row - 1]:
            axes.axhline(row - 0.5, color="black", linewidth=0.5)
            name = fitted(drug.replace("_", " "), NAMES, TEXT_SIZE, lines=1)
            axes.text(-DOSES / 130, row, name, transform=place, ha="right", va="center", fontsize=TEXT_SIZE)
