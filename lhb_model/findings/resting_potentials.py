"""Potential between spikes of the recorded LHb neurons of a network: by class, and in each state.

Of the first seed, the only one whose potentials are kept. `potential` has a row for each neuron and state;
`class_potential` one for each neuron of the depressed network, under the name of its class there.
"""

from collections.abc import Mapping

import numpy as np

from lhb_model.findings.finding import Finding, Row, row
from lhb_model.findings.potentials import potentials
from lhb_model.run_folder import Run

CLASSES = ("silent", "bursting", "tonic")
EXPERIMENT, DEPRESSED = "states", "depressed"


def measure(runs: Mapping[str, Run]) -> list[Row]:
    """Potentials (V) of all recorded neurons in all states, and by class in the depressed one."""
    run = runs[EXPERIMENT]
    seed = run.seeds[0]
    found = {name: potentials(run.recording(name, seed)) for name in run.conditions}
    rows = [row(name, cell, "potential", volt, "V") for name, volts in found.items() for cell, volt in volts.items()]
    return rows + _by_class(run, seed, found[DEPRESSED])


def _by_class(run: Run, seed: int, volts: Mapping[int, float]) -> list[Row]:
    chosen = run.neurons[(run.neurons["condition"] == DEPRESSED) & (run.neurons["seed"] == seed)]
    own = chosen[chosen["nucleus"] == "lhb"].set_index("neuron")["class"]
    rows = [row(own[cell], cell, "class_potential", volt, "V") for cell, volt in volts.items()]
    return rows + [
        row(name, 0, "class_potential", np.nan, "V") for name in CLASSES if name not in {own[cell] for cell in volts}
    ]


FINDING = Finding(
    "resting_potentials", "Potential between spikes, by class and by state", (EXPERIMENT,), measure, of="cells"
)
