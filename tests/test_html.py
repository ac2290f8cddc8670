"""Runs, experiments and tables as a notebook shows them."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import lhb_model as lhb
from lhb_model.html import html_table
from lhb_model.run_folder import Run
from lhb_model.validation_run import Validation, plan, validate
from report_runs import RunOf


def cells(html: str) -> list[list[str]]:
    """The rows of the only table; the text must be well formed."""
    (table,) = ElementTree.fromstring(html).iter("table")
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


def test_nothing_in_a_table_is_markup() -> None:
    nasty = "<script>alert('x')</script> & \"more\""
    html = html_table([["a", nasty], [nasty, "1"]], nasty, [nasty])
    assert "<script" not in html
    assert cells(html) == [["a", nasty], [nasty, "1"]]
    assert "".join(ElementTree.fromstring(html).itertext()).count(nasty) == 4


def test_a_run_shows_its_title_and_the_means_of_each_condition(small_run: Run) -> None:
    html = small_run._repr_html_()
    head, *rows = cells(html)
    assert head[1:] == small_run.conditions and len(rows) > 5
    assert str(small_run.manifest["title"]) in html and str(small_run.folder) in html
    assert "failed" not in html


def test_a_run_says_what_failed(run_of: RunOf) -> None:
    assert "1 of 2 simulations failed" in run_of("broken")._repr_html_()
    assert "no simulation is done" in run_of("all_broken")._repr_html_()


def test_an_experiment_shows_what_acts_in_each_condition() -> None:
    rows = cells(lhb.load("ketamine")._repr_html_())
    assert rows[1] == ["control", "nothing is changed"]
    assert rows[3][0] == "ketamine" and rows[3][1].startswith("depressed_state; ketamine ")


def test_a_validation_shows_its_verdicts(tmp_path: Path) -> None:
    done = validate(plan(["P7"]), tmp_path)
    assert isinstance(done, Validation)
    rows = cells(done._repr_html_())
    assert [row[:2] for row in rows[1:]] == [["P7", outcome.quantity] for outcome in done.outcomes]
    assert [row[5] for row in rows[1:]] == [outcome.said for outcome in done.outcomes]


def test_a_nasty_title_is_escaped(small_run: Run) -> None:
    nasty = Run(small_run.folder)
    nasty.__dict__["manifest"] = {**small_run.manifest, "title": "<b>bold</b>"}
    assert "&lt;b&gt;bold" in nasty._repr_html_()


def test_a_recording_is_told_in_one_line(small_run: Run) -> None:
    recording = small_run.recording(small_run.conditions[0], small_run.seeds[0])
    assert len(repr(replace(recording, traces=[])).splitlines()) == 1 and "spikes from" in repr(recording)
