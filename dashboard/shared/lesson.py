"""The form that every page has: one line, the stage, and below it reasons, check and sources.

    lesson = Lesson("pooling", question=Question(...))
    with lesson.corner():           # choices of picture and network, in the stage's corner
        picture = choose_picture(...)
    with lesson.stage():
        show(payload(view, lesson.header(SCHEMA)), key="pooling_stage")
    with lesson.below():
        st.markdown(...)
    lesson.finish(Check(...))

A question invites and never blocks: "show me" stands beside the answers, and a setting or a link
with ``?questions=off`` leaves questions out.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import catalogue, state
from dashboard.browser.publication import component
from dashboard.shared import view_code
from dashboard.shared.blob import pack
from dashboard.shared.number import write
from dashboard.shared.schema import PARAMETER, Schema, decode, described, encode

LONGEST_QUESTION: Final = 64
LONGEST_OPTION: Final = 16
MOST_OPTIONS: Final = 4
LONGEST_REASON: Final = 96
ANSWER: Final = "answer"
"""Name in the address under which the browser writes the answer: a reload does not ask again."""
SHOWN: Final = "shown"

_TO: Final = ">"

PLACE: Final = '<span class="lb-place"></span>'

_line = component("line", "browser/line.js")
_drawing = threading.local()
"""The lesson that this thread draws: Streamlit runs each page in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Asked before the picture, in one line that the last row of a hall can read.

    Attributes:
        text: At most `LONGEST_QUESTION` letters, plain text.
        options: Two to four, at most `LONGEST_OPTION` letters each.
        truth: Position of the true option; computed, not typed.
        because: Why, at most `LONGEST_REASON` letters.

    Raises:
        ValueError: Where something is too long for the line; a bug of the page.
    """

    text: str
    options: tuple[str, ...]
    truth: int
    because: str

    def __post_init__(self) -> None:
        _require_room("question", self.text, LONGEST_QUESTION)
        _require_room("reason", self.because, LONGEST_REASON)
        if not 2 <= len(self.options) <= MOST_OPTIONS or not 0 <= self.truth < len(self.options):
            raise ValueError(f"A question has two to four options and a truth: {self.options}")
        for option in self.options:
            _require_room("option", option, LONGEST_OPTION)


def _require_room(part: str, text: str, most: int) -> None:
    """A part of the question has room in the line.

    Raises:
        ValueError: Where it has not.
    """
    if len(text) > most:
        raise ValueError(
            f"The {part} has {len(text)} letters, and the line has room for {most}: {text!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A number asked for after the picture.

    Attributes:
        text: One sentence, plain text; the line shows it while presenting.
        answer: Computed by `core`.
        tolerance: Greatest difference that still counts as right; 0 for whole numbers.
        because: Why, one or two sentences.
        unit: Shown behind the answer.
    """

    text: str
    answer: float
    because: str
    tolerance: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.answer):
            raise ValueError(f"A check needs a finite answer, not {self.answer}.")

    def told(self) -> str:
        """The answer with its unit."""
        return f"{write(self.answer, 4)} {self.unit}".strip()


