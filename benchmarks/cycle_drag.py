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
    page.goto(f"{url}/cycle?cycle_set=kernels_2*batch_4")
    page.locator(".sentence", has_text="batch").wait_for()
    page.get_by_role("button", name="it shrinks").click()
    page.get_by_text("TensorFlow's tape: agrees.").wait_for(timeout=90_000)
    page.locator("canvas.picture").press("ArrowRight")
    page.wait_for_timeout(500)
    report("learning rate, dragged", page.evaluate(DRAG, ["input.rate", "rate", moves]))
    report("cell under the pointer", page.evaluate(DRAG, ["canvas.picture", "point", moves]))
    for name, kind, values in (("kernels", "kernels", (1, 2)), ("batch size", "batch", (2, 4))):
        picks = [f"[data-name={kind}][data-value='{value}']" for value in values]
        report(name, [pressed(page, picks[turn % 2]) for turn in range(20)])
    report("seed", [pressed(page, "input.seed", turn % 8) for turn in range(20)])


PRESS = """async ([selector, value]) => {
  const find = (root) => root.querySelector(selector) ?? [...root.querySelectorAll('*')]
    .map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const target = find(document), canvas = target.getRootNode().querySelector('canvas.picture');
  const frames = canvas.frames, began = performance.now();
  if (value === null) target.click();
  else {
    target.value = String(value);
    target.dispatchEvent(new Event('input', { bubbles: true }));
  }
  await new Promise((done) => {
    const look = () => {
      if (canvas.frames !== frames || performance.now() - began > 3000) done();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return performance.now() - began;
}"""


def pressed(page: Page, selector: str, value: int | None = None) -> float:
    """Milliseconds from a press, or a typed number, to the frame that shows it."""
    found = float(page.evaluate(PRESS, [selector, value]))
    page.wait_for_timeout(400)  # the server says the same meanwhile
    return found


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
