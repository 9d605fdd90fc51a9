"""Which folders of the server may be opened by a path that somebody typed. No Streamlit here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from core.errors import LessonError
from dashboard.access.policy import FOLDERS, Policy

_SYSTEM: Final = ("bin", "boot", "dev", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr")


def open_folder(typed: str, policy: Policy, *, lecturer: bool) -> Path:
    """The folder (or ZIP file) of that path, where it may be opened.

    What may not be opened gets one answer, whether it exists or not: the answer would otherwise
    tell a stranger what lies on the disk.

    Raises:
        LessonError: ``folder.forbidden``, ``folder.missing``.
    """
    roots = policy.folders
    if roots is None or (lecturer and not roots):
        return _existing(typed, _plain_path(typed))
    if not roots:
        raise LessonError(
            "folder.forbidden",
            problem="Folders of the server are not open to a class.",
            remedy="Upload a ZIP file instead. Who runs the server can open a folder to all with "
            f"{FOLDERS}.",
        )
    path = _plain_path(typed)
    if not any(path == root or root in path.parents for root in roots):
        raise _elsewhere(roots)
    return _existing(typed, path)


def _plain_path(typed: str) -> Path:
    """The path without links and dots."""
    try:
        if "\0" in typed:
            raise ValueError("a path holds no NUL")
        return Path(typed.strip()).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, a ring of links, a home of nobody.
        raise _missing(typed) from error


def _existing(typed: str, path: Path) -> Path:
    top = path.parts[1] if len(path.parts) > 1 else ""
    if not top or (os.name == "posix" and top in _SYSTEM):
        raise LessonError(
            "folder.forbidden",
            problem=f"{_brief(typed)} belongs to the system and holds no dataset.",
            remedy="Choose the folder in which the images lie.",
        )
    try:
        fits = path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip")
    except OSError:
        fits = False  # a folder above it lets nobody in
    if not (fits and os.access(path, os.R_OK)):
        raise _missing(typed)
    return path


def _elsewhere(roots: tuple[Path, ...]) -> LessonError:
    names = ", ".join(root.name for root in roots)
    return LessonError(
        "folder.forbidden",
        problem="That folder is not one that the server opens.",
        remedy=f"Choose a folder inside {names}, or upload a ZIP file.",
    )


def _missing(typed: str) -> LessonError:
    return LessonError(
        "folder.missing",
        problem=f"There is no folder {_brief(typed)} that can be read.",
        remedy="Check the path, or upload a ZIP file.",
    )


def _brief(typed: str) -> str:
    return repr(typed if len(typed) <= 80 else f"{typed[:77]}...")
