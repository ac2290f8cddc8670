"""A cell type: mechanisms put together into one set of equations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lhb_model.equations import Equation, parse_equations
from lhb_model.errors import InputError
from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import Parameter

POTASSIUM = "I_potassium"
"""The sum of the K+ currents of a cell."""
GIVEN = frozenset({"v", "t", "noise_key", POTASSIUM})
"""What every cell has without a mechanism giving it."""


@dataclass(frozen=True)
class Cell:
    """Equations, parameters and events of one cell type.

    `equations` holds the membrane equation last; `per_neuron` names the parameters that may differ between neurons; `gates`
    gives the name of the share that flows of a current, where it is not all of it; `kept` names variables whose last values
    are wanted; `slow` those that are taken forward on a clock of their own.
    """

    mechanisms: tuple[Mechanism, ...]
    equations: tuple[Equation, ...]
    parameters: Mapping[str, Parameter]
    per_neuron: frozenset[str]
    currents: tuple[str, ...]
    gates: Mapping[str, str]
    kept: tuple[str, ...]
    slow: tuple[str, ...]
    receives: Mapping[str, str]
    weight_units: Mapping[str, str]
    each_step: str
    threshold: str
    reset: str
    refractory: str

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the variables with a differential equation, `v` last."""
        return tuple(equation.name for equation in self.equations if equation.differential)


def compose(nucleus: str, mechanisms: Iterable[Mechanism]) -> Cell:
    """Put mechanisms together into a cell.

    Raises
    ------
    InputError
        If a mechanism lacks what it requires, two mechanisms give one name, or nothing makes a spike.
    """
    mechanisms = tuple(mechanisms)
    replaced = frozenset[str]().union(*(mechanism.replaces for mechanism in mechanisms))
    given = [(name, value) for m in mechanisms for name, value in m.parameters.items() if name not in replaced]
    equations = tuple(equation for mechanism in mechanisms for equation in parse_equations(mechanism.equations))
    equations += _potassium(mechanisms)
    _check(nucleus, mechanisms, [*(equation.name for equation in equations), *(name for name, _ in given)])
    currents = tuple(name for mechanism in mechanisms for name in mechanism.currents)
    gates = {current: share for mechanism in mechanisms for current, share in mechanism.gates.items()}
    flowing = (f"{gates[name]}*{name}" if name in gates else name for name in currents)
    held = [m.membrane for m in mechanisms if m.membrane]
    rate = _only(nucleus, "clamp", held) if held else f"({' + '.join(flowing)})/C"
    membrane = Equation("v", rate, "volt", differential=True)
    return Cell(
        mechanisms=mechanisms,
        equations=(*equations, membrane),
        parameters=dict(given),
        per_neuron=frozenset().union(*(mechanism.per_neuron for mechanism in mechanisms)),
        currents=currents,
        gates=gates,
        kept=tuple(name for mechanism in mechanisms for name in mechanism.kept),
        slow=tuple(name for mechanism in mechanisms for name in mechanism.slow),
        receives={receptor: state for m in mechanisms for receptor, state in m.receives.items()},
        weight_units={receptor: unit for m in mechanisms for receptor, unit in m.weight_units.items()},
        each_step=_lines(m.each_step for m in mechanisms),
        threshold=_only(nucleus, "threshold", [m.threshold for m in mechanisms if m.threshold]),
        reset=_lines(m.reset for m in mechanisms),
        refractory="".join(m.refractory for m in mechanisms),
    )


def _potassium(mechanisms: tuple[Mechanism, ...]) -> tuple[Equation, ...]:
    """The sum of the currents that K+ carries, if a mechanism asks for it."""
    if not any(POTASSIUM in mechanism.requires for mechanism in mechanisms):
        return ()
    carried = [name for mechanism in mechanisms for name in mechanism.potassium]
    return (Equation(POTASSIUM, " + ".join(carried) or "0*pA", "amp"),)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(line.strip() for text in texts for line in text.splitlines() if line.strip())


def _only(nucleus: str, what: str, found: list[str]) -> str:
    if len(found) != 1:
        raise InputError(f"nucleus {nucleus!r} needs exactly one mechanism with a {what}, it has {len(found)}")
    return found[0]


def _check(nucleus: str, mechanisms: tuple[Mechanism, ...], names: list[str]) -> None:
    _once(nucleus, names)
    _once(nucleus, [f"the receptor {receptor}" for m in mechanisms for receptor in m.receives])
    given = set(names) | GIVEN
    for mechanism in mechanisms:
        missing = sorted((mechanism.requires | mechanism.gates.keys()) - given)
        if missing:
            needed = f"mechanism {mechanism.name!r} needs {', '.join(missing)}"
            raise InputError(f"nucleus {nucleus!r}: {needed}, expected a mechanism that gives it")
    if "C" not in given:
        raise InputError(f"nucleus {nucleus!r} needs a membrane: add the mechanism 'leak'")


def _once(nucleus: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"nucleus {nucleus!r}: two mechanisms give {', '.join(twice)}, expected one")
