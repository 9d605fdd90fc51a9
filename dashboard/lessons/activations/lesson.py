"""Activations: shapes, slopes, what a stack of them does, and what is silent in a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from core.inspect.silence import FLAT
from core.ops.activation import ACTIVATIONS
from dashboard import cache
from dashboard.lessons.activations.stage import SCHEMA, ActivationsView, followed, payload, show
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import fixed, percent, write

SLUG: Final = "activations"
OPTIONS: Final = (0.25, 0.5, 1.0)
_STAGE: Final = "activations_stage"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    with lesson.corner():
        network = choose_network(SLUG)
    report = cache.network_activity(network.key, network.epoch, network.fingerprint)
    view = ActivationsView(
        measured=cache.depth_measurements(),
        report=report,
        network=network.title,
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        st.markdown(text["why"])
        for line in formulas(lesson.values(SCHEMA), slope=lesson.settled):
            st.latex(line)
        st.markdown(text["table"])
        st.markdown(text["depth"])
        st.markdown(text["silence"].format(flat=percent(FLAT), images=report.images))
        st.markdown(network.origin)
    lesson.finish(check(text), source=text["source"])


def steepest_logistic() -> float:
    """The logistic function's greatest slope, at its default parameter."""
    return float(ACTIVATIONS["sigmoid"].derivative(np.array(0.0)))


def question(text: Mapping[str, str]) -> Question:
    """How steep is the logistic function at most? Asked before slopes are seen."""
    steepest = steepest_logistic()
    middle = float(ACTIVATIONS["sigmoid"](np.array(0.0)))
    return Question(
        text=text["predict"],
        options=tuple(write(option) for option in OPTIONS),
        truth=OPTIONS.index(steepest),
        because=text["because"].format(middle=write(middle), steepest=write(steepest)),
    )


def check(text: Mapping[str, str]) -> Check:
    """Transfer: the gradient goes through weights too, which could make up for the slope."""
    weight = 1.0 / steepest_logistic()
    return Check(
        text=text["check"],
        answer=weight,
        tolerance=0.01 * weight,
        because=text["check-because"].format(
            steepest=write(steepest_logistic()), answer=write(weight)
        ),
    )


def formulas(values: Mapping[str, Any], *, slope: bool) -> list[str]:
    """The followed function at the chosen sum, and its slope there, as LaTeX.

    Args:
        values: What is set in the stage.
        slope: Whether the slope may be told.
    """
    name, parameter = followed(values)
    activation, x = ACTIVATIONS[name], float(values["x"])
    at = fixed(x)
    value = float(activation(np.array(x), parameter))
    shape = activation.parameter
    set_to = rf"\qquad {shape.name} = {parameter:g}" if shape is not None else ""
    lines = [rf"{activation.formula}{set_to},\qquad f({at}) = {fixed(value, 3)}"]
    if slope:
        rise = float(activation.derivative(np.array(x), parameter))
        lines.append(rf"{activation.derivative_formula},\qquad f'({at}) = {fixed(rise, 3)}")
    return lines
