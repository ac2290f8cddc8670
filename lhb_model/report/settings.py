"""What two runs were asked to do otherwise: every setting and number in which they differ, side by side."""

from collections.abc import Container, Sequence
from typing import Any

from lhb_model.report import methods, sources
from lhb_model.run_folder import Run

NONE = "—"
MOST_ROWS = 60

Settings = dict[str, str]


def differing_settings(runs: Sequence[Run]) -> tuple[list[tuple[str, list[str]]], int]:
    """Each setting that is not the same in all runs, with its value in each, and how many such rows are left out."""
    shared = set.intersection(*({*_nuclei(run), *_wires(run)} for run in runs))
    found = [_settings(run) | _numbers_of(run, shared) for run in runs]
    names = dict.fromkeys(name for own in found for name in own)
    rows = [(name, [own.get(name, NONE) for own in found]) for name in names]
    differing = [(name, values) for name, values in rows if len(set(values)) > 1]
    return differing[:MOST_ROWS], max(0, len(differing) - MOST_ROWS)


def _settings(run: Run) -> Settings:
    resolved, protocol = run.resolved, run.resolved["protocol"]
    return {
        "version": str(run.manifest.get("code", "")),
        "set of parameters": resolved.get("parameters", {}).get("set", NONE),
        "seeds": ", ".join(map(str, run.seeds)),
        "duration": f"{protocol['duration_s']:g} s",
        "analysed": methods.analysed(run),
        "time step": f"{1000 * protocol['dt_s']:g} ms",
        **{f"neurons of {name}": f"{sheet['size']:,}" for name, sheet in _nuclei(run).items()},
        **{f"condition {name}": _changes(run, name) for name in run.conditions},
        **{f"inputs from {ends}": f"{wire['in_degree']} a neuron" for ends, wire in _wires(run).items()},
    }


def _numbers_of(run: Run, shared: Container[str]) -> Settings:
    """The numbers of the nuclei and wires that all runs have."""
    nuclei = {name: sheet["parameters"] for name, sheet in _nuclei(run).items() if name in shared}
    wires = {ends: wire for ends, wire in _wires(run).items() if ends in shared}
    return {
        **{f"delay from {ends}": f"{1000 * wire['delay_s']:g} ms" for ends, wire in wires.items()},
        **_numbers({ends: wire["weights"] for ends, wire in wires.items()}),
        **_numbers(nuclei),
        **_numbers(run.resolved["readouts"]),
    }


def _nuclei(run: Run) -> dict[str, dict[str, Any]]:
    sheets = run.resolved["nuclei"]
    return {methods.nucleus_name(name): sheets[name] for name in methods.in_order(sheets)}


def _wires(run: Run) -> dict[str, dict[str, Any]]:
    wires = run.resolved["wiring"]
    return {f"{methods.nucleus_name(wire['from'])} to {methods.nucleus_name(wire['to'])}": wire for wire in wires}


def _changes(run: Run, condition: str) -> str:
    return "; ".join(methods.merged_changes(run, condition)) or "nothing changed"


def _numbers(part: object) -> Settings:
    return {number.name.replace(".", " "): methods.signed(number.value) for number in sources.numbers(part)}
