"""Search for the LHb population: CMA-ES over named numbers of the shipped sheets, with the shipped simulator.

python calibration/population.py score                          scores the shipped sheets on the seeds of the search
python calibration/population.py search --seed 1 --out best.json
python calibration/population.py check --start best.json        scores it on seeds that the search never saw; --out keeps that
python calibration/population.py show --start best.json         prints what to write into which sheet

A candidate is a folder with changed copies of the sheets beside an experiment based on the shipped ones; nothing else differs
from `lhb run ketamine` and `lhb run blocks`. Needs `pip install cma` and a C++ compiler; a candidate takes about 30 s of
processor time on the seeds of the search.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from lhb_model import catalogue
from lhb_model.analyse import Label, measure_rows, neuron_rows
from lhb_model.composition import compose_model
from lhb_model.config import load
from lhb_model.experiment import Experiment
from lhb_model.population import Ensemble, population_measures
from lhb_model.recording import Recording
from lhb_model.simulate import cache
from lhb_model.simulate.job import default_workers
from lhb_model.simulate.realise import structure_of
from lhb_model.simulate.simulate import simulate

SEARCH_SEEDS = (101, 102)
CHECK_SEEDS = tuple(range(201, 213))

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Free:
    """A number of a sheet that is searched: where it stands, its unit there, and between which values."""

    sheet: str
    key: Key
    unit: str
    low: float
    high: float


LHB = "nuclei/lhb"
BURSTING, NEAR, TONIC = (("rest", "groups", index) for index in range(3))
RECURRENT, TO_RMTG, TO_DOPAMINE, TO_RAPHE, TO_SEROTONIN = range(5)
"""Lines of the wiring of `ketamine`."""

FREE: dict[str, Free] = {
    "bursting_share": Free(LHB, (*BURSTING, "share"), "", 0.03, 0.12),
    "bursting_mean": Free(LHB, (*BURSTING, "mean"), "mV", -60, -53),
    "near_share": Free(LHB, (*NEAR, "share"), "", 0.15, 0.35),
    "near_mean": Free(LHB, (*NEAR, "mean"), "mV", -52, -49.5),
    "near_sd": Free(LHB, (*NEAR, "sd"), "mV", 0.3, 1.5),
    "near_g_T": Free(LHB, (*NEAR, "factors", "g_T"), "", 0.8, 1.4),
    "near_g_NMDA": Free(LHB, (*NEAR, "factors", "g_NMDA"), "", 0.5, 1.1),
    "tonic_share": Free(LHB, (*TONIC, "share"), "", 0.0, 0.12),
    "spread_g_T": Free(LHB, ("spread", "g_T", "width"), "", 0.05, 0.25),
    "spread_g_NMDA": Free(LHB, ("spread", "g_NMDA", "width"), "", 0.05, 0.3),
    "background_AMPA": Free(LHB, ("parameters", "background_AMPA", "value"), "nS", 0.02, 0.2),
    "sigma_noise": Free(LHB, ("parameters", "sigma_noise", "value"), "pA", 0.5, 4),
    "recurrent_AMPA": Free("experiment", ("wiring", RECURRENT, "weights", "ampa"), "nS", 0.05, 0.3),
    "to_rmtg": Free("experiment", ("wiring", TO_RMTG, "weights", "ampa"), "nS", 5, 16),
    "to_dopamine": Free("experiment", ("wiring", TO_DOPAMINE, "weights", "gaba_a"), "nS", 1, 10),
    "to_raphe": Free("experiment", ("wiring", TO_RAPHE, "weights", "ampa"), "nS", 1, 5),
    "to_serotonin": Free("experiment", ("wiring", TO_SEROTONIN, "weights", "gaba_a"), "nS", 0.8, 4),
    "kir41": Free("interventions/depressed_state", ("effects", 0, "amount", "value"), "", 1.3, 4),
    "block": Free("experiment", ("conditions", "ketamine", "ketamine", "block"), "", 0.3, 0.7),
}
"""The share of the last, quiet group follows from the others, and the mean of the background from its events."""

EXPERIMENT: dict[str, Any] = {
    "experiment": "candidate",
    "title": "A candidate of the search for the LHb population",
    "based_on": "ketamine",
    "conditions": {
        "control": {},
        "depressed": {"depressed_state": {}},
        "ketamine": {"depressed_state": {}, "ketamine": {"block": 0.5}},
        "t_block": {"depressed_state": {}, "t_block": {"block": 1}},
        "nmdar_block": {"depressed_state": {}, "ap5": {"block": 1}},
    },
}

Measures = dict[tuple[str, str, str], float]
"""(condition, nucleus, measure) -> mean over seeds."""


# candidates ----------------------------------------------------------------------------------------------------------


def shipped_values() -> dict[str, float]:
    """The values that the search varies, as the shipped sheets have them."""
    sheets = _sheets()
    return {name: float(str(_at(sheets[free.sheet], free.key)).split()[0]) for name, free in FREE.items()}


def _sheets() -> dict[str, Any]:
    paths = {
        LHB: catalogue.sheet_path("nucleus", "lhb"),
        "interventions/depressed_state": catalogue.sheet_path("intervention", "depressed_state"),
    }
    shipped = _read(catalogue.sheet_path("experiment", "ketamine"))
    experiment = {**deepcopy(EXPERIMENT), "wiring": shipped["wiring"]}
    experiment["conditions"]["ketamine"] = shipped["conditions"]["ketamine"]
    return {"experiment": experiment, **{name: _read(path) for name, path in paths.items()}}


def _read(path: Path) -> Any:
    return YAML().load(path.read_text(encoding="utf-8"))


def _at(sheet: Any, key: Key) -> Any:
    for step in key:
        sheet = sheet[step]
    return sheet


def write_candidate(values: Mapping[str, float], seeds: Sequence[int], folder: Path) -> Experiment:
    """Write the sheets of a candidate and read its experiment."""
    sheets = _sheets()
    for name, value in values.items():
        free = FREE[name]
        _at(sheets[free.sheet], free.key[:-1])[free.key[-1]] = f"{value:.6g} {free.unit}" if free.unit else value
    _follow(sheets[LHB])
    sheets["experiment"]["seeds"] = list(seeds)
    for name, sheet in sheets.items():
        path = folder / f"{'candidate' if name == 'experiment' else name}.yaml"
        path.parent.mkdir(exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            YAML().dump(sheet, file)
    return load(folder / "candidate.yaml")


def _follow(sheet: Any) -> None:
    """Set what follows from the searched numbers."""
    *active, quiet = sheet["rest"]["groups"]
    quiet["share"] = 1 - sum(group["share"] for group in active)
    event, rate, decay = (
        float(str(sheet["parameters"][name]["value"]).split()[0])
        for name in ("background_AMPA", "background_rate", "tau_AMPA")
    )
    sheet["rest"]["fixed"]["s_AMPA"] = f"{event * rate * decay * 1e-3:.4g} nS"


def measure(values: Mapping[str, float], seeds: Sequence[int], pool: ThreadPoolExecutor) -> Measures:
    """Simulate every condition with every seed; the means over seeds."""
    with tempfile.TemporaryDirectory() as folder:
        experiment = write_candidate(values, seeds, Path(folder))
        models = {c.name: compose_model(experiment, c) for c in experiment.conditions}
        programs = {name: cache.executable(structure_of(model)) for name, model in models.items()}
        rules = {name: sheet.burst_rule for name, sheet in experiment.nuclei.items()}

        def one(label: Label) -> list[dict[str, Any]]:
            recording = simulate(models[label.condition], label.seed, programs[label.condition], traces=False)
            rows = measure_rows(recording, label, neuron_rows(recording, label, rules), experiment.sheet.readouts)
            return rows + [{"condition": label.condition, "nucleus": "lhb", **row} for row in _together(recording)]

        labels = [Label(condition, seed) for condition in models for seed in seeds]
        rows = [row for part in pool.map(one, labels) for row in part]
    found: dict[tuple[str, str, str], list[float]] = {}
    for row in rows:
        found.setdefault((row["condition"], row["nucleus"], row["measure"]), []).append(row["value"])
    return {key: _mean(values) for key, values in found.items()}


TOGETHER = ("theta_peak_frequency", "theta_phase_consistency")


def _together(recording: Recording) -> list[dict[str, Any]]:
    """Where the theta peak lies, and how spikes keep to theta."""
    span = recording.epochs["analysis"]
    found = population_measures(Ensemble.of(recording.cut(*span).trains("lhb"), span))
    return [{"measure": name, "value": found[name].value} for name in TOGETHER]


def _mean(values: Sequence[float]) -> float:
    """Mean over the seeds that have a value."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else np.nan


