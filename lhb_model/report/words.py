"""The result of a run in plain words, each number with its interval; what the interval leaves open is said, too."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from lhb_model.comparison import compare_runs, summarise
from lhb_model.comparison.permutation import arrangements, reach_notes
from lhb_model.injected import RampResponse, ramp_response
from lhb_model.plot.labels import measure_unit, nucleus_name
from lhb_model.report import methods
from lhb_model.run_folder import Run

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[str, str]
Row = dict[str, Any]

PHRASES = {
    "bursting_share": "share of bursting {} neurons",
    "silent_share": "share of silent {} neurons",
    "tonic_share": "share of tonic {} neurons",
    "rate": "firing rate of {} neurons",
    "bursting_share_3": "share of {} neurons that burst, by bursts of at least 3 spikes",
    "active_share": "share of {} neurons that fire spontaneously",
    "burst_rate": "burst rate of {} neurons",
    "intra_burst_frequency": "spike frequency within bursts of {} neurons",
    "inter_burst_interval": "interval between bursts of {} neurons",
    "inter_burst_frequency": "frequency from burst to burst of {} neurons",
    "share_spikes_in_bursts": "share of the spikes of {} neurons that lie in bursts",
    "chance_share_spikes_in_bursts": "the same share in Poisson trains of their rates, {} neurons",
    "theta_power": "theta power of the {}",
    "dopamine": "dopamine concentration",
    "serotonin": "serotonin concentration",
    "reward_inhibition": "inhibition of reward",
}
HEADLINES: tuple[Key, ...] = (
    ("lhb", "bursting_share"), ("lhb", "silent_share"), ("lhb", "rate"), ("lhb", "burst_rate"), ("lhb", "theta_power"),
    ("rmtg", "rate"), ("vta_da", "rate"), ("drn_5ht", "rate"), ("vta_da", "dopamine"), ("drn_5ht", "serotonin"),
    ("vta_da", "reward_inhibition"),
)  # fmt: skip
"""Measures that are put into words; of a circuit without these, the rate of each nucleus."""

MOST_CONDITIONS = 3
"""Of more than these, the first is compared with each of the others instead of all with all."""

LEVEL = 0.05


def phrase(nucleus: str, measure: str) -> str:
    """A measure in words.

    >>> phrase("lhb", "rate"), phrase("rmtg", "spikes_per_burst")
    ('firing rate of LHb neurons', 'spikes per burst of RMTg neurons')
    """
    words = PHRASES.get(measure, f"{measure.replace('_', ' ')} of {{}} neurons")
    return words.format(nucleus_name(nucleus))


def spoken(value: float, measure: str, unit: str) -> str:
    """A value with its unit; shares in per cent, durations in ms.

    >>> spoken(0.2281, "bursting_share", "1"), spoken(3.944, "rate", "Hz"), spoken(float("nan"), "rate", "Hz")
    ('22.8\\xa0%', '3.94\\xa0Hz', 'no value')
    """
    if not isfinite(value):
        return "no value"
    shown, printed = scaled(value, measure, unit)
    return f"{plain(shown)}\N{NO-BREAK SPACE}{printed}".strip()


def span(low: float, high: float, measure: str, unit: str) -> str:
    """An interval, without its unit.

    >>> span(0.209, 0.246, "bursting_share", "1")
    '20.9 to 24.6'
    """
    return " to ".join(plain(scaled(edge, measure, unit)[0]) for edge in (low, high))


def plain(value: float) -> str:
    """Three digits, a true minus sign, no exponent where a reader needs none.

    >>> plain(-0.1234), plain(12345.6), plain(0.0)
    ('−0.123', '12,300', '0')
    """
    text = f"{float(f'{value:.3g}'):,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:#.3g}".rstrip(".")
    return ("0" if value == 0 else text).replace("-", "−")


def scaled(value: float, measure: str, unit: str) -> tuple[float, str]:
    """A value in the unit in which a page shows it, and that unit."""
    if measure_unit(measure, unit) == "fraction":
        return 100 * value, "%"
    return (1000 * value, "ms") if unit == "s" else (value, measure_unit(measure, unit))


# differences ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """Two conditions in words: what differs clearly, what does not, and what their seeds can show at most."""

    a: str
    b: str
    seeds: str
    clear: list[str]
    open: list[str]
    single: list[str]
    one_sided: list[str]
    notes: list[str]

    @property
    def says(self) -> bool:
        """Whether there is anything to tell."""
        return any((self.clear, self.open, self.single, self.one_sided, self.notes))


MOST_PAIRS = 6
"""More pairs than these are left to the table."""


def pairs_in_words(comparison: "pd.DataFrame", units: dict[Key, str]) -> list[Pair]:
    """The headline measures of a comparison, pair by pair."""
    rows = [row for row in comparison.to_dict("records") if (row["nucleus"], row["measure"]) in set(_headlines(units))]
    by_pair: dict[tuple[str, str], list[Row]] = {}
    for row in _shown(rows):
        by_pair.setdefault((row["a"], row["b"]), []).append(row)
    return [_pair(a, b, found, units) for (a, b), found in list(by_pair.items())[:MOST_PAIRS]]


def _headlines(units: dict[Key, str]) -> list[Key]:
    return [key for key in HEADLINES if key in units] or [key for key in units if key[1] == "rate"]


def _shown(rows: Sequence[Row]) -> list[Row]:
    """All pairs, or those with the first condition if there are many conditions."""
    names = {name for row in rows for name in (row["a"], row["b"])}
    pairs = {(row["a"], row["b"]) for row in rows}
    all_with_all = len(pairs) == len(names) * (len(names) - 1) // 2
    if not all_with_all or len(names) <= MOST_CONDITIONS:
        return list(rows)
    return [row for row in rows if row["a"] == rows[0]["a"]]


def _pair(a: str, b: str, rows: Sequence[Row], units: dict[Key, str]) -> Pair:
    of_kind: dict[str, list[str]] = {"clear": [], "open": [], "single": [], "one sided": [], "same": []}
    for row in sorted(rows, key=lambda row: _rank((row["nucleus"], row["measure"]))):
        kind, text = _difference(row, units[row["nucleus"], row["measure"]])
        of_kind[kind].append(text)
    clear, unclear, single, one_sided = (of_kind[kind] for kind in ("clear", "open", "single", "one sided"))
    return Pair(a, b, _seeds(rows), clear, unclear, single, one_sided, _reach(rows))


def _rank(key: Key) -> int:
    return HEADLINES.index(key) if key in HEADLINES else len(HEADLINES)


def _reach(rows: Sequence[Row]) -> list[str]:
    """What the numbers of seeds cannot show, each remark once."""
    notes: dict[str, None] = {}
    for row in rows:
        sizes = [int(row["n_a"]), int(row["n_b"])]
        notes.update(dict.fromkeys(reach_notes(sizes, bool(row["paired"]), LEVEL) if min(sizes) > 1 else ()))
    return list(notes)


def _difference(row: Row, unit: str) -> tuple[str, str]:
    """Whether a difference is clear, open, without an interval, of a value that one side lacks, or none; and words on it."""
    measure = row["measure"]
    name = phrase(row["nucleus"], measure)
    values = [spoken(row[mean], measure, unit) for mean in ("mean_a", "mean_b")]
    known = [isfinite(row[mean]) for mean in ("mean_a", "mean_b")]
    if not all(known):
        return ("one sided" if any(known) else "same"), f"{name} ({values[0]} and {values[1]})"
    if not isfinite(row["low"]):
        return ("same" if row["difference"] == 0 else "single"), f"The {name} is {values[0]}, then {values[1]}."
    size = _by(row["difference"], measure, unit)
    if row["low"] <= 0 <= row["high"]:
        within = f"interval {span(row['low'], row['high'], measure, unit)}"
        return "open", f"{name} ({values[0]} and {values[1]}; difference {size}, {within})"
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    moved = "rises" if row["difference"] > 0 else "falls"
    return "clear", (
        f"The {name} {moved} from {values[0]} to {values[1]}, by {_by(abs(row['difference']), measure, unit)} "
        f"(interval {span(low, high, measure, unit)}; {_p(row['p'])})."
    )


def _by(difference: float, measure: str, unit: str) -> str:
    if measure_unit(measure, unit) == "fraction":
        return f"{plain(100 * difference)} percentage points"
    return spoken(difference, measure, unit)


def _p(p: float) -> str:
    """
    >>> _p(0.03125), _p(1e-5)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def _seeds(rows: Sequence[Row]) -> str:
    """How many seeds are compared, and the smallest p that they can give; one that is not small is for `_reach` to tell."""
    most = max(rows, key=lambda row: min(row["n_a"], row["n_b"]))
    sizes, paired = [int(most["n_a"]), int(most["n_b"])], bool(most["paired"])
    told = f"{sizes[0]} pairs of seeds" if paired else f"{sizes[0]} against {sizes[1]} seeds"
    if min(sizes) < 2:
        return ""
    smallest = 1 / arrangements(sizes, paired)
    return f"{told}; the smallest p that they can give is {smallest:.2g}" if smallest < LEVEL else told


