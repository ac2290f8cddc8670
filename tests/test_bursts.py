"""Bursts against planted bursts, closed forms, an integer oracle, and the answers of published code."""

import gzip
import importlib.util
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from lhb_model.bursts import (
    CMA,
    PRESETS,
    ClassCriteria,
    LogISI,
    MaxInterval,
    PoissonSurprise,
    class_of,
    classify,
    find_bursts,
    neuron_statistics,
    parse_rule,
    poisson_share_in_bursts,
    sensitivity,
)
from lhb_model.bursts.poisson_surprise import poisson_surprise
from lhb_model.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT.parent / "shared" / "bursts"

STEP = 1e-4  # s
ADAPTIVE = [PoissonSurprise(), LogISI(), LogISI(smoothing=5), CMA()]


def spans(times, rule, span=None):
    """[first, last] of each burst."""
    bursts = find_bursts(times, rule, span)
    return [list(pair) for pair in zip(bursts["first_spike"], bursts["last_spike"], strict=True)]


def train(*intervals, start=1.0):
    """Spike times (s) with the given intervals (ms)."""
    return start + np.cumsum([0, *intervals]) / 1000


def planted(rng, n_bursts=60, inside=(0.004, 0.008), between=(1.5, 4.0)):
    """A train of bursts of 3 to 8 spikes with singles strewn between, and each burst's [first, last]."""
    times, truth, now = [], [], 0.0
    for _ in range(n_bursts):
        now += rng.uniform(*between)
        if rng.random() < 0.3:
            times.append(now)
            now += rng.uniform(*between)
        size = int(rng.integers(3, 9))
        truth.append([len(times), len(times) + size - 1])
        times.extend(now + np.concatenate([[0], np.cumsum(rng.uniform(*inside, size - 1))]))
        now = times[-1]
    return np.array(times), truth


# --- MaxInterval against planted bursts and ties made by hand


@pytest.mark.parametrize("rule", ["lhb", "dopamine", LogISI(), LogISI(smoothing=5), CMA()])
@pytest.mark.parametrize("seed", range(3))
def test_planted_bursts_are_found(rule, seed):
    times, truth = planted(np.random.default_rng(seed))
    assert spans(times, rule) == truth


def test_a_row_tells_all_of_a_burst():
    (burst,) = find_bursts(train(300, 10, 30, 10, 500), "lhb", span=(0, 60))
    assert (burst["first_spike"], burst["last_spike"], burst["spikes"]) == (1, 4, 4)
    assert burst["start"] == pytest.approx(1.3) and burst["end"] == pytest.approx(1.35)
    assert burst["duration"] == pytest.approx(0.05)
    assert burst["intra_burst_frequency"] == pytest.approx(3 / 0.05)
    assert not burst["run_on"] and not burst["cut"]


@pytest.mark.parametrize("start", [0.0, 1.0, 999.9, 123456.7])
@pytest.mark.parametrize(
    ("intervals", "rule", "expected"),
    [
        ((300, 20, 300), "lhb", [[1, 2]]),  # interval = start
        ((300, 20.1, 300), "lhb", []),
        ((300, 10, 100, 300), "lhb", [[1, 3]]),  # interval = end
        ((300, 10, 100.1, 300), "lhb", [[1, 2]]),
        ((300, 90, 10, 300), "lhb", [[2, 3]]),  # 90 ms goes on, but does not start
        ((5, 5, 200, 5, 5, 500), MaxInterval(0.02, 0.1, min_ibi=0.2), [[0, 2], [3, 5]]),  # gap = min_ibi
        ((5, 5, 199.9, 5, 5, 500), MaxInterval(0.02, 0.1, min_ibi=0.2), [[0, 5]]),
        ((5, 150, 5, 150, 5, 150, 5, 300, 5), MaxInterval(0.02, 0.1, min_ibi=0.2), [[0, 7], [8, 9]]),
        (
            (5, 30, 40, 5, 150, 5),
            MaxInterval(0.005, 0.02, min_ibi=0.1),
            [[0, 4], [5, 6]],
        ),  # singles in the gap
        ((25, 25, 300, 25, 24.9), MaxInterval(0.03, 0.1, min_duration=0.05), [[0, 2]]),  # duration = min
        ((5, 5, 300, 5), MaxInterval(0.02, 0.1, min_spikes=3), [[0, 2]]),
        ((5, 150, 5, 400, 5), MaxInterval(0.02, 0.1, 0.2, 0.1, 4), [[0, 3]]),  # merged first, then dropped
        ((300, 170, 300, 300, 301), "neuroexplorer", [[1, 4]]),
        ((300, 80, 160, 161), "dopamine", [[1, 3]]),
        ((300, 100, 250, 10, 10, 251), "mea", [[1, 5]]),
    ],
)
def test_limits_hold_at_ties(intervals, rule, expected, start):
    assert spans(train(*intervals, start=start), rule) == expected


