"""The notebooks run from top to bottom, and their sliders do what they say."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from lhb_model.recording import Recording
from lhb_model.simulate import cache

marimo = pytest.importorskip("marimo", reason="no marimo: pip install -e '.[notebooks]'")

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def app_of(name: str) -> Any:
    """The notebook as marimo has it."""
    spec = importlib.util.spec_from_file_location(f"notebook_{name}", NOTEBOOKS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def ran(name: str, **given: Any) -> Any:
    """What the cells of a notebook define, with some of it given instead."""
    return app_of(name).run(defs=given or None)[1]


def sliders(current: float, uses: str = "") -> list[str]:
    return [f"stimuli.0.current={current} pA", f"conditions.sliders={{{uses}}}"]


@pytest.fixture(scope="module")
def blocked() -> Any:
    """The cell in its burst window, with its T-type channels blocked."""
    return ran("cell", settings=sliders(30, "t_block: {block: 1}"))


def test_the_cell_bursts_under_current_and_a_block_of_t_type_channels_ends_that(blocked: Any) -> None:
    modes = {name: row[1] for name, row in blocked["measures"].items()}
    assert modes["untouched"] == "bursting" and modes["sliders"] != "bursting"
    assert "bursting" in blocked["modes"]["untouched"] and "bursting" not in blocked["modes"]["sliders"]


def test_sliders_at_rest_leave_the_cell_untouched() -> None:
    defined = ran("cell")
    first, second = defined["recordings"].values()
    assert isinstance(first, Recording) and first.n_spikes > 0
    assert first.spikes_sha256() == second.spikes_sha256()
    assert defined["modes"]["untouched"] == defined["modes"]["sliders"]


def test_moving_a_slider_compiles_nothing(blocked: Any) -> None:
    before = {build.folder for build in cache.builds()}
    moved = ran("cell", settings=sliders(60, "ketamine: {dose: 3 uM}, bath_potassium: {strength: 1}"))
    assert {build.folder for build in cache.builds()} == before
    assert moved["recordings"]["sliders"].spikes_sha256() != blocked["recordings"]["sliders"].spikes_sha256()


def test_the_example_recording_lies_nearest_to_the_state_it_was_made_in() -> None:
    defined = ran("recording")
    assert 0 < len(defined["units"].names) < 40
    assert len(defined["bursts"]) > 0 and list(defined["table"]["unit"]) == list(defined["units"].names)
    assert {group: found.nearest for group, found in defined["found"].items()} == {"recording": "depressed"}
    assert set(defined["figures"]) == {"isi", "comparison", "classes"}
