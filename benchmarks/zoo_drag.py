"""From the hand to the figure in the zoo, in Chromium.

    python benchmarks/zoo_drag.py [--moves 60]

Starts the real server, opens the zoo and prints, for each network's figure, milliseconds from
the moved slider to the end of the frame that shows it; then the same for choosing a network. On
a busy machine the clock measures the others too, so the page's own processor time for each move
stands beside it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Locator, Page, sync_playwright  # noqa: E402

from core.models.zoo.entries import MODELS, TIMELINE  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402

# From an event to the end of the frame in which the figure was drawn again.
MOVES = """async (root, [kind, moves, names]) => {
  const slider = root.querySelector('.control input[type=range]'), times = [];
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 30));
    const draws = root.draws, began = performance.now();
    if (kind === 'slide') {
      const most = Number(slider.max);
      slider.value = String(Number(slider.value) >= most ? 0 : Number(slider.value) + 1);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    } else root.querySelector(`.card[data-name=${names[i % names.length]}]`).click();
    await new Promise((done) => {
      const look = () => (root.draws !== draws || performance.now() - began > 500
        ? done() : requestAnimationFrame(look));
      requestAnimationFrame(look);
    });
    if (root.draws !== draws) times.push(performance.now() - began);
  }
  return times;
}"""


def report(name: str, times: list[float], processor_ms: float) -> None:
    """One line: median and 95th percentile by the clock, and the mean of the processor."""
    times = sorted(times)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    print(
        f"{name:34s} {len(times):3d} redraws  median {statistics.median(times):6.1f} ms  "
        f"95th percentile {late:6.1f} ms  processor {processor_ms:5.1f} ms"
    )


def timed(page: Page, root: Locator, arguments: list[object]) -> tuple[list[float], float]:
    """Milliseconds of each move by the clock, and of the page's thread on average."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(1000 * m["value"] for m in metrics if m["name"] == "TaskDuration")

    before = worked()
    times = root.evaluate(MOVES, arguments)
    return times, (worked() - before) / max(1, len(times))


def measure(page: Page, url: str, moves: int) -> None:
    """Open the zoo, slide every figure, then choose one network after the other."""
    page.goto(f"{url}/zoo")
    root = page.locator(".zoo")
    root.locator(".drawing svg").wait_for()
    page.wait_for_timeout(1500)
    for name in TIMELINE:
        root.locator(f".card[data-name={name}]").click()
        page.wait_for_timeout(500)
        report(f"{MODELS[name].title}, slider", *timed(page, root, ["slide", moves, []]))
    report("another network", *timed(page, root, ["choose", moves, list(TIMELINE)]))


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
                page = browser.new_page(viewport={"width": 1920, "height": 1080})
                page.set_default_timeout(90_000)
                measure(page, server.url, arguments.moves)
                browser.close()
        finally:
            stop_server(server)


if __name__ == "__main__":
    main()
