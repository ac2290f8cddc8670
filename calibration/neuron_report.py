"""Measure the kept cell against every target and write the numbers into neuron_scores.json.

    python calibration/neuron_report.py [FILE]

10 s at each of 160 holding currents (the mode map in double precision); about a minute on one core.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from neuron_cell import (
    BURSTING,
    FIXED,
    NAMES,
    SILENT,
    TONIC,
    Array,
    Cell,
    Measured,
    Pulses,
    columns,
    holding_currents,
    run,
)
from neuron_objective import ModeMap, all_terms, burst_window, evaluate, rebound_spikes, variants

KEPT = Path(__file__).with_name("neuron_scores.json")
LEVELS = 160
LOWEST, HIGHEST = -71.0, -42.5
SET = 64


def mode_map(cell: Cell, levels: int = LEVELS, record: float = 10_000) -> ModeMap | None:
    """Modes over the whole range of holding currents; None without bursts."""
    current, v = holding_currents(cell, levels, LOWEST, HIGHEST)
    o = run(columns(cell, levels, I=current), v, warm=2000, record=record, double=levels == LEVELS)
    return ModeMap(current, v, o, *burst_window(o["mode"])) if (o["mode"] == BURSTING).any() else None


def sweep(cell: Cell, current: Array, v: Array, record: float = 10_000, **changed: Array | float) -> Measured:
    """The cell at each holding current."""
    return run(columns(cell, current.size, I=current, **changed), v, warm=2000, record=record)


def span(values: Array) -> list[float]:
    """Smallest and largest value."""
    return [round(float(values.min()), 2), round(float(values.max()), 2)] if values.size else []


def modes(m: ModeMap) -> dict[str, Any]:
    """Windows, bursts and tonic rates."""
    o, b, t = m.measured, m.bursting, m.tonic
    above = o["mode"][m.last + 1 :]
    nearest = {str(r): round(float(o["rate"][t][np.abs(o["rate"][t] - r).argmin()]), 2) for r in (2, 5, 10, 15)}
    return {
        "burst_window_mV": span(o["v"][b]),
        "burst_window_pA": span(m.current[b]),
        "bursts_per_s": span(o["burst_rate"][b]),
        "spikes_per_burst": span(o["spikes"][b]),
        "largest_burst": float(o["largest"][b].max()),
        "intra_burst_Hz": span(o["intra"][b]),
        "trough_mV": float(o["v_min"][b].min()),
        "levels_bursting_above_window": int((above == BURSTING).sum()),
        "levels_silent_above_window": int((above == SILENT).sum()),
        "levels_not_silent_below_window": int((o["mode"][: m.first] != SILENT).sum()),
        "tonic_mV": span(o["v"][t]),
        "first_tonic_mV": float(o["v"][t][0]),
        "tonic_Hz": span(o["rate"][t]),
        "tonic_Hz_nearest_to": nearest,
    }


def passive(cell: Cell) -> dict[str, float]:
    """Input resistance, time constant (-10 pA step at the silent end) and sag with and without Ih (-60 pA)."""
    current, v = holding_currents(cell, 2, LOWEST, HIGHEST)
    h = np.array([cell["gh"], cell["gh"], 0.0])
    table = columns(cell, 3, I=current[0], pulse=np.array([-10.0, -60.0, -60.0]), gh=h)
    o = run(table, v[0], warm=500, record=2500, pulses=Pulses(1000, 1000, 9000), double=True, full=True)
    assert o.trace is not None
    step, sag, no_sag = o.trace
    fall = step[400:490].mean() - step[1300:1490].mean()
    return {
        "input_resistance_Mohm": round(float(fall / 10 * 1e3)),
        "time_constant_ms": int(np.argmax(step[500:] < step[400:490].mean() - 0.632 * fall)),
        "sag_mV": round(float(sag[1480] - sag[500:1490].min()), 2),
        "sag_without_Ih_mV": round(float(no_sag[1480] - no_sag[500:1490].min()), 2),
    }


def rebounds(cell: Cell, m: ModeMap) -> list[dict[str, float]]:
    """Mean spikes in the rebound burst after eight 100 ms pulses at 1 Hz: control, T block, NMDA block."""
    t = np.flatnonzero(m.tonic & (m.measured["burst_rate"] == 0))
    found = []
    for level in (m.first - 1, t[0], t[t.size // 3]):
        for pulse in (-20.0, -30.0, -40.0, -60.0):
            g_t, g_n = np.array([cell["gT"], 0, cell["gT"]]), np.array([cell["gN"], cell["gN"], 0])
            table = columns(cell, 3, I=m.current[level], pulse=pulse, gT=g_t, gN=g_n)
            pulses = Pulses(1500, 100, 1000)
            o = run(table, m.v_start[level], warm=500, record=9500, pulses=pulses, double=True, full=True)
            counts = [float(np.mean([rebound_spikes(s, 1100 + 1000 * k) for k in range(8)])) for s in o.spikes]
            names = ("from_mV", "pulse_pA", "spikes", "spikes_T_block", "spikes_NMDA_block")
            found.append(dict(zip(names, [float(m.measured["v"][level]), pulse, *counts], strict=True)))
    return found


def blocks(cell: Cell, m: ModeMap) -> dict[str, Any]:
    """Full blocks at the same current and at any current (so at any re-compensated potential)."""
    result: dict[str, Any] = {}
    for name, key in (("NMDA", "gN"), ("T", "gT")):
        without = {**cell, key: 0.0}
        current, v = holding_currents(without, LEVELS, LOWEST, -41)
        same, any_current = sweep(without, m.current, m.v_start), sweep(without, current, v)
        result[name] = {
            "levels_bursting_same_current": int((same["mode"] == BURSTING).sum()),
            "levels_bursting_any_current": int((any_current["mode"] == BURSTING).sum()),
            "tonic_Hz": span(any_current["rate"][any_current["mode"] == TONIC]),
            "rate_ratio_in_window": span(same["rate"][m.bursting] / m.measured["rate"][m.bursting]),
            "rate_in_window_Hz": span(same["rate"][m.bursting]),
            "rate_ratio_tonic": span(same["rate"][m.tonic] / m.measured["rate"][m.tonic]),
        }
    return result


def thinning(cell: Cell, m: ModeMap) -> dict[str, Any]:
    """Burst rate of a heterogeneous set (64 cells across the window, log-SD 0.3 of g_NMDA, 0.15 of g_T) against block."""
    random = np.random.default_rng(7)
    hold = np.interp(np.arange(0.5, SET) / SET, [0, 1], m.current[[m.first, m.last]])
    v = np.interp(hold, m.current, m.v_start)
    g_n, g_t = cell["gN"] * np.exp(0.3 * random.normal(size=SET)), cell["gT"] * np.exp(0.15 * random.normal(size=SET))
    baseline = sweep(cell, hold, v, gN=g_n, gT=g_t)
    keep = baseline["mode"] == BURSTING
    result: dict[str, Any] = {"bursting": int(keep.sum()), "of": SET}
    for name, nmda, t in (("NMDA", 1, 0), ("T", 0, 1)):
        curve = []
        for block in np.arange(0, 1.01, 0.1):
            o = sweep(cell, hold, v, gN=g_n * (1 - nmda * block), gT=g_t * (1 - t * block))
            curve.append(o["burst_rate"][keep].sum() / baseline["burst_rate"][keep].sum())
        result[name] = [round(float(x), 3) for x in curve]
        result[f"{name}_steps_10_to_90"] = int(sum(0.1 < x < 0.9 for x in curve))
    return result


def robustness(cell: Cell) -> dict[str, Any]:
    """Modes and both needs of the 18 cells with one parameter changed by 20 %."""
    table, kept = {}, 0
    for name, factor, varied in variants(cell):
        m = mode_map(varied, 64, 4000)
        if m is None:
            table[f"{name} x{factor:g}"] = {"kept": False, "why": "no bursts"}
            continue
        found = modes(m)
        b = blocks(varied, m)
        left = {n: b[n]["levels_bursting_same_current"] + b[n]["levels_bursting_any_current"] for n in b}
        tonic, silent = bool(m.tonic.any()), m.first > 0 and not found["levels_not_silent_below_window"]
        good = tonic and silent and not any(left.values()) and bool(b["NMDA"]["tonic_Hz"])
        kept += good
        names = ("burst_window_mV", "bursts_per_s", "levels_silent_above_window")
        table[f"{name} x{factor:g}"] = {"kept": bool(good), "left_bursting": left, **{n: found[n] for n in names}}
    return {"kept": kept, "of": len(table), "cases": table}


def without(cell: Cell) -> dict[str, Any]:
    """What one removed current, or a shift of 0, does to the modes."""
    result: dict[str, Any] = {}
    for name in ("gSK", "gM", "gH", "gh", "gA", "gKir", "gy", "s"):
        m = mode_map({**cell, name: 0.0}, 64, 4000)
        names = ("burst_window_mV", "bursts_per_s", "spikes_per_burst", "tonic_Hz")
        result[name] = {n: modes(m)[n] for n in names} if m else "no bursts"
    return result


def convergence(cell: Cell, m: ModeMap) -> dict[str, Any]:
    """Rates and spikes per burst at three currents with a step of 0.05 ms and of a quarter of it."""
    levels = [m.first + (m.last - m.first) // 3, (m.first + m.last) // 2, int(np.flatnonzero(m.tonic)[-1])]
    table = columns(cell, LEVELS, I=m.current)[:, levels]
    result = {}
    for dt in (0.05, 0.0125):
        o = run(table, m.v_start[levels], warm=2000, record=10_000, dt=dt, double=True)
        result[str(dt)] = {n: np.round(o[n], 3).tolist() for n in ("rate", "burst_rate", "spikes", "intra", "v")}
    return result


def report(cell: Cell) -> dict[str, Any]:
    """Every measure of one cell."""
    m = mode_map(cell)
    if m is None:
        return {"modes": "no bursts"}
    return {
        "modes": modes(m), "passive": passive(cell), "rebounds": rebounds(cell, m), "blocks": blocks(cell, m),
        "thinning": thinning(cell, m), "robustness": robustness(cell), "without": without(cell),
        "convergence": convergence(cell, m),
    }  # fmt: skip


def main() -> None:
    """Measure, and keep the numbers beside the cell."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT
    kept = json.loads(path.read_text())
    cell = {**FIXED, **kept["cell"]}
    kept |= {"score": evaluate(cell), "terms": all_terms(cell), "measured": report(cell)}
    kept["cell"] = {name: cell[name] for name in NAMES}
    path.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
