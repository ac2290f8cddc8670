"""A finished validation -> one self-contained page: verdicts, and each target with its figures, source and intervals."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lhb_model.catalogue import sheet_paths
from lhb_model.findings import FINDINGS
from lhb_model.growing import write_whole
from lhb_model.report.page import checked_path, environment
from lhb_model.report.pictures import Picture, picture
from lhb_model.report.sources import papers
from lhb_model.targets import Target
from lhb_model.validation_report import measured_in, verdict_counts
from lhb_model.verdicts import Outcome


def write_validation_page(
    folder: Path,
    targets: Sequence[Target],
    outcomes: Sequence[Outcome],
    manifest: Mapping[str, Any],
    path: Path | None = None,
) -> Path:
    """Write the page of a validation into its folder, or elsewhere; `InputError` for a path that cannot be written."""
    path = checked_path(path, folder)
    own = {target.name: [outcome for outcome in outcomes if outcome.target == target.name] for target in targets}
    cited = " ".join(target.text for target in targets)
    text = (
        environment()
        .get_template("validation.html")
        .render(
            title=manifest["title"],
            name=manifest.get("name", folder.name),
            manifest=manifest,
            targets=targets,
            outcomes=outcomes,
            own=own,
            counts=verdict_counts(outcomes),
            failing=list(dict.fromkeys(outcome.target for outcome in outcomes if outcome.failing)),
            pictures=_pictures(folder, targets, own),
            measured_in=measured_in,
            command=" ".join(["lhb validate", *map(_called, targets)]),
            bibtex="\n".join(paper.bibtex.strip() + "\n" for paper in papers() if paper.is_cited_in(cited)),
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    return path


def _called(target: Target) -> str:
    """How `lhb validate` knows a target: a shipped one by its name, another by its file."""
    shipped = sheet_paths("target").get(target.name)
    own = shipped is None or shipped.read_text(encoding="utf-8") != target.text
    return f"{target.name}.yaml" if own else target.name


def _pictures(
    folder: Path, targets: Iterable[Target], outcomes: Mapping[str, Sequence[Outcome]]
) -> dict[str, list[Picture]]:
    """For each target its figure, and those of the findings that no target before it has shown."""
    files = {file.stem: file for file in (folder / "figures").glob("*.png")}
    made: dict[str, list[Picture]] = {}
    for target in targets:
        places = dict.fromkeys(target.sheet.place(entry) for _, entry in target.numbered())
        told = _told(target, outcomes[target.name], [place for place in places if place in FINDINGS])
        made[target.name] = [
            picture(files.pop(name).read_bytes(), name, title, "", alt)
            for name, (title, alt) in told.items()
            if name in files
        ]
    return made


def _told(target: Target, outcomes: Iterable[Outcome], places: Iterable[str | None]) -> dict[str, tuple[str, str]]:
    """Figure -> its title, and what it shows in words."""
    numbers = "; ".join(f"{o.quantity}: published {o.published}, model {o.model}, {o.said}" for o in outcomes)
    own = {target.name: ("Published beside the model", f"{target.sheet.title}. {numbers}.")}
    found = {place: FINDINGS[place].title for place in places if place}
    return own | {place: ("What was measured", f"{title}, as measured in the model.") for place, title in found.items()}
