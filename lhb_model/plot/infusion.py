"""A drug over hours: concentration, block and what the network does, moment by moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lhb_model.plot.labels import fitted, measure_label
from lhb_model.plot.style import BURST, FAINT, FULL_WIDTH, NUCLEUS_COLOURS, SPIKE, TITLE_SIZE, new_figure, styled

ROW, AROUND = 26.0, 16.0  # mm
ROWS = {("lhb", "bursting_share"): BURST, ("vta_da", "dopamine"): NUCLEUS_COLOURS["vta_da"],
        ("drn_5ht", "serotonin"): NUCLEUS_COLOURS["drn_5ht"]}  # fmt: skip
"""Nucleus and measure -> colour, in order of the rows below concentration and block."""
FOOTER = (
    "Concentration in the tissue and the share of NMDA receptors that it blocks by the Hill law at each moment, which is held "
    "while the network runs. Points: mean over {seeds}; bars: their range. {reference}"
)


@dataclass(frozen=True)
class Moment:
    """A moment of a course (s): concentration (M), blocked share, and (nucleus, measure) -> value of each seed."""

    time: float
    concentration: float
    block: float
    values: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)


@styled
def infusion(
    series: Mapping[str, Sequence[Moment]],
    units: Mapping[tuple[str, str], str],
    reference: Mapping[tuple[str, str], float],
    reference_name: str = "",
) -> Figure:
    """A column for each course; rows of concentration, block and measures. `reference` is drawn as a dashed line.

    Parameters
    ----------
    series : name -> its moments.
    units : (nucleus, measure) -> unit, of what is shown.
    reference : (nucleus, measure) -> value of an untreated condition, `reference_name`.
    """
    rows = [key for key in ROWS if key in units]
    most = max(len(values) for moments in series.values() for one in moments for values in one.values.values())
    counted = f"{most} seeds" if most > 1 else "one seed"
    dashed = f"Dashed: {reference_name}." if reference else ""
    figure = new_figure(FULL_WIDTH, ROW * (2 + len(rows)) + AROUND, FOOTER.format(seeds=counted, reference=dashed))
    grid = figure.subplots(2 + len(rows), len(series), sharex="col", sharey="row", squeeze=False)
    for column, (name, moments) in zip(grid.T, series.items(), strict=True):
        ordered = sorted(moments, key=lambda one: one.time)
        minutes = [one.time / 60 for one in ordered]
        column[0].plot(minutes, [1e6 * one.concentration for one in ordered], "o-", markersize=2.5, color=SPIKE)
        column[1].plot(minutes, [100 * one.block for one in ordered], "o-", markersize=2.5, color=SPIKE)
        for axes, key in zip(column[2:], rows, strict=True):
            _measure(axes, minutes, [one.values[key] for one in ordered], key, reference.get(key))
        column[0].set_title(fitted(name.replace("_", " "), FULL_WIDTH / len(series) - 12, TITLE_SIZE, lines=2))
        column[-1].set_xlabel("Time since the dose began (min)")
    labels = ["Ketamine (µM)", "Blocked (%)", *(_label(key, units[key]) for key in rows)]
    for axes, label in zip(grid[:, 0], labels, strict=True):
        axes.set(ylabel=label, ylim=(0, 1.08 * axes.get_ylim()[1]))
    grid[0, 0].set_yscale("symlog", linthresh=0.1)
    grid[0, 0].set_ylim(0, 1.8 * grid[0, 0].get_ylim()[1])
    grid[0, 0].yaxis.set_major_formatter("{x:g}")
    figure.align_ylabels(grid[:, 0])
    return figure


def _measure(
    axes: Axes, minutes: Sequence[float], values: Sequence[Sequence[float]], key: tuple[str, str], control: float | None
) -> None:
    means = [sum(own) / len(own) for own in values]
    if control is not None:
        axes.axhline(control, color=FAINT, linestyle="--", linewidth=0.8)
    axes.vlines(minutes, [min(own) for own in values], [max(own) for own in values], color=ROWS[key], linewidth=0.8)
    axes.plot(minutes, means, "o-", markersize=2.5, color=ROWS[key])


def _label(key: tuple[str, str], unit: str) -> str:
    return measure_label(key[1], unit).replace(" (", "\n(")