class Lesson:
    """One page in the form that all have.

    Args:
        slug: Of the page.
        question: Asked in the line; None for a page that asks nothing yet.
    """

    def __init__(self, slug: str, question: Question | None = None) -> None:
        _go_on(slug)
        self.slug = slug
        self.page = catalogue.page(slug)
        self.question = question
        self._line = st.container(key="lb_line")
        with self._line:
            st.html(PLACE)  # the line is drawn last, and nothing may jump when it comes
        self._stage = st.container(key="lb_stage")
        with self._stage:
            self._corner = st.container(key="lb_corner", horizontal=True, gap="small")
        self._below = st.container(key="lb_below")
        self._finished = False
        _drawing.lesson = self
        state.follow_setting(slug, state.in_address(PARAMETER))
        self._given = _given(slug, len(question.options) if question else 0)

    def ask(self, question: Question) -> None:
        """Ask a question that depends on what was chosen in the corner."""
        self.question = question
        self._given = _given(self.slug, len(question.options))

    @property
    def settled(self) -> bool:
        """Whether the answer may be shown: given, asked for, or no question is asked."""
        return not self.question or bool(self._given) or not state.asks()

    def corner(self) -> DeltaGenerator:
        """Where the page's choices of picture and network stand: the stage's upper right corner."""
        return self._corner

    def stage(self) -> DeltaGenerator:
        """Where the stage's component stands."""
        return self._stage

    def below(self) -> DeltaGenerator:
        """Where formulas, reasons and sources stand."""
        return self._below

    def header(
        self, schema: Schema = (), *, told: bool | Sequence[str] = False, **more: Any
    ) -> dict[str, Any]:
        """What every stage's message begins with.

        Args:
            schema: What can be set in the stage.
            told: The page's text depends on what is set, or on the fields of those names: the
                stage says so after each change of them.
            more: What only this stage needs.
        """
        return {
            "slug": self.slug,
            "title": self.page.title,
            "schema": described(schema),
            "set": self._set(),
            "told": told,
            "fresh": state.freshness(self.slug),
            "locked": not self.settled,
            **more,
        }

    def values(self, schema: Schema) -> dict[str, Any]:
        """What is set in the stage, as far as the server knows."""
        return decode(schema, self._set())

    def put(self, schema: Schema, **changed: Any) -> None:
        """Change what is set in the stage from the page's side, before the stage is drawn.

        Without it the server would go on with what the stage told last, and send that back.
        """
        state.keep_setting(self.slug, encode(schema, {**self.values(schema), **changed}))

    def _set(self) -> str:
        # Asked anew: a stage inside a fragment is told of settings without the page being drawn.
        return state.kept_setting(self.slug)

    def keep_setting(self, key: str) -> Any:
        """The callback of a stage that tells what is set: pass it as ``on_settled_change``.

        Args:
            key: Of the stage's component.
        """

        def keep() -> None:
            text = getattr(state.widget_value(key), "settled", None)
            if isinstance(text, str):
                state.keep_setting(self.slug, text)

        return keep

    def finish(self, check: Check | None = None, *, source: str = "") -> None:
        """Draw the check, the sources and what comes next; then the line, which tells of them."""
        with self._below:
            if check is not None:
                ask(self.slug, check)
            if source:
                st.markdown(f"#### Source\n{source}")
            self._lead_on()
        with self._line:
            self._draw_line(check)

    def give_way(self) -> DeltaGenerator:
        """The stage's place for advice, where the page cannot draw what it was asked for.

        The line stands above it all the same, without a question: there is nothing to ask of.
        """
        if not self._finished:
            self.question = None
            with self._below:
                self._lead_on()
            with self._line:
                self._draw_line(None)
        with self._stage:
            return st.container(key="lb_instead")

    def _lead_on(self) -> None:
        following = catalogue.following(self.slug)
        if following is None:
            return
        with st.container(horizontal=True, vertical_alignment="center", key="lb_next"):
            st.page_link(
                following.path, label=f"Next: {following.title}", icon=":material/arrow_forward:"
            )
            if self.page.carries:
                st.markdown(self.page.carries, width="content")

    def _draw_line(self, check: Check | None) -> None:
        self._finished = True
        key = f"lb_line_{self.slug}"
        following = catalogue.following(self.slug)
        question = self.question
        header: dict[str, Any] = {
            "slug": self.slug,
            "title": self.page.title,
            "goal": self.page.goal,
            "question": question
            and {
                "text": question.text,
                "options": list(question.options),
                "truth": question.truth,
                "because": question.because,
            },
            "check": check
            and {"text": check.text, "answer": check.told(), "because": check.because},
            "next": following
            and {"slug": following.slug, "title": following.title, "carries": self.page.carries},
            "given": self._given,
            "asks": state.asks(),
            "fresh": state.freshness(self.slug),
        }
        _line(
            data=pack(header),
            key=key,
            on_answer_change=lambda: _take_answer(self.slug, key),
            on_reset_change=lambda: state.reset_page(self.slug),
            on_questions_change=state.toggle_questions,
            on_go_change=lambda: lead(self.slug, _told(key, "go")),
            on_code_change=lambda: state.CODE_OF.set(_told(key, "code")),
        )
        address = state.CODE_OF.get()
        if address:
            state.CODE_OF.set("")
            view_code.show(address)


