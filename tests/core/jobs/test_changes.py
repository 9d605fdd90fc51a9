"""A person changes a run: while it trains, while it waits, and after its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import LessonError
from core.jobs import tasks
from core.jobs.folder import WISH, RunFolder, Status
from core.jobs.ownership import write_whole
from core.training.events import EpochEnded, Event
from core.training.spec import Change

MakeRun = Callable[..., RunFolder]
PRETEND = "tests.core.jobs.pretend_fit:fit"


def train(run: RunFolder, *, resume: bool = False, watch: Callable[[Event], None] | None = None):
    return tasks.train(str(run.path), resume, fit=PRETEND, watch=watch)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(LessonError) as caught:
        act()
    return caught.value.code


def test_a_change_holds_from_the_epoch_after_the_one_that_runs(make_run: MakeRun) -> None:
    run = make_run(epochs=4)

    def change_in_the_second(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 1:
            run.wish(Change(epoch=1, learning_rate=0.002))

    train(run, watch=change_in_the_second)
    assert run.spec().changes == (Change(epoch=2, learning_rate=0.002),)
    assert not (run.path / WISH).exists()
    assert run.status() is Status.FINISHED


def test_more_epochs_may_be_asked_for_in_the_last_one(make_run: MakeRun) -> None:
    run = make_run(epochs=2)

    def more_at_the_end(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            run.wish(Change(epoch=1, epochs=4))

    train(run, watch=more_at_the_end)
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3, 4]


def test_a_rate_that_comes_too_late_changes_nothing_and_stays_in_no_record(
    make_run: MakeRun,
) -> None:
    run = make_run(epochs=2)

    def late(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            run.wish(Change(epoch=1, learning_rate=0.5))

    train(run, watch=late)
    assert run.spec().changes == ()
    assert not (run.path / WISH).exists()


def test_a_finished_run_goes_on_when_more_is_asked_of_it(make_run: MakeRun) -> None:
    run = make_run(epochs=2)
    train(run)
    assert refused(run.enqueue) == "run.finished"
    run.wish(Change(epoch=1, learning_rate=0.002, epochs=3))
    assert run.spec().changes == (Change(epoch=3, learning_rate=0.002, epochs=3),)
    assert run.status() is Status.FINISHED  # until it is queued
    run.enqueue()
    train(run, resume=True)
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3]
    assert run.summary().epochs == 3


def test_what_cannot_go_on_says_why(make_run: MakeRun) -> None:
    run = make_run(epochs=2)
    train(run)
    assert refused(lambda: run.wish(Change(epoch=1, epochs=2))) == "training.epochs"
    plain = run.spec()
    for settings, code in (
        ({"schedule": "cosine"}, "training.schedule"),
        ({"patience": 2}, "training.patience"),
    ):
        other = replace(plain, **settings)
        write_whole(run.path / "spec.json", other.to_json())
        assert refused(lambda: run.wish(Change(epoch=1, epochs=5))) == code
        assert run.spec() == other


@pytest.mark.parametrize(
    "wish", ["{}", '{"epoch": "x"}', '{"learning_rate": -1}', '{"epochs": "many", "a": 1}']
)
def test_a_wish_that_nobody_understands_is_dropped(make_run: MakeRun, wish: str) -> None:
    run = make_run(epochs=2)
    (run.path / WISH).write_text(wish)
    train(run)
    assert run.status() is Status.FINISHED
    assert [one for one in run.spec().changes if one.learning_rate or one.epochs] == []
    assert json.loads((run.path / "spec.json").read_text())["epochs"] == 2


def test_half_a_wish_fails_the_run_with_its_reason(make_run: MakeRun) -> None:
    run = make_run(epochs=2)
    (run.path / WISH).write_text("{half")
    train(run)
    failure = run.failure()
    assert failure is not None
    assert "wish.json" in failure.problem
