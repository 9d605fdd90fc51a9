"""Dataset, click on a fracture, "Test this X-ray": the mark lies on it, at 256 px as at 64."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, start_server, stop_server
from tests.data.conftest import FracAtlasTree

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a small FracAtlas, each fracture boxed in the lower right: 1 of 16 parts."""
    folder = tmp_path_factory.mktemp("marked")
    tree = FracAtlasTree(folder / "FracAtlas")
    for number in range(24):
        picture = np.random.default_rng(number).integers(0, 90, (320, 240), dtype=np.uint8)
        picture[: 40 + number, : 40 + number] += 60  # each its own, so that none is a duplicate
        broken = number % 3 == 0
        if broken:
            picture[200:280, 150:210] = 250
        boxes = ((150.0, 200.0, 60.0, 80.0),) if broken else ()
        tree.add(number * 40, fractured=broken, picture=picture, boxes=boxes)
    started = start_server(folder / "server", LIGHTBOX_FRACATLAS=str(tree.write()))
    yield started
    stop_server(started)


def test_the_mark_lies_on_the_fracture(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/dataset?dataset=fracatlas&network=paper-fracatlas")
    page.locator("[data-stage] canvas").wait_for()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="All classes").click()
    page.get_by_role("option", name="fracture").click()
    expect(page.locator(".dataset-count")).to_have_text("1 to 8 of 8")
    page.keyboard.press("Escape")
    canvas = page.locator("[data-stage] canvas")
    canvas.focus()
    canvas.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Test this X-ray").click()
    page.locator(".xray-output b").wait_for()
    # That network takes 256 px, the set was prepared at 64: 60 x 80 of 240 x 320.
    expect(page.get_by_text(re.compile(r"they cover 6\.[23] % of the picture"))).to_be_visible()
    framed = frame_of(page)
    np.testing.assert_allclose(framed, [150 / 240, 200 / 320, 210 / 240, 280 / 320], atol=0.02)


def frame_of(page: Page) -> np.ndarray:
    """Left, top, right and bottom of what "Marked places" paints, as shares of the picture."""
    tick = page.get_by_label("Marked places")
    with_marks = pixels(page)
    tick.uncheck()
    rows, columns = np.nonzero(np.any(with_marks != pixels(page), axis=2))
    tick.check()
    height, width = with_marks.shape[:2]
    assert width / height == pytest.approx(240 / 320, abs=0.01)
    return np.array(
        [
            columns.min() / width,
            rows.min() / height,
            (columns.max() + 1) / width,
            (rows.max() + 1) / height,
        ]
    )


def pixels(page: Page) -> np.ndarray:
    """(H, W, 4) the picture with the heat, as it is painted now."""
    width, height, flat = page.locator("canvas.xray-picture").evaluate(
        """canvas => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const { x, y, w, h } = canvas.shown.frames.find(({ heated }) => heated);
          const data = canvas.getContext('2d').getImageData(x, y, w, h).data;
          done([w, h, Array.from(data)]); })))"""
    )
    return np.array(flat, np.uint8).reshape(height, width, 4)
