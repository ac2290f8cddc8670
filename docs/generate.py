"""Reference pages that follow from the program: mechanisms, nuclei, interventions, experiments, measures."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from lhb_model import catalogue
from lhb_model.cell import Cell
from lhb_model.cli import main
from lhb_model.config import load
from lhb_model.drug_sheets import Affinity
from lhb_model.equations import SteadyState
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.findings.open_channel_block import half_blocking
from lhb_model.quantities import Parameter, format_quantity
from lhb_model.readouts import READOUTS
from lhb_model.schema import InterventionSheet
from lhb_model.sheets import read_intervention, read_nucleus
from lhb_model.targets import read_target, target_paths
from lhb_model.validation_report import measured_in, targets_table
from lhb_model.yaml_file import read_yaml


def write_all(folder: Path) -> None:
    """Write every generated page into `folder`, and the tables of drugs into their page; what is the same is left alone."""
    folder.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        _write(folder / f"{name}.md", "\n".join(make()) + "\n")
    _write(DRUGS, with_tables(DRUGS.read_text(encoding="utf-8")))


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def mechanisms() -> Iterable[str]:
    """Equations and parameters of every mechanism."""
    yield "# Mechanisms"
    yield "One file each in `lhb_model/mechanisms/`; inward current is positive. `lhb show NAME` prints the same."
    for name in catalogue.mechanism_names():
        found = catalogue.mechanism(name)
        yield from ["", f"## {name}", "", f"{found.title}. *{found.source}* ({found.tag})", ""]
        events = {"each step": found.each_step, "spike when": found.threshold, "at a spike": found.reset}
        lines = [*_lines(found.equations), *(f"{when}: {s}" for when, text in events.items() for s in _lines(text))]
        yield from ["```text", *lines, "```", "", *_parameters(found.parameters)]


CELL_PAGE = """\
# The LHb neuron

All of the shipped cell (`lhb_cell`), enough to write it again elsewhere; made from the code. Inward current is positive,
parameters keep their units in the equations, and `linoid(x)` is `x/(exp(x) - 1)`, with `1 - x/2` near 0. `s_AMPA`, `s_GABA` and
`s_NMDA` count what synapses open; without input they are 0.

```text
{equations}
```

**Start.** Every variable in its steady state at the potential of the start, K+ round the soma in its own balance there. A holding
potential is that at which `I_hold` balances all currents but I_Na and I_K; to check a copy of the cell by:

{holding}

**Steps.** 0.05 ms, staggered Crank-Nicolson: each variable by `x += dt f/(1 - dt/2 df/dx)`, the gates with the old potential,
then calcium with the mean of its current before and after, then the potential with the new gates. {slow} go forward every 0.5 ms
by explicit Euler. A spike is an upward crossing of `V_spike`; nothing is reset. How exact that is: {{doc}}`../../numerics`.

