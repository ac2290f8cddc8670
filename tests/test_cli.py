"""The command line: what each verb prints, and with which code it ends. In-process where nothing but words matter."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from lhb_model import catalogue
from lhb_model.comparison import COMPARISON_COLUMNS
from lhb_model.figure_kinds import FIGURE_KINDS
from lhb_model.figures import KINDS
from lhb_model.readouts import READOUTS
from lhb_model.run_folder import Run
from lhb_model.simulate import cache
from small_runs import (
    BARE,
    LHB,
    OF_OTHER_RUNS,
    SMALL,
    command,
    complaint,
    contents,
    environment,
    hashes,
    lhb,
    run_small,
    said,
)

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "brian2",
    "sympy",
    "pydantic",
    "matplotlib",
    "pynwb",
    "h5py",
    "rich",
    "ruamel.yaml",
)


@pytest.fixture(scope="module")
def other_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small experiment at another strength of the LHb's synapses."""
    return run_small(tmp_path_factory.mktemp("other"), *BARE, "wiring.1.weights.ampa=6 nS", workers=2)


# help ----------------------------------------------------------------------------------------------------------------

VERBS = ("run", "check", "compare", "bursts", "export", "plot", "list", "show", "doctor", "cache")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom lhb_model.cli import main\n"
        "try:\n    main(['--help'], prog_name='lhb')\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_verb_with_examples() -> None:
    result = said("--help")
    assert result.exit_code == 0
    for verb in VERBS:
        assert f"  {verb} " in result.stdout
        assert "Example" in said(verb, "--help").stdout
    assert "lhb run ketamine" in result.stdout
    assert said("--version").stdout.startswith("lhb, version ")


def test_help_of_plot_names_every_kind_that_can_be_drawn() -> None:
    text = said("plot", "--help").stdout
    assert set(KINDS) == set(FIGURE_KINDS)
    assert all(f"{kind:<13} {shown}" in text for kind, shown in FIGURE_KINDS.items())
    assert all(f"  {kind} " in text for kind in KINDS)


@pytest.mark.parametrize(
    "words", [["run"], ["rum"], ["run", "smoke", "--seeds", "0"], ["run", "smoke", "--workers", "x"], ["plot", "raster"],
              ["compare"], ["run", "smoke", "--nonsense"]],
)  # fmt: skip
def test_a_wrong_word_is_a_usage_error(words: list[str]) -> None:
    result = said(*words)
    assert result.exit_code == 2 and result.stdout == "" and "Error: " in result.stderr


def test_words_in_the_wrong_order_or_place_are_answered_with_what_was_meant(small_run: Run, here: Path) -> None:
    run = small_run.folder
    assert complaint("plot", run, "raster").endswith(f"expected the kind of figure: lhb plot raster {run}")
    assert complaint("report", run.parent).endswith(f"; did you mean {run}?")
    assert complaint("report", run / "figures" / "raster.png").endswith(f"; did you mean {run}?")
    assert "'lhb run smoke', without .yaml, is the shipped experiment" in complaint("run", "smoke.yaml")
    assert "unknown key 'duration'; did you mean protocol.duration?" in complaint(
        "run", "smoke", "--set", "duration=3 s"
    )
    assert said("list", "drugs").stdout == said("list", "interventions").stdout
    assert said("show", "2026.1").stdout.startswith("# set of parameters: ")


# run -----------------------------------------------------------------------------------------------------------------


def test_the_last_line_is_the_run_folder_however_narrow_the_terminal(small_run: Run, tmp_path: Path) -> None:
    config, out = tmp_path / "small.yaml", small_run.folder.parent
    config.write_text(SMALL)
    done = lhb("run", config, "--out", out, cwd=tmp_path, env={"COLUMNS": "40"})
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.endswith(f"\n{small_run.folder}\n") and len(str(small_run.folder)) > 40
    assert f"  {small_run.folder / 'figures' / 'raster.png'}\n" in done.stdout
    heading = done.stdout.splitlines()[0].split()
    assert heading[:4] == ["mean", "over", "2", "seeds"] and heading[-4:] == ["control", "nothing", "late", "depressed"]
    for title in ("bursting, share of LHb", "bursts of >= 3 spikes", "theta power (Hz^2)", "reward inhibition"):
        assert sum(line.strip().startswith(title) for line in done.stdout.splitlines()) == 1


