"""Tables as HTML for notebooks: everything is escaped, and colours are left to the page."""

from collections.abc import Iterable, Sequence
from html import escape

LEFT = ' style="text-align: left; padding: 0.15em 1.2em 0.15em 0; font-weight: normal"'
HEAD = ' scope="col" style="text-align: left; padding: 0.15em 1.2em 0.15em 0; border-bottom: 1px solid currentcolor"'
CAPTION = ' style="text-align: left; font-weight: bold; caption-side: top; padding: 0.4em 0"'


def html_table(rows: Sequence[Sequence[str]], title: str = "", notes: Iterable[str] = ()) -> str:
    """Rows, of which the first is the head, as a table under a title; notes stand below it.

    >>> html_table([["a", "<b>"], ["1", "2"]]).count("&lt;b&gt;")
    1
    """
    head, *body = [[escape(cell) for cell in row] for row in rows]
    top = "".join(f"<th{HEAD}>{cell}</th>" for cell in head)
    caption = f"<caption{CAPTION}>{escape(title)}</caption>" if title else ""
    below = "".join(f"<p>{escape(note)}</p>" for note in notes)
    rest = "".join(map(_row, body))
    return f"<div><table>{caption}<thead><tr>{top}</tr></thead><tbody>{rest}</tbody></table>{below}</div>"


def _row(cells: Sequence[str]) -> str:
    values = "".join(f"<td{LEFT}>{cell}</td>" for cell in cells[1:])
    return f'<tr><th scope="row"{LEFT}>{cells[0]}</th>{values}</tr>'
