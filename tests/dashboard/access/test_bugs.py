"""A mistake is a number on the page, and its kind and place in the log."""

from __future__ import annotations

import io
import json
import re

import pytest
import streamlit as st

from core import journal
from dashboard.access.bugs import show_bug


def test_page_and_log_share_a_number_and_neither_quotes_what_a_person_gave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, **_: shown.append(text))
    stream = io.StringIO()
    journal.begin(None, stream=stream)
    try:
        open("/nowhere/meier-anna.png", "rb")  # noqa: PTH123, SIM115
    except OSError as error:
        handled = show_bug(error)
    finally:
        journal.end()
    assert handled  # Streamlit's own box, with paths, stays away
    entry = json.loads(stream.getvalue())
    (text,) = shown
    assert entry["number"] == re.findall(r"number ([0-9a-f]{6})", text)[0]
    assert entry["kind"] == "FileNotFoundError"
    assert entry["places"][-1].startswith(f"{__name__}:")
    assert "meier" not in text + stream.getvalue()
    assert "/" not in stream.getvalue()
