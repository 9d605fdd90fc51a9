"""Whose run is next: people take turns, each with their own runs in order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run in the queue.

    Attributes:
        id: Of the run.
        owner: Who began it, "" where people are not told apart.
        submitted: Unix seconds.
    """

    id: str
    owner: str
    submitted: float


def in_turn(queue: Iterable[Waiting], *, served: Mapping[str, float]) -> list[Waiting]:
    """The queue in the order in which its runs begin.

    Whose last run began longest ago is next; among those who had none, who came first. Somebody
    with one run so waits for at most one of each other person, however many those have.

    Args:
        queue: What waits, in any order.
        served: When the last run of each person began, on any clock; who is missing had none.

    >>> queue = [Waiting("a1", "a", 1), Waiting("a2", "a", 2), Waiting("b1", "b", 3)]
    >>> [run.id for run in in_turn(queue, served={})]
    ['a1', 'b1', 'a2']
    >>> [run.id for run in in_turn(queue, served={"a": 5.0})]
    ['b1', 'a1', 'a2']
    """
    own: dict[str, deque[Waiting]] = {}
    for run in sorted(queue, key=lambda run: (run.submitted, run.id)):
        own.setdefault(run.owner, deque()).append(run)
    last, now = dict(served), max(served.values(), default=0.0)
    order = []
    while own:
        owner = min(own, key=lambda one: (last.get(one, -math.inf), own[one][0].submitted))
        order.append(own[owner].popleft())
        now += 1.0
        last[owner] = now
        if not own[owner]:
            del own[owner]
    return order
