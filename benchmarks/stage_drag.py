"""From the hand to the picture, on every page that has a stage, in Chromium.

    python benchmarks/stage_drag.py [--only convolution] [--moves 80]

Starts the real server, drags each slider beside a stage and the picture itself, and prints the
milliseconds from the browser's own event to the drawn picture, how many messages went to the server
meanwhile, and how many frames a second a play draws.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Locator, Page, sync_playwright  # noqa: E402

from dashboard import catalogue  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...parts) {
  window.sent = (window.sent ?? 0) + 1;
  return send.apply(this, parts);
};
"""
PLAYED_MS = 3000


def drag(page: Page, target: Locator, moves: int) -> None:
    """Back and forth over an element, with the button held."""
    box = target.bounding_box()
    assert box is not None
    for turn, share in enumerate(np.sin(np.linspace(0, 4 * np.pi, moves))):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.3 * share), box["y"] + box["height"] / 2)
        if turn == 0:
            page.mouse.down()
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(100)


def report(page: Page, name: str, picture: Locator, target: Locator, moves: int) -> None:
    """Drag and print one line."""
    picture.evaluate("host => { host.waits = []; }")
    page.evaluate("window.sent = 0")
    drag(page, target, moves)
    waits = picture.evaluate("host => host.waits")
    if not waits:
        print(f"{name:44s} nothing to redraw")
        return
    print(
        f"{name:44s} {len(waits):4d} redraws  median {np.median(waits):5.1f} ms  "
        f"p95 {np.quantile(waits, 0.95):5.1f} ms  worst {max(waits):5.1f} ms  "
        f"messages {page.evaluate('window.sent')}",
        flush=True,
    )


def measure(page: Page, url: str, slug: str, moves: int) -> None:
    """Every slider of a page's stage, its picture, and a play."""
    page.goto(f"{url}/{slug}?answer=shown")
    page.locator("[data-stage]").wait_for()
    page.wait_for_timeout(2000)
    picture = page.locator("[data-picture]:visible").first
    if not picture.count():
        print(f"{slug}: no picture before a person chooses one", flush=True)
        return
    sliders = page.locator(".lb-stage input[type=range]:visible")
    for at in range(sliders.count()):
        label = sliders.nth(at).get_attribute("aria-label") or "slider"
        report(page, f"{slug}: {label}", picture, sliders.nth(at), moves)
    report(page, f"{slug}: the picture itself", picture, picture, moves)
    play = page.get_by_role("button", name="Play", exact=True)
    if play.count():
        page.get_by_role("button", name="Back to the start").click()
        before = picture.evaluate("host => host.frames ?? 0")
        play.click()
        page.wait_for_timeout(PLAYED_MS)
        frames = picture.evaluate("host => host.frames") - before
        print(f"{slug}: play {frames * 1000 / PLAYED_MS:35.1f} frames a second", flush=True)


def main() -> None:
    """Measure all pages, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--moves", type=int, default=80)
    given = parser.parse_args()
    slugs = [page.slug for page in catalogue.PAGES if given.only in page.slug]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        try:
            for slug in slugs:
                context = browser.new_context(viewport={"width": 1280, "height": 720})
                context.add_init_script(COUNT_MESSAGES)
                measure(context.new_page(), server.url, slug, given.moves)
                context.close()
        finally:
            browser.close()
            stop_server(server)


if __name__ == "__main__":
    main()
