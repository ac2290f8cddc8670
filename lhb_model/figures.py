"""Run + kind -> figure: gathers what each kind of figure shows and hands it to `plot`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.quantities import parse_quantity
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.runs import Run


@dataclass(frozen=True)
class View:
    """What of a run to show: conditions (all if empty), one seed (the first if None), a time window (s)."""

    conditions: tuple[str, ...] = ()
    seed: int | None = None
    window: tuple[float, float] | None = None


def _raster(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_one_seed(run, view)
    window = view.window or _window(recordings)
    return plot.raster(recordings, window, rule=_rule(run), shading=_shading(run, recordings), seed=_seed(run, view))


def _traces(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_one_seed(run, view)
    neurons = run.neurons[run.neurons["seed"] == _seed(run, view)]
    return plot.traces(recordings, neurons, view.window or _trace_window(recordings))


def _classes(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    return plot.classes(run.neurons[run.neurons["condition"].isin(_conditions(run, view))])


def _isi(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    return plot.isi(_of_all_seeds(run, view), rule=_rule(run))


def _circuit(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_all_seeds(run, view)
    return plot.circuit(recordings, {name: _signals(run, records) for name, records in recordings.items()})


def _dose(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    doses, unit = _doses(run)
    return plot.dose(run.table, doses, unit)


def _comparison(run: "Run", view: View) -> "Figure":
    from lhb_model import plot

    return plot.comparison(run.comparison, run.table)


KINDS: dict[str, Callable[["Run", View], "Figure"]] = {
    "raster": _raster,
    "traces": _traces,
    "classes": _classes,
    "isi": _isi,
    "circuit": _circuit,
    "dose": _dose,
    "comparison": _comparison,
}


def draw(run: "Run", kind: str, view: View | None = None) -> "Figure":
    """One figure of a run.

    Raises
    ------
    InputError
        For an unknown kind, condition or seed, a window outside the record, or a run without what the kind shows.
    """
    if kind not in KINDS:
        raise InputError(unknown("kind of figure", kind, KINDS))
    return KINDS[kind](run, view or View())


def draw_figures(run: "Run", kinds: Sequence[str], folder: Path) -> list[Path]:
    """Draw the figures that an experiment asks for, as PNG files in `folder`."""
    folder.mkdir(exist_ok=True)
    if not kinds or not any(run.finished(condition) for condition in run.conditions):
        return []
    from lhb_model import plot

    return [path for kind in kinds for path in plot.save(draw(run, kind), folder / kind, ("png",))]


def _conditions(run: "Run", view: View) -> list[str]:
    for condition in view.conditions:
        if condition not in run.conditions:
            raise InputError(unknown("condition", condition, run.conditions))
    return [name for name in run.conditions if name in (view.conditions or run.conditions)]


def _seed(run: "Run", view: View) -> int:
    return run.seeds[0] if view.seed is None else view.seed


def _of_one_seed(run: "Run", view: View) -> dict[str, Recording]:
    seed = _seed(run, view)
    if seed not in run.seeds:
        raise InputError(unknown("seed", str(seed), map(str, run.seeds)))
    return {name: run.recording(name, seed) for name in _conditions(run, view) if seed in run.finished(name)}


def _of_all_seeds(run: "Run", view: View) -> dict[str, list[Recording]]:
    seeds = run.seeds if view.seed is None else [view.seed]
    names = _conditions(run, view)
    return {name: [run.recording(name, seed) for seed in seeds if seed in run.finished(name)] for name in names}


def _window(recordings: dict[str, Recording]) -> tuple[float, float]:
    """Four seconds from the start of the analysis, or all of a shorter record."""
    recording = next(iter(recordings.values()))
    start, stop = recording.epochs.get("analysis", recording.observed)
    return start, min(start + 4.0, stop)


def _trace_window(recordings: dict[str, Recording]) -> tuple[float, float]:
    spans = [trace.times for recording in recordings.values() for trace in recording.traces if trace.times.size]
    if not spans:
        return _window(recordings)
    return float(spans[0][0]), float(spans[0][-1])


def _rule(run: "Run") -> str:
    nuclei: dict[str, Any] = run.resolved["nuclei"]
    return str(nuclei.get("lhb", next(iter(nuclei.values())))["burst_rule"])


def _shading(run: "Run", names: Iterable[str]) -> dict[str, list[tuple[str, float, float]]]:
    """When each intervention acts, where it does not act all the time."""
    duration = run.resolved["protocol"]["duration_s"]
    shading = {}
    for name in names:
        changes = run.resolved["conditions"][name]["changes"]
        periods = {(c["cause"], c["from_s"], c["to_s"]) for c in changes if c["to_s"] - c["from_s"] < duration}
        shading[name] = sorted(periods, key=lambda period: period[1])
    return shading


def _signals(run: "Run", records: list[Recording]) -> dict[str, tuple[Any, Any, str]]:
    """Mean over seeds of every readout that has a time course."""
    import numpy as np

    signals = {}
    for name in run.resolved["readouts"]:
        readout = READOUTS[name]
        if readout.signal is None or not records or readout.nucleus not in records[0].spikes:
            continue
        made = [readout.signal(record) for record in records]
        signals[name] = (made[0].times, np.mean([signal.values for signal in made], axis=0), made[0].unit)
    return signals


def _doses(run: "Run") -> tuple[dict[str, float], str]:
    """Condition -> dose, for the conditions whose names carry one ("ketamine@10uM")."""
    doses = {name: parse_quantity(name.split("@")[-1]) for name in run.conditions if "@" in name}
    if not doses:
        raise InputError(
            "no condition is a series of doses; write `dose: [0 uM, 1 uM, 10 uM]` in the experiment", file=run.folder
        )
    return {name: quantity.value for name, quantity in doses.items()}, next(iter(doses.values())).unit
