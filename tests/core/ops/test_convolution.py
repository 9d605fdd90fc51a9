"""Convolution: laws, loops, hand numbers, OpenCV and np.convolve; Keras stands in its own file."""

from __future__ import annotations

from itertools import product
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LessonError
from core.geometry import Padding
from core.ops.convolution import (
    convolve,
    convolve_loops,
    depthwise,
    flipped,
    pad,
    pointwise,
    step,
    transposed,
)

RANDOM = np.random.default_rng(4)
ASYMMETRIC = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 9.0]])


@st.composite
def settings(draw: Any) -> dict[str, Any]:
    return {
        "stride": draw(st.integers(1, 3)),
        "dilation": draw(st.integers(1, 2)),
        "padding": draw(st.sampled_from(list(Padding))),
    }


seeds = st.integers(0, 10_000)


def arrays(seed: int, *, channels: int = 2, filters: int = 3) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    height, width = random.integers(7, 11, 2)
    tall, wide = random.integers(1, 5, 2)
    return (
        random.standard_normal((height, width, channels)),
        random.standard_normal((tall, wide, channels, filters)),
        random.standard_normal(filters),
    )


def test_one_pixel_shows_the_kernel_and_the_flip_turns_it() -> None:
    dot = np.zeros((5, 5))
    dot[2, 2] = 1.0
    # The window meets the dot with its last cell first: correlation prints the kernel turned.
    np.testing.assert_array_equal(convolve(dot, ASYMMETRIC), ASYMMETRIC[::-1, ::-1])
    np.testing.assert_array_equal(convolve(dot, ASYMMETRIC, flip=True), ASYMMETRIC)


@given(seed=seeds, how=settings())
def test_fast_equals_loops(seed: int, how: dict[str, Any]) -> None:
    for channels, filters in ((1, 1), (2, 2), (3, 4)):
        image, kernel, bias = arrays(seed, channels=channels, filters=filters)
        np.testing.assert_allclose(
            convolve(image, kernel, bias, **how),
            convolve_loops(image, kernel, bias, **how),
            atol=1e-12,
        )


@pytest.mark.parametrize("width", [64, 70, 79])
@pytest.mark.parametrize("size", [3, 4, 7])
def test_the_banded_product_equals_loops(width: int, size: int) -> None:
    image, kernel = RANDOM.random((9, width)), RANDOM.standard_normal((size, size))
    for padding in (Padding.SAME, Padding.REFLECT, Padding.FULL):
        np.testing.assert_allclose(
            convolve(image, kernel, padding=padding),
            convolve_loops(image[..., None], kernel[..., None, None], np.zeros(1), padding=padding)[
                ..., 0
            ],
            atol=1e-12,
        )


