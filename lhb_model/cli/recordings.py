"""The verbs on recordings, of runs and made elsewhere: to compare them, find their bursts, and export them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lhb_model import completion
from lhb_model.cli.speaking import speaking


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


@click.command()
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


@click.command()
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


@click.command()
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
