"""Extracellular K+: its balance typed again by hand, what follows E_K, where it starts, and how little firing moves it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lhb_model import catalogue, config
from lhb_model.catalogue import cell_mechanism_names, mechanism
from lhb_model.cell import Cell
from lhb_model.composition import compose_model
from lhb_model.equations import SteadyState, parse_equations
from lhb_model.errors import InputError
from lhb_model.model import Change, Model
from lhb_model.sheets import read_nucleus
from lhb_model.simulate.realise import Value, realise
from small_models import cell_of, interpret, model, population, settings

CLEFT = "extracellular_potassium"
NUMBERS = {
    "Kir41": 1.5, "Kir41_share": 0.7, "tau_K": 0.5, "K_bath": 3e-3, "K_release": 2e-3, "K_charge": 4e-7, "K_in": 0.13,
    "V_Nernst": 0.026, "leak_K": 0.4, "E_K_rest": -0.088, "g_L": 2e-9, "I_potassium": -40e-12,
}  # fmt: skip


def balanced(v: Any, **changed: Any) -> SteadyState:
    """The mechanism alone, at a potential (V)."""
    return SteadyState(parse_equations(mechanism(CLEFT).equations), {**NUMBERS, "v": v, **changed})


def test_release_and_clearance_balance() -> None:
    """mM, s, pA, pC/mM: what goes in through channels and from elsewhere is what pumps and Kir4.1 take out."""
    found = balanced(-0.06)
    K, E = found["K_out"] * 1e3, found["E_K"] * 1e3
    assert E == pytest.approx(26 * np.log(K / 130), rel=1e-12)
    outward = 40 - 0.4 * 2 * (E + 60)
    assert 2 + outward / 400 == pytest.approx((1 - 0.7 + 0.7 * 1.5) / 0.5 * (K - 3), rel=1e-12)
    assert found["I_L_shift"] * 1e12 == pytest.approx(0.4 * 2 * (E + 88), rel=1e-12)


def test_clearance_falls_to_its_other_share_and_k_tends_to_the_bath() -> None:
    expression = np.array([0.0, 0.5, 1.0, 3.0, 1e6])
    found = balanced(-0.06, Kir41=expression)
    assert (np.diff(found["K_out"]) < 0).all() and (np.diff(found["E_K"]) < 0).all()
    assert found["clearance"][0] == pytest.approx(0.3 / 0.5)
    assert found["K_out"][-1] == pytest.approx(3e-3, rel=1e-4)


def test_the_shipped_cell_rests_at_minus_ninety() -> None:
    """In control and silent, where the leak's reversal potential was fitted."""
    cell = lhb_cell()
    silent = np.array([-0.078, -0.075, -0.072, -0.068])
    found = SteadyState(cell.equations, {**values_of(cell), "v": silent})
    np.testing.assert_allclose(found["E_K"], -0.090, atol=0.2e-3)


def lhb_cell(*without: str) -> Cell:
    sheet = read_nucleus(catalogue.sheet_path("nucleus", "lhb_cell"))
    return catalogue.cell("lhb_cell", tuple(name for name in sheet.mechanisms if name not in without))


def values_of(cell: Cell) -> dict[str, float]:
    return {name: p.value for name, p in cell.parameters.items()}


# composition ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", cell_mechanism_names())
def test_every_current_that_reverses_at_e_k_says_that_k_carries_it(name: str) -> None:
    found = mechanism(name)
    reverse = {e.name for e in parse_equations(found.equations) if "(E_K - v)" in e.expression}
    assert reverse & set(found.currents) == set(found.potassium)


def test_k_currents_are_summed_and_e_k_is_no_parameter_any_more() -> None:
    cell = cell_of(["ions", CLEFT, "leak", "potassium", "sodium", "m_current", "action_potential"])
    assert next(e.text() for e in cell.equations if e.name == "I_potassium") == "I_potassium = I_K + I_M : amp"
    assert "E_K" not in cell.parameters and cell.slow == ("K_out", "E_K")
    assert "I_L_shift" in cell.currents


