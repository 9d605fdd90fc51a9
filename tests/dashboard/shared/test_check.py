"""The number asked for after the picture: judged by what core computed, explained, never jumpy."""

from __future__ import annotations

import math

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.lesson import Check


def checking() -> None:
    import streamlit as st

    from dashboard.shared.lesson import Check, ask

    question = "How many?" if not st.toggle("other") else "How much?"
    ask("x", Check(text=question, answer=14, because="It is fourteen."))
    share = Check(
        text="Which share?", answer=0.25, tolerance=0.01, because="A quarter.", unit="of it"
    )
    ask("x", share, name="share")


@pytest.mark.parametrize(
    ("typed", "said"), [(13, "too small"), (15, "too large"), (14, "14 is right")]
)
def test_a_whole_number_is_judged_exactly(typed: int, said: str) -> None:
    app = AppTest.from_function(checking).run()
    app.number_input[0].set_value(typed).run()
    assert said in (app.success or app.info)[0].value


@pytest.mark.parametrize(("typed", "right"), [(0.26, True), (0.24, True), (0.2611, False)])
def test_a_share_is_judged_within_its_tolerance(typed: float, right: bool) -> None:
    app = AppTest.from_function(checking).run()
    app.number_input[1].set_value(typed).run()
    assert bool(app.success) is right
    if right:
        assert "0.25 of it is right" in app.success[0].value


def test_the_answer_is_told_on_demand_and_only_for_its_question() -> None:
    app = AppTest.from_function(checking).run()
    app.number_input[0].set_value(2).run()
    assert "fourteen" not in app.info[0].value
    app.button(key="x_check_tell").click().run()
    assert app.info[0].value == "**The answer is 14.** It is fourteen."
    app.toggle[0].set_value(True).run()
    assert not app.info


def test_an_answer_that_is_no_number_is_a_bug() -> None:
    with pytest.raises(ValueError, match="nan"):
        Check(text="?", answer=math.nan, tolerance=0.1, because="")
