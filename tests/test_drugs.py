"""Drugs: their sheets, the three laws of block, mixtures; and that a drug which is not given changes no spike."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lhb_model import catalogue, config
from lhb_model.cell import Cell, compose
from lhb_model.composition import compose_model
from lhb_model.equations import SteadyState, evaluate, parse_equations
from lhb_model.errors import InputError
from lhb_model.experiment import Experiment
from lhb_model.laws import binding_rate, hill_block, pore_ic50
from lhb_model.mechanisms.trapping import P_AMBIENT, Blocker, trapping
from lhb_model.model import Model
from lhb_model.quantities import parse_quantity
from lhb_model.schema import InterventionSheet
from lhb_model.sheets import read_intervention
from lhb_model.simulate import cache as builds
from lhb_model.simulate.job import Result, run_job
from lhb_model.simulate.realise import draw_neurons, realise
from small_models import interpret, model, number, population

NAMED = (
    "ketamine", "s_ketamine", "r_ketamine", "norketamine", "mk801", "phencyclidine", "memantine", "ap5", "nbqx", "mibefradil",
    "ethosuximide", "tta_p2", "zd7288", "barium", "apamin", "picrotoxin", "kir41_up", "kir41_down",
)  # fmt: skip
GENES = ("kir41_up", "kir41_down")
PORE_BLOCKERS = ("ketamine", "s_ketamine", "r_ketamine", "norketamine", "mk801", "phencyclidine", "memantine")


def sheet(name: str) -> InterventionSheet:
    return read_intervention(catalogue.sheet_path("intervention", name))


# sheets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMED)
def test_a_drug_says_what_it_does_and_how_well_that_is_known(name: str) -> None:
    found = sheet(name)
    assert found.effects and found.title
    assert (found.affinity is None) == (name in GENES)
    assert (found.pore is not None) == (name in PORE_BLOCKERS)


EFFECTS = {
    "nbqx": {"open_AMPA"}, "mibefradil": {"g_T", "g_HVA"}, "tta_p2": {"g_T"}, "ethosuximide": {"g_T"}, "zd7288": {"g_h"},
    "apamin": {"g_SK"}, "picrotoxin": {"open_GABA"}, "ap5": {"g_NMDA"}, "barium": {"Kir41", "g_Kir"},
}  # fmt: skip


@pytest.mark.parametrize("name", EFFECTS)
def test_a_drug_acts_on_its_target(name: str) -> None:
    assert {effect.parameter for effect in sheet(name).effects} == EFFECTS[name]


def test_over_expression_is_that_of_the_depressed_state_and_knock_down_takes_it_back() -> None:
    up, down, state = (
        {e.parameter: e.amount.value.value for e in sheet(name).effects if e.amount}
        for name in ("kir41_up", "kir41_down", "depressed_state")
    )
    assert up == state and up.keys() == down.keys() == {"Kir41"}
    assert down["Kir41"] < 1 < up["Kir41"] and up["Kir41"] * down["Kir41"] == pytest.approx(1, abs=0.2)


def test_the_enantiomers_together_make_the_racemate() -> None:
    """Half of each: 1/IC50 of the racemate is the mean of 1/IC50."""
    halves = [sheet(name).affinity.IC50.value.value for name in ("s_ketamine", "r_ketamine")]  # type: ignore[union-attr]
    whole = sheet("ketamine").affinity.IC50.value.value  # type: ignore[union-attr]
    assert 2 / (1 / halves[0] + 1 / halves[1]) == pytest.approx(whole, rel=0.03)


# the Hill law in a pore ----------------------------------------------------------------------------------------------

ALONE = """
experiment: alone
title: one nucleus
nuclei:
  lhb: {{size: 4, parameters: {{Mg_out: {magnesium}}}}}
conditions:
  drug:
    {drugs}
