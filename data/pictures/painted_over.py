"""Places of a picture painted over in the gray of what lies around them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from core.arrays import BoolArray, UInt8Array

AROUND: Final = 0.03
"""Width of what counts as around, as a share of the side."""


def painted_over(image: UInt8Array, mask: BoolArray) -> UInt8Array:
    """Fill each connected painted place with the mean gray of the ring around it.

    A gray that fits its surroundings takes a thing away without putting a black hole there, which
    a network would take for a thing of its own.

    Args:
        image: (S, S) uint8; not modified.
        mask: (G, G) painted cells; stretched over the picture.

    Returns:
        (S, S) uint8.

    >>> flat = np.full((8, 8), 90, np.uint8)
    >>> flat[3:5, 3:5] = 250
    >>> painted_over(flat, flat > 100)[3, 3]
    np.uint8(90)
    """
    side = len(image)
    painted = cv2.resize(mask.astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
    reach = max(1, round(AROUND * side))
    brush = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    count, places = cv2.connectedComponents(painted)
    result = image.copy()
    for number in range(1, count):
        place = places == number
        ring = (cv2.dilate(place.astype(np.uint8), brush) > 0) & (painted == 0)
        if ring.any():
            result[place] = int(np.rint(image[ring].mean()))
        else:
            result[place] = int(np.rint(image.mean()))
    return result
