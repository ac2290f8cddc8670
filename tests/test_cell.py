"""The LHb cell against its equations typed again by hand, in the units of the literature (mV, ms, nS, pF, pA)."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy import exp, log
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from lhb_model import catalogue
from lhb_model.experiment import Experiment
from lhb_model.sheets import read_nucleus
from small_runs import recorded

START = -72.0
STEP = 20.0


def linoid(x):
    return 1 - x / 2 if abs(x) < 1e-7 else x / np.expm1(x)


def steady_gates(V):
    u = V + 53.731
    am, bm = 0.32 * 4 * linoid((13 - u) / 4), 0.28 * 5 * linoid((u - 40) / 5)
    ah, bh = 0.128 * exp((17 - u) / 18), 4 / (1 + exp((40 - u) / 5))
    an, bn = 1.3895 * 0.032 * 5 * linoid((15 - u) / 5), 1.3895 * 0.5 * exp((10 - u) / 40)
    e = V - 3.634
    a = 535 / (1 + exp((e + 80.1) / 5))
    inf = {
        "m": am / (am + bm), "h": ah / (ah + bh), "n": an / (an + bn),
        "mT": 1 / (1 + exp(-(e + 62) / 4.2)), "hf": 1 / (1 + exp((e + 83.5) / 5)), "hs": 1 / (1 + exp((e + 83.5) / 5)),
        "c": 1 / (1 + exp(-(V + 21) / 5)), "w": 1 / (1 + exp(-(V + 29.441) / 5.2477)), "q": 1 / (1 + exp((V + 85) / 7)),
        "b": 1 / (1 + exp((V + 59.074) / 6)),
    }  # fmt: skip
    tau = {
        "m": 1 / (am + bm), "h": 1 / (ah + bh), "n": 1 / (an + bn),
        "mT": (0.6 + 1 / (exp(-(V + 129) / 16.7) + exp((V + 14) / 18.2))) / 2.5, "hf": (22 + a) / 2.5, "hs": (120 + a) / 2.5,
        "c": 1.2, "w": 66.109, "q": 20 + 1000 / (exp((V + 71.5) / 14.2) + exp(-(V + 89) / 11.6)), "b": 3.0254,
    }  # fmt: skip
    return inf, tau


GATES = ("m", "h", "n", "mT", "hf", "hs", "c", "w", "q", "b")


def reversal(K):
    """Of K+ at a concentration (mM) round the neuron, in mV."""
    return 26.4 * log(K / 140)


def currents(V, g, Ca, EK=-90.0):
    """Outward positive, pA."""
    I_T = 25.003 * g["mT"] ** 2 * (0.24273 * g["hf"] + 0.75727 * g["hs"]) * (V - 120)
    I_HVA = 1.797 * g["c"] ** 2 * (V - 120)
    potassium = (
        1.0046 * Ca**2 / (Ca**2 + 0.25)
        + 13.143 * g["w"]
        + 3.1062 / (1 + exp(-(V + 61.645) / 6)) * g["b"]
        + 6.3609 / (1 + exp((V + 88) / 8))
    )
    other = (
        2.318 * (V + 70.8 - 0.6 * (EK + 90))
        + potassium * (V - EK)
        + 5.9966 / (1 + 1 / 3.57 * exp(-V / 16.13)) * V
        + 0.31 * g["q"] * (V + 40)
    )
    spike = 129.68 * g["m"] ** 3 * g["h"] * (V - 50) + 73.887 * g["n"] ** 4 * (V - EK)
    I_K = (potassium + 0.6 * 2.318 + 73.887 * g["n"] ** 4) * (V - EK)
    return I_T, I_HVA, other, spike, I_K


def rest_calcium(I_HVA):
    return 0.05 - 8.2003 * 1.8217e-3 * I_HVA


def flow_of_potassium(K, I_K):
    """Change of K+ round the neuron, mM/ms: from other cells, from its own currents (386 pC/mM), to the bath."""
    return 2.71e-3 + I_K / 386e3 - (K - 2.5) / 750


def rest_potassium(V):
    gates, _ = steady_gates(V)
    Ca = rest_calcium(currents(V, gates, 0.0)[1])
    return brentq(lambda K: flow_of_potassium(K, currents(V, gates, Ca, reversal(K))[-1]), 2, 10)


def reference_spikes(duration=600.0):
    """Spike times (ms) by LSODA at tight tolerance, in pieces so that the current step is met."""
    gates, _ = steady_gates(START)
    Ca = rest_calcium(currents(START, gates, 0.0)[1])
    K = rest_potassium(START)
    I_T, I_HVA, other, *_ = currents(START, gates, Ca, reversal(K))
    hold = I_T + I_HVA + other

    def rates(t, y, current):
        g, K, Ca, V = dict(zip(GATES, y, strict=False)), y[-3], y[-2], y[-1]
        inf, tau = steady_gates(V)
        I_T, I_HVA, other, spike, I_K = currents(V, g, Ca, reversal(K))
        dCa = -1.8217e-3 * I_HVA - (Ca - 0.05) / 8.2003
        dV = (current - I_T - I_HVA - other - spike) / 34.654
        return [*((inf[k] - g[k]) / tau[k] for k in GATES), flow_of_potassium(K, I_K), dCa, dV]

    def crossing(t, y, current):
        return y[-1] + 20

    crossing.direction = 1
    state, spikes = [*(gates[k] for k in GATES), K, Ca, START], []
    for start, stop, current in ((0.0, 100.0, hold), (100.0, duration, hold + STEP)):
        solved = solve_ivp(
            rates, (start, stop), state, "LSODA", rtol=1e-9, atol=1e-10, events=crossing, args=(current,), max_step=1.0
        )
        state, spikes = solved.y[:, -1], [*spikes, *solved.t_events[0]]
    return np.array(spikes)


def test_first_burst_agrees_with_solve_ivp(one_cell: Experiment) -> None:
    expected = reference_spikes()
    found = recorded(one_cell, "control").trains("lhb")[0] * 1e3
    burst = expected[: 1 + np.argmax(np.append(np.diff(expected), np.inf) > 50)]
    assert burst.size >= 3, "the reference cell must burst for this test to mean anything"
    np.testing.assert_allclose(found[: burst.size], burst, atol=0.1)
    assert found.size == expected.size


@pytest.mark.parametrize("condition", ["t_block", "nmda_block"])
def test_no_burst_without_t_or_nmda_channels(one_cell: Experiment, condition: str) -> None:
    train = recorded(one_cell, condition).trains("lhb")[0]
    assert not np.any(np.diff(train) <= 0.02)


def test_rest_is_where_the_sheet_says(one_cell: Experiment) -> None:
    """The holding current balances the cell without Na and K at -72 mV; the small rest of Na and K moves it little."""
    trace = recorded(one_cell, "control").traces[0]
    before = trace.values[trace.times < 0.1, 0] * 1e3
    root = brentq(lambda V: _net(V) - _net_at_rest(), -80, -60)
    assert abs(root - START) < 1e-6
    np.testing.assert_allclose(before, START, atol=0.1)


def _net(V):
    gates, _ = steady_gates(V)
    EK = reversal(rest_potassium(V))
    I_T, I_HVA, other, *_ = currents(V, gates, rest_calcium(currents(V, gates, 0.0)[1]), EK)
    return I_T + I_HVA + other


def _net_at_rest():
    return _net(START)


SEARCHED = {
    "C": "C", "gL": "g_L", "EL": "E_L", "EK": "E_K_rest", "gNa": "g_Na", "gK": "g_K", "VT": "V_T", "kn": "phi_n", "gT": "g_T",
    "fs": "f_slow", "s": "T_shift", "phi": "phi_T", "deep": "tau_deep", "gH": "g_HVA", "Vc": "V_c", "tauc": "tau_c",
    "tauCa": "tau_Ca", "kH": "influx_HVA", "gSK": "g_SK", "gM": "g_M", "Vw": "V_w", "kw": "k_w", "tauw": "tau_w",
    "gN": "g_NMDA", "Mg": "Mg_out", "gh": "g_h", "Vq": "V_q", "gKir": "g_Kir", "Vkir": "V_Kir", "kkir": "k_Kir",
    "gA": "g_A", "Va": "V_a", "ka": "k_a", "Vb": "V_b", "kb": "k_b", "taub": "tau_b",
}  # fmt: skip
"""Name in the calibration -> parameter of a mechanism."""


def test_the_shipped_cell_is_the_one_that_the_search_kept() -> None:
    kept = json.loads(Path(__file__).parents[1].joinpath("calibration/neuron_scores.json").read_text())["cell"]
    cell = catalogue.cell("lhb_cell", tuple(read_nucleus(catalogue.sheet_path("nucleus", "lhb_cell")).mechanisms))
    assert kept.keys() - {"I", "pulse"} == SEARCHED.keys()
    for name, parameter in SEARCHED.items():
        number = float(cell.parameters[parameter].quantity.text.split()[0])
        assert number == pytest.approx(kept[name], rel=1e-4), parameter
