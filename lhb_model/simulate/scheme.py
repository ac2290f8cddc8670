"""The staggered Crank-Nicolson scheme, as a Brian2 state updater.

In each step the gates advance with the old membrane potential, then the pools that currents fill, then the potential with
the new gates; gates thus live half a step away from the potential, and the scheme is of second order at one evaluation a
step (Hines 1984 Int J Biomed Comput 15:69). Each equation is advanced by

    x += dt f(x) / (1 - dt/2 df/dx),

which is Crank-Nicolson for an equation linear in its own variable. A factor of a current that depends on the potential
without a gate of its own (the magnesium block) is held during the step.
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
        currents = {
            line.varname: line.expr.code
            for line in lines
            if line.type == SUBEXPRESSION and line.varname.startswith("I_")
        }
        order = sorted(rates, key=lambda name: (name == "v", bool(_names(rates[name]) & set(currents)), name))
        steps = [_step(name, rates[name], currents if name == "v" else {}, variables) for name in order]
        return "\n".join(steps)


def _step(name: str, rate: str, currents: dict[str, str], variables: Any) -> str:
    x, dt = sympy.Symbol(name, real=True), sympy.Symbol("dt", real=True, positive=True)
    f = _expand(str_to_sympy(rate, variables), currents, variables)
    slope = sympy.diff(f, x)
    if slope.has(x):
        raise UnsupportedEquationsException(f"d{name}/dt is not linear in {name} when the other variables are held")
    if slope == 0:
        return f"{name} = {name} + dt*({sympy_to_str(f)})"
    if name == "v":
        return _membrane_step(f, slope, x)
    advance = sympy.together(dt * f / (1 - dt * slope / 2))
    return f"{name} = {name} + {sympy_to_str(advance)}"


def _membrane_step(f: sympy.Expr, slope: sympy.Expr, x: sympy.Symbol) -> str:
    return "\n".join(
        [
            f"_slope = {sympy_to_str(slope)}",
            f"_offset = {sympy_to_str(f.subs(x, 0))}",
            "v = v + dt*(_slope*v + _offset)/(1 - 0.5*dt*_slope)",
        ]
    )


def _expand(expression: sympy.Expr, currents: dict[str, str], variables: Any) -> sympy.Expr:
    """Write the currents out, so that the membrane equation shows its linear dependence on the potential."""
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
