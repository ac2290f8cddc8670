"""What the findings on drugs measure: open-channel block in voltage clamp, and courses in plasma."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lhb_model import catalogue
from lhb_model.equations import SteadyState
from lhb_model.findings import FINDINGS
from lhb_model.findings.open_channel_block import (
    RATES_AT,
    entry_and_exit,
    half_blocking,
    hill_ic50,
    leaves_closed,
    pore,
    trapped,
)
from lhb_model.sheets import read_intervention


@pytest.mark.parametrize("drug", ["ketamine", "mk801"])
def test_rates_fitted_to_the_current_are_those_that_make_it(drug: str) -> None:
    blocker = read_intervention(catalogue.sheet_path("intervention", drug)).blocker()
    entry, leaving = entry_and_exit(drug)
    assert entry == pytest.approx(blocker.k_on.value, rel=1e-3)
    voltage = np.exp((RATES_AT - blocker.V_off.value) / blocker.k_V.value)
    assert leaving == pytest.approx(blocker.k_off.value * voltage, rel=1e-3)


def test_at_the_half_blocking_concentration_half_of_the_current_is_left() -> None:
    for magnesium in (0.0, 1e-3):
        clamp = pore("ketamine", half_blocking("ketamine", -0.065, magnesium), magnesium=magnesium)
        left = clamp.amperes(clamp.rest(-0.065), -0.065)
        assert float(left / clamp.amperes(dict.fromkeys(clamp.gates, 0.0), -0.065)) == pytest.approx(0.5, rel=1e-3)


def test_both_laws_have_one_ic50_unless_the_entry_was_measured_elsewhere() -> None:
    """By two ways: the Hill law's arithmetic, and the odds of block in the steady state of the pore."""
    for magnesium in (0.0, 1e-3):
        assert half_blocking("mk801", -0.065, magnesium) == pytest.approx(
            hill_ic50("mk801", -0.065, magnesium), rel=1e-3
        )
        assert half_blocking("ketamine", -0.065, magnesium) > 1.5 * hill_ic50("ketamine", -0.065, magnesium)


def test_a_closed_channel_keeps_its_blocker_and_an_open_one_loses_it() -> None:
    assert trapped("ketamine") == pytest.approx(1.0)
    opened = pore("ketamine", 0.0)
    assert float(opened.after({"b_ketamine": 1.0}, RATES_AT, 100.0)["b_ketamine"]) < 1e-6


def test_closed_channels_let_go_of_what_is_in_front_of_the_gate() -> None:
    """The rate of the sheet is found again by fitting the loss, which stops at the share that is trapped."""
    assert np.isnan(leaves_closed("ketamine"))
    assert leaves_closed("memantine") == pytest.approx(1 / 1.27, rel=1e-3)
    assert trapped("memantine", 100.0) == pytest.approx(trapped("memantine"), rel=1e-4)
    assert 0.7 < trapped("memantine") < 0.9


def test_two_sites_of_one_pore_follow_their_equations() -> None:
    """The matrix exponential against small steps."""
    clamp, start = pore("memantine", 5e-6), {"a_memantine": 0.1, "b_memantine": 0.2}

    def change(_: float, state: np.ndarray) -> list[float]:
        now = SteadyState(clamp.equations, {**clamp.parameters, **dict(zip(start, state, strict=True)), "v": RATES_AT})
        return [float(a - b * x) for x, (a, b) in zip(state, map(now.kinetics, start), strict=True)]

    slow = solve_ivp(change, (0, 0.3), list(start.values()), rtol=1e-9, atol=1e-12).y[:, -1]
    found = clamp.after(start, RATES_AT, 0.3)
    assert [found[name] for name in start] == pytest.approx(slow, rel=1e-6)
    rest = clamp.rest(RATES_AT)
    assert clamp.after(start, RATES_AT, 1e3) == pytest.approx(dict(rest), rel=1e-6)


def test_a_course_has_the_peak_and_half_life_of_its_sheet() -> None:
    table = FINDINGS["ketamine_courses"].table({}).set_index(["condition", "measure"])["value"]
    for name, sheet in read_intervention(catalogue.sheet_path("intervention", "ketamine")).courses.items():
        assert table[name, "peak"] == pytest.approx(sheet.peak.value.value, rel=0.01)
        assert table[name, "half_life"] == pytest.approx(sheet.half_life.value.value, rel=0.02)
