"""Design and methods in words, and how to repeat a run; made from what the run wrote down of itself."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from lhb_model import catalogue
from lhb_model.bursts import MaxInterval, as_rule
from lhb_model.bursts.find import RUN_ON_DURATION, RUN_ON_SHARE, RUN_ON_SPIKES
from lhb_model.model import RAMP_START
from lhb_model.plot.labels import CRITERIA, NUCLEUS_NAMES, nucleus_name, pretty_unit
from lhb_model.run_folder import Run

RULE_SOURCES = {
    "lhb": "after Yang 2018",
    "dopamine": "Grace & Bunney 1984",
    "poisson_surprise": "Legendy & Salcman 1985",
    "log_isi": "Pasquale, Martinoia & Chiappalone 2010",
    "cma": "Kapucu 2012",
}
LEFT_OUT = (
    "Each neuron is one compartment: dendrites, axons and the places of synapses are left out.",
    "Numbers tagged fitted were chosen so that the model shows published behaviour. That it shows it is no further evidence.",
    "Intervals are the scatter between simulated networks that differ by their seed. They say how well a mean of the model "
    "is known, not how much animals differ, nor how near the model is to an animal.",
    "The p values compare one measure at a time and are not adjusted for the number of measures.",
)


def listed(things: Iterable[str]) -> str:
    """Things in one phrase.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = things
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, thing: str) -> str:
    """
    >>> counted(1, "seed"), counted(6, "seed")
    ('1 seed', '6 seeds')
    """
    return f"{number:,} {thing}{'s' * (number != 1)}"


def in_order(nuclei: Iterable[str]) -> list[str]:
    """Nuclei from the LHb downstream, then those of other names.

    >>> in_order(["pvn", "vta_da", "lhb"])
    ['lhb', 'vta_da', 'pvn']
    """
    known = list(NUCLEUS_NAMES)
    return sorted(nuclei, key=lambda name: known.index(name) if name in known else len(known))


def signed(quantity: str) -> str:
    """A quantity with a true minus sign and a true micro.

    >>> signed("-90 mV"), signed("5.2 uM")
    ('−90 mV', '5.2 µM')
    """
    return pretty_unit(quantity.replace("-", "−", 1) if quantity.startswith("-") else quantity)


LABELS = {"effects": "", "courses": "course", "amount": "at full strength", "hill": "Hill slope", "over": "given over"}
"""Words for keys of sheets that would mean little on a page."""
LONGEST_SYMBOL = 3
"""A longer name without an index is a word."""


def label_of(name: str) -> tuple[str, str]:
    """The path of a number in words, and the last part if it is a symbol of its own.

    >>> label_of("effects.Kir41.amount"), label_of("courses.mouse_ip.half_life"), label_of("g_T")
    (('Kir41, at full strength', ''), ('course, mouse ip', 'half_life'), ('', 'g_T'))
    >>> label_of("courses.mouse_ip.dose")
    ('course, mouse ip, dose', '')
    """
    *path, last = name.split(".")
    words = [LABELS.get(part, part.replace("_", " ") if path[0] in LABELS else part) for part in path]
    if last in LABELS or ("_" not in last and len(last) > LONGEST_SYMBOL):
        words, last = [*words, LABELS.get(last, last)], ""
    return ", ".join(filter(None, words)), last


def printed(text: str) -> str:
    """Text of numbers with the signs that a printer has.

    >>> printed("-1.5 to 2e-3 +- 1"), printed("<= 5.52e+05 1/M/s")
    ('−1.5 to 2 × 10⁻³ ± 1', '≤ 5.52 × 10⁵ 1/M/s')
    """
    text = re.sub(r"(\d)e([+-]?\d+)", lambda found: f"{found[1]} × 10{_raised(int(found[2]))}", text)
    for typed, sign in (("+-", "±"), ("<=", "≤"), (">=", "≥"), ("+/-", "±")):
        text = text.replace(typed, sign)
    return re.sub(r"-(?=[\d.])", "−", text)


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))


# conditions ----------------------------------------------------------------------------------------------------------


def conditions_table(run: Run) -> list[dict[str, Any]]:
    """Each condition: what acts in it, what that changes, and how many of its simulations are done."""
    return [
        {
            "name": name,
            "causes": list(dict.fromkeys(change["cause"] for change in run.changes(name))),
            "changes": merged_changes(run, name),
            "replay": run.resolved["conditions"][name].get("replay", {}),
            "done": len(set(run.finished(name))),
        }
        for name in run.conditions
    ]


