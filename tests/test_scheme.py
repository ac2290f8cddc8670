"""The staggered Crank-Nicolson scheme: the code it makes, exact answers where there are some, and its order."""

from collections.abc import Mapping

import numpy as np
import pytest
from brian2 import Equations
from brian2.stateupdaters.base import UnsupportedEquationsException
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from lhb_model.equations import evaluate
from lhb_model.model import Change, Rest, RestGroup, Spread, TraceRequest
from lhb_model.simulate.realise import realise
from lhb_model.simulate.scheme import StaggeredCrankNicolson
from lhb_model.simulate.simulate import simulate
from small_models import interpret, model, population, settings

# abstract code -------------------------------------------------------------------------------------------------------


def code(equations: str) -> list[str]:
    return StaggeredCrankNicolson()(Equations(equations)).splitlines()


def stepped(equations: str, values: Mapping[str, float], currents: Mapping[str, str] | None = None) -> dict[str, float]:
    """Values after one step of the scheme's code, run line by line; `currents` are what Brian2 looks up when asked."""
    now = dict(values)
    expressions = dict(currents or {})

    def lookup(name: str) -> float:
        return evaluate(expressions[name], lookup) if name in expressions else now[name]

    for line in code(equations):
        name, _, expression = line.partition(" = ")
        now[name] = evaluate(expression, lookup)
    return now


def test_decay_is_advanced_by_the_crank_nicolson_factor() -> None:
    found = stepped("dx/dt = -x/tau : 1\ntau : second", {"x": 0.8, "tau": 5.0, "dt": 2.0})
    assert found["x"] == pytest.approx(0.8 * (1 - 2 / 10) / (1 + 2 / 10), rel=1e-14)


def test_relaxation_is_advanced_to_its_target() -> None:
    equations = "dx/dt = (target - x)/tau : 1\ntarget : 1\ntau : second"
    found = stepped(equations, {"x": 0.8, "target": -0.4, "tau": 5.0, "dt": 2.0})
    assert found["x"] == pytest.approx(-0.4 + 1.2 * (1 - 2 / 10) / (1 + 2 / 10), rel=1e-14)


def test_opening_and_closing_rates() -> None:
    equations = "dx/dt = alpha*(1 - x) - beta*x : 1\nalpha : Hz\nbeta : Hz"
    found = stepped(equations, {"x": 0.1, "alpha": 3.0, "beta": 2.0, "dt": 0.1})
    # x + dt*f/(1 - dt/2*slope) with f = 3*0.9 - 2*0.1 and slope = -5
    assert found["x"] == pytest.approx(0.1 + 0.1 * 2.5 / 1.25, rel=1e-14)


def test_growth_that_does_not_depend_on_the_variable() -> None:
    assert stepped("dx/dt = 3*Hz : 1", {"x": 1.0, "dt": 0.5, "Hz": 1.0})["x"] == 2.5


CELL = """
    I_L = g_L*(E_L - v) : amp
    I_A = g_A*m*(E_A - v) : amp
    I_0 : amp
    dm/dt = (m_inf - m)/tau_m : 1
    m_inf = (v - E_L)/(E_A - E_L) : 1
    dCa/dt = influx*I_A - Ca/tau_Ca : 1
    dv/dt = (I_L + I_A + I_0)/C : volt
    g_L : siemens
    g_A : siemens
    E_L : volt
    E_A : volt
    tau_m : second
    tau_Ca : second
    influx : 1/coulomb
    C : farad
"""
NUMBERS = {
    "g_L": 2.0, "g_A": 3.0, "E_L": -4.0, "E_A": 6.0, "I_0": 1.5, "tau_m": 0.5, "tau_Ca": 4.0, "influx": 0.25, "C": 2.0,
    "m": 0.2, "Ca": 0.3, "v": -1.0, "dt": 0.1,
}  # fmt: skip


def test_gates_go_first_then_pools_then_the_potential() -> None:
    assigned = [line.split()[0] for line in code(CELL)]
    shared = ("_before", "_gate", "_pool", "_membrane")
    own = [name for name in assigned if not name.startswith(shared)]
    assert own == ["_dt", "_Ca_inflow", "m", "Ca", "_slope", "_offset", "_bend", "v"]


def test_what_two_gates_share_is_computed_once() -> None:
    equations = """
        dx/dt = (target - x)/tau : 1
        dy/dt = (target - y)/tau : 1
        target = 1/(1 + exp(-v/(5*mV))) : 1
        v : volt
        tau : second
    """
    text = "\n".join(code(equations))
    assert text.count("exp(") == 1
    found = stepped(equations, {"x": 0.25, "y": 0.75, "v": 0.0, "tau": 1.0, "dt": 0.5})
    assert (found["x"], found["y"]) == pytest.approx((0.35, 0.65), rel=1e-14)


