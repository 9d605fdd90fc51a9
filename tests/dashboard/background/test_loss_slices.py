"""Slices in the background: row by row, only while somebody asks, and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.explain.landscape import Outline
from core.jobs.remote import Request
from dashboard.background import loss_slices as module
from dashboard.background.loss_slices import Progress, Slices
from tests import patience

SIDE = 4
RUN = Path("runs") / "one"


def outline() -> Outline:
    return Outline(
        kind="path",
        domain=(-1.0, 0.5, -0.5, 0.5),
        side=SIDE,
        epochs=np.arange(3),
        coordinates=np.array([[-0.9, 0], [-0.4, 0.2], [0, 0]]),
        distances=np.array([0.1, 0.2, 0]),
        lengths=np.array([1.0, 0.5, 0]),
        shares=np.array([0.8, 0.1]),
        true=np.array([0.7, 0.6, 0.5]),
        below=np.array([0.69, 0.55, 0.5]),
        images=64,
        weighted=True,
    )


class PretendWorker:
    """Answers a row whenever it is let."""

    def __init__(self, *, free: bool = True) -> None:
        self.asked: list[tuple[str, int]] = []
        self.error: Exception | None = None
        self.gate = threading.Semaphore(1000 if free else 0)

    def analyse(self, asked: Request[Any], *, timeout_s: float) -> Any:
        task, given = asked.task, asked.arguments
        assert timeout_s > 0
        assert given["run_folder"] == str(RUN)
        self.asked.append((task, given.get("row", -1)))
        if self.error is not None:
            raise self.error
        if task == "slice_outline":
            return outline()
        self.gate.acquire()
        return np.full(SIDE, float(given["row"]))


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def finished(slices: Slices) -> Progress:
    until(lambda: slices.ask(RUN, "path", 1).errand.result is not None)
    return slices.ask(RUN, "path", 1)


def test_a_slice_is_put_together_and_computed_once(tmp_path: Path) -> None:
    worker = PretendWorker()
    found = finished(Slices(worker.analyse, tmp_path)).errand.result
    assert found is not None
    np.testing.assert_array_equal(found.losses[:, 0], range(SIDE))
    assert worker.asked == [("slice_outline", -1), *(("slice_row", row) for row in range(SIDE))]
    # Another server finds it in the cache folder, number for number.
    silent = PretendWorker()
    again = Slices(silent.analyse, tmp_path).ask(RUN, "path", 1).errand.result
    assert silent.asked == []
    assert again is not None
    np.testing.assert_array_equal(again.losses, found.losses)
    for name in ("epochs", "coordinates", "true", "below", "shares", "distances", "lengths"):
        np.testing.assert_array_equal(getattr(again.outline, name), getattr(outline(), name))
    assert (again.outline.kind, again.outline.domain) == ("path", outline().domain)
    assert again.outline.images == 64


def test_another_training_or_other_directions_are_another_slice(tmp_path: Path) -> None:
    finished(Slices(PretendWorker().analyse, tmp_path))
    worker = PretendWorker()
    slices = Slices(worker.analyse, tmp_path)
    slices.ask(RUN, "random", 1)
    slices.ask(RUN, "path", 2)
    until(lambda: len(worker.asked) == 2 * (SIDE + 1))


def test_leaving_stops_the_work_and_coming_back_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    worker = PretendWorker(free=False)
    slices = Slices(worker.analyse, tmp_path)
    progress = slices.ask(RUN, "path", 1)
    until(lambda: ("slice_row", 0) in worker.asked)
    time.sleep(0.1)  # nobody asks any more
    worker.gate.release()
    until(lambda: progress.errand.ended)
    assert progress.errand.canceled
    assert (progress.done, progress.total, progress.errand.result) == (1, SIDE, None)
    assert progress.left_s is not None
    worker.gate.release(100)
    monkeypatch.setattr(module, "_PATIENCE_S", 60.0)
    finished(slices)
    assert [row for task, row in worker.asked if task == "slice_row"] == list(range(SIDE))


def test_advice_is_kept_until_it_is_tried_anew(tmp_path: Path) -> None:
    worker = PretendWorker()
    worker.error = LessonError("slice.no-images", problem="Gone.", remedy="Prepare it.")
    slices = Slices(worker.analyse, tmp_path)
    until(lambda: slices.ask(RUN, "path", 1).errand.error is not None)
    assert slices.ask(RUN, "path", 1).errand.error is worker.error
    assert len(worker.asked) == 1
    worker.error = None
    slices.forget(RUN, "path", 1)
    assert finished(slices).errand.result is not None


def test_a_damaged_file_is_computed_anew(tmp_path: Path) -> None:
    finished(Slices(PretendWorker().analyse, tmp_path))
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(b"half a file")
    worker = PretendWorker()
    assert finished(Slices(worker.analyse, tmp_path)).errand.result is not None
    assert len(worker.asked) == SIDE + 1
