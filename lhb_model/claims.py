"""Claims on a table of measures: `burst_rate(ketamine) < 0.5 * burst_rate(depressed)` holds or does not.

    claim      = sum ("<" | "<=" | ">" | ">=" | "==") sum
    sum        = product {("+" | "-") product}
    product    = factor {("*" | "/") factor}
    factor     = ["-"] (number [unit] | "(" sum ")" | term)
    term       = [nucleus "."] measure "(" [run ":"] condition ")"

A term is the mean of the measure over seeds. A measure without its nucleus is the LHb's, or that of the only nucleus
that has it. Numbers beside a measure with a unit have one: `rate(control) > 2 Hz`; 0 needs none. A claim is read by the
small parser below and never run as code.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isclose, isfinite, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from lhb_model.comparison.effects import satterthwaite, t_quantile
from lhb_model.comparison.samples import Samples, Values, check_confidence, known, labelled, samples, usable
from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.quantities import PLAIN_LETTERS, QUOTIENT, canonical_unit, format_quantity, parse_quantity

if TYPE_CHECKING:
    import pandas as pd

LONGEST_CLAIM = 1000
MOST_TOKENS = 200
DEEPEST = 20
"""Parentheses and signs within each other."""

MAIN_NUCLEUS = "lhb"
SAME = 1e-9
"""Numbers that differ by less, relative to their size, are equal."""

PLAIN_SIGNS = str.maketrans({"≤": "<=", "≥": ">=", "×": "*", "·": "*", "÷": "/"})
SYMBOL = r"(?:[A-Za-z%]+(?:\^-?[1-9])?)"
TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?"
    # A name that goes on or is called is no unit: 5 Hz / rate(x), 2 * rate(x).
    rf"(?:[ \t]*{SYMBOL}(?:/{SYMBOL})*(?![\w.%^]|[ \t]*\())?)"
    r"|(?P<term>[A-Za-z_][\w.]*[ \t]*\([^()]*\))"
    r"|(?P<sign><=|>=|==|[-+*/()<>])"
    r")"
)
COMPARISONS = ("<", "<=", ">", ">=", "==")
EXAMPLE = "write it like 'burst_rate(ketamine) < 0.5 * burst_rate(depressed)'"


@dataclass(frozen=True)
class Number:
    """A number in SI, with its canonical unit."""

    value: float
    unit: str


@dataclass(frozen=True)
class Term:
    """The mean of a measure in a condition; `nucleus` and `run` are empty where the claim names none."""

    nucleus: str
    measure: str
    run: str
    condition: str

    def __str__(self) -> str:
        name = f"{self.nucleus}.{self.measure}" if self.nucleus else self.measure
        return f"{name}({f'{self.run}:' if self.run else ''}{self.condition})"


@dataclass(frozen=True)
class Operation:
    """`left sign right`, with one of + - * /."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression = Number | Term | Operation


@dataclass(frozen=True)
class Claim:
    """What is claimed: `left comparison right`; `text` is as written."""

    text: str
    left: Expression
    comparison: str
    right: Expression

    @property
    def terms(self) -> list[Term]:
        """Every term, once, in order of appearance."""
        return list(dict.fromkeys([*_terms(self.left), *_terms(self.right)]))


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds on the means over seeds.

    left, right : the two sides, in `unit` (SI); NaN if they have no value, and then the claim does not hold.
    low, high : t interval of left - right over seeds; NaN with one seed or without terms.
    n : seeds behind it (of the condition that has fewest, if seeds are not shared); paired : whether all are shared.
    text : all of that in one line.
    """

    claim: Claim
    holds: bool
    left: float
    right: float
    unit: str
    low: float
    high: float
    n: int
    paired: bool
    text: str

    @property
    def beyond_scatter(self) -> bool:
        """Whether the interval of left - right leaves out 0: the seeds agree on which side is larger."""
        return self.low > 0 or self.high < 0


def parse_claim(text: str) -> Claim:
    """Read a claim.

    Raises `InputError`, with the place, for anything that the grammar at the head of this module does not make.

    >>> claim = parse_claim("vta_da.rate(ketamine) > 1.5 Hz + 0.5 * vta_da.rate(old:depressed)")
    >>> claim.comparison, [str(term) for term in claim.terms]
    ('>', ['vta_da.rate(ketamine)', 'vta_da.rate(old:depressed)'])
    >>> parse_claim("burst_rate(ketamine) is low")
    Traceback (most recent call last):
    lhb_model.errors.InputError: claim 'burst_rate(ketamine) is low': expected one of < <= > >= == at 'is low'
    """
    if not isinstance(text, str):
        raise InputError(f"a claim is a text, given {shortened(text)}; {EXAMPLE}")
    if len(text) > LONGEST_CLAIM:
        raise InputError(f"claim {shortened(text)}: longer than {LONGEST_CLAIM} characters")
    if not text.strip():
        raise InputError(f"the claim is empty; {EXAMPLE}")
    return _Parser(text).claim()


def check(
    claim: Claim | str, table: "pd.DataFrame | Mapping[str, pd.DataFrame]", confidence: float = 0.95
) -> Verdict:
    """Hold a claim against a table of measures.

    Parameters
    ----------
    table : tidy frame with the columns condition, seed, nucleus, measure, value, unit; or several by the run's name.

    Returns
    -------
    `Verdict`, on the means over seeds. The interval of left - right is the jackknife's over seeds with the t quantile:
    exactly the t interval of `compare` where the claim adds and subtracts, approximate where it divides. Seeds are
    paired as in `compare`: when all terms have values for the same seeds, or for at least three of the same.

    Raises
    ------
    InputError : the claim cannot be read, a name is not in the table, or the units do not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from lhb_model.comparison import TABLE_COLUMNS
    >>> rates = {"depressed": (1.0, 1.2, 0.8, 1.0), "ketamine": (0.2, 0.3, 0.1, 0.2)}
    >>> rows = [(c, seed, "lhb", "burst_rate", rate, "Hz") for c in rates for seed, rate in enumerate(rates[c])]
    >>> verdict = check("burst_rate(ketamine) < 0.5 * burst_rate(depressed)", pd.DataFrame(rows, columns=list(TABLE_COLUMNS)))
    >>> verdict.holds, verdict.beyond_scatter
    (True, True)
    >>> print(verdict.text)
    holds: burst_rate(ketamine) < 0.5 * burst_rate(depressed): 0.2 Hz against 0.5 Hz, difference -0.3 Hz [-0.3 Hz, -0.3 Hz] (95 % over 4 seeds, paired)
    """
    check_confidence(confidence)
    claim = parse_claim(claim) if isinstance(claim, str) else claim
    values = samples(_joined(table))
    rows = _Rows(values, {term: _place(term, values) for term in claim.terms}, partial(_difference, claim))
    unit = _compared_unit(claim, rows.units)
    return _verdict(claim, rows, unit, confidence)


def _joined(table: "pd.DataFrame | Mapping[str, pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    if isinstance(table, pd.DataFrame):
        return table
    if not table:
        raise InputError("no run to hold the claim against")
    return pd.concat([labelled(run, part) for run, part in table.items()], ignore_index=True)
