"""What LHb neurons of one kind do in each state, along their resting potentials.

python calibration/population_map.py 1.15 0.56                    factors of g_T and of g_NMDA
python calibration/population_map.py 1.15 0.56 --start best.json  with a candidate's Kir4.1 and block by ketamine

Neurons without recurrent synapses and without spread rest evenly from -56 to -44 mV; one character stands for one neuron:
`.` silent, `B` bursting, `t` tonic, as the classes of the tables have it. A map says where a group of the sheet has to lie.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from population import LHB, leave_the_lhb, sheets_with, shipped_values, simulated

LOWEST, HIGHEST, NEURONS = -56, -44, 97
LETTERS = {"silent": ".", "bursting": "B", "tonic": "t"}


def ladder(values: dict[str, float], g_T: float, g_NMDA: float) -> dict[str, Any]:
    """The sheets of one kind of neuron on a ladder of potentials."""
    sheets = sheets_with(values)
    experiment, lhb = sheets["experiment"], sheets[LHB]
    leave_the_lhb(experiment)
    rungs = {"from": f"{LOWEST} mV", "to": f"{HIGHEST} mV"}
    experiment |= {"wiring": [], "seeds": [1], "nuclei": {"lhb": {"size": NEURONS, "hold": rungs}}}
    kind, *_ = lhb["rest"]["groups"]
    lhb["rest"]["groups"] = [kind | {"share": 1, "factors": {"g_T": g_T, "g_NMDA": g_NMDA}}]
    lhb["spread"] = {}
    return sheets


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("g_T", type=float)
    parser.add_argument("g_NMDA", type=float)
    parser.add_argument(
        "--start", type=Path, help="file with a candidate under 'values'; the shipped sheets if left out"
    )
    options = parser.parse_args()
    values = shipped_values() | (json.loads(options.start.read_text())["values"] if options.start else {})
    with ThreadPoolExecutor(2) as pool:
        for _, label, neurons in simulated(ladder(values, options.g_T, options.g_NMDA), pool):
            print(f"{label.condition:12s} " + "".join(LETTERS[row["class"]] for row in neurons))
            print(_spaced("Hz", [row["rate"] for row in neurons]))
    print(_spaced("mV", np.linspace(LOWEST, HIGHEST, NEURONS).tolist()))


def _spaced(name: str, values: Sequence[float]) -> str:
    """Every eighth value below its neuron."""
    return f"{name:12s} " + "".join(f"{value:<8.1f}" for value in values[::8])


if __name__ == "__main__":
    main()
