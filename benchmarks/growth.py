"""How cost grows with cells and duration: fits processor time = start + cells*a + steps*b + cells*steps*c.

python benchmarks/growth.py        writes docs/tables/growth.md
"""

from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from simulators import lhb
from simulators.case import Case

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "growth.md"
SIZES, DURATIONS, DT, ROUNDS = (100, 1000, 5000), (0.5, 2.0), 50e-6, 3


def main() -> None:
    """Measure, fit, write and print."""
    points = list(product(SIZES, DURATIONS))
    cases = {point: Case(point[0], DT, point[1]) for point in points}
    runs = {point: [] for point in points}
    for _ in range(ROUNDS):
        for point, case in cases.items():
            runs[point].append(lhb.run(case).cpu)
    cost = np.array([np.median(runs[point]) for point in points])
    cells = np.array([size for size, _ in points], dtype=float)
    steps = np.array([duration / DT for _, duration in points])
    terms = np.stack([np.ones_like(cells), cells, steps, cells * steps], axis=1)
    # Relative errors count: the largest network would else decide alone.
    factors, _ = nnls(terms / cost[:, None], np.ones_like(cost))
    worst = np.abs(terms @ factors / cost - 1).max()
    lines = ["| cells | simulated (s) | processor time (s) | by the fit (s) |", "|---|---|---|---|"]
    lines += [
        f"| {size} | {duration:g} | {spent:.2f} | {fitted:.2f} |"
        for (size, duration), spent, fitted in zip(points, cost, terms @ factors, strict=True)
    ]
    start, each_cell, each_step, each = factors
    lines += [
        "",
        f"Fitted: {1e3 * start:.0f} ms to start, {1e6 * each_cell:.1f} us a cell (reading its synapses), "
        f"{1e9 * each_step:.0f} ns a step, {1e9 * each:.1f} ns a cell and step; within {100 * worst:.0f} %. "
        "Points, conditions and seeds of a sweep multiply the cost of one run; the build is paid once.",
    ]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