def test_a_step_of_a_cell_by_hand() -> None:
    expressions = {"I_L": "g_L*(E_L - v)", "I_A": "g_A*m*(E_A - v)", "m_inf": "(v - E_L)/(E_A - E_L)"}
    found = stepped(CELL, NUMBERS, expressions)
    m = 0.2 + 0.1 * (0.3 - 0.2) / 0.5 / (1 + 0.05 / 0.5)
    Ca = 0.3 + 0.1 * (0.25 * 3 * (0.2 + m) / 2 * 7 - 0.3 / 4) / (1 + 0.05 / 4)
    f, slope = (2 * -3 + 3 * m * 7 + 1.5) / 2, -(2 + 3 * m) / 2
    v = -1 + 0.1 * f / (1 - 0.05 * slope)
    assert found["m"] == pytest.approx(m, rel=1e-14)
    assert found["Ca"] == pytest.approx(Ca, rel=1e-14)
    assert found["v"] == pytest.approx(v, rel=1e-14)


def test_a_factor_without_a_gate_takes_part_in_the_slope() -> None:
    equations = """
        I_N = g_N*B*(E_N - v) : amp
        B = 1/(1 + exp(-v/V_B)) : 1
        dv/dt = I_N/C : volt
        g_N : siemens
        E_N : volt
        V_B : volt
        C : farad
    """
    values = {"g_N": 3.0, "E_N": 2.0, "V_B": 0.5, "C": 4.0, "v": -0.25, "dt": 0.1}
    found = stepped(equations, values, {"I_N": "g_N*B*(E_N - v)", "B": "1/(1 + exp(-v/V_B))"})
    B = 1 / (1 + np.exp(0.5))
    f, slope = 3 * B * 2.25 / 4, (-3 * B + 3 * B * (1 - B) / 0.5 * 2.25) / 4
    assert found["v"] == pytest.approx(-0.25 + 0.1 * f / (1 - 0.05 * slope), rel=1e-14)


@pytest.mark.parametrize(
    "equations",
    [
        "dx/dt = -x**2*Hz : 1",
        "dx/dt = (1 - x)*x*Hz : 1",
        "dx/dt = exp(-x)*Hz : 1",
        "dx/dt = -x/(1 + x)*Hz : 1",
        "dv/dt = -v**3/volt**2*Hz : volt",
        "I_X = g*v**2/volt : amp\ndv/dt = I_X/C : volt\ng : siemens\nC : farad",
    ],
)
def test_what_is_not_linear_in_its_own_variable_is_refused(equations: str) -> None:
    with pytest.raises(UnsupportedEquationsException, match="not linear"):
        code(equations)


# a passive cell ------------------------------------------------------------------------------------------------------


