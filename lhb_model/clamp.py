"""A current in voltage clamp, from its own equations: what an experimenter with a perfect clamp would record.

At a constant potential every gate relaxes exponentially, so that steps of the command are exact and need no time step.
Potentials in V, times in s. Arrays of potentials and times broadcast against each other.
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

    Raises `ValueError` if a gate depends on another: then its steps are not exponentials.

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

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "gates", _gates([e for e in self.equations if e.name not in self.parameters], self.current)
        )

    def rest(self, potential: Any) -> Gates:
        """The gates after a long time at a potential."""
        steady = self._at(potential)
        return {name: steady[name] for name in self.gates}

    def after(self, gates: Gates, potential: Any, time: Any) -> Gates:
        """The gates when the clamp has been at a potential for a time."""
        steady = self._at(potential)
        return {name: _relaxed(gates[name], *steady.kinetics(name), time) for name in self.gates}

    def amperes(self, gates: Gates, potential: Any) -> Any:
        """The current (A), inward positive."""
        return self._at(potential, gates)[self.current]

    def open_share(self, gates: Gates, potential: Any) -> Any:
        """The current relative to that of fully open channels at the same potential, whatever drives the ions."""
        return self.amperes(gates, potential) / self.amperes(dict.fromkeys(self.gates, 1.0), potential)

    def _at(self, potential: Any, gates: Gates | None = None) -> SteadyState:
        return SteadyState(self.equations, {**self.parameters, **(gates or {}), "v": potential})


def _relaxed(x: Any, inflow: Any, rate: Any, time: Any) -> Any:
    """x after a time, of dx/dt = inflow - rate*x; x itself where nothing moves it."""
    still = np.asarray(rate) == 0
    moving = np.where(still, 1.0, rate)
    return x + np.where(still, inflow * time, (inflow - rate * x) / moving * -np.expm1(-moving * time))


def _gates(equations: Iterable[Equation], current: str) -> tuple[str, ...]:
    """Variables, other than the potential, that a current depends on."""
    known = {equation.name: equation for equation in equations}

    def variables(name: str) -> set[str]:
        """Variables in the expression of a name and in those that it uses."""
        used = known[name].names() & known.keys() - {name, "v"}
        return {n for n in used if known[n].differential}.union(
            *(variables(n) for n in used if not known[n].differential)
        )

    gates = sorted(variables(current))
    coupled = [name for name in gates if variables(name)]
    if coupled:
        raise ValueError(f"{', '.join(coupled)} of {current} depends on other variables")
    return tuple(gates)
