"""A forward pass in NumPy that keeps every node's activations.

Written for looking into a network in a process without Keras: results equal Keras's within
rounding of float32 (tested for every kind of layer). At inference dropout passes on what it gets
and batch normalization uses its running mean and variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import FloatArray, RealArray
from core.errors import LessonError
from core.geometry import Padding, Window
from core.models.graph import Node, nodes, weights_name
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
    Rescaling,
    SharedConvolution,
)
from core.models.spec import ModelSpec
from core.models.weights import Weights
from core.ops.activation import find_activation

EPSILON: Final = 1e-3
"""Keras's addition to the variance in batch normalization."""
LARGEST_PATCHES: Final = 2**22
"""Bytes that the unfolded windows of one product may take; more is no faster."""


def forward(
    spec: ModelSpec, weights: Weights, images: RealArray, *, until: str | None = None
) -> dict[str, FloatArray]:
    """Activations of every node for a batch of images.

    Args:
        spec: The network.
        weights: Its arrays by name.
        images: (N, S, S), gray values 0 to 255, any real type.
        until: Name of the last node that is wanted; None for all of them.

    Returns:
        By node name (N, H, W, C) or (N, U), float32, in the order of computation.

    Raises:
        LessonError: ``model.other-size`` for images of another size.
    """
    images = np.asarray(images)
    size = spec.input_size
    if images.ndim != 3 or images.shape[1:] != (size, size):
        raise LessonError(
            "model.other-size",
            problem=f"Images of shape {images.shape} do not fit a network for {size} x {size}.",
            remedy=f"Prepare the images at {size} pixels.",
        )
    known: dict[str, FloatArray] = {}
    for node in nodes(spec):
        if node.kind == "input":
            known[node.name] = images.astype(np.float32)[..., None]
        else:
            known[node.name] = _answer(node, weights, known)
        if node.name == until:
            break
    return known


def before_activation(node: Node, weights: Weights, known: Mapping[str, FloatArray]) -> FloatArray:
    """What a convolution or dense node sums up, before its activation; else its answer.

    Args:
        node: The node.
        weights: Arrays of the network by name.
        known: Activations of the nodes it reads.
    """
    layer, own = node.layer, _own(node, weights)
    seen = known[node.inputs[0]]
    match layer:
        case Convolution():
            return _convolve(
                seen,
                own["kernel"],
                own["bias"],
                stride=layer.stride,
                padding=layer.padding,
                dilation=layer.dilation,
            )
        case DepthwiseConvolution():
            return _convolve_depthwise(seen, layer, own)
        case Dense():
            return seen @ own["kernel"] + own["bias"]
        case _:
            return _answer(node, weights, known)


def activate(name: str, values: FloatArray) -> FloatArray:
    """The activation of that Keras name, in float32."""
    if name == "linear":
        return values
    if name == "relu":
        return np.maximum(values, np.float32(0))
    if name == "relu6":
        return np.clip(values, np.float32(0), np.float32(6))
    return find_activation(name)(values).astype(np.float32)


def _answer(node: Node, weights: Weights, known: Mapping[str, FloatArray]) -> FloatArray:
    seen = [known[name] for name in node.inputs]
    if node.kind == "add":
        return seen[0] + seen[1]
    if node.kind == "concatenate":
        return np.concatenate(seen, axis=-1)
    layer, maps = node.layer, seen[0]
    match layer:
        case Rescaling():
            scaled = maps * np.float32(layer.scale)
            return scaled + np.float32(layer.offset) if layer.offset else scaled
        case Convolution() | DepthwiseConvolution() | Dense():
            return activate(layer.activation, before_activation(node, weights, known))
        case SharedConvolution():
            return _convolve_shared(maps, layer, _own(node, weights))
        case Pooling():
            return pool(maps, layer)
        case Activation():
            return activate(layer.kind, maps)
        case BatchNormalization():
            own = _own(node, weights)
            scale = own["gamma"] / np.sqrt(own["moving_variance"] + np.float32(EPSILON))
            return maps * scale + (own["beta"] - own["moving_mean"] * scale)
        case Dropout():
            return maps
        case Flatten():
            return maps.reshape(len(maps), -1)
        case GlobalPooling(kind="max"):
            return maps.max(axis=(1, 2))
        case GlobalPooling():
            return maps.mean(axis=(1, 2))
        case _:
            raise TypeError(f"{node.kind} is not computed here")


