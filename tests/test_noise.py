"""Counter-based noise: the same bits in C++ and NumPy, the distribution it claims, and independence of its neighbours.

The compiled exp and linoid stand here too: they are checked with the same few lines of C++.
"""

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lhb_model.equations import linoid
from lhb_model.model import TraceRequest
from lhb_model.simulate import cache, functions, toolchain
from lhb_model.simulate.functions import draw, normal_noise, uniform_noise
from lhb_model.simulate.job import Result
from lhb_model.simulate.realise import Job, realise
from small_models import interpret, model, population, settings

# C++ and NumPy -------------------------------------------------------------------------------------------------------

KEYS = np.array([0, 1, 2, 3, 77, 12345, 2**30, 2**31 - 1, -1, -(2**31)], dtype=np.int64)
STEPS = (0, 1, 2, 3, 1000, 220_000, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 5)
STREAMS = (0, 1, 2, 3, 40)
POINTS = np.concatenate([np.linspace(-60, 60, 241), [0.0, -0.0, 1e-7, -1e-7, 0.99e-6, 1.01e-6, -1.01e-6, 1e-300]])

PROGRAM = f"""
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
{functions.CPP_NOISE}
{functions.CPP_EXP}
int main() {{
    double x;
    while (scanf("%lf", &x) == 1) {{
        double key, step, stream;
        if (x == 0) scanf("%lf %lf %lf", &key, &step, &stream);
        if (x == 1) {{ scanf("%lf", &x); printf("%.17g %.9g\\n", linoid(x), linoid((float)x)); continue; }}
        if (x == 2) {{ scanf("%lf", &x); printf("%.17g %.9g\\n", lhb_exp(x), lhb_exp((float)x)); continue; }}
        const double uniform = uniform_noise((int32_t)key, (int64_t)step, (int32_t)stream);
        printf("%.17g %.17g\\n", uniform, normal_noise((int32_t)key, (int64_t)step, (int32_t)stream));
    }}
    return 0;
}}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C++ functions, compiled with the flags that models are compiled with."""
    tools = toolchain.detect(cache.folder())
    if tools is None:
        pytest.skip("no C++ compiler")
    folder = tmp_path_factory.mktemp("functions")
    (folder / "functions.cpp").write_text(PROGRAM)
    subprocess.run([tools.compiler, *tools.flags, "functions.cpp", "-o", "functions"], cwd=folder, check=True)
    return folder / "functions"


def answers(program: Path, lines: list[str]) -> np.ndarray:
    said = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True).stdout
    return np.array(said.split(), dtype=float)


def test_compiled_and_interpreted_draws_are_the_same_bits(compiled: Path) -> None:
    moments = [(step, stream) for step in STEPS for stream in STREAMS]
    found = answers(compiled, [f"0 {key} {step} {stream}" for step, stream in moments for key in KEYS]).reshape(-1, 2)
    uniform = np.concatenate([uniform_noise(KEYS, step, stream) for step, stream in moments])
    normal = np.concatenate([normal_noise(KEYS, step, stream) for step, stream in moments])
    np.testing.assert_array_equal(found[:, 0], uniform)
    np.testing.assert_array_equal(found[:, 1], normal)


def test_compiled_and_interpreted_linoid_agree(compiled: Path) -> None:
    double, single = answers(compiled, [f"1 {x!r}" for x in POINTS.tolist()]).reshape(-1, 2).T
    # Without expm1, x/(exp(x) - 1) loses digits near zero.
    np.testing.assert_allclose(double, linoid(POINTS), rtol=1e-12)
    np.testing.assert_allclose(single, linoid(POINTS), rtol=5e-6)


def test_the_inlined_exp_is_exp(compiled: Path) -> None:
    points = np.concatenate([np.linspace(-80, 80, 6001), [0.0, -0.0, 1e-300, -1e-300]])
    double, single = answers(compiled, [f"2 {x!r}" for x in points.tolist()]).reshape(-1, 2).T
    np.testing.assert_allclose(double, np.exp(points), rtol=2e-14)
    np.testing.assert_allclose(single, np.exp(points.astype(np.float32)), rtol=1e-6)


def test_the_inlined_exp_is_nothing_far_below_zero_huge_far_above_and_no_number_of_none(compiled: Path) -> None:
    points = [-710.0, -1e6, -1e9, 710.0, 1e6, 1e9, np.nan]
    for found in answers(compiled, [f"2 {x!r}" for x in points]).reshape(-1, 2).T:
        assert np.all(np.abs(found[:3]) < 1e-25)
        assert np.all(found[3:6] > 1e25)
        assert np.isnan(found[6])


