"""Refusal of a rule's or criterion's numbers."""

from typing import Any

import numpy as np

from lhb_model.errors import InputError


def require_number(
    name: str, value: Any, expected: str, least: float = 0.0, most: float = np.inf, above: float = -np.inf
) -> None:
    """Refuse anything but a finite number from `least` to `most`, and above `above`."""
    if not _is_number(value) or not (np.isfinite(value) and least <= value <= most and value > above):
        raise InputError(f"{name} is {value!r}; expected {expected}")


def require_count(name: str, value: Any, least: int) -> None:
    """Refuse anything but a whole number of at least `least`."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} is {value!r}; expected a whole number of at least {least}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
