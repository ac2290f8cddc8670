"""What was published, one YAML sheet a target: numbers with their spread, source and tag, and how they were read.

A target names what measures it in the model, an experiment or a finding, but nothing of the model reads a target.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lhb_model import catalogue
from lhb_model.claim_grammar import parse_claim
from lhb_model.errors import InputError
from lhb_model.experiment import Key, Place
from lhb_model.fields import AnyQuantity, Name, Named, Source, Strict, own
from lhb_model.names import unknown
from lhb_model.quantities import parse_quantity
from lhb_model.sheets import read_named

NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)? ?")
TAG = Named(
    re.compile(r"[SRD]( direction| secondary)?(, [SRD] \w+|, \w+ [SRD])?|S/R"),
    "a tag of the reference such as 'S', 'R', 'D', 'S direction' or 'S direction, R window'",
)


def _expression(text: str) -> str:
    """A measure in the words of a claim."""
    try:
        parse_claim(f"{text} > 0")
    except InputError as error:
        raise own(error.message) from None
    return text


def _direction(text: str) -> str:
    try:
        parse_claim(f"rate(control) {text}")
    except InputError:
        raise own(f"given {text!r}, expected a sign with a number such as '< 0 mV' or '> 1'") from None
    return text


class Expectation(Strict):
    """One published number, or direction, and the measure of the model that is held against it.

    `measure` is in the words of `lhb_model.claims`: "burst_rate(t_block) / burst_rate(depressed)". Either `direction` or an
    interval (`low`, `high`, or one of them) is expected. `tolerance` says where the interval comes from. `measured_in`,
    `not_measured` and `tag` are this number's where the target's do not hold for it.
    """

    quantity: Source
    """What the number is, for people."""
    measure: Annotated[str, AfterValidator(_expression)] | None = None
    """The model's number in the words of a claim, such as 'burst_rate(t_block) / burst_rate(depressed)'."""
    measured_in: Name | None = None
    """Experiment or finding that measures this number; none: that of the target."""
    not_measured: Source | None = None
    """Why nothing measures this number."""
    value: AnyQuantity | None = None
    """The published number."""
    spread: AnyQuantity | None = None
    """Its published spread."""
    n: Annotated[int, Field(ge=1)] | None = None
    """How many were measured."""
    low: AnyQuantity | None = None
    """Lowest number with which the model agrees."""
    high: AnyQuantity | None = None
    """Highest number with which the model agrees."""
    direction: Annotated[str, AfterValidator(_direction)] | None = None
    """What the model's number must be where an interval is not expected: '< 1', '> 0 mV'."""
    tolerance: str = ""
    """Where the interval comes from."""
    tag: Literal["S", "R", "D"] | None = None
    """How this number is known, where not as the target: S read in the source, R recalled, D derived."""

    @model_validator(mode="after")
    def _expected(self) -> "Expectation":
        interval = self.low is not None or self.high is not None
        if interval == (self.direction is not None):
            raise (
                own("given a direction and an interval, expected one of them", "direction")
                if interval
                else own("missing; expected a direction such as '< 1', or an interval by 'low' and 'high'", "direction")
            )
        if interval and not self.tolerance:
            raise own("missing; expected where the interval comes from", "tolerance")
        if self.low is not None and self.high is not None and self.low.value > self.high.value:
            raise own(f"given {self.low.text!r}, expected at most 'high', {self.high.text!r}", "low")
        return self

    @property
    def limit(self) -> float:
        """The number of its direction (SI); NaN if it has none."""
        return parse_quantity(self.direction.lstrip("<>= ")).value if self.direction else nan

    @property
    def written_unit(self) -> str:
        """The unit in which its numbers are written, such as "mV", "h" or "%"; empty for bare ones.

        >>> Expectation(quantity="left", measure="rate(a) / rate(b)", high="10 %", tolerance="by eye").written_unit
        '%'
        """
        texts = [quantity.text for quantity in (self.value, self.low, self.high) if quantity]
        return NUMBER.sub("", texts[0] if texts else str(self.direction).lstrip("<>= "), count=1)

    @property
    def published(self) -> str:
        """The published number with its spread and its n, as far as they are known."""
        spread = f" +- {self.spread.text}" if self.spread else ""
        number = f" (n = {self.n})" if self.n else ""
        if self.value:
            return f"{self.value.text}{spread}{number}"
        return {"<": "lower", ">": "higher"}.get((self.direction or " ")[0], "—")

    @property
    def expected(self) -> str:
        """What the model's number must keep to.

        >>> Expectation(quantity="rate", measure="rate(control)", low="2 Hz", high="6 Hz", tolerance="by eye").expected
        '2 Hz to 6 Hz'
        """
        if self.direction:
            return self.direction
        if self.low and self.high and self.low.value == self.high.value:
            return f"= {self.low.text}"
        low, high = self.low and self.low.text, self.high and self.high.text
        return f"{low} to {high}" if low and high else f">= {low}" if low else f"<= {high}"


