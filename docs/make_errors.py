"""Makes the page of error messages: every wrong input on it is given to `lhb`, and what it answers is written down.

    python docs/make_errors.py

The mistakes in files are those of the tests (`tests/wrong_inputs.py`).
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import h5py
from click.testing import CliRunner

from lhb_model.cli import main
from small_runs import ABSURD, BARE, SLOW, SMALL
from wrong_inputs import (
    DRUG,
    EXPERIMENT,
    NUCLEUS,
    REPLAY,
    USES_BOTH,
    WRONG,
    WRONG_DRUGS,
    WRONG_FILES,
    WRONG_NUCLEI,
    WRONG_REPLAYS,
)

PAGE = Path(__file__).parent / "errors.md"
LHB = (sys.executable, "-c", "from lhb_model.cli import main; main(prog_name='lhb')")
Row = tuple[str, str, str]
"""Mistake, what was written, what `lhb` answers."""

TINY = """\
experiment: tiny
title: Two milliseconds
nuclei:
  lhb: {sheet: lhb_cell, size: 1}
conditions:
  control: {}
seeds: 1
protocol: {warm_up: 0 s, duration: 2 ms}
"""

IN_EXPERIMENTS = (
    "unknown key at the top", "unknown key of a wire", "missing key", "missing reason", "missing unit", "wrong unit",
    "unknown unit", "wrong unit of a weight", "text for a number", "fraction for a whole number", "list for a mapping",
    "nothing for a time", "not a number", "unknown drug", "unknown nucleus", "unknown receptor", "unknown parameter",
    "unknown readout", "unknown figure", "unknown tag", "unknown kind of stimulus", "slash in a condition's name",
    "conditions that differ in case", "nucleus named by a Python keyword", "no neurons", "in-degree larger than the source",
    "negative weight", "division by zero", "step too long", "warm-up of the whole record", "more steps than can be counted",
    "block of more than all", "negative dose", "seed given twice", "both block and dose", "neither block nor dose",
    "dose without affinity", "one dose twice in a series", "end before onset", "use where it changes nothing",
    "pattern without trains", "wired twice", "pulses that overlap", "stimulus out of the record", "ramps that overlap",
    "trace between steps", "readout of a nucleus that is not there", "dose-response without doses",
    "based on a missing experiment", "left out where the base has none",
)  # fmt: skip
IN_NUCLEI = ("other name than the file's", "unknown burst rule", "unknown mechanism", "mechanism twice",
             "mechanism that lacks another", "no threshold", "no source", "spread of a shared parameter", "shares",
             "start upside down", "broken YAML")  # fmt: skip
IN_DRUGS = ("unknown law", "block with an amount", "shift without an amount", "unit of an IC50", "no effects")
IN_FILES = ("empty", "binary", "not UTF-8", "tab", "key twice", "tag", "alias bomb", "list", "large")


VISIBLE = {ord("\n"): "⏎", ord("\r"): "", ord("\t"): "→", 0: "�", 1: "�"}


def page() -> str:
    """The text of the page."""
    with tempfile.TemporaryDirectory() as folder, _inside(Path(folder)):
        sections = {title: list(rows()) for title, rows in SECTIONS.items()}
    lines = INTRODUCTION.format(count=sum(map(len, sections.values()))).splitlines()
    for title, rows in sections.items():
        lines += ["", f"## {title}", "", "| mistake | given | `lhb` answers |", "| --- | --- | --- |"]
        lines += [f"| {name} | {_code(given)} | {_code(answer)} |" for name, given, answer in rows]
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# Error messages

<!-- Made by docs/make_errors.py; do not edit. -->

A mistake gets one line: file and line, the key, what was given, what was expected, and the nearest right name. Here are {count}
mistakes, each with the message that the program gives. Long lists of known names are cut short (…). The exit code is 2 for
bad input, 3 for a simulation that failed, 130 for an interrupt, 1 for a check that does not hold.

Two drugs that act on one parameter are no mistake: their factors multiply, whatever their order, and `lhb check` prints both.
An editor marks most mistakes in files while you type: see {{doc}}`howto/editor`."""


