"""All who watch a run look at the same: it is worked out once for each of its events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.jobs import folder
from core.jobs.folder import Status
from core.training import events
from core.training.events import Event, Started, Stopped
from dashboard.workbench.train import cache
from dashboard.workbench.train.cache import view_run
from dashboard.workbench.train.progress import Progress, progress
from tests.dashboard.pretend_run import pretend_events, pretend_run


def test_a_run_is_looked_through_once_for_all_watchers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def looking(found: Sequence[Event], *, epochs: int) -> Progress:
        looks.append(len(found))
        return progress(found, epochs=epochs)

    monkeypatch.setattr(cache, "progress", looking)
    told = pretend_events(3)
    run = pretend_run(tmp_path, told)
    first = view_run(run)
    assert view_run(run) is first
    assert looks == [len(told)]

    events.append(run.events_path, Stopped(3))
    then = view_run(run)
    assert (first.status, then.status) == (Status.INTERRUPTED, Status.STOPPED)
    assert looks == [len(told), len(told) + 1]
    assert then.events == len(told) + 1


def test_the_state_of_a_run_is_known_without_reading_its_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = pretend_run(tmp_path, pretend_events(2, batches=20))
    read: list[str] = []

    def reading(line: str | bytes) -> Event | None:
        event = decode(line)
        read.append(type(event).__name__)
        return event

    decode = events.decode
    monkeypatch.setattr(folder.events, "decode", reading)
    assert isinstance(folder._last_turn(run.events_path), Started)
    assert read == ["Started"]
