"""The page of a run in a real browser: quiet, offline, readable by anyone, used by mouse and by keyboard.

Needs Chromium on the path (or named by LHB_BROWSER) and `pip install -e '.[browser]'`; skipped without.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lhb_model.report import write_report
from lhb_model.run_folder import Run
from lhb_model.validation_run import plan, report_validation, validate
from report_runs import RunOf
from small_runs import wait_until

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[browser]'")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install -e '.[browser]'")

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FOUND = os.environ.get("LHB_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(FOUND is None, reason="no Chromium on the path; LHB_BROWSER names one elsewhere")

PAGES = ("small", "silent", "one_cell", "doses", "sweep", "broken", "all_broken", "two", "validation")
SPIKES = re.compile(r"([\d,]+) spikes\.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        # A container's root may start Chromium only so.
        opened = play.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_of(run_of: RunOf, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a page, by the kind of its run; "two" shows two runs, "validation" judges two targets."""
    folder = tmp_path_factory.mktemp("pages")

    def of(kind: str) -> Path:
        path = folder / f"{kind}.html"
        if kind == "validation" and not path.exists():
            return report_validation(validate(plan(["P5", "P7"]), folder).folder, path)
        kinds = ("small", "doses") if kind == "two" else (kind,)
        return path if path.exists() else write_report([run_of(name) for name in kinds], path)

    return of


class Visit:
    """A page in a window, and what it said and asked for."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, scheme: str = "light") -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        if self.page.query_selector("#raster"):
            self.until("spikes.")

    def text(self, selector: str) -> str:
        return str(self.page.text_content(selector)).strip()

    def until(self, *parts: str) -> None:
        """Wait until the line under the raster has these parts."""
        wait_until(
            lambda: self.page.wait_for_timeout(20) or all(part in self.text("#shown") for part in parts), seconds=20
        )

    @property
    def spikes(self) -> int:
        return int(SPIKES.search(self.text("#shown"))[1].replace(",", ""))  # type: ignore[index]

    @property
    def window(self) -> tuple[float, float]:
        found = re.search(r"([\d.]+) s to ([\d.]+) s", self.text("#shown"))
        assert found is not None
        return float(found[1]), float(found[2])

    def inked(self) -> bool:
        """Whether the raster shows more than its ground."""
        return bool(
            self.page.evaluate(
                "() => { const c = document.getElementById('raster');"
                "const d = c.getContext('2d').getImageData(60, 20, c.width - 90, c.height - 160).data;"
                "return d.some((value, i) => i % 4 < 3 && value !== d[i % 4]); }"
            )
        )


@pytest.fixture
def visit(browser: Any, page_of: Callable[[str], Path]) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def to(kind: str, **window: Any) -> Visit:
        visits.append(Visit(browser, page_of(kind), **window))
        return visits[-1]

    yield to
    for one in visits:
        one.page.close()


WINDOWS = ((1280, "light"), (390, "dark"), (1280, "dark"), (390, "light"))
CASES = [*zip(PAGES, cycle(WINDOWS), strict=False), *(("small", window) for window in WINDOWS[1:])]


@pytest.mark.parametrize(("kind", "window"), CASES)
def test_a_page_is_quiet_offline_accessible_and_as_wide_as_the_window(
    visit: Callable[..., Visit], kind: str, window: tuple[int, str]
) -> None:
    width, scheme = window
    seen = visit(kind, width=width, scheme=scheme)
    if kind in ("one_cell", "validation"):
        seen.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    faults = axe.Axe().run(seen.page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.said == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in seen.asked) and len(seen.asked) >= 1
    assert seen.page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")


@pytest.mark.parametrize("kind", PAGES)
def test_no_table_scrolls_sideways_on_a_phone(visit: Callable[..., Visit], kind: str) -> None:
    seen = visit(kind, width=390)
    seen.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    wide = "[...document.querySelectorAll('.scroll:has(table)')].filter((box) => box.scrollWidth > box.clientWidth)"
    assert seen.page.evaluate(f"{wide}.map((box) => box.ariaLabel)") == []


def test_figures_are_dark_in_the_dark_and_white_on_paper(visit: Callable[..., Visit]) -> None:
    assert _brightness(visit("small").page) > 200
    dark = visit("small", scheme="dark").page
    assert 20 < _brightness(dark) < 80
    dark.emulate_media(media="print")
    assert _brightness(dark) > 200


def _brightness(page: Any) -> float:
    """The mean of the first figure's pixels, from 0 (black) to 255."""
    shown = Image.open(BytesIO(page.locator("figure .scroll").first.screenshot()))
    return float(np.asarray(shown.convert("L")).mean())


