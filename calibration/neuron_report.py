"""Measure the kept cell against every target and write the numbers into neuron_scores.json.

    python calibration/neuron_report.py [FILE]

10 s from rest at each of 240 holding currents, fine where bursts give way to tonic firing; about a minute on one core. Prints the
table of targets, model and verdicts.
"""

import json
import sys
from collections.abc import Mapping
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
from neuron_objective import (
    LOWEST,
    RATES,
    REST,
    ModeMap,
    all_terms,
    evaluate,
    mode_map,
    rebound_levels,
    rebound_spikes,
    variants,
)

KEPT = Path(__file__).with_name("neuron_scores.json")
SET = 64
REMOVABLE = ("gSK", "gM", "gH", "gh", "gA", "gKir", "s")
Verdict = tuple[str, str, str, bool]


def fine_map(cell: Cell) -> ModeMap | None:
    """10 s at each of 240 currents, 112 of them between the burst window and 16 Hz."""
    return mode_map(cell, 120, 8, 112, (10_000, 10_000), dt=0.05)


def quick_map(cell: Cell) -> ModeMap | None:
    """4 s at each of 64 even steps of current."""
    return mode_map(cell, 64, 0, 0, (4000, 4000), dt=0.05)


def sweep(cell: Cell, current: Array, v: Array, record: float = 10_000, **changed: Array | float) -> Measured:
    """The cell at each holding current."""
    return run(columns(cell, current.size, I=current, **changed), v, warm=2000, record=record)


def span(values: Array) -> list[float]:
    """Smallest and largest value."""
    return [round(float(values.min()), 2), round(float(values.max()), 2)] if values.size else []


def modes(m: ModeMap) -> dict[str, Any]:
    """Windows, bursts and tonic rates."""
    o, b, t = m.measured, m.bursting, m.tonic
    mode, width, levels = o["mode"], m.widths, np.arange(m.current.size)
    above, below = levels > m.last, levels < m.first
    nearest = (
        {str(r): round(float(o["rate"][t][np.abs(o["rate"][t] - r).argmin()]), 2) for r in RATES} if t.any() else {}
    )
    slow = t & (o["rate"] <= 16)
    regular = t & (o["burst_rate"] == 0)
    return {
        "burst_window_mV": span(o["v"][b]),
        "burst_window_pA": span(m.current[b]),
        "bursts_per_s": span(o["burst_rate"][b]),
        "spikes_per_burst": span(o["spikes"][b]),
        "largest_burst": float(o["largest"][b].max()),
        "intra_burst_Hz": span(o["intra"][b]),
        "trough_mV": round(float(o["v_min"][b].min()), 2),
        "bursting_above_window_pA": round(float(width[above & (mode == BURSTING)].sum()), 2),
        "silent_above_window_pA": round(float(width[above & (mode == SILENT)].sum()), 2),
        "not_silent_below_window_pA": round(float(width[below & (mode != SILENT)].sum()), 2),
        "silent_above_window_from_rest_and_held_pA": [
            round(float(width[above & (mode == SILENT)].sum()), 2),
            round(m.held_silent, 2),
        ],
        "silent_below_window": bool((mode[: m.first] == SILENT).any()),
        "tonic_mV": span(o["v"][t]),
        "first_tonic_mV": round(float(o["v"][t][0]), 2) if t.any() else None,
        "tonic_without_bursts_mV": span(o["v"][regular]),
        "tonic_up_to_16_Hz_mV": span(o["v"][slow]),
        "tonic_Hz": span(o["rate"][t]),
        "tonic_without_bursts_Hz": span(o["rate"][regular]),
        "tonic_Hz_nearest_to": nearest,
    }


def reached(cell: Cell, m: ModeMap) -> dict[str, dict[str, float]]:
    """The tonic current nearest to each wanted rate, from 48 currents around the nearest level, 20 s each."""
    tonic = np.flatnonzero(m.tonic)
    found = {}
    for wanted in RATES if tonic.size else ():
        near = tonic[np.abs(m.measured["rate"][tonic] - wanted).argmin()]
        current = np.linspace(m.current[near - 1], m.current[min(near + 1, m.current.size - 1)], 48)
        o = sweep(cell, current, np.full(48, REST), 20_000)
        k = int(np.argmin(np.where(o["mode"] == TONIC, np.abs(o["rate"] - wanted), 1e9)))
        found[str(wanted)] = {
            "Hz": round(float(o["rate"][k]), 2),
            "pA": round(float(current[k]), 2),
            "mV": round(float(o["v"][k]), 2),
        }
    return found