# mistakes in files ---------------------------------------------------------------------------------------------------


def experiments() -> Iterator[Row]:
    """Mistakes in an experiment."""
    for name in IN_EXPERIMENTS:
        yield _changed(name, "my.yaml", EXPERIMENT, WRONG[name], {})
    for name in ("no pattern", "wires to replayed trains", "drug that meets no cell"):
        yield _changed(name, "my.yaml", REPLAY, WRONG_REPLAYS[name], {})


def sheets() -> Iterator[Row]:
    """Mistakes in the sheets beside an experiment."""
    both = {"nuclei/cell.yaml": NUCLEUS, "interventions/drug.yaml": DRUG, "my.yaml": USES_BOTH}
    for name in IN_NUCLEI:
        yield _changed(name, "nuclei/cell.yaml", NUCLEUS, WRONG_NUCLEI[name], both)
    for name in IN_DRUGS:
        yield _changed(name, "interventions/drug.yaml", DRUG, WRONG_DRUGS[name], both)


def _changed(name: str, file: str, text: str, case: tuple[str, str, str], beside: Mapping[str, str]) -> Row:
    """One thing in a file replaced; what is shown as given is the line that the answer names."""
    old, new, _ = case
    wrong = text.replace(old, new.replace("§", ""))
    _write({**beside, file: wrong})
    answer = _answer("check", "my.yaml")
    line = re.match(rf"Error: {re.escape(file)}:(\d+): ", answer)
    assert line, f"{name}: {answer}"
    return name, wrong.splitlines()[int(line[1]) - 1].strip(), answer


def files() -> Iterator[Row]:
    """Files that are no YAML of ours."""
    for name in IN_FILES:
        content, _ = WRONG_FILES[name]
        Path("my.yaml").write_bytes(content)
        shown = content.decode("utf-8", "replace").translate(VISIBLE)
        yield name, shown if len(shown) < 60 else f"{shown[:60]}…", _answer("check", "my.yaml")
    Path("my.yaml").unlink()
    yield _command("no such file", "check", "my.yaml")
    yield _command("a folder", "check", "nuclei")
    yield _command("a shipped name misspelt", "run", "ketmine")


# mistakes on the command line ----------------------------------------------------------------------------------------


def settings() -> Iterator[Row]:
    """Mistakes in `--set` and other options."""
    _write({"my.yaml": EXPERIMENT})
    for name, setting in {
        "no value": "seeds", "unknown key": "protcol.duration=2 s", "missing unit": "protocol.duration=2",
        "a position that is not there": "wiring.9.in_degree=3", "a key below a number": "title.x=1",
        "both block and dose": "conditions.treated.ketamine.dose=1 uM",
        "unknown course of a drug": "conditions.treated.ketamine={course: nasal}",
        "trapping of what is not trapped": "conditions.treated.tta_p2={dose: 1 uM, law: trapping}",
        "a wash beside a course": "conditions.treated.ketamine={course: mouse_ip, wash: 1 s}",
        "more neurons than fit into memory": "nuclei.lhb.size=10000000",
    }.items():  # fmt: skip
        yield _command(name, "run", "my.yaml", "--set", setting)
    yield _command("nothing is overwritten", "init", "my")
    yield _command("a name that cannot be", "init", "my experiment")
    yield _command("unknown kind of file", "schema", "nuclei")
    yield _command("unknown list", "list", "intervention")
    yield _command("unknown name", "show", "t_typ")


