"""Where a picture lies inside the square that a network sees, and the way back.

The picture keeps its shape: it is made to fit the square, centered, and the rest is black.
A heat map of the square and the marks of the picture are carried across by the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.marks import Box, Marks, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The picture's rectangle inside the square, in the square's pixels.

    Attributes:
        left: First column of the picture.
        top: First row of the picture.
        width: Columns the picture takes.
        height: Rows the picture takes.
        original_width: Columns of the picture before.
        original_height: Rows of the picture before.
        size: Side of the square.
    """

    left: int
    top: int
    width: int
    height: int
    original_width: int
    original_height: int
    size: int

    @property
    def original(self) -> Size:
        """Height and width of the picture before."""
        return self.original_height, self.original_width

    @property
    def rectangle(self) -> Box:
        """The picture inside the square."""
        return Box(self.left, self.top, self.width, self.height)

    @property
    def scale(self) -> float:
        """Square pixels for one pixel of the picture, along its longer side."""
        return self.size / max(self.original_width, self.original_height)

    @property
    def scale_x(self) -> float:
        """The same across; differs from `scale` by the rounding to whole pixels."""
        return self.width / self.original_width

    @property
    def scale_y(self) -> float:
        """The same down."""
        return self.height / self.original_height


def place(width: int, height: int, size: int) -> Placement:
    """Fit a picture of `width` by `height` into a square of `size`, centered.

    Where the free rows or columns are odd, the spare one goes after, as in SAME padding.

    >>> place(200, 100, 64)  # doctest: +NORMALIZE_WHITESPACE
    Placement(left=0, top=16, width=64, height=32,
              original_width=200, original_height=100, size=64)
    """
    if min(width, height, size) < 1:
        raise LessonError(
            "picture.no-size",
            problem=f"A picture of {width} x {height} does not fit a square of {size}.",
            remedy="Choose sides of at least 1 pixel.",
        )
    longer = max(width, height)
    fitted_width = max(1, (width * size * 2 + longer) // (2 * longer))
    fitted_height = max(1, (height * size * 2 + longer) // (2 * longer))
    return Placement(
        left=(size - fitted_width) // 2,
        top=(size - fitted_height) // 2,
        width=fitted_width,
        height=fitted_height,
        original_width=width,
        original_height=height,
        size=size,
    )


def fit(gray: UInt8Array, placement: Placement) -> UInt8Array:
    """The picture at the size it takes inside the square, still without the black bars.

    Shrinking averages areas (every pixel counts once, so a thin fracture line fades but is not
    skipped); enlarging is linear.

    Args:
        gray: (H, W), or (H, W, 3); not modified.
        placement: From `place`, for this picture's width and height.

    Returns:
        (``placement.height``, ``placement.width``), the same type.
    """
    target = (placement.width, placement.height)
    if gray.shape[1::-1] == target:
        return gray.copy()
    shrinks = gray.shape[1] > placement.width or gray.shape[0] > placement.height
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, target, interpolation=method), gray.dtype)


def pad(fitted: UInt8Array, placement: Placement) -> UInt8Array:
    """Lay the fitted picture into the black square.

    Args:
        fitted: (``placement.height``, ``placement.width``).
        placement: From `place`.

    Returns:
        (S, S), zeros around the picture.
    """
    square = np.zeros((placement.size, placement.size), fitted.dtype)
    rows = slice(placement.top, placement.top + placement.height)
    columns = slice(placement.left, placement.left + placement.width)
    square[rows, columns] = fitted
    return square


def to_original(
    values: FloatArray, placement: Placement, shape: tuple[int, int] | None = None
) -> FloatArray:
    """Stretch a map of the square over the picture it was made from.

    Args:
        values: (S', S') map of the whole square, at the square's or any coarser resolution
            (a network's last feature maps); signed values stay signed. Not modified.
        placement: Where the picture lay.
        shape: (H, W) of the result; the original picture's when left out. A smaller one serves
            a preview of the same picture.

    Returns:
        (H, W) float32; values on the black bars are cut away.
    """
    height, width = shape or (placement.original_height, placement.original_width)
    cells = values.shape[0] / placement.size
    # One linear map from result pixels to map cells, centers on centers: no detour through a
    # cropped copy, whose edges would be rounded to whole cells.
    step_x = placement.width * cells / width
    step_y = placement.height * cells / height
    matrix = np.array(
        [
            [step_x, 0.0, placement.left * cells + 0.5 * step_x - 0.5],
            [0.0, step_y, placement.top * cells + 0.5 * step_y - 0.5],
        ]
    )
    laid_over = cv2.warpAffine(
        np.ascontiguousarray(values, np.float32),
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(laid_over, np.float32)


def marks_to_prepared(marks: Marks, placement: Placement) -> Marks:
    """Carry marks of the picture into the square.

    Raises:
        LessonError: ``marks.other-picture`` where they belong to a picture of another size.

    >>> marks = Marks(size=(100, 200), boxes=(Box(100, 50, 20, 10),))
    >>> marks_to_prepared(marks, place(200, 100, 64)).boxes
    (Box(x=32.0, y=32.0, width=6.4, height=3.2),)
    """
    size = (placement.size, placement.size)
    return marks.of(placement.original).mapped(size, onto=placement.rectangle)


def marks_to_original(marks: Marks, placement: Placement) -> Marks:
    """Carry marks of the square back to the picture; the inverse of `marks_to_prepared`.

    Raises:
        LessonError: ``marks.other-picture`` where they belong to a square of another size.

    >>> marks = Marks(size=(64, 64), boxes=(Box(32.0, 32.0, 6.0, 3.0),))
    >>> marks_to_original(marks, place(200, 100, 64)).boxes
    (Box(x=100.0, y=50.0, width=18.75, height=9.375),)
    """
    size = placement.size
    whole_square = Box(
        -placement.left / placement.scale_x,
        -placement.top / placement.scale_y,
        size / placement.scale_x,
        size / placement.scale_y,
    )
    return marks.of((size, size)).mapped(placement.original, onto=whole_square)


def marks_on_file(record: Mapping[str, Any]) -> Marks | None:
    """The marks of a prepared image on the upright picture of its file; None without any.

    Args:
        record: From `core.prepared.PreparedSet.records`.
    """
    marks: Marks = record["marks"]
    if not marks:
        return None
    return marks_to_original(marks, place(record["width"], record["height"], marks.size[0]))
