"""Advice in the place of what cannot be shown, and the way on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import LessonError
from dashboard import state
from dashboard.opened import Gone
from dashboard.plain import plain

_DEFAULTS = {
    "dataset": "Open the drawn radiographs instead",
    "network": "Open a shipped network instead",
    "epoch": "Open its best epoch instead",
    "picture": "Open a sample instead",
}


def instead(slug: str, error: LessonError) -> None:
    """Advice in the place of what cannot be shown, and the way on."""
    advise(error)
    if isinstance(error, Gone):
        st.button(
            _DEFAULTS[error.what],
            key=f"{slug}_open_default_{error.what}",
            icon=":material/undo:",
            on_click=state.open_default,
            args=(error.what,),
        )
    else:
        reset_button(slug)


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


def guarded(action: Callable[[], object]) -> bool:
    """Do what a button asks for; an expected failure becomes advice on the page.

    Returns:
        Whether it was done.
    """
    try:
        action()
    except LessonError as error:
        keep_advice(error)
        return False
    return True


def press(action: Callable[[], object]) -> None:
    """What a button calls: `guarded`, for where nobody asks whether it was done."""
    guarded(action)


def keep_advice(error: LessonError) -> None:
    """Have the page show an expected failure when it is drawn next."""
    state.ADVICE.set((error.code, error.problem, error.remedy))


def show_advice() -> None:
    """Show, once, what a button could not do."""
    code, problem, remedy = state.ADVICE.get()
    if code:
        advise(LessonError(code, problem=problem, remedy=remedy))
        state.ADVICE.set(("", "", ""))
