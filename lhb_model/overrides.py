"""Settings given beside the file, such as `conditions.ketamine.ketamine.block=0.3`, laid over its data."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lhb_model.errors import InputError
from lhb_model.experiment import Key, Place, spelled
from lhb_model.names import shortened
from lhb_model.schema import ExperimentSheet
from lhb_model.yaml_file import parse_yaml

SETTING = re.compile(r"([\w@+-]+(?:\.[\w@+-]+){0,19})=(.*)", re.ASCII)
POSITION = re.compile(r"[0-9]{1,6}")


def overridden(data: dict[str, Any], place: Place, settings: Iterable[str]) -> tuple[dict[str, Any], Place]:
    """Data with each setting in its place, and where those settings came from; the data given stay as they are."""
    data, given = copied(data), {}
    for text in settings:
        key, value = _read(text)
        _check_top(key, data, text)
        given[_set(data, key, value, text)] = _told(text)
    return data, replace(place, overrides=given)


def _check_top(keys: list[str], data: dict[str, Any], text: str) -> None:
    """Answer a key that only stands further down with where it stands."""
    if keys[0] in ExperimentSheet.model_fields:
        return
    found = [f"{key}.{keys[0]}" for key, part in data.items() if isinstance(part, dict) and keys[0] in part]
    if found:
        raise InputError(f"unknown key {keys[0]!r}; did you mean {' or '.join(found)}?", file=_told(text))


def _read(text: str) -> tuple[list[str], Any]:
    """Key and value of a setting; the value is read as YAML."""
    matched = SETTING.fullmatch(text)
    if matched is None:
        expected = "key=value such as conditions.ketamine.ketamine.block=0.3"
        raise InputError(f"given {shortened(text)}, expected {expected}", file="--set")
    try:
        found = parse_yaml(f"value: {matched[2]}\n", "--set").data
    except InputError as error:
        raise InputError(f"{matched[1]}: {error.message}", file=_told(text)) from None
    if len(found) > 1:
        raise InputError(f"{matched[1]}: given several lines, expected one value", file=_told(text))
    return matched[1].split("."), found["value"]


def _told(text: str) -> str:
    """The setting as an error names it."""
    return f"--set {shortened(text)[1:-1]}"


def copied(value: Any) -> Any:
    """Plain data, all mappings and lists of them new."""
    if isinstance(value, dict):
        return {key: copied(entry) for key, entry in value.items()}
    return [copied(entry) for entry in value] if isinstance(value, list) else value


def _set(data: Any, keys: list[str], value: Any, text: str) -> Key:
    """Set a value within the data; the key as the data have it: positions in lists are numbers."""
    at: Key = ()
    for part, following in zip(keys, [*keys[1:], None], strict=True):
        step = _step(data, part, at, text)
        if following is None:
            data[step] = value
        elif isinstance(data, dict) and data.get(part) is None:
            data[part] = {}
        data, at = data[step], (*at, step)
    return at


def _step(data: Any, part: str, at: Key, text: str) -> str | int:
    """One step into the data, if there is one."""
    if isinstance(data, dict):
        return part
    if isinstance(data, list) and POSITION.fullmatch(part) and int(part) < len(data):
        return int(part)
    expected = f"a position from 0 to {len(data) - 1}" if isinstance(data, list) and data else "no key below this value"
    raise InputError(f"{spelled(at)}: given {part!r}, expected {expected}", file=_told(text))
