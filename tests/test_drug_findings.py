"""What the findings on drugs measure: open-channel block in voltage clamp, and courses in plasma."""

import numpy as np
import pytest

from lhb_model import catalogue
from lhb_model.findings import FINDINGS
from lhb_model.findings.open_channel_block import BLOCKERS, RATES_AT, entry_and_exit, half_blocking, pore, trapped
from lhb_model.sheets import read_intervention


@pytest.mark.parametrize("drug", BLOCKERS)
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


def test_a_closed_channel_keeps_its_blocker_and_an_open_one_loses_it() -> None:
    assert trapped("ketamine") == pytest.approx(1.0)
    opened = pore("ketamine", 0.0)
    assert float(opened.after({"b_ketamine": 1.0}, RATES_AT, 100.0)["b_ketamine"]) < 1e-6


def test_a_course_has_the_peak_and_half_life_of_its_sheet() -> None:
    table = FINDINGS["ketamine_courses"].table({}).set_index(["condition", "measure"])["value"]
    for name, sheet in read_intervention(catalogue.sheet_path("intervention", "ketamine")).courses.items():
        assert table[name, "peak"] == pytest.approx(sheet.peak.value.value, rel=0.01)
        assert table[name, "half_life"] == pytest.approx(sheet.half_life.value.value, rel=0.02)
