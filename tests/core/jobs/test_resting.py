"""A list of runs reads again only those in whose folders something has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.evaluation.epoch_metrics import EpochMetrics
from core.jobs.about import ABOUT
from core.jobs.folder import SPEC, RunFolder, RunSummary, Status, list_runs
from core.jobs.ownership import claim, enqueue, ownership, write_whole
from core.training import events
from core.training.events import EpochEnded, Finished, Started

MakeRun = Callable[..., RunFolder]
FIGURES = EpochMetrics(0.5, 0.75, 0.7, 0.8)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Id of each run whose files are read from now on."""
    found: list[str] = []
    summary = RunFolder.summary

    def reading(run: RunFolder) -> RunSummary:
        found.append(run.id)
        return summary(run)

    monkeypatch.setattr(RunFolder, "summary", reading)
    return found


def settle(run: RunFolder) -> RunFolder:
    """As if nobody had touched it for an hour."""
    long_ago = time.time() - 3600
    for path in (*run.path.iterdir(), run.path):
        os.utime(path, (long_ago, long_ago))
    return run


def ended(run: RunFolder) -> RunFolder:
    """A run that trained one epoch and finished."""
    claim(run.path)
    for event in (Started(1, 0, "cpu", 1), EpochEnded(1, 3, 0.1, FIGURES, FIGURES, True)):
        events.append(run.events_path, event)
    events.append(run.events_path, Finished(1, 1.0))
    return settle(run)


def test_runs_at_rest_are_read_once_for_all_who_list_them(
    make_run: MakeRun, root: Path, read: list[str]
) -> None:
    runs = [ended(make_run()) for _ in range(3)]
    first = list_runs(root)
    assert sorted(read) == sorted(run.id for run in runs)
    assert list_runs(root) == first
    assert len(read) == 3, "nothing has changed, so nothing is read"
    assert {one.status for one in first} == {Status.FINISHED}


def test_a_run_in_which_somebody_has_a_hand_is_read_every_time(
    make_run: MakeRun, root: Path, read: list[str]
) -> None:
    settle(make_run())  # waits in this process's queue
    at_work = ended(make_run())
    with ownership(at_work.path, events_from=0):
        settle(at_work)
        for _ in range(2):
            list_runs(root)
        assert len(read) == 4
    fresh = make_run()
    claim(fresh.path)  # nobody's, but changed just now: another change may have the same time
    read.clear()
    for _ in range(2):
        list_runs(root)
    assert read.count(fresh.id) == 2


def _append(run: RunFolder) -> None:
    events.append(run.events_path, Started(2, 1, "cpu", 1))


def _rename(run: RunFolder) -> None:
    write_whole(run.path / ABOUT, {"name": "another", "created": 5.0, "group": "", "owner": ""})


def _damage(run: RunFolder) -> None:
    spec = run.path / SPEC
    spec.write_bytes(b"x" * spec.stat().st_size)  # in place and no longer than before


def _queue(run: RunFolder) -> None:
    enqueue(run.path)


def _forget(run: RunFolder) -> None:
    run.events_path.unlink()


@pytest.mark.parametrize("change", [_append, _rename, _damage, _queue, _forget])
def test_every_change_is_seen_at_the_next_look(
    change: Callable[[RunFolder], None], make_run: MakeRun, root: Path
) -> None:
    run = ended(make_run())
    (before,) = list_runs(root)
    change(run)
    (after,) = list_runs(root)
    assert after == run.summary()
    assert after != before


def test_a_deleted_run_is_listed_no_longer(make_run: MakeRun, root: Path) -> None:
    run = ended(make_run())
    assert [one.id for one in list_runs(root)] == [run.id]
    run.delete()
    assert list_runs(root) == []
