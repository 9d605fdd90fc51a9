"""What every lesson asks: a prediction before the picture, a check after it.

Both keep the answer in the session under the page's slug, so that it outlives a visit to
another page and goes with "Reset this page"; a prediction stands in the page's address too, so
that a reload does not ask again. The truth comes in from outside: `core` computed it.

Answering moves nothing: question and verdict share one place, which is as high as the higher of
the two from the start. What holds that place open is not the verdict itself, only its length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import state

RIGHT: Final = ":material/check_circle:"
WRONG: Final = ":material/psychology_alt:"
# Streamlit writes buttons, code and the help of inputs smaller than its text. On a low screen the
# header is one line: the stage below it is what a hall came to see.
STYLE: Final = """<style>
.stMain .stButton button p, .stMain .stMarkdown code, .stMain [data-testid="InputInstructions"],
.stMain [data-testid="stCaptionContainer"] code { font-size: 1rem; }
.lb-said { padding: .55rem 1rem; line-height: 1.5; visibility: hidden; }
@media (max-height: 800px) {
  .stMainBlockContainer { padding-top: 3.9rem; }
  .lb-header .lb-section { display: none; }
  .lb-header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; }
  .lb-header h1 { font-size: 1.5rem; }
  .lb-header p { margin: 0; font-size: 1rem; }
}
</style>"""
_OVERLAY: Final = """<style>
.st-key-{box} {{ display: grid; grid-template-columns: minmax(0, 1fr); align-items: center; }}
.st-key-{box} > * {{ grid-area: 1 / 1; }}
.st-key-{box} > :has(.lb-said) {{ pointer-events: none; z-index: -1; }}
.st-key-{hidden}, .st-key-{hidden} * {{ visibility: hidden !important; }}
.st-key-{box} .stButton button {{ min-height: 2.1rem; padding: .1rem .7rem; }}
.st-key-{box} [data-testid="stAlertContainer"] {{ padding: .45rem 1rem; line-height: 1.5;
  min-height: 0; }}
.st-key-{box} [data-testid="stAlertContainer"] [data-testid="stMarkdownContainer"] {{ margin: 0; }}
.st-key-{box} [data-testid="stAlertContainer"] p {{ line-height: 1.5; margin: 0; font-size: 1rem; }}
.st-key-{box} [data-testid="stAlertContainer"] [data-testid="stMarkdownContainer"] {{
  margin-bottom: 0; }}
