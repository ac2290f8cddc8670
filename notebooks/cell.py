"""One lateral habenula cell under sliders: marimo edit notebooks/cell.py"""

import marimo

app = marimo.App(width="medium", app_title="One lateral habenula cell")


@app.cell
def _():
    from pathlib import Path

    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.patches import Patch

    import lhb_model as lhb
    from lhb_model.bursts import class_of, neuron_statistics
    from lhb_model.html import html_table
    from lhb_model.plot.style import CLASS_COLOURS
    from lhb_model.summary import number

    return CLASS_COLOURS, Patch, Path, class_of, html_table, lhb, mo, neuron_statistics, np, number, plt


@app.cell
def _(mo):
    mo.md("""
    # One lateral habenula cell

    A cell of the model, without noise and synapses, held at −72 mV by a current of its own. Move a slider: the cell is simulated
    again, which takes less than a second. Its equations are compiled once, when the page is opened for the first time; that
    takes about half a minute.

    Try this: raise the **current** until the cell bursts, and further until it fires tonically. Then block its **T-type
    channels**, or its NMDA receptors by **ketamine**, and look for a current that brings the bursts back. Is there one?
    """)
    return


@app.cell
def _(mo):
    current = mo.ui.slider(0, 140, 2, value=30, label="Current step (pA)", show_value=True, debounce=True)
    ketamine = mo.ui.slider(
        steps=[0, 0.1, 0.3, 1, 3, 10, 30, 100], value=0, label="Ketamine (µM)", show_value=True, debounce=True
    )
    t_block = mo.ui.slider(0, 100, 5, value=0, label="Block of T-type channels (%)", show_value=True, debounce=True)
    potassium = mo.ui.slider(0, 6, 0.5, value=0, label="K⁺ of the bath, raised by (mM)", show_value=True, debounce=True)
    kir = mo.ui.slider(
        steps=[0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4], value=1, label="Astrocytic Kir4.1, times", show_value=True,
        debounce=True,
    )  # fmt: skip
    mo.vstack(
        [
            mo.hstack([current, ketamine], justify="start", gap=2, wrap=True),
            mo.hstack([t_block, potassium, kir], justify="start", gap=2, wrap=True),
            mo.md("""
        Astrocytes clear K⁺ by Kir4.1, of which depressed animals have more. Both sliders move the reversal potential of K⁺.
        """),
        ]
    )
    return current, ketamine, kir, potassium, t_block


@app.cell
def _(current, ketamine, kir, np, potassium, t_block):
    # At full strength the sheets of Kir4.1 double and halve its expression.
    _channel = "kir41_up" if kir.value > 1 else "kir41_down"
    _uses = [
        f"{_channel}: {{strength: {abs(np.log2(kir.value)):.4g}}}",
        f"ketamine: {{dose: {ketamine.value} uM}}",
        f"t_block: {{block: {t_block.value / 100}}}",
        f"bath_potassium: {{strength: {potassium.value}}}",
    ]
    settings = [f"stimuli.0.current={current.value} pA", f"conditions.sliders={{{', '.join(_uses)}}}"]
    return (settings,)


@app.cell
def _(Path, lhb, mo, settings):
    experiment = lhb.load((mo.notebook_dir() or Path(__file__).parent) / "held_cell.yaml", settings)
    with mo.status.spinner("Simulating; the first time the cell is compiled, about 20 s"):
        recordings = {name: lhb.record(experiment, name) for name in ("untouched", "sliders")}
    return experiment, recordings


@app.cell
def _(current, experiment, lhb, np, recordings):
    start, stop = experiment.sheet.protocol.warm_up.value, experiment.sheet.protocol.duration.value
    step = np.array([0, start, start, stop]), current.value * np.array([0.0, 0.0, 1.0, 1.0])
    figure = lhb.plot.ramp(recordings, dict.fromkeys(recordings, step))
    figure
    return start, stop


@app.cell
def _(class_of, html_table, mo, neuron_statistics, number, recordings, start, stop):
    shown = {
        "rate": "rate (Hz)", "burst_rate": "burst rate (Hz)", "spikes_per_burst": "spikes per burst",
        "intra_burst_frequency": "intra-burst frequency (Hz)",
    }  # fmt: skip

    def _row(name):
        """What the cell does from the step on."""
        train = recordings[name].trains("lhb")[0]
        measured = neuron_statistics(train[train >= start], (start, stop))
        return [name, str(class_of(measured)), *(number(measured[key]) for key in shown)]

    measures = {name: _row(name) for name in recordings}
    mo.Html(html_table([["cell", "mode", *shown.values()], *measures.values()]))
    return (measures,)


@app.cell
def _(mo):
    mo.md("""
    ## At which potentials does it burst?

    The same cell 41 times, each held a little higher, before and after the sliders. (The current of the step plays no part here.)
    """)
    return


@app.cell
def _(Path, lhb, mo, settings):
    held = lhb.load((mo.notebook_dir() or Path(__file__).parent) / "held_cells.yaml", settings[1:])
    with mo.status.spinner("Simulating; the first time the cells are compiled, about 10 s"):
        ladders = {"untouched": lhb.record(held, "untouched"), "sliders": lhb.record(held, "sliders")}
    return held, ladders


@app.cell
def _(class_of, held, ladders, neuron_statistics, np):
    use = held.sheet.nuclei["lhb"]
    potentials = 1e3 * np.linspace(use.hold.lowest.value, use.hold.highest.value, use.size)

    def modes_of(recording):
        """The mode of every cell, from the lowest holding potential to the highest."""
        span = recording.epochs["analysis"]
        return [class_of(neuron_statistics(train, span)) for train in recording.cut(*span).trains("lhb")]

    modes = {name: modes_of(recording) for name, recording in ladders.items()}
    return modes, potentials


@app.cell
def _(CLASS_COLOURS, Patch, modes, plt, potentials):
    strips, axes = plt.subplots(figsize=(7.5, 1.7), layout="constrained")
    for place, of_cells in enumerate(modes.values()):
        colours = [CLASS_COLOURS[mode] for mode in of_cells]
        axes.bar(potentials, 0.8, 1.0, place - 0.4, color=colours)
    axes.set_yticks(range(len(modes)), list(modes))
    axes.set_xlabel("Holding potential of the untouched cell (mV)")
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    keys = [Patch(color=CLASS_COLOURS[mode], label=mode) for mode in ("silent", "bursting", "tonic")]
    strips.legend(handles=keys, loc="outside upper right", ncols=3, frameon=False)
    strips
    return


if __name__ == "__main__":
    app.run()
