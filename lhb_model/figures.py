"""Run + kind -> figure: gathers what each kind of figure shows and hands it to `plot`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.bursts import MaxInterval, Rule, as_rule, poisson_share_of, sensitivity
from lhb_model.clamp_curves import clamped, described
from lhb_model.dose_fit import DoseFit, fit_dose
from lhb_model.drug_figures import draw_infusion, draw_kir41
from lhb_model.errors import InputError
from lhb_model.findings.burst_premium import SILENT, premium_titles
from lhb_model.findings.reward_omission import CUE, ERRORS, around, labelled_events, learnt
from lhb_model.injected import injected_current
from lhb_model.names import unknown
from lhb_model.peri_event import Pause, pause
from lhb_model.population import Ensemble, phase_spectrum, spectrum
from lhb_model.prediction import TRIALS
from lhb_model.quantities import parse_quantity
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording
from lhb_model.run_folder import Run
from lhb_model.sliding import WINDOW, courses
from lhb_model.sweep_figures import draw_indices, draw_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lhb_model.plot import Around
    from lhb_model.plot.dose import Curve

Window = tuple[float, float]

LHB = "lhb"
BAND_POINTS = 100
SILENCED = ("vta_da", "drn_5ht")
"""Nuclei whose pauses are shown."""


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


def draw(run: Run, kind: str, view: View | None = None) -> "Figure":
    """One figure of a run.

    Raises
    ------
    InputError
        For an unknown kind, condition or seed, a choice that the kind does not take, a window outside the record, or a
        run without what the kind shows.
    """
    if kind not in KINDS:
        raise InputError(unknown("kind of figure", kind, KINDS))
    view = view or View()
    found = OF_SWEEPS[kind] if run.sweep and kind in OF_SWEEPS else KINDS[kind]
    for choice in sorted(view.given() - set(found.takes)):
        raise InputError(f"a figure of kind {kind!r} takes no {choice}")
    return found.draw(run, view)


def draw_figures(run: Run, kinds: Sequence[str], folder: Path) -> list[str]:
    """Draw figures as PNG files in `folder`; return a line on each that could not be drawn."""
    folder.mkdir(exist_ok=True)
    notes = []
    for kind in kinds:
        try:
            _draw_file(run, kind, folder)
        # The simulations took minutes: no figure may cost them.
        except Exception as error:
            notes.append(f"figure {kind!r} was not drawn: {error if isinstance(error, InputError) else repr(error)}")
    return notes


def _draw_file(run: Run, kind: str, folder: Path) -> None:
    from lhb_model import plot

    plot.save(draw(run, kind), folder / kind)


# one function for each kind ------------------------------------------------------------------------------------------


def _raster(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = _of_one_seed(run, view)
    window = view.window or _first_seconds(recordings)
    return plot.raster(recordings, window, rule=_rule(run), shading=_shading(run, recordings), seed=seed)


def _traces(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = _of_one_seed(run, view)
    neurons = run.neurons[run.neurons["seed"] == seed]
    return plot.traces(recordings, neurons, view.window, colours=_colours(run), seed=seed)


def _ramp(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = _of_one_seed(run, view)
    currents = {name: injected_current(run, name, "lhb", own.observed) for name, own in recordings.items()}
    return plot.ramp(recordings, currents, view.window, rule=_rule(run), colours=_colours(run), seed=seed)


def _classes(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    neurons = run.neurons[run.neurons["condition"].isin(_conditions(run, view))]
    return plot.classes(neurons if view.seed is None else neurons[neurons["seed"] == _known_seed(run, view.seed)])


def _isi(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.isi(_analysed(run, view), rule=_rule(run), colours=_colours(run))


def _return_map(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.return_map(_analysed(run, view), rule=_rule(run))


def _spectrum(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    ensembles = _ensembles(run, view)
    spectra = {name: [spectrum(own) for own in group] for name, group in ensembles.items()}
    return plot.spectrum(spectra, colours=_colours(run), spans=_spans(ensembles))


def _ppc(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    ensembles = _ensembles(run, view)
    lockings = {name: [phase_spectrum(own) for own in group] for name, group in ensembles.items()}
    return plot.ppc(lockings, colours=_colours(run), spans=_spans(ensembles))


def _peth(run: Run, view: View) -> "Figure":
    from lhb_model import plot
    from lhb_model.plot.labels import nucleus_name

    depths = {source: _depths(run, source) for name in run.conditions for source in run.pulses(name)}
    if not depths:
        raise InputError("has no pulses; write `stimuli:` with `kind: pulses` in the experiment", file=run.folder)
    order = sorted(run.resolved["nuclei"], key=lambda nucleus: max(own.get(nucleus, 0) for own in depths.values()))
    series: dict[str, list[plot.Around]] = {}
    for name, records in _of_all_seeds(run, view).items():
        pulses = run.pulses(name)
        for source, events in pulses.items():
            label = name if len(pulses) == 1 else f"{name}, {nucleus_name(source)}"
            reached = [nucleus for nucleus in order if nucleus in depths[source]]
            series[label] = [plot.Around({n: own.trains(n) for n in reached}, events) for own in records]
    return plot.peth(series, _pauses(series), view.window, order)


def _depths(run: Run, source: str) -> dict[str, int]:
    """Nuclei that the wiring makes spikes of a nucleus reach -> over how many projections."""
    depths, wires = {source: 0}, [(wire["from"], wire["to"]) for wire in run.resolved["wiring"]]
    while further := {to: depths[origin] + 1 for origin, to in wires if origin in depths and to not in depths}:
        depths |= further
    return depths


def _pauses(series: "Mapping[str, Sequence[Around]]") -> dict[str, dict[str, list[Pause]]]:
    """Nucleus of those that the LHb silences -> series -> the pause of each neuron, of all seeds."""
    return {
        nucleus: {
            label: [pause(train, one.events) for one in seeds for train in one.trains.get(nucleus, ())]
            for label, seeds in series.items()
        }
        for nucleus in SILENCED
    }


def _sensitivity(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    rule, recordings = as_rule(_rule(run)), _analysed(run, view)
    least = rule.min_spikes if isinstance(rule, MaxInterval) else 2
    trains = {name: [train for own in group for train in own.trains(LHB)] for name, group in recordings.items()}
    strips = {name: sensitivity(pooled, min_spikes=least) for name, pooled in trains.items()}
    chance = {name: _by_chance(pooled, recordings[name][0].observed, rule) for name, pooled in trains.items()}
    spans = [record.observed for group in recordings.values() for record in group]
    return plot.sensitivity(strips, _rule(run), chance, spans=spans)


def _circuit(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_all_seeds(run, view)
    signals = {name: _signals(run, records) for name, records in recordings.items()}
    shading = _shading(run, recordings)
    return plot.circuit(recordings, signals, window=view.window, shading=shading, colours=_colours(run))


def _dose(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    name, doses, unit = _doses(run, view)
    return plot.dose(run.table, doses, unit, rule=_rule(run), curves=_curves(run, doses, unit), name=name)


def _comparison(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.comparison(run.comparison, run.table, rule=_rule(run), colours=_colours(run), neurons=run.neurons)


def _against_rate(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    shown = run.table[run.table["condition"].isin(_conditions(run, view))]
    return plot.against_rate(shown, colours=_colours(run))


def _transfer(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    played = {name: next(iter(found["trains"].values())) for name, found in _played(run).items()}
    patterns = {name: (p["burst_share"], p["synchrony"]) for name, p in played.items() if p["rate"] != 0}
    silent = next((name for name, pattern in played.items() if pattern["rate"] == 0), None)
    if not patterns:
        raise InputError("no condition replays trains; write 'replay' in the experiment", file=run.folder)
    ends = sorted(patterns, key=lambda name: (patterns[name][1], patterns[name][0]))
    least = [name for name in ends if patterns[name][1] == patterns[ends[0]][1]]
    titles = premium_titles(run.table, least[-1], least[0]) if silent == SILENT and len(least) > 1 else {}
    return plot.transfer(run.table, patterns, silent, titles=titles)


def _played(run: Run) -> dict[str, dict[str, Any]]:
    """Conditions that replay trains."""
    return {
        name: run.resolved["conditions"][name]
        for name in run.conditions
        if "trains" in run.resolved["conditions"][name]
    }


AROUND_OUTCOME, OUTCOME_BIN = (-0.8, 0.7), 0.05  # s


def _outcomes(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_all_seeds(run, view)
    found = {name: labelled_events(run, name) for name in run.conditions}
    if not all(label in found[name] for name in recordings for label in ERRORS):
        wanted = ", ".join(ERRORS)
        raise InputError(f"no stimuli are labelled {wanted}, which a figure of outcomes shows", file=run.folder)
    edges: np.ndarray = np.arange(*AROUND_OUTCOME, OUTCOME_BIN)
    shown: dict[str, Any] = {
        nucleus: {
            label: {
                name: (
                    edges + OUTCOME_BIN / 2,
                    np.array([around(own, nucleus, found[name][label], edges, OUTCOME_BIN) for own in group]),
                )
                for name, group in recordings.items()
            }
            for label in reversed(ERRORS)
        }
        for nucleus in ("lhb", "vta_da")
    }
    return plot.outcomes(shown, learnt(run, recordings), TRIALS, CUE, _colours(run))


def _courses(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = _of_all_seeds(run, view)
    if len(recordings) > 1:
        raise InputError(f"a figure of courses shows one condition, expected --condition {next(iter(recordings))}")
    ((condition, records),) = recordings.items()
    made = [courses(record, _rule(run), run.resolved["readouts"]) for record in records]
    values = {name: (c.times, np.stack([own[name].values for own in made]), c.unit) for name, c in made[0].items()}
    return plot.courses(values, _acting(run, condition), WINDOW)


def _acting(run: Run, condition: str) -> list[tuple[str, float, float]]:
    """Each intervention from its onset to the end of the last step in which at least half of its largest amount acts."""
    steps: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for c in run.changes(condition):
        size = abs(parse_quantity(c["shift"]).value) + abs(1 - c["factor"])
        steps.setdefault((c["cause"], c["parameter"]), []).append((size, c["from_s"], c["to_s"]))
    spans = {
        cause: (min(start for _, start, _ in found), max(stop for size, _, stop in found if size >= max(found)[0] / 2))
        for (cause, _), found in steps.items()
    }
    return [(cause, *span) for cause, span in spans.items()]


def _mode_map(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    held = run.resolved["nuclei"].get("lhb", {}).get("hold_V")
    blocks = {name: _blocks(run, name) for name in run.conditions if run.finished(name)}
    drugs = list(dict.fromkeys(drug for amounts in blocks.values() for drug in amounts))
    if held is None or not 1 <= len(drugs) <= 2:
        raise InputError(
            "a mode map needs neurons on a ladder ('hold') and one or two drugs as blocks", file=run.folder
        )
    seed = run.seeds[0] if view.seed is None else _known_seed(run, view.seed)
    own = run.neurons[(run.neurons["seed"] == seed) & (run.neurons["nucleus"] == "lhb")].sort_values("neuron")
    first, second = [*drugs, ""][:2]
    modes = {
        (amounts.get(first, 0.0), amounts.get(second, 0.0)): list(own[own["condition"] == name]["class"])
        for name, amounts in blocks.items()
    }
    return plot.mode_map(modes, tuple(held), (first, second), rule=_rule(run))


def _blocks(run: Run, condition: str) -> dict[str, float]:
    """Drug -> blocked share, for the drugs of a condition that are given as a block."""
    causes = dict.fromkeys(change["cause"] for change in run.changes(condition))
    parts = [cause.rpartition(" block=") for cause in causes]
    return {drug: parse_quantity(amount, "1").value for drug, found, amount in parts if found}


def _kir41(run: Run, view: View) -> "Figure":
    return draw_kir41(run, _rule(run))


def _voltage_clamp(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    shown = [name for name in _conditions(run, view) if run.finished(name)]
    if not shown:
        raise InputError("no simulation to show is done", file=run.folder)
    return plot.voltage_clamp(list(clamped(run, shown)), described(run)["current"])


def _infusion(run: Run, view: View) -> "Figure":
    return draw_infusion(run)


def _map(run: Run, view: View) -> "Figure":
    return draw_map(run, view.words, _conditions(run, view))


def _indices(run: Run, view: View) -> "Figure":
    return draw_indices(run, view.words, _conditions(run, view))


OF_SWEEPS = {"map": Kind(_map, ("condition", "axis or measure")),
             "sensitivity": Kind(_indices, ("condition", "axis or measure"))}  # fmt: skip
"""Kinds that show all points of a sweep at once; the others show one point."""

KINDS: dict[str, Kind] = {
    "raster": Kind(_raster),
    "traces": Kind(_traces),
    "classes": Kind(_classes, ("condition", "seed")),
    "isi": Kind(_isi),
    "return_map": Kind(_return_map),
    "sensitivity": Kind(_sensitivity),
    "circuit": Kind(_circuit),
    "spectrum": Kind(_spectrum),
    "ppc": Kind(_ppc),
    "peth": Kind(_peth),
    "dose": Kind(_dose, ("condition",)),
    "comparison": Kind(_comparison, ()),
    "ramp": Kind(_ramp),
    "mode_map": Kind(_mode_map, ("seed",)),
    "kir41": Kind(_kir41, ()),
    "voltage_clamp": Kind(_voltage_clamp, ("condition",)),
    "map": OF_SWEEPS["map"],
    "infusion": Kind(_infusion, ()),
    "against_rate": Kind(_against_rate, ("condition",)),
    "transfer": Kind(_transfer, ()),
    "outcomes": Kind(_outcomes, ("condition",)),
    "courses": Kind(_courses, ("condition", "seed")),
}


# gathering -----------------------------------------------------------------------------------------------------------


def _conditions(run: Run, view: View) -> list[str]:
    for condition in view.conditions:
        if condition not in run.conditions:
            raise InputError(unknown("condition", condition, run.conditions))
    return [name for name in run.conditions if not view.conditions or name in view.conditions]


def _known_seed(run: Run, seed: int) -> int:
    if seed not in run.seeds:
        raise InputError(unknown("seed", str(seed), map(str, run.seeds)))
    return seed


def _of_one_seed(run: Run, view: View) -> tuple[int, dict[str, Recording]]:
    """The seed, and its recording of each condition; the first seed that any condition has, unless one is chosen."""
    names = _conditions(run, view)
    done = [seed for seed in run.seeds if any(seed in run.finished(name) for name in names)]
    seeds = done[:1] if view.seed is None else [seed for seed in done if seed == _known_seed(run, view.seed)]
    if not seeds:
        raise InputError("no simulation to show is done", file=run.folder)
    return seeds[0], {name: run.recording(name, seeds[0]) for name in names if seeds[0] in run.finished(name)}


def _of_all_seeds(run: Run, view: View) -> dict[str, list[Recording]]:
    """The recordings of each condition that has any; of one seed if one is chosen."""
    seeds = run.seeds if view.seed is None else [_known_seed(run, view.seed)]
    recordings = {
        name: [run.recording(name, seed) for seed in seeds if seed in run.finished(name)]
        for name in _conditions(run, view)
    }
    if not any(recordings.values()):
        raise InputError("no simulation to show is done", file=run.folder)
    return {name: records for name, records in recordings.items() if records}


def _analysed(run: Run, view: View) -> dict[str, list[Recording]]:
    """The recordings of each condition, cut to the window or, without one, to the epoch that the tables are about."""
    from lhb_model.plot.window import common_window

    recordings = _of_all_seeds(run, view)
    window = view.window and common_window([own for group in recordings.values() for own in group], view.window)
    return {
        name: [record.cut(*(window or record.epochs["analysis"])) for record in group]
        for name, group in recordings.items()
    }


def _ensembles(run: Run, view: View) -> dict[str, list[Ensemble]]:
    """The LHb of each condition and seed."""
    return {
        name: [Ensemble.of(record.trains(LHB), record.observed) for record in records]
        for name, records in _analysed(run, view).items()
    }


def _spans(ensembles: Mapping[str, Sequence[Ensemble]]) -> list[Window]:
    return [ensemble.span for group in ensembles.values() for ensemble in group]


def _by_chance(trains: Sequence[np.ndarray], span: Window, rule: Rule) -> float:
    """The share of spikes in bursts that Poisson neurons would have; NaN for a rule that has no closed form."""
    try:
        return poisson_share_of([train.size for train in trains], span[1] - span[0], rule)
    except InputError:
        return float("nan")


def _first_seconds(recordings: Mapping[str, Recording]) -> Window:
    """Four seconds from the start of the analysis, or all of a shorter record."""
    recording = next(iter(recordings.values()))
    start, stop = recording.epochs["analysis"]
    return start, min(start + 4.0, stop)


def _colours(run: Run) -> dict[str, str]:
    """The same for a condition in all figures, whichever are shown."""
    from lhb_model.plot import condition_colours

    return condition_colours(run.conditions)


def _rule(run: Run) -> str:
    """The burst rule of the LHb, or of the first nucleus."""
    nuclei: dict[str, Any] = run.resolved["nuclei"]
    return str(nuclei.get("lhb", next(iter(nuclei.values())))["burst_rule"])


def _shading(run: Run, names: Iterable[str]) -> dict[str, list[tuple[str, float, float]]]:
    """When each intervention acts, by condition."""
    return {
        name: list(dict.fromkeys((c["cause"], c["from_s"], c["to_s"]) for c in run.changes(name))) for name in names
    }


def _signals(run: Run, records: Sequence[Recording]) -> dict[str, tuple[np.ndarray, np.ndarray, str]]:
    """Every readout that has a time course: times (s), values of shape (seeds, samples), unit."""
    signals = {}
    for name in run.resolved["readouts"]:
        readout = READOUTS[name]
        if readout.signal is not None and readout.nucleus in records[0].spikes:
            made = [readout.signal(record) for record in records]
            signals[name] = (made[0].times, np.array([signal.values for signal in made]), made[0].unit)
    return signals


def _doses(run: Run, view: View) -> tuple[str, dict[str, float], str]:
    """A series ("ketamine"), the dose of each of its conditions ("ketamine@10uM"), and the unit of the doses."""
    series = run.dose_series()
    for name in view.conditions:
        if name not in series:
            raise InputError(unknown("series of doses", name, series))
    chosen = view.conditions or tuple(series)
    if len(chosen) > 1:
        raise InputError(
            f"given {len(chosen)} series of doses ({', '.join(chosen)}), expected one: --condition {chosen[0]}"
        )
    doses = series[chosen[0]]
    return chosen[0], {name: quantity.value for name, quantity in doses.items()}, next(iter(doses.values())).unit


def _curves(run: Run, doses: Mapping[str, float], unit: str) -> "dict[tuple[str, str], Curve]":
    """What is fitted to each measure that the figure shows."""
    from lhb_model.plot.dose import shown_measures

    series = run.table[run.table["condition"].isin(list(doses))]
    names = [(measure.nucleus, measure.name) for measure in shown_measures(series)]
    return {(nucleus, name): _curve(fit_dose(series, doses, name, nucleus, unit)) for nucleus, name in names}


def _curve(fit: DoseFit) -> "Curve":
    from lhb_model.plot.dose import Curve

    at = np.geomspace(fit.series.lowest, fit.series.highest, BAND_POINTS) if not fit.refusal else np.empty(0)
    return Curve(
        fit.start.value, fit.end.value, fit.ic50.value, fit.hill.value,
        fit.ic50.low, fit.ic50.high, fit.refusal, (at, *fit.band(at)),
    )  # fmt: skip
