"""From layers of Keras to ours, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.models.keras_file.description import GLOBAL_POOLS, POOLS, RANDOM, Given, not_shown
from core.models.keras_file.layer_settings import (
    activation_of,
    leak_of,
    one_number,
    padding_of,
    side_of,
    whole_of,
)
from core.models.keras_file.steps import End, Step, is_flat
from core.models.keras_file.stored_numbers import Numbers
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Pooling,
)

EPSILON: Final = 1e-3
"""Of our normalization, Keras's own."""


def translate(
    layers: Sequence[Given], numbers: Numbers, notes: list[str]
) -> tuple[list[Step], float, float, bool]:
    """Our layers with their numbers; scale and offset before the first, and whether it has them."""
    steps: list[Step] = []
    scale, offset, rescaled = 1.0, 0.0, False
    for one in layers:
        if one.kind == "Rescaling":
            if steps:
                raise not_shown(one, "a Rescaling in its middle")
            own, shift = (one_number(one, name) for name in ("scale", "offset"))
            scale, offset, rescaled = scale * own, offset * own + shift, True
        elif one.kind in RANDOM:
            notes.append(f"{one.name} ({one.kind}) works in training alone and is left out.")
        else:
            steps += _translated(one, numbers, steps)
    return steps, scale, offset, rescaled


def _translated(one: Given, numbers: Numbers, before: Sequence[Step]) -> list[Step]:
    config = one.config
    if config.get("data_format", "channels_last") != "channels_last":
        raise not_shown(one, "channels first")
    match one.kind:
        case "Conv2D":
            return _convolution(one, numbers)
        case "DepthwiseConv2D":
            return _depthwise(one, numbers)
        case "SeparableConv2D":
            return _separable(one, numbers)
        case "Dense":
            units = whole_of(one, "units")
            kernel = numbers.read(one, 0, (None, units))
            return _ending(Dense(units, "linear"), one, _with_bias(one, numbers, kernel, units, 1))
        case "BatchNormalization":
            return [Step(BatchNormalization(), _normalization(one, numbers))]
        case "Activation":
            return _activated(one, activation_of(one))
        case "Softmax":
            return [Step(End("softmax"))]  # type: ignore[arg-type]
        case "ReLU":
            if config.get("max_value") is not None or config.get("threshold"):
                raise not_shown(one, "a ReLU with a ceiling or a threshold")
            if config.get("negative_slope"):
                return [Step(Activation(leak_of(one)))]
            return [Step(Activation("relu"))]
        case "LeakyReLU":
            return [Step(Activation(leak_of(one)))]
        case "ELU":
            if config.get("alpha", 1.0) != 1.0:
                raise not_shown(one, f"an alpha of {config.get('alpha')}")
            return [Step(Activation("elu"))]
        case "Dropout":
            return [Step(Dropout(float(config.get("rate", 0.0))))]
        case "Flatten":
            return [Step(Flatten())] if not is_flat(before) else []
        case "Reshape":
            if len(config.get("target_shape") or ()) != 1:
                raise not_shown(one, "another shape than a vector")
            return [Step(Flatten())] if not is_flat(before) else []
        case kind if kind in POOLS:
            size = side_of(one, "pool_size")
            step = side_of(one, "strides") if config.get("strides") else size
            return [Step(Pooling(POOLS[kind], size, step, padding_of(one)))]  # type: ignore[arg-type]
        case _:
            if config.get("keepdims"):
                raise not_shown(one, "keepdims")
            return [Step(GlobalPooling(GLOBAL_POOLS[one.kind]))]  # type: ignore[arg-type]


def _convolution(one: Given, numbers: Numbers) -> list[Step]:
    if one.config.get("groups", 1) != 1:
        raise not_shown(one, "groups")
    size, filters = side_of(one, "kernel_size"), whole_of(one, "filters")
    layer = Convolution(
        filters,
        size,
        side_of(one, "strides"),
        padding_of(one),  # type: ignore[arg-type]
        "linear",
        side_of(one, "dilation_rate"),
    )
    kernel = numbers.read(one, 0, (size, size, None, filters))
    return _ending(layer, one, _with_bias(one, numbers, kernel, filters, 1))


def _depthwise(one: Given, numbers: Numbers) -> list[Step]:
    _require_plain_depth(one)
    size = side_of(one, "kernel_size")
    layer = DepthwiseConvolution(size, side_of(one, "strides"), padding_of(one), "linear")  # type: ignore[arg-type]
    kernel = numbers.read(one, 0, (size, size, None, 1))
    return _ending(layer, one, _with_bias(one, numbers, kernel, kernel.shape[2], 1))


def _separable(one: Given, numbers: Numbers) -> list[Step]:
    _require_plain_depth(one)
    size, filters = side_of(one, "kernel_size"), whole_of(one, "filters")
    depth = numbers.read(one, 0, (size, size, None, 1))
    point = numbers.read(one, 1, (1, 1, depth.shape[2], filters))
    first = DepthwiseConvolution(size, side_of(one, "strides"), padding_of(one), "linear")  # type: ignore[arg-type]
    steps = [Step(first, {"kernel": depth, "bias": np.zeros(depth.shape[2])})]
    mixed = Convolution(filters, 1, activation="linear")
    return steps + _ending(mixed, one, _with_bias(one, numbers, point, filters, 2))


def _require_plain_depth(one: Given) -> None:
    if one.config.get("depth_multiplier", 1) != 1 or side_of(one, "dilation_rate") != 1:
        raise not_shown(one, "a depth multiplier or a dilation")


def _with_bias(
    one: Given, numbers: Numbers, kernel: FloatArray, units: int, index: int
) -> dict[str, FloatArray]:
    uses = one.config.get("use_bias", True)
    return {
        "kernel": kernel,
        "bias": numbers.read(one, index, (units,)) if uses else np.zeros(units),
    }


def _ending(
    layer: Convolution | DepthwiseConvolution | Dense, one: Given, arrays: dict[str, FloatArray]
) -> list[Step]:
    """A layer with its activation; one that only an output can have stands behind it."""
    name = activation_of(one)
    if name == "softmax":
        return [Step(layer, arrays), Step(End("softmax"))]  # type: ignore[arg-type]
    return [Step(replace(layer, activation=name), arrays)]


def _activated(one: Given, name: str) -> list[Step]:
    if name == "softmax":
        return [Step(End("softmax"))]  # type: ignore[arg-type]
    return [] if name == "linear" else [Step(Activation(name))]  # type: ignore[arg-type]


def _normalization(one: Given, numbers: Numbers) -> dict[str, FloatArray]:
    axis = one.config.get("axis", -1)
    if axis not in (-1, [-1], 3, [3]):
        raise not_shown(one, f"axis {axis}")
    scale, center = (one.config.get(name, True) for name in ("scale", "center"))
    at = int(bool(scale)) + int(bool(center))
    mean = numbers.read(one, at, (None,))
    width = (len(mean),)
    variance = numbers.read(one, at + 1, width) + float(one.config.get("epsilon", EPSILON))
    return {
        "gamma": numbers.read(one, 0, width) if scale else np.ones(width),
        "beta": numbers.read(one, int(bool(scale)), width) if center else np.zeros(width),
        "moving_mean": mean,
        "moving_variance": variance - EPSILON,
    }
