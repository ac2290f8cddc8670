"""The grammar of claims, and the parser that reads it.

    claim      = sum ("<" | "<=" | ">" | ">=" | "==") sum
    sum        = product {("+" | "-") product}
    product    = factor {("*" | "/") factor}
    factor     = "-" factor | number [unit] | "(" sum ")" | term
    term       = [nucleus "."] measure "(" [run ":"] condition ")"

A claim is read from left to right and never run as code; how long and how deep it may be is bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lhb_model.errors import InputError
from lhb_model.names import shortened
from lhb_model.quantities import PLAIN_LETTERS, parse_quantity

LONGEST_CLAIM = 1000
MOST_TOKENS = 200
DEEPEST = 20
"""Parentheses and signs within each other."""

PLAIN_SIGNS = str.maketrans({"≤": "<=", "≥": ">=", "×": "*", "·": "*", "÷": "/"})
ANY_UNIT = ""
"""Of a bare 0."""

SYMBOL = r"[A-Za-z%]+(?:\^-?[1-9])?"
TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?"
    # A name that goes on or is called is no unit: 5 Hz / rate(x), 2 rate(x).
    rf"(?: ?{SYMBOL}(?:/{SYMBOL})*(?![\w.%^]| ?\())?)"
    r"|(?P<term>[A-Za-z_][\w.]* ?\([^()\x00-\x1f\x7f]*\))"
    r"|(?P<sign><=|>=|==|[-+*/()<>])"
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
        return list(dict.fromkeys([*terms_of(self.left), *terms_of(self.right)]))


def terms_of(expression: Expression) -> list[Term]:
    """The terms of an expression, in order of appearance."""
    if isinstance(expression, Operation):
        return [*terms_of(expression.left), *terms_of(expression.right)]
    return [expression] if isinstance(expression, Term) else []


class Misfit(Exception):
    """A claim that cannot be read, or does not fit the table; the message follows the claim's text."""


def parse_claim(text: str) -> Claim:
    """Read a claim.

    Raises `InputError`, with the place, for anything that this grammar does not make.

    >>> claim = parse_claim("vta_da.rate(ketamine) > 1.5 Hz + 0.5 * vta_da.rate(old:depressed)")
    >>> claim.comparison, [str(term) for term in claim.terms]
    ('>', ['vta_da.rate(ketamine)', 'vta_da.rate(old:depressed)'])
    >>> parse_claim("rate(ketamine)")
    Traceback (most recent call last):
    lhb_model.errors.InputError: claim 'rate(ketamine)': expected one of + - * / < <= > >= == at the end
    """
    if not isinstance(text, str):
        raise InputError(f"a claim is a text, given {shortened(text)}; {EXAMPLE}")
    if len(text) > LONGEST_CLAIM:
        raise InputError(f"claim {shortened(text)}: longer than {LONGEST_CLAIM} characters")
    if not text.strip():
        raise InputError(f"the claim is empty; {EXAMPLE}")
    try:
        claim = _Parser(" ".join(text.translate(PLAIN_SIGNS).translate(PLAIN_LETTERS).split())).claim()
        if not claim.terms:
            raise Misfit(f"it names no measure; {EXAMPLE}")
        return claim
    except Misfit as error:
        raise InputError(f"claim {shortened(text)}: {error}") from None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        if text[place] == " ":
            place += 1
            continue
        match = TOKEN.match(text, place)
        if match is None:
            raise Misfit(_unread(text[place:]))
        yield _Token(str(match.lastgroup), match[0], place)
        place = match.end()


def _unread(rest: str) -> str:
    """Why nothing can be read there."""
    if rest[0] == "=":
        return f"cannot read {shortened(rest)}; equality is written =="
    if rest[0] == "!":
        return f"cannot read {shortened(rest)}; expected one of {' '.join(COMPARISONS)}"
    if re.match(r"[^\W\d]", rest):
        return f"expected a measure with its condition, as in rate(control), at {shortened(rest)}"
    return f"cannot read {shortened(rest)}"


class _Parser:
    """Reads the grammar of this module from left to right, one function per rule."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = list(islice(_tokens(text), MOST_TOKENS + 1))
        if len(self.tokens) > MOST_TOKENS:
            raise Misfit(f"more than {MOST_TOKENS} parts")
        self.next = 0
        self.depth = 0

    def claim(self) -> Claim:
        left = self.sum()
        comparison = self.take(*COMPARISONS)
        if not comparison:
            raise Misfit(f"expected one of + - * / {' '.join(COMPARISONS)} {self.here()}")
        right = self.sum()
        if self.peek() in COMPARISONS:
            raise Misfit("a claim has one comparison; write two claims")
        if self.peek():
            raise Misfit(f"expected one of + - * / {self.here()}")
        return Claim(self.text, left, comparison, right)

    def sum(self) -> Expression:
        result = self.product()
        while sign := self.take("+", "-"):
            result = Operation(sign, result, self.product())
        return result

    def product(self) -> Expression:
        result = self.factor()
        while sign := self.take("*", "/"):
            result = Operation(sign, result, self.factor())
        return result

    def factor(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Misfit(f"more than {DEEPEST} parentheses or signs within each other")
        result = self.bare_factor()
        self.depth -= 1
        return result

    def bare_factor(self) -> Expression:
        if self.take("-"):
            return Operation("*", Number(-1.0, "1"), self.factor())
        if self.take("("):
            inside = self.sum()
            if not self.take(")"):
                raise Misfit(f"expected ')' {self.here()}")
            return inside
        if self.next == len(self.tokens) or self.tokens[self.next].kind == "sign":
            raise Misfit(f"expected a measure or a number {self.here()}")
        token = self.tokens[self.next]
        self.next += 1
        return _number(token.text) if token.kind == "number" else _term(token.text)

    def peek(self) -> str:
        return self.tokens[self.next].text if self.next < len(self.tokens) else ""

    def take(self, *signs: str) -> str:
        """The next sign, if it is one of these."""
        sign = self.peek()
        if sign not in signs:
            return ""
        self.next += 1
        return sign

    def here(self) -> str:
        if self.next == len(self.tokens):
            return "at the end"
        return f"at {shortened(self.text[self.tokens[self.next].place :])}"


def _number(text: str) -> Number:
    try:
        quantity = parse_quantity(text)
    except InputError as error:
        raise Misfit(error.message) from None
    return Number(quantity.value, ANY_UNIT if quantity.value == 0 and quantity.unit == "1" else quantity.unit)


def _term(text: str) -> Term:
    name, _, inside = text[:-1].partition("(")
    nucleus, _, measure = name.strip().rpartition(".")
    run, _, condition = inside.strip().rpartition(":")
    if not condition.strip():
        raise Misfit(f"{shortened(text)} names no condition")
    return Term(nucleus, measure, run.strip(), condition.strip())
