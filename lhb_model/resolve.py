"""Everything a run uses, written out: every number with its source, and how the interventions changed it."""

import functools
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import lhb_model
from lhb_model.clamp_sheets import ClampSheet, FamilySheet, PublishedSheet
from lhb_model.composition import compose_model
from lhb_model.drug_sheets import Affinity, CourseSheet, PoreSheet
from lhb_model.experiment import Axis, Experiment, Sweep, clamped, spelled
from lhb_model.model import Change, Model, Population, Projection, describe
from lhb_model.quantities import Quantity, format_quantity
from lhb_model.readouts import READOUTS
from lhb_model.schema import EffectSheet, ExperimentSheet, InterventionSheet, RestSheet, Wire


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
        "parameters": {"set": experiment.parameters, "own_sheets": list(experiment.own_sheets)},
        "seeds": list(sheet.seeds),
        "precision": sheet.precision,
        "protocol": {"dt_s": models[0].dt, "duration_s": models[0].duration, "epochs_s": _spans(models[0])},
        "nuclei": {p.name: _nucleus(experiment, p) for p in models[0].populations},
        "mechanisms": _mechanisms(experiment),
        "wiring": [_wire(wire, made) for wire, made in zip(_connecting(sheet), models[0].projections, strict=True)],
        "interventions": {name: _intervention(found) for name, found in sorted(experiment.interventions.items())},
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
        **({"clamp": _clamp(experiment, sheet.clamp)} if sheet.clamp else {}),
        "figures": list(sheet.figures),
        **({"sweep": _sweep(experiment.sweep)} if experiment.sweep else {}),
    }


def _sweep(sweep: Sweep) -> dict[str, Any]:
    """Axes, and a hash of the points, which stand in `points.csv`; the rest of the resolved experiment is that of point 1."""
    points = json.dumps(sweep.points).encode()
    return {
        "design": sweep.sheet.design,
        "seed": sweep.sheet.seed,
        "keep": sweep.sheet.keep,
        "axes": [describe_axis(axis) for axis in sweep.axes],
        "points": len(sweep.points),
        "points_sha256": hashlib.sha256(points).hexdigest(),
    }


def describe_axis(axis: Axis) -> dict[str, Any]:
    """An axis as plain data: its column, key, unit, scale and ends."""
    ends = list(axis.ends) if axis.ends else None
    return {"name": axis.name, "key": spelled(axis.key), "unit": axis.unit, "scale": axis.scale, "ends": ends}


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
        parts += [
            "",
            f"{population.name} ({population.size} neuron{'s' if population.size > 1 else ''})",
            *_cell_lines(population),
        ]
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
    sheet, replay = experiment.nuclei[population.name], experiment.sheet.nuclei[population.name].replay
    own_cells = population.cell is not None
    return {
        "title": sheet.title,
        "transmitter": sheet.transmitter,
        "size": population.size,
        "burst_rule": sheet.burst_rule,
        "mechanisms": sheet.mechanisms if own_cells else [],
        "parameters": describe(population.parameters),
        "spread": {name: _sourced(spread) for name, spread in sheet.spread.items()} if own_cells else {},
        "rest": _rest(sheet.rest) if sheet.rest and own_cells else None,
        "hold_V": list(population.rest.hold) if population.rest and population.rest.hold else None,
        "start": {name: _sourced(span) for name, span in sheet.start.items()} if own_cells else {},
        "replay": _sourced(replay) if replay else None,
    }


def _clamp(experiment: Experiment, clamp: ClampSheet) -> dict[str, Any]:
    """The recorded current, and each family in SI: what varies, and every sweep from holding to test."""
    return {
        "nuclei": list(clamped(experiment.sheet)),
        "current": clamp.current,
        "reversal_V": clamp.reversal.value if clamp.reversal else None,
        "families": {name: _family(family) for name, family in clamp.families.items()},
    }


def _family(family: FamilySheet) -> dict[str, Any]:
    sweeps, published = list(family.sweeps()), family.published
    return {
        "read": family.read,
        "unit": family.varied[0].unit,
        "varied": [sweep.varied for sweep in sweeps],
        "potentials_V": [list(sweep.potentials) for sweep in sweeps],
        "lasting_s": [list(sweep.lasting) for sweep in sweeps],
        "published": _published(published) if published else None,
    }


def _published(published: PublishedSheet) -> dict[str, Any]:
    """Published numbers in SI; a range as its two ends."""
    numbers = {name: value for name, value in published if isinstance(value, Quantity)}
    ranges = {name: [one.value for one in value] for name, value in published if isinstance(value, tuple)}
    return {n: q.value for n, q in numbers.items()} | ranges | {"source": published.source, "tag": published.tag}


def _sourced(sheet: BaseModel) -> dict[str, Any]:
    """A part of a sheet with its numbers in SI, beside their units, their source and its tag."""
    return {name: _written(value) if isinstance(value, Quantity) else value for name, value in sheet}


def _written(quantity: Quantity) -> dict[str, Any]:
    return {"value": quantity.value, "unit": quantity.unit, "written": quantity.text}


def _rest(sheet: RestSheet) -> dict[str, Any]:
    return {
        "groups": [_sourced(group) for group in sheet.groups],
        "without": sheet.without,
        "fixed": {name: _written(quantity) for name, quantity in sheet.fixed.items()},
    }


def _mechanisms(experiment: Experiment) -> dict[str, dict[str, str]]:
    """Where each mechanism's equations, and the numbers printed in them, come from."""
    used = {m.name: m for nucleus in experiment.simulated for m in experiment.cell(nucleus).mechanisms}
    return {name: {"source": found.source, "tag": found.tag} for name, found in sorted(used.items())}


def _connecting(sheet: ExperimentSheet) -> list[Wire]:
    return [wire for wire in sheet.wiring if wire.in_degree > 0]


def _wire(wire: Wire, projection: Projection) -> dict[str, Any]:
    return {
        "from": projection.source,
        "to": projection.target,
        "in_degree": projection.in_degree,
        "share": projection.share,
        "delay_s": projection.delay,
        "weights": describe(projection.weights),
        "plasticity": describe(projection.plasticity) if projection.plasticity else None,
        "source": wire.why,
        "tag": wire.tag,
    }


def _intervention(sheet: InterventionSheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "kind": sheet.kind,
        "effects": [_effect(effect) for effect in sheet.effects],
        "affinity": _numbers(sheet.affinity),
        **({"pore": _numbers(sheet.pore)} if sheet.pore else {}),
        **({"courses": {name: _numbers(course) for name, course in sheet.courses.items()}} if sheet.courses else {}),
    }


def _numbers(sheet: Affinity | PoreSheet | CourseSheet | None) -> dict[str, Any]:
    """The sourced numbers of a part of a sheet."""
    return describe({name: sourced.parameter() for name, sourced in sheet or () if sourced is not None})


def _effect(effect: EffectSheet) -> dict[str, Any]:
    amount = describe({"amount": effect.amount.parameter()}) if effect.amount else {}
    own = {"affinity": _numbers(effect.affinity)} if effect.affinity else {}
    return {"parameter": effect.parameter, "law": effect.law, **amount, **own}


def _condition(model: Model) -> dict[str, Any]:
    replays = {p.name: p.replay.pattern.text for p in model.populations if p.replay}
    trains = {p.name: asdict(p.replay.pattern) for p in model.populations if p.replay}
    played = {"replay": replays, "trains": trains} if replays else {}
    return {"changes": [_change(model, change) for change in model.changes], **played}


def _change(model: Model, change: Change) -> dict[str, Any]:
    base = model.parameters(change.nucleus)[change.parameter]
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