def test_a_tie_is_a_nanosecond_wide():
    assert spans([1, 1.02 + 0.5e-9], "lhb") == [[0, 1]]
    assert spans([1, 1.02 + 5e-9], "lhb") == []


def steps_by_hand(steps, start, end, min_ibi, min_duration, min_spikes):
    """MaxInterval in whole steps, spike by spike: nothing is rounded."""
    bursts, first = [], None
    for spike in range(1, len(steps)):
        interval = steps[spike] - steps[spike - 1]
        if first is None and interval <= start:
            first = spike - 1
        if first is not None and interval > end:
            bursts.append([first, spike - 1])
            first = None
    if first is not None:
        bursts.append([first, len(steps) - 1])
    merged = []
    for burst in bursts:
        if merged and steps[burst[0]] - steps[merged[-1][1]] < min_ibi:
            merged[-1][1] = burst[1]
        else:
            merged.append(burst)
    return [b for b in merged if steps[b[1]] - steps[b[0]] >= min_duration and b[1] - b[0] + 1 >= min_spikes]


# Few distinct intervals, each also a limit, so that ties are the rule.
INTERVALS = st.sampled_from([1, 20, 50, 100, 199, 200, 201, 500, 1000, 1001, 2000, 2500])
TRAINS = st.lists(INTERVALS, max_size=40).map(lambda intervals: np.cumsum([7, *intervals]))
LIMITS = st.tuples(INTERVALS, INTERVALS, INTERVALS | st.just(0), INTERVALS | st.just(0), st.integers(2, 5))


def in_seconds(limits, unit):
    start, end, min_ibi, min_duration, min_spikes = limits
    return MaxInterval(start * unit, end * unit, min_ibi * unit, min_duration * unit, min_spikes)


@settings(max_examples=300, deadline=None)
@given(
    TRAINS,
    LIMITS,
    st.sampled_from([0, 1, 1000.0, 86400.0, 3e6]),
    st.sampled_from([1e-6, 1e-3, 1.0, 1e3, 1e6]),
)
def test_grid_shift_and_unit_change_nothing(steps, limits, shift, scale):
    limits = (min(limits[:2]), max(limits[:2]), *limits[2:])
    truth = steps_by_hand(steps.tolist(), *limits)
    assert spans(steps * STEP + shift, in_seconds(limits, STEP)) == truth
    assert spans((steps * STEP + shift) * scale, in_seconds(limits, STEP * scale)) == truth


@settings(max_examples=60, deadline=None)
@given(TRAINS, st.sampled_from(range(4)), st.sampled_from([1000.0, 86400.0]), st.sampled_from([1e-3, 1e3]))
@example(np.array([7, 206, 406]), 3, 1000.0, 1e-3)
def test_adaptive_rules_know_no_clock_and_no_unit(steps, which, shift, scale):
    rule = ADAPTIVE[which]
    scaled = replace(rule, core=rule.core * scale) if isinstance(rule, LogISI) else rule
    times = steps * STEP
    assert spans(times + shift, rule) == spans(times, rule)
    assert spans(times * scale, scaled) == spans(times, rule)


