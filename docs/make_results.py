"""Write the tables of results of the pages and the README from the shipped experiments, simulated where no run is there.

python docs/make_results.py                  all of them
python docs/make_results.py forced_bursts    this one
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

import lhb_model as lhb
from lhb_model.comparison import summarise
from lhb_model.findings import FINDINGS
from lhb_model.prediction import EARLY, TRIALS
from lhb_model.run_folder import Run
from lhb_model.terminal import summary_lines

DOCS = Path(__file__).parent
PAGES = (DOCS / "explanation" / "experiments.md", DOCS / "results.md", DOCS.parent / "README.md")
MARKS = re.compile(
    r"(<!-- (results|summary|loss|answers): (\w+)(?:, seeds: (\d+))? -->)\n.*?(<!-- end of \2 -->)", re.DOTALL
)
"""`<!-- results: NAME -->`, or with fewer seeds than the experiment's own `<!-- results: NAME, seeds: 1 -->`."""
USUAL = {
    ("lhb", "bursting_share"): "bursting (share of LHb)",
    ("lhb", "rate"): "LHb rate (Hz)",
    ("lhb", "share_spikes_in_bursts"): "LHb spikes in bursts (share)",
    ("vta_da", "rate"): "dopamine neurons (Hz)",
    ("drn_5ht", "rate"): "serotonin neurons (Hz)",
    ("vta_da", "dopamine"): "dopamine (nM)",
    ("drn_5ht", "serotonin"): "serotonin (nM)",
}
"""Nucleus and measure -> head of its column."""


def table(run: Run) -> list[str]:
    """Lines of a table of what is usually asked."""
    return conditions(run.table, run, USUAL)


def conditions(measured: pd.DataFrame, run: Run, heads: Mapping[tuple[str, str], str]) -> list[str]:
    """Lines of a table: a row for each condition, means with their 95 % intervals over seeds."""
    summary = summarise(measured).set_index(["condition", "nucleus", "measure"])
    columns = [key for key in heads if (run.conditions[0], *key) in summary.index]
    rows = [["condition", *(heads[key] for key in columns)], ["---"] * (len(columns) + 1)]
    for name in run.conditions:
        found = [summary.loc[(name, *key)] for key in columns]
        rows.append([f"`{name}`", *(_interval(f) for f in found)])
    over = f"Means over {len(run.seeds)} networks with 95 % intervals" if len(run.seeds) > 1 else "One network"
    return [
        "",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"{over}; `python docs/make_results.py` wrote this table.",
        "",
    ]


def _interval(found: Mapping[str, float]) -> str:
    """Mean and interval; the mean alone where there is one network."""
    interval = f" [{found['low']:.3g}, {found['high']:.3g}]" if found["low"] == found["low"] else ""
    return f"{found['mean']:.3g}{interval}"


def summary(run: Run) -> list[str]:
    """What `lhb run` prints of an experiment."""
    return ["", "```text", *summary_lines(run), "```", ""]


def loss(run: Run) -> list[str]:
    """What depression takes in all, by rate alone, and the rest."""
    found = summarise(FINDINGS["rate_and_pattern"].table({run.manifest["experiment"]: run}))
    means = found.set_index("measure")
    rows = [["", "lost to depression (nM)", "of it to the rate (nM)", "to the pattern, share"], ["---"] * 4]
    for name in ("dopamine", "serotonin"):
        lost, rate = (means.loc[f"{name}{of}"] for of in ("_lost", "_lost_to_rate"))
        rows.append([name, _interval(lost), _interval(rate), f"{1 - rate['mean'] / lost['mean']:.0%}"])
    return ["", *(f"| {' | '.join(row)} |" for row in rows), ""]


ANSWERS = {
    ("lhb", "omission_answer"): "LHb, omission (Hz)",
    ("lhb", "reward_answer"): "LHb, reward (Hz)",
    ("vta_da", "omission_answer"): "dopamine neurons, omission (Hz)",
    ("vta_da", "smaller_answer"): "dopamine neurons, smaller reward (Hz)",
    ("vta_da", "reward_answer"): "dopamine neurons, reward (Hz)",
    ("vta_da", "value_early"): f"value of the cue after {EARLY} rewards",
    ("vta_da", "value_learnt"): f"after {TRIALS}",
    ("vta_da", "value_kept"): f"after {TRIALS} omissions more",
}


def answers(run: Run) -> list[str]:
    """What reward and its omission change, and what that teaches."""
    return conditions(FINDINGS["reward_omission"].table({run.manifest["experiment"]: run}), run, ANSWERS)


MADE = {"results": table, "summary": summary, "loss": loss, "answers": answers}


def main(names: list[str]) -> None:
    """Write the tables of these experiments, or all."""

    def filled(found: re.Match[str]) -> str:
        begin, kind, experiment, seeds, end = found.groups()
        if names and experiment not in names:
            return found[0]
        run = lhb.run(lhb.load(experiment, seeds=int(seeds) if seeds else None))
        return "\n".join([begin, *MADE[kind](run), end])

    for page in PAGES:
        page.write_text(MARKS.sub(filled, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