def runs() -> Iterator[Row]:
    """What is asked of a run, and runs that are damaged."""
    folder = _run_once()
    yield _command("a run that is not there", "plot", "raster", "runs/smal")
    yield _command("unknown figure", "plot", "rastre", folder)
    yield _command("unknown condition", "plot", "raster", folder, "--condition", "depresed")
    yield _command("unknown seed", "plot", "raster", folder, "--seed", "7")
    yield _command("no unit in a window", "plot", "raster", folder, "--window", "3-5")
    yield _command("a window outside the record", "plot", "raster", folder, "--window", "30s-40s")
    yield _command("unknown format", "plot", "raster", folder, "--format", "jpg")
    yield _command("a figure without what it shows", "plot", "dose", folder)
    yield _command("unknown measure", "compare", folder, "--measure", "rat")
    yield _command("a folder that is no run", "show", "nuclei")
    manifest, recording = Path(folder, "manifest.json"), Path(folder, "recordings/control/seed-1.nwb")
    whole = recording.read_bytes()
    recording.write_bytes(whole[:5000])
    yield _command("a recording cut short", "plot", "raster", folder)
    recording.unlink()
    with h5py.File(recording, "w") as file:
        file["image"] = [1, 2, 3]
    yield _command("a foreign HDF5 file", "plot", "raster", folder)
    recording.write_bytes(whole)
    text = manifest.read_text()
    manifest.write_text(text[:200])
    yield _command("a manifest cut short", "show", folder)
    manifest.write_text(text)


def recordings() -> Iterator[Row]:
    """Recordings made elsewhere, and what is asked of them."""
    folder = _run_once()
    tables = {
        "text for a time": "unit,time_s\na,0.1\na,soon\n",
        "times out of order": "unit,time_s\na,0.2\na,0.1\n",
        "one time twice": "unit,time_s\na,0.1\na,0.1\n",
        "an empty table": "",
    }
    for name, text in tables.items():
        _write({"spikes.csv": text})
        yield name, text.translate(VISIBLE), _answer("bursts", "spikes.csv")
    _write({"spikes.csv": "unit,time_s\na,0.1\na,0.2\n"})
    yield _command("unknown burst rule", "bursts", "spikes.csv", "--rule", "dopamin")
    yield _command("unknown column", "bursts", "spikes.csv", "--unit", "cell")
    yield _command("a span without an end", "bursts", "spikes.csv", "--span", "5s")
    yield _command("no such recording", "bursts", "spike.csv")
    with h5py.File("foreign.nwb", "w") as file:
        file["image"] = [1, 2, 3]
    yield _command("a foreign HDF5 file", "bursts", "foreign.nwb")
    yield _command("unknown format to write", "export", folder, "--to", "nbw")
    yield _command("a claim about no measure", "compare", folder, "--assert", "burst_rat(control) > 1")


# mishaps while a run goes --------------------------------------------------------------------------------------------


def mishaps() -> Iterator[Row]:
    """A simulation that diverges, a full disk, no compiler, an interrupt."""
    folder = _run_once()
    _write({"my.yaml": SMALL, "interventions/absurd.yaml": ABSURD, "tiny.yaml": TINY})
    broken = [*_words(BARE), "--set", "conditions={broken: {absurd: {}}}"]
    yield "a simulation that diverges", "lhb run my.yaml", _said(["run", "my.yaml", *broken], "failed")
    limited = ("bash", "-c", 'ulimit -f 100; exec "$@"', "lhb", *LHB)
    words = ["run", "my.yaml", *_words(BARE), "--set", "title=b"]
    yield "a limit on the size of files", "ulimit -f 100; lhb run my.yaml", _said(words, "failed", limited)
    Path("table").mkdir()
    Path("table/comparison.csv").symlink_to("/dev/full")
    other = Path("runs/other")
    Path(folder).rename(other)
    yield "a full disk", "lhb compare runs/a runs/b --out table", _full_table(other)
    said = _said(["run", "tiny.yaml"], "Error", environment={"LHB_TARGET": "nupmy"})
    yield "unknown target", "LHB_TARGET=nupmy lhb run tiny.yaml", said
    no_compiler = {"PATH": "/nowhere", "CXX": ""}
    said = _said(["run", "tiny.yaml", "--workers", "1"], "No C", environment=no_compiler)
    yield "no compiler (a remark; the run goes on)", "lhb run tiny.yaml", said
    yield "a run stopped by Ctrl-C", "lhb run my.yaml", _interrupted()
    partial = next(Path("runs").glob(".partial-small-*"))
    yield "a run half written", f"lhb show {_steady(str(partial))}", _steady(_answer("show", str(partial)))
    yield (
        "a place that cannot hold runs",
        "lhb run tiny.yaml --out tiny.yaml",
        _said(["run", "tiny.yaml", "--out", "tiny.yaml"], "Error"),
    )


