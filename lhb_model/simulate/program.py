"""The parts of a compiled program that Brian2 does not write: its header, its main loop and its makefile."""

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
#include "run.h"
#include "brianlib/common_math.h"

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
"""Included before every source, and compiled once for all of them."""

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
OBJECTS := $(filter-out objects.o,$(patsubst %%.cpp,%%.o,%(sources)s))
COMPILE = $(CXX) %(flags)s -I.

# objects.o comes last, so that none of its functions that are not optimised takes the place of one that is.
main: $(OBJECTS) objects.o
	$(COMPILE) -o $@ $^

%%.o: %%.cpp once.h.gch
	$(COMPILE) $(LEVEL) -include once.h -c -o $@ $<

once.h.gch: %(header)s
	cp $< once.h
	$(COMPILE) -x c++-header -o $@ once.h

# The model's equations; main.cpp, with the time step, keeps its double precision.
code_objects/%%.o: private LEVEL = %(literals)s

# Thousands of lines that run once: they read the arrays. A header compiled at another level is of no use to them.
objects.o: objects.cpp
	$(COMPILE) -O0 -include %(header)s -c -o $@ $<
"""


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


def makefile(sources: Iterable[str], flags: Iterable[str], precision: str) -> str:
    """A makefile for the folder that Brian2 has written its sources to."""
    return MAKEFILE % {
        "sources": " ".join(sorted(sources)),
        "flags": " ".join(flags),
        "literals": LITERALS[precision],
        "header": HEADER_NAME,
    }
