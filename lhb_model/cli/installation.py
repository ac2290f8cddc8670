"""The verbs on the installation: what is amiss with it, and the models it has compiled."""

import json
import sys

import click

from lhb_model.cli.speaking import speaking


@click.command()
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


@click.group("cache")
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
