"""Currents of a voltage clamp, sweep by sweep, and the curves that families of sweeps make, beside published numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lhb_model.clamp_fits import Family
from lhb_model.plot.labels import nucleus_name
from lhb_model.plot.style import FULL_WIDTH, condition_colours, new_figure, styled
from lhb_model.quantities import format_quantity

Clamped = Sequence[tuple[str, str, Mapping[str, Family]]]
"""Nucleus, condition and families by name."""

ROW = 40.0  # mm
SHOWN_SWEEPS = 5
LEFT = 0.03
"""Sweeps are shown until this share of the largest is left."""
DARK, PALE = 0.0, 0.85  # of the colour map
PUBLISHED: dict[str, Any] = {"color": "black", "linestyle": (0, (4, 2)), "linewidth": 0.8}
INSIDE: dict[str, Any] = {"handlelength": 0.9, "labelspacing": 0.15, "borderaxespad": 0.0, "frameon": True,
                          "framealpha": 0.8, "edgecolor": "none"}  # fmt: skip
FOOTER = (
    "Top: {current} from the start of the test step in {condition}, inward up; some of the sweeps. Points below: what each sweep "
    "reached, {size}.{published} {read}{fits}"
)
LINES = "relative to the largest of its cell in the first condition; lines: Boltzmann functions and exponentials fitted to them"
READ = (
    "Activation is what a fit of m²h would reach without inactivation; its two time constants stand to the right, published "
    "ranges shaded. "
)


@styled
def voltage_clamp(found: Clamped, current: str) -> Figure:
    """A row of sweeps for each nucleus, and a row of curves: one column for each family, one for time constants."""
    nuclei = list(dict.fromkeys(nucleus for nucleus, _, _ in found))
    first = {nucleus: next(own for name, _, own in found if name == nucleus) for nucleus in nuclei}
    families = list(next(iter(first.values())))
    figure = new_figure(FULL_WIDTH, ROW * (len(nuclei) + 1), _footer(found, current))
    axes = figure.subplots(len(nuclei) + 1, len(families) + 1, squeeze=False)
    looks = condition_colours([_label(nucleus, condition, found) for nucleus, condition, _ in found])
    for row, (nucleus, own) in zip(axes, first.items(), strict=False):
        for panel, name in zip(row, families, strict=False):
            _sweeps(panel, own[name], f"{_words(name).capitalize()}, {nucleus_name(nucleus)}", current)
        _constants(
            row[-1], [one for one in own.values() if one.constants.size], looks[_label(nucleus, found[0][1], found)]
        )
    for panel, name in zip(axes[-1], families, strict=False):
        curves = {_label(nucleus, condition, found): own[name] for nucleus, condition, own in found}
        _curves(panel, curves, looks, current)
    _key(axes[-1, -1], looks, any(own.published for own in found[0][2].values()))
    return figure


def _words(family: str) -> str:
    return family.replace("_", " ")


def _label(nucleus: str, condition: str, found: Clamped) -> str:
    """What tells one of the found from the others."""
    several = len({name for name, _, _ in found}) > 1, len({name for _, name, _ in found}) > 1
    parts = [nucleus_name(nucleus)] * several[0] + [condition] * several[1]
    return ", ".join(parts) or condition


def _sweeps(axes: Axes, family: Family, title: str, current: str) -> None:
    """Some sweeps, from the first to the last, until little is left of the largest."""
    largest = np.abs(family.currents).max() or 1.0
    left = np.flatnonzero(np.abs(family.currents).max(axis=1) > LEFT * largest)
    shown = np.unique(np.linspace(0, family.varied.size - 1, SHOWN_SWEEPS).round().astype(int))
    colours = colormaps["viridis"](np.linspace(DARK, PALE, shown.size))
    factor, unit = (1e9, "nA") if largest > 1e-9 else (1e12, "pA")
    for sweep, colour in zip(shown, colours, strict=True):
        value = format_quantity(float(f"{family.varied[sweep]:.3g}"), family.unit).replace("-", "−")
        axes.plot(1e3 * family.times, factor * family.currents[:, sweep], color=colour, linewidth=0.8, label=value)
    end = family.times[left[-1] if left.size else -1]
    axes.set(title=title, xlabel="Time (ms)", ylabel=f"{_symbol(current)} ({unit})", xlim=(0, 1e3 * end))
    axes.legend(loc="best", fontsize="small", **INSIDE)


def _symbol(current: str) -> str:
    """A current's name as text: I_T is printed with its index lowered.

    >>> _symbol("I_T")
    '$I_{\\\\mathrm{T}}$'
    """
    letter, _, index = current.partition("_")
    return f"${letter}_{{\\mathrm{{{index}}}}}$" if index else current


def _constants(axes: Axes, families: Sequence[Family], colour: str) -> None:
    """Fast and slow time constants over the test potential, beside published ranges."""
    if not families:
        axes.set_axis_off()
        return
    for family in families:
        potentials, *both = family.constants
        for constants, marker, name in zip(both, "os", ("fast", "slow"), strict=True):
            axes.plot(
                1e3 * potentials, 1e3 * constants, marker, color=colour, markersize=2.4, fillstyle="none", label=name
            )
        for ends in ((family.published or {}).get(name) for name in ("fast", "slow")):
            if ends:
                axes.axhspan(1e3 * ends[0], 1e3 * ends[-1], color="black", alpha=0.12, linewidth=0)
                axes.axhline(1e3 * ends[0], **PUBLISHED) if len(ends) == 1 else None
    axes.set(title="Inactivation", xlabel="Test potential (mV)", ylabel="Time constant (ms)", yscale="log")
    axes.set_ylim(4, 900)
    axes.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
    axes.legend(loc="upper left", ncols=2, fontsize="small", **INSIDE)


def _curves(axes: Axes, curves: Mapping[str, Family], looks: Mapping[str, str], current: str) -> None:
    """What each sweep reached, with its fit, and the curve of the published numbers."""
    family = next(iter(curves.values()))
    volts = family.unit == "V"
    factor = 1e3 if volts else 1.0
    fine = np.linspace(family.varied[0], family.varied[-1], 300)
    fine = fine if volts else np.geomspace(family.varied[0], family.varied[-1], 300)
    for name, own in curves.items():
        scale = 1.0 if own.fit else 1e12
        axes.plot(factor * own.varied, scale * own.reached, "o", color=looks[name], markersize=2.2)
        if own.fit:
            axes.plot(factor * fine, own.fit.curve(fine), color=looks[name], linewidth=0.8)
    if (known := _published(family, fine)) is not None:
        axes.plot(factor * fine, known, **PUBLISHED)
    axes.set(xlabel=_varied(family), ylabel="Relative conductance" if family.fit else f"{_symbol(current)} (pA)")
    if not volts:
        axes.set_xscale("log")


def _varied(family: Family) -> str:
    """What varies between the sweeps, as the label of an axis."""
    if family.unit == "s":
        at = 1e3 * family.potentials[0, family.step]
        return f"Time at {at:.3g} mV (s)".replace("-", "−")
    return f"{ {0: 'Holding', -1: 'Test'}.get(family.step, 'Conditioning') } potential (mV)"


def _published(family: Family, x: np.ndarray) -> np.ndarray | None:
    """The curve of the published numbers, where there are such."""
    known = family.published or {}
    if family.unit == "s":
        return 1 - np.exp(-x / known["constant"]) if "constant" in known else None
    if "half" not in known or "slope" not in known:
        return None
    rising = family.reached[-1] > family.reached[0]
    return 1 / (1 + np.exp((-1 if rising else 1) * (x - known["half"]) / known["slope"]))


def _key(axes: Axes, looks: Mapping[str, str], published: bool) -> None:
    """Which colour is which cell and condition."""
    axes.set_axis_off()
    for name, colour in looks.items():
        axes.plot([], [], "o", color=colour, markersize=2.2, label=name)
    if published:
        axes.plot([], [], **PUBLISHED, label="published")
    axes.legend(loc="center left", borderaxespad=0.0)


def _footer(found: Clamped, current: str) -> str:
    families = found[0][2].values()
    sources = dict.fromkeys(own.published["source"] for own in families if own.published)
    return FOOTER.format(
        current=current,
        condition=found[0][1],
        size=LINES if any(own.fit for own in families) else "in pA",
        published=f" Dashed: published ({'; '.join(sources)})." if sources else "",
        read=READ if any(own.constants.size for own in families) else "",
        fits=_fits(found),
    )


def _fits(found: Clamped) -> str:
    """Fitted numbers in the first condition, in words."""
    said = []
    for name in found[0][2]:
        numbers = [
            f"{_number(own[name])} {nucleus_name(n)}" for n, c, own in found if c == found[0][1] and own[name].fit
        ]
        said += [f"{_words(name)} {', '.join(numbers)}"] if numbers else []
    return f"Fitted: {'; '.join(said)}.".replace("-", "−") if said else ""


def _number(family: Family) -> str:
    assert family.fit is not None
    if family.unit == "s":
        return f"{1e3 * family.fit.numbers[0]:.0f} ms"
    half, slope = (1e3 * number for number in family.fit.numbers)
    return f"{half:.1f} mV (slope {slope:.1f} mV)"
