"""Values of which a server's process has exactly one: its workers, its queues, its threads.

Not `st.cache_resource`: Streamlit clears all its caches when any browser sends it a message, and
a second set of workers would start beside the first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Call a function at most once in this process and give everybody what it returned.

    Args:
        make: Makes the value; an error is raised to whoever asked, and the next one tries again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.RLock()
        self._made: list[T] = []
        self.__doc__ = make.__doc__

    def __call__(self) -> T:
        """The one value."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def clear(self) -> None:
        """Forget the value, so that the next call makes another. For tests."""
        with self._lock:
            self._made.clear()
