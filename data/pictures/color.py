"""A person's picture with its red, green and blue, for lessons on channels.

X-rays are gray, and everything else in Lightbox reads them so; a photograph shows what a filter
over several channels does. What may be opened is decided by
`data.pictures.decode`, as for any upload.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from core.arrays import UInt8Array
from data.pictures.decode import ALPHA_MODES, DEEP_MODES, FORMATS, decode_bytes
from data.pictures.preprocess import prepare_image

GROUND: Final = (0, 0, 0)
"""What shows through where a picture is transparent."""


def color_picture(raw: bytes, *, name: str, size: int) -> UInt8Array:
    """Fit a picture into a square, every channel in the same way.

    Args:
        raw: The file.
        name: The file's name.
        size: Side S in pixels.

    Returns:
        (S, S, 3) red, green, blue; a gray picture has three equal channels.

    Raises:
        LessonError: What `decode_bytes` refuses.
    """
    decoded = decode_bytes(raw, name=name)  # first: it refuses what must not be opened
    if decoded.format.upper() not in FORMATS or decoded.original_mode in DEEP_MODES:
        return np.repeat(prepare_image(decoded.gray, size)[..., None], 3, axis=-1)
    with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode in ALPHA_MODES or "transparency" in upright.info:
            layer = upright.convert("RGBA")
            ground = Image.new("RGBA", layer.size, (*GROUND, 255))
            upright = Image.alpha_composite(ground, layer)
        planes = np.asarray(upright.convert("RGB"))
    return np.stack([prepare_image(planes[..., c], size) for c in range(3)], axis=-1)
