"""How many browser tabs are connected: a number, and nobody's name. No Streamlit here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core import journal

MOST_TABS: Final = 200
"""Of one address at a time: thirty students with six each."""
ROOM: Final = 20
"""Tabs up to which every clock goes as fast as it was meant to."""


class Visits:
    """Counts the websockets of the pages; used by the server's one event loop."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0
        self._by_address: Counter[str] = Counter()

    @property
    def crowding(self) -> float:
        """By how much clocks that nobody waits for go slower, so that in a full hall the server
        looks as often as in a room: 1 up to `ROOM` tabs.
        """
        return max(1.0, self.open / ROOM)

    def has_room(self, address: str) -> bool:
        """Whether one more tab may connect from there; always where that is not known."""
        return not address or self._by_address[address] < MOST_TABS

    @contextmanager
    def visit(self, address: str = "") -> Iterator[None]:
        """A tab is connected while the block lasts."""
        began = time.monotonic()
        self.open += 1
        self._by_address[address] += 1
        self.most = max(self.most, self.open)
        journal.write("session.opened", open=self.open)
        try:
            yield
        finally:
            self.open -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]
            journal.write("session.closed", open=self.open, seconds=time.monotonic() - began)
