"""What holds for every page: it opens silently, reads well, fits, and can be used by all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard import catalogue
from tests.browser.conftest import Complaints, Server, watch

pytestmark = pytest.mark.browser

ADDRESSES = {page.slug: "" if page.slug == "home" else page.slug for page in catalogue.PAGES}
SCREENS = [(1280, 720, "dark"), (1920, 1080, "light")]
# Streamlit's own chrome: its menu, header and the frames that it builds around ours.
NOT_OURS = ["[data-testid='stHeader']", "[data-testid='stToolbar']"]
MIN_TEXT_PX = 15.5

# Every visible piece of text with its size; shadow roots of components included.
TEXT_SIZES = """() => {
  const found = [];
  const visit = root => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      const box = element.getBoundingClientRect();
      if (!own || box.width < 2 || box.height < 2) continue;
      if (element.closest('.material-symbols, [data-testid="stIconMaterial"], header')) continue;
      // Raised and lowered signs of a formula are smaller than their base, which is large enough.
      if (element.closest('.katex, sub, sup')) continue;
      if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
      found.push([parseFloat(getComputedStyle(element).fontSize),
                  element.textContent.trim().slice(0, 60)]);
    }
  };
  visit(document.querySelector('.stMain') || document.body);
  return found;
}"""


def open_page(browser: Browser, server: Server, slug: str, screen: tuple[int, int, str]) -> Page:
    """The page, settled, at one size and in one theme."""
    width, height, scheme = screen
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{server.url}/{ADDRESSES[slug]}")
    page.wait_for_selector(".lb-footer")
    page.wait_for_timeout(1500)
    return page


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen[0]}-{screen[2]}")
@pytest.mark.parametrize("slug", catalogue.SLUGS)
def test_it_opens_fits_and_is_legible(
    browser: Browser, server: Server, slug: str, screen: tuple[int, int, str]
) -> None:
    complaints = Complaints()
    page = open_page(browser, server, slug, screen)
    watch(page, server, complaints)
    page.reload()
    page.wait_for_selector(".lb-footer")
    page.wait_for_timeout(1500)
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    small = [text for size, text in page.evaluate(TEXT_SIZES) if size < MIN_TEXT_PX]
    page.context.close()
    assert complaints.found == []
    assert overflow <= 0
    assert small == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("slug", catalogue.SLUGS)
def test_it_passes_the_accessibility_scan(
    browser: Browser, server: Server, slug: str, scheme: str
) -> None:
    page = open_page(browser, server, slug, (1280, 720, scheme))
    options = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
    results = Axe().run(page, context={"exclude": [[s] for s in NOT_OURS]}, options=options)
    page.context.close()
    found = [_describe(violation) for violation in results.response["violations"]]
    assert found == []


def _describe(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['impact']}): {nodes}"


def test_the_server_has_nothing_to_complain_about(browser: Browser, server: Server) -> None:
    for slug in catalogue.SLUGS:
        open_page(browser, server, slug, SCREENS[0]).context.close()
    log = server.log.read_text("utf-8", errors="replace")
    assert not re.search(r"WARNING|ERROR|Traceback|Exception", log), log[-3000:]


def test_projector_mode_enlarges_all_text(browser: Browser, server: Server) -> None:
    page = open_page(browser, server, "train", SCREENS[0])
    page.goto(f"{server.url}/train?projector=true")
    page.wait_for_selector(".lb-footer")
    page.wait_for_timeout(1500)
    sizes = page.evaluate(TEXT_SIZES)
    page.context.close()
    assert sizes
    assert [text for size, text in sizes if size < 23.5] == []
