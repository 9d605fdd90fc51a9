"""From the click to the first point of the curve, and how the curve goes on, in Chromium.

    python benchmarks/curve_latency.py [--size 64] [--epochs 3] [--clicks 3]

Starts the real server with empty folders, opens the Train page, waits until the built-in images
are prepared and the workers are warm, clicks "Train" several times and prints for each click the
time to the first point, the updates a second while it grows, and whether the figure's node stayed
the same from before the click to the end. The bytes of an update are printed beside them.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from core.training.history import History  # noqa: E402
from dashboard.theme import DARK  # noqa: E402
from dashboard.workbench.train.figure import CurveOptions, curves, payload  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402
from tests.dashboard.pretend_run import pretend_events  # noqa: E402

WATCH = """() => {
  const plot = () => document.querySelector('.lb-curves-plot');
  const seen = window.seen = { node: plot(), same: true, updates: [], start: performance.now() };
  let last = plot().dataset.updates;
  setInterval(() => {
    const node = plot();
    if (node !== seen.node) seen.same = false;
    if (!node || node.dataset.updates === last) return;
    last = node.dataset.updates;
    seen.updates.push([performance.now() - seen.start, Number(node.dataset.points)]);
  }, 5);
}"""


def one_click(page: Page) -> dict[str, Any]:
    """Click, watch to the end, and sum up."""
    if not page.locator(".st-key-train_start button").is_visible():
        page.get_by_role("button", name="New run").click()
    page.locator(".st-key-train_start button:enabled").wait_for()
    page.evaluate(WATCH)
    page.locator(".st-key-train_start button").click()
    page.locator(".st-key-train_stop button").wait_for(timeout=60_000)
    page.locator(".train-word", has_text="Finished").wait_for(timeout=600_000)
    seen = page.evaluate("({ same: seen.same, updates: seen.updates })")
    empty = next(index for index, row in enumerate(seen["updates"]) if row[1] == 0)
    grown = [row for row in seen["updates"][empty:] if row[1] > 0]
    times = [row[0] / 1000 for row in grown]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return {"first": times[0], "rate": 1 / statistics.median(gaps), "same": seen["same"]}


def update_bytes() -> int:
    """Data of one update for 25 epochs of 100 batches; the script is fetched once."""
    figure = curves(
        History.from_events(pretend_events(25, batches=100)),
        run="a",
        epochs=25,
        classes=2,
        majority=0.8,
        options=CurveOptions(),
        theme=DARK,
    )
    return len(payload(figure, theme=DARK))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=64, choices=(28, 48, 64, 96, 128))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--clicks", type=int, default=3)
    asked = parser.parse_args()
    print(f"one update of 25 x 100 batches: {update_bytes():,} bytes of data")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        try:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
            )
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(f"{server.url}/train?train_size={asked.size}+px&train_epochs={asked.epochs}")
            page.locator(".lb-curves-plot .main-svg").first.wait_for(timeout=60_000)
            page.get_by_role("button", name="New run").click()
            page.locator(".st-key-train_start button:enabled").wait_for(timeout=300_000)
            page.wait_for_timeout(20_000)  # the workers load TensorFlow meanwhile
            for number in range(1, asked.clicks + 1):
                found = one_click(page)
                print(
                    f"click {number}: first point after {found['first']:.2f} s, then"
                    f" {found['rate']:.1f} updates a second, node kept: {found['same']}"
                )
            browser.close()
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
