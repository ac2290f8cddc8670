"""What the verbs that run, check, show and draw do and print."""

import json
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from lhb_model import terminal
from lhb_model.composition import compose_model
from lhb_model.errors import InputError, LhbError
from lhb_model.estimate import estimate, seconds_if
from lhb_model.executors import Executor
from lhb_model.experiment import Experiment, Sweep
from lhb_model.figures import KINDS, View
from lhb_model.figures import draw as draw_kind
from lhb_model.model import RAMP_START, Change, Model
from lhb_model.names import unknown
from lhb_model.quantities import format_quantity, parse_quantity, parse_span
from lhb_model.run_folder import PARTIAL, REPORT, Run, failed_jobs, open_run, read_manifest
from lhb_model.runs import Policy, folder_of, is_finished, run_experiment
from lhb_model.simulate import cache

FORMATS = ("png", "pdf", "svg")
MOST_VALUES = 12
SECONDS_PER_PAGE = 5
"""Seconds for the page of a run, with the figures that it has not drawn itself."""


# run and check -------------------------------------------------------------------------------------------------------


def run(
    experiment: Experiment,
    out: Path,
    workers: int | None,
    force: bool,
    as_json: bool,
    with_report: bool = True,
    scheduler: str | None = None,
    cluster: str | None = None,
    policy: Policy | None = None,
) -> int:
    """Run an experiment, make its page, print its summary and its folder; return the exit code."""
    folder, seconds = folder_of(experiment, out), None
    at_work = force or not is_finished(folder, policy)
    if at_work:
        elsewhere = scheduler or cluster
        seconds = None if elsewhere else seconds_if(experiment, cache.toolchain() is not None, workers)
        if not elsewhere:
            _warn_if_interpreted(experiment, workers)
    try:
        with terminal.Progress(as_json, seconds) as progress, stopping() as stop:
            with _place(at_work, scheduler, cluster, workers, progress.say) as executor:
                finished = run_experiment(experiment, out, workers, force, progress, stop, executor, policy)
            if at_work and with_report:
                _add_report(finished, progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_to_resume(folder)) from None
    if as_json:
        click.echo(json.dumps(_as_json(finished), indent=1))
    else:
        _print_run(finished)
    return 3 if failed_jobs(finished.manifest["jobs"]) else 0


def _place(
    at_work: bool, scheduler: str | None, cluster: str | None, workers: int | None, say: Callable[[str], None]
) -> AbstractContextManager[Executor | None]:
    """Where simulations run, if not in this process."""
    if scheduler and cluster:
        raise InputError("--scheduler and --cluster: choose one of them")
    if not at_work or not (scheduler or cluster):
        return nullcontext()
    from lhb_model import dask_cluster

    if scheduler:
        return dask_cluster.on_scheduler(scheduler, say)
    return dask_cluster.on_cluster(str(cluster), workers, say)


def policy(timeout: str | None, fail_fast: bool, retry: bool) -> Policy:
    """What to do about simulations that do not end well, as chosen on the command line.

    >>> policy("2 min", False, True).timeout
    120.0
    """
    if timeout is None:
        return Policy(None, fail_fast, retry)
    try:
        seconds = parse_quantity(timeout, "s").value
    except InputError as error:
        raise InputError(f"--timeout: {error.message}") from None
    if seconds <= 0:
        raise InputError(f"--timeout: given {timeout!r}, expected a time above 0")
    return Policy(seconds, fail_fast, retry)


def check_begun(experiment: Experiment, out: Path) -> None:
    """`InputError` unless a run of the experiment, as it is now, was begun."""
    folder = folder_of(experiment, out)
    if not folder.exists() and not folder.with_name(f"{PARTIAL}{folder.name}").exists():
        raise InputError(f"nothing to resume: {experiment.name}, as it is now, was not begun in {out}", file="--resume")


def _to_resume(folder: Path) -> str:
    """What a stopped run has kept, and the command that goes on from there."""
    words = [word for word in sys.argv[1:] if word != "--force"]
    again = f"To go on from there: {shlex.join(['lhb', *words])}"
    partial = folder.with_name(f"{PARTIAL}{folder.name}")
    try:
        jobs = read_manifest(partial)["jobs"]
    except InputError:
        return f"Interrupted before the first simulation. {again}"
    done = len(jobs) - len(failed_jobs(jobs))
    return f"Interrupted: {done} of {_counted(len(jobs), 'simulation')} done, kept in {partial}. {again}"


def _add_report(run: Run, progress: terminal.Progress) -> None:
    """The page of a run that has just ended, with the figures it has; a run is not lost because its page is."""
    from lhb_model.report import write_report

    progress.step("writing the report")
    try:
        write_report([run], drawn=False)
    except Exception as error:
        progress.step(f"no report was made: {error if isinstance(error, InputError) else repr(error)}")


