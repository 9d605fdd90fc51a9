"""Predict and check: locked in before the truth, judged by what core computed, never jumpy."""

from __future__ import annotations

import math

import pytest
from streamlit.testing.v1 import AppTest


def predicting() -> None:
    import streamlit as st

    from dashboard import state
    from dashboard.shared.questions import predict

    locked = predict("x", "Which?", ["one", "two"], 1, "Because of two.")
    predict("x", "And then?", ["yes", "no"], 0, "So it is.", name="second")
    st.write(f"locked: {locked}")
    st.button("forget", on_click=state.reset_page, args=("x",))


def checking() -> None:
    import streamlit as st

    from dashboard.shared.questions import check

    question = "How many?" if not st.toggle("other") else "How much?"
    check("x", question, 14, 0, "It is fourteen.")
    check("x", "Which share?", 0.25, 0.01, "A quarter.", name="share", unit="of it")


def test_the_truth_waits_for_an_answer_and_an_answer_is_final() -> None:
    app = AppTest.from_function(predicting).run()
    assert "locked: False" in app.markdown[-1].value
    assert not any("two." in element.value for element in app.markdown)
    app.button(key="x_predict_0").click().run()
    assert app.info[0].value == "**You said one; it is two.** Because of two."
    assert "locked: True" in app.markdown[-1].value
    assert app.button(key="x_predict_1").disabled
    assert app.query_params["x_predict"] == "0"


def test_what_holds_the_place_open_does_not_tell() -> None:
    app = AppTest.from_function(predicting).run()
    told = " ".join(element.proto.body for element in app.get("html"))
    assert "lb-said" in told
    assert "Because" not in told
    assert "two" not in told


@pytest.mark.parametrize(("linked", "locked"), [("1", True), ("7", False), ("x", False)])
def test_an_answer_survives_a_reload_by_its_address(linked: str, locked: bool) -> None:
    app = AppTest.from_function(predicting)
    app.query_params["x_predict"] = linked
    app.run()
    assert f"locked: {locked}" in app.markdown[-1].value
    if locked:
        app.button[-1].click().run()  # forgets it, address and all
        assert "x_predict" not in app.query_params
        assert "locked: False" in app.markdown[-1].value


def test_two_questions_of_a_page_do_not_answer_each_other() -> None:
    app = AppTest.from_function(predicting).run()
    app.button(key="x_second_0").click().run()
    assert app.success[0].value.startswith("**You said yes: right.**")
    assert "locked: False" in app.markdown[-1].value


def test_resetting_the_page_asks_anew() -> None:
    app = AppTest.from_function(predicting).run()
    app.button(key="x_predict_1").click().run()
    assert app.success
    app.button[-1].click().run()
    assert not app.success
    assert app.button(key="x_predict_1").label == "two"


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
    from dashboard.shared.questions import check

    with pytest.raises(ValueError, match="nan"):
        check("x", "?", math.nan, 0.1, "")
