"""Structure -> compiled program, once. Run as a child process: `python -m lhb_model.simulate.build STRUCTURE FLAGS FOLDER`.

The program reads a job folder it is started in: `static_arrays/` (wiring, spike sources, recorded cells) and
`schedule.txt`, whose lines set a variable (`set group.variable file-or-number`), let time pass (`run seconds`) or keep a
trace from being recorded (`drop trace`). It writes the arrays of its monitors to the folder given with `--results_dir`
and prints the time it has reached.
"""

import json
import subprocess
import sys
from pathlib import Path

from lhb_model.simulate.job import default_workers
from lhb_model.simulate.program import HEADER, HEADER_NAME, MAKEFILE_NAME, main_loop, makefile


def build(structure_text: str, flags: list[str], folder: Path) -> None:
    """Generate and compile the program of a structure into `folder`, with `build.json` naming its arrays."""
    import numpy as np
    from brian2 import device, prefs, second, set_device

    from lhb_model.simulate.functions import vectorise_exp
    from lhb_model.simulate.network import build_network
    from lhb_model.simulate.structure import from_json

    structure = from_json(structure_text)
    # Ours is the makefile; Brian2 would try each flag in turn.
    prefs.codegen.cpp.extra_compile_args = []
    prefs.core.default_float_dtype = {"double": np.float64, "single": np.float32}[structure.precision]
    set_device("cpp_standalone", build_on_run=False)
    vectorise_exp()
    made = build_network(structure, *_blank(structure))
    made.network.run(0 * second, namespace={})
    device.insert_code("main", main_loop(_results(device, made, structure), _trace_functions(made)))
    device.build(directory=str(folder), compile=False, run=False)
    _compile(folder, makefile(device.writer.source_files, flags, structure.precision))
    (folder / "build.json").write_text(json.dumps(_arrays(device, made, structure), indent=1))


def _compile(folder: Path, rules: str) -> None:
    (folder / HEADER_NAME).write_text(HEADER)
    (folder / MAKEFILE_NAME).write_text(rules)
    subprocess.run(["make", "-f", MAKEFILE_NAME, f"-j{default_workers()}", "main"], cwd=folder, check=True)


def _blank(structure):  # type: ignore[no-untyped-def]
    """Data of the right sizes, to be replaced by each job's own."""
    import numpy as np

    from lhb_model.simulate.structure import NEVER

    sizes = {group.name: group.size for group in structure.groups}

    def pair(size, value=0):  # type: ignore[no-untyped-def]
        return np.full(size, value), np.zeros(size, int)

    return (
        {c.name: pair(c.synapses) for c in structure.connections},
        {s.name: pair(s.capacity, NEVER) for s in structure.sources},
        # The last cells: an array of zeros, or one that counts from zero, would not be kept as data.
        {t.name: np.arange(sizes[t.group] - t.cells, sizes[t.group]) for t in structure.traces},
    )


def _results(device, made, structure) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """File name -> C++ arguments that give the array, for everything the program writes."""

    def dynamic(variable) -> tuple[str, str]:  # type: ignore[no-untyped-def]
        return _file(device, variable), device.get_array_name(variable, access_data=False)

    def fixed(variable) -> tuple[str, str]:  # type: ignore[no-untyped-def]
        return _file(device, variable), f"{device.get_array_name(variable)}, {variable.size}"

    return dict(
        [dynamic(monitor.variables[name]) for monitor in made.spikes.values() for name in ("i", "t")]
        + [dynamic(monitor.variables[monitor.record_variables[0]]) for monitor in made.traces.values()]
        + [fixed(made.groups[group.name].variables[name]) for group in structure.groups for name in group.kept]
    )


def _trace_functions(made) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {name: f"_run_{monitor.codeobj.name}" for name, monitor in made.traces.items()}


def _file(device, variable) -> str:  # type: ignore[no-untyped-def]
    """Name of an array's file in the folder of results."""
    return Path(device.get_array_filename(variable)).name


def _arrays(device, made, structure) -> dict:  # type: ignore[no-untyped-def]
    """Where the program reads wiring and writes spikes and traces, relative to the job's folders."""

    def static(name: str) -> str:
        if name not in device.static_arrays:
            raise KeyError(f"this version of Brian2 stores no array {name}; it stores {sorted(device.static_arrays)}")
        return name

    return {
        "wiring": {
            n: {k: static(f"_static_array__array_{n}_{k}") for k in ("sources", "targets")} for n in made.synapses
        },
        "recorded": {
            t.name: static(f"_static_array__array_{t.name}__indices")
            for t in structure.traces
            if t.cells < made.groups[t.group].N
        },
        "sources": {
            s.name: {
                "steps": static(f"_static_array__dynamic_array_{s.name}__timebins"),
                "neurons": static(f"_static_array__dynamic_array_{s.name}_neuron_index"),
            }
            for s in structure.sources
        },
        "spikes": {
            n: {"i": _file(device, m.variables["i"]), "t": _file(device, m.variables["t"])}
            for n, m in made.spikes.items()
        },
        "traces": {n: _file(device, m.variables[m.record_variables[0]]) for n, m in made.traces.items()},
        # The program reads each array as the type it was written with.
        "types": {name: str(values.dtype) for name, values in device.static_arrays.items()},
        "states": {
            g.name: {x: _file(device, made.groups[g.name].variables[x]) for x in g.kept} for g in structure.groups
        },
    }


if __name__ == "__main__":
    build(Path(sys.argv[1]).read_text(), json.loads(sys.argv[2]), Path(sys.argv[3]))
