"""Bursts of your own recording, and the model beside it: marimo edit notebooks/recording.py"""

import marimo

app = marimo.App(width="medium", app_title="A recording, and the model beside it")


@app.cell
def _():
    import tempfile
    from pathlib import Path

    import marimo as mo

    import lhb_model as lhb
    from lhb_model.bursts import PRESETS
    from lhb_model.quantities import parse_span
    from lhb_model.readers import read_units
    from lhb_model.recorded import Choices, nearest_conditions, read_recorded
    from lhb_model.recorded_figures import draw_recorded
    from lhb_model.run_folder import list_runs
    from lhb_model.unit_report import burst_table, report_lines, unit_table

    return (
        Choices, PRESETS, Path, burst_table, draw_recorded, lhb, list_runs, mo, nearest_conditions, parse_span,
        read_recorded, read_units, report_lines, tempfile, unit_table,
    )  # fmt: skip


@app.cell
def _(mo):
    mo.md("""
    # A recording, and the model beside it

    Name a file below: NWB, CSV (`unit,time_s`), NumPy, a Phy folder, or anything that Neo reads. While the field is empty, the
    page shows an example whose answer is known: the cells that fired in a network of the model in the depressed state, written
    as a CSV file as a spike sorter would.
    """)
    return


@app.cell
def _(PRESETS, list_runs, mo):
    file = mo.ui.text(placeholder="recording.nwb", label="Recording", full_width=True)
    span = mo.ui.text(
        placeholder="0s-600s; needed where the file does not say it", label="Recorded span", full_width=True
    )
    rule = mo.ui.dropdown(list(PRESETS), value="lhb", label="Burst rule")
    runs = {run.name: run for run in list_runs("runs") if run.manifest["jobs"]}
    model = mo.ui.dropdown(list(runs), label="Run of the model, from runs/; empty: a small one")
    mo.vstack([file, span, mo.hstack([rule, model], justify="start", gap=2, wrap=True)])
    return file, model, rule, runs, span


@app.cell
def _(Path, lhb, mo, tempfile):
    folder = Path(tempfile.mkdtemp())
    example = lhb.load("smoke", ["protocol.duration=6s"], seeds=3)

    def write_example(path):
        """Spikes of a depressed network that the run below does not hold."""
        with mo.status.spinner("Simulating an example; the first time the model is compiled, about 20 s"):
            trains = lhb.record(example, "depressed", seed=101).trains("lhb")
        rows = [f"cell{number},{time:.4f}" for number, train in enumerate(trains) for time in train]
        path.write_text("\n".join(["unit,time_s", *rows]) + "\n")
        return path

    return example, folder, write_example


@app.cell
def _(file, folder, parse_span, read_units, span, write_example):
    path = file.value or write_example(folder / "example.csv")
    spelled = span.value or ("" if file.value else "0s-6s")
    stated = parse_span(spelled, "span") if spelled else None
    units = read_units(path, span=stated)
    return path, stated, units


@app.cell
def _(burst_table, mo, report_lines, rule, unit_table, units):
    bursts, table = burst_table(units, rule.value), unit_table(units, rule.value)
    mo.vstack([
        mo.md("## Bursts"),
        mo.md("\n".join(f"- {line}" for line in report_lines(units, rule.value, bursts, table))),
        mo.md("Read the share of spikes in bursts against **by chance**: a Poisson train of 12 Hz has half of its spikes in "
              "“bursts” under the rule `lhb`."),
        mo.ui.tabs({
            "units": mo.ui.table(table.round(3), selection=None, show_data_types=False),
            "bursts": mo.ui.table(bursts.round(4), selection=None, show_data_types=False),
        }),
    ])  # fmt: skip
    return bursts, table


@app.cell
def _(example, folder, lhb, mo, model, runs):
    with mo.status.spinner("Running the model"):
        run = runs[model.value] if model.value else lhb.run(example, out=folder)
    run
    return (run,)


@app.cell
def _(Choices, mo, nearest_conditions, path, read_recorded, run, stated):
    recorded = read_recorded(run, [path], Choices(reading={"span": stated} if stated else {}))
    distances, found = nearest_conditions(recorded)
    mo.vstack([
        mo.md("## The model beside it"),
        mo.md("\n\n".join([*(f"**{nearness.text}**" for nearness in found.values()), *recorded.notes])),
        mo.md("A distance is recording minus model, in standard deviations between seeds of the model. One animal gives a "
              "distance and no test; what it means is told in `docs/statistics.md`."),
        mo.ui.table(distances.round(3), selection=None, page_size=12, show_data_types=False),
    ])  # fmt: skip
    return distances, found, recorded


@app.cell
def _(draw_recorded, mo, recorded, run):
    figures = draw_recorded(run, recorded)
    mo.vstack(list(figures.values()))
    return (figures,)


if __name__ == "__main__":
    app.run()
