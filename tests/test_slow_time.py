"""Hours by averaged rates: against an integrator, against simulating every second, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.simulate import cache
from lhb_model.simulate.job import run_job
from lhb_model.simulate.realise import realise
from lhb_model.slow_time import Followed, Rates, _at, _carried, follow
from test_drugs import NETWORK

LAST = 21.0


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """The network of the tests of trapping, whose build it shares, for longer."""
    path = tmp_path_factory.mktemp("slow") / "trapped.yaml"
    path.write_text(NETWORK)
    return config.load(path, [f"protocol.duration={LAST} s"])


@pytest.fixture(scope="module")
def bath(experiment: Experiment) -> Followed:
    return follow(experiment, "bath", [0.0, 7.0, 14.0, LAST], seconds=3.0, warm_up=0.5)


def test_it_ends_where_simulating_every_second_ends(experiment: Experiment, bath: Followed) -> None:
    job = realise(compose_model(experiment, experiment.condition("bath")), 1)
    truth = run_job(job, cache.executable(job.structure)).states["lhb"]["b_ketamine"]
    found = bath.blocks["lhb", "ketamine"][-1]
    assert truth.mean() > 0.3 and np.ptp(truth) > 0.1
    assert np.abs(found - truth).mean() < 0.02
    assert found.mean() == pytest.approx(truth.mean(), rel=0.03)


def test_moments_are_measured_as_runs_are(bath: Followed) -> None:
    assert list(bath.table.columns) == ["condition", "seed", "nucleus", "measure", "value", "unit", "time"]
    shares = bath.table.query("measure == 'bursting_share'").set_index("time")["value"]
    assert list(shares.index) == [0.0, 7.0, 14.0, LAST]
    assert shares[LAST] < shares[0.0]
    rates = bath.table.query("measure == 'rate'")["value"]
    assert rates.nunique() == 4


def test_the_block_begins_at_nothing_and_grows(bath: Followed) -> None:
    blocks = bath.blocks["lhb", "ketamine"]
    assert blocks.shape == (4, 60) and not blocks[0].any()
    assert (np.diff(blocks, axis=0) > 0).all() and (blocks < 1).all()
    assert not bath.blocks["lhb", "memantine"].any()


def test_without_a_drug_moments_differ_by_their_noise_alone(experiment: Experiment) -> None:
    found = follow(experiment, "depressed", [0.0, 3600.0], seconds=2.0, warm_up=0.5)
    assert not found.blocks["lhb", "ketamine"].any()
    first, second = found.table.query("measure == 'rate'")["value"]
    assert first != second and first == pytest.approx(second, rel=0.2)


def test_blockers_that_compete_are_carried_on_as_their_equations_say() -> None:
    """Two drugs in one pore, washed in differently, for a minute."""
    pores = [("lhb", "one"), ("lhb", "two")]
    entry, leave = np.array([2e4, 5e3]), np.array([0.05, 0.01])
    doses = [lambda t: 1e-5 * -np.expm1(-t / 20), lambda t: 4e-6]

    def change(t: float, b: np.ndarray) -> np.ndarray:
        return entry * [dose(t) for dose in doses] * (1 - b.sum()) - leave * b

    truth = solve_ivp(change, (0, 60), [0.0, 0.1], rtol=1e-10).y[:, -1]
    rates = {
        pore: Rates(np.array([into]), np.array([out])) for pore, into, out in zip(pores, entry, leave, strict=True)
    }
    start = {pores[0]: np.array([0.0]), pores[1]: np.array([0.1])}
    found = _carried(start, rates, dict(zip(pores, doses, strict=True)), 0.0, 60.0)
    assert [float(found[pore][0]) for pore in pores] == pytest.approx(list(truth), rel=1e-3)


def test_a_course_is_held_at_its_concentration_of_the_moment(experiment: Experiment) -> None:
    state, ketamine = _at(experiment.condition("bath"), 5.0).uses
    assert state == experiment.condition("bath").uses[0]
    assert (ketamine.given_as, ketamine.course, ketamine.law) == ("dose", None, "trapping")
    assert ketamine.amount.value == pytest.approx(30e-6 * -np.expm1(-1.0))


@pytest.mark.parametrize(
    ("times", "warm_up", "message"),
    [([0.0, 5.0, 5.0], 1.0, "expected rising ones"), ([0.0], 4.0, "expected less than the 4 s that are simulated")],
)
def test_what_cannot_be_followed(experiment: Experiment, times: list[float], warm_up: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        follow(experiment, "bath", times, warm_up=warm_up)


def test_an_unknown_condition_is_answered_with_near_ones(experiment: Experiment, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'bath'"):
        follow(experiment, "bat", [0.0])
