"""Volleys: pulses read back from a run, what they do downstream, the figure around them, and release and uptake."""

import numpy as np
import pytest

from lhb_model import config, plot
from lhb_model.config import load
from lhb_model.errors import InputError
from lhb_model.figures import draw
from lhb_model.findings import FINDINGS
from lhb_model.findings.volley import LATE
from lhb_model.peri_event import Pause, peri_event_rate
from lhb_model.plot import Around
from lhb_model.readouts import READOUTS
from lhb_model.recording import Recording, SpikeTrains
from lhb_model.run_folder import Run
from small_runs import run_small

PULSES = (
    "conditions={volley: {}, picrotoxin: {picrotoxin: {block: 1}}, none: {}}",
    "stimuli=[{nucleus: lhb, kind: pulses, current: 2 nA, start: 0.5 s, width: 1 ms, every: 0.4 s, count: 5,"
    " conditions: [volley, picrotoxin]}]",
    "figures=[peth]",
)


@pytest.fixture(scope="module")
def pulsed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_small(tmp_path_factory.mktemp("pulsed"), *PULSES, seeds=1)


def test_pulses_are_read_back_from_the_run(pulsed: Run) -> None:
    assert list(pulsed.pulses("volley")) == ["lhb"] and pulsed.pulses("none") == {}
    assert pulsed.pulses("volley")["lhb"].tolist() == pytest.approx([0.5, 0.9, 1.3, 1.7, 2.1])
    with pytest.raises(InputError, match="unknown condition 'voley'; did you mean 'volley'"):
        pulsed.pulses("voley")


def test_a_volley_silences_dopamine_neurons_by_gaba_a_receptors(pulsed: Run) -> None:
    events = pulsed.pulses("volley")["lhb"]

    def rate(condition: str, nucleus: str, window: tuple[float, float]) -> float:
        trains = pulsed.recording(condition, 1).trains(nucleus)
        return float(peri_event_rate(trains, events, window, window[1] - window[0])[1][0])

    # Each of the 40 neurons fires at each of the 5 pulses, nearly.
    assert rate("volley", "lhb", (0.0, 0.01)) > 0.9 / 0.01
    assert rate("volley", "vta_da", (0.015, 0.06)) == 0 < rate("volley", "vta_da", (-0.2, 0.0))
    assert rate("picrotoxin", "vta_da", LATE) > 0.5 * rate("picrotoxin", "vta_da", (-0.2, 0.0)) > 0


def test_the_figure_shows_what_the_volley_reaches_in_that_order(pulsed: Run) -> None:
    assert pulsed.manifest["notes"] == [] and (pulsed.folder / "figures" / "peth.png").exists()
    figure = draw(pulsed, "peth")
    assert [axes.get_ylabel().split("\n")[0] for axes in figure.axes[::2]] == ["LHb", "RMTg", "VTA DA"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["volley", "picrotoxin"]
    highest = max(figure.axes[1].get_lines()[0].get_ydata())
    assert highest > 100


def test_a_run_without_pulses_has_nothing_to_look_around(small_run: Run) -> None:
    with pytest.raises(InputError, match="figures.0: given 'peth', expected pulses of current"):
        load("ketamine", ["figures=[peth]"])
    with pytest.raises(InputError, match="there is no event to look around"):
        plot.peth({})
    with pytest.raises(InputError, match="has no pulses; write `stimuli:`"):
        draw(small_run, "peth")


def test_silent_and_missing_neurons_are_drawn_too() -> None:
    nobody = {"lhb": [np.empty(0)], "rmtg": []}
    one = {"lhb": [np.array([1.01, 2.2])], "rmtg": []}
    pauses = {"lhb": {"a": [Pause(0.01, 0.1, 20.0)], "b": [Pause(np.nan, np.nan, 0.0)]}}
    figure = plot.peth({"a": [Around(one, np.array([1.0, 2.0]))], "b": [Around(nobody, np.array([1.0]))]}, pauses)
    assert list(figure.axes[1].get_lines()[-1].get_xdata()) == [0, 0]
    bars = [list(line.get_xdata()) for line in figure.axes[1].get_lines() if line.get_linewidth() == 2.0]
    assert bars == [pytest.approx([10, 110])]
    with pytest.raises(InputError, match="expected one from before the event"):
        plot.peth({"a": [Around(one, np.array([1.0]))]}, window=(0.1, 0.2))


def test_voltammetry_measures_the_numbers_of_the_readouts_back() -> None:
    found = {(row[0], row[3]): row[4] for row in FINDINGS["voltammetry"].measure({})}
    for name in ("dopamine", "serotonin"):
        for key, number in READOUTS[name].parameters.items():
            # One step of 1 ms passes before a rise is seen.
            assert found[name, key] == pytest.approx(number.value, rel=0.02)


def test_active_neurons_are_those_at_half_a_spike_a_second_or_more() -> None:
    steps = np.sort(np.concatenate([np.arange(5) * 1000, np.arange(4) * 1000 + 1, np.arange(40) * 200 + 2]))
    neurons = np.array([step % 100 for step in steps], np.int32)
    trains = SpikeTrains(steps.astype(np.int64), neurons, 4)
    recording = Recording(1e-3, 10.0, {"vta_da": trains}, {}, [], {}, {})
    measure = READOUTS["active_share"].measure
    assert measure(recording, 0.0, 10.0) == 2 / 4
    assert measure(recording, 8.5, 10.0) == 0


@pytest.mark.parametrize("name", ["circuit", "volley"])
def test_the_circuit_reaches_everything_and_stays_one(name: str) -> None:
    """Wires and their numbers are those of `ketamine` where it has them."""
    wires = {(w.source, w.target): w for w in config.load(name).sheet.wiring}
    shared = {(w.source, w.target): w for w in config.load("ketamine").sheet.wiring}
    assert shared.keys() < wires.keys() and all(wires[key] == wire for key, wire in shared.items())
    assert {nucleus for wire in wires for nucleus in wire} == set(config.load(name).nuclei)
