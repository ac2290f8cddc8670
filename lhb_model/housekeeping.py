"""What `lhb cache` lists and removes."""

import time
from typing import Any

from lhb_model.simulate import cache
from lhb_model.terminal import aligned

DAY = 86400.0


def cache_report() -> dict[str, Any]:
    """The builds in the cache as plain data: sizes in MB, times in days."""
    now = time.time()
    builds = [
        {
            "build": build.folder.name.split("-")[0],
            "folder": str(build.folder),
            "MB": round(build.bytes / 1e6, 2),
            "days_unused": round(max(now - build.used, 0.0) / DAY, 2),
            "usable": build.current,
        }
        for build in cache.builds()
    ]
    return {"cache": str(cache.folder()), "builds": builds}


def cache_lines(report: dict[str, Any]) -> list[str]:
    """The report as plain lines."""
    rows = [
        [b["build"], f"{b['MB']:.1f} MB", f"used {b['days_unused']:.1f} days ago", "" if b["usable"] else "stale"]
        for b in report["builds"]
    ]
    total = sum(b["MB"] for b in report["builds"])
    return [*aligned(rows), f"{len(rows)} builds, {total:.1f} MB, in {report['cache']}"]


def clear_cache(stale: bool, unused_for: int | None) -> str:
    """Remove builds: all, or only those that are stale and have been unused for so many days."""
    limit = time.time() - (unused_for or 0) * DAY
    chosen = [build for build in cache.builds() if build.used <= limit and not (stale and build.current)]
    freed = cache.clear(chosen)
    return f"{len(chosen)} builds removed, {freed / 1e6:.1f} MB freed"
