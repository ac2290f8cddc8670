"""Search for the LHb population: CMA-ES over named numbers of the shipped sheets, with the shipped simulator.

python calibration/population.py score                          scores the shipped sheets on the seeds of the search
python calibration/population.py search --seed 1 --out best.json
python calibration/population.py search --part lhb --hold sigma_noise --out best.json   the LHb without what lies behind it
python calibration/population.py search --part behind --sigma 0.05 --out best.json      what lies behind the LHb alone
python calibration/population.py check --start best.json        scores it on seeds that the search never saw; --out keeps that
python calibration/population.py show --start best.json         prints what to write into which sheet

A candidate is a folder with changed copies of the sheets of `ketamine` and `blocks`; nothing else differs from `lhb run`. Needs
`pip install cma` and a C++ compiler; a candidate takes about 12 s of processor time on two seeds, less for a `--part`.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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

SEARCH_SEEDS = tuple(range(101, 109))
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


LHB, RMTG, DA, SEROTONIN = "nuclei/lhb", "nuclei/rmtg", "nuclei/vta_da", "nuclei/drn_5ht"
BURSTING, NEAR, TONIC = (("rest", "groups", name) for name in ("bursting", "near", "tonic"))
SLOW, FAST = (("rest", "groups", f"{pace} pacemakers") for pace in ("slow", "fast"))
RECURRENT, TO_RMTG, TO_DOPAMINE, TO_RAPHE, TO_SEROTONIN = (
    ("wiring", projection, "weights")
    for projection in ("lhb -> lhb", "lhb -> rmtg", "rmtg -> vta_da", "lhb -> drn_gaba", "drn_gaba -> drn_5ht")
)

FREE: dict[str, Free] = {
    "bursting_share": Free(LHB, (*BURSTING, "share"), "", 0.03, 0.12),
    "bursting_mean": Free(LHB, (*BURSTING, "mean"), "mV", -61, -56),
    "near_share": Free(LHB, (*NEAR, "share"), "", 0.15, 0.35),
    "near_mean": Free(LHB, (*NEAR, "mean"), "mV", -50.5, -46),
    "near_sd": Free(LHB, (*NEAR, "sd"), "mV", 0.3, 1.5),
    "near_g_T": Free(LHB, (*NEAR, "factors", "g_T"), "", 0.8, 1.5),
    "near_g_NMDA": Free(LHB, (*NEAR, "factors", "g_NMDA"), "", 0.5, 1.1),
    "tonic_share": Free(LHB, (*TONIC, "share"), "", 0.0, 0.15),
    "tonic_mean": Free(LHB, (*TONIC, "mean"), "mV", -51, -44),
    "tonic_sd": Free(LHB, (*TONIC, "sd"), "mV", 0.3, 1.5),
    "tonic_g_T": Free(LHB, (*TONIC, "factors", "g_T"), "", 0.0, 1.4),
    "tonic_g_NMDA": Free(LHB, (*TONIC, "factors", "g_NMDA"), "", 0.0, 0.6),
    "spread_g_T": Free(LHB, ("spread", "g_T", "width"), "", 0.05, 0.25),
    "spread_g_NMDA": Free(LHB, ("spread", "g_NMDA", "width"), "", 0.05, 0.3),
    "background_AMPA": Free(LHB, ("parameters", "background_AMPA", "value"), "nS", 0.02, 0.2),
    "sigma_noise": Free(LHB, ("parameters", "sigma_noise", "value"), "pA", 0.5, 4),
    "recurrent_AMPA": Free("experiment", (*RECURRENT, "ampa"), "nS", 0.05, 0.3),
    "kir41": Free("interventions/depressed_state", ("effects", 0, "amount", "value"), "", 1.3, 4),
    "block": Free("experiment", ("conditions", "ketamine", "ketamine", "block"), "", 0.3, 0.7),
    "to_rmtg": Free("experiment", (*TO_RMTG, "ampa"), "nS", 3, 20),
    "to_dopamine": Free("experiment", (*TO_DOPAMINE, "gaba_a"), "nS", 1, 20),
    "to_raphe": Free("experiment", (*TO_RAPHE, "ampa"), "nS", 3, 25),
    "to_serotonin": Free("experiment", (*TO_SEROTONIN, "gaba_a"), "nS", 0.5, 6),
    "rmtg_E_L": Free(RMTG, ("parameters", "E_L", "value"), "mV", -77, -68),
    "rmtg_noise": Free(RMTG, ("parameters", "sigma_noise", "value"), "pA", 2, 25),
    "rmtg_AHP": Free(RMTG, ("parameters", "delta_AHP", "value"), "nS", 0, 2),
    "slow_share": Free(DA, (*SLOW, "share"), "", 0.35, 0.7),
    "slow_mean": Free(DA, (*SLOW, "mean"), "mV", -45.5, -43),
    "slow_sd": Free(DA, (*SLOW, "sd"), "mV", 0.05, 0.6),
    "fast_mean": Free(DA, (*FAST, "mean"), "mV", -40, -35),
    "fast_GABA": Free(DA, (*FAST, "factors", "receptors_GABA"), "", 0.02, 1),
    "serotonin_tau_GABA": Free(SEROTONIN, ("parameters", "tau_GABA", "value"), "ms", 8, 80),
}
"""The shares of the quiet group and of the fast pacemakers follow from the others, the mean of the background from its events."""

BEHIND = tuple(name for name, free in FREE.items() if name.startswith("to_") or free.sheet in (RMTG, DA, SEROTONIN))
"""What lies behind the LHb: it changes nothing in it, since nothing returns."""

PARTS = {"all": tuple(FREE), "lhb": tuple(name for name in FREE if name not in BEHIND), "behind": BEHIND}

LIGHT = "light"
"""Control with the inhibitory light of `forced_bursts`."""

CONDITIONS: dict[str, Any] = {
    "control": {},
    "depressed": {"depressed_state": {}},
    "t_block": {"depressed_state": {}, "t_block": {"block": 1}},
    "nmdar_block": {"depressed_state": {}, "ap5": {"block": 1}},
    LIGHT: {},
}
"""Beside `ketamine`, which is the shipped experiment's own."""

