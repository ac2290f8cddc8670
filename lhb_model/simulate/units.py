"""Canonical SI units of the package -> names and factors of Brian2."""

BRIAN_UNITS: dict[str, tuple[str, float]] = {
    "1": ("1", 1.0),
    "V": ("volt", 1.0),
    "S": ("siemens", 1.0),
    "s": ("second", 1.0),
    "F": ("farad", 1.0),
    "A": ("amp", 1.0),
    "Hz": ("Hz", 1.0),
    "A/s": ("amp/second", 1.0),
    "1/A/s": ("1/coulomb", 1.0),
    "M": ("mmolar", 1e3),
    "1/M/s": ("1/mmolar/second", 1e-3),
    "M/s": ("mmolar/second", 1e3),
    "C/M": ("coulomb/mmolar", 1e-3),
}
"""Unit -> (Brian2's name, factor from our SI number to Brian2's: it counts concentrations in mol/m3)."""
SCALES = dict(BRIAN_UNITS.values())
"""Brian2's unit -> that factor."""
