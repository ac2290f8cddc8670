"""The verbs of `lhb`. Each reads its words, hands them on, and prints; nothing heavy is imported before a verb needs it."""

import click

from lhb_model.cli.experiments import check, init, run, schema, status, validate
from lhb_model.cli.installation import cache_, doctor
from lhb_model.cli.looking import list_, plot, report, show
from lhb_model.cli.recordings import bursts, compare, export

VERBS = (run, status, init, schema, check, compare, bursts, export, plot, list_, show, validate, doctor, cache_, report)
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


@click.group(
    commands=VERBS, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_versions,
              help="Show the versions of lhb, its parameters and the parts it stands on, and exit.")  # fmt: skip
def main() -> None:
    """Simulate bursting of the lateral habenula, ketamine, and what they do to dopamine and serotonin."""
