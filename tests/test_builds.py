"""Builds: made once for a structure, by one process, from no file of the user's; and runs that have no compiler.

All builds of this file lie in a cache of its own, so that they are counted.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lhb_model import catalogue, config
from lhb_model.composition import compose_model
from lhb_model.doctor import diagnose
from lhb_model.run_folder import Run
from lhb_model.runs import Watcher, run_experiment
from lhb_model.simulate import cache
from lhb_model.simulate.job import run_job, write_job
from lhb_model.simulate.realise import realise, structure_of
from lhb_model.simulate.simulate import recording_of
from lhb_model.simulate.toolchain import LADDER, detect, find_compiler
from small_models import interpret
from small_runs import LHB, environment, hashes, lhb, run_small, started, states, wait_until

FEW = """\
experiment: few
title: Three neurons that inhibit two, for a tenth of a second
nuclei:
  rmtg: {size: 3, parameters: {I_hold: 120 pA}}
  vta_da: {size: 2}
wiring:
  - {from: rmtg, to: vta_da, in_degree: 2, delay: 1 ms, weights: {gaba_a: 1 nS}, why: by hand, tag: assumed}
conditions:
  control: {}
seeds: 1
protocol: {dt: 0.1 ms, warm_up: 0 s, duration: 0.1 s}
"""

WIRINGS = {
    "as it is": "",
    "weight": "wiring.0.weights.gaba_a=2 nS",
    "number of inputs": "wiring.0.in_degree=3",
    "share of the neurons that have them": "wiring.0.share=0.5",
    "delay": "wiring.0.delay=2.5 ms",
}
SLEEPLESS = "nuclei.vta_da.parameters.I_hold=250 pA"
"""The neurons that are inhibited fire all the same, often enough to be told apart."""

TRAP = "import os; open(os.path.join(os.environ['TRAP'], 'sprung'), 'w').close()\n"
"""Leaves a mark when it is executed."""

needs_compiler = pytest.mark.skipif(cache.toolchain() is None, reason="no C++ compiler here")


@dataclass(frozen=True)
class Site:
    """A current folder with an experiment and traps in it, and a cache of its own."""

    folder: Path

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def environment(self, **changes: str) -> dict[str, str]:
        return {"LHB_CACHE": str(self.cache), "TRAP": str(self.folder), **changes}

    def builds(self) -> list[str]:
        """Names of the finished builds."""
        return sorted(path.parent.name for path in self.cache.glob("builds/[!.]*/build.json"))

    def sprung(self) -> bool:
        return (self.folder / "sprung").exists()


def site(folder: Path) -> Site:
    """Brian2 executes `brian_preferences`; Python imports from where it is started, unless it is told not to."""
    (folder / "few.yaml").write_text(FEW)
    for name in ("brian_preferences", "brian2.py", "numpy.py", "sitecustomize.py"):
        (folder / name).write_text(TRAP)
    return Site(folder)


def script() -> list[str]:
    """The installed command; a child started with `-c` would import from the current folder by itself."""
    installed = Path(sys.executable).with_name("lhb")
    return [str(installed)] if installed.exists() else [sys.executable, "-P", *LHB[1:]]


def said(place: Site, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the installed `lhb` to its end."""
    env = environment(place.environment(**changes))
    return subprocess.run([*script(), *words], cwd=place.folder, env=env, capture_output=True, text=True, timeout=250)


