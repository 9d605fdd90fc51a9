"""Colors of 16 bits a channel, which Pillow cuts down to their upper 8.

A radiograph of 12 bits saved as a 16-bit color picture uses the lower values only: cut down so,
it is nearly black. OpenCV keeps all 16 bits. It is asked only for files whose format and size are
known by then, and believed only where its upper 8 bits are Pillow's own.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.arrays import UInt8Array
from data.pictures import tones
from data.pictures.tones import Change

FORMATS: Final = ("PNG", "TIFF")
MODES: Final = ("RGB", "RGBA", "LA")


def planes_of(raw: bytes, image: Image.Image) -> NDArray[np.uint16] | None:
    """The channels of a 16-bit color file with all their bits.

    Args:
        raw: The file, in one of `FORMATS`.
        image: What Pillow has made of it, in one of `MODES`.

    Returns:
        (H, W, C) in the order of Pillow's bands, or None where the two libraries disagree.
    """
    read = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    if read is None or read.dtype != np.uint16 or read.ndim != 3:
        return None
    height, width, channels = read.shape
    blue_first = {"RGB": (2, 1, 0), "RGBA": (2, 1, 0, 3), "LA": (0, 3)}[image.mode]
    if (width, height) != image.size or channels <= max(blue_first):
        return None
    planes = np.asarray(read[..., blue_first], np.uint16)
    return planes if np.array_equal(planes >> 8, np.asarray(image)) else None


def gray_of(planes: NDArray[np.uint16]) -> tuple[UInt8Array, tuple[Change, ...]]:
    """Brightness, laid on black where transparent, brought to 8 bits as every deep gray is.

    Args:
        planes: (H, W, C): gray and alpha, or red, green and blue, with alpha or without.
    """
    gray = planes[..., 0]
    if planes.shape[-1] > 2:
        # The weights sum to 2 ** 16, so that nothing overflows and gray stays the gray it is.
        weighted = np.uint32(19595) * planes[..., 0] + np.uint32(38470) * planes[..., 1]
        weighted += np.uint32(7471) * planes[..., 2] + np.uint32(0x8000)
        gray = (weighted >> 16).astype(np.uint16)
    if planes.shape[-1] in (2, 4):
        opaque = planes[..., -1].astype(np.uint32)
        gray = ((gray * opaque + 32_767) // 65_535).astype(np.uint16)
    return tones.to_eight_bits(gray)
