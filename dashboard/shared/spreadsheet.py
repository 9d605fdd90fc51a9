"""Tables that a person can take along: Streamlit's own has a button for CSV, and can be copied."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.sheets import Rows, harmless, write_rows

if TYPE_CHECKING:
    import pandas as pd


def show_table(rows: Rows, **options: Any) -> None:
    """Show a table whose texts, some of them by strangers, are no formulas in a spreadsheet.

    Args:
        rows: What it shows.
        options: Of Streamlit's ``dataframe``.
    """
    import pandas as pd  # 50 MB of the server's memory, from the first table on

    st.dataframe(without_formulas(pd.DataFrame(list(rows))), hide_index=True, **options)


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with harmless texts, in its head too; numbers keep their type."""
    return table.map(harmless).rename(columns=harmless)


def csv_of(rows: Rows) -> str:
    """The table as CSV; "" without a row.

    >>> csv_of([{"path": "a.png", "score": 0.5}, {"path": "=b", "score": None}])
    "path,score\\na.png,0.5\\n'=b,\\n"
    """
    if not rows:
        return ""
    sheet = io.StringIO()
    values = (["" if cell is None else cell for cell in row.values()] for row in rows)
    write_rows(sheet, [list(rows[0]), *values])
    return sheet.getvalue()
