"""The page of a run: its words, its numbers, its spikes and its sources, for all kinds of runs."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest

from lhb_model import catalogue
from lhb_model.bursts import find_bursts
from lhb_model.comparison import COMPARISON_COLUMNS
from lhb_model.errors import InputError
from lhb_model.readouts import READOUTS
from lhb_model.report import pictures, report_page, spikes, words, write_report
from lhb_model.report.mathml import NotTypeset, equation
from lhb_model.report.pictures import _kinds
from lhb_model.report.settings import differing_settings
from lhb_model.report.sources import TAGS, papers
from lhb_model.report.words import levels_in_words, pairs_in_words
from lhb_model.run_folder import REPORT, Run
from report_runs import RunOf
from small_runs import BARE, command, contents, lhb

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """A page taken apart: text, tags with their attributes, and whether every tag that opens also closes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: dict[str, str] = {}
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[self.tags[-1][1].get("id", str(len(self.scripts)))] = data
        elif self.open and self.open[-1] != "style":
            self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def test_two_runs_say_in_which_settings_they_differ(small_run: Run, run_of: RunOf) -> None:
    rows, left = differing_settings([small_run, run_of("silent")])
    found = dict(rows)
    assert left == 0 and len(found) == len(rows)
    assert found["LHb I_hold"][1] == "−300 pA" != found["LHb I_hold"][0]
    assert "duration" not in found and not any(name.startswith("neurons of") for name in found)
    lone = dict(differing_settings([small_run, run_of("one_cell")])[0])
    assert lone["neurons of RMTg"][1] == "—" and not any(name.startswith("RMTg ") for name in lone)
    assert differing_settings([small_run, small_run]) == ([], 0)
    assert "What they were asked to do otherwise" in Page(report_page([small_run, run_of("silent")])).words


def test_a_measure_that_one_side_lacks_is_no_difference() -> None:
    row = dict(zip(COMPARISON_COLUMNS, [None] * len(COMPARISON_COLUMNS), strict=True))
    row |= {
        "nucleus": "lhb",
        "measure": "theta_power",
        "a": "a",
        "b": "b",
        "mean_a": 1.5,
        "mean_b": np.nan,
        "n_a": 3,
        "n_b": 0,
    }
    row |= {"difference": np.nan, "low": np.nan, "high": np.nan, "p": np.nan, "paired": True}
    told = [
        pairs_in_words(pd.DataFrame([one]), {("lhb", "theta_power"): "Hz^2"})[0]
        for one in (row, row | {"mean_a": np.nan})
    ]
    assert told[0].one_sided == ["theta power of the LHb (1.50\xa0Hz² and no value)"] and told[0].single == []
    assert told[1].one_sided == told[1].single == []


KINDS_OF_RUN = ("small", "silent", "one_cell", "doses", "sweep", "broken", "all_broken")


@pytest.mark.parametrize("kind", KINDS_OF_RUN)
def test_every_kind_of_run_gets_a_whole_page_that_asks_for_nothing(kind: str, run_of: RunOf) -> None:
    run = run_of(kind)
    page = Page(report_page([run]))
    places = [value for _, given in page.tags for name, value in given.items() if name in ("src", "href", "srcset")]
    assert places and all(place.startswith(("data:", "#")) for place in places)
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids)) and {place[1:] for place in places if place.startswith("#")} <= set(ids)
    assert all(len(picture["alt"]) > 20 for picture in page.of("img"))
    assert "default-src 'none'" in next(given["content"] for given in page.of("meta") if "http-equiv" in given)
    assert run.manifest["title"] in page.words and run.name in page.words
    assert not re.search(r"\b(nan|None|inf)\b", page.words)


def test_the_page_tells_the_numbers_of_the_tables(small_run: Run) -> None:
    words = Page(report_page([small_run])).words.replace("\N{NO-BREAK SPACE}", " ")
    table = small_run.table
    share = table[
        (table["condition"] == "depressed") & (table["measure"] == "bursting_share") & (table["nucleus"] == "lhb")
    ]
    assert f"depressed: {100 * share['value'].mean():#.3g} % (" in words
    assert "Simulations were run with lhb_model" in words and "@article{JahrStevens1990," in words