def test_draws_follow_the_published_hash() -> None:
    """Key 0 at step 0 of stream 0 mixes zeros, which the hash leaves; else lowbias32, typed again in plain integers."""

    def mix(x: int) -> int:
        x = (x ^ (x >> 16)) * 0x7FEB352D % 2**32
        x = (x ^ (x >> 15)) * 0x846CA68B % 2**32
        return x ^ (x >> 16)

    assert draw(np.array([0]), 0, 0) == [0]
    for key, step, stream in ((1, 0, 0), (7, 3, 1), (123456789, 99_999, 2), (2**31 - 1, 2**31 - 1, 3)):
        moment = mix((step + stream * 0x9E3779B9) % 2**32)
        assert draw(np.array([key]), step, stream) == [mix((mix(moment ^ key) + key) % 2**32)]


# distribution --------------------------------------------------------------------------------------------------------

MANY = np.random.default_rng(1).integers(0, 2**31, 200_000)
"""Keys as neurons have them."""
ONE_NEURON = 4000


def sum_of_four_uniform(x: np.ndarray) -> np.ndarray:
    """Distribution function of four uniform numbers added, of mean 0 and variance 1 (Irwin 1927, Hall 1927)."""
    s = np.asarray(x) / np.sqrt(3) + 2
    return sum(c * np.clip(s - k, 0, None) ** 4 for k, c in enumerate((1, -4, 6, -4, 1))) / 24


def over_time(noise, key: int, stream: int) -> np.ndarray:
    return np.concatenate([noise([key], step, stream) for step in range(ONE_NEURON)])


@pytest.mark.parametrize("step, stream", [(0, 1), (1, 1), (123_456, 1), (7, 2)])
def test_uniform_draws_of_many_neurons_are_uniform(step: int, stream: int) -> None:
    drawn = uniform_noise(MANY, step, stream)
    assert 0 < drawn.min() and drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("step, stream", [(0, 2), (1, 2), (123_456, 2), (7, 1)])
def test_normal_draws_of_many_neurons_have_their_distribution(step: int, stream: int) -> None:
    drawn = normal_noise(MANY, step, stream)
    assert stats.kstest(drawn, sum_of_four_uniform).pvalue > 1e-3
    assert abs(drawn.mean()) < 4 / np.sqrt(MANY.size)
    # The excess kurtosis of four uniform numbers is -0.3.
    assert abs(drawn.var() - 1) < 4 * np.sqrt(1.7 / MANY.size)


def test_successive_keys_serve_as_well_as_random_ones() -> None:
    assert stats.kstest(uniform_noise(np.arange(200_000), 5, 1), "uniform").pvalue > 1e-3


@pytest.mark.parametrize("key", [0, 987_654_321])
def test_draws_of_one_neuron_over_time_have_their_distribution(key: int) -> None:
    assert stats.kstest(over_time(uniform_noise, key, 1), "uniform").pvalue > 1e-3
    assert stats.kstest(over_time(normal_noise, key, 2), sum_of_four_uniform).pvalue > 1e-3


def assert_uncorrelated(a: np.ndarray, b: np.ndarray) -> None:
    """Neither the numbers nor their distances from the mean go together."""
    for f in (lambda x: x, lambda x: abs(x - x.mean())):
        assert abs(np.corrcoef(f(a), f(b))[0, 1]) < 4.5 / np.sqrt(a.size)


@pytest.mark.parametrize("noise", [uniform_noise, normal_noise])
def test_neighbouring_neurons_steps_and_streams_are_uncorrelated(noise) -> None:
    keys = np.arange(200_000)
    here = noise(keys, 1000, 1)
    assert_uncorrelated(here[:-1], here[1:])
    for step, stream in ((1001, 1), (1002, 1), (1000 + 2**16, 1), (1000, 0), (1000, 2), (1001, 2)):
        assert_uncorrelated(here, noise(keys, step, stream))
    for flipped in (1, 2**15, 2**16, 2**30):
        assert_uncorrelated(here, noise(keys ^ flipped, 1000, 1))


@pytest.mark.parametrize("noise", [uniform_noise, normal_noise])
def test_one_neuron_has_no_memory(noise) -> None:
    course, neighbour = over_time(noise, 42, 2), over_time(noise, 43, 2)
    for lag in (1, 2, 3, 256):
        assert_uncorrelated(course[:-lag], course[lag:])
    assert_uncorrelated(course, neighbour)


def test_the_two_draws_of_a_step_are_independent() -> None:
    """Background events (stream 1) do not go with the noise current (stream 2)."""
    assert_uncorrelated(uniform_noise(MANY, 11, 1), normal_noise(MANY, 11, 2))


# in a simulation -----------------------------------------------------------------------------------------------------

CELLS, SECONDS, DT = 150, 0.22, 2e-4
SIGMA, TAU, RATE = 8e-12, 4e-3, 150.0