def forget_drawn() -> None:
    """Begin a page: no lesson is drawn yet."""
    _drawing.lesson = None


def drawn() -> Lesson | None:
    """The lesson that the page has begun to draw, None on a page without one."""
    return getattr(_drawing, "lesson", None)


def _told(key: str, event: str) -> str:
    """What the line reported, to be kept until it is done.

    An event lasts one run of the script, and a stage that tells its settings a moment later ends
    that run early.
    """
    return str(getattr(state.widget_value(key), event, "") or "")


def lead(start: str, slug: str) -> None:
    """Go on to a page as soon as the one that is left is drawn again.

    Args:
        start: The page that is left.
        slug: The page to open.
    """
    state.GOING.set(f"{start}{_TO}{slug}")


def _go_on(slug: str) -> None:
    """Leave for the page that this one was asked to lead to, if it was.

    The wish stands until the other page begins: a late message of this one may end the run in the
    middle of leaving, and then the next run has to leave.
    """
    start, _, to = state.GOING.get().partition(_TO)
    if start == slug:
        for page in catalogue.PAGES:  # what a browser sends may name no page at all
            if page.slug == to:
                # With parameters, though none: else Streamlit refuses to leave those of widgets.
                st.switch_page(page.path, query_params={})
    state.GOING.set("")


def _take_answer(slug: str, key: str) -> None:
    given = str(getattr(state.widget_value(key), "answer", "") or "")
    state.set_widget_value(f"{slug}_{ANSWER}", given)


def _given(slug: str, count: int) -> str:
    """The answer of this session, or the one that a reloaded or linked address brings along."""
    slot = f"{slug}_{ANSWER}"
    kept = str(state.widget_value(slot) or "")
    if kept:
        return kept
    linked = state.in_address(ANSWER)
    known = linked == SHOWN or linked in {str(index) for index in range(count)}
    known = known and not state.is_forgotten(slug, ANSWER, linked)
    if known:
        state.set_widget_value(slot, linked)
    return linked if known else ""


RIGHT: Final = ":material/check_circle:"
WRONG: Final = ":material/psychology_alt:"


def ask(slug: str, check: Check, *, name: str = "check") -> None:
    """Ask for the number, judge it, and explain it once it is right or given up."""
    slot = f"{slug}_{name}_given_up"
    gave_up = state.widget_value(slot) == check.text
    with st.container(key=f"{slug}_{name}_box"):
        st.markdown(f"**Check yourself.** {check.text}")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            whole = isinstance(check.answer, int)
            typed = st.number_input(
                "Your number",
                value=None,
                step=1 if whole else 0.01,
                format=None if whole else "%.4g",
                placeholder="a number",
                # A number of the question's own: a new question does not keep an old answer.
                key=f"{slug}_{name}_typed_{check.text}",
                width=220,
            )
            right = typed is not None and _is_right(typed, check)
            st.button(
                "Show the answer",
                key=f"{slug}_{name}_tell",
                on_click=state.set_widget_value,
                args=(slot, check.text),
                disabled=right or gave_up,
            )
        if right:
            st.success(f"**{check.told()} is right.** {check.because}", icon=RIGHT)
        elif gave_up:
            st.info(f"**The answer is {check.told()}.** {check.because}", icon=WRONG)
        elif typed is not None:
            way = "too small" if typed < check.answer else "too large"
            st.info(f"**{write(typed, 4)} is {way}.** Look once more, then try again.", icon=WRONG)


def _is_right(typed: float, check: Check) -> bool:
    # A digit of rounding in the input is forgiven.
    return abs(typed - check.answer) <= check.tolerance + 1e-9 * max(1.0, abs(check.answer))


def words(text: Mapping[str, str], prefix: str = "stage-") -> dict[str, str]:
    """The sentences of a page's text that its stage speaks, on one line each."""
    return {
        name.removeprefix(prefix): " ".join(value.split())
        for name, value in text.items()
        if name.startswith(prefix)
    }
