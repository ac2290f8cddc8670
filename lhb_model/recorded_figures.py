"""A run and recordings made elsewhere -> the run's figures with the recordings as further conditions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lhb_model.comparison import compare
from lhb_model.recorded import RECORDING, Recorded
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

USUAL = (
    "rate", "bursting_share", "burst_rate", "share_spikes_in_bursts", "spikes_per_burst", "intra_burst_frequency",
)  # fmt: skip
"""Measures that are drawn where none are named."""


def draw_recorded(run: Run, recorded: Recorded, measures: Sequence[str] = ()) -> "dict[str, Figure]":
    """Figures of the first recorded nucleus beside all conditions of a run, by their kind.

    `isi`; `comparison`, the differences of the recording from each condition; and `classes` where that is the LHb.
    """
    from lhb_model import plot

    nucleus = next(iter(next(iter(recorded.recordings.values())).spikes))
    rule = str(run.resolved["nuclei"][nucleus]["burst_rule"])
    groups = {group: _condition(group) for group in recorded.groups}
    colours = plot.condition_colours([*run.conditions, *groups.values()])
    recordings = _of_run(run) | {name: _of_group(recorded, group) for group, name in groups.items()}
    table = _joined(recorded.simulated_table, recorded.table)
    chosen = [f"{nucleus}.{name}" for name in measures or USUAL if _has(recorded.table, nucleus, name)]
    figures = {
        "isi": plot.isi(recordings, nucleus, rule, colours),
        "comparison": plot.comparison(_differences(table, list(groups.values())), table, chosen, rule, colours),
    }
    if nucleus == "lhb":
        figures["classes"] = plot.classes(_joined(recorded.simulated_neurons, recorded.neurons))
    return figures


def _condition(group: str) -> str:
    """What a recorded group is called among the conditions of a run."""
    return group if group == RECORDING else f"{RECORDING}: {group}"


def _of_run(run: Run) -> dict[str, list[Recording]]:
    found = {name: [_analysed(run.recording(name, seed)) for seed in run.finished(name)] for name in run.conditions}
    return {name: recordings for name, recordings in found.items() if recordings}


def _of_group(recorded: Recorded, group: str) -> list[Recording]:
    return [_analysed(one) for label, one in recorded.recordings.items() if label.condition == group]


def _analysed(recording: Recording) -> Recording:
    return recording.cut(*recording.epochs["analysis"])


def _joined(of_run: "pd.DataFrame", of_recording: "pd.DataFrame") -> "pd.DataFrame":
    """Both tables; an animal called "1" is not the seed 1."""
    import pandas as pd

    seeds = of_recording["seed"].map(lambda animal: f"{RECORDING} {animal}")
    renamed = of_recording.assign(condition=of_recording["condition"].map(_condition), seed=seeds)
    return pd.concat([of_run.assign(seed=of_run["seed"].astype(str)), renamed], ignore_index=True)


def _has(table: "pd.DataFrame", nucleus: str, measure: str) -> bool:
    return bool(((table["nucleus"] == nucleus) & (table["measure"] == measure)).any())


def _differences(table: "pd.DataFrame", recorded: list[str]) -> "pd.DataFrame":
    """Each recorded group less each simulated condition."""
    import pandas as pd

    simulated = ~table["condition"].isin(recorded)
    parts = [compare(table[simulated | (table["condition"] == name)], b=name) for name in recorded]
    return pd.concat(parts, ignore_index=True)
