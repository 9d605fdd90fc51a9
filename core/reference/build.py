"""The backbone as a Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import keras

from core.arrays import FloatArray
from core.reference.backbone import DEVIATION, HEAD, MEAN, STEM, Block, blocks

FINE: Final = 5
"""The stage whose maps are read besides the last: the last one at a sixteenth of the picture."""


def build_backbone(arrays: Mapping[str, FloatArray]) -> keras.Model:
    """The backbone with its weights: any (N, H, W, 1) of 0 to 255 in, two stacks of maps out.

    Args:
        arrays: ``<layer>/kernel`` and ``<layer>/bias`` of every layer, as
            ``core.reference.published.brought_over`` makes them.

    Returns:
        A model whose outputs are the maps of stage 5 (N, H/16, W/16, 120), and the last maps
        (N, H/32, W/32, 1280); sides round up.
    """
    inputs = keras.Input((None, None, 1), name="picture")
    tensor = keras.layers.Rescaling(1.0 / DEVIATION, offset=-MEAN / DEVIATION)(inputs)
    tensor = _convolution(tensor, "stem", STEM, kernel_size=3, stride=2)
    fine = tensor
    for block in blocks():
        tensor = _inverted_residual(tensor, block)
        if block.stage == FINE:
            fine = tensor
    model = keras.Model(inputs, [fine, _convolution(tensor, "head", HEAD)], name="backbone")
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]])
    return model


def _inverted_residual(tensor: keras.KerasTensor, block: Block) -> keras.KerasTensor:
    inside = tensor
    if block.expansion != 1:
        inside = _convolution(inside, f"{block.name}_widen", block.inside)
    inside = keras.layers.DepthwiseConv2D(
        block.kernel_size,
        strides=block.stride,
        padding="same",
        activation="relu6",
        name=f"{block.name}_around",
    )(inside)
    # Narrowing has no activation: what is cut off in few channels is lost.
    inside = keras.layers.Conv2D(block.outputs, 1, name=f"{block.name}_narrow")(inside)
    return keras.layers.Add(name=f"{block.name}_sum")([tensor, inside]) if block.skips else inside


def _convolution(
    tensor: keras.KerasTensor, name: str, filters: int, *, kernel_size: int = 1, stride: int = 1
) -> keras.KerasTensor:
    layer = keras.layers.Conv2D(
        filters, kernel_size, strides=stride, padding="same", activation="relu6", name=name
    )
    return layer(tensor)