seeds: 1
protocol: {{warm_up: 0 s, duration: 1 s}}
"""


def alone(write: Callable[..., Path], drugs: str, magnesium: str = "1 mM") -> Model:
    experiment = config.load(write(ALONE.format(drugs=drugs.replace("\n", "\n    "), magnesium=magnesium)))
    return compose_model(experiment, experiment.conditions[0])


def left(model: Model, parameter: str = "g_NMDA") -> float:
    """What all drugs together leave of a conductance."""
    return model.active("lhb", parameter, 0.5)[0]


def half_maximal(write: Callable[..., Path], drug: str, at: str, magnesium: str) -> float:
    """The concentration (uM) that blocks half, from what one dose leaves."""
    remaining = left(alone(write, f"{drug}: {{dose: 2 uM, at: {at}}}", magnesium))
    return 2 * remaining / (1 - remaining)


# drug, Mg (mM), published IC50 (uM) of GluN1/2A and GluN1/2B at -65 mV (Kotermanski & Johnson 2009)
PUBLISHED = [("ketamine", 0.0, (0.33, 0.31)), ("ketamine", 1.0, (5.35, 5.08)), ("memantine", 1.0, (13.0, 10.2))]


@pytest.mark.parametrize(("drug", "magnesium", "published"), PUBLISHED)
def test_magnesium_weakens_block_as_published(
    write: Callable[..., Path], drug: str, magnesium: float, published: tuple[float, float]
) -> None:
    """Only the value without magnesium is in the sheet; the others follow from competition with Mg (Jahr & Stevens)."""
    found = half_maximal(write, drug, "-65 mV", f"{magnesium} mM")
    assert found == pytest.approx(np.mean(published), rel=0.1)


def test_the_potential_acts_twice(write: Callable[..., Path]) -> None:
    """Depolarisation drives the drug out, but magnesium too, and more so."""
    assert half_maximal(write, "ketamine", "-25 mV", "0 mM") == pytest.approx(0.32 * np.e, rel=1e-6)
    assert half_maximal(write, "ketamine", "-40 mV", "1 mM") < half_maximal(write, "ketamine", "-70 mV", "1 mM")


def test_the_potential_of_the_sheet_holds_unless_another_is_given(write: Callable[..., Path]) -> None:
    said = sheet("ketamine").pore
    assert said is not None
    spoken = f"ketamine: {{dose: 2 uM, at: {said.potential.value.text}}}"
    assert left(alone(write, "ketamine: {dose: 2 uM}")) == left(alone(write, spoken))


def test_arithmetic_of_the_pore() -> None:
    assert pore_ic50(1e-6, -0.065, -0.025, 0.04, unblocked=0.5) == pytest.approx(2e-6 * np.e, rel=1e-12)
    k_on = binding_rate(2e-6, -0.065, k_off=0.3, k_off_at=-0.045, e_fold=0.04)
    at_the_measurement = 0.3 * np.exp((-0.065 + 0.045) / 0.04)
    assert at_the_measurement / k_on == pytest.approx(2e-6, rel=1e-12)


# mixtures ------------------------------------------------------------------------------------------------------------


def test_drugs_together_leave_the_product_of_what_each_leaves(write: Callable[..., Path]) -> None:
    drugs = {"ketamine": "3 uM", "ap5": "2 uM", "memantine": "1 uM", "mibefradil": "1 uM", "tta_p2": "10 nM"}
    single = {name: alone(write, f"{name}: {{dose: {dose}}}") for name, dose in drugs.items()}
    mixed = alone(write, "\n".join(f"{name}: {{dose: {dose}}}" for name, dose in drugs.items()))
    for target, names in {"g_NMDA": ("ketamine", "ap5", "memantine"), "g_T": ("mibefradil", "tta_p2")}.items():
        product = np.prod([left(single[name], target) for name in names])
        assert left(mixed, target) == pytest.approx(product, rel=1e-12)


def test_a_side_effect_follows_its_own_affinity_and_a_block_leaves_it_out(write: Callable[..., Path]) -> None:
    dosed, blocked = alone(write, "mibefradil: {dose: 10 uM}"), alone(write, "mibefradil: {block: 0.8}")
    assert left(dosed, "g_HVA") == pytest.approx(1 - hill_block(10e-6, 18.6e-6), rel=1e-12)
    assert left(blocked, "g_T") == pytest.approx(0.2) and left(blocked, "g_HVA") == 1.0


def test_half_of_kir41_is_blocked_at_the_ic50_of_barium(write: Callable[..., Path]) -> None:
    assert alone(write, "barium: {dose: 10 uM}").active("lhb", "Kir41", 0.5) == (pytest.approx(0.5), 0.0)


# moments of a course --------------------------------------------------------------------------------------------------


def test_a_course_is_held_at_its_moments(write: Callable[..., Path]) -> None:
    """A condition for each, named by it, at the concentration that the course has then."""
    text = ALONE.format(
        drugs="ketamine: {course: {name: human_infusion, after: [0 min, 40 min, 220 min]}}", magnesium="1 mM"
    )
    experiment = config.load(write(text))
    assert [c.name for c in experiment.conditions] == ["drug@0min", "drug@40min", "drug@220min"]
    before, peak, later = (c.uses[0].amount.value for c in experiment.conditions)
    assert before == 0 and peak == pytest.approx(6.5 * 0.78e-6, rel=1e-3)
    assert later == pytest.approx(peak / 2, rel=1e-3), "3 h of half-life after the infusion's end"
    made = [compose_model(experiment, condition) for condition in experiment.conditions]
    assert left(made[0]) == 1.0 and left(made[1]) < left(made[2]) < 1.0


@pytest.mark.parametrize(
    ("more", "message"),
    [(", law: trapping", "law: given 'trapping', expected 'hill': a block that is held"),
     (", onset: 0.5 s", "onset: given '0.5 s', expected none beside 'after'")],
)  # fmt: skip
def test_a_held_moment_takes_no_law_of_trapping_and_no_onset(
    write: Callable[..., Path], more: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        alone(write, f"ketamine: {{course: {{name: human_infusion, after: 40 min}}{more}}}")


# trapping ------------------------------------------------------------------------------------------------------------

BURST_EVERY, BURST_LASTS, AGONIST_LEAVES = 0.25, 0.03, 0.1
CLOSING = 100.0
"""Rate (1/s) at which open NMDA receptors close: openings of 10 ms."""
POTENTIALS = (-0.02, -0.065)
START = P_AMBIENT.value


def bursting(t: float) -> tuple[float, float]:
    """Potential (V) and agonist (relative) of a neuron that bursts four times a second, and so do those that excite it."""
    since = t % BURST_EVERY
    return POTENTIALS[since >= BURST_LASTS], 1.0 + 2.0 * float(np.exp(-since / AGONIST_LEAVES))


def silent(t: float) -> tuple[float, float]:
    return -0.065, 1.0


def pore_cell(*blockers: Blocker) -> Cell:
    given = [catalogue.mechanism(name) for name in ("ions", "leak", "nmda", "action_potential")]
    return compose("cell", [*given, trapping(blockers)])


def rates(cell: Cell, drug: str, concentration: float, potential: float, agonist: float) -> tuple[float, float]:
    """Rates into and out of the pore (1/s), from the mechanism's own equation at a potential."""
    numbers = {key: p.value for key, p in cell.parameters.items()} | {f"c_{drug}": concentration, "v": potential}
    (law,) = (equation.expression for equation in cell.equations if equation.name == f"b_{drug}")
    held = {**numbers, "s_NMDA": 0.0, "ambient_NMDA": agonist, f"a_{drug}": 0.0}
    empty, full = (
        evaluate(law, SteadyState(cell.equations, {**held, f"b_{drug}": occupied}).__getitem__)
        for occupied in (0.0, 1.0)
    )
    return float(empty), float(-full)


