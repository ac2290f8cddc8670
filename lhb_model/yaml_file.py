"""YAML text -> plain data with line numbers. A file is data: no tags, anchors, aliases or directives.

Read as YAML 1.2 (core schema): `1e-5` is a number; `on`, `no`, `1:30` and `2024-01-01` are texts. One thing more than YAML:
numbers may share the unit that follows their list, `[0, 1, 3] uM`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lhb_model.errors import InputError
from lhb_model.names import shortened

# The parser is pure Python: 100 kB of the slowest YAML takes it about 1.5 s.
LARGEST_FILE = 100_000
DEEPEST_NESTING = 20
LONGEST_NUMBER = 300

KeyPath = tuple[str | int, ...]

CONTROL_CHARACTER = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)

NULL = re.compile(r"~|null|Null|NULL|")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
DECIMAL = re.compile(r"[-+]?[0-9]+")
OCTAL_OR_HEXADECIMAL = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NUMBER = re.compile(f"{FLOAT.pattern}|{OCTAL_OR_HEXADECIMAL.pattern}")
LIST_BEFORE = re.compile(r"\[([^][{}#'\"\n]*)\][ \t]*")
UNIT_AFTER = re.compile(r"[A-Za-z%\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}1][^\s,\]}#]*(?=[ \t]*(?:[,\]}#\n]|$))")
MOST_LISTS = 100
INFINITY_OR_NAN = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

NO_TAGS = "a tag (!name) is not accepted: a configuration is plain data; quote a text that begins with '!'"
NO_ANCHORS = "an anchor (&name) is not accepted; quote a text that begins with '&'"
NO_ALIASES = "an alias (*name) is not accepted: write the value out, or quote a text that begins with '*'"
NO_DIRECTIVES = "a line that begins with '%' is not accepted"
NOT_FITTING = "this does not fit what stands before it; check indentation, quotes and brackets"

# What the parser says (a part of it), and what that means to the author of the file.
PLAIN_WORDS = {
    " tag ": NO_TAGS,
    "scanning an anchor": NO_ANCHORS,
    "scanning an alias": NO_ALIASES,
    "scanning a directive": NO_DIRECTIVES,
    "duplicate YAML directive": NO_DIRECTIVES,
    "incompatible YAML document": NO_DIRECTIVES,
    "scanning a block scalar": "nothing may follow '|' or '>' on its line",
    "scanning a double-quoted scalar": "a backslash in double quotes begins an escape; use single quotes",
    "scanning a quoted scalar": "a quote is opened here and never closed",
    "expected ',' or": "a bracket is opened here and not closed, or a comma is missing in it",
    "mapping values are not allowed": "a key cannot stand here; check the indentation and the line above, "
    "and quote a text that holds ': '",
    "could not find expected ':'": "this is no 'key: value' line",
    "expected <block end>": NOT_FITTING,
    "expected '<document start>'": NOT_FITTING,
    "found character '\\t'": "a tab stands here; use spaces",
    "cannot start any token": "a text cannot begin with this character; quote it",
    "sequence entries are not allowed": "a list cannot begin here; begin it on a new line",
    "mapping keys are not allowed": "a '? ' cannot stand here; quote the text",
    "expected the node content": "a value is missing here",
}
# For these the line where the broken thing begins says more than the line where the parser gave up.
BEGUN_EARLIER = ("scanning a quoted scalar", "expected ',' or", "could not find expected ':'")


@dataclass(frozen=True)
class YamlDocument:
    """What a YAML file holds: `data` of dict, list, str, int, float, bool and None, and where it stood.

    `lines` gives the line, from 1, of every key and list item, by the keys and list indices that lead to it.
    """

    data: dict[str, Any]
    path: str | Path
    lines: Mapping[KeyPath, int]
    text: str

    def line(self, path: Iterable[str | int]) -> int | None:
        """The line of a key; of the nearest key around it if it is not in the file; None if there is none.

        >>> document = parse_yaml("seeds: 3\\nlhb:\\n  cells: 10\\n", "a.yaml")
        >>> document.line(("lhb", "cells")), document.line(("lhb", "noise", 0)), document.line(("dt",))
        (3, 2, None)
        """
        keys = tuple(path)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys)


def read_yaml(path: str | Path) -> YamlDocument:
    """Read a YAML file whose top level is a mapping; `InputError` for any other, with the line if known."""
    content = _content(Path(path))
    if b"\0" in content:
        raise InputError("this is a binary file; expected YAML text in UTF-8", path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError("this is not UTF-8; save the file as UTF-8 text", path, line) from None
    return parse_yaml(text, path)


def parse_yaml(text: str, name: str | Path) -> YamlDocument:
    """Read YAML text; `name` stands for the file in messages.

    >>> parse_yaml("kon: 1e-5\\nswitch: on\\n", "a.yaml").data
    {'kon': 1e-05, 'switch': 'on'}
    >>> parse_yaml("dose: [0, 1, 3] uM\\n", "a.yaml").data
    {'dose': ['0 uM', '1 uM', '3 uM']}
    >>> parse_yaml("dose: 1\\ndose: 2\\n", "a.yaml")
    Traceback (most recent call last):
    lhb_model.errors.InputError: a.yaml:2: the key 'dose' is already on line 1
    """
    _check_text(text, name)
    spelled_out = text
    for _ in range(MOST_LISTS):
        try:
            reading = _Reading(_events(spelled_out, name), name)
            return YamlDocument(reading.document(), name, reading.lines, text)
        except _ListWithUnit as found:
            spelled_out = found.text
    raise InputError(f"more than {MOST_LISTS} lists are followed by a unit; write the unit at each number", name)


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError("this is a folder; expected a YAML file", path)
        if not path.exists():
            raise InputError("there is no such file", path)
        if not path.is_file():
            raise InputError("this is not an ordinary file; expected a YAML file", path)
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", path) from None
    if len(content) > LARGEST_FILE:
        raise _too_large(path)
    return content


def _too_large(name: str | Path) -> InputError:
    return InputError(f"the file is larger than {LARGEST_FILE // 1000} kB; expected a configuration", name)


def _check_text(text: str, name: str | Path) -> None:
    """Refuse what no parser is needed to find."""
    if len(text) > LARGEST_FILE:
        raise _too_large(name)
    if control := CONTROL_CHARACTER.search(text):
        message = f"the character {control[0]!r} cannot stand in a text file"
        raise InputError(message, name, _line_at(text, control.start()))
    if tab := TAB_INDENT.search(text):
        message = "this line is indented with a tab; use spaces"
        raise InputError(message, name, _line_at(text, tab.start()))


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class _Event(NamedTuple):
    """A step of the parser: its kind, its line, the text of a scalar and whether that is unquoted."""

    kind: str
    line: int
    text: str = ""
    plain: bool = False


def _events(text: str, name: str | Path) -> Iterator[_Event]:
    """The steps of the parser, one by one: whoever stops early spares the rest of the file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind, line = type(event).__name__.removesuffix("Event"), event.start_mark.line + 1
            if refusal := _refusal(kind, event):
                raise InputError(refusal, name, line)
            yield _Event(kind, line, *((event.value, event.implicit[0]) if kind == "Scalar" else ()))
    except MarkedYAMLError as error:
        if spelled_out := _units_spelled_out(text, error.problem_mark):
            raise _ListWithUnit(spelled_out) from None
        raise _syntax_error(error, text, name) from None
    # An escape such as "\UFFFFFFFF", which is no character, ends as a bare OverflowError or ValueError.
    except (YAMLError, OverflowError, ValueError):
        raise InputError("cannot read the YAML: it holds an impossible character", name) from None


