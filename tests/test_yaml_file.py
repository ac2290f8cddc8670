import json
import math
import os
import re
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhb_model.errors import InputError
from lhb_model.yaml_file import DEEPEST_NESTING, LARGEST_FILE, parse_yaml, read_yaml

EXPERIMENT = """\
# an experiment
seeds: [1, 2, 3]
duration: 10 s
lhb:
  cells: 300
  currents:
    - name: t_type
      conductance: 30.9 nS  # from a fit
    - name: sk
note: |
  two
  lines
"""


def data(text):
    return parse_yaml(text, "a.yaml").data


def refusal(text, name="a.yaml"):
    with pytest.raises(InputError) as caught:
        parse_yaml(text, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_read_as_plain_data(tmp_path):
    path = tmp_path / "experiment.yaml"
    path.write_text(EXPERIMENT)
    document = read_yaml(path)
    assert document.data == {
        "seeds": [1, 2, 3],
        "duration": "10 s",
        "lhb": {"cells": 300, "currents": [{"name": "t_type", "conductance": "30.9 nS"}, {"name": "sk"}]},
        "note": "two\nlines\n",
    }
    assert (document.path, document.text) == (path, EXPERIMENT)
    assert type(document.data) is dict and type(document.data["seeds"]) is list
    assert read_yaml(str(path)).data == document.data


def test_every_key_and_item_has_its_line():
    lines = {
        ("seeds",): 2, ("seeds", 0): 2, ("seeds", 1): 2, ("seeds", 2): 2,
        ("duration",): 3, ("lhb",): 4, ("lhb", "cells"): 5, ("lhb", "currents"): 6,
        ("lhb", "currents", 0): 7, ("lhb", "currents", 0, "name"): 7,
        ("lhb", "currents", 0, "conductance"): 8,
        ("lhb", "currents", 1): 9, ("lhb", "currents", 1, "name"): 9, ("note",): 10,
    }  # fmt: skip
    assert parse_yaml(EXPERIMENT, "a.yaml").lines == lines


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("lhb", "cells"), 5),
        (["lhb", "currents", 0, "conductance"], 8),
        (("lhb", "currents", 0, "conductance", "value"), 8),
        (("lhb", "currents", 7), 6),
        (("lhb", "seeds"), 4),
        (("dt",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_or_of_the_nearest_key_around_it(path, line):
    assert parse_yaml(EXPERIMENT, "a.yaml").line(path) == line


def test_a_document_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        parse_yaml("a: 1", "a.yaml").data = {}


NUMBERS = {
    "1": 1, "-3": -3, "+3": 3, "007": 7, "0o17": 15, "0x1F": 31, "1e-5": 1e-5, "1E5": 1e5, "6e4": 6e4,
    "1.5": 1.5, ".5": 0.5, "5.": 5.0, "-1.5e+3": -1500.0, ".inf": math.inf, "-.Inf": -math.inf,
}  # fmt: skip
WORDS = {"true": True, "False": False, "TRUE": True, "null": None, "~": None, "": None, "Null": None}
TEXTS = [
    "1_000", "0b11", "1e", "e5", "inf", "nan", "yes", "no", "on", "off", "y", "n", "tRue", "none", "1:30",
    "190:20:30", "2024-01-01", "12:30:45", "5 mV", "-60 mV", "50 %", "1/s", "<<", "=", "a:b", "b#c",
    "5 \N{MICRO SIGN}M",
]  # fmt: skip
QUOTED = {"'1'": "1", '"true"': "true", "''": "", "'5 mV'": "5 mV", r'"a\tb"': "a\tb", r"'a\tb'": r"a\tb"}
COLLECTIONS = {
    "[]": [],
    "{}": {},
    "[1, a, [b]]": [1, "a", ["b"]],
    "{b: 1, c: {d: e}}": {"b": 1, "c": {"d": "e"}},
    "\n- 1\n- 2": [1, 2],
    "\n  - b: 1\n    c: 2": [{"b": 1, "c": 2}],
}
LINES = {"one\n  two": "one two", ">-\n  one\n  two": "one two", "|-\n  one\n  two": "one\ntwo", "b # c": "b"}
VALUES = {**NUMBERS, **WORDS, **{text: text for text in TEXTS}, **QUOTED, **COLLECTIONS, **LINES}


@pytest.mark.parametrize(("written", "value"), VALUES.items())
def test_values_are_those_of_yaml_1_2(written, value):
    read = data(f"key: {written}\n")["key"]
    assert read == value and type(read) is type(value)


def test_nan_is_left_to_the_schema():
    assert math.isnan(data("key: .nan")["key"])


@pytest.mark.parametrize("key", ["on", "no", "'1'", '"true"', "1:30", "vta_da", "a b", "5 mV", "'<<'"])
def test_keys_are_texts(key):
    assert list(data(f"{key}: 1")) == [key.strip("'\"")]


@pytest.mark.parametrize(
    "text", ["\ufeffkey: 1", "key: 1\r\n", "---\nkey: 1\n", "%YAML 1.2\n---\nkey: 1\n...\n", "{key: 1}"]
)
def test_other_ways_to_write_one_mapping(text):
    assert data(text) == {"key": 1}


def test_a_byte_order_mark_and_windows_lines_keep_the_line_numbers(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffa: 1\r\nb:\r\n  c: 2\r\n".encode())
    document = read_yaml(path)
    assert document.line(("b", "c")) == 3 and document.text.startswith("a: 1")


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"b\.yaml: there is no such file$"):
        read_yaml(tmp_path / "b.yaml")


def test_a_folder_instead_of_a_file(tmp_path):
    with pytest.raises(InputError, match=r"this is a folder; expected a YAML file$"):
        read_yaml(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are not on every system")
def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match="not an ordinary file"):
        read_yaml(tmp_path / "pipe.yaml")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "loop.yaml/b.yaml"])
