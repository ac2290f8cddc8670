"""Concentrations in time: against the equations they solve, and as they reach the model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lhb_model import config
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.model import Change
from lhb_model.pharmacokinetics import Bath, Course, Dose, staircase

HOUR = 3600.0
TIMES = np.linspace(0, 500, 101)


def solved(inflow: Callable[[float], float], k: float, edges: list[float]) -> np.ndarray:
    """dc/dt = inflow - k c from 0, by an integrator, piece by piece between the jumps of the inflow."""
    values, start = [0.0], 0.0
    for begin, end in zip(edges, edges[1:], strict=False):
        inside = TIMES[(begin < TIMES) & (TIMES <= end)]
        found = solve_ivp(
            lambda t, c, b=begin: [inflow(b) - k * c[0]],
            (begin, end),
            [start],
            t_eval=np.union1d(inside, end),
            rtol=1e-10,
            atol=1e-14,
        ).y[0]
        values += list(found[: inside.size])
        start = found[-1]
    return np.array(values)


def test_a_bath_washes_in_and_out() -> None:
    truth = solved(lambda t: 3.0 / 40 if 100 <= t < 300 else 0.0, 1 / 40, [0, 100, 300, 500])
    np.testing.assert_allclose(Bath(3.0, wash=40, onset=100, end=300).at(TIMES), truth, atol=1e-8)


def test_a_bath_without_an_end_stays() -> None:
    assert Bath(3.0, wash=40, onset=0).at(1e6) == 3.0


def test_an_infusion() -> None:
    k, over = np.log(2) / 150, 200.0
    truth = solved(lambda t: 1.0 if t < over else 0.0, k, [0, over, 500])
    found = Dose(2.0, half_life=150, over=over).at(TIMES)
    np.testing.assert_allclose(found, 2.0 * truth / truth.max(), atol=1e-8)
    assert found.max() == found[TIMES == over][0] == 2.0


@pytest.mark.parametrize("absorption", [20.0, 150.0, 400.0])
def test_an_injection(absorption: float) -> None:
    """What is taken up leaves again; the depot is solved along."""
    enter, k = np.log(2) / absorption, np.log(2) / 150

    def change(t: float, amounts: np.ndarray) -> list[float]:
        depot, body = amounts
        return [-enter * depot, enter * depot - k * body]

    fine = np.linspace(0, 3000, 60001)
    body = solve_ivp(change, (0, 3000), [1.0, 0.0], t_eval=fine, rtol=1e-10, atol=1e-14).y[1]
    found = Dose(5.0, half_life=150, absorption=absorption).at(TIMES)
    np.testing.assert_allclose(found, 5.0 * np.interp(TIMES, fine, body) / body.max(), rtol=1e-5, atol=1e-8)


def test_a_bolus_halves_every_half_life() -> None:
    found = Dose(4.0, half_life=100, onset=50).at([0, 49.9, 50, 150, 250])
    np.testing.assert_allclose(found, [0, 0, 4, 2, 1], rtol=1e-12)


COURSES: dict[str, Course] = {
    "bath": Bath(1e-5, wash=20, onset=30, end=200),
    "infusion": Dose(1e-6, half_life=3 * HOUR, over=2400),
    "injection": Dose(1e-5, half_life=780, absorption=180, onset=10),
    "bolus": Dose(1e-6, half_life=60),
    "nothing": Dose(0.0, half_life=60),
}


@pytest.mark.parametrize("name", COURSES)
@pytest.mark.parametrize("share", [0.01, 0.1])
def test_stairs_keep_the_exposure_and_stay_close(name: str, share: float) -> None:
    course, start, stop = COURSES[name], 5.0, 400.0
    steps = staircase(course, start, stop, share)
    edges = [step.start for step in steps] + [steps[-1].stop]
    assert (edges[0], edges[-1]) == (start, stop) and edges == sorted(set(edges))
    assert [step.stop for step in steps[:-1]] == edges[1:-1]
    fine = np.linspace(start, stop, 200_001)
    exposure = np.trapezoid(course.at(fine), fine) if hasattr(np, "trapezoid") else np.trapz(course.at(fine), fine)
    assert sum(c * (b - a) for a, b, c in steps) == pytest.approx(exposure, rel=1e-4, abs=1e-12)
    stairs = np.array([step.concentration for step in steps])[np.searchsorted(edges, fine[1:-1], side="right") - 1]
    assert np.abs(stairs - course.at(fine[1:-1])).max() <= 1.6 * share * course.at(fine).max()
    assert len(steps) <= 2.1 / share + 2


# in an experiment ----------------------------------------------------------------------------------------------------

ALONE = """
experiment: alone
title: one nucleus
nuclei:
  lhb: {{size: 4}}
