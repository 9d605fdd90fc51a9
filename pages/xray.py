"""Test an X-ray: one picture in, one number out, and where the network looked."""

from __future__ import annotations

import streamlit as st

from dashboard.figures.xray import STYLE
from dashboard.frame import run_page
from dashboard.widgets import xray


def body() -> None:
    """Draw the page."""
    st.html(f"<style>{STYLE}</style>")
    known = xray.known_networks()
    if not known:
        xray.no_network()
        return
    left, middle, right = st.columns([1.1, 2.3, 1.35], gap="medium")
    with left:
        subjects, question = xray.controls(known)
    with middle:
        result = None
        if subjects:
            result = xray.stage(xray.chosen_subject(subjects), question)
        else:
            xray.empty_stage()
    if result is None:
        with right:
            xray.guide()
    else:
        with middle:
            xray.words(result)
        with right:
            xray.result_column(result)
        xray.film_strip(result)
    xray.outputs_table(subjects, question.network)


if __name__ == "__main__":
    run_page("xray", body)
