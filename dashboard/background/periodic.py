"""What the server does again and again while it runs. No Streamlit here."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Periodic:
    """Does something at once and then every so often, in a thread of its own.

    Args:
        act: What to do; it raises nothing.
        every_s: Seconds between two times.
        name: Of the thread.
    """

    def __init__(self, act: Callable[[], object], *, every_s: float, name: str) -> None:
        self._act, self._every_s = act, every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Do it no more."""
        self._over.set()

    def _run(self) -> None:
        while True:
            self._act()
            if self._over.wait(self._every_s):
                return
