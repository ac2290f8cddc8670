"""What the values of a recording must be, each alone; anything else is an `InputError`."""

import json
import math
import re

import numpy as np
from numpy.typing import NDArray

from lhb_model.errors import InputError


def check_array(name: str, array: object, dtype: type, dimensions: int) -> None:
    """An array of this kind of numbers, in the order of bytes of this machine."""
    if not isinstance(array, np.ndarray) or array.ndim != dimensions:
        raise InputError(f"{name} must be an array of {dimensions} dimension(s)")
    if not np.issubdtype(array.dtype, dtype) or not array.dtype.isnative:
        raise InputError(f"{name} must be an array of {dtype.__name__}, not of {array.dtype}")


def check_number(name: str, value: object, positive: bool = False) -> None:
    """A finite number of at least 0, or above."""
    lowest = math.ulp(0) if positive else 0
    if not isinstance(value, int | float) or not lowest <= value < math.inf:
        raise InputError(f"{name} must be a number {'above' if positive else 'of at least'} 0, not {value!r}")


def check_text(kind: str, text: object, pattern: str = r"[^\W_][\w.+-]*") -> None:
    """A printable text; without a pattern, one that can be a name in a file."""
    if not isinstance(text, str) or not text.isprintable() or not re.fullmatch(pattern, text):
        raise InputError(f"{kind} must be a printable text that matches {pattern}, not {text!r}")


def check_json(name: str, value: object) -> None:
    """A dict that JSON gives back as it was."""
    try:
        same = isinstance(value, dict) and json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{name} must be plain JSON ({error})") from error
    if not same:
        raise InputError(f"{name} must be a dict of plain JSON: texts as keys, lists instead of tuples")


def check_neurons(neurons: NDArray[np.integer], n_neurons: int, whose: str = "") -> None:
    """Indices of neurons of a nucleus of that many."""
    if neurons.size and not 0 <= neurons.min() <= neurons.max() < n_neurons:
        raise InputError(f"neurons{whose} from {neurons.min()} to {neurons.max()}, of only {n_neurons}")