def run(place: Site, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return said(place, "run", "few.yaml", *words, **changes)


def at_work(place: Site) -> list[Path]:
    """Compilers that are at work in the cache (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # Processes end while they are looked at.
        with suppress(OSError):
            if "cc1plus" in (process / "comm").read_text() and (process / "cwd").resolve().is_relative_to(place.cache):
                found.append(process)
    return found


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[tuple[int, str, str]]]]:
    """Two processes that want the same build at once, in an empty cache: exit code, output and words of each."""
    place = site(tmp_path_factory.mktemp("cold"))
    env = environment(place.environment())
    processes = [
        subprocess.Popen(
            [*script(), "run", "few.yaml", "--out", out], cwd=place.folder, env=env, stdout=-1, stderr=-1, text=True
        )
        for out in ("one", "two")
    ]
    said = [process.communicate(timeout=250) for process in processes]
    yield place, [(p.returncode, *words) for p, words in zip(processes, said, strict=True)]


@needs_compiler
def test_two_processes_make_one_build(cold: tuple[Site, list[tuple[int, str, str]]]) -> None:
    place, ended = cold
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert len(place.builds()) == 1
    assert sum("compiling the model" in stderr for _, _, stderr in ended) == 1
    assert sum("another process is compiling" in stderr for _, _, stderr in ended) == 1
    folders = [place.folder / stdout.splitlines()[-1] for _, stdout, _ in ended]
    assert hashes(folders[0]) == hashes(folders[1]) and Run(folders[0]).manifest["jobs"][0]["spikes"] > 0
    assert Run(folders[0]).manifest["target"].startswith("C++ standalone")
    assert not list(place.cache.glob("builds/.building-*"))


@needs_compiler
def test_nothing_in_the_current_folder_was_executed(cold: tuple[Site, list[tuple[int, str, str]]]) -> None:
    place, _ = cold
    assert not place.sprung()
    # The traps do work: Python springs them where it is started without care.
    subprocess.run([sys.executable, "-c", "import brian2"], cwd=place.folder, env=environment(place.environment()))
    assert place.sprung()
    (place.folder / "sprung").unlink()


@needs_compiler
def test_numbers_are_data_and_only_structure_is_built(
    cold: tuple[Site, list[tuple[int, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = cold
    monkeypatch.setenv("LHB_CACHE", str(place.cache))
    before, folders = place.builds(), set()
    (place.folder / "nuclei").mkdir(exist_ok=True)
    (place.folder / "nuclei" / "wider.yaml").write_text(wider_spread())
    variants = {
        "parameter": "nuclei.vta_da.parameters.C=31 pF",
        "holding current": "nuclei.vta_da.parameters.I_hold=70 pA",
        "duration": "protocol.duration=0.12 s",
        "seed, and who is wired to whom": "seeds=[7]",
        "heterogeneity": "nuclei.vta_da.sheet=wider",
        **{what: setting for what, setting in WIRINGS.items() if setting},
        "dose, block and onset": "conditions={a: {nbqx: {dose: 3 uM, onset: 0.05 s}}, b: {nbqx: {block: 1}}}",
        "current": "stimuli=[{nucleus: vta_da, kind: step, current: 50 pA, start: 0.02 s, width: 0.05 s}]",
        "readouts": "readouts=[dopamine]",
    }
    for what, setting in variants.items():
        done = run_experiment(config.load(place.folder / "few.yaml", [setting]), place.folder / "variants")
        assert done.manifest["state"] == "done" and place.builds() == before, what
        folders.add(done.folder)
    assert len(folders) == len(variants)


@needs_compiler
def test_one_program_serves_every_wiring(
    cold: tuple[Site, list[tuple[int, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synapses and delays are read by the program: it gives the spikes of the interpreted network, other ones for each."""
    place, _ = cold
    monkeypatch.setenv("LHB_CACHE", str(place.cache))
    before, seen = place.builds(), set()
    for what, setting in WIRINGS.items():
        settings = [SLEEPLESS, *([setting] if setting else [])]
        experiment = config.load(place.folder / "few.yaml", settings)
        model = compose_model(experiment, experiment.conditions[0])
        job = realise(model, 1)
        compiled, interpreted = run_job(job, cache.executable(job.structure)), interpret(job)
        for nucleus, spikes in compiled.spikes.items():
            assert spikes[0].size > 5, (what, nucleus)
            assert all(map(np.array_equal, spikes, interpreted.spikes[nucleus])), (what, nucleus)
        seen.add(recording_of(model, job, compiled, {}).spikes_sha256())
    assert place.builds() == before and len(seen) == len(WIRINGS)


@needs_compiler
def test_a_program_without_its_numbers_says_so(
    cold: tuple[Site, list[tuple[int, str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off where the weights, the neurons or the wiring should stand, or with a variable that it does not know."""
    place, _ = cold
    monkeypatch.setenv("LHB_CACHE", str(place.cache))
    experiment = config.load(place.folder / "few.yaml")
    job = realise(compose_model(experiment, experiment.conditions[0]), 1)
    program = cache.executable(job.structure)
    write_job(job, program, tmp_path / "job")
    schedule, whole = ((tmp_path / "job" / name).read_bytes() for name in ("schedule.txt", "values"))
    wrong = schedule.replace(b"load rmtg.", b"load nobody.", 1)
    for lines, values in ((schedule, whole[:-1]), (schedule, whole[:8]), (wrong, whole), (schedule, b"")):
        (tmp_path / "job" / "schedule.txt").write_bytes(lines)
        (tmp_path / "job" / "values").write_bytes(values)
        command = [*program.command, "--results_dir", "results/"]
        done = subprocess.run(command, cwd=tmp_path / "job", capture_output=True, text=True)
        assert done.returncode == 2 and "no values for" in done.stderr


@pytest.mark.parametrize("name", catalogue.sheet_paths("experiment"))
def test_wiring_and_duration_of_shipped_experiments_are_data(name: str) -> None:
    """Replayed trains of another length too. Which projections there are, and whether they are plastic, is structure."""
    experiment = config.load(name)
    model = compose_model(experiment, experiment.conditions[0])
    others = tuple(
        replace(p, in_degree=p.in_degree + 1, delay=2 * p.delay, share=p.share / 2) for p in model.projections
    )
    assert structure_of(replace(model, projections=others, duration=3 * model.duration)) == structure_of(model)
    if others:
        assert structure_of(replace(model, projections=others[1:])) != structure_of(model)


def wider_spread() -> str:
    """The sheet of the dopamine neurons, with more heterogeneity, and in one parameter more."""
    shipped = catalogue.sheet_paths("nucleus")["vta_da"].read_text()
    more = "spread:\n  C: {kind: normal, width: 3 pF, source: by hand, tag: assumed}\n"
    text = shipped.replace("spread:\n", more).replace("width: 1.7 pA", "width: 3 pA")
    return text.replace("nucleus: vta_da", "nucleus: wider")


@needs_compiler
def test_a_sweep_makes_no_build_and_starts_one_process_a_simulation(
    cold: tuple[Site, list[tuple[int, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = cold
    monkeypatch.setenv("LHB_CACHE", str(place.cache))
    before, begun, really = place.builds(), [], subprocess.Popen

    def counting(command: list[str], *args: Any, **options: Any) -> subprocess.Popen:
        begun.append(Path(command[0]).name)
        return really(command, *args, **options)

    monkeypatch.setattr(subprocess, "Popen", counting)
    points = ["sweep.over={vta_da.I_hold: {linspace: [50 pA, 70 pA, 5]}, rmtg.C: [30 pF, 31 pF]}"]
    done = run_experiment(config.load(place.folder / "few.yaml", points, seeds=2), place.folder / "sweep", workers=2)
    assert done.manifest["state"] == "done" and len(done.manifest["jobs"]) == 20
    assert place.builds() == before and begun == ["main"] * 20


@needs_compiler
def test_a_dry_run_knows_whether_the_build_is_there(cold: tuple[Site, list[tuple[int, str, str]]]) -> None:
    place, _ = cold
    assert "cached" in run(place, "--dry-run").stdout
    assert "to be compiled" in run(place, "--dry-run", "--set", "nuclei.vta_da.size=4").stdout
    assert len(place.builds()) == 1


@needs_compiler
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="sees compilers through /proc")
def test_an_interrupted_compilation_leaves_nothing_behind(tmp_path: Path) -> None:
    """Interrupted once the compilers of a cold build are at work: they end too, and the run can be taken up."""
    place = site(tmp_path)
    process = started("run", tmp_path / "few.yaml", cwd=Path("/"), env=place.environment(), out=tmp_path / "runs")
    wait_until(lambda: at_work(place), process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130 and "Interrupted" in stderr
    wait_until(lambda: not at_work(place), seconds=5)
    assert list(place.cache.glob("builds/*")) == list(place.cache.glob("builds/*.lock"))
    partial = next((tmp_path / "runs").glob(".partial-few-*"))
    assert states(partial) == {("control", 1): "queued"}


# without a compiler --------------------------------------------------------------------------------------------------


def test_without_a_compiler_the_model_is_interpreted_and_says_so(tmp_path: Path) -> None:
    place, nothing = site(tmp_path), tmp_path / "empty"
    nothing.mkdir()
    done = run(place, PATH=str(nothing), CXX="")
    assert done.returncode == 0, done.stderr
    message = done.stderr.splitlines()[0]
    assert "No C++ compiler" in message and "lhb run smoke" in message and "takes about" in message
    found = Run(tmp_path / done.stdout.splitlines()[-1])
    assert found.manifest["target"] == "numpy" and found.manifest["state"] == "done"
    assert found.manifest["jobs"][0]["spikes"] > 0
    assert not list(place.cache.glob("builds/*")) and not place.sprung()


def test_the_choice_of_numpy_is_told_from_the_want_of_a_compiler(tmp_path: Path) -> None:
    place = site(tmp_path)
    assert "interpreted by Brian2's numpy target" in run(place, "--dry-run", LHB_TARGET="numpy").stdout
    assert "LHB_TARGET=numpy" in lhb("doctor", cwd=Path("/"), env=place.environment(LHB_TARGET="numpy")).stdout


def test_a_compiler_is_taken_from_the_environment_and_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that fails on every set of flags is no compiler."""
    for name in ("make", "broken-compiler"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho 'a compiler of no use'\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CXX", "broken-compiler")
    assert find_compiler() == str(tmp_path / "broken-compiler")
    assert detect(tmp_path / "cache") is None
    monkeypatch.setenv("CXX", "nowhere")
    assert find_compiler() is None


@needs_compiler
def test_the_flags_that_were_tried_are_remembered(tmp_path: Path) -> None:
    tools = detect(tmp_path / "cache")
    assert tools is not None and tools.flags == dict(LADDER)[tools.level]
    notes = list((tmp_path / "cache").glob("toolchain-*"))
    assert [note.read_text().split() for note in notes] == [[tools.level, *tools.report]]
    assert notes[0].name.endswith(tools.fingerprint) and len(list((tmp_path / "cache").iterdir())) == 1


REFUSING = """\
#!/bin/sh
# A compiler that takes all flags for a small program, and gives up on a model with them.
case "$*" in *-ffast-math*equations_*) echo "internal compiler error" >&2; exit 1;; esac
exec {compiler} "$@"
"""


@needs_compiler
def test_without_vectors_the_spikes_have_the_same_statistics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding differs: single spikes may, means over seeds by no more than chance would make them."""
    compiler = find_compiler()
    refusing = tmp_path / "refusing"
    refusing.write_text(REFUSING.format(compiler=compiler))
    refusing.chmod(0o755)
    settings = ("figures=[]", "conditions={depressed: {depressed_state: {}}}")
    fast = run_small(tmp_path, *settings, seeds=6)
    monkeypatch.setenv("CXX", str(refusing))
    monkeypatch.setenv("LHB_CACHE", str(tmp_path / "cache"))
    watcher = Listening()
    (tmp_path / "plain").mkdir()
    plain = run_small(tmp_path / "plain", *settings, seeds=6, watcher=watcher)
    assert any("did not compile with the flags" in text and "trying 'plain'" in text for text in watcher.heard)
    assert diagnose()["compiler"]["path"] == str(refusing) and "lhb" not in diagnose()["vectors"]["bits"]
    assert (
        plain.manifest["target"].startswith("C++ standalone, ") and plain.manifest["target"] != fast.manifest["target"]
    )
    for measure in ("rate", "burst_rate", "share_spikes_in_bursts", "silent_share", "intra_burst_frequency"):
        a, b = (means(run, measure) for run in (fast, plain))
        assert abs(a.mean() - b.mean()) < 3 * np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / a.size), measure


class Listening(Watcher):
    """Keeps what is said about builds."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def build(self, text: str) -> None:
        self.heard.append(text)


def means(run: Run, measure: str) -> np.ndarray:
    """A measure of the LHb, one value for each seed."""
    rows = run.table[(run.table["nucleus"] == "lhb") & (run.table["measure"] == measure)]
    assert len(rows) == len(run.seeds)
    return rows["value"].to_numpy()


@needs_compiler
def test_the_cache_is_listed_and_cleared(tmp_path: Path) -> None:
    place = site(tmp_path)
    assert run(place).returncode == 0
    builds = place.cache / "builds"
    other = builds / "0123-made-by-another-version"
    other.mkdir()
    (other / "build.json").write_text("{}")
    (builds / "0123.failed.txt").write_text("words of a compiler")
    (builds / ".building-4567").mkdir()

    def cache_(*words: str) -> str:
        done = said(place, "cache", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    listed = {build["build"]: build["usable"] for build in json.loads(cache_("ls", "--json"))["builds"]}
    assert len(listed) == 2 and not listed.pop("0123") and all(listed.values())
    assert "stale" in cache_("ls")
    assert "0 builds removed" in cache_("clear", "--unused-for", "1")
    assert not list(builds.glob("*.failed.txt")) and not list(builds.glob(".building-*"))
    assert "1 builds removed" in cache_("clear", "--stale") and len(place.builds()) == 1
    assert "1 builds removed" in cache_("clear") and not place.builds()
