"""A choice of a few always has an answer, whatever a link says."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def one_of_two() -> None:
    import streamlit as st

    from dashboard.shared.segments import segments

    chosen = segments("Side", (28, 56), default=56, key="side", bind="query-params")
    st.text(repr(chosen))


@pytest.mark.parametrize(
    ("linked", "answer"), [(None, "56"), ("28", "28"), ("", "56"), ("29", "56"), ("None", "56")]
)
def test_a_link_chooses_one_of_the_options_or_nothing(linked: str | None, answer: str) -> None:
    app = AppTest.from_function(one_of_two)
    if linked is not None:
        app.query_params["side"] = linked
    app.run()
    assert not app.exception
    assert app.text[0].value == answer
