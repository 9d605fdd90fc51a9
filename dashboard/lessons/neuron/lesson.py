"""What the Neuron lesson consists of."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS
from core.ops.neuron import Neuron, parse_weights, possible_tables
from dashboard import cache, state
from dashboard.frame import advise, reset_button
from dashboard.lessons.neuron.stage import NeuronView, Pasted, neuron
from dashboard.shared.questions import check, number, predict

SLUG: Final = "neuron"
OPTIONS: Final = (0.0, 0.5, 1.0)
PASTE: Final = f"{SLUG}_paste"
SPOKEN: Final = ("locked", "done", "going", "most", "impossible", "tumors", "only_two")
ASKED: Final = Neuron(weights=(1.0, -2.0), bias=0.5, activation=ACTIVATIONS["step"])
INPUTS: Final = (1.0, 1.0)


def question() -> bool:
    """Ask about the neuron that the stage begins with; whether an answer is locked in."""
    text = cache.page_text(SLUG)
    fired = ASKED.fire(np.array(INPUTS))
    told = {
        "first": number(ASKED.weights[0]),
        "second": number(ASKED.weights[1]),
        "bias": number(ASKED.bias),
        "products": " and ".join(number(float(value)) for value in fired.products),
        "total": number(float(fired.total)),
        "output": number(float(fired.output)),
    }
    truth = OPTIONS.index(float(fired.output))
    options = [number(option) for option in OPTIONS]
    return predict(
        SLUG, text["predict"].format(**told), options, truth, text["because"].format(**told)
    )


def stage(*, locked: bool) -> None:
    """The drawing with its sliders; pasted weights go in, and advice where they cannot.

    Args:
        locked: The prediction is still open: the drawing does not give it away.
    """
    text = cache.page_text(SLUG)
    pasted, error = (None, None) if locked else _pasted()
    view = NeuronView(
        points=cache.tumor_points(),
        words={name: " ".join(text[name].split()) for name in SPOKEN},
        asked=ASKED,
        inputs=INPUTS,
        locked=locked,
        pasted=pasted,
        fresh=state.freshness(SLUG),
    )
    with st.container(key="neuron_stage"):
        neuron(view, key="neuron_drawing")
    left, right = st.columns([1, 2], vertical_alignment="center", gap="medium")
    with left:
        st.text_input(
            text["paste"],
            key=PASTE,
            placeholder="1, 1, -1.5",
            max_chars=200,
            disabled=locked,
        )
    with right:
        if error:
            advise(error)
        else:
            st.markdown(text["try"])


def _pasted() -> tuple[Pasted | None, LessonError | None]:
    typed = state.widget_value(PASTE)
    if not typed:
        return None, None
    try:
        return parse_weights(typed), None
    except LessonError as error:
        return None, error


def closing() -> None:
    """Check and source."""
    text = cache.page_text(SLUG)
    check(SLUG, text["check"], len(possible_tables()), 0, text["check-because"])
    st.caption(text["source"].format(points=cache.tumor_points().source))
    reset_button(SLUG)
