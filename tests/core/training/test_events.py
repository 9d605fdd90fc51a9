"""Events: whole lines, read as they grow, whatever a killed writer left."""

from __future__ import annotations

import json
import math
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.epoch_metrics import EpochMetrics
from core.training import events
from core.training.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Phase,
    Started,
    Stopped,
    Warned,
)

FIGURES = EpochMetrics(0.5, 0.75, 0.7, 0.8)
ALL: list[Event] = [
    Started(attempt=2, from_epoch=3, device="CPU", pid=77),
    BatchEnded(epoch=4, batch=1, batches=9, step=28, loss=0.25, accuracy=0.5),
    EpochEnded(epoch=4, epochs=25, seconds=1.5, train=FIGURES, validation=FIGURES, improved=True),
    Phase("test", "24 images"),
    Warned("auc.undefined", "One class only."),
    Finished(best_epoch=4, seconds=9.0),
    Stopped(epoch=4),
    Failed("data.bad", "Nothing to see.", "Bring a lamp."),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_what_is_appended_is_read_back(path: Path) -> None:
    for event in ALL:
        events.append(path, event)
    assert events.read(path) == (ALL, path.stat().st_size)


def test_each_line_is_json_with_its_kind_and_a_time(path: Path) -> None:
    for event in ALL:
        events.append(path, event)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["kind"] for row in rows] == [
        "started", "batch", "epoch", "phase", "warned", "finished", "stopped", "failed",
    ]  # fmt: skip
    assert all(1.7e9 < row["time"] < 1e10 for row in rows)


def test_a_reader_goes_on_where_it_left_off(path: Path) -> None:
    events.append(path, ALL[0])
    first, offset = events.read(path)
    events.append(path, ALL[1])
    second, end = events.read(path, offset)
    assert (first, second) == ([ALL[0]], [ALL[1]])
    assert events.read(path, end) == ([], end)


def test_half_a_line_waits_for_its_end(path: Path) -> None:
    whole = (events.encode(ALL[2]) + "\n").encode()
    path.write_bytes(whole + whole[:40])
    read, offset = events.read(path)
    assert read == [ALL[2]]
    assert offset == len(whole)
    path.write_bytes(whole + whole)
    assert events.read(path, offset) == ([ALL[2]], 2 * len(whole))


def test_an_event_after_any_half_line_is_not_lost(path: Path) -> None:
    line = events.encode(ALL[2]).encode()
    for cut in range(1, len(line)):
        path.write_bytes(line[:cut])
        events.mend(path)
        events.append(path, ALL[0])
        assert events.read(path)[0] == [ALL[0]], cut


def test_mending_leaves_a_whole_file_alone(path: Path) -> None:
    events.mend(path)
    assert not path.exists()
    events.append(path, ALL[0])
    before = path.read_bytes()
    events.mend(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"[]", b"3", b"{}", b'{"kind":"new"}', b'{"kind":"batch","epoch":1}', b"null"],
)
def test_a_line_that_is_no_event_is_skipped(path: Path, line: bytes) -> None:
    path.write_bytes(line + b"\n")
    events.append(path, ALL[0])
    assert events.read(path)[0] == [ALL[0]]


def test_no_file_is_no_event(path: Path) -> None:
    assert events.read(path) == ([], 0)


def test_figures_that_are_not_numbers_and_numpy_scalars_survive(path: Path) -> None:
    figures = EpochMetrics(math.inf, np.float32(0.5), np.float64(0.25), math.nan)
    events.append(path, EpochEnded(1, 2, 3.0, figures, FIGURES, np.bool_(True)))
    (read,), _ = events.read(path)
    assert isinstance(read, EpochEnded)
    assert read.train.loss == math.inf
    assert read.train.accuracy == 0.5
    assert math.isnan(read.train.auc)
    assert read.improved is True


def test_what_has_no_place_in_json_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object"):
        events.encode(Phase("x", object()))  # type: ignore[arg-type]


def test_two_processes_append_whole_lines(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(path, number)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    read, _ = events.read(path)
    assert len(path.read_bytes().splitlines()) == len(read) == 400
    for number in (1, 2):
        batches = [event.batch for event in read if getattr(event, "epoch", 0) == number]
        assert batches == list(range(200))


def write_many(path: Path, epoch: int) -> None:
    """Append 200 events (in a process of its own)."""
    for batch in range(200):
        events.append(path, BatchEnded(epoch, batch, 200, batch, 0.5, 0.5))
