"""The house keeps its rules: rooms import upwards alone, Brian2 stays in its room, nothing happens at import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import lhb_model
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.figures import KINDS

PACKAGE = Path(lhb_model.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
WALK = (
    "errors", "html", "names", "quantities", "yaml_file", "laws", "pharmacokinetics", "equations", "recording",
    "bursts", "readouts", "mechanisms", "cell", "parameter_sets", "catalogue", "schema", "model", "experiment",
    "trains", "checks", "bases", "config", "composition", "resolve", "simulate", "comparison", "population", "peri_event",
    "analyse", "slow_time", "targets", "verdicts", "plot", "summary", "run_folder", "recorded", "recorded_figures", "findings",
    "figures", "executors", "runs", "dask_cluster", "estimate", "terminal", "report", "verbs", "data_verbs",
    "validation_run", "cli",
)  # fmt: skip
"""The walk of the data, from text to page. A room that is not named here may stand anywhere, as long as it fits."""

BRIAN2 = {f"simulate/{name}.py" for name in ("build", "network", "scheme", "functions", "interpreted")}
LONGEST_MODULE, LONGEST_FUNCTION = 600, 60


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The file or folder at the top of the package in which a module lies; empty for the package itself."""
    return ".".join(module.split(".")[1:2])


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Dotted names of what a file imports anywhere in it, functions and type hints included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by the full name"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = {name_of(path): path for path in FILES}


def own(target: str) -> str | None:
    """The module of this package that an imported name is, or lies in."""
    while target.startswith("lhb_model.") and target not in MODULES:
        target = target.rpartition(".")[0]
    return target if target in MODULES else None


def imports_between_rooms() -> dict[str, set[str]]:
    """Room -> rooms that it imports; the package itself is left out, which only names where its public things live."""
    found: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        if name != "lhb_model":
            targets = {room_of(module) for target in imported(path) if (module := own(target))}
            found.setdefault(room_of(name), set()).update(targets - {room_of(name), ""})
    return found


def test_rooms_can_be_stacked_so_that_each_imports_from_above_alone() -> None:
    left = imports_between_rooms()
    while left:
        free = [room for room, needed in left.items() if not needed & left.keys()]
        assert free, (
            f"these import each other in a circle: { {room: needed & left.keys() for room, needed in left.items()} }"
        )
        for room in free:
            del left[room]


def test_no_room_of_the_walk_imports_from_one_further_on() -> None:
    reach = imports_between_rooms()
    for _ in reach:
        for needed in reach.values():
            needed |= {further for room in needed for further in reach.get(room, ())}
    rank = {room: place for place, room in enumerate(WALK)}
    assert set(WALK) <= set(reach), "a room of the walk is gone"
    wrong = [(room, needed) for room in WALK for needed in reach[room] if needed in rank and rank[needed] > rank[room]]
    assert wrong == [], "(room, what it imports, directly or not)"


def test_nothing_in_the_model_reads_a_target() -> None:
    direct = {room for room, needed in imports_between_rooms().items() if "targets" in needed}
    assert direct == {"verdicts", "validation_page", "validation_report", "validation_run", "listing", "authoring"}
    assert "targets" not in imports_between_rooms()["findings"]


def test_only_five_files_run_brian2() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if any(target.partition(".")[0] in ("brian2", "sympy") for target in imported(path))
    }
    assert found == BRIAN2


def test_nothing_evaluates_text_unpickles_or_imports_everything() -> None:
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__", "print") or _child(path), path
            if isinstance(node, ast.ImportFrom):
                assert all(alias.name != "*" for alias in node.names), f"{path}:{node.lineno}"
        assert not {"pickle", "marshal", "shelve", "dill"} & {target.partition(".")[0] for target in imported(path)}, (
            path
        )


def _child(path: Path) -> bool:
    """The program of a child process, which prints the time it has reached."""
    return path.name == "interpreted.py"


def test_no_argument_has_a_default_that_calls_share() -> None:
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                for default in [*node.args.defaults, *node.args.kw_defaults]:
                    assert not isinstance(default, ast.List | ast.Dict | ast.Set), f"{path}:{node.lineno}"


def test_modules_and_functions_stay_short() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < LONGEST_MODULE, path
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                body = node.end_lineno - node.body[0].lineno + 1
                assert body <= LONGEST_FUNCTION, f"{path}:{node.lineno}: {node.name} has {body} lines"


def test_importing_prints_nothing_and_starts_nothing(tmp_path: Path) -> None:
    """Every module but those of the child processes, in one process: no output, no file, no thread, no Brian2."""
    names = [name for name, path in MODULES.items() if path.relative_to(PACKAGE).as_posix() not in BRIAN2]
    code = (
        "import sys, threading, importlib\n"
        f"for name in {names!r}:\n    importlib.import_module(name)\n"
        "assert threading.active_count() == 1\n"
        "assert 'brian2' not in sys.modules and 'sympy' not in sys.modules\n"
        # Heavy parts are imported when they are used; matplotlib by what draws alone.
        "assert 'pynwb' not in sys.modules and 'pandas' not in sys.modules\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_the_package_itself_costs_nothing(tmp_path: Path) -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport lhb_model\nprint(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    extra = {name.partition(".")[0] for name in ast.literal_eval(done.stdout)}
    assert extra <= {"lhb_model"} | sys.stdlib_module_names
    assert "lhb_model.recording" not in done.stdout


@pytest.mark.parametrize("name", lhb_model.__all__)
def test_every_public_name_is_there_and_explained(name: str) -> None:
    thing = getattr(lhb_model, name)
    assert thing.__doc__ and len(thing.__doc__) > 20


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = lhb_model.runn


def test_the_kinds_of_figures_that_experiments_may_name_are_those_that_can_be_drawn() -> None:
    assert set(FIGURE_KINDS) == set(KINDS)
