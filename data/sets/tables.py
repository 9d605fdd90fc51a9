"""Tables and JSON that come with a dataset, as spreadsheets and editors leave them behind.

A table may have been opened and saved on the way: as UTF-16 ("Unicode text"), in a Windows code
page, with semicolons or tabs, with whole numbers as 1.0. All of that is the same table. A row that
breaks off is handed over as such; a file that is no table is an error of the reader's choice.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from core.errors import LessonError

Damaged: TypeAlias = Callable[[str], LessonError]
"""Makes the reader's error of a problem, told as the rest of a sentence."""

DELIMITERS: Final = (",", ";", "\t")
SET: Final = frozenset({"1", "1.0", "1,0", "true", "yes", "x"})
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows.

    Attributes:
        rows: Column names to cells without the spaces round them; only whole rows.
        short: Line number and first cell of each row that lacks a needed cell.
    """

    rows: tuple[dict[str, str], ...]
    short: tuple[tuple[int, str], ...]


def read_table(path: Path, *, needed: Sequence[str], damaged: Damaged) -> Table:
    """Read a table with a header.

    Args:
        path: The file.
        needed: Columns that it must have.
        damaged: Makes the error.

    Raises:
        LessonError: What `damaged` makes, where the file is missing, is no table or lacks a column.
    """
    text = read_text(path, damaged=damaged)
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[dict[str, str]] = []
    short: list[tuple[int, str]] = []
    try:
        columns = [cell.strip() for cell in next(lines, [])]
        absent = [column for column in needed if column not in columns]
        if absent:
            raise damaged(f"{path} has no column {', '.join(absent)}")
        last = max(columns.index(column) for column in needed)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) <= last:
                short.append((lines.line_num, cells[0].strip()))
                continue
            filled = [cell.strip() for cell in cells] + [""] * (len(columns) - len(cells))
            rows.append(dict(zip(columns, filled, strict=False)))
    except csv.Error as error:
        raise damaged(f"{path} is no table: line {lines.line_num}, {error}") from error
    return Table(tuple(rows), tuple(short))


def read_rows(path: Path, *, damaged: Damaged) -> list[list[str]]:
    """Read a table without a header: the cells of every row that is not empty.

    Raises:
        LessonError: What `damaged` makes, where the file is missing or is no table.
    """
    text = read_text(path, damaged=damaged)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [[cell.strip() for cell in cells] for cells in lines]
    except csv.Error as error:
        raise damaged(f"{path} is no table: line {lines.line_num}, {error}") from error
    return [cells for cells in rows if any(cells)]


def read_json(path: Path, *, damaged: Damaged) -> Any:
    """Read a JSON file.

    Raises:
        LessonError: What `damaged` makes, where the file is no JSON.
    """
    try:
        return json.loads(read_text(path, damaged=damaged))
    except (ValueError, RecursionError) as error:
        raise damaged(f"{path} is no JSON file ({error})") from error


def is_set(cell: str) -> bool:
    """Whether a cell says yes: 1, or what spreadsheets make of it.

    >>> is_set("1.0"), is_set(""), is_set("0")
    (True, False, False)
    """
    return cell.strip().lower() in SET


def read_text(path: Path, *, damaged: Damaged) -> str:
    """A text file's letters, whatever they were saved in.

    Raises:
        LessonError: What `damaged` makes, where the file can't be read.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise damaged(f"{path} is missing") from error
    except OSError as error:
        raise damaged(f"{path} can't be read ({error.strerror or error})") from error
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        # Saved by a Windows program in the West; of other code pages, the plain letters are right.
        return raw.decode("cp1252", "replace")