def test_an_impossible_path(tmp_path, name):
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    with pytest.raises(InputError, match=r"cannot be read|no such file"):
        read_yaml(tmp_path / name)


@contextmanager
def without_root_rights():
    """Root may read every file: step down to nobody for the while."""
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file permissions of Unix")
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_no_permission(tmp_path_factory, closed):
    folder = tmp_path_factory.mktemp("closed")
    path = folder / "a.yaml"
    path.write_text("a: 1")
    (path if closed == "file" else folder).chmod(0)
    with without_root_rights(), pytest.raises(InputError, match="the file cannot be read: Permission denied"):
        read_yaml(path)
    folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_an_empty_file(text):
    assert refusal(text) == "a.yaml: the file is empty; expected 'key: value' lines"


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x00\x00", "a: 1".encode("utf-16"), b"a: \0"])
def test_a_binary_file(tmp_path, content):
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(InputError, match="this is a binary file"):
        read_yaml(tmp_path / "a.yaml")


def test_a_file_in_another_encoding(tmp_path):
    (tmp_path / "a.yaml").write_bytes("a: 1\nb: 5 \N{MICRO SIGN}M\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.yaml:2: this is not UTF-8"):
        read_yaml(tmp_path / "a.yaml")


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: " + "x" * (LARGEST_FILE - 3))
    assert len(read_yaml(path).data["a"]) == LARGEST_FILE - 3
    path.write_text("a: " + "x" * (LARGEST_FILE - 2))
    with pytest.raises(InputError, match="larger than 100 kB"):
        read_yaml(path)
    path.write_text("a: " + "\N{MICRO SIGN}" * (LARGEST_FILE // 2), encoding="utf-8")
    with pytest.raises(InputError, match="larger than 100 kB"):
        read_yaml(path)
    assert "larger than 100 kB" in refusal("a: " + "x" * LARGEST_FILE)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\n\tb: 2", 2, "this line is indented with a tab; use spaces"),
        ("a:\n  \t- b", 2, "this line is indented with a tab; use spaces"),
        ("a:\tb", 1, "a tab stands here; use spaces"),
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' is already on line 1"),
        ("x:\n  - {a: 1,\n     a: 2}", 3, "the key 'a' is already on line 2"),
        ("a: 1\n'a': 2", 2, "the key 'a' is already on line 1"),
        ("a: 1\nb: !x 2", 2, "a tag (!name) is not accepted"),
        ("a: !!python/object/apply:os.system [ls]", 1, "a tag (!name) is not accepted"),
        ("a: !!str 1", 1, "a tag (!name) is not accepted"),
        ("a: ! 1", 1, "a tag (!name) is not accepted"),
        ("!x\na: 1", 1, "a tag (!name) is not accepted"),
        ("a: 1\n!x b: 1", 2, "a tag (!name) is not accepted"),
        ("a: !e!x 1", 1, "a tag (!name) is not accepted"),
        ("a: !<", 1, "a tag (!name) is not accepted"),
        ("a: &b 1", 1, "an anchor (&name) is not accepted"),
        ("a: 1\nb: &c [1]", 2, "an anchor (&name) is not accepted"),
        ("&c a: 1", 1, "an anchor (&name) is not accepted"),
        ("a: &", 1, "an anchor (&name) is not accepted"),
        ("a: 1\nb: *a", 2, "an alias (*name) is not accepted"),
        ("a: *", 1, "an alias (*name) is not accepted"),
        ("a: 1\n<<: {b: 1}", 2, "the merge key '<<' is not accepted"),
        ("%YAML 1.1\n---\na: 1", 2, "a line that begins with '%' is not accepted"),
        ("%YAML 2.0\n---\na: 1", 1, "a line that begins with '%' is not accepted"),
        ("%TAG ! tag:x,2024:\n---\na: 1", 2, "a line that begins with '%' is not accepted"),
        ("a: 1\n---\nb: 1", 2, "a second document begins here"),
        ("a: 1\n...\n---\n", 3, "a second document begins here"),
        ("- 1\n- 2", 1, "the top level is a list; expected 'key: value' lines"),
        ("seed 3", 1, "the top level is 'seed 3'; expected 'key: value' lines"),
        ("# c\n'text'", 2, "the top level is 'text'; expected"),
        ("~", 1, "the top level is '~'; expected"),
        ("a: 1\n2: b", 2, "the key '2' is not a text; quote it"),
        ("true: b", 1, "the key 'true' is not a text; quote it"),
        ("1e5: b", 1, "the key '1e5' is not a text; quote it"),
        (": b", 1, "the key '' is not a text; quote it"),
        ("a: {{ dose }}", 1, "given a mapping as a key; expected a text"),
        ("a: 1\n[b, c]: 1", 2, "given a list as a key; expected a text"),
        ("a: 1\nb: c\x07", 2, r"the character '\x07' cannot stand in a text file"),
        ("a: \0", 1, r"the character '\x00' cannot stand in a text file"),
        ("a: \ud800", 1, r"the character '\ud800' cannot stand in a text file"),
        ('a: 1\nb: "\\0"', 2, r"the character '\x00' cannot stand in a text"),
        ('a: "\\ud800"', 1, r"the character '\ud800' cannot stand in a text"),
        ("a: 1\nb: " + "9" * 301, 2, "this number has more than 300 digits"),
        ("a: 0x" + "f" * 301, 1, "this number has more than 300 digits"),
    ],
)  # fmt: skip
def test_what_is_no_plain_data_is_refused_with_its_line(text, line, message):
    assert re.search(re.escape(message), refusal(text))
    assert refusal(text).startswith(f"a.yaml:{line}: ")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb 2\nc: 3", 2, "this is no 'key: value' line (met 'b 2')"),
        ("a: 1\n  b: 2", 2, "a key cannot stand here; check the indentation"),
        ("a: b: c", 1, "quote a text that holds ': ' (met 'a: b: c')"),
        ("a:\n  b: 1\n c: 2", 3, "this does not fit what stands before it; check indentation"),
        ("  a: 1\n b: 2", 2, "this does not fit what stands before it; check indentation"),
        ("a: 'x' y", 1, "this does not fit what stands before it; check indentation, quotes and brackets"),
        ("a: [1, 2]]", 1, "this does not fit what stands before it"),
        ("a: 1\nb: [1, 2\nc: 3\n", 2, "a bracket is opened here and not closed, or a comma is missing in it"),
        ("a: 1\nb: {c: 1\n\n\n", 2, "a bracket is opened here and not closed, or a comma is missing in it"),
        ("a: 1\nb: 'x\nc: 2\n", 2, 'a quote is opened here and never closed (met "b: \'x")'),
        ('a: 1\nb: "x\nc: 2\n', 2, "a quote is opened here and never closed"),
        ("a: @x", 1, "a text cannot begin with this character; quote it (met 'a: @x')"),
        ("a: %x", 1, "a text cannot begin with this character; quote it"),
        (r'a: "C:\data"', 1, "a backslash in double quotes begins an escape; use single quotes"),
        (r'a: "\xZZ"', 1, "a backslash in double quotes begins an escape; use single quotes"),
        ("a: - b", 1, "a list cannot begin here; begin it on a new line"),
        ("a: ? b", 1, "a '? ' cannot stand here; quote the text"),
        ("a: [,]", 1, "a value is missing here"),
        ("a: ]", 1, "a value is missing here"),
        ("a: |x\n b", 1, "nothing may follow '|' or '>' on its line"),
        ("%", 1, "a line that begins with '%' is not accepted"),
    ],
)
def test_a_syntax_error_is_told_in_plain_words_with_its_line(text, line, message):
    assert refusal(text).startswith(f"a.yaml:{line}: cannot read the YAML: ")
    assert message in refusal(text)