def _full_table(run: Path) -> str:
    same = run.with_name("same")
    subprocess.run(["cp", "-r", run, same], check=True)
    return _answer("compare", str(run), str(same), "--out", "table")


def _interrupted() -> str:
    words = ["run", "my.yaml", *_words(SLOW), "--workers", "1"]
    process = subprocess.Popen([*LHB, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(Path("runs").glob(".partial-small-*/manifest.json")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stderr = process.communicate()[1]
    assert process.returncode == 130
    return _steady(stderr.splitlines()[-1].partition(" --set")[0])


# asking --------------------------------------------------------------------------------------------------------------


def _run_once() -> str:
    """The folder of a small run, under a name that never changes."""
    folder = Path("runs/small-1a2b3c4d")
    if not folder.exists():
        _write({"my.yaml": SMALL})
        done = subprocess.run([*LHB, "run", "my.yaml", *_words(BARE)], capture_output=True, text=True, check=True)
        Path(done.stdout.splitlines()[-1]).rename(folder)
    return str(folder)


def _words(given: Sequence[str]) -> list[str]:
    return ["--seeds", "1", *(word for setting in given for word in ("--set", setting))]


def _command(name: str, *words: str) -> Row:
    shown = " ".join(word if re.fullmatch(r"[\w./-]+", word) else f"'{word}'" for word in words)
    return name, f"lhb {shown}", _answer(*words)


def _answer(*words: str) -> str:
    """The line that a verb complains with."""
    result = CliRunner().invoke(main, list(words), prog_name="lhb", catch_exceptions=False)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1, (words, result.output, result.stderr)
    return _steady(result.stderr.strip())


def _said(
    words: Sequence[str], begins: str, program: Sequence[str] = LHB, environment: Mapping[str, str] | None = None
) -> str:
    """The first line of a process that begins so."""
    env = {**os.environ, **(environment or {})}
    done = subprocess.run([*program, *words], capture_output=True, text=True, env=env)
    found = [line for line in done.stderr.splitlines() if line.startswith(begins)]
    assert found, (words, done.stdout, done.stderr)
    return _steady(found[0])


def _steady(text: str) -> str:
    """Without what differs from machine to machine, and without long lists."""
    text = re.sub(r"\(known: ((?:[^,()]+, ){4})[^()]+, [^()]+\)", lambda found: f"(known: {found[1]}…)", text)
    text = text.replace(f"{Path.cwd()}/", "")
    text = re.sub(r"(small|tiny)-[0-9a-f]{8}", r"\1-1a2b3c4d", text)
    text = re.sub(r"takes about [\d.]+ \w+", "takes about … s", text)
    return re.sub(r"fits into [\d.]+ GB", "fits into … GB", text)


def _write(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def _code(text: str) -> str:
    """Text as code in a cell of a table."""
    if not text:
        return "nothing"
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}"


class _inside:
    """Work in a folder, and come back."""

    def __init__(self, folder: Path):
        self._folder, self._before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)


SECTIONS: dict[str, Callable[[], Iterable[Row]]] = {
    "In an experiment": experiments,
    "In a sheet": sheets,
    "Files": files,
    "Settings and names": settings,
    "Asked of a run": runs,
    "Recordings made elsewhere": recordings,
    "While a run goes": mishaps,
}

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
