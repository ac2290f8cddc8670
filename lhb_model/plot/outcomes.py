"""What reward and its omission do: rates around each outcome, and what is learnt from the dopamine they leave."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from lhb_model.plot.labels import nucleus_name, several
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.style import FAINT, FULL_WIDTH, legend_above, line_styles, new_figure, styled

Floats = NDArray[np.float64]
ROW, LEARNING, AROUND = 30.0, 40.0, 18.0  # mm


@styled
def outcomes(
    rates: Mapping[str, Mapping[str, Mapping[str, tuple[Floats, Floats]]]],
    values: Mapping[str, Floats],
    rewarded: int,
    cue: float,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Above, a row for each nucleus and a column for each outcome; below, the value of the cue as it is learnt, trial by trial.

    Lines are means over seeds, bands their standard error; with one seed there are no bands.

    Parameters
    ----------
    rates : nucleus -> outcome -> condition -> times from the outcome (s) and rates (Hz) of shape (seeds, bins).
    values : by condition, value of the cue, shape (seeds, trials + 1).
    rewarded : number of trials with reward; without it from there on.
    cue : time (s) from the cue to the outcome.
    colours : of the conditions, where they must agree with a figure of other conditions.
    """
    looks = line_styles(list(values), colours)
    labels = list(next(iter(rates.values())))
    figure = new_figure(FULL_WIDTH, ROW * len(rates) + LEARNING + AROUND, _footer(values, cue))
    parts: Any = figure.subfigures(2, 1, height_ratios=[ROW * len(rates), LEARNING])
    upper, lower = parts
    grid = upper.subplots(len(rates), len(labels), sharex=True, sharey="row", squeeze=False)
    for row, (nucleus, found) in zip(grid, rates.items(), strict=True):
        for axes, label in zip(row, labels, strict=True):
            for condition, (times, own) in found[label].items():
                draw_mean(axes, times, own, looks[condition])
            axes.axvline(0, color=FAINT, linewidth=0.7, zorder=0)
            axes.axvline(-cue, color=FAINT, linewidth=0.7, linestyle=":", zorder=0)
        most = max(float(own.mean(axis=0).max()) for conditions in found.values() for _, own in conditions.values())
        row[0].set_ylim(0, 1.1 * most if most > 0 else 1)
        row[0].set_ylabel(f"{nucleus_name(nucleus)}\nrate (Hz)")
    for axes, label in zip(grid[0], labels, strict=True):
        axes.set_title(label)
    for axes in grid[-1]:
        axes.set_xlabel("Time from the outcome (s)")
    axes = lower.subplots()
    for condition, learnt in values.items():
        draw_mean(axes, np.arange(float(learnt.shape[1])), learnt, looks[condition])
    axes.axvline(rewarded, color=FAINT, linewidth=0.7, zorder=0)
    axes.set(
        xlabel="Trial",
        ylabel="Learnt value\nof the cue",
        xlim=(0, max(learnt.shape[1] for learnt in values.values()) - 1),
    )
    legend_above(figure, [Line2D([], [], linewidth=1.4, **look) for look in looks.values()], list(looks), FULL_WIDTH)
    return figure


def _footer(values: Mapping[str, Sequence[Floats] | Floats], cue: float) -> str:
    seeds = several(max(len(own) for own in values.values()), "seed")
    return (
        f"Rates in bins of 50 ms around the outcome (line) of cued trials (dots: the cue, {cue:g} s before). Below, a "
        "temporal-difference learner that reads nothing but the simulated dopamine neurons' answers: reward up to the line, none "
        f"after it. Lines: means over {seeds}; bands: standard error of the mean."
    )
