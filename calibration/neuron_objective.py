"""How far a neuron is from the targets: a sum of squared, scaled and capped violations; 0 where every target holds.

A term is 0 inside its target, and grows with the square of the distance from it in the unit given by `_over`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from neuron_cell import (
    BURSTING,
    SILENT,
    TONIC,
    Array,
    Cell,
    Measured,
    Pulses,
    columns,
    holding_currents,
    run,
    steady_current,
)

Terms = dict[str, float]

LEVELS, BLOCKED_LEVELS, ROBUST_LEVELS = 48, 32, 16
VARIED = ("C", "gNa", "gK", "gT", "gN", "gM", "gSK", "gh", "gL")
NMDA_STEPS, T_STEPS = (0.15, 0.3, 0.45, 0.6, 0.8), (0.1, 0.2, 0.3, 0.45, 0.6)
# Eight neurons of a heterogeneous set: deviates of log conductance, log-SD 0.3 (NMDA) and 0.12 (T).
NMDA_SPREAD = 0.3 * np.array([-0.5, 0.9, -1.2, 0.2, 1.3, -0.2, 0.5, -0.9])
T_SPREAD = 0.12 * np.array([0.6, -0.8, 0.1, 1.2, -0.3, -1.2, 0.3, 0.0])
NOT_BURSTING, NOT_MODAL, NOT_BLOCKED = 70.0, 45.0, 10.0
ROBUST_BELOW = 7.0


@dataclass(frozen=True)
class ModeMap:
    """A cell at a ladder of holding currents; `first` and `last` are the ends of the burst window."""

    current: Array
    v_start: Array
    measured: Measured
    first: int
    last: int

    @property
    def bursting(self) -> Array:
        """Which levels are in the burst window."""
        levels = np.arange(self.current.size)
        return (levels >= self.first) & (levels <= self.last)

    @property
    def tonic(self) -> Array:
        """Which levels fire tonically from the end of the burst window up."""
        tonic = self.measured["mode"] == TONIC
        tonic[: self.last] = False
        return tonic


def evaluate(cell: Cell) -> float:
    """The objective."""
    terms, modes = mode_terms(cell)
    score = sum(terms.values())
    if modes is None:
        return _finite(score + NOT_BURSTING)
    if score > NOT_MODAL:
        return _finite(score + NOT_BURSTING)
    score += sum(block_terms(cell, modes).values())
    return _finite(score + (robust_term(cell) if score < ROBUST_BELOW else NOT_BLOCKED))


def all_terms(cell: Cell) -> Terms:
    """Every term of a cell which bursts, by name."""
    terms, modes = mode_terms(cell)
    if modes is not None:
        terms |= block_terms(cell, modes)
        terms["robust"] = robust_term(cell)
    return {name: float(value) for name, value in terms.items()}


# ---------------------------------------------------------------- one cell, moved by its holding current


def mode_terms(cell: Cell) -> tuple[Terms, ModeMap | None]:
    """Terms of the modes, and the mode map; None where the cell never bursts."""
    current, v_start = holding_currents(cell, LEVELS, -69.5, -44)
    measured = run(columns(cell, LEVELS, I=current), v_start, warm=2200, record=3000)
    bursting = np.flatnonzero(measured["mode"] == BURSTING)
    if bursting.size == 0:
        return {"no_bursts": _nearly_bursting(v_start, measured)}, None
    modes = ModeMap(current, v_start, measured, *burst_window(measured["mode"]))
    return _order(modes) | _burst(modes) | _tonic(modes) | _passive(cell) | {"shift": 1.5 * cell["s"] / 3.8}, modes


def burst_window(mode: Array) -> tuple[int, int]:
    """First and last level of the longest unbroken run of bursting levels."""
    edges = np.flatnonzero(np.diff(np.r_[0, mode == BURSTING, 0]))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest] - 1)


def _nearly_bursting(v_start: Array, o: Measured) -> float:
    """Shortest interval of slow firing and share of spikes in bursts: a slope towards bursting."""
    slow = (o["rate"] < 35) & (o["rate"] > 0.3) & (v_start < -48)
    if not slow.any():
        return 131.0
    shortest = max(float(np.log(o["shortest"][slow] / 20).min()), 0.0)
    share = float((o["share"] * (o["rate"] < 40) * (o["burst_rate_tight"] > 1)).max())
    return 80 + 8 * shortest + 8 * (1 - share) + _over(-56 - o["v"][slow].max(), 4)


def _order(modes: ModeMap) -> Terms:
    mode = modes.measured["mode"]
    above = mode[modes.last + 1 :]
    broken = 0.6 * (above == BURSTING).sum() + 0.6 * (mode[: modes.first] != SILENT).sum()
    silent_gap = 0.8 * (above == SILENT).sum()
    missing = 3 * (modes.first == 0) + 5 * (not (above == TONIC).any()) + 2 * _over(4 - modes.bursting.sum(), 1)
    return {"order": float(broken + silent_gap + missing)}


def _burst(modes: ModeMap) -> Terms:
    o, b = modes.measured, modes.bursting
    v, rate, spikes, intra = o["v"][b], o["burst_rate_tight"][b], o["spikes"][b], o["intra"][b]
    edges = 0.5 * (_over(-65.5 - v.min(), 1) ** 2 + _over(v.max() + 54, 1) ** 2)
    width = min(v.max(), -53.5) - max(v.min(), -66.5)
    few, many = _mean_square(2.3 - spikes, 0.5), _mean_square(spikes - 5, 1)
    return {
        "window": _cap(_mean_square(-65 - v, 1.5) + _mean_square(v + 54.5, 1.5) + edges, 20),
        "width": _cap(_over(6.5 - width, 2) ** 2),
        "range": _cap(_over(12 - (modes.current[modes.last] - modes.current[modes.first]), 4) ** 2),
        "spikes": _cap(
            _over(3.3 - spikes.mean(), 0.6) ** 2 + few + many + 0.5 * _over(o["largest"][b].max() - 6, 1) ** 2
        ),
        "intra": _cap(_mean_square(intra - 185, 20) + _mean_square(60 - intra, 10)),
        "rate": _cap(_mean_square(2.2 - rate, 0.5) + _mean_square(rate - 8.5, 1) + _over(5.7 - rate.max(), 0.7) ** 2),
        "theta": 0.5 * _over(5 - float(np.median(rate)), 1.5),
        "trough": _cap(_over(-83 - o["v_min"][b].min(), 2) ** 2),
    }


def _tonic(modes: ModeMap) -> Terms:
    o, t = modes.measured, modes.tonic
    if not t.any():
        return {"tonic_v": 20.0, "tonic_rates": 24.0}
    rate, v = o["rate"][t], o["v"][t]
    usable = v[rate <= 16]
    deep = _cap(_mean_square(-52.5 - usable, 1.5) + 0.5 * _over(-54.5 - v[0], 1.5) ** 2, 20) if usable.size else 10.0
    apart = [np.abs(np.log(np.maximum(rate, 1e-9) / wanted)).min() for wanted in (2, 5, 10, 15)]
    return {
        "tonic_v": deep,
        "tonic_start": _cap(_over(v[0] + 47, 1.5) ** 2),
        "tonic_rates": sum(_cap(_over(distance - 0.1, 0.4) ** 2, 4) for distance in apart),
        "steep": _over(rate.max() - 60, 20),
    }


def _passive(cell: Cell) -> Terms:
    slope = max(float(np.diff(steady_current(cell, np.array([-73.0, -69.0])))[0] / 4), 0.05)
    resistance, tau = 1e3 / slope, cell["C"] / slope
    ratios = (resistance / 800, 380 / resistance, tau / 46, 17 / tau)
    return {"passive": _cap(sum(_over(np.log(ratio), 0.2) ** 2 for ratio in ratios))}


# ---------------------------------------------------------------- the same cell with NMDA receptors or T channels blocked


def block_terms(cell: Cell, modes: ModeMap) -> Terms:
    """Terms of full and partial blocks, and of rebound bursts."""
    full_nmda, full_t, thinned = _blocked(cell, modes)
    terms = {
        "nmda_needed": _cap(_left_over(full_nmda), 12),
        "nmda_tonic": 3.0 * (not (full_nmda["mode"] == TONIC).any()),
        "t_needed": _cap(_left_over(full_t), 12),
    }
    return terms | _t_block(modes, full_t) | _thinning(thinned) | {"rebound": _rebound(cell, modes)}


def _blocked(cell: Cell, modes: ModeMap) -> tuple[Measured, Measured, Array]:
    """Full NMDA block at any current, full T block at the same currents, burst rates of the set at partial blocks."""
    without_nmda = {**cell, "gN": 0.0}
    current, v_start = holding_currents(without_nmda, BLOCKED_LEVELS, -71, -42)
    tables = [columns(without_nmda, BLOCKED_LEVELS, I=current), columns(cell, LEVELS, I=modes.current, gT=0.0)]
    first, last = modes.current[[modes.first, modes.last]]
    hold = first + np.linspace(0.04, 0.96, 8) * (last - first)
    nmda, t = cell["gN"] * np.exp(NMDA_SPREAD), cell["gT"] * np.exp(T_SPREAD)
    for block in (0.0, *NMDA_STEPS):
        tables.append(columns(cell, 8, I=hold, gN=nmda * (1 - block), gT=t))
    for block in T_STEPS:
        tables.append(columns(cell, 8, I=hold, gN=nmda, gT=t * (1 - block)))
    held = np.interp(hold, modes.current, modes.v_start)
    starts = np.concatenate([v_start, modes.v_start, np.tile(held, len(tables) - 2)])
    o = run(np.concatenate(tables, 1), starts, warm=500, record=2100)
    end = BLOCKED_LEVELS + LEVELS
    curves = o["burst_rate"][end:].reshape(-1, 8).sum(1)
    return o.part(slice(0, BLOCKED_LEVELS)), o.part(slice(BLOCKED_LEVELS, end)), curves


def _left_over(o: Measured) -> float:
    return float(((o["mode"] == BURSTING).sum() / 1.5) ** 2 + 2 * np.mean(o["share"] * (o["rate"] < 40)))


def _t_block(modes: ModeMap, blocked: Measured) -> Terms:
    before, after = modes.measured["rate"], blocked["rate"]
    b, t = modes.bursting, modes.tonic
    ratio = after[b] / before[b]
    lower = (
        _mean_square(ratio - 0.7, 0.2) + 0.5 * _over(ratio.max() - 0.9, 0.1) ** 2 + _over(after[b].max() - 13, 3) ** 2
    )
    terms = {"t_block_lowers": _cap(lower)}
    if t.any():
        ratio = (after[t] + 0.4) / (before[t] + 0.4)
        terms["t_block_tonic"] = _cap(0.5 * _mean_square(ratio - 1.05, 0.05) + 0.5 * _over(ratio.max() - 1.1, 0.1))
    kept = t & (modes.measured["v"] > -50.8) & (before >= 1)
    if kept.any():
        terms["t_block_keeps_tonic"] = _cap(_mean_square(0.65 - after[kept] / before[kept], 0.25), 6)
    return terms


def _thinning(burst_rates: Array) -> Terms:
    base = max(burst_rates[0], 1.0)
    nmda, t = burst_rates[1:6] / base, burst_rates[6:] / base
    return {
        "set_bursts": _cap(_over(2 - burst_rates[0] / 8, 0.5) ** 2),
        "block_raises": _cap(_over(max(nmda.max(), t.max()) - 1.04, 0.05) ** 2, 6),
        "nmda_thins": _cap(_over(0.42 - _breadth(NMDA_STEPS, nmda), 0.15) ** 2),
        "t_thins": _cap(_over(0.36 - _breadth(T_STEPS, t), 0.12) ** 2),
    }


def _breadth(steps: tuple[float, ...], curve: Array) -> float:
    """How much block takes the burst rate from 90 to 10 %."""
    block, left = np.r_[0, steps, 1], np.minimum.accumulate(np.r_[1, curve, 0])

    def reaches(level: float) -> float:
        k = int(np.argmax(left < level))
        return float(block[k - 1] + (left[k - 1] - level) / (left[k - 1] - left[k] + 1e-9) * (block[k] - block[k - 1]))

    return reaches(0.1) - reaches(0.9)


def _rebound(cell: Cell, modes: ModeMap) -> float:
    """Bursts of 2-6 spikes without a plateau after 100 ms pulses of about 15 and 28 mV, from three tonic levels."""
    o = modes.measured
    regular = np.flatnonzero(modes.tonic & (o["burst_rate"] == 0))
    if regular.size == 0:
        return 9.0
    resistance = 4e3 / float(np.diff(steady_current(cell, np.array([-73.0, -69.0])))[0])
    near_5_hz = regular[np.abs(np.log((o["rate"][regular] + 0.01) / 5)).argmin()]
    held = np.repeat([regular[0], near_5_hz, regular[regular.size // 3]], 2)
    table = columns(cell, 6, I=modes.current[held], pulse=np.tile([-15e3 / resistance, -28e3 / resistance], 3))
    after = run(table, modes.v_start[held], warm=500, record=1400, pulses=Pulses(1200, 100, 5000), full=True)
    assert after.trace is not None
    scores = []
    for spikes, trace in zip(after.spikes, after.trace, strict=True):
        count = rebound_spikes(spikes, 800.0)
        plateau = float(np.mean(trace[800:1000] > -30)) * 200
        scores.append(_over(2 - count, 0.7) ** 2 + _over(count - 6, 2) ** 2 + _over(plateau - 12, 10) ** 2)
    return _cap(float(np.mean(np.minimum(scores, 9))))


def rebound_spikes(spikes: Array, release: float) -> int:
    """Spikes of the first burst within 350 ms of the pulse's end: opened by an interval <= 20 ms, closed by one > 45 ms."""
    near = spikes[(spikes > release) & (spikes < release + 350)]
    intervals = np.diff(near)
    opening = np.flatnonzero(intervals <= 20)
    if opening.size == 0:
        return 0
    closing = np.flatnonzero(intervals[opening[0] :] > 45)
    return int(closing[0] if closing.size else intervals.size - opening[0]) + 1