# objective -----------------------------------------------------------------------------------------------------------


def terms(m: Measures) -> dict[str, float]:
    """Squared violations, each in units of what matters; 0 where every target holds. Aims lie inside of the bands."""

    def of(measure: str, condition: str, nucleus: str = "lhb") -> float:
        return m[condition, nucleus, measure]

    def ratio(measure: str, condition: str, to: str, nucleus: str = "lhb") -> float:
        return of(measure, condition, nucleus) / max(of(measure, to, nucleus), 1e-6)

    bursting = {c: 100 * of("bursting_share", c) for c in EXPERIMENT["conditions"]}
    theta = {c: of("theta_power", c) for c in EXPERIMENT["conditions"]}
    theta_left = (theta["ketamine"] - theta["control"]) / max(theta["depressed"] - theta["control"], 1e-6)
    locked = {c: of("theta_phase_consistency", c) for c in ("control", "depressed", "ketamine")}
    inhibition = {c: of("reward_inhibition", c, "vta_da") for c in ("control", "depressed", "ketamine")}
    unharmed = max(inhibition["control"], inhibition["ketamine"], 0.01)
    parts = {
        "control bursting 7 % (3-11)": _outside(bursting["control"], 5, 9, 2),
        "depressed bursting 23 % (16-30)": _outside(bursting["depressed"], 19, 27, 3),
        "ketamine bursting (3-11 %, at most 1.5 x control)": _outside(
            bursting["ketamine"], 3.5, min(9, 1.2 * bursting["control"]), 2
        ),
        "silent share with ketamine / depressed (at most 1.3)": _outside(
            ratio("silent_share", "ketamine", "depressed"), 0.7, 1.15, 0.08
        ),
        "LHb rate with ketamine / control (0.5-2)": _outside(ratio("rate", "ketamine", "control"), 0.55, 1.6, 0.05),
        "LHb rate falls with T block": _outside(ratio("rate", "t_block", "depressed"), 0, 0.7, 0.1),
        "T block frees dopamine": _outside(ratio("rate", "t_block", "depressed", "vta_da"), 1.3, np.inf, 0.1),
        "bursts left with T block (at most 10 %)": _outside(ratio("burst_rate", "t_block", "depressed"), 0, 0.05, 0.03),
        "bursts left with NMDAR block (at most 10 %)": _outside(
            ratio("burst_rate", "nmdar_block", "depressed"), 0, 0.06, 0.03
        ),
        "theta up in depression (x2)": _outside(ratio("theta_power", "depressed", "control"), 2.2, np.inf, 0.3),
        "theta back with ketamine": _outside(theta_left, -1, 0.1, 0.1),
        "theta peak in depression (5-9 Hz)": _outside(of("theta_peak_frequency", "depressed"), 5.05, 9, 0.1),
        "phase consistency up": _outside(locked["depressed"] - locked["control"], 0.03, np.inf, 0.02),
        "phase consistency back": _outside(locked["ketamine"] - locked["depressed"], -np.inf, -0.02, 0.02),
        "reward inhibition up": _outside(inhibition["depressed"] / unharmed, 1.8, np.inf, 0.2),
    }
    for name, nucleus, low, high in (("dopamine", "vta_da", 3, 5), ("serotonin", "drn_5ht", 0.7, 1.45)):
        back = ratio("rate", "ketamine", "control", nucleus)
        parts[f"{name} neurons in control"] = _outside(of("rate", "control", nucleus), low, high, 0.3)
        parts[f"{name} neurons down by 20 % or more"] = _outside(
            ratio("rate", "depressed", "control", nucleus), 0.3, 0.74, 0.04
        )
        parts[f"{name} neurons back within 25 %"] = _outside(back, 0.85, 1.2, 0.03)
    return {name: min(value, CAP) for name, value in parts.items()}


