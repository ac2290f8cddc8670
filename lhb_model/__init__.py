"""Lateral habenula bursting, ketamine and the anti-reward circuit.

>>> import lhb_model as lhb
>>> lhb.load("smoke").seeds
(1,)
>>> lhb.find_bursts([0.10, 0.11, 0.12, 0.50])["spikes"].tolist()
[3]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from lhb_model import plot
    from lhb_model.api import compare, record, run, validate
    from lhb_model.bursts import find_bursts
    from lhb_model.config import load
    from lhb_model.run_folder import Run, open_run
    from lhb_model.slow_time import follow

__all__ = ["Run", "compare", "find_bursts", "follow", "load", "open_run", "plot", "record", "run", "validate"]

_HOMES = {
    "Run": "lhb_model.run_folder",
    "compare": "lhb_model.api",
    "find_bursts": "lhb_model.bursts",
    "follow": "lhb_model.slow_time",
    "load": "lhb_model.config",
    "open_run": "lhb_model.run_folder",
    "record": "lhb_model.api",
    "run": "lhb_model.api",
    "validate": "lhb_model.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import lhb_model` costs nothing."""
    if name == "plot":
        return import_module("lhb_model.plot")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lhb_model' has no attribute {name!r}")
