"""What a person at a terminal gets: a raster of characters, versions, and names completed by the shell."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lhb_model import catalogue, picture
from lhb_model.export import FORMATS
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.parameter_sets import parameter_sets, present
from lhb_model.picture import DOT, braille, raster_lines
from lhb_model.provenance import PARTS
from lhb_model.run_folder import Run
from lhb_model.targets import target_paths
from small_runs import LHB, environment, lhb

BRAILLE = re.compile("[\N{BRAILLE PATTERN DOTS-1}-\N{BRAILLE PATTERN DOTS-12345678}]")
HOWTO = Path(__file__).parent.parent / "docs" / "howto" / "editor.md"
HEAVY = ("numpy", "pandas", "scipy", "brian2", "pydantic", "matplotlib", "pynwb", "rich")


def on_a_terminal(*words: str | Path, columns: int, cwd: Path, **env: str) -> list[str]:
    """Lines that `lhb` prints on a terminal of that width; it must end well."""
    return seen([*LHB, *map(str, words)], columns, cwd, subprocess.PIPE, **env)


def seen(command: list[str], columns: int, cwd: Path, stderr: int | None = None, **env: str) -> list[str]:
    """Lines that a command prints on a terminal of that width, those on standard error too unless it goes elsewhere."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        command, cwd=cwd, env=environment({"TERM": "xterm", **env}), stdout=slave, stderr=stderr or slave
    )
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 4096):
            shown += part
    except OSError:
        pass
    assert process.wait() == 0, process.stderr.read() if process.stderr else shown
    return shown.decode().replace("\r\n", "\n").splitlines()


# the picture ---------------------------------------------------------------------------------------------------------


def dots_of(lines: list[str]) -> np.ndarray:
    """Lines of braille as the dots they show."""
    codes = np.array([[0 if char == " " else ord(char) - 0x2800 for char in line] for line in lines])
    cells = (codes[:, :, None, None] & DOT) > 0
    return cells.transpose(0, 2, 1, 3).reshape(4 * len(lines), -1)


@given(arrays(bool, st.tuples(st.integers(1, 11), st.integers(1, 11))))
def test_braille_shows_every_dot_and_no_other(dots: np.ndarray) -> None:
    shown = dots_of(braille(dots))
    assert np.array_equal(shown[: len(dots), : dots.shape[1]], dots) and shown.sum() == dots.sum()


def test_the_picture_shows_spikes_where_and_when_they_are(small_run: Run) -> None:
    lines = raster_lines(small_run, 100)
    begin = lines.index("control, seed 1: lhb, 300 ms to 2.4 s")
    block = lines[begin + 1 : lines.index("", begin)]
    recording = small_run.recording("control", 1)
    for label in ("bursting", "tonic"):
        rows = [line for line in block if line.startswith(label)]
        table = small_run.neurons.query("condition == 'control' and seed == 1 and nucleus == 'lhb'")
        own = np.flatnonzero(table["class"].to_numpy() == label)
        assert len(rows) == (own.size > 0)
        if rows:
            assert rows[0].split("%")[0].split() == [label, f"{100 * own.size / len(table):.0f}"]
            first = dots_of([rows[0][15:].ljust(85)])[: min(4, own.size)]
            for neuron, row in zip(own, first, strict=False):
                times = recording.trains("lhb")[neuron]
                columns = ((times[(times >= 0.3) & (times < 2.4)] - 0.3) / 2.1 * 170).astype(int)
                assert set(np.flatnonzero(row)) == set(columns)
    assert any(line.startswith("silent") for line in block)


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_a_run_shown_on_a_terminal_has_a_picture_within_its_width(small_run: Run, tmp_path: Path, columns: int) -> None:
    lines = on_a_terminal("show", small_run.folder, columns=columns, cwd=tmp_path)
    drawn = [line for line in lines if BRAILLE.search(line)]
    assert len(drawn) > 4 and all(len(line) <= min(columns, 120) for line in drawn)
    assert lines[-1] == str(small_run.folder)
    for name in small_run.conditions:
        assert any(line.startswith(f"{name}, seed 1: lhb") for line in lines)


