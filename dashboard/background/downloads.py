"""Downloads in the background, shared by all sessions of a server. No Streamlit here.

A download of minutes must survive clicks and page switches, so it runs in a daemon thread. What
has arrived stays on disk: a download that was canceled or cut goes on where it ended.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SPEED_OVER_S: Final = 5.0
_COUNTED: Final = re.compile(r"^(\w+) ([\d,.]+) of ([\d,.]+) MB$")

Acquire = Callable[..., Path]


class Canceled(Exception):
    """A person asked a download to end; raised inside it, from its own progress report."""


class Fetch:
    """One download: how far it is, how fast, and how it ended."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.phase = "Connecting"
        self.fraction = 0.0
        self.error: Exception | None = None
        self.canceled = False
        self.ended = threading.Event()
        self._clock = clock
        self._asked_to_end = threading.Event()
        self._seen: deque[tuple[float, float]] = deque()

    def cancel(self) -> None:
        """Ask it to end at its next report; what has arrived is kept."""
        self._asked_to_end.set()

    def advance(self, phase: str, fraction: float) -> None:
        """Note how far it is.

        Raises:
            Canceled: Where `cancel` was called.
        """
        if self._asked_to_end.is_set():
            raise Canceled
        self.phase, self.fraction = phase, min(max(fraction, 0.0), 1.0)
        counted = _COUNTED.match(phase)
        if counted is None:
            self._seen.clear()
            return
        now = self._clock()
        self._seen.append((now, self.fraction * float(counted[3].replace(",", ""))))
        while now - self._seen[0][0] > _SPEED_OVER_S:
            self._seen.popleft()

    @property
    def speed_mb(self) -> float | None:
        """Megabytes a second over the last seconds; None before there are two reports."""
        seen = tuple(self._seen)
        if len(seen) < 2 or seen[-1][0] - seen[0][0] < 0.2:
            return None
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])

    def words(self) -> str:
        """Phase, amount and speed, as one line."""
        speed = self.speed_mb
        return self.phase if speed is None else f"{self.phase}, {speed:.1f} MB a second"


class Fetches:
    """The downloads of a server, at most one for each dataset.

    Args:
        acquire: Fetches a dataset by name; told how far it is by its ``progress``.
    """

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire
        self._lock = threading.Lock()
        self._known: dict[str, Fetch] = {}

    def find(self, name: str) -> Fetch | None:
        """The download of that dataset, running or ended; None before the first."""
        return self._known.get(name)

    def start(self, name: str) -> Fetch:
        """Begin the download, or join the one that runs."""
        with self._lock:
            known = self._known.get(name)
            if known is not None and not known.ended.is_set():
                return known
            fresh = self._known[name] = Fetch(name)
        threading.Thread(target=self._work, args=(fresh,), name="fetch", daemon=True).start()
        return fresh

    def _work(self, fetch: Fetch) -> None:
        try:
            self._acquire(fetch.name, progress=fetch.advance)
        except Canceled:
            fetch.canceled = True
        except Exception as error:  # shown, or raised, by the page
            fetch.error = error
        finally:
            fetch.ended.set()
