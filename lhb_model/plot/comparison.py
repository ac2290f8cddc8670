"""Estimation plots: the seeds of each condition, and below the differences with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from lhb_model.bursts import Rule
from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.labels import fitted, pieces, rule_text, text_height, text_width
from lhb_model.plot.measures import Measure, choose
from lhb_model.plot.style import FAINT, FULL_WIDTH, TEXT_SIZE, condition_colours, new_figure, say, styled

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]

USUAL = (
    "bursting_share", "burst_rate", "silent_share", "theta_power", "vta_da.rate", "drn_5ht.rate",
    "dopamine", "serotonin", "reward_inhibition",
)  # fmt: skip
SEEDS, EFFECTS, AROUND = 30.0, 22.0, 7.0  # mm
BESIDE_AXES = 15.0
# Of names that do not fit level.
SLANT, LONGEST_NAME = 35.0, 30.0  # degrees, mm
# More differences than this are drawn against the first condition alone.
MOST_EFFECTS = 6
# Neurons of a condition, of all its seeds; most fire little, and a few would press the seeds to the floor.
MOST_NEURONS = 200
SHOWN = 0.99
NEURON_SPREAD = 0.3
NEURON: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 1.3, "markeredgewidth": 0, "alpha": 0.3}


@dataclass(frozen=True)
class Names:
    """What stands along an axis, and its height in mm."""

    texts: list[str]
    slanted: bool

    @property
    def height(self) -> float:
        """In mm."""
        if self.slanted:
            lines = [line for text in self.texts for line in text.split("\n")]
            return 5.0 + np.sin(np.deg2rad(SLANT)) * max(text_width(line, TEXT_SIZE) for line in lines)
        return max((text_height(text, TEXT_SIZE) for text in self.texts), default=0.0)


@styled
def comparison(
    comparison: "pd.DataFrame",
    table: "pd.DataFrame",
    measures: Sequence[str] | None = None,
    rule: str | Rule = "lhb",
    colours: Mapping[str, str] | None = None,
    neurons: "pd.DataFrame | None" = None,
) -> Figure:
    """For each measure the seeds of all conditions and, below, the differences between conditions.

    Large points are seeds, joined by lines where the comparison pairs them, and bars their means; behind them, faint, a
    sample of the neurons, for measures that a neuron has. Below, each difference of means with its interval, as the
    comparison has it; of more than six differences, those from the first condition.

    Parameters
    ----------
    comparison : what `compare` answers: the columns nucleus, measure, a, b, difference, low, high, paired.
    table : what was compared, a tidy frame: the columns condition, seed, nucleus, measure, value, unit.
    measures : "bursting_share" for the LHb's (or that of every nucleus, if the LHb has none), "vta_da.rate" for
        another nucleus's; None for the usual ones among those of the table.
    rule : of the bursts; for the footer.
    colours : of the conditions, where they must agree with a figure of other conditions.
    neurons : a frame with the columns condition, nucleus, and one for each measure that neurons have.

    Raises `InputError` for a measure, or a condition compared, that is not in the table.
    """
    conditions = list(dict.fromkeys(table["condition"]))
    for name in (*comparison["a"], *comparison["b"]):
        if name not in conditions:
            raise InputError(unknown("condition", name, conditions))
    effects = {measure: _effects(measure.rows(comparison), conditions) for measure in choose(table, measures, USUAL)}
    most = max([len(conditions), *map(len, effects.values())])
    columns = 3 if most <= 4 else 2 if most <= 8 else 1
    each = (FULL_WIDTH / columns - BESIDE_AXES) / max(most, 1)
    above = _names([[name] for name in conditions], each)
    below = [_difference_names(rows, each) for rows in effects.values()]
    clouds = {measure: _neurons(measure, neurons, conditions) for measure in effects}
    figure, pairs = _panels(len(effects), columns, [above, *below], _footer(rule, any(clouds.values())))
    looks = {name: (condition_colours(conditions) | dict(colours or {}))[name] for name in conditions}
    for (upper, lower), (measure, rows), names in zip(pairs, effects.items(), below, strict=False):
        _draw_seeds(upper, measure, measure.rows(table), looks, bool(rows["paired"].any()))
        _draw_effects(lower, measure, rows, looks)
        for axes in (upper, lower):
            axes.margins(y=0.1)
        _draw_neurons(upper, clouds[measure], looks)
        _write(upper, above)
        _write(lower, names)
    if not effects:
        say(pairs[0][0], "no measure to show")
        for axes in pairs[0]:
            axes.axis("off")
    figure.align_ylabels()
    return figure


def _effects(rows: "pd.DataFrame", conditions: list[str]) -> "pd.DataFrame":
    return rows if len(rows) <= MOST_EFFECTS else rows[rows["a"] == conditions[0]]


def _difference_names(effects: "pd.DataFrame", width: float) -> Names:
    """Level on two lines, else on three, else slanted on two; the same for all."""
    pairs = list(zip(effects["a"], effects["b"], strict=True))
    names = _names([[b, f"− {a}"] for a, b in pairs], width)
    broken = any(text.count("\n") > 1 for text in names.texts)
    return _names([[b, "−", a] for a, b in pairs], width) if broken and not names.slanted else names


def _names(names: list[list[str]], width: float) -> Names:
    """Names of `width` mm each, level if all their pieces fit and slanted if not."""
    parts = [piece.strip() for lines in names for line in lines for piece in pieces(line)]
    if all(text_width(part, TEXT_SIZE) <= width - 1 for part in parts):
        return Names(["\n".join(fitted(line, width - 1, TEXT_SIZE) for line in lines) for lines in names], False)
    return Names(["\n".join(fitted(line, LONGEST_NAME, TEXT_SIZE, lines=1) for line in lines) for lines in names], True)


def _footer(rule: str | Rule, neurons: bool) -> str:
    text = f"{rule_text(rule)}. Points: seeds; bars: means. Differences: of means, 95 % intervals over seeds."
    sample = f"at most {MOST_NEURONS} of each condition, of all seeds; the axis may leave out the uppermost"
    return f"{text} Faint: neurons, {sample} {100 * (1 - SHOWN):.0f} %." if neurons else text


def _panels(count: int, columns: int, names: list[Names], footer: str) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """A figure and its pairs of axes, one below the other, a pair for each measure but one at least."""
    count = max(count, 1)
    rows, shown = ceil(count / columns), min(count, columns)
    text = names[0].height + max(name.height for name in names)
    figure = new_figure(FULL_WIDTH / columns * shown, rows * (SEEDS + EFFECTS + text + AROUND), footer)
    ratios = {"height_ratios": [SEEDS, EFFECTS] * rows}
    grid = figure.subplots(2 * rows, shown, squeeze=False, gridspec_kw=ratios)
    pairs = [(grid[2 * (i // shown), i % shown], grid[2 * (i // shown) + 1, i % shown]) for i in range(rows * shown)]
    for pair in pairs[count:]:
        for axes in pair:
            axes.remove()
    return figure, pairs[:count]


def _neurons(measure: Measure, neurons: "pd.DataFrame | None", conditions: list[str]) -> dict[str, Values]:
    """The values of each condition's neurons that have one; nothing for a measure that neurons do not have."""
    if neurons is None or measure.name not in neurons.columns:
        return {}
    own = neurons[(neurons["nucleus"] == measure.nucleus) & neurons[measure.name].notna()]
    values = {name: own.loc[own["condition"] == name, measure.name].to_numpy(float) for name in conditions}
    return {name: found for name, found in values.items() if found.size}


