"""Runs -> page. A section is a function that gathers what it shows, and a template of the same name that lays it out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lhb_model.errors import InputError
from lhb_model.growing import write_whole
from lhb_model.plot.labels import nucleus_name
from lhb_model.report import methods, sources, sweeps, words
from lhb_model.report.mathml import NotTypeset, equation
from lhb_model.report.pictures import pictures
from lhb_model.report.settings import differing_settings
from lhb_model.report.spikes import spike_data
from lhb_model.run_folder import REPORT, Run, failed_jobs

Content = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of the page about one run. `gather` gives what its template shows, or None to leave it out."""

    name: str
    title: str
    gather: Callable[[Run], Content | None]


def write_report(runs: Sequence[Run], path: str | Path | None = None, drawn: bool = True) -> Path:
    """Write the page of one or several runs; of one run into its folder, of several to the current one, unless told.

    Figures that a run has not drawn itself are drawn now; not unless `drawn`, which saves a second or more.
    `InputError` for no run, the same run twice, a run that cannot be read, or a path that cannot be written.
    """
    if path is None and len(runs) == 1 and runs[0].name != runs[0].folder.name:
        # One point of a sweep, whose folder has the page of all points.
        path = f"{runs[0].name}.html"
    path = checked_path(path, runs[0].folder if len(runs) == 1 else Path())
    text = report_page(runs, SECTIONS if drawn else WITHOUT_DRAWING)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    return path


def checked_path(path: str | Path | None, folder: Path) -> Path:
    """Where a page goes: into the folder unless told; `InputError` for a folder, and for another file of a run."""
    path = folder / REPORT if path is None else Path(path)
    if path.is_dir():
        raise InputError("is a folder; expected the name of a file, such as report.html", file=path)
    if (path.parent / "manifest.json").exists() and path.name != REPORT:
        raise InputError(f"lies in a run, and finished runs are never altered but for their {REPORT}", file=path)
    return path


def report_page(runs: Sequence[Run], sections: Sequence[Section] | None = None) -> str:
    """The page as text, with all `SECTIONS` unless told. `InputError` for no run, or the same run twice."""
    names = [run.name for run in runs]
    if not runs or len(set(names)) < len(names):
        raise InputError(
            f"given {methods.listed(names) if names else 'no run'}, expected one run or several different ones"
        )
    return (
        environment()
        .get_template("page.html")
        .render(
            runs=[(run, _gathered(run, sections or SECTIONS)) for run in runs],
            title=_title(runs),
            comparison=_comparison(runs),
            settings=differing_settings(runs) if len(runs) > 1 else ([], 0),
            spikes=spike_data([run for run in runs if not run.sweep]),
        )
    )


def _title(runs: Sequence[Run]) -> str:
    titles = list(dict.fromkeys(str(run.manifest.get("title") or run.name) for run in runs))
    return titles[0] if len(titles) == 1 else methods.listed(f"“{title}”" for title in titles)


def _gathered(run: Run, sections: Sequence[Section]) -> list[tuple[Section, Content]]:
    gathered = [(section, section.gather(run)) for section in sections]
    return [(section, content) for section, content in gathered if content is not None]


