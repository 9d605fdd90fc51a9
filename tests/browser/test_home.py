"""Home in Chromium: the picture plays, can be paused, stepped and scrubbed, and tells the truth."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser


MEDIAN_FPS = """async (canvas) => {
  const spans = [];
  let frames = canvas.frames, last = performance.now();
  await new Promise((done) => {
    const started = last;
    const look = (now) => {
      if (canvas.frames !== frames) { spans.push(now - last); last = now; frames = canvas.frames; }
      if (now - started > 2500) done(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  spans.sort((a, b) => a - b);
  return 1000 / spans[Math.floor(spans.length / 2)];
}"""


@pytest.fixture
def home(page: Page, server: Server) -> Page:
    page.goto(server.url)
    page.locator("canvas[data-picture]").wait_for()
    page.locator(".lb-sentence", has_text="Row").wait_for()
    return page


def place(page: Page) -> tuple[int, int]:
    found = re.search(r"Row (\d+), column (\d+)", page.locator(".lb-sentence").inner_text())
    assert found
    return int(found[1]), int(found[2])


def expect_place(page: Page, row: int, column: int) -> None:
    """The sentence follows the picture with the next frame."""
    expect(page.locator(".lb-sentence")).to_contain_text(f"Row {row}, column {column} of")


def side(page: Page) -> int:
    """Positions of the kernel in one direction: 92 for 5x5 kernels, 94 for learned 3x3 ones."""
    found = re.search(r"of (\d+)\.", page.locator(".lb-sentence").inner_text())
    assert found
    return int(found[1])


def selected(page: Page) -> str:
    """Name of the map that is selected."""
    return page.locator(".lb-sentence").inner_text().split(". ")[1].split(":")[0]


def pixels(canvas: Locator) -> str:
    return str(canvas.evaluate("(canvas) => canvas.toDataURL()"))


def test_it_moves_by_itself(home: Page) -> None:
    """How many frames a second: ``benchmarks/stage_drag.py``."""
    canvas = home.locator("canvas[data-picture]")
    frames = canvas.evaluate("canvas => canvas.frames")
    home.wait_for_function(
        "([canvas, frames]) => canvas.frames > frames + 5", arg=[canvas.element_handle(), frames]
    )


def test_title_promise_and_three_doors_fit_the_first_screen(home: Page) -> None:
    for name in ("lesson", "train", "xray"):
        box = home.locator(f".st-key-home_door_{name}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 720
    picture = home.locator("canvas[data-picture]").bounding_box()
    assert picture is not None
    assert picture["y"] + picture["height"] < 720
    assert picture["height"] > 400


def test_pause_holds_the_picture_and_steps_move_it_by_one(home: Page) -> None:
    canvas = home.locator("canvas[data-picture]")
    home.get_by_role("button", name="Pause").click()
    home.wait_for_timeout(150)
    before, (row, column) = pixels(canvas), place(home)
    home.wait_for_timeout(400)
    assert pixels(canvas) == before
    home.get_by_role("button", name="One position forward").click()
    expect_place(home, *((row, column + 1) if column < side(home) else (row + 1, 1)))
    home.get_by_role("button", name="One position back").click()
    expect_place(home, row, column)
    home.get_by_role("button", name="Play").click()
    expect(home.locator(".lb-sentence")).not_to_contain_text(f"Row {row}, column {column} of")


def test_all_of_it_works_from_the_keyboard(home: Page) -> None:
    canvas = home.locator("canvas[data-picture]")
    canvas.focus()
    canvas.press("Home")
    expect_place(home, 1, 1)
    canvas.press("ArrowDown")
    canvas.press("ArrowRight")
    expect_place(home, 2, 2)
    first = selected(home)
    canvas.press("m")
    expect(home.locator(".lb-sentence")).not_to_contain_text(f" {first}:")
    canvas.press("End")
    expect_place(home, side(home), side(home))
    canvas.press(" ")
    expect(home.get_by_role("button", name="Pause")).to_be_visible()


def test_scrubbing_and_pressing_on_the_film_put_the_kernel_there(home: Page) -> None:
    home.get_by_label("Position", exact=True).first.fill("930")
    expect_place(home, 930 // side(home) + 1, 930 % side(home) + 1)
    canvas = home.locator("canvas[data-picture]")
    box = canvas.bounding_box()
    assert box is not None
    before = place(home)
    canvas.click(position={"x": 40, "y": 60})
    expect(home.locator(".lb-sentence")).not_to_contain_text("Row {}, column {} of".format(*before))
    row, column = place(home)
    assert row < 20
    assert column < 20


def test_the_drawn_products_add_up_to_the_map_of_each_kernel(home: Page) -> None:
    canvas = home.locator("canvas[data-picture]")
    for position in (0, 930, 4000, 92 * 92 - 1):
        home.get_by_label("Position", exact=True).first.fill(str(position))
        for _ in range(6):
            canvas.press("m")
            home.wait_for_timeout(40)
            shown = canvas.evaluate("(canvas) => canvas.shown")
            assert shown["sum"] == pytest.approx(shown["value"], abs=1e-5)


def test_the_table_says_the_same_as_the_readout(home: Page) -> None:
    home.get_by_label("Position", exact=True).first.fill("4000")
    home.get_by_text("In words and numbers").click()
    said = home.locator(".lb-sentence b").inner_text()
    expect(home.locator("tbody tr").first.locator("td").nth(1)).to_have_text(said)
    expect(home.locator(".lb-twin-words")).to_contain_text("feature maps")


def test_it_stands_still_where_motion_is_unwanted(browser: Browser, server: Server) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url)
    page.locator(".lb-sentence", has_text="Row").wait_for()
    first = place(page)
    page.wait_for_timeout(700)
    assert place(page) == first
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    context.close()


def test_a_door_opens_without_reloading(home: Page) -> None:
    home.evaluate("window.stayed = true")
    home.get_by_role("link", name="Present a lesson").click()
    home.get_by_role("heading", name="Neuron", level=1).wait_for()
    assert home.evaluate("window.stayed") is True
    home.go_back()
    home.locator("canvas[data-picture]").wait_for()


def test_it_fits_a_narrow_window(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 800})
    page = context.new_page()
    page.goto(server.url)
    page.locator(".lb-sentence", has_text="Row").wait_for()
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    context.close()