{parameters}
"""
HELD = (-77, -65, -60, -55, -50, -43, -37)  # mV


def cell() -> Iterable[str]:
    """Equations and numbers of the shipped cell, with holding currents to check a copy of it by."""
    experiment = load("modes")
    found = experiment.cell("lhb")
    lines = [equation.text() for equation in found.equations if equation.name != "v_previous"]
    numbers = {name: p for name, p in found.parameters.items() if name not in PROTOCOL}
    held = [[f"{v} mV", f"{_holding(found, v / 1e3):.3f} pA"] for v in HELD]
    yield CELL_PAGE.format(
        equations="\n".join(lines),
        holding="\n".join(_table(["held at", "I_hold"], held)),
        slow=" and ".join(f"`{name}`" for name in found.slow),
        parameters="\n".join(_parameters(numbers)),
    )


PROTOCOL = ("I_hold", "I_step", "I_ramp", "ramp_start")


def _holding(found: Cell, v: float) -> float:
    """The current (pA) that holds a cell without its spike currents at a potential."""
    numbers = {name: p.value for name, p in found.parameters.items()}
    rest = SteadyState(found.equations, {**numbers, "v": v})
    return -1e12 * sum(float(rest[name]) for name in found.currents if name not in ("I_Na", "I_K"))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _parameters(parameters: Mapping[str, Parameter], title: str = "parameter") -> list[str]:
    rows = [[f"`{name}`", p.quantity.text, p.tag, _also(p.source, p.note)] for name, p in parameters.items()]
    return _table([title, "value", "tag", "source"], rows) if rows else []


def _also(source: str, note: str) -> str:
    return f"{source.strip()}; {note}" if note else source


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [
        [cell.strip().replace("|", "\\|").replace("\n", " ") for cell in row]
        for row in [head, ["---"] * len(head), *rows]
    ]
    return [f"| {' | '.join(line)} |" for line in lines]


def nuclei() -> Iterable[str]:
    """Every shipped nucleus sheet."""
    yield "# Nuclei"
    yield "One YAML sheet each in `configs/nuclei/`. Parameters that a sheet does not name keep the mechanism's value."
    for name, path in catalogue.sheet_paths("nucleus").items():
        sheet = read_nucleus(path)
        yield from ["", f"## {name}", "", f"{sheet.title}. {sheet.notes.strip()}", ""]
        yield f"Transmitter: {sheet.transmitter}. Mechanisms: {', '.join(f'`{m}`' for m in sheet.mechanisms)}."
        yield from ["", *_parameters({key: sourced.parameter() for key, sourced in sheet.parameters.items()})]
        spread = [[f"`{key}`", s.kind, s.width.text, s.tag, s.source] for key, s in sheet.spread.items()]
        if spread:
            yield from ["", "Differences between neurons:", ""]
            yield from _table(["parameter", "distribution", "width", "tag", "source"], spread)
        groups = sheet.rest.groups if sheet.rest else []
        if groups:
            yield from ["", "Resting potentials:", ""]
            rows = [[g.name, f"{g.share:g}", f"{g.mean.text} (SD {g.sd.text})", g.tag, g.source] for g in groups]
            yield from _table(["group", "share", "potential", "tag", "source"], rows)


def interventions() -> Iterable[str]:
    """Every shipped drug, gene, ion or state."""
    yield "# Interventions"
    yield "One YAML sheet each in `configs/interventions/`: a drug, a gene and a state have one shape."
    for name, path in catalogue.sheet_paths("intervention").items():
        sheet = read_intervention(path)
        yield from ["", f"## {name}", "", f"{sheet.title}. {sheet.notes.strip()}", ""]
        rows = [
            [
                f"`{e.parameter}`",
                e.law,
                *([e.amount.value.text, e.amount.tag, e.amount.source] if e.amount else [""] * 3),
            ]
            for e in sheet.effects
        ]
        yield from _table(["parameter", "law", "at full strength", "tag", "source"], rows)
        side = {f"affinity to {e.parameter}": e.affinity for e in sheet.effects if e.affinity}
        for title, part in {"affinity": sheet.affinity, **side, "pore": sheet.pore, **sheet.courses}.items():
            numbers = {key: sourced.parameter() for key, sourced in part or () if sourced}
            yield from ["", *_parameters(numbers, title)] if numbers else []
        yield from ["", f"Given as {' or '.join(f'`{word}`' for word in sheet.given_as())}."]


def with_tables(text: str) -> str:
    """A Markdown text with the tables between its marks made anew."""
    return MARKS.sub(lambda found: "\n".join([found[1], *TABLES[found[2]](), found[3]]), text)


def affinities() -> list[str]:
    """What every drug acts on, and how strongly."""
    rows = [row for path in catalogue.sheet_paths("intervention").values() for row in _targets(read_intervention(path))]
    return _table(["drug", "acts on", "IC50", "Hill slope", "tag", "source of the IC50"], rows)


def _targets(sheet: InterventionSheet) -> Iterable[list[str]]:
    main = ", ".join(f"`{e.parameter}`" for e in sheet.effects if e.affinity is None)
    known = _affinity(sheet.affinity) if sheet.affinity else ["", "", "", f"given as a {sheet.given_as()[0]}"]
    yield [f"`{sheet.intervention}`", main, *known]
    yield from (["", f"`{e.parameter}` (side effect)", *_affinity(e.affinity)] for e in sheet.effects if e.affinity)


def _affinity(found: Affinity) -> list[str]:
    return [found.IC50.value.text, found.hill.value.text, found.IC50.tag, found.IC50.source]


def pores() -> list[str]:
    """Rates of every blocker of the NMDA pore."""
    rows = []
    for path in catalogue.sheet_paths("intervention").values():
        sheet = read_intervention(path)
        if sheet.pore and sheet.affinity:
            numbers = (sheet.affinity.IC50, sheet.pore.IC50_at, sheet.pore.k_off, sheet.pore.k_off_at)
            k_on = f"{sheet.blocker().k_on.value * 1e-6:.2g} /uM/s"
            origin = sheet.pore.k_on.tag if sheet.pore.k_on else "from k_off and IC50"
            trapped = f"{half_blocking(sheet.intervention, sheet.pore.IC50_at.value.value, 0.0) * 1e6:.2g} uM"
            source = f"{sheet.pore.k_off.tag}: {sheet.pore.k_off.source}"
            said = (number.value.text for number in numbers)
            rows.append([f"`{sheet.intervention}`", *said, f"{k_on}, {origin}", trapped, source])
    head = ["blocker", "IC50 (Hill)", "at", "k_off", "at", "k_on", "IC50 (trapping)", "tag and source of k_off"]
    return _table(head, rows)


def experiments() -> Iterable[str]:
    """Every shipped experiment, as its file says it."""
    yield "# Experiments"
    yield "Run by name: `lhb run NAME`. To change one, copy it or use `--set`."
    for name, path in catalogue.sheet_paths("experiment").items():
        sheet = read_yaml(path).data
        yield from ["", f"## {name}", "", f"**{sheet.get('title', '')}.** {str(sheet.get('question', '')).strip()}", ""]
        yield from ["```yaml", path.read_text(encoding="utf-8").rstrip(), "```"]


def gallery() -> Iterable[str]:
    """Every picture of a shipped experiment, with the commands that make it; small ones first."""
    from draw_figures import PICTURES

    alt = {name: f"Experiment {experiment}: {FIGURE_KINDS[kind]}" for name, (experiment, kind) in PICTURES.items()}
    anchor = {name: f"picture-{name.replace('_', '-')}" for name in PICTURES}
    yield from ("# Gallery", "", "Made by the shipped experiments, as they are; click one to see how.", "")
    yield " ".join(f'[![{alt[name]}](../../figures/{name}.png){{width="31%"}}](#{anchor[name]})' for name in PICTURES)
    for experiment in dict.fromkeys(experiment for experiment, _ in PICTURES.values()):
        sheet = read_yaml(catalogue.sheet_path("experiment", experiment)).data
        yield from ("", f"## `{experiment}`: {sheet['title']}", "", str(sheet.get("question", "")))
        for name, kind in ((name, made_by[1]) for name, made_by in PICTURES.items() if made_by[0] == experiment):
            yield from ("", f"({anchor[name]})=", f"![{alt[name]}](../../figures/{name}.png)", "")
            yield f"`lhb run {experiment}`, `lhb plot {kind} runs/{experiment}-...`: {FIGURE_KINDS[kind]}."
    yield from ("", "How to read them: {doc}`../../figures`.")


def readouts() -> Iterable[str]:
    """Every readout and its parameters."""
    yield "# Readouts"
    yield "One file each in `lhb_model/readouts/`. An experiment names those it wants; each becomes a measure."
    for name, readout in READOUTS.items():
        about = " ".join((sys.modules[readout.measure.__module__].__doc__ or "").split())
        yield from [
            "",
            f"## {name}",
            "",
            f"{readout.title} ({readout.unit}), from the spikes of `{readout.nucleus}`. {about}",
        ]
        yield from ["", *_parameters(readout.parameters)]


def commands() -> Iterable[str]:
    """What `--help` prints, for the program and each of its verbs."""
    yield "# Command line"
    for words, command in _commands(("lhb",), main):
        with click.Context(command, info_name=" ".join(words), max_content_width=88, terminal_width=88) as context:
            yield from ["", f"## {' '.join(words)}", "", "```text", command.get_help(context), "```"]


def _commands(words: tuple[str, ...], command: click.Command) -> Iterable[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    for name, inner in (command.commands if isinstance(command, click.Group) else {}).items():
        yield from _commands((*words, name), inner)


def units() -> Iterable[str]:
    """Default amount and unit of every parameter, alphabetically."""
    yield "# All parameters"
    yield "Every parameter of every mechanism, by name, with the mechanism that has it. Nuclei that give one another value"
    yield "say so in their sheets: {doc}`nuclei`, or `lhb show NAME`."
    rows = [
        [f"`{key}`", format_quantity(p.value, p.unit), f"`{name}`", p.tag, _also(p.source, p.note)]
        for name in catalogue.mechanism_names()
        for key, p in catalogue.mechanism(name).parameters.items()
    ]
    yield from ["", *_table(["parameter", "value", "mechanism", "tag", "source"], sorted(rows))]


def verdicts() -> Iterable[str]:
    """What the last validation found."""
    yield "# Verdicts"
    yield "Every published number beside the model's. How they are judged: {doc}`/validation`; each in full: {doc}`targets`."
    yield from ["", "```{include} ../../tables/verdicts.md", "```"]


def targets() -> Iterable[str]:
    """Every published number that the model is held against."""
    yield "# Targets"
    yield "One YAML sheet each in `configs/targets/`. How they are judged: {doc}`/validation`; how the model"
    yield "fares: {doc}`verdicts`."
    found = [read_target(path) for path in target_paths().values()]
    yield from ["", *targets_table(found)]
    for target in found:
        sheet = target.sheet
        yield from [
            "",
            f"## {target.name}: {sheet.title}",
            "",
            f"Condition: {sheet.condition}. Source: {sheet.source}.",
        ]
        yield f"Read: {sheet.read}. {sheet.notes.strip()}"
        yield f"Not measured: {sheet.not_measured}." if sheet.not_measured else f"Measured in: {measured_in(target)}."


PAGES = {
    "gallery": gallery,
    "commands": commands,
    "cell": cell,
    "mechanisms": mechanisms,
    "nuclei": nuclei,
    "interventions": interventions,
    "experiments": experiments,
    "readouts": readouts,
    "parameters": units,
    "targets": targets,
    "verdicts": verdicts,
}

TABLES = {"affinities": affinities, "pores": pores}
DRUGS = Path(__file__).parent / "drugs.md"
MARKS = re.compile(r"(<!-- table: (\w+) -->)\n.*?(<!-- end of table -->)", re.DOTALL)