CAP = 25.0


def _outside(value: float, low: float, high: float, scale: float) -> float:
    """Squared distance from a band in units of `scale`; what is no number is as bad as can be."""
    if not np.isfinite(value):
        return CAP
    return (max(low - value, value - high, 0.0) / scale) ** 2


# search --------------------------------------------------------------------------------------------------------------


def search(start: Mapping[str, float], seed: int, generations: int, sigma: float, population: int, held: Iterable[str],
           out: Path | None) -> dict[str, Any]:  # fmt: skip
    """CMA-ES in the unit cube of the free numbers, from `start`; the best candidate so far is always kept in `out`."""
    import cma

    names = [name for name in FREE if name not in set(held)]
    span = {name: FREE[name].high - FREE[name].low for name in names}
    origin = [np.clip((start[name] - FREE[name].low) / span[name], 0.01, 0.99) for name in names]
    strategy = cma.CMAEvolutionStrategy(
        origin, sigma, {"seed": seed, "bounds": [0, 1], "popsize": population, "verbose": -9}
    )
    best: dict[str, Any] = {"score": np.inf}
    with ThreadPoolExecutor(default_workers()) as pool:
        for generation in range(generations):
            points = strategy.ask()
            scores = []
            for point in points:
                values = {
                    **start,
                    **{n: FREE[n].low + span[n] * float(x) for n, x in zip(names, np.clip(point, 0, 1), strict=True)},
                }
                found = terms(measure(values, SEARCH_SEEDS, pool))
                scores.append(sum(found.values()))
                if scores[-1] < best["score"]:
                    best = {"score": scores[-1], "seed": seed, "values": values, "terms": _unmet(found)}
                    if out is not None:
                        out.write_text(json.dumps(best, indent=1) + "\n")
            strategy.tell(points, scores)
            print(f"generation {generation + 1}: best {best['score']:.2f}, median {np.median(scores):.1f}", flush=True)
    return best