def test_an_impossible_escape():
    assert refusal(r'a: "\UFFFFFFFF"') == "a.yaml: cannot read the YAML: it holds an impossible character"


def nested(levels):
    """`levels` mappings and lists in one another, the top level among them."""
    return "a: " + "[" * (levels - 1) + "]" * (levels - 1)


def nested_block(levels):
    return "".join("  " * level + "a:\n" for level in range(levels))


@pytest.mark.parametrize("write", [nested, nested_block])
def test_nesting_is_limited(write):
    assert data(write(DEEPEST_NESTING))
    assert "nested more than 20 levels deep" in refusal(write(DEEPEST_NESTING + 1))


LAUGHS = "a: &a [lol]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
ROOM = LARGEST_FILE - 200
HOSTILE = {
    "brackets": "[" * ROOM,
    "braces": "a: " + "{" * ROOM,
    "brackets of many lines": "a: " + "[\n" * (ROOM // 2),
    "dashes": "- " * (ROOM // 2),
    "question marks": "? " * (ROOM // 2),
    "colons": ": " * (ROOM // 2),
    "many anchors": "&a " * (ROOM // 3),
    "billion laughs": LAUGHS,
    "many documents": "---\n" * (ROOM // 4),
    "an open quote": "a: '" + "x\n\n" * (ROOM // 3),
    "many numbers, deep": "a: " + "[" * 18 + "1," * (ROOM // 2) + "1" + "]" * 17,
    "many mappings, deep": "a: " + "[" * 18 + "{a}," * (ROOM // 4) + "{a}" + "]" * 17,
    "many digits": "a: " + "9" * ROOM,
    "many decimals": "a: 0." + "1" * ROOM + "e5",
    "a long key": "x" * ROOM + ": 1",
    "a long escape": 'a: "' + "\\" * ROOM,
    "tabs": "a: 1\n" + "\t" * ROOM,
    "stairs": "".join(" " * step + "a:\n" for step in range(400)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_within_five_seconds(text):
    start = time.process_time()
    assert len(refusal(text)) < 300
    assert time.process_time() - start < 5


FINE = {
    "keys": "".join(f"k{i}: {i}\n" for i in range(8_000)),
    "mappings, deep": "a: " + "[" * 18 + "{a}," * (ROOM // 4) + "{a}" + "]" * 18,
    "items": "a:\n" + "- 1\n" * (ROOM // 4),
    "one word": "a: " + "x" * ROOM,
    "words": "a: " + "x\n " * (ROOM // 3),
    "comments": "a: 1\n" + "#\n" * (ROOM // 2),
    "empty lines": "a: 1\n" + "\n" * ROOM,
    "block": "a: |\n" + " x\n" * (ROOM // 3),
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_the_largest_files_are_read_within_five_seconds(text):
    start = time.process_time()
    assert data(text)
    assert time.process_time() - start < 5


thorough = settings(max_examples=300, deadline=None)
characters = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(characters)
)
keys = st.text(characters, max_size=20)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@thorough
@given(st.dictionaries(keys, trees, max_size=4), st.sampled_from([None, 2]))
def test_json_is_read_as_json_reads_it(tree, indent):
    text = json.dumps(tree, ensure_ascii=False, indent=indent)
    document = parse_yaml(text, "a.yaml")
    assert document.data == tree
    assert set(document.lines) == set(paths(tree))


def paths(tree, above=()):
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inside:
        yield (*above, key)
        yield from paths(value, (*above, key))


pieces = st.sampled_from(
    [
        *"abN1-?[]{},|>&*!#%@`~'\"\\\t\r\n",
        ": ",
        "- ",
        "\n  ",
        "<<: ",
        "!!",
        "---\n",
        "...\n",
        "\\U",
        "\\x",
        "1e5",
        ".inf",
        "\x85",
    ]
)


@thorough
@given(st.text(max_size=60) | st.lists(pieces, max_size=20).map("".join))
def test_any_text_is_plain_data_or_an_input_error(text):
    try:
        document = parse_yaml(text, "a.yaml")
    except InputError as error:
        assert str(error).startswith("a.yaml:") and "\n" not in str(error)
    else:
        assert all(isinstance(key, str) for key in document.data)
        assert set(document.lines) == set(paths(document.data))
        assert json.loads(json.dumps(document.data)).keys() == document.data.keys()


@thorough
@given(st.binary(max_size=60))
def test_any_file_is_plain_data_or_an_input_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    try:
        assert isinstance(read_yaml(path).data, dict)
    except InputError as error:
        assert error.file == path


def test_the_module_is_light():
    heavy = "numpy", "pandas", "brian2", "ruamel", "ruamel.yaml", "pydantic"
    code = f"import sys, lhb_model.yaml_file; sys.exit(str(sorted(set({heavy!r}) & set(sys.modules)) or ''))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.strip() == ""
