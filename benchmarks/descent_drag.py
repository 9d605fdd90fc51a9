"""From the hand to the picture on the gradient-descent page, and its frames a second, in Chromium.

    python benchmarks/descent_drag.py [--moves 80]

Starts the real server, drags the start, the learning rate, the condition number and the relief
with all eight optimizers in the race, and prints for each the milliseconds from the browser's own
event to the picture drawn. Then plays, and prints the median frames a second and how many
messages went to the server meanwhile.
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

FRAMES = """async (canvas) => {
  const spans = [];
  let frames = canvas.frames, last = performance.now();
  await new Promise((done) => {
    const started = last;
    const look = (now) => {
      if (canvas.frames !== frames) { spans.push(now - last); last = now; frames = canvas.frames; }
      if (now - started > 4000) done(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return spans;
}"""


def dragged(page: Page, target: Locator, *, moves: int, tall: bool) -> list[float]:
    """Drag back and forth over an element; milliseconds of each redraw."""
    canvas = page.locator("canvas.picture")
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    canvas.evaluate("canvas => { canvas.waits = [] }")
    sway = np.sin(np.linspace(0, 4 * np.pi, moves))
    for turn, share in enumerate(sway):
        x = box["x"] + box["width"] * (0.45 + 0.3 * share)
        y = box["y"] + box["height"] * (0.5 + (0.25 * share if tall else 0))
        page.mouse.move(x, y)
        if turn == 0:
            page.mouse.down()
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(100)
    return list(canvas.evaluate("canvas => canvas.waits"))


def measure(page: Page, moves: int) -> None:
    """All drags on several surfaces, then a play."""
    for box in page.locator(".racer input").all():
        box.check()
    canvas = page.locator("canvas.picture")
    report("start, bowl", dragged(page, canvas, moves=moves, tall=True))
    report("learning rate", dragged(page, page.locator(".rate"), moves=moves, tall=False))
    report("condition", dragged(page, page.locator(".condition"), moves=moves, tall=False))
    page.locator(".relief").check()
    report("relief", dragged(page, canvas, moves=moves, tall=True))
    page.locator(".relief").uncheck()
    page.locator(".rate-number").fill("0.01")
    page.locator(".lb-start").click()
    page.locator(".lb-play").click()
    spans = np.array(canvas.evaluate(FRAMES))
    messages = page.evaluate("window.sentWhilePlaying ?? null")
    print(
        f"play: {1000 / np.median(spans):.1f} frames a second (median), slowest twentieth "
        f"{1000 / np.quantile(spans, 0.95):.1f}; messages to the server {messages}"
    )


def report(name: str, waits: list[float]) -> None:
    """One line."""
    print(
        f"{name:14s} {len(waits):4d} redraws  median {np.median(waits):5.1f} ms  "
        f"p95 {np.quantile(waits, 0.95):5.1f} ms  worst {max(waits):5.1f} ms"
    )


COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...parts) {
  if (document.querySelector('.st-key-descent_stage')) {
    window.sentWhilePlaying = (window.sentWhilePlaying ?? 0) + 1;
  }
  return send.apply(this, parts);
};
"""


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
        page.goto(f"{server.url}/descent?descent_predict=0")
        page.locator(".why h3").wait_for()
        page.wait_for_timeout(1500)
        page.evaluate("window.sentWhilePlaying = 0")
        measure(page, chosen.moves)
        browser.close()
        stop_server(server)


if __name__ == "__main__":
    main()
