"""Experiment -> model -> resolved numbers: what interventions and stimuli change, where, when and by how much."""

import math
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhb_model.composition import compose_model
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.laws import hill_block
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.model import Change, Model
from lhb_model.resolve import experiment_hash, resolve
from lhb_model.yaml_file import parse_yaml
from test_config import Write, both_sheets
from test_config_fuzz import dumped, inner, mutated, places
from wrong_inputs import DRUG, EXPERIMENT, NUCLEUS, REPLAY, USES_BOTH

BLOCK = "{block: 0.5, onset: 2 s}"
STATE = "depressed_state: {}"


def composed(experiment: Experiment, condition: str = "treated") -> Model:
    return compose_model(experiment, experiment.condition(condition))


def treated(write: Write, treatment: str, condition: str = "treated") -> Model:
    """The experiment of these tests without stimuli, with another treatment (lines of YAML)."""
    text = re.sub(r"stimuli:\n.*\n", "", EXPERIMENT)
    text = text.replace(
        f"    {STATE}\n    ketamine: {BLOCK}", "\n".join(f"    {line}" for line in treatment.split("\n"))
    )
    return composed(load(write(text)), condition)


def only(model: Model, parameter: str) -> Change:
    """The one change of a parameter."""
    (change,) = (change for change in model.changes if change.parameter == parameter)
    return change


# interventions -------------------------------------------------------------------------------------------------------

THREE = ("ketamine: {block: 0.3}", "ap5: {dose: 7 uM}", "drug: {block: 0.1}")
ALSO_NMDA = DRUG.replace("{parameter: g_T, law: block}", "{parameter: g_NMDA, law: block}")


def test_the_order_of_interventions_does_not_matter_to_the_last_bit(write: Write) -> None:
    both_sheets(write, drug=ALSO_NMDA)
    models = [treated(write, "\n".join(order)) for order in permutations(THREE)]
    assert all(model.changes == models[0].changes for model in models)
    factor, shift = models[0].active("lhb", "g_NMDA", 0.0)
    assert factor == pytest.approx(0.7 * 5 / 12 * 0.9, rel=1e-12) and shift == 0.0


def test_factors_multiply_and_shifts_add(write: Write) -> None:
    both_sheets(write)
    model = treated(write, "depressed_state: {strength: 0.5}\ndrug: {block: 0.4}")
    state = load("ketamine").interventions["depressed_state"].effects[0]
    assert state.parameter == "Kir41" and state.amount is not None
    assert model.active("lhb", "Kir41", 0.0) == (pytest.approx(state.amount.value.value**0.5), 0.0)
    assert model.active("lhb", "E_Na", 0.0) == (1.0, pytest.approx(-0.4e-3))
    assert model.active("lhb", "g_T", 0.0) == (0.6, 0.0)
    assert model.active("lhb", "g_h", 0.0) == (pytest.approx(2**0.4), 0.0)


@pytest.mark.parametrize("nothing", ["{block: 0}", "{dose: 0 uM}", "{block: 0 %}", "{dose: 0 M}"])
def test_nothing_of_a_drug_is_exactly_the_untouched_model(write: Write, nothing: str) -> None:
    both_sheets(write)
    model = treated(write, f"drug: {nothing}")
    assert {change.parameter for change in model.changes} == {"g_T", "E_Na", "g_h"}
    for change in model.changes:
        assert change.factor == 1.0 and change.shift == 0.0 and math.copysign(1, change.shift) == 1
        base = model.population(change.nucleus).parameters[change.parameter].value
        assert base * change.factor + change.shift == base


def test_no_strength_of_a_state_is_exactly_the_untouched_model(write: Write) -> None:
    model = treated(write, "depressed_state: {strength: 0}")
    assert model.changes and {(change.factor, change.shift) for change in model.changes} == {(1.0, 0.0)}


def test_full_block_leaves_nothing_and_full_strength_is_the_sheet_s(write: Write) -> None:
    both_sheets(write)
    model = treated(write, "drug: {block: 1}")
    assert only(model, "g_T").factor == 0.0
    assert [c.shift for c in model.changes if c.parameter == "E_Na" and c.nucleus == "lhb"] == [-1e-3]
    assert {c.factor for c in model.changes if c.parameter == "g_h"} == {2.0}


def test_a_dose_blocks_by_the_hill_law(write: Write) -> None:
    both_sheets(write, drug=DRUG.replace("hill: {value: 1,", "hill: {value: 2,"))
    assert only(treated(write, "drug: {dose: 5 uM}"), "g_T").factor == 0.5
    assert only(treated(write, "drug: {dose: 10 uM}"), "g_T").factor == pytest.approx(1 - 4 / 5, rel=1e-12)
    assert only(treated(write, "drug: {dose: 1 M}"), "g_T").factor == pytest.approx(0, abs=1e-9)


