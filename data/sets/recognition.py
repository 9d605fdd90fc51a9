"""Which files of a folder are pictures: by content, as for an upload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data.pictures.decode import looks_like_dicom
from data.pictures.headers import has_picture_start
from data.pictures.refusals import refuse
from data.sets.walking import files_below

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".dcm", ".dicom"}
)
"""Endings that promise a picture: a file that breaks the promise is told, not passed over."""

START: Final = 512
"""Bytes that are looked at; all signatures lie in them."""

PICTURES_NOT_READ: Final = ("upload.unsupported-format", "upload.heic")


def pictures_below(folder: Path) -> Iterator[Path]:
    """All files below a folder that are, or promise to be, pictures; those not read here too.

    Whoever decodes them says what is wrong with one. Hidden files are passed over.
    """
    return (path for path in files_below(folder) if is_picture(path))


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its content, or promises to be one by its ending."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(START)
    except OSError:
        return False
    if has_picture_start(start) or looks_like_dicom(start):
        return True
    return bool(start) and refuse(start).code in PICTURES_NOT_READ
