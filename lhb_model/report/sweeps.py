"""A sweep for its page: what was varied, and the means of every point."""

from typing import Any

from lhb_model.quantities import format_quantity
from lhb_model.report.words import phrase, plain, scaled
from lhb_model.run_folder import Run

SHOWN = (("lhb", "bursting_share"), ("lhb", "rate"), ("lhb", "burst_rate"), ("lhb", "theta_power"), ("vta_da", "rate"),
         ("vta_da", "dopamine"), ("drn_5ht", "rate"), ("drn_5ht", "serotonin"))  # fmt: skip
MOST_ROWS = 300


def axes_table(run: Run) -> list[tuple[str, str, str]]:
    """Name, key and values of each axis."""
    return [(axis["name"], axis["key"], _values(run, axis)) for axis in (run.sweep or {})["axes"]]


def _values(run: Run, axis: dict[str, Any]) -> str:
    own = [_told(value, axis["unit"]) for value in sorted(set(run.points[axis["name"]]))]
    return ", ".join(own) if len(own) <= 10 else f"{own[0]} to {own[-1]}, {len(own)} values ({axis['scale']})"


def _told(value: Any, unit: str) -> str:
    return format_quantity(float(f"{value:.4g}"), unit) if isinstance(value, int | float) else str(value)


def point_means(run: Run) -> tuple[list[str], list[list[str]], int]:
    """Head and rows of means over seeds, a row for each point and condition, and how many rows are left out."""
    means = run.table.groupby(["point", "condition", "nucleus", "measure"], sort=False)["value"].mean()
    units = dict(run.table.drop_duplicates(["nucleus", "measure"]).set_index(["nucleus", "measure"])["unit"])
    known = [key for key in SHOWN if key in units]
    axes = {axis["name"]: axis["unit"] for axis in (run.sweep or {})["axes"]}
    head = [
        "point",
        *axes,
        "condition",
        *(f"{phrase(*key)} ({scaled(0.0, key[1], units[key])[1] or 1})" for key in known),
    ]
    rows = []
    for point in run.points.to_dict("records"):
        place = [str(point["point"]), *(_told(point[name], unit) for name, unit in axes.items())]
        for name in run.conditions:
            found = [means.get((point["point"], name, *key), float("nan")) for key in known]
            rows.append([*place, name, *(_cell(v, key, units[key]) for v, key in zip(found, known, strict=True))])
    return head, rows[:MOST_ROWS], max(0, len(rows) - MOST_ROWS)


def _cell(value: float, key: tuple[str, str], unit: str) -> str:
    return "—" if value != value else plain(scaled(value, key[1], unit)[0])