def test_every_number_of_the_run_stands_on_its_page_with_source_and_tag(small_run: Run) -> None:
    words = Page(report_page([small_run])).words
    parameters = small_run.resolved["nuclei"]["lhb"]["parameters"]
    assert len(parameters) > 40
    for name, parameter in parameters.items():
        assert parameter["tag"] in TAGS
        written = (
            parameter["written"].replace("-", "−", 1) if parameter["written"].startswith("-") else parameter["written"]
        )
        assert f"{name} {written} {parameter['tag']} {' '.join(parameter['source'].split())}" in words


def test_a_silent_population_is_said_to_be_silent(run_of: RunOf) -> None:
    run = run_of("silent")
    told = dict(levels_in_words(run))
    assert all(told[name].startswith("No LHb neuron fires. No RMTg neuron fires.") for name in run.conditions)


def test_failed_simulations_are_told_first(run_of: RunOf) -> None:
    some, none = (Page(report_page([run_of(kind)])) for kind in ("broken", "all_broken"))
    assert "1 of 2 simulations failed. All numbers are from the others." in some.words and "diverged" in some.words
    assert "1 of 1 simulation failed. Nothing was measured." in none.words
    assert "No simulation is done: there is nothing to measure." in none.words and "spike-data" not in none.scripts


def test_one_neuron_is_not_told_as_shares(run_of: RunOf) -> None:
    told = dict(levels_in_words(run_of("one_cell")))
    assert set(told) == {"control", "t_block", "nmda_block"}
    assert all(
        text.startswith(("The one LHb neuron ", "No LHb neuron fires.")) and "%" not in text for text in told.values()
    )


def test_a_series_of_doses_is_compared_with_its_first(run_of: RunOf) -> None:
    page = Page(report_page([run_of("doses")]))
    headings = re.findall(r"(ketamine@\S+) against (\S+)", page.words)
    assert {first for _, first in headings} == {"ketamine@0uM"} and len(headings) == 3
    assert "3 further pairs: in the table." in page.words
    assert any("Dose and response" in picture["alt"] or "differences" in picture["alt"] for picture in page.of("img"))


def test_a_page_of_too_many_differences_shows_those_from_the_first_two_conditions(
    run_of: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of("doses")
    first, second = run.conditions[:2]
    monkeypatch.setattr(words, "MOST_ROWS", len(run.comparison) - 1)
    shown = words.shown_differences(run.comparison)
    assert len(shown) == len(run.comparison) * 5 // 6
    page = Page(report_page([run]))
    left = len(run.comparison) - len(shown)
    assert f"From {first} and {second} to the others; {left} further differences: by lhb compare." in page.words


def test_panels_for_each_of_very_many_conditions_are_not_drawn_unasked(
    run_of: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of("doses")
    drawn = {"raster", "circuit", "dose"} & set(_kinds(run))
    monkeypatch.setattr(pictures, "MOST_PANELS", len(run.conditions) - 1)
    assert drawn - set(_kinds(run)) == {"raster", "circuit"}


def test_two_runs_stand_side_by_side(small_run: Run, run_of: RunOf, tmp_path: Path) -> None:
    other = run_of("silent")
    page = Page(report_page([small_run, other]))
    assert f"{other.name}:control against {small_run.name}:control" in page.words
    data = json.loads(page.scripts["spike-data"])
    assert {record["condition"].partition(": ")[0] for record in data["records"]} == {small_run.name, other.name}


# words ---------------------------------------------------------------------------------------------------------------


def comparison(difference: float, low: float, high: float, n: int = 6) -> pd.DataFrame:
    row = ("lhb", "rate", "control", "drug", 4.0, 4.0 + difference, difference, low, high, 0.03125, n, n, True)
    return pd.DataFrame([row], columns=list(COMPARISON_COLUMNS))


def test_an_interval_without_zero_is_a_difference_with_its_direction() -> None:
    (fallen,) = pairs_in_words(comparison(-2.0, -3.0, -1.0), {("lhb", "rate"): "Hz"})
    sentence = fallen.clear[0].replace("\N{NO-BREAK SPACE}", " ")
    assert (
        sentence
        == "The firing rate of LHb neurons falls from 4.00 Hz to 2.00 Hz, by 2.00 Hz (interval 1.00 to 3.00; p = 0.031)."
    )
    assert (fallen.open, fallen.single) == ([], [])
    assert fallen.seeds == "6 pairs of seeds; the smallest p that they can give is 0.031"


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 2.0)])
def test_an_interval_with_zero_in_it_is_no_difference(low: float, high: float) -> None:
    (open_,) = pairs_in_words(comparison(1.0, low, high), {("lhb", "rate"): "Hz"})
    assert open_.clear == [] and "difference 1.00" in open_.open[0] and "interval" in open_.open[0]


