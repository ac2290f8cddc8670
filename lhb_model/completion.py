"""What the shell offers when Tab is pressed: names of sheets, kinds of figure, runs. Reads names and titles, nothing else."""

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from click import Context, Parameter, shell_completion
from click.shell_completion import CompletionItem

from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.shipped import FOLDERS, shipped

TITLE = re.compile(r"^title: *(.+)$", re.MULTILINE)
SET = re.compile(r"^set: *[\"']?([^\"'\n]+)", re.MULTILINE)
EXPORTS = ("nwb", "sonata", "csv", "neo")
LISTS = (
    "experiments",
    "nuclei",
    "interventions",
    "mechanisms",
    "readouts",
    "targets",
    "findings",
    "parameters",
    "runs",
)
SCHEMAS = ("experiment", "nucleus", "intervention", "target")
NO_NAMES = ("__init__", "mechanism", "readout", "release")

Items = list[CompletionItem]


class FishComplete(shell_completion.FishComplete):
    """click's script for fish, which ends a description at its first comma, without that."""

    source_template = shell_completion.FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


class ZshComplete(shell_completion.ZshComplete):
    """click's completion for zsh, with the home folder in place of `~`, which zsh would quote."""

    def get_completions(self, args: list[str], incomplete: str) -> Items:
        """What is offered for a word that is begun."""
        return super().get_completions(args, os.path.expanduser(incomplete))


shell_completion.add_completion_class(FishComplete)
shell_completion.add_completion_class(ZshComplete)


def experiments(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Shipped experiments."""
    return _matching(_sheets("experiment"), incomplete)


def configs(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Shipped experiments, YAML files and folders on the way to them."""
    return _matching(_sheets("experiment"), incomplete) + _files(incomplete, "*.yaml")


def runs(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Finished runs in `runs`, and folders."""
    found = sorted(Path("runs").glob("[!.]*/manifest.json"))
    known = _matching([CompletionItem(str(path.parent)) for path in found], incomplete)
    names = {item.value for item in known}
    return known + [item for item in _files(incomplete, "") if item.value not in names]


def growing(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Runs in `runs`, finished or not, and folders."""
    partial = sorted(path.parent for path in Path("runs").glob(".partial-*/manifest.json"))
    return _matching([CompletionItem(str(path)) for path in partial], incomplete) + runs(context, parameter, incomplete)


def things(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Everything that `lhb show` shows."""
    sheets = [item for kind in FOLDERS for item in _sheets(kind)]
    modules = [CompletionItem(name) for room in ("mechanisms", "readouts") for name in _modules(room)]
    return _matching([*sheets, *modules], incomplete) + runs(context, parameter, incomplete)


def figures(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Kinds of figure."""
    return _matching([CompletionItem(name, help=shown) for name, shown in FIGURE_KINDS.items()], incomplete)


def sets(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Sets of parameters."""
    notes = [shipped() / "set.yaml", *sorted(shipped().glob("parameters/*/set.yaml"), reverse=True)]
    names = [found[1] for note in notes if (found := SET.search(note.read_text(encoding="utf-8")))]
    return _matching(map(CompletionItem, names), incomplete)


def targets(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Shipped targets, and YAML files."""
    return _matching(_sheets("target"), incomplete) + _files(incomplete, "*.yaml")


def exports(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Formats of `lhb export`."""
    return _matching(map(CompletionItem, EXPORTS), incomplete)


def lists(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """What `lhb list` lists."""
    return _matching(map(CompletionItem, LISTS), incomplete)


def schemas(context: Context, parameter: Parameter, incomplete: str) -> Items:
    """Kinds of file that have a schema."""
    return _matching(map(CompletionItem, SCHEMAS), incomplete)


def _matching(items: Iterable[CompletionItem], incomplete: str) -> Items:
    return [item for item in items if item.value.startswith(incomplete)]


def _sheets(kind: str) -> Items:
    paths = sorted((shipped() / FOLDERS[kind]).glob("*.yaml"))
    return [CompletionItem(path.stem, help=_title(path)) for path in paths]


def _title(path: Path) -> str:
    found = TITLE.search(path.read_text(encoding="utf-8"))
    return found[1] if found else ""


def _modules(room: str) -> list[str]:
    names = sorted(path.stem for path in (Path(__file__).parent / room).glob("*.py"))
    return [name for name in names if name not in NO_NAMES]


def _files(incomplete: str, pattern: str) -> Items:
    """Folders that begin so, and files that do and fit the pattern; what lies in a folder where nothing else is offered.

    After a lone word a shell puts a space, which would have to be deleted after a folder.
    """
    shown = _beside(incomplete, pattern)
    while len(shown) == 1 and shown[0].endswith("/") and (inside := _beside(shown[0], pattern)):
        shown = inside
    return [CompletionItem(text) for text in shown]


def _beside(incomplete: str, pattern: str) -> list[str]:
    """The same of one folder; a run is not looked into."""
    before, slash, begun = incomplete.rpartition("/")
    try:
        found = sorted(Path(before + slash).expanduser().iterdir())
    # A `~name` of nobody is a RuntimeError.
    except (OSError, RuntimeError):
        return []
    seen = [path for path in found if path.name.startswith(begun) and not path.name.startswith(".")]
    fitting = [path for path in seen if path.is_dir() or fnmatchcase(path.name, pattern)]
    return [f"{before}{slash}{path.name}{'/' if _opens(path) else ''}" for path in fitting]


def _opens(path: Path) -> bool:
    """Whether a path is a folder on the way to something."""
    return path.is_dir() and not (path / "manifest.json").exists()