conditions:
  drug:
    {drug}
seeds: 1
protocol: {{warm_up: 0 s, duration: {duration}}}
"""


def alone(write: Callable[..., Path], drug: str, duration: str = "4 h") -> Experiment:
    return config.load(write(ALONE.format(drug=drug, duration=duration)))


def changes(experiment: Experiment) -> tuple[Change, ...]:
    return compose_model(experiment, experiment.conditions[0]).changes


def test_an_infusion_reaches_its_peak_in_the_tissue(write: Callable[..., Path]) -> None:
    found = changes(alone(write, "ketamine: {course: human_infusion, law: trapping, onset: 10 min}"))
    assert {change.parameter for change in found} == {"c_ketamine"}
    highest = max(found, key=lambda change: change.shift)
    assert highest.shift == pytest.approx(0.78e-6 * 6.5, rel=0.01)
    assert highest.stop == pytest.approx(3000, abs=60)
    assert found[0].start == 600 and found[-1].stop == 4 * HOUR
    last = 0.78e-6 * 6.5 * 0.5 ** ((4 * HOUR - 3000) / (3 * HOUR))
    assert found[-1].shift == pytest.approx(last, rel=0.02)


def test_dose_and_tissue_scale_the_course(write: Callable[..., Path]) -> None:
    one = changes(alone(write, "ketamine: {course: human_infusion, law: trapping}"))
    other = changes(alone(write, "ketamine: {course: {name: human_infusion, dose: 1 mg/kg, tissue: 1}, law: trapping}"))
    assert [change.shift * 2 / 6.5 for change in one] == pytest.approx([change.shift for change in other], rel=1e-9)


def test_a_course_of_no_dose_is_exactly_the_untouched_model(write: Callable[..., Path]) -> None:
    for law in ("hill", "trapping"):
        found = changes(alone(write, f"ketamine: {{course: {{name: mouse_ip, dose: 0 mg/kg}}, law: {law}}}"))
        assert found and all((change.factor, change.shift) == (1.0, 0.0) for change in found)


def test_the_hill_law_follows_a_bath(write: Callable[..., Path]) -> None:
    experiment = alone(write, "nbqx: {dose: 0.1 uM, wash: 10 s, onset: 20 s, end: 100 s}", "200 s")
    model = compose_model(experiment, experiment.conditions[0])
    factors = [model.active("lhb", "open_AMPA", time)[0] for time in (0.0, 19.9, 95.0, 199.0)]
    assert factors == pytest.approx([1.0, 1.0, 0.5, 1.0], abs=0.01)


WRONG = {
    "unknown course": (
        "{course: mouse_iv}",
        "drug.ketamine.course: unknown course 'mouse_iv'; did you mean 'mouse_ip'?",
    ),
    "an end": ("{course: mouse_ip, end: 3 s}", "drug.ketamine.end: given '3 s', expected none: the body ends a course"),
    "a wash": (
        "{course: mouse_ip, wash: 3 s}",
        "drug.ketamine.wash: given '3 s', expected none: the course says how it sets in",
    ),
    "a dose beside it": (
        "{course: mouse_ip, dose: 1 uM}",
        "drug.ketamine: given dose and course, expected one of block",
    ),
    "a concentration as its dose": (
        "{course: {name: mouse_ip, dose: 1 uM}}",
        "drug.ketamine.course.dose: given '1 uM' (concentration), expected a dose such as '10 mg/kg'",
    ),
    "a number": ("{course: 3}", "drug.ketamine.course: given 3, expected a mapping"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_courses(write: Callable[..., Path], case: str) -> None:
    use, message = WRONG[case]
    with pytest.raises(InputError) as caught:
        alone(write, f"ketamine: {use}")
    assert message in caught.value.message
