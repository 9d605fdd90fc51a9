"""A training begins once, however often its button is heard before the page shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.jobs.folder import RunFolder
from core.prepared import PreparedSet
from dashboard import cache
from dashboard.background.prepared_sets import Launch, Preparations, Request
from dashboard.background.set_request import SetRequest
from dashboard.shared.launch import launch, waiting
from tests import patience
from tests.dashboard.workbench.train.test_settings import Gate

REQUEST = SetRequest(dataset="synthetic", size=28)


class Slot:
    """What a session keeps under one name."""

    kept = ""

    def get(self) -> str:
        return self.kept

    def set(self, value: str) -> None:
        self.kept = value


@pytest.mark.parametrize("prepared_before", [False, True])
def test_a_click_that_is_heard_twice_begins_one_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared_before: bool
) -> None:
    gate, begun = Gate(tmp_path), []
    shared = Preparations(gate.prepare)
    monkeypatch.setattr(cache, "preparations", lambda: shared)
    monkeypatch.setattr(cache, "cluster", lambda: SimpleNamespace(submit_training=begun.append))
    slot: Any = Slot()
    asked: list[Launch] = []
    prepare_and_train = shared.launch

    def counted(request: Request, start: Callable[[PreparedSet], str]) -> Launch:
        asked.append(prepare_and_train(request, start))
        return asked[-1]

    monkeypatch.setattr(shared, "launch", counted)

    def create(_: PreparedSet) -> tuple[str, list[RunFolder]]:
        run = RunFolder(tmp_path / f"run-{len(begun)}")
        return run.id, [run]

    if prepared_before:
        gate.open.set()
        shared.get(REQUEST).wait(patience.SECONDS)
    for _ in range(2):
        launch(slot, REQUEST, create)
    gate.open.set()
    (first,) = asked
    assert first.run.wait(patience.SECONDS)
    shown: list[str] = []
    assert waiting(slot, shown.append) is None
    assert shown == ["run-0"]
    assert [run.id for run in begun] == ["run-0"]
    launch(slot, REQUEST, create)  # the page has shown it: this click is meant
    assert asked[-1] is not first
    assert asked[-1].run.wait(patience.SECONDS)
    assert [run.id for run in begun] == ["run-0", "run-1"]
