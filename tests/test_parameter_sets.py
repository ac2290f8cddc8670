"""Sets of parameters: a run says which one it used, and a kept one gives what it gave."""

from pathlib import Path

import pytest

import lhb_model as lhb
from lhb_model import catalogue, config
from lhb_model.composition import compose_model
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.parameter_sets import parameter_sets, present
from lhb_model.report.methods import methods_paragraph
from lhb_model.resolve import resolve
from lhb_model.run_folder import Run
from lhb_model.sheets import read_nucleus
from small_runs import complaint, said

KEPT = list(parameter_sets())[1:]
SHEETS = [(name, sheet) for name in KEPT for sheet in catalogue.sheet_paths("nucleus", of=name)]
EXPERIMENTS = [(name, sheet) for name in KEPT for sheet in catalogue.sheet_paths("experiment", of=name)]

SPIKES = {
    ("2026.1", "smoke", "depressed"): "ede608d5b6b2d19106863566b39ddfe2aabe554e7d56c5ccf22d3b9b4b49f5ae",
    ("2026.1", "smoke", "ketamine"): "de4984a994a9622db7a5474d6ae3dbf4d8b22f1ba3c8e142651e1eb6f1aef66c",
    ("2026.2", "smoke", "depressed"): "ad7af2d846c9084b7381abafb7e3d545ceda33ec16e5e796bd35df19d8b877bc",
    ("2026.2", "smoke", "ketamine"): "dd0b87b21ca9505b0582ab6225a5ea3d7cef59101dbb423fbd0f11310465dd07",
    ("2026.3", "smoke", "depressed"): "329ce308c09fb76b0fef34a6194d3253060b138a71ad427c40e92584f4587a02",
    ("2026.3", "smoke", "ketamine"): "e26865bf308e7cd3d9d8241b8d6a8eb72d2a21758e5448a3f35d7b09ee029a73",
    ("2026.4", "smoke", "depressed"): "329ce308c09fb76b0fef34a6194d3253060b138a71ad427c40e92584f4587a02",
    ("2026.4", "smoke", "ketamine"): "e26865bf308e7cd3d9d8241b8d6a8eb72d2a21758e5448a3f35d7b09ee029a73",
}
"""Fingerprints of the spikes when the set was kept. A second is too short for the rounding of another build to show."""


@pytest.mark.parametrize(("name", "experiment", "condition"), SPIKES)
def test_a_kept_set_gives_the_spikes_it_gave(name: str, experiment: str, condition: str) -> None:
    recording = lhb.record(config.load(experiment, parameters=name), condition)
    assert recording.spikes_sha256() == SPIKES[name, experiment, condition]


@pytest.mark.parametrize(("name", "sheet"), SHEETS)
def test_a_kept_nucleus_holds_every_number_of_its_cells(name: str, sheet: str) -> None:
    kept = read_nucleus(catalogue.sheet_path("nucleus", sheet, of=name))
    left = set(catalogue.cell(kept.nucleus, tuple(kept.mechanisms)).parameters) - set(kept.parameters)
    assert left == set(), "give these in the kept sheet, with the value at which they change nothing"


@pytest.mark.parametrize(("name", "experiment"), EXPERIMENTS)
def test_a_kept_experiment_stands_and_holds_every_number_of_its_synapses(name: str, experiment: str) -> None:
    kept = config.load(experiment, parameters=name)
    assert kept.parameters == kept.sheet.parameters == name and kept.own_sheets == ()
    assert all(compose_model(kept, condition).populations for condition in kept.conditions)
    for wire in kept.sheet.wiring:
        assert wire.plasticity is None or set(wire.plasticity) == set(short_term_plasticity.MECHANISM.parameters)


@pytest.mark.parametrize("name", parameter_sets())
def test_the_name_of_a_set_is_the_same_when_yaml_reads_it_as_a_number(name: str) -> None:
    assert str(float(name)) == name
    assert name in said("list", "parameters").stdout


def test_file_setting_option_and_the_path_of_a_shipped_file_ask_for_the_same(here: Path) -> None:
    (here / "mine.yaml").write_text(
        "experiment: smoke\ntitle: A first look, in seconds\nbased_on: smoke\nparameters: 2026.1\n"
    )
    asked = [
        config.load("mine.yaml"),
        config.load("smoke", ["parameters=2026.1"]),
        config.load("smoke", parameters="2026.1"),
        config.load(catalogue.sheet_path("experiment", "smoke"), parameters="2026.1"),
        config.load(catalogue.sheet_path("experiment", "smoke", of="2026.1")),
    ]
    first, *others = [resolve(experiment) for experiment in asked]
    assert first["parameters"] == {"set": "2026.1", "own_sheets": []}
    assert all(other == first for other in others)


def test_without_being_asked_the_present_set_holds() -> None:
    assert config.load("smoke").parameters == present()
    assert config.load("smoke", parameters=present()).parameters == present()


def test_sheets_of_ones_own_are_named_beside_the_set(here: Path) -> None:
    (here / "interventions").mkdir()
    sheet = catalogue.sheet_path("intervention", "ketamine").read_text()
    (here / "interventions" / "ketamine.yaml").write_text(sheet)
    (here / "mine.yaml").write_text("experiment: mine\ntitle: Mine\nbased_on: smoke\n")
    assert resolve(config.load("mine.yaml"))["parameters"] == {
        "set": present(),
        "own_sheets": ["interventions/ketamine.yaml"],
    }


def test_a_run_says_which_set_it_used(small_run: Run) -> None:
    assert small_run.manifest["parameters"] == small_run.resolved["parameters"]["set"] == present()
    assert f"Parameters were those of its set {present()}." in methods_paragraph(small_run)


def test_an_unknown_set_is_answered_with_the_known_ones(here: Path) -> None:
    (here / "mine.yaml").write_text("experiment: mine\ntitle: Mine\nbased_on: smoke\nparameters: 2025.1\n")
    assert complaint("check", "mine.yaml").startswith(
        "Error: mine.yaml:4: parameters: unknown set '2025.1'; did you mean"
    )
    assert complaint("check", "smoke", "--parameters", "old").startswith(
        "Error: parameters: unknown set 'old' (known: "
    )
    assert "unknown" in complaint("check", "smoke", "--set", "parameters=[1]")
