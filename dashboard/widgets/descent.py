"""Gradient descent: the questions, the choice of a surface, the race."""

from __future__ import annotations

import streamlit as st

from core.descent.expression import parse
from core.descent.fitted import neuron_data, neuron_surface
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.surfaces import SURFACES, Surface, bowl, typed
from core.descent.trajectory import walk
from core.errors import LessonError
from dashboard import cache, state
from dashboard.components.descent.component import Ground, descent
from dashboard.frame import advise
from dashboard.widgets.lesson import check, number, predict

SLUG = "descent"
OWN = "typed"
FIRST_TYPED = "(x^2 - 1)^2 + y^2 + x*y"
PREDICTED_CONDITION = 10.0
ABOVE = 1.1
CHECKED_CONDITION = 40.0


def text() -> dict[str, str]:
    """The lesson's words."""
    return cache.page_text(SLUG)


def ask_first() -> None:
    """What happens above the stability limit? The truth is walked, not written."""
    ground = bowl(PREDICTED_CONDITION)
    rate = ABOVE * ground.stability_limit(*ground.start)
    factor = 1 - rate * PREDICTED_CONDITION
    truth = _fate(ground, rate)
    because = text()["predict-because"].format(
        rate=number(rate), largest=number(PREDICTED_CONDITION), factor=number(factor)
    )
    predict(SLUG, text()["predict"], text()["predict-options"].splitlines(), truth, because)


def _fate(ground: Surface, rate: float) -> int:
    """0: plain descent comes nearer; 1: it goes away; 2: it stays."""
    done = walk(ground, RULES["sgd"], start=ground.start, schedule=constant(rate), steps=50)
    if done.diverged_at is not None or done.values[-1] > done.values[0]:
        return 1
    return 0 if done.values[-1] < done.values[0] else 2


def choose_ground() -> Ground:
    """One of the surfaces, or a function that a person types."""
    neuron = neuron_surface(neuron_data())
    grounds = {**SURFACES, neuron.name: neuron}
    titles = {name: surface.title for name, surface in grounds.items()}
    titles[OWN] = "A function of your own"
    left, right = st.columns([1, 2.6], vertical_alignment="center", gap="medium")
    with left:
        name = st.selectbox(
            text()["surface"],
            list(titles),
            format_func=titles.__getitem__,
            key="descent_surface",
            bind="query-params",
            label_visibility="collapsed",
        )
    with right:
        if name == OWN:
            return _typed_ground()
        surface = grounds[name]
        st.markdown(f"${surface.formula}$ &emsp; {surface.teaches}")
        return Ground(surface=surface)


def _typed_ground() -> Ground:
    """The typed function, or the last one that could be read, with advice."""
    wanted = st.text_input(
        text()["typed"],
        value=FIRST_TYPED,
        key="descent_function",
        bind="query-params",
        label_visibility="collapsed",
        placeholder=text()["typed"],
        max_chars=200,
    )
    st.caption(text()["typed-help"])
    try:
        expression = parse(wanted)
    except LessonError as error:
        advise(error)
        st.caption(text()["typed-kept"])
        expression = parse(str(state.widget_value("descent_kept") or FIRST_TYPED))
    state.set_widget_value("descent_kept", expression.text)
    return Ground(surface=typed(expression), tree=expression.to_lists())


def race_down(ground: Ground) -> None:
    """The picture with all that moves on it."""
    words = text()
    notes = {name: words[f"note-{name}"] for name in RULES}
    with st.container(key="descent_stage"):
        descent(ground, neuron_data(), notes=notes, key="descent_race")
    st.caption(words["hint"])


def ask_after() -> None:
    """The stability limit of another bowl, by hand."""
    ground = bowl(CHECKED_CONDITION)
    answer = round(ground.stability_limit(*ground.start), 6)
    condition = number(CHECKED_CONDITION)
    question = text()["check"].format(half=number(CHECKED_CONDITION / 2), condition=condition)
    because = text()["check-because"].format(condition=condition)
    check(SLUG, question, answer, 0.0005, because)


def explain() -> None:
    """What the rules have in common, and their formulas."""
    st.markdown(text()["why"])
    columns = st.columns(4, gap="medium")
    for index, rule in enumerate(RULES.values()):
        with columns[index % 4]:
            st.markdown(f"**{rule.title}**")
            for line in rule.formula:
                st.latex(line)
            st.caption(rule.source)


def sources() -> None:
    """Where all this comes from."""
    st.caption(text()["source"])