# --- few spikes, endless bursts, one interval throughout


@pytest.mark.parametrize("rule", [*PRESETS.values(), *ADAPTIVE])
@pytest.mark.parametrize("times", [[], [3], [1.0, 9.0]])
def test_no_burst_without_short_intervals(rule, times):
    bursts = find_bursts(times, rule, span=(0, 10))
    assert bursts.shape == (0,) and bursts["duration"].dtype == np.float64


def test_two_spikes_can_be_a_burst():
    assert spans([1.0, 1.01], "lhb") == [[0, 1]]
    assert spans([1.0, 1.01], "mea") == []


def test_an_endless_burst_is_one_run_on_burst():
    (burst,) = find_bursts(np.arange(10_000) * 0.01, "lhb", span=(0, 100))
    assert burst["spikes"] == 10_000 and burst["run_on"] and burst["cut"]


@pytest.mark.parametrize("interval", [0.001, 0.01, 0.02, 0.05, 0.1, 1.0])
def test_one_interval_throughout(interval):
    times = 1000 + np.arange(400) * interval
    whole = [[0, 399]]
    assert spans(times, "lhb") == (whole if interval <= 0.02 else [])
    # 1, 10 and 100 ms end a decade, hence the histogram: its outermost bins are no peaks.
    assert spans(times, LogISI()) == (whole if interval in (0.02, 0.05) else [])
    assert spans(times, CMA()) == spans(times, PoissonSurprise()) == []


def test_nearly_one_interval_costs_no_memory():
    intervals = np.full(500, 10.0)
    intervals[::50] -= 1e-6
    assert len(find_bursts(np.cumsum(intervals), CMA())) >= 0


# --- flags


def flags(times, field, span, rule="lhb"):
    return find_bursts(times, rule, span)[field].tolist()


def test_run_on_bursts_are_flagged():
    fifty, more = train(*[10] * 49, 900), train(*[10] * 50, 900)
    assert flags(fifty, "run_on", (0, 100)) == [False]
    assert flags(more, "run_on", (0, 100)) == [True]
    five, longer = train(10, *[99.8] * 50, start=0), train(10, *[100] * 49, 91)
    assert flags(five[:50], "run_on", (0, 100)) == [False]
    assert flags(longer[:50], "run_on", (0, 100)) == [False]
    assert flags(train(*[1000] * 5, 1000), "run_on", (0, 100), MaxInterval(1, 1)) == [True]
    assert flags(train(*[1000] * 5), "run_on", (0, 100), MaxInterval(1, 1)) == [False]  # exactly 5 s


def test_a_burst_over_half_of_the_record_is_run_on():
    times = train(10, 10, start=0.1)
    assert flags(times, "run_on", (0.09, 0.13)) == [False]  # exactly half
    assert flags(times, "run_on", (0.09, 0.1299)) == [True]
    assert flags(times, "run_on", None) == [False]


@pytest.mark.parametrize(
    ("intervals", "margins", "rule", "expected"),
    [
        ((10, 500, 10, 500, 10), (0.101, 0.101), "lhb", [False, False, False]),
        ((10, 500, 10, 500, 10), (0.1, 0.05), "lhb", [True, False, True]),
        ((90, 10, 500, 10), (0.05, 5), "lhb", [True, False]),  # an unseen start would take in the first spike
        ((110, 10, 500, 10), (0.05, 5), "lhb", [False, False]),
        ((10, 500, 90, 90), (5, 0.05), "lhb", [False]),
        ((10, 500, 10), (5, 0.15), MaxInterval(0.02, 0.1, min_ibi=0.2), [False, True]),  # could be merged
        ((10, 500, 10), (5, 0.2), MaxInterval(0.02, 0.1, min_ibi=0.2), [False, False]),
    ],
)
def test_bursts_that_may_go_on_outside_are_cut(intervals, margins, rule, expected):
    times = train(*intervals)
    assert flags(times, "cut", (times[0] - margins[0], times[-1] + margins[1]), rule) == expected


