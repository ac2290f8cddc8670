"""What the results of `ketamine` become in larger networks, the nuclei behind the LHb as they are.

python benchmarks/larger_networks.py          writes docs/tables/larger_networks.md; minutes of processor time
"""

from collections.abc import Iterator
from pathlib import Path

import lhb_model as lhb
from lhb_model.comparison import summarise
from lhb_model.parameter_sets import present

TABLE = Path(__file__).parent.parent / "docs" / "tables" / "larger_networks.md"
SIZES = {200: 6, 1_000: 2, 10_000: 1}
"""LHb neurons -> seeds."""
COLUMNS = {
    "bursting (share of LHb)": ("lhb", "bursting_share"),
    "LHb rate (Hz)": ("lhb", "rate"),
    "theta power (Hz^2)": ("lhb", "theta_power"),
    "dopamine neurons (Hz)": ("vta_da", "rate"),
    "serotonin neurons (Hz)": ("drn_5ht", "rate"),
}


def row(cells: int, seeds: int) -> Iterator[str]:
    """Size, seeds, and every measure in control, depression and with ketamine."""
    run = lhb.run(lhb.load("ketamine", [f"nuclei.lhb.size={cells}", "traces={}", "figures=[]"], seeds=seeds))
    means = summarise(run.table).set_index(["condition", "nucleus", "measure"])["mean"]
    yield from (f"{cells:,}", str(seeds))
    for key in COLUMNS.values():
        yield " / ".join(f"{means[condition, *key]:.2g}" for condition in run.conditions)


def main() -> None:
    """Simulate, write and print."""
    head = ["LHb neurons", "seeds", *COLUMNS]
    rows = [head, ["---"] * len(head), *(list(row(*size)) for size in SIZES.items())]
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    lines += [
        "",
        f"Control / depressed / with ketamine, parameter set {present()}; `python benchmarks/larger_networks.py` wrote this.",
    ]
    TABLE.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
