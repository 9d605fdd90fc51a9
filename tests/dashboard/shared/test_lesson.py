"""What joins the pages: the line that leads on."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state

ROOT = Path(__file__).resolve().parents[3]


def opened(page: str, going: str) -> AppTest:
    """A page that is drawn while the line's wish to leave it is not yet fulfilled."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"))
    app.switch_page(f"../pages/{page}.py")
    app.session_state[state.GOING.name] = going
    app.run()
    assert not app.exception
    return app


def line_of(app: AppTest) -> bytes:
    return app.get("bidi_component")[-1].proto.bytes


def test_what_draws_the_page_again_meanwhile_does_not_lose_the_way() -> None:
    app = opened("neuron", "pooling")
    assert b'"slug":"pooling"' in line_of(app).replace(b": ", b":")
    assert app.session_state[state.GOING.name] == ""


@pytest.mark.parametrize("nonsense", ["", "no-page", "../../etc/passwd"])
def test_what_is_no_page_leads_nowhere(nonsense: str) -> None:
    app = opened("neuron", nonsense)
    assert b'"slug":"neuron"' in line_of(app).replace(b": ", b":")