def _unmet(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in found.items() if value > 0}


COLUMNS = (
    ("lhb", "bursting_share"), ("lhb", "silent_share"), ("lhb", "rate"), ("lhb", "burst_rate"), ("lhb", "theta_power"),
    ("lhb", "theta_peak_frequency"), ("lhb", "theta_phase_consistency"), ("rmtg", "rate"), ("vta_da", "rate"),
    ("vta_da", "reward_inhibition"), ("drn_5ht", "rate"),
)  # fmt: skip
"""Nucleus and measure of the levels that are printed and kept."""


def show(values: Mapping[str, float], seeds: Sequence[int]) -> dict[str, Any]:
    """Print levels and unmet terms of a candidate, and give them."""
    with ThreadPoolExecutor(default_workers()) as pool:
        m = measure(values, seeds, pool)
    print(f"score {sum(terms(m).values()):.2f} on {len(seeds)} seeds; unmet: {_unmet(terms(m))}")
    print(f"{'':12s}" + "".join(f"{name[-17:]:>18s}" for _, name in COLUMNS))
    for condition in EXPERIMENT["conditions"]:
        print(f"{condition:12s}" + "".join(f"{m[condition, *key]:18.3f}" for key in COLUMNS))
    levels = {c: {".".join(key): round(m[c, *key], 4) for key in COLUMNS} for c in EXPERIMENT["conditions"]}
    return {"score": sum(terms(m).values()), "seeds": list(seeds), "unmet": _unmet(terms(m)), "levels": levels}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["search", "score", "check", "show"])
    parser.add_argument(
        "--start", type=Path, help="file with a candidate under 'values'; the shipped sheets if left out"
    )
    parser.add_argument("--out", type=Path, help="where to write the best candidate, or what the check finds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generations", type=int, default=30)
    parser.add_argument("--population", type=int, default=12)
    parser.add_argument("--sigma", type=float, default=0.1)
    parser.add_argument(
        "--hold", nargs="*", default=[], choices=list(FREE), metavar="NAME", help="numbers to leave alone"
    )
    options = parser.parse_args()
    start = shipped_values()
    if options.start is not None:
        start.update(json.loads(options.start.read_text())["values"])
    if options.what == "search":
        effort = (options.generations, options.sigma, options.population)
        start = search(start, options.seed, *effort, options.hold, options.out)["values"]
    if options.what == "show":
        for name, value in start.items():
            free = FREE[name]
            print(f"{free.sheet}: {'.'.join(map(str, free.key))} = {value:.4g} {free.unit}")
        return
    found = show(start, CHECK_SEEDS if options.what == "check" else SEARCH_SEEDS)
    if options.what == "check" and options.out is not None:
        options.out.write_text(json.dumps({"values": start, **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
