"""From the hand to the picture on the Activations page, in Chromium.

    python benchmarks/neuron_drag.py [--moves 80]

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


def report(page: Page, name: str, picture: Locator, target: Locator, moves: int) -> None:
    """Drag back and forth over an element and print one line."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    picture.evaluate("host => { host.waits = []; }")
    page.evaluate("window.sent = 0")
    for turn, share in enumerate(np.sin(np.linspace(0, 4 * np.pi, moves))):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.3 * share), box["y"] + box["height"] / 2)
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


def measure(page: Page, url: str, moves: int) -> None:
    """Every kind of control."""
    page.goto(f"{url}/activations?activations_predict=0")
    page.locator(".depth .pictures svg").last.wait_for()
    page.wait_for_timeout(1500)
    picture = page.locator(".pictures").first
    page.get_by_role("button", name="All", exact=True).click()
    for name in ("Operating point x", "slope of Logistic"):
        report(page, f"activations, {name}", picture, page.get_by_label(name).first, moves)
    report(page, "activations, in the panel", picture, picture.locator("svg").first, moves)
    picture = page.locator(".depth .pictures")
    layers = page.get_by_label("Number of layers", exact=True)
    report(page, "activations, layers", picture, layers, moves)


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
