"""Figures of spikes, rates, potentials and clamped currents, as they were recorded."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.bursts import MaxInterval, Rule, as_rule, poisson_share_of, sensitivity
from lhb_model.clamp_curves import clamped, described
from lhb_model.errors import InputError
from lhb_model.figures.view import (
    LHB,
    Kind,
    View,
    Window,
    analysed,
    burst_rule,
    colours,
    conditions,
    of_all_seeds,
    of_one_seed,
    shading,
)
from lhb_model.injected import injected_current
from lhb_model.population import Ensemble, phase_spectrum, spectrum
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _raster(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = of_one_seed(run, view)
    window = view.window or _first_seconds(recordings)
    return plot.raster(recordings, window, rule=burst_rule(run), shading=shading(run, recordings), seed=seed)


def _first_seconds(recordings: Mapping[str, Recording]) -> Window:
    """Four seconds from the start of the analysis, or all of a shorter record."""
    recording = next(iter(recordings.values()))
    start, stop = recording.epochs["analysis"]
    return start, min(start + 4.0, stop)


def _circuit(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    recordings = of_all_seeds(run, view)
    signals = {name: _signals(run, records) for name, records in recordings.items()}
    shaded = shading(run, recordings)
    return plot.circuit(recordings, signals, window=view.window, shading=shaded, colours=colours(run))


def _signals(run: Run, records: Sequence[Recording]) -> dict[str, tuple[np.ndarray, np.ndarray, str]]:
    """Every readout that has a time course: times (s), values of shape (seeds, samples), unit."""
    signals = {}
    for name in run.resolved["readouts"]:
        readout = READOUTS[name]
        if readout.signal is not None and readout.nucleus in records[0].spikes:
            made = [readout.signal(record) for record in records]
            signals[name] = (made[0].times, np.array([signal.values for signal in made]), made[0].unit)
    return signals


def _traces(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = of_one_seed(run, view)
    neurons = run.neurons[run.neurons["seed"] == seed]
    return plot.traces(recordings, neurons, view.window, colours=colours(run), seed=seed)


def _ramp(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    seed, recordings = of_one_seed(run, view)
    currents = {name: injected_current(run, name, "lhb", own.observed) for name, own in recordings.items()}
    return plot.ramp(recordings, currents, view.window, rule=burst_rule(run), colours=colours(run), seed=seed)


def _voltage_clamp(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    shown = [name for name in conditions(run, view) if run.finished(name)]
    if not shown:
        raise InputError("no simulation to show is done", file=run.folder)
    return plot.voltage_clamp(list(clamped(run, shown)), described(run)["current"])


def _isi(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.isi(analysed(run, view), rule=burst_rule(run), colours=colours(run))


def _return_map(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    return plot.return_map(analysed(run, view), rule=burst_rule(run))


def _sensitivity(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    rule, recordings = as_rule(burst_rule(run)), analysed(run, view)
    least = rule.min_spikes if isinstance(rule, MaxInterval) else 2
    trains = {name: [train for own in group for train in own.trains(LHB)] for name, group in recordings.items()}
    strips = {name: sensitivity(pooled, min_spikes=least) for name, pooled in trains.items()}
    chance = {name: _by_chance(pooled, recordings[name][0].observed, rule) for name, pooled in trains.items()}
    spans = [record.observed for group in recordings.values() for record in group]
    return plot.sensitivity(strips, burst_rule(run), chance, spans=spans)


def _by_chance(trains: Sequence[np.ndarray], span: Window, rule: Rule) -> float:
    """The share of spikes in bursts that Poisson neurons would have; NaN for a rule that has no closed form."""
    try:
        return poisson_share_of([train.size for train in trains], span[1] - span[0], rule)
    except InputError:
        return float("nan")


def _spectrum(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    ensembles = _ensembles(run, view)
    spectra = {name: [spectrum(own) for own in group] for name, group in ensembles.items()}
    return plot.spectrum(spectra, colours=colours(run), spans=_spans(ensembles))


def _ppc(run: Run, view: View) -> "Figure":
    from lhb_model import plot

    ensembles = _ensembles(run, view)
    lockings = {name: [phase_spectrum(own) for own in group] for name, group in ensembles.items()}
    return plot.ppc(lockings, colours=colours(run), spans=_spans(ensembles))


def _ensembles(run: Run, view: View) -> dict[str, list[Ensemble]]:
    """The LHb of each condition and seed."""
    return {
        name: [Ensemble.of(record.trains(LHB), record.observed) for record in records]
        for name, records in analysed(run, view).items()
    }


def _spans(ensembles: Mapping[str, Sequence[Ensemble]]) -> list[Window]:
    return [ensemble.span for group in ensembles.values() for ensemble in group]


KINDS = {
    "raster": Kind(_raster),
    "traces": Kind(_traces),
    "isi": Kind(_isi),
    "return_map": Kind(_return_map),
    "sensitivity": Kind(_sensitivity),
    "circuit": Kind(_circuit),
    "spectrum": Kind(_spectrum),
    "ppc": Kind(_ppc),
    "ramp": Kind(_ramp),
    "voltage_clamp": Kind(_voltage_clamp, ("condition",)),
}
