"""Jobs, ledger and resume: ties simulation, analysis, comparison and figures into one run.

A run grows in `<out>/.partial-<name>-<hash>/` and is renamed once, when every job is settled; a run that is killed is
taken up where it stopped by the same command. A sweep is a run whose conditions are simulated at many points.
"""

import json
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lhb_model.analyse import Label, measures_table, neurons_table
from lhb_model.errors import InputError
from lhb_model.executors import Executor, Threads
from lhb_model.experiment import Experiment
from lhb_model.growing import alone, partial_folder, publish, write_whole
from lhb_model.ledger import LEDGER, Ledger
from lhb_model.provenance import machine, part_versions
from lhb_model.resolve import code_version, describe_axis, equations_text, experiment_hash, resolve
from lhb_model.run_folder import REPORT, Run, read_manifest
from lhb_model.runs.flow import simulate_all
from lhb_model.runs.work import Policy, Watcher, Work, open_ledger
from lhb_model.simulate import cache
from lhb_model.sweep_files import POINTS, SPIKES, points_table, sweep_table, write_spikes

if TYPE_CHECKING:
    import pandas as pd

STOPPED = "stopped"
SECONDS_PER_FIGURE = 1


def folder_of(experiment: Experiment, out: Path) -> Path:
    """Where the run of an experiment lies, or will lie."""
    return out / f"{experiment.name}-{experiment_hash(resolve(experiment))}"


def run_experiment(
    experiment: Experiment,
    out: str | Path = "runs",
    workers: int | None = None,
    force: bool = False,
    watcher: Watcher | None = None,
    stop: threading.Event | None = None,
    executor: Executor | None = None,
    policy: Policy | None = None,
) -> Run:
    """Simulate every condition with every seed, at every point of a sweep; analyse, compare and draw; return the finished run.

    A finished run of the same experiment and code is returned at once unless `force`. An unfinished one is taken up; of
    one with failed jobs, those alone are repeated. If another process is at the same run, this one waits for it.
    Simulations run on `executor`; without one in as many threads as `workers` says.

    Raises
    ------
    JobError
        If the model does not compile, or the run is stopped. Single jobs that fail do not raise: the run is finished
        with the state "failed".
    """
    watcher, policy = watcher or Watcher(), policy or Policy()
    final = folder_of(experiment, Path(out))
    if not force and is_finished(final, policy):
        return Run(final)
    with alone(final, cache.folder() / "locks", watcher.step):
        if force or not is_finished(final, policy):
            partial = partial_folder(final, force)
            with Ledger(partial) as ledger, nullcontext(executor) if executor else Threads(workers) as place:
                _grow(Work(experiment, partial, watcher, stop or threading.Event(), ledger, policy), place)
            publish(partial, final)
            _drop_ledger(final)
    return Run(final)


def is_finished(folder: Path, policy: Policy | None = None) -> bool:
    """Whether a run lies there whose jobs are all done, or all settled if those that failed are left alone."""
    settled = ("done",) if policy is None or policy.retry else ("done", "failed")
    try:
        return read_manifest(folder)["state"] in settled
    except InputError:
        return False


def _drop_ledger(final: Path) -> None:
    """The manifest has all of it; of a sweep, results of simulations wait in it for those that are to be repeated."""
    if "sweep" not in (manifest := read_manifest(final)) or manifest["state"] == "done":
        (final / LEDGER).unlink(missing_ok=True)


# the growing folder --------------------------------------------------------------------------------------------------


def _grow(work: Work, executor: Executor) -> None:
    """Everything from the ledger to the figures; what is done stays when this is interrupted."""
    if work.keep == "recording":
        work.folder.joinpath("recordings").mkdir(exist_ok=True)
    # It told of the run as it was before.
    (work.folder / REPORT).unlink(missing_ok=True)
    open_ledger(work)
    _describe(work)
    try:
        simulate_all(work, executor)
        _conclude(work)
    except BaseException:
        # A full disk may be what stopped it.
        with suppress(OSError):
            _write_manifest(work, STOPPED)
        raise