</style>"""


def predict(
    slug: str,
    question: str,
    options: Sequence[str],
    truth_index: int,
    because: str,
    *,
    name: str = "predict",
) -> bool:
    """Ask before the picture; pressing an option locks it in, and only then the truth is told.

    Args:
        slug: Of the page; the answer is forgotten with it.
        question: One sentence, Markdown.
        options: Short, at most about 30 characters each.
        truth_index: Position of the true option.
        because: Why, one or two sentences, Markdown.
        name: Tells several questions of one page apart.

    Returns:
        Whether an answer is locked in.

    Raises:
        IndexError: If no option is true; a bug of the page.
    """
    truth = options[truth_index]
    slot = f"{slug}_{name}_locked"
    given = _given(slot, f"{slug}_{name}", len(options))
    box = f"{slug}_{name}_box"
    st.html(STYLE)
    st.html(_OVERLAY.format(box=box, hidden=f"{box}_{'none' if given is None else 'ask'}"))
    with st.container(key=box):
        with (
            st.container(key=f"{box}_ask"),
            st.container(horizontal=True, vertical_alignment="center", gap="small"),
        ):
            st.markdown(f"**Predict first.** {question}", width="content")
            for index, option in enumerate(options):
                st.button(
                    option,
                    key=f"{slug}_{name}_{index}",
                    on_click=_lock,
                    args=(slot, f"{slug}_{name}", index),
                    disabled=given is not None,
                )
        longest = max(options, key=len)
        _hold_open(f"You said {longest}; it is {longest}. {because}")
        if given == truth_index:
            st.success(f"**You said {truth}: right.** {because}", icon=RIGHT)
        elif given is not None:
            st.info(f"**You said {options[given]}; it is {truth}.** {because}", icon=WRONG)
    return given is not None


def _lock(slot: str, address: str, index: int) -> None:
    state.set_widget_value(slot, index)
    state.put_in_address(address, str(index))


def _given(slot: str, address: str, count: int) -> int | None:
    """The answer of this session, or the one that a reloaded or linked address brings along."""
    kept = state.widget_value(slot)
    if kept is None:
        linked = state.in_address(address)
        kept = int(linked) if linked.isdecimal() and int(linked) < count else None
        if kept is not None:
            state.set_widget_value(slot, kept)
    return kept


def _hold_open(text: str) -> None:
    """Take the room that a verdict will need, without telling it."""
    # The icon stands before the text; digits and letters of about the same width in its place.
    plain = re.sub(r"\\[a-z]+|[*$`_{}\\]", "", text)
    shape = re.sub(r"[^\s.,;:()]", "n", plain)
    st.html(f'<div class="lb-said" aria-hidden="true">nnn {shape}</div>')


def check(
    slug: str,
    question: str,
    answer: float,
    tolerance: float,
    because: str,
    *,
    name: str = "check",
    unit: str = "",
) -> None:
    """Ask for a number after the picture, judge it, and explain it once it is right.

    After a wrong number the way is told (too small, too large) and the answer is offered.

    Args:
        slug: Of the page; what was typed is forgotten with it.
        question: One sentence, Markdown.
        answer: Computed by `core`.
        tolerance: Greatest difference that still counts as right; 0 for whole numbers.
        because: Why, one or two sentences, Markdown.
        name: Tells several questions of one page apart.
        unit: Shown behind the answer.

    Raises:
        ValueError: If the answer is not a finite number; a bug of the page.
    """
    if not math.isfinite(answer):
        raise ValueError(f"A check needs a finite answer, not {answer}.")
    slot = f"{slug}_{name}_given_up"
    box = f"{slug}_{name}_box"
    gave_up = state.widget_value(slot) == question
    st.html(STYLE)
    st.html(_OVERLAY.format(box=f"{box}_verdict", hidden=f"{box}_none"))
    with st.container(key=box):
        left, right = st.columns([1, 3], vertical_alignment="top", gap="medium")
        with left:
            # A number of the question's own: a new question does not keep an old answer.
            typed = st.number_input(
                "Your number",
                value=None,
                step=1 if isinstance(answer, int) else 0.01,
                format=None if isinstance(answer, int) else "%.4g",
                placeholder="a number",
                key=f"{slug}_{name}_typed_{question}",
            )
            wrong = typed is not None and not _is_right(typed, answer, tolerance)
            st.button(
                "Show the answer",
                key=f"{slug}_{name}_tell",
                help="After a first try of your own.",
                on_click=state.set_widget_value,
                args=(slot, question),
                disabled=not wrong or gave_up,
            )
        with right:
            st.markdown(f"**Check yourself.** {question}")
            with st.container(key=f"{box}_verdict"):
                _hold_open(f"The answer is {number(answer)} {unit}. {because}")
                _judge(typed, answer, tolerance, because, unit=unit, gave_up=gave_up)


def _is_right(typed: float, answer: float, tolerance: float) -> bool:
    # A digit of rounding in the input is forgiven.
    return abs(typed - answer) <= tolerance + 1e-9 * max(1.0, abs(answer))


def _judge(
    typed: float | None,
    answer: float,
    tolerance: float,
    because: str,
    *,
    unit: str,
    gave_up: bool,
) -> None:
    shown = f"{number(answer)} {unit}".strip()
    if typed is not None and _is_right(typed, answer, tolerance):
        st.success(f"**{shown} is right.** {because}", icon=RIGHT)
    elif gave_up:
        st.info(f"**The answer is {shown}.** {because}", icon=WRONG)
    elif typed is not None:
        way = "too small" if typed < answer else "too large"
        st.info(f"**{number(typed)} is {way}.** Look once more, then try again.", icon=WRONG)


def number(value: float) -> str:
    """A number for a sentence: at most four digits, a real minus sign.

    >>> number(3), number(1234.5678), number(-0.25) == "\N{MINUS SIGN}0.25"
    ('3', '1235', True)
    """
    text = str(value) if isinstance(value, int) else f"{value:.4g}"
    return text.replace("-", "\N{MINUS SIGN}")