@given(st.floats(0, 1), st.floats(1e-12, 1), st.floats(0.1, 10))
def test_the_hill_law_is_a_share(concentration: float, ic50: float, hill: float) -> None:
    assert 0 <= hill_block(concentration, ic50, hill) <= 1
    assert hill_block(0.0, ic50, hill) == 0.0 and hill_block(ic50, ic50, hill) == 0.5


def test_a_local_use_reaches_only_its_nuclei(write: Write) -> None:
    everywhere = treated(write, "nbqx: {block: 0.5}")
    assert {change.nucleus for change in everywhere.changes} == {"lhb", "rmtg", "vta_da"}
    local = treated(write, "nbqx: {block: 0.5, nuclei: [rmtg]}")
    assert {(change.nucleus, change.parameter, change.factor) for change in local.changes} == {
        ("rmtg", "open_AMPA", 0.5)
    }
    assert local.active("lhb", "open_AMPA", 5.0) == (1.0, 0.0)


def test_a_projection_is_reached_by_its_name(write: Write) -> None:
    synapse = "static_synapse: {}"
    model = treated(write, synapse)
    assert {(c.nucleus, c.parameter) for c in model.changes} == {
        ("lhb -> rmtg", "tau_facilitation"),
        ("lhb -> rmtg", "w_ampa"),
    }
    assert model.active("lhb -> rmtg", "w_ampa", 0.0) == (1.26, 0.0)
    with pytest.raises(InputError, match="unknown projection 'lhb -> rmgt'; did you mean 'lhb -> rmtg'"):
        treated(write, "static_synapse: {nuclei: [lhb -> rmgt]}")
    with pytest.raises(InputError, match="changes nothing in lhb -> rmtg; expected a nucleus with open_AMPA"):
        treated(write, "nbqx: {block: 0.5, nuclei: [lhb -> rmtg]}")


def test_an_intervention_stays_within_the_nuclei_of_its_sheet_unless_told_otherwise(write: Write) -> None:
    assert {change.nucleus for change in treated(write, STATE).changes} == {"lhb"}
    both_sheets(write, drug=DRUG.replace("kind: drug", "kind: drug\nnuclei: [lhb]"))
    assert {change.nucleus for change in treated(write, "drug: {block: 0.4}").changes} == {"lhb"}
    elsewhere = treated(write, "drug: {block: 0.4, nuclei: [rmtg, vta_da]}")
    assert {change.nucleus for change in elsewhere.changes} == {"rmtg", "vta_da"}


def test_a_parameter_that_a_nucleus_lacks_is_left_alone(write: Write) -> None:
    assert [(c.nucleus, c.parameter) for c in treated(write, "t_block: {block: 1}").changes] == [("lhb", "g_T")]


def test_onset_and_end(write: Write) -> None:
    model = treated(write, "ketamine: {block: 0.5, onset: 2 s, end: 3 s}")
    at = [model.active("lhb", "g_NMDA", time)[0] for time in (0.0, 2 - 0.05e-3, 2.0, 3 - 0.05e-3, 3.0, 11.0)]
    assert at == [1.0, 1.0, 0.5, 0.5, 1.0, 1.0]
    assert model.boundaries() == pytest.approx([0, 2, 3, 11])


def test_a_use_lasts_to_the_end_of_the_record(write: Write) -> None:
    change = only(treated(write, "ketamine: {block: 0.5}"), "g_NMDA")
    assert (change.start, change.stop) == (0.0, 11.0)


def test_conditions_do_not_touch_each_other(write: Write) -> None:
    model = treated(write, "ketamine: {block: 0.5}", condition="control")
    assert model.changes == () and model.condition == "control"
    assert model.populations == treated(write, "ketamine: {block: 0.5}").populations


# stimuli, wiring, populations ----------------------------------------------------------------------------------------


def test_pulses(write: Write) -> None:
    model = composed(load(write(EXPERIMENT)), "control")
    assert [c.start for c in model.changes] == [1, 2, 3, 4, 5]
    assert [c.stop for c in model.changes] == pytest.approx([1.1, 2.1, 3.1, 4.1, 5.1])
    assert {(c.nucleus, c.parameter, c.factor, c.shift) for c in model.changes} == {("lhb", "I_step", 1.0, -60e-12)}
    assert [model.active("lhb", "I_step", time)[1] for time in (0.5, 1.05, 1.5, 5.05, 6.05)] == [
        0,
        -60e-12,
        0,
        -60e-12,
        0,
    ]


