"""One mark through sizes, letterboxes and EXIF turns: it stays on what it was put round."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LessonError
from core.marks import Box, Marks
from data.pictures.decode import turn
from data.pictures.placement import fit, marks_to_original, marks_to_prepared, pad, place

sides = st.integers(8, 120)
squares = st.integers(8, 96)
orientations = st.integers(1, 8)


@st.composite
def marked(draw: st.DrawFn) -> Marks:
    """A picture's size and one box of whole pixels inside it."""
    height, width = draw(sides), draw(sides)
    x, y = draw(st.integers(0, width - 2)), draw(st.integers(0, height - 2))
    box = Box(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))
    return Marks(size=(height, width), boxes=(box,))


def painted(marks: Marks) -> np.ndarray:
    """(H, W) uint8 that is 200 where the box lies, written by slices and by nothing else."""
    (box,) = marks.boxes
    picture = np.zeros(marks.size, np.uint8)
    picture[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)] = 200
    return picture


def light(picture: np.ndarray) -> tuple[float, float, float]:
    """How much light there is, as a share, and its center from the left and from above."""
    total = picture.sum(dtype=np.float64)
    rows, columns = np.indices(picture.shape) + 0.5
    share = total / 200 / picture.size
    return share, float((picture * columns).sum() / total), float((picture * rows).sum() / total)


def shape_of(marks: Marks) -> tuple[float, float, float]:
    """The same of a box: its share of the picture and its center."""
    (box,) = marks.boxes
    share = box.width * box.height / (marks.size[0] * marks.size[1])
    return share, box.x + box.width / 2, box.y + box.height / 2


@given(marks=marked(), orientation=orientations)
def test_turns_with_the_pixels(marks: Marks, orientation: int) -> None:
    upright = turn(painted(marks), orientation)
    found = marks.mapped(upright.shape, orientation=orientation)
    np.testing.assert_array_equal(painted(found), upright)
    assert found.size == upright.shape


@given(marks=marked(), orientation=orientations, size=squares)
def test_lies_where_its_pixels_lie_in_every_letterbox(
    marks: Marks, orientation: int, size: int
) -> None:
    """Turned upright, made smaller or larger and laid into a square, as a file is."""
    upright = turn(painted(marks), orientation)
    placement = place(upright.shape[1], upright.shape[0], size)
    square = pad(fit(upright, placement), placement)
    there = marks_to_prepared(marks.mapped(upright.shape, orientation=orientation), placement)
    assert there.size == square.shape
    if square.max() < 20:
        return  # a sliver thinner than a tenth of a pixel leaves too little light to measure
    share, x, y = light(square)
    expected_share, center_x, center_y = shape_of(there)
    # Resampling spreads an edge over at most the pixel on either side of it.
    assert abs(x - center_x) <= 1.0
    assert abs(y - center_y) <= 1.0
    perimeter = 2 * (there.boxes[0].width + there.boxes[0].height) + 4
    assert abs(share - expected_share) * size * size <= perimeter


@given(marks=marked(), sizes=st.lists(squares, min_size=1, max_size=4))
def test_one_mark_through_all_sizes_comes_back(marks: Marks, sizes: list[int]) -> None:
    """From square to square, by the original each time: what a set and a network of it need."""
    height, width = marks.size
    found = marks
    for size in sizes:
        found = marks_to_original(
            marks_to_prepared(found, place(width, height, size)), place(width, height, size)
        )
    np.testing.assert_allclose(found.boxes[0].plain(), marks.boxes[0].plain(), atol=1e-9)


@given(marks=marked(), size=squares, other=squares)
def test_two_squares_of_a_picture_cover_the_same_share(marks: Marks, size: int, other: int) -> None:
    height, width = marks.size
    shares = []
    for side in (size, other):
        placement = place(width, height, side)
        (box,) = marks_to_prepared(marks, placement).boxes
        shares.append(box.width * box.height / (placement.width * placement.height))
    assert shares[0] == pytest.approx(shares[1]) == pytest.approx(shape_of(marks)[0])


def test_belongs_to_one_size_only() -> None:
    marks = Marks(size=(64, 64), boxes=(Box(1, 2, 3, 4),))
    assert marks.of((64, 64)) is marks
    with pytest.raises(LessonError, match="64 x 64 pixels, but this one has 200 x 100") as caught:
        marks.of((100, 200))
    assert caught.value.code == "marks.other-picture"
    with pytest.raises(LessonError):
        marks_to_prepared(marks, place(100, 200, 64))
    with pytest.raises(LessonError):
        marks_to_original(marks, place(100, 200, 256))


def test_a_mask_holds_the_pixels_whose_centers_lie_inside() -> None:
    marks = Marks(size=(4, 6), boxes=(Box(1.4, 0, 2.2, 2), Box(5.9, 3.9, 0.05, 0.05)))
    expected = np.zeros((4, 6), np.bool_)
    expected[0:2, 1:4] = True  # centers 1.5, 2.5 and 3.5 lie between 1.4 and 3.6
    expected[3, 5] = True  # smaller than a pixel: the one it lies in
    np.testing.assert_array_equal(marks.mask(), expected)
