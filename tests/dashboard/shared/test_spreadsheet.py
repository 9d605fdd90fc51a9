"""Nothing that a stranger named becomes a formula, wherever a table leaves the program."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from core.sheets import Rows, harmless, write_rows
from dashboard.commands.predict import Row, write_table
from dashboard.shared import spreadsheet

ROOT = Path(__file__).resolve().parents[3]
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
WRITERS = {"writer", "DictWriter", "to_csv", "to_clipboard", "to_excel", "dataframe", "data_editor"}
"""By which a table leaves: the last two have a button for CSV, and can be copied."""


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\n", "\u00a0"])
def test_a_text_that_would_be_calculated_is_a_text(sign: str, before: str) -> None:
    text = f"{before}{sign}cmd|' /C calc'!A0"
    assert harmless(text).startswith(f"'{before}")
    # Where a semicolon parts the columns, a comma's file still opens so.
    for parts in (";", "\n", "\t"):
        assert harmless(f"wrist{parts}{text}").startswith(f"wrist{parts}'")


@pytest.mark.parametrize("cell", ["wrist.png", "a-b", "x=1", "", "1+1", "-1", "+0.5e-3", "-4 %"])
def test_what_is_none_stays(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize("cell", [-1, -0.5, True, None, float("-inf")])
def test_numbers_stay_numbers(cell: object) -> None:
    assert harmless(cell) is cell


def hostile() -> Rows:
    evil = "=HYPERLINK(0)"
    return [{"path": evil, evil: -1.5, "n": -1}, {"path": "b", evil: None, "n": 2}]


def test_the_tables_of_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(spreadsheet.st, "dataframe", lambda table, **_: shown.append(table))
    spreadsheet.show_table(hostile(), key="k")
    spreadsheet.show_table([{"id": "@a"}, {"id": "b"}])
    assert list(shown[0]["path"]) == ["'=HYPERLINK(0)", "b"]
    assert list(shown[0].columns) == ["path", "'=HYPERLINK(0)", "n"]
    assert shown[0].dtypes.iloc[1].kind == "f"
    assert list(shown[0]["n"]) == [-1, 2]
    assert list(shown[1]["id"]) == ["'@a", "b"]


def test_the_files_of_the_pages_and_of_the_command() -> None:
    rows = list(csv.reader(io.StringIO(spreadsheet.csv_of(hostile()))))
    assert rows == [
        ["path", "'=HYPERLINK(0)", "n"],
        ["'=HYPERLINK(0)", "-1.5", "-1"],
        ["b", "", "2"],
    ]
    output = io.StringIO()
    write_table([Row(path=Path("=1+1.png"), score=0.5, label="@SUM(A1)", doubt="-x")], output)
    (_, row) = csv.reader(io.StringIO(output.getvalue()))
    assert row == ["'=1+1.png", "0.500000", "'@SUM(A1)", "", "'-x"]
    output = io.StringIO()
    write_rows(output, [["-2", -2, -0.5]])
    assert output.getvalue() == "-2,-2,-0.5\n"


def test_no_table_leaves_another_way() -> None:
    found = set()
    for folder in ("core", "data", "dashboard", "pages", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr in WRITERS:
                    found.add((path.relative_to(ROOT).as_posix(), node.attr))
    assert found == {("core/sheets.py", "writer"), ("dashboard/shared/spreadsheet.py", "dataframe")}
