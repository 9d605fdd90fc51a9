"""Downloads in the background, shared by all sessions of a server. No Streamlit here.

A download of minutes must survive clicks and page switches. What has arrived stays on disk: a
download that was canceled or cut goes on where it ended.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dashboard.background.errands import Errand, Errands

_MOST_KEPT: Final = 32
_SPEED_OVER_S: Final = 5.0
_COUNTED: Final = re.compile(r"^(\w+) ([\d,.]+) of ([\d,.]+) MB$")

Acquire = Callable[..., Path]


class Speed:
    """How fast a download is, from what it reports."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque()

    def note(self, phase: str, fraction: float) -> str:
        """Note a report; gives phase, amount and speed as one line."""
        counted = _COUNTED.match(phase)
        if counted is None:
            self._seen.clear()
            return phase
        now = self._clock()
        self._seen.append((now, fraction * float(counted[3].replace(",", ""))))
        while now - self._seen[0][0] > _SPEED_OVER_S:
            self._seen.popleft()
        return phase if self.mb is None else f"{phase}, {self.mb:.1f} MB a second"

    @property
    def mb(self) -> float | None:
        """Megabytes a second over the last seconds; None before there are two reports."""
        seen = self._seen
        if len(seen) < 2 or seen[-1][0] - seen[0][0] < 0.2:
            return None
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])


class Fetches:
    """The downloads of a server, at most one for each dataset.

    Args:
        acquire: Fetches a dataset by name; told how far it is by its ``progress``.
    """

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire
        self._errands = Errands("fetch", most=_MOST_KEPT)

    def find(self, name: str) -> Errand[Path] | None:
        """The download of that dataset, running or ended; None before the first."""
        return self._errands.find(name)

    def start(self, name: str) -> Errand[Path]:
        """Begin the download, or join the one that runs."""

        def fetch(errand: Errand[Path]) -> Path:
            speed = Speed()

            def progress(phase: str, fraction: float) -> None:
                errand.advance(speed.note(phase, fraction), fraction)

            return self._acquire(name, progress=progress)

        return self._errands.ask(name, fetch, again=lambda known: known.ended, phase="Connecting")
