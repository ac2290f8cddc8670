"""Figures of what acts on neurons and how much of it: doses, blocks, the course of a drug, the expression of a channel."""

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.dose_fit import DoseFit, fit_dose
from lhb_model.errors import InputError
from lhb_model.figures.view import LHB, Kind, View, burst_rule, known_seed
from lhb_model.findings.potentials import potentials
from lhb_model.names import unknown
from lhb_model.quantities import parse_quantity
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.plot.dose import Curve
    from lhb_model.plot.infusion import Moment
    from lhb_model.plot.kir41 import Expressed

BAND_POINTS = 100


def _dose(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    name, doses, unit = _doses(run, view)
    return plot.dose(run.table, doses, unit, rule=burst_rule(run), curves=_curves(run, doses, unit), name=name)


def _doses(run: Run, view: View) -> tuple[str, dict[str, float], str]:
    """A series ("ketamine"), the dose of each of its conditions ("ketamine@10uM"), and the unit of the doses."""
    series = run.dose_series()
    for name in view.conditions:
        if name not in series:
            raise InputError(unknown("series of doses", name, series))
    chosen = view.conditions or tuple(series)
    if len(chosen) > 1:
        raise InputError(
            f"given {len(chosen)} series of doses ({', '.join(chosen)}), expected one: --condition {chosen[0]}"
        )
    doses = series[chosen[0]]
    return chosen[0], {name: quantity.value for name, quantity in doses.items()}, next(iter(doses.values())).unit


def _curves(run: Run, doses: Mapping[str, float], unit: str) -> "dict[tuple[str, str], Curve]":
    """What is fitted to each measure that the figure shows."""
    from lhb_model.plot.dose import shown_measures

    series = run.table[run.table["condition"].isin(list(doses))]
    names = [(measure.nucleus, measure.name) for measure in shown_measures(series)]
    return {(nucleus, name): _curve(fit_dose(series, doses, name, nucleus, unit)) for nucleus, name in names}


def _curve(fit: DoseFit) -> "Curve":
    from lhb_model.plot.dose import Curve

    at = np.geomspace(fit.series.lowest, fit.series.highest, BAND_POINTS) if not fit.refusal else np.empty(0)
    return Curve(
        fit.start.value, fit.end.value, fit.ic50.value, fit.hill.value,
        fit.ic50.low, fit.ic50.high, fit.refusal, (at, *fit.band(at)),
    )  # fmt: skip


def _screen(run: Run, view: View) -> "Figure":
    """All series of doses; `InputError` for a run without an untreated condition and a state to tell them against."""
    from lhb_model import plot

    series = run.dose_series()
    dosed = {name for doses in series.values() for name in doses}
    plain = [name for name in run.conditions if run.finished(name) and name not in dosed]
    control = next((name for name in plain if not run.changes(name)), None)
    state = next((name for name in plain if name != control), None)
    if control is None or state is None:
        raise InputError(
            "a screen needs an untreated condition and another without doses, such as `control: {}` and "
            "`depressed: {depressed_state: {}}`",
            file=run.folder,
        )
    acting = {change["cause"] for change in run.changes(state)}
    given_in_state = {
        drug for drug, doses in series.items() if any(c["cause"] in acting for name in doses for c in run.changes(name))
    }
    shown = {drug: {name: _printed(name) for name in doses} for drug, doses in series.items()}
    return plot.screen(run.table, shown, control, state, set(shown) - given_in_state, rule=burst_rule(run))


def _printed(condition: str) -> str:
    """The dose of a condition, as a figure prints it: "5 µM" of "ketamine@5uM"."""
    from lhb_model.plot.labels import pretty_unit

    return pretty_unit(re.sub(r"(?<=\d)(?=[^\W\d])", " ", condition.rpartition("@")[2]))


def _mode_map(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    held = run.resolved["nuclei"].get("lhb", {}).get("hold_V")
    blocks = {name: _blocks(run, name) for name in run.conditions if run.finished(name)}
    drugs = list(dict.fromkeys(drug for amounts in blocks.values() for drug in amounts))
    if held is None or not 1 <= len(drugs) <= 2:
        raise InputError(
            "a mode map needs neurons on a ladder ('hold') and one or two drugs as blocks", file=run.folder
        )
    seed = run.seeds[0] if view.seed is None else known_seed(run, view.seed)
    own = run.neurons[(run.neurons["seed"] == seed) & (run.neurons["nucleus"] == "lhb")].sort_values("neuron")
    first, second = [*drugs, ""][:2]
    modes = {
        (amounts.get(first, 0.0), amounts.get(second, 0.0)): list(own[own["condition"] == name]["class"])
        for name, amounts in blocks.items()
    }
    return plot.mode_map(modes, tuple(held), (first, second), rule=burst_rule(run))


def _blocks(run: Run, condition: str) -> dict[str, float]:
    """Drug -> blocked share, for the drugs of a condition that are given as a block."""
    causes = dict.fromkeys(change["cause"] for change in run.changes(condition))
    parts = [cause.rpartition(" block=") for cause in causes]
    return {drug: parse_quantity(amount, "1").value for drug, found, amount in parts if found}


def _kir41(run: Run, view: View) -> "Figure":
    """Potential and modes against the Kir4.1 of each condition; `InputError` for a run without it."""
    from lhb_model import plot

    names = [name for name in run.conditions if run.finished(name)]
    if "Kir41" not in run.resolved["nuclei"].get(LHB, {}).get("parameters", {}) or not names:
        raise InputError(
            "this figure needs LHb neurons with 'extracellular_potassium', and a simulation", file=run.folder
        )
    return plot.kir41([_expressed(run, name) for name in names], rule=burst_rule(run))


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


def _infusion(run: Run, view: View) -> "Figure":
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


KINDS = {
    "dose": Kind(_dose, ("condition",)),
    "screen": Kind(_screen, ()),
    "mode_map": Kind(_mode_map, ("seed",)),
    "kir41": Kind(_kir41, ()),
    "infusion": Kind(_infusion, ()),
}