def passive(cell: Cell) -> dict[str, float]:
    """Input resistance, time constant (-10 pA step at the silent end) and sag with and without Ih (-60 pA)."""
    current, v = holding_currents(cell, 2, LOWEST, -60)
    h = np.array([cell["gh"], cell["gh"], 0.0])
    table = columns(cell, 3, I=current[0], pulse=np.array([-10.0, -60.0, -60.0]), gh=h)
    o = run(table, v[0], warm=500, record=2500, pulses=Pulses(1000, 1000, 9000), double=True, full=True)
    assert o.trace is not None
    step, sag, no_sag = o.trace
    fall = step[400:490].mean() - step[1300:1490].mean()
    return {
        "at_mV": round(float(step[400:490].mean()), 2),
        "input_resistance_Mohm": round(float(fall / 10 * 1e3)),
        "time_constant_ms": int(np.argmax(step[500:] < step[400:490].mean() - 0.632 * fall)),
        "sag_mV": round(float(sag[1480] - sag[500:1490].min()), 2),
        "sag_without_Ih_mV": round(float(no_sag[1480] - no_sag[500:1490].min()), 2),
    }


def rebounds(cell: Cell, m: ModeMap) -> list[dict[str, float]]:
    """Mean spikes in the rebound burst after eight 100 ms pulses at 1 Hz: control, T block, NMDA block."""
    found = []
    for level in rebound_levels(m):
        for pulse in (-20.0, -30.0, -40.0, -60.0):
            g_t, g_n = np.array([cell["gT"], 0, cell["gT"]]), np.array([cell["gN"], cell["gN"], 0])
            table = columns(cell, 3, I=m.current[level], pulse=pulse, gT=g_t, gN=g_n)
            pulses = Pulses(1500, 100, 1000)
            o = run(table, m.v_start[level], warm=500, record=9500, pulses=pulses, double=True, full=True)
            assert o.trace is not None
            counts = [float(np.mean([rebound_spikes(s, 1100 + 1000 * k) for k in range(8)])) for s in o.spikes]
            lowest = float(o.trace[0][1000:1100].min())
            names = ("from_mV", "from_Hz", "pulse_pA", "to_mV", "spikes", "spikes_T_block", "spikes_NMDA_block")
            held = [float(m.measured[name][level]) for name in ("v", "rate")]
            found.append(dict(zip(names, np.round([*held, pulse, lowest, *counts], 2).tolist(), strict=True)))
    return found


