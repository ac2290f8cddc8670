"""The T current in voltage clamp: sweeps, steady states with their fits, and recovery; as recorded and as the cell uses it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lhb_model.plot.style import FULL_WIDTH, condition_colours, legend_above, new_figure, styled

Floats = NDArray[np.float64]
HEIGHT, SHOWN_SWEEP = 60.0, 0.3  # mm, s
FOOTER = (
    "Ideal clamp of the mechanism's own equations. Sweeps: share of fully open channels after steps from −110 mV to −60, −50 "
    "and −40 mV. Points: measured in the protocol, activation as circles and inactivation as squares; lines: fits (Boltzmann; "
    "one exponential). Activation is what the fit of m²h to each sweep leaves without inactivation."
)


@dataclass(frozen=True, eq=False)
class Curve:
    """Measured points and the fit through them; x and y of any unit, `fit` of x."""

    x: Floats
    y: Floats
    fit: Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Clamped:
    """What one current gave: sweeps as (times in s, shares), activation and inactivation over V, recovery over s."""

    sweeps: Sequence[tuple[Floats, Floats]]
    activation: Curve
    inactivation: Curve
    recovery: Curve


@styled
def clamp(found: Mapping[str, Clamped]) -> Figure:
    """Three panels, one colour for each current."""
    figure = new_figure(FULL_WIDTH, HEIGHT, FOOTER)
    sweeps, steady, recovery = figure.subplots(1, 3)
    looks = condition_colours(found)
    for name, own in found.items():
        for times, shares in own.sweeps:
            sweeps.plot(1e3 * times, shares, color=looks[name], linewidth=0.8)
        for curve, marker in ((own.activation, "o"), (own.inactivation, "s")):
            _curve(steady, curve, 1e3, looks[name], marker)
        _curve(recovery, own.recovery, 1.0, looks[name], "o")
    sweeps.set(xlabel="Time (ms)", ylabel="Open share", xlim=(0, 1e3 * SHOWN_SWEEP), title="Sweeps")
    steady.set(xlabel="Potential (mV)", ylabel="Relative share", title="Steady states")
    recovery.set(xlabel="Time at −90 mV (s)", ylabel="Recovered share", xscale="log", title="Recovery")
    handles = [sweeps.plot([], [], color=looks[name])[0] for name in found]
    legend_above(figure, handles, [f"{name}" for name in found], FULL_WIDTH)
    return figure


def _curve(axes, curve: Curve, factor: float, colour: str, marker: str) -> None:  # type: ignore[no-untyped-def]
    fine = np.linspace(curve.x[0], curve.x[-1], 300)
    axes.plot(factor * curve.x, curve.y, marker, markersize=2.2, color=colour)
    axes.plot(factor * fine, curve.fit(fine), color=colour, linewidth=0.8)
