"""One cell of one layer, written out: what it reads, by what it is multiplied, and the sum.

Every kind of layer is told in one way. A cell is ``f(sum of value * weight + bias)``: a maximum
gives its winner the weight 1 and the others 0, a mean gives each 1/n, batch normalization is one
product and one shift, an addition has two terms. So every displayed number can be checked by
adding up what is displayed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.inspect.forward import EPSILON, activate, pads, pool
from core.models.graph import Node, nodes, weights_name
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    GlobalPooling,
    Layer,
    Pooling,
    Rescaling,
    Shape,
    SharedConvolution,
)
from core.models.spec import ModelSpec
from core.models.weights import Weights

SUM, LARGEST, MEAN, NORMALIZE, APPLY, ADD, COPY, SCALE = (
    "sum", "largest", "mean", "normalize", "apply", "add", "copy", "scale",
)  # fmt: skip
CARRIERS: Final = ("dropout", "flatten")
"""Kinds that pass values on unchanged at inference; only a shape may differ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """Products that one cell adds up, by channel of what it reads.

    Attributes:
        source: Name of the node that is read.
        channels: (G,) the channels, ascending.
        rows, columns: (K,) and (L,) places in the source; outside of it they are padding. A
            vector has one place, row 0 and column 0, and its units are its channels.
        inside: (K, L) whether the place exists.
        values: (G, K, L) what stands there, 0 for padding.
        weights: (G, K, L) by what it is multiplied.
    """

    source: str
    channels: IntArray
    rows: IntArray
    columns: IntArray
    inside: BoolArray
    values: FloatArray
    weights: FloatArray

    @property
    def products(self) -> FloatArray:
        """(G, K, L) value times weight."""
        return self.values * self.weights

    @property
    def sums(self) -> FloatArray:
        """(G,) what each channel adds."""
        return self.products.sum(axis=(1, 2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellFormula:
    """One cell: ``result = activation(sum of terms + bias)``.

    Attributes:
        name, kind: Of the node.
        index: (row, column, channel) or (unit,).
        operation: What the sum means: `SUM`, `LARGEST`, `MEAN`, `NORMALIZE`, `APPLY`, `ADD`,
            `COPY` or `SCALE`.
        terms: One entry for each node that is read.
        bias: Added once, after the channels.
        before: The sum with the bias.
        activation: Name of the function, "linear" where there is none.
        result: What the cell holds.
        winner: Row and column of the source cell that a maximum took; None elsewhere.
        scales: Of a shared convolution: each scale with what its kernel answers; empty elsewhere.
        scale: The scale that won, whose terms are listed; they are read from s x s means.
        constants: Of a normalization: gamma, beta, mean, variance and epsilon.
    """

    name: str
    kind: str
    index: tuple[int, ...]
    operation: str
    terms: tuple[Terms, ...]
    bias: float
    before: float
    activation: str
    result: float
    winner: tuple[int, int] | None = None
    scales: tuple[tuple[int, float], ...] = ()
    scale: int = 1
    constants: tuple[tuple[str, float], ...] = ()


def explain_cell(
    spec: ModelSpec,
    weights: Weights,
    activations: Mapping[str, FloatArray],
    name: str,
    index: tuple[int, ...],
) -> CellFormula:
    """The formula of one cell with its numbers, in double precision.

    Args:
        spec: The network.
        weights: Its arrays by name.
        activations: Of every node, batch first; the first of the batch is explained.
        name: The node.
        index: (row, column, channel) of maps, (unit,) of a vector, from 0.

    Raises:
        KeyError: If there is no such node.
        IndexError: If the cell lies outside the node's shape.
    """
    known = {node.name: node for node in nodes(spec)}
    node = known[name]
    if len(index) != len(node.shape) or not all(
        0 <= at < side for at, side in zip(index, node.shape, strict=True)
    ):
        raise IndexError(f"{name} of shape {node.shape} has no cell {index}.")
    own = {
        key.partition("/")[2]: np.asarray(value, np.float64)
        for key, value in weights.items()
        if key.startswith(f"{weights_name(node)}/")
    }
    seen = [np.asarray(activations[source][0]) for source in node.inputs]
    if node.kind == "input":
        return _finish(node, index, COPY, (), float(activations[name][0][index]))
    match node.layer:
        case Convolution():
            return _convolution(node, node.layer, own, seen[0], index)
        case DepthwiseConvolution():
            return _depthwise(node, node.layer, own, seen[0], index)
        case SharedConvolution():
            return _shared(node, node.layer, own, seen[0], index)
        case Dense():
            return _dense(node, node.layer, own, seen[0], index, known)
        case Pooling():
            return _pooling(node, node.layer, seen[0], index)
        case GlobalPooling():
            return _global_pooling(node, node.layer, seen[0], index)
        case BatchNormalization():
            return _normalization(node, own, seen[0], index)
        case _:
            return _single(node, node.layer, seen, index)


def source_of_dense(node: Node, known: Mapping[str, Node]) -> Node:
    """The node whose cells a dense layer multiplies, seen through flatten and dropout."""
    source = known[node.inputs[0]]
    while source.kind in CARRIERS:
        source = known[source.inputs[0]]
    return source


def places(
    at: int, length: int, size: int, *, stride: int, dilation: int, padding: str
) -> IntArray:
    """(size,) places along one side that cell ``at`` of a window layer reads; some may be outside.

    >>> places(0, 6, 3, stride=1, dilation=1, padding="same").tolist()
    [-1, 0, 1]
    """
    before, _ = pads(length, (size - 1) * dilation + 1, stride, padding)
    return at * stride - before + np.arange(size) * dilation


def _finish(
    node: Node,
    index: tuple[int, ...],
    operation: str,
    terms: tuple[Terms, ...],
    bias: float = 0.0,
    activation: str = "linear",
    **more: object,
) -> CellFormula:
    before = math.fsum(float(value) for part in terms for value in part.sums) + bias
    return CellFormula(
        name=node.name,
        kind=node.kind,
        index=index,
        operation=operation,
        terms=terms,
        bias=bias,
        before=before,
        activation=activation,
        result=_applied(activation, before),
        **more,  # type: ignore[arg-type]
    )


def _applied(activation: str, before: float) -> float:
    if activation in {"linear", "relu", "relu6"}:
        return float(activate(activation, np.array(before)))
    return float(activate(activation, np.array([before]))[0])


def _window(
    source: str,
    maps: FloatArray,
    rows: IntArray,
    columns: IntArray,
    channels: IntArray,
    weights: FloatArray,
) -> Terms:
    """Terms of a window: (H, W, C) maps, weights (K, L, G) or (K, L, 1)."""
    height, width = maps.shape[:2]
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None]
    cut = maps[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1), channels)]
    values = np.where(inside[..., None], cut.astype(np.float64), 0.0).transpose(2, 0, 1)
    spread = np.broadcast_to(weights.transpose(2, 0, 1), values.shape).astype(np.float64)
    return Terms(
        source=source,
        channels=channels,
        rows=rows,
        columns=columns,
        inside=inside,
        values=values,
        weights=spread,
    )


