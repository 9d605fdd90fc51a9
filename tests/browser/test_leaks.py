"""The laboratory in Chromium: nothing of the answer before it, then both sides of every flaw."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from data.flaws import FLAWS
from data.ready.leak_runs import read_leaks
from tests.browser.conftest import Complaints, Server
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

SHOWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(canvas.shown))))"""


def test_a_lecture_walks_from_the_question_through_the_flaws(
    browser: Browser, server: Server
) -> None:
    complaints = Complaints()
    page = open_stage(browser, server, "leaks", complaints=complaints)
    canvas = page.locator("canvas.lb-canvas")
    found = {(one.flaw, one.dataset): one for one in read_leaks()}

    def shown() -> dict[str, Any]:
        return dict(canvas.evaluate(SHOWN))

    # Asked first: the honest side alone, in the picture, in words and in the tables.
    assert shown()["sides"] == ["honest"]
    sentence = page.locator(".lb-sentence")
    expect(sentence).to_contain_text("Answer the question")
    page.get_by_role("button", name="Show me").click()
    expect(sentence).to_contain_text("evidence lies on the stamp")
    assert shown()["sides"] == ["honest", "spoiled"]
    for flaw in FLAWS:
        page.get_by_label("Flaw", exact=True).select_option(flaw)
        for dataset in ("fracatlas", "synthetic"):
            page.get_by_label("Set", exact=True).select_option(dataset)
            expected = found[flaw, dataset]
            drawn = shown()["found"]
            assert drawn["spoiled"]["seen"]["value"] == expected.spoiled.seen.value
            assert drawn["honest"]["test"]["each"] == list(expected.honest.test_by_seed)
    page.get_by_label("Flaw", exact=True).select_option("stamp")
    page.get_by_role("checkbox", name="Where they looked").check()
    assert shown()["mapped"]
    page.get_by_role("checkbox", name="The spoiled network").uncheck()
    assert shown()["sides"] == ["honest"]
    page.locator(".lb-twin summary").click()
    rows = page.locator(".lb-twin-tables tbody tr")
    expect(rows).to_have_count(len(found))
    stamp = found["stamp", "synthetic"]
    expect(rows.filter(has_text="stamp").first).to_contain_text(stamp.spoiled.test.plain())
    # What is set stands in the address, so that a link brings it again.
    page.wait_for_url("**/leaks?*set=*maps_1*")
    page.context.close()
    assert complaints.found == []