# levels --------------------------------------------------------------------------------------------------------------


def levels_in_words(run: Run) -> list[tuple[str, str]]:
    """Each condition that has results, and one or two sentences on it."""
    summary = {(row["condition"], row["nucleus"], row["measure"]): row for row in _summary(run)}
    return [(name, text) for name in run.conditions if (text := _level(run, name, summary))]


def _summary(run: Run) -> list[Row]:
    return list(summarise(run.table).to_dict("records")) if len(run.table) else []


def _level(run: Run, condition: str, summary: dict[tuple[str, str, str], Row]) -> str:
    sentences = []
    for nucleus, sheet in run.resolved["nuclei"].items():
        rate = summary.get((condition, nucleus, "rate"))
        if rate is None:
            continue
        if nucleus in run.resolved.get("clamp", {}).get("nuclei", ()):
            sentences.append(f"Voltage clamp of {nucleus_name(nucleus)}: see the figures.")
        elif rate["mean"] == 0:
            sentences.append(f"No {nucleus_name(nucleus)} neuron fires.")
        elif sheet["size"] == 1 and not run.sweep:
            sentences.append(_one_neuron(run, condition, nucleus))
        elif nucleus == "lhb":
            sentences.append(_lhb({m: row for (c, n, m), row in summary.items() if (c, n) == (condition, nucleus)}))
    sentences += [_readout(row) for key in HEADLINES if (row := summary.get((condition, *key))) and key[1] in MOLECULES]
    return " ".join(sentences)


