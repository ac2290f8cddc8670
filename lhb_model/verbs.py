"""What each verb of the command line does and prints."""

import json
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from lhb_model import catalogue, terminal
from lhb_model.analyse import UNITS
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.estimate import estimate
from lhb_model.experiment import Experiment
from lhb_model.names import unknown
from lhb_model.provenance import part_versions
from lhb_model.quantities import QuantityError, parse_quantity
from lhb_model.runs import Run, failed_jobs, list_runs, open_run, run_experiment, run_folder
from lhb_model.simulate import cache

HEADLINE = [("lhb", "bursting_share"), ("lhb", "silent_share"), ("lhb", "rate"), ("lhb", "burst_rate"),
            ("lhb", "theta_power"), ("vta_da", "rate"), ("drn_5ht", "rate"), ("vta_da", "dopamine"),
            ("drn_5ht", "serotonin"), ("vta_da", "reward_inhibition")]  # fmt: skip
"""Measures a reader wants first."""


# run and check -------------------------------------------------------------------------------------------------------


def run(experiment: Experiment, out: Path, workers: int | None, force: bool, as_json: bool) -> int:
    """Run an experiment, print its summary and its folder; return the exit code."""
    _warn_without_compiler(experiment, workers)
    with terminal.Progress(quiet=as_json) as progress, _stopping() as stop:
        finished = run_experiment(experiment, out, workers, force, progress, stop)
    failed = failed_jobs(finished.manifest["jobs"])
    if as_json:
        click.echo(json.dumps(_as_json(finished), indent=1))
    else:
        _print_run(finished)
    return 3 if failed else 0


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that is set when the process is told to end, so that children end too."""
    stop = threading.Event()

    def interrupt(*_: Any) -> None:
        stop.set()
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, interrupt), signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, earlier[0])
        signal.signal(signal.SIGINT, earlier[1])


def _warn_without_compiler(experiment: Experiment, workers: int | None) -> None:
    if cache.toolchain() is None:
        seconds = estimate(experiment, workers)["seconds"]
        click.echo(
            f"No C++ compiler (with make) was found: the model runs on Brian2's numpy target, about {_duration(seconds)}. "
            "Install g++ and make to run some twenty times faster, or try `lhb run smoke` first.",
            err=True,
        )


def _print_run(run: Run) -> None:
    click.echo("\n".join(terminal.summary_lines(run)))
    for line in terminal.failures(run):
        click.echo(line, err=True)
    figures = sorted((run.folder / "figures").glob("*"))
    if figures:
        click.echo("\n".join(["", "Figures:", *(f"  {path}" for path in figures), ""]))
    click.echo(str(run.folder))


def _as_json(run: Run) -> dict[str, Any]:
    means: dict[str, dict[str, Any]] = {}
    for row in _means(run):
        means.setdefault(row["condition"], {}).setdefault(row["nucleus"], {})[row["measure"]] = _plain(row["mean"])
    return {
        "run": str(run.folder),
        "state": run.manifest["state"],
        "jobs": run.manifest["jobs"],
        "means": means,
        "figures": sorted(str(path) for path in (run.folder / "figures").glob("*")),
    }


def _means(run: Run) -> list[dict[str, Any]]:
    from lhb_model.comparison import summarise

    return [] if run.table.empty else summarise(run.table).to_dict("records")  # type: ignore[return-value]


def _plain(value: Any) -> float | None:
    return None if value != value else float(value)


def show_plan(experiment: Experiment, out: Path, workers: int | None, as_json: bool) -> None:
    """Say what a run would do and cost."""
    plan = {"folder": str(run_folder(experiment, out)), **estimate(experiment, workers)}
    if as_json:
        click.echo(json.dumps({"run": plan["folder"], **plan}, indent=1))
        return
    built = "cached" if plan["built"] else "to be compiled, about 30 s" if plan["compiler"] else "none: no C++ compiler"
    rows = [
        ["conditions", ", ".join(plan["conditions"])],
        ["simulations", f"{plan['jobs']} ({len(plan['conditions'])} conditions x {len(plan['seeds'])} seeds)"],
        ["neurons", f"{plan['cells']} in each"],
        ["synapses", f"{plan['synapses']} in each"],
        ["memory", f"about {plan['memory_MB']:.0f} MB for each worker"],
        ["disk", f"about {plan['disk_MB']:.0f} MB"],
        ["time", f"about {_duration(plan['seconds'])} with {plan['workers']} workers"],
        ["build", built],
        ["folder", plan["folder"]],
    ]
    click.echo("\n".join(terminal.aligned(rows)))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def show_check(experiment: Experiment) -> None:
    """Print what an experiment would run."""
    click.echo(f"{experiment.name}: {experiment.sheet.title}")
    protocol = experiment.sheet.protocol
    click.echo(f"{len(experiment.conditions)} conditions x {len(experiment.seeds)} seeds, {protocol.duration.text}, "
               f"analysed from {protocol.warm_up.text} on, step {protocol.dt.text}")  # fmt: skip
    for condition in experiment.conditions:
        model = compose_model(experiment, condition)
        click.echo(f"\n{condition.name}" + (f" (replay: {condition.replay})" if condition.replay else ""))
        for change in model.changes:
            click.echo(f"  {change.nucleus}.{change.parameter} x {change.factor:.4g} + {change.shift:.4g} "
                       f"from {change.start:g} s to {change.stop:g} s  ({change.cause})")  # fmt: skip
    click.echo("\nok")


# compare and plot ----------------------------------------------------------------------------------------------------


def show_comparison(folders: Sequence[Path], measures: Sequence[str], out: Path, as_json: bool) -> None:
    """Compare conditions or runs; print the table and say where it lies."""
    runs = [open_run(folder) for folder in folders]
    known = sorted({name for run in runs for name in run.table["measure"]}, key=list(UNITS).__contains__)
    for name in measures:
        if name not in known:
            raise InputError(unknown("measure", name, known))
    if len(runs) == 1:
        comparison, path = runs[0].comparison, runs[0].folder / "comparison.csv"
    else:
        comparison, path = _compare_runs(runs), out / "comparison.csv"
        out.mkdir(parents=True, exist_ok=True)
        comparison.to_csv(path, index=False)
    wanted = [
        (n, m) for n, m in zip(comparison["nucleus"], comparison["measure"], strict=True) if m in measures
    ] or HEADLINE
    if as_json:
        records = [
            {k: _plain(v) if isinstance(v, float) else v for k, v in row.items()}
            for row in comparison.to_dict("records")
        ]
        click.echo(json.dumps({"run": [str(run.folder) for run in runs], "comparison": records}, indent=1, default=str))
        return
    click.echo("\n".join(terminal.comparison_lines(comparison, wanted)))
    click.echo(str(path))


def _compare_runs(runs: Sequence[Run]) -> Any:
    from lhb_model.comparison import COMPARISON_COLUMNS, compare_runs

    names = [run.name for run in runs]
    if len(set(names)) != len(names):
        raise InputError(f"the run {next(n for n in names if names.count(n) > 1)!r} is named twice")
    return compare_runs({run.name: run.table for run in runs})[list(COMPARISON_COLUMNS)]


def draw(
    kind: str, folder: Path, conditions: tuple[str, ...], seed: int | None, window: str | None, formats: str, out: Path
) -> None:
    """Draw one figure into `out` and print its files."""
    from lhb_model import plot
    from lhb_model.figures import KINDS, View
    from lhb_model.figures import draw as draw_kind

    if kind not in KINDS:
        raise InputError(unknown("kind of figure", kind, KINDS))
    run = open_run(folder)
    figure = draw_kind(run, kind, View(conditions, seed, _window(window)))
    chosen = tuple(name.strip() for name in formats.split(","))
    for name in chosen:
        if name not in ("png", "pdf", "svg"):
            raise InputError(unknown("format", name, ("png", "pdf", "svg")))
    out.mkdir(parents=True, exist_ok=True)
    for path in plot.save(figure, out / f"{run.name}-{kind}", chosen):
        click.echo(str(path))


def _window(text: str | None) -> tuple[float, float] | None:
    """ "2s-6s" as seconds."""
    if text is None:
        return None
    first, dash, last = text.partition("-")
    try:
        start, stop = parse_quantity(first, "s").value, parse_quantity(last, "s").value
    except QuantityError as error:
        raise InputError(f"--window: {error.message}; write it as in 2s-6s") from None
    if not dash or start >= stop:
        raise InputError(f"--window: given {text!r}, expected a start before an end, as in 2s-6s")
    return start, stop


# list and show -------------------------------------------------------------------------------------------------------


def show_list(what: str, out: Path) -> None:
    """Print the names of a kind with their titles."""
    kinds = {"experiments": "experiment", "nuclei": "nucleus", "interventions": "intervention"}
    if what in kinds:
        rows = [[name, _title(kinds[what], name)] for name in catalogue.sheet_paths(kinds[what])]
    elif what == "mechanisms":
        rows = [[name, catalogue.mechanism(name).title] for name in catalogue.mechanism_names()]
    elif what == "readouts":
        from lhb_model.readouts import READOUTS

        rows = [[name, readout.title] for name, readout in READOUTS.items()]
    elif what == "runs":
        rows = [[str(run.folder), run.manifest["state"], run.manifest["title"]] for run in list_runs(out)]
    else:
        raise InputError(unknown("list", what, [*kinds, "mechanisms", "readouts", "runs"]))
    click.echo("\n".join(terminal.aligned(rows)) if rows else f"no {what}")


def _title(kind: str, name: str) -> str:
    from lhb_model.yaml_file import read_yaml

    return str(read_yaml(catalogue.sheet_path(kind, name)).data.get("title", ""))


def show(name: str) -> None:
    """Print everything of that name: a run's summary, a mechanism's equations, a sheet."""
    if (Path(name) / "manifest.json").is_file():
        run = open_run(name)
        click.echo(f"{run.manifest['title']} ({run.manifest['state']}; {run.manifest['target']})")
        return _print_run(run)
    shown = 0
    if name in catalogue.mechanism_names():
        click.echo("\n".join(_mechanism_lines(name)))
        shown += 1
    for kind in ("nucleus", "intervention", "experiment"):
        if name in catalogue.sheet_paths(kind):
            click.echo(f"# {kind}: {name}")
            click.echo(catalogue.sheet_path(kind, name).read_text().rstrip())
            shown += 1
    if not shown:
        known = [
            *catalogue.mechanism_names(),
            *(n for kind in ("nucleus", "intervention", "experiment") for n in catalogue.sheet_paths(kind)),
        ]
        raise InputError(unknown("name", name, known))


def _mechanism_lines(name: str) -> list[str]:
    mechanism = catalogue.mechanism(name)
    rows = [["parameter", "value", "tag", "source"]]
    rows += [[key, p.quantity.text, p.tag, p.source] for key, p in mechanism.parameters.items()]
    equations = [line.strip() for line in mechanism.equations.splitlines() if line.strip()]
    each_step = [f"each step: {line.strip()}" for line in mechanism.each_step.splitlines() if line.strip()]
    return [
        f"# mechanism: {name}",
        mechanism.title,
        *equations,
        *each_step,
        f"source: {mechanism.source}",
        *terminal.aligned(rows),
    ]


# doctor --------------------------------------------------------------------------------------------------------------


def diagnose() -> dict[str, Any]:
    """State of everything the program stands on; `ok` is False if a run would fail."""
    tools, versions = cache.toolchain(), part_versions()
    folder = cache.folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    problems = [f"{name} is missing: reinstall lhb_model" for name, number in versions.items() if number == "missing"]
    if _clash(versions):
        problems.append(
            f"Brian2 {versions['brian2']} does not work with numpy {versions['numpy']}: pip install 'numpy<2.4'"
        )
    if free < 1e9:
        problems.append(f"less than 1 GB free where builds are kept ({folder})")
    return {
        "ok": not problems,
        "problems": problems,
        "versions": versions,
        "compiler": None if tools is None else {"path": tools.compiler, "version": tools.version, "code": tools.level},
        "target": "numpy (no C++ compiler)" if tools is None else "C++ standalone",
        "cache": str(folder),
        "builds": len(list((folder / "builds").glob("*/build.json"))),
        "free_GB": round(free / 1e9, 1),
    }


def _clash(versions: dict[str, str]) -> bool:
    def pair(text: str) -> tuple[int, int]:
        parts = text.split(".")
        return (
            (int(parts[0]), int(parts[1])) if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() else (0, 0)
        )

    return pair(versions["brian2"]) < (2, 10) and pair(versions["numpy"]) >= (2, 4)


def doctor_lines(report: dict[str, Any]) -> list[str]:
    """The report as plain lines."""
    compiler = report["compiler"]
    said = (
        f"{compiler['version']} ({compiler['code']})"
        if compiler
        else "none found: runs will be some twenty times slower"
    )
    rows = [[name, number] for name, number in report["versions"].items()]
    rows += [
        ["compiler", said],
        ["target", report["target"]],
        ["cache", f"{report['cache']} ({report['builds']} builds)"],
    ]
    rows += [["disk free", f"{report['free_GB']} GB"]]
    return [
        *terminal.aligned(rows),
        *(f"PROBLEM: {text}" for text in report["problems"]),
        "ok" if report["ok"] else "not ok",
    ]