def test_without_a_span_the_first_and_last_spike_are_the_edges():
    assert flags(train(10, 500, 10, 500, 10), "cut", None) == [True, False, True]


@settings(max_examples=100, deadline=None)
@given(TRAINS, st.integers(0, 60), st.integers(0, 60))
def test_what_is_not_cut_is_the_same_in_a_longer_record(steps, head, tail):
    times = steps * STEP
    start, stop = times[min(head, times.size - 1)] - 1e-5, times[max(times.size - 1 - tail, 0)] + 1e-5
    if start >= stop:
        return
    seen = times[(times >= start) & (times <= stop)]
    whole = find_bursts(times, "lhb")[["start", "end"]].tolist()
    for burst in find_bursts(seen, "lhb", (start, stop)):
        assert burst["cut"] or (burst["start"], burst["end"]) in whole


# --- refusals


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1, 3, 2], "out of order: spike 1 is at 3 s, spike 2 at 2 s"),
        ([1, 2, 2], "repeated: spike 1 is at 2 s"),
        ([1, math.nan, 3], "spike time 1 is nan"),
        ([1, math.inf], "spike time 1 is inf"),
        ([[1, 2], [3, 4]], r"shape \(2, 2\)"),
        (5.0, r"shape \(\)"),
        ([[1], [2, 3]], "unevenly"),
        (["1", "2"], "of type <U1"),
        ([True, False], "of type bool"),
        ([1j], "of type complex"),
        (np.array([1, 2], np.float32), "of type float32"),
        ([-0.1, 1], "from -0.1 to 1 s; expected all within the recorded span 0 to 10 s"),
        ([1, 10.5], "from 1 to 10.5 s"),
    ],
)
def test_bad_times_are_refused(times, message):
    with pytest.raises(InputError, match=message):
        find_bursts(times, "lhb", span=(0, 10))
    with pytest.raises(InputError, match=message):
        neuron_statistics(times, (0, 10))


@pytest.mark.parametrize("span", [(1, 1), (2, 1), (0, math.nan), (0, math.inf), 5, (1,), (1, 2, 3), ("a", "b")])
def test_bad_spans_are_refused(span):
    with pytest.raises(InputError, match="span is"):
        find_bursts([], "lhb", span=span)
    with pytest.raises(InputError, match="span is"):
        classify([], span)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxInterval(0.2, 0.1), r"end is 0.1; expected seconds, not below start \(0.2\)"),
        (lambda: MaxInterval(0, 0.1), "start is 0; expected seconds above 0"),
        (lambda: MaxInterval(-0.02, 0.1), "start is -0.02"),
        (lambda: MaxInterval(math.nan, 0.1), "start is nan"),
        (lambda: MaxInterval(0.02, math.inf), "end is inf"),
        (lambda: MaxInterval("20ms", 0.1), "start is '20ms'"),  # type: ignore[arg-type]
        (lambda: MaxInterval(0.02, 0.1, min_ibi=-1e-9), "min_ibi is -1e-09; expected seconds, not negative"),
        (lambda: MaxInterval(0.02, 0.1, min_duration=-1), "min_duration is -1"),
        (
            lambda: MaxInterval(0.02, 0.1, min_spikes=1),
            "min_spikes is 1; expected a whole number of at least 2",
        ),
        (lambda: MaxInterval(0.02, 0.1, min_spikes=2.5), "min_spikes is 2.5"),  # type: ignore[arg-type]
        (lambda: PoissonSurprise(surprise=-1), "surprise is -1"),
        (lambda: PoissonSurprise(seed=0), "seed is 0"),
        (lambda: PoissonSurprise(look_ahead=0), "look_ahead is 0"),
        (lambda: LogISI(core=-0.1), "core is -0.1"),
        (lambda: LogISI(void=1), "void is 1"),
        (lambda: LogISI(smoothing=4), "smoothing is 4; expected an odd number"),
        (lambda: CMA(min_spikes=0), "min_spikes is 0"),
        (lambda: ClassCriteria(share_in_bursts=1.5), "share_in_bursts is 1.5"),
        (lambda: ClassCriteria(silent_below=-1), "silent_below is -1"),
        (lambda: ClassCriteria(rule="lbh"), "did you mean 'lhb'"),
        (lambda: find_bursts([], 20), "burst rule is 20"),  # type: ignore[arg-type]
        (lambda: poisson_share_in_bursts(-1), "rate is -1"),
        (lambda: poisson_share_in_bursts(5, "mea"), "no closed form"),
        (lambda: poisson_share_in_bursts(5, "cma"), "no closed form"),
        (lambda: sensitivity([[1, 2]], starts=[0.2], ends=[0.1]), "end is 0.1"),
        (lambda: sensitivity([[2, 1]]), "out of order"),
    ],
)
def test_bad_rules_and_criteria_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


