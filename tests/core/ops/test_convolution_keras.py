"""Convolution beside Keras and TensorFlow, for all small sizes."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.geometry import Padding, Stamp, Window
from core.ops.convolution import convolve, depthwise, transposed

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytestmark = pytest.mark.reference

RANDOM = np.random.default_rng(11)
BOTH = (Padding.VALID, Padding.SAME)
SIZES, KERNELS, STRIDES, DILATIONS = range(1, 13), range(1, 6), range(1, 5), range(1, 4)


def stuffed(kernel: np.ndarray, dilation: int) -> np.ndarray:
    """The kernel with zeros between its cells: dilation in a way that TensorFlow takes."""
    tall, wide = (dilation * (cells - 1) + 1 for cells in kernel.shape[:2])
    spread = np.zeros((tall, wide, *kernel.shape[2:]), kernel.dtype)
    spread[::dilation, ::dilation] = kernel
    return spread


def settings() -> list[tuple[int, int, int, Padding]]:
    return list(product(KERNELS, STRIDES, DILATIONS, BOTH))


def fits(size: int, kernel: int, stride: int, dilation: int, padding: Padding) -> bool:
    try:
        Window(size=kernel, stride=stride, dilation=dilation, padding=padding).output_length(size)
    except LessonError:
        return False
    return True


@pytest.mark.parametrize("size", SIZES)
def test_convolution_agrees_for_every_setting(size: int) -> None:
    from keras import ops

    # Images one wider than tall, so that rows and columns differ in size and padding.
    image = RANDOM.standard_normal((size, size + 1, 2)).astype(np.float32)
    compared = 0
    for kernel_size, stride, dilation, padding in settings():
        kernel = RANDOM.standard_normal((kernel_size, kernel_size, 2, 3)).astype(np.float32)
        how: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": padding}
        if not fits(size, kernel_size, stride, dilation, padding):
            with pytest.raises(LessonError):
                convolve(image, kernel, **how)
            continue
        # TensorFlow refuses a stride together with a dilation.
        apart = stride > 1 and dilation > 1
        theirs = ops.conv(
            image[None],
            stuffed(kernel, dilation) if apart else kernel,
            strides=stride,
            padding=str(padding),
            dilation_rate=1 if apart else dilation,
        )
        np.testing.assert_allclose(
            convolve(image, kernel, **how), np.asarray(theirs)[0], atol=2e-5, err_msg=str(how)
        )
        compared += 1
    assert compared >= 60


@pytest.mark.parametrize("size", SIZES)
def test_depthwise_agrees_for_every_setting(size: int) -> None:
    from keras import ops

    image = RANDOM.standard_normal((size, size, 3)).astype(np.float32)
    for kernel_size, stride, dilation, padding in settings():
        if not fits(size, kernel_size, stride, dilation, padding):
            continue
        kernel = RANDOM.standard_normal((kernel_size, kernel_size, 3, 1)).astype(np.float32)
        apart = stride > 1 and dilation > 1
        theirs = ops.depthwise_conv(
            image[None],
            stuffed(kernel, dilation) if apart else kernel,
            strides=stride,
            padding=str(padding),
            dilation_rate=1 if apart else dilation,
        )
        ours = depthwise(image, kernel[..., 0], stride=stride, dilation=dilation, padding=padding)
        np.testing.assert_allclose(ours, np.asarray(theirs)[0], atol=2e-5)


@pytest.mark.parametrize("size", SIZES)
def test_transposed_agrees_for_every_setting(size: int) -> None:
    from keras import ops

    image = RANDOM.standard_normal((size, size, 2)).astype(np.float32)
    for kernel_size, stride, dilation, padding in settings():
        kernel = RANDOM.standard_normal((kernel_size, kernel_size, 3, 2)).astype(np.float32)
        how: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": padding}
        theirs = ops.conv_transpose(
            image[None],
            stuffed(kernel, dilation) if dilation > 1 else kernel,
            strides=stride,
            padding=str(padding),
        )
        np.testing.assert_allclose(
            transposed(image, kernel, **how), np.asarray(theirs)[0], atol=2e-5, err_msg=str(how)
        )
        wanted = Stamp(size=kernel_size, **how).output_length(size)
        assert theirs.shape[1] == wanted


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_layers_themselves_agree_with_their_bias(padding: str) -> None:
    import keras

    image = RANDOM.standard_normal((1, 9, 10, 3)).astype(np.float32)
    how: dict[str, Any] = {"strides": 2, "padding": padding, "bias_initializer": "normal"}
    ours: dict[str, Any] = {"stride": 2, "padding": Padding(padding)}
    layer = keras.layers.Conv2D(4, (3, 2), **how)
    theirs = np.asarray(layer(image))[0]
    kernel, bias = layer.get_weights()
    assert np.abs(bias).max() > 0
    np.testing.assert_allclose(convolve(image[0], kernel, bias, **ours), theirs, atol=1e-5)
    layer = keras.layers.DepthwiseConv2D(3, **how)
    theirs = np.asarray(layer(image))[0]
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(depthwise(image[0], kernel[..., 0], bias, **ours), theirs, atol=1e-5)
    layer = keras.layers.Conv2DTranspose(4, 3, **how)
    theirs = np.asarray(layer(image))[0]
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(transposed(image[0], kernel, bias, **ours), theirs, atol=1e-5)
