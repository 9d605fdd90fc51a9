"""What a person sees of a bug: that it is one, and a number. Its kind and place stand
under that number in the server's log, without what a person gave."""

from __future__ import annotations

import secrets

import streamlit as st

from core import journal


def show_bug(error: Exception) -> bool:
    """Write the error to the log under a number and show the number.

    Streamlit calls this for what no page expected.

    Returns:
        True: Streamlit's own box, with paths and links to elsewhere, stays away.
    """
    number = secrets.token_hex(3)
    journal.write(
        "bug",
        number=number,
        kind=type(error).__name__,
        places=journal.places(error.__traceback__),
    )
    st.error(
        f"**This is a mistake in Lightbox, not yours.** The log of the server says where "
        f"it is, under the number {number}. Reset the page or choose another one to go on.",
        icon=":material/bug_report:",
    )
    return True
