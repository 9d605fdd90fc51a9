"""The run that is trained now, found without reading every folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs import folder
from core.jobs.folder import RunFolder, create_run, newest_running
from core.jobs.ownership import claim, ownership
from tests.dashboard.pretend_run import pretend_spec


def test_only_a_run_that_somebody_works_on_is_running(tmp_path: Path) -> None:
    assert newest_running(tmp_path / "nowhere") is None
    run = create_run(pretend_spec(), root=tmp_path)
    assert newest_running(tmp_path) is None  # it waits
    claim(run.path)
    with ownership(run.path, events_from=0):
        assert newest_running(tmp_path) == run
    assert newest_running(tmp_path) is None


def test_of_hundreds_of_runs_only_the_owned_ones_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        (tmp_path / f"2026{number:04d}-idle").mkdir()
    run = create_run(pretend_spec(), root=tmp_path)
    newest = run.path.rename(tmp_path / "20270101-0000-newest")
    claim(newest)
    read: list[str] = []
    status = RunFolder.status

    def watched(run: RunFolder) -> folder.Status:
        read.append(run.id)
        return status(run)

    monkeypatch.setattr(RunFolder, "status", watched)
    with ownership(newest, events_from=0):
        assert newest_running(tmp_path) == RunFolder(newest)
        assert read == [newest.name]
        assert newest_running(tmp_path, looked_at=0) is None
