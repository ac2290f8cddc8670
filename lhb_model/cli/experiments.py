"""The verbs on experiments: to begin, check and run one, and to hold the model against findings."""

import json
import sys
from pathlib import Path

import click

from lhb_model import completion
from lhb_model.cli.speaking import speaking


@click.command()
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


@click.command()
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


@click.command()
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


@click.command()
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


@click.command()
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


@click.command()
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
