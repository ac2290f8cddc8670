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

from lhb_model.errors import LhbError

EXAMPLES = """
\b
Examples:
  lhb run ketamine                        simulate the shipped experiment of that name
  lhb run my.yaml --seeds 3               your own file, three seeds
  lhb plot raster runs/ketamine-1a2b3c4d  draw one figure of a run
  lhb compare runs/one runs/two           burst statistics side by side

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
        except KeyboardInterrupt:
            _leave("Interrupted. What is finished is kept: the same command goes on from there.", 130)
        except OSError as error:
            # A reader such as `head` that has seen enough; click ends quietly.
            if error.errno == EPIPE:
                raise
            place = f"{error.filename}: " if error.filename else ""
            _leave(f"Error: {place}{error.strerror or error}", 2)
        except Exception as error:
            if os.environ.get("LHB_TRACEBACK"):
                raise
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            _leave(f"Error: a fault of lhb itself: {text} (LHB_TRACEBACK=1 shows where)", 3)

    return guarded


def _leave(text: str, code: int) -> None:
    click.echo(text, err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXAMPLES)
@click.version_option(package_name="lhb_model", prog_name="lhb")
def main() -> None:
    """Simulate bursting of the lateral habenula, ketamine, and what they do to dopamine and serotonin."""


@main.command()
@click.argument("config")
@click.option("--out", default="runs", show_default=True, help="Folder for run folders.")
@click.option("--seeds", type=click.IntRange(1, 100_000), help="Number of seeds, instead of the file's.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change one value of the file; repeatable.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Simulations at a time.  [default: one a processor]")
@click.option("--force", is_flag=True, help="Repeat a run that is finished.")
@click.option("--dry-run", is_flag=True, help="Say what would run and what it would cost; run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@speaking
def run(config: str, out: str, seeds: int | None, settings: tuple[str, ...], workers: int | None, force: bool,
        dry_run: bool, as_json: bool) -> None:  # fmt: skip
    """Simulate every condition of CONFIG with every seed.

    CONFIG is a YAML file or the name of a shipped experiment. The last line printed is the run folder, with tables,
    recordings (NWB) and figures. A run that is finished is answered from its folder; one that was stopped goes on where
    it was; of one with failed simulations, those alone are repeated.

    \b
    Examples:
      lhb run ketamine
      lhb run ketamine --set conditions.ketamine.ketamine.block=0.3
      lhb run ketamine --set nuclei.lhb.size=1000 --seeds 10 --workers 2
      lhb run ketamine --dry-run

    Exit codes: 0 done, 2 bad input, 3 a simulation failed, 130 interrupted.
    """
    from lhb_model import config as configs
    from lhb_model import verbs

    experiment = configs.load(config, settings, seeds)
    if dry_run:
        return verbs.show_plan(experiment, Path(out), workers, as_json)
    sys.exit(verbs.run(experiment, Path(out), workers, force, as_json))


@main.command()
@click.argument("config")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change one value of the file; repeatable.")
@speaking
def check(config: str, settings: tuple[str, ...]) -> None:
    """Validate CONFIG and print what would run.

    \b
    Examples:
      lhb check my.yaml
      lhb check ketamine --set protocol.duration=21s
    """
    from lhb_model import config as configs
    from lhb_model import verbs

    verbs.show_check(configs.load(config, settings))


@main.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--measure", "measures", multiple=True, help="Only this measure; repeatable.")
@click.option(
    "--out", default=".", show_default=True, type=click.Path(path_type=Path), help="Where comparison.csv goes."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@speaking
def compare(runs: tuple[Path, ...], measures: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Compare the conditions of one RUN, or several RUNs.

    Differences come with confidence intervals over seeds: the seed is the unit, and conditions that share seeds are
    compared in pairs. p values are exact permutation tests. The comparison of one run lies in its folder; that of several
    is written to comparison.csv in --out.

    \b
    Examples:
      lhb compare runs/ketamine-1a2b3c4d
      lhb compare runs/ketamine-1a2b3c4d runs/ketamine-5e6f7a8b --measure burst_rate
    """
    from lhb_model import verbs

    verbs.show_comparison(runs, measures, out, as_json)


@main.command()
@click.argument("kind")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--condition", "conditions", multiple=True, help="Only this condition; repeatable.")
@click.option("--seed", type=int, help="This seed.  [default: the first, or all where seeds are averaged]")
@click.option("--window", metavar="FROM-TO", help="Time window such as 2s-6s.")
@click.option("--format", "formats", default="png", show_default=True, help="png, pdf, svg; several with commas.")
@click.option("--out", default=".", show_default=True, type=click.Path(path_type=Path), help="Folder for the figure.")
@speaking
def plot(kind: str, run_folder: Path, conditions: tuple[str, ...], seed: int | None, window: str | None, formats: str,
         out: Path) -> None:  # fmt: skip
    """Draw a figure of KIND from RUN and print the files it is in.

    \b
    Kinds:
      raster      spikes with bursts marked, nuclei as bands, drug shaded
      traces      membrane potential of a silent, a bursting and a tonic cell
      ramp        membrane potential of one cell under an injected current
      classes     shares of silent, bursting and tonic neurons
      isi         inter-spike intervals with the burst rule's limits
      return_map  each interval against the next, with the limits
      sensitivity share of spikes in bursts for other limits, beside chance
      circuit     rates and transmitter over time
      spectrum    power spectrum of the LHb's rate, with the theta band
      ppc         spectrum of pairwise phase consistency
      dose        measures against dose, with fitted curves
      comparison  differences between conditions, seed by seed

    \b
    Examples:
      lhb plot raster runs/ketamine-1a2b3c4d --window 2s-6s --format png,pdf
      lhb plot raster runs/ketamine-1a2b3c4d --condition depressed --seed 3
    """
    from lhb_model import verbs

    chosen = [name.strip() for name in formats.split(",")]
    verbs.draw(kind, run_folder, verbs.view(conditions, seed, window), chosen, out)


@main.command("list")
@click.argument("what", default="experiments")
@click.option("--out", default="runs", show_default=True, help="Folder of runs.")
@speaking
def list_(what: str, out: str) -> None:
    """List experiments, nuclei, drugs, mechanisms or runs.

    WHAT is experiments, nuclei, interventions, mechanisms, readouts or runs.

    \b
    Examples:
      lhb list
      lhb list interventions
      lhb list runs --out runs
    """
    from lhb_model.listing import list_lines

    click.echo("\n".join(list_lines(what, Path(out))))


@main.command()
@click.argument("name")
@speaking
def show(name: str) -> None:
    """Show what a name stands for, or the summary of a run.

    NAME is a mechanism, nucleus, intervention, experiment or readout, or the folder of a run.

    \b
    Examples:
      lhb show t_type
      lhb show ketamine
      lhb show runs/ketamine-1a2b3c4d
    """
    if Path(name).is_dir():
        from lhb_model.verbs import show_run

        return show_run(Path(name))
    from lhb_model.listing import show_lines

    click.echo("\n".join(show_lines(name)))


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
    """Remove builds; what is needed again is compiled again (about 20 s each)."""
    from lhb_model.housekeeping import clear_cache

    click.echo(clear_cache(stale, unused_for))
