"""Tables that a person can take along: Streamlit's own has a button for CSV, and can be copied."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.sheets import harmless, write_rows

if TYPE_CHECKING:
    import pandas as pd


def show_table(table: pd.DataFrame | Sequence[Mapping[str, Any]], **options: Any) -> None:
    """Show a table whose texts, some of them by strangers, are no formulas in a spreadsheet.

    Args:
        table: Rows, with names of columns.
        options: Of Streamlit's ``dataframe``.
    """
    import pandas as pd  # which most pages do without

    frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(list(table))
    st.dataframe(without_formulas(frame), hide_index=True, **options)


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with harmless texts, in its head too; numbers keep their type."""
    return table.map(harmless).rename(columns=harmless)


def csv_of(table: pd.DataFrame) -> str:
    """The table as CSV, without its index."""
    sheet = io.StringIO()
    rows = table.astype(object).where(table.notna(), "").itertuples(index=False)
    write_rows(sheet, [table.columns, *rows])
    return sheet.getvalue()
