"""How often the class code may be guessed: by one address, and by all of them. No Streamlit here.

A made code is one of 31^6 = 887,503,681. One address has 14,400 guesses a day, 1 in 61,000 that one
of them is right. All addresses together, however many somebody has, have 144,000: 1 in 6,163 for a
day, 1 in 59 (1.7%) for a term of 105 days in which the server is never started anew.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from core import journal
from core.bounded import Bounded

TRIES: Final = 10
"""Of one address."""
ALL_TRIES: Final = 100
"""Of all together; a class of thirty that mistypes three times each stays below."""
TRIES_IN_S: Final = 60.0
_ADDRESSES_KEPT: Final = 4096


class Guesses:
    """Wrong codes of the last minute; used by the server's one event loop.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: deque[float] = deque()
        self._by_address = Bounded[str, deque[float]](_ADDRESSES_KEPT)
        self._known = Bounded[str, None](_ADDRESSES_KEPT)
        self._told = -TRIES_IN_S

    def are_too_many(self, address: str) -> bool:
        """Whether no code from there is looked at now, be it right or wrong.

        An address from which somebody came in goes on while others guess.
        """
        own = self._by_address.find(address)
        if own is not None and self._recent(own) >= TRIES:
            return True
        return self._recent(self._all) >= ALL_TRIES and address not in self._known

    def was_wrong(self, address: str) -> None:
        """Count a wrong code."""
        now = self._clock()
        self._by_address.find_or_put(address, deque).append(now)
        self._all.append(now)
        if self._recent(self._all) >= ALL_TRIES and now - self._told >= TRIES_IN_S:
            self._told = now
            journal.write("code.guessed", tries=len(self._all))

    def was_right(self, address: str) -> None:
        """Remember that somebody came in from there."""
        self._known.put(address, None)

    def _recent(self, times: deque[float]) -> int:
        while times and self._clock() - times[0] >= TRIES_IN_S:
            times.popleft()
        return len(times)
