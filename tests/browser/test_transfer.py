"""Transfer in Chromium: one curve before the answer, four after it, and a kernel on a picture."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from core.transfer.plan import WAYS
from data.ready.transfer_runs import read_transfer
from tests.browser.conftest import Complaints, Server
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

SHOWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(canvas.shown))))"""
KERNEL = """(input) => { input.value = '9';
  input.dispatchEvent(new Event('input', {bubbles: true})); }"""


def test_a_lecture_walks_from_the_question_to_the_kernels(browser: Browser, server: Server) -> None:
    complaints = Complaints()
    page = open_stage(browser, server, "transfer", complaints=complaints)
    canvas, sentence = page.locator("canvas.lb-canvas"), page.locator(".lb-sentence")

    def shown() -> dict[str, Any]:
        return dict(canvas.evaluate(SHOWN))

    assert shown()["ways"] == ["nothing"]
    expect(sentence).to_contain_text("Answer the question")
    page.get_by_role("button", name="Show me").click()
    expect(sentence).to_contain_text("with masks")
    assert shown()["ways"] == list(WAYS)
    measured = read_transfer()
    page.get_by_label("X-rays", exact=True).select_option("10")
    page.get_by_label("Compare", exact=True).select_option("matched")
    point = measured.at("marked", 0.1)
    assert point is not None
    assert point.lead is not None
    expect(sentence).to_contain_text(f"With {point.count} X-rays ({point.fractured} fractured)")
    expect(sentence).to_contain_text(f"with masks {point.figures['matched'].value:.3f}")
    expect(sentence).to_contain_text(point.lead["matched"].plain())
    assert shown()["measure"] == "matched"
    page.locator(".lb-twin summary").click()
    tables = page.locator(".lb-twin-tables table")
    expect(tables).to_have_count(2)
    expect(tables.nth(1)).to_contain_text(point.figures["matched"].plain())
    page.get_by_label("See", exact=True).select_option("kernels")
    page.locator("[data-field=kernel] input[type=range]").evaluate(KERNEL)
    expect(sentence).to_contain_text("drawn at random")
    assert shown()["kernel"] == 8
    expect(page.locator("[data-field=share]")).to_be_hidden()
    page.wait_for_url("**/transfer?*set=*kernel_9*")
    page.context.close()
    assert complaints.found == []
