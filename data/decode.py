"""From the bytes of one picture to gray values, with every change said.

The order is fixed: what can be refused by its size, its first bytes or its header is refused
before a pixel is decoded; then the picture is decoded, turned upright, made gray and brought to
8 bits. Dataset files and uploads take the same way, so a file gives the same pixels in both.
"""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.arrays import UInt8Array
from core.errors import LessonError
from data import tones
from data.tones import Change

MAX_BYTES: Final = 25_000_000
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 8
MAX_ASPECT: Final = 20.0
PREVIEW_SIDE: Final = 1024
FORMATS: Final = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF")
ORIENTATION_TAG: Final = 274


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """One picture, upright and gray, and how it became so.

    Attributes:
        gray: (H, W) uint8.
        received: The picture as it came, not turned, at most 1,024 px on the longer side:
            (h, w) or (h, w, 3) uint8. For showing only.
        original_mode: Pillow's name of the pixel type, or DICOM's photometric interpretation.
        format: "PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF" or "DICOM".
        width: Columns of `gray`.
        height: Rows of `gray`.
        frames: Pictures in the file; `gray` is one of them.
        orientation: EXIF orientation that was undone, 1 (upright) to 8.
        inverted: Black and white were swapped.
        inverted_suspected: The picture looks like a negative: offer to swap.
        looks_like_xray: False for what is colored like a photograph.
        changes: All that was done, in order.
        warnings: Doubts about the picture, as sentences.
    """

    gray: UInt8Array
    received: UInt8Array
    original_mode: str
    format: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    inverted: bool = False
    inverted_suspected: bool = False
    looks_like_xray: bool = True
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()


def decode_file(path: Path, *, invert: bool = False) -> Decoded:
    """Decode a picture of a dataset; the same pixels as `decode_bytes` of its bytes."""
    return decode_bytes(path.read_bytes(), name=path.name, invert=invert)


def decode_bytes(raw: bytes, *, name: str = "", invert: bool = False) -> Decoded:
    """Decode an uploaded picture."""
    if not raw:
        raise LessonError(
            "upload.empty", problem="The file is empty.", remedy="Choose another file."
        )
    try:
        image = Image.open(io.BytesIO(raw), formats=FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise LessonError(
                "upload.too-many-pixels",
                problem=f"The picture has {width} x {height} pixels.",
                remedy="Make it smaller.",
            )
        mode, kind = image.mode, image.format or ""
        image.load()
    except UnidentifiedImageError:
        raise LessonError(
            "upload.not-an-image", problem="This is not a picture.", remedy="Choose another file."
        ) from None
    except OSError as error:
        raise LessonError(
            "upload.truncated",
            problem="The picture is damaged or incomplete.",
            remedy="Send it again.",
        ) from error
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        gray, changes = tones.to_eight_bits(np.asarray(image))
    else:
        gray, changes = np.asarray(image.convert("L")), ()
    if invert:
        gray = tones.invert(gray)
    return Decoded(
        gray=gray,
        received=gray,
        original_mode=mode,
        format=kind,
        width=gray.shape[1],
        height=gray.shape[0],
        inverted=invert,
        changes=changes,
    )


def inverted(decoded: Decoded) -> Decoded:
    """The same picture with black and white swapped."""
    return dataclasses.replace(
        decoded, gray=tones.invert(decoded.gray), inverted=not decoded.inverted
    )
