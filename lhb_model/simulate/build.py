"""Structure -> compiled program, once. Run as a child process: `python -m lhb_model.simulate.build STRUCTURE FLAGS FOLDER`.

The program reads a job folder it is started in: `static_arrays/` (wiring, spike sources, recorded cells) and
`schedule.txt`, whose lines set a variable (`set group.variable file-or-number`) or let time pass (`run seconds`).
It writes the arrays of its monitors to the folder given with `--results_dir` and prints the time it has reached.
"""

import json
import sys
from pathlib import Path

SCHEDULE = """
{
    std::ifstream schedule("schedule.txt");
    if (!schedule) { std::cerr << "no schedule.txt" << std::endl; return 2; }
    std::string word, name, value;
    double seconds;
    while (schedule >> word) {
        if (word == "set") {
            schedule >> name >> value;
            set_from_command_line({name + "=" + value});
        } else if (word == "run") {
            schedule >> seconds;
            lhb_network.run(seconds, NULL, 1e9);
            std::cout << "t " << lhb_network.t << std::endl;
        } else {
            std::cerr << "unknown word in schedule.txt: " << word << std::endl;
            return 2;
        }
    }
}
"""

NO_CLOCK = """
#include <ctime>
#define clock() clock_t(0)
"""
"""Brian2 2.9 asks for the processor time after every step: a system call, a tenth of a run, whose answer nobody reads."""


def build(structure_text: str, flags: list[str], folder: Path) -> None:
    """Generate and compile the program of a structure into `folder`, with `build.json` naming its arrays."""
    import numpy as np
    from brian2 import device, prefs, second, set_device

    from lhb_model.simulate.network import build_network
    from lhb_model.simulate.structure import from_json

    structure = from_json(structure_text)
    header = folder.with_name("no_clock.h")
    header.write_text(NO_CLOCK)
    prefs.codegen.cpp.extra_compile_args = [*flags, "-include", str(header)]
    prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    prefs.core.default_float_dtype = {"double": np.float64, "single": np.float32}[structure.precision]
    set_device("cpp_standalone", build_on_run=False)
    made = build_network(structure, *_blank(structure))
    made.network.run(0 * second, namespace={})
    device.insert_code("main", SCHEDULE)
    device.build(directory=str(folder), compile=True, run=False)
    (folder / "build.json").write_text(json.dumps(_arrays(device, made, structure), indent=1))


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


def _arrays(device, made, structure) -> dict:  # type: ignore[no-untyped-def]
    """Where the program reads wiring and writes spikes and traces, relative to the job's folders."""

    def result(variable) -> str:  # type: ignore[no-untyped-def]
        return Path(device.get_array_filename(variable)).name

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
        "spikes": {n: {"i": result(m.variables["i"]), "t": result(m.variables["t"])} for n, m in made.spikes.items()},
        "traces": {n: result(m.variables[m.record_variables[0]]) for n, m in made.traces.items()},
        # The program reads each array as the type it was written with.
        "types": {name: str(values.dtype) for name, values in device.static_arrays.items()},
        "states": {n: result(g.variables["v"]) for n, g in made.groups.items() if "v" in g.variables},
    }


if __name__ == "__main__":
    build(Path(sys.argv[1]).read_text(), json.loads(sys.argv[2]), Path(sys.argv[3]))