def test_a_run_ends_with_a_picture_on_a_terminal_alone(small_run: Run, tmp_path: Path) -> None:
    words = ["run", small_run.folder / "config.yaml", "--out", small_run.folder.parent]
    assert any(BRAILLE.search(line) for line in on_a_terminal(*words, columns=80, cwd=tmp_path))
    assert not any(BRAILLE.search(line) for line in on_a_terminal(*words, "--json", columns=80, cwd=tmp_path))
    assert not any(
        BRAILLE.search(line) for line in on_a_terminal(*words, columns=80, cwd=tmp_path, PYTHONIOENCODING="ascii")
    )
    assert not BRAILLE.search(lhb(*words, cwd=tmp_path).stdout)


def test_no_picture_is_squeezed_into_a_narrow_terminal(small_run: Run) -> None:
    assert raster_lines(small_run, 39) == []


def test_of_many_conditions_and_many_spikes_less_is_shown(small_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_CONDITIONS", 2)
    lines = raster_lines(small_run, 80)
    assert lines[-1] == f"and 2 more conditions: lhb plot raster {small_run.folder}"
    assert [line.partition(",")[0] for line in lines if ", seed 1: " in line] == ["control", "nothing"]
    monkeypatch.setattr(picture, "MOST_SPIKES", 100)
    assert raster_lines(small_run, 80) == []


def test_a_damaged_recording_costs_the_picture_and_not_the_summary(small_run: Run, tmp_path: Path) -> None:
    shutil.copytree(small_run.folder, tmp_path / "damaged")
    (tmp_path / "damaged" / "recordings" / "control" / "seed-1.nwb").write_bytes(b"nothing")
    lines = on_a_terminal("show", "damaged", columns=80, cwd=tmp_path)
    assert not any(BRAILLE.search(line) for line in lines) and lines[-1] == "damaged"


# versions ------------------------------------------------------------------------------------------------------------


def without_heavy_imports(words: list[str], cwd: Path, **env: str) -> str:
    """What `lhb` prints; it must import nothing heavy, and so be quick."""
    code = (
        "import sys\nfrom lhb_model.cli import main\n"
        f"try:\n    main({words!r}, prog_name='lhb')\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environment(env), capture_output=True, text=True)
    *lines, heavy = done.stdout.splitlines()
    assert (done.returncode, heavy, done.stderr) == (0, "[]", "")
    return "\n".join(lines)


def test_versions_of_the_parts_are_shown_at_once(tmp_path: Path) -> None:
    text = without_heavy_imports(["--version"], tmp_path)
    first, parameters, python, *parts = text.splitlines()
    assert re.fullmatch(r"lhb, version \d+\.\d+\.\d+", first)
    assert parameters == f"parameters {present()}"
    assert python.startswith(f"Python {sys.version.split()[0]} on ")
    assert [line.split()[0] for line in parts] == list(PARTS) and "missing" not in text
    began = time.perf_counter()
    lhb("--version", cwd=tmp_path)
    assert time.perf_counter() - began < 5, "half a second on an idle machine"


# steps ---------------------------------------------------------------------------------------------------------------


def test_a_step_of_unknown_length_shows_no_percentage(tmp_path: Path) -> None:
    code = (
        "import time\nfrom lhb_model.terminal import Progress\n"
        "with Progress() as progress:\n    progress.build('compiling the model')\n    time.sleep(0.3)\n"
    )
    bars = [line for line in seen([sys.executable, "-c", code], 100, tmp_path) if "0:00:00" in line]
    assert bars and all("compiling" in line and "%" not in line and "left" not in line for line in bars)


# completion ----------------------------------------------------------------------------------------------------------


def offered(words: str, cwd: Path) -> list[str]:
    """What bash is offered for the last of some words."""
    env = {"_LHB_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    text = without_heavy_imports([], cwd, **env)
    return [line.partition(",")[2] for line in text.splitlines()]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "ketamine-1a2b3c4d").mkdir(parents=True)
    (tmp_path / "runs" / "ketamine-1a2b3c4d" / "manifest.json").touch()
    (tmp_path / "runs" / ".partial-ketamine-5e6f7a8b").mkdir()
    for name in ("mine.yaml", "notes.txt", "studies/dose.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lhb ru", ["run"]),
        ("lhb run sin", ["single_cell"]),
        ("lhb run mi", ["mine.yaml"]),
        ("lhb run ./mi", ["./mine.yaml"]),
        ("lhb run stu", ["studies/dose.yaml"]),
        ("lhb run studies/", ["studies/dose.yaml"]),
        ("lhb run em", ["empty/"]),
        ("lhb compare ./r", ["./runs/ketamine-1a2b3c4d"]),
        ("lhb check n", []),
        ("lhb init x --from single", ["single_cell"]),
        ("lhb schema n", ["nucleus"]),
        ("lhb list int", ["interventions"]),
        ("lhb plot ras", ["raster"]),
        ("lhb plot raster runs/", ["runs/ketamine-1a2b3c4d"]),
        ("lhb compare runs/k", ["runs/ketamine-1a2b3c4d"]),
        ("lhb show t_t", ["t_type"]),
        ("lhb show dop", ["dopamine"]),
        ("lhb show nowhere/", []),
        ("lhb run ~nobody/", []),
    ],
)
def test_the_shell_is_offered_names_files_and_runs(here: Path, words: str, expected: list[str]) -> None:
    assert offered(words, here) == expected