MOST_STEPS = 3
"""A course of more steps than these is told by its first and last."""


def merged_changes(run: Run, condition: str) -> list[str]:
    """One line for each parameter that a cause changes, with its steps in time.

    A line reads "LHb E_K: −90 mV to −100 mV". What only says when another begins, as of a ramp, is left out.
    """
    by_target: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for change in run.changes(condition):
        if change["parameter"] == RAMP_START:
            continue
        by_target.setdefault((change["nucleus"], change["parameter"], change["cause"]), []).append(change)
    end = run.resolved["protocol"]["duration_s"]
    return [
        f"{nucleus_name(nucleus)} {parameter}: {_moved(steps, end)}"
        for (nucleus, parameter, _), steps in by_target.items()
    ]


def _moved(steps: list[dict[str, Any]], end: float) -> str:
    base = steps[0]["base"]
    if all(step["becomes"] == base for step in steps):
        return f"stays {rounded(base)}"
    return f"{rounded(base)} to {_course(steps, end)}"


def rounded(quantity: str) -> str:
    """A quantity in four digits at most, as a page shows it; nothing has no unit.

    >>> rounded("1.98838 nS"), rounded("-90 mV"), rounded("0 A/s"), rounded("2.875")
    ('1.988 nS', '−90 mV', '0', '2.875')
    """
    number, space, unit = quantity.partition(" ")
    try:
        value = float(number)
    except ValueError:
        return signed(quantity)
    return signed(f"{value:.4g}{space}{unit}") if value else "0"


def _course(steps: list[dict[str, Any]], end: float) -> str:
    told = [f"{rounded(step['becomes'])}{_when(step, end)}" for step in steps]
    return ", ".join(told) if len(told) <= MOST_STEPS else f"{told[0]}, in {len(told)} steps, {told[-1]}"


def _when(step: dict[str, Any], end: float) -> str:
    whole = step["from_s"] <= 0 and step["to_s"] >= end
    return "" if whole else f" from {step['from_s']:g} s to {step['to_s']:g} s"


# methods -------------------------------------------------------------------------------------------------------------


def methods_paragraph(run: Run) -> str:
    """A paragraph on the methods, ready for a paper."""
    design = [_software(run), *_cells(run), _wiring(run), _clamp(run), _conditions(run), _time(run)]
    return " ".join(filter(None, [*design, _measures(run), _statistics(run)]))


def _software(run: Run) -> str:
    manifest = run.manifest
    target = f", {manifest['target']}" if manifest.get("target") else ""
    brian2 = manifest.get("versions", {}).get("brian2", "")
    return (
        f"Simulations were run with lhb_model {manifest['code']} on Brian2 {brian2} (Stimberg 2019{target}).{_set(run)}"
    )


def _set(run: Run) -> str:
    """Which set of parameters the run used; nothing of a run made before sets had names."""
    used = run.resolved.get("parameters")
    if not used:
        return ""
    own = f", with own sheets for {listed(used['own_sheets'])}" if used["own_sheets"] else ""
    return f" Parameters were those of its set {used['set']}{own}."


