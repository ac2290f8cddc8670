"""The verbs that show what is there: figures and pages of runs, and what names stand for."""

from pathlib import Path

import click

from lhb_model import completion
from lhb_model.cli.speaking import speaking
from lhb_model.figure_kinds import FIGURE_KINDS


@click.command()
@click.argument("kind", shell_complete=completion.figures)
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path), shell_complete=completion.runs)
@click.argument("words", nargs=-1, metavar="[AXIS|MEASURE]...")
@click.option("--condition", "conditions", multiple=True, help="Only this condition; repeatable.")
@click.option("--seed", type=int, help="This seed.  [default: the first, or all where seeds are averaged]")
@click.option("--window", metavar="FROM-TO", help="Time window such as 2s-6s.")
@click.option("--format", "formats", default="png", show_default=True, help="png, pdf, svg; several with commas.")
@click.option("--out", default=".", show_default=True, type=click.Path(path_type=Path), help="Folder for the figure.")
@speaking
def plot(kind: str, run_folder: Path, words: tuple[str, ...], conditions: tuple[str, ...], seed: int | None,
         window: str | None, formats: str, out: Path) -> None:  # fmt: skip
    """Draw a figure of KIND from RUN and print the files it is in.

    \b
    Kinds:
      NAMED_BELOW

    \b
    Examples:
      lhb plot raster runs/ketamine-1a2b3c4d --window 2s-6s --format png,pdf
      lhb plot raster runs/ketamine-1a2b3c4d --condition depressed --seed 3
      lhb plot map runs/sweep_map-1a2b3c4d g_T block burst_rate
      lhb plot raster runs/sweep_map-1a2b3c4d@7
    """
    from lhb_model import verbs

    chosen = [name.strip() for name in formats.split(",")]
    verbs.draw(kind, run_folder, verbs.view(conditions, seed, window, words), chosen, out)


# A kind of figure says what it shows in one place.
plot.help = str(plot.help).replace(
    "NAMED_BELOW", "\n      ".join(f"{k:<13} {shows}" for k, shows in FIGURE_KINDS.items())
)


@click.command("list")
@click.argument("what", default="experiments", shell_complete=completion.lists)
@click.option("--out", default="runs", show_default=True, help="Folder of runs.")
@speaking
def list_(what: str, out: str) -> None:
    """List experiments, nuclei, drugs, mechanisms, targets, sets of parameters or runs.

    WHAT is experiments, nuclei, interventions, mechanisms, readouts, targets, findings, parameters or runs.

    \b
    Examples:
      lhb list
      lhb list interventions
      lhb list runs --out runs
    """
    from lhb_model.listing import list_lines

    click.echo("\n".join(list_lines(what, Path(out))))


@click.command()
@click.argument("name", shell_complete=completion.things)
@speaking
def show(name: str) -> None:
    """Show what a name stands for, or the summary of a run.

    NAME is a mechanism, nucleus, intervention, experiment, readout, target or parameter, or the folder of a run or a validation.

    \b
    Examples:
      lhb show t_type
      lhb show g_T
      lhb show ketamine
      lhb show runs/ketamine-1a2b3c4d
    """
    if Path(name.partition("@")[0]).is_dir():
        from lhb_model.validation_run import is_validation
        from lhb_model.validation_verb import show_finished
        from lhb_model.verbs import show_run

        return show_finished(Path(name)) if is_validation(Path(name)) else show_run(Path(name))
    from lhb_model.listing import show_lines

    click.echo("\n".join(show_lines(name)))


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path), shell_complete=completion.runs
)
@click.option("--open", "in_browser", is_flag=True, help="Show it in the browser.")
@click.option("--out", type=click.Path(path_type=Path), help="The file.  [default: report.html in the run's folder]")
@speaking
def report(runs: tuple[Path, ...], in_browser: bool, out: Path | None) -> None:
    """Make one self-contained page of a RUN, or of several RUNs side by side, and print its file.

    `lhb run` makes the page with the figures that the experiment asks for; this verb draws the others, too.

    The page has the question and the design, the result in words with intervals, figures, a raster to zoom, every number
    with its source, the equations, how to repeat the run, and methods and references for a paper. It opens without a
    network, prints, and can be sent by mail. That of several runs goes to report.html in the current folder. The folder of a
    validation gets a page of its verdicts, with figures and sources.

    \b
    Examples:
      lhb report runs/ketamine-1a2b3c4d --open
      lhb report runs/ketamine-1a2b3c4d runs/ketamine-5e6f7a8b --out both.html
    """
    from lhb_model import validation_verb, verbs
    from lhb_model.validation_run import is_validation

    make = validation_verb.make_page if any(map(is_validation, runs)) else verbs.make_report
    make(runs, out, in_browser)