def _at_least_one(given: Any) -> Any:
    if given == []:
        raise own("given an empty list, expected at least one quantity")
    return given


class TargetSheet(Strict):
    """A published finding: quantities, source and tag (both as in the reference), and how the numbers were read.

    `measured_in` names the experiment, or the finding of `lhb_model.findings`, that measures it in the model;
    `not_measured` says why nothing does.
    """

    target: Name
    """Name of the target; also the name of its file."""
    title: str
    """One line for people."""
    condition: str
    """In what state and how it was measured."""
    source: Source
    """The paper."""
    tag: Annotated[str, AfterValidator(TAG)]
    """How the numbers are known: S read in the source, R recalled, D derived; 'S direction' gates directions alone."""
    read: Source
    """Where in the source the numbers stand, and how they were read."""
    measured_in: Name | None = None
    """Experiment or finding that measures the numbers in the model; `lhb list experiments`, `lhb list findings`."""
    not_measured: Source | None = None
    """Why nothing measures them."""
    expect: Annotated[list[Expectation], BeforeValidator(_at_least_one)]
    """The published numbers, each with the measure that is held against it."""
    notes: str = ""
    """What a reader should know about it."""

    @model_validator(mode="after")
    def _measured(self) -> "TargetSheet":
        if (self.measured_in is None) == (self.not_measured is None):
            raise own("expected either 'measured_in' or a reason under 'not_measured'", "measured_in")
        for number, expectation in enumerate(self.expect):
            if self.place(expectation) and expectation.measure is None:
                raise own("missing; expected a measure such as 'burst_rate(ketamine)'", "expect", number, "measure")
        return self

    def gates(self, expectation: Expectation) -> bool:
        """Whether validation fails if this number does: tagged S, or S direction where a direction is expected."""
        if expectation.tag is None and "S direction" in self.tag:
            return expectation.direction is not None
        return (expectation.tag or self.tag).startswith("S")

    def place(self, expectation: Expectation) -> str | None:
        """The experiment or finding that measures a number; None if nothing does."""
        reason = self.not_measured or expectation.not_measured
        return None if reason else expectation.measured_in or self.measured_in


@dataclass(frozen=True)
class Target:
    """A target's sheet and where its keys were written."""

    sheet: TargetSheet
    at: Place

    @property
    def name(self) -> str:
        """The target's name."""
        return self.sheet.target

    @property
    def text(self) -> str:
        """The sheet as written."""
        return self.at.default.text

    @property
    def folder(self) -> Path:
        """The folder of its sheet."""
        return Path(self.at.default.path).parent

    def numbered(self) -> Iterable[tuple[Key, Expectation]]:
        """What it expects, and where that was written."""
        return ((("expect", number), expectation) for number, expectation in enumerate(self.sheet.expect))


def read_target(path: Path) -> Target:
    """Read a target; `InputError` with file and line for the first thing that is wrong in it."""
    return Target(*read_named(TargetSheet, "target", path))


def target_paths(names: Iterable[str] = ()) -> dict[str, Path]:
    """Name -> file of the shipped targets, in their order (P2 before P10); or of those named, by name or by file.

    >>> list(target_paths(["P5"]))
    ['P5']
    """
    shipped = catalogue.sheet_paths("target")
    if not names:
        return dict(sorted(shipped.items(), key=lambda item: target_order(item[0])))
    found: dict[str, Path] = {}
    for name in names:
        path = shipped.get(name, Path(name))
        if name not in shipped and not path.is_file():
            raise InputError(unknown("target", name, sorted(shipped, key=target_order)))
        found[path.stem] = path
    return found


def target_order(name: str) -> tuple[str, int, str]:
    """By this key P2 comes before P10."""
    letters, digits, rest = re.fullmatch(r"(\D*)(\d*)(.*)", name).groups()  # type: ignore[union-attr]
    return letters, int(digits or 0), rest
