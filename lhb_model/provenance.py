"""What made a result: the machine in general terms, and the package versions."""

import platform
from importlib.metadata import PackageNotFoundError, version

PARTS = ("brian2", "numpy", "scipy", "pandas", "matplotlib", "pynwb", "pydantic", "ruamel.yaml", "click", "rich")


def machine() -> dict[str, str]:
    """Python, system and processor family; no names of hosts or users."""
    return {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()}


def part_versions() -> dict[str, str]:
    """Installed version of each part the program stands on."""
    versions = {}
    for name in PARTS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "missing"
    return versions