# --- rules as text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("lhb", MaxInterval(0.02, 0.1)),
        (" dopamine ", MaxInterval(0.08, 0.16)),
        ("neuroexplorer", MaxInterval(0.17, 0.3, 0.2, 0.01, 3)),
        ("mea", MaxInterval(0.1, 0.25, 0.3, 0.05, 5)),
        ("log_isi", LogISI()),
        ("start=20ms,end=100ms,min_ibi=0ms,min_duration=0ms,min_spikes=2", MaxInterval(0.02, 0.1)),
        (" end = 0.055 s , start = 12.5 ms", MaxInterval(0.0125, 0.055)),
        ("start=500us,end=55ms,min_spikes=3", MaxInterval(0.0005, 0.055, min_spikes=3)),
    ],
)
def test_rules_are_read(text, rule):
    assert parse_rule(text) == rule
    assert spans([1.0, 1.01], text) == spans([1.0, 1.01], rule)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lbh", "unknown burst rule 'lbh'; expected a preset .* did you mean 'lhb'?"),
        ("xyz", "known: lhb, dopamine"),
        ("", "unknown burst rule ''"),
        ("start=20,end=100ms", "start is '20'; expected a time in s, ms, us, e.g. '20ms'"),
        ("start=20 mV,end=100ms", "start is '20 mV'"),
        ("start=1e-2s,end=100ms", "start is '1e-2s'"),
        ("strat=20ms,end=100ms", "unknown key 'strat'; did you mean 'start'?"),
        ("start=20ms", "end is missing"),
        ("start=20ms,start=20ms,end=100ms", "start is given twice"),
        ("start=20ms,end", "'end' is no pair; expected key=value"),
        ("start=20ms,end=100ms,min_spikes=3ms", "min_spikes is '3ms'; expected a whole number"),
        ("start=20ms,end=100ms,min_spikes=1", "min_spikes is 1; expected a whole number of at least 2"),
        ("start=-20ms,end=100ms", "start is -0.02; expected seconds above 0"),
        ("start=200ms,end=100ms", r"end is 0.1; expected seconds, not below start \(0.2\)"),
    ],
)
def test_text_that_is_no_rule_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_rule(text)


def test_a_preset_may_have_some_of_its_numbers_changed():
    assert parse_rule("lhb, min_spikes=3") == MaxInterval(0.02, 0.1, min_spikes=3)
    assert parse_rule("poisson_surprise,surprise=10,look_ahead=4") == PoissonSurprise(surprise=10, look_ahead=4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cma,core=1", "unknown key 'core'; known: min_spikes"),
        ("poisson_surprise,look_ahead=4.5", "look_ahead is '4.5'; expected a whole number"),
        ("poisson_surprise,surprise=5ms", "surprise is '5ms'; expected a number without a unit"),
        ("lhb,start=5", "start is '5'; expected a time"),
        ("lhb,", "expected key=value"),
        ("mea,min_spikes=4,min_spikes=5", "given twice"),
    ],
)
def test_changes_of_a_preset_that_do_not_fit_are_refused(text, told):
    with pytest.raises(InputError, match=re.escape(told)):
        parse_rule(text)


