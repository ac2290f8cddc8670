"""How far a neuron is from the targets: a sum of squared, scaled and capped violations; 0 where every target holds.

A term is 0 inside its target and grows with the distance from it, in mV, Hz, spikes or pA, so that it has a slope to follow. The
bounds lie a little inside the targets, because the search measures 3 s where the report measures 10 s.
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

COARSE, ONSET, BETWEEN = 34, 5, 28
STEP = 0.1  # ms in the search; the report uses 0.05
SHORT, LONG = 2400.0, 9000.0  # ms recorded at the coarse levels and at the finer ones
BLOCKED_LEVELS, ROBUST_LEVELS = 32, 24
LOWEST, HIGHEST = -70.5, -43.0
REST = -70.0  # mV: finer levels start here, as after a step from rest
VARIED = ("C", "gNa", "gK", "gT", "gN", "gM", "gSK", "gh", "gL")
RATES = (2.0, 5.0, 10.0, 15.0)
NMDA_STEPS, T_STEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
# Eight neurons of a heterogeneous set: deviates of log conductance, log-SD 0.3 (NMDA) and 0.15 (T).
NMDA_SPREAD = 0.3 * np.array([-0.5, 0.9, -1.2, 0.2, 1.3, -0.2, 0.5, -0.9])
T_SPREAD = 0.15 * np.array([0.6, -0.8, 0.1, 1.2, -0.3, -1.2, 0.3, 0.0])
NOT_BURSTING, NOT_MODAL, NOT_BLOCKED = 40.0, 20.0, 12.0
ROBUST_BELOW = 10.0


@dataclass(frozen=True)
class ModeMap:
    """A cell at a ladder of holding currents; `first` and `last` end the burst window, `fine` levels are long records.

    `held_silent` is the current (pA) above the window at which a cell started from its steady potential stays silent.
    """

    current: Array
    v_start: Array
    measured: Measured
    first: int
    last: int
    fine: Array
    held_silent: float

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

    @property
    def widths(self) -> Array:
        """The current (pA) each level stands for."""
        return np.asarray(np.gradient(self.current))


def evaluate(cell: Cell) -> float:
    """The objective."""
    terms, modes = mode_terms(cell)
    score = sum(terms.values())
    if modes is None or score > NOT_MODAL:
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


def mode_map(
    cell: Cell, coarse: int, onset: int, between: int, records: tuple[float, float], dt: float
) -> ModeMap | None:
    """A ladder of currents, finer where bursts begin and from where they end to 16 Hz; None where the cell never bursts."""
    current, v_start = holding_currents(cell, coarse, LOWEST, HIGHEST)

    def measure(current: Array, v_start: Array, record: float) -> Measured:
        return run(columns(cell, current.size, I=current), v_start, warm=2200, record=record, dt=dt)

    rough = measure(current, v_start, records[0])
    if not (rough["mode"] == BURSTING).any():
        return None
    first, last = burst_window(rough["mode"], current)
    fast = np.flatnonzero((np.arange(coarse) > last) & (rough["rate"] > 16))
    end = fast[0] if fast.size else coarse - 1
    finer = np.concatenate(
        [_inside(current[max(first - 1, 0)], current[first], onset), _inside(current[last], current[end], between)]
    )
    finer_v = np.full(finer.size, REST)
    more = measure(finer, finer_v, records[1])
    held = measure(finer[onset:], np.interp(finer[onset:], current, v_start), records[0])
    held_silent = float((held["mode"] == SILENT).mean() * (current[end] - current[last])) if between else 0.0
    outside = (current <= current[last]) | (current >= current[end]) | (between == 0)
    order = np.argsort(np.r_[current[outside], finer], kind="stable")
    merged = Measured({name: np.r_[rough[name][outside], more[name]][order] for name in rough.values})
    fine = np.r_[np.zeros(outside.sum(), bool), np.ones(finer.size, bool)][order]
    current, v_start = np.r_[current[outside], finer][order], np.r_[v_start[outside], finer_v][order]
    return ModeMap(current, v_start, merged, *burst_window(merged["mode"], current), fine, held_silent)


def mode_terms(cell: Cell) -> tuple[Terms, ModeMap | None]:
    """Terms of the modes, and the mode map; None where the cell never bursts."""
    modes = mode_map(cell, COARSE, ONSET, BETWEEN, (SHORT, LONG), STEP)
    if modes is None:
        current, v_start = holding_currents(cell, COARSE, LOWEST, HIGHEST)
        measured = run(columns(cell, COARSE, I=current), v_start, warm=2200, record=SHORT, dt=STEP)
        return {"no_bursts": _nearly_bursting(v_start, measured)}, None
    return _order(modes) | _burst(modes) | _tonic(modes) | _passive(cell) | {"shift": cell["s"] / 3.8}, modes


def burst_window(mode: Array, current: Array) -> tuple[int, int]:
    """First and last level of the unbroken run of bursting levels which spans most current."""
    edges = np.flatnonzero(np.diff(np.r_[0, mode == BURSTING, 0]))
    starts, ends = edges[::2], edges[1::2] - 1
    longest = int(np.argmax(current[ends] - current[starts]))
    return int(starts[longest]), int(ends[longest])


def _inside(low: float, high: float, count: int) -> Array:
    return np.linspace(low, high, count + 2)[1:-1]


def _nearly_bursting(v_start: Array, o: Measured) -> float:
    """Shortest interval of slow firing and share of spikes in bursts: a slope towards bursting."""
    slow = (o["rate"] < 35) & (o["rate"] > 0.3) & (v_start < -48)
    if not slow.any():
        return 131.0
    shortest = max(float(np.log(o["shortest"][slow] / 20).min()), 0.0)
    share = float((o["share"] * (o["rate"] < 40) * (o["burst_rate_tight"] > 1)).max())
    return 80 + 8 * shortest + 8 * (1 - share) + _over(-56 - o["v"][slow].max(), 4)


def _order(modes: ModeMap) -> Terms:
    """Silent, then bursting, then tonic: the square root of the current (pA) spent out of order."""
    mode, width, levels = modes.measured["mode"], modes.widths, np.arange(modes.current.size)
    above, below = levels > modes.last, levels < modes.first
    astray = width[above & (mode == BURSTING)].sum() + width[below & (mode != SILENT)].sum()
    gap = width[above & (mode == SILENT)].sum()
    missing = 3 * (modes.first == 0) + 5 * (not modes.tonic.any())
    return {
        "order": float(1.2 * np.sqrt(astray) + missing),
        "gap": float(_cap(1.5 * np.sqrt(gap))),
        "held_gap": float(_cap(0.5 * np.sqrt(modes.held_silent))),
    }


def _burst(modes: ModeMap) -> Terms:
    o, b = modes.measured, modes.bursting
    v, rate, spikes, intra = o["v"][b], o["burst_rate"][b], o["spikes"][b], o["intra"][b]
    tight = np.maximum(o["burst_rate_tight"][b], rate)
    width = min(v.max(), -54.0) - max(v.min(), -66.0)
    few, many = _mean_square(2.15 - spikes, 0.5), _mean_square(spikes - 5, 1)
    return {
        "window": _cap(1.5 * _over(-65.6 - v.min(), 1) ** 2 + _over(v.max() + 54.4, 1) ** 2, 16),
        "width": _cap(_over(6.0 - width, 1.5) ** 2),
        "range": _cap(_over(8 - (modes.current[modes.last] - modes.current[modes.first]), 3) ** 2),
        "spikes": _cap(_over(2.8 - spikes.max(), 0.6) ** 2 + few + many + _over(o["largest"][b].max() - 6, 1) ** 2),
        "intra": _cap(_mean_square(intra - 190, 20) + _mean_square(60 - intra, 10)),
        "rate": _cap(
            _over(2.2 - rate.min(), 0.7) ** 2 + _mean_square(tight - 8.5, 1) + 2 * _over(5.7 - rate.max(), 0.7) ** 2
        ),
        "theta": 0.3 * _over(4.7 - float(np.median(rate)), 1.5),
        "trough": _cap(_over(-83 - o["v_min"][b].min(), 2) ** 2),
    }


def _tonic(modes: ModeMap) -> Terms:
    """Slow tonic firing near -50 mV, every wanted rate reached."""
    o, t = modes.measured, modes.tonic
    if not t.any():
        return {"tonic_v": 16.0, "tonic_rates": 16.0}
    rate, v = o["rate"][t], o["v"][t]
    slow = t & (o["rate"] <= 16)
    astray = np.maximum(-53.5 - o["v"], o["v"] + 46.5)
    weight = modes.widths[slow] / max(modes.widths[slow].sum(), 1e-9)
    reached = o["rate"][t & modes.fine] if (t & modes.fine).any() else rate
    apart = [np.abs(np.log(np.maximum(reached, 0.2) / wanted)).min() for wanted in RATES]
    return {
        "tonic_v": _cap(2 * float((weight * np.maximum(astray[slow], 0) ** 2).sum()), 12) if slow.any() else 12.0,
        "tonic_start": _cap(0.3 * _over(-54 - v[0], 1.5) ** 2),
        "tonic_rates": sum(6 * _over(distance - 0.04, 1.0) for distance in apart),
        "steep": _over(rate.max() - 60, 20),
    }


def _passive(cell: Cell) -> Terms:
    slope = max(float(np.diff(steady_current(cell, np.array([-73.0, -69.0])))[0] / 4), 0.05)
    resistance, tau = 1e3 / slope, cell["C"] / slope
    ratios = (resistance / 800, 380 / resistance, tau / 46, 17 / tau)
    return {"passive": _cap(sum(_over(np.log(ratio), 0.1) ** 2 for ratio in ratios))}


# ---------------------------------------------------------------- the same cell with NMDA receptors or T channels blocked


def block_terms(cell: Cell, modes: ModeMap) -> Terms:
    """Terms of full and partial blocks, and of rebound bursts."""
    full_nmda, full_t, thinned = _blocked(cell, modes)
    terms = {
        "nmda_needed": _cap(_left_over(full_nmda), 12),
        "nmda_tonic": 3.0 * (not (full_nmda["mode"] == TONIC).any()),
        "t_needed": _cap(_left_over(full_t), 12),
        "t_tonic": 3.0 * (not (full_t["mode"] == TONIC).any()),
    }
    return terms | _t_block(modes, full_t) | _thinning(thinned) | {"rebound": _rebound(cell, modes)}


def _blocked(cell: Cell, modes: ModeMap) -> tuple[Measured, Measured, Array]:
    """Full NMDA block at any current, full T block at the same currents, burst rates of the set at partial blocks."""
    without_nmda, levels = {**cell, "gN": 0.0}, modes.current.size
    current, v_start = holding_currents(without_nmda, BLOCKED_LEVELS, -71, -42)
    tables = [columns(without_nmda, BLOCKED_LEVELS, I=current), columns(cell, levels, I=modes.current, gT=0.0)]
    first, last = modes.current[[modes.first, modes.last]]
    hold = first + np.linspace(0.04, 0.96, 8) * (last - first)
    nmda, t = cell["gN"] * np.exp(NMDA_SPREAD), cell["gT"] * np.exp(T_SPREAD)
    for block in (0.0, *NMDA_STEPS):
        tables.append(columns(cell, 8, I=hold, gN=nmda * (1 - block), gT=t))
    for block in T_STEPS:
        tables.append(columns(cell, 8, I=hold, gN=nmda, gT=t * (1 - block)))
    held = np.interp(hold, modes.current, modes.v_start)
    starts = np.concatenate([v_start, modes.v_start, np.tile(held, len(tables) - 2)])
    o = run(np.concatenate(tables, 1), starts, warm=600, record=2200, dt=STEP)
    end = BLOCKED_LEVELS + levels
    curves = o["burst_rate"][end:].reshape(-1, 8).sum(1)
    return o.part(slice(0, BLOCKED_LEVELS)), o.part(slice(BLOCKED_LEVELS, end)), curves


def _left_over(o: Measured) -> float:
    """Levels which still burst, with a slope towards the short intervals of slow firing growing longer."""
    slow = (o["rate"] < 25) & (o["rate"] > 0.3)
    near = np.log(24 / o["shortest"][slow]) if slow.any() else np.zeros(1)
    bursting = (o["mode"] == BURSTING).sum()
    return float((bursting / 1.5) ** 2 + (0.3 if bursting else 0) + 0.5 * max(near.max(), 0.0))


def _t_block(modes: ModeMap, blocked: Measured) -> Terms:
    before, after = modes.measured["rate"], blocked["rate"]
    b, t = modes.bursting, modes.tonic
    ratio = after[b] / before[b]
    lower = _mean_square(ratio - 0.7, 0.2) + _over(ratio.max() - 0.9, 0.1) ** 2 + _over(after[b].max() - 13, 3) ** 2
    terms = {"t_block_lowers": _cap(lower)}
    if t.any():
        ratio = (after[t] + 0.4) / (before[t] + 0.4)
        terms["t_block_tonic"] = _cap(0.5 * _mean_square(ratio - 1.05, 0.05) + 0.5 * _over(ratio.max() - 1.08, 0.05))
    kept = t & (modes.measured["v"] > -52.5) & (before >= 8)
    if kept.any():
        terms["t_block_keeps_tonic"] = _cap(0.5 * _mean_square(0.5 - after[kept] / before[kept], 0.25), 4)
    return terms


def _thinning(burst_rates: Array) -> Terms:
    base, steps = max(burst_rates[0], 1.0), len(NMDA_STEPS)
    nmda, t = burst_rates[1 : 1 + steps] / base, burst_rates[1 + steps :] / base
    return {
        "set_bursts": _cap(_over(2 - burst_rates[0] / 8, 0.5) ** 2),
        "block_raises": _cap(_over(max(nmda.max(), t.max()) - 1.04, 0.05) ** 2, 6),
        "nmda_thins": _cap(_over(0.4 - _breadth(NMDA_STEPS, nmda), 0.12) ** 2),
        "t_thins": _cap(_over(0.38 - _breadth(T_STEPS, t), 0.12) ** 2),
    }


def _breadth(steps: tuple[float, ...], curve: Array) -> float:
    """How much block takes the burst rate from 90 to 10 %."""
    block, left = np.r_[0, steps, 1], np.minimum.accumulate(np.r_[1, curve, 0])

    def reaches(level: float) -> float:
        k = int(np.argmax(left < level))
        return float(block[k - 1] + (left[k - 1] - level) / (left[k - 1] - left[k] + 1e-9) * (block[k] - block[k - 1]))

    return reaches(0.1) - reaches(0.9)


def rebound_levels(modes: ModeMap) -> Array:
    """Where rebounds are measured: below the window, where regular tonic firing begins, near 5 Hz and near 10 Hz."""
    o = modes.measured
    regular = np.flatnonzero(modes.tonic & (o["burst_rate"] == 0))
    if regular.size == 0:
        return regular
    near = [regular[np.abs(np.log((o["rate"][regular] + 0.01) / wanted)).argmin()] for wanted in (5, 10)]
    below = np.flatnonzero(modes.current < modes.current[modes.first] - 0.5)
    return np.array([below[-1] if below.size else 0, regular[0], *near])


def _rebound(cell: Cell, modes: ModeMap) -> float:
    """Bursts of 2-6 spikes without a plateau after 100 ms pulses of about 12, 20 and 28 mV."""
    levels = rebound_levels(modes)
    if levels.size == 0:
        return 9.0
    slope = float(np.diff(steady_current(cell, np.array([-73.0, -69.0])))[0]) / 4
    depths = (-12.0, -20.0, -28.0)
    held = np.repeat(levels, len(depths))
    table = columns(cell, held.size, I=modes.current[held], pulse=np.tile(depths, levels.size) * slope)
    after = run(table, modes.v_start[held], warm=500, record=1400, pulses=Pulses(1200, 100, 5000), dt=STEP, full=True)
    assert after.trace is not None
    scores = []
    for spikes, trace in zip(after.spikes, after.trace, strict=True):
        count = rebound_spikes(spikes, 800.0)
        plateau = float(np.mean(trace[800:1000] > -30)) * 200
        scores.append(_over(2 - count, 0.7) ** 2 + _over(count - 5.5, 1) ** 2 + _over(plateau - 12, 10) ** 2)
    return _cap(float(np.mean(np.minimum(scores, 12))))


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
    o = run(np.concatenate(tables, 1), np.concatenate(starts), warm=600, record=1900, dt=STEP)
    size = ROBUST_LEVELS
    cases = [o.part(slice(k, k + size)) for k in range(0, 54 * size, size)]
    return 18 * float(np.mean([_failure(*cases[k : k + 3]) for k in range(0, 54, 3)]))


def _failure(control: Measured, without_nmda: Measured, without_t: Measured) -> float:
    mode = control["mode"]
    b = np.flatnonzero(mode == BURSTING)
    if b.size == 0:
        slow = (control["rate"] < 25) & (control["rate"] > 0.3)
        return 0.9 + (min(0.5 * float(np.log(control["shortest"][slow] / 20).min()), 0.6) if slow.any() else 0.6)
    below, inside, above = mode[: b[0]], mode[b[0] : b[-1] + 1], mode[b[-1] + 1 :]
    failure = 0.5 * (below.size == 0 or bool((below != SILENT).any()))
    failure += 1.0 if not (above == TONIC).any() else 0.01 * float((above == SILENT).sum())
    failure += 0.1 * bool((inside != BURSTING).any()) + 0.15 * max(3 - b.size, 0)
    for blocked in (without_nmda, without_t):
        left = int((blocked["mode"] == BURSTING).sum())
        failure += min(0.4 + 0.08 * left, 1.0) if left else 0.4 * _left_over(blocked)
    return min(failure + 0.5 * (not (without_nmda["mode"] == TONIC).any()), 1.5)


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