def test_few_seeds_are_said_to_be_few_and_one_seed_to_have_no_interval() -> None:
    (few,) = pairs_in_words(comparison(1.0, 0.5, 1.5, n=3), {("lhb", "rate"): "Hz"})
    assert few.seeds == "3 pairs of seeds"
    assert few.notes == ["3 pairs of seeds cannot reach p < 0.05: the smallest attainable p is 0.25"]
    (one,) = pairs_in_words(comparison(1.0, np.nan, np.nan, n=1), {("lhb", "rate"): "Hz"})
    assert one.clear == one.open == [] and len(one.single) == 1


# spikes --------------------------------------------------------------------------------------------------------------


def unpacked(text: str) -> np.ndarray:
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return planes.reshape(4, -1).T.copy().view("<u4").ravel()


def test_the_packed_spikes_are_the_spikes_and_their_bursts(small_run: Run) -> None:
    data = spikes.spike_data([small_run])
    assert data is not None and data["left_out"] == [] and len(data["records"]) == 8
    record = data["records"][0]
    recording = small_run.recording(record["condition"], record["seed"])
    in_bursts = 0
    for nucleus, packed in record["nuclei"].items():
        found, n = unpacked(packed["spikes"]), packed["neurons"]
        counts, values = found[:n], found[n:]
        for neuron, part in enumerate(np.split(values, np.cumsum(counts)[:-1])):
            times = np.cumsum(part >> 2) * record["dt"]
            np.testing.assert_allclose(times, recording.trains(nucleus)[neuron], atol=1e-9)
            if nucleus == "lhb":
                bursts = find_bursts(recording.trains(nucleus)[neuron], "lhb", recording.observed)
                assert np.count_nonzero(part & 3) == bursts["spikes"].sum()
                in_bursts += int(bursts["spikes"].sum())
    assert in_bursts > 0


def test_the_packed_measures_are_those_of_the_neurons(small_run: Run) -> None:
    data = spikes.spike_data([small_run])
    assert data is not None
    record = next(r for r in data["records"] if (r["condition"], r["seed"]) == ("depressed", 2))
    rows = small_run.neurons
    rows = rows[(rows["condition"] == "depressed") & (rows["seed"] == 2) & (rows["nucleus"] == "lhb")]
    measures = unpacked(record["nuclei"]["lhb"]["measures"]).view(np.float32).reshape(len(spikes.MEASURES), -1)
    for packed, (column, _, _, factor) in zip(measures, spikes.MEASURES, strict=True):
        np.testing.assert_allclose(packed, rows[column] * factor, rtol=1e-6)
    classes = [data["classes"][kind] for kind in unpacked(record["nuclei"]["lhb"]["classes"])]
    assert classes == rows["class"].tolist()


