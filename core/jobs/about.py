"""What people say of a run: its name, a star, a note; and who made it when."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.jobs.ownership import write_whole
from core.jobs.reading import damaged, number, read_json, text, unwritable

ABOUT: Final = "run.json"
LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What ``run.json`` holds.

    Attributes:
        name: What a person called it, or "".
        created: Unix seconds.
        group: Shared by runs that were begun to be compared, or "".
        owner: Who began it, "" where people were not told apart.
        starred: Whether it was marked as one to find again.
        note: What a person wrote down of it.
    """

    name: str = ""
    created: float = 0.0
    group: str = ""
    owner: str = ""
    starred: bool = False
    note: str = ""

    def write(self, folder: Path) -> None:
        """Put it into a run's folder, whole or not at all."""
        write_whole(folder / ABOUT, asdict(self))


def read_about(folder: Path) -> tuple[About, str]:
    """What ``run.json`` says, and what is wrong with it as a sentence, "" for nothing."""
    try:
        data = read_json(folder / ABOUT) or {}
        found = About(
            name=text(data, "name"),
            created=number(data, "created", 0.0),
            group=text(data, "group"),
            owner=text(data, "owner"),
            starred=data.get("starred", False) is True,
            note=text(data, "note")[:LONGEST_NOTE],
        )
    except LessonError as error:
        return About(), error.problem
    except ValueError as error:
        return About(), damaged(folder.name, f"in {ABOUT} {error}").problem
    return found, ""


def describe(
    folder: Path, *, name: str | None = None, starred: bool | None = None, note: str | None = None
) -> None:
    """Change what people say of a run; what is None stays. Its id, which links name, stays too.

    Args:
        folder: Of the run.
        name: On one line, cut to `LONGEST_NAME` letters.
        starred: Whether it is one to find again.
        note: Cut to `LONGEST_NOTE` letters.

    Raises:
        LessonError: ``run.damaged`` where what is there cannot be read: it is not written over;
            ``run.unwritable``.
    """
    about, trouble = read_about(folder)
    if trouble:
        raise damaged(folder.name, f"{ABOUT} cannot be read")
    if name is not None:
        about = replace(about, name=" ".join(name.split())[:LONGEST_NAME])
    if starred is not None:
        about = replace(about, starred=starred)
    if note is not None:
        about = replace(about, note=note.strip()[:LONGEST_NOTE])
    try:
        about.write(folder)
    except OSError as error:
        raise unwritable(folder, error, "cannot be described") from error
