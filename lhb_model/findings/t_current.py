"""The T current in voltage clamp: activation, inactivation in two phases, and recovery, as Huguenard 1993 recorded them.

The protocols are those of a patch clamp; the numbers are fitted to the currents, never read off the equations. Twice:
`recorded` is the current without the shift and the speed by which the cell uses it, `cell` with them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lhb_model import catalogue
from lhb_model.clamp import Clamp
from lhb_model.clamp_fits import boltzmann, fit, fitted_sweep, one_phase
from lhb_model.findings.finding import Finding, Row, row
from lhb_model.run_folder import Run
from lhb_model.sheets import read_nucleus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.plot.clamp import Clamped

Floats = NDArray[np.float64]

CELL, CURRENT = "lhb_cell", "I_T"
AS_RECORDED = {"T_shift": 0.0, "phi_T": 1.0}
"""What undoes the changes that the cell makes to the recorded current."""

FULL, TEST, INACTIVATING, RECOVERING = -0.110, -0.040, -0.040, -0.090  # V
LONG = 5.0  # s, until every gate rests
SWEEP: Floats = np.geomspace(0.1e-3, 1.0, 400)  # s
ACTIVATION: Floats = np.linspace(-0.080, -0.020, 25)  # V
INACTIVATION: Floats = np.linspace(-0.120, -0.050, 29)  # V
DECAYS: Floats = np.linspace(-0.060, -0.040, 5)  # V
ACTIVATES, INACTIVATES, RECOVERS = (-0.06, 0.004), (-0.08, -0.005), (0.3, 1.0)
"""Where the fits start."""
NAMES = {"recorded": "as recorded (no shift)", "cell": "as the cell uses it"}
GAPS: Floats = np.geomspace(10e-3, 5.0, 25)  # s


def t_current(changes: Mapping[str, float] | None = None) -> Clamp:
    """The T current of the shipped cell in voltage clamp; `changes` of its parameters are those that it has."""
    sheet = read_nucleus(catalogue.sheet_path("nucleus", CELL))
    cell = catalogue.cell(CELL, tuple(sheet.mechanisms))
    values = {name: p.value for name, p in cell.parameters.items()}
    values |= {name: sourced.value.value for name, sourced in sheet.parameters.items()}
    values |= {name: value for name, value in (changes or {}).items() if name in values}
    return Clamp(cell.equations, values, CURRENT)


def sweep(clamp: Clamp, potential: float) -> tuple[Floats, Floats]:
    """Times (s) after a step from full availability to a potential (V), and the open share then."""
    return SWEEP, np.asarray(clamp.open_share(clamp.after(clamp.rest(FULL), potential, SWEEP), potential))


def activation(clamp: Clamp) -> tuple[Floats, Floats]:
    """Potentials (V) and what would be open there without inactivation, by a fit to each sweep; relative to the largest."""
    return ACTIVATION, _relative(np.array([fitted_sweep(*sweep(clamp, v))[0] for v in ACTIVATION]))


def peaks(clamp: Clamp) -> tuple[Floats, Floats]:
    """Potentials (V) and the largest open share of each sweep, relative to the largest of all."""
    return ACTIVATION, _relative(np.array([sweep(clamp, v)[1].max() for v in ACTIVATION]))


def inactivation(clamp: Clamp) -> tuple[Floats, Floats]:
    """Potentials (V) held for long and the peak at the test potential after each, relative to the largest."""
    gates = clamp.after(clamp.rest(FULL), INACTIVATION[:, None], LONG)
    return INACTIVATION, _relative(_peak(clamp, gates))


def recovery(clamp: Clamp) -> tuple[Floats, Floats]:
    """Times (s) at the recovering potential after full inactivation, and the peak after each, relative to the largest."""
    inactive = clamp.after(clamp.rest(FULL), INACTIVATING, LONG)
    return GAPS, _relative(_peak(clamp, clamp.after(inactive, RECOVERING, GAPS[:, None])))


def _peak(clamp: Clamp, gates: Mapping[str, Floats]) -> Floats:
    return np.asarray(clamp.open_share(clamp.after(gates, TEST, SWEEP), TEST).max(axis=1))


def _relative(peaks: Floats) -> Floats:
    return peaks / peaks.max()


def _rows(condition: str, clamp: Clamp) -> Iterator[Row]:
    for name, curve, start in (
        ("activation", activation, ACTIVATES),
        ("peak_activation", peaks, ACTIVATES),
        ("inactivation", inactivation, INACTIVATES),
    ):
        half, slope = fit(boltzmann, *curve(clamp), start)
        yield row(condition, 1, f"{name}_half", half, "V")
        yield row(condition, 1, f"{name}_slope", abs(slope), "V")
    yield from _decays(condition, clamp)
    times, recovered = recovery(clamp)
    constant, whole = fit(one_phase, times, recovered, RECOVERS)
    yield row(condition, 1, "recovery", constant, "s")
    misfit = np.sqrt(np.mean((one_phase(times, constant, whole) - recovered) ** 2))
    yield row(condition, 1, "recovery_misfit", misfit, "1")


def _decays(condition: str, clamp: Clamp) -> Iterator[Row]:
    """Both time constants of inactivation: their mean over the range of potentials, and their extremes."""
    fits = np.array([fitted_sweep(*sweep(clamp, v)) for v in DECAYS])
    for name, constants in zip(("fast", "slow"), np.sort(fits[:, 2:4], axis=1).T, strict=True):
        yield row(condition, 1, f"{name}_inactivation", constants.mean(), "s")
        yield row(condition, 1, f"{name}_inactivation_shortest", constants.min(), "s")
        yield row(condition, 1, f"{name}_inactivation_longest", constants.max(), "s")


def _currents() -> dict[str, Clamp]:
    return {"recorded": t_current(AS_RECORDED), "cell": t_current()}


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rows of the current as recorded and as the cell uses it."""
    return [found for name, clamp in _currents().items() for found in _rows(name, clamp)]


def draw(runs: Mapping[str, Run]) -> "Figure":
    """Sweeps, steady states and recovery of both."""
    from lhb_model import plot

    return plot.clamp({NAMES[name]: _clamped(clamp) for name, clamp in _currents().items()})


def _clamped(clamp: Clamp) -> "Clamped":
    from lhb_model.plot.clamp import Clamped, Curve

    def curve(function: Callable[..., Floats], measured: tuple[Floats, Floats], start: tuple[float, ...]) -> Curve:
        found = fit(function, *measured, start)
        return Curve(*measured, lambda x: function(x, *found))

    return Clamped(
        [sweep(clamp, v) for v in DECAYS[::2]],
        curve(boltzmann, activation(clamp), ACTIVATES),
        curve(boltzmann, inactivation(clamp), INACTIVATES),
        curve(one_phase, recovery(clamp), RECOVERS),
    )


FINDING = Finding("t_current", "T current in voltage clamp", (), measure, of="cells", draw=draw)
