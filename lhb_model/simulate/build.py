"""Structure -> compiled program, once. Run as a child process: `python -m lhb_model.simulate.build STRUCTURE FLAGS FOLDER`.

The program reads a job folder it is started in: `static_arrays/` (recorded cells) and `schedule.txt`, whose lines make
synapses (`wire connection number`, from indices of sources and of targets) or spikes to replay (`play source number`, from
steps and neurons), set a variable to a number (`set owner.variable number`) or to one for each neuron (`load
group.variable`), let time pass (`run seconds`) or keep a trace from being recorded (`drop trace`). What they read stands in
the file `values`, in their order. It writes the arrays of its monitors to the folder given with `--results_dir` and prints
the time it has reached.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from lhb_model.simulate.job import default_workers
from lhb_model.simulate.program import HEADER_NAME, MAKEFILE_NAME, Pair, header, main_loop, makefile, units


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
    read = _pairs(device, made), _per_neuron(device, made, structure), _queues(made), _renamed(made)
    device.insert_code("main", main_loop(_results(device, made, structure), _trace_functions(made), *read))
    device.build(directory=str(folder), compile=False, run=False)
    _compile(folder, device.writer.source_files, flags, structure.precision)
    (folder / "build.json").write_text(json.dumps(_arrays(device, made, structure), indent=1))


def _compile(folder: Path, sources: Iterable[str], flags: list[str], precision: str) -> None:
    """Compile what Brian2 has written, in few units: reading the headers takes longer than most code objects."""
    from lhb_model.simulate.functions import CPP_EXP, CPP_NOISE

    paths = sorted(map(Path, sources))
    code_objects = {path.stem: (folder / path).read_text() for path in paths if path.parent.name == "code_objects"}
    others = {path.as_posix() for path in paths if path.stem not in code_objects} - {"objects.cpp"}
    made = units(code_objects, others)
    for name, text in made.items():
        (folder / f"{name}.cpp").write_text(text)
    (folder / HEADER_NAME).write_text(header(code_objects, CPP_NOISE + CPP_EXP))
    (folder / MAKEFILE_NAME).write_text(makefile(made, flags, precision))
    subprocess.run(["make", "-f", MAKEFILE_NAME, f"-j{default_workers()}", "main"], cwd=folder, check=True)


def _blank(structure):  # type: ignore[no-untyped-def]
    """One synapse a connection, one spike a source and as many cells as are recorded, to be replaced by each job's own."""
    import numpy as np

    sizes = {group.name: group.size for group in structure.groups}
    pair = np.zeros(1, int), np.zeros(1, int)
    return (
        {connection.name: pair for connection in structure.connections},
        {source.name: pair for source in structure.sources},
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


def _pairs(device, made) -> list[Pair]:  # type: ignore[no-untyped-def]
    """What the program reads by `wire` and `play`."""

    def array(owner, name: str) -> str:  # type: ignore[no-untyped-def]
        return device.get_array_name(owner.variables[name], access_data=False)

    found = []
    for name, synapses in made.synapses.items():
        ends = "_synaptic_pre", "_synaptic_post"
        # What each synapse has of its own, such as its efficacy.
        own = sorted({variable.name for variable in synapses._registered_variables} - {*ends})
        first, second, *others = (array(synapses, variable) for variable in (*ends, *own))
        found.append(Pair(name, first, second, tuple(others)))
    sources = [group for group in made.groups.values() if "neuron_index" in group.variables]
    return found + [Pair(s.name, array(s, "_timebins"), array(s, "neuron_index")) for s in sources]


def _per_neuron(device, made, structure) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What the program reads by `load`: name -> C++ arguments that give the array."""
    from brian2.core.variables import ArrayVariable

    return {
        f"{group.name}.{name}": f"{device.get_array_name(variable)}, {group.size}"
        for group in structure.groups
        for name, variable in made.groups[group.name].variables.items()
        if isinstance(variable, ArrayVariable) and variable.size == group.size and not variable.read_only
    }


def _queues(made) -> list[str]:  # type: ignore[no-untyped-def]
    return [f"_before_run_{synapses.pre.name}_push_spikes" for synapses in made.synapses.values()]


def _renamed(made) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What Brian2 calls each delay: up to 2.10 as it is called here, later by the pathway's name."""
    delays = {name: synapses.pre.variables["delay"] for name, synapses in made.synapses.items()}
    return {f"{name}.delay": f"{delay.owner.name}.{delay.name}" for name, delay in delays.items()}


def _trace_functions(made) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {name: f"_run_{monitor.codeobj.name}" for name, monitor in made.traces.items()}


def _file(device, variable) -> str:  # type: ignore[no-untyped-def]
    """Name of an array's file in the folder of results."""
    return Path(device.get_array_filename(variable)).name


def _arrays(device, made, structure) -> dict:  # type: ignore[no-untyped-def]
    """Where the program reads the cells to record and writes spikes and traces, relative to the job's folders."""

    def static(name: str) -> str:
        if name not in device.static_arrays:
            raise KeyError(f"this version of Brian2 stores no array {name}; it stores {sorted(device.static_arrays)}")
        return name

    return {
        "recorded": {
            t.name: static(f"_static_array__array_{t.name}__indices")
            for t in structure.traces
            if t.cells < made.groups[t.group].N
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