def test_a_ramp_rises_to_its_current(write: Write) -> None:
    settings = ("stimuli.0.kind=ramp", "stimuli.0.count=1", "stimuli.0.width=4 s", "stimuli.0.every=null")
    model = composed(load(write(EXPERIMENT), settings), "control")
    slope, start = only(model, "I_ramp"), only(model, "ramp_start")
    assert slope.shift * 4.0 == pytest.approx(-60e-12) and start.shift == 1.0
    assert (slope.start, slope.stop) == (start.start, start.stop) == (1.0, 5.0)


def test_a_pulse_falls_in_a_straight_line(write: Write) -> None:
    model = composed(load(write(EXPERIMENT), ("stimuli.0.fall=300 ms",)), "control")

    def current(time: float) -> float:
        step, slope, start = (model.active("lhb", name, time)[1] for name in ("I_step", "I_ramp", "ramp_start"))
        return step + slope * (time - start)

    times = (0.9, 1.05, 1.25, 1.39, 1.41, 2.25)
    expected = (0, -60e-12, -30e-12, -2e-12, 0, -30e-12)
    assert [current(time) for time in times] == pytest.approx(expected, abs=1e-18)


def test_a_stimulus_of_some_conditions(write: Write) -> None:
    experiment = load(write(EXPERIMENT.replace("count: 5}", "count: 5, conditions: [control]}")))
    assert len(composed(experiment, "control").changes) == 5
    assert all(change.parameter != "I_step" for change in composed(experiment, "treated").changes)


def test_the_experiment_overrides_the_sheet_and_the_sheet_the_mechanism(write: Write) -> None:
    experiment, *_ = both_sheets(write)
    cell = composed(load(experiment), "control").population("cell").parameters
    assert (cell["g_L"].value, cell["g_L"].source) == (3e-9, "chosen")
    assert cell["E_L"].value == pytest.approx(-70.8e-3)
    cell = composed(load(experiment, ["nuclei.cell.parameters.g_L=4 nS"]), "control").population("cell").parameters
    assert (cell["g_L"].value, cell["g_L"].source) == (4e-9, "set by the experiment")


def test_plasticity_keeps_the_numbers_that_are_not_given(write: Write) -> None:
    usual = short_term_plasticity.MECHANISM.parameters
    static, plastic = composed(load(write(EXPERIMENT))).projections
    assert static.plasticity is None and plastic.plasticity is not None
    assert {name: p.value for name, p in plastic.plasticity.items()} == {
        **{name: p.value for name, p in usual.items()}, "U": 0.1}  # fmt: skip


def test_a_projection_of_no_inputs_is_left_out(write: Write) -> None:
    model = composed(load(write(EXPERIMENT), ["wiring.0.in_degree=0"]))
    assert [projection.name for projection in model.projections] == ["lhb -> rmtg"]


def test_a_reference_runs_beside_the_network_where_a_readout_asks_for_it(write: Write) -> None:
    twins = {p.name: p.twin for p in composed(load(write(EXPERIMENT))).populations}
    assert twins == {"lhb": False, "rmtg": True, "vta_da": True}
    without = composed(load(write(EXPERIMENT), ["readouts=[dopamine]"]))
    assert not any(population.twin for population in without.populations)


def test_replayed_trains(write: Write) -> None:
    model = composed(load(write(REPLAY)), "tonic")
    population = model.population("lhb")
    assert population.cell is None and population.replay is not None and population.size == 10
    assert (population.replay.pattern.text, population.replay.rate) == ("tonic", 5.0)


def test_traces_end_with_the_record_and_hold_no_more_cells_than_there_are(write: Write) -> None:
    (trace,) = composed(load(write(EXPERIMENT), ["traces.lhb.cells=50", "traces.lhb.stop=20 s"])).traces
    assert (trace.cells, trace.window) == (20, (2.0, 11.0))


# resolved numbers ----------------------------------------------------------------------------------------------------


