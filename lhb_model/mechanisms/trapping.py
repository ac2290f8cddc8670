"""Open-channel block of NMDA receptors with trapping: blockers enter and leave the pore only while the channel is open.

Two states of the pore for each blocker, free or occupied. A blocker enters an open pore that no magnesium holds, and leaves
an open one; once the channel closes on it, it stays. One pore holds one blocker, so blockers compete for it exactly.

A blocker that is trapped in part only (memantine) has a second, superficial site in front of the gate: reached while the channel
is open, left whether or not it is, and never taken together with the deep one (Kotermanski 2009).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import Parameter, parameter


@dataclass(frozen=True)
class Blocker:
    """A blocker of the pore: its name, rates into and out of the open channel, and how depolarisation drives it out.

    `k_off` holds at the potential `V_off` and grows e-fold every `k_V`. `k_in` and `k_out` are the rates of a superficial site,
    which lets go of it in closed channels, too; None without such a site.
    """

    name: str
    k_on: Parameter
    k_off: Parameter
    V_off: Parameter
    k_V: Parameter
    k_in: Parameter | None = None
    k_out: Parameter | None = None


def trapping(blockers: Iterable[Blocker]) -> Mechanism:
    """The mechanism of some blockers in one pore; their concentrations are 0 until an intervention sets them.

    >>> list(trapping([KETAMINE]).parameters)[:2]
    ['P_ambient', 'c_ketamine']
    """
    blockers = tuple(blockers)
    names = [blocker.name for blocker in blockers]
    states = ("open_time", *(f"{state}_{name}" for name in names for state in ("b", "release_time")))
    superficial = [f"a_{blocker.name}" for blocker in blockers if blocker.k_in]
    free = f"(1 - {' - '.join([*(f'b_{name}' for name in names), *superficial])})"
    return Mechanism(
        name="trapping",
        title="Open-channel block of NMDA receptors with trapping",
        equations="\n".join(
            [
                "p_open = P_ambient*(ambient_NMDA + s_NMDA) : 1",
                f"free_pores = {free} : 1",
                "dopen_time/dt = B_Mg*p_open : second",
                *(line for name in names for line in _lines(name, free)),
                *(_superficial(blocker.name, free) for blocker in blockers if blocker.k_in),
            ]
        ),
        source="two-state reduction of closed, open, open-blocked and closed-blocked channels with equal gating (MacDonald 1991)",
        tag="assumed",
        parameters={"P_ambient": P_AMBIENT}
        | {key: p for blocker in blockers for key, p in _parameters(blocker).items()},
        requires=frozenset({"B_Mg", "ambient_NMDA", "s_NMDA"}),
        gates={"I_NMDA": "free_pores"},
        kept=states,
        start=dict.fromkeys([*states, *superficial], 0.0),
    )


def _lines(name: str, free: str) -> list[str]:
    """Block and, for the averages that carry it over hours, the time spent releasing, weighted by the voltage."""
    return [
        f"release_{name} = p_open*exp((v - V_off_{name})/k_V_{name}) : 1",
        f"db_{name}/dt = k_on_{name}*c_{name}*B_Mg*p_open*{free} - k_off_{name}*release_{name}*b_{name} : 1",
        f"drelease_time_{name}/dt = release_{name} : second",
    ]


def _superficial(name: str, free: str) -> str:
    """Share of the pores with a blocker in front of the gate."""
    return f"da_{name}/dt = k_in_{name}*c_{name}*B_Mg*p_open*{free} - k_out_{name}*a_{name} : 1"


def _parameters(blocker: Blocker) -> dict[str, Parameter]:
    name = blocker.name
    rates = {"k_on": blocker.k_on, "k_off": blocker.k_off, "V_off": blocker.V_off, "k_V": blocker.k_V}
    if blocker.k_in and blocker.k_out:
        rates |= {"k_in": blocker.k_in, "k_out": blocker.k_out}
    return {f"c_{name}": NONE} | {f"{key}_{name}": value for key, value in rates.items()}


P_AMBIENT = parameter(
    "0.1",
    source="no measurement in the LHb; a tenth of the receptors that saturating agonist would open",
    tag="assumed",
    note="open probability at an occupancy of 1 by ambient glutamate, relative to that in saturating agonist, in which "
    "k_on and k_off were measured; sets how fast a block comes and goes, not how deep it gets",
)
NONE = parameter("0 M", source="no drug unless an intervention gives one", tag="assumed")
EXAMPLE = "as configs/interventions/ketamine.yaml, which runs use instead"
KETAMINE = Blocker(
    name="ketamine",
    k_on=parameter("0.3 1/uM/s", source=EXAMPLE, tag="assumed"),
    k_off=parameter("0.2 1/s", source=EXAMPLE, tag="assumed"),
    V_off=parameter("-60 mV", source=EXAMPLE, tag="assumed"),
    k_V=parameter("40 mV", source=EXAMPLE, tag="assumed"),
)
MECHANISM = trapping([KETAMINE])