MOLECULES = {"dopamine": "Dopamine", "serotonin": "Serotonin"}


def _lhb(rows: dict[str, Row]) -> str:
    shares = [
        f"{_with_interval(rows[name])} {what}"
        for name, what in (
            ("bursting_share", "of the LHb neurons burst"),
            ("tonic_share", "fire tonically"),
            ("silent_share", "are silent"),
        )
    ]
    return f"{', '.join(shares)}; their mean rate is {_with_interval(rows['rate'])}."


def _one_neuron(run: Run, condition: str, nucleus: str) -> str:
    """What a lone neuron does in its first simulation: against the current on a ramp, else its class and firing."""
    response = ramp_response(run, condition, nucleus)
    if response is not None:
        return _on_a_ramp(response, nucleus_name(nucleus))
    table = run.neurons
    row = table[(table["condition"] == condition) & (table["nucleus"] == nucleus)].iloc[0]
    kind = {"bursting": "bursts", "tonic": "fires tonically", "silent": "is silent"}[row["class"]]
    bursts = f", with {plain(row['burst_rate'])} bursts a second" if row["burst_rate"] > 0 else ""
    return f"The one {nucleus_name(nucleus)} neuron {kind}, at {spoken(row['rate'], 'rate', 'Hz')}{bursts}."