# --- Poisson surprise


@pytest.mark.parametrize("count", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.99, 1.0, 1.01, 2.0])
def test_surprise_is_the_log_of_the_poisson_tail(count, ratio):
    truth = -stats.poisson.logsf(count - 1, count * ratio)
    if np.isfinite(truth):
        assert poisson_surprise(count, count * ratio) == pytest.approx(truth, rel=1e-9, abs=1e-14)
    else:
        # Beyond what doubles hold the first term of the tail is all there is, but for a factor 1/(1 - ratio).
        first = count * (ratio - math.log(count * ratio)) + math.lgamma(count + 1)
        assert first + math.log1p(-ratio) < poisson_surprise(count, count * ratio) < first


def test_surprise_finds_a_burst_too_surprising_for_a_double():
    times = np.sort(np.concatenate([np.arange(100) * 10.0, 505 + np.arange(400) * 0.001]))
    assert spans(times, PoissonSurprise(745)) == [[51, 450]]


def test_surprise_trims_the_front_and_needs_surprise():
    # A lone spike 0.9 s before four in 30 ms: seeded with it, better without it.
    times = np.concatenate([np.arange(20) * 3.0, [60.0, 60.9, 60.91, 60.92, 60.93], 64 + np.arange(20) * 3.0])
    assert spans(times, PoissonSurprise()) == [[21, 24]]
    assert spans(times, PoissonSurprise(surprise=40)) == []


# --- LogISI and CMA


def test_log_isi_takes_in_the_tail_of_a_burst_when_the_valley_is_late():
    rng = np.random.default_rng(3)
    bursts, size = 200, 10
    common, rarer = rng.normal(-1.7, 0.1, (bursts, size)), rng.uniform(-2.0, -0.6, (bursts, size))
    logarithms = np.where(rng.random((bursts, size)) < 0.4, common, rarer)
    logarithms[:, -1] = rng.uniform(1.0, 1.2, bursts)
    times = np.cumsum(10 ** logarithms.ravel())
    truth = [[first, first + size - 1] for first in range(0, times.size, size)]
    times = np.concatenate([[0], times])
    assert spans(times, LogISI()) == truth
    assert len(spans(times, MaxInterval(0.1, 0.1, min_spikes=3))) > bursts


def test_log_isi_without_a_valley_falls_back_on_the_core_limit():
    times = np.cumsum(10 ** np.random.default_rng(4).normal(-1.3, 0.15, 500))
    assert spans(times, LogISI()) == spans(times, MaxInterval(0.1, 0.1, min_spikes=3))


def test_cma_limit_by_hand():
    # 90 intervals of 10 ms, 9 of 510 ms, one of 1010 ms: bins of 1 ms, the curve is 90/10 at bin 10 and falls
    # as 90/k. Its skewness is above 4, hence a limit at half the peak: bin 20, with its middle at 19.5 ms.
    intervals = np.concatenate([np.full(45, 0.010), [0.51] * 9, np.full(45, 0.010), [1.01]])
    times = np.concatenate([[0], np.cumsum(intervals)])
    assert spans(times, CMA()) == [[0, 45], [54, 99]]
    limited = np.concatenate([np.full(45, 0.010), [0.51] * 9, [0.019], np.full(44, 0.010), [0.02, 1.01]])
    assert spans(np.concatenate([[0], np.cumsum(limited)]), CMA()) == [[0, 45], [54, 99]]


# --- chance, sensitivity


def test_poisson_share_has_the_known_values():
    assert poisson_share_in_bursts(5) == pytest.approx(0.218, abs=5e-4)
    assert poisson_share_in_bursts(5, MaxInterval(0.02, 0.1, min_spikes=3)) == pytest.approx(0.118, abs=5e-4)
    assert poisson_share_in_bursts(0) == 0
    assert poisson_share_in_bursts(1e6) == pytest.approx(1)
    # At start = end a spike is outside if both intervals round it are too long.
    assert poisson_share_in_bursts(7, MaxInterval(0.1, 0.1)) == pytest.approx(1 - math.exp(-2 * 0.7))


