"""Train a network and read its curves while they grow."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.jobs.folder import find_run, list_runs
from dashboard import cache
from dashboard.background.prepared_sets import Launch
from dashboard.opened import Gone
from dashboard.shared.lesson import Lesson
from dashboard.workbench.train import choice
from dashboard.workbench.train import runs as train_runs
from dashboard.workbench.train import stage as train_stage
from dashboard.workbench.train.change import change_panel
from dashboard.workbench.train.questions import check, question

SLUG: Final = "train"


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    text = cache.page_text(SLUG)
    runs = list_runs()
    launch = choice.waiting_launch()
    lesson = Lesson(SLUG, question(text))
    shown, missing = "", None
    try:
        shown = choice.shown_run(runs)
    except Gone as error:
        missing = error  # told in the stage's place; what can be done instead stands in the corner
    with lesson.corner():
        # Another launch is another panel: it closes over the curves that begin.
        with st.popover("New run", width="stretch", key=f"train_panel_{_at(launch, shown)}"):
            choice.start_panel(launch, runs, shown)
        with st.popover("Runs", width="stretch"):
            if runs:
                choice.choose_among(runs, shown)
                if shown and launch is None:
                    change_panel(find_run(shown))
            else:
                st.markdown(text["no-runs"])
        if shown and launch is None:
            train_stage.action(shown)
    with lesson.below():
        choice.style()
        train_stage.show_advice()
    if missing is not None:
        raise missing
    train_stage.show_stage(lesson, shown, launch)
    with lesson.below():
        if shown and launch is None:
            train_runs.show_result(shown)
            train_stage.lead_inside(shown)
    lesson.finish(check(text), source=text["source"])


def _at(launch: Launch | None, shown: str) -> str:
    return shown if launch is None else launch.id
