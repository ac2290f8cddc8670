"""The parts of a compiled program that Brian2 does not write: its header, its main loop, its units and its makefile."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HEADER_NAME = "program.h"
MAKEFILE_NAME = "program.mk"

HEADER = r"""
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <vector>
// Brian2 asks for the processor time after every step: a system call, whose answer nobody reads.
#define clock() clock_t(0)
#include "objects.h"
%(declarations)s
#include "run.h"

// Called once, when the run is over.
inline std::ofstream result_file(const char *name)
{
    return std::ofstream(brian::results_dir + name, std::ios::binary);
}

// The next numbers of the job, if there are so many.
template <class T> bool read_values(std::ifstream &values, T *to, size_t size)
{
    return bool(values.read(reinterpret_cast<char*>(to), size*sizeof(T)));
}

inline bool read_values(std::ifstream &values, std::vector<int32_t> &to, size_t size)
{
    to.resize(size);
    return read_values(values, to.data(), size);
}

template <class T> void write_result(const char *name, const T *values, size_t size)
{
    result_file(name).write(reinterpret_cast<const char*>(values), size*sizeof(T));
}

template <class T> void write_result(const char *name, const std::vector<T> &values)
{
    write_result(name, values.data(), values.size());
}

template <class T> void write_result(const char *name, DynamicArray2D<T> &rows)
{
    std::ofstream file = result_file(name);
    for (size_t n = 0; n < size_t(rows.n); n++)
        file.write(reinterpret_cast<const char*>(&rows(n, 0)), rows.m*sizeof(T));
}

// A monitor that is dropped records nothing.
inline void drop(Network &network, codeobj_func monitor)
{
    auto &objects = network.objects;
    for (size_t n = objects.size(); n-- > 0;)
        if (objects[n].second == monitor) objects.erase(objects.begin() + n);
}
"""
"""Included before every unit."""

SCHEDULE = r"""
{
    std::ifstream schedule("schedule.txt"), values("values", std::ios::binary);
    if (!schedule || !values) { std::cerr << "no schedule.txt or values" << std::endl; return 2; }
    std::string word, name, value;
    double seconds;
    size_t size;
    bool read;
    while (schedule >> word) {
        if (word == "set") {
            schedule >> name >> value;
            %(renames)s
            set_from_command_line({name + "=" + value});
        } else if (word == "wire" || word == "play") {
            schedule >> name >> size;
            read = false;
            %(pairs)s
            if (!read) { std::cerr << "no values for " << name << std::endl; return 2; }
        } else if (word == "load") {
            schedule >> name;
            read = false;
            %(loads)s
            if (!read) { std::cerr << "no values for " << name << std::endl; return 2; }
        } else if (word == "run") {
            schedule >> seconds;
            %(queues)s
            lhb_network.run(seconds, NULL, 1e9);
            std::cout << "t " << lhb_network.t << std::endl;
        } else if (word == "drop") {
            schedule >> name;
            %(drops)s
        } else {
            std::cerr << "unknown word in schedule.txt: " << word << std::endl;
            return 2;
        }
    }
    %(writes)s
    // Brian2 would write every array of the model, hundreds of files.
    return std::cout.flush().good() ? 0 : 3;
}
"""

MAKEFILE = """\
COMPILE = $(CXX) %(flags)s

# objects.o comes last, so that none of its functions that are not optimised takes the place of one that is.
main: %(objects)s objects.o
	$(COMPILE) -o $@ $^

%%.o: %%.cpp %(header)s
	$(COMPILE) $(LEVEL) -I. -include %(header)s -c -o $@ $<

# The model's equations; main.cpp, with the time step, keeps its double precision.
%(equations)s_%%.o: private LEVEL = %(literals)s

