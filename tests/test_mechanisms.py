"""Each mechanism against its formulas typed again by hand in the units of the literature (mV, ms, nS, pA).

The numbers are chosen here, so that a new fit changes no test; shipped numbers are asked for their source alone.
"""

import ast
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2 import DimensionMismatchError, prefs, second
from brian2.core.base import BrianObjectException
from numpy import exp

from lhb_model import catalogue, config
from lhb_model.catalogue import mechanism, mechanism_names
from lhb_model.cell import GIVEN, compose
from lhb_model.composition import compose_model
from lhb_model.equations import FUNCTIONS, UNITS, SteadyState, evaluate, identifiers, parse_equations
from lhb_model.errors import InputError
from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.model import Projection, TraceRequest
from lhb_model.quantities import TAGS, QuantityError, parse_quantity
from lhb_model.sheets import DIVISORS
from lhb_model.simulate.functions import NAMESPACE
from lhb_model.simulate.network import BrianNetwork, build_network
from lhb_model.simulate.realise import Job, realise
from lhb_model.simulate.units import BRIAN_UNITS
from lhb_model.yaml_file import read_yaml
from small_models import cell_of, interpret, model, number, population, replayed, settings

MECHANISMS = mechanism_names()
SYNAPTIC = "short_term_plasticity"
CELLULAR = [name for name in MECHANISMS if name != SYNAPTIC]

# formulas ------------------------------------------------------------------------------------------------------------

SI = {
    "mV": 1e-3,
    "ms": 1e-3,
    "nS": 1e-9,
    "pA": 1e-12,
    "mM": 1e-3,
    "pA/s": 1e-12,
    "1/pA/ms": 1e15,
    "Hz": 1.0,
    "1": 1.0,
    "s": 1.0,
}

NUMBERS = {
    "V_T": (-61.0, "mV"), "f_slow": (0.2, "1"), "T_shift": (3.0, "mV"), "V_m_T": (-60.0, "mV"), "k_m_T": (4.0, "mV"),
    "V_h_T": (-82.0, "mV"), "k_h_T": (5.5, "mV"), "tau_fast": (21.0, "ms"), "tau_slow": (110.0, "ms"),
    "tau_deep": (150.0, "ms"), "phi_T": (1.2, "1"), "phi_n": (1.3, "1"), "V_c": (-15.0, "mV"), "k_c": (4.5, "mV"),
    "tau_c": (1.5, "ms"), "V_w": (-44.0, "mV"), "k_w": (6.0, "mV"), "tau_w": (80.0, "ms"), "V_q": (-84.0, "mV"),
    "k_q": (6.5, "mV"), "tau_NMDA": (90.0, "ms"), "tau_AMPA": (4.0, "ms"), "tau_GABA": (9.0, "ms"),
    "tau_AHP": (120.0, "ms"), "influx_HVA": (2e-3, "1/pA/ms"), "Ca_rest": (0.06, "1"),
    "tau_Ca": (50.0, "ms"), "E_Na": (52.0, "mV"), "E_K": (-91.0, "mV"), "E_Ca": (118.0, "mV"), "E_h": (-41.0, "mV"),
    "E_L": (-68.0, "mV"), "E_AMPA": (1.0, "mV"), "E_GABA": (-72.0, "mV"), "E_glutamate": (2.0, "mV"),
    "Mg_out": (1.3, "mM"), "Mg_half": (3.5, "mM"), "g_Na": (1700.0, "nS"), "g_K": (130.0, "nS"), "g_T": (31.0, "nS"),
    "g_HVA": (7.0, "nS"), "g_SK": (8.0, "nS"), "K_SK": (0.4, "1"), "g_M": (4.0, "nS"), "g_h": (0.3, "nS"),
    "g_NMDA": (9.0, "nS"), "ambient_NMDA": (0.8, "1"), "g_L": (1.7, "nS"), "open_AMPA": (0.7, "1"),
    "open_GABA": (0.6, "1"), "receptors_GABA": (1.4, "1"), "I_hold": (12.0, "pA"), "I_step": (-5.0, "pA"),
    "I_ramp": (40.0, "pA/s"), "ramp_start": (0.5, "s"),
    "g_A": (7.0, "nS"), "V_a": (-57.0, "mV"), "k_a": (5.0, "mV"), "V_b": (-66.0, "mV"),
    "k_b": (7.0, "mV"), "tau_b": (4.0, "ms"), "g_Kir": (5.0, "nS"), "V_Kir": (-86.0, "mV"), "k_Kir": (9.0, "mV"),
}  # fmt: skip
"""Numbers of every parameter that a formula below uses."""


