"""Search for the LHb neuron: CMA-ES over conductances and kinetics against the objective in neuron_objective.py.

python calibration/neuron.py search --seed 1 --out best.json      refines the cell of neuron_scores.json
python calibration/neuron.py screen --seed 1 --count 3000         looks for places to start from, far and wide
python calibration/neuron.py score                                prints every term and the mode map of the kept cell
"""

import argparse
import json
from pathlib import Path

import cma
import numpy as np
from neuron_cell import FIXED, NAMES, Array, Cell, columns, holding_currents, run
from neuron_objective import all_terms, evaluate, mode_terms, worst

KEPT = Path(__file__).with_name("neuron_scores.json")
LINEAR, LOGARITHMIC = 0, 1
SPACE: dict[str, tuple[float, float, int]] = {
    "C": (20, 90, 1), "gL": (0.8, 3, 1), "gNa": (60, 3000, 1), "gK": (20, 400, 1), "VT": (-62, -46, 0), "kn": (0.3, 2, 1),
    "gT": (6, 90, 1), "fs": (0, 0.8, 0), "s": (0, 3.6, 0), "gH": (0.5, 20, 1), "tauCa": (8, 150, 1), "kH": (2e-4, 6e-3, 1),
    "gSK": (1, 40, 1), "gM": (0.1, 20, 1), "Vw": (-55, -20, 0), "kw": (4, 10, 0), "tauw": (15, 250, 1), "gN": (2, 30, 1),
    "gKir": (0.01, 8, 1), "gA": (0.05, 60, 1), "Va": (-62, -35, 0), "Vb": (-82, -56, 0), "taub": (3, 300, 1),
}  # fmt: skip


def decode(point: Array, free: list[str], fixed: Cell) -> dict[str, float]:
    """The cell at a point of the unit cube."""
    cell = dict(fixed)
    for name, share in zip(free, np.clip(point, 0, 1), strict=True):
        low, high, scale = SPACE[name]
        cell[name] = float(low * (high / low) ** share if scale == LOGARITHMIC else low + (high - low) * share)
    return cell


def encode(cell: Cell, free: list[str]) -> Array:
    """The point of the unit cube nearest to a cell."""
    point = []
    for name in free:
        low, high, scale = SPACE[name]
        value = min(max(cell[name], low), high)
        point.append(np.log(value / low) / np.log(high / low) if scale == LOGARITHMIC else (value - low) / (high - low))
    return np.array(point)


def search(
    start: Cell, seed: int, generations: int, sigma: float, population: int, set_to: Cell, out: Path | None
) -> tuple[float, dict[str, float]]:
    """Best score and cell of one CMA-ES run; `set_to` fixes parameters."""
    free = [name for name in SPACE if name not in set_to]
    fixed = {**start, **FIXED, **set_to}
    options = {"seed": seed, "bounds": [0, 1], "popsize": population, "verbose": -9}
    strategy = cma.CMAEvolutionStrategy(encode(start, free), sigma, options)
    best, cell = evaluate(fixed), dict(fixed)
    for generation in range(generations):
        points = strategy.ask()
        scores = [evaluate(decode(point, free, fixed)) for point in points]
        strategy.tell(points, scores)
        if min(scores) < best:
            best, cell = min(scores), decode(points[int(np.argmin(scores))], free, fixed)
            keep(best, seed, cell, out)
        print(f"generation {generation + 1}: best {best:.3f}, median {np.median(scores):.1f}", flush=True)
    return best, cell


def screen(start: Cell, seed: int, count: int) -> list[tuple[float, dict[str, float]]]:
    """Random cells around `start`, near and far, by the terms of the modes alone; best first."""
    random, free = np.random.default_rng(seed), list(SPACE)
    centre, found = encode(start, free), []
    for _ in range(count):
        width = random.choice([0.06, 0.12, 0.2, 0.3])
        cell = decode(centre + width * random.normal(size=len(free)), free, {**start, **FIXED})
        found.append((sum(mode_terms(cell)[0].values()), cell))
    return sorted(found, key=lambda pair: pair[0])


def keep(score: float, seed: int, cell: Cell, out: Path | None) -> None:
    """Write the best cell so far, so that an interrupted search loses nothing."""
    if out is not None:
        kept = {"score": score, "seed": seed, "cell": {name: cell[name] for name in NAMES}}
        out.write_text(json.dumps(kept, indent=1) + "\n")


def show(cell: Cell) -> None:
    """Print every unmet term and the mode map (10 s at each current, double precision)."""
    print(f"score {evaluate(cell):.3f}", worst(all_terms(cell)))
    current, v = holding_currents(cell, 64, -70, -43)
    o = run(columns(cell, 64, I=current), v, warm=2000, record=10_000, double=True)
    print("   I/pA    V/mV mode rate/Hz bursts/s spikes intra/Hz V_min")
    for k in range(64):
        row = [o[name][k] for name in ("v", "mode", "rate", "burst_rate", "spikes", "intra", "v_min")]
        print("{:7.2f} {:7.1f} {:4.0f} {:7.2f} {:8.2f} {:6.2f} {:8.1f} {:5.1f}".format(current[k], *row))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["search", "screen", "score"])
    parser.add_argument("--start", type=Path, default=KEPT, help="file with a cell under 'cell'")
    parser.add_argument("--out", type=Path, help="where to write the best cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generations", type=int, default=60)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--population", type=int, default=24)
    parser.add_argument("--sigma", type=float, default=0.05)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="parameters to hold")
    options = parser.parse_args()
    held = {name: float(value) for name, value in (item.split("=") for item in options.set)}
    start = {**json.loads(options.start.read_text())["cell"], **FIXED, **held}
    if options.what == "score":
        show(start)
        return
    if options.what == "search":
        effort = (options.generations, options.sigma, options.population)
        best, cell = search(start, options.seed, *effort, held, options.out)
    else:
        best, cell = screen(start, options.seed, options.count)[0]
    keep(best, options.seed, cell, options.out)
    show(cell)


if __name__ == "__main__":
    main()
