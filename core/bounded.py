"""A store that keeps so many values and lets go of those that were not asked for longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Values by key, the ones not asked for longest go first. No lock: callers hold their own.

    Args:
        most: Values kept.

    >>> store = Bounded[str, int](2)
    >>> store.put("a", 1), store.put("b", 2), store.find("a"), store.put("c", 3)
    ([], [], 1, [2])
    >>> store.find("b") is None, len(store), store.newest()
    (True, 2, 3)
    >>> store.find_or_put("a", lambda: 4), store.find_or_put("b", lambda: 5), len(store)
    (1, 5, 2)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()

    def find(self, key: K) -> V | None:
        """The value, which is now the one asked for last; None where there is none."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def put(self, key: K, value: V) -> list[V]:
        """Keep a value; gives those that had to go for it."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        return [
            self._kept.popitem(last=False)[1] for _ in range(max(0, len(self._kept) - self._most))
        ]

    def find_or_put(self, key: K, make: Callable[[], V]) -> V:
        """The value, made and kept where there was none; an error of ``make`` keeps nothing."""
        if key not in self._kept:
            self.put(key, make())
        self._kept.move_to_end(key)
        return self._kept[key]

    def pop(self, key: K) -> V | None:
        """Let go of a value; None where there is none."""
        return self._kept.pop(key, None)

    def newest(self) -> V | None:
        """The value asked for last, None in an empty store."""
        return next(reversed(self._kept.values()), None)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)