# Thousands of lines that run once: they read the arrays.
objects.o: private LEVEL = -O0
"""

PER_UNIT = 30
"""Code objects compiled at once: what they include is read once for all, and two compilers have as much to do (assumed)."""


@dataclass(frozen=True)
class Pair:
    """C++ vectors that a job fills by the name of their owner; `others` get the same length."""

    owner: str
    first: str
    second: str
    others: tuple[str, ...] = ()


def main_loop(
    results: Mapping[str, str],
    monitors: Mapping[str, str],
    pairs: Iterable[Pair],
    arrays: Mapping[str, str],
    queues: Iterable[str],
    renamed: Mapping[str, str],
) -> str:
    """C++ that follows a schedule and writes the results.

    `results` maps file names and `arrays` names of variables to the C++ arguments that give the array, `monitors` those that
    can be dropped to their C++ functions; `queues` are the functions that sort synapses by source and delay, called before
    time passes. `renamed` maps variables of a schedule to what Brian2 calls them.
    """
    return SCHEDULE % {
        "renames": "\n".join(f'if (name == "{n}") name = "{own}";' for n, own in renamed.items()),
        "pairs": "\n".join(_read(pair) for pair in pairs),
        "loads": "\n".join(f'if (name == "{n}") read = read_values(values, {array});' for n, array in arrays.items()),
        "queues": "\n".join(f"{function}();" for function in queues),
        "drops": "\n".join(f'if (name == "{n}") drop(lhb_network, {function});' for n, function in monitors.items()),
        "writes": "\n".join(f'write_result("{name}", {array});' for name, array in results.items()),
    }


def _read(pair: Pair) -> str:
    fill = f"read = read_values(values, {pair.first}, size) && read_values(values, {pair.second}, size);"
    sizes = [f"{vector}.resize(size);" for vector in pair.others]
    return f'if (name == "{pair.owner}") {{ {" ".join([fill, *sizes])} }}'


LITERALS = {"double": "", "single": "-fsingle-precision-constant"}
"""What makes the numbers written in equations as precise as the variables: a double one would widen all it meets."""


EQUATIONS, REST = "equations", "rest"
"""Names of units."""


def header(code_objects: Mapping[str, str], functions: str) -> str:
    """The header of a program: `code_objects` maps the names of code objects to their C++, `functions` are those it calls.

    Each code object brings the same helpers, and so gets a namespace of its own. What it includes comes before, outside.

    >>> text = header({"spikes_lhb": '#include "code_objects/spikes_lhb.h"\\n#include <chrono>'}, "")
    >>> text.index("#include <chrono>") < text.index("namespace spikes_lhb_space {")
    True
    """
    lines = (line for text in code_objects.values() for line in text.splitlines())
    included = dict.fromkeys(line for line in lines if line.startswith("#include") and "code_objects/" not in line)
    declared = [_within(name, ".h") + f"using namespace {name}_space;" for name in code_objects]
    return HEADER % {"declarations": "\n".join([*included, functions, *declared])}


def units(code_objects: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Name of a unit, which is compiled as a whole -> C++ that includes the code objects or other files it is made of.

    >>> list(units(["lhb_stateupdater"], ["main.cpp"])), units([], ["main.cpp"])["rest"]
    (['equations_0', 'rest'], '#include "main.cpp"\\n')
    >>> len(units([f"code_object_{n}" for n in range(51)], ["main.cpp"]))
    3
    """
    names = sorted(code_objects)
    count = math.ceil(len(names) / PER_UNIT)
    made = {f"{EQUATIONS}_{n}": "".join(_within(name, ".cpp") for name in names[n::count]) for n in range(count)}
    return made | {REST: "".join(f'#include "{other}"\n' for other in sorted(others))}


def _within(name: str, suffix: str) -> str:
    """A file of a code object in the namespace of its own."""
    return f'namespace {name}_space {{\n#include "code_objects/{name}{suffix}"\n}}\n'


def makefile(units: Iterable[str], flags: Iterable[str], precision: str) -> str:
    """A makefile for the folder that Brian2's sources and the units have been written to."""
    return MAKEFILE % {
        "objects": " ".join(f"{unit}.o" for unit in units),
        "flags": " ".join(flags),
        "equations": EQUATIONS,
        "literals": LITERALS[precision],
        "header": HEADER_NAME,
    }
