"""What of a run a figure shows: the choices, and the recordings, colours and shading that follow from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Window = tuple[float, float]

LHB = "lhb"


@dataclass(frozen=True)
class View:
    """What of a run to show: conditions (all if empty), one seed (as the kind has it if None), a time window (s).

    `words` are axes of a sweep and a measure.
    """

    conditions: tuple[str, ...] = ()
    seed: int | None = None
    window: Window | None = None
    words: tuple[str, ...] = ()

    def given(self) -> set[str]:
        """The choices that were made."""
        choices = {"condition": self.conditions, "seed": self.seed is not None, "window": self.window,
                   "axis or measure": self.words}  # fmt: skip
        return {name for name, choice in choices.items() if choice}


@dataclass(frozen=True)
class Kind:
    """A kind of figure, and the choices it takes."""

    draw: Callable[[Run, View], "Figure"]
    takes: tuple[str, ...] = ("condition", "seed", "window")


def conditions(run: Run, view: View) -> list[str]:
    """The conditions to show, as the run has them; `InputError` for one that it has not."""
    for condition in view.conditions:
        if condition not in run.conditions:
            raise InputError(unknown("condition", condition, run.conditions))
    return [name for name in run.conditions if not view.conditions or name in view.conditions]


def known_seed(run: Run, seed: int) -> int:
    """A seed, if the run has it; else `InputError`."""
    if seed not in run.seeds:
        raise InputError(unknown("seed", str(seed), map(str, run.seeds)))
    return seed


def of_one_seed(run: Run, view: View) -> tuple[int, dict[str, Recording]]:
    """The seed, and its recording of each condition; the first seed that any condition has, unless one is chosen."""
    names = conditions(run, view)
    done = [seed for seed in run.seeds if any(seed in run.finished(name) for name in names)]
    seeds = done[:1] if view.seed is None else [seed for seed in done if seed == known_seed(run, view.seed)]
    if not seeds:
        raise InputError("no simulation to show is done", file=run.folder)
    return seeds[0], {name: run.recording(name, seeds[0]) for name in names if seeds[0] in run.finished(name)}


def of_all_seeds(run: Run, view: View) -> dict[str, list[Recording]]:
    """The recordings of each condition that has any; of one seed if one is chosen."""
    seeds = run.seeds if view.seed is None else [known_seed(run, view.seed)]
    recordings = {
        name: [run.recording(name, seed) for seed in seeds if seed in run.finished(name)]
        for name in conditions(run, view)
    }
    if not any(recordings.values()):
        raise InputError("no simulation to show is done", file=run.folder)
    return {name: records for name, records in recordings.items() if records}


def analysed(run: Run, view: View) -> dict[str, list[Recording]]:
    """The recordings of each condition, cut to the window or, without one, to the epoch that the tables are about."""
    from lhb_model.plot.window import common_window

    recordings = of_all_seeds(run, view)
    window = view.window and common_window([own for group in recordings.values() for own in group], view.window)
    return {
        name: [record.cut(*(window or record.epochs["analysis"])) for record in group]
        for name, group in recordings.items()
    }


def colours(run: Run) -> dict[str, str]:
    """The same for a condition in all figures, whichever are shown."""
    from lhb_model.plot import condition_colours

    return condition_colours(run.conditions)


def burst_rule(run: Run) -> str:
    """The burst rule of the LHb, or of the first nucleus."""
    nuclei: dict[str, Any] = run.resolved["nuclei"]
    return str(nuclei.get("lhb", next(iter(nuclei.values())))["burst_rule"])


def shading(run: Run, names: Iterable[str]) -> dict[str, list[tuple[str, float, float]]]:
    """When each intervention acts, by condition."""
    return {
        name: list(dict.fromkeys((c["cause"], c["from_s"], c["to_s"]) for c in run.changes(name))) for name in names
    }
