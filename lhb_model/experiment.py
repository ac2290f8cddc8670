"""An experiment as the rest of the program sees it: sheets, conditions, seeds; and where each key was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.quantities import Quantity
from lhb_model.schema import ExperimentSheet, InterventionSheet, NucleusSheet
from lhb_model.yaml_file import YamlDocument

Key = tuple[str | int, ...]
"""Where a value stands in a YAML document: keys and positions from the top."""


@dataclass(frozen=True)
class Use:
    """One intervention in one condition: how strong (as written), from when to when (s), in which nuclei (None: its own)."""

    intervention: str
    given_as: str
    amount: Quantity
    onset: float
    end: float | None
    nuclei: tuple[str, ...] | None


@dataclass(frozen=True)
class Condition:
    """A named set of interventions, or a pattern of replayed trains."""

    name: str
    uses: tuple[Use, ...]
    replay: str | None = None


@dataclass(frozen=True)
class Experiment:
    """What will be simulated: sheets of everything named, conditions and seeds. Made by `load`."""

    path: Path
    text: str
    sheet: ExperimentSheet
    nuclei: Mapping[str, NucleusSheet]
    interventions: Mapping[str, InterventionSheet]
    conditions: tuple[Condition, ...]
    overrides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.sheet.experiment

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds, shared by all conditions."""
        return self.sheet.seeds

    def condition(self, name: str) -> Condition:
        """The condition of that name; `InputError` with near names if there is none."""
        for condition in self.conditions:
            if condition.name == name:
                return condition
        raise InputError(unknown("condition", name, [c.name for c in self.conditions]))


@dataclass(frozen=True)
class Place:
    """Where each key of an experiment was written: in its file, in the file it is based on, or on the command line."""

    documents: Mapping[str, YamlDocument]
    default: YamlDocument
    overrides: Mapping[Key, str] = field(default_factory=dict)

    def error(self, key: Key, message: str) -> InputError:
        """An error at a key."""
        for path, text in self.overrides.items():
            if key[: len(path)] == path or path[: len(key)] == key:
                return InputError(message, file=f"--set {text}")
        document = self.documents.get(str(key[0]), self.default) if key else self.default
        return InputError(message, file=document.path, line=document.line(key))
