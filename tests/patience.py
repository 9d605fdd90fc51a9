"""How long a test waits for what has to come: one limit, which a busy machine does not reach."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

SECONDS: Final = 600.0
MILLISECONDS: Final = 1000 * SECONDS
_CORES: Final = os.cpu_count() or 1


def stretched(seconds: float) -> float:
    """What takes that long on a quiet machine may take here, with all that runs beside it now.

    For what has to be prompt: as many times longer as tasks wait for each core, and twice that,
    because they come and go.
    """
    load = os.getloadavg()[0]
    with contextlib.suppress(OSError):  # only Linux counts what runs at this moment
        load = max(load, int(Path("/proc/loadavg").read_text("ascii").split()[3].split("/")[0]))
    return seconds * (1 + 2 * load / _CORES)


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll until it holds; fail with its source line otherwise."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)
