"""All who watch a run see one look at it, and nobody an old one for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs.folder import RunFolder, Status
from core.training import events
from core.training.events import Finished
from dashboard.workbench.train import cache
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec


def test_a_class_asks_once_and_sees_at_once_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = pretend_run(tmp_path, pretend_events(2), spec=pretend_spec(epochs=2))
    asked: list[RunFolder] = []
    ask = RunFolder.status

    def counted(self: RunFolder) -> Status:
        asked.append(self)
        return ask(self)

    monkeypatch.setattr(RunFolder, "status", counted)
    monkeypatch.setattr(cache, "SEEN_FOR_S", 600.0)
    assert {cache.status_of(RunFolder(run.path)) for _ in range(30)} == {Status.INTERRUPTED}
    assert len(asked) == 1
    events.append(run.events_path, Finished(2, 4.0))
    assert cache.status_of(run) is Status.FINISHED
    assert len(asked) == 2
    monkeypatch.setattr(cache, "SEEN_FOR_S", -1.0)
    assert cache.status_of(run) is Status.FINISHED
    assert len(asked) == 3, "what leaves no trace in the folder is seen a moment later"
