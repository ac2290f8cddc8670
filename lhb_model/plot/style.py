"""How every figure looks: sizes, fonts, colours, footer. Nothing depends on the user's matplotlib settings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from math import ceil
from typing import Any, ParamSpec

from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from lhb_model.plot.labels import FONT, LINE, fitted, text_height, text_width

P = ParamSpec("P")
Look = Mapping[str, Any]

MM = 1 / 25.4
FULL_WIDTH = 180.0  # mm: a page's width in most journals
TEXT_SIZE = 7.0  # pt
TITLE_SIZE = 8.0
BOLDER = 1.13  # bold letters are that much wider
FOOTER_SIZE = 6.0
MARGIN = 1.2  # mm
MOST_FOOTER = 12  # lines
KEY = 9.0  # mm of a legend's key and the gaps around it
PRINT_DPI = 200

# The colours of Okabe & Ito (2008), told apart with any colour vision; the yellow, too pale for lines, left out.
CONDITION_COLOURS = ("#404040", "#D55E00", "#0072B2", "#009E73", "#E69F00", "#56B4E9", "#CC79A7")
LINE_STYLES = ("-", "--", ":", "-.")
# Paul Tol's muted colours.
NUCLEUS_COLOURS = {
    "lhb": "#332288",
    "rmtg": "#117733",
    "vta_da": "#882255",
    "drn_5ht": "#44AA99",
    "drn_gaba": "#999933",
    "vta_gaba": "#CC6677",
    "lhb_gaba": "#6699CC",
    "epn": "#DDCC77",
    "ventral_pallidum": "#88CCEE",
    "lateral_hypothalamus": "#EE8866",
}
OTHER_NUCLEUS = "#777777"
# Bursts in one accent, run-on ones in another, the rest in greys that differ in lightness; no condition has these colours.
BURST = "#AA3377"
RUN_ON = "#997700"
SPIKE = "#202020"
CLASS_COLOURS = {"bursting": BURST, "tonic": "#9E9E9E", "silent": "#E4E4E4"}
DRUG = "#8FBFE3"
DRUG_TINT = 0.22
FAINT = "#8C8C8C"
REMARK = "#666666"

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [FONT],
    "font.size": TEXT_SIZE,
    "axes.titlesize": TITLE_SIZE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 3.0,
    "axes.labelsize": TEXT_SIZE,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": TEXT_SIZE,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "ytick.labelsize": TEXT_SIZE,
    "legend.fontsize": TEXT_SIZE,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "lines.linewidth": 0.9,
    "lines.solid_capstyle": "butt",
    "figure.dpi": PRINT_DPI,
    "savefig.dpi": PRINT_DPI,
    # Text stays text in vector files, as journals ask.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "lhb_model",
}
# Ticks are made when they are drawn, under whatever settings hold then.
TICKS: dict[str, dict[str, Any]] = {
    "major": {"labelsize": TEXT_SIZE, "length": 2.5, "width": 0.6},
    "minor": {"length": 1.5, "width": 0.4},
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """A function that draws in this style and leaves matplotlib's settings alone."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style.context(["default", STYLE]):
            figure = draw(*args, **kwargs)
            for axes in figure.axes:
                for which in ("major", "minor"):
                    axes.tick_params(which=which, **TICKS[which])
            return figure

    return drawn


def new_figure(width: float, height: float, footer: str, between: float = 0.02) -> Figure:
    """An empty figure of `width` mm, and `height` mm above its footer; `between` its columns a share of their width."""
    text = fitted(footer, width - 2 * MARGIN, FOOTER_SIZE, lines=MOST_FOOTER)
    below = text_height(text, FOOTER_SIZE) + 2 * MARGIN
    bottom = below / (height + below)
    pads: dict[str, Any] = {"w_pad": MARGIN * MM, "h_pad": MARGIN * MM, "wspace": between, "hspace": 0.02}
    engine = ConstrainedLayoutEngine(rect=(0, bottom, 1, 1 - bottom), **pads)
    figure = Figure(figsize=(width * MM, (height + below) * MM), layout=engine)
    look: dict[str, Any] = {"fontsize": FOOTER_SIZE, "color": "#555555", "linespacing": LINE}
    figure.text(MARGIN / width, MARGIN / (height + below), text, va="bottom", ha="left", **look)
    return figure


def condition_colours(conditions: Iterable[str]) -> dict[str, str]:
    """A colour for each condition, in order of appearance: dark grey, vermillion, blue, ...; repeated after seven.

    >>> condition_colours(["control", "depressed"])
    {'control': '#404040', 'depressed': '#D55E00'}
    """
    names = dict.fromkeys(conditions)
    return {name: CONDITION_COLOURS[i % len(CONDITION_COLOURS)] for i, name in enumerate(names)}


def line_styles(conditions: Sequence[str], given: Mapping[str, str] | None) -> dict[str, dict[str, Any]]:
    """Colour and dashes of each condition's line; dashes tell conditions of one colour apart."""
    colours = condition_colours(conditions) | dict(given or {})
    looks: dict[str, dict[str, Any]] = {}
    for name in conditions:
        before = sum(look["color"] == colours[name] for look in looks.values())
        looks[name] = {"color": colours[name], "linestyle": LINE_STYLES[before % len(LINE_STYLES)]}
    return looks


def nucleus_colour(nucleus: str) -> str:
    """The nucleus's own colour."""
    return NUCLEUS_COLOURS.get(nucleus, OTHER_NUCLEUS)


def legend_above(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], width: float) -> None:
    """One legend for the whole figure, in as many columns as `width` mm hold."""
    texts = [fitted(label, 60.0, TEXT_SIZE) for label in labels]
    widths = [max(text_width(line, TEXT_SIZE) for line in text.split("\n")) + KEY for text in texts]
    rows = 1 if sum(widths) <= width else ceil(len(texts) / max(int(width / max(widths)), 1))
    figure.legend(handles, texts, loc="outside upper center", ncols=ceil(len(texts) / rows), borderaxespad=0.2)


def say(axes: Axes, text: str) -> None:
    """A remark in the middle of an axes that has nothing to show."""
    look: dict[str, Any] = {"ha": "center", "va": "center", "color": REMARK, "style": "italic"}
    box = {"facecolor": "white", "linewidth": 0, "pad": 1.5}
    axes.text(0.5, 0.5, text, transform=axes.transAxes, bbox=box, **look)
