"""Experiments on the circuit: what their findings and figures make of tables whose answer is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lhb_model import config, plot
from lhb_model.comparison import TABLE_COLUMNS
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.findings.burst_premium import premiums
from lhb_model.findings.forced_bursts import at_equal_rate
from lhb_model.findings.rate_and_pattern import losses
from lhb_model.findings.reward_omission import CUE, ERRORS, answers, taught
from lhb_model.model import Pattern, Replay
from lhb_model.population import Ensemble, synchrony
from lhb_model.prediction import learn, schedule
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.sliding import OF_LHB, courses
from lhb_model.trains import replay_trains
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
    assert keys == ["dark", "tonic (10, 20 pA)", "light"]


def test_a_measure_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="unknown measure 'dopamin'"):
        plot.against_rate(ladder(7.5), ["dopamin"])


def test_every_condition_of_the_ladder_has_its_current() -> None:
    experiment = config.load("forced_bursts")
    driven = {name for stimulus in experiment.sheet.stimuli for name in stimulus.conditions or ()}
    assert driven == {condition.name for condition in experiment.conditions} - {"dark"}


def test_a_lesioned_nucleus_never_fires(tmp_path: Path) -> None:
    conditions = "conditions={control: {}, cut: {lesion: {nuclei: [rmtg]}}}"
    experiment = small(tmp_path, conditions, "wiring.1.weights.ampa=40 nS", "wiring.2.weights.gaba_a=10 nS")
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


def replayed(share: float, together: float, rate: float | None = None) -> list[np.ndarray]:
    """A hundred trains of 20 s at 4 Hz, half of them silent, in bursts of three."""
    replay = Replay(Pattern("planted", share, together, rate), 4.0, 0.5, 0.3, 3, 150.0, 0.3)
    return replay_trains(replay, 100, 20.0, np.random.default_rng(3))


@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize("together", [0, 0.5, 1])
def test_patterns_move_spikes_and_never_change_their_number(share: float, together: float) -> None:
    planted, plain = replayed(share, together), replayed(0, 0)
    assert [train.size for train in planted] == [train.size for train in plain]
    assert all(
        np.all(np.diff(train) > 0) and 0 <= train.min(initial=0) and train.max(initial=0) < 20 for train in planted
    )


def test_the_share_of_neurons_that_burst_is_the_patterns() -> None:
    for share in (0, 0.3, 1):
        bursting = [np.mean(np.diff(train) < 0.0067) > 0.5 for train in replayed(share, 0) if train.size]
        assert np.mean(bursting) == pytest.approx(share, abs=0.02)


def test_synchrony_brings_neurons_together_and_keeps_their_bursts() -> None:
    found = [synchrony(Ensemble.of(replayed(1, share), (0.0, 20.0))) for share in (0, 0.5, 1)]
    assert found[0] == pytest.approx(0, abs=0.02) and 0.02 < found[1] and found[0] < found[1] < found[2]
    own, common = (np.concatenate([np.diff(train) for train in replayed(1, share)]) for share in (0, 1))
    assert np.mean(common < 0.0067) == pytest.approx(np.mean(own < 0.0067), abs=0.02)


def test_a_pattern_may_be_slower_than_its_nucleus() -> None:
    assert sum(t.size for t in replayed(1, 0, 2.0)) == pytest.approx(sum(t.size for t in replayed(1, 0)) / 2, rel=0.1)
    assert sum(t.size for t in replayed(1, 0, 0.0)) == 0


def test_numbers_of_patterns_make_a_series_of_conditions() -> None:
    experiment = config.load("synchrony", ["conditions.trains.replay={burst_share: [0, 1], synchrony: 0.5}"])
    patterns = {condition.name: condition.replay for condition in experiment.conditions}
    assert patterns["trains@1"] == Pattern("burst share 1, synchrony 0.5", 1.0, 0.5)
    assert list(patterns) == ["silent", "trains@0", "trains@1"]


def test_a_spike_in_a_burst_costs_what_was_planted() -> None:
    figure = plot.transfer(planted_transfer(), {"a": (0.0, 0.0), "b": (1.0, 0.0)}, "silent")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["synchrony 0", "no LHb spike"]
    assert {(row[2], row[4]) for row in premiums(planted_transfer(), "b", "a")} == {("vta_da", 3.0), ("drn_5ht", 1.0)}


def planted_transfer() -> pd.DataFrame:
    """Bursts take three times the dopamine of tonic spikes with twice the rate of them, and twice the serotonin."""
    left = {"silent": (100, 30, 0), "a": (90, 25, 2), "b": (40, 20, 4)}
    rows = []
    for seed in (1, 2):
        for name, (dopamine, serotonin, rate) in left.items():
            rows += [
                (name, seed, "vta_da", "dopamine", dopamine, "nM"),
                (name, seed, "drn_5ht", "serotonin", serotonin, "nM"),
                (name, seed, "lhb", "rate", rate, "Hz"),
            ]
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def test_what_depression_takes_by_rate_is_read_off_the_ladder() -> None:
    table = ladder(7.5).replace({"dark": "control", "light": "depressed"})
    found = {(row[2], row[3]): row[4] for row in losses(table, 1)}
    assert found["vta_da", "dopamine_lost"] == 60 - 62.5
    assert found["vta_da", "dopamine_lost_to_rate"] == 60 - 25


def test_sliding_measures_find_when_neurons_begin_to_burst() -> None:
    """Ten neurons that burst from 10 s on, and ten that never fire; dopamine neurons that stop there."""
    bursts = np.arange(10, 20, 0.5)[:, None] + [0, 0.01, 0.02]
    steps = np.rint(bursts.ravel() / 1e-3).astype(np.int64)
    lhb = SpikeTrains(np.repeat(steps, 10), np.tile(np.arange(10, dtype=np.int32), steps.size), 20)
    beats = np.arange(0, 10_000, 250)
    dopamine = SpikeTrains(beats, np.zeros(beats.size, np.int32), 1)
    recording = Recording(1e-3, 20.0, {"lhb": lhb, "vta_da": dopamine}, {}, [], {"analysis": (0.0, 20.0)}, {})
    found = courses(recording, "lhb", ["dopamine", "serotonin"])
    assert list(found) == [*OF_LHB, "dopamine"]
    times, share, _ = found["bursting_share"]
    assert (share[times <= 7.5] == 0).all() and (share[times >= 12.5] == 0.5).all()
    assert found["rate"].values[-1] == pytest.approx(3)
    assert found["dopamine"].values[0] > 10 * found["dopamine"].values[-1]
    with pytest.raises(InputError, match="a record of 3 s has no window of 5 s"):
        courses(replace(recording, epochs={"analysis": (0.0, 3.0)}), "lhb", [])


def test_a_state_may_set_in_slowly_and_a_block_wear_off(tmp_path: Path) -> None:
    ketamine = "ketamine: {block: 0.5, onset: 1 s, end: 2 s, wash: 0.1 s}"
    experiment = small(tmp_path, f"conditions={{slow: {{depressed_state: {{onset: 1 s, wash: 0.2 s}}, {ketamine}}}}}")
    changes = compose_model(experiment, experiment.condition("slow")).changes
    first = next(c.parameter for c in changes if c.cause == "depressed_state")
    effects = [
        abs(c.shift) + abs(1 - c.factor) for c in changes if (c.cause, c.parameter) == ("depressed_state", first)
    ]
    blocks = {change.start: 1 - change.factor for change in changes if change.parameter == "g_NMDA"}
    assert len(effects) > 20 and effects == sorted(effects)
    assert max(blocks.values()) == pytest.approx(0.5, abs=0.01) and blocks[max(blocks)] < 0.02


def test_answers_to_an_outcome_are_changes_of_rate_from_before_its_cue() -> None:
    """Two neurons fire twice in the 200 ms before each cue, and eight times in the 200 ms after each outcome."""
    cues = np.array([1.0, 3.0])
    times = np.concatenate([cue + np.array([-0.15, -0.05, *(0.6 + 0.02 * np.arange(8))]) for cue in cues])
    steps = np.repeat(np.rint(times / 1e-3).astype(np.int64), 2)
    spikes = SpikeTrains(steps, np.tile(np.array([0, 1], np.int32), times.size), 2)
    recording = Recording(1e-3, 5.0, {"vta_da": spikes}, {}, [], {}, {})
    assert answers(recording, "vta_da", cues + 0.6).tolist() == pytest.approx([30, 30])


def test_a_learner_learns_what_dopamine_tells_it() -> None:
    fair = learn({-0.5: -2.0, -0.25: -1.0, 0.5: 2.0}, 4.0, schedule())
    deaf = learn({-0.5: -2.0, -0.25: -1.0, 0.5: 0.2}, 4.0, schedule())
    assert fair[0] == 0 and fair[40] == pytest.approx(0.5, abs=0.01) and fair[-1] == pytest.approx(0, abs=0.01)
    assert deaf[40] < 0.6 * fair[40]


def test_labelled_stimuli_are_events() -> None:
    experiment = config.load("reward_omission")
    changes = compose_model(experiment, experiment.condition("control")).changes
    steps = [change for change in changes if change.parameter == "I_step"]
    starts = {label: sorted({c.start for c in steps if c.cause == label}) for label in ("cue", *ERRORS)}
    outcomes = sorted(time for label in ERRORS for time in starts[label])
    assert np.allclose(np.array(outcomes) - starts["cue"], CUE)


def test_an_outcome_enters_in_proportion_to_the_error_of_prediction() -> None:
    """Better than promised by the ventral pallidum and the pptg, worse by the EPN: one scale each."""
    stimuli = [stimulus for stimulus in config.load("reward_omission").sheet.stimuli if stimulus.label in ERRORS]
    scales = {(stimulus.nucleus, stimulus.current.value / ERRORS[str(stimulus.label)]) for stimulus in stimuli}
    assert {(nucleus, round(scale * 1e12)) for nucleus, scale in scales} == {
        ("ventral_pallidum", 80), ("pptg", 40), ("epn", -80),
    }  # fmt: skip


def test_learning_is_read_early_late_and_after_omissions() -> None:
    values = learn({-0.5: -1.0, -0.25: -0.5, 0.5: 2.0}, 4.0, schedule())[None]
    read = {measure: value for _, _, _, measure, value, _ in taught({"control": values}, {"control": [1]})}
    assert read["value_early"] < read["value_learnt"] == pytest.approx(0.5, abs=0.01)
    assert 0 < read["value_kept"] == values[0, -1] < 0.2
