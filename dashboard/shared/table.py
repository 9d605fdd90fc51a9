"""Tables and lists of names and values as markup: escaped, with headers that a reader can name."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence


class Markup(str):
    """A cell that is markup already."""

    __slots__ = ()


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    named: bool = True,
    look: str = "",
) -> str:
    """A table.

    Args:
        head: Names of the columns.
        rows: Cells; escaped, but for `Markup`.
        caption: Above it.
        named: The first cell of a row names the row.
        look: Its class.

    >>> table(("a", "b"), [("x < y", 1)])[7:]
    '<thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>\
<tbody><tr><th scope="row">x &lt; y</th><td>1</td></tr></tbody></table>'
    """
    columns = "".join(f'<th scope="col">{_said(name)}</th>' for name in head)
    body = "".join(f"<tr>{_cells(row, named)}</tr>" for row in rows)
    above = f"<caption>{_said(caption)}</caption>" if caption else ""
    begin = f'<table class="{look}">' if look else "<table>"
    return f"{begin}{above}<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"


def pairs(values: Mapping[str, object], *, look: str) -> str:
    """Names with their values, as a list.

    >>> pairs({"Label": "a & b"}, look="facts")
    '<dl class="facts"><dt>Label</dt><dd>a &amp; b</dd></dl>'
    """
    cells = "".join(
        f"<dt>{_said(name)}</dt><dd>{_said(value)}</dd>" for name, value in values.items()
    )
    return f'<dl class="{look}">{cells}</dl>'


def _cells(row: Sequence[object], named: bool) -> str:
    first = f'<th scope="row">{_said(row[0])}</th>' if named else ""
    return first + "".join(f"<td>{_said(cell)}</td>" for cell in row[named:])


def _said(cell: object) -> str:
    return cell if isinstance(cell, Markup) else html.escape(str(cell))
