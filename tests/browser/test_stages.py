"""The stage owns the screen: on every page, at every size, in both themes, presented or not."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard import catalogue
from tests.browser.conftest import Complaints, Server, present, watch

pytestmark = pytest.mark.browser

STAGED = [page.slug for page in catalogue.PAGES]
LINE_PX = 48
LEAST = {"normal": (0.80, 0.55), "presenting": (0.92, 0.65)}
"""Shares of the window that stage and pictures fill at least, at 1280x720."""
PRESENTED_TEXT_PX = 23.5

SHARES = """() => {
  const all = [];
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      all.push(element);
    }
  };
  visit(document);
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    const wide = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
    const high = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
    return Math.max(wide, 0) * Math.max(high, 0) / (innerWidth * innerHeight);
  };
  const named = (name) => all.filter((element) => element.hasAttribute(name));
  const sum = (elements) => elements.reduce((total, element) => total + seen(element), 0);
  const [line] = named('data-line');
  const bottoms = named('data-stage').map((one) => one.getBoundingClientRect().bottom);
  const pen = document.createElement('canvas').getContext('2d');
  const cut = all.filter((one) => one.matches('select') && one.offsetWidth).filter((one) => {
    const style = getComputedStyle(one);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(one.selectedOptions[0]?.textContent ?? '').width > room - ARROW_PX;
  });
  return {
    cut: cut.map((one) => one.selectedOptions[0].textContent),
    stage: sum(named('data-stage')), pictures: sum(named('data-picture')),
    line: line?.getBoundingClientRect().height, bottom: Math.max(...bottoms), height: innerHeight,
    sideways: document.documentElement.scrollWidth - innerWidth,
  };
}""".replace("ARROW_PX", "14")


def open_stage(
    browser: Browser,
    server: Server,
    address: str,
    *,
    size: tuple[int, int] = (1280, 720),
    scheme: str = "dark",
    complaints: Complaints | None = None,
) -> Page:
    """The page with its stage drawn; close its context."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    if complaints is not None:
        watch(page, server, complaints)
    page.goto(f"{server.url}/{'' if address == 'home' else address}")
    page.locator("[data-line]").wait_for()
    page.locator("[data-stage]").first.wait_for()
    page.locator("[data-picture]:visible").first.wait_for()
    expect(page.locator(".dataset-waiting")).to_have_count(0)  # the set is drawn once for all
    return page


def measure_states(page: Page) -> dict[str, dict[str, Any]]:
    """The shares of an open page as it opens, once it is answered, and presented."""
    page.locator("[data-picture]:visible").first.wait_for()
    expect(page.locator(".dataset-waiting")).to_have_count(0)  # the set is drawn once for all
    found = {"normal": page.evaluate(SHARES)}
    show = page.get_by_role("button", name="Show me")
    if show.count():
        show.click()
        expect(page.locator(".lb-verdict")).to_be_visible()
        found["answered"] = page.evaluate(SHARES)
    present(page)
    page.wait_for_timeout(300)
    found["presenting"] = page.evaluate(SHARES)
    return found


def require_shares(found: dict[str, dict[str, Any]]) -> None:
    """Stage and pictures fill the window, and nothing hangs out of it or is cut."""
    for state, shares in found.items():
        stage, pictures = LEAST["presenting" if state == "presenting" else "normal"]
        assert shares["stage"] >= stage, (state, shares)
        drawn = f"{state}: what carries data-picture fills {shares['pictures']:.0%} of the window"
        assert shares["pictures"] >= pictures, (
            f"{drawn}, at least {pictures:.0%} is asked",
            shares,
        )
        assert shares["line"] <= LINE_PX, (state, shares)
        assert shares["bottom"] <= shares["height"] + 0.5, (state, shares)
        assert shares["sideways"] <= 0, (state, shares)
        assert shares["cut"] == [], (state, shares)


@pytest.mark.parametrize("slug", STAGED)
def test_the_stage_fits_every_window(browser: Browser, server: Server, slug: str) -> None:
    complaints = Complaints()
    page = open_stage(browser, server, slug, size=(800, 600), complaints=complaints)
    # No room, as for a moment while a page is being left: nothing is drawn wrong.
    for height in (110, 150):
        page.set_viewport_size({"width": 800, "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    for width, height in ((800, 600), (1024, 640), (1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        # A stage is drawn anew for its new size, and lies within the window then.
        page.wait_for_function(
            f"(() => {{ const {{ bottom, pictures }} = ({SHARES})();"
            " return bottom <= innerHeight + 0.5 && pictures > 0.3; })()"
        )
        shares = page.evaluate(SHARES)
        assert shares["height"] == height
        assert shares["line"] <= LINE_PX, (width, shares)
        assert shares["sideways"] <= 0, (width, shares)
        assert shares["pictures"] > 0.3, (width, shares)
    page.context.close()
    assert complaints.found == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_a_presented_question_stands_whole_in_its_line(
    browser: Browser, server: Server, size: tuple[int, int]
) -> None:
    """Its first line lay above the screen's edge where it took two."""
    for slug in ("zoo", "features", "descent", "architecture", "pooling"):
        page = open_stage(browser, server, slug, size=size)
        present(page)
        asked = page.locator("[data-line] .lb-question")
        top, bottom, shown, whole = asked.evaluate(
            "one => [one.getBoundingClientRect().top, one.getBoundingClientRect().bottom,"
            " one.clientHeight, one.scrollHeight]"
        )
        tools = page.locator("[data-line]").get_by_role("button").all()
        boxes = [box for tool in tools if (box := tool.bounding_box())]
        page.context.close()
        assert boxes
        assert all(box["y"] >= 0 and box["y"] + box["height"] <= LINE_PX for box in boxes), slug
        assert top >= -0.5, slug
        assert bottom <= LINE_PX + 0.5, slug
        assert whole <= shown + 4, slug  # descenders of the last line


def test_the_verdict_reads_well_whatever_the_answers_begin_with(
    browser: Browser, server: Server
) -> None:
    """An answer may be a sentence, a number or a thing: "It is it shrinks" stood here."""
    page = open_stage(browser, server, "cycle")
    page.get_by_role("button", name="it grows", exact=True).click()
    verdict = page.locator(".lb-verdict b")
    expect(verdict).to_have_text("You said it grows. Answer: it shrinks.")
    page.context.close()
    page = open_stage(browser, server, "cycle?answer=shown")
    expect(page.locator(".lb-verdict b")).to_have_text("Answer: it shrinks.")
    page.context.close()