def in_si(numbers: dict[str, tuple[Any, str]]) -> dict[str, Any]:
    return {name: np.asarray(value) * SI[unit] for name, (value, unit) in numbers.items()}


def linoid(x):
    return x / (exp(x) - 1)


def sodium_rates(V):
    u = V + 61
    return (
        0.32 * (13 - u) / (exp((13 - u) / 4) - 1), 0.28 * (u - 40) / (exp((u - 40) / 5) - 1),
        0.128 * exp((17 - u) / 18), 4 / (1 + exp((40 - u) / 5)),
    )  # fmt: skip


def potassium_rates(V):
    u = V + 61
    return 1.3 * 0.032 * (15 - u) / (exp((15 - u) / 5) - 1), 1.3 * 0.5 * exp((10 - u) / 40)


def gate(rates: Callable, opening: int) -> Callable:
    def steady_and_tau(V):
        alpha, beta = rates(V)[opening : opening + 2]
        return alpha / (alpha + beta), 1 / (alpha + beta)

    return steady_and_tau


def h_T(V):
    return 1 / (1 + exp((V + 82 - 3) / 5.5))


def recovery(V):
    return 150 / (1 + exp((V + 80.1 - 3) / 5))


GATES: dict[str, Callable] = {
    "m": gate(sodium_rates, 0),
    "h": gate(sodium_rates, 2),
    "n": gate(potassium_rates, 0),
    "m_T": lambda V: (
        1 / (1 + exp(-(V + 60 - 3) / 4)), (0.6 + 1 / (exp(-(V + 129) / 16.7) + exp((V + 14) / 18.2))) / 1.2
    ),
    "h_fast": lambda V: (h_T(V), (21 + recovery(V)) / 1.2),
    "h_slow": lambda V: (h_T(V), (110 + recovery(V)) / 1.2),
    "c": lambda V: (1 / (1 + exp(-(V + 15) / 4.5)), 1.5),
    "b": lambda V: (1 / (1 + exp((V + 66) / 7)), 4),
    "w": lambda V: (1 / (1 + exp(-(V + 44) / 6)), 80),
    "q": lambda V: (
        1 / (1 + exp((V + 84) / 6.5)), 20 + 1000 / (exp((V + 71.5) / 14.2) + exp(-(V + 89) / 11.6))
    ),
    "s_NMDA": lambda V: (0, 90),
    "s_AMPA": lambda V: (0, 4),
    "s_GABA": lambda V: (0, 9),
    "g_AHP": lambda V: (0, 120),
}  # fmt: skip
"""State variable -> its steady state and time constant (ms) at V (mV)."""

POTENTIALS = np.array([-120.0, -95.0, -82.0, -70.0, -60.5, -55.0, -40.0, -18.0, 0.5, 30.0])


def given_by(found: Mechanism) -> set[str]:
    return {equation.name for equation in parse_equations(found.equations)} | set(found.parameters)


def giver(name: str) -> Mechanism:
    """The mechanism whose equations or parameters hold a name; `ions` where another may replace its number."""
    return (
        mechanism("ions")
        if name in mechanism("ions").parameters
        else next(found for found in map(mechanism, MECHANISMS) if name in given_by(found))
    )


def rate_of_change(state: str, V, **given) -> Callable[[float], Any]:
    """The right-hand side of a differential equation as a function of its own variable, in 1/s."""
    equations = parse_equations(giver(state).equations)
    values = {**in_si(NUMBERS), "v": V * 1e-3, **given}
    rest = SteadyState([e for e in equations if e.name != state], values)
    expression = next(e.expression for e in equations if e.name == state)
    return lambda x: evaluate(expression, lambda name: x if name == state else rest[name])


