"""Where the resting state of a cell is stable, along the holding current: eigenvalues of the equations in neuron_check.py.

    python calibration/neuron_stability.py [FILE] [NAME=CHANGE ...]

Prints the stretches of potential in which the fixed point is unstable, their currents and the frequencies at both ends; between
two of them the cell can rest, which is the silent gap or its beginning. `VT=+4` adds 4 to a parameter first.
"""

import json
import sys
from pathlib import Path

import numpy as np
from neuron_cell import FIXED, Array, Cell

from neuron_check import currents, derivatives, start

KEPT = Path(__file__).with_name("neuron_scores.json")
POTENTIALS = np.arange(-70.0, -38.0, 0.2)  # mV
NUDGE = 1e-5


def leading(cell: Cell, v: float) -> tuple[float, complex]:
    """Holding current (pA) of the fixed point at `v` (mV) and its eigenvalue (per ms) with the largest real part."""
    y = np.array(start(cell, v))
    hold = currents(cell, y)[0]

    def rates(state: Array) -> Array:
        return np.array(derivatives(0.0, state, cell, hold))

    nudges = NUDGE * np.eye(y.size)
    jacobian = np.array([(rates(y + d) - rates(y - d)) / (2 * NUDGE) for d in nudges]).T
    values = np.linalg.eigvals(jacobian)
    return float(hold), complex(values[values.real.argmax()])


def main() -> None:
    """Print the unstable stretches."""
    files = [Path(text) for text in sys.argv[1:] if "=" not in text]
    cell = {**json.loads((files or [KEPT])[0].read_text())["cell"], **FIXED}
    for name, change in (text.split("=") for text in sys.argv[1:] if "=" in text):
        cell[name] += float(change)
    points = [leading(cell, float(v)) for v in POTENTIALS]
    edges = np.flatnonzero(np.diff(np.r_[0, [value.real > 0 for _, value in points], 0]))
    for pair in zip(edges[::2], edges[1::2] - 1, strict=True):
        ends = [f"{POTENTIALS[k]:.1f} mV ({points[k][0]:.1f} pA, {_hertz(points[k][1]):.1f} Hz)" for k in pair]
        print(f"unstable from {ends[0]} to {ends[1]}")


def _hertz(value: complex) -> float:
    return abs(value.imag) / (2 * np.pi) * 1e3


if __name__ == "__main__":
    main()
