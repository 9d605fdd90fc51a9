"""Errands in the background: done once, kept, looked in on, and tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.errors import LessonError
from dashboard.background import errands as module
from dashboard.background.errands import Canceled, Errand, Errands
from tests import patience


def searches(**more: Any) -> Errands:
    return Errands("search", **({"most": 24, "at_once": 1, "drops": True} | more))


def answer(asked: Errands, key: str, search: Callable[[], Any]) -> Any:
    errand = asked.ask(key, lambda _: search())
    assert errand.wait(patience.SECONDS)
    return errand.value()


def test_a_search_runs_once_and_is_kept() -> None:
    asked, calls = searches(), []
    assert answer(asked, "a", lambda: calls.append(1) or 7) == 7
    assert answer(asked, "a", lambda: calls.append(1) or 8) == 7
    assert len(calls) == 1


def test_the_page_does_not_wait() -> None:
    asked, go = searches(), threading.Event()
    errand = asked.ask("slow", lambda _: go.wait(patience.SECONDS) and 1)
    # Whoever asked is here while the work cannot have ended.
    assert (errand.value(), errand.ended, go.is_set()) == (None, False, False)
    go.set()
    assert answer(asked, "slow", lambda: 2) == 1


def fails() -> None:
    raise LessonError("x.y", problem="No.", remedy="Try.")


def test_a_failure_is_told_to_all_who_ask_and_tried_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, now = searches(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for _ in range(2):
        # A page asks more than once while it draws: each time it learns why.
        with pytest.raises(LessonError):
            answer(asked, "a", fails)
    assert asked.ask("a", lambda _: 3).error is not None
    now[0] += module.RETRY_AFTER_S + 0.1
    assert answer(asked, "a", lambda: 3) == 3


def test_only_so_many_answers_are_kept() -> None:
    asked = searches(most=2)
    for name in "abc":
        assert answer(asked, name, lambda name=name: name) == name
    assert answer(asked, "a", lambda: "new") == "new"
    assert asked.find("b") is None


@pytest.fixture
def busy() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Set when the first errand has begun; what it then waits for."""
    begun, go = threading.Event(), threading.Event()
    yield begun, go
    go.set()


def test_so_many_are_done_at_once_and_what_was_dropped_is_not(
    busy: tuple[threading.Event, threading.Event],
) -> None:
    begun, go = busy
    asked, done = searches(most=2), []

    def first(_: Errand[int]) -> int:
        begun.set()
        go.wait(patience.SECONDS)
        return 1

    running = asked.ask("first", first)
    assert begun.wait(patience.SECONDS)
    others = [asked.ask(name, lambda _, name=name: done.append(name)) for name in "abc"]
    assert [one.ended for one in others] == [False] * 3
    go.set()
    assert all(one.wait(patience.SECONDS) for one in (running, *others))
    # Two are kept: the first, already at work, is finished; "a" was dropped before it began.
    assert running.result == 1
    assert sorted(done) == ["b", "c"]
    assert others[0].canceled


def test_who_does_not_drop_does_all(busy: tuple[threading.Event, threading.Event]) -> None:
    _, go = busy
    asked, done = searches(most=1, drops=False), []
    asked.ask("first", lambda _: go.wait(patience.SECONDS))
    others = [asked.ask(name, lambda _, name=name: done.append(name)) for name in "ab"]
    go.set()
    assert all(one.wait(patience.SECONDS) for one in others)
    assert sorted(done) == ["a", "b"]


def test_a_canceled_errand_stops_at_its_next_report() -> None:
    asked, go, told = searches(), threading.Event(), threading.Event()

    def work(errand: Errand[int]) -> int:
        errand.advance("counting", 1.5)
        told.set()
        go.wait(patience.SECONDS)
        errand.advance("counting on", 0.9)
        return 1

    errand = asked.ask("a", work)
    assert told.wait(patience.SECONDS)
    assert (errand.phase, errand.fraction) == ("counting", 1.0)
    errand.cancel()
    go.set()
    assert errand.wait(patience.SECONDS)
    assert (errand.canceled, errand.error, errand.result) == (True, None, None)
    with pytest.raises(Canceled):
        errand.advance("more", 1.0)


def test_what_was_forgotten_is_done_anew() -> None:
    asked = searches()
    assert answer(asked, "a", lambda: 1) == 1
    asked.forget("a")
    assert answer(asked, "a", lambda: 2) == 2