def opening(agonist: float) -> float:
    """Rate (1/s) at which closed channels open, so that the mechanism's share of them is open at a steady agonist."""
    share = P_AMBIENT.value * agonist
    return CLOSING * share / (1 - share)


def two_states(drug: str, concentration: float, course: Callable, times: np.ndarray) -> np.ndarray:
    """Occupied pores at these times, by the mechanism's equation, under channels that gate."""
    cell = pore_cell(sheet(drug).blocker())
    # Both rates are proportional to the open channels.
    table = {V: np.array(rates(cell, drug, concentration, V, 1.0)) / P_AMBIENT.value for V in POTENTIALS}

    def change(t: float, state: np.ndarray) -> list[float]:
        (V, agonist), (opened, b) = course(t), state
        into, out = table[V] * opened
        return [opening(agonist) * (1 - opened) - CLOSING * opened, into * (1 - b) - out * b]

    return followed(change, [START, 0.0], times)[1]


def four_states(drug: str, concentration: float, course: Callable, times: np.ndarray) -> np.ndarray:
    """The same by closed, open, open-blocked and closed-blocked channels, typed by hand."""
    blocker, nmda = sheet(drug).blocker(), catalogue.mechanism("nmda").parameters
    magnesium = catalogue.mechanism("ions").parameters["Mg_out"].value / nmda["Mg_half"].value

    def change(t: float, channels: np.ndarray) -> list[float]:
        V, agonist = course(t)
        closed, opened, held, shut = channels
        into = blocker.k_on.value * concentration / (1 + magnesium * np.exp(-V / 16.13e-3)) * opened
        out = blocker.k_off.value * np.exp((V - blocker.V_off.value) / blocker.k_V.value) * held
        gate, trap = opening(agonist) * closed - CLOSING * opened, opening(agonist) * shut - CLOSING * held
        return [-gate, gate - into + out, trap + into - out, -trap]

    return followed(change, [1 - START, START, 0.0, 0.0], times)[2:].sum(axis=0)


