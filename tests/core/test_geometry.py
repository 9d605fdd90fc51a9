"""Where a window stands: hand numbers from the literature, laws over all small sizes, advice."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from core.errors import LessonError
from core.geometry import Padding, Stamp, Window, mirrored, parameter_count

SIZES = list(product(range(1, 13), range(1, 6), range(1, 5), range(1, 4)))


def window(size: int, stride: int = 1, dilation: int = 1, padding: str = "valid") -> Window:
    return Window(size=size, stride=stride, dilation=dilation, padding=Padding(padding))


# Figures 2.1 to 2.7 and 5.1 of Dumoulin and Visin (2016), where they use these kinds of padding.
@pytest.mark.parametrize(
    ("length", "size", "stride", "dilation", "padding", "wanted"),
    [
        (4, 3, 1, 1, "valid", 2),
        (5, 3, 1, 1, "same", 5),
        (5, 3, 1, 1, "full", 7),
        (5, 3, 2, 1, "valid", 2),
        (7, 3, 1, 2, "valid", 3),
        (6, 3, 2, 1, "same", 3),
    ],
)
def test_sizes_of_the_guide_to_convolution_arithmetic(
    length: int, size: int, stride: int, dilation: int, padding: str, wanted: int
) -> None:
    assert window(size, stride, dilation, padding).output_length(length) == wanted


def test_the_odd_zero_goes_behind_as_in_tensorflow() -> None:
    assert window(3, 2, padding="same").pads(6) == (0, 1)
    assert window(2, padding="same").pads(5) == (0, 1)
    assert window(3, padding="same").pads(5) == (1, 1)


@pytest.mark.parametrize("padding", list(Padding))
def test_every_window_lies_inside_what_is_padded(padding: Padding) -> None:
    for length, size, stride, dilation in SIZES:
        one = window(size, stride, dilation, padding)
        before, after = one.pads(length)
        if one.reach > length + before + after:
            with pytest.raises(LessonError) as caught:
                one.output_length(length)
            assert caught.value.code == "window.too-large"
            continue
        count = one.output_length(length)
        ends = [one.reads(index, length)[-1] for index in (count - 1, count)]
        assert one.reads(0, length)[0] == -before
        assert ends[0] < length + after <= ends[1]
        assert one.left_over(length) == length + after - 1 - ends[0]


def test_full_lets_every_kernel_cell_meet_every_pixel() -> None:
    for length, size, _, dilation in SIZES:
        one = window(size, dilation=dilation, padding="full")
        seen = [one.reads(index, length) for index in range(one.output_length(length))]
        for cell in range(size):
            assert set(range(length)) <= {positions[cell] for positions in seen}
        assert len(seen) == length + one.reach - 1


def test_uncovered_pixels_are_those_that_change_nothing() -> None:
    for length, size, stride, dilation in SIZES:
        one = window(size, stride, dilation)
        if one.reach > length:
            continue
        read = np.zeros(length, dtype=bool)
        for start in range(0, length - one.reach + 1, stride):
            read[start : start + one.reach : dilation] = True
        assert one.uncovered(length) == tuple(np.flatnonzero(~read))


def test_padding_never_leaves_an_end_uncovered_where_strides_overlap() -> None:
    for length, size in product(range(1, 13), range(1, 6)):
        for stride in range(1, size + 1):
            assert window(size, stride, padding="same").uncovered(length) == ()


def test_a_mirror_does_not_repeat_the_edge() -> None:
    for length, before in product(range(1, 7), range(5)):
        theirs = np.pad(np.arange(length), before, mode="reflect")
        ours = [mirrored(at, length) for at in range(-before, length + before)]
        assert ours == theirs.tolist()


def test_a_stamp_has_the_sizes_of_the_guide() -> None:
    # Figures 4.1, 4.3 and 4.5: the way back of a convolution from 4, 5 and 5 cells.
    assert Stamp(size=3).output_length(2) == 4
    assert Stamp(size=3, padding=Padding.SAME).output_length(5) == 5
    assert Stamp(size=3, stride=2).output_length(2) == 5


def test_parameters_by_hand() -> None:
    assert parameter_count(size=5, channels=1, filters=6) == 156  # LeNet-5's first layer
    assert parameter_count(size=3, channels=64, filters=64) == 36_928  # VGG-16's second


@pytest.mark.parametrize("wrong", [{"size": 0}, {"stride": 0}, {"dilation": -1}])
def test_a_window_of_nothing_is_advice(wrong: dict[str, int]) -> None:
    for kind in (Window, Stamp):
        with pytest.raises(LessonError) as caught:
            kind(**wrong)
        assert caught.value.code == "window.not-positive"


def test_what_does_not_fit_says_its_numbers() -> None:
    with pytest.raises(LessonError, match=r"window of 5 \(spread to 9 .* image of 8") as caught:
        window(5, dilation=2).output_length(8)
    assert caught.value.code == "window.too-large"
    with pytest.raises(LessonError) as empty:
        window(1).output_length(0)
    assert empty.value.code == "window.no-image"
    with pytest.raises(LessonError) as none:
        Stamp(padding=Padding.FULL)
    assert none.value.code == "window.no-transpose"
