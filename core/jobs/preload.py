"""What each process of the cluster does when it starts (``--preload core.jobs.preload``).

It watches the server that started it and ends with it, however that ended; a worker also steps
back behind the server, and imports TensorFlow before it takes its first task. On a cluster that
others run, only the import is done.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from core.jobs.identity import Identity

if TYPE_CHECKING:
    from distributed import Scheduler, Worker

SERVER: Final = "LIGHTBOX_SERVER"  # identity of the server, as JSON
COLD: Final = "LIGHTBOX_COLD"  # set: import TensorFlow with the first task, not before
FOLDER: Final = "LIGHTBOX_CLUSTER"  # the cluster's temporary folder
WATCH_S: Final = 0.25
NICENESS: Final = {"train": 10, "analyse": 5, "prepare": 5}
"""By kind of process: how far it steps back behind the server, in the system's levels."""
_NICEST: Final = 19
_AUTOGROUP: Final = Path("/proc/self/autogroup")


def dask_setup(server: Scheduler | Worker) -> None:
    """Called by Dask in each scheduler and worker before it opens for work."""
    named = os.environ.get(SERVER)
    if named:
        _watch(Identity.from_json(json.loads(named)), folder=os.environ.get(FOLDER))
    state = getattr(server, "state", None)
    for kind in getattr(state, "total_resources", None) or {}:
        if named:
            step_back(kind)
        if not os.environ.get(COLD):
            from core.jobs import tasks

            tasks.warm(kind=kind)


def _watch(server: Identity, *, folder: str | None) -> None:
    def watch() -> None:
        while server.is_alive():
            time.sleep(WATCH_S)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        # At once: a training inside TensorFlow would not hear of a polite end.
        os._exit(1)

    threading.Thread(target=watch, name="server-watch", daemon=True).start()


def step_back(kind: str) -> None:
    """Let the server answer clicks, and what a person waits for, before a training.

    Args:
        kind: Of this process, a key of `NICENESS`; another one stays where it is.
    """
    behind = NICENESS.get(kind, 0)
    process = psutil.Process()
    level = getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", None)  # Windows: classes, not numbers
    if level is None:
        # Counted from the server's own level, which the worker was started with.
        level = min(process.nice() + behind, _NICEST)
    # A system that does not allow it still works, only less smoothly.
    with suppress(psutil.AccessDenied):
        process.nice(level)
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        # Linux may share the cores out among sessions first, and a worker has one of its own: then
        # the level of the session counts.
        with suppress(OSError):
            _AUTOGROUP.write_text(str(behind), "ascii")
