"""Train a network and read its curves while they grow."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.jobs.folder import find_run, list_runs
from dashboard import cache
from dashboard.advice import show_advice
from dashboard.background.prepared_sets import Launch
from dashboard.opened import Gone
from dashboard.shared.lesson import Lesson
from dashboard.workbench.train import choice
from dashboard.workbench.train import runs as train_runs
from dashboard.workbench.train import stage as train_stage
from dashboard.workbench.train.change import more_epochs
from dashboard.workbench.train.machine import Pinned, pin
from dashboard.workbench.train.questions import check, question
from dashboard.workbench.train.sweep import sweeps

SLUG: Final = "train"


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    text = cache.page_text(SLUG)
    runs = list_runs()
    launch = choice.waiting_launch()
    lesson = Lesson(SLUG, question(text))
    shown, missing = "", None
    pinned: Pinned | None = None
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
                    more_epochs(find_run(shown))
            else:
                st.markdown(text["no-runs"])
        if shown and launch is None:
            train_stage.action(shown)
    with lesson.stage(), st.container(key="train_pin"):  # always there: the stage stays in place
        if shown and launch is None and lesson.values(train_stage.SCHEMA)["machine"]:
            pinned = pin(find_run(shown))
    with lesson.below():
        choice.style()
        show_advice()
    if missing is not None:
        raise missing
    train_stage.show_stage(lesson, shown, launch, pinned)
    with lesson.below():
        if shown and launch is None:
            train_runs.show_result(shown)
            train_stage.lead_inside(shown)
        sweeps()
    lesson.finish(check(text), source=text["source"])


def _at(launch: Launch | None, shown: str) -> str:
    return shown if launch is None else launch.id
