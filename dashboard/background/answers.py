"""Answers that take seconds, found in the background while a page goes on. No Streamlit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from core.bounded import Bounded

KEPT: Final = 24


class Searches:
    """One search at a time, its answer kept until `KEPT` others were asked for."""

    def __init__(self, kept: int = KEPT) -> None:
        self._found = Bounded[Hashable, Future[Any]](kept)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search")

    def ask(self, key: Hashable, search: Callable[[], Any]) -> Any:
        """The answer where it is known; else None, and the search is under way.

        Args:
            key: Names the question.
            search: Finds the answer; called at most once a key, in another thread.

        Raises:
            Exception: What the search raised; asking again tries again.
        """
        with self._lock:
            future = self._found.find(key)
            if future is None:
                future = self._pool.submit(search)
                for dropped in self._found.put(key, future):
                    dropped.cancel()
            if not future.done():
                return None
            if future.cancelled() or future.exception() is not None:
                self._found.pop(key)
        return future.result()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
