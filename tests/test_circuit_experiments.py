"""Experiments on the circuit: what their findings and figures make of tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from lhb_model import config, plot
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.errors import InputError
from lhb_model.findings.forced_bursts import at_equal_rate


def ladder(forced: float) -> pd.DataFrame:
    """Tonic spikes take 10 nM of dopamine and 2 nM of serotonin for each Hz of the LHb; forced bursts half of that."""
    rates = {"dark": 4.0, "tonic_10pA": 6.0, "tonic_20pA": 10.0, "light": forced}
    rows = []
    for seed in (1, 2):
        for name, rate in rates.items():
            share = 0.5 if name == "light" else 1.0
            rows += [
                (name, seed, "lhb", "rate", rate, "Hz"),
                (name, seed, "vta_da", "dopamine", 100 - share * 10 * rate, "nM"),
                (name, seed, "drn_5ht", "serotonin", 20 + seed - share * 2 * rate, "nM"),
            ]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def test_tonic_spikes_are_matched_at_the_rate_of_the_forced_bursts() -> None:
    found = {(row[2], row[1]): row[4] for seed in (1, 2) for row in at_equal_rate(ladder(7.5), seed)}
    assert found == {("vta_da", 1): 25, ("drn_5ht", 1): 6, ("vta_da", 2): 25, ("drn_5ht", 2): 7}


def test_nothing_is_matched_beyond_the_ladder() -> None:
    assert all(np.isnan(row[4]) for row in at_equal_rate(ladder(10.5), 1))


def test_measures_against_the_rate_stand_where_the_table_has_them() -> None:
    figure = plot.against_rate(ladder(7.5))
    dopamine, serotonin = figure.axes
    assert (dopamine.get_ylabel(), serotonin.get_ylabel()) == ("Dopamine (nM)", "Serotonin (nM)")
    line = dopamine.lines[0]
    assert np.allclose(np.column_stack(line.get_data()), [[6, 40], [10, 0]])
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys == ["dark", "tonic (10pA, 20pA)", "light"]


def test_a_measure_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="unknown measure 'dopamin'"):
        plot.against_rate(ladder(7.5), ["dopamin"])


def test_every_condition_of_the_ladder_has_its_current() -> None:
    experiment = config.load("forced_bursts")
    driven = {name for stimulus in experiment.sheet.stimuli for name in stimulus.conditions or ()}
    assert driven == {condition.name for condition in experiment.conditions} - {"dark"}
