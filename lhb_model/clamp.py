"""A current in voltage clamp, from its own equations: what an experimenter with a perfect clamp would record.

At a constant potential every gate relaxes exponentially, so that steps of the command are exact and need no time step.
Potentials in V, times in s. Arrays of potentials and times broadcast against each other, unless gates depend on each other:
then a step is a matrix exponential, of one potential and one time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lhb_model.equations import Equation, SteadyState

Gates = Mapping[str, Any]


@dataclass(frozen=True)
class Clamp:
    """One current of a cell under a command potential.

    Parameters
    ----------
    equations : the cell's equations.
    parameters : SI numbers of all that they use; a variable that is given here stays as it is.
    current : name of the current; its gates are the variables that it depends on, at whatever remove.

    `after` raises `ValueError` if gates depend on each other in another way than linearly.

    >>> from lhb_model.equations import parse_equations
    >>> cell = parse_equations('''
    ...     I = g*n*(E - v) : amp
    ...     dn/dt = (n_inf - n)/tau : 1
    ...     n_inf = 1/(1 + exp(-(v - half)/(5*mV))) : 1''')
    >>> clamp = Clamp(cell, {"g": 1e-9, "E": 0.1, "tau": 0.02, "half": -0.05}, "I")
    >>> gates = clamp.after(clamp.rest(-0.05), -0.2, 0.02)
    >>> round(float(clamp.open_share(gates, -0.2)), 4)
    0.1839
    """

    equations: tuple[Equation, ...]
    parameters: Mapping[str, Any]
    current: str
    gates: tuple[str, ...] = field(init=False)
    coupled: bool = field(init=False)

    def __post_init__(self) -> None:
        free = [equation for equation in self.equations if equation.name not in self.parameters]
        gates, coupled = _gates(free, self.current)
        object.__setattr__(self, "gates", gates)
        object.__setattr__(self, "coupled", coupled)

    def rest(self, potential: Any) -> Gates:
        """The gates after a long time at a potential."""
        steady = self._at(potential)
        return {name: steady[name] for name in self.gates}

    def after(self, gates: Gates, potential: Any, time: Any) -> Gates:
        """The gates when the clamp has been at a potential for a time."""
        if self.coupled:
            return self._after_together(gates, potential, time)
        steady = self._at(potential)
        return {name: _relaxed(gates[name], *steady.kinetics(name), time) for name in self.gates}

    def amperes(self, gates: Gates, potential: Any) -> Any:
        """The current (A), inward positive."""
        return self._at(potential, gates)[self.current]

    def open_share(self, gates: Gates, potential: Any) -> Any:
        """The current relative to that of fully open channels at the same potential, whatever drives the ions."""
        return self.amperes(gates, potential) / self.amperes(dict.fromkeys(self.gates, 1.0), potential)

    def _after_together(self, gates: Gates, potential: float, time: float) -> Gates:
        """Gates that depend on each other linearly, by the exponential of their matrix."""
        from scipy.linalg import expm

        size = len(self.gates)
        still = self._rates(np.zeros(size), potential)
        matrix = np.array([self._rates(one, potential) - still for one in np.eye(size)]).T
        if not np.allclose(self._rates(np.ones(size), potential), matrix.sum(axis=1) + still):
            raise ValueError(f"{', '.join(self.gates)} of {self.current} do not depend on each other linearly")
        whole = np.zeros((size + 1, size + 1))
        whole[:-1] = np.column_stack([matrix, still])
        start = [float(gates[name]) for name in self.gates]
        return dict(zip(self.gates, (expm(whole * time) @ [*start, 1.0])[:-1], strict=True))

    def _rates(self, values: Any, potential: float) -> Any:
        """Rate of change of each gate (1/s)."""
        now = self._at(potential, dict(zip(self.gates, values, strict=True)))
        inflows, rates = np.array([now.kinetics(name) for name in self.gates], float).T
        return inflows - rates * values

    def _at(self, potential: Any, gates: Gates | None = None) -> SteadyState:
        return SteadyState(self.equations, {**self.parameters, **(gates or {}), "v": potential})


def _relaxed(x: Any, inflow: Any, rate: Any, time: Any) -> Any:
    """x after a time, of dx/dt = inflow - rate*x; x itself where nothing moves it."""
    still = np.asarray(rate) == 0
    moving = np.where(still, 1.0, rate)
    return x + np.where(still, inflow * time, (inflow - rate * x) / moving * -np.expm1(-moving * time))


def _gates(equations: Iterable[Equation], current: str) -> tuple[tuple[str, ...], bool]:
    """Variables, other than the potential, that a current depends on; and whether they depend on each other."""
    known = {equation.name: equation for equation in equations}

    def variables(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """Variables in the expression of a name and in those that it uses."""
        used = known[name].names() & known.keys() - {name, "v"} - seen
        return {n for n in used if known[n].differential}.union(*(variables(n, seen | used) for n in used))

    gates = sorted(variables(current))
    return tuple(gates), any(variables(name) for name in gates)
