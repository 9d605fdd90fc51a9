"""What surrounds every page: advice for expected failures, footer, look."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from core.errors import LessonError
from dashboard import state
from dashboard.access.entrance import SIGN_OUT
from dashboard.access.people import asking
from dashboard.advice import advise as advise
from dashboard.advice import instead, reset_button
from dashboard.shared import address, lesson
from dashboard.shared.running import show_running
from dashboard.style import STAGE_SHEET, stylesheet
from dashboard.theme import DARK, THEMES, Theme

DISCLAIMER = (
    "Lightbox teaches how networks work. It is not a medical device: nothing here is a diagnosis."
)


def current_theme() -> Theme:
    """The theme that the viewer chose."""
    return THEMES.get(str(st.context.theme.type), DARK)


def run_page(slug: str, body: Callable[[], None]) -> None:
    """Draw a page: body and footer.

    A `LessonError` becomes advice in place. Any other exception is a bug: it stays loud, and
    the page still offers to start anew.
    """
    state.arrive(slug)
    lesson.forget_drawn()
    st.html(f"<style>{stylesheet(current_theme())}</style>")
    st.html(f"<style>{STAGE_SHEET}</style>")
    try:
        body()
    except LessonError as error:
        form = lesson.drawn()
        with st.container() if form is None else form.give_way():
            instead(slug, error)
    except Exception:
        reset_button(slug)
        raise
    st.html(f'<footer class="lb-footer">{html.escape(DISCLAIMER)}{_way_out()}</footer>')
    show_running(slug)
    address.write()


def _way_out() -> str:
    """What signs a person out who has signed in; "" for everybody else."""
    return f' <a href="{SIGN_OUT}">Sign out</a>' if asking().has_account else ""
