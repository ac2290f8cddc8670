"""Voltage clamp: steps are exact, whatever the current; and what the T current's own protocols find."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lhb_model.clamp import Clamp
from lhb_model.clamp_fits import boltzmann, fit, fitted_sweep, m2h
from lhb_model.equations import SteadyState, parse_equations
from lhb_model.findings.t_current import AS_RECORDED, FINDING, recovery, sweep, t_current

GATE = parse_equations("""
    I = g*n*(E - v) : amp
    dn/dt = (n_inf - n)/tau : 1
    n_inf = 1/(1 + exp(-(v - half)/(5*mV))) : 1
    tau = 10*ms + 20*ms*n_inf : second
""")


def measured(condition: str) -> dict[str, float]:
    """Measure -> value of the T current."""
    table = FINDING.table({})
    own = table[table["condition"] == condition]
    return dict(zip(own["measure"], own["value"], strict=True))


@pytest.fixture(scope="module")
def recorded() -> dict[str, float]:
    return measured("recorded")


def test_a_step_agrees_with_the_equation_integrated_in_small_steps() -> None:
    clamp = t_current()
    gates = clamp.after(clamp.rest(-0.11), -0.045, 0.03)

    def rates(_: float, state: np.ndarray) -> list[float]:
        steady = SteadyState(clamp.equations, {**clamp.parameters, "v": -0.045})
        return [float(a - b * x) for x, (a, b) in zip(state, map(steady.kinetics, clamp.gates), strict=True)]

    start = [float(clamp.rest(-0.11)[name]) for name in clamp.gates]
    slow = solve_ivp(rates, (0, 0.03), start, method="LSODA", rtol=1e-9, atol=1e-12).y[:, -1]
    assert np.allclose([gates[name] for name in clamp.gates], slow, rtol=1e-6)


def test_the_gates_of_a_current_are_those_it_depends_on_and_no_others() -> None:
    assert set(t_current().gates) == {"m_T", "h_fast", "h_slow"}
    assert Clamp(GATE, {}, "I").gates == ("n",)


def test_a_gate_that_nothing_moves_stays_and_one_that_is_given_is_no_gate() -> None:
    still = parse_equations("I = g*n*m : amp\ndn/dt = k*(1 - n) : 1\ndm/dt = -m/tau : 1")
    clamp = Clamp(still, {"g": 1.0, "k": 0.0, "m": 0.5}, "I")
    assert clamp.gates == ("n",)
    assert float(clamp.amperes(clamp.after({"n": 0.3}, -0.06, 10.0), -0.06)) == pytest.approx(0.15)


def test_gates_that_depend_on_each_other_linearly_relax_together() -> None:
    coupled = parse_equations("I = g*n : amp\ndn/dt = (m - n)/tau : 1\ndm/dt = -m/tau : 1")
    clamp = Clamp(coupled, {"g": 1.0, "tau": 0.02}, "I")
    assert clamp.coupled and clamp.gates == ("m", "n")
    later = clamp.after({"m": 1.0, "n": 0.0}, -0.06, 0.03)
    assert later["m"] == pytest.approx(np.exp(-1.5)) and later["n"] == pytest.approx(1.5 * np.exp(-1.5))


def test_gates_that_depend_on_each_other_in_another_way_are_refused() -> None:
    crooked = parse_equations("I = g*n : amp\ndn/dt = (m**2 - n)/tau : 1\ndm/dt = -m*n/tau : 1")
    with pytest.raises(ValueError, match="m, n of I do not depend on each other linearly"):
        Clamp(crooked, {"g": 1.0, "tau": 0.02}, "I").after({"m": 1.0, "n": 0.0}, -0.06, 0.03)


@pytest.mark.parametrize("reversal", [0.1, 0.03])
def test_the_open_share_is_that_of_the_channels_whatever_drives_the_ions(reversal: float) -> None:
    clamp = Clamp(GATE, {"g": 2e-9, "E": reversal, "half": -0.05}, "I")
    assert float(clamp.open_share(clamp.rest(-0.05), -0.2)) == pytest.approx(0.5)


def test_a_fit_finds_the_numbers_that_made_a_sweep() -> None:
    times = np.geomspace(0.1e-3, 1.0, 400)
    truth = (0.8, 4e-3, 0.03, 0.15, 0.25, 0.02)
    assert fitted_sweep(times, m2h(times, *truth)) == pytest.approx(truth, rel=0.01)


def test_a_fit_that_finds_nothing_gives_no_number() -> None:
    x = np.linspace(-0.1, -0.02, 20)
    assert np.isnan(fit(boltzmann, x, np.full(20, np.nan), (-0.06, 0.004))).all()


def test_steady_states_of_the_current_without_shift_are_those_recorded(recorded: dict[str, float]) -> None:
    """P5: Huguenard 1993, with the tolerance of the reference table."""
    assert recorded["activation_half"] == pytest.approx(-58.5e-3, abs=2e-3)
    assert recorded["inactivation_half"] == pytest.approx(-83.5e-3, abs=2e-3)
    assert recorded["activation_slope"] == pytest.approx(3.4e-3, rel=0.2)
    assert recorded["inactivation_slope"] == pytest.approx(5e-3, rel=0.2)


def test_inactivation_has_the_two_phases_recorded(recorded: dict[str, float]) -> None:
    """P6: Huguenard 1993."""
    assert 0.02 <= recorded["fast_inactivation_shortest"] <= recorded["fast_inactivation_longest"] <= 0.05
    assert recorded["slow_inactivation"] == pytest.approx(0.12, rel=0.2)


def test_the_shift_moves_both_steady_states_by_itself(recorded: dict[str, float]) -> None:
    cell, shift = measured("cell"), t_current().parameters["T_shift"]
    for name in ("activation_half", "inactivation_half"):
        assert cell[name] - recorded[name] == pytest.approx(shift, abs=0.1e-3)


def test_recovery_is_the_one_recorded(recorded: dict[str, float]) -> None:
    """P7: Huguenard 1993."""
    assert recorded["recovery"] == pytest.approx(0.507, rel=0.2)
    assert recorded["recovery_misfit"] <= 0.05


def test_recovery_follows_the_time_constant_of_the_gate() -> None:
    """With one inactivation gate alone, recovery is its exponential."""
    clamp = t_current({**AS_RECORDED, "f_slow": 0.0})
    times, peaks = recovery(clamp)
    _, rate = SteadyState(clamp.equations, {**clamp.parameters, "v": -0.09}).kinetics("h_fast")
    assert fit(lambda t, tau, whole: whole * (1 - np.exp(-t / tau)), times, peaks, (0.3, 1.0))[0] == pytest.approx(
        1 / float(rate), rel=0.02
    )


def test_a_current_without_the_named_shift_is_measured_as_it_is() -> None:
    assert "no_such_parameter" not in t_current({"no_such_parameter": 1.0}).parameters


def test_an_open_share_is_a_share() -> None:
    _, shares = sweep(t_current(), -0.04)
    assert (shares >= 0).all() and (shares <= 1).all()
