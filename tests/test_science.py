"""What the shipped experiments must show, run whole: six seeds, or two with LHB_LONG=reduced."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import lhb_model as lhb
from lhb_model.run_folder import Run
from lhb_model.validation_run import plan, validate
from lhb_model.verdicts import FAILS, NO_VALUE, NOT_MEASURED

pytestmark = pytest.mark.long
SEEDS = 2 if os.environ.get("LHB_LONG") == "reduced" else 6
Mean = Callable[[str, str, str], float]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def means(run: Run) -> Mean:
    table = run.table.set_index(["condition", "nucleus", "measure"]).sort_index()["value"]
    return lambda condition, nucleus, measure: float(table.loc[condition, nucleus, measure].mean())


@pytest.fixture(scope="module")
def ketamine(out: Path) -> Mean:
    return means(lhb.run(lhb.load("ketamine", seeds=SEEDS), out=out))


@pytest.fixture(scope="module")
def blocks(out: Path) -> Mean:
    return means(lhb.run(lhb.load("blocks", seeds=SEEDS), out=out))


def test_depression_multiplies_bursting_neurons_and_ketamine_undoes_it(ketamine: Mean) -> None:
    control, depressed, treated = (
        ketamine(name, "lhb", "bursting_share") for name in ("control", "depressed", "ketamine")
    )
    assert 0.03 <= control <= 0.15
    assert 2 <= depressed / control <= 5
    assert treated <= 1.5 * control


def test_ketamine_stops_bursts_without_silencing_the_nucleus(ketamine: Mean) -> None:
    assert ketamine("ketamine", "lhb", "silent_share") <= 1.5 * ketamine("depressed", "lhb", "silent_share")


def test_theta_rises_in_depression_and_returns_with_ketamine(ketamine: Mean) -> None:
    control, depressed, treated = (
        ketamine(name, "lhb", "theta_power") for name in ("control", "depressed", "ketamine")
    )
    assert depressed > control
    assert treated - control <= 0.25 * (depressed - control)


@pytest.mark.parametrize(("nucleus", "low", "high"), [("vta_da", 2, 6), ("drn_5ht", 0.5, 2.5)])
def test_dopamine_and_serotonin_neurons_fall_silent_and_recover(
    ketamine: Mean, nucleus: str, low: float, high: float
) -> None:
    control, depressed, treated = (ketamine(name, nucleus, "rate") for name in ("control", "depressed", "ketamine"))
    assert low <= control <= high
    assert depressed <= 0.8 * control
    assert 0.75 <= treated / control <= 1.25


def test_reward_inhibition_follows(ketamine: Mean) -> None:
    control, depressed, treated = (
        ketamine(name, "vta_da", "reward_inhibition") for name in ("control", "depressed", "ketamine")
    )
    assert depressed > 1.5 * max(control, treated) > 0


@pytest.mark.parametrize("condition", ["t_block", "nmda_block"])
def test_bursts_need_t_and_nmda_channels(blocks: Mean, condition: str) -> None:
    assert blocks(condition, "lhb", "burst_rate") <= 0.1 * blocks("depressed", "lhb", "burst_rate")


def test_t_block_lowers_lhb_output_and_frees_dopamine(blocks: Mean) -> None:
    assert blocks("t_block", "lhb", "rate") < blocks("depressed", "lhb", "rate")
    assert blocks("t_block", "vta_da", "rate") > blocks("depressed", "vta_da", "rate")


def test_same_spikes_in_bursts_or_one_by_one(out: Path) -> None:
    """Equal counts are what makes the comparison mean anything; which pattern takes more dopamine is reported, not asserted."""
    run = lhb.run(lhb.load("bursts_vs_tonic", seeds=SEEDS), out=out)
    spikes = (
        run.neurons[run.neurons["nucleus"] == "lhb"].groupby(["condition", "seed"])["spikes"].sum().unstack("condition")
    )
    assert (spikes["silent"] == 0).all()
    assert (abs(spikes["tonic"] / spikes["bursting"] - 1) < 0.02).all()


@pytest.mark.timeout(1200)
def test_every_target_is_judged_with_table_figure_and_report(out: Path) -> None:
    """Which of them hold is what the verdicts say; this asks that nothing is lost on the way."""
    todo = plan(seeds=SEEDS if SEEDS < 6 else None)
    done = validate(todo, out)
    numbers = [(target.name, entry.quantity) for target in todo.targets for entry in target.sheet.expect]
    assert [(outcome.target, outcome.quantity) for outcome in done.outcomes] == numbers
    unmeasured = {t.name for t in todo.targets for _, entry in t.numbered() if t.sheet.place(entry) is None}
    assert {o.target for o in done.outcomes if o.verdict == NOT_MEASURED} == unmeasured
    assert set(done.failing) == {o.target for o in done.outcomes if o.gates and o.verdict in (FAILS, NO_VALUE)}
    assert all((done.folder / "figures" / f"{target.name}.png").is_file() for target in todo.targets)
    assert all(f"## {target.name}: " in (done.folder / "report.md").read_text() for target in todo.targets)