def followed(change: Callable, start: list[float], times: np.ndarray) -> np.ndarray:
    """Solution at these times."""
    found = solve_ivp(
        change, (0, times[-1]), start, method="LSODA", t_eval=times, max_step=0.005, rtol=1e-8, atol=1e-10
    )
    return found.y


@pytest.mark.parametrize("course", [silent, bursting])
@pytest.mark.parametrize(("drug", "concentration"), [("ketamine", 10e-6), ("memantine", 20e-6), ("mk801", 3e-6)])
def test_two_states_are_as_good_as_four(drug: str, concentration: float, course: Callable) -> None:
    """Channels gate much faster than blockers come and go, and blocked ones gate as free ones do."""
    times = np.linspace(0, 30, 61)
    two, four = (scheme(drug, concentration, course, times) for scheme in (two_states, four_states))
    assert two[-1] > 0.1
    assert np.abs(two - four).max() < 0.01


def test_bursting_blocks_faster_than_silence() -> None:
    times = np.array([0.0, 5.0])
    slow, fast = (two_states("ketamine", 10e-6, course, times)[-1] for course in (silent, bursting))
    assert 1.5 < fast / slow < 6


def test_the_steady_block_is_the_hill_law_at_that_potential(write: Callable[..., Path]) -> None:
    """Where the sheet gives no entry of its own, and however rarely the channels open: p_open scales both rates."""
    cell = pore_cell(_without_entry("ketamine").blocker())
    into, out = rates(cell, "ketamine", 3e-6, -0.065, 1.0)
    seldom = rates(cell, "ketamine", 3e-6, -0.065, 0.01)
    magnesium = cell.parameters["Mg_out"].quantity.text
    by_hill = 1 - left(alone(write, "ketamine: {dose: 3 uM, at: -65 mV}", magnesium))
    assert into / (into + out) == pytest.approx(by_hill, rel=1e-6)
    assert seldom == pytest.approx((into / 100, out / 100), rel=1e-9)


def _without_entry(name: str) -> InterventionSheet:
    found = sheet(name)
    assert found.pore is not None and found.pore.k_on is not None
    return found.model_copy(update={"pore": found.pore.model_copy(update={"k_on": None})})


