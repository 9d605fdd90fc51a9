"""How a heat map and the places that a radiologist marked lie to each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Overlap:
    """Positive evidence against marked boxes, both inside the picture.

    Attributes:
        evidence: Share of the positive evidence that lies inside the boxes, 0 to 1; NaN where
            nothing is positive.
        area: Share of the picture that the boxes cover: what evidence spread evenly would reach.
        peak_inside: Whether the largest positive value lies in a box.
    """

    evidence: float
    area: float
    peak_inside: bool


def overlap(
    values: FloatArray,
    boxes: Iterable[tuple[float, float, float, float]],
    *,
    picture: tuple[int, int, int, int],
) -> Overlap:
    """Compare a signed map with boxes.

    Args:
        values: (S, S) signed map of the square that the network saw.
        boxes: x, y, width, height in the square's pixels; a pixel counts as inside when its
            center is, and every box holds at least the pixel at its own center.
        picture: left, top, width, height of the picture inside the square; the black bars
            beside it count for nothing.
    """
    left, top, width, height = picture
    rows, columns = slice(top, top + height), slice(left, left + width)
    marked = _inside(values.shape[0], boxes)[rows, columns]
    positive = np.maximum(np.asarray(values[rows, columns], np.float64), 0.0)
    total = float(positive.sum())
    peak = np.unravel_index(int(positive.argmax()), positive.shape)
    return Overlap(
        evidence=float(positive[marked].sum()) / total if total > 0 else float("nan"),
        area=float(marked.mean()),
        peak_inside=bool(total > 0 and marked[peak]),
    )


def _inside(size: int, boxes: Iterable[tuple[float, float, float, float]]) -> BoolArray:
    marked = np.zeros((size, size), np.bool_)
    centers = np.arange(size) + 0.5
    for x, y, width, height in boxes:
        across = (centers >= x) & (centers < x + width)
        down = (centers >= y) & (centers < y + height)
        marked |= down[:, None] & across[None, :]
        middle = (int(y + height / 2), int(x + width / 2))
        marked[tuple(np.clip(middle, 0, size - 1))] = True
    return marked
