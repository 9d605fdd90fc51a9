"""Places that were marked on a picture, together with the size of that picture.

A box is four numbers of pixels and means nothing without the picture whose pixels they are. Here
the two travel as one value: a box changes its numbers only together with its size, and whoever
draws or counts over a picture asks for the marks of exactly that picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from core.arrays import BoolArray
from core.errors import LessonError

Size: TypeAlias = tuple[int, int]
"""Height and width in pixels, the order of an array's shape."""

# EXIF orientation: where the upright picture's x and y come from in the stored one. The first
# says whether the axes are swapped; the others whether the upright axis runs against the stored.
_ORIENTATIONS: Final = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; x grows to the right, y downwards, both from the outer edge."""

    x: float
    y: float
    width: float
    height: float

    def plain(self) -> list[float]:
        """[x, y, width, height], as files and the browser have it."""
        return [float(self.x), float(self.y), float(self.width), float(self.height)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Boxes and the picture they lie in.

    Attributes:
        size: Height and width of the picture whose pixels the boxes are told in.
        boxes: Any number of them.
    """

    size: Size
    boxes: tuple[Box, ...] = ()

    def __len__(self) -> int:
        return len(self.boxes)

    def mapped(self, size: Size, *, onto: Box | None = None, orientation: int = 1) -> Marks:
        """The same places in another picture of the same thing.

        Args:
            size: Height and width of the other picture.
            onto: Where in it this whole picture lies: for a letterbox without the bars, for a
                part cut out of this picture reaching beyond. All of it when left out.
            orientation: EXIF orientation of this picture, 1 to 8, where the other one is upright.

        >>> marks = Marks(size=(100, 200), boxes=(Box(100, 50, 20, 10),))
        >>> marks.mapped((64, 64), onto=Box(0, 16, 64, 32)).boxes
        (Box(x=32.0, y=32.0, width=6.4, height=3.2),)
        >>> marks.mapped((200, 100), orientation=6).boxes
        (Box(x=40.0, y=100.0, width=10.0, height=20.0),)
        """
        upright = self._upright(orientation)
        height, width = upright.size
        frame = onto or Box(0, 0, size[1], size[0])
        across, down = frame.width / width, frame.height / height
        return Marks(
            size=size,
            boxes=tuple(
                Box(frame.x + b.x * across, frame.y + b.y * down, b.width * across, b.height * down)
                for b in upright.boxes
            ),
        )

    def _upright(self, orientation: int) -> Marks:
        swapped, against_x, against_y = _ORIENTATIONS[orientation]
        height, width = self.size
        boxes = self.boxes
        if swapped:
            height, width = width, height
            boxes = tuple(Box(b.y, b.x, b.height, b.width) for b in boxes)
        return Marks(
            size=(height, width),
            boxes=tuple(
                Box(
                    float(width - b.x - b.width if against_x else b.x),
                    float(height - b.y - b.height if against_y else b.y),
                    float(b.width),
                    float(b.height),
                )
                for b in boxes
            ),
        )

    def of(self, size: Size) -> Marks:
        """These marks, for whoever needs them in a picture of this size.

        Raises:
            LessonError: ``marks.other-picture`` where they belong to another one.
        """
        if tuple(size) != tuple(self.size):
            raise LessonError(
                "marks.other-picture",
                problem=f"The marked places belong to a picture of {self.size[1]} x "
                f"{self.size[0]} pixels, but this one has {size[1]} x {size[0]}.",
                remedy="Prepare the dataset again: its files were probably changed since.",
            )
        return self

    def mask(self) -> BoolArray:
        """(H, W), True where a pixel's center lies in a box.

        Every box holds at least the pixel at its own center, however small it is.
        """
        height, width = self.size
        marked = np.zeros((height, width), np.bool_)
        rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
        for box in self.boxes:
            across = (columns >= box.x) & (columns < box.x + box.width)
            down = (rows >= box.y) & (rows < box.y + box.height)
            marked |= down[:, None] & across[None, :]
            row = int(np.clip(box.y + box.height / 2, 0, height - 1))
            column = int(np.clip(box.x + box.width / 2, 0, width - 1))
            marked[row, column] = True
        return marked
