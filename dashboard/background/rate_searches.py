"""Searches for a learning rate, in the background and in turn. No Streamlit here.

A worker trains a bit at a time, so that nobody's heat map waits long. One search goes on at once,
and one person wants one at most; who looks for the same shares it. It goes on only while somebody
looks on, and never longer than `LONGEST_S` from its first batch on.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from core.bounded import Bounded
from core.jobs.remote import Request, Tasks, request
from core.training.rate_search import STEPS, Course
from core.training.spec import TrainingSpec
from dashboard.background.errands import Canceled, Errand

LONGEST_S: Final = 120.0
PATIENCE_S: Final = 6.0
_ANSWER_S: Final = 120.0
_MOST_KEPT: Final = 32
_MOST_PEOPLE: Final = 512
_WAITING: Final = "Another search goes first"
_TRAINING: Final = "Trying rates"

Analyse = Callable[[Request[Course], float], Course]
"""Has a worker do what is asked within so many seconds."""


@dataclass(slots=True)
class Search:
    """A search: how far it is, and then its course.

    Attributes:
        course: So far, None before its first batch.
        errand: The work; canceled where nobody wanted it any more.
        wanted: When each person last looked on, on the monotonic clock.
    """

    course: Course | None = None
    errand: Errand[Course] = field(default_factory=lambda: Errand(_WAITING))
    wanted: dict[str, float] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        """Whether it waits or goes on."""
        return not self.errand.ended


class RateSearches:
    """All searches of a server.

    Args:
        analyse: Has a worker do what is asked.
        longest_s: Seconds that one search may take.
    """

    def __init__(self, analyse: Analyse, *, longest_s: float = LONGEST_S) -> None:
        self._analyse = analyse
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._known = Bounded[str, Search](_MOST_KEPT)
        self._latest = Bounded[str, Search](_MOST_PEOPLE)
        self._place = threading.Semaphore(1)

    def begin(self, spec: TrainingSpec, person: str) -> Search:
        """The search of a specification, begun if it is not known; the person's only one now."""
        key, now = _key(spec), time.monotonic()
        with self._lock:
            earlier = self._latest.find(person)
            if earlier is not None:
                earlier.wanted.pop(person, None)
            search = self._known.find(key)
            if search is None or _unfinished(search):
                search = Search()
                self._known.put(key, search)
                self._begin(spec, search)
            search.wanted[person] = now
            self._latest.put(person, search)
        return search

    def look(self, spec: TrainingSpec, person: str) -> Search | None:
        """The search of a specification, if there was one lately; who wants it keeps it going."""
        with self._lock:
            search = self._known.find(_key(spec))
            if search is not None and person in search.wanted:
                search.wanted[person] = time.monotonic()
        return search

    def cancel(self, spec: TrainingSpec, person: str) -> None:
        """Want a search no more; it ends unless somebody else does."""
        with self._lock:
            search = self._known.find(_key(spec))
            if search is not None:
                search.wanted.pop(person, None)

    def _begin(self, spec: TrainingSpec, search: Search) -> None:
        search.errand.begin(
            lambda errand: self._measure(spec, search, errand), name="rates", place=self._place
        )

    def _measure(self, spec: TrainingSpec, search: Search, errand: Errand[Course]) -> Course:
        errand.advance(_TRAINING, 0.0)
        deadline: float | None = None
        asked = request(Tasks.search_rate, searched(spec).to_json())
        while True:
            self._require_wanted(search)
            course = search.course = self._analyse(asked, _ANSWER_S)
            errand.advance(_TRAINING, len(course.losses) / STEPS)
            if course.end != "under way":
                return course
            # From the first answer on: a worker that still loads is no part of the search.
            deadline = deadline or time.monotonic() + self._longest_s
            if time.monotonic() > deadline:
                search.course = replace(course, end="out of time")
                return search.course

    def _require_wanted(self, search: Search) -> None:
        with self._lock:
            last = max(search.wanted.values(), default=0.0)
        if time.monotonic() - last > PATIENCE_S:
            raise Canceled


def _unfinished(search: Search) -> bool:
    """Whether it ended before its end; the worker goes on where it was, if it still knows."""
    errand = search.errand
    late = errand.result is not None and errand.result.end == "out of time"
    return errand.canceled or errand.error is not None or late


def searched(spec: TrainingSpec) -> TrainingSpec:
    """The specification without what has no say in a search, so that equal searches are one."""
    return replace(
        spec,
        learning_rate=1.0,
        schedule="constant",
        epochs=1,
        patience=None,
        changes=(),
        start=None,
    )


def _key(spec: TrainingSpec) -> str:
    return json.dumps(searched(spec).to_json(), sort_keys=True)
