"""What a person sees of a bug: that it is one, and a number. Its kind and place stand
under that number in the server's log, without what a person gave."""

from __future__ import annotations

import secrets
import threading

import streamlit as st
from streamlit import error_util

from core import journal


def note_bug(error: BaseException) -> str:
    """Write the error to the log, and return the number under which it stands there."""
    number = secrets.token_hex(3)
    journal.write(
        "bug",
        number=number,
        kind=type(error).__name__,
        places=journal.places(error.__traceback__),
    )
    return number


def quote_nothing() -> None:
    """Keep Streamlit and Python from writing an error's own words beside that.

    They may hold what a person typed, and go to the error output, into the log of a service.
    """
    error_util._log_uncaught_app_exception = lambda ex: None
    threading.excepthook = _note_thread


def _note_thread(ended: threading.ExceptHookArgs) -> None:
    """Write down what ended a thread: a widget's value of a wrong kind ends the page's own."""
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        note_bug(ended.exc_value)


def show_bug(error: Exception) -> bool:
    """Write the error to the log under a number and show the number.

    Streamlit calls this for what no page expected.

    Returns:
        True: Streamlit's own box, with paths and links to elsewhere, stays away.
    """
    number = note_bug(error)
    st.error(
        f"**This is a mistake in Lightbox, not yours.** The log of the server says where "
        f"it is, under the number {number}. Reset the page or choose another one to go on.",
        icon=":material/bug_report:",
    )
    return True
