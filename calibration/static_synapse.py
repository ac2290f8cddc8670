"""How much more a facilitating synapse passes on for a spike than at a first one: the factor of `static_synapse`.

lhb run ketamine
python calibration/static_synapse.py runs/ketamine-...       mean of u/U over the LHb's spikes, condition by condition

u is what the equations of `short_term_plasticity` make of each neuron's spikes, with the numbers of lhb -> rmtg.
"""

import sys
from pathlib import Path

import numpy as np

from lhb_model.run_folder import Run


def facilitation(spikes: np.ndarray, U: float, tau: float) -> np.ndarray:
    """u/U right after each spike (times and tau in s); 1 at the first."""
    found, u, last = [], 0.0, -np.inf
    for spike in spikes:
        u *= np.exp(-(spike - last) / tau)
        u += U * (1 - u)
        found.append(u / U)
        last = spike
    return np.array(found)


def main() -> None:
    """Command line."""
    run = Run(Path(sys.argv[1]))
    wire = next(wire for wire in run.resolved["wiring"] if (wire["from"], wire["to"]) == ("lhb", "rmtg"))
    plasticity = wire["plasticity"]
    U, tau = (float(plasticity[name]["value"]) for name in ("U", "tau_facilitation"))
    for condition in run.conditions:
        means = []
        for seed in run.finished(condition):
            trains = run.recording(condition, seed).trains("lhb")
            means.append(np.concatenate([facilitation(train, U, tau) for train in trains if len(train)]).mean())
        print(f"{condition:12s} {np.mean(means):.3f} ({min(means):.2f} to {max(means):.2f}, {len(means)} seeds)")


if __name__ == "__main__":
    main()
