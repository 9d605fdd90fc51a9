"""What prepared sets of persons' images were made of, kept in the cache for as long as they are.

A source is a ZIP file, named by its content, or a folder, named by its path. An empty file
``owners/sets/PREPARED/SOURCE`` says that a prepared set was made of it; whose the source is stands
beside it (`dashboard.access.own_images`).
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from core.errors import LessonError
from data.sets.preparation import cache_root

OWN_SET: Final = "folder"
"""The dataset of a person's own images."""
OWNERS: Final = "owners"
_SETS: Final = "sets"


def source_of(content: str | Path) -> str:
    """The name of a source: of a ZIP file by its SHA-256 in hexadecimal, of a folder by its path.

    >>> source_of("ab" * 32)
    'abababababababab'
    """
    if isinstance(content, Path):
        return hashlib.sha256(f"folder {content}".encode()).hexdigest()[:16]
    return content[:16]


def note_source(folder: Path, source: str) -> None:
    """Remember what a prepared set was made of.

    Raises:
        LessonError: ``cache.unwritable``.
    """
    leave_mark(owners_root() / _SETS / folder.name / source)


def sources_of(folder: Path) -> list[str]:
    """The sources that give exactly this prepared set."""
    return [mark.name for mark in marks_in(owners_root() / _SETS / folder.name)]


def sets_of(source: str) -> list[str]:
    """Names of the prepared sets that were made of a source."""
    return sorted(mark.parent.name for mark in (owners_root() / _SETS).glob(f"*/{source}"))


def forget_set(name: str) -> None:
    """Let go of what was known of a prepared set that is no more."""
    shutil.rmtree(owners_root() / _SETS / name, ignore_errors=True)


def owners_root() -> Path:
    """The folder of all marks."""
    return cache_root() / OWNERS


def marks_in(folder: Path) -> list[Path]:
    """The marks of a folder; none where it is not there."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def leave_mark(mark: Path) -> None:
    """Put a mark where none is: pages ask for it again with every click.

    Raises:
        LessonError: ``cache.unwritable``.
    """
    if not mark.is_file():
        put_mark(mark)


def put_mark(mark: Path, text: str = "") -> None:
    """Leave a mark.

    Raises:
        LessonError: ``cache.unwritable``.
    """
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LessonError(
            "cache.unwritable",
            problem=f"Nothing can be written into the cache ({(error.strerror or '').lower()}).",
            remedy="Tell the lecturer: the disk may be full.",
        ) from error
