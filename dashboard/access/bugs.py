"""What a person sees of a bug: that it is one, and a number. The rest is in the server's log."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

_LOG = logging.getLogger("lightbox")


def show_bug(error: Exception) -> bool:
    """Write the error to the log under a number and show the number.

    Streamlit calls this for what no page expected.

    Returns:
        True: Streamlit's own box, with paths and links to elsewhere, stays away.
    """
    number = secrets.token_hex(3)
    _LOG.error("Bug %s in a page", number, exc_info=error)
    st.error(
        f"**This is a mistake in Lightbox, not yours.** The log of the server has the details "
        f"under the number {number}. Reset the page or choose another one to go on.",
        icon=":material/bug_report:",
    )
    return True
