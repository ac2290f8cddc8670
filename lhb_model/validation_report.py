"""Targets and outcomes -> a Markdown report, and the table of targets that the documentation shows."""

from collections.abc import Iterable, Sequence

from lhb_model.findings import FINDINGS
from lhb_model.targets import Target
from lhb_model.verdicts import FAILS, HOLDS, NO_VALUE, NOT_MEASURED, Outcome

HEADING = ("", "quantity", "published", "model", "expected", "verdict", "gates", "tag")


def verdict_counts(outcomes: Sequence[Outcome]) -> str:
    """How many numbers hold, fail and are not measured, in one line.

    >>> verdict_counts([])
    '0 hold, 0 fail'
    """
    number = {name: sum(o.verdict == name for o in outcomes) for name in (HOLDS, FAILS, NO_VALUE, NOT_MEASURED)}
    parts = [f"{number[HOLDS]} hold", f"{number[FAILS]} fail"]
    parts += [f"{number[NO_VALUE]} without a value"] if number[NO_VALUE] else []
    return ", ".join(parts + ([f"{number[NOT_MEASURED]} not measured"] if number[NOT_MEASURED] else []))


def report(targets: Sequence[Target], outcomes: Sequence[Outcome]) -> str:
    """The report of a validation, with links to its figures."""
    gating = [outcome for outcome in outcomes if outcome.failing]
    failing = ", ".join(dict.fromkeys(outcome.target for outcome in gating)) or "none"
    parts = [
        "# Published findings against the model",
        "",
        f"{verdict_counts(outcomes)}. Targets that gate and fail: {failing}.",
        "",
        *table([HEADING, *(_cells(outcome, outcome.target) for outcome in outcomes)]),
        "",
        "Model: mean over the samples +- standard deviation, or 95 % interval where samples are not paired. Tags: S read in the "
        "source, R recalled, D derived here; S direction gates the direction alone; R and D never gate.",
    ]
    for target in targets:
        parts += ["", *_section(target, [outcome for outcome in outcomes if outcome.target == target.name])]
    return "\n".join(parts) + "\n"


def _cells(outcome: Outcome, first: str) -> tuple[str, ...]:
    verdict = outcome.said if outcome.verdict == HOLDS else f"**{outcome.said}**"
    gates = "yes" if outcome.gates else "no"
    numbers = outcome.published, outcome.model, outcome.expected
    return first, outcome.quantity, *numbers, verdict, gates, outcome.tag


def _section(target: Target, outcomes: Sequence[Outcome]) -> list[str]:
    sheet = target.sheet
    how = f"Not measured: {sheet.not_measured}" if sheet.not_measured else f"Measured in: {measured_in(target)}."
    lines = [f"## {target.name}: {sheet.title}", "", f"Condition: {sheet.condition}. {how}", ""]
    lines += [
        f"Source: {sheet.source} (tag {sheet.tag}). Read: {sheet.read}",
        "",
        f"![{target.name}](figures/{target.name}.png)",
    ]
    drawn = dict.fromkeys(place for _, e in target.numbered() if (place := sheet.place(e)) and _is_drawn(place))
    lines += [line for place in drawn for line in ("", f"![{place}](figures/{place}.png)")]
    tolerances = dict.fromkeys(f"- {e.quantity}: {e.tolerance}" for e in sheet.expect if e.tolerance)
    lines += ["", "Where the intervals come from:", "", *tolerances] if tolerances else []
    reasons = [f"- {e.quantity}: {e.not_measured}" for e in sheet.expect if e.not_measured]
    lines += ["", "Not measured:", "", *reasons] if reasons else []
    return lines + (["", sheet.notes.strip()] if sheet.notes else [])


def _is_drawn(place: str) -> bool:
    return place in FINDINGS and FINDINGS[place].draw is not None


def measured_in(target: Target) -> str:
    """Experiments and findings that measure a target, in words."""
    places = dict.fromkeys(place for _, entry in target.numbered() if (place := target.sheet.place(entry)))
    return ", ".join(_place(place) for place in places) or "nothing yet"


def _place(place: str) -> str:
    if place not in FINDINGS:
        return f"experiment `{place}`"
    finding = FINDINGS[place]
    behind = f" from experiment `{'`, `'.join(finding.experiments)}`" if finding.experiments else ""
    return f"finding `{place}`{behind}"


def targets_table(targets: Iterable[Target]) -> list[str]:
    """All targets as a Markdown table, for the documentation."""
    rows = [("target", "quantity", "published", "expected", "gates", "tag", "source", "measured in")]
    for target in targets:
        for _, entry in target.numbered():
            gates = "yes" if target.sheet.gates(entry) else "no"
            numbers = entry.published, entry.expected, gates, entry.tag or target.sheet.tag
            rows.append((target.name, entry.quantity, *numbers, target.sheet.source, target.sheet.place(entry) or "—"))
    return table(rows)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; the first row is its head.

    >>> table([("a", "b"), ("< 1", "x|y")])
    ['| a | b |', '|---|---|', '| < 1 | x\\\\|y |']
    """
    head, *others = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in others]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]