def _on_a_ramp(response: RampResponse, name: str) -> str:
    """At which injected currents a neuron begins to fire, bursts, and fires single spikes."""
    begin, end = map(plain, response.current)
    told = ["no bursts"]
    if len(bursts := response.bursts):
        low, high = plain(response.at[bursts["first_spike"][0]]), plain(response.at[bursts["last_spike"][-1]])
        spikes, within = plain(bursts["spikes"].mean()), spoken(bursts["intra_burst_frequency"].mean(), "rate", "Hz")
        told = [
            f"{methods.counted(len(bursts), 'burst')} from {low} to {high} pA ({spikes} spikes and {within} on average)"
        ]
    if response.single.size > 1:
        since, last = plain(response.single[0]), plain(response.at[-1])
        told.append(
            f"single spikes from {since} to {last} pA, in the end at {spoken(response.last_rate, 'rate', 'Hz')}"
        )
    first = plain(response.at[0])
    return f"While the current rises from {begin} to {end} pA, the one {name} neuron fires from {first} pA on: {', '.join(told)}."


def on_a_ramp(run: Run) -> bool:
    """Whether the run is of lone neurons under a rising current, so that means over it are means over the ramp."""
    return any(ramp_response(run, name, nucleus) for name in run.conditions for nucleus in run.resolved["nuclei"])


def _readout(row: Row) -> str:
    return f"{MOLECULES[row['measure']]} is at {_with_interval(row)}."


def _with_interval(row: Row) -> str:
    return f"{spoken(row['mean'], row['measure'], row['unit'])} {_within(row)}".strip()


def _within(row: Row) -> str:
    return f"({span(row['low'], row['high'], row['measure'], row['unit'])})" if isfinite(row["low"]) else ""


# tables --------------------------------------------------------------------------------------------------------------


def summary_table(run: Run) -> list[tuple[str, str, list[str]]]:
    """Every measure of every nucleus: its words, its unit, and the mean with its interval in each condition."""
    rows = _summary(run)
    found = {(row["nucleus"], row["measure"], row["condition"]): row for row in rows}
    units = {(row["nucleus"], row["measure"]): row["unit"] for row in rows}
    return [
        (phrase(*key), scaled(0.0, key[1], unit)[1], [_cell(found.get((*key, name))) for name in run.conditions])
        for key, unit in units.items()
    ]


def _cell(row: Row | None) -> str:
    if row is None or not isfinite(row["mean"]):
        return "—"
    value, _ = scaled(row["mean"], row["measure"], row["unit"])
    return f"{plain(value)} {_within(row)}".strip()


MOST_ROWS = 8000
"""Of more differences than these, a page shows those from the first two conditions: control and, mostly, the state treated."""


def shown_differences(comparison: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of a comparison that a page shows: all, or those from the first two conditions where all are too many."""
    if len(comparison) <= MOST_ROWS:
        return comparison
    first = list(dict.fromkeys(comparison["a"]))[:2]
    return comparison[comparison["a"].isin(first)]


def difference_table(comparison: "pd.DataFrame", units: dict[Key, str]) -> list[dict[str, str]]:
    """Every row of a comparison as text."""
    return [_difference_row(row, units[row["nucleus"], row["measure"]]) for row in comparison.to_dict("records")]


def _difference_row(row: Row, unit: str) -> dict[str, str]:
    def cell(name: str) -> str:
        return plain(scaled(row[name], row["measure"], unit)[0]) if isfinite(row[name]) else "—"

    interval = span(row["low"], row["high"], row["measure"], unit) if isfinite(row["low"]) else "—"
    return {
        "measure": phrase(row["nucleus"], row["measure"]),
        "unit": scaled(0.0, row["measure"], unit)[1],
        **{name: str(row[name]) for name in ("a", "b")},
        **{name: cell(name) for name in ("mean_a", "mean_b", "difference")},
        "interval": interval,
        "p": f"{row['p']:.2g}" if isfinite(row["p"]) else "—",
        "seeds": f"{row['n_a']}/{row['n_b']}{' paired' if row['paired'] else ''}",
    }


def units_of(runs: Sequence[Run]) -> dict[Key, str]:
    """The unit of each measure of each nucleus."""
    return {
        (row.nucleus, row.measure): row.unit
        for run in runs
        for row in run.table.drop_duplicates(["nucleus", "measure"]).itertuples()
    }


def comparison_of(runs: Sequence[Run]) -> "pd.DataFrame":
    """The differences between the conditions of one run, or between several runs."""
    if len(runs) == 1:
        return runs[0].comparison
    return compare_runs({run.name: run.table for run in runs if len(run.table)})