def make_report(folders: Sequence[Path], out: Path | None, in_browser: bool) -> None:
    """Make the page of one or several runs, print its file, and show it."""
    runs = [open_run(folder) for folder in folders]
    from lhb_model.report import write_report

    with terminal.Progress() as progress:
        progress.step(f"drawing figures and writing the page, about {terminal.duration(SECONDS_PER_PAGE * len(runs))}")
        path = write_report(runs, out)
    click.echo(str(path))
    if in_browser:
        click.launch(path.resolve().as_uri())


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set when the process is told to end, so that children end too."""
    stop = threading.Event()

    def interrupt(*_: Any) -> None:
        stop.set()
        raise KeyboardInterrupt

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    earlier = {name: signal.getsignal(getattr(signal, name)) for name in names}
    # What is ignored stays ignored: `nohup lhb run` outlives its terminal.
    heard = [name for name in names if earlier[name] is not signal.SIG_IGN]
    for name in heard:
        signal.signal(getattr(signal, name), interrupt)
    try:
        yield stop
    finally:
        for name in heard:
            signal.signal(getattr(signal, name), earlier[name])


def _warn_if_interpreted(experiment: Experiment, workers: int | None) -> None:
    if cache.toolchain() is not None:
        return
    slow, fast = (terminal.duration(seconds_if(experiment, compiled, workers)) for compiled in (False, True))
    if cache.interpreted_by_choice():
        click.echo(f"LHB_TARGET=numpy: the model is interpreted; this run takes about {slow}.", err=True)
        return
    click.echo(
        f"No C++ compiler (with make) was found: the model is interpreted by Brian2's numpy target, and this run takes "
        f"about {slow}. With g++ and make installed it takes about {fast}. For a first look: lhb run smoke",
        err=True,
    )


def _print_run(run: Run) -> None:
    click.echo("\n".join(terminal.summary_lines(run)))
    for line in [*terminal.failures(run), *run.manifest.get("notes", [])]:
        click.echo(line, err=True)
    for line in [*_points(run), *_picture(run)]:
        click.echo(line)
    figures = _figures(run)
    if figures:
        click.echo("\n".join(["", "Figures:", *(f"  {path}" for path in figures), ""]))
    if report := _report(run):
        click.echo(f"Report: {report}")
    click.echo(str(run.folder))


def _points(run: Run) -> list[str]:
    """Where the points of a sweep are to be seen, each on its own."""
    if not run.sweep or run.table.empty:
        return []
    axes = " ".join(axis["name"] for axis in run.sweep["axes"][:2])
    nucleus = "lhb" if "lhb" in set(run.table["nucleus"]) else run.table["nucleus"].iloc[0]
    measure = "burst_rate" if nucleus == "lhb" else "rate"
    return [
        "",
        *terminal.aligned(
            [
                ["Each point:", f"{run.folder / 'points.csv'}, {run.folder / 'table.csv'}"],
                ["", f"lhb plot map {run.folder} {axes} {measure}"],
                ["One point:", f"lhb show {run.folder}@1"],
            ]
        ),
    ]


def _picture(run: Run) -> list[str]:
    """A raster of characters, where there is somebody to see it."""
    if not sys.stdout.isatty() or not (sys.stdout.encoding or "").lower().startswith("utf"):
        return []
    from lhb_model.picture import raster_lines

    try:
        return raster_lines(run, shutil.get_terminal_size().columns)
    # A recording that cannot be read costs the picture, not the summary.
    except LhbError:
        return []


def _figures(run: Run) -> list[str]:
    return sorted(str(path) for path in (run.folder / "figures").glob("*"))


def _report(run: Run) -> str | None:
    path = run.folder / REPORT
    return str(path) if path.is_file() else None


def _as_json(run: Run) -> dict[str, Any]:
    from lhb_model.comparison import summarise

    means: dict[str, dict[str, Any]] = {}
    for row in summarise(run.table).to_dict("records") if len(run.table) else ():
        means.setdefault(row["condition"], {}).setdefault(row["nucleus"], {})[row["measure"]] = terminal.plain(
            row["mean"]
        )
    return {
        "run": str(run.folder),
        "state": run.manifest["state"],
        "jobs": run.manifest["jobs"],
        "means": means,
        "figures": _figures(run),
        "report": _report(run),
        "notes": run.manifest.get("notes", []),
    }


def show_plan(
    experiment: Experiment, out: Path, workers: int | None, as_json: bool, cluster: str | None = None
) -> None:
    """Say what a run would do and cost, and what it would ask of SLURM."""
    folder = folder_of(experiment, out)
    plan = {"run": str(folder), "finished": is_finished(folder), **estimate(experiment, workers)}
    if cluster == "slurm":
        from lhb_model.dask_cluster import slurm_script

        plan["job_script"] = slurm_script()
    shown = [*terminal.aligned(_plan_rows(plan)), *([f"\n{plan['job_script']}"] if "job_script" in plan else [])]
    click.echo(json.dumps(plan, indent=1) if as_json else "\n".join(shown))


def _plan_rows(plan: dict[str, Any]) -> list[list[str]]:
    compiled = "cached" if plan["built"] else f"to be compiled, about {terminal.duration(cache.SECONDS_PER_BUILD)}"
    taken = f"about {terminal.duration(plan['seconds'])} with {_counted(plan['workers'], 'worker')}"
    seeds = _counted(len(plan["seeds"]), "seed")
    points = f" x {plan['points']} points" if plan["points"] > 1 else ""
    return [
        ["conditions", ", ".join(plan["conditions"])],
        ["simulations", f"{plan['jobs']} ({_counted(len(plan['conditions']), 'condition')}{points} x {seeds})"],
        ["neurons", f"{plan['cells']} in each"],
        ["synapses", f"{plan['synapses']} in each"],
        ["memory", f"about {plan['memory_MB']:.0f} MB for each worker"],
        ["disk", f"about {plan['disk_MB']:.0f} MB"],
        ["time", "finished: answered at once, unless --force" if plan["finished"] else taken],
        ["build", compiled if plan["compiler"] else "none: interpreted by Brian2's numpy target"],
        ["folder", plan["run"]],
    ]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def show_run(folder: Path) -> None:
    """Print the summary of a finished run."""
    run = open_run(folder)
    target = run.manifest.get("target", "")
    click.echo(f"{run.manifest.get('title', run.name)} ({', '.join(filter(None, [run.manifest['state'], target]))})")
    _print_run(run)


def show_check(experiment: Experiment) -> None:
    """Print what an experiment would run."""
    protocol = experiment.sheet.protocol
    size = f"{_counted(len(experiment.conditions), 'condition')} x {_counted(len(experiment.seeds), 'seed')}"
    click.echo(f"{experiment.name}: {experiment.sheet.title}")
    click.echo(f"{size}, {protocol.duration.text}, analysed from {protocol.warm_up.text} on, step {protocol.dt.text}")
    for line in _sweep_lines(experiment.sweep):
        click.echo(line)
    for condition in experiment.conditions:
        model = compose_model(experiment, condition)
        replayed = f" (replay: {condition.replay.text})" if condition.replay else ""
        click.echo(f"\n{condition.name}{replayed}{'' if model.changes else ': nothing is changed'}")
        for line in terminal.aligned(_change_rows(model)):
            click.echo(f"  {line}")
    click.echo("\nok")


def _sweep_lines(sweep: Sweep | None) -> list[str]:
    """Design and axes of a sweep; what follows them is its first point."""
    if sweep is None:
        return []
    lines = [f"sweep: {sweep.sheet.design.replace('_', ' ')} of {len(sweep.points)} points; below stands point 1"]
    for number, axis in enumerate(sweep.axes):
        values = list(dict.fromkeys(str(point[number]) for point in sweep.points))
        shown = (
            ", ".join(values) if len(values) <= MOST_VALUES else f"{', '.join(values[:3])}, ... ({len(values)} values)"
        )
        lines.append(f"  {axis.name} = {shown}")
    return lines


def _change_rows(model: Model) -> list[list[str]]:
    """ "lhb.E_K   -90 mV -> -100 mV   0 s to 11 s   depressed_state strength=1"; a train of pulses in one row."""
    alike: dict[tuple[str, str, str], list[Change]] = {}
    for change in model.changes:
        if change.parameter != RAMP_START:
            base = model.parameters(change.nucleus)[change.parameter]
            becomes = format_quantity(base.value * change.factor + change.shift, base.unit)
            what = f"{change.nucleus}.{change.parameter}", f"{format_quantity(base.value, base.unit)} -> {becomes}"
            alike.setdefault((*what, change.cause), []).append(change)
    return [[*what, _when(changes), cause] for (*what, cause), changes in alike.items()]


def _when(changes: Sequence[Change]) -> str:
    """ "1 s to 1.1 s, and 11 times more until 12.1 s"."""
    first, *others = changes
    span = f"{format_quantity(first.start, 's')} to {format_quantity(first.stop, 's')}"
    if not others:
        return span
    return f"{span}, and {len(others)} times more until {format_quantity(others[-1].stop, 's')}"


# plot -----------------------------------------------------------------------------------------------------------------


def draw(kind: str, folder: Path, view: View, formats: Sequence[str], out: Path) -> None:
    """Draw one figure into `out` and print its files."""
    if kind not in KINDS and str(folder) in KINDS:
        raise InputError(f"given the run first, expected the kind of figure: lhb plot {folder} {kind}")
    if kind not in KINDS:
        raise InputError(unknown("kind of figure", kind, KINDS))
    for name in formats:
        if name not in FORMATS:
            raise InputError(unknown("format", name, FORMATS))
    run = open_run(folder)
    from lhb_model import plot

    figure = draw_kind(run, kind, view)
    out.mkdir(parents=True, exist_ok=True)
    for path in plot.save(figure, out / f"{run.name}-{kind}", formats):
        click.echo(str(path))


def view(conditions: tuple[str, ...], seed: int | None, window: str | None, words: tuple[str, ...] = ()) -> View:
    """What to show, as chosen on the command line.

    >>> view((), None, "500 ms-1.5 s").window
    (0.5, 1.5)
    """
    return View(conditions, seed, None if window is None else parse_span(window, "--window"), words)
