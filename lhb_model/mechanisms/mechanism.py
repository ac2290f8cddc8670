"""What a mechanism is: the equations of one current, receptor or channel state, with every number's source.

Conventions: inward current is positive; equations are in Brian2's syntax and print the paper's symbols; the membrane
potential is `v`. Parameters live beside the equations that use them; amounts that differ between cell types are
overridden by the nucleus sheet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lhb_model.quantities import Parameter


@dataclass(frozen=True)
class Mechanism:
    """One current, synapse or channel state.

    Attributes
    ----------
    name
        Name used in nucleus sheets.
    title
        One line for people.
    equations
        Brian2 equations, one per line, unit at each line's end. Lines of parameters are not written here: they follow
        from `parameters`.
    source
        Where the form of the equations and the numbers printed in them come from.
    tag
        How those printed numbers are known: measured, recalled, fitted or assumed.
    parameters
        Name -> `Parameter` (value, unit, source, tag).
    per_neuron
        Parameters that may differ from neuron to neuron; the others are shared by the nucleus.
    currents
        Names of the currents that enter the membrane equation.
    potassium
        Those of its currents that K+ carries; `I_potassium` is their sum over the cell, for a mechanism that requires it.
    replaces
        Parameters of other mechanisms, such as a constant reversal potential, for which it gives an equation.
    slow
        Variables that change over seconds, and expressions of them: taken forward every half a millisecond alone. They start
        from their steady state under what acts from the beginning, where others start from that of the untouched cell.
    gates
        Current of another mechanism -> name of the share of it that flows. Such a mechanism is not named in nucleus sheets:
        the interventions of an experiment bring it into the cell.
    kept
        Variables whose last values a simulation gives back.
    membrane
        Rate of change of the potential in place of the sum of the currents, where something else holds it.
    requires
        Names that another mechanism of the cell must give.
    receives
        Receptor name -> the state variable that a presynaptic spike increments.
    weight_units
        Receptor name -> canonical unit of that increment.
    each_step
        Statements run at the start of every time step (noise, bookkeeping), as Brian2 abstract code.
    threshold, reset, refractory
        Spike condition, what happens at a spike, and length of the refractory time (Brian2 expressions).
    start
        State variable -> number it starts from, where that is not its steady state at the resting potential.
    """

    name: str
    title: str
    equations: str
    source: str
    tag: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    per_neuron: frozenset[str] = frozenset()
    currents: tuple[str, ...] = ()
    potassium: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()
    slow: tuple[str, ...] = ()
    gates: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    membrane: str = ""
    requires: frozenset[str] = frozenset()
    receives: Mapping[str, str] = field(default_factory=dict)
    weight_units: Mapping[str, str] = field(default_factory=dict)
    each_step: str = ""
    threshold: str = ""
    reset: str = ""
    refractory: str = ""
    start: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = self.per_neuron - set(self.parameters)
        if unknown:
            raise ValueError(f"mechanism {self.name}: per_neuron names no parameter: {sorted(unknown)}")
        for name in ("parameters", "gates", "receives", "weight_units", "start"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def weight_name(receptor: str) -> str:
    """Name of the weight of synapses at a receptor.

    >>> weight_name("ampa")
    'w_ampa'
    """
    return f"w_{receptor}"


FIT = (
    "fitted by calibration/neuron.py so that one cell is silent, bursts and fires tonically as it depolarises, as Weiss & Veh "
    "2011 and Yang 2018 show"
)