def test_of_too_many_spikes_whole_seeds_are_left_out_and_named(small_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first_seed = sum(small_run.recording(name, small_run.seeds[0]).n_spikes for name in small_run.conditions)
    monkeypatch.setattr(spikes, "MOST_SPIKES", first_seed)
    words = Page(report_page([small_run])).words
    left_out = "; ".join(f"{name}, seed {small_run.seeds[1]}" for name in small_run.conditions)
    assert f"Left out, to keep the page small: {left_out}." in words


# equations -----------------------------------------------------------------------------------------------------------


def flat(line: str) -> str:
    """What an equation reads, fractions as a|b."""
    math = equation(line)
    math = re.sub(r'<math alttext="[^"]*">', "", math).replace("</math>", "")
    while "<mfrac>" in math:
        math = re.sub(r"<mfrac>((?:(?!<mfrac>).)*?)</mfrac>", lambda found: _halves(found[1]), math)
    return unescape(re.sub(r"<[^>]*>", "", math))


def _halves(inside: str) -> str:
    depth = 0
    for piece in re.finditer(r"<(/?)(\w+)[^>]*?(/?)>", inside):
        depth += 0 if piece[3] else -1 if piece[1] else 1
        if depth == 0:
            return f"{{{inside[: piece.end()]}|{inside[piece.end() :]}}}"
    raise AssertionError(inside)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("x = a - (b - c) : 1", "x=a−(b−c)"),
        ("x = a - b - c : 1", "x=a−b−c"),
        ("x = (a + b)*c : 1", "x=(a+b)c"),
        ("x = a*(b + c)/d : 1", "x={a(b+c)|d}"),
        ("x = a/(b*c) : 1", "x={a|bc}"),
        ("x = a/b*c : 1", "x={a|b}c"),
        ("x = -(a + b)/c : 1", "x={−(a+b)|c}"),
        ("x = exp(-2*a/b) : 1", "x=exp({−2a|b})"),
        ("x = a - -b : 1", "x=a−(−b)"),
        ("x = (a*b)**2 : 1", "x=(ab)2"),
        ("x = 13*mV : volt", "x=13mV(V)"),
        ("x = 0.32*4*y : 1", "x=0.32·4y"),
        ("dg_AHP/dt = -g_AHP/tau_AHP : siemens", "{dgAHP|dt}={−gAHP|τAHP}(S/s)"),
        ("v > V_spike and u <= V_spike", "v>Vspikeandu≤Vspike"),
        ("m_T_inf = 1 : 1", "mT,∞=1"),
    ],
)
def test_equations_read_as_they_are_written(line: str, read: str) -> None:
    assert flat(line) == read


@pytest.mark.parametrize("line", ["spike trains by rule, replayed", "x = [1, 2]", "a = b if c else d : 1", ""])
def test_what_is_no_equation_is_not_typeset(line: str) -> None:
    with pytest.raises(NotTypeset):
        equation(line)


def test_every_equation_of_every_mechanism_is_typeset() -> None:
    lines = [
        line.strip()
        for name in catalogue.mechanism_names()
        for text in (catalogue.mechanism(name).equations, catalogue.mechanism(name).each_step)
        for line in text.splitlines()
        if line.strip()
    ]
    assert len(lines) > 50
    for line in lines:
        assert equation(line).startswith("<math")


# sources -------------------------------------------------------------------------------------------------------------

CITATION = re.compile(r"[A-Z][\w-]+(?:(?:, [A-Z]\w+)* (?:& [A-Z]\w+ )?|, )(?:18|19|20)\d\d\b")


def cited_texts() -> Iterator[str]:
    """Every source and note of the shipped sheets, mechanisms and readouts."""
    for path in sorted(catalogue.shipped().rglob("*.yaml")):
        if path.parent.name != "targets":
            yield " ".join(path.read_text(encoding="utf-8").split())
    for name in catalogue.mechanism_names():
        mechanism = catalogue.mechanism(name)
        yield from (mechanism.source, *(text for p in mechanism.parameters.values() for text in (p.source, p.note)))
    for readout in READOUTS.values():
        yield from (text for p in readout.parameters.values() for text in (p.source, p.note))


def test_every_paper_that_a_source_names_has_an_entry_in_sources_bib() -> None:
    phrases = sorted((phrase for paper in papers() for phrase in paper.cited), key=len, reverse=True)
    missing, seen = set(), 0
    for text in cited_texts():
        seen += len(CITATION.findall(text))
        for phrase in phrases:
            text = text.replace(phrase, "")
        missing |= set(CITATION.findall(text))
    assert seen > 20
    assert not missing, "add these to configs/sources.bib"


