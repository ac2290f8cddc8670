"""The figures of a run for its page: the run's own files where it has them, else drawn now; each with words for the blind."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lhb_model.comparison import summarise
from lhb_model.errors import InputError
from lhb_model.figures import KINDS, OF_SWEEPS, draw
from lhb_model.plot.labels import nucleus_name
from lhb_model.plot.style import PRINT_DPI
from lhb_model.report.methods import listed
from lhb_model.report.words import spoken
from lhb_model.run_folder import Run


@dataclass(frozen=True)
class Picture:
    """A figure in a page: its kind, title, caption, what it shows in words, its PNG in base64, and its width (px)."""

    kind: str
    title: str
    caption: str
    alt: str
    png: str
    width: int


@dataclass(frozen=True)
class Told:
    """Title and caption of a kind of figure, how it is told in words, and whether a run has what it shows."""

    title: str
    caption: str
    alt: Callable[[Run], str]
    wanted: Callable[[Run], bool]


def pictures(run: Run, drawn: bool = True) -> tuple[list[Picture], list[str]]:
    """The figures of a run, and a line on each that could not be drawn; only those that it has itself unless `drawn`."""
    made, notes = [], []
    for kind in _kinds(run):
        if not drawn and not _own(run, kind).is_file():
            continue
        try:
            png = _png(run, kind)
        # A page without one figure is better than no page.
        except Exception as error:
            notes.append(f"{kind}: {error.message if isinstance(error, InputError) else repr(error)}")
        else:
            told = TOLD.get(kind) or Told(kind.replace("_", " ").capitalize(), "", lambda run: "", _always)
            alt = told.alt(run) or f"{told.title} of {listed(run.conditions)}"
            made.append(picture(png, kind, told.title, told.caption, alt))
    return made, notes


def _kinds(run: Run) -> list[str]:
    """The kinds that the experiment asked for, and those that every run with what they show should have."""
    asked = run.resolved.get("figures", [])
    if not any(run.finished(name) for name in run.conditions):
        return []
    if run.sweep:
        return ["map", *(kind for kind in asked if kind in OF_SWEEPS and kind != "map")]
    known = [kind for kind in TOLD if kind in KINDS and (kind in asked or TOLD[kind].wanted(run))]
    return [*known, *(kind for kind in asked if kind in KINDS and kind not in TOLD)]


def _own(run: Run, kind: str) -> Path:
    return run.folder / "figures" / f"{kind}.png"


def _png(run: Run, kind: str) -> bytes:
    if _own(run, kind).is_file():
        return _own(run, kind).read_bytes()
    from lhb_model import plot

    with TemporaryDirectory() as folder:
        (path,) = plot.save(draw(run, kind), Path(folder) / kind)
        return path.read_bytes()


LARGER = 1.3
"""Figures are drawn for paper; on a screen they are that much larger."""


def picture(png: bytes, kind: str, title: str, caption: str, alt: str) -> Picture:
    """A PNG for a page; it begins with its size, and an inch has 96 CSS pixels."""
    width = round(LARGER * 96 / PRINT_DPI * int.from_bytes(png[16:20], "big"))
    return Picture(kind, title, caption, alt, b64encode(png).decode("ascii"), width)


# what a run has ------------------------------------------------------------------------------------------------------


def _always(run: Run) -> bool:
    return True


def _never(run: Run) -> bool:
    return False


MOST_PANELS = 12
"""Of more conditions than these, panels and lines for each are not drawn unless the experiment asks for them."""


def _few(run: Run) -> bool:
    return len(run.conditions) <= MOST_PANELS


def _sizes(run: Run) -> Mapping[str, int]:
    return {name: sheet["size"] for name, sheet in run.resolved["nuclei"].items()}


def _population(run: Run) -> bool:
    return max(_sizes(run).values()) > 1


def _few_of_a_population(run: Run) -> bool:
    return _population(run) and _few(run)


def _circuit(run: Run) -> bool:
    return len(_sizes(run)) > 1 and _few(run)


def _traced(run: Run) -> bool:
    return bool(run.resolved.get("traces")) and not _series(run)


def _traced_population(run: Run) -> bool:
    return _traced(run) and _population(run)


def _lone_lhb(run: Run) -> bool:
    return _traced(run) and _sizes(run) == {"lhb": 1} and "clamp" not in run.resolved


def _rhythmic(run: Run) -> bool:
    """Whether a spectrum has something to show: spikes, in a record longer than its window."""
    return _few_of_a_population(run) and bool(
        run.table.query("nucleus == 'lhb' and measure == 'theta_power'")["value"].notna().any()
    )


def _repeated(run: Run) -> bool:
    return sum(len(run.finished(name)) > 1 for name in run.conditions) > 1 and not _series(run)


def _series(run: Run) -> bool:
    return any("@" in name for name in run.conditions)


def _one_series(run: Run) -> bool:
    return len({name.rpartition("@")[0] for name in run.conditions if "@" in name}) == 1


# words for those who do not see it -----------------------------------------------------------------------------------


def _panels(what: str) -> Callable[[Run], str]:
    def told(run: Run) -> str:
        return f"{what}, for each condition: {listed(run.conditions)}."

    return told


def _shares(run: Run) -> str:
    return _means(run, "Shares of neurons by class", ("silent_share", "tonic_share", "bursting_share"))


def _differences(run: Run) -> str:
    return _means(
        run, "Seeds of each condition and differences between conditions", ("bursting_share", "burst_rate", "rate")
    )


def _signals(run: Run) -> str:
    return _means(run, "Rates of the nuclei and transmitter over time", ("rate", "dopamine", "serotonin"))


def _spectra(run: Run) -> str:
    return _means(run, "Power of the LHb's population rate against frequency", ("theta_power",))


def _means(run: Run, what: str, measures: tuple[str, ...]) -> str:
    """What is drawn, and the means behind it, condition by condition."""
    rows: list[dict[str, Any]] = summarise(run.table[run.table["measure"].isin(measures)]).to_dict("records")
    told = []
    for name in run.conditions:
        values = [
            f"{nucleus_name(row['nucleus'])} {row['measure'].replace('_', ' ')} "
            f"{spoken(row['mean'], row['measure'], row['unit'])}"
            for row in rows
            if row["condition"] == name and (row["nucleus"] == "lhb" or row["measure"] in ("dopamine", "serotonin"))
        ]
        told += [f"{name}: {', '.join(values)}"] if values else []
    return f"{what}. {'; '.join(told)}." if told else f"{what}."


TOLD: dict[str, Told] = {
    "raster": Told("Raster", "Every mark is a spike.", _panels("Spikes of each neuron against time"), _few_of_a_population),
    "ramp": Told(
        "Current ramp", "The injected current is drawn with the potential.",
        _panels("Membrane potential and injected current against time"), _lone_lhb,
    ),
    "traces": Told(
        "Membrane potentials", "One cell of each class, where there is one.",
        _panels("Membrane potential of a silent, a tonic and a bursting neuron against time"), _traced_population,
    ),
    "classes": Told("Silent, tonic and bursting neurons", "", _shares, _population),
    "dose": Told("Dose and response", "", _differences, _one_series),
    "screen": Told(
        "Screen", "A row for each dose of each drug, told against the first two conditions.",
        _panels("Means of the main measures, in colours"), _never,
    ),
    "comparison": Told(
        "Estimation plots", "Above the seeds of each condition, below the differences of means with 95 % intervals.",
        _differences, _repeated,
    ),
    "spectrum": Told("Spectrum of the LHb", "", _spectra, _rhythmic),
    "circuit": Told("Rates, dopamine and serotonin over time", "", _signals, _circuit),
    "isi": Told("Intervals between spikes", "", _panels("Histogram of the intervals between spikes"), _never),
    "return_map": Told("Return map", "", _panels("Each interval between spikes against the one before"), _never),
    "sensitivity": Told("Choice of the burst rule", "", _panels("Share of spikes in bursts against the rule's limits"), _never),
    "map": Told("Points of the sweep", "", _panels("Bursting share at each point of the sweep"), _never),
    "ppc": Told("Phase consistency", "", _panels("Pairwise phase consistency against frequency"), _never),
    "peth": Told("Around the pulses", "", _panels("Spikes and rates around pulses of current"), _never),
}  # fmt: skip
"""In the order of the page. Other kinds are shown, after these, if the experiment asked for them."""
