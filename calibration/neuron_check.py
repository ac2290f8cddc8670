"""Independent check: the neuron retyped with Ohm's and rate laws only, integrated by scipy's LSODA with tight tolerances.

    python calibration/neuron_check.py [FILE]

Prints, at one current of each mode, what both integrations give.
"""

import json
import sys
from math import exp
from pathlib import Path

import numpy as np
from neuron_cell import FIXED, Array, Cell, columns, run
from neuron_objective import REST, mode_map
from scipy.integrate import solve_ivp

KEPT = Path(__file__).with_name("neuron_scores.json")
WARM, RECORD = 2.0e3, 5.0e3


def gate(v: float, half: float, slope: float) -> float:
    """Boltzmann function, rising with `v` where `slope` is positive."""
    return 1 / (1 + exp(-(v - half) / slope))


def rate(scale: float, slope: float, x: float) -> float:
    """Traub & Miles's scale x / (1 - exp(-x / slope))."""
    return scale * slope if abs(x) < 1e-9 else scale * x / (1 - exp(-x / slope))


def currents(p: Cell, y: Array) -> tuple[float, float, float]:
    """Total ionic current, T current and high-voltage-activated current (pA, outward positive)."""
    v, m, h, n, m_t, h_f, h_s, c, ca, w, q, b = y
    i_t = p["gT"] * m_t**2 * ((1 - p["fs"]) * h_f + p["fs"] * h_s) * (v - 120)
    i_hva = p["gH"] * c**2 * (v - 120)
    g_k = p["gK"] * n**4 + p["gSK"] * ca**2 / (ca**2 + 0.25) + p["gM"] * w
    g_k += p["gA"] * gate(v, p["Va"], p["ka"]) * b + p["gKir"] * gate(v, p["Vkir"], -p["kkir"])
    other = p["gL"] * (v - p["EL"]) + p["gNa"] * m**3 * h * (v - 50) + g_k * (v - p["EK"])
    other += p["gN"] * v / (1 + p["Mg"] / 3.57 * exp(-0.062 * v)) + p["gh"] * q * (v + 40)
    return other + i_t + i_hva, i_t, i_hva


def derivatives(_: float, y: Array, p: Cell, hold: float) -> list[float]:
    """dy/dt (per ms) of V, m, h, n, m_T, h_fast, h_slow, c, Ca, w, q, b."""
    v, m, h, n, m_t, h_f, h_s, c, ca, w, q, b = y
    u, e = v - p["VT"], v - p["s"]
    total, i_t, i_hva = currents(p, y)
    h_inf, recovery = gate(e, -83.5, -5), p["deep"] * gate(e, -80.1, -5)
    tau_m_t = 0.6 + 1 / (exp(-(v + 129) / 16.7) + exp((v + 14) / 18.2))
    tau_q = 20 + 1000 / (exp((v + 71.5) / 14.2) + exp(-(v + 89) / 11.6))
    return [
        (hold - total) / p["C"],
        rate(0.32, 4, u - 13) * (1 - m) - rate(0.28, 5, 40 - u) * m,
        0.128 * exp((17 - u) / 18) * (1 - h) - 4 / (1 + exp((40 - u) / 5)) * h,
        p["kn"] * (rate(0.032, 5, u - 15) * (1 - n) - 0.5 * exp((10 - u) / 40) * n),
        p["phi"] * (gate(e, -62, 4.2) - m_t) / tau_m_t,
        p["phi"] * (h_inf - h_f) / (22 + recovery),
        p["phi"] * (h_inf - h_s) / (120 + recovery),
        (gate(v, p["Vc"], 5) - c) / p["tauc"],
        -p["kH"] * i_hva - (ca - 0.05) / p["tauCa"],
        (gate(v, p["Vw"], p["kw"]) - w) / p["tauw"],
        (gate(v, p["Vq"], -7) - q) / tau_q,
        (gate(v, p["Vb"], -p["kb"]) - b) / p["taub"],
    ]


def start(p: Cell, v: float) -> list[float]:
    """Gates at rest at `v`, by a long clamp."""
    y = [v, 0.05, 0.6, 0.3, 0.1, 0.05, 0.05, 0.0, 0.05, 0.1, 0.1, 0.5]

    def clamped(t: float, gates: Array) -> list[float]:
        return derivatives(t, np.r_[v, gates], p, 0.0)[1:]

    settled = solve_ivp(clamped, (0, 2e4), y[1:], method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
    return [v, *settled[:7], 0.05, *settled[8:11]]


def integrate(p: Cell, hold: float, v: float) -> tuple[Array, Array]:
    """Spike times (ms from the end of the warm-up) and V each ms."""

    def crossing(_: float, y: Array, *__: object) -> float:
        return float(y[0] + 20)

    crossing.direction = 1  # type: ignore[attr-defined]
    times = np.arange(0, WARM + RECORD, 1.0)
    solution = solve_ivp(
        derivatives, (0, times[-1]), start(p, v), method="LSODA", args=(p, hold), rtol=1e-8, atol=1e-9, max_step=1.0,
        events=crossing, t_eval=times,
    )  # fmt: skip
    spikes = solution.t_events[0]
    return spikes[spikes > WARM] - WARM, solution.y[0][times >= WARM]


def median_between_spikes(v: Array, spikes: Array) -> float:
    """Median V with +-5 ms around spikes cut out."""
    times = np.arange(v.size)
    near = np.abs(times[:, None] - spikes[None, :]).min(1) <= 5 if spikes.size else np.zeros(v.size, bool)
    return float(np.median(v[~near]))


def main() -> None:
    """Compare at a silent, three bursting, a slow tonic and two regular tonic currents."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else KEPT
    cell = {**json.loads(path.read_text())["cell"], **FIXED}
    m = mode_map(cell, 64, 8, 40, (RECORD, RECORD), dt=0.05)
    assert m is not None
    tonic, rate = np.flatnonzero(m.tonic), m.measured["rate"]
    inside = np.linspace(m.first, m.last, 5).astype(int)[1:4]
    fast = [tonic[np.abs(rate[tonic] - wanted).argmin()] for wanted in (2, 15, 30)]
    levels = [max(m.first - 8, 0), *inside, *fast]
    current, v = m.current, np.full(m.current.size, REST)
    fine = run(columns(cell, len(levels), I=current[levels]), REST, warm=WARM, record=RECORD, double=True, full=True)
    print("I/pA | spikes | median V/mV | mean short interval/ms (<= 45), neuron.c then LSODA")
    for k, level in enumerate(levels):
        spikes, potential = integrate(cell, float(current[level]), float(v[level]))
        ours = fine.spikes[k]
        short = [
            float(np.mean(d[d <= 45])) if (d := np.diff(s)).size and (d <= 45).any() else 0.0 for s in (ours, spikes)
        ]
        print(
            f"{current[level]:7.2f} | {ours.size} {spikes.size} | {fine['v'][k]:.2f} "
            f"{median_between_spikes(potential, spikes):.2f} | {short[0]:.2f} {short[1]:.2f}"
        )


if __name__ == "__main__":
    main()
