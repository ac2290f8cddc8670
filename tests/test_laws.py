"""Dose, block, scale and shift against numbers worked out by hand; and no order of interventions matters."""

from itertools import permutations

import pytest

from lhb_model.laws import block_factor, hill_block, scale_factor, shift_amount
from lhb_model.model import Change
from small_models import model, population

# concentration, IC50 (both M), Hill slope, blocked fraction
HILL = [
    (5.2e-6, 5.2e-6, 1.0, 1 / 2),
    (5.2e-6, 5.2e-6, 3.0, 1 / 2),
    (10e-6, 5e-6, 1.0, 2 / 3),
    (10e-6, 5e-6, 2.0, 4 / 5),
    (1e-6, 3e-6, 2.0, 1 / 10),
    (4e-6, 1e-6, 0.5, 2 / 3),
    (1.0, 1e-9, 1.0, 1 / (1 + 1e-9)),
]


@pytest.mark.parametrize("concentration, ic50, slope, blocked", HILL)
def test_block_by_the_hill_law(concentration: float, ic50: float, slope: float, blocked: float) -> None:
    assert hill_block(concentration, ic50, slope) == pytest.approx(blocked, rel=1e-12)


def test_block_grows_with_dose_and_stays_below_all() -> None:
    blocks = [hill_block(10.0**exponent, 5e-6, 1.4) for exponent in range(-12, 1)]
    assert blocks == sorted(set(blocks))
    assert 0 < blocks[0] and blocks[-1] < 1


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_dose_zero_is_exactly_the_untouched_model(slope: float) -> None:
    assert hill_block(0.0, 5.2e-6, slope) == 0.0
    assert block_factor(hill_block(0.0, 5.2e-6, slope)) == 1.0


def test_strength_zero_is_exactly_the_untouched_model() -> None:
    assert scale_factor(1.37, 0.0) == 1.0
    assert shift_amount(-0.0123, 0.0) == 0.0


def test_strength_one_is_the_amount_and_strengths_combine() -> None:
    assert scale_factor(1.37, 1.0) == 1.37 and shift_amount(-0.0123, 1.0) == -0.0123
    assert scale_factor(1.5, 2.0) == 2.25
    assert scale_factor(1.5, 0.5) * scale_factor(1.5, 0.5) == pytest.approx(1.5, rel=1e-15)
    assert shift_amount(-0.01, 0.25) + shift_amount(-0.01, 0.75) == pytest.approx(-0.01, rel=1e-15)


def test_block_is_what_is_taken_away() -> None:
    assert (block_factor(0.25), block_factor(1.0)) == (0.75, 0.0)


def change(factor: float, shift: float, start: float = 0.0, stop: float = 0.1) -> Change:
    return Change("lhb", "E_L", factor, shift, start, stop, "a test")


def active(*changes: Change, time: float = 0.05) -> tuple[float, float]:
    cells = population("lhb", ["leak", "action_potential"], 1, {})
    return model(cells, changes=changes).active("lhb", "E_L", time)


def test_factors_multiply_and_shifts_add() -> None:
    assert active(change(0.5, 0.25), change(0.25, 0.5)) == (0.125, 0.75)
    assert active() == (1.0, 0.0)


def test_no_order_of_interventions_matters_to_the_last_bit() -> None:
    changes = [change(0.1, 0.1), change(0.7, 0.2), change(0.9, 0.3), change(1.3, 1e-9)]
    assert len({active(*order) for order in permutations(changes)}) == 1


def test_a_change_acts_from_its_start_to_just_before_its_stop() -> None:
    drug = change(0.5, 0.0, start=0.02, stop=0.04)
    factors = [active(drug, time=time)[0] for time in (0.0, 0.0199, 0.02, 0.0399, 0.04, 0.1)]
    assert factors == [1.0, 1.0, 0.5, 0.5, 1.0, 1.0]


def test_a_change_touches_its_own_nucleus_and_parameter_alone() -> None:
    cells = population("lhb", ["leak", "action_potential"], 1, {})
    made = model(cells, changes=(change(0.5, 0.1),))
    assert made.active("lhb", "g_L", 0.05) == made.active("rmtg", "E_L", 0.05) == (1.0, 0.0)
    assert made.changed_parameters("lhb") == ["E_L"] and made.changed_parameters("rmtg") == []