def test_an_entry_of_the_sheet_is_that_of_the_pore_and_makes_an_ic50_of_its_own() -> None:
    cell = pore_cell(sheet("ketamine").blocker())
    assert cell.parameters["k_on_ketamine"].tag == "measured"
    into, out = rates(cell, "ketamine", 1e-6, -0.06, 1.0)
    assert out / P_AMBIENT.value == pytest.approx(0.2, rel=1e-9)
    magnesium = cell.parameters["Mg_out"].value / cell.parameters["Mg_half"].value
    assert into / P_AMBIENT.value == pytest.approx(0.3 / (1 + magnesium * np.exp(0.06 / 16.13e-3)), rel=1e-6)


def test_nothing_leaves_a_channel_that_does_not_open() -> None:
    cell = pore_cell(sheet("ketamine").blocker())
    assert rates(cell, "ketamine", 10e-6, -0.02, 0.0) == (0.0, 0.0)


def test_ketamine_memantine_and_mk801_differ_in_their_rates_and_in_a_site_that_does_not_trap() -> None:
    made = {name: trapping([sheet(name).blocker()]) for name in ("ketamine", "memantine", "mk801")}
    texts = {name: found.equations.replace(name, "drug") for name, found in made.items()}
    assert texts["ketamine"] == texts["mk801"]
    deep = [line for line in texts["memantine"].replace(" - a_drug", "").splitlines() if not line.startswith("da_")]
    assert "\n".join(deep) == texts["ketamine"] and "da_drug/dt" in texts["memantine"]
    assert made["memantine"].parameters["k_off_memantine"].value > made["ketamine"].parameters["k_off_ketamine"].value
    assert made["mk801"].parameters["k_off_mk801"].value < 0.1 * made["ketamine"].parameters["k_off_ketamine"].value


# trapping, simulated -------------------------------------------------------------------------------------------------


def blocker(name: str, k_on: str = "2 1/uM/s", k_off: str = "4 1/s") -> Blocker:
    return Blocker(name, number(k_on), number(k_off), number("-60 mV"), number("40 mV"))


def clamped(concentrations: Mapping[str, str], seconds: float = 1.0) -> dict[str, np.ndarray]:
    """Final variables of a cell that a huge leak holds at -60 mV, with its receptors wide open."""
    mechanisms = ["ions", "leak", "nmda", "action_potential", trapping([blocker(name) for name in concentrations])]
    amounts = {"g_L": "1000 nS", "E_L": "-60 mV", "g_NMDA": "0.01 nS", "P_ambient": "1", "Mg_out": "1 mM"}
    amounts |= {f"c_{name}": text for name, text in concentrations.items()}
    job = realise(model(population("cell", mechanisms, 1, amounts), duration=seconds, dt=1e-3), 1)
    return interpret(job).states["cell"]


def test_the_simulator_follows_the_closed_form() -> None:
    found = clamped({"one": "5 uM"})
    unblocked = 1 / (1 + 1 / 3.57 * np.exp(60 / 16.13))
    into, out = 2 * 5 * unblocked, 4.0
    assert found["b_one"][0] == pytest.approx(into / (into + out) * -np.expm1(-(into + out)), rel=1e-4)
    assert found["open_time"][0] == pytest.approx(unblocked, rel=1e-4)
    assert found["release_time_one"][0] == pytest.approx(1.0, rel=1e-4)


def test_two_drugs_of_equal_rates_are_one_drug_of_twice_the_concentration() -> None:
    both, one = clamped({"one": "5 uM", "two": "5 uM"}), clamped({"one": "10 uM"})
    assert both["b_one"] == pytest.approx(both["b_two"], rel=1e-3)
    assert both["b_one"] + both["b_two"] == pytest.approx(one["b_one"], rel=1e-3)


