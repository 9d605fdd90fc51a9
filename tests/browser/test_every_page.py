"""What holds for every page: it opens silently, reads well, fits, fills the window with its stage,
and can be used by all.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard import catalogue
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_stages import STAGED, measure_states, require_shares

pytestmark = pytest.mark.browser

SLUGS = [page.slug for page in (*catalogue.PAGES, *catalogue.ASIDE)]
ADDRESSES = {slug: "" if slug == "home" else slug for slug in SLUGS}
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


def open_page(
    browser: Browser,
    server: Server,
    address: str,
    screen: tuple[int, int, str],
    complaints: Complaints | None = None,
) -> Page:
    """The page, settled, at one size and in one theme."""
    width, height, scheme = screen
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        bypass_csp=False,  # what it forbids is a complaint
    )
    page = context.new_page()
    if complaints is not None:
        watch(page, server, complaints)
    page.goto(f"{server.url}/{address}")
    page.wait_for_selector(".lb-footer", state="attached")
    page.wait_for_timeout(1500)
    return page


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen[0]}-{screen[2]}")
@pytest.mark.parametrize("slug", SLUGS)
def test_it_opens_fits_reads_well_fills_the_window_and_is_open_to_all(
    browser: Browser, server: Server, slug: str, screen: tuple[int, int, str]
) -> None:
    """One opening for all of it: opening is what takes the time."""
    complaints = Complaints()
    page = open_page(browser, server, ADDRESSES[slug], screen, complaints)
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    small = [text for size, text in page.evaluate(TEXT_SIZES) if size < MIN_TEXT_PX]
    said = list(complaints.found)
    options = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
    results = Axe().run(page, context={"exclude": [[s] for s in NOT_OURS]}, options=options)
    complaints.found.clear()  # axe asks the page for what its policy forbids
    found = {}
    if slug in STAGED:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.wait_for_timeout(300)
        found = measure_states(page)
    page.context.close()
    assert said == []
    assert overflow <= 0
    assert small == []
    assert [_describe(violation) for violation in results.response["violations"]] == []
    require_shares(found)
    assert complaints.found == []


def _describe(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['impact']}): {nodes}"


def test_the_server_has_nothing_to_complain_about(server: Server) -> None:
    """Behind the tests above, which have opened every page in both themes."""
    log = server.log.read_text("utf-8", errors="replace")
    assert not re.search(r"WARNING|ERROR|Traceback|Exception", log), log[-3000:]
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert entries
    # A worker that others keep busy may answer late; the page says so.
    loud = [one for one in entries if one["level"] != "info" and one["event"] != "analysis.failed"]
    assert loud == []
