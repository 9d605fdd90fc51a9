"""From the hand to the picture in the lesson on pooling, in Chromium.

    python benchmarks/pooling_drag.py [--moves 60]

Starts the real server, opens the lesson with a picture of 256 by 256 pixels (the largest it takes)
and prints milliseconds from the event to the end of the frame that shows it: for window and stride
while they are dragged in each view (everything is pooled anew in the browser, in the view "Shift"
25 times for each kind), for an output cell under the pointer, and for the map that is moved. Then
frames a second while it plays.
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
from tests.browser.test_home import MEDIAN_FPS  # noqa: E402

# From an event to the end of the frame in which the canvas was drawn again.
DRAG = """async ([kind, moves]) => {
  const find = (root) => root.querySelector('.pooling') ?? [...root.querySelectorAll('*')]
    .map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const host = find(document), canvas = host.querySelector('canvas.picture'), times = [];
  const slide = (name, value) => {
    const slider = host.querySelector(`input.${name}`);
    slider.value = String(value);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const frames = canvas.frames, began = performance.now();
    if (kind === 'size') slide('size', 1 + (i + 1) % 8);
    else if (kind === 'stride') slide('stride', 1 + (i + 1) % 8);
    else {
      const box = canvas.getBoundingClientRect(), share = (i % 17) / 17;
      const x = kind === 'cell' ? 0.05 + 0.2 * share : 0.55 + 0.3 * share;
      canvas.dispatchEvent(new PointerEvent('pointermove', { buttons: 1, bubbles: true,
        clientX: box.left + box.width * x, clientY: box.top + box.height * (0.3 + 0.3 * share) }));
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
    page.goto(f"{url}/pooling?pooling_predict=1&pooling_side=256")
    page.locator(".sentence", has_text="window").wait_for()
    page.wait_for_timeout(1000)
    for view in ("slide", "gradient", "shift", "loss", "halving"):
        page.locator(f".views button[data-view={view}]").click()
        page.wait_for_timeout(300)
        for dial in ("size", "stride"):
            report(f"{view}: {dial} dragged", page.evaluate(DRAG, [dial, moves]))
            # The other dial at its heaviest: every pixel begins a window.
            page.locator(f".{dial}-number").fill("8" if dial == "size" else "1")
            page.locator(f".{dial}-number").press("Enter")
        if view == "slide":
            report("slide: cell under the pointer", page.evaluate(DRAG, ["cell", moves]))
        if view == "shift":
            report("shift: map moved", page.evaluate(DRAG, ["move", moves]))
        page.locator(".size-number").fill("2")
        page.locator(".size-number").press("Enter")
    for view in ("slide", "gradient", "shift"):
        page.locator(f".views button[data-view={view}]").click()
        page.locator(".lb-at-number").fill("0")
        page.locator(".lb-at-number").press("Enter")
        page.get_by_role("button", name="Play", exact=True).click()
        fps = page.locator("canvas.picture").evaluate(MEDIAN_FPS)
        page.get_by_role("button", name="Pause", exact=True).click()
        print(f"{view}: playing, median {fps:.1f} frames a second")


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
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
