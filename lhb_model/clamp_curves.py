"""The sweeps of a simulated voltage clamp -> curves: what each sweep reaches, Boltzmann and exponential fits, time constants."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lhb_model.clamp_fits import Family, Fit, Floats, boltzmann, fit, fitted_sweep, one_phase
from lhb_model.errors import InputError
from lhb_model.run_folder import Run

FITTED_SAMPLES = 300
"""Of a sweep, at equal factors of time, so that its rise weighs as much as its fall."""
FITTED_FROM = 0.1
"""Sweeps that reach this share of the largest have time constants that are worth a fit."""


def clamp_families(
    run: Run, condition: str, nucleus: str, control: Mapping[str, Family] | None = None
) -> dict[str, Family]:
    """Each family of a clamped nucleus by name; curves are relative to the largest value of `control`, else to their own.

    Raises
    ------
    InputError
        For a run without a voltage clamp, or without the traces of its first seed.
    """
    clamp = described(run)
    trace = next((t for t in run.recording(condition, run.seeds[0]).traces if t.nucleus == nucleus), None)
    if trace is None:
        raise InputError(f"no currents of {nucleus!r} in {condition!r} were kept", file=run.folder)
    ends = np.cumsum([len(sheet["varied"]) for sheet in clamp["families"].values()])
    # The first sample is still of the step before.
    parts = np.split(trace.values[1:].astype(float), ends[:-1], axis=1)
    times, reversal = trace.times[1:] - trace.times[0], clamp["reversal_V"]
    return {
        name: _family(sheet, reversal, times, own, control[name].whole if control else None)
        for (name, sheet), own in zip(clamp["families"].items(), parts, strict=True)
    }


def clamped(run: Run, conditions: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Family]]]:
    """Nucleus, condition and families of all that a run has clamped; relative to the first of the conditions."""
    for nucleus in described(run)["nuclei"]:
        control = clamp_families(run, conditions[0], nucleus)
        for condition in conditions:
            yield nucleus, condition, clamp_families(run, condition, nucleus, control)


def described(run: Run) -> dict[str, Any]:
    """What a run says of its voltage clamp; `InputError` if it has none."""
    if "clamp" not in run.resolved:
        raise InputError("this figure needs a voltage clamp; write 'clamp' in the experiment", file=run.folder)
    found: dict[str, Any] = run.resolved["clamp"]
    return found


def _family(
    sheet: dict[str, Any], reversal: float | None, times: Floats, currents: Floats, whole: float | None
) -> Family:
    varied, potentials = np.array(sheet["varied"]), np.array(sheet["potentials_V"])
    flowing = currents if reversal is None else currents / (reversal - potentials[:, -1])
    fits = _fits(times, flowing) if sheet["read"] == "m2h" else np.full((3, varied.size), np.nan)
    reached = fits[0] if sheet["read"] == "m2h" else READ[sheet["read"]](flowing)
    whole = 1.0 if reversal is None else whole or float(reached.max()) or 1.0
    fitted = ~np.isnan(fits[1])
    return Family(
        varied=varied,
        unit=sheet["unit"],
        step=_varied_step(sheet),
        potentials=potentials,
        times=times,
        currents=currents,
        reached=reached / whole,
        whole=whole,
        fit=_fit(varied, reached / whole, sheet["unit"]) if reversal is not None else None,
        constants=np.array([potentials[fitted, -1], *fits[1:, fitted]]),
        published=sheet["published"],
    )


def _varied_step(sheet: dict[str, Any]) -> int:
    """The step whose potential, or duration, varies: 0 is holding, -1 the test."""
    potentials = np.array(sheet["potentials_V"])
    if sheet["unit"] == "V":
        place = int(np.flatnonzero(np.ptp(potentials, axis=0) > 0)[0])
        return -1 if place == potentials.shape[1] - 1 else place
    return int(np.flatnonzero(np.ptp(np.array(sheet["lasting_s"]), axis=0) > 0)[0]) + 1


def _fits(times: Floats, flowing: Floats) -> Floats:
    """Size without inactivation, fast and slow time constant of each sweep; of small ones the largest value alone."""
    peaks = flowing.max(axis=0)
    chosen = np.unique(np.searchsorted(times, np.geomspace(times[0], times[-1], FITTED_SAMPLES)))
    found = np.array([peaks, np.full(peaks.size, np.nan), np.full(peaks.size, np.nan)])
    for sweep in np.flatnonzero(peaks > 0):
        size, _, *constants, _, _ = fitted_sweep(times[chosen], flowing[chosen, sweep])
        found[0, sweep] = peaks[sweep] if np.isnan(size) else size
        if peaks[sweep] >= FITTED_FROM * peaks.max():
            found[1:, sweep] = np.sort(constants)
    return found


def _peak(flowing: Floats) -> Floats:
    """The largest value of each sweep, in either direction."""
    return flowing[np.abs(flowing).argmax(axis=0), np.arange(flowing.shape[1])]


def _end(flowing: Floats) -> Floats:
    return np.asarray(flowing[-max(1, len(flowing) // 50) :].mean(axis=0))


READ: dict[str, Callable[[Floats], Floats]] = {"peak": _peak, "end": _end}


def _fit(varied: Floats, reached: Floats, unit: str) -> Fit | None:
    """A Boltzmann function over potentials, one exponential over times; none where nothing flows."""
    top = reached.max()
    if not top > 0:
        return None
    if unit == "s":
        constant, whole = fit(one_phase, varied, reached / top, (float(np.median(varied)), 1.0))
        return Fit((constant,), lambda x: top * one_phase(x, constant, whole))
    half = varied[np.abs(reached / top - 0.5).argmin()]
    half, slope = fit(boltzmann, varied, reached / top, (float(half), 0.005 if reached[-1] > reached[0] else -0.005))
    return Fit((half, abs(slope)), lambda x: top * boltzmann(x, half, slope))
