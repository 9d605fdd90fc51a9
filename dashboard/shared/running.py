"""The training that runs now, seen from every page: where it is, and the way to it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.errors import LessonError
from core.jobs.folder import RunFolder, RunSummary, newest_running
from dashboard import catalogue, state
from dashboard.access.people import Standing
from dashboard.plain import plain
from dashboard.shared.number import write

POLL_S: Final = 3.0


def show_running(slug: str) -> None:
    """A button in the navigation's row, while a training runs; drawn anew only so long.

    Args:
        slug: Of the page; the Train page needs none for the run that it shows.
    """
    run = newest_running()
    run_id = "" if run is None else run.id
    st.fragment(_draw, run_every=POLL_S * Standing.visits.crowding if run else None)(slug, run_id)


def _draw(slug: str, run_id: str) -> None:
    run = newest_running()
    if ("" if run is None else run.id) != run_id:
        st.rerun()  # another one runs, or none: the page begins or ends its clock
    if run is None or (slug == "train" and state.opened().network == run.id):
        return
    try:
        summary = run.summary()
    except LessonError:
        return  # damaged meanwhile, which the Train page says
    with st.container(key="lb_running"):
        pressed = st.button(
            plain(running_text(summary)),
            icon=":material/monitoring:",
            key="lb_running_button",
            help="To the training that runs",
            on_click=_open,
            args=(run, summary.dataset),
        )
    if pressed:
        st.switch_page(catalogue.page("train").path)


def _open(run: RunFolder, dataset: str) -> None:
    state.open_network(run.id, dataset=dataset)


def running_text(summary: RunSummary) -> str:
    """Name, epoch and loss of a training, as short as a button."""
    name = summary.name or summary.model
    done = f"{name}: epoch {summary.epochs_done} of {summary.epochs}"
    return done if summary.last is None else f"{done}, loss {write(summary.last.train.loss, 3)}"
