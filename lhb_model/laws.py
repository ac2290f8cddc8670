"""Pure arithmetic of dose and strength. Factor laws multiply and shift laws add, so their order never matters."""

from math import exp


def hill_block(concentration: float, ic50: float, hill: float = 1.0) -> float:
    """Blocked fraction at a concentration (both in M).

        block = c**n / (c**n + IC50**n)

    >>> hill_block(5e-6, 5e-6)
    0.5
    >>> hill_block(0.0, 5e-6)
    0.0
    """
    # Powers of numbers below 1 alone: they may vanish but not overflow.
    if concentration <= ic50:
        bound = (concentration / ic50) ** hill
        return bound / (1.0 + bound)
    return 1.0 / (1.0 + (ic50 / concentration) ** hill)


def pore_ic50(ic50: float, measured_at: float, potential: float, e_fold: float, unblocked: float) -> float:
    """IC50 of a blocker of the pore at a potential (V), where magnesium leaves a share `unblocked` of the pores to it.

        IC50(V, Mg) = IC50 * exp((V - V_measured)/e_fold) / unblocked(V, Mg)

    `ic50` was measured without magnesium at the potential `measured_at`. Depolarisation drives the blocker out, e-fold
    every `e_fold`; magnesium and the blocker compete for the pore.

    >>> pore_ic50(0.3e-6, -0.065, -0.065, 0.04, unblocked=0.0625)
    4.8e-06
    """
    return ic50 * exp((potential - measured_at) / e_fold) / unblocked


def binding_rate(ic50: float, measured_at: float, k_off: float, k_off_at: float, e_fold: float) -> float:
    """Rate of entry into the open pore (1/M/s) that gives an IC50, from the rate of exit `k_off` (1/s) at `k_off_at` (V).

        k_on = k_off * exp((V_measured - V_off)/e_fold) / IC50

    >>> round(binding_rate(0.5e-6, -0.06, 0.2, -0.06, 0.04))
    400000
    """
    return k_off * exp((measured_at - k_off_at) / e_fold) / ic50


def block_factor(block: float) -> float:
    """What is left of a conductance when a fraction of its channels is blocked.

    >>> block_factor(0.0)
    1.0
    """
    return 1.0 - block


def scale_factor(amount: float, strength: float) -> float:
    """Factor of a scaling intervention at a strength: none at 0, `amount` at 1.

    >>> scale_factor(1.4, 0.0)
    1.0
    """
    return float(amount**strength)


def shift_amount(amount: float, strength: float) -> float:
    """Shift of an intervention at a strength: none at 0, `amount` at 1.

    >>> shift_amount(-0.01, 0.5)
    -0.005
    """
    return amount * strength
