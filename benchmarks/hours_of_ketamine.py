"""Hours of ketamine as `docs/drugs.md` shows them: `python benchmarks/hours_of_ketamine.py [FOLDER]`.

A human infusion (0.5 mg/kg over 40 min) and a mouse injection (10 mg/kg), each with the ratio of tissue to plasma measured in rat
brain (6.5) and with none (1): concentration, occupied pores and bursting share of a depressed population. Writes
`hours_of_ketamine.png` and `.csv` to FOLDER (default: the current one).
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lhb_model.config import load
from lhb_model.experiment import Experiment
from lhb_model.plot.files import save
from lhb_model.plot.style import FULL_WIDTH, condition_colours, legend_above, new_figure, styled
from lhb_model.slow_time import follow

EXPERIMENT = """\
experiment: hours
title: Ketamine over hours
nuclei:
  lhb: {size: 200}
wiring:
  - {from: lhb, to: lhb, in_degree: 10, delay: 1 ms, weights: {ampa: 0.12 nS, nmda: 0.004}, why: as in ketamine, tag: fitted}
conditions:
  control: {}
  human_6_5:
    depressed_state: {}
    ketamine: {course: {name: human_infusion, tissue: 6.5}, law: trapping, onset: 10 min}
  human_1:
    depressed_state: {}
    ketamine: {course: {name: human_infusion, tissue: 1}, law: trapping, onset: 10 min}
  mouse_6_5:
    depressed_state: {}
    ketamine: {course: {name: mouse_ip, tissue: 6.5}, law: trapping, onset: 10 min}
  mouse_1:
    depressed_state: {}
    ketamine: {course: {name: mouse_ip, tissue: 1}, law: trapping, onset: 10 min}
seeds: 1
protocol: {warm_up: 1 s, duration: 4 h}
"""
MINUTE = 60.0
HUMAN = np.array([0, 9, 12, 15, 20, 25, 30, 40, 50, 55, 60, 75, 90, 120, 150, 180, 210, 240]) * MINUTE
MOUSE = np.array([0, 9, 11, 12, 14, 17, 20, 25, 30, 40, 50, 60, 70, 80, 90, 105, 120]) * MINUTE
SECONDS = 11.0
NAMES = {"6_5": "tissue 6.5 times plasma (rat brain)", "1": "tissue as plasma"}
"""Ratio of tissue to plasma -> its name in the figure."""
ROWS = {
    "concentration": "ketamine in tissue (µM)",
    "block": "occupied pores",
    "bursting_share": "bursting share of LHb",
}


def rows(experiment: Experiment, condition: str, times: np.ndarray) -> pd.DataFrame:
    """Concentration (uM), mean occupied share and bursting share at each time (min)."""
    found = follow(
        experiment, condition, list(times), seconds=SECONDS, watch=lambda t: print(condition, t / MINUTE, "min")
    )
    lhb = found.table.query("nucleus == 'lhb' and measure == 'bursting_share'")
    courses = [use.course.at(times) for use in experiment.condition(condition).uses if use.course]
    return pd.DataFrame(
        {
            "condition": condition,
            "time_min": times / MINUTE - 10,
            "concentration": sum(courses, np.zeros(times.size)) * 1e6,
            "block": found.blocks["lhb", "ketamine"].mean(axis=1),
            "bursting_share": lhb["value"].to_numpy(),
        }
    )


@styled
def draw(table: pd.DataFrame) -> Figure:
    """Rows: concentration, block, bursting; columns: human and mouse."""
    footer = (
        "One network of 200 LHb neurons, depressed but for the control. 10 s simulated at each point; averaged rates carry the "
        "block on. Points of one line differ by their noise."
    )
    figure = new_figure(FULL_WIDTH, 105.0, footer)
    colours = condition_colours(["", *NAMES])
    grid = figure.subplots(len(ROWS), 2, sharex="col", sharey="row")
    for column, (species, title) in enumerate(
        {"human": "Human, 0.5 mg/kg over 40 min", "mouse": "Mouse, 10 mg/kg i.p."}.items()
    ):
        grid[0, column].set_title(title)
        for row, measure in enumerate(ROWS):
            _lines(grid[row, column], table, species, measure, colours)
        grid[-1, column].set_xlabel("time since the dose began (min)")
    for row, label in enumerate(ROWS.values()):
        grid[row, 0].set_ylabel(label)
    grid[0, 0].set_yscale("symlog", linthresh=0.1)
    grid[0, 0].yaxis.set_major_formatter("{x:g}")
    grid[0, 0].set_ylim(top=100)
    for axes in grid[:, 0]:
        axes.set_ylim(bottom=0)
    legend_above(figure, grid[-1, 0].lines, [*NAMES.values(), "control"], FULL_WIDTH)
    return figure


def _lines(axes: Axes, table: pd.DataFrame, species: str, measure: str, colours: dict[str, str]) -> None:
    for ratio in NAMES:
        own = table[table["condition"] == f"{species}_{ratio}"]
        axes.plot(own["time_min"], own[measure], "o-", markersize=2.5, color=colours[ratio])
    if measure == "bursting_share":
        control = table.loc[table["condition"] == "control", measure].mean()
        axes.axhline(control, color=colours[""], linestyle="--")


def main(folder: Path) -> None:
    with TemporaryDirectory() as place:
        path = Path(place, "hours.yaml")
        path.write_text(EXPERIMENT)
        experiment = load(path)
    moments = {"human": HUMAN, "mouse": MOUSE, "control": np.array([0.0])}
    table = pd.concat(
        [rows(experiment, c.name, moments[c.name.split("_")[0]]) for c in experiment.conditions], ignore_index=True
    )
    table.to_csv(folder / "hours_of_ketamine.csv", index=False, float_format="%.4g")
    save(draw(table), folder / "hours_of_ketamine")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