def _at(row: int, column: int) -> tuple[IntArray, IntArray]:
    return np.array([row]), np.array([column])


def _convolution(
    node: Node,
    layer: Convolution,
    own: Mapping[str, FloatArray],
    maps: FloatArray,
    index: tuple[int, ...],
) -> CellFormula:
    row, column, unit = index
    how = {"stride": layer.stride, "dilation": layer.dilation, "padding": layer.padding}
    terms = _window(
        node.inputs[0],
        maps,
        places(row, maps.shape[0], layer.kernel_size, **how),
        places(column, maps.shape[1], layer.kernel_size, **how),
        np.arange(maps.shape[2]),
        own["kernel"][..., unit],
    )
    return _finish(node, index, SUM, (terms,), float(own["bias"][unit]), layer.activation)


def _depthwise(
    node: Node,
    layer: DepthwiseConvolution,
    own: Mapping[str, FloatArray],
    maps: FloatArray,
    index: tuple[int, ...],
) -> CellFormula:
    row, column, unit = index
    size, stride, padding = layer.kernel_size, layer.stride, layer.padding
    terms = _window(
        node.inputs[0],
        maps,
        places(row, maps.shape[0], size, stride=stride, dilation=1, padding=padding),
        places(column, maps.shape[1], size, stride=stride, dilation=1, padding=padding),
        np.array([unit]),
        own["kernel"][:, :, unit, :],
    )
    return _finish(node, index, SUM, (terms,), float(own["bias"][unit]), layer.activation)


