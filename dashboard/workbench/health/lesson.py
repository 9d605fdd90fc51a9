"""The state of the server, for the lecturer; on one's own machine for everybody."""

from __future__ import annotations

import html
import time
from typing import Final

import streamlit as st

from core import journal
from core.errors import LessonError
from core.jobs.folder import list_runs, runs_root
from dashboard import cache, catalogue
from dashboard.access.people import Standing, asking
from dashboard.workbench.health import vitals, words
from dashboard.workbench.health.cache import places

EVERY_S: Final = 5.0
ERRORS_SHOWN: Final = 15


def body() -> None:
    """Draw the page; the numbers are drawn anew every few seconds.

    Raises:
        LessonError: ``health.not-yours`` to a student.
    """
    require_lecturer()
    page = catalogue.page("health")
    with st.container(key="lb_below"), st.container(key="lb_health"):
        st.html(f"{words.SHEET}<h1>{html.escape(page.title)}</h1><p>{html.escape(page.goal)}</p>")
        st.fragment(_draw, run_every=EVERY_S)()


def require_lecturer() -> None:
    """See that the lecturer asks.

    Raises:
        LessonError: ``health.not-yours``.
    """
    if not asking().is_lecturer:
        raise LessonError(
            "health.not-yours",
            problem="This page is the lecturer's.",
            remedy="Choose another page.",
        )


def _draw() -> None:
    require_lecturer()
    cluster = cache.cluster()
    found = vitals.look(
        open_now=Standing.visits.open,
        most=Standing.visits.most,
        runs=list_runs(),
        state=cluster.state(),
        signs=cluster.workers(),
        pids=cluster.pids(),
        root=runs_root(),
        errors=journal.recent()[:ERRORS_SHOWN],
    )
    st.html(words.page(found, places(), now=time.time()))
