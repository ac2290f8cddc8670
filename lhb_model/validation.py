"""Plain data + schema -> frozen value, or one InputError in the words of the file's author."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lhb_model.errors import InputError
from lhb_model.experiment import Key, Place
from lhb_model.fields import shown
from lhb_model.names import unknown

S = TypeVar("S", bound=BaseModel)

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a mapping ({{}} for an empty one)",
    "list_type": "a list",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "a number below {lt:g}",
    "too_short": "at least {min_length} entry",
    "too_long": "at most {max_length} entries",
}


def validated(model: type[S], data: Any, place: Place, at: Key = ()) -> S:
    """Data as a value of the schema; the first error as an `InputError` with its place.

    `at` is where the data stand in the file.
    """
    try:
        return model.model_validate(data)
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
    raise _in_words(first, place, at) from None


def _in_words(error: Any, place: Place, at: Key) -> InputError:
    key = at + tuple(part for part in error["loc"] if part != "[key]")
    context = error.get("ctx", {})
    if error["type"] == "own":
        # A key that is missing or unknown is not part of where its mapping stands.
        return place.error((*key, *context["key"]), context["message"])
    if error["type"] == "literal_error":
        known = re.findall("'([^']*)'", context["expected"])
        return place.error(key, unknown(str(key[-1]), error["input"], known))
    expected = EXPECTED.get(error["type"], "another value").format(**context)
    return place.error(key, f"given {shown(error['input'])}, expected {expected}")
