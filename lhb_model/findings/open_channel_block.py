"""Blockers of the NMDA receptor's pore in voltage clamp: how fast they enter and leave, what stays trapped, and the IC50.

Rates and trapping are those of the law of trapping, from the mechanism's own equations at a steady gating of the channels: open
all the time in saturating agonist, or closed without agonist. They are fitted to the current, as an experimenter would. The IC50
is given for both laws, which may rest on different measurements.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from lhb_model import catalogue
from lhb_model.clamp import Clamp
from lhb_model.equations import Equation, SteadyState
from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.t_current import fit
from lhb_model.laws import pore_ic50
from lhb_model.run_folder import Run
from lhb_model.sheets import read_intervention, read_nucleus

Floats = NDArray[np.float64]

CELL = "lhb_cell"
LEFT = Equation("I_left", "free_pores*I_NMDA", "amp")
"""The current through pores that no blocker holds, as it enters the membrane equation."""
BLOCKERS = ("ketamine", "memantine", "mk801", "phencyclidine")
RATES_AT, AFFINITY_AT = -0.060, -0.065  # V, where MacDonald 1991 and Kotermanski & Johnson 2009 held the cell
MAGNESIUM = {"without Mg": 0.0, "1 mM Mg": 1e-3}
WITHOUT_AGONIST = 10.0  # s
CLOSED: Floats = np.geomspace(0.05, WITHOUT_AGONIST, 25)  # s
GONE = 1e-6
"""Share of the block of which a smaller loss is none."""


def pore(drug: str, concentration: float, agonist: float = 1.0, magnesium: float = 0.0) -> Clamp:
    """The NMDA current of the shipped cell with a blocker (M); `agonist` 1 keeps all channels open, 0 keeps them closed."""
    sheet = read_nucleus(catalogue.sheet_path("nucleus", CELL))
    blocker = read_intervention(catalogue.sheet_path("intervention", drug)).blocker()
    cell = catalogue.cell(CELL, tuple(sheet.mechanisms), (blocker,))
    gating = {"P_ambient": 1.0, "ambient_NMDA": agonist, "s_NMDA": 0.0, "Mg_out": magnesium}
    values = {name: p.value for name, p in cell.parameters.items()}
    changed = {**values, **gating, f"c_{blocker.name}": concentration}
    return Clamp((*cell.equations, LEFT), changed, LEFT.name)


def entry_and_exit(drug: str) -> tuple[float, float]:
    """Rates of entry (1/M/s) and exit (Hz): a line through the speed of block at several concentrations."""
    scale = half_blocking(drug, RATES_AT, 0.0)
    concentrations = scale * np.array([0.5, 1.0, 2.0, 4.0, 8.0])
    speeds = [_speed(drug, concentration) for concentration in concentrations]
    entry, leaving = np.polyfit(concentrations, speeds, 1)
    return float(entry), float(leaving)


def _speed(drug: str, concentration: float) -> float:
    """Rate (Hz) with which the current falls when the drug is given to open channels."""
    clamp = pore(drug, concentration)
    free, blocked = (float(clamp.amperes(gates, RATES_AT)) for gates in (_unblocked(clamp), clamp.rest(RATES_AT)))
    # From the time at which the current is half-way.
    low, high = 0.0, 1e7
    for _ in range(80):
        middle = (low + high) / 2
        now = float(clamp.amperes(clamp.after(_unblocked(clamp), RATES_AT, middle), RATES_AT))
        low, high = (middle, high) if now - blocked > (free - blocked) / 2 else (low, middle)
    return float(np.log(2) / low)


def _unblocked(clamp: Clamp) -> dict[str, float]:
    return dict.fromkeys(clamp.gates, 0.0)


def trapped(drug: str, closed: float = WITHOUT_AGONIST) -> float:
    """Share of a block that is left after a time (s) without drug and without agonist."""
    blocked = pore(drug, 100 * half_blocking(drug, RATES_AT, 0.0)).rest(RATES_AT)
    washed = pore(drug, 0.0, agonist=0.0).after(blocked, RATES_AT, closed)
    test = pore(drug, 0.0)
    free = float(test.amperes(_unblocked(test), RATES_AT))
    before, later = (free - float(test.amperes(gates, RATES_AT)) for gates in (blocked, washed))
    return later / before


def leaves_closed(drug: str) -> float:
    """Time constant (s) with which closed channels lose what they do not trap; NaN if they trap all of it."""
    left = np.array([trapped(drug, closed) for closed in CLOSED])
    if 1 - left[-1] < GONE:
        return float("nan")
    return fit(_lost, CLOSED, left, (1 - left[-1], 1.0))[1]


def _lost(time: Floats, share: float, constant: float) -> Floats:
    return np.asarray(1 - share * -np.expm1(-time / constant))


def hill_ic50(drug: str, potential: float, magnesium: float) -> float:
    """Concentration (M) that blocks half by the Hill law, against a magnesium (M) in the shipped cell's receptors."""
    sheet = read_intervention(catalogue.sheet_path("intervention", drug))
    assert sheet.affinity is not None and sheet.pore is not None
    clamp = pore(drug, 0.0, magnesium=magnesium)
    unblocked = float(SteadyState(clamp.equations, {**clamp.parameters, "v": potential})["B_Mg"])
    numbers = (sheet.affinity.IC50, sheet.pore.IC50_at, sheet.pore.e_fold)
    ic50, measured_at, e_fold = (number.value.value for number in numbers)
    return pore_ic50(ic50, measured_at, potential, e_fold, unblocked)


def half_blocking(drug: str, potential: float, magnesium: float) -> float:
    """Concentration (M) at which half of the current is left once trapping is steady: a line through the odds of block."""
    concentrations = np.geomspace(1e-9, 1e-3, 25)
    left = np.array([_left(drug, c, potential, magnesium) for c in concentrations])
    odds = np.log(1 / left - 1)
    near = np.argsort(np.abs(odds))[:5]
    slope, offset = np.polyfit(np.log(concentrations[near]), odds[near], 1)
    return float(np.exp(-offset / slope))


def _left(drug: str, concentration: float, potential: float, magnesium: float) -> float:
    clamp = pore(drug, concentration, magnesium=magnesium)
    return float(clamp.amperes(clamp.rest(potential), potential) / clamp.amperes(_unblocked(clamp), potential))


def _rows(drug: str) -> Iterator[Row]:
    entry, leaving = entry_and_exit(drug)
    yield row(drug, 1, "entry_rate", entry, "1/M/s")
    yield row(drug, 1, "exit_rate", leaving, "Hz")
    yield row(drug, 1, "trapped", trapped(drug), "1")
    yield row(drug, 1, "leaves_closed", leaves_closed(drug), "s")
    for name, magnesium in MAGNESIUM.items():
        yield row(f"{drug}, {name}", 1, "IC50", hill_ic50(drug, AFFINITY_AT, magnesium), "M")
        yield row(f"{drug}, {name}", 1, "trapping_IC50", half_blocking(drug, AFFINITY_AT, magnesium), "M")


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Rates, trapping and IC50 of every blocker."""
    return [found for drug in BLOCKERS for found in _rows(drug)]


FINDING = Finding(
    "open_channel_block", "Open-channel block of NMDA receptors in voltage clamp", (), measure, of="cells"
)
