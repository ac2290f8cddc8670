"""Equations as text: taken apart, evaluated with NumPy, and solved for the steady state at a clamped potential.

Brian2 integrates the same text; this module answers the questions that need no clock (a steady state, a time constant, a
current-voltage curve) without importing Brian2. Expressions are parsed and walked, never evaluated as Python code.
"""

import ast
import operator
import threading
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

UNITS = {"mV": 1e-3, "ms": 1e-3, "nS": 1e-9, "pA": 1e-12, "Hz": 1.0}
"""Unit names that may stand in equations, as factors to SI."""


def linoid(x: Any) -> Any:
    """x/(exp(x) - 1), with its limit 1 - x/2 near zero.

    >>> float(linoid(0.0)), round(float(linoid(1.0)), 6)
    (1.0, 0.581977)
    """
    x = np.asarray(x, dtype=float)
    small = np.abs(x) < 1e-6
    return np.where(small, 1 - x / 2, x / np.expm1(np.where(small, 1.0, x)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "linoid": linoid, "int": np.asarray,
}  # fmt: skip
_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


LEAST, MOST = 1e-12, 1e12
HALVINGS = 60
"""Positive variables are sought between these, to one part in 1e16."""


@dataclass(frozen=True)
class Equation:
    """One line of a mechanism: `dx/dt = expression : unit`, `x = expression : unit` or `x : unit`."""

    name: str
    expression: str
    unit: str
    differential: bool = False

    def text(self) -> str:
        """The line as Brian2 reads it."""
        if not self.expression:
            return f"{self.name} : {self.unit}"
        left = f"d{self.name}/dt" if self.differential else self.name
        return f"{left} = {self.expression} : {self.unit}"

    def names(self) -> frozenset[str]:
        """Names in its expression."""
        return identifiers(self.expression) if self.expression else frozenset()


def parse_equations(text: str) -> tuple[Equation, ...]:
    """Take equations apart, one a line.

    >>> parse_equations("dx/dt = -x/(5*ms) : 1")[0].differential
    True
    """
    equations = []
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        body, unit = line.rsplit(":", 1)
        left, _, right = body.partition("=")
        left, differential = left.strip(), False
        if left.startswith("d") and left.endswith("/dt"):
            left, differential = left[1:-3], True
        equations.append(Equation(left, right.strip(), unit.strip(), differential))
    return tuple(equations)


_PARSING = threading.Lock()
"""Python 3.11 fails now and then when two threads parse at once (its issue 106905)."""


@cache
def _tree(expression: str) -> ast.expr:
    with _PARSING:
        return ast.parse(expression, mode="eval").body


@cache
def identifiers(expression: str) -> frozenset[str]:
    """Names in an expression, without functions.

    >>> sorted(identifiers("g*exp(-v/k)"))
    ['g', 'k', 'v']
    """
    nodes = [node for node in ast.walk(_tree(expression)) if isinstance(node, ast.Name)]
    return frozenset(node.id for node in nodes) - frozenset(FUNCTIONS)


def evaluate(expression: str, lookup: Callable[[str], Any]) -> Any:
    """Value of an expression, element by element.

    >>> evaluate("2*x**2", {"x": 3.0}.__getitem__)
    18.0
    """
    return _evaluator(expression)(lookup)


Lookup = Callable[[str], Any]


@cache
def _evaluator(expression: str) -> Callable[[Lookup], Any]:
    return _walked(_tree(expression))


def _walked(node: ast.expr) -> Callable[[Lookup], Any]:
    """What gives the value of a parsed expression: functions in one another, since a tree would be walked a thousand times."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        value = node.value
        return lambda lookup: value
    if isinstance(node, ast.Name):
        name = node.id
        return lambda lookup: lookup(name)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        operation, left, right = _BINARY[type(node.op)], _walked(node.left), _walked(node.right)
        return lambda lookup: operation(left(lookup), right(lookup))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        operand = _walked(node.operand)
        return lambda lookup: -operand(lookup)
    if (
        isinstance(node, ast.Call)
        and not node.keywords
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
    ):
        function, arguments = FUNCTIONS[node.func.id], [_walked(argument) for argument in node.args]
        return lambda lookup: function(*[argument(lookup) for argument in arguments])
    raise ValueError(f"an equation may not contain {ast.unparse(node)!r}")


class SteadyState:
    """Every variable of a cell at rest with its membrane clamped, found on demand.

    Parameters
    ----------
    equations
        The cell's equations.
    values
        SI numbers (scalars or arrays over neurons) of parameters and of `v`; anything given here is not solved for.

    Examples
    --------
    >>> cell = parse_equations('''
    ...     I = g*n*(E - v) : amp
    ...     dn/dt = (n_inf - n)/tau : 1
    ...     n_inf = 1/(1 + exp(-v/(5*mV))) : 1''')
    >>> steady = SteadyState(cell, {"g": 1e-9, "E": 0.1, "tau": 1.0, "v": 0.0})
    >>> float(steady["n"]), round(float(steady["I"]), 20)
    (0.5, 5e-11)
    """

    def __init__(self, equations: Iterable[Equation], values: Mapping[str, Any]):
        self._equations = {equation.name: equation for equation in equations}
        self._values = {**UNITS, "t": 0.0, **values}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._solve(self._equations[name])
        return self._values[name]

    def kinetics(self, name: str) -> tuple[Any, Any]:
        """Inflow a and rate b (1/s) of a variable x, all else as it is here: dx/dt = a - b*x.

        >>> gate = parse_equations("dn/dt = (0.5 - n)/tau : 1")
        >>> SteadyState(gate, {"tau": 0.25}).kinetics("n")
        (2.0, 4.0)
        """
        equation = self._equations[name]
        inflow = self._rate(equation, 0.0)
        return inflow, inflow - self._rate(equation, 1.0)

    def _solve(self, equation: Equation) -> Any:
        if not equation.expression:
            return 0.0
        if not equation.differential:
            return evaluate(equation.expression, self.__getitem__)
        if equation.name in self._behind(equation):
            return self._balanced(equation)
        inflow, rate = self.kinetics(equation.name)
        return inflow / rate

    def _behind(self, equation: Equation) -> set[str]:
        """Names that an equation needs, at whatever remove; its own only through other equations."""
        found: set[str] = set()
        waiting: AbstractSet[str] = equation.names() - {equation.name}
        while waiting := {name for name in waiting if name in self._equations and name not in self._values} - found:
            found |= waiting
            waiting = frozenset().union(*(self._equations[name].names() for name in waiting))
        return found

    def _balanced(self, equation: Equation) -> Any:
        """A positive variable at which its rate of change, which falls with it, is 0: by halving its logarithm."""
        # What does not depend on it is solved once.
        for name in self._behind(equation):
            if equation.name not in self._equations[name].names() | self._behind(self._equations[name]):
                self[name]
        low: Any = LEAST
        high: Any = MOST
        for _ in range(HALVINGS):
            middle = np.sqrt(low * high)
            there = SteadyState(self._equations.values(), {**self._values, equation.name: middle})
            rising = evaluate(equation.expression, there.__getitem__) > 0
            low, high = np.where(rising, middle, low), np.where(rising, high, middle)
        return np.sqrt(low * high)

    def _rate(self, equation: Equation, value: float) -> Any:
        return evaluate(equation.expression, lambda name: value if name == equation.name else self[name])
