"""Work that a page looks in on and never waits for: the one kind of waiting task. No Streamlit.

What differs from errand to errand is a function: what to do, and when to do it once more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Generic, TypeAlias, TypeVar

from core.bounded import Bounded

T = TypeVar("T")

RETRY_AFTER_S: Final = 10.0
"""A failure is told to whoever asks for so long; who asks later has it tried again."""

_ROOM: Final = nullcontext()


class Canceled(Exception):
    """A person asked an errand to end; raised inside it, from its own progress report."""


class Errand(Generic[T]):
    """One piece of work in a thread of its own: how far it is, and then what came of it.

    Attributes:
        phase: What is done now, in words.
        fraction: How much is done, 0 to 1.
        result: What came of it, None before and without one.
        error: What went wrong, None where nothing did.
        canceled: Whether it ended because `cancel` was called.
        ended_at: Seconds of the monotonic clock; 0 before.
    """

    def __init__(self, phase: str = "waiting") -> None:
        self.phase = phase
        self.fraction = 0.0
        self.result: T | None = None
        self.error: Exception | None = None
        self.canceled = False
        self.ended_at = 0.0
        self._asked_to_end = threading.Event()
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether nothing more happens."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        return self._ended.wait(timeout_s)

    def value(self) -> T | None:
        """The result, None while there is none.

        Raises:
            Exception: What went wrong.
        """
        if self.error is not None:
            raise self.error
        return self.result

    def cancel(self) -> None:
        """Ask it to end at its next report, or before it has begun."""
        self._asked_to_end.set()

    def advance(self, phase: str, fraction: float) -> None:
        """Note how far it is, from 0 to 1.

        Raises:
            Canceled: Where `cancel` was called.
        """
        if self._asked_to_end.is_set():
            raise Canceled
        self.phase, self.fraction = phase, min(max(fraction, 0.0), 1.0)

    def run(self, work: Callable[[Errand[T]], T]) -> None:
        """Do the work in this thread and note how it ended."""
        try:
            if self._asked_to_end.is_set():
                raise Canceled
            self.result = work(self)
            self.fraction = 1.0
        except Canceled:
            self.canceled = True
        except Exception as error:  # shown, or raised, by whoever asks
            self.error = error
        finally:
            self.ended_at = time.monotonic()
            self._ended.set()

    def begin(
        self,
        work: Callable[[Errand[T]], T],
        *,
        name: str,
        place: AbstractContextManager[Any] = _ROOM,
    ) -> None:
        """Do the work in a thread of its own, once there is a place for it."""

        def in_turn() -> None:
            with place:
                self.run(work)

        threading.Thread(target=in_turn, name=name, daemon=True).start()


Again: TypeAlias = Callable[[Errand[Any]], bool]
"""Whether an errand is to be done once more for who asks now."""


def failed_a_while_ago(errand: Errand[Any]) -> bool:
    """Whether it went wrong so long ago that another try may go better."""
    failed = errand.error is not None
    return failed and time.monotonic() - errand.ended_at > RETRY_AFTER_S


class Errands:
    """The errands of one kind, one a key, shared by all sessions of a server.

    Args:
        name: Of their threads.
        most: Kept; those not asked for longest go first.
        at_once: How many are done at the same time; None for all.
        drops: An errand that goes before it has begun is not done at all.
    """

    def __init__(
        self, name: str, *, most: int, at_once: int | None = None, drops: bool = False
    ) -> None:
        self._name = name
        self._drops = drops
        self._lock = threading.Lock()
        self._known = Bounded[Hashable, Errand[Any]](most)
        self._places: AbstractContextManager[Any] = (
            _ROOM if at_once is None else threading.Semaphore(at_once)
        )

    def ask(
        self,
        key: Hashable,
        work: Callable[[Errand[T]], T],
        *,
        again: Again = failed_a_while_ago,
        phase: str = "waiting",
    ) -> Errand[T]:
        """The errand of that key, begun if it was not. Returns at once.

        Args:
            key: Names what is asked for.
            work: Does it, in another thread, and may tell the errand how far it is.
            again: Whether the known one is to be done anew.
            phase: The words before its first report.
        """
        with self._lock:
            known = self._known.find(key)
            if known is not None and not again(known):
                return known
            fresh = Errand[T](phase)
            for dropped in self._known.put(key, fresh):
                if self._drops:
                    dropped.cancel()
        fresh.begin(work, name=self._name, place=self._places)
        return fresh

    def find(self, key: Hashable) -> Errand[Any] | None:
        """The errand of that key, under way or ended; None where there was none, or long ago."""
        with self._lock:
            return self._known.find(key)

    def forget(self, key: Hashable) -> None:
        """Have the next one who asks begin anew."""
        with self._lock:
            self._known.pop(key)
