"""From the hand to the picture on the Tensors page, in Chromium, and how smoothly a film plays.

    python benchmarks/tensors_drag.py [--moves 80]

Starts the real server, drags each kind of control and prints the milliseconds from the browser's
own event to the drawn picture, and how many messages went to the server meanwhile.
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

from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...parts) {
  window.sent = (window.sent ?? 0) + 1;
  return send.apply(this, parts);
};
"""


def report(
    page: Page, name: str, picture: Locator, target: Locator, moves: int, *, middle: float = 0.5
) -> None:
    """Drag back and forth over an element and print one line."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    picture.evaluate("host => { host.waits = []; }")
    page.evaluate("window.sent = 0")
    for turn, share in enumerate(np.sin(np.linspace(0, 4 * np.pi, moves))):
        page.mouse.move(
            box["x"] + box["width"] * (middle + 0.6 * middle * share), box["y"] + box["height"] / 2
        )
        if turn == 0:
            page.mouse.down()
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(100)
    waits = picture.evaluate("host => host.waits")
    print(
        f"{name:34s} {len(waits):4d} redraws  median {np.median(waits):5.1f} ms  "
        f"p95 {np.quantile(waits, 0.95):5.1f} ms  worst {max(waits):5.1f} ms  "
        f"messages {page.evaluate('window.sent')}"
    )


FRAMES = """canvas => new Promise((done) => { const times = []; const look = (now) => {
  times.push(now); if (times.length < 180) requestAnimationFrame(look); else done(times); };
  requestAnimationFrame(look); })"""


def measure(page: Page, url: str, moves: int) -> None:
    """Every view, and a film that plays."""
    page.goto(f"{url}/tensors")
    picture = page.locator(".picture")
    page.get_by_role("button", name="5", exact=True).click()
    page.get_by_role("button", name="Video", exact=True).click()
    page.wait_for_timeout(1500)
    report(page, "slice, frame", picture, page.get_by_label("frames, entry", exact=True), moves)
    before = picture.evaluate("c => c.draws")
    page.get_by_role("button", name="Play").click()
    times = np.array(picture.evaluate(FRAMES))
    page.get_by_role("button", name="Pause").click()
    drawn = picture.evaluate("c => c.draws") - before
    rate = 1000 / np.median(np.diff(times))
    print(f"film plays: median {rate:.0f} frames a second, {drawn} redraws")
    page.get_by_role("button", name="Images", exact=True).click()
    report(page, "slice, on the picture", picture, picture, moves, middle=0.18)
    page.get_by_role("button", name="Batch", exact=True).click()
    report(page, "batch size", picture, page.get_by_label("Batch size", exact=True), moves)
    page.get_by_role("button", name="Memory", exact=True).click()
    report(page, "memory, height", picture, page.get_by_label("height", exact=True), moves)
    page.get_by_role("button", name="uint8 or float32").click()
    report(page, "types, add", picture, page.get_by_label("Add to each", exact=True), moves)
    page.get_by_role("button", name="Order of axes").click()
    report(page, "order, picture", picture, page.get_by_label("Picture", exact=True), moves)


def main() -> None:
    """Start, measure, stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--moves", type=int, default=80)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(COUNT_MESSAGES)
        measure(page, server.url, chosen.moves)
        browser.close()
        stop_server(server)


if __name__ == "__main__":
    main()
