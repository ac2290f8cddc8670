"""Where the sheets lie that come with the package. Costs nothing to import."""

from pathlib import Path

FOLDERS = {"experiment": "experiments", "nucleus": "nuclei", "intervention": "interventions", "target": "targets"}


def shipped() -> Path:
    """The folder of the sheets that come with the package."""
    inside = Path(__file__).parent / "configs"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "configs"
