"""From the hand to the picture in the lesson on the training cycle, in Chromium.

    python benchmarks/cycle_drag.py [--moves 60]

Starts the real server, opens the lesson with two kernels and four patches a batch (the most that
it computes), and prints milliseconds from the event to the frame that shows it: for the learning
rate while it is dragged (thirty updates are computed anew in the browser) and for a cell under the
pointer. For the controls that the server answers it prints the time from click to new numbers.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

# From an event to the end of the frame in which the canvas was drawn again.
DRAG = """async ([selector, kind, moves]) => {
  const find = (root) => root.querySelector(selector) ?? [...root.querySelectorAll('*')]
    .map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const target = find(document), host = target.getRootNode();
  const canvas = host.querySelector('canvas.picture'), times = [];
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const frames = canvas.frames, began = performance.now();
    if (kind === 'rate') {
      target.value = String(20 + i % 60);
      target.dispatchEvent(new Event('input', { bubbles: true }));
    } else {
      const box = canvas.getBoundingClientRect();
      const x = box.left + box.width * (0.2 + 0.3 * (i % 12) / 12);
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: x,
        clientY: box.top + box.height * (0.3 + 0.04 * (i % 9)), bubbles: true }));
    }
    await new Promise((done) => {
      const look = () => {
        if (canvas.frames !== frames || performance.now() - began > 500) done();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    if (canvas.frames !== frames) times.push(performance.now() - began);
  }
  return times;
}"""


def report(name: str, times: list[float]) -> None:
    """One line: median and 95th percentile."""
    times = sorted(times)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(
        f"{name:34s} {len(times):3d} redraws  median {statistics.median(times):6.1f} ms  "
        f"95th percentile {late:6.1f} ms"
    )


def measure(page: Page, url: str, moves: int) -> None:
    """Open the lesson and move everything in it."""
    page.goto(f"{url}/cycle?cycle_kernels=2&cycle_batch=4")
    page.locator(".sentence", has_text="batch").wait_for()
    page.get_by_role("button", name="it shrinks").click()
    page.get_by_text("TensorFlow's tape: agrees.").wait_for(timeout=90_000)
    page.locator("canvas.picture").press("ArrowRight")
    page.wait_for_timeout(500)
    report("learning rate, dragged", page.evaluate(DRAG, ["input.rate", "rate", moves]))
    report("cell under the pointer", page.evaluate(DRAG, ["canvas.picture", "point", moves]))
    for name, key in (("kernels", "cycle_kernels"), ("patches in a batch", "cycle_batch")):
        group = page.locator(f".st-key-{key} button")
        times = []
        for turn in range(8):
            frames = page.locator("canvas.picture").evaluate("(c) => [c.frames, performance.now()]")
            group.nth(turn % 2).click()
            after = page.locator("canvas.picture").evaluate(
                "(c, [frames, began]) => new Promise((done) => { const look = () => "
                "c.frames !== frames || performance.now() - began > 3000 "
                "? done(performance.now() - began) : requestAnimationFrame(look); look(); })",
                frames,
            )
            times.append(after)
            page.wait_for_timeout(700)
        report(f"{name}, answered by the server", times[2:])


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
                )
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.set_default_timeout(30_000)
                measure(page, server.url, arguments.moves)
                browser.close()
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