def _cells(run: Run) -> list[str]:
    """One sentence for each kind of cell; nuclei of the same kind share it."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for name in in_order(run.resolved["nuclei"]):
        sheet = run.resolved["nuclei"][name]
        kinds.setdefault(tuple(sheet["mechanisms"]), []).append(
            f"{counted(sheet['size'], f'{nucleus_name(name)} neuron')}"
        )
    return [
        f"The model of {listed(sizes)} had these parts: {listed(map(mechanism_title, mechanisms))}."
        if mechanisms
        else f"{listed(sizes)} fired spike trains by rule."
        for mechanisms, sizes in kinds.items()
    ]


PROPER = ("Ornstein", "Poisson")


def mechanism_title(mechanism: str) -> str:
    """The title of a mechanism in running text; its name if this version has none of that name."""
    if mechanism not in catalogue.mechanism_names():
        return mechanism.replace("_", " ")
    title = catalogue.mechanism(mechanism).title
    capital = title.startswith(PROPER) or title[1:2].isupper() or title[1:2] in "- "
    return title if capital else title[:1].lower() + title[1:]


def _wiring(run: Run) -> str:
    wires = [
        f"{nucleus_name(wire['from'])} to {nucleus_name(wire['to'])} ({wire['in_degree']} inputs a neuron"
        f"{_of_a_share(wire.get('share', 1.0))}{', short-term plasticity' if wire['plasticity'] else ''})"
        for wire in run.resolved["wiring"]
    ]
    return f"Connections were random with a fixed number of inputs: {listed(wires)}." if wires else ""


def _clamp(run: Run) -> str:
    """Which nuclei were clamped, and in how many sweeps of each family."""
    clamp = run.resolved.get("clamp")
    if not clamp:
        return ""
    families = [
        f"{name.replace('_', ' ')} ({counted(len(f['varied']), 'sweep')})" for name, f in clamp["families"].items()
    ]
    nuclei = listed(map(nucleus_name, clamp["nuclei"]))
    recorded = f"{listed(families)}; {clamp['current']} was recorded"
    return f"The neurons of {nuclei} were voltage-clamped, one for each sweep: {recorded}."


def _of_a_share(share: float) -> str:
    return f" in {100 * share:g} % of the neurons" if share < 1 else ""


def _conditions(run: Run) -> str:
    told = [
        f"{row['name']} ({listed(row['causes'])}: {'; '.join(row['changes'])})"
        if row["changes"]
        else f"{row['name']} (nothing changed)"
        for row in conditions_table(run)
    ]
    return f"The {'condition was' if len(told) == 1 else 'conditions were'} {listed(told)}."


def _time(run: Run) -> str:
    protocol, seeds = run.resolved["protocol"], run.seeds
    shared = " Conditions shared each seed's wiring, heterogeneity and noise." if len(run.conditions) > 1 else ""
    return (
        f"Each was simulated for {protocol['duration_s']:g} s in steps of {1000 * protocol['dt_s']:g} ms "
        f"with {counted(len(seeds), 'seed')}, and analysed from {analysed(run)}.{shared}"
    )


def analysed(run: Run) -> str:
    """The stretch of time over which is measured."""
    start, stop = run.resolved["protocol"]["epochs_s"]["analysis"]
    return f"{start:g} s to {stop:g} s"


def _measures(run: Run) -> str:
    sheets = run.resolved["nuclei"]
    rule = str(sheets.get("lhb", next(iter(sheets.values())))["burst_rule"])
    source = f" ({RULE_SOURCES[rule]})" if rule in RULE_SOURCES else ""
    share = f"{100 * CRITERIA.share_in_bursts:g} %"
    return (
        f"{rule_in_words(rule)}{source}. A neuron was silent below {CRITERIA.silent_below:g} Hz, and bursting with at least "
        f"{share} of its spikes in bursts, at least {CRITERIA.burst_rate:g} bursts a second and no burst of more than "
        f"{RUN_ON_SPIKES} spikes, {RUN_ON_DURATION:g} s or {100 * RUN_ON_SHARE:g} % of the record; else it was tonic."
    )


def rule_in_words(rule: str) -> str:
    """A burst rule as a sentence without its full stop.

    >>> rule_in_words("lhb")
    'A burst began at an inter-spike interval of at most 20 ms, ended at one above 100 ms and had at least 2 spikes'
    """
    found = as_rule(rule)
    if isinstance(found, MaxInterval):
        return (
            f"A burst began at an inter-spike interval of at most {1000 * found.start:g} ms, ended at one above "
            f"{1000 * found.end:g} ms and had at least {found.min_spikes} spikes"
        )
    parameters = ", ".join(f"{f.name} {getattr(found, f.name)}" for f in fields(found))  # type: ignore[arg-type]
    return f"Bursts were found by the rule {rule} ({parameters})"


def _statistics(run: Run) -> str:
    if len(run.seeds) == 1:
        return "One network was simulated for each condition; no statistics were made."
    return (
        "Values are means over seeds with 95 % intervals (Wilson's at the effective number of neurons for shares, else "
        "Student's); differences between conditions are those of pairs with the same seed, with exact permutation tests that "
        "flip their signs."
    )


# repeating -----------------------------------------------------------------------------------------------------------


def repeat_command(run: Run) -> str:
    """The command that repeats the run, from within its folder."""
    settings = [word for text in run.resolved.get("set", []) for word in ("--set", text)]
    return shlex.join(["lhb", "run", "config.yaml", *settings])