@pytest.mark.parametrize("state", GATES)
def test_steady_state_and_time_constant(state: str) -> None:
    steady, tau = GATES[state](POTENTIALS)
    rate = rate_of_change(state, POTENTIALS)
    for x in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(rate(x), (steady - x) / (tau * 1e-3), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("state", GATES)
def test_solved_steady_state(state: str) -> None:
    cell = SteadyState(parse_equations(giver(state).equations), {**in_si(NUMBERS), "v": POTENTIALS * 1e-3})
    np.testing.assert_allclose(cell[state], GATES[state](POTENTIALS)[0], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "rate, V, limit",
    [("alpha_m", 13 - 61, 0.32 * 4), ("beta_m", 40 - 61, 0.28 * 5), ("alpha_n", 15 - 61, 1.3 * 0.032 * 5)],
)
def test_rates_at_their_removable_singularities(rate: str, V: float, limit: float) -> None:
    """Where the textbook's formula is 0/0, the rate is its limit, and it is smooth around it."""
    around = V + np.array([-1e-2, -1e-5, -1e-7, 0.0, 1e-7, 1e-5, 1e-2])
    cell = SteadyState(parse_equations(giver(rate).equations), {**in_si(NUMBERS), "v": around * 1e-3})
    found = cell[rate] * 1e-3
    assert found[3] == pytest.approx(limit, rel=1e-9)
    slope = {"alpha_m": 0.16, "beta_m": -0.14, "alpha_n": 1.3 * 0.016}[rate]
    np.testing.assert_allclose(found, limit + slope * (around - V), rtol=1e-5)


def test_calcium_pool() -> None:
    steady, tau = 0.06 + 50 * 2e-3 * 8, 50
    rate = rate_of_change("Ca", -60.0, I_HVA=8e-12)
    for x in (0.0, 0.5, steady):
        assert rate(x) == pytest.approx((steady - x) / (tau * 1e-3), abs=1e-9)


V = POTENTIALS
STATES = {
    "m": 0.3, "h": 0.6, "n": 0.4, "m_T": 0.35, "h_fast": 0.25, "h_slow": 0.7, "c": 0.2, "w": 0.15, "b": 0.35, "q": 0.45,
    "Ca": 0.3, "s_NMDA": 0.5, "s_AMPA": 2e-9, "s_GABA": 3e-9, "g_AHP": 1.5e-9, "I_noise": 7e-12, "t": 0.75,
}  # fmt: skip
CURRENTS = {
    "I_L": 1.7 * (-68 - V),
    "I_Na": 1700 * 0.3**3 * 0.6 * (52 - V),
    "I_K": 130 * 0.4**4 * (-91 - V),
    "I_T": 31 * 0.35**2 * (0.8 * 0.25 + 0.2 * 0.7) * (118 - V),
    "I_HVA": 7 * 0.2**2 * (118 - V),
    "I_SK": 8 * 0.3**2 / (0.3**2 + 0.4**2) * (-91 - V),
    "I_M": 4 * 0.15 * (-91 - V),
    "I_A": 7 / (1 + exp(-(V + 57) / 5)) * 0.35 * (-91 - V),
    "I_Kir": 5 / (1 + exp((V + 86) / 9)) * (-91 - V),
    "I_h": 0.3 * 0.45 * (-41 - V),
    "I_NMDA": 9 * (0.8 + 0.5) / (1 + 1.3 / 3.5 * exp(-V / 16.13)) * (2 - V),
    "I_AMPA": 0.7 * 2 * (1 - V),
    "I_GABA": 0.6 * 1.4 * 3 * (-72 - V),
    "I_AHP": 1.5 * (-91 - V),
    "I_noise": 7 + 0 * V,
    "I_injected": 12 - 5 + 40 * (0.75 - 0.5) + 0 * V,
}
"""Current -> its value (pA, inward positive) at POTENTIALS with these states."""

REVERSAL = {
    "I_L": "E_L", "I_Na": "E_Na", "I_K": "E_K", "I_T": "E_Ca", "I_HVA": "E_Ca", "I_SK": "E_K", "I_M": "E_K",
    "I_A": "E_K", "I_Kir": "E_K",
    "I_h": "E_h", "I_NMDA": "E_glutamate", "I_AMPA": "E_AMPA", "I_GABA": "E_GABA", "I_AHP": "E_K",
}  # fmt: skip


def current(name: str, V) -> Any:
    """A current in pA."""
    values = {**in_si(NUMBERS), **STATES, "v": np.asarray(V) * 1e-3}
    return SteadyState(parse_equations(giver(name).equations), values)[name] * 1e12 + np.zeros(np.shape(V))


@pytest.mark.parametrize("name", CURRENTS)
def test_current(name: str) -> None:
    np.testing.assert_allclose(current(name, POTENTIALS), CURRENTS[name], rtol=1e-12)


@pytest.mark.parametrize("name", REVERSAL)
def test_current_turns_from_inward_to_outward_at_its_reversal_potential(name: str) -> None:
    reversal = NUMBERS[REVERSAL[name]][0]
    below, at, above = current(name, [reversal - 5, reversal, reversal + 5])
    assert below > 0 > above
    assert abs(at) < 1e-9 * below


def test_magnesium_block_deepens_with_hyperpolarisation_and_magnesium() -> None:
    def unblocked(V: float, magnesium: float) -> float:
        values = {**in_si(NUMBERS), "v": V * 1e-3, "Mg_out": magnesium * 1e-3}
        return float(SteadyState(parse_equations(mechanism("nmda").equations), values)["B_Mg"])

    assert unblocked(-80, 1.0) < unblocked(-50, 1.0) < unblocked(0, 1.0) < 1
    assert unblocked(-60, 0.0) == 1
    # Half of the channels are blocked where exp(v/16.13 mV) = Mg/Mg_half.
    assert unblocked(16.13 * np.log(1 / 3.5), 1.0) == pytest.approx(0.5)


# what a mechanism says of itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_has_the_name_of_its_file_and_says_where_it_comes_from(name: str) -> None:
    found = mechanism(name)
    assert found.name == name
    assert len(found.source) > 3 and found.title and found.tag in TAGS
    for key, p in found.parameters.items():
        assert len(p.source) > 3 and p.tag in TAGS, key
        assert p.unit in BRIAN_UNITS, key


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_is_built_of_what_it_names(name: str) -> None:
    """It needs exactly the names it says it needs, and gives what it promises."""
    found = mechanism(name)
    equations = {equation.name for equation in parse_equations(found.equations)}
    anywhere = {"v", "t", "dt", "t_in_timesteps"} | set(UNITS) | set(FUNCTIONS) | set(NAMESPACE)
    made_here = (given_by(found) | assigned_in(statements(found))) - found.requires
    assert names_used(found) - made_here - anywhere == found.requires
    assert set(found.currents) | set(found.receives.values()) | set(found.start) <= equations
    assert found.receives.keys() == found.weight_units.keys()
    assert all(current.startswith("I_") for current in found.currents), "the scheme knows currents by their names"


@pytest.mark.parametrize("name", MECHANISMS)
def test_no_parameter_is_idle(name: str) -> None:
    """Each is used by its own mechanism, by another one, or by the membrane equation."""
    used = {"C"}.union(*(names_used(mechanism(other)) for other in MECHANISMS))
    assert set(mechanism(name).parameters) <= used


def statements(found: Mechanism) -> str:
    return "\n".join(map(textwrap.dedent, (found.each_step, found.reset)))


def names_used(found: Mechanism) -> set[str]:
    expressions = [e.expression for e in parse_equations(found.equations)] + [found.threshold, found.refractory]
    trees = map(ast.parse, (statements(found), *filter(None, expressions)))
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def assigned_in(text: str) -> set[str]:
    targets = [node.targets[0] for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


# composition ---------------------------------------------------------------------------------------------------------


def test_a_cell_sums_its_currents_into_the_membrane_equation() -> None:
    cell = cell_of(["leak", "sodium", "ions", "action_potential"])
    assert cell.equations[-1].text() == "dv/dt = (I_L + I_Na)/C : volt"
    assert cell.states == ("m", "h", "v")
    assert cell.per_neuron == {"C", "g_L", "E_L", "g_Na"}


@pytest.mark.parametrize(
    "names, complaint",
    [
        (["leak", "sodium", "action_potential"], "'sodium' needs E_Na"),
        (["leak", "ions", "potassium", "action_potential"], "'potassium' needs V_T"),
        (["leak", "leak", "action_potential"], "two mechanisms give C, E_L, I_L, g_L"),
        (["leak"], "exactly one mechanism with a threshold, it has 0"),
        (["leak", "action_potential", "integrate_and_fire"], "exactly one mechanism with a threshold, it has 2"),
        (["noise_current", "action_potential"], "needs a membrane"),
    ],
)
def test_what_is_no_cell_is_refused(names: list[str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        compose("lhb", [mechanism(name) for name in names])


def test_one_receptor_is_given_by_one_mechanism() -> None:
    ampa = mechanism("ampa")
    again = replace(
        ampa,
        name="other",
        equations=ampa.equations.replace("AMPA", "other"),
        parameters={key.replace("AMPA", "other"): value for key, value in ampa.parameters.items()},
        currents=("I_other",),
        receives={"ampa": "s_other"},
    )
    with pytest.raises(InputError, match="two mechanisms give the receptor ampa"):
        cell_of(["leak", ampa, again, "action_potential"])


@pytest.mark.parametrize("name", MECHANISMS)
def test_no_parameter_may_be_zero_that_equations_divide_by(name: str) -> None:
    """Then no argument of `exp` is infinite, of which the compiled one makes not-a-number (simulate/functions.py)."""
    chosen = mechanism(name)
    for equation in parse_equations(chosen.equations):
        nodes = list(ast.walk(ast.parse(equation.expression or "0", mode="eval")))
        divisors = [node.right for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
        for divisor in map(ast.unparse, divisors):
            for parameter in identifiers(divisor) & chosen.parameters.keys():
                with np.errstate(divide="ignore", invalid="ignore"):
                    value = evaluate(divisor, lambda name, zero=parameter: np.float64(name != zero))  # type: ignore[misc]
                assert value != 0 or DIVISORS.fullmatch(parameter), (equation.name, divisor, parameter)


def test_a_mechanism_cannot_spread_what_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="g_X"):
        replace(mechanism("leak"), per_neuron=frozenset({"g_X"}))


# units ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def numpy_target() -> Iterator[None]:
    before = prefs.codegen.target
    prefs.codegen.target = "numpy"
    yield
    prefs.codegen.target = before


def check_units(job: Job) -> BrianNetwork:
    """Build the network and let Brian2 check the units of all equations and statements, as it does before a run."""
    made = build_network(job.structure, dict(job.wiring), dict(job.spike_sources), dict(job.recorded))
    made.network.run(0 * second, namespace={})
    return made


def with_its_needs(names: Iterable[str]) -> list[str]:
    """Mechanisms with others that give what they require."""
    chosen = list(dict.fromkeys(["ions", "leak", *names]))
    for name in chosen:
        given = GIVEN.union(*(given_by(mechanism(other)) for other in chosen))
        chosen += sorted({giver(need).name for need in mechanism(name).requires - given})
    spikes = any(mechanism(name).threshold for name in chosen)
    return chosen if spikes else [*chosen, "action_potential"]


@pytest.mark.parametrize("name", CELLULAR)
def test_units_of_a_mechanism(name: str, numpy_target: None) -> None:
    check_units(realise(model(population("cell", with_its_needs([name]), 2, {})), 1))


WRONG = {
    "a current that is a conductance": {"equations": "I_X = g_X : amp"},
    "a potential that is a time": {"equations": "I_X = g_X*(5*ms - v) : amp"},
    "a rate without a time": {"equations": "I_X = g_X*y*v : amp\ndy/dt = -y : 1"},
    "an exponent with a unit": {"equations": "I_X = g_X*exp(v)*v : amp"},
    "a statement of another unit": {"equations": "I_X : amp", "each_step": "I_X = g_X"},
    "a reset of another unit": {"equations": "I_X : amp", "reset": "I_X += v"},
    "a threshold that compares unlikes": {"equations": "I_X : amp", "threshold": "v > g_X"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_units_would_be_found(wrong: str, numpy_target: None) -> None:
    """The check above can fail."""
    leak = mechanism("leak")
    bad = replace(leak, name="bad", parameters={"g_X": number("1 nS")}, per_neuron=frozenset(), currents=("I_X",))
    spikes = [] if "threshold" in WRONG[wrong] else ["action_potential"]
    cells = population("cell", [leak, replace(bad, **WRONG[wrong]), *spikes], 2, {})
    with pytest.raises((BrianObjectException, DimensionMismatchError)) as caught:
        check_units(realise(model(cells), 1))
    causes = [caught.value, caught.value.__cause__]
    assert any(isinstance(cause, DimensionMismatchError) or "unit" in str(cause).lower() for cause in causes)


ONE_NUCLEUS = """
experiment: one_nucleus
title: a nucleus alone
nuclei:
  {name}: {{size: {size}}}
conditions:
  control: {{}}
seeds: 1
protocol: {{warm_up: 0 s, duration: 0.1 s}}
"""


@pytest.mark.parametrize("name", catalogue.sheet_paths("nucleus"))
def test_a_shipped_nucleus_has_right_units_and_brian_reads_its_text_as_we_do(
    name: str, numpy_target: None, write: Callable
) -> None:
    experiment = config.load(write(ONE_NUCLEUS.format(name=name, size=POTENTIALS.size)))
    composed = compose_model(experiment, experiment.conditions[0])
    job = realise(composed, 1)
    group = check_units(job).groups[name]
    values = {key.split(".")[1]: value for key, value in settings(job).items()} | {"v": POTENTIALS * 1e-3}
    for key, value in values.items():
        group.variables[key].get_value()[:] = value
    cell = composed.populations[0].cell
    assert cell is not None
    ours = SteadyState(cell.equations, values)
    for line in cell.equations:
        if line.expression and not line.differential:
            found = getattr(group, f"{line.name}_")[:]
            np.testing.assert_allclose(found, ours[line.name] + np.zeros(V.size), rtol=1e-9, atol=1e-20)


def test_units_of_the_shipped_networks(numpy_target: None) -> None:
    """The nuclei with their synapses, weights and plasticity; once for experiments that differ in numbers alone."""
    jobs = {}
    for name in catalogue.sheet_paths("experiment"):
        experiment = config.load(name)
        job = realise(compose_model(experiment, experiment.conditions[0]), 1)
        kinds = {(c.source, c.target, c.targets, c.plastic) for c in job.structure.connections}
        jobs[frozenset(kinds), frozenset(group.equations for group in job.structure.groups)] = job
    assert any(job.wiring for job in jobs.values())
    for job in jobs.values():
        check_units(job)


# in a simulation -----------------------------------------------------------------------------------------------------

TRAIN = np.array([10.0, 15.0, 20.0, 60.0, 62.0])
"""Spikes of the source, ms."""
PLASTIC = {"U": 0.2, "tau_facilitation": 80.0, "tau_depression": 40.0}


def played(job: Job, name: str) -> Job:
    """The job with the source's spikes written by hand."""
    steps = np.rint(TRAIN / 0.1).astype(np.int64)
    return replace(job, spike_sources={name: (steps, np.zeros(steps.size, int))})


def plastic_efficacies() -> np.ndarray:
    """u*x at each spike of TRAIN (Tsodyks, Pawelzik & Markram 1998)."""
    u, x, last, found = 0.0, 1.0, -np.inf, []
    for t in TRAIN:
        u *= exp(-(t - last) / PLASTIC["tau_facilitation"])
        x = 1 - (1 - x) * exp(-(t - last) / PLASTIC["tau_depression"])
        u += PLASTIC["U"] * (1 - u)
        found.append(u * x)
        x, last = x * (1 - u), t
    return np.array(found)


def conductance(times: np.ndarray, jumps: np.ndarray, tau: float, delay: float) -> np.ndarray:
    """Sum of exponentials that begin `delay` after the spikes of TRAIN."""
    since = times[:, None] - TRAIN - delay
    return np.sum(np.where(since > -1e-6, jumps * exp(-since / tau), 0), axis=1)


def test_synapses_jump_by_their_weight_decay_exponentially_and_follow_their_plasticity() -> None:
    amounts = {"tau_AMPA": "5 ms", "tau_GABA": "8 ms"}
    one, two = (population(name, ["leak", "ampa", "gaba_a", "action_potential"], 1, amounts) for name in ("one", "two"))
    units = {"U": "", "tau_facilitation": " ms", "tau_depression": " ms"}
    plasticity = {name: number(f"{value}{units[name]}") for name, value in PLASTIC.items()}
    weights = {"ampa": number("2 nS"), "gaba_a": number("3 nS")}
    wires = (
        Projection("to one", "source", "one", 1, 2e-3, weights),
        Projection("to two", "source", "two", 1, 1e-3, weights, plasticity),
    )
    traces = tuple(TraceRequest(n, s, 1, 1e-4, (0, 0.1)) for n in ("one", "two") for s in ("s_AMPA", "s_GABA"))
    network = model(replayed("source", 1), one, two, projections=wires, traces=traces)
    found = interpret(played(realise(network, 1), "source")).traces
    times = 0.1 * np.arange(found["trace_one_s_AMPA"].size)
    # A spike of step k is emitted in it, arrives a delay later and is seen at the beginning of the step after that.
    late, static = 0.1, np.ones(TRAIN.size)
    expected = {
        "trace_one_s_AMPA": conductance(times, 2 * static, 5, 2 + late),
        "trace_one_s_GABA": conductance(times, 3 * static, 8, 2 + late),
        "trace_two_s_AMPA": conductance(times, 2 * plastic_efficacies(), 5, 1 + late),
        "trace_two_s_GABA": conductance(times, 3 * plastic_efficacies(), 8, 1 + late),
    }
    for name, trace in expected.items():
        np.testing.assert_allclose(found[name][:, 0] * 1e9, trace, atol=2e-4, err_msg=name)


# numbers in the sheets -----------------------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    try:
        parse_quantity(value, None if isinstance(value, str) else "1")
    except QuantityError:
        return False
    return True


def unsourced(data: Any, sourced: bool = False, path: str = "") -> Iterator[str]:
    """Places of numbers that no source (or why) and tag stand beside, or beside a key that holds them."""
    if isinstance(data, dict):
        told = [str(data.get(key, "")) for key in ("source", "why")]
        sourced = sourced or (any(len(text) > 3 for text in told) and data.get("tag") in TAGS)
        for key, value in data.items():
            yield from unsourced(value, sourced, f"{path}.{key}")
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from unsourced(value, sourced, f"{path}[{place}]")
    elif is_number(data) and not sourced:
        yield path


def test_the_walk_through_the_sheets_finds_what_it_should() -> None:
    sheet = {
        "bare": 3,
        "text": "3 nS of it",
        "quantity": "3 nS",
        "good": {"value": "3 nS", "source": "somebody", "tag": "fitted"},
        "no tag": {"value": 1.5, "source": "somebody"},
        "wrong tag": {"value": 1.5, "source": "somebody", "tag": "guessed"},
        "group": [{"why": "because", "tag": "assumed", "weights": {"ampa": "2 nS"}}, {"weights": {"ampa": "2 nS"}}],
    }
    expected = [".bare", ".quantity", ".no tag.value", ".wrong tag.value", ".group[1].weights.ampa"]
    assert list(unsourced(sheet)) == expected


@pytest.mark.parametrize("name", catalogue.sheet_paths("nucleus"))
def test_numbers_of_a_nucleus_have_a_source(name: str) -> None:
    """All but its default size, and means of the background, which the next test derives from sourced numbers."""
    data = dict(read_yaml(catalogue.sheet_path("nucleus", name)).data)
    data.pop("size")
    data["rest"] = {key: value for key, value in data.get("rest", {}).items() if key != "fixed"}
    assert list(unsourced(data)) == []


@pytest.mark.parametrize("name", catalogue.sheet_paths("nucleus"))
def test_fixed_inputs_are_the_means_of_the_background(name: str, write: Callable) -> None:
    experiment = config.load(write(ONE_NUCLEUS.format(name=name, size=2)))
    nucleus = compose_model(experiment, experiment.conditions[0]).populations[0]
    fixed = dict(nucleus.rest.fixed) if nucleus.rest else {}
    numbers = {key: p.value for key, p in nucleus.parameters.items()}
    for receptor in ("AMPA", "NMDA"):
        if f"s_{receptor}" in fixed:
            mean = numbers["background_rate"] * numbers[f"background_{receptor}"] * numbers[f"tau_{receptor}"]
            assert fixed.pop(f"s_{receptor}") == pytest.approx(mean, rel=0.02)
    assert not fixed, "a fixed value that is no mean of the background needs a source"


@pytest.mark.parametrize("name", catalogue.sheet_paths("intervention"))
def test_numbers_of_an_intervention_have_a_source(name: str) -> None:
    assert list(unsourced(read_yaml(catalogue.sheet_path("intervention", name)).data)) == []


@pytest.mark.parametrize("name", catalogue.sheet_paths("experiment"))
def test_wiring_and_replayed_trains_have_a_source(name: str) -> None:
    data = read_yaml(catalogue.sheet_path("experiment", name)).data
    replays = [use["replay"] for use in data.get("nuclei", {}).values() if "replay" in use]
    assert list(unsourced([data.get("wiring", []), replays])) == []
