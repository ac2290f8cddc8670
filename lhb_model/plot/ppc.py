"""Spectra of phase consistency between each neuron and the rest of its population."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lhb_model.errors import InputError
from lhb_model.plot.frequency_axes import entry, frequency_axes
from lhb_model.plot.labels import nucleus_name, several, span_text
from lhb_model.plot.mean_lines import draw_mean
from lhb_model.plot.style import line_styles, say, styled
from lhb_model.plot.window import Window
from lhb_model.population import LEAST_SPIKES, THETA, Band, PhaseLocking


@styled
def ppc(
    lockings: Mapping[str, Sequence[PhaseLocking]],
    band: Band = THETA,
    least_spikes: int = LEAST_SPIKES,
    nucleus: str = "lhb",
    colours: Mapping[str, str] | None = None,
    spans: Iterable[Window] = (),
) -> Figure:
    """Pairwise phase consistency against frequency: mean over neurons, then over seeds; conditions overlaid.

    Bands are the standard error over seeds. The legend counts the neurons behind a line, over all seeds; their number
    differs between frequencies, as spikes near the edges of the record have no phase at the low ones.

    Parameters
    ----------
    lockings : of each condition, one per seed; what `population.phase_spectrum` answers.
    band : that is shaded (Hz).
    least_spikes : of a neuron that counts.
    nucleus : whose neurons these are; for the footer.
    colours : of the conditions, where they must agree with a figure of other conditions.
    spans : from when to when (s) the spikes were; for the footer.

    Raises `InputError` if they differ in their frequencies.
    """
    everything = [found for group in lockings.values() for found in group]
    if len({found.bands for found in everything}) > 1:
        raise InputError("the phase spectra differ in their frequencies; expected the same for all")
    means = {name: [found.mean(least_spikes) for found in group] for name, group in lockings.items()}
    labels = {name: entry(name, _count([n for _, n in found])) for name, found in means.items()}
    footer = _footer(nucleus, least_spikes) + span_text(spans)
    figure, axes = frequency_axes(list(labels.values()), footer, band)
    looks = line_styles(list(lockings), colours)
    axes.axhline(0, color="black", linewidth=0.6)
    for name, found in means.items():
        values = np.array([mean for mean, _ in found]).reshape(len(found), -1)
        if np.isfinite(values).any():
            draw_mean(axes, everything[0].frequencies, values, {**looks[name], "label": labels[name]})
        else:
            axes.plot([], [], label=labels[name], **looks[name])
    axes.set_ylabel("Pairwise phase consistency (PPC)")
    if everything:
        axes.set_xlim(everything[0].frequencies[0], everything[0].frequencies[-1])
    if not any(np.isfinite(mean).any() for found in means.values() for mean, _ in found):
        axes.set(ylim=(-1, 1), yticks=[])
        say(axes, "no neuron with enough spikes")
    figure.legend(loc="outside right upper")
    return figure


def _count(numbers: Sequence[np.ndarray]) -> str:
    """The neurons behind a line, from the fewest to the most over frequencies."""
    total = np.sum(numbers, axis=0) if numbers else np.zeros(1, int)
    least, most = int(total.min()), int(total.max())
    return f"n = {most if least == most else f'{least}–{most}'},\n{several(len(numbers), 'seed')}"


def _footer(nucleus: str, least_spikes: int) -> str:
    return (
        f"Phases of the {nucleus_name(nucleus)} rate at each neuron's spikes, the neuron itself left out; pairs of spikes "
        "that share a wavelet left out; 0 is chance. Mean over the n neurons with at least "
        f"{least_spikes} spikes, then over seeds; bands: standard error over seeds."
    )