# ---------------------------------------------------------------- +-20 %, one at a time


def variants(cell: Cell, share: float = 0.2) -> list[tuple[str, float, Cell]]:
    """The 18 cells with one of `VARIED` changed by +-`share`."""
    return [(name, f, {**cell, name: cell[name] * f}) for name in VARIED for f in (1 - share, 1 + share)]


def robust_term(cell: Cell) -> float:
    """Mean failure of the 18 varied cells, weighted."""
    tables, starts = [], []
    for _, _, varied in variants(cell):
        current, v = holding_currents(varied, ROBUST_LEVELS, -72, -44)
        without = {**varied, "gN": 0.0}
        blocked_current, blocked_v = holding_currents(without, ROBUST_LEVELS, -70, -44)
        tables += [columns(varied, ROBUST_LEVELS, I=current), columns(without, ROBUST_LEVELS, I=blocked_current)]
        tables.append(columns(varied, ROBUST_LEVELS, I=current, gT=0.0))
        starts += [v, blocked_v, v]
    o = run(np.concatenate(tables, 1), np.concatenate(starts), warm=500, record=1900)
    modes = o["mode"].reshape(-1, 3, ROBUST_LEVELS)
    return 16 * float(np.mean([_failure(*three) for three in modes]))


def _failure(control: Array, without_nmda: Array, without_t: Array) -> float:
    b = np.flatnonzero(control == BURSTING)
    if b.size == 0:
        return 1.0
    below, inside, above = control[: b[0]], control[b[0] : b[-1] + 1], control[b[-1] + 1 :]
    failure = 0.5 * (below.size == 0 or bool((below != SILENT).any()))
    failure += 1.0 if not (above == TONIC).any() else 0.12 * bool((above == SILENT).any())
    failure += 0.2 * bool((inside != BURSTING).any()) + 0.15 * max(3 - b.size, 0)
    for left in ((without_nmda == BURSTING).sum(), (without_t == BURSTING).sum()):
        failure += 0.5 + 0.1 * left if left else 0.0
    return min(failure + 0.5 * (not (without_nmda == TONIC).any()), 1.5)


# ---------------------------------------------------------------- arithmetic


def _over(excess: float, unit: float) -> float:
    return max(0.0, float(excess)) / unit


def _mean_square(excess: Array, unit: float) -> float:
    return float(np.mean((np.maximum(0, excess) / unit) ** 2))


def _cap(value: float, limit: float = 9.0) -> float:
    return float(limit * np.tanh(value / limit))


def _finite(score: float) -> float:
    return float(score) if np.isfinite(score) else 1e3


def worst(terms: Mapping[str, float]) -> list[tuple[str, float]]:
    """Terms which are not met, worst first."""
    return sorted(((n, round(v, 3)) for n, v in terms.items() if v > 0.01), key=lambda term: -term[1])
