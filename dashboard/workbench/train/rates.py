"""Finding a learning rate from the settings: the search, its course, and the rate it speaks for."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.errors import LessonError
from core.prepared import PreparedSet
from core.training.rate_search import HIGHEST, LOWEST, STEPS, Course
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import require_small
from dashboard.advice import advise, press
from dashboard.background.rate_searches import LONGEST_S
from dashboard.frame import current_theme
from dashboard.workbench.train.rate_figure import course_table, drawing, offered_rate, told, written
from dashboard.workbench.train.settings import RATES, TrainChoices

_POLL_S: Final = 0.5
_FEWEST_DRAWN: Final = 2


def rate_panel(choices: TrainChoices, prepared: PreparedSet) -> None:
    """The button "Find a rate" below the settings, and behind it the search for what they say."""
    try:
        spec = choices.training_spec(prepared)
    except LessonError:
        return  # the forecast above says so
    with st.popover("Find a rate", icon=":material/query_stats:", width="stretch"):
        search = cache.rate_searches().look(spec, asking().id)
        going = search is not None and search.under_way and asking().id in search.wanted
        st.fragment(_search, run_every=_POLL_S if going else None)(spec, prepared, going)


def _search(spec: TrainingSpec, prepared: PreparedSet, going: bool) -> None:
    searches, person = cache.rate_searches(), asking()
    text = cache.page_text("train")
    search = searches.look(spec, person.id)
    if going and (search is None or not search.under_way):
        st.rerun()  # with a clock no longer needed
    if going and search is not None:
        st.progress(search.errand.fraction, text=search.errand.phase)
        if search.course is not None and len(search.course.losses) >= _FEWEST_DRAWN:
            st.image(drawing(search.course, current_theme()), width="stretch")
        if st.button("Cancel", key="train_rates_cancel", on_click=searches.cancel,
                     args=(spec, person.id)):  # fmt: skip
            st.rerun()
        return
    ended = None if search is None or search.under_way else search.errand
    if ended is not None and ended.error is not None:
        if not isinstance(ended.error, LessonError):
            raise ended.error
        advise(ended.error)
    course = None if ended is None else ended.result
    if course is None:
        st.caption(
            text["rates-what"].format(
                steps=STEPS, low=written(LOWEST), high=written(HIGHEST), longest=LONGEST_S
            )
        )
    else:
        _show(course, text)
    if course is None or course.end == "out of time":

        def begin() -> None:
            require_small(prepared, person)
            searches.begin(spec, person.id)

        label = "Try the rates" if course is None else "Go on"
        if st.button(label, key="train_rates_start", on_click=press, args=(begin,)):
            st.rerun()


def _show(course: Course, text: dict[str, str]) -> None:
    """A course that has ended."""
    if len(course.losses) >= _FEWEST_DRAWN:
        st.image(drawing(course, current_theme()), width="stretch")
    st.markdown(told(course, text, RATES))
    offered = offered_rate(course.suggestion(), RATES)
    if offered is not None and st.button(
        f"Take {written(offered)}",
        key="train_rates_take",
        on_click=state.set_widget_value,
        args=("train_rate", offered),
    ):
        st.rerun()
    st.caption(text["rates-limits"].format(batches=len(course.losses)))
    if not course.losses:
        return
    shown = st.expander("Numbers", on_change="rerun", key="train_rates_numbers")
    if shown.open:
        with shown:
            st.html(f'<div class="lb-table-frame" tabindex="0">{course_table(course)}</div>')
