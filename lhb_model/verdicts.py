"""Target + table of measures -> outcomes: does the model do what was published, and by how much does it miss it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from lhb_model.claim_grammar import Claim, Number, parse_claim
from lhb_model.claims import Verdict as ClaimVerdict
from lhb_model.claims import check
from lhb_model.errors import InputError
from lhb_model.quantities import format_quantity, parse_quantity
from lhb_model.targets import Expectation, Target

if TYPE_CHECKING:
    import pandas as pd

HOLDS, FAILS, NO_VALUE, NOT_MEASURED = "holds", "fails", "no value", "not measured"


@dataclass(frozen=True)
class Outcome:
    """One published number or direction, and what the model does.

    `value` is the model's (SI, in `unit`; shown in the `written_unit` of the published number), on the means over its
    samples; `each` those of the samples (seeds, cells) where they are paired; `low` and `high` the 95 % t interval over
    them. `ends` are the published interval (SI; NaN where it has none), `centre` the published number, `limit` that of a
    direction. `gates` says whether validation fails where this fails.
    """

    target: str
    quantity: str
    published: str
    expected: str
    verdict: str
    gates: bool
    tag: str
    source: str
    measured_in: str
    value: float
    unit: str
    written_unit: str
    low: float
    high: float
    each: tuple[float, ...]
    n: int
    of: str
    centre: float
    ends: tuple[float, float]
    limit: float

    @property
    def failing(self) -> bool:
        """Whether this makes validation fail."""
        return self.gates and self.verdict in (FAILS, NO_VALUE)

    @property
    def within_scatter(self) -> bool:
        """Whether the interval of the model's number includes the limit of its direction: more samples may turn it."""
        return self.low <= self.limit <= self.high and self.low < self.high

    @property
    def said(self) -> str:
        """The verdict, and whether the samples leave it open."""
        return f"{self.verdict}, within scatter" if self.within_scatter else self.verdict

    @property
    def model(self) -> str:
        """The model's number with its scatter: the standard deviation of paired samples, else the interval."""
        if self.verdict == NOT_MEASURED:
            return "not measured"
        if not isfinite(self.value):
            return "no value"
        return f"{self._shown(self.value)}{self._scatter()}"

    def _shown(self, value: float) -> str:
        if not self.written_unit:
            return shown(value, self.unit)
        return f"{value / parse_quantity(f'1 {self.written_unit}').value:.3g} {self.written_unit}"

    def _scatter(self) -> str:
        if len(self.each) > 1:
            return f" +- {self._shown(float(np.std(self.each, ddof=1)))} ({len(self.each)} {self.of})"
        if isfinite(self.low):
            return f" [{self._shown(self.low)}, {self._shown(self.high)}] (at least {self.n} {self.of} each)"
        return f" (1 {self.of.removesuffix('s')})"

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON, without NaN."""

        def plain(value: Any) -> Any:
            if isinstance(value, tuple):
                return [plain(item) for item in value]
            return None if isinstance(value, float) and not isfinite(value) else value

        return {name: plain(value) for name, value in asdict(self).items()} | {"model": self.model}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Outcome":
        """Read back what `as_plain` gave."""

        def read(name: str, value: Any) -> Any:
            if isinstance(value, list):
                return tuple(nan if item is None else item for item in value)
            return nan if value is None else value

        return cls(**{name: read(name, value) for name, value in plain.items() if name != "model"})


def shown(value: float, unit: str) -> str:
    """Three digits with a fitting prefix.

    >>> shown(-0.0584512, "V"), shown(0.08751, "1")
    ('-58.5 mV', '0.0875')
    """
    return format_quantity(float(f"{value:.3g}"), unit)


def judge(target: Target, tables: "dict[str, pd.DataFrame]", of: dict[str, str]) -> Iterator[Outcome]:
    """The outcome of every number of a target.

    Parameters
    ----------
    tables : experiment or finding -> its tidy table.
    of : experiment or finding -> what its table has samples of, such as "seeds".

    Raises `InputError` with file and line where a measure is not in its table, or in another unit than the published one.
    """
    for key, expectation in target.numbered():
        place = target.sheet.place(expectation)
        if place is None:
            yield _outcome(target, expectation, NOT_MEASURED)
            continue
        try:
            yield _judged(target, expectation, tables[place], place, of[place])
        except InputError as error:
            raise target.at.error((*key, "measure"), error.message) from None


def claims_of(expectation: Expectation) -> list[Claim]:
    """The claims that a number must keep to: its direction, or the ends of its interval."""
    if expectation.direction:
        return [parse_claim(f"{expectation.measure} {expectation.direction}")]
    measured, ends = parse_claim(f"{expectation.measure} > 0").left, ((">=", expectation.low), ("<=", expectation.high))
    return [
        Claim(f"{expectation.measure} {sign} {end.text}", measured, sign, Number(end.value, end.unit))
        for sign, end in ends
        if end
    ]


def _judged(target: Target, expectation: Expectation, table: "pd.DataFrame", place: str, of: str) -> Outcome:
    verdicts = [check(claim, table) for claim in claims_of(expectation)]
    size = check(f"{expectation.measure} > 0", table)
    if not isfinite(size.left):
        return _outcome(target, expectation, NO_VALUE, measured_in=place, unit=size.unit, of=of)
    return _outcome(
        target,
        expectation,
        HOLDS if all(verdict.holds for verdict in verdicts) else FAILS,
        measured_in=place,
        value=size.left,
        unit=size.unit,
        low=size.low,
        high=size.high,
        each=_each(size, table),
        n=size.n,
        of=of,
    )


def _each(size: ClaimVerdict, table: "pd.DataFrame") -> tuple[float, ...]:
    """The measure in each sample that has a row of every condition; none where samples are not paired."""
    if not size.paired:
        return ()
    terms = size.claim.terms
    own = table[
        table["condition"].isin([term.condition for term in terms])
        & table["measure"].isin([term.measure for term in terms])
    ]
    conditions = {term.condition for term in terms}
    values = [check(size.claim, part).left for _, part in own.groupby("seed") if set(part["condition"]) == conditions]
    return tuple(value for value in values if isfinite(value))


def _outcome(target: Target, expectation: Expectation, verdict: str, **model: Any) -> Outcome:
    ends = expectation.low, expectation.high
    unit = next((quantity.unit for quantity in (expectation.value, *ends) if quantity), "1")
    unmeasured: dict[str, Any] = {"measured_in": "", "value": nan, "unit": unit, "low": nan, "high": nan}
    return Outcome(
        target=target.name,
        quantity=expectation.quantity,
        published=expectation.published,
        expected=expectation.expected,
        verdict=verdict,
        gates=target.sheet.gates(expectation),
        tag=expectation.tag or target.sheet.tag,
        source=target.sheet.source,
        centre=expectation.value.value if expectation.value else nan,
        ends=(ends[0].value if ends[0] else nan, ends[1].value if ends[1] else nan),
        limit=expectation.limit,
        written_unit=expectation.written_unit,
        **{**unmeasured, "each": (), "n": 0, "of": "", **model},
    )
