"""Let go of images that persons brought, once their time is over.

A ZIP file is unpacked into the cache, and the images are resized into a prepared set beside it.
Both are copies of what a person has, and may show what is nobody else's to see: they go after a
while without use. A prepared set stays as long as a run was trained on it, which could otherwise
be neither resumed nor looked into.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

UNPACKED: Final = "unpacked"
_OWN: Final = "folder-"  # prepared sets of a person's own images begin so


def touch(folder: Path) -> None:
    """Note that somebody uses these images now."""
    with suppress(OSError):  # a read-only disk keeps them anyway
        os.utime(folder)


def tidy(cache: Path, *, unused_for_s: float, kept: Collection[Path] = ()) -> list[Path]:
    """Remove a person's images that were not used for so long; what was removed.

    Args:
        cache: The cache folder.
        unused_for_s: Seconds since they were used last.
        kept: Prepared sets that runs were trained on.
    """
    now = time.time()
    keep = {path.resolve() for path in kept}
    removed = []
    for folder in _of_persons(cache):
        with suppress(OSError):  # somebody else was faster
            if folder.resolve() not in keep and now - folder.stat().st_mtime > unused_for_s:
                remove(folder)
                removed.append(folder)
    return removed


def remove(folder: Path) -> None:
    """Remove a folder of images at once; half a removal is never taken for a set."""
    doomed = folder.with_name(f".{folder.name}.{time.time_ns()}")
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _of_persons(cache: Path) -> Iterator[Path]:
    for parent, begins in ((cache / UNPACKED, ""), (cache, _OWN)):
        try:
            entries = sorted(parent.iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir() and entry.name.startswith(begins) and entry.name[0] != ".":
                yield entry
