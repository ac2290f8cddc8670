"""Figures of a run's tables: conditions held against each other."""

from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError
from lhb_model.figures.view import Kind, View, burst_rule, colours, conditions, known_seed
from lhb_model.findings.burst_premium import SILENT, premium_titles
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _classes(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    neurons = run.neurons[run.neurons["condition"].isin(conditions(run, view))]
    return plot.classes(neurons if view.seed is None else neurons[neurons["seed"] == known_seed(run, view.seed)])


def _comparison(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.comparison(run.comparison, run.table, rule=burst_rule(run), colours=colours(run), neurons=run.neurons)


def _against_rate(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    shown = run.table[run.table["condition"].isin(conditions(run, view))]
    return plot.against_rate(shown, colours=colours(run))


def _transfer(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    played = {name: next(iter(found["trains"].values())) for name, found in _played(run).items()}
    patterns = {name: (p["burst_share"], p["synchrony"]) for name, p in played.items() if p["rate"] != 0}
    silent = next((name for name, pattern in played.items() if pattern["rate"] == 0), None)
    if not patterns:
        raise InputError("no condition replays trains; write 'replay' in the experiment", file=run.folder)
    ends = sorted(patterns, key=lambda name: (patterns[name][1], patterns[name][0]))
    least = [name for name in ends if patterns[name][1] == patterns[ends[0]][1]]
    titles = premium_titles(run.table, least[-1], least[0]) if silent == SILENT and len(least) > 1 else {}
    return plot.transfer(run.table, patterns, silent, titles=titles)


def _played(run: Run) -> dict[str, dict[str, Any]]:
    """Conditions that replay trains."""
    return {
        name: run.resolved["conditions"][name]
        for name in run.conditions
        if "trains" in run.resolved["conditions"][name]
    }


KINDS = {
    "classes": Kind(_classes, ("condition", "seed")),
    "comparison": Kind(_comparison, ()),
    "against_rate": Kind(_against_rate, ("condition",)),
    "transfer": Kind(_transfer, ()),
}