def _shared(
    node: Node,
    layer: SharedConvolution,
    own: Mapping[str, FloatArray],
    maps: FloatArray,
    index: tuple[int, ...],
) -> CellFormula:
    """The terms of the scale whose answer is largest; the first of equals."""
    row, column, unit = index
    bias = float(own["bias"][unit])
    found: list[CellFormula] = []
    for scale in layer.scales:
        seen = pool(maps[None], Pooling("average", scale))[0] if scale > 1 else maps
        size, how = layer.kernel_size, {"stride": 1, "dilation": 1, "padding": "same"}
        terms = _window(
            node.inputs[0],
            seen,
            places(row // scale, seen.shape[0], size, **how),
            places(column // scale, seen.shape[1], size, **how),
            np.arange(seen.shape[2]),
            own["kernel"][..., unit],
        )
        found.append(_finish(node, index, SUM, (terms,), bias, layer.activation, scale=scale))
    best = max(found, key=lambda formula: formula.result)
    scales = tuple((formula.scale, formula.result) for formula in found)
    return _finish(
        node, index, SUM, best.terms, bias, layer.activation, scale=best.scale, scales=scales
    )


def _dense(
    node: Node,
    layer: Dense,
    own: Mapping[str, FloatArray],
    vector: FloatArray,
    index: tuple[int, ...],
    known: Mapping[str, Node],
) -> CellFormula:
    """Behind a flattened stack of maps, grouped by map; behind a vector, one term a unit."""
    (unit,) = index
    source = source_of_dense(node, known)
    height, width, channels = _as_maps(source.shape)
    terms = _window(
        source.name,
        vector.reshape(height, width, channels),
        np.arange(height),
        np.arange(width),
        np.arange(channels),
        own["kernel"][:, unit].reshape(height, width, channels),
    )
    return _finish(node, index, SUM, (terms,), float(own["bias"][unit]), layer.activation)


def _as_maps(shape: Shape) -> tuple[int, int, int]:
    if len(shape) == 1:
        return 1, 1, shape[0]
    return shape[0], shape[1], shape[2]


def _pooling(node: Node, layer: Pooling, maps: FloatArray, index: tuple[int, ...]) -> CellFormula:
    row, column, unit = index
    sides = [
        places(at, length, layer.size, stride=layer.step, dilation=1, padding=layer.padding)
        for at, length in zip((row, column), maps.shape[:2], strict=True)
    ]
    # Pads never win and never count, so they are no terms.
    rows, columns = (
        side[(side >= 0) & (side < length)]
        for side, length in zip(sides, maps.shape[:2], strict=True)
    )
    return _picked(node, layer.kind, maps, rows, columns, unit, index)


def _global_pooling(
    node: Node, layer: GlobalPooling, maps: FloatArray, index: tuple[int, ...]
) -> CellFormula:
    rows, columns = np.arange(maps.shape[0]), np.arange(maps.shape[1])
    return _picked(node, layer.kind, maps, rows, columns, index[0], index)


def _picked(
    node: Node,
    kind: str,
    maps: FloatArray,
    rows: IntArray,
    columns: IntArray,
    unit: int,
    index: tuple[int, ...],
) -> CellFormula:
    shape = (len(rows), len(columns))
    winner = None
    if kind == "max":
        weights = np.zeros(shape)
        first = int(np.argmax(maps[np.ix_(rows, columns)][..., unit]))
        at = np.unravel_index(first, shape)
        weights[at] = 1.0
        winner = (int(rows[at[0]]), int(columns[at[1]]))
    else:
        weights = np.full(shape, 1.0 / (shape[0] * shape[1]))
    terms = _window(node.inputs[0], maps, rows, columns, np.array([unit]), weights[..., None])
    operation = LARGEST if kind == "max" else MEAN
    return _finish(node, index, operation, (terms,), winner=winner)


def _normalization(
    node: Node, own: Mapping[str, FloatArray], values: FloatArray, index: tuple[int, ...]
) -> CellFormula:
    channel = index[-1]
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (float(own[name][channel]) for name in names)
    factor = gamma / math.sqrt(variance + EPSILON)
    terms = _cell_terms(node.inputs[0], values, index, factor)
    constants = (
        ("gamma", gamma),
        ("beta", beta),
        ("mean", mean),
        ("variance", variance),
        ("epsilon", EPSILON),
    )
    return _finish(node, index, NORMALIZE, (terms,), beta - mean * factor, constants=constants)


def _cell_terms(
    source: str, values: FloatArray, index: tuple[int, ...], weight: float = 1.0
) -> Terms:
    """One term: the cell of the same place."""
    row, column, channel = index if len(index) == 3 else (0, 0, index[0])
    return _window(
        source,
        values.reshape(_as_maps(values.shape)),
        *_at(row, column),
        np.array([channel]),
        np.full((1, 1, 1), weight),
    )


def _single(
    node: Node, layer: Layer | None, seen: list[FloatArray], index: tuple[int, ...]
) -> CellFormula:
    """Layers whose cell reads one cell of each input."""
    if node.kind == "add":
        terms = tuple(
            _cell_terms(name, values, index) for name, values in zip(node.inputs, seen, strict=True)
        )
        return _finish(node, index, ADD, terms)
    if node.kind == "concatenate":
        return _concatenated(node, seen, index)
    if isinstance(layer, Rescaling):
        terms = (_cell_terms(node.inputs[0], seen[0], index, layer.scale),)
        return _finish(node, index, SCALE, terms, layer.offset)
    if node.kind == "flatten":
        index_before = tuple(int(at) for at in np.unravel_index(index[0], seen[0].shape))
        return _finish(node, index, COPY, (_cell_terms(node.inputs[0], seen[0], index_before),))
    terms = (_cell_terms(node.inputs[0], seen[0], index),)
    if isinstance(layer, Activation):
        return _finish(node, index, APPLY, terms, activation=layer.kind)
    return _finish(node, index, COPY, terms)


def _concatenated(node: Node, seen: list[FloatArray], index: tuple[int, ...]) -> CellFormula:
    channel = index[-1]
    for name, values in zip(node.inputs, seen, strict=True):
        if channel < values.shape[-1]:
            return _finish(node, index, COPY, (_cell_terms(name, values, (*index[:-1], channel)),))
        channel -= values.shape[-1]
    raise IndexError(f"{node.name} has no channel {index[-1]}.")