def test_without_it_e_k_is_the_number_of_the_ions() -> None:
    cell = lhb_cell(CLEFT)
    assert cell.parameters["E_K"].value == -0.090 and cell.slow == ()
    assert not {"K_out", "I_potassium", "E_K"} & {equation.name for equation in cell.equations}


def test_a_passive_cell_needs_no_k_current() -> None:
    cell = cell_of(["ions", CLEFT, "leak", "action_potential"])
    assert SteadyState(cell.equations, {**values_of(cell), "v": -0.07})["I_potassium"] == 0


# in a simulation -----------------------------------------------------------------------------------------------------

PASSIVE = ["ions", CLEFT, "leak", "injected_current", "action_potential"]


def passive(factor: float, start: float, duration: float = 0.3) -> Model:
    change = Change("lhb", "Kir41", factor, 0.0, start, duration, "a test")
    cells = population("lhb", PASSIVE, 2, {"leak_K": "0", "tau_K": "0.2 s"})
    return model(cells, duration=duration, changes=(change,))


def k_out(model: Model) -> Value:
    return np.asarray(interpret(realise(model, 1)).states["lhb"]["K_out"])


def test_k_relaxes_with_the_time_constant_of_its_clearance() -> None:
    """From the balance of control, when Kir4.1 is lost at 50 ms; the closed form of a linear equation."""
    cell = passive(0.0, 0.05).populations[0]
    numbers = {name: p.value for name, p in cell.parameters.items()}
    release, bath, tau = numbers["K_release"] * 1e3, numbers["K_bath"] * 1e3, 0.2
    left = 1 - numbers["Kir41_share"]
    control, later = bath + release * tau, bath + release * tau / left
    expected = later + (control - later) * np.exp(-0.25 * left / tau)
    np.testing.assert_allclose(k_out(passive(0.0, 0.05)), expected, rtol=1e-3)
    np.testing.assert_allclose(k_out(passive(1.0, 0.05)), control, rtol=1e-9)


def test_it_starts_in_balance_with_what_acts_from_the_beginning() -> None:
    """So that no warm-up has to wait for it."""
    cell = passive(4.0, 0.0).populations[0].cell
    assert cell is not None
    treated = settings(realise(passive(4.0, 0.0), 1))
    np.testing.assert_allclose(k_out(passive(4.0, 0.0)), treated["lhb.K_out"], rtol=1e-6)
    untouched, late = (settings(realise(passive(factor, start), 1)) for factor, start in ((1.0, 0.0), (4.0, 0.1)))
    assert untouched["lhb.K_out"] == late["lhb.K_out"] > treated["lhb.K_out"]
    assert untouched["lhb.E_K"] == late["lhb.E_K"] > treated["lhb.E_K"]


FIRING = """
experiment: firing
title: a cell that fires
nuclei:
  lhb: {sheet: lhb_cell, size: 2, hold: {from: -75 mV, to: -42 mV}}
conditions:
  control: {}
seeds: 1
protocol: {dt: 0.1 ms, warm_up: 0 s, duration: 1 s}
"""


def test_firing_raises_k_by_tenths_of_a_millimole(write: Callable[..., Path]) -> None:
    experiment = config.load(write(FIRING))
    job = realise(compose_model(experiment, experiment.conditions[0]), 1)
    found = interpret(job)
    risen = found.states["lhb"]["K_out"] - settings(job)["lhb.K_out"]
    spikes = np.bincount(found.spikes["lhb"][1], minlength=2)
    assert spikes[0] == 0 and 3 < spikes[1] < 30
    assert abs(risen[0]) < 0.02 and 0.05 < risen[1] < 1


def test_a_number_of_its_own_is_checked(write: Callable[..., Path]) -> None:
    chosen = FIRING.replace("size: 2,", "size: 2, parameters: {Kir41_share: 2},")
    with pytest.raises(InputError, match="Kir41_share.*expected at most 1"):
        config.load(write(chosen))
