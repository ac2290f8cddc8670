"""Target sheets: every shipped one is whole, and a wrong one gets one line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lhb_model import catalogue
from lhb_model.errors import InputError
from lhb_model.findings import FINDINGS
from lhb_model.targets import Expectation, Target, read_target, target_paths
from lhb_model.validation_run import plan

Write = Callable[..., Path]

SHEET = """\
target: X1
title: A published number
condition: control
source: Somebody 2020 Journal 1:2
tag: S
read: from the abstract
measured_in: smoke
expect:
  - quantity: rate
    measure: rate(depressed)
    value: 4 Hz
    spread: 1 Hz
    n: 12
    low: 3 Hz
    high: 5 Hz
    tolerance: the published spread
  - quantity: burst rate, with ketamine less depressed
    measure: burst_rate(ketamine) - burst_rate(depressed)
    direction: "< 0 Hz"
"""

INTERVAL = "    low: 3 Hz\n    high: 5 Hz\n"

WRONG = [
    ("target: X1", "target: X2", 1, "given 'X2', expected the file's own name 'X1'"),
    ("title: A published number\n", "titel: A published number\n", 2, "titel: unknown key 'titel'; did you mean 'title'?"),
    ("tag: S", "tag: certain", 5, "tag: given 'certain', expected a tag of the reference such as 'S'"),
    ("read: from the abstract\n", "", 1, "read: missing; expected a source"),
    ("measured_in: smoke", "measured_in: smok", 7, "unknown experiment or finding 'smok'; did you mean 'smoke'?"),
    ("measured_in: smoke\n", "", 1, "measured_in: expected either 'measured_in' or a reason under 'not_measured'"),
    ("rate(depressed)\n    value", "rate(depresed)\n    value", 10, "unknown condition 'depresed'; did you mean 'depressed'?"),
    ("measure: rate(depressed)\n    value", "measure: rate depressed\n    value", 10, "expected a measure with its condition"),
    ("    measure: rate(depressed)\n    value", "    value", 9, "expect.0.measure: missing; expected a measure such as"),
    ("value: 4 Hz", "value: 4 parsecs", 11, "unknown unit 'parsecs'"),
    ("n: 12", "n: 0", 13, "expect.0.n: given 0, expected at least 1"),
    ("low: 3 Hz", "low: 9 Hz", 14, "expect.0.low: given '9 Hz', expected at most 'high', '5 Hz'"),
    ("    tolerance: the published spread\n", "", 9, "tolerance: missing; expected where the interval comes from"),
    (INTERVAL, "", 9, "direction: missing; expected a direction such as '< 1', or an interval"),
    (INTERVAL, INTERVAL + '    direction: "> 1 Hz"\n', 16, "given a direction and an interval, expected one of them"),
    ('"< 0 Hz"', "lower", 19, "direction: given 'lower', expected a sign with a number such as '< 0 mV'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), WRONG)
def test_a_wrong_sheet_gets_one_line(write: Write, old: str, new: str, line: int, message: str) -> None:
    assert SHEET.count(old) == 1
    path = write(SHEET.replace(old, new), "X1.yaml")
    with pytest.raises(InputError) as caught:
        plan([str(path)])
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert (str(caught.value.file), caught.value.line) == (str(path), line)


def test_a_sheet_is_read_as_written(write: Write) -> None:
    first, second = read_target(write(SHEET, "X1.yaml")).sheet.expect
    assert (first.published, first.expected) == ("4 Hz +- 1 Hz (n = 12)", "3 Hz to 5 Hz")
    assert (second.published, second.expected, second.limit) == ("lower", "< 0 Hz", 0.0)


@pytest.mark.parametrize(
    ("tag", "interval", "direction"),
    [
        ("S", True, True),
        ("S secondary", True, True),
        ("S direction", False, True),
        ("S direction, R window", False, True),
        ("R", False, False),
        ("R, tonic S", False, False),
        ("D", False, False),
        ("S/R", True, True),
    ],
)
def test_only_what_is_tagged_s_gates(write: Write, tag: str, interval: bool, direction: bool) -> None:
    sheet = read_target(write(SHEET.replace("tag: S", f"tag: {tag}"), "X1.yaml")).sheet
    assert [sheet.gates(entry) for entry in sheet.expect] == [interval, direction]


@pytest.mark.parametrize(("text", "unit"), [("3 Hz", "Hz"), ("3e4 1/M/s", "1/M/s"), ("-10 %", "%"), ("2", "")])
def test_numbers_keep_the_unit_they_are_written_in(text: str, unit: str) -> None:
    assert Expectation(quantity="rate", measure="rate(a)", low=text, tolerance="by eye").written_unit == unit


def test_a_number_may_have_a_tag_of_its_own(write: Write) -> None:
    sheet = read_target(write(SHEET.replace("    n: 12", "    tag: R"), "X1.yaml")).sheet
    assert [sheet.gates(entry) for entry in sheet.expect] == [False, True]


def test_a_number_that_nothing_measures_needs_no_measure(write: Write) -> None:
    text = SHEET.replace("    measure: rate(depressed)\n    value", "    not_measured: no such receptor\n    value")
    target = read_target(write(text, "X1.yaml"))
    assert [target.sheet.place(entry) for entry in target.sheet.expect] == [None, "smoke"]


# shipped -------------------------------------------------------------------------------------------------------------

SHIPPED = [read_target(path) for path in target_paths().values()]


def test_targets_come_in_the_order_of_their_numbers() -> None:
    numbers = [int(re.sub(r"\D", "", target.name)) for target in SHIPPED]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("target", SHIPPED, ids=lambda target: target.name)
def test_every_shipped_target_is_measured_in_something_known_or_says_why_not(target: Target) -> None:
    assert plan([target.name]).places or target.sheet.not_measured


def test_an_experiment_and_a_finding_never_share_a_name_by_accident() -> None:
    """Where they do, the finding must measure that experiment."""
    for name in set(FINDINGS) & set(catalogue.sheet_paths("experiment")):
        assert name in FINDINGS[name].experiments


def test_what_findings_measure_is_shipped() -> None:
    shipped = catalogue.sheet_paths("experiment")
    assert all(name in shipped for finding in FINDINGS.values() for name in finding.experiments)


def test_an_unknown_target_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown target 'p1'; did you mean 'P1'"):
        target_paths(["p1"])
