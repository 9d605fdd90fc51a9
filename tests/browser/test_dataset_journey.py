"""The Dataset page in Chromium: wall, boxes, paging, one image, own ZIP, difficulty."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import patience
from tests.browser.conftest import Server
from tests.dashboard.small_release import class_zip

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WALL = "[data-stage] canvas"


DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def pixels(canvas: Locator) -> str:
    return str(canvas.evaluate("(canvas) => canvas.toDataURL()"))


@pytest.fixture
def wall(page: Page, server: Server, tmp_path: Path) -> Page:
    """The page with 120 images of a person's own: 80 intact and 40 cracked."""
    archive = tmp_path / "bones.zip"
    archive.write_bytes(class_zip({"cracked": 40, "intact": 80}))
    page.goto(f"{server.url}/dataset?dataset=folder&answer=shown")
    page.get_by_text("No images chosen yet").wait_for()
    page.get_by_role("button", name="Set", exact=True).click()
    page.locator("input[type=file]").set_input_files(str(archive))
    page.locator(".dataset-balance", has_text="120 images").wait_for()
    page.keyboard.press("Escape")
    page.locator(WALL).wait_for()
    return page


def test_an_uploaded_zip_is_counted_and_shown(wall: Page) -> None:
    expect(wall.locator(".dataset-balance")).to_contain_text("66.7")
    expect(wall.locator(".dataset-count")).to_have_text("1 to 48 of 120")
    label = wall.locator(WALL).get_attribute("aria-label") or ""
    assert label.count("cracked") + label.count("intact") >= 48


def test_pages_turn_by_keyboard_and_by_button(wall: Page) -> None:
    canvas, count = wall.locator(WALL), wall.locator(".dataset-count")
    canvas.focus()
    canvas.press("PageDown")
    expect(count).to_have_text("49 to 96 of 120")
    canvas.press("End")
    canvas.press("ArrowRight")  # beyond the last image: the next page
    expect(count).to_have_text("97 to 120 of 120")
    expect(wall.get_by_role("button", name="Next")).to_be_disabled()
    wall.get_by_role("button", name="Previous").click()
    expect(count).to_have_text("49 to 96 of 120")


def test_arrows_walk_and_enter_opens_an_image_with_its_record(wall: Page) -> None:
    canvas = wall.locator(WALL)
    canvas.focus()
    canvas.press("ArrowRight")
    canvas.press("ArrowDown")
    wall.evaluate(DRAWN)  # the sentence speaks of the image that is drawn
    name = wall.locator(".lb-sentence b").inner_text()
    canvas.press("Enter")
    dialog = wall.get_by_role("dialog")
    expect(dialog.locator(".dataset-title", has_text=name)).to_be_visible()
    expect(dialog.locator(".dataset-record")).to_contain_text("Group")
    expect(dialog.get_by_role("button", name="Test this X-ray")).to_be_visible()
    wall.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    wall.locator(WALL).press("Enter")  # the same image opens again
    expect(wall.get_by_role("dialog")).to_be_visible()


def test_a_filter_leaves_one_class_and_says_how_many(wall: Page) -> None:
    wall.get_by_role("button", name="Filter").click()
    wall.get_by_role("combobox", name="All classes").click()
    wall.get_by_role("option", name="cracked").click()
    expect(wall.locator(".dataset-count")).to_have_text("1 to 40 of 40")


def test_opening_an_image_after_filtering_stays_on_the_page(wall: Page) -> None:
    canvas, count = wall.locator(WALL), wall.locator(".dataset-count")
    canvas.press("PageDown")
    expect(count).to_have_text("49 to 96 of 120")
    wall.get_by_role("button", name="Filter").click()
    wall.get_by_role("combobox", name="All classes").click()
    wall.get_by_role("option", name="intact").click()
    expect(count).to_have_text("1 to 48 of 80")
    wall.keyboard.press("Escape")
    canvas.press("Enter")
    expect(wall.get_by_role("dialog").locator(".dataset-record")).to_be_visible()
    expect(count).to_have_text("1 to 48 of 80")


def test_the_other_views_draw(wall: Page) -> None:
    for name in ("Counts", "Mean image", "Left out and leaks"):
        wall.get_by_role("radio", name=name).click()
        wall.locator(".js-plotly-plot .main-svg").first.wait_for()
        expect(wall.locator(".dataset-balance")).to_be_visible()
        assert wall.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


def test_the_built_in_set_is_prepared_with_progress_and_its_sliders_follow_the_hand(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/dataset?dataset_view=Difficulty")
    page.locator(".wall .slider").first.wait_for()
    canvas = page.locator(".wall canvas")
    page.wait_for_timeout(300)
    before = pixels(canvas)
    handle = page.get_by_role("slider", name="Noise", exact=True)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=8)
    deadline = time.monotonic() + patience.SECONDS
    while pixels(canvas) == before:  # still held: what follows the hand needs no release
        assert time.monotonic() < deadline, "the pictures do not follow the drag"
        page.wait_for_timeout(50)
    page.mouse.up()
    expect(page.get_by_role("button", name="Draw the whole set")).to_be_enabled()
    page.get_by_label("Noise, as a number").fill("0.3")
    page.get_by_label("Noise, as a number").press("Enter")
    expect(handle).to_have_value("0.3")


def test_boxes_are_drawn_on_demand(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/dataset")
    page.locator(WALL).wait_for()
    canvas = page.locator(WALL)
    page.wait_for_timeout(300)
    before = pixels(canvas)
    page.get_by_label("Boxes").check()
    expect(page.locator(".lb-sentence")).not_to_be_empty()
    page.wait_for_timeout(300)
    assert pixels(canvas) != before
    page.get_by_label("Boxes").uncheck()
    page.wait_for_timeout(300)
    assert pixels(canvas) == before


def test_a_link_shows_the_identical_wall_and_back_turns_it(
    wall: Page, page: Page, server: Server
) -> None:
    canvas, shown = page.locator(WALL), "canvas => canvas.shown"
    page.goto(f"{server.url}/dataset?answer=shown")
    page.locator(WALL).wait_for()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="All classes").click()
    page.get_by_role("option", name="fracture").click()
    expect(page.locator(".dataset-count")).to_contain_text("1 to 48 of")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".dataset-count")).to_contain_text("49 to 96 of")
    page.get_by_label("Boxes").check()
    page.wait_for_url(re.compile("boxes_1"))
    linked, figure = page.url, canvas.evaluate(shown)
    assert figure["page"] == 1
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    other = context.new_page()
    other.goto(linked)
    expect(other.locator(".dataset-count")).to_contain_text("49 to 96 of")
    other.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('[data-stage] canvas')?.shown?.boxes)"
    )
    assert other.locator(WALL).evaluate(shown) == figure
    context.close()
    page.go_back()
    page.wait_for_url(lambda url: "boxes_1" not in url)
    page.go_back()
    expect(page.locator(".dataset-count")).to_contain_text("1 to 48 of")