@pytest.mark.reference
@pytest.mark.parametrize("size", range(1, 12))
def test_reflect_equals_opencv(size: int) -> None:
    image = RANDOM.random((40, 90), dtype=np.float32)
    kernel = RANDOM.standard_normal((size, size), dtype=np.float32)
    anchor = ((size - 1) // 2, (size - 1) // 2)  # an even kernel has its odd cell behind
    theirs = cv2.filter2D(
        image, cv2.CV_32F, kernel, anchor=anchor, borderType=cv2.BORDER_REFLECT_101
    )
    ours = convolve(image, kernel, padding=Padding.REFLECT)
    np.testing.assert_allclose(ours, theirs, atol=2e-5)
    # Turned, with its anchor turned too, it is OpenCV's recipe for true convolution.
    theirs = cv2.filter2D(
        image, cv2.CV_32F, cv2.flip(kernel, -1), anchor=anchor, borderType=cv2.BORDER_REFLECT_101
    )
    np.testing.assert_allclose(
        convolve(image, kernel, padding=Padding.REFLECT, flip=True), theirs, atol=2e-5
    )


@given(seed=seeds)
def test_flipped_and_full_equals_numpys_convolve_twice(seed: int) -> None:
    random = np.random.default_rng(seed)
    image = random.standard_normal((6, 8))
    down, across = random.standard_normal(3), random.standard_normal(4)
    rows = np.stack([np.convolve(row, across) for row in image])
    wanted = np.stack([np.convolve(column, down) for column in rows.T], axis=1)
    ours = convolve(image, np.outer(down, across), padding=Padding.FULL, flip=True)
    np.testing.assert_allclose(ours, wanted, atol=1e-12)


@given(seed=seeds, how=settings(), a=st.floats(-3, 3))
def test_it_is_linear_in_image_and_kernel(seed: int, how: dict[str, Any], a: float) -> None:
    image, kernel, _ = arrays(seed)
    other = np.random.default_rng(seed + 1).standard_normal(kernel.shape)
    whole = convolve(image, kernel + a * other, **how)
    parts = convolve(image, kernel, **how) + a * convolve(image, other, **how)
    np.testing.assert_allclose(whole, parts, atol=1e-11)
    np.testing.assert_allclose(
        convolve(a * image, kernel, **how), a * convolve(image, kernel, **how), atol=1e-11
    )


@given(seed=seeds, stride=st.integers(1, 3))
def test_a_shift_by_the_stride_shifts_the_answer_by_one(seed: int, stride: int) -> None:
    image, kernel, _ = arrays(seed)
    whole = convolve(image, kernel, stride=stride)
    moved = convolve(image[stride:, stride:], kernel, stride=stride)
    np.testing.assert_allclose(moved, whole[1:, 1:], atol=1e-12)


@given(seed=seeds)
def test_convolution_commutes_and_correlation_does_not(seed: int) -> None:
    random = np.random.default_rng(seed)
    a, b = random.standard_normal((4, 4)), random.standard_normal((4, 4))
    full = {"padding": Padding.FULL}
    np.testing.assert_allclose(
        convolve(a, b, flip=True, **full), convolve(b, a, flip=True, **full), atol=1e-12
    )
    assert not np.allclose(convolve(a, b, **full), convolve(b, a, **full))


def test_one_bias_is_added_after_the_sum_over_channels() -> None:
    ones, kernel = np.ones((5, 5, 3)), np.ones((3, 3, 3, 2))
    found = convolve(ones, kernel, np.array([0.5, -1.0]))
    np.testing.assert_array_equal(found[..., 0], np.full((3, 3), 27.5))
    np.testing.assert_array_equal(found[..., 1], np.full((3, 3), 26.0))


@given(seed=seeds, how=settings())
def test_depthwise_is_one_convolution_a_channel(seed: int, how: dict[str, Any]) -> None:
    image, kernel, bias = arrays(seed, channels=3)
    kernel = kernel[..., 0]
    each = [
        convolve(image[..., c], kernel[..., c], float(bias[c]), flip=True, **how) for c in range(3)
    ]
    np.testing.assert_allclose(
        depthwise(image, kernel, bias, flip=True, **how), np.stack(each, axis=-1), atol=1e-12
    )


def test_pointwise_mixes_channels_only() -> None:
    image, weights = RANDOM.random((4, 5, 3)), RANDOM.random((3, 2))
    np.testing.assert_allclose(pointwise(image, weights, 1.0), image @ weights + 1.0)


@given(seed=seeds, stride=st.integers(1, 3), dilation=st.integers(1, 2), same=st.booleans())
def test_transposed_is_the_adjoint(seed: int, stride: int, dilation: int, same: bool) -> None:
    """<convolve(x), y> = <x, transposed(y)>: the law that gives the operation its name."""
    random = np.random.default_rng(seed)
    how = {
        "stride": stride,
        "dilation": dilation,
        "padding": Padding.SAME if same else Padding.VALID,
    }
    y = random.standard_normal((4, 3, 2))
    kernel = random.standard_normal((3, 2, 4, 2))
    back = transposed(y, kernel, **how)
    x = random.standard_normal(back.shape)
    forth = convolve(x, kernel, **how)
    assert forth.shape == y.shape
    assert float((forth * y).sum()) == pytest.approx(float((x * back).sum()), abs=1e-9)


@given(seed=seeds, how=settings(), flip=st.booleans())
def test_the_terms_of_a_step_give_the_cell(seed: int, how: dict[str, Any], flip: bool) -> None:
    image, kernel, bias = arrays(seed)
    whole = convolve(image, kernel, bias, flip=flip, **how)
    row, column = (int(side) - 1 for side in whole.shape[:2])
    taken = step(image, kernel[..., 1], float(bias[1]), row=row, column=column, flip=flip, **how)
    assert taken.value == pytest.approx(float(whole[row, column, 1]), abs=1e-12)
    used = flipped(kernel[..., 1]) if flip else kernel[..., 1]
    np.testing.assert_allclose(taken.products, taken.window * used)
    np.testing.assert_allclose(taken.sums, taken.products.sum(axis=(0, 1)))


def test_float32_stays_float32_and_inputs_stay_as_they_are() -> None:
    image, kernel = RANDOM.random((80, 80), dtype=np.float32), np.ones((3, 3), np.float32)
    before = image.copy()
    for how in product((Padding.VALID, Padding.SAME), (1, 2)):
        found = convolve(image, kernel, 1.0, padding=how[0], stride=how[1])
        assert found.dtype == np.float32
    assert convolve(before.astype(np.uint8), kernel).dtype == np.float32
    np.testing.assert_array_equal(image, before)


def test_padding_of_every_kind_by_hand() -> None:
    line = np.array([[1.0, 2.0, 3.0]])
    rows = {
        kind: pad(line, (1, 4), padding=Padding(kind)).tolist()[0]
        for kind in ("same", "full", "reflect")
    }
    assert rows["same"] == [0, 1, 2, 3, 0, 0]
    assert rows["full"] == [0, 0, 0, 1, 2, 3, 0, 0, 0]
    assert rows["reflect"] == [2, 1, 2, 3, 2, 1]


def test_what_cannot_be_is_advice() -> None:
    with pytest.raises(LessonError) as caught:
        convolve(np.ones((3, 3)), np.ones((5, 5)))
    assert caught.value.code == "window.too-large"
    for call in (convolve, depthwise, transposed):
        with pytest.raises(LessonError) as caught:
            call(np.ones((5, 5, 3)), np.ones((3, 3, 2, 4)[: 3 if call is depthwise else 4]))
        assert caught.value.code == "convolution.channels"
    np.testing.assert_array_equal(
        convolve(np.full((1, 1), 2.0), np.ones((3, 3)), padding=Padding.SAME), [[2.0]]
    )