def _describe(work: Work) -> None:
    """Write what the run is before it begins."""
    from ruamel.yaml import YAML

    work.folder.joinpath("config.yaml").write_bytes(work.experiment.text.encode())
    with open(work.folder / "resolved.yaml", "w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"set": list(work.experiment.overrides), **resolve(work.experiment)}, file)
    write_whole(work.folder / "equations.txt", equations_text(work.experiment))
    if work.experiment.sweep:
        points_table(work.experiment.sweep).to_csv(work.folder / POINTS, index=False)
    _write_manifest(work, "running")


def _write_manifest(work: Work, state: str) -> None:
    """What the run is and how far it is; while it grows, its jobs stand in the ledger."""
    sweep = work.experiment.sweep
    manifest = {
        "experiment": work.experiment.name,
        "title": work.experiment.sheet.title,
        "state": state,
        "code": code_version(),
        "parameters": work.experiment.parameters,
        "versions": part_versions(),
        "target": "; ".join(sorted(work.targets)),
        "machine": machine(),
        "begun": work.begun,
        "seconds": round(work.earlier + time.perf_counter() - work.clock, 2),
        "notes": work.notes,
        **({"sweep": _in_short(work.experiment)} if sweep else {}),
    }
    jobs = [] if state == "running" else [job.plain() for job in work.in_order()]
    # A line for each job: thousands are still read at a glance.
    lines = ",\n  ".join(json.dumps(job) for job in jobs)
    text = json.dumps(manifest, indent=1).removesuffix("\n}")
    write_whole(work.folder / "manifest.json", f'{text},\n "jobs": [\n  {lines}\n ]\n}}\n')


def _in_short(experiment: Experiment) -> dict[str, object]:
    """Design, axes and number of points of a sweep."""
    assert experiment.sweep is not None
    sheet, axes = experiment.sweep.sheet, experiment.sweep.axes
    of_axes = [describe_axis(axis) for axis in axes]
    return {
        "design": sheet.design,
        "seed": sheet.seed,
        "keep": sheet.keep,
        "axes": of_axes,
        "points": len(experiment.sweep.points),
    }


# finishing -----------------------------------------------------------------------------------------------------------


def _conclude(work: Work) -> None:
    """Tables, comparison, figures and the last word of the manifest."""
    from lhb_model.figures import draw_figures

    work.watcher.step("writing tables and comparing conditions")
    made = _tables_of_sweep(work) if work.experiment.sweep else _tables(work)
    made["comparison"] = _compared(made["table"])
    for name, table in made.items():
        table.to_csv(work.folder / f"{name}.csv", index=False)
    state = "failed" if any(job.state != "done" for job in work.jobs) else "done"
    kinds = _kinds(work)
    work.watcher.step(
        f"drawing {len(kinds)} figure{'s' * (len(kinds) != 1)}, about {len(kinds) * SECONDS_PER_FIGURE} s"
    )
    run = Run(work.folder)
    run.__dict__.update(resolved=resolve(work.experiment), **({} if work.experiment.sweep else made))
    for note in draw_figures(run, kinds, work.folder / "figures"):
        work.notes.append(note)
        work.watcher.step(note)
    _write_manifest(work, state)


def _kinds(work: Work) -> list[str]:
    """The figures asked for; of a sweep those that show all points, and a map in any case."""
    from lhb_model.figures import OF_SWEEPS

    asked = work.experiment.sheet.figures
    return asked if work.experiment.sweep is None else list(dict.fromkeys([*(set(asked) & set(OF_SWEEPS)), "map"]))


def _tables(work: Work) -> "dict[str, pd.DataFrame]":
    done = [Label(job.condition, job.seed) for job in work.in_order() if job.state == "done"]
    return {
        "neurons": _joined([work.neurons[label] for label in done], neurons_table([])),
        "table": _joined([work.measures[label] for label in done], measures_table([])),
    }


def _tables_of_sweep(work: Work) -> "dict[str, pd.DataFrame]":
    if work.keep == "spikes":
        write_spikes(work.ledger, work.jobs, work.folder / SPIKES)
    return {"table": sweep_table(work.ledger, work.jobs)}


def _joined(parts: "list[pd.DataFrame]", empty: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    return pd.concat(parts, ignore_index=True) if parts else empty


def _compared(table: "pd.DataFrame") -> "pd.DataFrame":
    from lhb_model.comparison import COMPARISON_COLUMNS, compare

    if table.empty:
        return table.reindex(columns=list(COMPARISON_COLUMNS))
    return compare(table)[list(COMPARISON_COLUMNS)]
