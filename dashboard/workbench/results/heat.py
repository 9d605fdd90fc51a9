"""Heat maps on the wall: where a network looked at each X-ray, small. No Streamlit here."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.explain.result import ClassMap
from dashboard.workbench.results.tiling import on_one_jpeg

MOST: Final = 60
"""Maps of one wall: as many as are seen at once on most screens."""
ORANGE: Final = (255, 140, 40)
_STRONGEST: Final = 0.8
_QUALITY: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatSheet:
    """Thumbnails with their heat, on one JPEG.

    Attributes:
        jpeg: Its bytes.
        side, columns: As of `dashboard.workbench.results.stage.Sheet`.
        images: Which of the validation images stand there, in that order.
    """

    jpeg: bytes
    side: int
    columns: int
    images: tuple[int, ...]


def tile(image: UInt8Array, values: FloatArray, side: int) -> UInt8Array:
    """An X-ray with what speaks for the class in orange, (side, side, 3) uint8.

    The strongest place of each is full orange: maps of two images are not compared by it. Where
    nothing speaks for the class, the X-ray stays gray.

    Args:
        image: (S, S).
        values: (S, S), signed, of any unit.
        side: Of the tile.
    """
    small = cv2.resize(np.asarray(image), (side, side), interpolation=cv2.INTER_AREA)
    heat = cv2.resize(np.asarray(values, np.float32), (side, side), interpolation=cv2.INTER_AREA)
    most = float(heat.max())
    share = _STRONGEST * np.clip(heat / most, 0, 1)[..., None] if most > 0 else 0.0
    gray = np.repeat(small[..., None], 3, axis=2).astype(np.float64)
    return np.rint((1 - share) * gray + share * np.array(ORANGE)).astype(np.uint8)


def tiles(
    images: Sequence[int],
    known: MutableMapping[int, UInt8Array],
    explain: Callable[[int], ClassMap],
    picture: Callable[[int], UInt8Array],
    side: int,
    advance: Callable[[float], None],
) -> list[UInt8Array]:
    """The tiles of some images; those that are known are not asked for again.

    Args:
        images: Which.
        known: Filled with what is new.
        explain: The map of an image, as a worker gives it.
        picture: Its pixels, (S, S).
        side: Of a tile.
        advance: Told the share that is done.
    """
    found = []
    for number, image in enumerate(images):
        advance(number / len(images))
        if image not in known:
            known[image] = tile(picture(image), explain(image).map, side)
        found.append(known[image])
    return found


def heat_sheet(images: Sequence[int], made: Sequence[UInt8Array]) -> HeatSheet:
    """The tiles on one JPEG, row by row."""
    side = made[0].shape[0]
    jpeg, columns = on_one_jpeg(made, side, quality=_QUALITY)
    return HeatSheet(jpeg=jpeg, side=side, columns=columns, images=tuple(images))
