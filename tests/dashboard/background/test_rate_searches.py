"""Searches in the background: in turn, shared, and only while somebody looks on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import LessonError
from core.jobs.remote import Request
from core.training.rate_search import Course, growing
from dashboard.background import rate_searches as module
from dashboard.background.rate_searches import RateSearches
from tests import patience
from tests.dashboard.pretend_run import pretend_spec

RATES = growing()
SPEC = pretend_spec()
OTHER = replace(SPEC, seed=SPEC.seed + 1)
ANNA, BEN = "anna", "ben"


class PretendWorker:
    """Ten batches a call, whenever it is let."""

    def __init__(self, *, free: bool = True) -> None:
        self.done: dict[int, int] = {}
        self.asked: list[int] = []
        self.error: Exception | None = None
        self.gate = threading.Semaphore(1000 if free else 0)

    def __call__(self, asked: Request[Any], seconds: float) -> Course:
        assert (asked.task, seconds > 0) == ("search_rate", True)
        seed = asked.arguments["spec"]["seed"]
        self.asked.append(seed)
        self.gate.acquire()
        if self.error is not None:
            raise self.error
        done = self.done[seed] = self.done.get(seed, 0) + 10
        end = "all rates" if done == len(RATES) else "under way"
        return Course(rates=RATES[:done], losses=(1.0,) * done, end=end)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not happened():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_it_goes_on_batch_by_batch_and_is_kept() -> None:
    searches = RateSearches(PretendWorker())
    assert searches.look(SPEC, ANNA) is None
    search = searches.begin(SPEC, ANNA)
    assert search.errand.wait(patience.SECONDS)
    assert search.errand.value() == search.course
    assert search.course is not None
    assert search.course.rates == RATES
    assert searches.begin(SPEC, BEN) is search


def test_rate_schedule_epochs_and_patience_have_no_say() -> None:
    searches = RateSearches(PretendWorker())
    search = searches.begin(SPEC, ANNA)
    same = replace(SPEC, learning_rate=0.1, schedule="cosine", epochs=7, patience=3)
    assert searches.look(same, BEN) is search
    assert searches.look(OTHER, BEN) is None
    assert search.errand.wait(patience.SECONDS)


def test_one_goes_on_at_once_and_each_person_wants_one() -> None:
    worker = PretendWorker(free=False)
    searches = RateSearches(worker)
    first, second = searches.begin(SPEC, ANNA), searches.begin(OTHER, BEN)
    until(lambda: bool(worker.asked))
    assert second.errand.phase == "Another search goes first"
    third = searches.begin(replace(SPEC, seed=9), BEN)  # so he wants the second no more
    assert (list(second.wanted), list(third.wanted)) == ([], [BEN])
    worker.gate.release(1000)
    assert first.errand.wait(patience.SECONDS)
    assert second.errand.wait(patience.SECONDS)
    assert third.errand.wait(patience.SECONDS)
    assert second.errand.canceled
    assert (first.errand.canceled, third.errand.canceled) == (False, False)
    assert worker.asked == [SPEC.seed] * 10 + [9] * 10, "two went on at once"


def test_what_two_want_ends_when_neither_does() -> None:
    worker = PretendWorker(free=False)
    searches = RateSearches(worker)
    search = searches.begin(SPEC, ANNA)
    assert searches.begin(SPEC, BEN) is search
    searches.cancel(SPEC, ANNA)
    worker.gate.release()
    until(lambda: len(worker.asked) == 2)
    searches.cancel(SPEC, BEN)
    worker.gate.release(1000)
    assert search.errand.wait(patience.SECONDS)
    assert search.errand.canceled
    assert len(worker.asked) == 2
    assert searches.begin(SPEC, ANNA) is not search, "who asks again begins it again"


def test_who_looks_away_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    worker = PretendWorker(free=False)
    searches = RateSearches(worker)
    search = searches.begin(SPEC, ANNA)
    until(lambda: bool(worker.asked))
    now[0] += module.PATIENCE_S
    searches.look(SPEC, ANNA)  # still there
    worker.gate.release()
    until(lambda: len(worker.asked) == 2)
    now[0] += module.PATIENCE_S + 1
    searches.look(SPEC, BEN)  # does not want it
    worker.gate.release()
    assert search.errand.wait(patience.SECONDS)
    assert search.errand.canceled


def test_time_runs_out_and_it_can_go_on() -> None:
    searches = RateSearches(PretendWorker(), longest_s=-1.0)
    search = searches.begin(SPEC, ANNA)
    assert search.errand.wait(patience.SECONDS)
    found = search.errand.value()
    assert found is not None
    assert (found.end, len(found.losses)) == ("out of time", 10)
    again = searches.begin(SPEC, ANNA)
    assert again.errand.wait(patience.SECONDS)
    assert again.course is not None
    assert len(again.course.losses) == 20, "it did not go on where the worker was"


def test_advice_of_the_worker_reaches_who_asks_and_a_new_try_is_open() -> None:
    worker = PretendWorker()
    worker.error = LessonError("run.other-data", problem="Others.", remedy="Again.")
    searches = RateSearches(worker)
    search = searches.begin(SPEC, ANNA)
    assert search.errand.wait(patience.SECONDS)
    assert search.errand.error is worker.error
    worker.error = None
    again = searches.begin(SPEC, ANNA)
    assert again.errand.wait(patience.SECONDS)
    assert again.errand.value() is not None
