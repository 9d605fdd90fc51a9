"""How large a picture may be, decided on its header and before a pixel is decoded."""

from __future__ import annotations

from typing import Final

from core.errors import LessonError

MAX_BYTES: Final = 25_000_000
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 8
MAX_ASPECT: Final = 20.0


def check_bytes(count: int) -> None:
    """Refuse an empty file and one over 25 MB.

    Raises:
        LessonError: ``upload.empty`` or ``upload.too-large``.
    """
    if count == 0:
        raise LessonError(
            "upload.empty",
            problem="The file is empty (0 bytes).",
            remedy="The copy may have failed: copy or download the picture again.",
        )
    if count > MAX_BYTES:
        raise LessonError(
            "upload.too-large",
            problem=f"The file has {count / 1e6:.2f} MB; the limit is {MAX_BYTES / 1e6:g} MB.",
            remedy="Save the picture smaller, or as JPEG or PNG.",
        )


def check_size(width: int, height: int) -> None:
    """Refuse what is too large, too small or too long for a picture.

    Raises:
        LessonError: ``upload.too-many-pixels``, ``upload.too-small`` or ``upload.too-long``.
    """
    if width * height > MAX_PIXELS:
        raise LessonError(
            "upload.too-many-pixels",
            problem=f"The picture has {width} x {height} = {width * height / 1e6:,.1f} megapixels; "
            f"the limit is {MAX_PIXELS / 1e6:g}.",
            remedy="Make it smaller in a picture viewer: 4,000 pixels a side are plenty.",
        )
    if min(width, height) < MIN_SIDE:
        raise LessonError(
            "upload.too-small",
            problem=f"The picture has {width} x {height} pixels; each side needs at least "
            f"{MIN_SIDE}.",
            remedy="Choose the original picture instead of an icon of it.",
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise LessonError(
            "upload.too-long",
            problem=f"The picture has {width} x {height} pixels; one side may be at most "
            f"{MAX_ASPECT:g} times the other.",
            remedy="Crop it to the part that shows the bone.",
        )
