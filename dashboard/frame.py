"""What surrounds every page: header, advice for expected failures, footer, look."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from core.errors import LessonError
from dashboard import catalogue, state
from dashboard.plain import plain
from dashboard.style import STAGE_SHEET, stylesheet
from dashboard.theme import DARK, THEMES, Theme

DISCLAIMER = (
    "Lightbox teaches how networks work. It is not a medical device: nothing here is a diagnosis."
)


def current_theme() -> Theme:
    """The theme that the viewer chose, enlarged in projector mode."""
    theme = THEMES.get(str(st.context.theme.type), DARK)
    return theme.projected() if state.projector() else theme


def run_page(slug: str, body: Callable[[], None]) -> None:
    """Draw a page: header, body, footer.

    A `LessonError` becomes advice in place. Any other exception is a bug: it stays loud, and
    the page still offers to start anew.
    """
    page = catalogue.page(slug)
    st.html(f"<style>{stylesheet(current_theme())}</style>")
    if page.staged:
        st.html(f"<style>{STAGE_SHEET}</style>")
    elif page.section:
        header(page)
    try:
        body()
    except LessonError as error:
        advise(error)
        reset_button(slug)
    except Exception:
        reset_button(slug)
        raise
    st.html(f'<footer class="lb-footer">{html.escape(DISCLAIMER)}</footer>')


def header(page: catalogue.Page) -> None:
    """Section, title and goal on the left, projector switch on the right."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.html(
            f'<header class="lb-header"><span class="lb-section">{html.escape(page.section)}</span>'
            f"<h1>{html.escape(page.title)}</h1><p>{html.escape(page.goal)}</p></header>"
        )
    with right:
        st.toggle(
            "Projector",
            key="projector",
            bind="query-params",
            help="Larger type and thicker lines, for the last row of a lecture hall.",
        )


def advise(error: LessonError) -> None:
    """Show an expected failure: what is wrong, and what to do."""
    # Problems quote what was received, which may come from a link that somebody else made.
    problem, remedy = plain(error.problem), plain(error.remedy)
    st.warning(f"**{problem}**  \n{remedy}", icon=":material/lightbulb:")


def reset_button(slug: str) -> None:
    """Offer to forget all choices made on this page."""
    st.button(
        "Reset this page",
        key=f"reset_{slug}",
        icon=":material/restart_alt:",
        on_click=state.reset_page,
        args=(slug,),
    )
