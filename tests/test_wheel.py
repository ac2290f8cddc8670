"""The wheel works where there is no repository: sheets and schemas travel inside it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from editor import ROOT
from small_runs import environment

ELSEWHERE = "import sys, lhb_model; assert lhb_model.__file__.startswith(sys.argv.pop(1)), lhb_model.__file__; "


@pytest.mark.long
def test_the_wheel_works_outside_the_repository(tmp_path: Path) -> None:
    built, inside, here = tmp_path / "built", tmp_path / "inside", tmp_path / "here"
    source = tmp_path / "source"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built), str(source)]
    subprocess.run(wheel, check=True, timeout=200)
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(inside)
    here.mkdir()

    def said(*words: str) -> str:
        program = f"{ELSEWHERE}from lhb_model.cli import main; main(prog_name='lhb')"
        env = environment({"PYTHONPATH": str(inside)})
        done = subprocess.run(
            [sys.executable, "-c", program, f"{inside}{os.sep}", *words],
            cwd=here,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert {line.split()[0] for line in said("list").splitlines()} >= {"ketamine", "smoke", "single_cell"}
    said("init", "mine", "--from", "smoke")
    assert (here / "schema" / "experiment.json").is_file()
    assert (inside / "lhb_model" / "configs" / "schema" / "experiment.json").is_file()
    assert (here / said("run", "mine.yaml").splitlines()[-1] / "manifest.json").is_file()
