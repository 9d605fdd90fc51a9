"""How many browser tabs are connected: a number, and nobody's name. No Streamlit here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from core import journal


class Visits:
    """Counts the websockets of the pages; used by the server's one event loop."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0

    @contextmanager
    def visit(self) -> Iterator[None]:
        """A tab is connected while the block lasts."""
        began = time.monotonic()
        self.open += 1
        self.most = max(self.most, self.open)
        journal.write("session.opened", open=self.open)
        try:
            yield
        finally:
            self.open -= 1
            journal.write("session.closed", open=self.open, seconds=time.monotonic() - began)
