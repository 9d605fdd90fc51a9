"""From the hand to the picture in the lesson on convolution, in Chromium.

    python benchmarks/convolution_drag.py [--moves 60] [--sides 28 128 256]

Starts the real server, opens the lesson and prints milliseconds from a pointer event that drags a
kernel cell to the end of the frame that shows the new output, for pictures of 128 and 256 pixels
and kernels of 3, 7 and 11; then the same for a cell under the pointer, and frames a second while
the window slides.
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
DRAG = """async (canvas, [kind, moves]) => {
  const stage = canvas.lesson, times = [];
  const send = (name, x, y) => {
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new PointerEvent(name, { bubbles: true, pointerId: 1,
      clientX: box.left + x, clientY: box.top + y }));
  };
  canvas.setPointerCapture = () => {};
  const wanted = kind === 'cell' ? 'kernel' : 'output';
  const part = () => stage.drawing.boxes.find((box) => box.part === wanted);
  if (kind === 'cell') {
    stage.stage.set({ large: 'kernel' });
    await new Promise((done) => setTimeout(done, 200));
    send('pointerdown', part().x + part().wide / 2, part().y + part().high / 2);
  }
  const { x, y, wide, high, columns } = part();
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 40));
    const frames = canvas.frames, began = performance.now();
    if (kind === 'cell') send('pointermove', x + wide / 2, y + high / 2 - 5 - i % 30);
    else send('pointermove', x + wide * (0.2 + 0.6 * ((i * 7) % 10) / 10) * columns, y + high * 3);
    await new Promise((done) => {
      const look = () => {
        if (canvas.frames !== frames || performance.now() - began > 1000) done();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    if (canvas.frames !== frames) times.push(performance.now() - began);
  }
  if (kind === 'cell') send('pointerup', x, y);
  return times;
}"""


def report(name: str, times: list[float]) -> None:
    """One line: median and 95th percentile."""
    times = sorted(times)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(
        f"{name:40s} {len(times):3d} redraws  median {statistics.median(times):6.1f} ms  "
        f"95th percentile {late:6.1f} ms"
    )


def measure(page: Page, url: str, moves: int, sides: list[int]) -> None:
    """Drag a cell at each size, point at cells, slide."""
    for side in sides:
        page.goto(f"{url}/convolution?answer=shown&convolution_side={side}")
        page.locator(".lb-sentence", has_text="Output in row").wait_for()
        canvas = page.locator("canvas[data-picture]")
        page.get_by_role("combobox", name="Kernel", exact=True).select_option("random")
        for size in (3, 7, 11):
            page.get_by_label("Size, as a number", exact=True).fill(str(size))
            page.wait_for_timeout(1200)
            name = f"{side} x {side}, kernel {size} x {size}"
            report(f"{name}, cell dragged", canvas.evaluate(DRAG, ["cell", moves]))
        report(f"{name}, output pointed at", canvas.evaluate(DRAG, ["point", moves]))
        page.get_by_role("button", name="Back to the start").click()
        page.wait_for_timeout(900)
        page.get_by_role("button", name="Play", exact=True).click()
        print(f"{name}, sliding: median {canvas.evaluate(MEDIAN_FPS):.1f} frames a second")


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--sides", type=int, nargs="+", default=[28, 128, 256])
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
                measure(page, server.url, arguments.moves, arguments.sides)
                browser.close()
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
