"""Reading somebody's ``.keras`` file in a process of its own, with limits on what that may take."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

from core.configuration import in_force
from core.errors import LessonError
from core.jobs.apart import call_apart
from core.models.keras_file.reader import Answers, ReadNetwork, read_keras_file

MEMORY: Final = 3 * 2**30
"""Bytes of address space: the packed file, its weights in float64, and the libraries."""
CPU_S: Final = 30
CLOCK_S: Final = 90.0
AT_ONCE: Final = 2
"""Files that are read at a time."""
_AT_ONCE: Final = threading.BoundedSemaphore(AT_ONCE)


def read_apart(raw: bytes, answers: Answers) -> ReadNetwork:
    """As `read_keras_file`, in a process that cannot take more than its limits, nor write a file.

    Raises:
        LessonError: As there; ``network.too-much`` where the process reached a limit.
    """
    if not _AT_ONCE.acquire(timeout=CLOCK_S * in_force().patience):
        raise _too_much(f"Others are being read, {AT_ONCE} at a time.")
    try:
        return call_apart(read_limited, progress=_unheard, raw=raw, answers=answers)
    except LessonError as error:
        if error.code != "process.ended":
            raise
        raise _too_much(f"Reading it took more than {CPU_S} seconds or too much memory.") from error
    except MemoryError as error:
        raise _too_much("Reading it took too much memory.") from error
    finally:
        _AT_ONCE.release()


def read_limited(
    *, raw: bytes, answers: Answers, progress: Callable[[str, float], None]
) -> ReadNetwork:
    """What the process does: take its limits first, then read."""
    _limit()
    progress("Reading", 0.0)
    return read_keras_file(raw, answers)


def _limit() -> None:
    # Where a system has no limits of its own, the clock alone ends it.
    watch = threading.Timer(CLOCK_S * in_force().patience, os._exit, (1,))
    watch.daemon = True
    watch.start()
    try:
        import resource  # not on Windows
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        kept = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (kept, hard))


def _unheard(phase: str, fraction: float) -> None:
    """Nobody looks at how far it is."""


def _too_much(problem: str) -> LessonError:
    return LessonError(
        "network.too-much",
        problem=problem,
        remedy="Try again, or bring a smaller network, saved without its optimizer.",
    )
