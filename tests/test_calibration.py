"""The shipped population is the one whose scores are kept beside the search. No simulation."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lhb_model as lhb
from lhb_model import catalogue

CALIBRATION = Path(__file__).parents[1] / "calibration"


@pytest.fixture(scope="module")
def population() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibration_population", CALIBRATION / "population.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    return json.loads((CALIBRATION / "population_scores.json").read_text(encoding="utf-8"))


def test_shipped_numbers_are_those_that_were_scored(population: ModuleType, scores: dict[str, Any]) -> None:
    assert population.shipped_values() == scores["values"]


def test_scores_are_of_seeds_that_were_never_searched(population: ModuleType, scores: dict[str, Any]) -> None:
    assert tuple(scores["seeds"]) == population.CHECK_SEEDS
    assert not set(scores["seeds"]) & set(population.SEARCH_SEEDS)


def test_kept_scores_are_within_the_published_bands(scores: dict[str, Any]) -> None:
    share = {condition: levels["lhb.bursting_share"] for condition, levels in scores["levels"].items()}
    rate = {condition: levels["lhb.rate"] for condition, levels in scores["levels"].items()}
    assert 0.03 <= share["control"] <= 0.11
    assert 0.16 <= share["depressed"] <= 0.30
    assert 0.03 <= share["ketamine"] <= min(0.11, 1.5 * share["control"])
    assert 0.5 <= rate["ketamine"] / rate["control"] <= 2
    assert 5 <= scores["levels"]["depressed"]["lhb.theta_peak_frequency"] <= 9


def test_a_candidate_with_the_shipped_numbers_is_the_shipped_experiment(population: ModuleType, tmp_path: Path) -> None:
    candidate = population.written(population.sheets_with(population.shipped_values()), tmp_path)
    shipped = lhb.load("ketamine")
    assert candidate.nuclei == shipped.nuclei
    assert candidate.sheet.wiring == shipped.sheet.wiring
    assert {str(use) for use in candidate.condition("ketamine").uses} == {
        str(use) for use in shipped.condition("ketamine").uses
    }


def test_every_experiment_blocks_the_same_fraction_with_ketamine() -> None:
    """One named number of the population: the block that ends the bursts of depression."""
    blocks = {
        name: use.amount.value
        for name in catalogue.sheet_paths("experiment")
        for condition in lhb.load(name).conditions
        for use in condition.uses
        if use.intervention == "ketamine" and use.given_as == "block"
    }
    assert len(blocks) >= 6
    assert set(blocks.values()) == {blocks["ketamine"]}


def test_table_of_the_neurons_is_that_of_their_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row, from the measures kept beside each cell; the kept cell misses slow rates only."""
    monkeypatch.syspath_prepend(str(CALIBRATION))
    report = importlib.import_module("neuron_report")
    kept = [json.loads((CALIBRATION / f"neuron_scores{name}.json").read_text()) for name in ("", "_former", "_slow")]
    verdicts = [report.verdicts(scores["measured"], scores["cell"]) for scores in kept]
    readme = (CALIBRATION / "README.md").read_text(encoding="utf-8")
    for rows in zip(*verdicts, strict=True):
        found = " | ".join(f"{model} | {'yes' if met else 'NO'}" for _, _, model, met in rows)
        assert f"| {rows[0][0]} | {rows[0][1]} | {found} |" in readme
    assert [target for _, target, _, met in verdicts[0] if not met] == ["2, 5, 10, 15 Hz tonic reached (within 5 %)"]