def test_a_run_on_a_terminal_shows_bars_and_prints_the_same(tmp_path: Path, small_run: Run) -> None:
    """Standard error is a pseudo-terminal of 40 columns; standard output is a pipe."""
    pty = pytest.importorskip("pty")
    words = command(tmp_path, *BARE)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*LHB, *words], cwd=tmp_path, env=environment({"COLUMNS": "40", "TERM": "xterm"}),
        stdout=subprocess.PIPE, stderr=slave, text=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    assert process.wait() == 0 and (tmp_path / lines[-1] / "manifest.json").is_file()
    assert b"\x1b[" in shown and b"2 simulations" in shown and b"%" in shown
    assert not any("\x1b" in line for line in lines)


def test_json_is_one_object_that_names_the_run(small_run: Run, tmp_path: Path) -> None:
    config = tmp_path / "small.yaml"
    config.write_text(SMALL)
    result = said("run", config, "--out", small_run.folder.parent, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0 and result.stderr == ""
    assert answer["run"] == str(small_run.folder) and answer["state"] == "done"
    assert {(job["condition"], job["seed"]): job["spikes_sha256"] for job in answer["jobs"]} == hashes(small_run.folder)
    table = small_run.table.groupby(["condition", "nucleus", "measure"])["value"].mean()
    assert answer["means"]["depressed"]["lhb"]["rate"] == pytest.approx(table["depressed", "lhb", "rate"])
    assert len(answer["figures"]) == 6


def test_a_dry_run_says_what_would_run_and_runs_nothing(here: Path, small_run: Run) -> None:
    (here / "small.yaml").write_text(SMALL)
    plan = json.loads(said("run", "small.yaml", "--dry-run", "--json", "--workers", "3").stdout)
    assert plan["run"] == f"runs/{small_run.name}" and plan["finished"] is False
    assert plan["conditions"] == ["control", "nothing", "late", "depressed"] and plan["seeds"] == [1, 2]
    assert (plan["jobs"], plan["workers"]) == (8, 3)
    # The nuclei downstream are there twice: with the LHb's output, and without.
    assert plan["cells"] == 40 + 2 * 10 + 2 * 10
    assert plan["synapses"] == 40 * 5 + 10 * 20 + 2 * 10 * 10
    assert plan["memory_MB"] > 0 and plan["disk_MB"] > 0 and plan["seconds"] > 0
    assert plan["built"] is (cache.toolchain() is not None)
    text = said("run", "small.yaml", "--dry-run").stdout
    for word in (
        "conditions",
        "simulations  8 (4 conditions x 2 seeds)",
        "neurons",
        "synapses",
        "memory",
        "disk",
        "time",
        "build",
    ):
        assert word in text
    assert [path.name for path in here.iterdir()] == ["small.yaml"]


def test_a_dry_run_of_a_finished_run_says_so(small_run: Run, here: Path) -> None:
    (here / "small.yaml").write_text(SMALL)
    result = said("run", "small.yaml", "--dry-run", "--out", small_run.folder.parent)
    assert "finished: answered at once" in result.stdout


def test_more_steps_and_more_cells_are_estimated_to_cost_more(here: Path) -> None:
    (here / "small.yaml").write_text(SMALL)

    def seconds(*settings: str) -> float:
        words = [word for setting in settings for word in ("--set", setting)]
        return float(json.loads(said("run", "small.yaml", "--dry-run", "--json", *words).stdout)["seconds"])

    assert seconds("protocol.duration=100 s") > 2 * seconds("protocol.duration=30 s") > seconds()
    assert seconds("nuclei.lhb.size=10000", "protocol.duration=30 s") > 2 * seconds("protocol.duration=30 s")


def test_bad_input_is_one_line_and_exit_code_2(here: Path) -> None:
    (here / "small.yaml").write_text(SMALL.replace("seeds: 2", "sedes: 2"))
    assert "small.yaml:16: " in complaint("run", "small.yaml") and "'seeds'" in complaint("run", "small.yaml")
    assert "nowhere.yaml" in complaint("run", "nowhere.yaml")
    assert "did you mean 'ketamine'" in complaint("run", "ketmine")
    assert "--set" in complaint("run", "smoke", "--set", "protocol.duration=5 mV")
    assert "key=value" in complaint("run", "smoke", "--set", "protocol.duration")
    (here / "binary.yaml").write_bytes(b"\0\1\2")
    assert "binary.yaml" in complaint("check", "binary.yaml")
    assert not (here / "runs").exists()


def test_a_long_file_name_in_an_error_is_not_wrapped(tmp_path: Path) -> None:
    name = f"{'long_' * 30}.yaml"
    done = lhb("run", name, cwd=tmp_path, env={"COLUMNS": "40"})
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and name in done.stderr


def test_seeds_and_settings_reach_the_run(tmp_path: Path, small_run: Run) -> None:
    words = command(tmp_path, *BARE, "conditions.depressed.depressed_state.strength=0", seeds=1, workers=2)
    done = lhb(*words, "--json", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    found = hashes(tmp_path / json.loads(done.stdout)["run"])
    assert set(found) == {("control", 1), ("depressed", 1)}
    assert found["depressed", 1] == found["control", 1] == hashes(small_run.folder)["control", 1]


def test_a_reader_that_has_seen_enough_ends_a_verb_quietly(tmp_path: Path) -> None:
    pipe = subprocess.run(
        ["bash", "-c", '"$@" | true', "lhb", *LHB, "show", "ketamine"], cwd=tmp_path, capture_output=True, text=True
    )
    assert pipe.stderr == ""


# check ---------------------------------------------------------------------------------------------------------------


def test_check_prints_what_would_run_with_units(here: Path) -> None:
    (here / "small.yaml").write_text(SMALL)
    result = said("check", "small.yaml")
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == "ok"
    assert "4 conditions x 2 seeds, 2.4 s, analysed from 0.3 s on, step 0.05 ms" in result.stdout
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if " -> " in line}
    assert "1.3 s to 2.4 s" in lines["lhb.g_NMDA"] and "ap5" in lines["lhb.g_NMDA"]
    base, becomes = (float(text) for text in lines["lhb.Kir41"].split(maxsplit=1)[1].split("  ")[0].split(" -> "))
    assert becomes > base == 1
    assert "control: nothing is changed" in result.stdout
    assert not (here / "runs").exists()


@pytest.mark.parametrize("name", list(catalogue.sheet_paths("experiment")))
def test_every_shipped_experiment_passes_its_check(name: str) -> None:
    assert said("check", name).stdout.splitlines()[-1] == "ok"


# compare -------------------------------------------------------------------------------------------------------------


def test_one_run_is_compared_from_its_own_file(small_run: Run, here: Path) -> None:
    before = contents(small_run.folder)
    result = said("compare", small_run.folder)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and lines[-1] == str(small_run.folder / "comparison.csv")
    assert lines[0].split()[:4] == ["nucleus", "measure", "a", "b"]
    assert any(line.split()[:4] == ["lhb", "bursting_share", "control", "depressed"] for line in lines)
    assert contents(small_run.folder) == before and list(here.iterdir()) == []


def test_the_difference_between_equal_conditions_is_nothing(small_run: Run) -> None:
    rows = small_run.comparison
    same = rows[(rows["a"] == "control") & (rows["b"] == "nothing") & rows["difference"].notna()]
    assert len(same) > 10 and (same["difference"] == 0).all() and same["paired"].all()
    assert set(rows["n_a"]) <= {0, 1, 2}


def test_several_runs_are_compared_in_a_file_of_their_own(small_run: Run, other_run: Run, here: Path) -> None:
    before = contents(small_run.folder), contents(other_run.folder)
    result = said("compare", small_run.folder, other_run.folder, "--out", "compared", "--measure", "rate")
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == "compared/comparison.csv"
    table = pd.read_csv(here / "compared" / "comparison.csv")
    assert tuple(table.columns) == COMPARISON_COLUMNS and len(COMPARISON_COLUMNS) == 13
    assert set(table["a"]) == {f"{small_run.name}:control", f"{small_run.name}:depressed"}
    assert set(table["b"]) == {f"{other_run.name}:control", f"{other_run.name}:depressed"}
    shown = [line.split()[1] for line in result.stdout.splitlines()[1:-1]]
    assert set(shown) == {"rate"} < set(table["measure"])
    assert (contents(small_run.folder), contents(other_run.folder)) == before


def test_compare_as_json_is_one_object(small_run: Run, other_run: Run, here: Path) -> None:
    one = json.loads(said("compare", small_run.folder, "--json", "--measure", "rate").stdout)
    assert one["run"] == [str(small_run.folder)] and {row["measure"] for row in one["comparison"]} == {"rate"}
    two = json.loads(said("compare", small_run.folder, other_run.folder, "--json").stdout)
    assert two["file"] == "comparison.csv" and (here / "comparison.csv").is_file()
    assert "NaN" not in said("compare", small_run.folder, "--json").stdout


def test_compare_refuses_what_it_cannot_compare(small_run: Run, other_run: Run, here: Path) -> None:
    assert "unknown measure 'rat'; did you mean 'rate'" in complaint("compare", small_run.folder, "--measure", "rat")
    assert "named twice" in complaint("compare", small_run.folder, small_run.folder)
    assert "no such run" in complaint("compare", "nowhere")
    assert "never altered" in complaint("compare", small_run.folder, other_run.folder, "--out", small_run.folder)
    broken = here / "broken"
    shutil.copytree(small_run.folder, broken)
    (broken / "table.csv").write_text('condition,seed\n"')
    assert "table.csv" in complaint("compare", broken, other_run.folder)


# plot ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_OTHER_RUNS])
def test_every_kind_is_drawn_into_the_current_folder(small_run: Run, here: Path, kind: str) -> None:
    result = said("plot", kind, small_run.folder)
    assert result.exit_code == 0 and result.stdout == f"{small_run.name}-{kind}.png\n"
    assert (here / f"{small_run.name}-{kind}.png").read_bytes()[:4] == b"\x89PNG"


def test_formats_window_condition_and_seed_are_taken(small_run: Run, here: Path) -> None:
    words = ["raster", small_run.folder, "--condition", "late", "--condition", "control", "--seed", "2"]
    result = said("plot", *words, "--window", "1s-1.6s", "--format", "png, pdf,svg", "--out", "figures")
    assert [Path(line).suffix for line in result.stdout.splitlines()] == [".png", ".pdf", ".svg"]
    text = (here / "figures" / f"{small_run.name}-raster.svg").read_text()
    assert "<svg" in text and all(Path(line).is_file() for line in result.stdout.splitlines())


def test_plot_answers_wrong_words_with_near_ones(small_run: Run, here: Path) -> None:
    run = small_run.folder
    assert "did you mean 'raster'" in complaint("plot", "rastr", run)
    assert "did you mean 'depressed'" in complaint("plot", "raster", run, "--condition", "depresed")
    assert "unknown seed '9'" in complaint("plot", "raster", run, "--seed", "9")
    assert "unknown format 'jpg'" in complaint("plot", "raster", run, "--format", "png,jpg")
    assert "as in 2s-6s" in complaint("plot", "raster", run, "--window", "2s")
    assert "as in 2s-6s" in complaint("plot", "raster", run, "--window", "2 mV-6s")
    assert "a start before an end" in complaint("plot", "raster", run, "--window", "2s-1s")
    assert "not within the record" in complaint("plot", "raster", run, "--window", "2s-60s")
    assert "takes no window" in complaint("plot", "classes", run, "--window", "1s-2s")
    assert "takes no condition" in complaint("plot", "comparison", run, "--condition", "late")
    assert "no condition is a series of doses" in complaint("plot", "dose", run)
    assert "no manifest.json" in complaint("plot", "raster", here)
    (here / "a_file").write_text("")
    assert "a_file" in complaint("plot", "classes", run, "--out", "a_file")
    assert [path.name for path in here.iterdir()] == ["a_file"]


def test_a_series_of_doses_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conditions = "conditions={ketamine: {depressed_state: {}, ketamine: {dose: [0 uM, 3 uM, 100 uM]}}}"
    run = run_small(tmp_path, "figures=[dose]", conditions, seeds=1)
    assert run.conditions == ["ketamine@0uM", "ketamine@3uM", "ketamine@100uM"] and run.manifest["notes"] == []
    assert (run.folder / "figures" / "dose.png").is_file()
    rates = run.table[(run.table["nucleus"] == "lhb") & (run.table["measure"] == "rate")]["value"].tolist()
    assert rates[0] > rates[2]


# list and show -------------------------------------------------------------------------------------------------------


def test_lists_name_every_sheet_mechanism_and_readout_with_a_title() -> None:
    for plural, kind in (("experiments", "experiment"), ("nuclei", "nucleus"), ("interventions", "intervention")):
        lines = said("list", plural).stdout.splitlines()
        assert [line.split()[0] for line in lines] == list(catalogue.sheet_paths(kind))
        assert all(len(line.split()) > 1 for line in lines)
    assert [line.split()[0] for line in said("list", "mechanisms").stdout.splitlines()] == catalogue.mechanism_names()
    assert [line.split()[0] for line in said("list", "readouts").stdout.splitlines()] == list(READOUTS)
    assert said("list").stdout == said("list", "experiments").stdout
    assert "did you mean 'mechanisms'" in complaint("list", "mechanism")


def test_the_list_of_runs_tells_finished_damaged_and_unfinished_ones(small_run: Run, here: Path) -> None:
    assert said("list", "runs").stdout == "no runs in runs\n"
    shutil.copytree(small_run.folder, here / "runs" / small_run.name)
    (here / "runs" / "damaged-00000000").mkdir()
    (here / "runs" / "damaged-00000000" / "manifest.json").write_text("{}")
    (here / "runs" / ".partial-small-11111111").mkdir()
    lines = {line.split()[0]: line.split()[1] for line in said("list", "runs").stdout.splitlines()}
    assert lines == {
        f"runs/{small_run.name}": "done",
        "runs/damaged-00000000": "damaged",
        "runs/.partial-small-11111111": "unfinished",
    }


def test_show_prints_equations_numbers_and_sources() -> None:
    text = said("show", "t_type").stdout
    assert "# mechanism: t_type" in text and "I_T = " in text and "source: " in text and " nS" in text
    assert "nucleus: vta_da" in said("show", "vta_da").stdout
    readout = said("show", "dopamine").stdout
    assert "# readout: dopamine" in readout and "110 nM" in readout
    both = said("show", "ketamine").stdout
    assert "# intervention: " in both and "IC50" in both and "# experiment: " in both
    head, *where = said("show", "g_T").stdout.splitlines()[1:]
    assert head.split() == ["in", "value", "tag", "source"] and where[0].startswith("mechanism t_type  25.")
    assert all(line.startswith("nucleus ") for line in where[1:])
    assert "did you mean 't_type'" in complaint("show", "t_typ")


def test_show_of_a_run_is_its_summary(small_run: Run, here: Path) -> None:
    lines = said("show", small_run.folder).stdout.splitlines()
    assert lines[0].startswith("A small circuit (done, ") and lines[-1] == str(small_run.folder)
    assert "no manifest.json" in complaint("show", here)


# doctor --------------------------------------------------------------------------------------------------------------


def test_doctor_finds_everything_in_order() -> None:
    result = said("doctor")
    assert result.exit_code == 0 and result.stdout.splitlines()[-1] == "ok"
    for word in ("python", "brian2", "numpy", "compiler", "cache", "free"):
        assert any(line.startswith(word) for line in result.stdout.splitlines())
    report = json.loads(said("doctor", "--json").stdout)
    assert report["ok"] is True and report["versions"]["python"] == sys.version.split()[0]


def test_doctor_names_what_is_amiss_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("")
    done = lhb("doctor", cwd=tmp_path, env={"LHB_CACHE": str(tmp_path / "a_file" / "cache")})
    assert done.returncode == 1 and "PROBLEM: nothing can be written to the cache" in done.stdout
    assert done.stdout.splitlines()[-1] == "not ok" and done.stderr == ""


def test_doctor_without_a_compiler_says_what_that_costs(tmp_path: Path) -> None:
    done = lhb("doctor", cwd=tmp_path, env={"PATH": str(tmp_path), "LHB_CACHE": str(tmp_path / "cache")})
    assert done.returncode == 0 and "install g++ and make" in done.stdout and "hundreds of times slower" in done.stdout


# faults --------------------------------------------------------------------------------------------------------------


def test_a_fault_of_the_program_is_one_line_too(small_run: Run, here: Path) -> None:
    """A run whose resolved.yaml was replaced by something else."""
    shutil.copytree(small_run.folder, here / "odd")
    (here / "odd" / "resolved.yaml").write_text("nuclei: 3\n")
    result = said("plot", "raster", "odd")
    assert result.exit_code in (2, 3) and len(result.stderr.splitlines()) == 1 and result.stderr.startswith("Error: ")
