"""For the doctests of the package as much as for the tests."""

from typing import Any

import pytest
from _pytest import doctest

OWN = doctest.DoctestModule


@pytest.hookimpl(tryfirst=True)
def pytest_collect_file(file_path: Any, parent: Any) -> None:
    """Give pytest its doctest class back: importing Brian2 replaces it by one that fails on `__init__.py`."""
    doctest.DoctestModule = OWN  # type: ignore[misc]
