"""What single precision changes: writes `docs/tables/precision.md`.

    python benchmarks/precision.py

The same network in both precisions, with several seeds: the difference beside the scatter between seeds.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lhb_model import run
from lhb_model.config import load
from simulators.case import EXPERIMENT

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "precision.md"
SEEDS = 6
MEASURES = {
    "rate": "mean rate (Hz)",
    "bursting_share": "bursting share",
    "burst_rate": "bursts (Hz)",
    "spikes_per_burst": "spikes per burst",
    "intra_burst_frequency": "intra-burst frequency (Hz)",
}


def measured(precision: str) -> dict[str, np.ndarray]:
    """Each measure, one value a seed."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "contest.yaml")
        path.write_text(EXPERIMENT)
        settings = [
            f"precision={precision}", "nuclei.lhb.size=500", "protocol.duration=6 s", "protocol.warm_up=1 s",
            f"seeds={SEEDS}",
        ]  # fmt: skip
        table = run(load(path, settings), out=Path(folder, "runs")).table
    return {name: table[table["measure"] == name].sort_values("seed")["value"].to_numpy() for name in MEASURES}


def main() -> None:
    """Write and print the table."""
    double, single = measured("double"), measured("single")
    lines = ["| mean over seeds | double | single | difference | scatter between seeds (SD) |", "|---|---|---|---|---|"]
    for name, title in MEASURES.items():
        a, b = double[name], single[name]
        change = 100 * (b.mean() / a.mean() - 1)
        lines.append(
            f"| {title} | {a.mean():.4g} | {b.mean():.4g} | {change:+.2f} % | {100 * a.std(ddof=1) / a.mean():.1f} % |"
        )
    lines += ["", f"500 cells, 5 s, {SEEDS} seeds; the same neurons, wiring and noise in both columns."]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
