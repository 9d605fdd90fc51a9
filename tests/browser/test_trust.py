"""Can the map be trusted? in Chromium: a map that collapses, and an output that a brush moves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Server
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

SHOWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(canvas.shown))))"""
SETTLED = """([view, output, same]) => {
  const find = (root) => {
    for (const one of root.querySelectorAll('*')) {
      const found = one.shown?.view ? one.shown : one.shadowRoot && find(one.shadowRoot);
      if (found) return found;
    }
  };
  const shown = find(document);
  if (shown?.view !== view || shown.waits) return false;
  return output === null || (shown.output === output) === same;
}"""


def wait_for(page: Page, view: str, output: float | None = None, same: bool = True) -> None:
    """Until a check is drawn; with an output, until it is this one or another one."""
    page.wait_for_function(SETTLED, arg=[view, output, same])


def test_a_map_collapses_and_a_brush_moves_the_output(browser: Browser, server: Server) -> None:
    complaints = Complaints()
    page = open_stage(
        browser, server, "trust?network=paper-synthetic&picture=x-ray-leg", complaints=complaints
    )
    canvas, sentence = page.locator("canvas.lb-canvas"), page.locator(".lb-sentence")

    def shown() -> dict[str, Any]:
        return dict(canvas.evaluate(SHOWN))

    # Shuffled down to the last layer, the map is another one; picture, sentence and table agree.
    wait_for(page, "shuffle")
    expect(sentence).to_contain_text("becomes another map")
    last = len(shown()["frames"]) - 1
    page.get_by_label("Frame", exact=True).last.fill(str(last))
    page.keyboard.press("Enter")
    expect(sentence).to_contain_text(f"{last} of {last} steps shuffled")
    page.locator(".lb-twin summary").click()
    rows = page.locator(".lb-twin-tables tbody tr")
    expect(rows).to_have_count(last + 1)
    signed, sizes = rows.nth(last).locator("td").all_inner_texts()[-2:]
    expect(sentence).to_contain_text(f"likeness {signed} with sign, {sizes} of sizes")
    assert abs(float(signed.replace("\N{MINUS SIGN}", "-"))) < 0.5
    expect(page.locator(".trust-chart")).to_contain_text("with sign")
    page.wait_for_url(re.compile(f"at_{last}"))

    # A stroke over the middle moves the output; undone, the picture is the whole one again.
    page.get_by_label("Check", exact=True).select_option("hand")
    wait_for(page, "hand")
    whole = shown()["output"]
    ((left, top, side),) = {(one["x"], one["y"], one["side"]) for one in shown()["places"]}
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + left + side / 2, box["y"] + top + side / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + side / 4, steps=6)
    page.mouse.up()
    wait_for(page, "hand", whole, same=False)
    expect(sentence).to_contain_text(f"whole {whole:.2f}")
    page.get_by_role("button", name="Undo").click()
    wait_for(page, "hand", whole)
    expect(sentence).to_contain_text(f"0 % of the square is painted over. Output {whole:.2f}")

    # A link keeps the check.
    page.wait_for_url(re.compile("view_hand"))
    page.reload()
    wait_for(page, "hand", whole)
    expect(page.get_by_label("Check", exact=True)).to_have_value("hand")
    page.context.close()
    assert complaints.found == []
