"""What every lesson asks: a prediction before the picture, a check after it.

Both keep the answer in the session under the page's slug, so that it outlives a visit to
another page and goes with "Reset this page". The truth comes in from outside: `core` computed it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from dashboard import state

RIGHT: Final = ":material/check_circle:"
WRONG: Final = ":material/psychology_alt:"
# Streamlit writes buttons, code and the help of inputs smaller than its text.
STYLE: Final = """<style>
.stMain .stButton button p, .stMain .stMarkdown code, .stMain [data-testid="InputInstructions"],
.stMain [data-testid="stCaptionContainer"] code { font-size: 1rem; }
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
    given = state.widget_value(slot)
    st.html(STYLE)
    with st.container(key=f"{slug}_{name}_box"):
        if given is None:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**Predict first.** {question}", width="content")
                for index, option in enumerate(options):
                    st.button(
                        option,
                        key=f"{slug}_{name}_{index}",
                        on_click=state.set_widget_value,
                        args=(slot, index),
                    )
            return False
        said = options[given]
        if given == truth_index:
            st.success(f"**You said {said}: right.** {because}", icon=RIGHT)
        else:
            st.info(f"**You said {said}; it is {truth}.** {because}", icon=WRONG)
    return True


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
    st.html(STYLE)
    with st.container(key=f"{slug}_{name}_box"):
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
        with right:
            st.markdown(f"**Check yourself.** {question}")
            gave_up = state.widget_value(slot) == question
            _judge(typed, answer, tolerance, because, unit=unit, gave_up=gave_up)
            if typed is not None and not _is_right(typed, answer, tolerance) and not gave_up:
                _offer(f"{slug}_{name}_tell", lambda: state.set_widget_value(slot, question))


def _offer(key: str, on_click: Callable[[], None]) -> None:
    st.button("Show the answer", key=key, on_click=on_click)


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
