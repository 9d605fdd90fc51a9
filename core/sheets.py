"""Tables that a spreadsheet may open: no text in them becomes a formula there.

Names of files, runs and classes are chosen by people. A spreadsheet calculates what begins with
one of a few signs, also behind a semicolon where that parts its columns, and a formula there can
open addresses or start programs. An apostrophe before it makes it a text. Numbers stay as they are.

Source:
    OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TextIO, TypeAlias

Rows: TypeAlias = Sequence[Mapping[str, Any]]
"""Values by the names of columns, which all rows share; None for a value that is not known."""

_FORMULA: Final = re.compile(r"(\A|[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r])")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s?%?")


def harmless(cell: Any) -> Any:
    r"""A cell of a table as it may leave: a text that would be a formula gets an apostrophe.

    >>> harmless("=HYPERLINK(0)"), harmless("wrist; =1"), harmless("a-b.png")
    ("'=HYPERLINK(0)", "wrist;' =1", 'a-b.png')
    >>> harmless(-1.5), harmless("-1.5"), harmless("\t7")
    (-1.5, '-1.5', "'\t7")
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return _FORMULA.sub(r"\1'", cell)


def write_rows(output: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write lines of a CSV table, each as soon as it is known."""
    writer = csv.writer(output, lineterminator="\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        output.flush()
