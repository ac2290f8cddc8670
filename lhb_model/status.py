"""How far a run is: one that grows, was stopped or killed, or is finished."""

from collections import Counter
from pathlib import Path
from typing import Any

from lhb_model.errors import InputError
from lhb_model.growing import is_alive
from lhb_model.ledger import STATES, job_name
from lhb_model.run_folder import PARTIAL, open_run, read_manifest
from lhb_model.simulate import cache
from lhb_model.terminal import aligned, duration

MOST_REASONS = 20
SETTLED = ("done", "failed", "timed out")


def status_report(folder: Path) -> dict[str, Any]:
    """State of a run, number of simulations in each state, the reasons of those that failed, and the time that is left (s).

    Raises
    ------
    InputError
        If there is no run in the folder, finished or not.
    """
    place = _place(folder)
    manifest = read_manifest(place)
    jobs, state = manifest["jobs"], manifest["state"]
    final = place.with_name(place.name.removeprefix(PARTIAL))
    if place.name.startswith(PARTIAL):
        state = "running" if is_alive(final, cache.folder() / "locks") else "stopped"
    counts = Counter(_now(job["state"], state) for job in jobs)
    failed = [job for job in jobs if job["state"] in SETTLED[1:]]
    reasons = Counter((job["state"], job.get("error") or "") for job in failed)
    example = {(job["state"], job.get("error") or ""): job_name(job) for job in reversed(failed)}
    return {
        "run": str(place),
        "title": manifest.get("title", ""),
        "state": state,
        "points": manifest.get("sweep", {}).get("points"),
        "simulations": {name: counts[name] for name in STATES},
        "seconds_left": _left(jobs) if state == "running" else None,
        "failures": [
            {"state": kind, "reason": reason, "simulations": number, "first": example[kind, reason]}
            for (kind, reason), number in reasons.most_common(MOST_REASONS)
        ],
        "reasons_not_shown": max(0, len(reasons) - MOST_REASONS),
    }


def _place(folder: Path) -> Path:
    """The folder itself, or the one in which it grows."""
    growing = folder.with_name(f"{PARTIAL}{folder.name}")
    for place in (growing, folder):
        if (place / "manifest.json").is_file():
            return place
    if folder.exists():
        raise InputError("not a run: it has no manifest.json", file=folder)
    return open_run(folder).folder


def _now(job: str, run: str) -> str:
    """What a simulation is doing: nothing, where nobody is at the run."""
    return "queued" if job == "running" and run != "running" else job


def _left(jobs: list[dict[str, Any]]) -> float | None:
    """Seconds, if the others take as long as those that are done, as many at a time as now."""
    taken = [job["seconds"] for job in jobs if job["state"] == "done" and job["seconds"]]
    at_once = max(1, sum(job["state"] == "running" for job in jobs))
    waiting = sum(job["state"] not in SETTLED for job in jobs)
    return round(waiting * sum(taken) / len(taken) / at_once, 1) if taken else None


def status_lines(report: dict[str, Any]) -> list[str]:
    """The same for a reader."""
    counts = report["simulations"]
    points = f", {report['points']} points" if report["points"] else ""
    left = f", about {duration(report['seconds_left'])} left" if report["seconds_left"] is not None else ""
    lines = [f"{report['title']} ({report['state']}{points}{left})"]
    lines += aligned([[name, str(counts[name])] for name in STATES] + [["all", str(sum(counts.values()))]])
    for failure in report["failures"]:
        others = f" and {failure['simulations'] - 1} more" if failure["simulations"] > 1 else ""
        lines.append(f"{failure['state']}: {failure['first']}{others}: {failure['reason']}")
    if report["reasons_not_shown"]:
        lines.append(f"and {report['reasons_not_shown']} other reasons: lhb status --json")
    if report["state"] == "stopped":
        lines.append("The command that began it goes on from there.")
    return [*lines, report["run"]]
