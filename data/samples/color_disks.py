"""A picture in color that is always there: three overlapping lights, so that channels differ."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.arrays import UInt8Array

_LIGHTS: Final = ((0.36, 0.38, 0), (0.36, 0.64, 1), (0.62, 0.50, 2))
"""Row and column of each disk's center as a share of the side, and its channel."""
_RADIUS: Final = 0.25


def color_disks(size: int) -> UInt8Array:
    """A red, a green and a blue disk of light; where they overlap, they mix.

    Args:
        size: Side S in pixels, at least 1.

    Returns:
        (S, S, 3) red, green, blue.
    """
    rows, columns = (np.mgrid[:size, :size] + 0.5) / size
    picture = np.full((size, size, 3), 28.0)
    for row, column, channel in _LIGHTS:
        away = np.hypot(rows - row, columns - column)
        inside = np.clip((_RADIUS - away) * size + 0.5, 0.0, 1.0)
        picture[..., channel] += 205.0 * inside
    picture[rows[:, 0] > 0.92] = 120.0  # gray ground, the same in all channels
    return np.round(picture).astype(np.uint8)
