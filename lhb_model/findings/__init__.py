"""One file for each measurement that the table of an experiment does not hold; its `FINDING` is found here under its name."""

import pkgutil
from importlib import import_module

from lhb_model.findings.finding import Finding

FINDINGS: dict[str, Finding] = {
    module.name: import_module(f"{__name__}.{module.name}").FINDING
    for module in pkgutil.iter_modules(__path__)
    if module.name not in ("finding", "potentials")
}
