"""Who works on a run: one file each for waiting, working and the sign of life.

``queued.json``
    The run waits; who submitted it and when. A worker claims the run by removing this file, and
    only one can: that is what keeps a run from being trained twice at once or again by itself.
``owner.json``
    The process that works on it.
``heartbeat``
    A number that process counts up, for readers on machines that cannot look the process up.
``attempt.lock``
    Locked by that process while it is at the run, and by nobody after, however that ended: the
    system lets go for it, also where the folder can no longer be written.
``stop``
    A person wants it to end.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from core.errors import LessonError
from core.jobs.identity import Identity, this_process
from core.jobs.reading import patiently, read_json

_LOG: Final = logging.getLogger("lightbox")
QUEUED: Final = "queued.json"
OWNER: Final = "owner.json"
HEARTBEAT: Final = "heartbeat"
LOCK: Final = "attempt.lock"
STOP: Final = "stop"

BEAT_S: Final = 2.0
SILENT_S: Final = 30.0
"""A heartbeat of another machine that stood still this long is taken for a death."""


_PAUSE_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the queue: who holds it and when it was taken (unix seconds)."""

    holder: Identity
    submitted: float


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works on a run, and the size of the events file when it began: what stands before
    that is about earlier attempts.
    """

    process: Identity
    events_from: int


def write_whole(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON so that a reader finds the old file or the new one, never a part."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    partial.write_text(json.dumps(data, indent=1), encoding="utf-8")
    patiently(lambda: partial.replace(path))


def enqueue(folder: Path) -> Ticket:
    """Put a run in the queue on behalf of this process."""
    ticket = Ticket(this_process(), time.time())
    write_whole(folder / QUEUED, ticket.holder.to_json() | {"submitted": ticket.submitted})
    return ticket


def ticket_of(folder: Path) -> Ticket | None:
    """The run's place in the queue, None where it is in none."""
    data = _read(folder / QUEUED)
    try:
        return None if data is None else Ticket(Identity.from_json(data), float(data["submitted"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None  # damaged; in no queue is the safe reading, the run can be resumed


def claim(folder: Path) -> bool:
    """Take a run out of the queue. True for the one process that may now work on it."""
    try:
        patiently((folder / QUEUED).unlink)
    except FileNotFoundError:
        return False
    return True


def owner_of(folder: Path) -> Owner | None:
    """The process that works on a run or was at it when it died; None once it let go."""
    data = _read(folder / OWNER)
    try:
        return None if data is None else Owner(Identity.from_json(data), int(data["events_from"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None  # damaged; no owner is the safe reading


@contextmanager
def ownership(folder: Path, *, events_from: int) -> Iterator[None]:
    """Sign as the owner and give signs of life until the block ends."""
    # The lock before the name: whoever reads the name then finds the lock taken.
    with (folder / LOCK).open("a+b") as lock:
        _take(lock, patient=True)
        write_whole(folder / OWNER, this_process().to_json() | {"events_from": events_from})
        over = threading.Event()
        # A daemon: a thread that outlived a crash of the main one would keep the process alive.
        thread = threading.Thread(target=_beat, args=(folder, over), name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            try:
                patiently(lambda: (folder / OWNER).unlink(missing_ok=True))
            except OSError as error:
                # The folder can no longer be written. The lock, let go of now, tells the rest.
                _LOG.warning("Run %s cannot be let go of: %s.", folder.name, error)


def holds(folder: Path, process: Identity) -> bool:
    """Whether the process that holds a run lives: looked up here, by heartbeat elsewhere."""
    return process.is_alive() if process.is_local else _WATCH.beats(folder / HEARTBEAT)


def is_at_work(folder: Path, owner: Owner) -> bool:
    """Whether this attempt lives. Its process may live on without it, ready for the next run."""
    if not holds(folder, owner.process):
        return False
    return not owner.process.is_local or _is_locked(folder / LOCK)


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the lock; True where that cannot be told."""
    try:
        with path.open("rb") as lock:
            return not _take(lock, patient=False)
    except OSError:
        # Not there (a run of an earlier version), not readable, or no locks on this disk.
        return True


if os.name == "nt":

    def _take(lock: IO[bytes], *, patient: bool) -> bool:
        """Lock a file until it is closed. False where another holds it."""
        import msvcrt

        while True:
            try:
                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            except OSError:
                if not patient:
                    return False
                time.sleep(_PAUSE_S)
            else:
                return True

else:

    def _take(lock: IO[bytes], *, patient: bool) -> bool:
        """Lock a file until it is closed. False where another holds it.

        Who only looks asks for a shared lock, so that two who look do not take each other for
        the owner.
        """
        import fcntl

        kind = fcntl.LOCK_EX if patient else fcntl.LOCK_SH | fcntl.LOCK_NB
        try:
            fcntl.flock(lock, kind)
        except BlockingIOError:
            return False
        except OSError:
            # A disk without locks: then the life of the process has to do, as `_is_locked` says.
            if not patient:
                raise
        return True


class _HeartbeatWatch:
    """Remembers when each heartbeat last changed, on this process's own steady clock.

    Clocks of two machines differ and are set now and then, so the age of a file is believed
    only at first sight; from then on what counts is whether the number moves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[Path, tuple[str, float | None]] = {}

    def beats(self, path: Path) -> bool:
        try:
            count = path.read_text("ascii")
            age = abs(time.time() - path.stat().st_mtime)
        except OSError:
            return False
        now = time.monotonic()
        with self._lock:
            last = self._seen.get(path)
            if last is None:
                moved = now if age < SILENT_S else None
                self._seen[path] = (count, moved)
            elif last[0] != count:
                moved = now
                self._seen[path] = (count, moved)
            else:
                moved = last[1]
        return moved is not None and now - moved < SILENT_S


_WATCH: Final = _HeartbeatWatch()


def beat(folder: Path) -> None:
    """Give one sign of life for a run that this process holds."""
    # A full disk must not end the signs of life: the next beat may find room.
    with suppress(OSError):
        (folder / HEARTBEAT).write_text(f"{os.getpid()} {time.monotonic_ns()}", "ascii")


def _beat(folder: Path, over: threading.Event) -> None:
    while True:
        beat(folder)
        if over.wait(BEAT_S):
            return


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json(path)
    except LessonError:
        # Written whole by rename, so this is a damaged disk; no owner is the safe reading.
        return None
