"""What the time machine costs: a training in pairs with and without its snapshots, and a frame.

    python -m benchmarks.time_machine [--pairs 3] [--images 1500] [--size 64] [--epochs 3]
        [--frames 80]

A pair is one training of the paper's network that keeps every moment and one that keeps none,
the same in all else, in turns; what counts is processor time, which other programs do not add to.
Its snapshots are then the film of a run in a real Chromium, whose slider is moved: printed are the
milliseconds from the browser's event to the drawn frame, and the messages to the server meanwhile
but for those of the page's clocks.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from playwright.sync_api import sync_playwright

from core.jobs.folder import create_run
from core.jobs.ownership import claim
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet, write_prepared
from core.training import fit as fitting
from core.training import results
from core.training.events import append
from core.training.fit import fit
from core.training.spec import TrainingSpec
from data.synthetic.radiograph import draw_many
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server
from tests.browser.test_time_machine import CANVAS, KEEP_MESSAGES, messages

WAIT_MS = 300_000
DRAWN = 200
"""Other radiographs; what a step costs does not depend on what it learns."""


def drawn_set(folder: Path, *, count: int, size: int) -> PreparedSet:
    """Drawn radiographs, 70 % to train, 20 % to validate."""
    shots = list(draw_many(min(count, DRAWN), size=size, seed=0))
    which = np.arange(count) % len(shots)
    parts = np.arange(count) % 10
    return write_prepared(
        folder,
        name="synthetic",
        title="Synthetic radiographs",
        classes=("normal", "fracture"),
        images=np.stack([shot.image for shot in shots])[which],
        labels=np.array([shot.label for shot in shots])[which],
        split=np.where(parts < 7, 0, np.where(parts < 9, 1, 2)),
        groups=np.arange(count),
        metadata=np.zeros((count, 0), np.float32),
        metadata_names=(),
        records=[{"id": str(number), "path": None, "marks": None} for number in range(count)],
    )


def train(spec: TrainingSpec, prepared: PreparedSet, folder: Path) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    begun, worked = time.perf_counter(), time.process_time()
    fit(
        spec,
        prepared,
        folder,
        emit=lambda event: append(folder / "events.jsonl", event),
        asked_to_stop=lambda: False,
    )
    return time.perf_counter() - begun, time.process_time() - worked


def without(spec: TrainingSpec, prepared: PreparedSet, folder: Path) -> tuple[float, float]:
    """The same, keeping no moment."""
    with (
        patch.object(fitting, "within", lambda *_: ()),
        patch.object(results, "write_snapshot", lambda *_, **__: None),
    ):
        return train(spec, prepared, folder)


def measure_frames(root: Path, run_id: str, frames: int) -> None:
    """Move the slider over the film and print what a frame takes."""
    server = start_server(root)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
            )
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.add_init_script(KEEP_MESSAGES)
            page.goto(f"{server.url}/train?network={run_id}&answer=shown&set=machine_1")
            whole = f"() => ({CANVAS})?.shown?.frames === {len(results.list_moments(root / 'runs' / run_id))}"  # noqa: E501
            page.wait_for_function(whole, timeout=WAIT_MS)
            page.wait_for_timeout(2000)
            before = len(messages(page))
            page.evaluate(f"({CANVAS}).waits = []")
            slider = page.get_by_role("slider", name="Moment")
            slider.focus()
            for step in range(frames):
                slider.press("Home" if step % 8 == 0 else "ArrowRight")
                page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
            waits = page.evaluate(f"({CANVAS}).waits")
            print(
                f"frame: {len(waits)} drawn, median {np.median(waits):.1f} ms, "
                f"p95 {np.quantile(waits, 0.95):.1f} ms, messages {len(messages(page)) - before}"
            )
            browser.close()
    finally:
        stop_server(server)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (
        ("pairs", 3), ("images", 1500), ("size", 64), ("epochs", 3), ("frames", 80),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        prepared = drawn_set(root / "set", count=given.images, size=given.size)
        spec = TrainingSpec(
            dataset="synthetic",
            fingerprint=prepared.fingerprint,
            prepared=str(prepared.folder),
            model=paper_network(given.size, prepared.classes),
            epochs=given.epochs,
            batch_size=32,
            learning_rate=1e-3,
        )
        ratios = []
        run = create_run(spec, root=root / "runs")
        claim(run.path)
        for pair in range(given.pairs):
            spent = {}
            order = (train, without) if pair % 2 else (without, train)
            for side in order:
                folder = root / side.__name__
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                spent[side] = side(spec, prepared, folder)
            ratios.append(spent[train][1] / spent[without][1])
            print(
                f"pair {pair + 1}: with {spent[train][0]:.1f} s (processor {spent[train][1]:.1f}), "
                f"without {spent[without][0]:.1f} s ({spent[without][1]:.1f}), "
                f"ratio by processor {ratios[-1]:.3f}"
            )
        kept = root / "train"
        size = sum(path.stat().st_size for path in (kept / results.SNAPSHOTS).iterdir())
        print(f"ratio: median {statistics.median(ratios):.3f}; snapshots {size / 1e6:.1f} MB")
        shutil.copytree(kept, run.path, dirs_exist_ok=True)
        measure_frames(root, run.id, given.frames)


if __name__ == "__main__":
    main()
