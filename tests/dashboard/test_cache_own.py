"""What is made of a picture that a person brought stays with that person's session."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard.cache import of_picture, own

MADE: list[object] = []


@of_picture(most=4)
def answer(network: str, picture: object, _image: object) -> object:
    """Something new each time that it is made."""
    MADE.append(picture)
    return object()


def page() -> None:
    """Asks twice for what is made of a picture."""
    import streamlit as st

    from tests.dashboard.test_cache_own import answer

    picture = st.session_state["picture"]
    st.session_state["answers"] = [answer("network", picture, object()) for _ in range(2)]


def ask(picture: object) -> tuple[AppTest, object]:
    """A new session that opens a picture; its page and the answer."""
    app = AppTest.from_function(page)
    app.session_state["picture"] = picture
    app.run()
    assert not app.exception, app.exception
    first, second = app.session_state["answers"]
    assert first is second
    return app, first


def test_a_sample_is_answered_once_for_all_and_an_upload_once_a_session() -> None:
    MADE.clear()
    answer.clear()
    assert ask(("disk", 64))[1] is ask(("disk", 64))[1]
    assert MADE == [("disk", 64)]
    mine = own("0123", 64)
    app, found = ask(mine)
    assert app.run().session_state["answers"][0] is found
    assert ask(mine)[1] is not found
    assert [("disk", 64), mine, mine] == MADE
