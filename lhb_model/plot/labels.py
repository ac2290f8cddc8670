"""Words on figures: names of nuclei and measures, units, burst rules; and lines of text that fit."""

import re
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from lhb_model.bursts import PRESETS, ClassCriteria, MaxInterval, Rule, as_rule
from lhb_model.bursts.find import RUN_ON_DURATION, RUN_ON_SHARE, RUN_ON_SPIKES
from lhb_model.quantities import format_quantity, parse_quantity

MM_PER_POINT = 25.4 / 72
FONT = "DejaVu Sans"  # comes with matplotlib: text is equally wide on every machine
HINTING = 1.03  # letters moved to whole pixels take a little more room
LINE = 1.3  # height of a line, in font sizes
NUCLEUS_NAMES = {
    "lhb": "LHb",
    "rmtg": "RMTg",
    "vta_da": "VTA DA",
    "drn_5ht": "DRN 5-HT",
    "drn_gaba": "DRN GABA",
    "vta_gaba": "VTA GABA",
    "lhb_gaba": "LHb GABA",
    "epn": "EPN",
}
FRACTIONS = ("reward_inhibition",)
CRITERIA = ClassCriteria()
# A number stays with its unit and its sign: "> 100 ms".
PIECE = re.compile(r"(?:[^\s_+@]|(?<=[≤>])\s|(?<=\d)\s(?=m?s\b|Hz\b|%))+[\s_+@]*|[\s_+@]+")
PREFIXED = ("s", "V", "A", "S", "F", "M")


def nucleus_name(nucleus: str) -> str:
    """The nucleus as papers write it, or both of a projection.

    >>> nucleus_name("vta_da"), nucleus_name("pvn_core"), nucleus_name("lhb -> rmtg")
    ('VTA DA', 'pvn core', 'LHb to RMTg')
    """
    return " to ".join(NUCLEUS_NAMES.get(name, name.replace("_", " ")) for name in nucleus.split(" -> "))


def measure_label(measure: str, unit: str, nucleus: str = "") -> str:
    """A measure with its unit, after the nucleus if one is given.

    >>> measure_label("theta_power", "Hz^2"), measure_label("rate", "Hz", "vta_da")
    ('Theta power (Hz²)', 'VTA DA rate (Hz)')
    >>> measure_label("bursting_share", "1"), measure_label("spikes_per_burst", "1")
    ('Bursting share (fraction)', 'Spikes per burst')
    """
    words = measure.replace("_", " ")
    words = f"{nucleus_name(nucleus)} {words}" if nucleus else words[:1].upper() + words[1:]
    printed = measure_unit(measure, unit)
    return f"{words} ({printed})" if printed else words


def measure_unit(measure: str, unit: str) -> str:
    """The unit of a measure as it is printed; empty for a count.

    >>> measure_unit("theta_power", "Hz^2"), measure_unit("bursting_share", "1"), measure_unit("spikes", "1")
    ('Hz²', 'fraction', '')
    """
    if unit == "1":
        return "fraction" if "share" in measure or measure in FRACTIONS else ""
    return pretty_unit(unit)


def pretty_unit(unit: str) -> str:
    """A unit as it is printed.

    >>> pretty_unit("uM"), pretty_unit("Hz^2"), pretty_unit("degC")
    ('µM', 'Hz²', '°C')
    """
    unit = re.sub(r"\bu(?=[A-Za-z])", "µ", unit).replace("degC", "°C")
    return unit.replace("^2", "²").replace("^3", "³")


def fitting_unit(unit: str, largest: float) -> tuple[float, str]:
    """The factor and the unit in which a `largest` value, in an SI unit, has one to three digits.

    >>> fitting_unit("M", 3e-6), fitting_unit("nM", 90.0)
    ((1000000.0, 'uM'), (1.0, 'nM'))
    """
    if unit not in PREFIXED or not (np.isfinite(largest) and largest > 0):
        return 1.0, unit
    prefixed = format_quantity(largest, unit).split()[-1]
    return 1.0 / parse_quantity(f"1 {prefixed}", unit).value, prefixed


def rule_text(rule: str | Rule) -> str:
    """A burst rule with its parameters, as footers print it.

    >>> rule_text("lhb")
    'Bursts (rule lhb): start at an ISI ≤ 20 ms, end at an ISI > 100 ms, at least 2 spikes'
    >>> rule_text("cma")
    'Bursts (rule cma): CMA with min_spikes = 3'
    """
    found = as_rule(rule)
    name = rule.strip() if isinstance(rule, str) else _preset_name(found)
    named = f"Bursts (rule {name})" if name in PRESETS else "Bursts"
    return f"{named}: {_limits(found) if isinstance(found, MaxInterval) else _parameters(found)}"


def run_on_text() -> str:
    """When a burst is run-on, as footers say it.

    >>> run_on_text()
    'Run-on bursts: over 50 spikes, over 5 s, or over 50 % of the record'
    """
    share = f"{100 * RUN_ON_SHARE:g} %"
    return f"Run-on bursts: over {RUN_ON_SPIKES} spikes, over {RUN_ON_DURATION:g} s, or over {share} of the record"