@cache
def environment() -> Environment:
    """Where the templates of pages are found, and what they may use."""
    found = Environment(
        loader=PackageLoader("lhb_model.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = {"sort_keys": False}
    found.filters.update(mechanism=methods.mechanism_title, signed=methods.signed)
    found.filters.update(
        typeset=_typeset,
        counted=methods.counted,
        label=methods.label_of,
        printed=methods.printed,
        nucleus=nucleus_name,
        symbol=_symbol,
    )
    found.globals.update(words=words, methods=methods, failed_jobs=failed_jobs, raw=_raw)
    return found


def _raw(name: str) -> Markup:
    """A style sheet or script of the package, which must not be escaped."""
    source, _, _ = PackageLoader("lhb_model.report").get_source(environment(), name)
    return Markup(source)


def _comparison(runs: Sequence[Run]) -> Content | None:
    """The differences between the conditions of a run, or between runs."""
    if any(run.sweep or run.table.empty for run in runs):
        return None
    found, units = words.comparison_of(runs), words.units_of(runs)
    if found.empty:
        return None
    ramp, pairs = any(map(words.on_a_ramp, runs)), found[["a", "b"]].drop_duplicates()
    told = [] if ramp else words.pairs_in_words(found, units)
    shown = words.shown_differences(found)
    return {
        "pairs": [pair for pair in told if pair.says],
        "more": 0 if ramp else len(pairs) - len(told),
        "ramp": ramp,
        "rows": words.difference_table(shown, units),
        "left_out": len(found) - len(shown),
        "first": [str(name) for name in dict.fromkeys(shown["a"])],
    }


# sections ------------------------------------------------------------------------------------------------------------


def _result(run: Run) -> Content | None:
    if run.sweep:
        return None
    return {"levels": words.levels_in_words(run), "table": words.summary_table(run), "ramp": words.on_a_ramp(run)}


def _sweep(run: Run) -> Content | None:
    if not run.sweep or run.table.empty:
        return None
    head, rows, more = sweeps.point_means(run)
    return {"axes": sweeps.axes_table(run), "head": head, "rows": rows, "more": more}


def _design(run: Run) -> Content:
    return {
        "conditions": methods.conditions_table(run),
        "wiring": run.resolved["wiring"],
        "nuclei": {name: run.resolved["nuclei"][name] for name in methods.in_order(run.resolved["nuclei"])},
        "protocol": run.resolved["protocol"],
    }


def _figures(run: Run, drawn: bool = True) -> Content | None:
    made, notes = pictures(run, drawn and not run.sweep)
    return {"pictures": made, "notes": notes} if made or notes else None


def _own_figures(run: Run) -> Content | None:
    return _figures(run, drawn=False)


def _interventions(run: Run) -> Content | None:
    found = run.resolved["interventions"]
    rows = {name: list(sources.numbers(sheet)) for name, sheet in found.items()}
    return {"interventions": found, "numbers": rows} if found else None


def _equations(run: Run) -> Content | None:
    path = run.folder / "equations.txt"
    if not path.is_file():
        return None
    heading, *blocks = re.split(r"\n\n+", path.read_text(encoding="utf-8").strip())
    kinds: dict[tuple[str, ...], list[str]] = {}
    for heading_of_cell, *lines in (block.splitlines() for block in blocks):
        name, bracket, size = heading_of_cell.partition(" (")
        kinds.setdefault(tuple(lines), []).append(nucleus_name(name) + bracket + size)
    typeset = [(names, _equation_lines(lines)) for lines, names in kinds.items()]
    mechanisms = dict(run.resolved["mechanisms"])
    for mechanism in sources.of_synapses(run):
        own = [("", line) for line in mechanism.equations.splitlines()]
        own += [("at a spike", line) for line in mechanism.reset.splitlines()]
        typeset.append(([mechanism.title], [(when, line.strip()) for when, line in own if line.strip()]))
        mechanisms[mechanism.name] = {"source": mechanism.source, "tag": mechanism.tag}
    linoid = any("linoid(" in line for _, lines in typeset for _, line in lines)
    return {"heading": heading, "kinds": typeset, "mechanisms": mechanisms, "linoid": linoid}


BEFORE = ("each step", "spike", "at a spike")
"""What the lines that are no differential equations begin with."""


def _equation_lines(lines: Sequence[str]) -> list[tuple[str, str]]:
    """When each line holds, and the line."""
    parted = [line.strip().partition(": ") for line in lines]
    told = [(when, text) if when in BEFORE else ("", f"{when}{colon}{text}") for when, colon, text in parted]
    return [("state" if not when and "=" not in text else when, text) for when, text in told]


def _parameters(run: Run) -> Content:
    resolved = run.resolved
    tables = {
        f"{nucleus_name(name)} ({methods.counted(sheet['size'], 'neuron')})": [
            *sources.numbers(sheet["parameters"]),
            *(found for part in ("spread", "rest", "start", "replay") for found in sources.numbers(sheet[part], part)),
        ]
        for name in methods.in_order(resolved["nuclei"])
        for sheet in [resolved["nuclei"][name]]
    }
    synapses = {_wire_name(wire): {**wire["weights"], **(wire["plasticity"] or {})} for wire in resolved["wiring"]}
    tables |= {"Synapses": list(sources.numbers(synapses)), "Readouts": list(sources.numbers(resolved["readouts"]))}
    return {"tables": {title: rows for title, rows in tables.items() if rows}}


def _wire_name(wire: dict[str, Any]) -> str:
    return f"{nucleus_name(wire['from'])} to {nucleus_name(wire['to'])}"


def _assumed(run: Run) -> Content:
    resolved = run.resolved
    nuclei = {nucleus_name(name): resolved["nuclei"][name] for name in methods.in_order(resolved["nuclei"])}
    wires = {_wire_name(wire): wire for wire in resolved["wiring"]}
    found = list(sources.numbers({**nuclei, **wires, **resolved["interventions"], **resolved["readouts"]}))
    return {
        "tags": sources.tags_of(found),
        "meaning": sources.TAGS,
        "assumed": [number for number in found if number.tag == "assumed"],
        "left_out": methods.LEFT_OUT,
    }


def _repeat(run: Run) -> Content:
    config = run.folder / "config.yaml"
    return {
        "command": methods.repeat_command(run),
        "manifest": run.manifest,
        "config": config.read_text(encoding="utf-8") if config.is_file() else "",
    }


def _paper(run: Run) -> Content:
    paragraph = methods.methods_paragraph(run)
    cited = sources.cited_papers(run, paragraph, *(mechanism.source for mechanism in sources.of_synapses(run)))
    return {"methods": paragraph, "bibtex": "\n".join(paper.bibtex.strip() + "\n" for paper in cited)}


SECTIONS = (
    Section("design", "Design", _design),
    Section("result", "Result", _result),
    Section("sweep", "Sweep", _sweep),
    Section("figures", "Figures", _figures),
    Section("interventions", "Interventions", _interventions),
    Section("equations", "Equations", _equations),
    Section("parameters", "Parameters", _parameters),
    Section("assumed", "What is assumed", _assumed),
    Section("repeat", "How to repeat it", _repeat),
    Section("paper", "For a paper", _paper),
)
"""The order of the page. What a new kind of run has to show is one more section."""

WITHOUT_DRAWING = tuple(replace(one, gather=_own_figures) if one.name == "figures" else one for one in SECTIONS)
"""The same, with the figures alone that a run has drawn itself."""


# filters -------------------------------------------------------------------------------------------------------------


def _typeset(line: str) -> Markup:
    """An equation as MathML; what is none, as code."""
    try:
        return Markup(equation(line))
    except NotTypeset:
        return Markup("<code>{}</code>").format(line)


def _symbol(name: str) -> Markup:
    """A parameter's name as the equations print it."""
    return _typeset(name) if name.isidentifier() else Markup("<code>{}</code>").format(name)
