"""From layers of Keras to ours, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.arrays import FloatArray
from core.models.keras_file.blocks import join
from core.models.keras_file.description import GLOBAL_POOLS, POOLS, RANDOM, Given, not_shown
from core.models.keras_file.layer_settings import (
    activation_of,
    leak_of,
    one_number,
    padding_of,
    real_of,
    rectifier_of,
    side_of,
    whole_of,
)
from core.models.keras_file.objections import damaged
from core.models.keras_file.pathways import Item, Join
from core.models.keras_file.steps import EPSILON, End, Step, shape_behind
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
    Residual,
    Shape,
)


def split_pixels(items: Sequence[Item]) -> tuple[float, float, bool, list[Item]]:
    """Scale and offset before the first layer, whether the file has them, and what is left."""
    scale, offset, rescaled = 1.0, 0.0, False
    rest: list[Item] = []
    for at, one in enumerate(items):
        if isinstance(one, Join) or one.kind not in {"Rescaling", *RANDOM}:
            return scale, offset, rescaled, [*rest, *items[at:]]
        if one.kind == "Rescaling":
            own, shift = (one_number(one, name) for name in ("scale", "offset"))
            scale, offset, rescaled = scale * own, offset * own + shift, True
        else:
            rest.append(one)
    return scale, offset, rescaled, rest


def translate(
    items: Sequence[Item], shape: Shape, numbers: Numbers, notes: list[str]
) -> list[Step]:
    """Our layers with their numbers.

    Args:
        items: What stands behind one another.
        shape: Of what the first reads.
        numbers: Those of the file.
        notes: What is left out or changed is added.

    Raises:
        LessonError: ``network.layer``, ``network.output``, ``network.damaged``,
            ``network.not-finite``, and those of `core.models.layers`.
    """
    steps: list[Step] = []
    for item in items:
        if isinstance(item, Join):
            paths = [translate(path, shape, numbers, notes) for path in item.paths]
            found = [join(item.layer, paths, shape, notes)]
        elif item.kind == "Rescaling":
            raise not_shown(item, "a Rescaling in its middle")
        elif item.kind in RANDOM:
            notes.append(f"{item.name} ({item.kind}) works in training alone and is left out.")
            continue
        else:
            found = _translated(item, numbers, shape)
        shape = shape_behind(found, shape)
        if found and steps and _closes(found[0], steps[-1]):
            steps[-1] = replace(steps[-1], layer=replace(steps[-1].layer, activation="relu"))
        else:
            steps += found
    return steps


def _closes(step: Step, before: Step) -> bool:
    """Whether it is the activation that a residual block of ours has behind its sum."""
    return (
        step.layer == Activation("relu")
        and isinstance(before.layer, Residual)
        and before.layer.activation == "linear"
    )


def _translated(one: Given, numbers: Numbers, shape: Shape) -> list[Step]:
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
            return [Step(Activation(rectifier_of(one)))]
        case "LeakyReLU":
            return [Step(Activation(leak_of(one)))]
        case "ELU":
            if config.get("alpha", 1.0) != 1.0:
                raise not_shown(one, f"an alpha of {config.get('alpha')}")
            return [Step(Activation("elu"))]
        case "Dropout":
            return [Step(Dropout(real_of(one, "rate", 0.0)))]
        case "Flatten":
            return [Step(Flatten())] if len(shape) > 1 else []
        case "Reshape":
            if len(config.get("target_shape") or ()) != 1:
                raise not_shown(one, "another shape than a vector")
            return [Step(Flatten())] if len(shape) > 1 else []
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
    variance = numbers.read(one, at + 1, width) + real_of(one, "epsilon", EPSILON)
    if variance.min(initial=1.0) <= 0:
        raise damaged(f"{one.name} has a variance that is not above zero")
    return {
        "gamma": numbers.read(one, 0, width) if scale else np.ones(width),
        "beta": numbers.read(one, int(bool(scale)), width) if center else np.zeros(width),
        "moving_mean": mean,
        "moving_variance": variance - EPSILON,
    }