def test_entries_of_sources_bib_have_different_keys_and_say_what_was_not_checked() -> None:
    assert len({paper.key for paper in papers()}) == len(papers()) > 30
    for paper in papers():
        assert re.search(r"author\s+= \{.+\}", paper.bibtex) and re.search(r"year\s+= \{\d{4}\}", paper.bibtex), (
            paper.key
        )
        assert "cited" not in paper.bibtex
        complete = all(re.search(rf"\b{field}\s+=", paper.bibtex) for field in ("title", "journal", "volume", "pages"))
        assert complete or "note" in paper.bibtex, paper.key


def test_a_bibliography_holds_what_the_run_names_and_nothing_else(small_run: Run, run_of: RunOf) -> None:
    circuit, cell = (Page(report_page([run])).words for run in (small_run, run_of("one_cell")))
    assert "@article{Tsodyks1998" in circuit and "@article{Tsodyks1998" not in cell
    assert "@article{Stimberg2019" in circuit and "@article{Stimberg2019" in cell
    assert "@article{Pasquale2010" not in circuit


# files ---------------------------------------------------------------------------------------------------------------


def copied(run: Run, folder: Path) -> Run:
    return Run(Path(copytree(run.folder, folder / run.name)))


def test_nothing_but_the_report_of_a_finished_run_is_written(small_run: Run, tmp_path: Path) -> None:
    run = copied(small_run, tmp_path)
    before = contents(run.folder)
    assert write_report([run]) == run.folder / REPORT
    after = contents(run.folder)
    assert after.pop(REPORT) and after == before
    first = (run.folder / REPORT).read_bytes()
    assert write_report([Run(run.folder)]).read_bytes() == first
    with pytest.raises(InputError, match="finished runs are never altered but for their report.html"):
        write_report([run], run.folder / "table.csv")
    with pytest.raises(InputError, match="is a folder; expected the name of a file"):
        write_report([run], tmp_path)
    with pytest.raises(InputError, match="expected one run or several different ones"):
        write_report([run, run], tmp_path / "twice.html")


def test_text_of_an_experiment_stays_text(small_run: Run, tmp_path: Path) -> None:
    run = copied(small_run, tmp_path)
    manifest = json.loads((run.folder / "manifest.json").read_text())
    nasty = "<script>alert('x')</script> & \"quotes\""
    (run.folder / "manifest.json").write_text(json.dumps({**manifest, "title": nasty}))
    html = report_page([Run(run.folder)])
    assert "<script>alert" not in html and nasty in Page(html).text


def test_the_verb_makes_a_page_and_says_where(small_run: Run, tmp_path: Path) -> None:
    run = copied(small_run, tmp_path)
    done = lhb("report", run.folder, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(run.folder / REPORT))
    assert done.stderr.startswith("drawing figures and writing the page, about ")
    elsewhere = lhb("report", run.folder, "--out", "pages/one.html", cwd=tmp_path)
    assert elsewhere.returncode == 0 and (tmp_path / "pages" / "one.html").stat().st_size < 10e6
    wrong = lhb("report", tmp_path / "nowhere", cwd=tmp_path)
    assert wrong.returncode == 2 and wrong.stderr.startswith(f"Error: {tmp_path / 'nowhere'}: no such run")


def test_a_run_ends_with_its_page_unless_told_otherwise(tmp_path: Path) -> None:
    words = command(tmp_path, *BARE[1:], "figures=[classes]")
    without = lhb(*words, "--no-report", cwd=tmp_path)
    folder = tmp_path / without.stdout.splitlines()[-1]
    assert without.returncode == 0 and "eport" not in without.stdout and not (folder / REPORT).exists()
    again = json.loads(lhb(*words, "--force", "--json", cwd=tmp_path).stdout)
    assert tmp_path / again["run"] == folder and again["report"] == f"{again['run']}/{REPORT}"
    page = Page((folder / REPORT).read_text(encoding="utf-8"))
    assert [picture["alt"].partition(".")[0] for picture in page.of("img")] == ["Shares of neurons by class"]
    assert len(Page(report_page([Run(folder)])).of("img")) > 1
    answered = lhb(*words, cwd=tmp_path)
    assert f"Report: {again['report']}" in answered.stdout and answered.stdout.splitlines()[-1] == again["run"]
