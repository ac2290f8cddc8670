"""Figures of what acts on a network: gathers what they show from a run and hands it to `plot`."""

import math
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.errors import InputError
from lhb_model.findings.potentials import potentials
from lhb_model.quantities import parse_quantity
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.plot.infusion import Moment
    from lhb_model.plot.kir41 import Expressed

LHB = "lhb"


def draw_kir41(run: Run, rule: str) -> "Figure":
    """Potential and modes against the Kir4.1 of each condition; `InputError` for a run without it."""
    from lhb_model import plot

    names = [name for name in run.conditions if run.finished(name)]
    if "Kir41" not in run.resolved["nuclei"].get(LHB, {}).get("parameters", {}) or not names:
        raise InputError(
            "this figure needs LHb neurons with 'extracellular_potassium', and a simulation", file=run.folder
        )
    return plot.kir41([_expressed(run, name) for name in names], rule=rule)


def _expressed(run: Run, condition: str) -> "Expressed":
    """The Kir4.1 of a condition, and what it did to potential and modes."""
    from lhb_model.plot.kir41 import Expressed

    changes = [
        change for change in run.changes(condition) if (change["nucleus"], change["parameter"]) == (LHB, "Kir41")
    ]
    base = run.resolved["nuclei"][LHB]["parameters"]["Kir41"]["value"]
    left = base * math.prod(change["factor"] for change in changes)
    blocked = any(run.resolved["interventions"][change["cause"].split()[0]]["affinity"] for change in changes)
    own = run.neurons[(run.neurons["condition"] == condition) & (run.neurons["nucleus"] == LHB)]
    shares = {
        mode: [float((group["class"] == mode).mean()) for _, group in own.groupby("seed")]
        for mode in ("bursting", "tonic", "silent")
    }
    volts = np.array(list(potentials(run.recording(condition, run.seeds[0])).values()))
    return Expressed(left, blocked, volts, shares)


def draw_infusion(run: Run) -> "Figure":
    """What the network does at the moments of a course; `InputError` for a run without any."""
    from lhb_model import plot
    from lhb_model.plot.infusion import ROWS

    found = {name: moment for group in run.dose_series().values() for name, moment in group.items()}
    series: dict[str, list[Moment]] = {}
    for name, moment in found.items():
        if moment.unit == "s":
            series.setdefault(name.rpartition("@")[0], []).append(_moment(run, name, moment.value))
    if not series:
        raise InputError("no condition is a series of moments; write `course: {after: [0 min, 1 h]}`", file=run.folder)
    table = run.table
    shown = {key: own["unit"].iloc[0] for key, own in table.groupby(["nucleus", "measure"]) if key in ROWS}
    untreated = [name for name in run.conditions if run.finished(name) and not run.changes(name)]
    reference = {key: float(np.mean(_values(run, untreated[0], key))) for key in shown} if untreated else {}
    return plot.infusion(series, shown, reference, untreated[0] if untreated else "")


def _moment(run: Run, condition: str, time: float) -> "Moment":
    """What a drug holds at a moment of its course, and what the network then does."""
    from lhb_model.plot.infusion import ROWS, Moment

    held = next(c for c in run.changes(condition) if (c["nucleus"], " dose=" in c["cause"]) == (LHB, True))
    concentration = parse_quantity(held["cause"].rpartition(" dose=")[2], "M").value
    return Moment(time, concentration, 1 - held["factor"], {key: _values(run, condition, key) for key in ROWS})


def _values(run: Run, condition: str, key: tuple[str, str]) -> list[float]:
    """A measure of a nucleus in each seed."""
    table = run.table
    own = table[(table["condition"] == condition) & (table["nucleus"] == key[0]) & (table["measure"] == key[1])]
    return [float(value) for value in own["value"]]
