"""A lesson presented from end to end with the keys of a presenter's remote."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard import catalogue
from tests.browser.conftest import PRESENTING, Server, present
from tests.browser.test_every_page import TEXT_SIZES
from tests.browser.test_stages import PRESENTED_TEXT_PX, STAGED, open_stage
from tests.patience import wait_until

pytestmark = pytest.mark.browser

CUT = """(said) => {
  const [tall, wide] = [said.scrollHeight - said.clientHeight, said.scrollWidth - said.clientWidth];
  return tall > 1 || wide > 1 ? said.textContent : "";
}"""


def said(page: Page) -> str:
    return page.locator("[data-line] .lb-ask").inner_text().strip()


def small(page: Page) -> list[str]:
    """What is written too small for the last row."""
    return [text for size, text in page.evaluate(TEXT_SIZES) if size < PRESENTED_TEXT_PX]


@pytest.mark.parametrize("slug", [slug for slug in STAGED if catalogue.following(slug)])
def test_page_down_walks_from_the_question_into_the_next_lesson(
    browser: Browser, server: Server, slug: str
) -> None:
    page = open_stage(browser, server, slug)
    present(page)
    steps = [said(page)]
    following = catalogue.following(slug)
    assert following is not None
    for _ in range(20):
        page.keyboard.press("PageDown")
        if steps[-1].startswith("Next: "):
            break
        expect(page.locator("[data-line] .lb-ask")).not_to_have_text(steps[-1])
        steps.append(said(page))
        wait_until(lambda: not small(page))  # what a step changes is drawn in a frame to come
        assert page.locator("[data-line] .lb-ask p").evaluate(CUT) == ""
    # The next lesson, still presented: nobody had to touch the mouse.
    page.wait_for_url(re.compile(f"/{following.slug}(\\?|$)"))
    assert page.evaluate(PRESENTING)
    page.context.close()
    assert len(steps) >= 4
    assert len(set(steps)) == len(steps)
    assert slug == "home" or any(step.startswith("Check: ") for step in steps)
    assert following.title in steps[-1]


def test_keys_play_step_blacken_and_leave_without_losing_anything(
    browser: Browser, server: Server
) -> None:
    page = open_stage(browser, server, "dropout?set=rate_0.3*draw_5&answer=shown")
    at = page.get_by_role("spinbutton", name=re.compile("Draw"))
    expect(at).to_have_value("5")
    present(page)
    page.keyboard.press("ArrowRight")
    expect(at).to_have_value("6")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    black = page.get_by_label("The screen is black. B lights it again.")
    page.keyboard.press("b")
    expect(black).to_be_visible()
    page.keyboard.press("b")
    expect(black).to_have_count(0)
    shown = at.input_value()
    page.keyboard.press("Escape")
    page.wait_for_function(f"!{PRESENTING}")
    assert at.input_value() == shown
    assert "rate_0.3" in page.url
    page.context.close()


def test_a_browser_without_full_screen_presents_in_its_window(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script("delete Element.prototype.requestFullscreen")
    page = context.new_page()
    page.goto(f"{server.url}/dropout")
    page.locator("[data-picture]").first.wait_for()
    present(page)
    box = page.locator("[data-stage]").bounding_box()
    assert box is not None
    assert box["width"] * box["height"] >= 0.92 * 1280 * 720
    context.close()


def test_a_script_that_does_not_load_is_a_sentence_and_not_an_empty_box(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.route(re.compile("lessons/dropout/stage.js"), lambda route: route.abort())
    page.goto(f"{server.url}/dropout")
    expect(page.get_by_text("This picture's script could not be loaded.")).to_be_visible()
    context.close()


def test_back_moves_the_figure_and_a_link_gives_the_identical_one(
    browser: Browser, server: Server
) -> None:

    shown = """() => {
      const visit = (root) => {
        for (const element of root.querySelectorAll('*')) {
          if (element.matches('[data-picture]') && element.shown) return element.shown;
          const inside = element.shadowRoot && visit(element.shadowRoot);
          if (inside) return inside;
        }
      };
      return visit(document);
    }"""
    page = open_stage(browser, server, "dropout?answer=shown")
    rate = page.get_by_role("spinbutton", name="Rate p, as a number")
    draw = page.get_by_role("spinbutton", name=re.compile("^Draw"))
    draw.fill("3")
    draw.press("Enter")
    page.wait_for_url(re.compile("draw_3"))
    rate.fill("0.25")
    page.wait_for_url(re.compile("rate_0.25"))
    page.get_by_label("Enlarge what is kept").uncheck()
    page.wait_for_url(re.compile("scaled_0"))
    linked, figure = page.url, page.evaluate(shown)
    other = open_stage(browser, server, linked.removeprefix(f"{server.url}/"))
    other.wait_for_function(f"(() => {{ const s = ({shown})(); return s && s.dropped > 0; }})()")
    assert other.evaluate(shown) == figure
    other.context.close()
    for gone in ("scaled_0", "rate_0.25", "draw_3"):
        page.go_back()
        page.wait_for_url(lambda url, gone=gone: gone not in url)
    expect(rate).to_have_value("0.5")
    expect(draw).to_have_value("0")
    page.context.close()
