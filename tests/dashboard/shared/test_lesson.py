"""What joins the pages: the line that leads on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.shared import lesson

ROOT = Path(__file__).resolve().parents[3]


def opened(page: str, going: str) -> AppTest:
    """A page that is drawn while the line's wish to leave a page is not yet fulfilled."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"))
    app.switch_page(f"../pages/{page}.py")
    app.session_state[state.GOING.name] = going
    app.run()
    assert not app.exception
    return app


def line_of(app: AppTest) -> bytes:
    return app.get("bidi_component")[-1].proto.bytes.replace(b": ", b":")


def test_what_draws_the_page_again_meanwhile_does_not_lose_the_way() -> None:
    app = opened("neuron", "neuron>pooling")
    assert b'"slug":"pooling"' in line_of(app)
    assert app.session_state[state.GOING.name] == ""


def test_a_run_that_ends_while_it_leaves_leaves_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Streamlit looks for a newer message once it has emptied the address, before it leaves."""

    def overtaken(*_: Any, **__: Any) -> NoReturn:
        raise StopException

    monkeypatch.setattr(lesson.st, "switch_page", overtaken)
    app = opened("neuron", "neuron>pooling")
    monkeypatch.undo()
    app.run()
    assert b'"slug":"pooling"' in line_of(app)


def test_who_went_elsewhere_meanwhile_stays_there() -> None:
    app = opened("dropout", "neuron>pooling")
    assert b'"slug":"dropout"' in line_of(app)
    assert app.session_state[state.GOING.name] == ""


@pytest.mark.parametrize("nonsense", ["", ">", "neuron>no-page", "neuron>../../etc/passwd"])
def test_what_is_no_page_leads_nowhere(nonsense: str) -> None:
    app = opened("neuron", nonsense)
    assert b'"slug":"neuron"' in line_of(app)


def _resets_where_asked() -> None:
    import streamlit as st

    from dashboard import state
    from dashboard.shared import lesson

    if st.session_state.pop("reset_now", False):
        state.reset_page("neuron")
    st.session_state["given"] = lesson._given("neuron", 3)


def test_a_message_from_before_a_reset_does_not_answer_again() -> None:
    """The browser sends its address along, which it clears only once it has heard of the reset."""
    app = AppTest.from_function(_resets_where_asked)
    app.query_params["answer"] = "0"
    assert app.run().session_state["given"] == "0"
    app.session_state["reset_now"] = True
    assert app.run().session_state["given"] == ""
    app.query_params["answer"] = "0"
    assert app.run().session_state["given"] == ""
    app.query_params["answer"] = "1"
    assert app.run().session_state["given"] == "1"


@pytest.mark.parametrize(
    ("part", "most", "given"),
    [
        ("question", 64, {"text": "x" * 65}),
        ("reason", 96, {"because": "x" * 97}),
        ("option", 16, {"options": ("1", "x" * 17)}),
    ],
)
def test_what_has_no_room_in_the_line_is_told_with_its_letters(
    part: str, most: int, given: dict[str, Any]
) -> None:
    fits: dict[str, Any] = {"text": "x" * 64, "options": ("1", "x" * 16), "because": "x" * 96}
    lesson.Question(**fits, truth=0)
    said = f"The {part} has {most + 1} letters, and the line has room for {most}"
    with pytest.raises(ValueError, match=said):
        lesson.Question(**{**fits, **given}, truth=0)
