"""A decoded picture as a value, and what every decoder says and shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from core.arrays import UInt8Array
from data.pictures.tones import Change

PREVIEW_SIDE: Final = 1024
PHOTO_WARNING: Final = (
    "This does not look like an X-ray: it is colored like a photograph. The network was trained "
    "on X-rays only and will answer all the same; do not read anything into it."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """One picture, upright and gray, and how it became so.

    Attributes:
        gray: (H, W) uint8.
        received: The picture as it came (not turned, in its colors, not inverted), at most
            1,024 px on the longer side: (h, w) or (h, w, 3) uint8. For showing only.
        original_mode: Pillow's name of the pixel type, or DICOM's photometric interpretation.
        format: "PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF" or "DICOM".
        width: Columns of `gray`.
        height: Rows of `gray`.
        frames: Pictures in the file, counted up to 1,000; `gray` is one of them.
        orientation: EXIF orientation that was undone, 1 (upright) to 8.
        inverted: Black and white were swapped, by request or because the file says so.
        inverted_suspected: `gray` looks like a negative: offer to swap.
        looks_like_xray: False for what is colored like a photograph, or from another device.
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


def shrink(image: UInt8Array) -> UInt8Array:
    """At most `PREVIEW_SIDE` on the longer side, for showing; averages areas."""
    step = -(-max(image.shape[:2]) // PREVIEW_SIDE)
    return image if step == 1 else np.asarray(Image.fromarray(image).reduce(step))
