"""Searches in the background: found once, and kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import LessonError
from dashboard.background.answers import Searches
from tests import patience


def answer(searches: Searches, key: str, search: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = searches.ask(key, search)
        if found is not None:
            return found
        time.sleep(0.01)
    raise AssertionError("no answer")


def test_a_search_runs_once_and_is_kept() -> None:
    searches, calls = Searches(), []
    assert answer(searches, "a", lambda: calls.append(1) or 7) == 7
    assert searches.ask("a", lambda: calls.append(1) or 8) == 7
    assert len(calls) == 1
    searches.close()


def test_the_page_does_not_wait() -> None:
    searches, go = Searches(), threading.Event()
    began = time.monotonic()
    assert searches.ask("slow", lambda: go.wait(patience.SECONDS) and 1) is None
    assert time.monotonic() - began < patience.stretched(0.5)
    go.set()
    assert answer(searches, "slow", lambda: 2) == 1
    searches.close()


def test_a_failure_is_raised_and_can_be_tried_again() -> None:
    searches = Searches()

    def fails() -> None:
        raise LessonError("x.y", problem="No.", remedy="Try.")

    with pytest.raises(LessonError):
        answer(searches, "a", fails)
    assert answer(searches, "a", lambda: 3) == 3
    searches.close()


def test_only_so_many_answers_are_kept() -> None:
    searches = Searches(kept=2)
    for name in "abc":
        assert answer(searches, name, lambda name=name: name) == name
    assert answer(searches, "a", lambda: "new") == "new"
    searches.close()