class _ListWithUnit(Exception):
    """The parser met the unit of a list; `text` has it at each number of the list."""

    def __init__(self, text: str):
        self.text = text


def _units_spelled_out(text: str, mark: Any) -> str | None:
    """The text with "[0, 1] uM" as "[0 uM, 1 uM]" where the parser stopped before the unit; None if it was no such thing."""
    stop = getattr(mark, "index", 0)
    unit = UNIT_AFTER.match(text, stop)
    begin = text.rfind("[", 0, stop)
    numbers = None if begin < 0 else LIST_BEFORE.fullmatch(text, begin, stop)
    if unit is None or numbers is None:
        return None
    given = [number.strip() for number in numbers[1].split(",")]
    if not all(FLOAT.fullmatch(number) for number in given):
        return None
    return f"{text[:begin]}[{', '.join(f'{number} {unit[0]}' for number in given)}]{text[unit.end() :]}"


def _refusal(kind: str, event: Any) -> str | None:
    """Why this step is not plain data, if so."""
    if kind == "Alias":
        return NO_ALIASES
    if getattr(event, "anchor", None) is not None:
        return NO_ANCHORS
    if getattr(event, "tag", None) is not None:
        return NO_TAGS
    if kind == "DocumentStart" and (event.tags or event.version not in (None, (1, 2))):
        return NO_DIRECTIVES
    if kind == "Scalar" and (control := CONTROL_CHARACTER.search(event.value)):
        return f"the character {control[0]!r} cannot stand in a text"
    return None


