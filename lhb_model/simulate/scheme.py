"""The staggered Crank-Nicolson scheme, as a Brian2 state updater.

In each step the gates advance with the old membrane potential, then the pools that currents fill, then the potential with
the new gates; gates and pools thus live half a step away from the potential, and the scheme is of second order at one
evaluation of each rate a step (Hines 1984 Int J Biomed Comput 15:69). Each equation is advanced by

    x += dt f(x) / (1 - dt/2 df/dx),

which is Crank-Nicolson for an equation linear in its own variable. The potential's f is linear but for factors without a
gate of their own (the magnesium block): they take part in df/dv, which keeps the order (Rosenbrock 1963 Comput J 5:329).
A pool is filled by the mean of its currents before and after the gates have moved.

Every expression is written out down to parameters and state variables, with units as numbers, and what several of them share is
computed once: the compiler would not see it, as the terms come to it in different order.
"""

from collections.abc import Mapping
from typing import Any

import sympy
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION, Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException

from lhb_model.equations import UNITS

NAME = "staggered_crank_nicolson"
DT = sympy.Symbol("_dt", real=True, positive=True)
"""The time step as a local number, of the same precision as the variables."""

Expressions = Mapping[str, sympy.Expr]


class StaggeredCrankNicolson(StateUpdateMethod):
    """Abstract code of one step of the staggered Crank-Nicolson scheme."""

    def __call__(self, equations: Equations, variables: Any = None, method_options: Any = None) -> str:
        """Code that advances every variable by one step, the membrane potential last.

        Raises
        ------
        UnsupportedEquationsException
            If an equation is not linear in its own variable once the other variables are held.
        """
        rates = _expressions(equations, DIFFERENTIAL_EQUATION, variables)
        factors = _expressions(equations, SUBEXPRESSION, variables)
        currents = {name for name in factors if name.startswith("I_")}
        pools = sorted(name for name in rates if name != "v" and _names(rates[name]) & currents)
        gates = sorted(set(rates) - set(pools) - {"v"})
        inflows = {name: _written_out(rates[name], factors).subs(_symbol(name), 0) for name in pools}
        return "\n".join(
            [
                f"{DT} = dt",
                *_code({_before(name): inflow for name, inflow in inflows.items()}, "_before"),
                *_code({name: _step(name, _written_out(rates[name], factors)) for name in gates}, "_gate"),
                *_code({name: _pool_step(name, rates[name], inflows[name]) for name in pools}, "_pool"),
                *(_membrane_step(rates["v"], currents, factors) if "v" in rates else []),
            ]
        )


def _expressions(equations: Equations, kind: str, variables: Any) -> dict[str, sympy.Expr]:
    found = {e.varname: str_to_sympy(e.expr.code, variables) for e in equations.ordered if e.type == kind}
    return {name: f.subs({s: UNITS[s.name] for s in f.free_symbols if s.name in UNITS}) for name, f in found.items()}


def _code(targets: Expressions, prefix: str) -> list[str]:
    """Assignments to the targets, after those of what they share."""
    names = sympy.numbered_symbols(prefix, real=True)
    shared, ends = sympy.cse(list(targets.values()), names)
    steps = [*shared, *zip(targets, ends, strict=True)]
    return [f"{name} = {sympy_to_str(expression)}" for name, expression in steps]


def _step(name: str, f: sympy.Expr) -> sympy.Expr:
    x = _symbol(name)
    slope = _slope(f, x)
    return x + (sympy.together(DT * f / (1 - DT * slope / 2)) if slope != 0 else DT * f)


def _before(pool: str) -> str:
    return f"_{pool}_inflow"


def _pool_step(name: str, rate: sympy.Expr, inflow: sympy.Expr) -> sympy.Expr:
    x = _symbol(name)
    slope = _slope(rate, x)
    return x + DT * ((_symbol(_before(name)) + inflow) / 2 + slope * x) / (1 - DT * slope / 2)


def _membrane_step(rate: sympy.Expr, currents: set[str], factors: Expressions) -> list[str]:
    v = _symbol("v")
    f = _written_out(rate, {name: factors[name] for name in currents})
    slope = _slope(f, v)
    held = [symbol for symbol in f.free_symbols if symbol.name in factors]
    bends = (sympy.diff(f, factor) * sympy.diff(_written_out(factors[factor.name], factors), v) for factor in held)
    parts = {"_slope": slope, "_offset": f.subs(v, 0), "_bend": sum(bends, sympy.Integer(0))}
    return [
        *_code({name: _written_out(part, factors) for name, part in parts.items()}, "_membrane"),
        f"v = v + {DT}*(_slope*v + _offset)/(1 - 0.5*{DT}*(_slope + _bend))",
    ]


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


def _slope(f: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    slope = sympy.diff(f, x)
    if slope.has(x):
        raise UnsupportedEquationsException(f"d{x}/dt is not linear in {x} when the other variables are held")
    return slope


def _written_out(f: sympy.Expr, factors: Expressions) -> sympy.Expr:
    """An expression with every factor in it replaced by the factor's own expression, until none is left."""
    while named := {symbol: factors[symbol.name] for symbol in f.free_symbols if symbol.name in factors}:
        f = f.subs(named)
    return f


def _names(f: sympy.Expr) -> set[str]:
    return {symbol.name for symbol in f.free_symbols}


def register() -> str:
    """Make the scheme known to Brian2 (once) and return its name."""
    if NAME not in StateUpdateMethod.stateupdaters:
        StateUpdateMethod.register(NAME, StaggeredCrankNicolson())
    return NAME