Part = Literal["all", "lhb", "behind"]
"""What is scored: all, the LHb without what lies behind it, or that alone, which needs no block."""

Measures = dict[tuple[str, str, str], float]
"""(condition, nucleus, measure) -> mean over seeds."""


# candidates ----------------------------------------------------------------------------------------------------------


def shipped_values() -> dict[str, float]:
    """The values that the search varies, as the shipped sheets have them."""
    sheets = _sheets()
    return {name: float(str(_at(sheets[free.sheet], free.key)).split()[0]) for name, free in FREE.items()}


def _sheets() -> dict[str, Any]:
    experiment = _read(catalogue.sheet_path("experiment", "ketamine"))
    experiment["experiment"] = "candidate"
    experiment["conditions"] = {**deepcopy(CONDITIONS), "ketamine": experiment["conditions"]["ketamine"]}
    forced = _read(catalogue.sheet_path("experiment", "forced_bursts"))["stimuli"]
    light = next(stimulus for stimulus in forced if LIGHT in stimulus["conditions"])
    experiment["stimuli"] = [{**light, "conditions": [LIGHT]}]
    del experiment["traces"], experiment["figures"]
    depressed = _read(catalogue.sheet_path("intervention", "depressed_state"))
    return {
        "experiment": experiment,
        **{f"nuclei/{name}": _read(catalogue.sheet_path("nucleus", name)) for name in ("lhb", "rmtg", "vta_da", "drn_5ht")},
        "interventions/depressed_state": depressed,
    }


def _read(path: Path) -> Any:
    return YAML().load(path.read_text(encoding="utf-8"))


def _at(sheet: Any, key: Key) -> Any:
    """What stands at a key; a group or a projection in a list is found by its name."""
    for step in key:
        named = isinstance(sheet, list) and isinstance(step, str)
        sheet = next(entry for entry in sheet if _name(entry) == step) if named else sheet[step]
    return sheet


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["name"]) if "name" in entry else f"{entry['from']} -> {entry['to']}"


