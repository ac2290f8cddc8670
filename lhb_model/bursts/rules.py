"""The burst rules by name, and their text form."""

import re
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Protocol, runtime_checkable

from lhb_model.bursts.cma import CMA
from lhb_model.bursts.log_isi import LogISI
from lhb_model.bursts.max_interval import MaxInterval
from lhb_model.bursts.poisson_surprise import PoissonSurprise
from lhb_model.bursts.train import Found, Train
from lhb_model.errors import InputError


@runtime_checkable
class Rule(Protocol):
    """What finds bursts: any frozen dataclass of parameters with this method."""

    def find(self, train: Train) -> Found:
        """The bursts of a checked train."""


PRESETS: dict[str, Rule] = {
    # Lateral habenula; Yang et al. (2018), recalled: report bursts of 3 spikes and more beside it.
    "lhb": MaxInterval(0.020, 0.100),
    # Midbrain dopamine neurons; Grace & Bunney (1984).
    "dopamine": MaxInterval(0.080, 0.160),
    # NeuroExplorer's interval specification, its default values.
    "neuroexplorer": MaxInterval(0.170, 0.300, min_ibi=0.200, min_duration=0.010, min_spikes=3),
    # Cultures on multi-electrode arrays; meaRtools.
    "mea": MaxInterval(0.100, 0.250, min_ibi=0.300, min_duration=0.050, min_spikes=5),
    "poisson_surprise": PoissonSurprise(),
    "log_isi": LogISI(),
    "cma": CMA(),
}

OWN_RULES = (MaxInterval, PoissonSurprise, LogISI, CMA)
POWERS_OF_TEN = {"s": 0, "ms": -3, "us": -6}
TIME = re.compile(r"(?P<number>[+-]?(\d+\.?\d*|\.\d+)) ?(?P<unit>[a-z]+)", re.ASCII)
KEYS = tuple(field.name for field in fields(MaxInterval))


def as_rule(rule: str | Rule) -> Rule:
    """The rule itself, or the one its text names."""
    if isinstance(rule, str):
        return parse_rule(rule)
    # A protocol is slow to check, and this is asked for every neuron.
    if not isinstance(rule, OWN_RULES) and not isinstance(rule, Rule):
        raise InputError(f"burst rule is {rule!r}; expected a rule or one of {', '.join(PRESETS)}")
    return rule


def parse_rule(text: str) -> Rule:
    """A preset by its name, one with some of its parameters changed, or a MaxInterval as `key=value` pairs.

    Times of a MaxInterval have a unit (s, ms, us). Without a preset, `start` and `end` are needed; `min_ibi` and
    `min_duration` are 0, `min_spikes` is 2 if not given.

    Raises InputError naming what was given, what is expected and the nearest names.

    >>> parse_rule("lhb")
    MaxInterval(start=0.02, end=0.1, min_ibi=0.0, min_duration=0.0, min_spikes=2)
    >>> parse_rule("start=12.5ms, end=0.1 s, min_spikes=3")
    MaxInterval(start=0.0125, end=0.1, min_ibi=0.0, min_duration=0.0, min_spikes=3)
    >>> parse_rule("lhb, min_spikes=3").min_spikes, parse_rule("poisson_surprise, surprise=10").surprise
    (3, 10.0)
    """
    text = text.strip()
    name, comma, changes = (part.strip() for part in text.partition(","))
    if name in PRESETS:
        return _changed(PRESETS[name], changes, text) if comma else PRESETS[name]
    if "=" not in text:
        expected = "a preset or 'start=20ms,end=100ms,...'"
        raise InputError(f"unknown burst rule {text!r}; expected {expected}; {_nearest(text, PRESETS)}")
    try:
        return _max_interval(text)
    except InputError as error:
        raise InputError(f"burst rule {text!r}: {error}") from None


def _changed(preset: Rule, text: str, whole: str) -> Rule:
    """A preset with some of its parameters changed."""
    assert is_dataclass(preset)
    known = {field.name: getattr(preset, field.name) for field in fields(preset)}
    changes: dict[str, float] = {}
    try:
        for pair in text.split(","):
            key, value = _pair(pair, tuple(known))
            if key in changes:
                raise InputError(f"{key} is given twice; expected once")
            if isinstance(known[key], int):
                changes[key] = _count(key, value)
            else:
                changes[key] = _time(key, value) if isinstance(preset, MaxInterval) else _plain(key, value)
        return replace(preset, **changes)  # type: ignore[type-var, return-value]
    except InputError as error:
        raise InputError(f"burst rule {whole!r}: {error}") from None


def _plain(key: str, value: str) -> float:
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", value, re.ASCII):
        raise InputError(f"{key} is {value!r}; expected a number without a unit, e.g. '5'")
    return float(value)


def _max_interval(text: str) -> MaxInterval:
    times: dict[str, float] = {}
    spikes = 2
    given: set[str] = set()
    for pair in text.split(","):
        key, value = _pair(pair, KEYS)
        if key in given:
            raise InputError(f"{key} is given twice; expected once")
        given.add(key)
        if key == "min_spikes":
            spikes = _count(key, value)
        else:
            times[key] = _time(key, value)
    for key in ("start", "end"):
        if key not in given:
            raise InputError(f"{key} is missing; expected e.g. '{key}=20ms'")
    return MaxInterval(**times, min_spikes=spikes)


def _pair(pair: str, known: tuple[str, ...]) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in pair.partition("="))
    if not equals:
        raise InputError(f"{pair.strip()!r} is no pair; expected key=value")
    if key not in known:
        raise InputError(f"unknown key {key!r}; {_nearest(key, known)}")
    return key, value


def _time(key: str, value: str) -> float:
    match = TIME.fullmatch(value)
    if not match or match["unit"] not in POWERS_OF_TEN:
        raise InputError(f"{key} is {value!r}; expected a time in {', '.join(POWERS_OF_TEN)}, e.g. '20ms'")
    # Read as one number: multiplied by 1e-3, some decimals would miss theirs by a rounding error.
    return float(f"{match['number']}e{POWERS_OF_TEN[match['unit']]}")


def _count(key: str, value: str) -> int:
    if not re.fullmatch(r"\d+", value, re.ASCII):
        raise InputError(f"{key} is {value!r}; expected a whole number without a unit, e.g. '3'")
    return int(value)


def _nearest(name: str, known: dict[str, Rule] | tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=2)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(known)}"
