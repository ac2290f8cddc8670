"""An experiment as the rest of the program sees it: sheets, conditions, seeds; and where each key was written."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lhb_model import catalogue
from lhb_model.cell import Cell
from lhb_model.clamp_sheets import ClampSheet
from lhb_model.errors import InputError
from lhb_model.html import html_table
from lhb_model.mechanisms import short_term_plasticity
from lhb_model.mechanisms.mechanism import weight_name
from lhb_model.mechanisms.trapping import Blocker
from lhb_model.model import Pattern, projection_name
from lhb_model.names import shortened, unknown
from lhb_model.pharmacokinetics import Course
from lhb_model.quantities import Quantity
from lhb_model.schema import ExperimentSheet, InterventionSheet, NucleusSheet, Wire
from lhb_model.sweep_sheet import SweepSheet
from lhb_model.yaml_file import YamlDocument

Key = tuple[str | int, ...]
"""Where a value stands in a YAML document: keys and positions from the top."""

Written = tuple[YamlDocument, Key]
"""A file, and the key under which it says something."""

PLAIN = re.compile(r"[\w@+-]{1,60}")


@dataclass(frozen=True)
class Use:
    """One intervention in one condition: how strong, as block, dose, strength or course; from when to when (s).

    `end` None is the end of the record; `nuclei` None are those of the intervention's sheet. A dose acts by the `law` "hill"
    (of a pore blocker at the potential `at`; None is its sheet's) or "trapping". `course` is its amount in time, of
    which `amount` is the highest; None is a constant one. `moment` is when in its course (s) a held concentration is found.
    """

    intervention: str
    given_as: str
    amount: Quantity
    onset: float
    end: float | None
    nuclei: tuple[str, ...] | None
    law: str = "hill"
    at: float | None = None
    course: Course | None = None
    moment: Quantity | None = None

    def __str__(self) -> str:
        """An intervention as it is used, in words: "ketamine block=0.6"."""
        if self.given_as == "strength" and self.amount.value == 1:
            return self.intervention
        by = " by trapping" if self.law == "trapping" else ""
        return f"{self.intervention} {self.given_as}={self.amount.text}{by}"

    @property
    def dosed(self) -> bool:
        """Whether the amount is a concentration."""
        return self.given_as in ("dose", "course")


@dataclass(frozen=True)
class Condition:
    """A named set of interventions, or a pattern of replayed trains."""

    name: str
    uses: tuple[Use, ...]
    replay: Pattern | None = None


@dataclass(frozen=True)
class Axis:
    """One thing that a sweep varies: its key in the experiment, its column in `points.csv` and that column's unit.

    `unit` is empty where the values are texts. `scale` is "list", "linear" or "logarithmic"; of a range, `ends` are in `unit`.
    """

    key: Key
    name: str
    unit: str
    scale: str
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Sweep:
    """The points of an experiment: for each, a value of each axis as a file would have it; point 1 is the first.

    `data` is the experiment's file, into which the values are laid, and `place` where its keys were written.
    """

    sheet: SweepSheet
    axes: tuple[Axis, ...]
    points: tuple[tuple[Any, ...], ...]
    data: Mapping[str, Any]
    place: "Place"


@dataclass(frozen=True)
class Experiment:
    """What will be simulated: sheets of everything named, conditions and seeds. Made by `load`.

    `parameters` names the set that its sheets are from, but for `own_sheets` ("nuclei/lhb.yaml"), which lie beside its file.
    One with a `sweep` stands at its first point itself; `config.at_point` gives the others.
    """

    path: Path
    text: str
    sheet: ExperimentSheet
    nuclei: Mapping[str, NucleusSheet]
    interventions: Mapping[str, InterventionSheet]
    conditions: tuple[Condition, ...]
    overrides: tuple[str, ...] = ()
    parameters: str = ""
    own_sheets: tuple[str, ...] = ()
    sweep: Sweep | None = None

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.sheet.experiment

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds, shared by all conditions."""
        return self.sheet.seeds

    def _repr_html_(self) -> str:
        """Conditions with what acts in them, as a notebook shows it."""
        rows = [
            [c.name, (c.replay and c.replay.text) or "; ".join(map(str, c.uses)) or "nothing is changed"]
            for c in self.conditions
        ]
        sizes = ", ".join(f"{name} {self.size(name)}" for name in self.nuclei)
        run = f"{sizes} neurons; {len(self.seeds)} seeds; {self.sheet.protocol.duration.text}"
        return html_table(
            [["condition", "what acts"], *rows], self.sheet.title, filter(None, [self.sheet.question, run])
        )

    def condition(self, name: str) -> Condition:
        """The condition of that name; `InputError` with near names if there is none."""
        for condition in self.conditions:
            if condition.name == name:
                return condition
        raise InputError(unknown("condition", name, [c.name for c in self.conditions]))

    @property
    def simulated(self) -> tuple[str, ...]:
        """Nuclei with cells of their own, in the file's order; in the others, trains are replayed."""
        return tuple(name for name, use in self.sheet.nuclei.items() if use.replay is None)

    def reached(self, use: Use) -> tuple[str, ...]:
        """Simulated nuclei in which an intervention acts."""
        named = self.interventions[use.intervention].nuclei if use.nuclei is None else use.nuclei
        return tuple(name for name in self.simulated if named is None or name in named)

    @property
    def projections(self) -> dict[str, Wire]:
        """Projections that have synapses, by name ("rmtg -> vta_da")."""
        return {projection_name(w.source, w.target): w for w in self.sheet.wiring if w.in_degree > 0}

    def reached_projections(self, use: Use) -> tuple[str, ...]:
        """Projections whose weights or plasticity an intervention may change."""
        named = self.interventions[use.intervention].nuclei if use.nuclei is None else use.nuclei
        return tuple(name for name in self.projections if named is None or name in named)

    def changeable(self, place: str) -> Set[str]:
        """Names of the parameters of a simulated nucleus, or of a projection, that interventions may change."""
        if place not in self.projections:
            return self.cell(place).parameters.keys()
        wire = self.projections[place]
        plasticity = short_term_plasticity.MECHANISM.parameters if wire.plasticity is not None else {}
        return {*map(weight_name, wire.weights), *plasticity}

    def size(self, nucleus: str) -> int:
        """Number of neurons of a nucleus."""
        clamp = self.clamp(nucleus)
        return len(clamp.sweeps()) if clamp else self.sheet.nuclei[nucleus].size or self.nuclei[nucleus].size

    def clamp(self, nucleus: str) -> ClampSheet | None:
        """The voltage clamp of a nucleus, if it is clamped."""
        return self.sheet.clamp if nucleus in clamped(self.sheet) else None

    def cell(self, nucleus: str) -> Cell:
        """The cell type of a nucleus: the same in all conditions, so that they share a build and round alike."""
        return catalogue.cell(nucleus, tuple(self.nuclei[nucleus].mechanisms), self.blockers(nucleus))

    def blockers(self, nucleus: str) -> tuple[Blocker, ...]:
        """Drugs that any condition lets the NMDA receptors of a nucleus trap, in order of name."""
        if "nmda" not in self.nuclei[nucleus].mechanisms:
            return ()
        uses = [use for condition in self.conditions for use in condition.uses if use.law == "trapping"]
        names = sorted({use.intervention for use in uses if nucleus in self.reached(use)})
        return tuple(self.interventions[name].blocker() for name in names)


def clamped(sheet: ExperimentSheet) -> tuple[str, ...]:
    """Nuclei under voltage clamp: those that it names, or all with cells of their own."""
    if sheet.clamp is None:
        return ()
    return tuple(sheet.clamp.nuclei or (name for name, use in sheet.nuclei.items() if use.replay is None))


@dataclass(frozen=True)
class Place:
    """Where each key of an experiment was written: in its file, in a file that it is based on, or in a `--set`.

    `written` gives file and key of what another file than the `default` one says, or this one under another key; `overrides`
    the text of settings; `swept` the key under which a value that a sweep has laid into the experiment was written.
    """

    default: YamlDocument
    written: Mapping[Key, Written] = field(default_factory=dict)
    overrides: Mapping[Key, str] = field(default_factory=dict)
    swept: Mapping[Key, Key] = field(default_factory=dict)

    def error(self, key: Key, message: str) -> InputError:
        """An error at a key: the message after the key, with file and line or the `--set` that gave the value."""
        said = f"{spelled(key)}: {message}" if key else message
        key = next((written for laid, written in self.swept.items() if key[: len(laid)] == laid), key)
        if guilty := self._overriding(key):
            return InputError(said, file=guilty)
        document, key = self.where(key)
        return InputError(said, file=document.path, line=document.line(key) or 1)

    def where(self, key: Key) -> Written:
        """The file of a key, and the key in it, by the longest part of it that was written elsewhere."""
        for end in range(len(key), 0, -1):
            if key[:end] in self.written:
                document, written = self.written[key[:end]]
                return document, (*written, *key[end:])
        return self.default, key

    def _overriding(self, key: Key) -> str | None:
        """The last `--set` of this key or of one around it, else of one within it."""
        around = [text for path, text in self.overrides.items() if key[: len(path)] == path]
        within = [text for path, text in self.overrides.items() if key and path[: len(key)] == key]
        return next(reversed(around or within), None)


def spelled(key: Key) -> str:
    """A key as `--set` takes it.

    >>> spelled(("wiring", 0, "in_degree"))
    'wiring.0.in_degree'
    """
    return ".".join(str(part) if PLAIN.fullmatch(str(part)) else shortened(part) for part in key)
