"""The networks of the comparison: one architecture, begun in two ways. Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import keras

from core.arrays import FloatArray
from core.reference.backbone import (
    DEVIATION,
    FINE,
    HEAD,
    MEAN,
    STEM,
    Block,
    blocks,
)
from core.reference.build import fill, lower_stages, upper_stages
from core.transfer.plan import SIZE

CELLS: Final = SIZE // 16
"""Cells a side in which the marks are told."""
_MOMENTUM: Final = 0.9
"""Of batch normalization: with 119 X-rays a training has 35 steps, and 0.99 would remember none."""
LOCATOR_WIDTH: Final = 48
LOCATOR_HIDDEN: Final = 32
FIRST_LOGIT: Final = -4.0
STEM_NAME: Final = "stem"


def build_reader(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """Pictures (N, S, S, 1) to the maps of the frozen stage 5 (N, S/16, S/16, 120)."""
    inputs = keras.Input((SIZE, SIZE, 1))
    model = keras.Model(inputs, lower_stages(inputs))
    fill(model, arrays)
    return model


def build_upper(arrays: Mapping[str, FloatArray], channels: int) -> keras.Model:
    """The maps of stage 5 to those of stage 7 and to what the head reads (N, 2800)."""
    inputs = keras.Input((CELLS, CELLS, channels))
    deep, last = upper_stages(inputs)
    model = keras.Model(inputs, [deep, _read(inputs, last)])
    fill(model, arrays)
    return model


def build_from_nothing(seed: int) -> keras.Model:
    """Pictures (N, S, S, 1) to logits (N, 1): the same layers with weights drawn at random.

    Batch normalization stands behind every convolution, as it did when the photographs were
    learned: without it nothing of this depth learns. There it is folded in by now.
    """
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((SIZE, SIZE, 1))
    tensor = keras.layers.Rescaling(1.0 / DEVIATION, offset=-MEAN / DEVIATION)(inputs)
    tensor = _convolution(tensor, STEM, kernel_size=3, strides=2, name=STEM_NAME)
    fine = tensor
    for block in blocks():
        tensor = _inverted_residual(tensor, block)
        if block.stage == FINE:
            fine = tensor
    read = _read(fine, _convolution(tensor, HEAD))
    return keras.Model(inputs, keras.layers.Dense(1)(read))


def build_locator(fine: int, deep: int) -> keras.Model:
    """Maps of stages 5 and 7 to logits of the cells (N, CELLS, CELLS)."""
    layers = keras.layers
    inputs = [
        keras.Input((CELLS, CELLS, fine)),
        keras.Input(((CELLS + 1) // 2, (CELLS + 1) // 2, deep)),
    ]
    narrow = layers.Conv2D(LOCATOR_WIDTH, 1)(inputs[0])
    coarse = layers.UpSampling2D(2, interpolation="bilinear")(
        layers.Conv2D(LOCATOR_WIDTH, 1)(inputs[1])
    )
    joined = layers.ReLU()(layers.Add()([narrow, coarse]))
    around = layers.Conv2D(LOCATOR_HIDDEN, 3, padding="same", activation="relu")(joined)
    first: Any = keras.initializers.Constant(FIRST_LOGIT)
    cells = layers.Conv2D(1, 3, padding="same", bias_initializer=first)(around)
    return keras.Model(inputs, layers.Reshape((CELLS, CELLS))(cells))


def _read(fine: Any, last: Any) -> Any:
    """What the head reads: mean and maximum of the maps of stage 5 and of the last ones."""
    pooled = [
        pooling()(maps)
        for maps in (fine, last)
        for pooling in (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)
    ]
    return keras.layers.Concatenate()(pooled)


def _convolution(tensor: Any, filters: int, *, kernel_size: int = 1, **options: Any) -> Any:
    layer = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        **options,
    )
    return keras.layers.ReLU(max_value=6)(_normalized(layer(tensor)))


def _inverted_residual(tensor: Any, block: Block) -> Any:
    inside = tensor
    if block.expansion != 1:
        inside = _convolution(inside, block.inside)
    around = keras.layers.DepthwiseConv2D(
        block.kernel_size,
        strides=block.stride,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
    )
    inside = keras.layers.ReLU(max_value=6)(_normalized(around(inside)))
    narrow = keras.layers.Conv2D(block.outputs, 1, use_bias=False, kernel_initializer="he_normal")
    inside = _normalized(narrow(inside))
    return keras.layers.Add()([tensor, inside]) if block.skips else inside


def _normalized(tensor: Any) -> Any:
    return keras.layers.BatchNormalization(momentum=_MOMENTUM)(tensor)