def test_everything_of_a_kind_is_offered(here: Path) -> None:
    experiments = list(catalogue.sheet_paths("experiment"))
    assert offered("lhb run ", here)[: len(experiments)] == experiments
    assert offered("lhb plot ", here) == list(FIGURE_KINDS)
    assert set(offered("lhb show ", here)) >= {*catalogue.mechanism_names(), *catalogue.sheet_paths("intervention")}
    assert set(offered("lhb validate ", here)) >= set(target_paths())
    assert offered("lhb run smoke --parameters ", here) == list(parameter_sets())
    assert offered("lhb export runs/one --to ", here) == list(FORMATS)


START = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/lhb.fish"}
"""Where each shell reads its line, in the home folder."""


@pytest.mark.parametrize("shell", START)
def test_tab_completes_in_a_real_shell_that_is_set_up_as_the_docs_say(here: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    with _at_a_prompt(shell, here) as typed:
        typed.send("lhb run sin\t")
        typed.expect_exact("gle_cell")
        typed.send("&& lhb run stu\t")
        typed.expect_exact("studies/dose.yaml")
        typed.send("&& lhb run ketamine_\t\t")
        typed.expect_exact("ketamine_infusion" if shell == "bash" else "Ketamine, dose by dose, as a trapped blocker")


@pytest.mark.parametrize("shell", START)
def test_tab_completes_in_the_home_folder(here: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    with _at_a_prompt(shell, here) as typed:
        typed.send("lhb check ~/stu\t")
        typed.expect_exact("dose.yaml")
        typed.send("\r")
        typed.expect_exact(f"{here}/studies/dose.yaml: the file is empty")


@contextmanager
def _at_a_prompt(shell: str, home: Path) -> Iterator[Any]:
    """A shell in a terminal, in its own home folder."""
    file = home / START[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_lines_of(shell))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "PATH": path,
        "TERM": "xterm",
    }
    typed = pexpect.spawn(
        shell, ["-i"], cwd=home, env=environment(own), dimensions=(60, 200), encoding="utf-8", timeout=60
    )
    try:
        typed.sendline("echo rea''dy")
        typed.expect_exact("ready")
        yield typed
    finally:
        typed.close(force=True)


def _lines_of(shell: str) -> str:
    """The lines for a shell in the how-to."""
    text = HOWTO.read_text(encoding="utf-8")
    found = re.search(rf"```{shell}\n(.*?)```", text, re.S)
    assert found is not None
    return found[1]


# what goes on --------------------------------------------------------------------------------------------------------


def test_every_step_of_a_run_is_said_with_how_long_it_takes(small_run: Run, tmp_path: Path) -> None:
    words = ["run", small_run.folder / "config.yaml", "--out", tmp_path, "--seeds", "1", "--set", "figures=[classes]"]
    said = lhb(*words, cwd=tmp_path).stderr
    assert re.search(r"^4 simulations of 2.4 s: about \d+ (s|min)$", said, re.M)
    assert re.search(r"^\[4/4\] \w+, seed 1: \d+ spikes in [\d.]+ s$", said, re.M)
    assert "writing tables and comparing conditions" in said
    assert re.search(r"^drawing 1 figure, about 1 s$", said, re.M)
