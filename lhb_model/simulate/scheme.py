"""The staggered Crank-Nicolson scheme, as a Brian2 state updater.

In each step the gates advance with the old membrane potential, then the pools that currents fill, then the potential with
the new gates; gates and pools thus live half a step away from the potential, and the scheme is of second order at one
evaluation of each rate a step (Hines 1984 Int J Biomed Comput 15:69). Each equation is advanced by

    x += dt f(x) / (1 - dt/2 df/dx),

which is Crank-Nicolson for an equation linear in its own variable. The potential's f is linear but for factors without a
gate of their own (the magnesium block): they take part in df/dv, which keeps the order (Rosenbrock 1963 Comput J 5:329).
A pool is filled by the mean of its currents before and after the gates have moved.
"""

from typing import Any

import sympy
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION, Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException

NAME = "staggered_crank_nicolson"


class StaggeredCrankNicolson(StateUpdateMethod):
    """Abstract code of one step of the staggered Crank-Nicolson scheme."""

    def __call__(self, equations: Equations, variables: Any = None, method_options: Any = None) -> str:
        """Code that advances every variable by one step, the membrane potential last.

        Raises
        ------
        UnsupportedEquationsException
            If an equation is not linear in its own variable once the other variables are held.
        """
        lines = list(equations.ordered)
        rates = {line.varname: line.expr.code for line in lines if line.type == DIFFERENTIAL_EQUATION}
        factors = {line.varname: line.expr.code for line in lines if line.type == SUBEXPRESSION}
        currents = {name: code for name, code in factors.items() if name.startswith("I_")}
        pools = sorted(name for name in rates if name != "v" and _names(rates[name]) & set(currents))
        gates = sorted(set(rates) - set(pools) - {"v"})
        inflows = {name: _inflow(name, rates[name], currents, variables) for name in pools}
        steps = [f"_{name}_inflow = {code}" for name, code in inflows.items()]
        steps += [_step(name, rates[name], variables) for name in gates]
        steps += [_pool_step(name, rates[name], inflows[name], variables) for name in pools]
        steps += [_membrane_step(rates["v"], currents, factors, variables)] if "v" in rates else []
        return "\n".join(steps)


def _step(name: str, rate: str, variables: Any) -> str:
    x, dt = _symbols(name)
    f = str_to_sympy(rate, variables)
    slope = _slope(f, x)
    if slope == 0:
        return f"{name} = {name} + dt*({sympy_to_str(f)})"
    return f"{name} = {name} + {sympy_to_str(sympy.together(dt * f / (1 - dt * slope / 2)))}"


def _inflow(name: str, rate: str, currents: dict[str, str], variables: Any) -> str:
    """What the currents bring a pool, as things stand when it is evaluated."""
    f = _expand(str_to_sympy(rate, variables), currents, variables)
    return str(sympy_to_str(f.subs(_symbols(name)[0], 0)))


def _pool_step(name: str, rate: str, inflow: str, variables: Any) -> str:
    slope = sympy_to_str(_slope(str_to_sympy(rate, variables), _symbols(name)[0]))
    mean = f"0.5*(_{name}_inflow + ({inflow}))"
    return f"{name} = {name} + dt*({mean} + ({slope})*{name})/(1 - 0.5*dt*({slope}))"


def _membrane_step(rate: str, currents: dict[str, str], factors: dict[str, str], variables: Any) -> str:
    v, _ = _symbols("v")
    f = _expand(str_to_sympy(rate, variables), currents, variables)
    slope = _slope(f, v)
    held = [symbol for symbol in f.free_symbols if symbol.name in factors]
    bends = (sympy.diff(f, factor) * sympy.diff(str_to_sympy(factors[factor.name], variables), v) for factor in held)
    return "\n".join(
        [
            f"_slope = {sympy_to_str(slope)}",
            f"_offset = {sympy_to_str(f.subs(v, 0))}",
            f"_bend = {sympy_to_str(sum(bends, sympy.Integer(0)))}",
            "v = v + dt*(_slope*v + _offset)/(1 - 0.5*dt*(_slope + _bend))",
        ]
    )


def _symbols(name: str) -> tuple[sympy.Symbol, sympy.Symbol]:
    return sympy.Symbol(name, real=True), sympy.Symbol("dt", real=True, positive=True)


def _slope(f: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    slope = sympy.diff(f, x)
    if slope.has(x):
        raise UnsupportedEquationsException(f"d{x}/dt is not linear in {x} when the other variables are held")
    return slope


def _expand(expression: sympy.Expr, currents: dict[str, str], variables: Any) -> sympy.Expr:
    """Write the currents out, so that an equation shows its linear dependence on the potential."""
    named = {symbol.name: symbol for symbol in expression.free_symbols if symbol.name in currents}
    replacements = {symbol: str_to_sympy(currents[name], variables) for name, symbol in named.items()}
    return expression.subs(replacements)


def _names(code: str) -> set[str]:
    return {symbol.name for symbol in str_to_sympy(code).free_symbols}


def register() -> str:
    """Make the scheme known to Brian2 (once) and return its name."""
    if NAME not in StateUpdateMethod.stateupdaters:
        StateUpdateMethod.register(NAME, StaggeredCrankNicolson())
    return NAME