def test_a_passive_cell_charges_as_the_exponential(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 pA into 10 nS and 200 pF, from 20 to 70 ms: 20 mV with a time constant of 20 ms."""
    amounts = {"C": "200 pF", "g_L": "10 nS", "E_L": "-70 mV", "V_spike": "0 mV"}
    cells = population("cell", ["leak", "injected_current", "action_potential"], 1, amounts)
    step = Change("cell", "I_step", 1.0, 200e-12, 0.02, 0.07, "step")
    traces = (TraceRequest("cell", "v", 1, 1e-4, (0.0, 0.12)),)
    monkeypatch.setenv("LHB_TARGET", "numpy")
    found = simulate(model(cells, duration=0.12, changes=(step,), traces=traces), 1).traces[0].values
    t = 0.1 * np.arange(found.size)
    rise = 1 - np.exp(-np.clip(t - 20, 0, 50) / 20)
    expected = -70 + 20 * rise * np.exp(-np.clip(t - 70, 0, None) / 20)
    # The scheme's own error is at most 20 mV (dt/tau)**2/12 (t/tau) exp(-t/tau): below 0.02 uV.
    np.testing.assert_allclose(found[:, 0] * 1e3, expected, atol=3e-5)


def test_integrate_and_fire_cells_keep_their_refractory_time_and_fire_at_the_analytic_rate() -> None:
    """Interval = t_refractory + tau*log((E + RI - V_reset)/(E + RI - V_threshold)), C = 100 pF, g_L = 10 nS."""
    amounts = {"C": "100 pF", "g_L": "10 nS", "E_L": "-65 mV", "V_threshold": "-50 mV", "V_reset": "-60 mV"}
    amounts |= {"t_refractory": "3 ms", "I_hold": "500 pA"}
    spread = {"I_hold": Spread("uniform", 500e-12, "chosen for a test", "assumed")}
    mechanisms = ["leak", "injected_current", "integrate_and_fire"]
    job = realise(model(population("cell", mechanisms, 20, amounts, spread=spread), duration=0.3), 1)
    steps, neurons = interpret(job).spikes["cell"]
    final = -65 + settings(job)["cell.I_hold"] * 1e12 / 10
    assert (final < -50).any() and (final > -50).any()
    for neuron, reached in enumerate(final):
        intervals = np.diff(steps[neurons == neuron]) * 0.1
        if reached < -50:
            assert not (neurons == neuron).any()
        else:
            exact = 3 + 10 * np.log((reached + 60) / (reached + 50))
            # Refractory time counts from the beginning of the step at whose end the spike is seen: one step is lost.
            assert np.all((intervals > exact - 0.105) & (intervals < exact + 0.005))


# order ---------------------------------------------------------------------------------------------------------------

AMOUNTS = {
    "C": "50 pF", "g_L": "2 nS", "E_L": "-70 mV", "g_Na": "1500 nS", "g_K": "120 nS", "E_Na": "50 mV", "E_K": "-90 mV",
    "V_T": "-60 mV", "phi_n": "1", "V_spike": "-20 mV",
}  # fmt: skip
STEPS = (5e-5, 2.5e-5)
ON, DURATION, CURRENT = 2e-3, 36e-3, 100e-12


def linoid(x: float) -> float:
    return 1 - x / 2 if abs(x) < 1e-7 else x / np.expm1(x)


def rates(v: float) -> tuple[np.ndarray, np.ndarray]:
    """Opening and closing rates of m, h and n (1/ms) of Traub and Miles, V_T = -60 mV."""
    u = v + 60
    opening = [1.28 * linoid((13 - u) / 4), 0.128 * np.exp((17 - u) / 18), 0.16 * linoid((15 - u) / 5)]
    closing = [1.4 * linoid((u - 40) / 5), 4 / (1 + np.exp((40 - u) / 5)), 0.5 * np.exp((10 - u) / 40)]
    return np.array(opening), np.array(closing)


def ionic(v: float, gates: np.ndarray) -> float:
    """Inward current in pA."""
    m, h, n = gates
    return 2 * (-70 - v) + 1500 * m**3 * h * (50 - v) + 120 * n**4 * (-90 - v)


def true_spikes() -> np.ndarray:
    """Spike times (ms) of the cell of AMOUNTS, held at -70 mV until the step."""
    opening, closing = rates(-70)
    gates = opening / (opening + closing)
    hold = -ionic(-70, gates)

    def rate_of_change(t: float, y: np.ndarray) -> list[float]:
        opening, closing = rates(y[3])
        dv = (ionic(y[3], y[:3]) + hold + CURRENT * 1e12) / 50
        return [*(opening * (1 - y[:3]) - closing * y[:3]), dv]

    def crossing(t: float, y: np.ndarray) -> float:
        return y[3] + 20

    crossing.direction = 1
    span, start = (ON * 1e3, DURATION * 1e3), [*gates, -70.0]
    return solve_ivp(rate_of_change, span, start, "LSODA", rtol=1e-10, atol=1e-12, events=crossing).t_events[0]


def simulated_spikes(dt: float) -> np.ndarray:
    """Times (ms) at which the simulated potential crosses -20 mV upwards, by a curve through its samples."""
    mechanisms = ["ions", "leak", "sodium", "potassium", "injected_current", "action_potential"]
    rest = Rest((RestGroup("all", 1.0, -0.07, 0.0, {}),), (), {})
    cells = population("cell", mechanisms, 1, AMOUNTS, rest=rest)
    step = Change("cell", "I_step", 1.0, CURRENT, ON, DURATION, "step")
    traces = (TraceRequest("cell", "v", 1, dt, (0.0, DURATION)),)
    job = realise(model(cells, duration=DURATION, dt=dt, changes=(step,), traces=traces), 1)
    v = interpret(job).traces["trace_cell_v"][:, 0] * 1e3
    curve = CubicSpline(dt * 1e3 * np.arange(v.size), v + 20)
    before = np.flatnonzero((v[:-1] <= -20) & (v[1:] > -20))
    return np.array([brentq(curve, curve.x[k], curve.x[k + 1]) for k in before])


def test_errors_of_spike_times_shrink_fourfold_when_the_step_is_halved() -> None:
    truth = true_spikes()
    assert truth.size >= 3, "the cell must fire repeatedly for this test to mean anything"
    coarse, fine = (simulated_spikes(dt) - truth for dt in STEPS)
    assert np.all(abs(coarse) < 0.1)
    assert np.all((coarse / fine > 3.5) & (coarse / fine < 4.5))
