"""What is known of runs that rest: read again only once something in their folder has changed.

Most runs of a long list ended long ago, and every page that lists them asks for all.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeAlias, TypeVar

from core.bounded import Bounded

T = TypeVar("T")

Stamp: TypeAlias = tuple[tuple[int, int, int, int], ...]
"""Of a folder and its files: number, size, and when content and rights last changed."""

SETTLED_S: Final = 2.0
"""A change this fresh may be followed by one that the clock of the disk cannot tell apart."""


def stamp(folder: Path, files: tuple[str, ...]) -> Stamp | None:
    """Changes with each change of the folder or of a named file in it.

    A file that came, went or was replaced changes the folder. None where something changed just
    now, or cannot be told.

    Args:
        folder: Of a run.
        files: Names of what is written in place there; what is missing counts as that.
    """
    try:
        found = [folder.stat(), *(_of(folder / name) for name in files)]
    except OSError:
        return None
    there = [one for one in found if one is not None]
    if any(abs(time.time() - one.st_mtime) < SETTLED_S for one in there):
        return None
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in there)


def _of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


class Resting(Generic[T]):
    """What was read of each folder, for all threads of this process.

    Args:
        files: As of `stamp`.
        rests: Whether what was read can only change by a change of the folder.
        most: Folders remembered.
    """

    def __init__(
        self, files: tuple[str, ...], *, rests: Callable[[T], bool], most: int = 4096
    ) -> None:
        self._files, self._rests = files, rests
        self._lock = threading.Lock()
        self._known = Bounded[Path, tuple[Stamp, T]](most)

    def find_or_read(self, folder: Path, read: Callable[[], T]) -> T:
        """What is known, or what ``read`` gives now; its errors are raised and not kept."""
        before = stamp(folder, self._files)
        with self._lock:
            known = self._known.find(folder)
        if known is not None and known[0] == before:
            return known[1]
        found = read()
        if before is not None and self._rests(found) and stamp(folder, self._files) == before:
            with self._lock:
                self._known.put(folder, (before, found))
        return found
