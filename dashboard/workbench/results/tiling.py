"""Many small pictures on one JPEG, row by row. No Streamlit here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from core.arrays import UInt8Array


def on_one_jpeg(tiles: Sequence[UInt8Array], side: int, *, quality: int) -> tuple[bytes, int]:
    """The file's bytes, and how many tiles stand in a row: about as many as there are rows.

    Args:
        tiles: (side, side) gray or (side, side, 3) red, green, blue, all of one kind.
        side: Of a tile.
        quality: Of the JPEG, up to 100.
    """
    columns = math.isqrt(max(len(tiles) - 1, 0)) + 1
    rows = -(-len(tiles) // columns)
    depth = tiles[0].shape[2:] if len(tiles) else ()
    whole = np.zeros((rows * side, columns * side, *depth), np.uint8)
    for at, tile in enumerate(tiles):
        top, left = side * (at // columns), side * (at % columns)
        whole[top : top + side, left : left + side] = tile
    if depth:
        whole = np.asarray(cv2.cvtColor(whole, cv2.COLOR_RGB2BGR), np.uint8)
    _, packed = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return packed.tobytes(), columns