def sheets_with(values: Mapping[str, float]) -> dict[str, Any]:
    """The sheets of a candidate: copies of the shipped ones with its values."""
    sheets = _sheets()
    for name, value in values.items():
        free = FREE[name]
        _at(sheets[free.sheet], free.key[:-1])[free.key[-1]] = f"{value:.6g} {free.unit}" if free.unit else value
    _follow(sheets)
    return sheets


def leave_the_lhb(experiment: Any) -> None:
    """Drop what lies behind the LHb."""
    experiment["nuclei"] = {"lhb": experiment["nuclei"]["lhb"]}
    experiment["wiring"] = [wire for wire in experiment["wiring"] if _name(wire) == "lhb -> lhb"]
    experiment["readouts"] = []
    experiment["stimuli"] = []
    del experiment["conditions"][LIGHT]


def written(sheets: Mapping[str, Any], folder: Path) -> Experiment:
    """Write sheets to a folder and read their experiment."""
    for name, sheet in sheets.items():
        path = folder / f"{'candidate' if name == 'experiment' else name}.yaml"
        path.parent.mkdir(exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            YAML().dump(sheet, file)
    return load(folder / "candidate.yaml")


def _follow(sheets: Mapping[str, Any]) -> None:
    """Set what follows from the searched numbers."""
    for name in (LHB, DA):
        *others, last = sheets[name]["rest"]["groups"]
        last["share"] = round(1 - sum(group["share"] for group in others), 6)
    sheet = sheets[LHB]
    event, rate, decay = (
        float(str(sheet["parameters"][name]["value"]).split()[0])
        for name in ("background_AMPA", "background_rate", "tau_AMPA")
    )
    sheet["rest"]["fixed"]["s_AMPA"] = f"{event * rate * decay * 1e-3:.4g} nS"


def measure(values: Mapping[str, float], seeds: Sequence[int], pool: ThreadPoolExecutor, part: Part) -> Measures:
    """Simulate every condition with every seed; the means over seeds."""
    sheets = sheets_with(values)
    sheets["experiment"]["seeds"] = list(seeds)
    if part == "lhb":
        leave_the_lhb(sheets["experiment"])
    if part == "behind":
        for name in ("t_block", "nmdar_block"):
            del sheets["experiment"]["conditions"][name]
    found: dict[tuple[str, str, str], list[float]] = {}
    for recording, label, neurons in simulated(sheets, pool):
        rows = measure_rows(recording, label, neurons, sheets["experiment"]["readouts"])
        for row in rows + _together(recording, label):
            found.setdefault((row["condition"], row["nucleus"], row["measure"]), []).append(row["value"])
    return {key: _mean(values) for key, values in found.items()}


def simulated(sheets: Mapping[str, Any], pool: ThreadPoolExecutor) -> list[tuple[Recording, Label, list[Any]]]:
    """Every condition with every seed of an experiment's sheets: the recording and the rows of its neurons."""
    with tempfile.TemporaryDirectory() as folder:
        experiment = written(sheets, Path(folder))
        models = {c.name: compose_model(experiment, c) for c in experiment.conditions}
    programs = {name: cache.executable(structure_of(model)) for name, model in models.items()}
    rules = {name: sheet.burst_rule for name, sheet in experiment.nuclei.items()}

    def one(label: Label) -> tuple[Recording, Label, list[Any]]:
        recording = simulate(models[label.condition], int(label.seed), programs[label.condition], traces=False)
        return recording, label, neuron_rows(recording, label, rules)

    return list(pool.map(one, [Label(condition, seed) for condition in models for seed in experiment.seeds]))


TOGETHER = ("theta_peak_frequency", "theta_phase_consistency")


def _together(recording: Recording, label: Label) -> list[dict[str, Any]]:
    """Where the theta peak lies, and how spikes keep to theta."""
    span = recording.epochs["analysis"]
    found = population_measures(Ensemble.of(recording.cut(*span).trains("lhb"), span))
    row = {"condition": label.condition, "nucleus": "lhb"}
    return [{**row, "measure": name, "value": found[name].value} for name in TOGETHER]


def _mean(values: Sequence[float]) -> float:
    """Mean over the seeds that have a value."""
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else np.nan


# objective -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """Measures of one nucleus in each condition."""

    measures: Measures
    nucleus: str

    def of(self, measure: str, condition: str) -> float:
        """A level."""
        return self.measures[condition, self.nucleus, measure]

    def ratio(self, measure: str, condition: str, to: str) -> float:
        """A level over that of another condition."""
        return self.of(measure, condition) / max(self.of(measure, to), 1e-6)


def terms(m: Measures, part: Part) -> dict[str, float]:
    """Squared violations, each in units of what matters; 0 where every target holds. Aims lie inside of the bands."""
    parts = _lhb_terms(Levels(m, "lhb")) if part != "behind" else {}
    if part == "all":
        parts["T block frees dopamine"] = _outside(
            Levels(m, "vta_da").ratio("rate", "t_block", "depressed"), 1.2, np.inf, 0.1
        )
    if part != "lhb":
        parts |= _dopamine_terms(Levels(m, "vta_da"))
        parts |= _rate_terms("dopamine neurons", Levels(m, "vta_da"), 3, 5)
        parts |= _rate_terms("serotonin neurons", Levels(m, "drn_5ht"), 0.7, 1.38)
        for name, nucleus in (("dopamine", "vta_da"), ("serotonin", "drn_5ht")):
            forced = Levels(m, nucleus).ratio("rate", LIGHT, "control")
            parts[f"{name} neurons fire less with forced bursts"] = _outside(forced, 0.3, 0.92, 0.04)
    return {name: min(value, CAP) for name, value in parts.items()}


def _lhb_terms(lhb: Levels) -> dict[str, float]:
    """Shares, rates, the need for both channels, and theta."""
    bursting = {c: 100 * lhb.of("bursting_share", c) for c in ("control", "depressed", "ketamine")}
    theta = {c: lhb.of("theta_power", c) for c in bursting}
    theta_left = (theta["ketamine"] - theta["control"]) / max(theta["depressed"] - theta["control"], 1e-6)
    locked = {c: lhb.of("theta_phase_consistency", c) for c in bursting}
    return {
        "control bursting 7 % (3-11)": _outside(bursting["control"], 5, 9, 2),
        "depressed bursting 23 % (16-30)": _outside(bursting["depressed"], 19, 27, 3),
        "ketamine bursting (3-11 %, at most 1.5 x control)": _outside(
            bursting["ketamine"], 3.5, min(9, 1.2 * bursting["control"]), 1.5
        ),
        "silent share with ketamine / depressed (at most 1.3)": _outside(
            lhb.ratio("silent_share", "ketamine", "depressed"), 0.7, 1.15, 0.08
        ),
        "LHb rate with ketamine / control (0.5-2)": _outside(lhb.ratio("rate", "ketamine", "control"), 0.58, 1.6, 0.05),
        "LHb rate with T block / depressed (below 1)": _outside(lhb.ratio("rate", "t_block", "depressed"), 0, 0.7, 0.1),
        "bursts left with T block (at most 10 %)": _outside(
            lhb.ratio("burst_rate", "t_block", "depressed"), 0, 0.05, 0.03
        ),
        "bursts left with NMDAR block (at most 10 %)": _outside(
            lhb.ratio("burst_rate", "nmdar_block", "depressed"), 0, 0.05, 0.03
        ),
        "theta up in depression": _outside(lhb.ratio("theta_power", "depressed", "control"), 2.2, np.inf, 0.3),
        "theta back with ketamine": _outside(theta_left, -1, 0.1, 0.1),
        "theta peak in depression (5-9 Hz)": _outside(lhb.of("theta_peak_frequency", "depressed"), 5.3, 8.5, 0.2),
        "phase consistency up": _outside(locked["depressed"] - locked["control"], 0.03, np.inf, 0.02),
        "phase consistency back": _outside(locked["ketamine"] - locked["depressed"], -np.inf, -0.02, 0.02),
    }


def _dopamine_terms(da: Levels) -> dict[str, float]:
    """How rewards inhibit, what the RMTg takes in control, and how many neurons are active."""
    inhibition = {c: da.of("reward_inhibition", c) for c in ("control", "depressed", "ketamine")}
    unharmed = max(inhibition["control"], inhibition["ketamine"], 0.01)
    return {
        "reward inhibition up (x1.5)": _outside(inhibition["depressed"] / unharmed, 1.8, np.inf, 0.2),
        "rate freed of the RMTg / control (at most 1.2)": _outside(1 / (1 - inhibition["control"]), 1, 1.16, 0.03),
        "active dopamine neurons in control (nearly all)": _outside(da.of("active_share", "control"), 0.95, 1, 0.05),
        "active dopamine neurons, depressed / control (0.35-0.65)": _outside(
            da.ratio("active_share", "depressed", "control"), 0.42, 0.58, 0.04
        ),
    }


def _rate_terms(name: str, nucleus: Levels, low: float, high: float) -> dict[str, float]:
    """Rates of what lies downstream: low to high (Hz) in control, down in depression and back."""
    return {
        f"{name} in control": _outside(nucleus.of("rate", "control"), low, high, 0.1 * high),
        f"{name} down by 20 % or more": _outside(nucleus.ratio("rate", "depressed", "control"), 0.3, 0.74, 0.04),
        f"{name} back within 25 %": _outside(nucleus.ratio("rate", "ketamine", "control"), 0.85, 1.17, 0.03),
    }


CAP = 25.0


def _outside(value: float, low: float, high: float, scale: float) -> float:
    """Squared distance from a band in units of `scale`; what is no number is as bad as can be."""
    if not np.isfinite(value):
        return CAP
    return (max(low - value, value - high, 0.0) / scale) ** 2


# search --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effort:
    """Which numbers are searched with which seeds, how many candidates in how many generations, from how wide a cloud.

    `sigma` is its width as a share of the bounds of each number.
    """

    names: tuple[str, ...]
    seeds: tuple[int, ...]
    generations: int
    population: int
    sigma: float
    part: Part


def search(start: Mapping[str, float], effort: Effort, seed: int, pool: ThreadPoolExecutor,
           out: Path | None) -> dict[str, float]:  # fmt: skip
    """CMA-ES in the unit cube of the searched numbers, from `start`; the best candidate so far is always kept in `out`."""
    import cma

    settings = {"seed": seed, "bounds": [0, 1], "popsize": effort.population, "verbose": -9}
    strategy = cma.CMAEvolutionStrategy([_to_unit(n, start[n]) for n in effort.names], effort.sigma, settings)
    best: dict[str, Any] = {"score": np.inf, "values": dict(start)}
    for generation in range(effort.generations):
        points = strategy.ask()
        candidates = [{**start, **_from_unit(effort.names, point)} for point in points]
        if generation == 0:
            candidates[0] = dict(start)
        scores = []
        for values in candidates:
            found = terms(measure(values, effort.seeds, pool, effort.part), effort.part)
            scores.append(sum(found.values()))
            if scores[-1] < best["score"]:
                best = {"score": scores[-1], "seed": seed, "values": values, "unmet": _unmet(found)}
                _keep(best, out)
        strategy.tell(points, scores)
        print(f"generation {generation + 1}: best {best['score']:.2f}, median {np.median(scores):.1f}", flush=True)
    return best["values"]


def _to_unit(name: str, value: float) -> float:
    free = FREE[name]
    if not free.low <= value <= free.high:
        raise SystemExit(
            f"{name} = {value:g} {free.unit} is outside of {free.low:g} to {free.high:g}: widen its bounds"
        )
    return (value - free.low) / (free.high - free.low)


def _from_unit(names: Sequence[str], point: Sequence[float]) -> dict[str, float]:
    """Values with three digits, as the sheets have them: what is scored is what can be shipped."""
    ends = {name: (FREE[name].low, FREE[name].high) for name in names}
    values = {name: low + (high - low) * float(x) for (name, (low, high)), x in zip(ends.items(), point, strict=True)}
    return {name: float(f"{value:.3g}") for name, value in values.items()}


def _keep(found: Mapping[str, Any], out: Path | None) -> None:
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n")


def _unmet(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in found.items() if value > 0}


COLUMNS = (
    ("lhb", "bursting_share"), ("lhb", "silent_share"), ("lhb", "rate"), ("lhb", "burst_rate"), ("lhb", "theta_power"),
    ("lhb", "theta_peak_frequency"), ("lhb", "theta_phase_consistency"), ("rmtg", "rate"), ("vta_da", "rate"),
    ("vta_da", "active_share"), ("vta_da", "reward_inhibition"), ("drn_5ht", "rate"),
)  # fmt: skip
"""Nucleus and measure of the levels that are printed and kept."""


def show(values: Mapping[str, float], seeds: Sequence[int], pool: ThreadPoolExecutor, part: Part) -> dict[str, Any]:
    """Print levels and unmet terms of a candidate, and give them."""
    m = measure(values, seeds, pool, part)
    found = terms(m, part)
    columns = [key for key in COLUMNS if part != "lhb" or key[0] == "lhb"]
    conditions = sorted({condition for condition, *_ in m})
    print(f"score {sum(found.values()):.2f} on {len(seeds)} seeds; unmet: {_unmet(found)}")
    for heads in zip(*columns, strict=True):
        print(" " * 12 + "".join(f"{head[-17:]:>18s}" for head in heads))
    for condition in conditions:
        print(f"{condition:12s}" + "".join(f"{m[condition, *key]:18.3f}" for key in columns))
    levels = {c: {".".join(key): round(m[c, *key], 4) for key in columns} for c in conditions}
    return {"score": round(sum(found.values()), 3), "seeds": list(seeds), "unmet": _unmet(found), "levels": levels}


def main() -> None:
    """Command line."""
    options = _options()
    start = shipped_values()
    if options.start is not None:
        start.update(json.loads(options.start.read_text())["values"])
    if options.what == "show":
        for name, value in start.items():
            free = FREE[name]
            print(f"{free.sheet}: {'.'.join(map(str, free.key))} = {value:.4g} {free.unit}")
        return
    with ThreadPoolExecutor(options.workers) as pool:
        seeds = CHECK_SEEDS if options.what == "check" else SEARCH_SEEDS[: options.seeds]
        if options.what == "search":
            names = tuple(name for name in options.free if name in PARTS[options.part] and name not in options.hold)
            effort = Effort(names, seeds, options.generations, options.population, options.sigma, options.part)
            start = search(start, effort, options.seed, pool, options.out)
        found = {"values": start, **show(start, seeds, pool, options.part)}
    if options.what == "check":
        _keep(found, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["search", "score", "check", "show"])
    parser.add_argument(
        "--start", type=Path, help="file with a candidate under 'values'; the shipped sheets if left out"
    )
    parser.add_argument("--out", type=Path, help="where to write the best candidate, or what the check finds")
    parser.add_argument("--part", choices=list(PARTS), default="all", help="what is searched and scored")
    names: dict[str, Any] = {"nargs": "+", "choices": list(FREE), "metavar": "NAME"}
    parser.add_argument("--free", default=list(FREE), help="numbers to search; all if left out", **names)
    parser.add_argument("--hold", default=[], help="numbers to leave alone", **names)
    parser.add_argument("--seed", type=int, default=1, help="of the search")
    parser.add_argument("--seeds", type=int, default=2, help=f"how many of {SEARCH_SEEDS} candidates are scored on")
    parser.add_argument("--generations", type=int, default=30)
    parser.add_argument("--population", type=int, default=12)
    parser.add_argument("--sigma", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=default_workers())
    return parser.parse_args()


if __name__ == "__main__":
    main()