@pytest.fixture(scope="module")
def noisy() -> Iterator[tuple[Job, Result]]:
    """Passive cells with a noise current and a background whose NMDA state counts events: it hardly decays."""
    amounts = {"sigma_noise": "8 pA", "tau_noise": "4 ms", "background_rate": "150 Hz", "background_AMPA": "1 nS"}
    amounts |= {"background_NMDA": "1", "tau_NMDA": "1e9 s", "tau_AMPA": "5 ms", "g_NMDA": "0 nS", "V_spike": "0 mV"}
    mechanisms = ["ions", "leak", "ampa", "nmda", "background", "noise_current", "action_potential"]
    cells = population("cell", mechanisms, CELLS, amounts)
    variables = {"I_noise": 5 * DT, "s_NMDA": DT, "s_AMPA": 50 * DT}
    traces = tuple(TraceRequest("cell", name, CELLS, every, (0.0, SECONDS)) for name, every in variables.items())
    job = realise(model(cells, duration=SECONDS, dt=DT, traces=traces), 3)
    yield job, interpret(job)


def test_noise_current_has_its_standard_deviation_and_no_mean(noisy: tuple[Job, Result]) -> None:
    current = noisy[1].traces["trace_cell_I_noise"].astype(float)
    settled = current[40:]
    independent = CELLS * settled.shape[0] * 5 * DT / (2 * TAU)
    assert abs(settled.mean()) < 4 * SIGMA / np.sqrt(independent)
    assert settled.std() == pytest.approx(SIGMA, rel=4 / np.sqrt(2 * independent))
    assert stats.kstest(settled[-1] / SIGMA, "norm").pvalue > 1e-3


def test_noise_current_forgets_exponentially_and_differs_between_neurons(noisy: tuple[Job, Result]) -> None:
    current = noisy[1].traces["trace_cell_I_noise"][40:].astype(float) / SIGMA
    for lag in (1, 4, 8, 24):
        correlation = np.mean(current[:-lag] * current[lag:])
        assert correlation == pytest.approx(np.exp(-lag * 5 * DT / TAU), abs=0.03)
    between = np.corrcoef(current.T)[np.triu_indices(CELLS, 1)]
    assert abs(between.mean()) < 0.005


def test_background_events_are_poisson_at_the_set_rate(noisy: tuple[Job, Result]) -> None:
    counted = np.rint(noisy[1].traces["trace_cell_s_NMDA"]).astype(int)
    events = np.diff(counted, axis=0)
    assert set(np.unique(events)) == {0, 1}
    per_cell, expected = events.sum(axis=0), RATE * DT * events.shape[0]
    assert per_cell.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / CELLS))
    # At most one event a step: binomial, a little narrower than Poisson.
    assert per_cell.var() / per_cell.mean() == pytest.approx(1 - RATE * DT, abs=4 * np.sqrt(2 / CELLS))
    intervals = np.concatenate([np.diff(np.flatnonzero(train)) for train in events.T])
    longest = int(intervals.max())
    chances = stats.geom.pmf(np.arange(1, longest + 1), RATE * DT)
    assert intervals.mean() == pytest.approx(np.average(np.arange(1, longest + 1), weights=chances), rel=0.1)
    assert abs(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairwise(events.T)])) < 0.005


def test_background_events_open_ampa_receptors_by_their_share(noisy: tuple[Job, Result]) -> None:
    """Mean conductance = rate * increment * decay time (Campbell)."""
    conductance = noisy[1].traces["trace_cell_s_AMPA"][10:].astype(float)
    assert conductance.mean() == pytest.approx(RATE * 1e-9 * 5e-3, rel=0.03)
    assert conductance.var() == pytest.approx(RATE * 1e-18 * 5e-3 / 2, rel=0.06)


def test_each_neuron_sees_the_draws_of_its_key(noisy: tuple[Job, Result]) -> None:
    """The first steps worked out from the keys; a step's own draws are in its sample."""
    job, result = noisy
    key = settings(job)["cell.noise_key"]
    noise, counted = (result.traces[f"trace_cell_{name}"] for name in ("I_noise", "s_NMDA"))
    kick, decay = SIGMA * np.sqrt(1 - np.exp(-2 * DT / TAU)), np.exp(-DT / TAU)
    current, events = np.zeros(CELLS), np.zeros(CELLS)
    for step in range(11):
        current = current * decay + kick * normal_noise(key, step, 2)
        events += uniform_noise(key, step, 1) < RATE * DT
        np.testing.assert_array_equal(np.rint(counted[step]), events)
        if step % 5 == 0:
            np.testing.assert_allclose(noise[step // 5], current, rtol=1e-5, atol=1e-17)