@pytest.mark.parametrize("rate", [2.0, 10.0])
@pytest.mark.parametrize("rule", [PRESETS["lhb"], PRESETS["dopamine"], MaxInterval(0.03, 0.1, min_spikes=5)])
def test_poisson_share_is_that_of_simulated_trains(rate, rule):
    times = np.cumsum(np.random.default_rng(5).exponential(1 / rate, 1_000_000))
    share = find_bursts(times, rule)["spikes"].sum() / times.size
    assert share == pytest.approx(poisson_share_in_bursts(rate, rule), abs=0.002)


def test_sensitivity_is_the_pooled_share_of_each_rule():
    rng = np.random.default_rng(6)
    trains = [np.cumsum(rng.exponential(1 / rate, int(20 * rate))) for rate in (1, 5, 20)] + [[], [4.0]]
    table = sensitivity(trains, min_spikes=3)
    assert table.share.shape == (len(table.starts), len(table.ends))
    assert (table.starts[0], table.starts[-1]) == (0.01, 0.03)
    assert (table.ends[0], table.ends[-1]) == (0.05, 0.2)
    for (row, column), share in np.ndenumerate(table.share):
        rule = MaxInterval(table.starts[row], table.ends[column], min_spikes=3)
        spikes = sum(find_bursts(times, rule)["spikes"].sum() for times in trains)
        assert share == spikes / sum(map(len, trains))
    assert sensitivity([]).share.tolist() == sensitivity([[]]).share.tolist() == [[0.0] * 7] * 5


# --- statistics and classes


def test_statistics_of_a_train_made_by_hand():
    found = neuron_statistics(train(10, 10, 1000, 20, 60, 2000), (0, 10), "lhb")
    expected = {
        "spikes": 7,
        "rate": 0.7,
        "bursts": 2,
        "run_on_bursts": 0,
        "cut_bursts": 0,
        "burst_rate": 0.2,
        "spikes_per_burst": 3,
        "burst_duration": 0.05,
        "intra_burst_frequency": (2 / 0.02 + 2 / 0.08) / 2,
        "inter_burst_interval": 1.0,
        "first_isi": (0.01 + 0.02) / 2,
        "share_spikes_in_bursts": 6 / 7,
        "share_time_in_bursts": 0.01,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert set(found) - set(expected) == {"cv", "cv2", "lv", "lvr"}


def test_no_burst_means_zero_rates_and_nan_means():
    means = {"spikes_per_burst", "burst_duration", "intra_burst_frequency", "inter_burst_interval", "first_isi"}
    for times in ([], [1.0], [1.0, 2.0, 3.0]):
        found = neuron_statistics(times, (0, 10))
        irregularity = set() if len(times) == 3 else {"cv", "cv2", "lv", "lvr"}
        assert {name for name, value in found.items() if math.isnan(value)} == means | irregularity
        assert found["burst_rate"] == found["share_spikes_in_bursts"] == found["share_time_in_bursts"] == 0
    assert math.isnan(neuron_statistics([1.0, 1.01], (0, 10))["inter_burst_interval"])


def test_flagged_bursts_are_counted():
    times = np.concatenate([0.01 * np.arange(60), [2.0, 2.01], [4.99, 4.995]])
    found = neuron_statistics(times, (0, 5))
    assert (found["bursts"], found["run_on_bursts"], found["cut_bursts"]) == (3, 1, 2)


def test_irregularity_by_hand():
    found = neuron_statistics(train(10, 30, 10), (0, 10))
    assert found["cv"] == pytest.approx(math.sqrt(8) / 5)
    assert found["cv2"] == pytest.approx(2 * 20 / 40)
    assert found["lv"] == pytest.approx(3 * 0.25)
    assert found["lvr"] == pytest.approx(3 * (1 - 4 * 10 * 30 / 40**2) * (1 + 4 * 5 / 40))


@pytest.mark.parametrize("order", [1, 2, 4])
def test_irregularity_of_gamma_intervals(order):
    times = np.cumsum(np.random.default_rng(7).gamma(order, 0.1 / order, 200_000))
    found = neuron_statistics(times, (0, times[-1] + 1))
    assert found["cv"] == pytest.approx(order**-0.5, rel=0.02)
    assert found["lv"] == pytest.approx(3 / (2 * order + 1), rel=0.02)


def pairs(n, every=1.0, singles=0):
    """n bursts of two spikes and some single spikes between, in a record of 60 s."""
    bursts = [second for k in range(n) for second in (0.3 + k * every, 0.31 + k * every)]
    return sorted(bursts + [0.8 + k * every for k in range(singles)])


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], "silent"),
        (np.arange(5) * 10.0, "silent"),
        (np.arange(6) * 10.0, "tonic"),  # exactly 0.1 Hz
        (pairs(2), "silent"),  # bursts, but hardly any
        (pairs(12), "bursting"),  # exactly 0.2 bursts a second
        (pairs(11), "tonic"),
        (pairs(20, singles=40, every=1.4), "bursting"),  # exactly half
        (pairs(20, singles=41, every=1.4), "tonic"),
        (np.sort(np.concatenate([pairs(30), 40 + 0.012 * np.arange(60)])), "tonic"),  # a run-on burst
        (np.arange(720) / 12.0, "tonic"),
    ],
)
@pytest.mark.parametrize("shift", [0.0, 0.1, 1000.1])
def test_classes_at_their_limits(times, expected, shift):
    times, span = np.asarray(times, float) + shift, (shift, 60 + shift)
    assert classify(times, span) == expected
    assert class_of(neuron_statistics(times, span)) == expected


