"""The verbs of `lhb`. Each reads its words, hands them on, and prints; nothing heavy is imported before a verb needs it."""

import json
import os
import sys
from collections.abc import Callable
from errno import EPIPE
from functools import wraps
from pathlib import Path
from typing import Any

import click

from lhb_model import completion
from lhb_model.errors import LhbError, reason
from lhb_model.figure_kinds import FIGURE_KINDS

EXAMPLES = """
\b
Examples:
  lhb run ketamine                        simulate the shipped experiment of that name
  lhb run my.yaml --seeds 3               your own file, three seeds
  lhb plot raster runs/ketamine-1a2b3c4d  draw one figure of a run
  lhb compare runs/one runs/two           burst statistics side by side
  lhb bursts recording.nwb                bursts of your own recording
  lhb validate                            the model against published findings

\b
Environment:
  LHB_CACHE      where builds are kept  [default: lhb_model in the user's cache folder]
  LHB_TARGET     numpy: use no compiler
  LHB_TRACEBACK  1: show where a fault of lhb itself lies
"""


def speaking(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors into one unwrapped line and their exit code; an interrupt into 130."""

    @wraps(verb)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return verb(*args, **kwargs)
        except LhbError as error:
            _leave(f"Error: {error}", error.exit_code)
        except KeyboardInterrupt as stop:
            _leave(str(stop) or "Interrupted.", 130)
        except OSError as error:
            # A reader such as `head` that has seen enough; click ends quietly.
            if error.errno == EPIPE:
                raise
            place = f"{error.filename}: " if error.filename else ""
            _leave(f"Error: {place}{reason(error)}", 2)
        except Exception as error:
            if os.environ.get("LHB_TRACEBACK"):
                raise
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            _leave(f"Error: a fault of lhb itself: {text} (LHB_TRACEBACK=1 shows where)", 3)

    return guarded


def _leave(text: str, code: int) -> None:
    click.echo(text, err=True)
    sys.exit(code)


def _show_versions(context: click.Context, option: click.Parameter, asked: bool) -> None:
    if not asked or context.resilient_parsing:
        return
    from lhb_model import __version__
    from lhb_model.parameter_sets import present
    from lhb_model.provenance import machine, part_versions

    on = machine()
    click.echo(f"lhb, version {__version__}\nparameters {present()}")
    click.echo(f"Python {on['python']} on {on['system']}, {on['processor']}")
    click.echo("\n".join(f"{name} {number}" for name, number in part_versions().items()))
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXAMPLES)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_versions,
              help="Show the versions of lhb, its parameters and the parts it stands on, and exit.")  # fmt: skip
def main() -> None:
    """Simulate bursting of the lateral habenula, ketamine, and what they do to dopamine and serotonin."""


@main.command()
@click.argument("config", shell_complete=completion.configs)
@click.option("--out", default="runs", show_default=True, help="Folder for run folders.")
@click.option("--seeds", type=click.IntRange(1, 100_000), help="Number of seeds, instead of the file's.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change one value of the file; repeatable.")
@click.option(
    "--parameters", metavar="SET", shell_complete=completion.sets, help="Set of parameters, as `lhb list parameters`."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Simulations at a time.  [default: one a processor]")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Simulate on the workers of this Dask scheduler (tcp://host:8786)."
)
@click.option("--cluster", metavar="KIND", help="Simulate on a cluster that is started for this run: slurm, or local.")
@click.option("--timeout", metavar="TIME", help="End a simulation that takes longer, such as 10min.  [default: never]")
@click.option("--fail-fast", is_flag=True, help="End the run at the first simulation that fails.")
@click.option(
    "--retry-failed/--no-retry-failed",
    default=True,
    show_default=True,
    help="Repeat simulations that failed when this was run before.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was begun; begin none.")
@click.option("--force", is_flag=True, help="Repeat a run that is finished.")
@click.option("--dry-run", is_flag=True, help="Say what would run and what it would cost; run nothing.")
@click.option("--no-report", is_flag=True, help="Make no page of it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@speaking
def run(config: str, out: str, seeds: int | None, settings: tuple[str, ...], parameters: str | None, workers: int | None,
        scheduler: str | None, cluster: str | None, timeout: str | None, fail_fast: bool, retry_failed: bool,
        resume: bool, force: bool, dry_run: bool, no_report: bool, as_json: bool) -> None:  # fmt: skip
    """Simulate every condition of CONFIG with every seed.

    CONFIG is a YAML file or the name of a shipped experiment. The last line printed is the run folder, with tables,
    recordings (NWB), figures and report.html, a page of it all. A run that is finished is answered from its folder; one
    that was stopped goes on where it was; of one with failed simulations, those alone are repeated.

    \b
    Examples:
      lhb run ketamine
      lhb run ketamine --set conditions.ketamine.ketamine.block=0.3
      lhb run ketamine --set nuclei.lhb.size=1000 --seeds 10 --workers 2
      lhb run ketamine --parameters 2026.1
      lhb run ketamine --set 'nuclei.lhb.parameters.g_T={linspace: [15 nS, 25 nS, 11]}' --timeout 5min
      lhb run ketamine --dry-run
      lhb run ketamine --cluster slurm --workers 64

    Exit codes: 0 done, 2 bad input, 3 a simulation failed, 130 interrupted.
    """
    from lhb_model import config as configs
    from lhb_model import verbs

    experiment = configs.load(config, settings, seeds, parameters)
    if dry_run:
        return verbs.show_plan(experiment, Path(out), workers, as_json, cluster)
    policy = verbs.policy(timeout, fail_fast, retry_failed)
    if resume:
        verbs.check_begun(experiment, Path(out))
    sys.exit(verbs.run(experiment, Path(out), workers, force, as_json, not no_report, scheduler, cluster, policy))


@main.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path), shell_complete=completion.growing)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@speaking
def status(run_folder: Path, as_json: bool) -> None:
    """Say how far RUN is: simulations queued, running, done, failed and timed out, with the reasons.

    RUN is the folder of a run that is finished, grows, or was stopped or killed.

    \b
    Examples:
      lhb status runs/ketamine-1a2b3c4d
      lhb status runs/.partial-ketamine-1a2b3c4d --json
    """
    from lhb_model.status import status_lines, status_report

    report = status_report(run_folder)
    click.echo(json.dumps(report, indent=1) if as_json else "\n".join(status_lines(report)))


@main.command()
@click.argument("name")
@click.option(
    "--from",
    "base",
    default="ketamine",
    show_default=True,
    shell_complete=completion.experiments,
    help="Shipped experiment to begin with.",
)
@speaking
def init(name: str, base: str) -> None:
    """Write NAME.yaml, a commented experiment to begin with.

    Every key is explained with its unit and what holds without it, and the file runs as it is. Beside it, the folder schema
    gets what an editor needs to complete keys and names, to explain them, and to mark mistakes. Nothing is overwritten.

    \b
    Examples:
      lhb init my_experiment
      lhb init ramp --from single_cell
    """
    from lhb_model import authoring_verbs

    authoring_verbs.begin(name, base)


@main.command()
@click.argument("kind", required=False, shell_complete=completion.schemas)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write the schemas into, instead of printing one."
)
@speaking
def schema(kind: str | None, out: Path | None) -> None:
    """Print the JSON Schema of a KIND of YAML file: experiment, nucleus, intervention or target.

    With --out, write the schemas of all kinds (of KIND alone, if it is given) into a folder. Sheets that lie beside that
    folder are known to them, so repeat this after adding one.

    \b
    Examples:
      lhb schema experiment
      lhb schema --out schema
    """
    from lhb_model import authoring_verbs

    authoring_verbs.show_schema(kind, out)


@main.command()
@click.argument("config", shell_complete=completion.configs)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change one value of the file; repeatable.")
@click.option(
    "--parameters", metavar="SET", shell_complete=completion.sets, help="Set of parameters, as `lhb list parameters`."
)
@speaking
def check(config: str, settings: tuple[str, ...], parameters: str | None) -> None:
    """Validate CONFIG and print what would run.

    \b
    Examples:
      lhb check my.yaml
      lhb check ketamine --set protocol.duration=21s
    """
    from lhb_model import config as configs
    from lhb_model import verbs

    verbs.show_check(configs.load(config, settings, parameters=parameters))


def reading(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Options on how a recording made elsewhere is read."""
    options = (
        click.option("--unit", metavar="COLUMN", help="Column with the units' names."),
        click.option("--time", metavar="COLUMN", help="Column with the spike times (s)."),
        click.option("--only", multiple=True, metavar="GROUP", help="Only units of this group; repeatable."),
        click.option("--segment", type=int, help="One segment, from 0, of a file that Neo reads in several."),
        click.option("--span", metavar="FROM-TO", help="Recorded span such as 0s-600s, instead of the file's own."),
        click.option("--repair", is_flag=True, help="Sort times and drop repeated ones instead of refusing them."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


@main.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="RUN...",
    type=click.Path(path_type=Path),
    shell_complete=completion.runs,
)
@click.option("--measure", "measures", multiple=True, help="Only this measure; repeatable.")
@click.option("--assert", "claims", multiple=True, metavar="CLAIM", help="Exit with 1 unless this holds; repeatable.")
@click.option("--overall", is_flag=True, help="Of one run: does any of its conditions differ?")
@click.option("--levels", multiple=True, metavar="CONDITION=LEVEL,LEVEL", help="Of one run: two factors; four times.")
@click.option("--doses", is_flag=True, help="Of one run: a curve, with IC50, for each series of doses.")
@click.option("--groups", metavar="COLUMN", help="Of a recording: the group of each unit, compared on its own.")
@click.option("--animals", metavar="COLUMN", help="Of a recording: the animal, slice or day of each unit.")
@click.option("--nucleus", help="Of a recording: where it was made.  [default: as in the units' names, or lhb]")
@reading
@click.option("--out", default=".", show_default=True, type=click.Path(path_type=Path), help="Where new files go.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@speaking
def compare(paths: tuple[Path, ...], measures: tuple[str, ...], claims: tuple[str, ...], overall: bool,
            levels: tuple[str, ...], doses: bool, groups: str | None, animals: str | None, nucleus: str | None,
            only: tuple[str, ...], out: Path, as_json: bool, **how: Any) -> None:  # fmt: skip
    """Compare conditions, runs, or a run with recordings.

    Differences come with confidence intervals over seeds: the seed is the unit, and conditions that share seeds are
    compared in pairs. p values are exact permutation tests. The comparison of one run lies in its folder; that of several
    is written to comparison.csv in --out. With more than two conditions, --overall asks whether any differs; --levels, given
    for four conditions, compares two factors and their interaction; --doses fits each series of doses. What they find is
    written to --out.

    A recording (NWB, CSV, NumPy, a Phy folder, what Neo reads) is put beside each condition of one run: its distance in
    every measure, and which condition lies nearest. Tables and figures of both are written to --out. Each file is one
    animal, unless --animals names a column.

    \b
    Examples:
      lhb compare runs/ketamine-1a2b3c4d
      lhb compare runs/ketamine-1a2b3c4d runs/ketamine-5e6f7a8b --measure burst_rate
      lhb compare runs/ketamine-1a2b3c4d --assert "burst_rate(ketamine) < 0.5 * burst_rate(depressed)"
      lhb compare runs/dose_response-1a2b3c4d --doses --measure bursting_share
      lhb compare runs/two_by_two-1a2b3c4d --levels control=vehicle,healthy --levels drug=ketamine,healthy \\
          --levels depressed=vehicle,depressed --levels treated=ketamine,depressed
      lhb compare runs/ketamine-1a2b3c4d recording.nwb --groups treatment --out beside

    Exit codes: 0 done, 1 a claim does not hold, 2 bad input.
    """
    from lhb_model import data_verbs
    from lhb_model.recorded import Choices

    choices = Choices(groups, animals, only, nucleus, data_verbs.reading(**how))
    wanted = data_verbs.Wanted(measures, claims, overall, levels, doses)
    data_verbs.show_comparison(paths, wanted, out, as_json, choices)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rule", default="lhb", show_default=True, help="Burst rule: a name, or its limits.")
@click.option("--group", metavar="COLUMN", help="Column with the units' groups.")
@reading
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.csv", help="Table of bursts to write.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@speaking
def bursts(file: Path, rule: str, only: tuple[str, ...], out: Path | None, as_json: bool, **how: Any) -> None:
    """Find the bursts in a recording, and the statistics of its units.

    FILE is NWB, CSV (a header with unit,time_s, or one unit a row: name,t1,t2,...), NumPy (npz, npy), a Phy or Kilosort
    folder, or anything that Neo reads, if Neo is installed.

    --out writes one row for each burst (unit,first_spike,last_spike,start_s,end_s,spikes; spikes counted from 0, both
    included) and, beside it, FILE_units.csv with the statistics of each unit.

    \b
    Rules:
      lhb               start at an interval of at most 20 ms, end above 100 ms, 2 spikes
      dopamine          80 ms, 160 ms, 2 spikes
      neuroexplorer     170 ms, 300 ms, 3 spikes, 10 ms long, merged below 200 ms
      mea               100 ms, 250 ms, 5 spikes, 50 ms long, merged below 300 ms
      poisson_surprise, log_isi, cma
      start=20ms,end=100ms,min_ibi=0ms,min_duration=0ms,min_spikes=2
      lhb,min_spikes=3  or  poisson_surprise,surprise=10: a rule with some of its numbers changed

    \b
    Examples:
      lhb bursts recording.nwb
      lhb bursts spikes.csv --rule start=12.5ms,end=80ms,min_spikes=3 --span 0s-600s --out bursts.csv
      lhb bursts phy_folder --only good
    """
    from lhb_model import data_verbs

    data_verbs.show_bursts(file, rule, only, out, as_json, data_verbs.reading(**how))


@main.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path), shell_complete=completion.runs)
@click.option("--to", required=True, shell_complete=completion.exports, help="nwb, sonata, csv or neo.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the files.  [default: RUN-FORMAT, here]")
@speaking
def export(run_folder: Path, to: str, out: Path | None) -> None:
    """Write a run's recordings in another format.

    nwb is the whole recording; sonata, csv (unit,time_s) and neo (.mat, needs Neo) hold the spikes. Simulations that
    failed are left out and named.

    \b
    Examples:
      lhb export runs/ketamine-1a2b3c4d --to csv
      lhb export runs/ketamine-1a2b3c4d --to sonata --out spikes
    """
    from lhb_model import data_verbs

    data_verbs.show_export(run_folder, to, out)


@main.command()
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


@main.command("list")
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


@main.command()
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


@main.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...", shell_complete=completion.targets)
@click.option(
    "--out", default="runs", show_default=True, type=click.Path(path_type=Path), help="Folder for run folders."
)
@click.option("--seeds", type=click.IntRange(1, 100_000), help="Number of seeds, where an experiment has several.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Simulations at a time.  [default: one a processor]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@speaking
def validate(targets: tuple[str, ...], out: Path, seeds: int | None, workers: int | None, as_json: bool) -> None:
    """Hold the model against published findings.

    TARGET is the name of a shipped target (see `lhb list targets`) or a YAML file; without any, all are judged. The last
    line printed is the folder, with a report, a figure for each target and the tables measured.

    Only targets tagged S (read in the source) make it fail, those tagged "S direction" by their direction alone; R
    (recalled) and D (derived) are judged and shown.

    \b
    Examples:
      lhb validate
      lhb validate P5 P6 P7
      lhb validate my_target.yaml --seeds 10

    Exit codes: 0 all hold, 1 a target tagged S fails, 2 bad input, 3 a simulation failed, 130 interrupted.
    """
    from lhb_model.validation_verb import show_validation

    show_validation(targets, out, seeds, workers, as_json)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@speaking
def doctor(as_json: bool) -> None:
    """Check Python, packages, compiler, cache and disk.

    The exit code is 1 if something is amiss.

    \b
    Example:
      lhb doctor --json"""
    from lhb_model.doctor import diagnose, doctor_lines

    report = diagnose()
    click.echo(json.dumps(report, indent=1) if as_json else "\n".join(doctor_lines(report)))
    sys.exit(0 if report["ok"] else 1)


@main.group("cache")
def cache_() -> None:
    """List or remove compiled models.

    A model is compiled once for each structure and kept; parameters, doses, seeds and durations need no compiling.

    \b
    Examples:
      lhb cache ls
      lhb cache clear --stale
    """


@cache_.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@speaking
def cache_ls(as_json: bool) -> None:
    """List the builds, last used first."""
    from lhb_model.housekeeping import cache_lines, cache_report

    report = cache_report()
    click.echo(json.dumps(report, indent=1) if as_json else "\n".join(cache_lines(report)))


@cache_.command("clear")
@click.option("--stale", is_flag=True, help="Only builds of other versions, compilers or processors.")
@click.option("--unused-for", type=click.IntRange(0), metavar="DAYS", help="Only builds not used for so many days.")
@speaking
def cache_clear(stale: bool, unused_for: int | None) -> None:
    """Remove builds; what is needed again is compiled again."""
    from lhb_model.housekeeping import clear_cache

    click.echo(clear_cache(stale, unused_for))


@main.command()
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
