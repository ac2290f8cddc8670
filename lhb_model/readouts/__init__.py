"""One file per downstream signal; each file's `READOUT` is found here under its name."""

import pkgutil
from importlib import import_module

from lhb_model.readouts.readout import Readout

READOUTS: dict[str, Readout] = {
    module.name: import_module(f"{__name__}.{module.name}").READOUT
    for module in pkgutil.iter_modules(__path__)
    if module.name not in ("readout", "release")
}
