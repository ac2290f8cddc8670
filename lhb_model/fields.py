"""What the keys of YAML files take: strict mappings, quantities within their range, and names. Errors are in plain words."""

import re
from dataclasses import dataclass
from keyword import iskeyword
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from lhb_model.errors import InputError
from lhb_model.names import shortened, unknown
from lhb_model.quantities import KINDS, Parameter, Quantity, format_quantity, parse_quantity


def own(message: str, *key: str | int) -> PydanticCustomError:
    """An error in our own words, at the value that is being read or at a key within it."""
    return PydanticCustomError("own", "{message}", {"message": message, "key": key})


class Strict(BaseModel):
    """A value that takes no unknown key, and answers one with the nearest known keys; a missing key is named."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )

    @model_validator(mode="before")
    @classmethod
    def _keys(cls, data: Any) -> Any:
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        if not isinstance(data, dict):
            raise own(f"given {shown(data)}, expected a mapping with keys such as {', '.join(list(fields)[:4])}")
        for key in data:
            if key not in fields:
                raise own(unknown("key", key, fields), key)
        for key, field in fields.items():
            if field.is_required() and key not in data:
                raise own(f"missing; expected {_wanted(field)}", key)
        return data


def shown(given: object) -> str:
    """A value as the author of a file wrote it, or nearly so.

    >>> shown(True), shown(None), shown("5 mV"), shown([1, 2]), shown([])
    ('true', 'nothing', "'5 mV'", '[1, 2]', 'an empty list')
    """
    if given is None or isinstance(given, bool):
        return {None: "nothing", True: "true", False: "false"}[given]
    if given in ([], {}):
        return "an empty list" if given == [] else "an empty mapping"
    if isinstance(given, list) and not any(isinstance(entry, list | dict) for entry in given):
        return f"[{', '.join(shown(entry) for entry in given[:6])}{', ...' if len(given) > 6 else ''}]"
    return shortened(given)


def _wanted(field: FieldInfo) -> str:
    """What a key takes, in words."""
    for reader in (getattr(item, "func", None) for item in field.metadata):
        if isinstance(reader, Reads | Named):
            return reader.wanted
    kind = field.annotation
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Strict):
        return "a mapping with keys such as " + ", ".join(list(kind.model_fields)[:4])
    words = {str: "text", int: "a whole number", float: "a number", list: "a list", tuple: "a list", dict: "a mapping"}
    return next((word for made, word in words.items() if made in (kind, get_origin(kind))), "a value")


# quantities and names ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reads:
    """Reads a quantity such as "5 ms" of one unit (any if None), not below `least` or above `most` (SI).

    `above` excludes the lower limit itself; `series` reads one or several different ones.
    """

    unit: str | None = None
    least: float = float("-inf")
    most: float = float("inf")
    above: bool = False
    series: bool = False

    @property
    def wanted(self) -> str:
        """What is expected, in words."""
        kind = next((kind for kind in KINDS if kind.unit == self.unit), None)
        return f"a {kind.name} such as {kind.example!r}" if kind else "a number with its unit such as '5 ms'"

    def __call__(self, given: Any) -> Any:
        """The quantity, or a tuple of them."""
        try:
            return self._all(given) if self.series else self._one(given)
        except InputError as error:
            raise own(error.message) from None

    def _all(self, given: Any) -> tuple[Quantity, ...]:
        found = tuple(self._one(item) for item in (given if isinstance(given, list) else [given]))
        if not found:
            raise InputError(f"given an empty list, expected {self.wanted} or several of them")
        values = [quantity.value for quantity in found]
        for number, quantity in enumerate(found):
            if quantity.value in values[:number]:
                raise InputError(f"given {quantity.text!r} twice, expected different amounts")
        return found

    def _one(self, given: Any) -> Quantity:
        if not isinstance(given, str | int | float) or isinstance(given, bool):
            raise InputError(f"given {shown(given)}, expected {self.wanted}")
        bare = self.unit is None and not isinstance(given, str)
        quantity = parse_quantity(given, "1" if bare else self.unit)
        low = quantity.value < self.least or (self.above and quantity.value == self.least)
        if low or quantity.value > self.most:
            raise InputError(f"given {quantity.text!r}, expected {self._range(quantity.unit)}")
        return quantity

    def _range(self, unit: str) -> str:
        least, most = (format_quantity(limit, unit) for limit in (self.least, self.most))
        if self.most == float("inf"):
            return f"more than {least}" if self.above else f"at least {least}"
        return f"more than {least} and at most {most}" if self.above else f"a value from {least} to {most}"


@dataclass(frozen=True)
class Named:
    """Accepts a text that a pattern describes."""

    pattern: re.Pattern[str]
    wanted: str

    def __call__(self, text: str) -> str:
        """The text itself."""
        if not self.pattern.fullmatch(text):
            raise own(f"given {shortened(text)}, expected {self.wanted}")
        return text


def _nucleus_name(name: str) -> str:
    """Nuclei name objects of the simulator: "a_to_b" is a projection, and further names are made from each."""
    parts = name.split("_")
    if iskeyword(name) or name in TAKEN or "to" in parts or parts[0] in TAKEN_FIRST or parts[-1] in TAKEN_LAST:
        raise own(
            f"given {name!r}, which Python or the simulator uses itself; expected another name, such as 'lhb' or 'vta_da'"
        )
    return name


def _set_name(given: Any) -> Any:
    """YAML reads an unquoted 2026.1 as a number."""
    return str(given) if isinstance(given, float) else given


TAKEN = ("defaultclock", "lhb_network", "run", "set")
TAKEN_FIRST = ("spikes", "trace")
TAKEN_LAST = ("step", "thresholder", "resetter", "stateupdater", "codeobject")

NAME = Named(re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,63}"), "a name: a letter, then at most 63 letters, digits or _ + -")
IDENTIFIER = Named(
    re.compile(r"[a-z][a-z0-9_]{0,31}"),
    "a name such as 'vta_da': a small letter, then at most 31 small letters, digits or _",
)
PLACE = Named(
    re.compile(rf"{IDENTIFIER.pattern.pattern}(?: -> {IDENTIFIER.pattern.pattern})?"),
    "a nucleus such as 'vta_da', or a projection such as 'rmtg -> vta_da'",
)
SOURCE = Named(re.compile(r"\s*\S[\s\S]{2,}"), "a source: the paper, or who chose the value and why")

Name = Annotated[str, AfterValidator(NAME)]
NucleusName = Annotated[str, AfterValidator(IDENTIFIER), AfterValidator(_nucleus_name)]
Source = Annotated[str, AfterValidator(SOURCE)]
Tag = Literal["measured", "recalled", "fitted", "assumed"]

Time = Annotated[Quantity, BeforeValidator(Reads("s", least=0))]
Span = Annotated[Quantity, BeforeValidator(Reads("s", least=0, above=True))]
Volts = Annotated[Quantity, BeforeValidator(Reads("V"))]
Spread = Annotated[Quantity, BeforeValidator(Reads(None, least=0))]
Amperes = Annotated[Quantity, BeforeValidator(Reads("A"))]
Rate = Annotated[Quantity, BeforeValidator(Reads("Hz", least=0, above=True, most=1000))]
AnyQuantity = Annotated[Quantity, BeforeValidator(Reads())]
Blocks = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("1", 0, 1, series=True))]
Times = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("s", least=0, series=True))]
Doses = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("M", 0, 1, series=True))]
Strengths = Annotated[tuple[Quantity, ...], BeforeValidator(Reads("1", 0, 10, series=True))]
Share = Annotated[float, Field(ge=0, le=1)]
SetName = Annotated[str, BeforeValidator(_set_name)]


class Sourced(Strict):
    """A number with its unit, where it comes from, and how it is known."""

    value: AnyQuantity
    """The number with its unit."""
    source: Source
    """The paper it is from, or who chose it and why."""
    tag: Tag
    """How it is known."""
    note: str = ""
    """What else a reader should know about it."""

    def parameter(self) -> Parameter:
        """The number as a `Parameter`."""
        return Parameter(self.value, self.source, self.tag, self.note)
