"""Neuron: the paper's Fig. 1 with every number, and what a single one can decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.ops.neuron import LIMIT, YES, parse_weights, possible_tables
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.neuron.stage import (
    ASKED,
    INPUTS,
    SCHEMA,
    NeuronView,
    neuron_of,
    payload,
    settings_of,
    show,
)
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import fixed, write

SLUG: Final = "neuron"
OPTIONS: Final = (0.0, 0.5, 1.0)
PASTE: Final = f"{SLUG}_paste"
_STAGE: Final = "neuron_stage"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    with lesson.corner(), st.popover("Paste weights", icon=":material/content_paste:"):
        pasted = _paste(text)
    view = NeuronView(points=cache.tumor_points(), words=words(text), pasted=pasted)
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        st.markdown(text["why"].format(yes=write(YES)))
        if lesson.settled:
            for line in formulas(lesson.values(SCHEMA)):
                st.latex(line)
        st.markdown(text["tasks"])
    lesson.finish(
        Check(text=text["check"], answer=len(possible_tables()), because=text["check-because"]),
        source=text["source"].format(points=cache.tumor_points().source),
    )


def question(text: Mapping[str, str]) -> Question:
    """What does the neuron answer that the stage begins with? Fired, not typed."""
    fired = ASKED.fire(np.array(INPUTS))
    told = {
        "inputs": ", ".join(write(value) for value in INPUTS),
        "weights": ", ".join(write(value) for value in ASKED.weights),
        "bias": write(ASKED.bias),
        "products": " and ".join(write(float(value)) for value in fired.products),
        "total": write(float(fired.total)),
        "output": write(float(fired.output)),
    }
    return Question(
        text=text["predict"].format(**told),
        options=tuple(write(option) for option in OPTIONS),
        truth=OPTIONS.index(float(fired.output)),
        because=text["because"].format(**told),
    )


def _paste(text: Mapping[str, str]) -> tuple[str, Mapping[str, float]] | None:
    """The pasted weights as settings of the stage; advice where they cannot be read."""
    st.text_input(
        text["paste"],
        key=PASTE,
        placeholder="1, 1, -1.5",
        max_chars=200,
        help=text["paste-help"].format(limit=write(LIMIT)),
    )
    typed = str(state.widget_value(PASTE) or "")
    if not typed:
        return None
    try:
        return typed, settings_of(*parse_weights(typed))
    except LessonError as error:
        advise(error)
        return None


def formulas(values: Mapping[str, Any]) -> tuple[str, str]:
    """The sum and the output with the numbers that are set now, as LaTeX."""
    neuron, inputs = neuron_of(values)
    fired = neuron.fire(np.array(inputs))
    products = " + ".join(
        rf"{_factor(x)} \cdot {_factor(w)}" for x, w in zip(inputs, neuron.weights, strict=True)
    )
    total = fixed(float(fired.total), 3)
    name = neuron.activation.title
    return (
        rf"z = \sum_i x_i\,w_i + b = {products} + {_factor(neuron.bias)} = {total}",
        rf"y = \text{{{name}}}(z) = \text{{{name}}}({total}) = {fixed(float(fired.output), 3)}",
    )


def _factor(value: float) -> str:
    return f"({fixed(value)})" if value < 0 else fixed(value)
