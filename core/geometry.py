"""Where a sliding window stands: output size, padding, what it reads and what it never reads.

Everything here is along one axis, in cells; an image is two axes with a `Window` each. The window
of output cell n reads the positions ``n * stride - before + i * dilation`` for i = 0 .. size - 1,
where ``before`` is the padding in front. Positions outside 0 .. length - 1 are padding.

Source:
    Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning,
    https://arxiv.org/abs/1603.07285; TensorFlow's padding "SAME":
    https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import LessonError


class Padding(StrEnum):
    """What lies outside the image. The first two are Keras's own spellings.

    Attributes:
        VALID: Nothing: the window stays inside.
        SAME: Zeros, so many that ceil(length / stride) cells come out; the odd one goes behind.
        FULL: Zeros, one cell less than the window reaches on both sides: every overlap counts.
        REFLECT: As many cells as SAME, mirrored at the edge pixel, which is not repeated.
    """

    VALID = "valid"
    SAME = "same"
    FULL = "full"
    REFLECT = "reflect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One sliding window along one axis.

    Attributes:
        size: Cells that it reads.
        stride: Cells from one place to the next.
        dilation: Cells from one read to the next; 1 reads neighbors.
        padding: What lies outside.

    Raises:
        LessonError: ``window.not-positive`` for a size, stride or dilation below 1.
    """

    size: int = 3
    stride: int = 1
    dilation: int = 1
    padding: Padding = Padding.VALID

    def __post_init__(self) -> None:
        if min(self.size, self.stride, self.dilation) < 1:
            raise LessonError(
                "window.not-positive",
                problem=f"Window size {self.size}, stride {self.stride} and dilation "
                f"{self.dilation} must be at least 1.",
                remedy="Choose whole numbers from 1 upwards.",
            )

    @property
    def reach(self) -> int:
        """Cells from its first to its last, those that it leaves out included.

        >>> Window(size=3, dilation=2).reach
        5
        """
        return self.dilation * (self.size - 1) + 1

    def pads(self, length: int) -> tuple[int, int]:
        """Cells of padding before and after an axis of `length` cells.

        >>> Window(size=4, padding=Padding.SAME).pads(9)
        (1, 2)
        """
        if self.padding is Padding.VALID:
            return 0, 0
        if self.padding is Padding.FULL:
            return self.reach - 1, self.reach - 1
        places = -(-length // self.stride)
        total = max((places - 1) * self.stride + self.reach - length, 0)
        return total // 2, total - total // 2

    def output_length(self, length: int) -> int:
        """Places where the window fits: floor((length + pads - reach) / stride) + 1.

        Raises:
            LessonError: ``window.too-large`` where it fits nowhere.

        >>> Window(size=3, stride=2).output_length(8)
        3
        """
        if length < 1:
            raise LessonError(
                "window.no-image",
                problem=f"An image with a side of {length} pixels has nothing to read.",
                remedy="Choose an image of at least 1 x 1 pixel.",
            )
        room = length + sum(self.pads(length)) - self.reach
        if room < 0:
            spread = f" (spread to {self.reach} by its dilation)" if self.dilation > 1 else ""
            raise LessonError(
                "window.too-large",
                problem=f"A window of {self.size}{spread} does not fit an image of {length} "
                "pixels without padding.",
                remedy='Choose a smaller kernel or dilation, a larger picture, or padding "same".',
            )
        return room // self.stride + 1

    def left_over(self, length: int) -> int:
        """Cells behind the last window, padding included: what the floor rounds away.

        >>> Window(size=3, stride=2).left_over(8)
        1
        """
        room = length + sum(self.pads(length)) - self.reach
        return room - (self.output_length(length) - 1) * self.stride

    def reads(self, index: int, length: int) -> tuple[int, ...]:
        """Positions that output cell `index` reads; below 0 or from `length` on they are padding.

        >>> Window(size=3, stride=2, padding=Padding.SAME).reads(0, 5)
        (-1, 0, 1)
        """
        first = index * self.stride - self.pads(length)[0]
        return tuple(first + i * self.dilation for i in range(self.size))

    def pixel(self, position: int, length: int) -> int | None:
        """The image's pixel at a position: itself, its mirror image, or None for a zero."""
        if 0 <= position < length:
            return position
        return mirrored(position, length) if self.padding is Padding.REFLECT else None

    def uncovered(self, length: int) -> tuple[int, ...]:
        """Pixels of the image that no window reads: behind the last one, or between two.

        >>> Window(size=3, stride=2).uncovered(8), Window(size=2, stride=3).uncovered(8)
        ((7,), (2, 5))
        """
        seen = {
            self.pixel(position, length)
            for index in range(self.output_length(length))
            for position in self.reads(index, length)
        }
        return tuple(pixel for pixel in range(length) if pixel not in seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A transposed convolution along one axis: each input cell stamps the kernel on the output.

    Input cell n adds to the output cells ``n * stride - before + i * dilation``; what falls
    outside is cut off. Sizes are those of Keras's ``Conv2DTranspose``.

    Attributes:
        size, stride, dilation: As of a `Window`.
        padding: VALID keeps every stamp whole, SAME gives length * stride cells.
    """

    size: int = 3
    stride: int = 1
    dilation: int = 1
    padding: Padding = Padding.VALID

    def __post_init__(self) -> None:
        Window(size=self.size, stride=self.stride, dilation=self.dilation)
        if self.padding not in TRANSPOSED_PADDINGS:
            raise LessonError(
                "window.no-transpose",
                problem=f'A transposed convolution has no padding "{self.padding}".',
                remedy='Choose "valid" or "same".',
            )

    @property
    def reach(self) -> int:
        """Cells from the first to the last of one stamp."""
        return self.dilation * (self.size - 1) + 1

    def output_length(self, length: int) -> int:
        """Cells that come out.

        >>> Stamp(size=3, stride=2).output_length(4)
        9
        """
        grown = length * self.stride
        if self.padding is Padding.SAME:
            return grown
        return grown + max(self.reach - self.stride, 0)

    def before(self, length: int) -> int:
        """Cells of the first stamp that are cut off in front."""
        whole = (length - 1) * self.stride + self.reach
        return max(whole - self.output_length(length), 0) // 2

    def writes(self, index: int, length: int) -> tuple[int, ...]:
        """Output positions that input cell `index` adds to; outside the output they are cut."""
        first = index * self.stride - self.before(length)
        return tuple(first + i * self.dilation for i in range(self.size))


TRANSPOSED_PADDINGS: Final = (Padding.VALID, Padding.SAME)


def mirrored(position: int, length: int) -> int:
    """The pixel seen at a position outside when the image is mirrored at its edge pixels.

    The edge is not repeated, which OpenCV calls BORDER_REFLECT_101. An image smaller than the
    padding is mirrored again and again.

    >>> [mirrored(position, 4) for position in (-2, -1, 0, 3, 4, 5)]
    [2, 1, 0, 3, 2, 1]
    """
    if length == 1:
        return 0
    period = 2 * (length - 1)
    folded = position % period
    return min(folded, period - folded)


def parameter_count(*, size: int, channels: int, filters: int) -> int:
    """Weights and biases of a convolutional layer: size x size x channels x filters + filters.

    >>> parameter_count(size=3, channels=3, filters=10)
    280
    """
    return size * size * channels * filters + filters
