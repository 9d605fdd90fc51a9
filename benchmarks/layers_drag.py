"""From the hand to the picture on the page of small networks, and its frames a second, in Chromium.

    python benchmarks/layers_drag.py [--moves 80]

Starts the real server. Drags a cell of the single layer; then, on the small network, the learning
rate, the noise, a weight (by its slider and by its line), the diamond and the time. Prints for
each the milliseconds from the browser's own event to the picture drawn. Then trains the network
that the page opens with, and the largest one there is (4 layers of 8, all features), and prints the
median frames a second, the epochs a second and how many messages went to the server meanwhile.
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

PLANE = "canvas.plane"
LARGEST = (
    "spiral,8tanh-8gelu-8silu-8tanh,x1-x2-x1_squared-x2_squared-product-sin_x1-sin_x2,"
    "adam,0.01,10,0,0.5,0,1"
)
FRAMES = """async (canvas) => {
  const spans = [], from = canvas.lesson.training.batch, started = performance.now();
  let frames = canvas.draws, last = started;
  await new Promise((done) => {
    const look = (now) => {
      if (canvas.draws !== frames) { spans.push(now - last); last = now; frames = canvas.draws; }
      if (now - started > 5000) done(); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const { batch, perEpoch } = canvas.lesson.training;
  return { spans, epochs: (batch - from) / perEpoch / (performance.now() - started) * 1000 };
}"""
COUNT_MESSAGES = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...parts) {
  window.sentWhilePlaying = (window.sentWhilePlaying ?? 0) + 1;
  return send.apply(this, parts);
};
"""


def dragged(
    page: Page,
    told: Locator,
    target: Locator,
    *,
    moves: int,
    spot: tuple[float, float] = (0.5, 0.5),
    tall: bool = False,
) -> list[float]:
    """Drag back and forth over an element; milliseconds of each redraw."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    told.evaluate("element => { element.waits = [] }")
    page.mouse.move(box["x"] + box["width"] * spot[0], box["y"] + box["height"] * spot[1])
    page.mouse.down()
    for share in np.sin(np.linspace(0, 4 * np.pi, moves)):
        x = box["x"] + box["width"] * (spot[0] + (0.05 if tall else 0.3) * share)
        y = box["y"] + box["height"] * (spot[1] + (0.25 * share if tall else 0))
        page.mouse.move(x, y)
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_timeout(100)
    return list(told.evaluate("element => element.waits"))


def report(name: str, waits: list[float]) -> None:
    """One line."""
    print(
        f"{name:16s} {len(waits):4d} redraws  median {np.median(waits):5.1f} ms  "
        f"p95 {np.quantile(waits, 0.95):5.1f} ms  worst {max(waits):5.1f} ms"
    )


def drags(page: Page, moves: int) -> None:
    """Everything on the small network that follows the hand."""
    plane = page.locator(PLANE)
    for _ in range(20):
        page.locator(".epoch-on").click()
    report("time", dragged(page, plane, page.locator(".lb-scrub"), moves=moves))
    page.locator(".lb-scrub").focus()
    page.keyboard.press("End")
    report("diamond", dragged(page, plane, plane, moves=moves, tall=True))
    report("weight, slider", dragged(page, plane, page.locator(".value"), moves=moves))
    line = plane.evaluate(
        """c => { const w = c.lesson.net, off = l => Math.abs(l.y1 + l.y2 - w.height);
          const [l] = c.lesson.lines.filter(l => l.layer === 1).sort((a, b) => off(a) - off(b));
          return [(0.4 * l.x2 + 0.6 * l.x1) / w.width, (0.4 * l.y2 + 0.6 * l.y1) / w.height]; }"""
    )
    wires = page.locator("canvas.wires")
    report("weight, line", dragged(page, plane, wires, moves=moves, spot=tuple(line), tall=True))
    report("learning rate", dragged(page, plane, page.locator(".rate"), moves=moves))
    page.locator(".more summary").click()
    report("noise", dragged(page, plane, page.locator(".noise"), moves=moves))
    page.locator(".more summary").click()


def training(page: Page, name: str) -> None:
    """Five seconds of play."""
    plane = page.locator(PLANE)
    plane.scroll_into_view_if_needed()
    page.evaluate("window.sentWhilePlaying = 0")
    page.locator(".lb-play").click()
    found = plane.evaluate(FRAMES)
    sent = page.evaluate("window.sentWhilePlaying")
    page.locator(".lb-play").click()
    spans = np.array(found["spans"])
    print(
        f"{name}: {1000 / np.median(spans):.1f} frames a second (median), slowest twentieth "
        f"{1000 / np.quantile(spans, 0.95):.1f}; {found['epochs']:.0f} epochs a second; "
        f"messages to the server {sent}"
    )


def main() -> None:
    """Start, measure, stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--moves", type=int, default=80)
    moves = options.parse_args().moves
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(COUNT_MESSAGES)
        page.goto(f"{server.url}/layers")
        picture = page.locator(".layer .picture")
        picture.locator("svg").wait_for()
        page.wait_for_timeout(1500)
        cell = page.get_by_label("Weight from input 1 to output 1")
        report("layer's cell", dragged(page, picture, cell, moves=moves))
        for address, name in (("", "2-4-2-1"), (f"&net={LARGEST}", "7-8-8-8-8-1")):
            page.goto(f"{server.url}/layers?layers_part=Small+network{address}")
            page.locator(".net .score b").first.wait_for()
            page.wait_for_timeout(1500)
            training(page, f"training {name}")
            page.locator(".lb-start").click()
            drags(page, moves)
        browser.close()
        stop_server(server)


if __name__ == "__main__":
    main()
