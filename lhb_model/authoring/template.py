"""A commented experiment to begin with: a shipped one whose every key is explained, with unit and default."""

import json
import re
import textwrap
from pathlib import Path

from lhb_model import catalogue
from lhb_model.authoring.json_schema import json_schema
from lhb_model.authoring.known import Known
from lhb_model.authoring.patterns import Schema
from lhb_model.bases import BASED_ON, NUCLEI, WIRING, WITHOUT, merged
from lhb_model.errors import InputError
from lhb_model.experiment import Key
from lhb_model.names import unknown
from lhb_model.yaml_file import YamlDocument, read_yaml

WIDTH = 120
LONGEST_TABLE = 6
"""More keys than these are left to `lhb show`."""
ENTRY = {"nuclei": "NucleusUse", "wiring": "Wire", "conditions": "InterventionUse", "protocol": "Protocol",
         "stimuli": "Stimulus", "traces": "TraceSheet"}  # fmt: skip
"""Key of an experiment -> the definition of what stands in it."""
TIMES_AND_UNITS = """\
A quantity is a number with its unit: 5 ms, 42 nS, 10 uM, -60 mV, 30 %. Times count from the start of the simulation.
Lines that begin with '# key:' are keys that are left out, with what then holds."""


def template(name: str, base: str, schema_folder: str, folder: Path | None = None) -> str:
    """The text of a commented experiment of that name, which does what the shipped experiment `base` does.

    `schema_folder` is where its schema lies, seen from the file; names of sheets beside `folder` are explained too.

    Raises
    ------
    InputError
        If no experiment is shipped under the name of `base`; the message gives the nearest names.
    """
    shipped = catalogue.sheet_paths("experiment")
    if base not in shipped:
        raise InputError(f"--from: {unknown('experiment', base, shipped)}")
    texts = _texts(read_yaml(shipped[base])) | {"experiment": f"experiment: {name}"}
    schema = json_schema("experiment", folder)
    parts = [_heading(name, base, schema_folder)]
    for key, entry in schema["properties"].items():
        if key != "based_on":
            comment = _comment(key, entry, schema, Known(folder), "replay" in texts.get(key, ""))
            parts.append(f"{comment}\n{texts.get(key) or _left_out(key, entry)}")
    return "\n\n".join(parts) + "\n"


def _heading(name: str, base: str, schema_folder: str) -> str:
    return "\n".join(
        [
            *schema_lines(f"{schema_folder}/experiment.json"),
            "#",
            f"# {name}: begun by `lhb init` from the shipped experiment `{base}`.",
            f"#   lhb check {name}.yaml    says what would run",
            f"#   lhb run {name}.yaml      runs it",
            *_wrapped(TIMES_AND_UNITS),
        ]
    )


def schema_lines(place: str) -> list[str]:
    """The lines by which editors find the schema of a file: VS Code and Neovim read the first, PyCharm the second.

    >>> schema_lines("schema/experiment.json")
    ['# yaml-language-server: $schema=schema/experiment.json', '# $schema: schema/experiment.json']
    """
    return [f"# yaml-language-server: $schema={place}", f"# $schema: {place}"]


# what the experiment says --------------------------------------------------------------------------------------------


def _texts(document: YamlDocument) -> dict[str, str]:
    """Top-level key -> its lines as they stand in the file or its bases; nuclei and wires each from where they stand."""
    data, place = merged(document, lambda one: read_yaml(catalogue.sheet_path("experiment", one.data[BASED_ON])))
    texts = {}
    for key in (key for key in data if key != WITHOUT):
        if key in (NUCLEI, WIRING) and BASED_ON in document.data:
            entries: list[Key] = [(key, name) for name in (data[key] if key == NUCLEI else range(len(data[key])))]
            texts[key] = "\n".join([f"{key}:", *(_written(*place.where(entry)) for entry in entries)])
        else:
            texts[key] = _written(*place.where((key,)))
    return texts


def _written(document: YamlDocument, key: Key) -> str:
    """The lines of a key, or of an entry below it, without what follows: comments and empty lines."""
    lines, start = document.text.splitlines(), document.lines[key]
    others = sorted(line for other, line in document.lines.items() if len(other) <= len(key) and line > start)
    part = "\n".join(lines[start - 1 : others[0] - 1 if others else len(lines)])
    return re.sub(r"(\n *(#.*)?)+$", "", part)


def _left_out(key: str, entry: Schema) -> str:
    usual = entry.get("default", [] if entry.get("type") == "array" else {} if entry.get("type") == "object" else "")
    return f"# {key}: {usual if isinstance(usual, str) else json.dumps(usual)}".rstrip()


# what its keys mean --------------------------------------------------------------------------------------------------


def _comment(key: str, entry: Schema, schema: Schema, known: Known, replayed: bool) -> str:
    """What a key means, what stands in it, and the names that it takes."""
    definitions = schema["definitions"]
    lines = _wrapped(entry["description"])
    if key in ENTRY:
        lines += _table(definitions[ENTRY[key]]["properties"])
    if replayed and key == "nuclei":
        lines += ["#   In replay:", *_table(definitions["ReplaySheet"]["properties"], "    ")]
    return "\n".join([*lines, *_names(key, entry, known)])


def _table(properties: Schema, indent: str = "  ") -> list[str]:
    """Some lines for each key, and for the keys within it unless they are many."""
    lines, width = [], max(map(len, properties), default=0)
    for name, entry in properties.items():
        lines += _row(name, entry["description"], indent, width)
        within = entry.get("properties") or entry.get("anyOf", [{}])[0].get("properties", {})
        if len(within) <= LONGEST_TABLE:
            lines += _table(within, f"{indent}  ")
    return lines


def _names(key: str, entry: Schema, known: Known) -> list[str]:
    """The names that may stand in a key, each with what it is."""
    if key == "nuclei":
        return _list("Nuclei with a sheet:", {name: sheet.title for name, sheet in known.nuclei.items()})
    if key == "conditions":
        drugs = {n: f"{s.title} (by {' or '.join(s.given_as())})" for n, s in known.interventions.items()}
        return _list("Interventions:", drugs)
    names = entry.get("items", {}).get("enum", [])
    if "enumDescriptions" in entry.get("items", {}):
        return _list("Any of:", dict(zip(names, entry["items"]["enumDescriptions"], strict=True)))
    return _wrapped(f"Any of {', '.join(names)}.", "  ") if names else []


def _list(heading: str, about: dict[str, str]) -> list[str]:
    width = max(map(len, about))
    return [f"#   {heading}", *(line for name in about for line in _row(name, about[name], "    ", width))]


def _row(name: str, about: str, indent: str, width: int) -> list[str]:
    return _wrapped(f"{name:<{width}}  {about}", indent, f"{indent}{'':{width + 2}}")


def _wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    first, rest = f"# {indent}", f"# {indent if hanging is None else hanging}"
    return [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(paragraph, WIDTH, initial_indent=first, subsequent_indent=rest)
    ]
