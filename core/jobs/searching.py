"""Searches for a learning rate that a worker has under way: each is asked for bit by bit.

A worker so answers others in between. A search is a pure function of its specification: where the
worker has lost one, by its own death or for others, it begins anew and comes out the same.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.bounded import Bounded
from core.prepared import PreparedSet
from core.training.rate_search import Course, courses, growing
from core.training.spec import TrainingSpec

_KEPT: Final = 2
"""Each holds a network with its optimizer."""


@dataclass(slots=True)
class _Search:
    course: Course
    more: Iterator[Course]


_searches = Bounded[str, _Search](_KEPT)
_lock = threading.Lock()


def advance(spec: TrainingSpec, prepared: PreparedSet, *, budget_s: float) -> Course:
    """Go on with a search for a while, one step at least, and tell its course so far.

    Args:
        spec: What is trained; its rate has no say.
        prepared: Its images.
        budget_s: No further step is begun after so many seconds.

    Raises:
        LessonError: As `core.training.fit.losses_at`.
    """
    from core.training.fit import losses_at

    key = json.dumps(spec.to_json(), sort_keys=True)
    deadline = time.monotonic() + budget_s
    with _lock:
        search = _searches.find(key)
        if search is None:
            rates = growing()
            search = _Search(
                Course(rates=(), losses=(), end="under way"),
                courses(rates, losses_at(spec, prepared, rates)),
            )
            _searches.put(key, search)
        for course in search.more:
            search.course = course
            if course.end != "under way":
                _searches.pop(key)  # the network goes; who asked has the course
                break
            if time.monotonic() >= deadline:
                break
        return search.course
