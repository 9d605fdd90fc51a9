"""From the hand to the picture on the Spatial hierarchy page, in Chromium, and how it plays.

    python benchmarks/hierarchy_drag.py [--presses 40]

Starts the real server, presses patches of a network with six convolutions and prints the
milliseconds from the browser's own event to the drawn picture, the frames a second while it plays,
and the seconds from another picture chosen to its drawn tree.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...parts) {
  window.sent = (window.sent ?? 0) + 1;
  return send.apply(this, parts);
};
"""
# The event's own time, and the frame behind the one in which the picture was drawn.
LISTEN = """canvas => { canvas.waits = [];
  canvas.getRootNode().addEventListener("click", (event) => {
    const before = canvas.frames;
    const look = () => { if (canvas.frames === before) requestAnimationFrame(look);
      else canvas.waits.push(performance.now() - event.timeStamp); };
    requestAnimationFrame(look); }, true); }"""
FRAMES = """canvas => new Promise((done) => { const times = []; const look = (now) => {
  times.push(now); if (times.length < 180) requestAnimationFrame(look); else done(times); };
  requestAnimationFrame(look); })"""
PICTURES = ("A disk", "Stripes, finer and finer", "A checkerboard", "An edge")


def measure(page: Page, url: str, presses: int) -> None:
    """Presses, play, other pictures."""
    page.goto(f"{url}/hierarchy?hierarchy_predict=1")
    canvas = page.locator("canvas.picture")
    page.locator(".row").nth(5).wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    canvas.evaluate(LISTEN)
    page.evaluate("window.sent = 0")
    for turn in range(presses):
        row = page.locator(".row").nth(turn % 5)
        row.locator(".patches button").nth(turn % 3).click()
        page.wait_for_timeout(60)
    waits = canvas.evaluate("canvas => canvas.waits")
    print(
        f"press to redraw: {len(waits)} presses  median {np.median(waits):.1f} ms  "
        f"p95 {np.quantile(waits, 0.95):.1f} ms  messages {page.evaluate('window.sent')}"
    )
    canvas.press("Home")
    canvas.press("Space")
    times = np.array(canvas.evaluate(FRAMES))
    rate = 1000 / np.median(np.diff(times))
    print(f"play: median {rate:.0f} frames a second, messages {page.evaluate('window.sent')}")
    seconds = []
    for name in PICTURES:
        page.locator("[class*=_picture_choice] button").first.click()
        page.get_by_role("combobox", name="Sample").click()
        option = page.get_by_role("option", name=name)
        option.wait_for()
        start = time.perf_counter()
        option.click()
        page.wait_for_function(SHOWN, arg=name, timeout=30_000)
        seconds.append(time.perf_counter() - start)
        page.keyboard.press("Escape")
        page.wait_for_timeout(500)
    print("another picture to its tree: " + ", ".join(f"{s:.2f} s" for s in seconds))


SHOWN = """name => { const find = (root) => root.querySelector("canvas.picture")
  ?? [...root.querySelectorAll("*")].filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot))
    .find(Boolean);
  return find(document)?.getAttribute("aria-label")?.startsWith(name); }"""


def main() -> None:
    """Start, measure, stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--presses", type=int, default=40)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(COUNT_MESSAGES)
        measure(page, server.url, chosen.presses)
        browser.close()
        stop_server(server)


if __name__ == "__main__":
    main()
