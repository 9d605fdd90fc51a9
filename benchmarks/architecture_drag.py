"""From the hand to the picture in the lesson on architectures, in Chromium.

    python benchmarks/architecture_drag.py [--moves 60]

Starts the real server, opens the lesson with the longest chain of the zoo (ResNet) and with the
one that has most branches (GoogLeNet), and prints milliseconds from the event to the frame that
shows it: for a slider of the chosen block, for the size of the input, for a block under the
pointer, and for turning the view in space; and frames a second while that is turned.
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

from core.export.notation import to_notation  # noqa: E402
from core.models.zoo.entries import MODELS  # noqa: E402
from dashboard.lessons.architecture.stage import SCHEMA  # noqa: E402
from dashboard.shared.schema import encode  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

# From an event to the end of the frame in which everything was counted and drawn again.
DRAG = """async ([kind, moves]) => {
  const find = (root) => root.querySelector('.architecture') ?? [...root.querySelectorAll('*')]
    .map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const root = find(document), times = [];
  const drawn = () => (kind === 'space' ? root.querySelector('canvas.space') : root).frames;
  const point = (target, type, x, y) => target.dispatchEvent(new PointerEvent(type,
    { clientX: x, clientY: y, bubbles: true, pointerId: 1, buttons: 1 }));
  const drawing = root.querySelector('.drawing'), box = drawing.getBoundingClientRect();
  if (kind === 'block') {
    drawing.setPointerCapture = () => {};
    const face = root.querySelector('.block[data-path="1"] .face');
    const at = face.getBoundingClientRect();
    point(face, 'pointerdown', at.x + 2, at.y + 2);
  }
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const draws = drawn(), began = performance.now();
    if (kind === 'filters' || kind === 'size') {
      const field = kind === 'size' ? 'input_size' : 'filters';
      const slider = root.getRootNode().querySelector(`input[data-field=${field}]`);
      slider.value = String(kind === 'size' ? 64 + 4 * (i % 16) : 8 + i % 64);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    } else if (kind === 'block') {
      point(drawing, 'pointermove', box.left + box.width * (0.1 + 0.8 * (i % 20) / 20),
        box.top + box.height * (0.4 + 0.02 * (i % 7)));
    } else {
      root.querySelector('canvas.space').dispatchEvent(
        new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
    }
    await new Promise((done) => {
      const look = () => {
        if (drawn() !== draws || performance.now() - began > 500) done();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    if (drawn() !== draws) times.push(performance.now() - began);
  }
  if (kind === 'block') point(drawing, 'pointercancel', 0, 0);
  return times;
}"""
TURN = """async (seconds) => {
  const find = (root) => root.querySelector('.architecture') ?? [...root.querySelectorAll('*')]
    .map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document).querySelector('canvas.space'), gaps = [];
  let last = performance.now();
  const ends = last + 1000 * seconds;
  await new Promise((done) => {
    const step = (now) => {
      gaps.push(now - last); last = now;
      canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
      if (now < ends) requestAnimationFrame(step); else done();
    };
    requestAnimationFrame(step);
  });
  return gaps.slice(2);
}"""


def report(name: str, times: list[float]) -> None:
    """One line: median and 95th percentile."""
    times = sorted(times)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(
        f"{name:38s} {len(times):3d} redraws  median {statistics.median(times):6.1f} ms  "
        f"95th percentile {late:6.1f} ms"
    )


def measure(page: Page, url: str, moves: int) -> None:
    """Open the lesson and move everything in it."""
    for name in ("resnet", "googlenet"):
        net = to_notation(MODELS[name].build(64, ("normal", "fracture")).to_json())
        page.goto(f"{url}/architecture?set={encode(SCHEMA, {'net': net})}")
        page.locator(".drawing svg").wait_for()
        page.get_by_role("button", name="the dense layer").click()
        page.locator(".fact", has_text="to train on").wait_for()
        page.wait_for_timeout(1500)
        report(f"{name}: filters, dragged", page.evaluate(DRAG, ["filters", moves]))
        report(f"{name}: a block, dragged", page.evaluate(DRAG, ["block", moves]))
        page.locator('.block[data-path="image"]').press("Enter")
        report(f"{name}: input size, dragged", page.evaluate(DRAG, ["size", moves]))
        page.get_by_role("button", name="3-D").click()
        report(f"{name}: turned in space", page.evaluate(DRAG, ["space", moves]))
        gaps = page.evaluate(TURN, 3)
        print(f"{name}: turning, median {1000 / statistics.median(gaps):.0f} frames a second")


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
