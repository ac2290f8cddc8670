"""Everything a run uses, written out: every number with its source, and how the interventions changed it."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import lhb_model
from lhb_model.composition import compose_model
from lhb_model.experiment import Experiment
from lhb_model.model import Change, Model, Population, describe
from lhb_model.quantities import format_quantity
from lhb_model.readouts import READOUTS


@functools.cache
def code_version() -> str:
    """Version of the package and hash of its source, so that no result outlives the code that made it."""
    digest = hashlib.sha256()
    folder = Path(lhb_model.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return f"{lhb_model.__version__}+{digest.hexdigest()[:12]}"


def resolve(experiment: Experiment) -> dict[str, Any]:
    """The experiment in plain data: what decides its result, and nothing else."""
    models = [compose_model(experiment, condition) for condition in experiment.conditions]
    sheet = experiment.sheet
    return {
        "experiment": sheet.experiment,
        "title": sheet.title,
        "question": sheet.question,
        "seeds": list(sheet.seeds),
        "precision": sheet.precision,
        "protocol": {"dt_s": models[0].dt, "duration_s": models[0].duration, "epochs_s": _spans(models[0])},
        "nuclei": {p.name: _nucleus(experiment, p) for p in models[0].populations},
        "wiring": [_wire(wire) for wire in models[0].projections],
        "conditions": {model.condition: _condition(model) for model in models},
        "readouts": {name: describe(READOUTS[name].parameters) for name in sheet.readouts},
        "traces": [
            {
                "nucleus": t.nucleus,
                "variable": t.variable,
                "cells": t.cells,
                "interval_s": t.interval,
                "window_s": list(t.window),
            }
            for t in models[0].traces
        ],
        "figures": list(sheet.figures),
    }


def experiment_hash(resolved: dict[str, Any]) -> str:
    """Eight hex digits that change with the experiment or the code."""
    text = json.dumps([resolved, code_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def equations_text(experiment: Experiment) -> str:
    """The equations of each nucleus as they are integrated, with the scheme."""
    model = compose_model(experiment, experiment.conditions[0])
    parts = [
        "Inward current is positive. Scheme: staggered Crank-Nicolson (gates with the old potential, then the potential)."
    ]
    for population in model.populations:
        parts += ["", f"{population.name} ({population.size} neurons)", *_cell_lines(population)]
    return "\n".join(parts) + "\n"


def _cell_lines(population: Population) -> list[str]:
    if population.cell is None:
        return ["  spike trains by rule, replayed"]
    cell = population.cell
    lines = [f"  {equation.text()}" for equation in cell.equations]
    lines += [f"  each step: {line}" for line in cell.each_step.splitlines()]
    lines += [f"  spike: {cell.threshold}", *(f"  at a spike: {line}" for line in cell.reset.splitlines())]
    return lines


def _spans(model: Model) -> dict[str, list[float]]:
    return {name: list(span) for name, span in model.epochs.items()}


def _nucleus(experiment: Experiment, population: Population) -> dict[str, Any]:
    sheet = experiment.nuclei[population.name]
    rest = population.rest
    return {
        "title": sheet.title,
        "transmitter": sheet.transmitter,
        "size": population.size,
        "burst_rule": sheet.burst_rule,
        "mechanisms": sheet.mechanisms if population.cell else [],
        "parameters": describe(population.parameters),
        "spread": {k: {"kind": s.kind, "width": s.width, "source": s.source, "tag": s.tag} for k, s in population.spread.items()},
        "rest": {"groups": [g.model_dump(mode="json", exclude={"mean", "sd"}) | {"mean_V": g.mean.value, "sd_V": g.sd.value}
                            for g in sheet.rest.groups], "without": list(rest.without), "fixed": dict(rest.fixed)}
        if rest and sheet.rest else None,
        "start": {name: list(span) for name, span in population.start.items()},
        "replay": None if population.replay is None else {
            k: v for k, v in vars(population.replay).items() if k != "pattern"},
    }  # fmt: skip


def _wire(projection: Any) -> dict[str, Any]:
    return {
        "from": projection.source,
        "to": projection.target,
        "in_degree": projection.in_degree,
        "delay_s": projection.delay,
        "weights": describe(projection.weights),
        "plasticity": describe(projection.plasticity) if projection.plasticity else None,
    }


def _condition(model: Model) -> dict[str, Any]:
    replays = {p.name: p.replay.pattern for p in model.populations if p.replay}
    return {"changes": [_change(model, change) for change in model.changes], **({"replay": replays} if replays else {})}


def _change(model: Model, change: Change) -> dict[str, Any]:
    base = model.population(change.nucleus).parameters[change.parameter]
    return {
        "nucleus": change.nucleus,
        "parameter": change.parameter,
        "cause": change.cause,
        "from_s": change.start,
        "to_s": change.stop,
        "base": format_quantity(base.value, base.unit),
        "factor": change.factor,
        "shift": format_quantity(change.shift, base.unit),
        "becomes": format_quantity(base.value * change.factor + change.shift, base.unit),
    }
