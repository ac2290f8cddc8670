"""Experiments on the circuit: what their findings and figures make of tables whose answer is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lhb_model import config, plot
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.findings.forced_bursts import at_equal_rate
from small_runs import recorded, same_trains, small


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


def test_a_lesioned_nucleus_never_fires(tmp_path: Path) -> None:
    experiment = small(tmp_path, "conditions={control: {}, cut: {lesion: {nuclei: [rmtg]}}}")
    control, cut = (recorded(experiment, name) for name in ("control", "cut"))
    assert control.spikes["rmtg"].steps.size > 0 == cut.spikes["rmtg"].steps.size
    assert same_trains(control.trains("lhb"), cut.trains("lhb"))
    assert cut.spikes["vta_da"].steps.size > control.spikes["vta_da"].steps.size


def test_an_experiment_may_add_mechanisms_to_the_cells_of_a_nucleus(tmp_path: Path) -> None:
    experiment = small(tmp_path, "nuclei.rmtg={size: 10, mechanisms: [nmda], parameters: {ambient_NMDA: 0}}")
    assert experiment.cell("rmtg").receives["nmda"] == "s_NMDA"
    assert experiment.nuclei["rmtg"].mechanisms[-1] == "nmda"
    parameters = compose_model(experiment, experiment.condition("control")).population("rmtg").parameters
    assert parameters["ambient_NMDA"].value == 0


def test_blocks_of_local_block_act_where_they_say() -> None:
    experiment = config.load("local_block")
    places = {
        name: {change.nucleus for change in compose_model(experiment, experiment.condition(name)).changes}
        for name in ("nmda_in_lhb", "nmda_elsewhere", "t_in_lhb", "t_elsewhere")
    }
    assert places["nmda_in_lhb"] == places["t_in_lhb"] == {"lhb"}
    assert places["nmda_elsewhere"] == {"lhb", "rmtg", "vta_da", "drn_gaba"}
    assert places["t_elsewhere"] == {"lhb", "vta_da", "drn_5ht"}
