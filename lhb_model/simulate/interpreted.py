"""Run a job with Brian2's NumPy target: `python -m lhb_model.simulate.interpreted STRUCTURE --results_dir DIR`.

Started in a job folder like a compiled program, reads the same files and leaves the same results. Needs no compiler and
is a few hundred times slower.
"""

import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lhb_model.simulate.structure import Structure, from_json


def run(structure_text: str, results: Path) -> None:
    """Follow the schedule in the current folder and write the monitors' arrays to `results`."""
    from lhb_model.simulate.cache import interpreted_arrays

    structure = from_json(structure_text)
    arrays = interpreted_arrays(structure)
    lines = [line.split() for line in Path("schedule.txt").read_text().splitlines()]
    with open("values", "rb") as values:
        made = _made(structure, arrays, lines, values)
        _follow(made, lines, values)
    _write(made, arrays, results)


def _made(structure: Structure, arrays: dict[str, dict], lines: list[list[str]], values: BinaryIO):  # type: ignore[no-untyped-def]
    """The network, wired as the first lines of the schedule say."""
    from brian2 import prefs

    from lhb_model.simulate.network import build_network

    prefs.codegen.target = "numpy"
    prefs.core.default_float_dtype = {"double": np.float64, "single": np.float32}[structure.precision]
    wiring, trains = _pairs(lines, "wire", values), _pairs(lines, "play", values)
    cells = {name: np.fromfile(Path("static_arrays", file), np.int32) for name, file in arrays["recorded"].items()}
    return build_network(structure, wiring, trains, cells)


def _pairs(lines: list[list[str]], word: str, values: BinaryIO) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The arrays that the schedule has read by this word: name -> pair."""
    sizes = {name: int(rest[0]) for first, name, *rest in lines if first == word}
    return {name: (np.fromfile(values, np.int32, n), np.fromfile(values, np.int32, n)) for name, n in sizes.items()}


def _follow(made, lines: list[list[str]], values: BinaryIO) -> None:  # type: ignore[no-untyped-def]
    from brian2 import second

    for word, *rest in lines:
        if word == "run":
            made.network.run(float(rest[0]) * second, namespace={})
            print("t", float(made.network.t_), flush=True)
        elif word == "drop":
            made.network.remove(made.traces[rest[0]])
        elif word == "set":
            _variable(made, rest[0]).get_value()[:] = float(rest[1])
        elif word == "load":
            variable = _variable(made, rest[0])
            variable.get_value()[:] = np.fromfile(values, variable.dtype, variable.size)


def _variable(made, text: str):  # type: ignore[no-untyped-def]
    """The variable of "owner.name"; Brian2 keeps a delay with what happens at a spike of the source."""
    owner, name = text.split(".")
    found = {**made.groups, **made.synapses}[owner]
    return (found.pre if name == "delay" else found).variables[name]


def _write(made, arrays: dict[str, dict], results: Path) -> None:  # type: ignore[no-untyped-def]
    for name, files in arrays["spikes"].items():
        np.asarray(made.spikes[name].i, dtype=np.int32).tofile(results / files["i"])
        np.asarray(made.spikes[name].t_, dtype=np.float64).tofile(results / files["t"])
    for name, file in arrays["traces"].items():
        monitor = made.traces[name]
        values = getattr(monitor, f"{monitor.record_variables[0]}_")
        np.ascontiguousarray(values.T).tofile(results / file)
    for name, files in arrays["states"].items():
        for variable, file in files.items():
            np.asarray(getattr(made.groups[name], f"{variable}_")).tofile(results / file)


if __name__ == "__main__":
    run(Path(sys.argv[1]).read_text(), Path(sys.argv[3]))