def blocks(cell: Cell, m: ModeMap) -> dict[str, Any]:
    """Full blocks at the same current and at any current (so at any re-compensated potential)."""
    result: dict[str, Any] = {}
    for name, key in (("NMDA", "gN"), ("T", "gT")):
        without = {**cell, key: 0.0}
        current, v = holding_currents(without, 160, -71, -41)
        same, any_current = sweep(without, m.current, m.v_start), sweep(without, current, v)
        driven = m.tonic & (m.measured["rate"] >= 1)
        result[name] = {
            "levels_bursting_same_current": int((same["mode"] == BURSTING).sum()),
            "levels_bursting_any_current": int((any_current["mode"] == BURSTING).sum()),
            "tonic_Hz": span(any_current["rate"][any_current["mode"] == TONIC]),
            "rate_ratio_in_window": span(same["rate"][m.bursting] / m.measured["rate"][m.bursting]),
            "rate_in_window_Hz": span(same["rate"][m.bursting]),
            "rate_ratio_tonic": span(same["rate"][driven] / m.measured["rate"][driven]),
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
        m = quick_map(varied)
        if m is None:
            table[f"{name} x{factor:g}"] = {"kept": False, "why": "no bursts"}
            continue
        found, b = modes(m), blocks(varied, m)
        left = {n: b[n]["levels_bursting_same_current"] + b[n]["levels_bursting_any_current"] for n in b}
        modal = found["silent_below_window"] and m.tonic.any() and not found["not_silent_below_window_pA"]
        good = bool(modal and not any(left.values()) and b["NMDA"]["tonic_Hz"] and b["T"]["tonic_Hz"])
        kept += good
        names = ("burst_window_mV", "bursts_per_s", "silent_above_window_pA", "not_silent_below_window_pA", "tonic_Hz")
        table[f"{name} x{factor:g}"] = {"kept": good, "left_bursting": left, **{n: found[n] for n in names}}
    return {"kept": kept, "of": len(table), "cases": table}


def without(cell: Cell) -> dict[str, Any]:
    """What one removed current, or a shift of 0, does to the modes."""
    result: dict[str, Any] = {}
    for name in REMOVABLE:
        if not cell[name]:
            continue
        m = quick_map({**cell, name: 0.0})
        names = ("burst_window_mV", "bursts_per_s", "spikes_per_burst", "tonic_Hz", "silent_above_window_pA")
        result[name] = {n: modes(m)[n] for n in names} if m else "no bursts"
    return result


def convergence(cell: Cell, m: ModeMap) -> dict[str, Any]:
    """Rates and spikes per burst at three currents with a step of 0.05 ms and of a quarter of it."""
    regular = np.flatnonzero(m.tonic & (m.measured["burst_rate"] == 0))
    near_15_hz = regular[np.abs(m.measured["rate"][regular] - 15).argmin()]
    levels = [m.first + (m.last - m.first) // 3, (m.first + m.last) // 2, int(near_15_hz)]
    table = columns(cell, m.current.size, I=m.current)[:, levels]
    result = {}
    for dt in (0.05, 0.0125):
        o = run(table, m.v_start[levels], warm=2000, record=10_000, dt=dt, double=True)
        result[str(dt)] = {n: np.round(o[n], 3).tolist() for n in ("rate", "burst_rate", "spikes", "intra", "v")}
    return result


def report(cell: Cell) -> dict[str, Any]:
    """Every measure of one cell."""
    m = fine_map(cell)
    if m is None:
        return {"modes": "no bursts"}
    return {
        "modes": modes(m),
        "rates_reached": reached(cell, m),
        "passive": passive(cell),
        "rebounds": rebounds(cell, m),
        "blocks": blocks(cell, m),
        "thinning": thinning(cell, m),
        "robustness": robustness(cell),
        "without": without(cell),
        "convergence": convergence(cell, m),
    }


# ---------------------------------------------------------------- targets as written, none widened


def verdicts(r: Mapping[str, Any], cell: Cell) -> list[Verdict]:
    """(item, target, model, met) for every target."""
    if isinstance(r["modes"], str):
        return [("1", "bursts", "none", False)]
    return [
        *_mode_verdicts(r["modes"], r["rates_reached"]),
        *_burst_verdicts(r),
        *_need_verdicts(r),
        *_edge_verdicts(r, cell),
    ]


def _mode_verdicts(m: Mapping[str, Any], rates: Mapping[str, Mapping[str, float]]) -> list[Verdict]:
    low, high = m["burst_window_mV"]
    ordered = m["silent_below_window"] and not m["bursting_above_window_pA"] and not m["not_silent_below_window_pA"]
    nearest = {wanted: found["Hz"] for wanted, found in rates.items()}
    all_reached = all(abs(rate / float(wanted) - 1) <= 0.05 for wanted, rate in nearest.items()) and bool(nearest)
    out = f"{m['not_silent_below_window_pA']} pA firing below, {m['bursting_above_window_pA']} pA bursting above the window"
    start = m["first_tonic_mV"] or -99.0
    return [
        ("1", "silent, then bursting, then tonic", out, ordered),
        ("1", "burst window within -66..-54 mV", f"{low}..{high} mV", low >= -66 and high <= -54),
        ("1", "burst window >= 5 mV wide", f"{high - low:.2f} mV", high - low >= 5),
        (
            "1",
            "tonic from about -50 mV (+-4)",
            f"from {start} mV; <= 16 Hz: {m['tonic_up_to_16_Hz_mV']}",
            -54 <= start <= -46,
        ),
        ("1", "2, 5, 10, 15 Hz tonic reached (within 5 %)", str(list(nearest.values())), all_reached),
        ("1", "no silent gap", f"{m['silent_above_window_pA']} pA", not m["silent_above_window_pA"]),
    ]


def _burst_verdicts(r: Mapping[str, Any]) -> list[Verdict]:
    m, p = r["modes"], r["passive"]
    spikes, intra, rate = m["spikes_per_burst"], m["intra_burst_Hz"], m["bursts_per_s"]
    counts = [x["spikes"] for x in r["rebounds"]]
    with_t_block = max((x["spikes_T_block"] for x in r["rebounds"]), default=0.0)
    longer = sum(x["spikes_NMDA_block"] > x["spikes"] for x in r["rebounds"])
    within = sum(2 <= n <= 6 for n in counts)
    return [
        (
            "2",
            "2-6 spikes a burst",
            f"means {spikes}, largest {m['largest_burst']:.0f}",
            spikes[0] >= 2 and m["largest_burst"] <= 6,
        ),
        ("2", "50-200 Hz inside", f"{intra}", intra[0] >= 50 and intra[1] <= 200),
        ("2", "2-9 bursts/s across the window", f"{rate}", rate[0] >= 2 and rate[1] <= 9),
        ("2", "theta, 5-9 Hz, reached", f"{rate[1]}", 5 <= rate[1]),
        ("2", "troughs not below -85 mV", f"{m['trough_mV']} mV", m["trough_mV"] >= -85),
        ("2", "R_in 300-900 Mohm", f"{p['input_resistance_Mohm']}", 300 <= p["input_resistance_Mohm"] <= 900),
        ("2", "time constant 15-50 ms", f"{p['time_constant_ms']}", 15 <= p["time_constant_ms"] <= 50),
        ("2", "rebound of 2-6 spikes", f"{within} of {len(counts)}; {span(np.array(counts))}", within == len(counts)),
        ("P8", "no rebound with T block", f"largest {with_t_block}", with_t_block == 0),
        ("P8", "rebound not longer with NMDA block", f"longer in {longer} of {len(counts)}", longer == 0),
    ]


def _need_verdicts(r: Mapping[str, Any]) -> list[Verdict]:
    b, t, found = r["blocks"], r["thinning"], []
    for name in ("NMDA", "T"):
        same, other = b[name]["levels_bursting_same_current"], b[name]["levels_bursting_any_current"]
        text = f"{same} levels at the same, {other} at any current"
        found.append(("3", f"full {name} block ends bursting, same current and same potential", text, not same + other))
        tonic = b[name]["tonic_Hz"]
        found.append(("3", f"still tonic when driven, {name} block", f"{tonic} Hz", bool(tonic)))
    for name in ("NMDA", "T"):
        steps, most = t[f"{name}_steps_10_to_90"], max(t[name])
        found.append(("3", f"{name} block in steps of 0.1 never raises bursts by > 10 %", f"x{most}", most <= 1.1))
        found.append(("3", f">= 3 steps of {name} block between 10 and 90 %", str(steps), steps >= 3))
    window, tonic = b["T"]["rate_ratio_in_window"], b["T"]["rate_ratio_tonic"]
    found.append(("3", "T block lowers firing at every potential of the window", f"x{window}", window[1] < 1))
    found.append(("3", "T block raises tonic cells by <= 10 %", f"x{tonic}", tonic[1] <= 1.1))
    return found


def _edge_verdicts(r: Mapping[str, Any], cell: Cell) -> list[Verdict]:
    kept, of = r["robustness"]["kept"], r["robustness"]["of"]
    coarse, fine = (r["convergence"][step] for step in ("0.05", "0.0125"))
    pairs = [(a, b) for n in ("rate", "spikes", "intra") for a, b in zip(coarse[n], fine[n], strict=True) if b]
    change = max(abs(a / b - 1) for a, b in pairs)
    return [
        ("4", "T shift below +3.8 mV", f"{cell['s']:.2f} mV", cell["s"] < 3.8),
        ("5", ">= 90 % of +-20 % changes keep modes and needs", f"{kept} of {of}", kept >= 0.9 * of),
        ("-", "a quarter of the step changes rates by < 1 %", f"{100 * change:.2f} %", change < 0.01),
        ("P12", "sag, removed with Ih", f"{r['passive']['sag_mV']}, {r['passive']['sag_without_Ih_mV']} mV", True),
    ]


def table(rows: list[Verdict]) -> str:
    """Markdown."""
    lines = ["| item | target | model | met |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} | {'yes' if met else 'NO'} |" for a, b, c, met in rows])


def main() -> None:
    """Measure, keep the numbers beside the cell, print the table."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT
    kept = json.loads(path.read_text())
    cell = {**FIXED, **kept["cell"]}
    kept |= {"score": evaluate(cell), "terms": all_terms(cell), "measured": report(cell)}
    kept["cell"] = {name: cell[name] for name in NAMES}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    print(table(verdicts(kept["measured"], cell)))


if __name__ == "__main__":
    main()