def numbers(data: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every entry with a value and a unit, with the entry around it."""
    for key, entry in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(entry, dict) and "unit" in entry:
            yield f"{at}.{key}", entry, data
        yield from numbers(entry, f"{at}.{key}")


@pytest.mark.parametrize("name", ["ketamine", "bursts_vs_tonic", "single_cell"])
def test_every_parameter_is_resolved_with_value_unit_source_and_tag(name: str) -> None:
    experiment = load(name)
    resolved = resolve(experiment)
    for population in compose_model(experiment, experiment.conditions[0]).populations:
        written = resolved["nuclei"][population.name]["parameters"]
        assert {key: (p["value"], p["unit"]) for key, p in written.items()} == {
            key: (p.value, p.unit) for key, p in population.parameters.items()}  # fmt: skip
    found = list(numbers(resolved))
    assert len(found) > 50
    for place, number, around in found:
        assert isinstance(number["value"], float) and number["written"], place
        sourced = number if "source" in number else around
        if ".fixed." not in place:
            assert sourced["source"] and sourced["tag"] in ("measured", "recalled", "fitted", "assumed"), place


def test_what_interventions_do_is_resolved(write: Write) -> None:
    experiment, *_ = both_sheets(write)
    resolved = resolve(load(experiment))
    changes = {(c["nucleus"], c["parameter"]): c for c in resolved["conditions"]["treated"]["changes"]}
    assert changes["lhb", "E_Na"] == {
        "nucleus": "lhb", "parameter": "E_Na", "cause": "drug dose=5 uM", "from_s": 0.0, "to_s": 1.0,
        "base": "50 mV", "factor": 1.0, "shift": "-500 uV", "becomes": "49.5 mV"}  # fmt: skip
    assert changes["lhb", "g_T"]["factor"] == 0.5
    assert resolved["interventions"]["drug"]["effects"][1]["amount"]["value"] == -1e-3
    assert resolved["interventions"]["drug"]["affinity"]["IC50"]["source"] == "chosen"


def hashed(path: Path, *settings: str) -> str:
    return experiment_hash(resolve(load(path, settings)))


def changed_numbers(data: Any) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    """Every number in data, with values near it, of which some may be refused."""
    for at in places(data):
        value = inner(data, at)
        if type(value) is int:
            yield at, [value + 1, value - 1]
        elif isinstance(value, float):
            yield at, [value * 1.01, value * 0.99]
        elif isinstance(value, str) and (number := re.fullmatch(r"(-?[0-9.]+)( \w+)", value)):
            near = [float(number[1]) * factor for factor in (1.01, 0.99, 2, 0.5)] if float(number[1]) else [0.01]
            yield at, [f"{other:.12g}{number[2]}" for other in near]


@pytest.mark.parametrize("name", ["experiment.yaml", "nuclei/cell.yaml", "interventions/drug.yaml", "replay.yaml"])
def test_every_number_decides_the_hash(write: Write, name: str) -> None:
    experiment, *_ = both_sheets(write)
    text = {
        "experiment.yaml": EXPERIMENT,
        "nuclei/cell.yaml": NUCLEUS,
        "interventions/drug.yaml": DRUG,
        "replay.yaml": REPLAY,
    }
    path = write(text[name], name) if "/" not in name else experiment
    data, untouched, seen = parse_yaml(text[name], name).data, hashed(path), 0
    for at, values in changed_numbers(data):
        hashes = []
        for value in values:
            write(dumped(mutated(data, at, "replace", value)), name)
            try:
                hashes.append(hashed(path))
            except InputError:
                continue
        assert hashes or at[-1] == "share", f"no other value of {at} is accepted"
        assert untouched not in hashes, f"{at} does not decide the hash"
        seen += len(hashes)
    assert seen > 5


def test_what_does_not_decide_the_result_does_not_decide_the_hash(write: Write, tmp_path: Path) -> None:
    path = write(EXPERIMENT)
    untouched = hashed(path)
    assert re.fullmatch("[0-9a-f]{8}", untouched)
    assert hashed(write("# a remark\n" + EXPERIMENT)) == untouched
    lines = f"    {STATE}\n    ketamine: {BLOCK}"
    swapped = f"    ketamine: {BLOCK}\n    {STATE}"
    assert lines in EXPERIMENT and hashed(write(EXPERIMENT.replace(lines, swapped))) == untouched
    (tmp_path / "elsewhere").mkdir()
    assert hashed(write(EXPERIMENT, "elsewhere/other.yaml")) == untouched
    assert hashed(path, "seeds=[3, 7]", "protocol.warm_up=1 s") == untouched
    assert hashed(path, "seeds=2") != untouched


def test_sheets_that_are_not_used_do_not_decide_the_hash(write: Write) -> None:
    experiment, *_ = both_sheets(write)
    untouched = hashed(experiment)
    write(NUCLEUS.replace("nucleus: cell", "nucleus: other"), "nuclei/other.yaml")
    assert USES_BOTH and hashed(experiment) == untouched
