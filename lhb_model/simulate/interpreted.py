"""Run a job with Brian2's NumPy target: `python -m lhb_model.simulate.interpreted STRUCTURE --results_dir DIR`.

Started in a job folder like a compiled program, reads the same files and leaves the same results. Needs no compiler and
is a few hundred times slower.
"""

import sys
from pathlib import Path

import numpy as np

from lhb_model.simulate.job import pair_files


def run(structure_text: str, results: Path) -> None:
    """Follow the schedule in the current folder and write the monitors' arrays to `results`."""
    from brian2 import prefs, second

    from lhb_model.simulate.cache import interpreted_arrays
    from lhb_model.simulate.network import build_network
    from lhb_model.simulate.structure import from_json

    structure = from_json(structure_text)
    arrays = interpreted_arrays(structure)
    prefs.codegen.target = "numpy"
    prefs.core.default_float_dtype = {"double": np.float64, "single": np.float32}[structure.precision]

    lines = [line.split() for line in Path("schedule.txt").read_text().splitlines()]
    wiring, trains = _pairs(lines, "wire"), _pairs(lines, "play")
    cells = {name: _integers(Path("static_arrays", file)) for name, file in arrays["recorded"].items()}
    made = build_network(structure, wiring, trains, cells)
    objects = {**made.groups, **made.synapses}
    for word, *rest in lines:
        if word == "run":
            made.network.run(float(rest[0]) * second, namespace={})
            print("t", float(made.network.t_), flush=True)
        elif word == "drop":
            made.network.remove(made.traces[rest[0]])
        elif word == "set":
            owner, variable = rest[0].split(".")
            # Brian2 keeps the delay with what happens at a spike of the source.
            _set((objects[owner].pre if variable == "delay" else objects[owner]).variables[variable], rest[1])
    _write(made, arrays, results)


def _pairs(lines: list[list[str]], word: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The arrays that the schedule has read by this word: name -> pair."""
    named = [name for first, name, *_ in lines if first == word]
    return {
        name: (_integers(first), _integers(second)) for name in named for first, second in [pair_files(Path(), name)]
    }


def _integers(path: Path) -> np.ndarray:
    return np.fromfile(path, dtype=np.int32)


def _set(variable, text: str) -> None:  # type: ignore[no-untyped-def]
    """Set a variable from a number or from the file that holds its array."""
    value = np.fromfile(text, dtype=variable.dtype) if text.startswith("values/") else float(text)
    variable.get_value()[:] = value


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