def _draw_neurons(axes: Axes, values: Mapping[str, Values], looks: Mapping[str, str]) -> None:
    """Behind the seeds, side by side at random; the axis reaches up to most of them."""
    if not values:
        return
    bottom, top = axes.get_ylim()
    places, generator = list(looks), np.random.default_rng(0)
    for name, found in values.items():
        shown = found[np.linspace(0, found.size - 1, min(found.size, MOST_NEURONS)).astype(int)]
        aside = generator.uniform(-NEURON_SPREAD, NEURON_SPREAD, shown.size)
        axes.plot(places.index(name) + aside, shown, color=looks[name], zorder=0.5, rasterized=True, **NEURON)
    least = min(float(found.min()) for found in values.values())
    most = max(float(np.quantile(found, SHOWN)) for found in values.values())
    reach = 0.05 * (max(top, most) - min(bottom, least))
    axes.set_ylim(min(bottom, least - reach), max(top, most + reach))


def _draw_seeds(axes: Axes, measure: Measure, rows: "pd.DataFrame", looks: Mapping[str, str], paired: bool) -> None:
    axes.set_ylabel(fitted(measure.label, SEEDS + 2, TEXT_SIZE))
    values = rows.pivot(index="seed", columns="condition", values="value").reindex(columns=list(looks))
    if not values.notna().any(axis=None):
        say(axes, "no value in any seed")
        axes.set_yticks([])
        return
    if paired:
        axes.plot(range(len(looks)), values.to_numpy(float).T, color=FAINT, lw=0.5, alpha=0.6, zorder=1)
    for place, (name, colour) in enumerate(looks.items()):
        known = values[name].dropna().to_numpy(float)
        axes.plot(np.full(known.size, place), known, "o", ms=3.6, color=colour, alpha=0.75, mew=0)
        if known.size:
            axes.hlines(known.mean(), place - 0.22, place + 0.22, color=colour, linewidth=1.6, zorder=3)


def _draw_effects(axes: Axes, measure: Measure, effects: "pd.DataFrame", looks: Mapping[str, str]) -> None:
    axes.set_ylabel(f"Difference\n({measure.unit})" if measure.unit else "Difference")
    if not effects["difference"].notna().any():
        say(axes, "no difference to show")
        axes.set_yticks([])
        return
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=3))
    axes.axhline(0, color="black", linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
    for place, row in enumerate(effects.to_dict("records")):
        reach = np.nan_to_num([[row["difference"] - row["low"]], [row["high"] - row["difference"]]])
        look: dict[str, Any] = {"color": looks[row["b"]], "fmt": "o", "markersize": 4, "elinewidth": 1.4}
        axes.errorbar(place, row["difference"], np.maximum(reach, 0), **look)


def _write(axes: Axes, names: Names) -> None:
    slant: dict[str, Any] = {"rotation": SLANT, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(names.texts)), names.texts, **(slant if names.slanted else {}))
    axes.set_xlim(-0.5, max(len(names.texts), 1) - 0.5)
