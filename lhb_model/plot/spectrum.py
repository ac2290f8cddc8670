"""Power spectra of the population rate, with the theta band and the floor of independent neurons."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lhb_model.errors import InputError
from lhb_model.plot.frequency_axes import entry, frequency_axes
from lhb_model.plot.labels import nucleus_name, several, span_text
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.style import REMARK, Look, line_styles, say, styled
from lhb_model.plot.window import Window
from lhb_model.population import THETA, Band, Spectrum

HIGHEST = 64.0  # Hz
FLOOR = (0, (1.5, 1.5))


@styled
def spectrum(
    spectra: Mapping[str, Sequence[Spectrum]],
    band: Band = THETA,
    nucleus: str = "lhb",
    colours: Mapping[str, str] | None = None,
    spans: Iterable[Window] = (),
) -> Figure:
    """Power density of the population rate against frequency, both logarithmic; conditions overlaid.

    Lines are means over seeds, bands their standard error; dotted is the floor, what the same neurons would have if each
    fired independently of the others.

    Parameters
    ----------
    spectra : of each condition, one per seed; what `population.spectrum` answers.
    band : that is shaded (Hz).
    nucleus : whose spectra these are; for the axes.
    colours : of the conditions, where they must agree with a figure of other conditions.
    spans : from when to when (s) the spikes were; for the footer.

    Raises `InputError` if spectra differ in their frequencies.
    """
    _check(spectra)
    everything = [found for group in spectra.values() for found in group]
    labels = {name: entry(name, several(len(group), "seed")) for name, group in spectra.items()}
    figure, axes = frequency_axes([*labels.values(), "floor"], _footer(everything, nucleus) + span_text(spans), band)
    looks = line_styles(list(spectra), colours)
    for name, group in spectra.items():
        _draw(axes, group, looks[name])
    axes.set(yscale="log", ylabel="Power density (Hz²/Hz)")
    if everything:
        axes.set_xlim(everything[0].frequencies[1], min(everything[0].frequencies[-1], HIGHEST))
    if not any((found.density > 0).any() for found in everything):
        axes.set(yscale="linear", ylim=(0, 1), yticks=[])
        say(axes, "no spikes, or a record shorter than a window")
    keys = [Line2D([], [], label=labels[name], **looks[name]) for name in spectra]
    keys.append(Line2D([], [], color=REMARK, linestyle=FLOOR, label="floor"))
    figure.legend(handles=keys, loc="outside right upper")
    return figure


def _check(spectra: Mapping[str, Sequence[Spectrum]]) -> None:
    grids = {tuple(found.frequencies) for group in spectra.values() for found in group}
    if len(grids) > 1:
        raise InputError("the spectra differ in their frequencies; expected the same windows and bins for all")


def _draw(axes: Axes, group: Sequence[Spectrum], look: Look) -> None:
    if not group or not any((found.density > 0).any() for found in group):
        return
    shown = (group[0].frequencies > 0) & (group[0].frequencies <= HIGHEST)
    frequencies = group[0].frequencies[shown]
    draw_mean(axes, frequencies, np.stack([found.density[shown] for found in group]), look)
    known = [found.floor[shown] for found in group if found.windows]
    axes.plot(frequencies, np.mean(known, axis=0), color=look["color"], linestyle=FLOOR, linewidth=0.8)


def _footer(spectra: Sequence[Spectrum], nucleus: str) -> str:
    text = f"Rate of the {nucleus_name(nucleus)} population"
    if spectra:
        frequencies = spectra[0].frequencies
        text += f" in bins of {500 / frequencies[-1]:g} ms, Hann windows of {1 / frequencies[1]:g} s, half overlapping"
    return (
        f"{text}. Lines: means over seeds; bands: standard error of the mean. Dotted, the floor: the same "
        "neurons if each fired independently of the others."
    )
