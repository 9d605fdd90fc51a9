"""What one address may take of what a server shares, however many browsers it claims to be.

A person is a cookie, and who deletes it is another person; an address is harder to change. So what
is bounded for each person is bounded for each address too, wide enough for a school whose thirty
students have one: then nobody at another address is kept out. Where the address is not known, for
want of ``LIGHTBOX_PROXIES``, nothing here binds. No Streamlit here.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from core.bounded import Bounded
from core.errors import LessonError

PART: Final = 0.75
"""Of what all have together that one address may take."""
SEAT_S: Final = 3600.0
DAY_S: Final = 86_400.0
_MOST_KEPT: Final = 4096


class Shares:
    """Who begins things at which address, and what came of it; safe for many threads.

    Kept in memory alone, so that no address is written anywhere; a new start forgets it.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seats = Bounded[str, dict[str, float]](_MOST_KEPT)
        self._made = Bounded[str, str](_MOST_KEPT)
        self._written: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def take_seat(self, person: str, address: str, *, most: int, busy: Collection[str]) -> None:
        """See that an address does not become ever new people, and count this one.

        Args:
            person: Who begins something that costs.
            address: From where, "" where that is not known.
            most: People that an address may be within an hour.
            busy: People who keep their seats longer, because something of theirs goes on.

        Raises:
            LessonError: ``quota.people``.
        """
        if not address:
            return
        with self._lock:
            now = self._clock()
            seats = self._seats.find_or_put(address, dict)
            for one in [o for o, then in seats.items() if now - then >= SEAT_S and o not in busy]:
                del seats[one]
            if person not in seats and len(seats) >= most:
                raise LessonError(
                    "quota.people",
                    problem=f"{len(seats)} people at your address have begun something within the"
                    " last hour; no more can.",
                    remedy="Use the browser in which you began earlier, or tell the lecturer.",
                )
            seats[person] = now

    def note(self, made: str, address: str) -> None:
        """Remember from where a thing was made."""
        if address:
            with self._lock:
                self._made.put(made, address)

    def count(self, things: Collection[str], address: str) -> int:
        """How many of them were made from there; 0 where that is not known."""
        with self._lock:
            return sum(bool(address) and self._made.find(one) == address for one in things)

    def count_all(self, things: Collection[str], *, most: float) -> float:
        """How many there are, where those of one address count as no more than so many."""
        with self._lock:
            known = Counter(self._made.find(one) or "" for one in things)
        return known.pop("", 0) + sum(min(number, most) for number in known.values())

    def wrote(self, size: int, address: str) -> None:
        """Count bytes that were written to the disk for an address."""
        if address:
            with self._lock:
                self._written[address].append((self._clock(), size))

    def require_disk(self, place: Path, address: str, *, spared: int) -> None:
        """See that there is room on a disk, and that an address has not had its half of it.

        Args:
            place: Where something is to be written.
            address: For whom, "" where that is not known.
            spared: Bytes that must stay free.

        Raises:
            LessonError: ``quota.disk``.
        """
        standing = next(folder for folder in (place, *place.parents) if folder.is_dir())
        left = shutil.disk_usage(standing).free - spared
        if left <= 0:
            raise LessonError(
                "quota.disk",
                problem="The disk of the server is nearly full.",
                remedy="Tell the lecturer: old runs can be deleted on the Train page.",
            )
        if self._of_the_day(address) > left:
            raise LessonError(
                "quota.disk",
                problem="As much was prepared for your address today as the disk has left.",
                remedy="Use a set that is there, remove images that you brought, or try again"
                " tomorrow.",
            )

    def _of_the_day(self, address: str) -> int:
        with self._lock:
            own = self._written.get(address) or deque()
            while own and self._clock() - own[0][0] >= DAY_S:
                own.popleft()
            if not own:
                self._written.pop(address, None)
            return sum(size for _, size in own)


SHARES: Final = Shares()
"""Of this server's process."""