def _own(node: Node, weights: Weights) -> dict[str, FloatArray]:
    prefix = f"{weights_name(node)}/"
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def pads(length: int, reach: int, stride: int, padding: str) -> tuple[int, int]:
    """Zeros before and after a side: none for "valid"; "same" puts the odd one after.

    >>> pads(6, 3, 2, "same")
    (0, 1)
    """
    return Window(size=reach, stride=stride, padding=Padding(padding)).pads(length)


def windows(
    maps: FloatArray, size: int, stride: int, padding: str, *, dilation: int = 1, fill: float = 0.0
) -> FloatArray:
    """All windows as a view: (N, H', W', C, size, size)."""
    reach = (size - 1) * dilation + 1
    sides = [pads(length, reach, stride, padding) for length in maps.shape[1:3]]
    if any(side != (0, 0) for side in sides):
        maps = np.pad(maps, ((0, 0), *sides, (0, 0)), constant_values=fill)
    view = sliding_window_view(maps, (reach, reach), axis=(1, 2))
    return view[:, ::stride, ::stride, :, ::dilation, ::dilation]


def _convolve(
    maps: FloatArray,
    kernel: FloatArray,
    bias: FloatArray,
    *,
    stride: int = 1,
    padding: str = "same",
    dilation: int = 1,
) -> FloatArray:
    """One matrix product a slab of images: windows laid out in rows, kernels in columns."""
    size, filters = kernel.shape[0], kernel.shape[3]
    if size == 1 and stride == 1:
        return maps @ kernel[0, 0] + bias
    view = windows(maps, size, stride, padding, dilation=dilation)
    count, height, width = view.shape[:3]
    columns = kernel.reshape(-1, filters)
    result = np.empty((count, height, width, filters), np.float32)
    each = height * width * len(columns) * 4
    step = max(1, LARGEST_PATCHES // each)
    for start in range(0, count, step):
        part = view[start : start + step].transpose(0, 1, 2, 4, 5, 3)
        rows = part.reshape(-1, len(columns))
        product = rows @ columns
        result[start : start + step] = product.reshape(-1, height, width, filters)
    result += bias
    return result


def _convolve_depthwise(
    maps: FloatArray, layer: DepthwiseConvolution, own: Mapping[str, FloatArray]
) -> FloatArray:
    view = windows(maps, layer.kernel_size, layer.stride, layer.padding)
    total = np.zeros(view.shape[:4], np.float32)
    for row, column in np.ndindex(layer.kernel_size, layer.kernel_size):
        total += view[..., row, column] * own["kernel"][row, column, :, 0]
    return total + own["bias"]


def _convolve_shared(
    maps: FloatArray, layer: SharedConvolution, own: Mapping[str, FloatArray]
) -> FloatArray:
    return np.maximum.reduce(
        [scale_answer(maps, layer, own["kernel"], own["bias"], scale) for scale in layer.scales]
    )


def scale_answer(
    maps: FloatArray, layer: SharedConvolution, kernel: FloatArray, bias: FloatArray, scale: int
) -> FloatArray:
    """What the shared kernels answer at one scale, repeated to the size of ``maps``."""
    seen = pool(maps, Pooling("average", scale)) if scale > 1 else maps
    answer = activate(layer.activation, _convolve(seen, kernel, bias))
    return answer.repeat(scale, axis=1).repeat(scale, axis=2)


def pool(maps: FloatArray, layer: Pooling) -> FloatArray:
    """(N, H, W, C) pooled; pads never win and never count."""
    highest = layer.kind == "max"
    view = windows(maps, layer.size, layer.step, layer.padding, fill=-np.inf if highest else 0.0)
    cells = [view[..., row, column] for row, column in np.ndindex(layer.size, layer.size)]
    if highest:
        return np.maximum.reduce(cells)
    total = np.add.reduce(cells)
    if layer.padding == "valid":
        return total / np.float32(layer.size**2)
    present = windows(
        np.ones((1, *maps.shape[1:3], 1), np.float32), layer.size, layer.step, layer.padding
    )
    return total / present.sum(axis=(-1, -2))