def test_criteria_can_be_changed():
    three = ClassCriteria(rule=MaxInterval(0.02, 0.1, min_spikes=3))
    assert classify(pairs(30), (0, 60), three) == "tonic"
    assert classify(pairs(11), (0, 60), ClassCriteria(burst_rate=0.1)) == "bursting"
    assert classify(pairs(12), (0, 60), ClassCriteria(silent_below=0.5)) == "silent"
    assert classify(pairs(20, 1.4, 41), (0, 60), ClassCriteria(rule="lhb", share_in_bursts=0.4)) == "bursting"


# --- speed


# --- published answers


def agreement_script():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("burst_agreement", ROOT / "benchmarks" / "burst_agreement.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference recordings at {REFERENCE}: not in the project")
def test_every_unit_of_the_reference_recordings_agrees(capsys):
    assert agreement_script().main([str(REFERENCE)]) == 0
    lines = capsys.readouterr().out.splitlines()[1:13]
    assert [line.split()[-4] for line in lines] == ["554/554"] * 12  # all units
    assert [line.split()[-3] for line in lines] == ["554/554"] * 12  # with 1000 s added


@pytest.mark.parametrize(("last", "code"), [(2, 0), (3, 1)])
def test_the_agreement_script_notices_a_wrong_burst(tmp_path, capsys, last, code):
    script = agreement_script()
    times = train(300, 5, 300)
    (tmp_path / "data").mkdir()
    (tmp_path / "reference").mkdir()
    np.savez(tmp_path / "data" / "one_unit.npz", names=["u"], counts=[4], times_s=times)
    answers = {row.reference: script.spans(times, row) for row in script.ROWS}
    answers["clean_MI_lhb_20_100_n2"] = [[1, last]]
    unit = {"indep": answers, "R": {"MI_meartools": {"bursts": answers["MI_meartools"]}}}
    with gzip.open(tmp_path / "reference" / "one_unit.json.gz", "wt") as file:
        json.dump({"units": {"u": unit}}, file)
    assert script.main([str(tmp_path)]) == code
    assert (" 0/1 " in capsys.readouterr().out) == bool(code)
