"""How the share of spikes in bursts depends on the rule's limits: a small heat map for each condition."""

from collections.abc import Iterable, Mapping
from math import ceil, isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from lhb_model.bursts import MaxInterval, Rule, Sensitivity, as_rule
from lhb_model.plot.labels import fitted, nucleus_name, rule_text, span_text
from lhb_model.plot.style import BOLDER, BURST, FOOTER_SIZE, FULL_WIDTH, TITLE_SIZE, new_figure, styled
from lhb_model.plot.window import Window

MOST_COLUMNS = 3
PANEL, BESIDE = 46.0, 12.0  # mm
HEIGHT, BELOW = 27.0, 21.0
PALE = "#FBF3F8"
DARK = 0.45  # of the colour scale: from there on, letters are white
COLOURS = LinearSegmentedColormap.from_list("bursts", [PALE, BURST, "#3D0A28"])


@styled
def sensitivity(
    strips: Mapping[str, Sensitivity],
    rule: str | Rule = "lhb",
    chance: Mapping[str, float] | None = None,
    nucleus: str = "lhb",
    spans: Iterable[Window] = (),
) -> Figure:
    """Per cent of all spikes in bursts for each pair of limits, one heat map per condition, the rule's own framed.

    Parameters
    ----------
    strips : of each condition; what `bursts.sensitivity` answers.
    rule : whose limits are framed; only rules with fixed limits have a place.
    chance : by condition, the share of spikes in bursts that Poisson neurons of the same rates would have by the rule.
    nucleus : whose spikes these are; for the footer.
    spans : from when to when (s) the spikes were; for the footer.
    """
    found = as_rule(rule)
    largest = max((float(strip.share.max(initial=0)) for strip in strips.values()), default=0.0)
    scale = Normalize(0, 100 * largest if largest > 0 else 1)
    footer = f"{rule_text(rule)}. {_explanation(nucleus, found, strips)}{span_text(spans)}"
    figure, panels = _panels(len(strips), footer)
    for axes, (name, strip) in zip(panels, strips.items(), strict=True):
        axes.set_title(fitted(name, PANEL, TITLE_SIZE * BOLDER, lines=1), pad=12)
        _draw(axes, strip, scale)
        framed = _frame(axes, strip, found)
        by_chance = (chance or {}).get(name, np.nan)
        axes.text(0, 1.03, _levels(framed, by_chance), transform=axes.transAxes, va="bottom")
    return figure


def _panels(count: int, footer: str) -> tuple[Figure, list[Axes]]:
    columns, rows = min(max(count, 1), MOST_COLUMNS), ceil(max(count, 1) / MOST_COLUMNS)
    width = min(max(columns, 2) * (PANEL + BESIDE), FULL_WIDTH)
    figure = new_figure(width, rows * (HEIGHT + BELOW), footer)
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in grid[count:]:
        axes.remove()
    return figure, grid[:count]


def _draw(axes: Axes, strip: Sensitivity, scale: Normalize) -> None:
    per_cent = 100 * strip.share
    axes.imshow(per_cent, cmap=COLOURS, norm=scale, origin="lower", aspect="auto", interpolation="nearest")
    for (row, column), value in np.ndenumerate(per_cent):
        colour = "white" if scale(value) > DARK else "black"
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FOOTER_SIZE, "color": colour}
        axes.text(column, row, f"{value:.0f}", **look)
    axes.set_xticks(range(len(strip.ends)), [f"{1e3 * end:g}" for end in strip.ends])
    axes.set_yticks(range(len(strip.starts)), [f"{1e3 * start:g}" for start in strip.starts])
    axes.tick_params(length=0)
    axes.set(xlabel="End: interval above (ms)", ylabel="Start: interval\nat most (ms)")


def _frame(axes: Axes, strip: Sensitivity, rule: Rule) -> float:
    """Frame the rule's place; the share there, NaN if the strip has no such place."""
    place = _place(strip, rule)
    if place is None:
        return np.nan
    row, column = place
    look: dict[str, Any] = {"fill": False, "edgecolor": "black", "linewidth": 1.4, "zorder": 4, "clip_on": False}
    # White around black, to be seen on any colour.
    edge = [withStroke(linewidth=2.8, foreground="white")]
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, path_effects=edge, **look))
    return float(strip.share[row, column])


def _place(strip: Sensitivity, rule: Rule) -> tuple[int, int] | None:
    # The strip neither merges bursts nor drops short ones.
    if not isinstance(rule, MaxInterval) or rule.min_duration > 0 or rule.min_ibi > rule.end:
        return None
    row = np.flatnonzero(np.isclose(strip.starts, rule.start, atol=0))
    column = np.flatnonzero(np.isclose(strip.ends, rule.end, atol=0))
    return (int(row[0]), int(column[0])) if row.size and column.size else None


def _levels(share: float, chance: float) -> str:
    parts = [f"{100 * share:.0f} % in bursts"] if isfinite(share) else []
    parts += [f"{100 * chance:.0f} % by chance"] if isfinite(chance) else []
    return ", ".join(parts)


def _explanation(nucleus: str, rule: Rule, strips: Mapping[str, Sensitivity]) -> str:
    text = f"Numbers: per cent of the {nucleus_name(nucleus)} spikes of all neurons and seeds that lie in bursts. "
    text += "By chance: Poisson neurons of the same rates."
    outside = any(_place(strip, rule) is None for strip in strips.values())
    return f"{text} The rule has no place among these limits." if outside else f"{text} Frame: the rule."