NETWORK = """
experiment: trapped
title: a bursting population and what its channels trap
nuclei:
  lhb: {size: 60}
conditions:
  depressed: {depressed_state: {}}
  nothing:
    depressed_state: {}
    ketamine: {dose: 0 uM, law: trapping}
    memantine: {dose: 0 uM, law: trapping}
    mk801: {dose: 0 uM, wash: 1 s}
    barium: {dose: 0 uM}
  ketamine:
    depressed_state: {}
    ketamine: {dose: 10 uM, law: trapping, onset: 1 s}
  washed:
    depressed_state: {}
    ketamine: {dose: 100 uM, law: trapping, onset: 0.2 s, end: 2.5 s, wash: 0.1 s}
    memantine: {dose: 100 uM, law: trapping, onset: 0.2 s, end: 2.5 s, wash: 0.1 s}
  bath:
    depressed_state: {}
    ketamine: {dose: 30 uM, law: trapping, wash: 5 s}
seeds: 1
protocol: {dt: 0.05 ms, warm_up: 0.5 s, duration: 5 s}
"""


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, dict[str, Result]]:
    """Four conditions of one build."""
    path = tmp_path_factory.mktemp("trapped") / "trapped.yaml"
    path.write_text(NETWORK)
    experiment = config.load(path)
    conditions = [condition for condition in experiment.conditions if condition.name != "bath"]
    jobs = {c.name: realise(compose_model(experiment, c), 1) for c in conditions}
    assert len({job.structure for job in jobs.values()}) == 1
    return experiment, {name: run_job(job, builds.executable(job.structure)) for name, job in jobs.items()}


def test_no_dose_changes_no_spike(trapped: tuple[Experiment, dict[str, Result]]) -> None:
    _, results = trapped
    for one, other in zip(results["depressed"].spikes["lhb"], results["nothing"].spikes["lhb"], strict=True):
        assert one.size > 100 and np.array_equal(one, other)
    assert not results["nothing"].states["lhb"]["b_ketamine"].any()


def test_before_its_onset_a_trapped_drug_changes_no_spike(trapped: tuple[Experiment, dict[str, Result]]) -> None:
    _, results = trapped
    before, drugged = (
        [values[result.spikes["lhb"][0] * 5e-5 < 1.0] for values in result.spikes["lhb"]]
        for result in (results["depressed"], results["ketamine"])
    )
    assert before[0].size > 50 and all(map(np.array_equal, before, drugged))


def test_bursting_neurons_are_blocked_faster_than_silent_ones(trapped: tuple[Experiment, dict[str, Result]]) -> None:
    _, results = trapped
    spikes = np.bincount(results["ketamine"].spikes["lhb"][1], minlength=60)
    blocked = results["ketamine"].states["lhb"]["b_ketamine"]
    assert (blocked > 0).all() and (blocked < 0.5).all()
    assert (spikes > 10).sum() > 5 and (spikes == 0).sum() > 5
    assert 1.3 < blocked[spikes > 10].mean() / blocked[spikes == 0].mean() < 6


def test_blockers_share_the_pores(trapped: tuple[Experiment, dict[str, Result]]) -> None:
    _, results = trapped
    ketamine, memantine = (results["washed"].states["lhb"][f"b_{name}"] for name in ("ketamine", "memantine"))
    assert (ketamine + memantine < 1).all() and (ketamine > 0.02).all() and (memantine > 0.02).all()


def test_the_sites_of_a_partly_trapped_blocker_make_its_ic50_together(write: Callable[..., Path]) -> None:
    """In saturating agonist, whatever share of it sits in front of the gate."""
    blocker, ic50 = sheet("memantine").blocker(), sheet("memantine").affinity.IC50.value.value  # type: ignore[union-attr]
    assert blocker.k_in is not None and blocker.k_out is not None
    leaving = blocker.k_off.value * np.exp((-0.065 - blocker.V_off.value) / blocker.k_V.value)
    deep, superficial = blocker.k_on.value / leaving, blocker.k_in.value / blocker.k_out.value
    assert 1 / (deep + superficial) == pytest.approx(ic50, rel=1e-6)
    assert superficial / (deep + superficial) == pytest.approx(0.167, rel=1e-6)


def test_an_experiment_without_trapping_has_nothing_of_it() -> None:
    experiment = config.load("ketamine")
    cell = experiment.cell("lhb")
    assert not cell.gates and not any("b_" in state for state in cell.states)
    assert not any(name.startswith(("c_", "k_on")) for name in cell.parameters if name != "c_inf")


