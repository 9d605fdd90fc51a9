"""Whose images are whose: who brought them, who may see them, and how they go before their time.

What is kept of it are empty files in the cache, so that it outlives the server's process::

    owners/people/SOURCE/PERSON     that person brought that source (`data.sets.origins`)
    owners/shared/SOURCE            who brought it shows it to the class; its title stands in it

Where people are not told apart everybody is the lecturer, who may see and do everything.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import LessonError
from dashboard.access.people import Person
from data.sets.origins import (
    OWN_SET,
    forget_set,
    leave_mark,
    marks_in,
    owners_root,
    put_mark,
    sets_of,
    sources_of,
)
from data.sets.preparation import cache_root
from data.sets.tidying import UNPACKED, remove

_NOBODY: Final = "somebody"
"""The file's name for who has none, because people are not told apart."""
_LONGEST_TITLE: Final = 80


@dataclass(frozen=True, slots=True)
class SharedImages:
    """Images that somebody shows to the class.

    Attributes:
        source: Names them.
        title: For people.
        folder: Where they lie unpacked.
    """

    source: str
    title: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Removal:
    """What came of removing images.

    Attributes:
        sets: Prepared sets that went.
        trained_on: Those that stay because a run was trained on them.
        others: Whether somebody else brought the same file, for whom it stays.
    """

    sets: int
    trained_on: int
    others: bool


def note_owner(source: str, person: Person) -> None:
    """Remember who brought images.

    Raises:
        LessonError: ``cache.unwritable``.
    """
    leave_mark(owners_root() / "people" / source / (person.id or _NOBODY))


def may_see_images(folder: Path, person: Person) -> bool:
    """Whether the images of a prepared set are that person's to see: all but other persons' own."""
    if person.is_lecturer or not folder.name.startswith(f"{OWN_SET}-"):
        return True
    return any(brought(source, person) or is_shared(source) for source in sources_of(folder))


def require_images(folder: Path, person: Person) -> None:
    """See that the images of a prepared set are that person's to see.

    Raises:
        LessonError: ``images.not-yours``.
    """
    if not may_see_images(folder, person):
        raise LessonError(
            "images.not-yours",
            problem="These images belong to the person who brought them.",
            remedy="Upload the same ZIP file, or choose another set.",
        )


def share(source: str, person: Person, *, title: str) -> None:
    """Let the whole class see and use images.

    Raises:
        LessonError: ``images.not-yours``, ``cache.unwritable``.
    """
    _requirebrought(source, person)
    put_mark(owners_root() / "shared" / source, title[:_LONGEST_TITLE])


def stop_sharing(source: str, person: Person) -> None:
    """Take images back: from now on only who brought them, and the lecturer, sees them.

    Raises:
        LessonError: ``images.not-yours``.
    """
    _requirebrought(source, person)
    (owners_root() / "shared" / source).unlink(missing_ok=True)


def is_shared(source: str) -> bool:
    """Whether the class may see these images."""
    return (owners_root() / "shared" / source).is_file()


def shared_images() -> tuple[SharedImages, ...]:
    """What the class may see of what persons brought, by title."""
    found = []
    for mark in marks_in(owners_root() / "shared"):
        folder = cache_root() / UNPACKED / mark.name
        with suppress(OSError, UnicodeDecodeError):  # taken back at this moment
            if folder.is_dir():
                found.append(SharedImages(mark.name, mark.read_text("utf-8"), folder))
    return tuple(sorted(found, key=lambda one: (one.title, one.source)))


def remove_images(source: str, person: Person, *, trained_on: Collection[Path]) -> Removal:
    """Remove what a person brought, and what was prepared of it, now and for all.

    Args:
        source: What was brought.
        person: Who asks.
        trained_on: Prepared sets of runs, which could not be resumed or looked into without them.

    Raises:
        LessonError: ``images.not-yours``.
    """
    _requirebrought(source, person)
    (owners_root() / "people" / source / (person.id or _NOBODY)).unlink(missing_ok=True)
    if any(marks_in(owners_root() / "people" / source)):
        return Removal(sets=0, trained_on=0, others=True)
    (owners_root() / "shared" / source).unlink(missing_ok=True)
    kept = {path.name for path in trained_on}
    made = sets_of(source)
    gone = [name for name in made if name not in kept and _remove(cache_root() / name)]
    for name in gone:
        forget_set(name)
    _remove(cache_root() / UNPACKED / source)
    stays = len(made) - len(gone)
    if stays:
        note_owner(source, person)  # the run's owner goes on seeing what it was trained on
    return Removal(sets=len(gone), trained_on=stays, others=False)


def _remove(folder: Path) -> bool:
    try:
        remove(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _requirebrought(source: str, person: Person) -> None:
    if not person.is_lecturer and not brought(source, person):
        raise LessonError(
            "images.not-yours",
            problem="Somebody else brought these images.",
            remedy="Only that person, or the lecturer, can share or remove them.",
        )


def brought(source: str, person: Person) -> bool:
    """Whether that person brought these images; nobody did where people are not told apart."""
    return bool(person.id) and (owners_root() / "people" / source / person.id).is_file()
