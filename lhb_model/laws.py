"""Pure arithmetic of dose and strength. Factor laws multiply and shift laws add, so their order never matters."""


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
