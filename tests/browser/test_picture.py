"""Choosing a picture in Chromium: drawn by hand with mouse and keyboard, uploaded, refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

LIT = """(canvas) => canvas.getContext('2d').getImageData(0, 0, 28, 28).data
  .filter((value, i) => i % 4 === 0 && value > 128).length"""


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height), 90).save(buffer, "PNG")
    return buffer.getvalue()


def test_any_picture_can_be_given_and_a_bad_one_is_told(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/hierarchy")
    page.locator("[data-stage]").wait_for()
    corner = page.locator(".st-key-hierarchy_picture_choice button").first
    corner.click()
    page.get_by_role("radio", name="Draw").click()
    board = page.locator("canvas[aria-label='Drawing board']")
    expect(corner).to_contain_text("Your drawing")
    page.wait_for_function("() => location.search.includes('picture=drawing.')")
    blank = page.url
    assert board.evaluate(LIT) == 0

    box = board.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 30, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 30, middle, steps=12)
    page.mouse.up()
    stroke = board.evaluate(LIT)
    assert stroke >= 28  # more than a row across the board, two pixels thick
    page.wait_for_function("(before) => location.href !== before", arg=blank)
    one = page.url

    board.focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert board.evaluate(LIT) > stroke
    page.wait_for_function("(before) => location.href !== before", arg=one)
    # Each stroke is a step of Back, and the board follows.
    page.go_back()
    page.wait_for_function(
        """(lit) => { const board = [...document.querySelectorAll('*')]
          .map((element) => element.shadowRoot?.querySelector("canvas[aria-label='Drawing board']"))
          .find(Boolean);
          return board && [...board.getContext('2d').getImageData(0, 0, 28, 28).data]
            .filter((value, i) => i % 4 === 0 && value > 128).length === lit; }""",
        arg=stroke,
    )
    assert page.url == one

    page.get_by_role("radio", name="Upload").click()
    files = page.locator("input[type=file]")
    files.set_input_files({"name": "dot.png", "mimeType": "image/png", "buffer": png(1, 1)})
    expect(page.get_by_text("The picture has 1 x 1 pixels")).to_be_visible()
    files = page.locator("input[type=file]")
    files.set_input_files({"name": "huge.png", "mimeType": "image/png", "buffer": png(8000, 8000)})
    expect(page.get_by_text("8000 x 8000")).to_be_visible()
    files.set_input_files({"name": "leg.png", "mimeType": "image/png", "buffer": png(300, 200)})
    expect(page.get_by_text("leg.png, 300 by 200 pixels")).to_be_visible()
