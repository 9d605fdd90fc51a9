"""A letter typed into a component's field is a letter, not a command to Streamlit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

WATCH = """() => {
  window.reached = [];
  document.addEventListener('keydown', (event) => window.reached.push(event.key));
}"""


def test_letters_in_a_field_do_not_reach_the_document(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/tensors")
    field = page.get_by_label("Index", exact=True)
    field.wait_for()
    page.evaluate(WATCH)
    field.focus()
    page.keyboard.type("rc[")
    page.keyboard.press("Escape")
    assert field.input_value().endswith("rc[")
    assert page.evaluate("window.reached") == ["Escape"]
    page.locator("h1").click()
    page.keyboard.press("q")
    assert page.evaluate("window.reached") == ["Escape", "q"]
