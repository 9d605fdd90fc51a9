"""What `test_reading_network` has done in a process with the limits of reading a network."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from core.jobs import reading_network


def overstep(*, file: str, progress: Callable[[str, float], None]) -> tuple[bool, bool, bool]:
    """Whether it could write a file, take more memory than allowed, and has TensorFlow."""
    reading_network._limit()
    progress("trying", 0.0)
    try:
        Path(file).write_text("x", encoding="utf-8")
        wrote = True
    except OSError:
        wrote = False
    try:
        took = bool(bytearray(reading_network.MEMORY))
    except MemoryError:
        took = False
    return wrote, took, "tensorflow" in sys.modules


def burn(*, progress: Callable[[str, float], None]) -> None:
    """Reckon for ever, within a second of processor time."""
    reading_network.CPU_S = 1  # type: ignore[misc]
    reading_network._limit()
    while True:
        sum(range(1000))
