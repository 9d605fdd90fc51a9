"""From a picture's upload to its feature maps on the screen, in Chromium.

    python benchmarks/feature_maps.py [--uploads 12]

Starts the real server, opens the lesson on feature maps with each shipped network and uploads
pictures that it has not seen. Prints milliseconds from the moment the browser has the file to the
end of the frame that shows the new maps: the way to the server, decoding, preparing, the forward
pass, the figures of each layer, the way back and the drawing. Also from the pointer to the frame
for a cell of the formula view, and the share of the forward pass alone.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from dashboard.networks.open_network import read_network  # noqa: E402
from dashboard.networks.responses import respond  # noqa: E402
from data.synthetic.radiograph import draw  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402
from tests.browser.test_features import READY  # noqa: E402

# Remembers when a file was given, and when the first frame with another picture had been drawn.
WATCH = """(known) => {
  const find = (root) => root.querySelector('canvas.lb-canvas')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document);
  window.shownAfter = null;
  let began = null;
  document.addEventListener('change', () => { began ??= performance.now(); },
    { capture: true, once: true });
  const look = () => {
    // A new file first takes the old one away, and the sample is shown again: that does not count.
    if (began !== null && !known.includes(canvas.drawn)) {
      requestAnimationFrame(() => { window.shownAfter = performance.now() - began; });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
DRAWN = """(stamp) => {
  const find = (root) => root.querySelector('canvas.lb-canvas')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  return find(document).drawn === stamp; }"""
POINT = """async ([moves]) => {
  const find = (root) => root.querySelector('canvas.lb-canvas')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document), times = [];
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const box = canvas.getBoundingClientRect(), frames = canvas.frames, began = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', { bubbles: true,
      clientX: box.left + box.width * (0.78 + 0.018 * (i % 11)),
      clientY: box.top + box.height * (0.55 + 0.03 * (i % 9)) }));
    await new Promise((done) => { const look = () => canvas.frames !== frames
      || performance.now() - began > 500 ? done() : requestAnimationFrame(look);
      requestAnimationFrame(look); });
    if (canvas.frames !== frames) times.push(performance.now() - began);
  }
  return times;
}"""


def report(name: str, times: list[float]) -> None:
    """One line: median and 95th percentile."""
    times = sorted(times)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(
        f"{name:44s} {len(times):3d} times  median {statistics.median(times):6.1f} ms  "
        f"95th percentile {late:6.1f} ms"
    )


def a_file(index: int) -> bytes:
    """A picture that the server has not seen, as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(draw(index, size=512).image).save(buffer, "PNG")
    return buffer.getvalue()


def measure(page: Page, url: str, key: str, uploads: int) -> None:
    """Upload pictures through one network."""
    page.goto(f"{url}/features?network={key}&answer=shown")
    page.wait_for_function(READY)
    page.locator("[class*=_picture_choice] button").first.click()
    page.get_by_text("Upload", exact=True).click()
    field = page.locator("input[type=file]")
    field.wait_for(state="attached")
    times, known = [], [page.locator("canvas.lb-canvas").evaluate("(c) => c.shown.stamp")]
    for index in range(uploads + 1):
        file = {"name": f"{index}.png", "mimeType": "image/png", "buffer": a_file(1000 + index)}
        page.wait_for_timeout(800)
        page.evaluate(WATCH, known)
        field.set_input_files(file)  # type: ignore[arg-type]
        page.wait_for_function("window.shownAfter !== null", timeout=20_000)
        times.append(page.evaluate("window.shownAfter"))
        known.append(page.locator("canvas.lb-canvas").evaluate("(c) => c.shown.stamp"))
        page.locator(
            "[data-testid=stFileChipDeleteBtn] button, button[data-testid=stFileChipDeleteBtn]"
        ).first.click()
        page.wait_for_function(DRAWN, arg=known[0])
    report(f"{key}: upload to maps drawn", times[1:])
    page.keyboard.press("Escape")
    page.get_by_label("Layer", exact=True).select_option("convolution_2")
    page.locator("canvas.lb-canvas").press("Enter")
    page.wait_for_timeout(1500)
    report(f"{key}: cell under the pointer", page.evaluate(POINT, [60]))


def measure_forward(key: str) -> None:
    """The forward pass with the figures of each layer, without a browser."""
    network, times, worked = read_network(key), [], []
    for index in range(8):
        image = draw(2000 + index, size=network.spec.input_size).image
        began, busy = time.perf_counter(), time.process_time()
        respond(network, np.asarray(image))
        times.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - busy))
    report(f"{key}: forward pass and figures alone", times[1:])
    report(f"{key}: the same, processor time", worked[1:])


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--uploads", type=int, default=12)
    arguments = parser.parse_args()
    keys = ("paper-synthetic", "paper-fracatlas")
    for key in keys:
        measure_forward(key)
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
                )
                page = browser.new_page(viewport={"width": 1280, "height": 720}, bypass_csp=True)
                page.set_default_timeout(60_000)
                for key in keys:
                    measure(page, server.url, key, arguments.uploads)
                browser.close()
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
