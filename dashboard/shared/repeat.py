"""Trainings that a lesson begins by a click, one after another, and what came out of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import streamlit as st

from core.errors import LessonError
from core.jobs.comparison import Comparison, list_comparisons, new_group
from core.jobs.folder import RunFolder, RunSummary, Status
from core.prepared import PreparedSet
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import begin, describe, stop_all
from dashboard.advice import press, show_advice
from dashboard.background.set_request import SetRequest
from dashboard.plain import plain
from dashboard.shared.launch import launch, waiting
from dashboard.shared.number import fixed
from dashboard.shared.table import table

POLL_S: Final = 1.0

Named: TypeAlias = tuple[str, PreparedSet, TrainingSpec]
"""What a training is called, its set, and what is trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """What a click begins.

    Attributes:
        slug: Of the page; its trainings are a kind of their own among the comparisons.
        slot: Where the session keeps what it waits for.
        button: Its words.
        about: What would be trained, beside the button.
        none: Said while nothing was trained yet.
        seen, test: Heads of the columns with both AUCs.
        request: The images.
        make: What to train with them.
    """

    slug: str
    slot: state.Key[str]
    button: str
    about: str
    none: str
    seen: str
    test: str
    request: SetRequest
    make: Callable[[PreparedSet], Sequence[Named]]


def repeat(what: Repeat) -> None:
    """The button, the trainings as they go, and the figures of the newest."""
    waits = waiting(what.slot, lambda group: None)
    show_advice()
    found = list_comparisons(kind=what.slug)
    busy = waits is not None or any(one.is_active for one in found)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            what.button,
            type="primary",
            icon=":material/play_arrow:",
            key=f"{what.slug}_start",
            disabled=busy,
            on_click=_launch,
            args=(what,),
        )
        st.markdown(what.about, width="content")
    if not found and waits is None:
        st.caption(what.none)
    watch = st.fragment(_watch, run_every=POLL_S if busy else None)
    watch(what, waits is not None, _states(found[:1]))


def _launch(what: Repeat) -> None:
    person = asking()

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        group = new_group(what.slug)
        named = what.make(prepared)
        largest = max((one for _, one, _ in named), key=len)
        runs = begin([spec for _, _, spec in named], person, prepared=largest, group=group)
        for run, (name, _, _) in zip(runs, named, strict=True):
            describe(run, person, name=name)
        return group, runs

    launch(what.slot, what.request, create)


def _states(found: Sequence[Comparison]) -> tuple[tuple[str, str], ...]:
    return tuple((run.id, run.status.value) for one in found for run in one.runs)


def _watch(what: Repeat, waits: bool, known: tuple[tuple[str, str], ...]) -> None:
    """One look at the newest; the page is drawn anew when a training began or ended."""
    launched = cache.preparations().find_launch(what.slot.get())
    found = list_comparisons(kind=what.slug)[:1]
    if (waits and (launched is None or launched.run.ended)) or _states(found) != known:
        st.rerun()
    if waits and launched is not None:
        st.progress(launched.preparation.fraction, text=launched.preparation.phase)
        return
    for one in found:
        head = ("Network", "State", what.seen, what.test)
        rows = [_row(run) for run in one.runs]
        shown = table(head, rows, look="lb-table")
        st.html(f'<div class="lb-table-frame">{shown}</div>')
        if one.is_active:
            st.button(
                "Stop them",
                icon=":material/stop:",
                key=f"{what.slug}_stop",
                on_click=press,
                args=(lambda one=one: stop_all(one, asking()),),
            )


def _row(summary: RunSummary) -> tuple[str, str, str, str]:
    """Name, where it is, AUC on its validation part at its best epoch, AUC on the test."""
    name = plain(summary.name) or summary.id
    try:
        size = summary.run.events_size()
        best = cache.best_of_run(str(summary.run.path), size) if size else None
        report = summary.run.evaluation()
    except LessonError:
        return name, Status.DAMAGED.value, "", ""
    where = summary.status.value.capitalize()
    if summary.status.is_active:
        where += f", epoch {summary.epochs_done} of {summary.epochs}"
    tested = report if report is not None and report.part == "test" else None
    seen = "" if best is None else fixed(best[1], 3)
    return name, where, seen, "" if tested is None else tested.auc.plain()