def criteria_text(criteria: ClassCriteria) -> str:
    """The classes' criteria, as footers print them.

    >>> print(criteria_text(ClassCriteria()).split(". ")[0])
    Silent: below 0.1 Hz; bursting: at least 50 % of spikes in bursts, 0.2 bursts/s and no run-on burst; tonic: the rest
    """
    return (
        f"Silent: below {criteria.silent_below:g} Hz; bursting: at least {100 * criteria.share_in_bursts:g} % of "
        f"spikes in bursts, {criteria.burst_rate:g} bursts/s and no run-on burst; tonic: the rest. "
        f"{rule_text(criteria.rule)}."
    )


def several(number: int, thing: str) -> str:
    """A number of things.

    >>> several(1, "seed"), several(6, "seed")
    ('1 seed', '6 seeds')
    """
    return f"{number} {thing}" + ("" if number == 1 else "s")


def seed_text(seed: int | None) -> str:
    """The seed that is shown, as footers print it, with a space before; nothing for none.

    >>> seed_text(3), seed_text(None)
    (' Seed 3.', '')
    """
    return "" if seed is None else f" Seed {seed}."


def span_text(spans: Iterable[tuple[float, float]]) -> str:
    """The spans (s) of recordings, as footers print them if they are all the same, with a space before; else nothing.

    >>> span_text([(1.0, 11.0), (1.0, 11.0)]), span_text([(0.0, 1.0), (0.0, 2.0)])
    (' From 1 s to 11 s.', '')
    """
    different = dict.fromkeys(spans)
    return "".join(f" From {start:g} s to {stop:g} s." for start, stop in different) if len(different) == 1 else ""


def text_width(text: str, size: float) -> float:
    """Width in mm, at most, of a line of text in letters of `size` pt.

    >>> round(text_width("depressed", 7.0), 1)
    13.2
    """
    return HINTING * MM_PER_POINT * size * sum(map(_advance, text))


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Width of a letter in font sizes; kerning, left out, mostly brings letters nearer."""
    width, _, _ = text_to_path.get_text_width_height_descent(letter, FontProperties(family=FONT, size=1.0), False)
    return float(width)


def text_height(text: str, size: float) -> float:
    """Height in mm of one or more lines of text in letters of `size` pt; 0 for none."""
    return LINE * size * MM_PER_POINT * (text.count("\n") + 1) if text else 0.0


def pieces(text: str) -> list[str]:
    """The text cut after its spaces and after the separators of names.

    >>> pieces("depressed+ketamine 10 uM")
    ['depressed+', 'ketamine ', '10 ', 'uM']
    >>> pieces("up to 11 s")
    ['up ', 'to ', '11 s']
    """
    return PIECE.findall(text)


def fitted(text: str, width: float, size: float, lines: int = 3) -> str:
    """The text broken into at most `lines` lines of at most `width` mm, in letters of `size` pt; "…" where it is cut.

    Breaks between pieces; a piece wider than a line is broken anywhere.

    >>> fitted("depressed+ketamine_10uM", 25.0, 7.0)
    'depressed+\\nketamine_10uM'
    >>> fitted("x" * 30, 15.0, 7.0, lines=2)
    'xxxxxxxxx\\nxxxxxxxx…'
    """
    broken = [""]
    for piece in pieces(text):
        if broken[-1] and text_width((broken[-1] + piece).rstrip(), size) > width:
            broken.append("")
        broken[-1] += piece
        while text_width(broken[-1].rstrip(), size) > width and len(broken[-1].rstrip()) > 1:
            letters = _letters(broken[-1], width, size)
            broken[-1:] = [broken[-1][:letters], broken[-1][letters:]]
    kept = [line.strip() for line in broken if line.strip()]
    if len(kept) > lines:
        last = kept[lines - 1] + "…"
        kept = [*kept[: lines - 1], last if text_width(last, size) <= width else last[:-2] + "…"]
    return "\n".join(kept)


def _letters(text: str, width: float, size: float) -> int:
    """How many letters fit, at least one."""
    fitting = (count for count in range(len(text), 1, -1) if text_width(text[:count], size) <= width)
    return next(fitting, 1)


def _preset_name(rule: Rule) -> str:
    return next((name for name, preset in PRESETS.items() if preset == rule), "")


def _limits(rule: MaxInterval) -> str:
    text = f"start at an ISI ≤ {_ms(rule.start)}, end at an ISI > {_ms(rule.end)}"
    if rule.min_ibi:
        text += f", merged across gaps < {_ms(rule.min_ibi)}"
    if rule.min_duration:
        text += f", lasting at least {_ms(rule.min_duration)}"
    return f"{text}, at least {rule.min_spikes} spikes"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:g} ms"


def _parameters(rule: Any) -> str:
    values = ", ".join(f"{field.name} = {getattr(rule, field.name):g}" for field in fields(rule))
    return f"{type(rule).__name__} with {values}"
