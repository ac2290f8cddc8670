"""Figure -> files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from lhb_model.errors import InputError
from lhb_model.names import unknown
from lhb_model.plot.style import PRINT_DPI, STYLE

# A file tells what made it, not when: equal figures are equal files.
METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": "lhb_model"},
    "pdf": {"Creator": "lhb_model", "Producer": "matplotlib", "CreationDate": None},
    "svg": {"Creator": "lhb_model", "Date": None},
}


def save(figure: Figure, path_without_suffix: str | Path, formats: Sequence[str] = ("png",)) -> list[Path]:
    """Write a figure as `png` (200 dpi), `pdf` or `svg`, and return the files; the same bytes for the same figure.

    `InputError` for another format, or naming the file if it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in save(Figure(), f"{folder}/dose-1.5uM", formats=("png", "svg"))]
    ['dose-1.5uM.png', 'dose-1.5uM.svg']
    """
    for name in formats:
        if name not in METADATA:
            raise InputError(unknown("figure format", name, METADATA))
    return [_write(figure, Path(f"{path_without_suffix}.{name}"), name) for name in formats]


def _write(figure: Figure, path: Path, name: str) -> Path:
    try:
        with style.context(["default", STYLE]):
            figure.savefig(path, format=name, dpi=PRINT_DPI, metadata=METADATA[name])
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", file=path) from error
    return path
