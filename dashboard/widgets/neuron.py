"""What the Neuron lesson consists of."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS
from core.ops.neuron import Neuron, parse_weights, possible_tables
from dashboard import cache, state
from dashboard.components.neuron.component import Pasted, neuron
from dashboard.frame import advise
from dashboard.widgets.lesson import check, number, predict

SLUG: Final = "neuron"
OPTIONS: Final = (0.0, 0.5, 1.0)
PASTE: Final = f"{SLUG}_paste"
SPOKEN: Final = ("done", "going", "most", "impossible", "tumors", "only_two")


def question() -> None:
    """Ask before the drawing is seen."""
    text = cache.page_text(SLUG)
    asked = Neuron(weights=(1.0, 1.0), bias=-1.5, activation=ACTIVATIONS["step"])
    fired = asked.fire(np.ones(2))
    truth = OPTIONS.index(float(fired.output))
    because = text["because"].format(total=number(float(fired.total)))
    predict(SLUG, text["predict"], [number(option) for option in OPTIONS], truth, because)


def stage() -> None:
    """The drawing with its sliders; pasted weights go in, and advice where they cannot."""
    text = cache.page_text(SLUG)
    pasted, error = _pasted()
    words = {name: " ".join(text[name].split()) for name in SPOKEN}
    with st.container(key="neuron_stage"):
        neuron(cache.tumor_points(), words, pasted=pasted, key="neuron_drawing")
    left, right = st.columns([1, 2], vertical_alignment="center", gap="medium")
    with left:
        st.text_input(text["paste"], key=PASTE, placeholder="1, 1, -1.5", max_chars=200)
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