# what is wrong is told -----------------------------------------------------------------------------------------------

LOW_MAGNESIUM = """\
intervention: low_magnesium
title: Less magnesium in the bath
kind: ion
effects:
  - {parameter: Mg_out, law: scale, amount: {value: 0.1, source: chosen, tag: assumed}}
"""
WRONG = {
    "law without a dose": (
        "ketamine: {block: 0.5, law: trapping}",
        "ketamine.law: given without a dose, expected with one",
    ),
    "wash beside a course": (
        "ketamine: {course: mouse_ip, wash: 1 s}",
        "ketamine.wash: given '1 s', expected none: the course says how it sets in",
    ),
    "no pore": (
        "ap5: {dose: 1 uM, law: trapping}",
        "ap5.law: given 'trapping', expected 'hill' (its sheet has no pore",
    ),
    "potential of trapping": (
        "ketamine: {dose: 1 uM, law: trapping, at: -60 mV}",
        "ketamine.at: given '-60 mV', expected none",
    ),
    "potential of no pore": ("ap5: {dose: 1 uM, at: -60 mV}", "ap5.at: given '-60 mV', expected none"),
    "unknown law": ("ketamine: {dose: 1 uM, law: trap}", "ketamine.law: unknown law 'trap'"),
    "magnesium": (
        "ketamine: {dose: 1 uM}\nlow_magnesium: {}",
        "ketamine.dose: given for the Hill law, expected 'law: trapping', which follows the magnesium that low_magnesium",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_uses(write: Callable[..., Path], case: str) -> None:
    drugs, message = WRONG[case]
    path = write(LOW_MAGNESIUM, "low_magnesium.yaml")
    (path.parent / "interventions").mkdir()
    path.rename(path.parent / "interventions" / path.name)
    with pytest.raises(InputError) as caught:
        alone(write, drugs)
    assert message in caught.value.message


def test_magnesium_may_change_under_trapping(write: Callable[..., Path]) -> None:
    path = write(LOW_MAGNESIUM, "low_magnesium.yaml")
    (path.parent / "interventions").mkdir()
    path.rename(path.parent / "interventions" / path.name)
    made = alone(write, "ketamine: {dose: 1 uM, law: trapping}\nlow_magnesium: {}")
    assert made.active("lhb", "c_ketamine", 0.5) == (1.0, 1e-6)


def test_trapping_needs_double_precision(write: Callable[..., Path]) -> None:
    text = ALONE.format(drugs="ketamine: {dose: 1 uM, law: trapping}", magnesium="1 mM")
    with pytest.raises(InputError, match="precision: given 'single', expected 'double'"):
        config.load(write(text), ["precision=single"])


BLOCKER = """\
intervention: mine
title: A blocker of the pore
kind: drug
effects:
  - {parameter: g_NMDA, law: block}
affinity:
  IC50: {value: 1 uM, source: chosen, tag: assumed}
  hill: {value: 1, source: chosen, tag: assumed}
pore:
  IC50_at: {value: -65 mV, source: chosen, tag: assumed}
  k_off: {value: 1 1/s, source: chosen, tag: assumed}
  k_off_at: {value: -60 mV, source: chosen, tag: assumed}
  e_fold: {value: 40 mV, source: chosen, tag: assumed}
  potential: {value: -60 mV, source: chosen, tag: assumed}
"""
WRONG_SHEETS = {
    "side effects alone": (
        "law: block}",
        "law: block, affinity: {IC50: *one, hill: *one}}",
        "effects: given side effects",
    ),
    "a pore of another conductance": ("g_NMDA", "g_T", "pore: given without an affinity and a block of g_NMDA"),
    "a rate that is a time": (
        "k_off: {value: 1 1/s",
        "k_off: {value: 1 s",
        "pore.k_off.value: given '1 s' (time), expected",
    ),
    "half a superficial site": (
        "pore:\n",
        "pore:\n  superficial_share: {value: 0.2, source: chosen, tag: assumed}\n",
        "pore.superficial_k_off: missing; expected both the share and the rate",
    ),
    "an entry beside a superficial site": (
        "pore:\n",
        "pore:\n  superficial_share: {value: 0.2, source: chosen, tag: assumed}\n"
        "  superficial_k_off: {value: 1 1/s, source: chosen, tag: assumed}\n"
        "  k_on: {value: 1 1/uM/s, source: chosen, tag: assumed}\n",
        "pore.k_on: given beside a superficial site, expected one of them",
    ),
    "a potential beyond a membrane's": ("-65 mV", "-65 V", "pore.IC50_at.value: given '-65 V', expected a value from"),
    "no steepness": ("e_fold: {value: 40 mV", "e_fold: {value: 0 mV", "pore.e_fold.value: given '0 mV', expected"),
    "the concentration of a drug as a target": ("g_NMDA", "c_ketamine", "effects.0.parameter: unknown parameter"),
}


@pytest.mark.parametrize("case", WRONG_SHEETS)
def test_wrong_sheets_of_pore_blockers(tmp_path: Path, case: str) -> None:
    right, wrong, message = WRONG_SHEETS[case]
    one = "{value: 1 uM, source: chosen, tag: assumed}"
    slope = "{value: 1, source: chosen, tag: assumed}"
    wrong = wrong.replace("IC50: *one", f"IC50: {one}").replace("hill: *one", f"hill: {slope}")
    text = BLOCKER.replace(right, wrong, 1)
    if "c_ketamine" in text:
        text = text[: text.index("pore:")]
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_intervention(path)
    assert message in caught.value.message and caught.value.line


def test_a_drug_is_added_by_one_file(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "interventions").mkdir()
    (tmp_path / "interventions" / "mine.yaml").write_text(BLOCKER)
    made = alone(write, "mine: {dose: 1 uM, law: trapping}\nketamine: {dose: 1 uM, law: trapping}")
    assert {"c_mine", "c_ketamine"} <= set(made.changed_parameters("lhb"))
    cell = made.population("lhb").cell
    assert cell is not None and {"b_mine", "b_ketamine"} <= set(cell.states)


# documentation -------------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parent.parent / "docs" / "drugs.md"


@cache
def generate() -> ModuleType:
    """What makes the reference pages."""
    spec = spec_from_file_location("generate", PAGE.parent / "generate.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_cell_has_all_of_it() -> None:
    """Read back, equations and numbers are those that are simulated, and its holding currents are those of the ladder."""
    page = "\n".join(generate().cell())
    cell = config.load("modes").cell("lhb")
    block = page.partition("```text\n")[2].partition("```")[0]
    assert parse_equations(block) == tuple(e for e in cell.equations if e.name != "v_previous")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert {name: parse_quantity(text, cell.parameters[name].unit).value for name, text in rows.items()} == {
        name: p.value for name, p in cell.parameters.items() if name not in generate().PROTOCOL
    }
    experiment = config.load("modes")
    neurons = draw_neurons(compose_model(experiment, experiment.conditions[0]).population("lhb"), 1)
    held = dict(re.findall(r"^\| (-\d+) mV \| (-?[\d.]+) pA \|", page, re.MULTILINE))
    for end, level in (("-77", 0), ("-37", -1)):
        assert float(held[end]) == pytest.approx(1e12 * np.asarray(neurons["I_hold"])[level], abs=1e-3)


def test_the_tables_of_the_page_are_those_of_the_sheets() -> None:
    """Making the documentation makes them anew."""
    text = PAGE.read_text(encoding="utf-8")
    assert generate().with_tables(text) == text
    for name in NAMED:
        assert f"`{name}`" in text


def test_the_example_of_the_page_is_a_sheet_that_works(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = text[text.index("intervention: my_drug") :].split("```")[0]
    path = tmp_path / "my_drug.yaml"
    path.write_text(example)
    assert read_intervention(path).given_as() == ("block", "dose")