def _syntax_error(error: Any, text: str, name: str | Path) -> InputError:
    """The parser's error in plain words, with the line it met."""
    said = f"{error.context or ''} {error.problem or ''}"
    meaning = next((plain for part, plain in PLAIN_WORDS.items() if part in said), said.strip())
    begun_earlier = error.context_mark and any(part in said for part in BEGUN_EARLIER)
    mark = error.context_mark if begun_earlier else error.problem_mark
    if mark is None:
        return InputError(f"cannot read the YAML: {meaning}", name)
    met = text.splitlines()[mark.line : mark.line + 1] or ["the end of the file"]
    return InputError(f"cannot read the YAML: {meaning} (met {shortened(met[0].strip())})", name, mark.line + 1)


class _Reading:
    """Builds the data from the steps of the parser, and notes the lines on the way."""

    def __init__(self, events: Iterator[_Event], name: str | Path):
        self.events, self.name = events, name
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> dict[str, Any]:
        """The only document of the file."""
        next(self.events)
        top = next(self.events)
        if top.kind == "DocumentStart":
            top = next(self.events)
        if top.kind == "StreamEnd" or (top.kind == "Scalar" and top.plain and not top.text):
            raise InputError("the file is empty; expected 'key: value' lines", self.name)
        if top.kind != "MappingStart":
            given = shortened(top.text) if top.kind == "Scalar" else "a list"
            raise self.error(top, f"the top level is {given}; expected 'key: value' lines")
        data = self.mapping(())
        next(self.events)
        after = next(self.events)
        if after.kind != "StreamEnd":
            raise self.error(after, "a second document begins here; expected one in a file")
        return data

    def mapping(self, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while (event := next(self.events)).kind != "MappingEnd":
            key = self.key(event, path)
            self.lines[*path, key] = event.line
            data[key] = self.value(next(self.events), (*path, key))
        return data

    def sequence(self, path: KeyPath) -> list[Any]:
        data: list[Any] = []
        while (event := next(self.events)).kind != "SequenceEnd":
            self.lines[*path, len(data)] = event.line
            data.append(self.value(event, (*path, len(data))))
        return data

    def value(self, event: _Event, path: KeyPath) -> Any:
        if event.kind == "Scalar":
            return self.scalar(event)
        if len(path) >= DEEPEST_NESTING:
            raise self.error(event, f"nested more than {DEEPEST_NESTING} levels deep")
        return self.mapping(path) if event.kind == "MappingStart" else self.sequence(path)

    def key(self, event: _Event, path: KeyPath) -> str:
        if event.kind != "Scalar":
            given = "a mapping" if event.kind == "MappingStart" else "a list"
            raise self.error(event, f"given {given} as a key; expected a text (quote a text that holds brackets)")
        if event.plain and event.text == "<<":
            raise self.error(event, "the merge key '<<' is not accepted; write the keys out")
        key = self.scalar(event)
        if not isinstance(key, str):
            raise self.error(event, f"the key {shortened(event.text)} is not a text; quote it")
        if (*path, key) in self.lines:
            message = f"the key {shortened(key)} is already on line {self.lines[*path, key]}"
            raise self.error(event, message)
        return key

    def scalar(self, event: _Event) -> str | int | float | bool | None:
        if not event.plain:
            return event.text
        if len(event.text) > LONGEST_NUMBER and NUMBER.fullmatch(event.text):
            raise self.error(event, f"this number has more than {LONGEST_NUMBER} digits")
        return plain_scalar(event.text)

    def error(self, event: _Event, message: str) -> InputError:
        return InputError(message, self.name, event.line)


def plain_scalar(text: str) -> str | int | float | bool | None:
    """What an unquoted text means in YAML 1.2 (core schema, section 10.3.2 of the specification).

    >>> [plain_scalar(text) for text in ("1e-5", "007", "0x1F", ".5", "~", "true", "yes", "5 mV")]
    [1e-05, 7, 31, 0.5, None, True, 'yes', '5 mV']
    """
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if DECIMAL.fullmatch(text):
        return int(text)
    if OCTAL_OR_HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    if FLOAT.fullmatch(text):
        return float(text)
    if INFINITY_OR_NAN.fullmatch(text):
        return float(text.replace(".", ""))
    return text