def test_the_raster_shows_every_spike_and_is_used_by_keyboard_alone(
    visit: Callable[..., Visit], small_run: Run
) -> None:
    seen = visit("small")
    keys = seen.page.keyboard
    assert seen.inked()
    while seen.page.evaluate("document.activeElement.id") != "raster":
        keys.press("Tab")
    keys.press("Home")
    assert seen.window == (0.0, 2.4)
    assert seen.spikes == small_run.recording("control", 1).spikes["lhb"].steps.size
    keys.press("+")
    keys.press("+")
    near = seen.window
    assert near[1] - near[0] == pytest.approx(0.6, abs=0.02)
    keys.press("ArrowRight")
    assert seen.window[0] > near[0]
    keys.press("[")
    assert "20 of 40 neurons" in seen.text("#shown")
    keys.press("Home")
    keys.press("-")
    assert seen.window == (0.0, 2.4) and "40 of 40 neurons" in seen.text("#shown")


def test_a_neuron_chosen_by_keyboard_tells_its_class_and_measures(visit: Callable[..., Visit], small_run: Run) -> None:
    seen = visit("small")
    rows = small_run.neurons
    rows = rows[(rows["condition"] == "depressed") & (rows["seed"] == 2) & (rows["nucleus"] == "lhb")].set_index(
        "neuron"
    )
    seen.page.select_option("#condition", "depressed")
    seen.page.select_option("#seed", "2")
    seen.page.select_option("#order", "number")
    seen.until("depressed, seed 2")
    seen.page.focus("#raster")
    told = set()
    for neuron in range(len(rows)):
        seen.page.keyboard.press("ArrowUp")
        text, row = seen.text("#neuron"), rows.loc[neuron]
        rate = float(f"{row['rate']:.3g}")
        assert text.startswith(f"LHb neuron {neuron}: {row['class']}; rate {rate:g} Hz, ")
        assert ("spikes per burst" in text) == (row["bursts"] > 0)
        told.add(row["class"])
    assert len(told) > 1


def test_the_raster_is_used_by_mouse(visit: Callable[..., Visit]) -> None:
    seen = visit("small")
    mouse, box = seen.page.mouse, seen.page.locator("#raster")
    middle = _middle(box)
    assert seen.text("#neuron").startswith("Point at a neuron")
    mouse.move(*middle)
    first = seen.text("#neuron")
    assert re.match(r"LHb neuron \d+: (silent|tonic|bursting); rate ", first)
    mouse.move(middle[0], middle[1] + 60)
    assert seen.text("#neuron") != first
    whole = seen.window
    mouse.wheel(0, -300)
    seen.page.wait_for_timeout(100)
    assert seen.window == whole
    middle = _middle(box)
    mouse.click(*middle)
    mouse.wheel(0, -300)
    wait_until(lambda: seen.page.wait_for_timeout(20) or seen.window != whole, seconds=20)
    near = seen.window
    assert whole[0] <= near[0] < near[1] <= whole[1]
    mouse.down()
    mouse.move(middle[0] - 200, middle[1], steps=4)
    mouse.up()
    assert seen.window[0] > near[0]
    seen.page.click("[data-do=all]")
    assert seen.window == (0.0, 2.4)
    seen.page.click("[aria-label='Zoom in on time']")
    assert seen.window[1] - seen.window[0] == pytest.approx(1.2, abs=0.02)


def _middle(box: Any) -> tuple[float, float]:
    """A place within the raster, which is scrolled into view."""
    box.scroll_into_view_if_needed()
    at = box.bounding_box()
    return at["x"] + at["width"] / 2, at["y"] + at["height"] / 3


def test_conditions_seeds_and_nuclei_are_chosen(visit: Callable[..., Visit], small_run: Run) -> None:
    seen = visit("small")
    for condition in small_run.conditions:
        for nucleus, size in (("rmtg", 10), ("lhb", 40)):
            seen.page.select_option("#condition", condition)
            seen.page.select_option("#nucleus", nucleus)
            seen.until(f"{condition}, seed 1", f"of {size} neurons")
            seen.page.click("[data-do=all]")
            assert seen.spikes == small_run.recording(condition, 1).spikes[nucleus].steps.size


def test_the_page_prints(visit: Callable[..., Visit]) -> None:
    seen = visit("small", scheme="dark")
    printed = seen.page.pdf(format="A4")
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", printed)) > 5
    assert seen.page.evaluate("document.querySelectorAll('details[open]').length") == 1
    assert seen.said == []


def test_methods_and_references_are_copied(browser: Any, page_of: Callable[[str], Path]) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(page_of("small").as_uri())
    page.click("text=Copy the references")
    page.wait_for_selector("text=Copied")
    assert "@article{Stimberg2019," in page.evaluate("navigator.clipboard.readText()")
    context.close()
