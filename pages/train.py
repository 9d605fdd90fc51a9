"""Train a network and read its curves while they grow."""

from __future__ import annotations

import streamlit as st

from core.jobs.folder import list_runs
from dashboard import cache
from dashboard.advice import instead
from dashboard.frame import run_page
from dashboard.opened import Gone
from dashboard.workbench.train import choice
from dashboard.workbench.train import runs as train_runs
from dashboard.workbench.train import stage as train_stage


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    choice.style()
    runs = list_runs()
    launch = choice.waiting_launch()
    train_stage.show_advice()
    stage, side = st.columns([3.4, 1], gap="medium")
    shown = ""
    with stage:
        try:
            shown = choice.shown_run(runs)
        except Gone as error:
            instead("train", error)
        else:
            train_stage.show_stage(shown, launch)
    with side:
        choice.start_column(launch, runs, shown)
    if shown and launch is None:
        train_runs.show_result(shown)
    if runs:
        choice.choose_among(runs, shown)


if __name__ == "__main__":
    run_page("train", body)
