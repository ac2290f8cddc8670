"""Figures of what happens at known times: around pulses and outcomes, and while something acts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.errors import InputError
from lhb_model.figures.view import Kind, View, burst_rule, colours, of_all_seeds
from lhb_model.findings.reward_omission import CUE, ERRORS, around, labelled_events, learnt
from lhb_model.peri_event import Pause, pause
from lhb_model.prediction import TRIALS
from lhb_model.quantities import parse_quantity
from lhb_model.run_folder import Run
from lhb_model.sliding import WINDOW, courses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.plot import Around

SILENCED = ("vta_da", "drn_5ht")
"""Nuclei whose pauses are shown."""
AROUND_OUTCOME, OUTCOME_BIN = (-0.8, 0.7), 0.05  # s


def _peth(run: Run, view: View) -> "Figure":
    from lhb_model import plot
    from lhb_model.plot.labels import nucleus_name

    depths = {source: _depths(run, source) for name in run.conditions for source in run.pulses(name)}
    if not depths:
        raise InputError("has no pulses; write `stimuli:` with `kind: pulses` in the experiment", file=run.folder)
    order = sorted(run.resolved["nuclei"], key=lambda nucleus: max(own.get(nucleus, 0) for own in depths.values()))
    series: dict[str, list[plot.Around]] = {}
    for name, records in of_all_seeds(run, view).items():
        pulses = run.pulses(name)
        for source, events in pulses.items():
            label = name if len(pulses) == 1 else f"{name}, {nucleus_name(source)}"
            reached = [nucleus for nucleus in order if nucleus in depths[source]]
            series[label] = [plot.Around({n: own.trains(n) for n in reached}, events) for own in records]
    return plot.peth(series, _pauses(series), view.window, order)


def _depths(run: Run, source: str) -> dict[str, int]:
    """Nuclei that the wiring makes spikes of a nucleus reach -> over how many projections."""
    depths, wires = {source: 0}, [(wire["from"], wire["to"]) for wire in run.resolved["wiring"]]
    while further := {to: depths[origin] + 1 for origin, to in wires if origin in depths and to not in depths}:
        depths |= further
    return depths


def _pauses(series: "Mapping[str, Sequence[Around]]") -> dict[str, dict[str, list[Pause]]]:
    """Nucleus of those that the LHb silences -> series -> the pause of each neuron, of all seeds."""
    return {
        nucleus: {
            label: [pause(train, one.events) for one in seeds for train in one.trains.get(nucleus, ())]
            for label, seeds in series.items()
        }
        for nucleus in SILENCED
    }


def _outcomes(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = of_all_seeds(run, view)
    found = {name: labelled_events(run, name) for name in run.conditions}
    if not all(label in found[name] for name in recordings for label in ERRORS):
        wanted = ", ".join(ERRORS)
        raise InputError(f"no stimuli are labelled {wanted}, which a figure of outcomes shows", file=run.folder)
    edges: np.ndarray = np.arange(*AROUND_OUTCOME, OUTCOME_BIN)
    shown: dict[str, Any] = {
        nucleus: {
            label: {
                name: (
                    edges + OUTCOME_BIN / 2,
                    np.array([around(own, nucleus, found[name][label], edges, OUTCOME_BIN) for own in group]),
                )
                for name, group in recordings.items()
            }
            for label in reversed(ERRORS)
        }
        for nucleus in ("lhb", "vta_da")
    }
    return plot.outcomes(shown, learnt(run, recordings), TRIALS, CUE, colours(run))


def _courses(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = of_all_seeds(run, view)
    if len(recordings) > 1:
        raise InputError(f"a figure of courses shows one condition, expected --condition {next(iter(recordings))}")
    ((condition, records),) = recordings.items()
    made = [courses(record, burst_rule(run), run.resolved["readouts"]) for record in records]
    values = {name: (c.times, np.stack([own[name].values for own in made]), c.unit) for name, c in made[0].items()}
    return plot.courses(values, _acting(run, condition), WINDOW)


def _acting(run: Run, condition: str) -> list[tuple[str, float, float]]:
    """Each intervention from its onset to the end of the last step in which at least half of its largest amount acts."""
    steps: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for c in run.changes(condition):
        size = abs(parse_quantity(c["shift"]).value) + abs(1 - c["factor"])
        steps.setdefault((c["cause"], c["parameter"]), []).append((size, c["from_s"], c["to_s"]))
    spans = {
        cause: (min(start for _, start, _ in found), max(stop for size, _, stop in found if size >= max(found)[0] / 2))
        for (cause, _), found in steps.items()
    }
    return [(cause, *span) for cause, span in spans.items()]


KINDS = {
    "peth": Kind(_peth),
    "outcomes": Kind(_outcomes, ("condition",)),
    "courses": Kind(_courses, ("condition", "seed")),
}
