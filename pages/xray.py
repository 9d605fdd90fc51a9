"""Test an X-ray: one picture in, one number out, and where the network looked."""

from __future__ import annotations

import streamlit as st

from dashboard.frame import run_page
from dashboard.workbench.xray import page
from dashboard.workbench.xray.figure import STYLE


def body() -> None:
    """Draw the page."""
    st.html(f"<style>{STYLE}</style>")
    known = page.known_networks()
    if not known:
        page.no_network()
        return
    left, middle, right = st.columns([1.1, 2.3, 1.35], gap="medium")
    with left:
        subjects, question = page.controls(known)
    with middle:
        result = None
        if subjects:
            result = page.stage(page.chosen_subject(subjects), question)
        else:
            page.empty_stage()
    if result is None:
        with right:
            page.guide()
    else:
        with middle:
            page.words(result)
        with right:
            page.result_column(result)
        page.film_strip(result)
    page.outputs_table(subjects, question.network)


if __name__ == "__main__":
    run_page("xray", body)
