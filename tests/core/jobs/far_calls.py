"""What `test_apart` has done in another process."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import LessonError


def count(*, to: int, progress: Callable[[str, float], None]) -> tuple[int, int]:
    """Say each number, among words that nobody reads; the process and the sum."""
    for number in range(to):
        sys.stdout.write("words of a library")
        progress(f"number {number}", number / to)
    return os.getpid(), sum(range(to))


def refuse(*, progress: Callable[[str, float], None]) -> None:
    """Advice, as a reader gives it."""
    raise LessonError("folder.empty", problem="Nothing is there.", remedy="Look elsewhere.")


def stumble(*, progress: Callable[[str, float], None]) -> None:
    """A mistake of the program, with an error that cannot travel."""

    class Local(Exception):
        pass

    raise Local("seven")


def die(*, progress: Callable[[str, float], None]) -> None:
    """As if the system ran out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def report_forever(*, note: str, progress: Callable[[str, float], None]) -> None:
    """Leave this process's number in a file and go on until nobody listens."""
    Path(note).write_text(str(os.getpid()), "ascii")
    while True:
        progress("on", 0.5)
        time.sleep(0.05)
