"""Follow a growing events file at the cost of what is new in it."""

from __future__ import annotations

import threading
from pathlib import Path

from core.jobs.reading import unreadable
from core.training import events
from core.training.events import Event
from core.training.history import History


class EventReader:
    """All events of a run so far, shared by any number of threads.

    Every call reads what was appended since the last one. A file that became shorter (a deleted
    run whose name came back) is read anew.

    Raises:
        LessonError: each method, ``run.damaged`` where the system refuses to read the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._offset = 0
        self._events: list[Event] = []
        self._history: tuple[int, History] | None = None

    def __len__(self) -> int:
        """How many events there are, the newest included."""
        with self._lock:
            self._refresh()
            return len(self._events)

    def events(self, start: int = 0) -> list[Event]:
        """Events from number ``start`` on, counted from 0, the newest included."""
        with self._lock:
            self._refresh()
            return self._events[start:]

    def history(self) -> History:
        """The curves so far; computed again only when something was added."""
        with self._lock:
            self._refresh()
            if self._history is None or self._history[0] != len(self._events):
                self._history = (len(self._events), History.from_events(self._events))
            return self._history[1]

    def _refresh(self) -> None:
        try:
            self._read_on()
        except FileNotFoundError:
            self._offset, self._events, self._history = 0, [], None
        except OSError as error:
            raise unreadable(self._path, error) from error

    def _read_on(self) -> None:
        size = self._path.stat().st_size
        if size < self._offset:
            self._offset, self._events, self._history = 0, [], None
        if size > self._offset:
            new, self._offset = events.read(self._path, self._offset)
            self._events += new
