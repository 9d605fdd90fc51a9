"""The files below a folder, in one order and by one rule for everybody who looks into folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

JUNK_FOLDERS: Final = frozenset(
    {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
)
"""What systems put beside a person's files."""

JUNK_FILES: Final = frozenset({"Thumbs.db", "desktop.ini", "Icon\r"})


def files_below(
    folder: Path, *, unreadable: Callable[[OSError], None] | None = None
) -> Iterator[Path]:
    """Each folder's own files by name, then those of its subfolders by name.

    Hidden files and folders and what systems leave behind are passed over. Linked folders are
    entered like any other, but never one inside itself, which would have no end.

    Args:
        folder: Where to look.
        unreadable: Told of a folder that may not be looked into; without it the error is raised.
    """
    yield from _below(str(folder), frozenset(), unreadable)


def _below(
    folder: str, above: frozenset[tuple[int, int]], unreadable: Callable[[OSError], None] | None
) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(
                (entry for entry in listing if not is_hidden(entry.name)),
                key=lambda entry: entry.name,
            )
        inside = above | {_identity(folder)}
        folders = [entry for entry in entries if entry.is_dir()]
        names = {entry.name for entry in folders}
    except OSError as error:
        if unreadable is None:
            raise
        unreadable(error)
        return
    for entry in entries:
        if entry.name not in names and entry.name not in JUNK_FILES:
            yield Path(entry.path)
    for entry in folders:
        if entry.name not in JUNK_FOLDERS and _identity(entry.path) not in inside:
            yield from _below(entry.path, inside, unreadable)


def is_hidden(name: str) -> bool:
    """Whether a name is one that file managers do not show."""
    return name.startswith(".")


def _identity(folder: str) -> tuple[int, int]:
    status = Path(folder).stat()
    return status.st_dev, status.st_ino
