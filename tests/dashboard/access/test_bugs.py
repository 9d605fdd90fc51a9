"""A mistake is a number on the page, and its kind and place in the log."""

from __future__ import annotations

import io
import json
import re
import threading

import pytest
import streamlit as st
from streamlit import error_util

from core import journal
from dashboard.access.bugs import quote_nothing, show_bug


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


def test_nobody_else_quotes_an_error_beside_that(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        error_util, "_log_uncaught_app_exception", error_util._log_uncaught_app_exception
    )
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    quote_nothing()
    error_util.handle_user_script_exception(ValueError("meier-anna"), lambda _: True)
    stream = io.StringIO()
    journal.begin(None, stream=stream)
    try:
        thread = threading.Thread(target=float, args=("meier-anna",))
        thread.start()
        thread.join()
    finally:
        journal.end()
    assert capfd.readouterr() == ("", "")
    assert json.loads(stream.getvalue())["kind"] == "ValueError"
    assert "meier" not in stream.getvalue()
